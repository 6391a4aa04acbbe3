// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What both ways of fitting a codebook count with.

#ifndef PAWL_LIB_METHODS_CODEBOOK_MOMENTS_H_
#define PAWL_LIB_METHODS_CODEBOOK_MOMENTS_H_

#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "lib/methods/codebook.h"

namespace pawl {

struct Moments {
  double weight = 0.0;
  double sum = 0.0;
  double square = 0.0;

  void Add(double value, double of_weight) {
    weight += of_weight;
    sum += of_weight * value;
    square += of_weight * value * value;
  }
};

inline Moments operator-(const Moments& a, const Moments& b) {
  return {a.weight - b.weight, a.sum - b.sum, a.square - b.square};
}
inline Moments operator+(const Moments& a, const Moments& b) {
  return {a.weight + b.weight, a.sum + b.sum, a.square + b.square};
}

// Moments of any range of sorted values from sums kept for every kBlock-th: a few bytes a thousand
// values instead of 24 each.
class PrefixMoments {
 public:
  PrefixMoments(const std::vector<float>& values, const std::vector<float>& weights)
      : values_(values), weights_(weights) {
    blocks_.reserve(values.size() / kBlock + 1);
    Moments total;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i % kBlock == 0) blocks_.push_back(total);
      Add(i, total);
    }
    if (values.size() % kBlock == 0) blocks_.push_back(total);
  }

  Moments Before(size_t end) const {
    Moments moments = blocks_[end / kBlock];
    for (size_t i = end / kBlock * kBlock; i < end; ++i) Add(i, moments);
    return moments;
  }

 private:
  static constexpr size_t kBlock = 512;

  void Add(size_t i, Moments& moments) const {
    moments.Add(static_cast<double>(values_[i]),
                weights_.empty() ? 1.0 : static_cast<double>(weights_[i]));
  }

  const std::vector<float>& values_;
  const std::vector<float>& weights_;
  std::vector<Moments> blocks_;
};

// Sorts values, no NaN among them, and weights (or none) along with them. False, in any order,
// where go_on said so.
bool SortTogether(std::vector<float>& values, std::vector<float>& weights, GoOn go_on);

// Of the upper 16 bits, in the order of numbers (-0 before +0).
constexpr size_t kValueBuckets = size_t{1} << 16;
inline size_t BucketOf(float value) {
  constexpr uint32_t kSign = 0x80000000u;
  const auto bits = std::bit_cast<uint32_t>(value);
  return ((bits & kSign) != 0 ? ~bits : bits | kSign) >> 16;
}

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_CODEBOOK_MOMENTS_H_
