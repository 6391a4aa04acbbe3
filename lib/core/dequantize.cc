// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/core/code_packing.h"
#include "lib/core/context_internal.h"
#include "lib/core/row_decoder.h"
#include "lib/core/status_macros.h"
#include "pawl/context.h"
#include "pawl/quantized_tensor.h"

namespace pawl {
namespace {

// Rows that one task decodes: enough work to be worth a hand-over, few enough to balance.
int64_t RowsPerTask(int64_t cols) {
  return std::max<int64_t>(1, 65536 / std::max<int64_t>(1, cols));
}

absl::StatusOr<int64_t> RowCount(const QuantizedTensor& tensor, int64_t row_begin, size_t size) {
  const int64_t cols = tensor.cols();
  const int64_t count = cols == 0 ? 0 : static_cast<int64_t>(size) / cols;
  if (cols == 0 ? size != 0 : static_cast<int64_t>(size) % cols != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("a buffer of ", size, " values does not hold whole rows of ", cols));
  }
  if (row_begin < 0 || row_begin > tensor.rows() - count) {
    return absl::OutOfRangeError(absl::StrCat("rows [", row_begin, ", ", row_begin + count,
                                              ") of a tensor of ", tensor.rows(), " rows"));
  }
  return count;
}

}  // namespace

absl::Status DequantizeRows(const QuantizedTensor& tensor, int64_t row_begin, absl::Span<float> out,
                            Context* context) {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, RowCount(tensor, row_begin, out.size()));
  PAWL_ASSIGN_OR_RETURN(const RowDecoder decoder, RowDecoder::Create(tensor));
  const int64_t cols = tensor.cols();
  const kernels::Target target = TargetOf(context);
  return ForRanges(context, count, RowsPerTask(cols), decoder.ScratchBytes(),
                   [&](int64_t begin, int64_t end, void* scratch) {
                     for (int64_t row = begin; row < end; ++row) {
                       decoder.Decode(row_begin + row, out.data() + row * cols, scratch, target);
                     }
                   });
}

absl::Status Dequantize(const QuantizedTensor& tensor, absl::Span<float> out, Context* context) {
  if (static_cast<int64_t>(out.size()) != tensor.num_elements()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a buffer of ", out.size(), " values for a tensor of ", tensor.num_elements()));
  }
  return DequantizeRows(tensor, 0, out, context);
}

absl::Status UnpackCodes(const QuantizedTensor& tensor, int64_t row_begin,
                         absl::Span<int16_t> out) {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, RowCount(tensor, row_begin, out.size()));
  const int64_t cols = tensor.cols();
  const int64_t stride = RowBytes(tensor.scheme.element, cols);
  const auto* packed = static_cast<const uint8_t*>(tensor.codes.data()) + row_begin * stride;
  for (int64_t row = 0; row < count; ++row) {
    UnpackRow(tensor.scheme.element, packed + row * stride, cols, out.data() + row * cols);
  }
  return absl::OkStatus();
}

absl::Status PackCodes(QuantizedTensor& tensor, int64_t row_begin,
                       absl::Span<const int16_t> codes) {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, RowCount(tensor, row_begin, codes.size()));
  auto* packed = static_cast<uint8_t*>(tensor.codes.mutable_data());
  if (packed == nullptr && !codes.empty()) {
    return absl::FailedPreconditionError("the codes of this tensor are read-only; clone it first");
  }
  const int64_t cols = tensor.cols();
  const int64_t stride = RowBytes(tensor.scheme.element, cols);
  for (int64_t row = 0; row < count; ++row) {
    PackRow(tensor.scheme.element, codes.data() + row * cols, cols,
            packed + (row_begin + row) * stride);
  }
  return absl::OkStatus();
}

}  // namespace pawl
