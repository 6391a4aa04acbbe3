// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "allocation_counter.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace pawl::testing {
namespace {

std::atomic<int64_t> allocations{0};
std::atomic<int64_t> bytes{0};

}  // namespace

int64_t Allocations() { return allocations.load(); }
int64_t AllocatedBytes() { return bytes.load(); }

void* Count(size_t size) noexcept {
  allocations.fetch_add(1);
  bytes.fetch_add(static_cast<int64_t>(size));
  return std::malloc(size > 0 ? size : 1);
}

}  // namespace pawl::testing

// All forms that a deallocation below may meet: sanitizers check that they belong together.
void* operator new(size_t size) {
  void* memory = pawl::testing::Count(size);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  return pawl::testing::Count(size);
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }
