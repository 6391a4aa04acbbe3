// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Progress within one step of a job, such as a large tensor: the job says what the step is, methods
// say what share of it each of their parts takes, and ForRanges moves the part at hand with each
// task that is done.
//
//   ProgressItem item(context, {"quantize", name, done, total, "bytes"}, bytes of the tensor);
//   {
//     ProgressPart fit(&context, 0.7);
//     PAWL_RETURN_IF_ERROR(ForRanges(&context, ...));     from done to done + 0.7 * bytes
//   }
//   ProgressPart encode(&context, 0.3);
//   return ForRanges(&context, ...);
//
// All of it is for the thread that the context serves, but for ProgressTasks::Done. Within tasks
// there is neither item nor part, so that what they call moves nothing.

#ifndef PAWL_LIB_CORE_PROGRESS_H_
#define PAWL_LIB_CORE_PROGRESS_H_

#include <atomic>
#include <cstdint>
#include <exception>
#include <functional>
#include <thread>

#include "pawl/context.h"

namespace pawl {

class ProgressPart;

// A context's progress. What is told within an item never falls, and stays below the item's end.
class ProgressTracker {
 public:
  explicit ProgressTracker(std::function<void(const Progress&)> callback);
  ProgressTracker(const ProgressTracker&) = delete;
  ProgressTracker& operator=(const ProgressTracker&) = delete;

  void Report(const Progress& progress);
  void Latest(uint64_t* done, uint64_t* total) const;  // any thread

 private:
  friend class ProgressItem;
  friend class ProgressPart;
  friend class ProgressTasks;

  // Where something else was reported meanwhile (a model's run for the item's inputs, say).
  void Return(uint64_t done);
  void Raise(uint64_t done);  // any thread
  // Raises, and calls back where enough was done since the last call.
  void MoveTo(uint64_t done);

  const std::function<void(const Progress&)> callback_;
  std::atomic<uint64_t> done_{0};
  std::atomic<uint64_t> total_{0};
  Progress item_;                 // as it was told last
  uint64_t step_ = 0;             // between two calls
  bool left_ = false;             // something else was reported
  ProgressPart* part_ = nullptr;  // the innermost
};

// Of a context.
ProgressTracker& TrackerOf(Context& context);

// Divides its range among the parts within; what else spreads there moves nothing.
enum class ProgressUse : uint8_t { kTasks = 0, kParts = 1 };

class ProgressPart {
 public:
  // The next `share` of the enclosing part, at most what is left of it; of nothing, and without
  // effect, where there is none or no context. `share` in [0, 1].
  ProgressPart(Context* context, double share, ProgressUse use = ProgressUse::kTasks);
  // The enclosing part stands at this one's end then.
  ~ProgressPart();
  ProgressPart(const ProgressPart&) = delete;
  ProgressPart& operator=(const ProgressPart&) = delete;

  // For loops that are no ForRanges: this share of the part is done. May call back.
  void Advance(double share);

 private:
  friend class ProgressItem;
  friend class ProgressTasks;
  ProgressPart(ProgressTracker* tracker, uint64_t begin, uint64_t end, ProgressUse use);
  uint64_t At(uint64_t from, double fraction) const;

  ProgressTracker* const tracker_;  // null: without effect
  ProgressPart* const parent_;
  uint64_t begin_ = 0, end_ = 0;
  uint64_t cursor_ = 0;
  const ProgressUse use_;
};

// Reports `progress` and is then [progress.done, progress.done + size) of it. Its texts must
// outlive this.
class ProgressItem {
 public:
  ProgressItem(Context& context, const Progress& progress, uint64_t size);

 private:
  ProgressPart root_;
};

// The tasks of one ForRanges, over what is left of the innermost part.
class ProgressTasks {
 public:
  ProgressTasks(Context& context, int64_t count);
  ~ProgressTasks();
  ProgressTasks(const ProgressTasks&) = delete;
  ProgressTasks& operator=(const ProgressTasks&) = delete;

  void Done() noexcept;  // one task more; any thread
  // A callback threw: nothing else need be done.
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  // After all tasks. Throws what a callback threw.
  void Finish();

 private:
  ProgressTracker* tracker_ = nullptr;
  ProgressPart* part_ = nullptr;
  const int64_t count_;
  const std::thread::id caller_;
  std::atomic<int64_t> finished_{0};
  std::atomic<bool> failed_{false};
  std::exception_ptr thrown_;  // of the caller's thread
};

}  // namespace pawl

#endif  // PAWL_LIB_CORE_PROGRESS_H_
