// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// For kernels that stream through memory. Include after simd.h.

#ifndef PAWL_KERNELS_PREFETCH_H_
#define PAWL_KERNELS_PREFETCH_H_

#include <cstddef>
#include <cstdint>

#include "hwy/cache_control.h"

namespace pawl::kernels {

// A hardware prefetcher stops at the end of a 4 KB page: one page ahead, the next one is never a
// surprise (bench/NOTES.md has the gain). The address may lie past the data; it is only a hint.
inline constexpr size_t kPrefetchBytes = 4096;
inline constexpr size_t kCacheLine = 64;

// For `bytes` from p on, what comes kPrefetchBytes later.
template <size_t bytes>
HWY_INLINE void PrefetchAhead(const void* p) {
  const auto address = reinterpret_cast<uintptr_t>(p) + kPrefetchBytes;
  for (size_t i = 0; i < bytes; i += kCacheLine) {
    // An integer, for a pointer may not be moved past its array.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    hwy::Prefetch(reinterpret_cast<const char*>(address + i));
  }
}

// Into the second-level cache.
HWY_INLINE void PrefetchSecondLevel(const void* p) {
#if HWY_COMPILER_GCC || HWY_COMPILER_CLANG
  __builtin_prefetch(p, 0, 2);
#else
  hwy::Prefetch(p);
#endif
}

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_PREFETCH_H_
