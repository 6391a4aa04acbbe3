// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/hadamard_transform.h"

#include <cmath>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace pawl {
namespace {

constexpr int64_t kMaxOrder = 1024;

bool IsPrime(int64_t q) {
  if (q < 2) return false;
  for (int64_t d = 2; d * d <= q; ++d) {
    if (q % d == 0) return false;
  }
  return true;
}

bool IsFirstKind(int64_t order) { return order % 4 == 0 && IsPrime(order - 1); }
bool IsSecondKind(int64_t order) {
  const int64_t q = order / 2 - 1;
  return order % 4 == 0 && q % 4 == 1 && IsPrime(q);
}

// [q + 1, q + 1] with zeros on the diagonal and otherwise +1 and -1: a border, and within it
// whether i - j is a square modulo q. S S^T = q I; skew for q = 3 (mod 4), else symmetric.
std::vector<int8_t> ConferenceMatrix(int64_t q) {
  std::vector<int8_t> character(static_cast<size_t>(q), -1);
  for (int64_t i = 1; i < q; ++i) character[static_cast<size_t>(i * i % q)] = 1;
  character[0] = 0;
  const int64_t n = q + 1;
  std::vector<int8_t> s(static_cast<size_t>(n * n), 0);
  for (int64_t i = 1; i < n; ++i) {
    s[static_cast<size_t>(i)] = 1;
    s[static_cast<size_t>(i * n)] = q % 4 == 1 ? 1 : -1;
    for (int64_t j = 1; j < n; ++j) {
      s[static_cast<size_t>(i * n + j)] = character[static_cast<size_t>((i - j + q) % q)];
    }
  }
  return s;
}

std::vector<int8_t> FirstKind(int64_t order) {
  std::vector<int8_t> matrix = ConferenceMatrix(order - 1);
  for (int64_t i = 0; i < order; ++i) matrix[static_cast<size_t>(i * order + i)] = 1;
  return matrix;
}

// Each entry s of the conference matrix becomes s [1 1; 1 -1], each of the diagonal [1 -1; -1 -1].
std::vector<int8_t> SecondKind(int64_t order) {
  const int64_t n = order / 2;
  const std::vector<int8_t> s = ConferenceMatrix(n - 1);
  std::vector<int8_t> matrix(static_cast<size_t>(order * order));
  for (int64_t i = 0; i < order; ++i) {
    for (int64_t j = 0; j < order; ++j) {
      const int8_t entry = s[static_cast<size_t>(i / 2 * n + j / 2)];
      const bool both = i % 2 == 1 && j % 2 == 1;
      int8_t& out = matrix[static_cast<size_t>(i * order + j)];
      if (entry == 0) {
        out = i % 2 == 0 && j % 2 == 0 ? 1 : -1;
      } else {
        out = both ? static_cast<int8_t>(-entry) : entry;
      }
    }
  }
  return matrix;
}

}  // namespace

HadamardTransform::HadamardTransform(int64_t order, int64_t power)
    : order_(order), power_(power), norm_(1.0 / std::sqrt(static_cast<double>(order * power))) {
  if (order > 1) matrix_ = IsFirstKind(order) ? FirstKind(order) : SecondKind(order);
}

absl::StatusOr<HadamardTransform> HadamardTransform::Create(int64_t n) {
  int64_t power = 1;
  while (n > 0 && n % (2 * power) == 0) power *= 2;
  if (n == power) return HadamardTransform(1, n);
  for (int64_t rest = power / 4; n > 0 && rest >= 1; rest /= 2) {
    const int64_t order = n / rest;
    if (order > kMaxOrder) break;
    if (IsFirstKind(order) || IsSecondKind(order)) return HadamardTransform(order, rest);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("no Hadamard matrix of ", n,
                   " rows is at hand; there are those of powers of two times 1, 12, 20, 28, 36 and "
                   "others of Paley's"));
}

std::string HadamardTransform::Size() const {
  return order_ == 1 ? absl::StrCat(power_) : absl::StrCat(size(), " = ", order_, " x ", power_);
}

void HadamardTransform::Apply(double* x, double* scratch) const {
  for (int64_t half = 1; half < power_; half *= 2) {
    for (int64_t start = 0; start < order_ * power_; start += 2 * half) {
      for (int64_t i = start; i < start + half; ++i) {
        const double a = x[i], b = x[i + half];
        x[i] = a + b;
        x[i + half] = a - b;
      }
    }
  }
  for (int64_t b = 0; b < power_ && order_ > 1; ++b) {
    for (int64_t i = 0; i < order_; ++i) scratch[i] = 0.0;
    for (int64_t j = 0; j < order_; ++j) {
      const double value = x[j * power_ + b];
      const int8_t* const row = matrix_.data() + j * order_;
      for (int64_t i = 0; i < order_; ++i) scratch[i] += row[i] > 0 ? value : -value;
    }
    for (int64_t i = 0; i < order_; ++i) x[i * power_ + b] = scratch[i];
  }
  for (int64_t i = 0; i < order_ * power_; ++i) x[i] *= norm_;
}

}  // namespace pawl
