// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Tensor: a dense row-major array that owns its memory or looks at somebody else's.

#ifndef PAWL_INCLUDE_PAWL_TENSOR_H_
#define PAWL_INCLUDE_PAWL_TENSOR_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/dtype.h"

struct DLManagedTensor;  // dlpack/dlpack.h, which only callers of the DLPack functions need

namespace pawl {

// Alignment in bytes of the memory that Pawl allocates and of every section of a .pawl file.
inline constexpr size_t kAlignment = 64;

// Product of the dimensions; InvalidArgument on a negative one or where the product, or the product
// times `element_size`, exceeds the address space. A shape of no dimensions has one element.
absl::StatusOr<int64_t> CheckedNumElements(absl::Span<const int64_t> shape,
                                           size_t element_size = 1);

// "[30522, 384]".
std::string ShapeString(absl::Span<const int64_t> shape);

// A dense row-major array. Copies are shallow: they share the memory, which lives as long as the
// last of them. A const Tensor may be read from any number of threads; writing needs the usual
// care.
class Tensor {
 public:
  // No elements of f32: shape [0], data null. The "absent" value of optional parts; see empty().
  Tensor() = default;

  // Zero-filled memory of Pawl's own, 64-byte aligned.
  // Errors: InvalidArgument (bad shape), ResourceExhausted (the allocation failed).
  static absl::StatusOr<Tensor> Create(DType dtype, absl::Span<const int64_t> shape);

  // Creates and fills from `values` (f32, i32, u8 ...); its size must equal the shape's product.
  template <typename T>
  static absl::StatusOr<Tensor> FromValues(absl::Span<const int64_t> shape,
                                           absl::Span<const T> values);

  // Looks at read-only memory. `owner` (may be null: then the caller keeps `data` alive) is
  // released with the last copy. `size_bytes` must cover the shape.
  static absl::StatusOr<Tensor> View(DType dtype, absl::Span<const int64_t> shape, const void* data,
                                     size_t size_bytes,
                                     std::shared_ptr<const void> owner = nullptr);

  // The same for memory that may be written through mutable_data().
  static absl::StatusOr<Tensor> MutableView(DType dtype, absl::Span<const int64_t> shape,
                                            void* data, size_t size_bytes,
                                            std::shared_ptr<const void> owner = nullptr);

  // Takes over a DLPack tensor without copying: the deleter runs with the last copy of the result.
  // On error the caller still owns it. CPU memory, byte offset allowed, row-major strides only:
  // InvalidArgument says which stride does not fit. The producer's read-only wish is not visible in
  // this version of DLPack, so the result is treated as read-only.
  static absl::StatusOr<Tensor> FromDLPack(DLManagedTensor* managed);

  // Lends the memory to a DLPack consumer, which must call the result's deleter. No copy.
  absl::StatusOr<DLManagedTensor*> ToDLPack() const;

  DType dtype() const { return dtype_; }
  const std::vector<int64_t>& shape() const { return shape_; }
  int rank() const { return static_cast<int>(shape_.size()); }
  int64_t dim(int axis) const { return shape_[static_cast<size_t>(axis)]; }
  int64_t num_elements() const { return num_elements_; }
  size_t size_bytes() const { return static_cast<size_t>(num_elements_) * DTypeSize(dtype_); }
  bool empty() const { return num_elements_ == 0; }
  bool writable() const { return writable_; }

  const void* data() const { return data_; }
  // Null unless writable().
  void* mutable_data() { return writable_ ? const_cast<void*>(data_) : nullptr; }

  // Typed access. T must have the size of dtype(); the caller answers for the meaning.
  template <typename T>
  absl::Span<const T> as() const {
    return absl::Span<const T>(static_cast<const T*>(data_),
                               sizeof(T) == DTypeSize(dtype_) ? num_elements_size() : 0);
  }
  template <typename T>
  absl::Span<T> mutable_as() {
    return absl::Span<T>(static_cast<T*>(mutable_data()),
                         writable_ && sizeof(T) == DTypeSize(dtype_) ? num_elements_size() : 0);
  }

  // The same memory under another shape with the same number of elements.
  absl::StatusOr<Tensor> Reshape(absl::Span<const int64_t> shape) const;

  // A deep copy in memory of its own.
  absl::StatusOr<Tensor> Clone() const;

  // A deep copy as f32. Narrow floats and integers up to 24 bits are exact; f64 and wider integers
  // round half to even.
  absl::StatusOr<Tensor> ToF32() const;

 private:
  size_t num_elements_size() const { return static_cast<size_t>(num_elements_); }

  DType dtype_ = DType::kF32;
  bool writable_ = false;
  int64_t num_elements_ = 0;
  std::vector<int64_t> shape_ = {0};
  const void* data_ = nullptr;
  std::shared_ptr<const void> owner_;
};

// dtype of a C++ type; f16 and bf16 are handled as raw uint16_t and have no type of their own.
template <typename T>
constexpr DType DTypeOf();
template <>
constexpr DType DTypeOf<float>() {
  return DType::kF32;
}
template <>
constexpr DType DTypeOf<double>() {
  return DType::kF64;
}
template <>
constexpr DType DTypeOf<int8_t>() {
  return DType::kI8;
}
template <>
constexpr DType DTypeOf<uint8_t>() {
  return DType::kU8;
}
template <>
constexpr DType DTypeOf<int16_t>() {
  return DType::kI16;
}
template <>
constexpr DType DTypeOf<uint16_t>() {
  return DType::kU16;
}
template <>
constexpr DType DTypeOf<int32_t>() {
  return DType::kI32;
}
template <>
constexpr DType DTypeOf<uint32_t>() {
  return DType::kU32;
}
template <>
constexpr DType DTypeOf<int64_t>() {
  return DType::kI64;
}
template <>
constexpr DType DTypeOf<uint64_t>() {
  return DType::kU64;
}

template <typename T>
absl::StatusOr<Tensor> Tensor::FromValues(absl::Span<const int64_t> shape,
                                          absl::Span<const T> values) {
  absl::StatusOr<Tensor> tensor = Create(DTypeOf<T>(), shape);
  if (!tensor.ok()) return tensor;
  if (static_cast<size_t>(tensor->num_elements()) != values.size()) {
    return absl::InvalidArgumentError(
        "Tensor::FromValues: the shape and the number of values differ");
  }
  std::copy(values.begin(), values.end(), tensor->template mutable_as<T>().begin());
  return tensor;
}

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_TENSOR_H_
