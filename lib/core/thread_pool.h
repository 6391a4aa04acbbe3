// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_THREAD_POOL_H_
#define PAWL_LIB_CORE_THREAD_POOL_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "absl/functional/function_ref.h"

namespace pawl {

// A context's own workers. The caller is worker 0; the others spin for a while after a call, so
// that the next one starts without a system call, and then sleep. A run waits for the tasks that a
// worker took, never for a worker that did not come: where others use the machine's processors, a
// call of microseconds would otherwise take as long as the system needs to give the worker one.
// Each worker begins with its own share of the tasks, the same one in every run of as many tasks,
// so that layers that are run again and again find their weights in the caches of the same
// processors. Highway's pool waits for all, has no bound on its spinning and no word on fork, which
// is why this one exists.
class ThreadPool {
 public:
  // Starts threads-1 workers (fewer where the system refuses more).
  ThreadPool(int threads, int spin_microseconds);
  ~ThreadPool();
  ThreadPool(const ThreadPool&) = delete;
  ThreadPool& operator=(const ThreadPool&) = delete;

  int threads() const { return static_cast<int>(workers_->size()) + 1; }

  // Returns when all tasks are done. From inside a task, and in the child of a fork, the tasks run
  // on the calling thread alone.
  void Run(int64_t count, absl::FunctionRef<void(int64_t, int)> task);

 private:
  void WorkerLoop(int worker);
  void Share(int64_t count);
  void Drain(int worker);
  bool Enter();         // false once the run is closed
  void CloseAndWait();  // lets no worker in any more, and returns when those inside have left
  bool SpinUntilChanged(const std::atomic<uint32_t>& value, uint32_t old) const;
  int CurrentWorker() const;

  using Task = absl::FunctionRef<void(int64_t, int)>;
  struct alignas(
      64) Tasks {  // apart in the cache: each is counted by its own worker most of the time
    std::atomic<int64_t> next{0};
    int64_t end = 0;
  };

  const int spin_microseconds_;
  const pid_t owner_process_;
  static constexpr uint32_t kOpen = 1U << 31;

  std::atomic<uint32_t> epoch_{0};  // counts runs: what workers watch
  std::atomic<uint32_t> gate_{
      0};  // kOpen while a run has tasks to give, plus the workers inside it
  std::atomic<bool> busy_{false};
  std::atomic<bool> stop_{false};
  std::vector<Tasks> shares_;  // a share for each thread that was asked for
  const Task* task_ = nullptr;
  // Behind a pointer so that the child of a fork, where the threads do not exist, can leak them.
  std::unique_ptr<std::vector<std::thread>> workers_;
};

}  // namespace pawl

#endif  // PAWL_LIB_CORE_THREAD_POOL_H_
