// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/scheme_words.h"

// tests/core/scheme_words_test.cc holds these lists against the parser.

namespace pawl {
namespace {

constexpr SchemeWord kElements[] = {
    {"int2", "signed integers of 2 bits"},
    {"int3", "signed integers of 3 bits"},
    {"int4", "signed integers of 4 bits"},
    {"int5", "signed integers of 5 bits"},
    {"int6", "signed integers of 6 bits"},
    {"int7", "signed integers of 7 bits"},
    {"int8", "signed integers of 8 bits"},
    {"int16", "signed integers of 16 bits"},
    {"uint2", "unsigned integers of 2 bits"},
    {"uint3", "unsigned integers of 3 bits"},
    {"uint4", "unsigned integers of 4 bits"},
    {"uint5", "unsigned integers of 5 bits"},
    {"uint6", "unsigned integers of 6 bits"},
    {"uint7", "unsigned integers of 7 bits"},
    {"uint8", "unsigned integers of 8 bits"},
    {"ternary", "-1, 0 and 1"},
    {"binary", "-1 and 1"},
    {"nf4", "4-bit levels of normal quantiles"},
    {"fp4", "4-bit floats of bitsandbytes"},
    {"codebook1", "2 levels found by k-means"},
    {"codebook2", "4 levels found by k-means"},
    {"codebook3", "8 levels found by k-means"},
    {"codebook4", "16 levels found by k-means"},
    {"codebook5", "32 levels found by k-means"},
    {"codebook6", "64 levels found by k-means"},
    {"codebook7", "128 levels found by k-means"},
    {"codebook8", "256 levels found by k-means"},
    {"pot2", "powers of two in 2 bits"},
    {"pot3", "powers of two in 3 bits"},
    {"pot4", "powers of two in 4 bits"},
    {"pot5", "powers of two in 5 bits"},
    {"pot6", "powers of two in 6 bits"},
    {"pot7", "powers of two in 7 bits"},
    {"pot8", "powers of two in 8 bits"},
    {"apot3", "sums of powers of two in 3 bits"},
    {"apot4", "sums of powers of two in 4 bits"},
    {"apot5", "sums of powers of two in 5 bits"},
    {"fp4e2m1", "4-bit floats, 2 bits of exponent"},
    {"e4m3", "8-bit floats, 4 bits of exponent"},
    {"e5m2", "8-bit floats, 5 bits of exponent"},
    {"f16", "IEEE half precision"},
    {"bf16", "the upper half of f32"},
};
constexpr SchemeWord kGroups[] = {
    {"tensor", "one scale for all; the default of codebooks"},
    {"channel", "one for each row; the default from 8 bits on"},
    {"channel<AXIS>", "one for each index of that axis, as channel1"},
    {"g<N>", "one for N columns of a row, as g128; g32 is the default below 8 bits"},
    {"block<R>x<C>", "one for R rows and C columns, as block128x128"},
    {"flat<N>", "one for N elements in memory order, as flat64, the default of nf4 and fp4"},
};
constexpr SchemeWord kOffsets[] = {
    {"sym", "none: zero is code 0; the default of signed elements"},
    {"asym", "an integer zero point; the default of uint"},
    {"min", "a minimum that is added"},
    {"hqq", "a float zero point"},
};
constexpr SchemeWord kScales[] = {
    {"f32", "single precision; the default of tensor, channel and flat groups"},
    {"f16", "half precision; the default of other groups"},
    {"bf16", "the upper half of f32"},
    {"e8m0", "powers of two"},
    {"e4m3", "8-bit floats under one f32 for the tensor"},
};
constexpr SchemeWord kOther[] = {
    {"dq", "scales of nf4 and fp4 are quantized, too"},
    {"full", "signed integers use their lowest code"},
    {"rot<N>", "inputs are rotated in blocks of N columns while a layer runs, as rot128 (.pawl)"},
};

}  // namespace

absl::Span<const SchemeWord> SchemeElementWords() { return kElements; }
absl::Span<const SchemeWord> SchemeGroupWords() { return kGroups; }
absl::Span<const SchemeWord> SchemeOffsetWords() { return kOffsets; }
absl::Span<const SchemeWord> SchemeScaleWords() { return kScales; }
absl::Span<const SchemeWord> SchemeOtherWords() { return kOther; }

}  // namespace pawl
