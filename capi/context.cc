// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/context.h"

#include <functional>
#include <string>

#include "capi/options.h"
#include "capi/shim.h"

namespace pawl::capi {
namespace {

PAWL_SAME(PAWL_LOG_DEBUG, LogLevel::kDebug);
PAWL_SAME(PAWL_LOG_INFO, LogLevel::kInfo);
PAWL_SAME(PAWL_LOG_WARNING, LogLevel::kWarning);
PAWL_SAME(PAWL_LOG_ERROR, LogLevel::kError);

// One call of a host's parallel-for: what it does wrong must not become memory of nobody's.
struct HostCall {
  const std::function<void(int64_t, int)>* task = nullptr;
  int64_t count = 0;
  int threads = 0;
  std::atomic<int64_t> ran{0};

  static void Run(void* self, int64_t index, int32_t worker) noexcept {
    auto* call = static_cast<HostCall*>(self);
    if (index < 0 || index >= call->count || worker < 0 || worker >= call->threads) return;
    (*call->task)(index, worker);
    call->ran.fetch_add(1, std::memory_order_relaxed);
  }
};

HostParallelFor WrapParallelFor(const pawl_options& options, pawl_context* context) {
  return [run = options.parallel_for, user = options.parallel_for_user, context](
             int64_t count, const std::function<void(int64_t, int)>& task) {
    HostCall call;
    call.task = &task;
    call.count = count;
    call.threads = context->context->threads();
    run(user, count, &HostCall::Run, &call);
    if (call.ran.load(std::memory_order_relaxed) != count) {
      context->host_fault.store(true, std::memory_order_relaxed);
    }
  };
}

ContextOptions ToContextOptions(const pawl_options& options, pawl_context* context) {
  ContextOptions result;
  TakeInt(&options, PAWL_OPT_THREADS, &result.threads);
  TakeInt(&options, PAWL_OPT_SPIN_MICROSECONDS, &result.spin_microseconds);
  if (const auto* target = Find<std::string>(&options, PAWL_OPT_TARGET)) result.target = *target;
  if (options.parallel_for != nullptr) result.parallel_for = WrapParallelFor(options, context);
  if (options.log != nullptr) {
    result.log = [log = options.log, user = options.log_user](LogLevel level,
                                                              absl::string_view message) {
      log(user, static_cast<int32_t>(level), std::string(message).c_str());
    };
  }
  if (options.progress != nullptr) {
    result.progress = [report = options.progress, user = options.progress_user](const Progress& p) {
      report(user, std::string(p.stage).c_str(), std::string(p.item).c_str(), p.done, p.total,
             std::string(p.unit).c_str());
    };
  }
  return result;
}

absl::Status CreateContext(const pawl_options& options, pawl_context** out) {
  if (out == nullptr) return absl::InvalidArgumentError("the place for the result is NULL");
  PAWL_RETURN_IF_ERROR(CheckKind(&options, PAWL_OPTIONS_CONTEXT));
  auto made = std::make_unique<pawl_context>();
  PAWL_ASSIGN_OR_RETURN(made->context, Context::Create(ToContextOptions(options, made.get())));
  made->target = std::string(made->context->target());
  *out = made.release();
  return absl::OkStatus();
}

}  // namespace
}  // namespace pawl::capi

extern "C" {

int32_t pawl_context_create(pawl_options* options, pawl_context** context) noexcept {
  if (context != nullptr) *context = nullptr;
  if (options != nullptr) {
    return pawl::capi::Record(options->last,
                              [&] { return pawl::capi::CreateContext(*options, context); });
  }
  pawl::capi::LastError unheard;
  return pawl::capi::Record(unheard, [&] {
    pawl_options defaults;
    defaults.kind = PAWL_OPTIONS_CONTEXT;
    return pawl::capi::CreateContext(defaults, context);
  });
}

void pawl_context_destroy(pawl_context* context) noexcept { delete context; }

int32_t pawl_context_last_status(const pawl_context* context) noexcept {
  return context == nullptr ? static_cast<int32_t>(PAWL_INVALID_ARGUMENT) : context->last.status;
}

const char* pawl_context_last_error(const pawl_context* context) noexcept {
  return context == nullptr ? "the context is NULL" : context->last.message();
}

size_t pawl_context_threads(const pawl_context* context) noexcept {
  return context == nullptr ? 0 : static_cast<size_t>(context->context->threads());
}

const char* pawl_context_target(const pawl_context* context) noexcept {
  return context == nullptr ? nullptr : context->target.c_str();
}

void pawl_context_cancel(pawl_context* context) noexcept {
  if (context != nullptr) context->context->Cancel();
}

int32_t pawl_context_is_cancelled(const pawl_context* context) noexcept {
  return context != nullptr && context->context->cancelled() ? 1 : 0;
}

void pawl_context_reset_cancel(pawl_context* context) noexcept {
  if (context != nullptr) context->context->ResetCancel();
}

void pawl_context_progress(const pawl_context* context, uint64_t* done, uint64_t* total) noexcept {
  uint64_t latest_done = 0;
  uint64_t latest_total = 0;
  if (context != nullptr) context->context->LatestProgress(&latest_done, &latest_total);
  if (done != nullptr) *done = latest_done;
  if (total != nullptr) *total = latest_total;
}

}  // extern "C"
