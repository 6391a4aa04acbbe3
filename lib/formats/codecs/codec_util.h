// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the codecs of several tensors share: checks of parts, transposition, codes as unsigned
// fields with integer zero points.

#ifndef PAWL_LIB_FORMATS_CODECS_CODEC_UTIL_H_
#define PAWL_LIB_FORMATS_CODECS_CODEC_UTIL_H_

#include <cstdint>
#include <initializer_list>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/quantized_tensor.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

constexpr int64_t CeilDiv(int64_t a, int64_t b) { return a / b + (a % b != 0 ? 1 : 0); }

// Words of 32 bits that hold `count` fields.
constexpr int64_t FieldWords(int bits, int64_t count) { return CeilDiv(count * bits, 32); }

// "<format>: <part> <why>".
absl::Status BadPart(absl::string_view format, absl::string_view part, absl::string_view why);

// The number of elements, at least one: a dimension of 0 would let the others be anything, and with
// them loops over rows, groups and columns. Sizes of rows and groups can be multiplied safely.
absl::StatusOr<int64_t> CheckShape(absl::string_view format, absl::Span<const int64_t> shape);

// One of the types, and the shape.
absl::Status CheckPart(absl::string_view format, absl::string_view part, const Tensor& tensor,
                       std::initializer_list<DType> dtypes, absl::Span<const int64_t> shape);

// One of the types, and the number of elements in whatever shape.
absl::Status CheckCount(absl::string_view format, absl::string_view part, const Tensor& tensor,
                        std::initializer_list<DType> dtypes, int64_t count);

// f32, f16 or bf16 as parameter type, and the arithmetic that rounds to it.
ParamType FloatParam(DType dtype);
Arithmetic ArithmeticOf(DType dtype);
bool IsPlainFloat(const ParamType& type);

// The inverse of group_size -1.
constexpr int64_t GroupSizeOf(int64_t group_size, int64_t cols) {
  return group_size == -1 ? (cols > 0 ? cols : 1) : group_size;
}

// The elements of a row-major [rows, cols] matrix as [cols, rows], in memory of its own and of the
// given shape.
absl::StatusOr<Tensor> Transposed(const Tensor& tensor, int64_t rows, int64_t cols,
                                  absl::Span<const int64_t> shape);

// The bytes of a tensor as u8 of another shape, without a copy; keeps the tensor alive.
absl::StatusOr<Tensor> AsBytes(const Tensor& tensor, absl::Span<const int64_t> shape);
// The same bytes in memory of their own as another one-byte type.
absl::StatusOr<Tensor> CopyBytesAs(DType dtype, const Tensor& tensor,
                                   absl::Span<const int64_t> shape);

// Zeroes the bits behind `count` fields in the last byte of their stream.
void ClearPadding(int bits, int64_t count, uint8_t* stream);

inline uint8_t* MutableBytes(Tensor& tensor) {
  return static_cast<uint8_t*>(tensor.mutable_data());
}
inline const uint8_t* ConstBytes(const Tensor& tensor) {
  return static_cast<const uint8_t*>(tensor.data());
}

// Groups of `size` along rows, or by g_idx (i32 [cols], may be empty) where that is not simply
// column / size.
absl::Status SetGroupIndex(absl::string_view format, const Tensor& g_idx, int64_t cols,
                           int64_t size, Grouping* grouping, Tensor* group_index);
// The other way: i32 [cols] for groups along rows or by index.
absl::StatusOr<Tensor> GroupIndexOf(const QuantizedTensor& tensor, int64_t size);

// Validates, and refuses outliers, input scale and rotation, which no format of several tensors
// has, and weights without a scale.
absl::Status CheckWritable(absl::string_view format, const QuantizedTensor& tensor);

// Size of the groups of a matrix whose groups are runs of columns or an index map; whole rows for
// channel groups. InvalidArgument for others.
absl::StatusOr<int64_t> RowGroupSize(absl::string_view format, const QuantizedTensor& tensor);

// Integer codes of 2 to 8 bits seen as unsigned ones: a signed code is moved up by 2^(bits-1), and
// so is its zero point.
struct UnsignedCodes {
  int bits = 0;
  uint8_t flip = 0;            // xor makes a canonical field unsigned
  std::vector<uint8_t> zeros;  // one for each group, in [0, 2^bits)
};
absl::StatusOr<UnsignedCodes> SeeUnsigned(absl::string_view format, const QuantizedTensor& tensor);

// Codes of one row as unsigned fields.
void UnsignedRow(const QuantizedTensor& tensor, const UnsignedCodes& view, int64_t row,
                 uint8_t* fields);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_CODECS_CODEC_UTIL_H_
