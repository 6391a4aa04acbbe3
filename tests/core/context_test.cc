// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/context.h"

#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <catch2/catch_test_macros.hpp>
#include <new>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "lib/core/context_internal.h"

namespace pawl {
namespace {

std::unique_ptr<Context> Make(int threads) {
  ContextOptions options;
  options.threads = threads;
  return *Context::Create(options);
}

TEST_CASE("each task runs once, whatever the number of threads") {
  for (const int threads : {1, 2, 3, 8}) {
    const auto context = Make(threads);
    CHECK(context->threads() == threads);
    for (int round = 0; round < 200; ++round) {
      const int64_t count = round % 17;
      std::vector<std::atomic<int>> hits(static_cast<size_t>(count) + 1);
      context->ParallelFor(count, [&](int64_t i, int worker) {
        if (worker >= 0 && worker < threads) hits[static_cast<size_t>(i)].fetch_add(1);
      });
      for (int64_t i = 0; i < count; ++i) REQUIRE(hits[static_cast<size_t>(i)].load() == 1);
    }
  }
}

TEST_CASE("sleeping workers wake up again") {
  ContextOptions options;
  options.threads = 3;
  options.spin_microseconds = 0;
  const auto context = *Context::Create(options);
  for (int round = 0; round < 20; ++round) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    std::atomic<int> sum{0};
    context->ParallelFor(50, [&](int64_t i, int) { sum += static_cast<int>(i); });
    REQUIRE(sum.load() == 1225);
  }
}

sem_t* held_back = nullptr;

extern "C" void HoldBack(int) {
  sem_post(&held_back[0]);
  while (sem_wait(&held_back[1]) != 0) {
  }
}

// A worker held in a signal handler is like one that the system gives no processor.
TEST_CASE("a run does not wait for a worker that does not come") {
  const auto context = Make(2);
  std::atomic<int> begun{0};
  pthread_t worker_thread{};
  context->ParallelFor(2, [&](int64_t, int worker) {
    if (worker == 1) worker_thread = pthread_self();
    begun.fetch_add(1);
    while (begun.load() < 2) std::this_thread::yield();
  });
  sem_t semaphores[2];
  for (sem_t& semaphore : semaphores) REQUIRE(sem_init(&semaphore, 0, 0) == 0);
  held_back = semaphores;
  struct sigaction hold {};
  struct sigaction before {};
  hold.sa_handler = HoldBack;
  REQUIRE(sigaction(SIGUSR1, &hold, &before) == 0);
  REQUIRE(pthread_kill(worker_thread, SIGUSR1) == 0);
  while (sem_wait(&semaphores[0]) != 0) {
  }
  std::atomic<int> sum{0};
  std::atomic<int> others{0};
  for (int round = 0; round < 100; ++round) {
    context->ParallelFor(10, [&](int64_t i, int worker) {
      sum += static_cast<int>(i);
      others += worker;
    });
  }
  CHECK(sum.load() == 4500);
  CHECK(others.load() == 0);
  sem_post(&semaphores[1]);
  REQUIRE(sigaction(SIGUSR1, &before, nullptr) == 0);
  begun = 0;
  context->ParallelFor(2, [&](int64_t, int) {  // it takes part again: the second task waits for it
    begun.fetch_add(1);
    while (begun.load() < 2) std::this_thread::yield();
  });
  CHECK(begun.load() == 2);
}

TEST_CASE("a task may run tasks, on its own worker") {
  const auto context = Make(4);
  std::atomic<int> inner{0};
  std::atomic<int> strangers{0};
  context->ParallelFor(16, [&](int64_t, int outer_worker) {
    context->ParallelFor(4, [&](int64_t, int worker) {
      inner.fetch_add(1);
      if (worker != outer_worker) strangers.fetch_add(1);
    });
    context->ParallelFor(1, [&](int64_t, int worker) {
      if (worker != outer_worker) strangers.fetch_add(1);
    });
  });
  CHECK(inner.load() == 64);
  CHECK(strangers.load() == 0);
}

TEST_CASE("the child of a fork works alone") {
  const auto context = Make(4);
  context->ParallelFor(8, [](int64_t, int) {});
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    int sum = 0;
    context->ParallelFor(10, [&](int64_t i, int worker) { sum += static_cast<int>(i) + worker; });
    _exit(sum == 45 ? 0 : 1);
  }
  int status = 0;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("the host's own parallel-for is used") {
  ContextOptions options;
  options.threads = 2;
  int calls = 0;
  options.parallel_for = [&](int64_t count, const std::function<void(int64_t, int)>& task) {
    ++calls;
    std::thread other([&] {
      for (int64_t i = 1; i < count; i += 2) task(i, 1);
    });
    for (int64_t i = 0; i < count; i += 2) task(i, 0);
    other.join();
  };
  const auto context = *Context::Create(options);
  std::atomic<int> sum{0};
  context->ParallelFor(10, [&](int64_t i, int) { sum += static_cast<int>(i); });
  CHECK(sum.load() == 45);
  CHECK(calls == 1);
}

TEST_CASE("scratch grows and is aligned") {
  const auto context = Make(2);
  void* small = context->Scratch(0, 100);
  REQUIRE(small != nullptr);
  CHECK(context->Scratch(0, 50) == small);
  CHECK(reinterpret_cast<uintptr_t>(context->Scratch(1, 100000)) % 64 == 0);
  CHECK(context->Scratch(0, 0) == small);
}

TEST_CASE("targets are chosen by option and by environment") {
  const std::vector<absl::string_view> supported = SupportedTargets();
  REQUIRE_FALSE(supported.empty());
  CHECK(supported.front() == "scalar");
  for (const absl::string_view name : supported) {
    ContextOptions options;
    options.threads = 1;
    options.target = std::string(name);
    CHECK((*Context::Create(options))->target() == name);
    REQUIRE(setenv("PAWL_TARGET", options.target.c_str(), 1) == 0);
    CHECK(Make(1)->target() == name);
  }
  REQUIRE(setenv("PAWL_TARGET", "avx9", 1) == 0);
  const auto failed = Context::Create();
  CHECK_FALSE(failed.ok());
  CHECK(absl::StrContains(failed.status().message(), "PAWL_TARGET"));
  REQUIRE(unsetenv("PAWL_TARGET") == 0);
  CHECK(Make(1)->target() == supported.back());
  for (const absl::string_view name : TargetNames()) {
    if (std::find(supported.begin(), supported.end(), name) != supported.end()) continue;
    ContextOptions options;
    options.target = std::string(name);
    const auto refused = Context::Create(options);
    CHECK(absl::StrContains(refused.status().message(), "this CPU lacks"));
  }
}

TEST_CASE("bad thread counts are refused") {
  for (const int threads : {-1, 1025}) {
    ContextOptions options;
    options.threads = threads;
    CHECK_FALSE(Context::Create(options).ok());
  }
}

TEST_CASE("cancelling comes from any thread, progress can be polled or told") {
  ContextOptions options;
  options.threads = 1;
  std::string told;
  options.progress = [&](const Progress& p) { told = std::string(p.item); };
  const auto context = *Context::Create(options);
  std::thread([&] { context->Cancel(); }).join();
  CHECK(context->cancelled());
  context->ResetCancel();
  CHECK_FALSE(context->cancelled());
  context->Report({"quantize", "w", 3, 7, "bytes"});
  uint64_t done = 0;
  uint64_t total = 0;
  context->LatestProgress(&done, &total);
  CHECK(told == "w");
  CHECK(done == 3);
  CHECK(total == 7);
}

TEST_CASE("with the host's pool too a nested call stays on its worker") {
  ContextOptions options;
  options.threads = 2;
  int calls = 0;
  options.parallel_for = [&](int64_t count, const std::function<void(int64_t, int)>& task) {
    ++calls;
    std::thread other([&] {
      for (int64_t i = 1; i < count; i += 2) task(i, 1);
    });
    for (int64_t i = 0; i < count; i += 2) task(i, 0);
    other.join();
  };
  const auto context = *Context::Create(options);
  std::atomic<int> inner{0};
  std::atomic<int> strangers{0};
  context->ParallelFor(8, [&](int64_t, int outer_worker) {
    context->ParallelFor(3, [&](int64_t, int worker) {
      inner.fetch_add(1);
      if (worker != outer_worker) strangers.fetch_add(1);
    });
  });
  CHECK(inner.load() == 24);
  CHECK(strangers.load() == 0);
  CHECK(calls == 1);
  context->ParallelFor(2, [](int64_t, int) {});
  CHECK(calls == 2);
}

TEST_CASE("a task that runs out of memory is an error, on whatever thread") {
  const auto fail = [](int64_t begin, int64_t, void*) {
    if (begin % 2 == 1) throw std::bad_alloc();
  };
  const auto context = Make(3);
  CHECK(absl::IsResourceExhausted(ForRanges(context.get(), 50, 1, 0, fail)));
  CHECK(absl::IsResourceExhausted(ForRanges(nullptr, 50, 1, 0, fail)));
  CHECK(context->Scratch(0, ~size_t{0}) == nullptr);
  std::atomic<int> done{0};
  CHECK(ForRanges(context.get(), 50, 1, 0, [&](int64_t, int64_t, void*) { ++done; }).ok());
  CHECK(done.load() == 50);
}

}  // namespace
}  // namespace pawl
