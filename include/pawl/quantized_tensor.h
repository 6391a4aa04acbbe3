// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// QuantizedTensor: the one thing that every reader and method produces and that every writer and
// kernel consumes. It is independent of target and file.

#ifndef PAWL_INCLUDE_PAWL_QUANTIZED_TENSOR_H_
#define PAWL_INCLUDE_PAWL_QUANTIZED_TENSOR_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

// Canonical packing, all little-endian:
//   rows = product of all dimensions but the last (1 for rank 0 and 1), cols = last dimension.
//   codes         u8 [rows, RowBytes]: each row is a stream of `element.bits`-wide fields, the
//   first
//                 code in the lowest bits, fields may straddle bytes; the row is padded with zero
//                 bits to a whole byte. Signed codes are stored in two's complement.
//   scales        one parameter for each group in group order, and
//   offsets       likewise: f32 f16 bf16 tensors as such, the 8-bit float types as u8, integers as
//                 one u8 bit stream over all groups with fields of `type.bits`, padded to a byte.
//   super_scales, super_offsets: likewise, one for each super-group.
//   levels        f32 [1 or rows, 2^bits] for a codebook, else empty.
//   scale_levels  f32 [256] where scale.type is kTable, else empty.
//   group_index   i32 [cols] for kIndexMap, else empty.
//   outlier_columns i32 [k] ascending, outlier_values [rows, k] in scheme.outliers; else empty.
//   input_scale   f32 [cols]; rotation_signs i8 [cols], each +1 or -1; else empty.
// Tensors may be views of a mapped file. A const QuantizedTensor is thread-safe.
struct QuantizedTensor {
  Scheme scheme;
  std::vector<int64_t> shape;
  Tensor codes;
  Tensor scales;
  Tensor offsets;
  Tensor super_scales;
  Tensor super_offsets;
  Tensor levels;
  Tensor scale_levels;
  float scale_offset = 0.0f;  // with scale.type kTable: scale = table[sub] * super + scale_offset
  Tensor group_index;
  Tensor outlier_columns;
  Tensor outlier_values;
  Tensor input_scale;
  Tensor rotation_signs;

  int64_t rows() const;
  int64_t cols() const;
  int64_t num_elements() const { return rows() * cols(); }

  // All bytes of all parts.
  size_t size_bytes() const;
  double bits_per_weight() const;

  // Zero-filled parts of the right types and sizes (levels of a codebook [1, 2^bits]).
  static absl::StatusOr<QuantizedTensor> Create(const Scheme& scheme,
                                                absl::Span<const int64_t> shape);

  // Checks every part's type and size, and every index (group, outlier column) and sign, so that
  // decoding cannot read out of bounds. Readers call it on what they read.
  // Errors: InvalidArgument naming the part.
  absl::Status Validate() const;
};

// Bytes of one row of codes.
int64_t RowBytes(const Element& element, int64_t cols);

// Decodes to f32 [rows, cols] in `out` (size rows*cols). With a context, rows are spread over its
// threads; null runs on the caller's thread with the best target. Bit-identical for every thread
// count and target. Includes outliers, input_scale and rotation: the matrix that acts on the
// original activations.
absl::Status Dequantize(const QuantizedTensor& tensor, absl::Span<float> out,
                        Context* context = nullptr);

// The same for rows [row_begin, row_begin + out.size()/cols).
absl::Status DequantizeRows(const QuantizedTensor& tensor, int64_t row_begin, absl::Span<float> out,
                            Context* context = nullptr);

// Unpacked codes of rows [row_begin, ...) as numbers (levels of a table as indices), and back. The
// int16 type holds every element but f16 and bf16, whose raw bits it carries.
absl::Status UnpackCodes(const QuantizedTensor& tensor, int64_t row_begin, absl::Span<int16_t> out);
absl::Status PackCodes(QuantizedTensor& tensor, int64_t row_begin, absl::Span<const int16_t> codes);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_QUANTIZED_TENSOR_H_
