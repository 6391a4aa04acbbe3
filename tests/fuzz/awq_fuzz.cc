// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// AWQ's tensors, version "gemm".

#include "checkpoint_check.h"
#include "pawl/checkpoint_formats.h"

PAWL_FUZZ_TARGET(awq) {
  using namespace pawl;
  fuzz::Input input(bytes);
  fuzz::Tensors tensors(input);
  AwqTensors t;
  t.group_size = tensors.GroupSize();
  const int64_t in = tensors.Dim(70);
  const int64_t words = tensors.Dim(6);
  const int64_t size = t.group_size > 0 ? t.group_size : in > 0 ? in : 1;
  const int64_t groups = in / size + (in % size != 0 ? 1 : 0);
  t.qweight = tensors.Like({DType::kI32, DType::kU32}, {in, words});
  t.qzeros = tensors.Like({DType::kI32}, {groups, words});
  t.scales = tensors.Like({DType::kF16, DType::kBF16, DType::kF32},
                          {groups, words > 4096 ? words : words * 8});
  fuzz::CheckCodec(
      t, tensors.bytes(), FromAwq, ToAwq, [](const AwqTensors& a, const AwqTensors& b) {
        return fuzz::SameTensor(a.qweight, b.qweight) && fuzz::SameTensor(a.qzeros, b.qzeros) &&
               fuzz::SameTensor(a.scales, b.scales) && a.group_size == b.group_size;
      });
}
