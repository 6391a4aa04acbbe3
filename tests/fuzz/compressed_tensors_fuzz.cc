// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// compressed-tensors: every format and strategy.

#include <string>

#include "checkpoint_check.h"
#include "pawl/checkpoint_formats.h"

namespace pawl::fuzz {
namespace {

int64_t Ceil(int64_t a, int64_t b) { return b > 0 ? a / b + (a % b != 0 ? 1 : 0) : 1; }

// The shape that the strategy asks of the scales.
std::vector<int64_t> ScaleShape(const CompressedTensors& t, int64_t out, int64_t in) {
  if (t.strategy == "tensor") return {1};
  if (t.strategy == "block") return {Ceil(out, t.block_rows), Ceil(in, t.block_columns)};
  if (t.strategy == "channel") return {out, 1};
  return {out, Ceil(in, t.group_size)};
}

void FillIndex(Input& input, Tensors& tensors, int64_t in, int64_t groups, CompressedTensors* t) {
  if (in > 4096) return;
  std::vector<uint8_t> index(static_cast<size_t>(in) * 4);
  for (size_t i = 0; i < index.size(); i += 4) {
    index[i] = static_cast<uint8_t>(input.Rarely() ? input.Byte()
                                                   : input.Byte() % (groups > 0 ? groups : 1));
  }
  t->weight_g_idx = tensors.Of(DType::kI32, {in}, index);
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(compressed_tensors) {
  using namespace pawl;
  using fuzz::Ceil;
  fuzz::Input input(bytes);
  fuzz::Tensors tensors(input);
  constexpr const char* kFormats[] = {"pack-quantized",
                                      "int-quantized",
                                      "float-quantized",
                                      "naive-quantized",
                                      "nvfp4-pack-quantized",
                                      "mxfp4-pack-quantized",
                                      "mxfp8-quantized",
                                      "dense",
                                      ""};
  constexpr const char* kStrategies[] = {"channel",      "group", "tensor",
                                         "tensor_group", "block", "x"};
  CompressedTensors t;
  t.format = input.Pick(kFormats);
  t.strategy = input.Pick(kStrategies);
  t.num_bits = static_cast<int>(input.Rarely() ? input.Int(-2, 40) : input.Int(2, 8));
  t.group_size = tensors.GroupSize();
  t.block_rows = static_cast<int32_t>(tensors.Dim(16));
  t.block_columns = tensors.Dim(16);
  const int64_t out = tensors.Dim(), in = tensors.Dim();
  const int64_t bits = t.num_bits > 0 ? t.num_bits : 1;
  const bool packed = t.format == "pack-quantized";
  const bool huge = in > 4096 || out > 4096;
  const int64_t words = huge ? in : Ceil(in * bits, 32);
  const std::vector<int64_t> scales = fuzz::ScaleShape(t, out, in);
  if (packed) {
    t.weight_packed = tensors.Like({DType::kI32}, {out, words});
    const int64_t shape[] = {out, in};
    const auto* raw = reinterpret_cast<const uint8_t*>(shape);
    t.weight_shape = tensors.Of(DType::kI64, {2}, std::vector<uint8_t>(raw, raw + 16));
  } else if (t.format.find("4-pack") != std::string::npos) {
    t.weight_packed = tensors.Like({DType::kU8}, {out, in / 2});
  } else {
    t.weight = tensors.Like({DType::kI8, DType::kE4M3}, {out, in});
  }
  t.weight_scale =
      tensors.Like({DType::kF32, DType::kF16, DType::kBF16, DType::kU8, DType::kE4M3}, scales);
  if (input.Bool()) {
    t.weight_zero_point =
        packed ? tensors.Like({DType::kI32}, {huge ? out : Ceil(out * bits, 32), scales.back()})
               : tensors.Like({DType::kI8}, scales);
  }
  if (input.Bool()) t.weight_global_scale = tensors.Like({DType::kF32}, {1});
  if (input.Rarely()) fuzz::FillIndex(input, tensors, in, scales.back(), &t);
  fuzz::CheckCodec(
      t, tensors.bytes(), FromCompressedTensors,
      [&](const QuantizedTensor& q) {
        return ToCompressedTensors(q, t.format == "naive-quantized" ? "" : t.format);
      },
      [](const CompressedTensors& a, const CompressedTensors& b) {
        return fuzz::SameTensor(a.weight, b.weight) &&
               fuzz::SameTensor(a.weight_packed, b.weight_packed) &&
               fuzz::SameTensor(a.weight_scale, b.weight_scale) &&
               fuzz::SameTensor(a.weight_zero_point, b.weight_zero_point) &&
               fuzz::SameTensor(a.weight_g_idx, b.weight_g_idx) &&
               fuzz::SameTensor(a.weight_global_scale, b.weight_global_scale) &&
               a.format == b.format && a.strategy == b.strategy;
      });
}
