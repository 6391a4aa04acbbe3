// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// FloatEnvironment: the floating-point mode that kernels assume, whatever the host runs with.

#ifndef PAWL_KERNELS_FLOAT_ENV_H_
#define PAWL_KERNELS_FLOAT_ENV_H_

#include <cstdint>

#if defined(__x86_64__) || defined(_M_X64) || defined(__SSE2__)
#define PAWL_FLOAT_ENV_X86 1
#include <xmmintrin.h>
#elif defined(__aarch64__)
#define PAWL_FLOAT_ENV_ARM64 1
#endif

namespace pawl::kernels {

// While it lives, this thread rounds to nearest even, keeps denormals (FTZ and DAZ off) and traps
// no floating-point exception; the destructor restores what was (the host's exception flags too).
// Compilers do not order arithmetic against the control register: construct it around calls of
// compiled functions such as kernels, not around arithmetic in the same function.
class FloatEnvironment {
 public:
#if defined(PAWL_FLOAT_ENV_X86)
  FloatEnvironment() : saved_(_mm_getcsr()) { _mm_setcsr(kDefault); }
  ~FloatEnvironment() { _mm_setcsr(static_cast<unsigned>(saved_)); }
#elif defined(PAWL_FLOAT_ENV_ARM64)
  FloatEnvironment() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(saved_));
    if (saved_ != kDefault) __asm__ volatile("msr fpcr, %0" : : "r"(kDefault) : "memory");
  }
  ~FloatEnvironment() {
    if (saved_ != kDefault) __asm__ volatile("msr fpcr, %0" : : "r"(saved_) : "memory");
  }
#else
  FloatEnvironment() = default;
  ~FloatEnvironment() {}
#endif
  FloatEnvironment(const FloatEnvironment&) = delete;
  FloatEnvironment& operator=(const FloatEnvironment&) = delete;

 private:
#if defined(PAWL_FLOAT_ENV_X86)
  static constexpr unsigned kDefault = 0x1F80;  // all exceptions masked, all else zero
#else
  static constexpr uint64_t kDefault = 0;
#endif
  [[maybe_unused]] uint64_t saved_ = 0;
};

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_FLOAT_ENV_H_
