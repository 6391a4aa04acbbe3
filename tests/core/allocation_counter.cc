// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "allocation_counter.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace pawl::testing {
namespace {

std::atomic<int64_t> allocations{0};

}  // namespace

int64_t Allocations() { return allocations.load(); }

void* Count(size_t size) {
  allocations.fetch_add(1);
  void* memory = std::malloc(size > 0 ? size : 1);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

}  // namespace pawl::testing

void* operator new(size_t size) { return pawl::testing::Count(size); }
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
