// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "capi/shim.h"

#include <limits>

#include "absl/strings/str_cat.h"

namespace pawl::capi {
namespace {

PAWL_SAME(PAWL_OK, absl::StatusCode::kOk);
PAWL_SAME(PAWL_CANCELLED, absl::StatusCode::kCancelled);
PAWL_SAME(PAWL_UNKNOWN, absl::StatusCode::kUnknown);
PAWL_SAME(PAWL_INVALID_ARGUMENT, absl::StatusCode::kInvalidArgument);
PAWL_SAME(PAWL_DEADLINE_EXCEEDED, absl::StatusCode::kDeadlineExceeded);
PAWL_SAME(PAWL_NOT_FOUND, absl::StatusCode::kNotFound);
PAWL_SAME(PAWL_ALREADY_EXISTS, absl::StatusCode::kAlreadyExists);
PAWL_SAME(PAWL_PERMISSION_DENIED, absl::StatusCode::kPermissionDenied);
PAWL_SAME(PAWL_RESOURCE_EXHAUSTED, absl::StatusCode::kResourceExhausted);
PAWL_SAME(PAWL_FAILED_PRECONDITION, absl::StatusCode::kFailedPrecondition);
PAWL_SAME(PAWL_ABORTED, absl::StatusCode::kAborted);
PAWL_SAME(PAWL_OUT_OF_RANGE, absl::StatusCode::kOutOfRange);
PAWL_SAME(PAWL_UNIMPLEMENTED, absl::StatusCode::kUnimplemented);
PAWL_SAME(PAWL_INTERNAL, absl::StatusCode::kInternal);
PAWL_SAME(PAWL_UNAVAILABLE, absl::StatusCode::kUnavailable);
PAWL_SAME(PAWL_DATA_LOSS, absl::StatusCode::kDataLoss);
PAWL_SAME(PAWL_UNAUTHENTICATED, absl::StatusCode::kUnauthenticated);

constexpr size_t kMaxRank = 64;

}  // namespace

int32_t LastError::Set(const absl::Status& error) noexcept {
  if (error.ok()) return Fixed(PAWL_OK, "");
  status = static_cast<int32_t>(error.code());
  fixed = "the call failed, and there was no memory to say why";
  try {
    text.assign(error.message().data(), error.message().size());
  } catch (...) {
    text.clear();
  }
  return status;
}

absl::StatusOr<absl::Span<const int64_t>> ShapeOf(const int64_t* shape, size_t rank) {
  PAWL_NEED_ARRAY(shape, rank);
  if (rank > kMaxRank) {
    return absl::InvalidArgumentError(
        absl::StrCat("a shape of ", rank, " dimensions; at most ", kMaxRank, " are possible"));
  }
  return absl::Span<const int64_t>(shape, rank);
}

absl::StatusOr<DType> ToDType(int32_t dtype) {
  if (dtype < 0 || dtype >= kNumDTypes) {
    return absl::InvalidArgumentError(absl::StrCat("dtype ", dtype, " is no pawl_dtype"));
  }
  return static_cast<DType>(dtype);
}

absl::StatusOr<int64_t> ToInt64(size_t count, const char* name) {
  if (count > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return absl::InvalidArgumentError(
        absl::StrCat(name, " is ", count, ", more than memory can hold"));
  }
  return static_cast<int64_t>(count);
}

absl::Status CheckParts(const pawl_quantized_tensor* quantized) {
  return quantized->unchecked ? quantized->tensor.Validate() : absl::OkStatus();
}

struct Lease::State {
  pawl_release_fn release = nullptr;
  void* user = nullptr;
  bool kept = false;

  ~State() {
    if (kept && release != nullptr) release(user);
  }
};

Lease::Lease(pawl_release_fn release, void* user) : state_(std::make_shared<State>()) {
  state_->release = release;
  state_->user = user;
}

void Lease::Keep() { state_->kept = true; }

}  // namespace pawl::capi
