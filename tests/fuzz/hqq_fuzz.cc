// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// HQQ's tensors, every packing and both axes.

#include "checkpoint_check.h"
#include "pawl/checkpoint_formats.h"

PAWL_FUZZ_TARGET(hqq) {
  using namespace pawl;
  fuzz::Input input(bytes);
  fuzz::Tensors tensors(input);
  struct Packing {
    const char* name;
    int64_t codes;
  };
  constexpr Packing kPackings[] = {{"4bit_u8", 2}, {"8bit_u8", 1}, {"3bit_32", 10},
                                   {"2bit_u8", 4}, {"1bit_u8", 8}, {"5bit", 3}};
  const Packing& packing = input.Pick(kPackings);
  HqqTensors t;
  t.packing = packing.name;
  t.axis = input.Rarely() ? input.Byte() : input.Bool() ? 1 : 0;
  t.group_size = tensors.GroupSize();
  t.shape.resize(input.Rarely() ? input.Byte() % 4 : 2);
  int64_t elements = 1;
  for (int64_t& dim : t.shape) {
    dim = tensors.Dim();
    if (dim <= 4096 && input.Bool()) dim *= 8;
    elements = dim > 4096 ? 0 : elements * dim;
  }
  if (elements > 65536) elements = 0;
  // A size that divides, so that most inputs get past the first check.
  const int64_t size = t.group_size > 0 && elements % t.group_size == 0 ? t.group_size
                       : t.shape.size() == 2 ? t.shape[t.axis == 0 ? 0 : 1]
                                             : 1;
  if (!input.Rarely()) t.group_size = size == (t.shape.empty() ? 0 : t.shape.back()) ? 0 : size;
  const int64_t groups = size > 0 ? elements / size : 0;
  const int64_t rows = t.axis == 0 ? size : groups;
  const int64_t cols = rows > 0 ? elements / rows : 0;
  const int64_t step = (rows > 65536 ? 0 : rows + packing.codes - 1) / packing.codes;
  t.w_q = tensors.Like({packing.codes == 10 ? DType::kI32 : DType::kU8}, {step, cols});
  t.scale = tensors.Like({DType::kF32, DType::kF16, DType::kBF16}, {groups});
  t.zero = tensors.Like({t.scale.dtype()}, {groups});
  fuzz::CheckCodec(t, tensors.bytes(), FromHqq, ToHqq,
                   [](const HqqTensors& a, const HqqTensors& b) {
                     return fuzz::SameTensor(a.w_q, b.w_q) && fuzz::SameTensor(a.scale, b.scale) &&
                            fuzz::SameTensor(a.zero, b.zero) && a.packing == b.packing &&
                            a.axis == b.axis && a.group_size == b.group_size && a.shape == b.shape;
                   });
}
