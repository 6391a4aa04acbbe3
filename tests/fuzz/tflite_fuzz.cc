// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// TFLite's quantized constants.

#include <cstring>

#include "checkpoint_check.h"
#include "pawl/checkpoint_formats.h"

PAWL_FUZZ_TARGET(tflite) {
  using namespace pawl;
  fuzz::Input input(bytes);
  fuzz::Tensors tensors(input);
  struct Type {
    const char* name;
    DType dtype;
    int64_t bits;
  };
  constexpr Type kTypes[] = {{"INT8", DType::kI8, 8},    {"UINT8", DType::kU8, 8},
                             {"INT16", DType::kI16, 16}, {"INT4", DType::kU8, 4},
                             {"INT2", DType::kU8, 2},    {"FLOAT", DType::kF32, 32}};
  const Type& type = input.Pick(kTypes);
  TfliteTensors t;
  t.type = type.name;
  t.shape.resize(static_cast<size_t>(input.Rarely() ? input.Int(0, 70) : input.Int(0, 4)));
  int64_t elements = 1;
  for (int64_t& dim : t.shape) {
    dim = tensors.Dim(12);
    elements = dim > 4096 || elements > 65536 ? 0 : elements * dim;
  }
  const auto rank = static_cast<int64_t>(t.shape.size());
  t.quantized_dimension = static_cast<int>(input.Rarely() ? input.Int(-3, 80)
                                           : rank > 0     ? input.Byte() % rank
                                                          : 0);
  const bool channels = input.Bool() && t.quantized_dimension >= 0 && t.quantized_dimension < rank;
  const int64_t groups = channels ? t.shape[static_cast<size_t>(t.quantized_dimension)] : 1;
  t.data = type.bits < 8 ? tensors.Like({type.dtype}, {(elements * type.bits + 7) / 8})
                         : tensors.Like({type.dtype}, t.shape);
  t.scale = tensors.Like({DType::kF32}, {groups});
  if (input.Bool() && groups <= 4096) {
    std::vector<uint8_t> zeros;
    for (int64_t g = 0; g < groups; ++g) {
      const int64_t zero =
          input.Rarely() ? static_cast<int64_t>(input.Number(8)) : input.Int(-128, 127);
      uint8_t raw[8];
      std::memcpy(raw, &zero, sizeof(raw));
      zeros.insert(zeros.end(), raw, raw + 8);
    }
    t.zero_point = tensors.Of(DType::kI64, {groups}, zeros);
  }
  fuzz::CheckCodec(
      t, tensors.bytes(), FromTflite, ToTflite, [](const TfliteTensors& a, const TfliteTensors& b) {
        return fuzz::SameTensor(a.data, b.data) && fuzz::SameTensor(a.scale, b.scale) &&
               fuzz::SameTensor(a.zero_point, b.zero_point) && a.type == b.type &&
               a.shape == b.shape;
      });
}
