// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Whole formats by name. A new one is a line in MakeNamedSchemes.

#include <array>

#include "pawl/scheme.h"

namespace pawl {
namespace {

constexpr Grouping Along(int64_t size) { return Grouping{GroupKind::kAlongRow, 0, 1, size}; }

constexpr ParamType Uint(uint8_t bits) { return ParamType{ParamKind::kUint, bits}; }
constexpr ParamType Int(uint8_t bits) { return ParamType{ParamKind::kInt, bits}; }

// Signed integers with one f16 scale a group: Q4_0, Q5_0, Q8_0.
constexpr Scheme Simple(uint8_t bits, bool full_range) {
  Scheme s;
  s.element = Element{ElementKind::kInt, bits};
  s.grouping = Along(32);
  s.scale.type = kParamF16;
  s.full_range = full_range;
  return s;
}

// Unsigned integers with an f16 scale and an f16 minimum: Q4_1, Q5_1.
constexpr Scheme WithMinimum(uint8_t bits) {
  Scheme s = Simple(bits, false);
  s.element.kind = ElementKind::kUint;
  s.offset = OffsetFormat{OffsetKind::kMinimum, kParamF16, kParamNone};
  return s;
}

// GGUF K blocks: 256 elements under one f16 super-scale, `size` elements under a sub-scale.
constexpr Scheme KBlock(Element element, int64_t size, ParamType sub, bool minimum) {
  Scheme s;
  s.element = element;
  s.grouping = Along(size);
  s.scale = ScaleFormat{sub, kParamF16, 256 / size, false};
  if (minimum) s.offset = OffsetFormat{OffsetKind::kMinimum, sub, kParamF16};
  s.full_range = element.kind == ElementKind::kInt;
  return s;
}

constexpr Scheme Float4(int64_t size, ScaleFormat scale) {
  Scheme s;
  s.element = Element{ElementKind::kE2M1, 4};
  s.grouping = Along(size);
  s.scale = scale;
  return s;
}

constexpr Scheme IQ4(ScaleFormat scale) {
  Scheme s;
  s.element = Element{ElementKind::kTable, 4};
  s.table = TableKind::kIQ4NL;
  s.grouping = Along(32);
  s.scale = scale;
  return s;
}

constexpr Element kU2{ElementKind::kUint, 2};
constexpr Element kI3{ElementKind::kInt, 3};
constexpr Element kU4{ElementKind::kUint, 4};
constexpr Element kU5{ElementKind::kUint, 5};
constexpr Element kI6{ElementKind::kInt, 6};

constexpr NamedScheme kNamed[] = {
    {"q4_0", "GGUF Q4_0: int4, groups of 32, f16 scale", Simple(4, true)},
    {"q4_1", "GGUF Q4_1: uint4, groups of 32, f16 scale and minimum", WithMinimum(4)},
    {"q5_0", "GGUF Q5_0: int5, groups of 32, f16 scale", Simple(5, true)},
    {"q5_1", "GGUF Q5_1: uint5, groups of 32, f16 scale and minimum", WithMinimum(5)},
    {"q8_0", "GGUF Q8_0: int8, groups of 32, f16 scale", Simple(8, false)},
    {"q2_k", "GGUF Q2_K: uint2, groups of 16, 4-bit scales and minima under f16 in blocks of 256",
     KBlock(kU2, 16, Uint(4), true)},
    {"q3_k", "GGUF Q3_K: int3, groups of 16, 6-bit scales under f16 in blocks of 256",
     KBlock(kI3, 16, Int(6), false)},
    {"q4_k", "GGUF Q4_K: uint4, groups of 32, 6-bit scales and minima under f16 in blocks of 256",
     KBlock(kU4, 32, Uint(6), true)},
    {"q5_k", "GGUF Q5_K: uint5, groups of 32, 6-bit scales and minima under f16 in blocks of 256",
     KBlock(kU5, 32, Uint(6), true)},
    {"q6_k", "GGUF Q6_K: int6, groups of 16, 8-bit scales under f16 in blocks of 256",
     KBlock(kI6, 16, Int(8), false)},
    {"iq4_nl", "GGUF IQ4_NL: 16 uneven levels, groups of 32, f16 scale",
     IQ4(ScaleFormat{kParamF16, kParamNone, 0, false})},
    {"iq4_xs",
     "GGUF IQ4_XS: 16 uneven levels, groups of 32, 6-bit scales under f16 in blocks of 256",
     IQ4(ScaleFormat{Int(6), kParamF16, 8, false})},
    {"mxfp4", "OCP MXFP4: e2m1, groups of 32, power-of-two scale",
     Float4(32, ScaleFormat{kParamE8M0, kParamNone, 0, false})},
    {"nvfp4", "NVFP4: e2m1, groups of 16, e4m3 scale divided by one f32 for the tensor",
     Float4(16, ScaleFormat{kParamE4M3, kParamF32, -1, true})},
};

}  // namespace

absl::Span<const NamedScheme> NamedSchemes() { return kNamed; }

}  // namespace pawl
