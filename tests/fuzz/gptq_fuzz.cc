// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GPTQ's tensors, versions 1 and 2.

#include "checkpoint_check.h"
#include "pawl/checkpoint_formats.h"

PAWL_FUZZ_TARGET(gptq) {
  using namespace pawl;
  fuzz::Input input(bytes);
  fuzz::Tensors tensors(input);
  constexpr int kBits[] = {4, 3, 2, 8, 5, 0, 64, -1};
  GptqTensors t;
  t.bits = input.Rarely() ? input.Pick(kBits) : kBits[input.Byte() % 4];
  t.v1 = input.Bool();
  t.group_size = tensors.GroupSize();
  const int64_t bits = t.bits >= 1 ? t.bits : 1;
  int64_t in = tensors.Dim();
  if (in <= 4096 && input.Bool()) in *= 8;
  const int64_t out = tensors.Dim();
  const bool huge = in > 4096 || out > 4096;
  const int64_t words = huge ? in : (in * bits + 31) / 32;
  const int64_t size = t.group_size > 0 ? t.group_size : in > 0 ? in : 1;
  const int64_t groups = in / size + (in % size != 0 ? 1 : 0);
  t.qweight = tensors.Like({DType::kI32, DType::kU32}, {words, out});
  t.qzeros = tensors.Like({DType::kI32}, {groups, huge ? out : (out * bits + 31) / 32});
  t.scales = tensors.Like({DType::kF16, DType::kBF16, DType::kF32}, {groups, out});
  if (input.Bool() && !huge) {
    std::vector<uint8_t> index(static_cast<size_t>(in) * 4);
    for (size_t i = 0; i < index.size(); i += 4) {
      index[i] = static_cast<uint8_t>(
          input.Rarely() ? input.Byte() : input.Int(0, 255) % (groups > 0 ? groups : 1));
      if (input.Rarely()) index[i + 3] = input.Byte();
    }
    t.g_idx = tensors.Of(DType::kI32, {in}, index);
  }
  fuzz::CheckCodec(
      t, tensors.bytes(), FromGptq, [&](const QuantizedTensor& q) { return ToGptq(q, t.v1); },
      [](const GptqTensors& a, const GptqTensors& b) {
        return fuzz::SameTensor(a.qweight, b.qweight) && fuzz::SameTensor(a.qzeros, b.qzeros) &&
               fuzz::SameTensor(a.scales, b.scales) && fuzz::SameTensor(a.g_idx, b.g_idx) &&
               a.bits == b.bits && a.group_size == b.group_size;
      });
}
