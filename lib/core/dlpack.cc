// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// DLPack in and out (https://dmlc.github.io/dlpack): memory is shared, never copied.

#include "pawl/dlpack.h"

#include <algorithm>
#include <memory>
#include <new>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/dlpack_versioned.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

std::optional<DType> FromDLDataType(const DLDataType& type) {
  if (type.lanes != 1) return std::nullopt;
  switch (type.code << 8 | type.bits) {
    case kDLFloat << 8 | 64:
      return DType::kF64;
    case kDLFloat << 8 | 32:
      return DType::kF32;
    case kDLFloat << 8 | 16:
      return DType::kF16;
    case kDLBfloat << 8 | 16:
      return DType::kBF16;
    case kDLInt << 8 | 8:
      return DType::kI8;
    case kDLInt << 8 | 16:
      return DType::kI16;
    case kDLInt << 8 | 32:
      return DType::kI32;
    case kDLInt << 8 | 64:
      return DType::kI64;
    case kDLUInt << 8 | 8:
      return DType::kU8;
    case kDLUInt << 8 | 16:
      return DType::kU16;
    case kDLUInt << 8 | 32:
      return DType::kU32;
    case kDLUInt << 8 | 64:
      return DType::kU64;
    // Code 6, kDLBool, is newer than the oldest header that Pawl builds with.
    case 6 << 8 | 8:
      return DType::kBool;
    default:
      return std::nullopt;
  }
}

DLDataType ToDLDataType(DType dtype) {
  DLDataType type{};
  type.bits = static_cast<uint8_t>(8 * DTypeSize(dtype));
  type.lanes = 1;
  switch (dtype) {
    case DType::kF32:
    case DType::kF64:
    case DType::kF16:
      type.code = kDLFloat;
      break;
    case DType::kBF16:
      type.code = kDLBfloat;
      break;
    case DType::kI8:
    case DType::kI16:
    case DType::kI32:
    case DType::kI64:
      type.code = kDLInt;
      break;
    case DType::kBool:
      type.code = 6;
      break;
    default:
      type.code = kDLUInt;
      break;  // the float8 types travel as their bytes
  }
  return type;
}

absl::Status CheckRowMajor(const DLTensor& tensor) {
  if (tensor.strides == nullptr) return absl::OkStatus();
  // Without elements strides mean nothing, and producers differ in what they write there.
  if (std::find(tensor.shape, tensor.shape + tensor.ndim, 0) != tensor.shape + tensor.ndim) {
    return absl::OkStatus();
  }
  int64_t expected = 1;
  for (int i = tensor.ndim - 1; i >= 0; --i) {
    if (tensor.shape[i] != 1 && tensor.strides[i] != expected) {
      return absl::InvalidArgumentError(absl::StrCat("DLPack tensor: stride ", tensor.strides[i],
                                                     " of dimension ", i, " is not the row-major ",
                                                     expected, "; pass a contiguous tensor"));
    }
    expected *= tensor.shape[i];
  }
  return absl::OkStatus();
}

// A read-only view that nothing keeps alive, so that the caller still owns it after an error.
absl::StatusOr<Tensor> ViewOf(const DLTensor& source) {
  if (source.device.device_type != kDLCPU) {
    return absl::InvalidArgumentError(absl::StrCat("DLPack tensor: device type ",
                                                   static_cast<int>(source.device.device_type),
                                                   " is not the CPU; copy it to the host first"));
  }
  const std::optional<DType> dtype = FromDLDataType(source.dtype);
  if (!dtype.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "DLPack tensor: no element type for code ", static_cast<int>(source.dtype.code), ", ",
        static_cast<int>(source.dtype.bits), " bits, ", source.dtype.lanes, " lanes"));
  }
  if (source.ndim < 0 || (source.ndim > 0 && source.shape == nullptr)) {
    return absl::InvalidArgumentError("DLPack tensor: no shape");
  }
  const absl::Span<const int64_t> shape(source.shape, static_cast<size_t>(source.ndim));
  PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(shape, DTypeSize(*dtype)));
  PAWL_RETURN_IF_ERROR(CheckRowMajor(source));
  const char* data = static_cast<const char*>(source.data);
  if (data != nullptr) data += source.byte_offset;
  return Tensor::View(*dtype, shape, data, static_cast<size_t>(count) * DTypeSize(*dtype));
}

void Describe(const Tensor& tensor, std::vector<int64_t>* shape, DLTensor* out) {
  *shape = tensor.shape();
  out->data = const_cast<void*>(tensor.data());
  out->device = DLDevice{kDLCPU, 0};
  out->ndim = tensor.rank();
  out->dtype = ToDLDataType(tensor.dtype());
  out->shape = shape->data();
  out->strides = nullptr;
  out->byte_offset = 0;
}

template <typename Managed>
std::shared_ptr<const void> OwnerOf(Managed* managed) {
  return std::shared_ptr<const void>(managed, [](const void* p) {
    auto* m = static_cast<Managed*>(const_cast<void*>(p));
    if (m->deleter != nullptr) m->deleter(m);
  });
}

// Keeps the memory and the shape alive while a consumer holds `managed`.
template <typename Managed>
struct Lent {
  Managed managed{};
  Tensor tensor;
  std::vector<int64_t> shape;
};

template <typename Managed>
absl::StatusOr<Managed*> Lend(const Tensor& tensor) {
  auto* lent = new (std::nothrow) Lent<Managed>{{}, tensor, {}};
  if (lent == nullptr) return absl::ResourceExhaustedError("no memory for a DLPack tensor");
  Describe(tensor, &lent->shape, &lent->managed.dl_tensor);
  lent->managed.manager_ctx = lent;
  lent->managed.deleter = [](Managed* m) { delete static_cast<Lent<Managed>*>(m->manager_ctx); };
  return &lent->managed;
}

}  // namespace

absl::StatusOr<Tensor> Tensor::FromDLPack(DLManagedTensor* managed) {
  if (managed == nullptr) return absl::InvalidArgumentError("DLPack tensor: null");
  PAWL_ASSIGN_OR_RETURN(Tensor tensor, ViewOf(managed->dl_tensor));
  // Only now, when nothing can fail any more, does the tensor take the producer's reference.
  tensor.owner_ = OwnerOf(managed);
  return tensor;
}

absl::StatusOr<DLManagedTensor*> Tensor::ToDLPack() const { return Lend<DLManagedTensor>(*this); }

absl::StatusOr<Tensor> TensorFromDLPack(DLManagedTensorVersioned* managed) {
  if (managed == nullptr) return absl::InvalidArgumentError("DLPack tensor: null");
  if (managed->version.major != 1) {
    return absl::UnimplementedError(absl::StrCat("DLPack tensor: of version ",
                                                 managed->version.major, ".",
                                                 managed->version.minor, ", Pawl knows 1"));
  }
  PAWL_ASSIGN_OR_RETURN(const Tensor view, ViewOf(managed->dl_tensor));
  // The same again with an owner: what went well goes well.
  void* data = const_cast<void*>(view.data());
  if ((managed->flags & DLPACK_FLAG_BITMASK_READ_ONLY) != 0) {
    return Tensor::View(view.dtype(), view.shape(), data, view.size_bytes(), OwnerOf(managed));
  }
  return Tensor::MutableView(view.dtype(), view.shape(), data, view.size_bytes(), OwnerOf(managed));
}

absl::StatusOr<DLManagedTensorVersioned*> TensorToDLPack(const Tensor& tensor) {
  PAWL_ASSIGN_OR_RETURN(DLManagedTensorVersioned * managed, Lend<DLManagedTensorVersioned>(tensor));
  managed->version = {1, 0};
  managed->flags = tensor.writable() ? 0 : DLPACK_FLAG_BITMASK_READ_ONLY;
  return managed;
}

}  // namespace pawl
