// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Scheme: what a tensor becomes when it is quantized, in few orthogonal parts. Every format that
// Pawl reads or writes is one value of this type; nothing about files or kernels is in it.
//
// A value is decoded, in the order written and with each step rounded to `arithmetic`, as
//
//   level = the code's number: itself for integers, +-1 or 0 for ternary, a table entry, a float
//   value = level * scale                     offset.kind none
//           (level - zero) * scale            zero_point, float_zero
//           level * scale - minimum           minimum
//   value = value * post_scale                only where post_scale is not 1
//
// where scale (and a minimum) may itself be sub * super (or sub / super), or
// table[sub]*super+offset. Outlier columns then replace their columns, input_scale multiplies
// column j by t[j], and a rotation R turns the rows: the matrix that acts on the original
// activations is (decoded . diag(t)) . R.

#ifndef PAWL_INCLUDE_PAWL_SCHEME_H_
#define PAWL_INCLUDE_PAWL_SCHEME_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl {

// ---- element ------------------------------------------------------------------------------------

// Values are part of the C ABI and of files: never renumber.
enum class ElementKind : uint8_t {
  kInt = 0,      // two's complement, 2..8 or 16 bits
  kUint = 1,     // 1..8 bits (1: HQQ)
  kTernary = 2,  // 2 bits: -1, 0, +1 in two's complement (code 2 is invalid)
  kBinary = 3,   // 1 bit: 0 is -1, 1 is +1
  kTable = 4,    // index into a table of 2^bits levels, 1..8 bits
  kE2M1 = 5,     // OCP FP4
  kE4M3 = 6,     // OCP FP8, fn variant
  kE5M2 = 7,
  kF16 = 8,
  kBF16 = 9,
};

struct Element {
  ElementKind kind = ElementKind::kInt;
  uint8_t bits = 8;

  friend bool operator==(const Element&, const Element&) = default;
  // Smallest and largest code as a number; 0 and 2^bits-1 for tables and floats.
  int32_t MinCode() const;
  int32_t MaxCode() const;
  bool is_integer() const { return kind <= ElementKind::kBinary; }
};

// Level tables that the scheme alone determines; kCodebook's levels belong to the tensor.
enum class TableKind : uint8_t {
  kNone = 0,
  kNF4 = 1,                  // 4-bit NormalFloat (QLoRA, bitsandbytes)
  kFP4 = 2,                  // bitsandbytes' 4-bit float: order of levels by its code
  kIQ4NL = 3,                // GGUF's IQ4_NL and IQ4_XS: 16 integers
  kPowersOfTwo = 4,          // sign and 2^-k
  kAdditivePowersOfTwo = 5,  // sums of two disjoint power sets
  kCodebook = 6,             // learned; one table for the tensor or one for each row
};

// ---- groups -------------------------------------------------------------------------------------

// Which elements share a scale. A tensor of rank n is seen as a matrix: columns are the last
// dimension, rows all others. Group numbers run in the order given.
enum class GroupKind : uint8_t {
  kTensor = 0,       // one group
  kChannel = 1,      // one for each index along `axis` (negative counts from the end)
  kAlongRow = 2,     // `size` consecutive columns of a row; row-major [rows, ceil(cols/size)]
  kBlock2D = 3,      // `rows` x `size` tiles; row-major over tiles
  kFlat = 4,         // `size` consecutive elements in memory, across rows
  kFlatStrided = 5,  // element e belongs to group e mod (n/size); n divisible by size (HQQ axis 0)
  kIndexMap = 6,     // column c of a row belongs to group_index[c]; [rows, ceil(cols/size)] (g_idx)
};

struct Grouping {
  GroupKind kind = GroupKind::kTensor;
  int32_t axis = 0;
  int32_t rows = 1;
  int64_t size = 0;

  friend bool operator==(const Grouping&, const Grouping&) = default;
};

// ---- scale and offset ---------------------------------------------------------------------------

// How a scale, a zero point or a minimum is stored.
enum class ParamKind : uint8_t {
  kNone = 0,
  kF32 = 1,
  kF16 = 2,
  kBF16 = 3,
  kE8M0 = 4,      // 2^(code-127), 255 is NaN
  kE8M0Ggml = 5,  // as ggml computes MXFP4: 2^(code-128) times doubled levels, so 255 is 2^128
  kE4M3 = 6,
  kUE4M3Ggml = 7,  // ggml's unsigned e4m3 of NVFP4: half of the value, times doubled levels
  kUint = 8,       // `bits` wide, unsigned
  kInt = 9,        // `bits` wide, two's complement
  kTable = 10,     // 8-bit index into bitsandbytes' signed dynamic map (levels in the tensor)
  kE8M0Inf = 11,   // as compressed-tensors computes it: 255 is infinity
  kOwnScale = 12,  // as super-offset only: the group's own scale, minimum = stored * scale, nothing
                   // more stored (MatMulNBits with float zero points: q * s - z * s)
};

struct ParamType {
  ParamKind kind = ParamKind::kNone;
  uint8_t bits = 0;  // 32, 16, 8 by kind; 1..32 for kUint and kInt

  friend bool operator==(const ParamType&, const ParamType&) = default;
};

inline constexpr ParamType kParamNone{ParamKind::kNone, 0};
inline constexpr ParamType kParamF32{ParamKind::kF32, 32};
inline constexpr ParamType kParamF16{ParamKind::kF16, 16};
inline constexpr ParamType kParamBF16{ParamKind::kBF16, 16};
inline constexpr ParamType kParamE8M0{ParamKind::kE8M0, 8};
inline constexpr ParamType kParamE8M0Inf{ParamKind::kE8M0Inf, 8};
inline constexpr ParamType kParamOwnScale{ParamKind::kOwnScale, 0};
inline constexpr ParamType kParamE4M3{ParamKind::kE4M3, 8};
inline constexpr ParamType kParamI32{ParamKind::kInt, 32};

struct ScaleFormat {
  ParamType type = kParamF32;
  // Super-scale: kNone for none. `super_size` consecutive groups share one; -1: the whole tensor.
  ParamType super_type = kParamNone;
  int64_t super_size = 0;
  bool super_divides = false;  // scale = sub / super (NVFP4 of compressed-tensors)

  friend bool operator==(const ScaleFormat&, const ScaleFormat&) = default;
};

enum class OffsetKind : uint8_t {
  kNone = 0,
  kZeroPoint = 1,  // integer z: (q - z) * s
  kFloatZero = 2,  // float z: (q - z) * s (HQQ, MatMulNBits)
  kMinimum = 3,    // m: q * s - m (GGUF's _1 and K blocks; m is what is subtracted)
};

struct OffsetFormat {
  OffsetKind kind = OffsetKind::kNone;
  ParamType type = kParamNone;
  ParamType super_type = kParamNone;  // minima with a super-minimum share the scale's super_size

  friend bool operator==(const OffsetFormat&, const OffsetFormat&) = default;
};

// ---- optional parts -----------------------------------------------------------------------------

struct Rotation {
  // 0: none. Otherwise a random-sign Hadamard on consecutive blocks of this many columns.
  int32_t block = 0;

  friend bool operator==(const Rotation&, const Rotation&) = default;
};

// ---- the scheme ---------------------------------------------------------------------------------

// In which type each decoding step rounds, and so which values the decoded tensor can hold. Levels
// and scales go into a step as they are: f16 decoding of nf4 rounds level * scale once.
enum class Arithmetic : uint8_t { kF32 = 0, kF16 = 1, kBF16 = 2 };

struct Scheme {
  Element element;
  TableKind table = TableKind::kNone;
  Grouping grouping;
  ScaleFormat scale;
  OffsetFormat offset;
  Arithmetic arithmetic = Arithmetic::kF32;
  float post_scale = 1.0f;
  // Symmetric integers that Pawl makes use [-max, max]; formats that use the lowest code too set
  // this. It limits encoding only: decoding takes every code.
  bool full_range = false;
  ParamType outliers = kParamNone;  // type of outlier columns, kNone for none
  bool input_scale = false;
  Rotation rotation;

  friend bool operator==(const Scheme&, const Scheme&) = default;

  // Checks the parts against one another, not against a tensor. InvalidArgument names the part.
  absl::Status Validate() const;
};

// Number of groups that `shape` has under `scheme`, and so of scales.
// Errors: InvalidArgument where the shape does not fit the grouping (the message says why).
absl::StatusOr<int64_t> NumGroups(const Scheme& scheme, absl::Span<const int64_t> shape);

// Number of super-scales; 0 without a super-scale.
absl::StatusOr<int64_t> NumSuperGroups(const Scheme& scheme, absl::Span<const int64_t> shape);

// Bytes that codes, scales, offsets and their supers take in canonical packing, and the number of
// bits for each element. Codebooks count; outlier columns, which depend on the data, do not.
absl::StatusOr<int64_t> StorageBytes(const Scheme& scheme, absl::Span<const int64_t> shape);
absl::StatusOr<double> BitsPerWeight(const Scheme& scheme, absl::Span<const int64_t> shape);

// ---- text form ----------------------------------------------------------------------------------

// Parses "element[:part]...", the form that recipes and the command line use:
//   element  int2..int8 int16 uint2..uint8 ternary binary nf4 fp4 codebook1..codebook8 pot2..pot8
//            apot3..apot5 fp4e2m1 e4m3 e5m2 f16 bf16, or a whole format: q4_0 q4_1 q5_0 q5_1 q8_0
//            q2_k q3_k q4_k q5_k q6_k iq4_nl iq4_xs mxfp4 nvfp4 (see `pawl list schemes`)
//   groups   tensor | channel | channel<axis> | g<N> | block<R>x<C> | flat<N>; the default is
//            channel for 8 bits and more and g32 below (flat64 for nf4 and fp4, tensor for
//            codebooks)
//   offset   sym | asym (integer zero point) | min | hqq (float zero); default sym, asym for uint
//   scale    f32 | f16 | bf16 | e8m0 | e4m3 (under one f32 for the tensor); default f32 for tensor
//            and channel groups, else f16
//   other    dq (double quantization of nf4/fp4 scales), full (use the lowest code)
// Errors: InvalidArgument naming the part, its position, and the nearest valid word.
absl::StatusOr<Scheme> ParseScheme(absl::string_view text);

// A short text that parses back to `scheme`: its parts for integers, the name of a whole format
// where it has one. Schemes without a text form (an index map, an arithmetic other than f32 ...)
// give a description in parentheses after the nearest form.
std::string SchemeString(const Scheme& scheme);

// Name, text and one line on each named scheme: the list behind `pawl list schemes`.
struct NamedScheme {
  absl::string_view name;
  absl::string_view description;
  Scheme scheme;
};
absl::Span<const NamedScheme> NamedSchemes();

// The words that may stand first in a scheme's text but for those of NamedSchemes().
std::vector<std::string> SchemeElements();

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_SCHEME_H_
