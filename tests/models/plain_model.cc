// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/models/plain_model.h"

#include "catch2/catch_test_macros.hpp"
#include "pawl/float_types.h"
#include "pawl/safetensors.h"

namespace pawl::testing {

PlainValues Multiply(const PlainValues& x, const PlainValues& w, int out, int in) {
  const size_t rows = x.size() / in;
  PlainValues y(rows * out);
  for (size_t r = 0; r < rows; ++r) {
    for (int o = 0; o < out; ++o) {
      for (int i = 0; i < in; ++i) y[r * out + o] += x[r * in + i] * w[o * in + i];
    }
  }
  return y;
}

void AddRow(PlainValues& x, const PlainValues& row) {
  for (size_t i = 0; i < x.size(); ++i) x[i] += row[i % row.size()];
}

PlainValues Draw(std::mt19937& random, const std::vector<int64_t>& shape, bool norm, bool bf16) {
  int64_t count = 1;
  for (const int64_t dim : shape) count *= dim;
  PlainValues values;
  for (int64_t i = 0; i < count; ++i) {
    const double unit = static_cast<double>(random()) / 4294967296.0 - 0.5;
    const auto value = static_cast<float>(norm ? 1.0 + 0.5 * unit : 0.4 * unit);
    values.push_back(bf16 ? BF16ToF32(F32ToBF16(value)) : value);
  }
  return values;
}

void WriteWeights(const std::string& folder, const PlainWeights& weights,
                  const ShapeOfWeight& shape, bool bf16, const std::string& prefix) {
  const DType dtype = bf16 ? DType::kBF16 : DType::kF32;
  std::vector<SafetensorsDeclaration> declarations;
  for (const auto& [name, values] : weights) {
    declarations.push_back({prefix + name, dtype, shape(name)});
  }
  auto writer = SafetensorsWriter::Create(folder + "/model.safetensors", declarations);
  REQUIRE(writer.ok());
  for (const auto& [name, values] : weights) {
    Tensor tensor = *Tensor::Create(dtype, shape(name));
    for (size_t i = 0; i < values.size(); ++i) {
      const auto value = static_cast<float>(values[i]);
      if (bf16) {
        static_cast<uint16_t*>(tensor.mutable_data())[i] = F32ToBF16(value);
      } else {
        tensor.mutable_as<float>()[i] = value;
      }
    }
    REQUIRE((*writer)->Add(prefix + name, tensor).ok());
  }
  REQUIRE((*writer)->Finish().ok());
}

}  // namespace pawl::testing
