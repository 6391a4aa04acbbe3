// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/context.h"

#include <sched.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <limits>
#include <new>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/nearest.h"
#include "lib/core/progress.h"
#include "lib/core/status_macros.h"
#include "lib/core/thread_pool.h"
#include "pawl/tensor.h"

namespace pawl {

struct Context::Impl {
  struct Scratch {
    void* memory = nullptr;
    size_t bytes = 0;
  };

  ContextOptions options;
  kernels::Target target = kernels::Target::kScalar;
  std::unique_ptr<ThreadPool> pool;  // null where the host brings its own
  std::vector<Scratch> scratch;
  // With a host's pool: whether a call is under way, and which thread each worker is.
  std::atomic<bool> host_busy{false};
  std::vector<std::atomic<std::thread::id>> host_workers;
  std::atomic<bool> cancelled{false};
  ProgressTracker progress;

  explicit Impl(const ContextOptions& given) : options(given), progress(given.progress) {}
  ~Impl() {
    for (Scratch& s : scratch) std::free(s.memory);
  }

  void HostParallelFor(int64_t count, absl::FunctionRef<void(int64_t, int)> task);
};

namespace {

constexpr int kMaxThreads = 1024;

int AvailableThreads() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (sched_getaffinity(0, sizeof set, &set) != 0) {
    // More processors than the set has room for.
    return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  }
  return std::max(1, CPU_COUNT(&set));
}

absl::string_view NameOf(kernels::Target target) {
  const auto name = kernels::TargetName(target);
  return absl::string_view(name.data(), name.size());
}

std::vector<std::string> Names(absl::Span<const kernels::Target> targets) {
  std::vector<std::string> names;
  for (const kernels::Target t : targets) names.emplace_back(NameOf(t));
  return names;
}

bool Contains(absl::Span<const kernels::Target> targets, kernels::Target target) {
  return std::find(targets.begin(), targets.end(), target) != targets.end();
}

absl::StatusOr<kernels::Target> ChooseTarget(absl::string_view asked) {
  const char* environment = std::getenv("PAWL_TARGET");
  const bool from_environment = asked.empty() && environment != nullptr;
  if (from_environment) asked = environment;
  if (asked.empty()) return kernels::BestTarget();
  const auto target = kernels::ParseTarget({asked.data(), asked.size()});
  const char* where = from_environment ? " (from PAWL_TARGET)" : "";
  const std::vector<std::string> compiled = Names(kernels::CompiledTargets());
  if (!target.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown target '", asked, "'", where, DidYouMean(asked, compiled)));
  }
  if (!Contains(kernels::SupportedTargets(), *target)) {
    const bool built = Contains(kernels::CompiledTargets(), *target);
    return absl::InvalidArgumentError(absl::StrCat(
        built ? "this CPU lacks target '" : "this build has no kernels for target '", asked, "'",
        where, "; it can run ", absl::StrJoin(Names(kernels::SupportedTargets()), ", ")));
  }
  return *target;
}

}  // namespace

Context::Context(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Context::~Context() = default;

absl::StatusOr<std::unique_ptr<Context>> Context::Create(const ContextOptions& options) {
  if (options.threads < 0 || options.threads > kMaxThreads) {
    return absl::InvalidArgumentError(
        absl::StrCat("threads is ", options.threads, "; it must be 0 (all) to ", kMaxThreads));
  }
  auto impl = std::make_unique<Impl>(options);
  PAWL_ASSIGN_OR_RETURN(impl->target, ChooseTarget(options.target));
  const int threads = options.threads > 0 ? options.threads : AvailableThreads();
  if (options.parallel_for) {
    impl->scratch.resize(static_cast<size_t>(threads));
    impl->host_workers = std::vector<std::atomic<std::thread::id>>(impl->scratch.size());
  } else {
    impl->pool = std::make_unique<ThreadPool>(threads, std::max(0, options.spin_microseconds));
    impl->scratch.resize(static_cast<size_t>(impl->pool->threads()));
  }
  return std::unique_ptr<Context>(new Context(std::move(impl)));
}

int Context::threads() const { return static_cast<int>(impl_->scratch.size()); }

absl::string_view Context::target() const { return NameOf(impl_->target); }

void Context::Impl::HostParallelFor(int64_t count, absl::FunctionRef<void(int64_t, int)> task) {
  if (count <= 0) return;
  const std::thread::id self = std::this_thread::get_id();
  if (host_busy.exchange(true, std::memory_order_acquire)) {
    // From inside a task: scratch memory goes by the worker, so it keeps its number.
    int worker = 0;
    for (size_t i = 0; i < host_workers.size(); ++i) {
      if (host_workers[i].load(std::memory_order_relaxed) == self) worker = static_cast<int>(i);
    }
    for (int64_t i = 0; i < count; ++i) task(i, worker);
    return;
  }
  const auto run = [&](int64_t i, int worker) {
    std::atomic<std::thread::id>& own = host_workers[static_cast<size_t>(worker)];
    own.store(std::this_thread::get_id(), std::memory_order_relaxed);
    task(i, worker);
    own.store(std::thread::id(), std::memory_order_relaxed);
  };
  options.parallel_for(count, std::cref(run));  // by reference: no allocation
  host_busy.store(false, std::memory_order_release);
}

void Context::ParallelFor(int64_t count, absl::FunctionRef<void(int64_t, int)> task) {
  const auto run = [&](int64_t i, int worker) {
    // The host's threads may flush denormals or round otherwise; codes must not depend on it.
    const kernels::FloatEnvironment environment;
    task(i, worker);
  };
  if (impl_->pool != nullptr) return impl_->pool->Run(count, run);
  impl_->HostParallelFor(count, run);
}

void* Context::Scratch(int worker, size_t bytes) {
  Impl::Scratch& scratch = impl_->scratch[static_cast<size_t>(worker)];
  if (scratch.bytes >= bytes && scratch.memory != nullptr) return scratch.memory;
  if (bytes > std::numeric_limits<size_t>::max() / 2) return nullptr;
  const size_t rounded = (std::max<size_t>(bytes, 1) + kAlignment - 1) / kAlignment * kAlignment;
  std::free(scratch.memory);
  scratch.memory = std::aligned_alloc(kAlignment, rounded);
  scratch.bytes = scratch.memory != nullptr ? rounded : 0;
  return scratch.memory;
}

void Context::Cancel() { impl_->cancelled.store(true, std::memory_order_relaxed); }
bool Context::cancelled() const { return impl_->cancelled.load(std::memory_order_relaxed); }
void Context::ResetCancel() { impl_->cancelled.store(false, std::memory_order_relaxed); }

void Context::Log(LogLevel level, absl::string_view message) const {
  if (impl_->options.log) impl_->options.log(level, message);
}

void Context::Report(const Progress& progress) { impl_->progress.Report(progress); }

void Context::LatestProgress(uint64_t* done, uint64_t* total) const {
  impl_->progress.Latest(done, total);
}

ProgressTracker& TrackerOf(Context& context) { return context.impl()->progress; }

namespace {

template <typename Source>
std::vector<absl::string_view> NameList(Source targets) {
  std::vector<absl::string_view> names;
  for (const kernels::Target t : targets) names.push_back(NameOf(t));
  return names;
}

}  // namespace

std::vector<absl::string_view> TargetNames() { return NameList(kernels::CompiledTargets()); }
std::vector<absl::string_view> SupportedTargets() { return NameList(kernels::SupportedTargets()); }

kernels::Target TargetOf(const Context* context) {
  return context != nullptr ? context->impl()->target : kernels::BestTarget();
}

absl::Status ForRanges(Context* context, int64_t count, int64_t step, size_t scratch_bytes,
                       absl::FunctionRef<void(int64_t, int64_t, void*)> fn) {
  step = std::max<int64_t>(1, step);
  if (count <= 0) return absl::OkStatus();
  const auto no_memory = [] {
    return absl::ResourceExhaustedError("no memory for the temporaries of a task");
  };
  if (context == nullptr) {
    PAWL_ASSIGN_OR_RETURN(Tensor scratch,
                          Tensor::Create(DType::kU8, {static_cast<int64_t>(scratch_bytes)}));
    const kernels::FloatEnvironment environment;
    try {
      for (int64_t begin = 0; begin < count; begin += step) {
        fn(begin, std::min(count, begin + step), scratch.mutable_data());
      }
    } catch (const std::bad_alloc&) {
      return no_memory();
    }
    return absl::OkStatus();
  }
  for (int worker = 0; worker < context->threads(); ++worker) {
    if (context->Scratch(worker, scratch_bytes) == nullptr) {
      return absl::ResourceExhaustedError(
          absl::StrCat("no memory for ", scratch_bytes, " bytes of scratch"));
    }
  }
  std::atomic<bool> failed{false};
  const int64_t tasks = (count + step - 1) / step;
  ProgressTasks progress(*context, tasks);
  context->ParallelFor(tasks, [&](int64_t task, int worker) {
    if (context->cancelled() || failed.load(std::memory_order_relaxed) || progress.failed()) return;
    try {
      fn(task * step, std::min(count, (task + 1) * step), context->Scratch(worker, scratch_bytes));
    } catch (const std::bad_alloc&) {
      failed.store(true, std::memory_order_relaxed);  // leaving a worker it would end the process
      return;
    }
    progress.Done();
  });
  if (failed.load(std::memory_order_relaxed)) return no_memory();
  if (context->cancelled()) return absl::CancelledError("cancelled by the caller");
  progress.Finish();
  return absl::OkStatus();
}

}  // namespace pawl
