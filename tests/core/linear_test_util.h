// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Random quantized tensors of any scheme, and plain double-precision products to compare with.

#ifndef PAWL_TESTS_CORE_LINEAR_TEST_UTIL_H_
#define PAWL_TESTS_CORE_LINEAR_TEST_UTIL_H_

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "lib/core/params.h"
#include "pawl/context.h"
#include "pawl/float_types.h"
#include "pawl/linear.h"
#include "pawl/quantized_tensor.h"

namespace pawl::testing {

inline std::unique_ptr<Context> MakeContext(int threads = 1, const std::string& target = "") {
  ContextOptions options;
  options.threads = threads;
  options.target = target;
  auto context = Context::Create(options);
  REQUIRE(context.ok());
  return *std::move(context);
}

inline std::vector<float> RandomFloats(int64_t count, uint64_t seed, float deviation = 1.0f) {
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal(0.0f, deviation);
  std::vector<float> values(static_cast<size_t>(count));
  for (float& v : values) v = normal(random);
  return values;
}

inline void FillParams(const ParamType& type, Tensor& stored, int64_t count, float low, float high,
                       std::mt19937_64& random) {
  std::uniform_real_distribution<float> uniform(low, high);
  for (int64_t i = 0; i < count && type.kind != ParamKind::kNone; ++i) {
    const bool index = type.kind == ParamKind::kTable;
    WriteParam(type, stored, i,
               index ? static_cast<uint32_t>(random() % 256) : EncodeParam(type, uniform(random)));
  }
}

// Random codes and plausible parameters for every part that the scheme has.
inline QuantizedTensor RandomWeights(const Scheme& scheme, const std::vector<int64_t>& shape,
                                     uint64_t seed, int64_t outliers = 3) {
  std::mt19937_64 random(seed);
  auto created = QuantizedTensor::Create(scheme, shape);
  INFO(created.status().ToString());
  REQUIRE(created.ok());
  QuantizedTensor t = *std::move(created);
  const Element& e = scheme.element;
  const bool half = e.kind == ElementKind::kF16 || e.kind == ElementKind::kBF16;
  const int64_t cols = t.cols();
  std::vector<int16_t> codes(static_cast<size_t>(t.num_elements()));
  for (int16_t& code : codes) {
    if (half) {
      const auto value = static_cast<float>(static_cast<int64_t>(random() % 2001) - 1000) / 500.0f;
      code = static_cast<int16_t>(e.kind == ElementKind::kF16 ? F32ToF16(value) : F32ToBF16(value));
      continue;
    }
    const int64_t low = e.kind == ElementKind::kBinary ? 0 : e.MinCode();
    const int64_t high = e.kind == ElementKind::kBinary ? 1 : e.MaxCode();
    code = static_cast<int16_t>(low + static_cast<int64_t>(random() % (high - low + 1)));
    const bool fp8 = e.kind == ElementKind::kE4M3 || e.kind == ElementKind::kE5M2;
    if (fp8) code = static_cast<int16_t>(code & 0xB7);  // keeps away from NaN and infinity
  }
  REQUIRE(PackCodes(t, 0, codes).ok());
  const int64_t groups = *NumGroups(scheme, shape);
  const int64_t supers = *NumSuperGroups(scheme, shape);
  const bool sub = scheme.scale.super_type.kind != ParamKind::kNone;
  const bool integer_scale =
      scheme.scale.type.kind == ParamKind::kUint || scheme.scale.type.kind == ParamKind::kInt;
  FillParams(scheme.scale.type, t.scales, groups, integer_scale ? 1.0f : 0.01f,
             integer_scale ? 15.0f : 0.03f, random);
  FillParams(scheme.scale.super_type, t.super_scales, supers, sub ? 0.002f : 0.0f, 0.01f, random);
  const float most = static_cast<float>(e.kind == ElementKind::kInt ? 3 : std::max(e.MaxCode(), 1));
  const bool minimum = scheme.offset.kind == OffsetKind::kMinimum;
  const bool integer_offset =
      scheme.offset.type.kind == ParamKind::kUint || scheme.offset.type.kind == ParamKind::kInt;
  FillParams(scheme.offset.type, t.offsets, groups, 0.0f, minimum && !integer_offset ? 0.2f : most,
             random);
  FillParams(scheme.offset.super_type, t.super_offsets, supers, 0.001f, 0.01f, random);
  for (float& level : t.levels.mutable_as<float>()) {
    level = static_cast<float>(static_cast<int64_t>(random() % 2001) - 1000) / 1000.0f;
  }
  for (float& level : t.scale_levels.mutable_as<float>()) {
    level = static_cast<float>(random() % 1000) / 1000.0f;
  }
  for (int32_t& group : t.group_index.mutable_as<int32_t>()) {
    group =
        static_cast<int32_t>(random() % ((cols + scheme.grouping.size - 1) / scheme.grouping.size));
  }
  for (float& s : t.input_scale.mutable_as<float>())
    s = 0.5f + static_cast<float>(random() % 100) / 100;
  for (int8_t& sign : t.rotation_signs.mutable_as<int8_t>()) sign = random() % 2 != 0 ? 1 : -1;
  if (scheme.outliers.kind != ParamKind::kNone && outliers > 0) {
    std::vector<int32_t> columns;
    for (int64_t i = 0; i < outliers; ++i) {
      columns.push_back(static_cast<int32_t>((i * cols + cols / 2) / outliers));
    }
    t.outlier_columns = *Tensor::FromValues<int32_t>({outliers}, columns);
    t.outlier_values = *Tensor::Create(ParamDType(scheme.outliers), {t.rows(), outliers});
    FillParams(scheme.outliers, t.outlier_values, t.rows() * outliers, -1.0f, 1.0f, random);
  }
  const absl::Status valid = t.Validate();
  INFO(valid.ToString());
  REQUIRE(valid.ok());
  return t;
}

inline std::vector<float> Decoded(const QuantizedTensor& t) {
  std::vector<float> w(static_cast<size_t>(t.num_elements()));
  REQUIRE(Dequantize(t, absl::MakeSpan(w)).ok());
  return w;
}

// x [m, k] . w [n, k]^T in double; `size`, where given, gets sqrt(sum x^2 * sum w^2) of each
// result.
inline std::vector<double> Product(const std::vector<float>& x, const std::vector<float>& w,
                                   int64_t m, int64_t n, int64_t k,
                                   std::vector<double>* size = nullptr) {
  std::vector<double> y(static_cast<size_t>(m * n));
  if (size != nullptr) size->assign(y.size(), 0.0);
  for (int64_t i = 0; i < m; ++i) {
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0, xx = 0, ww = 0;
      for (int64_t c = 0; c < k; ++c) {
        const double a = x[static_cast<size_t>(i * k + c)];
        const double b = w[static_cast<size_t>(j * k + c)];
        sum += a * b;
        xx += a * a;
        ww += b * b;
      }
      y[static_cast<size_t>(i * n + j)] = sum;
      if (size != nullptr) (*size)[static_cast<size_t>(i * n + j)] = std::sqrt(xx * ww);
    }
  }
  return y;
}

inline QuantizedLinear MakeLinear(QuantizedTensor w, const LinearOptions& options = {}) {
  auto linear = QuantizedLinear::Create(std::move(w), options);
  INFO(linear.status().ToString());
  REQUIRE(linear.ok());
  return *std::move(linear);
}

// y = linear(x) in f32 with dense rows.
inline std::vector<float> Forward(const QuantizedLinear& linear, const std::vector<float>& x,
                                  int64_t m, Context& context) {
  const int64_t n = linear.out_features();
  std::vector<float> y(static_cast<size_t>(m * n), -12345.0f);
  const absl::Status status = linear.Run({x.data(), DType::kF32, m, linear.in_features()},
                                         {y.data(), DType::kF32, m, n}, context);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return y;
}

inline std::vector<float> Forward(const QuantizedLinear& linear, const std::vector<float>& x,
                                  int64_t m) {
  return Forward(linear, x, m, *MakeContext());
}

inline Scheme Parsed(const std::string& text) {
  auto scheme = ParseScheme(text);
  INFO(text << ": " << scheme.status().ToString());
  REQUIRE(scheme.ok());
  return *scheme;
}

// Largest |actual - expected| / size.
inline double WorstError(const std::vector<float>& actual, const std::vector<double>& expected,
                         const std::vector<double>& size) {
  REQUIRE(actual.size() == expected.size());
  double worst = 0.0;
  for (size_t i = 0; i < actual.size(); ++i) {
    const double error = std::fabs(actual[i] - expected[i]);
    if (std::isnan(error)) return error;
    if (error > 0.0) worst = std::max(worst, error / std::max(size[i], 1e-30));
  }
  return worst;
}

}  // namespace pawl::testing

#endif  // PAWL_TESTS_CORE_LINEAR_TEST_UTIL_H_
