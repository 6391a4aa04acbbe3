// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/embedding.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "kernels/convert.h"
#include "lib/core/context_internal.h"
#include "lib/core/row_decoder.h"
#include "lib/core/status_macros.h"
#include "pawl/context.h"
#include "pawl/tensor.h"

namespace pawl {

struct QuantizedEmbedding::Impl {
  std::string name;
  QuantizedTensor table;
  RowDecoder decoder;  // looks at table

  size_t decode_bytes() const {
    return (decoder.ScratchBytes() + kAlignment - 1) / kAlignment * kAlignment;
  }
  // A decoded row, then the decoder's own scratch.
  size_t scratch_bytes() const {
    return decode_bytes() + static_cast<size_t>(table.cols()) * sizeof(float);
  }
};

namespace {

using Impl = QuantizedEmbedding::Impl;

std::string Message(const Impl& impl, absl::string_view why) {
  return impl.name.empty() ? absl::StrCat("embedding: ", why)
                           : absl::StrCat("embedding '", impl.name, "': ", why);
}

template <typename Index>
absl::Status Check(const Impl& impl, absl::Span<const Index> indices, const OutputView& y) {
  const auto count = static_cast<int64_t>(indices.size());
  if (y.rows != count || y.cols != impl.table.cols()) {
    return absl::InvalidArgumentError(
        Message(impl, absl::StrCat("y is [", y.rows, ", ", y.cols, "], the result is [", count,
                                   ", ", impl.table.cols(), "]")));
  }
  if (y.dtype != DType::kF32 && y.dtype != DType::kF16 && y.dtype != DType::kBF16) {
    return absl::InvalidArgumentError(
        Message(impl, absl::StrCat("y is ", DTypeName(y.dtype), ", not f32, f16 or bf16")));
  }
  if (y.rows > 1 && y.stride() < y.cols) {
    return absl::InvalidArgumentError(
        Message(impl, absl::StrCat("rows of y are ", y.stride(), " elements apart, below their ",
                                   y.cols, " columns")));
  }
  if (y.data == nullptr && y.rows > 0 && y.cols > 0) {
    return absl::InvalidArgumentError(Message(impl, "y has no data"));
  }
  const int64_t rows = impl.table.rows();
  for (int64_t i = 0; i < count; ++i) {
    const Index index = indices[static_cast<size_t>(i)];
    if (index < 0 || index >= rows) {
      return absl::OutOfRangeError(Message(
          impl, absl::StrCat("index ", index, " at position ", i, " is outside [0, ", rows, ")")));
    }
  }
  return absl::OkStatus();
}

void StoreRow(const OutputView& y, int64_t i, kernels::Target target, const float* values) {
  const auto n = static_cast<size_t>(y.cols);
  auto* out = static_cast<uint16_t*>(y.data) + i * y.stride();
  if (y.dtype == DType::kF16) {
    kernels::ConvertF32ToF16(target, values, n, out);
  } else {
    kernels::ConvertF32ToBF16(target, values, n, out);
  }
}

template <typename Index>
absl::Status LookupRows(const Impl& impl, absl::Span<const Index> indices, const OutputView& y,
                        Context& context) {
  PAWL_RETURN_IF_ERROR(Check(impl, indices, y));
  const kernels::Target target = TargetOf(&context);
  const auto look_up = [&](int64_t begin, int64_t end, void* scratch) {
    auto* row = reinterpret_cast<float*>(static_cast<char*>(scratch) + impl.decode_bytes());
    for (int64_t i = begin; i < end; ++i) {
      const auto index = static_cast<int64_t>(indices[static_cast<size_t>(i)]);
      const bool direct = y.dtype == DType::kF32;
      float* out = direct ? static_cast<float*>(y.data) + i * y.stride() : row;
      impl.decoder.Decode(index, out, scratch, target);
      if (!direct) StoreRow(y, i, target, row);
    }
  };
  const int64_t step = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, y.cols));
  const absl::Status status = ForRanges(&context, y.rows, step, impl.scratch_bytes(), look_up);
  return status.ok() ? status : absl::Status(status.code(), Message(impl, status.message()));
}

}  // namespace

absl::StatusOr<QuantizedEmbedding> QuantizedEmbedding::Create(QuantizedTensor table,
                                                              absl::string_view name) {
  auto impl = std::make_shared<Impl>();
  impl->name = std::string(name);
  impl->table = std::move(table);
  if (const absl::Status status = impl->table.Validate(); !status.ok()) {
    return absl::Status(status.code(), Message(*impl, status.message()));
  }
  PAWL_ASSIGN_OR_RETURN(impl->decoder, RowDecoder::Create(impl->table));
  return QuantizedEmbedding(std::move(impl));
}

absl::Status QuantizedEmbedding::Lookup(absl::Span<const int32_t> indices, const OutputView& y,
                                        Context& context) const {
  return LookupRows(*impl_, indices, y, context);
}

absl::Status QuantizedEmbedding::Lookup(absl::Span<const int64_t> indices, const OutputView& y,
                                        Context& context) const {
  return LookupRows(*impl_, indices, y, context);
}

int64_t QuantizedEmbedding::rows() const { return impl_->table.rows(); }
int64_t QuantizedEmbedding::cols() const { return impl_->table.cols(); }
const QuantizedTensor& QuantizedEmbedding::table() const { return impl_->table; }

size_t QuantizedEmbedding::WorkspaceBytes(int threads) const {
  return impl_->scratch_bytes() * static_cast<size_t>(std::max(threads, 1));
}

}  // namespace pawl
