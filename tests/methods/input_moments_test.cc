// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/input_moments.h"

#include <limits>
#include <numeric>

#include "lib/core/hadamard.h"
#include "lib/methods/triangular.h"
#include "method_test_util.h"

namespace pawl {
namespace {

Matrix UpperOf(const InputMoments& moments) {
  const int64_t n = moments.columns();
  Matrix h(n, n);
  for (int64_t i = 0; i < n; ++i) {
    for (int64_t j = i; j < n; ++j) {
      h(i, j) = h(j, i) = moments.products()[static_cast<size_t>(i * n + j)];
    }
  }
  return h;
}

}  // namespace

TEST_CASE("moments: the sum of products, whatever thread and target") {
  const Tensor x = CorrelatedInputs(700, 150);
  const InputMoments moments = MomentsOf(x);
  const Matrix expected = ToMatrix(x).transpose() * ToMatrix(x);
  CHECK((UpperOf(moments) - expected).norm() < 1e-6 * expected.norm());
  CHECK(moments.samples() == 700);
  const std::vector<float> importance = moments.Importance();
  CHECK(std::fabs(importance[3] - expected(3, 3) / 700) < 1e-5 * importance[3]);
  ForEachContext([&](Context& context) {
    const InputMoments again = MomentsOf(x, &context);
    const Matrix difference = UpperOf(again) - UpperOf(moments);
    CHECK(difference.cwiseAbs().maxCoeff() == 0.0);
  });
}

TEST_CASE("moments: rotated, they are those of rotated inputs") {
  const Tensor x = CorrelatedInputs(300, 96);
  std::vector<int8_t> signs(96);
  FillSigns(3, absl::MakeSpan(signs));
  InputMoments moments = *InputMoments::Create(96), expected = *InputMoments::Create(96);
  Tensor exact = *x.Clone();  // pairs that are not alike
  for (size_t i = 0; i < 96; ++i) exact.mutable_as<float>()[i] += 0.5f;
  Tensor missing = *Tensor::Create(DType::kF32, {300, 5});
  for (size_t i = 0; i < 1500; ++i) {
    missing.mutable_as<float>()[i] = static_cast<float>(i % 7) - 3.0f;
  }
  Tensor turned = *x.Clone(), turned_exact = *exact.Clone();
  const kernels::Target target = kernels::BestTarget();
  for (Tensor* t : {&turned, &turned_exact}) {
    float* const rows = t->mutable_as<float>().data();
    for (int64_t i = 0; i < 300; ++i)
      RotateActivations(target, rows + i * 96, signs.data(), 96, 32);
  }
  REQUIRE(moments.AddPair(x, exact).ok());
  REQUIRE(moments.AddMissing(x, missing).ok());
  REQUIRE(expected.AddPair(turned, turned_exact).ok());
  REQUIRE(expected.AddMissing(turned, missing).ok());
  const auto apart = [](absl::Span<const double> a, absl::Span<const double> b) {
    REQUIRE(a.size() == b.size());
    double worst = 0.0, most = 0.0;
    for (size_t i = 0; i < a.size(); ++i) {
      worst = std::max(worst, std::fabs(a[i] - b[i]));
      most = std::max(most, std::fabs(b[i]));
    }
    return worst / most;
  };
  const InputMoments rotated = *moments.Rotated(signs, 32);
  CHECK((UpperOf(rotated) - UpperOf(expected)).norm() < 1e-5 * UpperOf(expected).norm());
  CHECK(apart(rotated.differences(), expected.differences()) < 1e-5);
  CHECK(apart(rotated.missing(), expected.missing()) < 1e-5);
  CHECK(rotated.samples() == 300);
  ForEachContext([&](Context& context) {
    const InputMoments again = *moments.Rotated(signs, 32, &context);
    CHECK(again.products() == rotated.products());
    CHECK(again.differences() == rotated.differences());
  });
  CHECK_FALSE(moments.Rotated(signs, 24).ok());
  CHECK_FALSE(moments.Rotated(signs, 64).ok());
  CHECK_FALSE(moments.Rotated(absl::MakeConstSpan(signs).subspan(1), 32).ok());
}

TEST_CASE("moments: f16 inputs, merging, and inputs that do not fit") {
  const Tensor x = CorrelatedInputs(512, 33);
  InputMoments first = *InputMoments::Create(33), second = *InputMoments::Create(33);
  const size_t half = x.size_bytes() / 2;
  const auto* bytes = static_cast<const uint8_t*>(x.data());
  REQUIRE(first.Add(*Tensor::View(DType::kF32, {256, 33}, bytes, half)).ok());
  REQUIRE(second.Add(*Tensor::View(DType::kF32, {256, 33}, bytes + half, half)).ok());
  REQUIRE(first.Merge(second).ok());
  const Matrix difference = UpperOf(first) - UpperOf(MomentsOf(x));
  CHECK(difference.cwiseAbs().maxCoeff() == 0.0);

  Tensor bad = *x.Clone();
  bad.mutable_as<float>()[static_cast<size_t>(40 * 33 + 7)] =
      std::numeric_limits<float>::quiet_NaN();
  const absl::Status status = second.Add(bad);
  CHECK(status.code() == absl::StatusCode::kInvalidArgument);
  CHECK(std::string(status.message()).find("sample 40, column 7") != std::string::npos);
  CHECK(second.samples() == 256);
  CHECK_FALSE(second.Add(RandomWeights(4, 32)).ok());
  CHECK_FALSE(second.Merge(*InputMoments::Create(32)).ok());
  CHECK_FALSE(InputMoments::Create(0).ok());
}

TEST_CASE("output error: the trace of its definition") {
  const Tensor x = CorrelatedInputs(300, 140);
  const InputMoments moments = MomentsOf(x);
  const Tensor w = RandomWeights(150, 140, 1), q = RandomWeights(150, 140, 9);
  const double error = *OutputError(moments, w, q);
  CHECK(std::fabs(error - PlainOutputError(x, w, q)) < 1e-5 * error);
  CHECK(*OutputError(moments, w, w) == 0.0);
  ForEachContext([&](Context& context) { CHECK(*OutputError(moments, w, q, &context) == error); });
  CHECK_FALSE(OutputError(moments, w, RandomWeights(150, 139)).ok());
}

TEST_CASE("triangular: the factor of its definition, bit for bit, and Eigen's closely") {
  for (const int64_t n : {1, 2, 15, 16, 17, 127, 128, 129, 300}) {
    const Tensor x = CorrelatedInputs(2 * n, n);
    Matrix h = ToMatrix(x).transpose() * ToMatrix(x);
    h.diagonal().array() += 0.01 * h.diagonal().mean();
    std::vector<double> start(static_cast<size_t>(n * n));
    for (int64_t i = 0; i < n * n; ++i) start[static_cast<size_t>(i)] = h(i / n, i % n);
    std::vector<double> plain = start;
    const auto at = [&](std::vector<double>& a, int64_t i, int64_t j) -> double& {
      return a[static_cast<size_t>(i * n + j)];
    };
    for (int64_t k = 0; k < n; ++k) {
      at(plain, k, k) = std::sqrt(at(plain, k, k));
      for (int64_t l = k + 1; l < n; ++l) at(plain, k, l) /= at(plain, k, k);
      for (int64_t i = k + 1; i < n; ++i) {
        for (int64_t l = i; l < n; ++l) {
          at(plain, i, l) = std::fma(-at(plain, k, i), at(plain, k, l), at(plain, i, l));
        }
      }
    }
    const Matrix eigen = Eigen::LLT<Matrix>(h).matrixU();
    ForEachContext([&](Context& context) {
      INFO("n " << n);
      std::vector<double> a = start;
      REQUIRE(*FactorUpper(a.data(), n, &context) == n);
      int64_t different = 0;
      double farthest = 0.0;
      for (int64_t i = 0; i < n; ++i) {
        for (int64_t l = i; l < n; ++l) {
          different += at(a, i, l) != at(plain, i, l) ? 1 : 0;
          farthest = std::max(farthest, std::fabs(at(a, i, l) - eigen(i, l)));
        }
      }
      CHECK(different == 0);
      CHECK(farthest < 1e-9 * eigen.norm());
    });
  }
}

TEST_CASE("factor: M D M^T is the damped product in the factor's order") {
  const Tensor x = CorrelatedInputs(400, 150);
  const InputMoments moments = MomentsOf(x);
  for (const bool by_activation : {false, true}) {
    const InputFactor factor = *InputFactor::Create(moments, {0.01, by_activation});
    const int64_t n = factor.columns();
    CHECK(factor.attempts() == 1);
    CHECK(factor.damping() == 0.01);
    CHECK(factor.in_order() == !by_activation);
    Matrix m = Matrix::Identity(n, n), h = UpperOf(moments), d = Matrix::Zero(n, n);
    h.diagonal().array() += 0.01 * h.diagonal().mean();
    Matrix ordered(n, n);
    for (int64_t i = 0; i < n; ++i) {
      d(i, i) = factor.pivots()[static_cast<size_t>(i)] * 400;
      for (int64_t j = 0; j < n; ++j) {
        if (j > i) m(i, j) = factor.coefficients()[static_cast<size_t>(i * n + j)];
        ordered(i, j) =
            h(factor.order()[static_cast<size_t>(i)], factor.order()[static_cast<size_t>(j)]);
      }
    }
    CHECK((m * d * m.transpose() - ordered).norm() < 1e-5 * ordered.norm());
    for (int64_t i = 1; by_activation && i < n; ++i) {
      CHECK(ordered(i - 1, i - 1) >= ordered(i, i) * (1 - 1e-12));
    }
    ForEachContext([&](Context& context) {
      const InputFactor again = *InputFactor::Create(moments, {0.01, by_activation}, &context);
      CHECK(again.coefficients() == factor.coefficients());
      CHECK(again.pivots() == factor.pivots());
    });
  }
}

TEST_CASE("factor: damping rises where there are fewer samples than columns; dead columns") {
  Tensor x = CorrelatedInputs(20, 60);
  for (int64_t s = 0; s < 20; ++s) x.mutable_as<float>()[static_cast<size_t>(s * 60 + 5)] = 0.0f;
  const InputMoments moments = MomentsOf(x);
  const InputFactor factor = *InputFactor::Create(moments, {.damping = 0.0});
  CHECK(factor.attempts() > 1);
  CHECK(factor.damping() > 0.0);
  CHECK(factor.dead_columns() == 1);
  CHECK(factor.order().back() == 5);
  for (int64_t j = 0; j < 60; ++j) {
    CHECK(std::isfinite(factor.pivots()[static_cast<size_t>(j)]));
    CHECK(factor.coefficients()[static_cast<size_t>(j * 60 + 59)] == 0.0f);
  }
  CHECK_FALSE(InputFactor::Create(*InputMoments::Create(8)).ok());
  CHECK_FALSE(InputFactor::Create(moments, {.damping = -1.0}).ok());
  Tensor zeros = *Tensor::Create(DType::kF32, {4, 8});
  CHECK(InputFactor::Create(MomentsOf(zeros))->dead_columns() == 8);
}

}  // namespace pawl
