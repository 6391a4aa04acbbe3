// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Context: threads, instruction-set target, logging, progress and cancellation of a piece of work.

#ifndef PAWL_INCLUDE_PAWL_CONTEXT_H_
#define PAWL_INCLUDE_PAWL_CONTEXT_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace pawl {

enum class LogLevel : uint8_t { kDebug = 0, kInfo = 1, kWarning = 2, kError = 3 };

struct Progress {
  absl::string_view stage;  // "quantize", "write" ...
  absl::string_view item;   // tensor or layer at hand
  uint64_t done = 0;        // in `unit`s
  uint64_t total = 0;       // 0 when not known
  absl::string_view unit;   // "bytes", "samples"
};

// Runs task(i, worker) for each i in [0, count), worker in [0, threads), returning when all are
// done.
using HostParallelFor =
    std::function<void(int64_t count, const std::function<void(int64_t, int)>& task)>;

struct ContextOptions {
  int threads = 0;          // 0: as many as the process may run on
  std::string target = {};  // name as in TargetNames(); empty: $PAWL_TARGET, else the best
  int spin_microseconds =
      50;  // how long an idle worker spins before it sleeps; at most 100 advised
  HostParallelFor parallel_for =
      {};  // the host's pool instead of the context's own; `threads` workers
  std::function<void(LogLevel, absl::string_view)> log = {};  // on the calling thread
  std::function<void(const Progress&)> progress = {};         // on the calling thread
};

// Serves one thread at a time; cancel() alone may come from any thread (and from a signal handler).
// Objects made with a context (tensors, packed layers) do not keep a reference to it.
class Context {
 public:
  // Errors: InvalidArgument for an unknown target (the message lists the known ones) or one that
  // this CPU lacks, and for a thread count outside [0, 1024].
  static absl::StatusOr<std::unique_ptr<Context>> Create(const ContextOptions& options = {});
  ~Context();
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;

  int threads() const;
  absl::string_view target() const;

  // Spreads count tasks over the workers, the caller among them; tasks must not throw. Nested calls
  // run on the caller. After a fork() the child's calls run on the caller's thread alone.
  void ParallelFor(int64_t count, absl::FunctionRef<void(int64_t task, int worker)> task);

  // Memory for one worker's temporaries, kept from call to call: at least `bytes`, 64-byte aligned.
  // Null when it cannot be had. Valid until the next call with the same worker.
  void* Scratch(int worker, size_t bytes);

  void Cancel();  // jobs return Cancelled at the next step, until Reset
  bool cancelled() const;
  void ResetCancel();

  void Log(LogLevel level, absl::string_view message) const;
  void Report(const Progress& progress);
  // The last Report, for hosts that poll instead of being called; any thread.
  void LatestProgress(uint64_t* done, uint64_t* total) const;

  struct Impl;
  Impl* impl() const { return impl_.get(); }

 private:
  explicit Context(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// Names of the targets that were compiled in, worst first: "scalar", "sse2" ... Those that this CPU
// can run come from SupportedTargets(). The names live as long as the library.
std::vector<absl::string_view> TargetNames();
std::vector<absl::string_view> SupportedTargets();

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_CONTEXT_H_
