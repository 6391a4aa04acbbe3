// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/progress.h"

#include <algorithm>
#include <utility>

namespace pawl {
namespace {

// An item is told of at most about so many times, and not more often than every so many units.
constexpr uint64_t kMostSteps = 128;
constexpr uint64_t kLeastStep = uint64_t{1} << 18;

}  // namespace

ProgressTracker::ProgressTracker(std::function<void(const Progress&)> callback)
    : callback_(std::move(callback)) {}

void ProgressTracker::Report(const Progress& progress) {
  left_ = true;
  total_.store(progress.total, std::memory_order_relaxed);
  done_.store(progress.done, std::memory_order_relaxed);
  if (callback_) callback_(progress);
}

void ProgressTracker::Return(uint64_t done) {
  if (!left_) return;
  left_ = false;
  total_.store(item_.total, std::memory_order_relaxed);
  done_.store(done, std::memory_order_relaxed);
}

void ProgressTracker::Latest(uint64_t* done, uint64_t* total) const {
  *done = done_.load(std::memory_order_relaxed);
  *total = total_.load(std::memory_order_relaxed);
}

void ProgressTracker::Raise(uint64_t done) {
  uint64_t old = done_.load(std::memory_order_relaxed);
  while (old < done && !done_.compare_exchange_weak(old, done, std::memory_order_relaxed)) {
  }
}

void ProgressTracker::MoveTo(uint64_t done) {
  Raise(done);
  if (done < item_.done + step_) return;
  item_.done = done;
  if (callback_) callback_(item_);
}

ProgressPart::ProgressPart(ProgressTracker* tracker, uint64_t begin, uint64_t end, ProgressUse use)
    : tracker_(tracker),
      parent_(tracker->part_),
      begin_(begin),
      end_(end),
      cursor_(begin),
      use_(use) {
  tracker_->part_ = this;
}

ProgressPart::ProgressPart(Context* context, double share, ProgressUse use)
    : tracker_(context != nullptr && TrackerOf(*context).part_ != nullptr ? &TrackerOf(*context)
                                                                          : nullptr),
      parent_(tracker_ != nullptr ? tracker_->part_ : nullptr),
      use_(use) {
  if (tracker_ == nullptr) return;
  begin_ = cursor_ = parent_->cursor_;
  const uint64_t wanted = parent_->At(parent_->begin_, share) - parent_->begin_;
  end_ = begin_ + std::min(wanted, parent_->end_ - begin_);
  tracker_->part_ = this;
}

ProgressPart::~ProgressPart() {
  if (tracker_ == nullptr) return;
  tracker_->part_ = parent_;
  if (parent_ != nullptr) parent_->cursor_ = end_;
}

uint64_t ProgressPart::At(uint64_t from, double fraction) const {
  const auto length = static_cast<double>(end_ - from) * std::clamp(fraction, 0.0, 1.0);
  return from + std::min(end_ - from, static_cast<uint64_t>(length));
}

void ProgressPart::Advance(double share) {
  if (tracker_ == nullptr) return;
  tracker_->Return(cursor_);
  cursor_ = std::max(cursor_, At(begin_, share));
  tracker_->MoveTo(cursor_);
}

ProgressItem::ProgressItem(Context& context, const Progress& progress, uint64_t size)
    // The last unit of an item is done when the job says so.
    : root_(&TrackerOf(context), progress.done, progress.done + std::max<uint64_t>(size, 1) - 1,
            ProgressUse::kParts) {
  ProgressTracker& tracker = *root_.tracker_;
  tracker.item_ = progress;
  tracker.step_ = std::max(kLeastStep, size / kMostSteps);
  tracker.Report(progress);
}

ProgressTasks::ProgressTasks(Context& context, int64_t count)
    : count_(count), caller_(std::this_thread::get_id()) {
  ProgressTracker& tracker = TrackerOf(context);
  if (tracker.part_ == nullptr) return;
  tracker_ = &tracker;
  part_ = std::exchange(tracker.part_, nullptr);
  tracker.Return(part_->cursor_);
}

ProgressTasks::~ProgressTasks() {
  if (tracker_ != nullptr) tracker_->part_ = part_;
}

void ProgressTasks::Done() noexcept {
  if (tracker_ == nullptr || part_->use_ == ProgressUse::kParts) return;
  const int64_t finished = finished_.fetch_add(1, std::memory_order_relaxed) + 1;
  const uint64_t done =
      part_->At(part_->cursor_, static_cast<double>(finished) / static_cast<double>(count_));
  if (std::this_thread::get_id() != caller_) return tracker_->Raise(done);
  try {
    tracker_->MoveTo(done);
  } catch (...) {
    thrown_ = std::current_exception();
    failed_.store(true, std::memory_order_relaxed);
  }
}

void ProgressTasks::Finish() {
  if (thrown_) std::rethrow_exception(std::exchange(thrown_, nullptr));
  if (tracker_ == nullptr || part_->use_ == ProgressUse::kParts) return;
  part_->cursor_ = part_->end_;
  tracker_->MoveTo(part_->end_);
}

}  // namespace pawl
