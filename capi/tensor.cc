// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/tensor.h"

#include <cstring>
#include <memory>

#include "absl/strings/str_cat.h"
#include "capi/shim.h"
#include "pawl/dlpack.h"

using pawl::Context;
using pawl::DType;
using pawl::Tensor;
using pawl::capi::Call;
using pawl::capi::Make;
using pawl::capi::ShapeOf;
using pawl::capi::ToDType;

namespace {

// A tensor that looks at the caller's memory: `view` is Tensor::View or MutableView.
template <typename Data, typename View>
int32_t MakeView(pawl_context* context, int32_t dtype, const int64_t* shape, size_t rank,
                 Data* data, size_t size_bytes, pawl_release_fn release, void* user,
                 pawl_tensor** tensor, View view) noexcept {
  if (tensor != nullptr) *tensor = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(tensor);
    PAWL_ASSIGN_OR_RETURN(const DType type, ToDType(dtype));
    PAWL_ASSIGN_OR_RETURN(const auto span, ShapeOf(shape, rank));
    pawl::capi::Lease lease(release, user);
    auto handle = std::make_unique<pawl_tensor>();
    PAWL_ASSIGN_OR_RETURN(handle->tensor, view(type, span, data, size_bytes, lease.owner()));
    lease.Keep();
    *tensor = handle.release();
    return absl::OkStatus();
  });
}

// A tensor that came by DLPack: `take` makes it.
template <typename Take>
int32_t TakeDLPack(pawl_context* context, pawl_tensor** tensor, Take take) noexcept {
  if (tensor != nullptr) *tensor = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(tensor);
    auto handle = std::make_unique<pawl_tensor>();  // first: once taken over, nothing may fail
    PAWL_ASSIGN_OR_RETURN(handle->tensor, take());
    *tensor = handle.release();
    return absl::OkStatus();
  });
}

template <typename Managed, typename Lend>
int32_t LendDLPack(pawl_context* context, const pawl_tensor* tensor, Managed** managed,
                   Lend lend) noexcept {
  if (managed != nullptr) *managed = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(tensor);
    PAWL_NEED(managed);
    PAWL_ASSIGN_OR_RETURN(*managed, lend(tensor->tensor));
    return absl::OkStatus();
  });
}

PAWL_SAME(PAWL_DTYPE_F32, DType::kF32);
PAWL_SAME(PAWL_DTYPE_F16, DType::kF16);
PAWL_SAME(PAWL_DTYPE_BF16, DType::kBF16);
PAWL_SAME(PAWL_DTYPE_F64, DType::kF64);
PAWL_SAME(PAWL_DTYPE_I8, DType::kI8);
PAWL_SAME(PAWL_DTYPE_U8, DType::kU8);
PAWL_SAME(PAWL_DTYPE_I16, DType::kI16);
PAWL_SAME(PAWL_DTYPE_U16, DType::kU16);
PAWL_SAME(PAWL_DTYPE_I32, DType::kI32);
PAWL_SAME(PAWL_DTYPE_U32, DType::kU32);
PAWL_SAME(PAWL_DTYPE_I64, DType::kI64);
PAWL_SAME(PAWL_DTYPE_U64, DType::kU64);
PAWL_SAME(PAWL_DTYPE_BOOL, DType::kBool);
PAWL_SAME(PAWL_DTYPE_E4M3, DType::kE4M3);
PAWL_SAME(PAWL_DTYPE_E5M2, DType::kE5M2);
PAWL_SAME(PAWL_DTYPE_E8M0, DType::kE8M0);
static_assert(pawl::kNumDTypes == PAWL_DTYPE_E8M0 + 1);

}  // namespace

extern "C" {

size_t pawl_dtype_size(int32_t dtype) noexcept {
  if (dtype < 0 || dtype >= pawl::kNumDTypes) return 0;
  return pawl::DTypeSize(static_cast<DType>(dtype));
}

const char* pawl_dtype_name(int32_t dtype) noexcept {
  if (dtype < 0 || dtype >= pawl::kNumDTypes) return nullptr;
  return pawl::DTypeName(static_cast<DType>(dtype)).data();  // of a literal
}

int32_t pawl_tensor_create(pawl_context* context, int32_t dtype, const int64_t* shape, size_t rank,
                           pawl_tensor** tensor) noexcept {
  return Make(context, tensor, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_ASSIGN_OR_RETURN(const DType type, ToDType(dtype));
    PAWL_ASSIGN_OR_RETURN(const auto span, ShapeOf(shape, rank));
    return Tensor::Create(type, span);
  });
}

int32_t pawl_tensor_view(pawl_context* context, int32_t dtype, const int64_t* shape, size_t rank,
                         const void* data, size_t size_bytes, pawl_release_fn release, void* user,
                         pawl_tensor** tensor) noexcept {
  return MakeView(context, dtype, shape, rank, data, size_bytes, release, user, tensor,
                  Tensor::View);
}

int32_t pawl_tensor_view_mutable(pawl_context* context, int32_t dtype, const int64_t* shape,
                                 size_t rank, void* data, size_t size_bytes,
                                 pawl_release_fn release, void* user,
                                 pawl_tensor** tensor) noexcept {
  return MakeView(context, dtype, shape, rank, data, size_bytes, release, user, tensor,
                  Tensor::MutableView);
}

int32_t pawl_tensor_copy(pawl_context* context, int32_t dtype, const int64_t* shape, size_t rank,
                         const void* data, size_t size_bytes, pawl_tensor** tensor) noexcept {
  return Make(context, tensor, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_ASSIGN_OR_RETURN(const DType type, ToDType(dtype));
    PAWL_ASSIGN_OR_RETURN(const auto span, ShapeOf(shape, rank));
    PAWL_NEED_ARRAY(data, size_bytes);
    PAWL_ASSIGN_OR_RETURN(const int64_t count,
                          pawl::CheckedNumElements(span, pawl::DTypeSize(type)));
    if (static_cast<uint64_t>(count) * pawl::DTypeSize(type) != size_bytes) {
      return absl::InvalidArgumentError(absl::StrCat(
          "size_bytes is ", size_bytes, ", but shape ", pawl::ShapeString(span), " of ",
          pawl_dtype_name(dtype), " takes ", static_cast<uint64_t>(count) * pawl::DTypeSize(type)));
    }
    PAWL_ASSIGN_OR_RETURN(Tensor copy, Tensor::Create(type, span));
    if (size_bytes != 0) std::memcpy(copy.mutable_data(), data, size_bytes);
    return copy;
  });
}

int32_t pawl_tensor_from_dlpack(pawl_context* context, struct DLManagedTensor* managed,
                                pawl_tensor** tensor) noexcept {
  return TakeDLPack(context, tensor, [&] { return Tensor::FromDLPack(managed); });
}

int32_t pawl_tensor_to_dlpack(pawl_context* context, const pawl_tensor* tensor,
                              struct DLManagedTensor** managed) noexcept {
  return LendDLPack(context, tensor, managed, [](const Tensor& t) { return t.ToDLPack(); });
}

int32_t pawl_tensor_from_dlpack_versioned(pawl_context* context,
                                          struct DLManagedTensorVersioned* managed,
                                          pawl_tensor** tensor) noexcept {
  return TakeDLPack(context, tensor, [&] { return pawl::TensorFromDLPack(managed); });
}

int32_t pawl_tensor_to_dlpack_versioned(pawl_context* context, const pawl_tensor* tensor,
                                        struct DLManagedTensorVersioned** managed) noexcept {
  return LendDLPack(context, tensor, managed, pawl::TensorToDLPack);
}

void pawl_tensor_destroy(pawl_tensor* tensor) noexcept { delete tensor; }

int32_t pawl_tensor_to_f32(pawl_context* context, const pawl_tensor* tensor,
                           pawl_tensor** f32) noexcept {
  return Make(context, f32, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(tensor);
    return tensor->tensor.ToF32();
  });
}

int32_t pawl_tensor_clone(pawl_context* context, const pawl_tensor* tensor,
                          pawl_tensor** clone) noexcept {
  return Make(context, clone, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(tensor);
    return tensor->tensor.Clone();
  });
}

int32_t pawl_tensor_reshape(pawl_context* context, const pawl_tensor* tensor, const int64_t* shape,
                            size_t rank, pawl_tensor** reshaped) noexcept {
  return Make(context, reshaped, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(tensor);
    PAWL_ASSIGN_OR_RETURN(const auto span, ShapeOf(shape, rank));
    return tensor->tensor.Reshape(span);
  });
}

int32_t pawl_tensor_dtype(const pawl_tensor* tensor) noexcept {
  return tensor == nullptr ? -1 : static_cast<int32_t>(tensor->tensor.dtype());
}
size_t pawl_tensor_rank(const pawl_tensor* tensor) noexcept {
  return tensor == nullptr ? 0 : tensor->tensor.shape().size();
}
const int64_t* pawl_tensor_shape(const pawl_tensor* tensor) noexcept {
  return tensor == nullptr ? nullptr : tensor->tensor.shape().data();
}
size_t pawl_tensor_num_elements(const pawl_tensor* tensor) noexcept {
  return tensor == nullptr ? 0 : static_cast<size_t>(tensor->tensor.num_elements());
}
size_t pawl_tensor_size_bytes(const pawl_tensor* tensor) noexcept {
  return tensor == nullptr ? 0 : tensor->tensor.size_bytes();
}
const void* pawl_tensor_data(const pawl_tensor* tensor) noexcept {
  return tensor == nullptr || tensor->tensor.empty() ? nullptr : tensor->tensor.data();
}
void* pawl_tensor_mutable_data(pawl_tensor* tensor) noexcept {
  return tensor == nullptr || tensor->tensor.empty() ? nullptr : tensor->tensor.mutable_data();
}

}  // extern "C"
