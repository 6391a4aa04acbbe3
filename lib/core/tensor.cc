// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/tensor.h"

#include <cstdlib>
#include <cstring>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/float_env.h"
#include "lib/core/status_macros.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

std::shared_ptr<void> AllocateZeroed(size_t bytes) {
  // aligned_alloc wants a whole number of alignments; an empty tensor still gets a unique address.
  const size_t rounded = (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  void* memory = std::aligned_alloc(kAlignment, rounded);
  if (memory == nullptr) return nullptr;
  std::memset(memory, 0, rounded);
  return std::shared_ptr<void>(memory, [](void* p) { std::free(p); });
}

absl::Status CheckView(DType dtype, absl::Span<const int64_t> shape, const void* data,
                       size_t size_bytes) {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(shape, DTypeSize(dtype)));
  const size_t needed = static_cast<size_t>(count) * DTypeSize(dtype);
  if (needed > size_bytes) {
    return absl::InvalidArgumentError(absl::StrCat("tensor view of shape ", ShapeString(shape), " ",
                                                   DTypeName(dtype), " needs ", needed,
                                                   " bytes, the memory has ", size_bytes));
  }
  if (needed > 0 && data == nullptr) {
    return absl::InvalidArgumentError("tensor view of null memory");
  }
  if (needed > 0 && reinterpret_cast<uintptr_t>(data) % DTypeSize(dtype) != 0) {
    return absl::InvalidArgumentError(absl::StrCat("tensor view of ", DTypeName(dtype),
                                                   ": the memory is not aligned to ",
                                                   DTypeSize(dtype), " bytes; copy it first"));
  }
  return absl::OkStatus();
}

template <typename T>
void WidenAll(absl::Span<const T> in, float* out) {
  for (size_t i = 0; i < in.size(); ++i) out[i] = static_cast<float>(in[i]);
}

[[gnu::noinline]] void Widen(const Tensor& in, float* out) {
  const auto convert = [&](auto span, auto function) {
    for (size_t i = 0; i < span.size(); ++i) out[i] = function(span[i]);
  };
  switch (in.dtype()) {
    case DType::kF32:
      return WidenAll(in.as<float>(), out);
    case DType::kF64:
      return WidenAll(in.as<double>(), out);
    case DType::kI8:
      return WidenAll(in.as<int8_t>(), out);
    case DType::kU8:
      return WidenAll(in.as<uint8_t>(), out);
    case DType::kI16:
      return WidenAll(in.as<int16_t>(), out);
    case DType::kU16:
      return WidenAll(in.as<uint16_t>(), out);
    case DType::kI32:
      return WidenAll(in.as<int32_t>(), out);
    case DType::kU32:
      return WidenAll(in.as<uint32_t>(), out);
    case DType::kI64:
      return WidenAll(in.as<int64_t>(), out);
    case DType::kU64:
      return WidenAll(in.as<uint64_t>(), out);
    case DType::kBool:
      return convert(in.as<uint8_t>(), [](uint8_t v) { return v ? 1.0f : 0.0f; });
    case DType::kF16:
      return convert(in.as<uint16_t>(), F16ToF32);
    case DType::kBF16:
      return convert(in.as<uint16_t>(), BF16ToF32);
    case DType::kE4M3:
      return convert(in.as<uint8_t>(), E4M3ToF32);
    case DType::kE5M2:
      return convert(in.as<uint8_t>(), E5M2ToF32);
    case DType::kE8M0:
      return convert(in.as<uint8_t>(), E8M0ToF32);
  }
}

}  // namespace

absl::StatusOr<int64_t> CheckedNumElements(absl::Span<const int64_t> shape, size_t element_size) {
  const int64_t limit =
      std::numeric_limits<int64_t>::max() / static_cast<int64_t>(std::max<size_t>(element_size, 1));
  bool zero = false;
  for (const int64_t dim : shape) {
    if (dim < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("shape ", ShapeString(shape), " has a negative dimension"));
    }
    zero |= dim == 0;
  }
  if (zero) return 0;
  int64_t count = 1;
  for (const int64_t dim : shape) {
    if (dim > limit / count) {
      return absl::InvalidArgumentError(
          absl::StrCat("shape ", ShapeString(shape), " has more elements than memory can hold"));
    }
    count *= dim;
  }
  return count;
}

std::string ShapeString(absl::Span<const int64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

absl::StatusOr<Tensor> Tensor::Create(DType dtype, absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(shape, DTypeSize(dtype)));
  const size_t bytes = static_cast<size_t>(count) * DTypeSize(dtype);
  std::shared_ptr<void> memory = AllocateZeroed(bytes);
  if (memory == nullptr) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory for a tensor of ", bytes, " bytes, shape ", ShapeString(shape)));
  }
  return MutableView(dtype, shape, memory.get(), bytes, memory);
}

absl::StatusOr<Tensor> Tensor::View(DType dtype, absl::Span<const int64_t> shape, const void* data,
                                    size_t size_bytes, std::shared_ptr<const void> owner) {
  PAWL_RETURN_IF_ERROR(CheckView(dtype, shape, data, size_bytes));
  Tensor tensor;
  tensor.dtype_ = dtype;
  tensor.num_elements_ = *CheckedNumElements(shape, DTypeSize(dtype));
  tensor.shape_.assign(shape.begin(), shape.end());
  tensor.data_ = data;
  tensor.owner_ = std::move(owner);
  return tensor;
}

absl::StatusOr<Tensor> Tensor::MutableView(DType dtype, absl::Span<const int64_t> shape, void* data,
                                           size_t size_bytes, std::shared_ptr<const void> owner) {
  PAWL_ASSIGN_OR_RETURN(Tensor tensor, View(dtype, shape, data, size_bytes, std::move(owner)));
  tensor.writable_ = true;
  return tensor;
}

absl::StatusOr<Tensor> Tensor::Reshape(absl::Span<const int64_t> shape) const {
  PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(shape, DTypeSize(dtype_)));
  if (count != num_elements_) {
    return absl::InvalidArgumentError(absl::StrCat("a tensor of shape ", ShapeString(shape_),
                                                   " cannot be seen as ", ShapeString(shape)));
  }
  Tensor tensor = *this;
  tensor.shape_.assign(shape.begin(), shape.end());
  return tensor;
}

absl::StatusOr<Tensor> Tensor::Clone() const {
  PAWL_ASSIGN_OR_RETURN(Tensor copy, Create(dtype_, shape_));
  if (size_bytes() > 0) std::memcpy(copy.mutable_data(), data_, size_bytes());
  return copy;
}

absl::StatusOr<Tensor> Tensor::ToF32() const {
  PAWL_ASSIGN_OR_RETURN(Tensor wide, Create(DType::kF32, shape_));
  const kernels::FloatEnvironment environment;  // f64 and wide integers round
  Widen(*this, wide.mutable_as<float>().data());
  return wide;
}

}  // namespace pawl
