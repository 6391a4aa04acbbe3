// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Weights and correlated inputs for tests of methods, and plain f64 matrices to compare with.

#ifndef PAWL_TESTS_METHODS_METHOD_TEST_UTIL_H_
#define PAWL_TESTS_METHODS_METHOD_TEST_UTIL_H_

#include <Eigen/Dense>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "pawl/context.h"
#include "pawl/input_moments.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"
#include "pawl/tensor.h"

namespace pawl {

using Matrix = Eigen::MatrixXd;

inline Tensor RandomWeights(int64_t rows, int64_t cols, uint32_t seed = 1) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0.0f, 0.05f);
  Tensor tensor = *Tensor::Create(DType::kF32, {rows, cols});
  for (float& v : tensor.mutable_as<float>()) v = normal(engine);
  return tensor;
}

// Samples of few common directions and some noise, a few columns much larger than the others, as
// activations of language models are.
inline Tensor CorrelatedInputs(int64_t samples, int64_t cols, uint32_t seed = 2) {
  std::mt19937 engine(seed);
  std::normal_distribution<float> normal(0.0f, 1.0f);
  constexpr int64_t kDirections = 6;
  std::vector<float> mix(static_cast<size_t>(kDirections * cols));
  for (float& v : mix) v = normal(engine);
  Tensor tensor = *Tensor::Create(DType::kF32, {samples, cols});
  const absl::Span<float> x = tensor.mutable_as<float>();
  for (int64_t s = 0; s < samples; ++s) {
    float common[kDirections];
    for (float& v : common) v = normal(engine);
    for (int64_t c = 0; c < cols; ++c) {
      float sum = 0.5f * normal(engine);
      for (int64_t d = 0; d < kDirections; ++d) {
        sum += common[d] * mix[static_cast<size_t>(d * cols + c)];
      }
      x[static_cast<size_t>(s * cols + c)] = c % 17 == 3 ? 6.0f * sum : sum;
    }
  }
  return tensor;
}

inline Matrix ToMatrix(const Tensor& tensor) {
  const int64_t cols = tensor.shape().back();
  Matrix m(tensor.num_elements() / cols, cols);
  for (int64_t i = 0; i < tensor.num_elements(); ++i) {
    m(i / cols, i % cols) = static_cast<double>(tensor.as<float>()[static_cast<size_t>(i)]);
  }
  return m;
}

inline Tensor DecodedTensor(const QuantizedTensor& q) {
  Tensor out = *Tensor::Create(DType::kF32, q.shape);
  REQUIRE(Dequantize(q, out.mutable_as<float>()).ok());
  return out;
}

inline InputMoments MomentsOf(const Tensor& inputs, Context* context = nullptr) {
  InputMoments moments = *InputMoments::Create(inputs.shape().back());
  REQUIRE(moments.Add(inputs, context).ok());
  return moments;
}

inline std::unique_ptr<Context> MakeContext(int threads, const std::string& target = "") {
  ContextOptions options;
  options.threads = threads;
  options.target = target;
  return *Context::Create(options);
}

inline bool SameBytes(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  return a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

inline bool SameTensor(const QuantizedTensor& a, const QuantizedTensor& b) {
  return a.scheme == b.scheme && SameBytes(a.codes, b.codes) && SameBytes(a.scales, b.scales) &&
         SameBytes(a.offsets, b.offsets) && SameBytes(a.super_scales, b.super_scales) &&
         SameBytes(a.super_offsets, b.super_offsets) && SameBytes(a.levels, b.levels) &&
         SameBytes(a.group_index, b.group_index) && SameBytes(a.input_scale, b.input_scale);
}

// tr(E H E^T) / samples, from the inputs themselves.
inline double PlainOutputError(const Tensor& inputs, const Tensor& weights, const Tensor& made) {
  const Matrix error = ToMatrix(weights) - ToMatrix(made);
  return (ToMatrix(inputs) * error.transpose()).squaredNorm() / static_cast<double>(inputs.dim(0));
}

// Calls test(context) for one to three threads and every target.
template <typename Test>
void ForEachContext(const Test& test) {
  for (const absl::string_view target : SupportedTargets()) {
    INFO("target " << std::string(target));
    test(*MakeContext(1, std::string(target)));
  }
  for (const int threads : {2, 3}) test(*MakeContext(threads));
}

}  // namespace pawl

#endif  // PAWL_TESTS_METHODS_METHOD_TEST_UTIL_H_
