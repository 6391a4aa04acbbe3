// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Layers of every mode, and files in memory that hold them packed.

#ifndef PAWL_TESTS_FORMATS_PACKED_TEST_UTIL_H_
#define PAWL_TESTS_FORMATS_PACKED_TEST_UTIL_H_

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "pawl/packed.h"
#include "tests/core/linear_test_util.h"
#include "tests/formats/container_test_util.h"

namespace pawl::testing {

constexpr int64_t kPackedRows = 37, kPackedCols = 320;

// How a layer is made, and what it takes and gives.
struct PackedCase {
  std::string scheme;
  LinearMode mode = LinearMode::kDynamicInt8;
  ActivationScale scale = ActivationScale::kPerToken;
  DType codes = DType::kI8;
  int32_t zero_point = 0;
  bool plain = false;  // no outliers, input_scale or rotation
};

inline QuantizedTensor PackedWeightsOf(const PackedCase& c, int64_t rows = kPackedRows,
                                       int64_t cols = kPackedCols) {
  // "+map": the groups by an index map.
  const bool mapped = c.scheme.ends_with("+map");
  Scheme scheme = Parsed(c.scheme.substr(0, c.scheme.size() - (mapped ? 4 : 0)));
  if (mapped) scheme.grouping.kind = GroupKind::kIndexMap;
  if (!c.plain) {
    scheme.outliers = kParamF16;
    scheme.input_scale = true;
    scheme.rotation.block = 64;
  }
  return RandomWeights(scheme, {rows, cols}, 9);
}

inline LinearOptions PackedOptionsOf(const PackedCase& c, int64_t rows = kPackedRows) {
  LinearOptions o;
  o.name = "layer";
  o.mode = c.mode;
  o.activation_groups = c.scale;
  o.activation_dtype = c.codes;
  o.activation_scale = 0.05f;
  o.activation_zero_point = c.zero_point;
  o.round_levels = true;
  o.output_dtype = c.codes;
  o.output_scale = 0.5f;
  o.output_zero_point = c.zero_point;
  o.activation =
      c.mode == LinearMode::kIntegerOnly ? FusedActivation::kRelu6 : FusedActivation::kHardSwish;
  o.bias = *Tensor::FromValues<float>({rows}, RandomFloats(rows, 8));
  return o;
}

// Results as bytes; of an integer-only layer for codes, else for floats.
inline std::string Results(const QuantizedLinear& linear, const PackedCase& c, int64_t m,
                           Context& context) {
  const int64_t k = linear.in_features(), n = linear.out_features();
  const std::vector<float> x = RandomFloats(m * k, 10);
  if (c.mode != LinearMode::kIntegerOnly) {
    const std::vector<float> y = Forward(linear, x, m, context);
    return {reinterpret_cast<const char*>(y.data()), y.size() * sizeof(float)};
  }
  std::string codes(static_cast<size_t>(m * k) * DTypeSize(c.codes), '\0');
  for (size_t i = 0; i < codes.size(); ++i) codes[i] = static_cast<char>(i * 37 + i / 100);
  std::string y(static_cast<size_t>(m * n) * DTypeSize(c.codes), '\0');
  const absl::Status status =
      linear.Run({codes.data(), c.codes, m, k}, {y.data(), c.codes, m, n}, context);
  INFO(status.ToString());
  REQUIRE(status.ok());
  return y;
}

inline std::shared_ptr<MemoryBuffer> PackedBuffer(const QuantizedLinear& linear) {
  auto buffer = std::make_shared<MemoryBuffer>();
  auto writer = PawlWriter::CreateInSink(buffer);
  REQUIRE(writer.ok());
  absl::Status status = (*writer)->AddLinear("layer", linear);
  INFO(status.ToString());
  REQUIRE(status.ok());
  status = (*writer)->Finish();
  INFO(status.ToString());
  REQUIRE(status.ok());
  return buffer;
}

}  // namespace pawl::testing

#endif  // PAWL_TESTS_FORMATS_PACKED_TEST_UTIL_H_
