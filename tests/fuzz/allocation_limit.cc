// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// AllocationLimit: the address sanitizer calls back for every allocation and tells its size.

#include <atomic>
#include <string>

#include "fuzz.h"

#ifdef __has_feature
#if __has_feature(address_sanitizer)
#define PAWL_COUNTS_ALLOCATIONS
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define PAWL_COUNTS_ALLOCATIONS
#endif

// GCC has the sanitizer without its header: there nothing is counted.
#if defined(PAWL_COUNTS_ALLOCATIONS) && !__has_include(<sanitizer/allocator_interface.h>)
#undef PAWL_COUNTS_ALLOCATIONS
#endif

#ifdef PAWL_COUNTS_ALLOCATIONS
#include <sanitizer/allocator_interface.h>

namespace pawl::fuzz {
namespace {

// Of the limit that lives: one at a time.
std::atomic<bool> counting{false};
std::atomic<int64_t> live{0};
std::atomic<int64_t> peak{0};

void OnMalloc(const volatile void*, size_t size) {
  if (!counting.load(std::memory_order_relaxed)) return;
  const int64_t now = live.fetch_add(static_cast<int64_t>(size)) + static_cast<int64_t>(size);
  int64_t before = peak.load();
  while (now > before && !peak.compare_exchange_weak(before, now)) {
  }
}

void OnFree(const volatile void* memory) {
  if (!counting.load(std::memory_order_relaxed) || memory == nullptr) return;
  live.fetch_sub(static_cast<int64_t>(__sanitizer_get_allocated_size(memory)));
}

}  // namespace

AllocationLimit::AllocationLimit(size_t input_bytes, size_t factor, size_t fixed)
    : limit_(input_bytes * factor + fixed) {
  static const int installed = __sanitizer_install_malloc_and_free_hooks(OnMalloc, OnFree);
  PAWL_FUZZ_CHECK(installed > 0, "the sanitizer takes no more hooks");
  live = 0;
  peak = 0;
  counting = true;
}

AllocationLimit::~AllocationLimit() {
  counting = false;
  PAWL_FUZZ_CHECK(peak.load() <= static_cast<int64_t>(limit_),
                  std::to_string(peak.load()) + " bytes allocated at once, allowed are " +
                      std::to_string(limit_));
}

}  // namespace pawl::fuzz

#else

namespace pawl::fuzz {

AllocationLimit::AllocationLimit(size_t input_bytes, size_t factor, size_t fixed)
    : limit_(input_bytes * factor + fixed) {}
AllocationLimit::~AllocationLimit() { static_cast<void>(limit_); }

}  // namespace pawl::fuzz

#endif
