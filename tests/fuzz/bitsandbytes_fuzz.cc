// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// bitsandbytes: nf4, fp4 and int8, with the JSON of quant_state either made of hostile numbers or
// the input's own text.

#include <string>

#include "absl/strings/str_cat.h"
#include "checkpoint_check.h"
#include "lib/core/level_tables.h"
#include "pawl/checkpoint_formats.h"

namespace pawl::fuzz {
namespace {

std::vector<uint8_t> BytesOf(const void* data, size_t size) {
  const auto* bytes = static_cast<const uint8_t*>(data);
  return std::vector<uint8_t>(bytes, bytes + size);
}

Tensor Map(Input& input, Tensors& tensors, TableKind kind) {
  Scheme scheme;
  scheme.element = {ElementKind::kTable, 4};
  scheme.table = kind;
  const LevelTable table = MakeLevelTable(scheme);
  std::vector<float> levels(table.levels.begin(), table.levels.begin() + 16);
  for (float& level : levels) level += 0.0f;
  if (input.Rarely()) levels[input.Byte() % 16] = input.Float();
  return tensors.Of(DType::kF32, {16}, BytesOf(levels.data(), 64));
}

std::string State(Input& input, bool nf4, int64_t blocksize, const std::vector<int64_t>& shape,
                  int64_t nested) {
  constexpr const char* kDTypes[] = {"float32", "float16", "bfloat16", "float64"};
  constexpr const char* kOffsets[] = {"0.0421", "0", "-1e308", "1e999", "\"x\"", "3.5e-40"};
  std::string text =
      absl::StrCat(R"({"quant_type": ")", nf4 ? "nf4" : "fp4", R"(", "blocksize": )", blocksize,
                   R"(, "dtype": ")", kDTypes[input.Byte() & 3], R"(", "shape": [)");
  for (size_t i = 0; i < shape.size(); ++i) absl::StrAppend(&text, i == 0 ? "" : ", ", shape[i]);
  absl::StrAppend(&text, "]");
  if (nested != 0) {
    absl::StrAppend(&text, R"(, "nested_blocksize": )", nested, R"(, "nested_offset": )",
                    input.Pick(kOffsets));
  }
  text += "}";
  if (input.Rarely()) {
    // One after another: the order of a call's arguments is the compiler's.
    const std::string spoilt = input.Text(3);
    text.insert(input.Byte() % text.size(), spoilt);
  }
  return text;
}

void Check4(Input& input) {
  Tensors tensors(input);
  constexpr int64_t kBlocks[] = {64, 8, 1, 128, 4096, 0, -1, INT64_MAX};
  const bool nf4 = input.Bool();
  const int64_t nested = input.Bool() ? input.Pick(kBlocks) : 0;
  const int64_t blocksize = input.Pick(kBlocks);
  std::vector<int64_t> shape(static_cast<size_t>(input.Rarely() ? input.Int(0, 5) : 2));
  int64_t elements = 1;
  for (int64_t& dim : shape) {
    dim = tensors.Dim();
    elements = dim > 4096 ? 0 : elements * dim;
  }
  if (elements > 65536) elements = 0;
  const int64_t size = blocksize > 0 ? blocksize : 1;
  const int64_t blocks = (elements - 1) / size + 1;
  BitsAndBytes4Tensors t;
  t.weight = tensors.Like({DType::kU8}, {(elements + 1) / 2, 1});
  t.absmax = tensors.Like({nested != 0 ? DType::kU8 : DType::kF32}, {blocks});
  t.quant_map = Map(input, tensors, nf4 ? TableKind::kNF4 : TableKind::kFP4);
  if (nested != 0) {
    t.nested_absmax = tensors.Like({DType::kF32}, {nested > 0 ? (blocks - 1) / nested + 1 : 1});
    t.nested_quant_map = tensors.Like({DType::kF32}, {256});
  }
  const std::string state =
      input.Rarely() ? input.Text(input.size()) : State(input, nf4, blocksize, shape, nested);
  t.quant_state = tensors.Of(DType::kU8, {static_cast<int64_t>(state.size())},
                             BytesOf(state.data(), state.size()));
  CheckCodec(t, tensors.bytes() * 4, FromBitsAndBytes4, ToBitsAndBytes4,
             [](const BitsAndBytes4Tensors& a, const BitsAndBytes4Tensors& b) {
               return SameTensor(a.weight, b.weight) && SameTensor(a.absmax, b.absmax) &&
                      SameTensor(a.quant_map, b.quant_map) &&
                      SameTensor(a.nested_absmax, b.nested_absmax) &&
                      SameTensor(a.nested_quant_map, b.nested_quant_map) &&
                      SameTensor(a.quant_state, b.quant_state) && a.quant_type == b.quant_type;
             });
}

void Check8(Input& input) {
  Tensors tensors(input);
  const int64_t out = tensors.Dim(), in = tensors.Dim();
  BitsAndBytes8Tensors t;
  t.weight = tensors.Like({DType::kI8}, {out, in});
  t.scb = tensors.Like({DType::kF32}, {out});
  if (input.Bool()) t.weight_format = tensors.Like({DType::kU8}, {});
  CheckCodec(t, tensors.bytes(), FromBitsAndBytes8, ToBitsAndBytes8,
             [](const BitsAndBytes8Tensors& a, const BitsAndBytes8Tensors& b) {
               return SameTensor(a.weight, b.weight) && SameTensor(a.scb, b.scb) &&
                      SameTensor(a.weight_format, b.weight_format);
             });
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(bitsandbytes) {
  pawl::fuzz::Input input(bytes);
  if (input.Byte() % 4 == 3) {
    pawl::fuzz::Check8(input);
  } else {
    pawl::fuzz::Check4(input);
  }
}
