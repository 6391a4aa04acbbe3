// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ONNX Runtime's MatMulNBits: attributes and initialisers that need not fit together.

#include "checkpoint_check.h"
#include "pawl/checkpoint_formats.h"

PAWL_FUZZ_TARGET(matmul_nbits) {
  using namespace pawl;
  fuzz::Input input(bytes);
  fuzz::Tensors tensors(input);
  constexpr int64_t kBlocks[] = {
      32, 16, 64, 128, 1024, 8, 17, 0, -16, int64_t{1} << 40, int64_t{1} << 62, INT64_MIN};
  MatMulNBitsTensors t;
  t.bits = static_cast<int>(input.Rarely() ? input.Int(-1, 70) : input.Int(2, 8));
  t.block_size = input.Rarely() ? input.Pick(kBlocks) : kBlocks[input.Byte() % 4];
  t.n = tensors.Dim();
  t.k = tensors.Dim(150);
  const bool huge = t.n > 4096 || t.k > 65536 || t.block_size > 4096;
  const int64_t size = t.block_size > 0 ? t.block_size : 1;
  const int64_t blocks = t.k / size + (t.k % size != 0 ? 1 : 0);
  const int64_t block_bytes = huge ? 0 : size * (t.bits > 0 ? t.bits : 1) / 8;
  t.b = tensors.Like({DType::kU8}, {t.n, blocks, block_bytes});
  t.scales = tensors.Like({DType::kF32, DType::kF16}, {t.n, blocks});
  switch (input.Byte() % 4) {
    case 1:
      t.zero_points = tensors.Like({DType::kU8},
                                   {t.n, huge ? 0 : (blocks * (t.bits > 0 ? t.bits : 1) + 7) / 8});
      break;
    case 2:
      t.zero_points = tensors.Like({t.scales.dtype()}, {t.n, blocks});
      break;
    default:
      break;
  }
  fuzz::CheckCodec(t, tensors.bytes(), FromMatMulNBits, ToMatMulNBits,
                   [](const MatMulNBitsTensors& a, const MatMulNBitsTensors& b) {
                     return fuzz::SameTensor(a.b, b.b) && fuzz::SameTensor(a.scales, b.scales) &&
                            fuzz::SameTensor(a.zero_points, b.zero_points) && a.bits == b.bits &&
                            a.n == b.n && a.k == b.k && a.block_size == b.block_size;
                   });
}
