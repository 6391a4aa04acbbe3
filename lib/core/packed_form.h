// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A linear layer in one of the integer modes as tensors and numbers: what a file of packed layers
// holds of it. A weight-only layer has no such form: it runs on the canonical tensor.

#ifndef PAWL_LIB_CORE_PACKED_FORM_H_
#define PAWL_LIB_CORE_PACKED_FORM_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pawl/linear.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

// To be raised with every change of what the parts below hold: the order of columns and bits in
// kernels/panel_matmul.h, the types of parameters.
inline constexpr uint32_t kPackedLayout = 1;

// Values stand in files (from kFirstPackedPart on): never renumber.
enum class PackedPart : uint8_t {
  kRunBegin = 0,        // i64 [groups + 1]
  kColumns = 1,         // i32 [cols], or absent
  kOutlierColumns = 2,  // i32, ascending
  kOutlierValues = 3,   // f32 [rows, outliers]
  kInputScale = 4,      // f32 [cols]
  kRotationSigns = 5,   // i8 [cols]
  kBias = 6,            // f32 [rows], or i64 of an integer-only layer
  kMultipliers = 7,     // i32 [n, 2]: multiplier and shift
  // Panels (linear_panels.h).
  kCodes = 8,
  kTable = 9,
  kScales = 10,
  kMinimums = 11,
  kZeros = 12,
  kOffsets = 13,
  kSuperScales = 14,
  kSuperMinimums = 15,
  // Rows (PackedWeights).
  kRowCodes = 16,
  kRowScales = 17,
  kRowZeros = 18,
  kRowMinimums = 19,
  kRowSums = 20,
};
inline constexpr size_t kNumPackedParts = 21;
inline constexpr uint8_t kFirstPackedPart = 32;

// "run_begin", "codes" ...
absl::string_view PackedPartName(PackedPart part);

struct PackedForm {
  Scheme scheme;
  std::vector<int64_t> shape;
  LinearOptions options;  // without bias and multipliers, which are parts
  // Of panels; bits = 0: rows.
  int32_t bits = 0;
  int32_t table_bits = 0;
  int32_t zero = 0;
  int32_t super_size = 0;  // groups in a super-group; 0: there are none
  int32_t scale_bias = 0;
  int32_t minimum_bias = 0;
  std::array<Tensor, kNumPackedParts> parts;

  Tensor& operator[](PackedPart part) { return parts[static_cast<size_t>(part)]; }
  const Tensor& operator[](PackedPart part) const { return parts[static_cast<size_t>(part)]; }
};

// What may look into a layer.
struct PackedAccess {
  static const QuantizedLinear::Impl& Of(const QuantizedLinear& linear) { return *linear.impl_; }

  // Of a layer in one of the integer modes. Parts are views that keep the layer alive, but for what
  // grows with rows or columns alone.
  static absl::StatusOr<PackedForm> Flatten(const QuantizedLinear& linear);

  // The layer again, looking at the form's parts, which are copied only where they are not 64-byte
  // aligned. Every part is taken for hostile: what passes cannot make a run leave its memory;
  // parameters may be anything, NaN included. Errors: InvalidArgument naming the part.
  static absl::StatusOr<QuantizedLinear> Restore(const PackedForm& form);
};

// Whether a layer was made with these options, but for name, bias, multipliers and
// release_canonical. InvalidArgument says what is different.
absl::Status CheckSameOptions(const LinearOptions& packed, const LinearOptions& wanted);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_PACKED_FORM_H_
