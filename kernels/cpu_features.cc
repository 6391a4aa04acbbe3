// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/cpu_features.h"

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <cpuid.h>
#elif defined(__aarch64__) && defined(__linux__)
#include <sys/auxv.h>
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>
#endif
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace pawl::kernels {

#if defined(__x86_64__)
namespace {

struct Registers {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

// All zero where the leaf does not exist.
Registers Leaf(unsigned leaf, unsigned subleaf) {
  Registers r;
  if (__get_cpuid_count(leaf, subleaf, &r.eax, &r.ebx, &r.ecx, &r.edx) == 0) return {};
  return r;
}

constexpr bool Bit(unsigned value, int bit) { return (value >> bit & 1) != 0; }

#if defined(__linux__)
// Linux hands out the tiles' state on request (Documentation/arch/x86/xstate.rst).
bool PermitTiles() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // XFEATURE_XTILEDATA
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}
#else
bool PermitTiles() { return false; }
#endif

}  // namespace

bool HasAvxVnni() { return Leaf(7, 0).eax >= 1 && Bit(Leaf(7, 1).eax, 4); }

bool HasAmx() {
  const unsigned features = Leaf(7, 0).edx;
  return Bit(features, 22) && Bit(features, 24) && Bit(features, 25) && PermitTiles();
}

bool HasDotProduct() { return false; }
bool HasI8mm() { return false; }
bool HasSveI8mm() { return false; }

#else

bool HasAvxVnni() { return false; }
bool HasAmx() { return false; }

#if defined(__aarch64__) && defined(__linux__)
bool HasDotProduct() {
  constexpr unsigned long kDotProduct = 1ul << 20;  // HWCAP_ASIMDDP
  return (getauxval(AT_HWCAP) & kDotProduct) != 0;
}
bool HasI8mm() {
  constexpr unsigned long kI8mm = 1ul << 13;  // HWCAP2_I8MM
  return (getauxval(AT_HWCAP2) & kI8mm) != 0;
}
bool HasSveI8mm() {
  constexpr unsigned long kSveI8mm = 1ul << 9;  // HWCAP2_SVEI8MM
  return (getauxval(AT_HWCAP2) & kSveI8mm) != 0;
}
#elif defined(__aarch64__) && defined(__APPLE__)
bool HasDotProduct() { return true; }  // since the first of them, the M1
bool HasI8mm() {                       // since the M2
  int has = 0;
  size_t size = sizeof(has);
  return sysctlbyname("hw.optional.arm.FEAT_I8MM", &has, &size, nullptr, 0) == 0 && has != 0;
}
bool HasSveI8mm() { return false; }
#else
bool HasDotProduct() { return false; }
bool HasI8mm() { return false; }
bool HasSveI8mm() { return false; }
#endif

#endif  // __x86_64__

}  // namespace pawl::kernels
