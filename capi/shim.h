// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What every part of the shim between pawl.h and the C++ API shares: where errors go, and the frame
// of an entry.

#ifndef PAWL_CAPI_SHIM_H_
#define PAWL_CAPI_SHIM_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "capi/pawl.h"
#include "lib/core/status_macros.h"
#include "pawl/context.h"
#include "pawl/quantized_tensor.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {
struct QuantizationError;
}

namespace pawl::capi {

// Status and text of the last call. Keeping them must work when there is no memory for the text.
struct LastError {
  int32_t status = PAWL_OK;
  const char* fixed = "";  // used where `text` is empty
  std::string text;

  const char* message() const { return text.empty() ? fixed : text.c_str(); }
  int32_t Fixed(int32_t code, const char* message) noexcept {
    status = code;
    fixed = message;
    text.clear();
    return code;
  }
  int32_t Set(const absl::Status& error) noexcept;
};

// Runs `body`, a function that gives an absl::Status, and keeps what came of it. Nothing is thrown
// through the C ABI.
template <typename Body>
int32_t Record(LastError& last, Body&& body) noexcept {
  try {
    return last.Set(body());
  } catch (const std::bad_alloc&) {
    return last.Fixed(PAWL_RESOURCE_EXHAUSTED, "memory ran out");
  } catch (const std::length_error&) {
    return last.Fixed(PAWL_RESOURCE_EXHAUSTED, "a size is larger than memory can be");
  } catch (const std::exception&) {
    return last.Fixed(PAWL_INTERNAL, "an unexpected C++ exception; please report it");
  } catch (...) {
    return last.Fixed(PAWL_INTERNAL, "a callback threw; callbacks must not");
  }
}

}  // namespace pawl::capi

struct pawl_context {
  pawl::capi::LastError last;
  std::unique_ptr<pawl::Context> context;
  std::string target;
  // Set by a host's parallel-for that did not run each task once on a worker that exists.
  std::atomic<bool> host_fault{false};
};

struct pawl_tensor {
  pawl::Tensor tensor;
};

struct pawl_scheme {
  pawl::Scheme scheme;
  std::string text;
};

struct pawl_quantized_tensor {
  pawl::QuantizedTensor tensor;
  // Parts were set by the caller: validate before anything decodes them.
  bool unchecked = false;
};

namespace pawl::capi {

// The frame of an entry that uses a context: `body` takes the pawl::Context.
template <typename Body>
int32_t Call(pawl_context* context, Body&& body) noexcept {
  if (context == nullptr) return PAWL_INVALID_ARGUMENT;
  context->host_fault.store(false, std::memory_order_relaxed);
  const int32_t status = Record(context->last, [&] { return body(*context->context); });
  if (context->host_fault.load(std::memory_order_relaxed)) {
    return context->last.Fixed(PAWL_FAILED_PRECONDITION,
                               "the host's parallel-for must run every task once, on a worker from "
                               "0 to the context's threads - 1");
  }
  return status;
}

// The same for entries that make a handle from what `body` gives: an absl::StatusOr of what Handle
// is initialized with.
template <typename Handle, typename Body>
int32_t Make(pawl_context* context, Handle** out, Body&& body) noexcept {
  if (out != nullptr) *out = nullptr;
  const int32_t status = Call(context, [&](Context& c) -> absl::Status {
    if (out == nullptr) return absl::InvalidArgumentError("the place for the result is NULL");
    PAWL_ASSIGN_OR_RETURN(auto value, body(c));
    *out = new Handle{std::move(value)};
    return absl::OkStatus();
  });
  if (status != PAWL_OK && out != nullptr && *out != nullptr) {  // the host's fault
    delete *out;
    *out = nullptr;
  }
  return status;
}

// The same for a scheme, whose handle has its text too.
template <typename Body>
int32_t MakeScheme(pawl_context* context, pawl_scheme** out, Body&& body) noexcept {
  if (out != nullptr) *out = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    if (out == nullptr) return absl::InvalidArgumentError("the place for the result is NULL");
    PAWL_ASSIGN_OR_RETURN(const Scheme scheme, body());
    *out = new pawl_scheme{scheme, SchemeString(scheme)};
    return absl::OkStatus();
  });
}

// Returns an error naming the argument from the enclosing body.
#define PAWL_NEED(argument) \
  if ((argument) == nullptr) return absl::InvalidArgumentError(#argument " is NULL")
#define PAWL_NEED_ARRAY(argument, count)     \
  if ((argument) == nullptr && (count) != 0) \
  return absl::InvalidArgumentError(#argument " is NULL, but its count is not 0")

// A caller's shape as a span.
absl::StatusOr<absl::Span<const int64_t>> ShapeOf(const int64_t* shape, size_t rank);

// InvalidArgument unless `dtype` is a pawl_dtype.
absl::StatusOr<DType> ToDType(int32_t dtype);

// A count as the C++ API has it.
absl::StatusOr<int64_t> ToInt64(size_t count, const char* name);

// Calls validate where the caller has set parts.
absl::Status CheckParts(const pawl_quantized_tensor* quantized);

// Memory that a caller lends. The release function runs with the last copy of owner(), but only
// once Keep() was called: on an error the memory is still the caller's.
class Lease {
 public:
  Lease(pawl_release_fn release, void* user);
  std::shared_ptr<const void> owner() const { return state_; }
  void Keep();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

// Figures to a caller's array as far as it goes.
template <typename T>
void CopyFigures(absl::Span<const T> figures, T* out, size_t count) {
  for (size_t i = 0; i < figures.size() && i < count; ++i) out[i] = figures[i];
}

// The figures of pawl_error_figure.
void CopyError(const QuantizationError& error, double* figures, size_t count);

// In the C header and in C++ a value must be the same.
#define PAWL_SAME(c_value, cpp_value) \
  static_assert(static_cast<int64_t>(c_value) == static_cast<int64_t>(cpp_value), #c_value)

}  // namespace pawl::capi

#endif  // PAWL_CAPI_SHIM_H_
