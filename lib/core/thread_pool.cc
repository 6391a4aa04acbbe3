// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/thread_pool.h"

#include <unistd.h>

#include <chrono>
#include <exception>

namespace pawl {
namespace {

inline void Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield" ::: "memory");
#endif
}

}  // namespace

ThreadPool::ThreadPool(int threads, int spin_microseconds)
    : spin_microseconds_(spin_microseconds),
      owner_process_(getpid()),
      shares_(static_cast<size_t>(threads)),
      workers_(std::make_unique<std::vector<std::thread>>()) {
  workers_->reserve(static_cast<size_t>(threads));
  for (int worker = 1; worker < threads; ++worker) {
    try {
      workers_->emplace_back([this, worker] { WorkerLoop(worker); });
    } catch (const std::exception&) {
      break;  // the system has no more threads or memory; the context works with those it got
    }
  }
}

ThreadPool::~ThreadPool() {
  if (getpid() != owner_process_) {
    // Joining threads of another process would wait for ever.
    [[maybe_unused]] const auto* left = workers_.release();
    return;
  }
  stop_.store(true, std::memory_order_relaxed);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  for (std::thread& worker : *workers_) worker.join();
}

bool ThreadPool::SpinUntilChanged(const std::atomic<uint32_t>& value, uint32_t old) const {
  using Clock = std::chrono::steady_clock;
  const Clock::time_point end = Clock::now() + std::chrono::microseconds(spin_microseconds_);
  // A pause only now and then: hypervisors take a virtual CPU that pauses again and again for one
  // that waits for another, and interrupt it for microseconds.
  constexpr int kLooks = 64;
  do {
    for (int i = 0; i < kLooks; ++i) {
      if (value.load(std::memory_order_acquire) != old) return true;
    }
    Pause();
  } while (Clock::now() < end);
  return false;
}

int ThreadPool::CurrentWorker() const {
  const std::thread::id self = std::this_thread::get_id();
  for (size_t i = 0; i < workers_->size(); ++i) {
    if ((*workers_)[i].get_id() == self) return static_cast<int>(i) + 1;
  }
  return 0;
}

void ThreadPool::Share(int64_t count) {
  const auto workers = static_cast<int64_t>(shares_.size());
  int64_t begin = 0;
  for (int64_t worker = 0; worker < workers; ++worker) {
    const int64_t end = begin + count / workers + (worker < count % workers ? 1 : 0);
    Tasks& share = shares_[static_cast<size_t>(worker)];
    share.next.store(begin, std::memory_order_relaxed);
    share.end = end;
    begin = end;
  }
}

void ThreadPool::Drain(int worker) {
  const size_t workers = shares_.size();
  for (size_t i = 0; i < workers; ++i) {
    Tasks& share = shares_[(static_cast<size_t>(worker) + i) % workers];
    while (share.next.load(std::memory_order_relaxed) < share.end) {
      const int64_t task = share.next.fetch_add(1, std::memory_order_relaxed);
      if (task < share.end) (*task_)(task, worker);
    }
  }
}

void ThreadPool::WorkerLoop(int worker) {
  uint32_t seen = 0;
  while (true) {
    if (!SpinUntilChanged(epoch_, seen)) epoch_.wait(seen, std::memory_order_acquire);
    const uint32_t epoch = epoch_.load(std::memory_order_acquire);
    if (epoch == seen) continue;
    seen = epoch;
    if (stop_.load(std::memory_order_relaxed)) return;
    if (!Enter()) continue;
    Drain(worker);
    if (gate_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      gate_.notify_one();  // closed, and this was the last
  }
}

bool ThreadPool::Enter() {
  uint32_t gate = gate_.load(std::memory_order_relaxed);
  while ((gate & kOpen) != 0) {
    if (gate_.compare_exchange_weak(gate, gate + 1, std::memory_order_acq_rel,
                                    std::memory_order_relaxed))
      return true;
  }
  return false;
}

void ThreadPool::CloseAndWait() {
  uint32_t gate = gate_.fetch_and(~kOpen, std::memory_order_acq_rel) & ~kOpen;
  for (; gate != 0; gate = gate_.load(std::memory_order_acquire)) {
    if (!SpinUntilChanged(gate_, gate)) gate_.wait(gate, std::memory_order_acquire);
  }
}

void ThreadPool::Run(int64_t count, Task task) {
  const bool alone = count <= 1 || workers_->empty() || getpid() != owner_process_;
  if (alone || busy_.exchange(true, std::memory_order_acquire)) {
    // A task that runs tasks must keep its own worker number: scratch memory goes by it.
    const int worker = busy_.load(std::memory_order_relaxed) ? CurrentWorker() : 0;
    for (int64_t i = 0; i < count; ++i) task(i, worker);
    return;
  }
  task_ = &task;
  Share(count);
  gate_.store(kOpen, std::memory_order_release);
  epoch_.fetch_add(1, std::memory_order_release);
  epoch_.notify_all();
  Drain(0);
  CloseAndWait();
  task_ = nullptr;
  busy_.store(false, std::memory_order_release);
}

}  // namespace pawl
