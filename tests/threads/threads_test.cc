// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The thread contract as hosts use it: packed layers and readers are shared, each thread has
// a context of its own, pools are the host's, processes fork, and cancelling and progress cross
// threads. Made for the thread sanitizer, and right without it.

#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/container.h"
#include "pawl/linear.h"
#include "pawl/quantizer.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {
namespace {

#ifdef __SANITIZE_THREAD__
constexpr int kThreadsAfterFork = 1;  // its runtime starts none in the child of a fork
#else
constexpr int kThreadsAfterFork = 3;
#endif

constexpr int64_t kOut = 96;
constexpr int64_t kIn = 128;
constexpr int64_t kRows = 5;

// A host's pool: its workers take whatever any of the host's threads hands in.
class HostPool {
 public:
  explicit HostPool(int workers) {
    for (int i = 0; i < workers; ++i) threads_.emplace_back([this] { Work(); });
  }
  ~HostPool() {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      stop_ = true;
    }
    wake_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  // Worker numbers are slots of the call: slot 0 is the caller's.
  HostParallelFor ParallelFor(int slots) {
    return [this, slots](int64_t count, const std::function<void(int64_t, int)>& task) {
      std::atomic<int> left{slots - 1};
      const auto run = [&task, count, slots](int slot) {
        for (int64_t i = slot; i < count; i += slots) task(i, slot);
      };
      for (int slot = 1; slot < slots; ++slot) {
        Push([&left, &run, slot] {
          run(slot);
          left.fetch_sub(1, std::memory_order_release);
        });
      }
      run(0);
      while (left.load(std::memory_order_acquire) > 0) std::this_thread::yield();
    };
  }

 private:
  void Push(std::function<void()> job) {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      jobs_.push_back(std::move(job));
    }
    wake_.notify_one();
  }
  void Work() {
    std::unique_lock<std::mutex> lock(mutex_);
    while (true) {
      wake_.wait(lock, [this] { return stop_ || !jobs_.empty(); });
      if (jobs_.empty()) return;
      const std::function<void()> job = std::move(jobs_.front());
      jobs_.pop_front();
      lock.unlock();
      job();
      lock.lock();
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void()>> jobs_;
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

// A packed layer, an input, and what comes out of it.
struct Shared {
  Shared()
      : layer(*QuantizedLinear::Create(
            *Quantize(GaussianTensor(DType::kF32, {kOut, kIn}, 1), *ParseScheme("int4:g32")),
            {.mode = LinearMode::kDynamicInt8})),
        x(Gaussian(kRows * kIn, 2)) {
    want = Outputs(*MakeContext(1));
  }

  absl::Status Run(Context& context, std::vector<float>* y) const {
    y->assign(kRows * kOut, 0.0f);
    return layer.Run({x.data(), DType::kF32, kRows, kIn}, {y->data(), DType::kF32, kRows, kOut},
                     context);
  }
  // Nothing after an error.
  std::vector<float> Outputs(Context& context) const {
    std::vector<float> y;
    return Run(context, &y).ok() ? y : std::vector<float>();
  }

  QuantizedLinear layer;
  std::vector<float> x;
  std::vector<float> want;
};

// Calls `body` on several threads at once; the number of calls that returned false.
int Faults(int threads, const std::function<bool(int)>& body) {
  std::atomic<int> faults{0};
  std::vector<std::thread> running;
  for (int i = 0; i < threads; ++i) {
    running.emplace_back([&, i] {
      if (!body(i)) ++faults;
    });
  }
  for (std::thread& thread : running) thread.join();
  return faults;
}

// Whether `body` returns true in the child of a fork.
bool TrueInChild(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body() ? 0 : 1);
  int status = -1;
  return waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("Host threads share a layer and the host's pool, each with its own context") {
  const Shared shared;
  HostPool pool(3);
  CHECK(Faults(4, [&](int thread) {
          ContextOptions options;
          options.threads = 2 + thread % 2;
          options.parallel_for = pool.ParallelFor(options.threads);
          const auto context = *Context::Create(options);
          for (int run = 0; run < 30; ++run) {
            if (shared.Outputs(*context) != shared.want) return false;
          }
          return true;
        }) == 0);
}

TEST_CASE("Contexts come and go on many threads, while others run") {
  const Shared shared;
  CHECK(Faults(6, [&](int thread) {
          for (int i = 0; i < 15; ++i) {
            ContextOptions options;
            options.threads = 1 + (thread + i) % 4;
            options.spin_microseconds = i % 2 == 0 ? 0 : 50;
            const auto context = *Context::Create(options);
            if (i % 5 == 4) continue;  // destroyed without a call
            if (shared.Outputs(*context) != shared.want) return false;
          }
          return true;
        }) == 0);
}

TEST_CASE("A host that forks: before a pool worked, after, and while other threads run") {
  const Shared shared;
  const auto fresh = MakeContext(3);
  const auto used = MakeContext(3);
  REQUIRE(shared.Outputs(*used) == shared.want);
  const auto works = [&](Context& inherited) {
    return TrueInChild([&] {
      if (shared.Outputs(inherited) != shared.want) return false;
      return shared.Outputs(*MakeContext(kThreadsAfterFork)) == shared.want;
    });
  };
  CHECK(works(*fresh));
  CHECK(works(*used));
  std::atomic<bool> stop{false};
  std::thread other([&] {
    const auto context = MakeContext(2);
    while (!stop) shared.Outputs(*context);
  });
  for (int i = 0; i < 5; ++i) CHECK(works(*used));
  stop = true;
  other.join();
  // The parent's pools are what they were.
  CHECK(shared.Outputs(*fresh) == shared.want);
  CHECK(shared.Outputs(*used) == shared.want);
  // In the child, a context of the parent may also be destroyed.
  CHECK(TrueInChild([] {
    const auto context = MakeContext(kThreadsAfterFork);
    return context != nullptr;
  }));
  auto doomed = MakeContext(3);
  REQUIRE(shared.Outputs(*doomed) == shared.want);
  CHECK(TrueInChild([&] {
    doomed.reset();
    return true;
  }));
}

TEST_CASE("A run that is cancelled from another thread is whole or says so") {
  const Shared shared;
  const auto context = MakeContext(3);
  std::atomic<bool> stop{false};
  std::thread canceller([&] {
    while (!stop) {
      context->Cancel();
      std::this_thread::yield();
    }
  });
  int faults = 0;
  for (int run = 0; run < 200; ++run) {
    context->ResetCancel();
    std::vector<float> y;
    const absl::Status status = shared.Run(*context, &y);
    if (!status.ok() && !absl::IsCancelled(status)) ++faults;
    if (status.ok() && y != shared.want) ++faults;
  }
  stop = true;
  canceller.join();
  CHECK(faults == 0);
  context->ResetCancel();
  CHECK(shared.Outputs(*context) == shared.want);
}

TEST_CASE("A job is cancelled, and its progress polled, from other threads") {
  const JobSetup setup("codebook2");
  for (int round = 0; round < 6; ++round) {
    const auto context = MakeContext(2);
    std::atomic<bool> ended{false};
    std::atomic<int> backwards{0};
    std::thread watcher([&] {
      uint64_t last = 0;
      while (!ended) {
        uint64_t done = 0;
        uint64_t total = 0;
        context->LatestProgress(&done, &total);
        if (done < last) ++backwards;
        last = done;
        if (total > 0 && done >= total * static_cast<uint64_t>(round) / 5) context->Cancel();
        std::this_thread::yield();
      }
    });
    const absl::Status status = RunJob(setup.job, *context).status();
    ended = true;
    watcher.join();
    CHECK(backwards == 0);
    CHECK((status.ok() || absl::IsCancelled(status)));
    CHECK(setup.folder.NumFiles() == (status.ok() ? 2 : 1));
    std::filesystem::remove(setup.job.output);
  }
}

TEST_CASE("Several jobs run at once, and readers are shared") {
  const JobSetup setup("int8");
  REQUIRE(RunJob(setup.job, *MakeContext(1)).ok());
  const std::string whole = ReadAll(setup.job.output);
  CHECK(Faults(4, [&](int thread) {
          Job job = setup.job;
          job.output = setup.folder.Path(absl::StrCat("out", thread));
          return RunJob(job, *MakeContext(2)).ok() && ReadAll(job.output) == whole;
        }) == 0);
  const auto reader = *PawlReader::Open(setup.job.output);
  CHECK(Faults(4, [&](int) {
          for (const std::string& name : reader->names()) {
            const absl::StatusOr<PawlEntry> entry = reader->Entry(name);
            if (!entry.ok()) return false;
            const absl::Status got =
                entry->quantized ? reader->Get(name).status() : reader->GetPlain(name).status();
            if (!got.ok()) return false;
            reader->Release(name);
          }
          return reader->Verify().ok();
        }) == 0);
}

}  // namespace pawl
