// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/pruning.h"

#include <algorithm>

#include "method_test_util.h"

namespace pawl {
namespace {

// The paper's algorithm in f64 for blocks of 128 and a fraction of each.
Matrix PaperSparseGpt(const Matrix& weights, Matrix h, double sparsity) {
  h.diagonal().array() += 0.01 * h.diagonal().mean();
  const Matrix u = Eigen::LLT<Matrix>(h.inverse()).matrixU();
  Matrix w = weights;
  for (int64_t begin = 0; begin < w.cols(); begin += 128) {
    const int64_t end = std::min<int64_t>(w.cols(), begin + 128);
    std::vector<double> scores;
    for (int64_t c = begin; c < end; ++c) {
      for (int64_t r = 0; r < w.rows(); ++r) {
        scores.push_back(w(r, c) * w(r, c) / (u(c, c) * u(c, c)));
      }
    }
    std::vector<double> sorted = scores;
    std::sort(sorted.begin(), sorted.end());
    const double limit = sorted[static_cast<size_t>(sparsity * static_cast<double>(sorted.size()))];
    for (int64_t c = begin; c < end; ++c) {
      for (int64_t r = 0; r < w.rows(); ++r) {
        if (!(scores[static_cast<size_t>((c - begin) * w.rows() + r)] < limit)) continue;
        const double error = w(r, c) / u(c, c);
        for (int64_t j = c; j < w.cols(); ++j) w(r, j) -= error * u(c, j);
        w(r, c) = 0.0;
      }
    }
  }
  return w;
}

int64_t Zeros(const Tensor& tensor) {
  const absl::Span<const float> w = tensor.as<float>();
  return std::count(w.begin(), w.end(), 0.0f);
}

}  // namespace

TEST_CASE("pruning: SparseGPT is the paper's, and better than by magnitude") {
  const Tensor weights = RandomWeights(50, 200);
  const Tensor inputs = CorrelatedInputs(600, 200);
  const InputMoments moments = MomentsOf(inputs);
  const InputFactor factor = *InputFactor::Create(moments, {.by_activation = false});
  PruningReport report;
  const Tensor made = *SparseGpt(weights, factor, {.sparsity = 0.5}, nullptr, &report);
  CHECK(report.zeros == 5000);
  CHECK(Zeros(made) == 5000);
  const Matrix x = ToMatrix(inputs);
  const Matrix expected = PaperSparseGpt(ToMatrix(weights), x.transpose() * x, 0.5);
  const Matrix got = ToMatrix(made);
  int64_t different = 0;
  for (int64_t i = 0; i < got.size(); ++i) different += (got(i) == 0) != (expected(i) == 0) ? 1 : 0;
  CHECK(different < 20);
  INFO("different masks " << different << ", distance " << (got - expected).norm());
  CHECK((got - expected).norm() < 0.02 * (expected - ToMatrix(weights)).norm());
  const double error = *OutputError(moments, weights, made);
  CHECK(report.loss >= error * 0.999);
  const Tensor magnitude = *PruneMagnitude(weights, {.sparsity = 0.5});
  CHECK(Zeros(magnitude) == 5000);
  CHECK(error < 0.5 * *OutputError(moments, weights, magnitude));
  ForEachContext([&](Context& context) {
    CHECK(SameBytes(*SparseGpt(weights, factor, {.sparsity = 0.5}, &context), made));
  });
}

TEST_CASE("pruning: patterns of neighbours") {
  const Tensor weights = RandomWeights(30, 160);
  const InputMoments moments = MomentsOf(CorrelatedInputs(600, 160));
  const InputFactor factor = *InputFactor::Create(moments, {.by_activation = false});
  for (const PruningPattern pattern :
       {PruningPattern{0.0, 2, 4}, PruningPattern{0.0, 1, 2}, PruningPattern{0.0, 4, 8}}) {
    const Tensor made = *SparseGpt(weights, factor, pattern);
    const Tensor magnitude = *PruneMagnitude(weights, pattern);
    for (const Tensor* tensor : {&made, &magnitude}) {
      for (int64_t i = 0; i < tensor->num_elements(); i += pattern.of) {
        const float* w = tensor->as<float>().data() + i;
        REQUIRE(std::count(w, w + pattern.of, 0.0f) == pattern.zeros);
      }
    }
    CHECK(*OutputError(moments, weights, made) < 0.6 * *OutputError(moments, weights, magnitude));
  }
}

TEST_CASE("pruning: magnitude takes the smallest, the first of equal ones") {
  const std::vector<float> values = {3.0f, -1.0f, 1.0f, 0.5f, -4.0f, 1.0f, 2.0f, 0.0f};
  const Tensor weights = *Tensor::FromValues<float>({2, 4}, values);
  const Tensor made = *PruneMagnitude(weights, {.sparsity = 0.5});
  const std::vector<float> expected = {3.0f, 0.0f, 0.0f, 0.0f, -4.0f, 1.0f, 2.0f, 0.0f};
  CHECK(std::equal(expected.begin(), expected.end(), made.as<float>().begin()));
  CHECK(SameBytes(*PruneMagnitude(weights, {}), weights));
}

TEST_CASE("pruning: patterns that make no sense") {
  const Tensor weights = RandomWeights(4, 6);
  for (const PruningPattern pattern :
       {PruningPattern{1.0, 0, 0}, PruningPattern{-0.1, 0, 0}, PruningPattern{0.5, 2, 4},
        PruningPattern{0.0, 4, 4}, PruningPattern{0.0, 1, 3}, PruningPattern{0.0, 2, 4}}) {
    CHECK_FALSE(PruneMagnitude(weights, pattern).ok());
  }
  const InputFactor factor = *InputFactor::Create(MomentsOf(CorrelatedInputs(50, 16)));
  CHECK_FALSE(SparseGpt(RandomWeights(4, 16), factor, {.zeros = 2, .of = 4}).ok());
}

}  // namespace pawl
