// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Target: the instruction set that a kernel call runs on. Every kernel takes it explicitly, so two
// contexts in one process may use different ones; there is no global choice.

#ifndef PAWL_KERNELS_TARGET_H_
#define PAWL_KERNELS_TARGET_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/types/span.h"

namespace pawl::kernels {

// Worst first within an architecture. kScalar is the readable reference, which defines the bits
// that all others must produce. Most are Highway's targets of the same name; kAVX2_VNNI, kAMX,
// kNEON_DOT, kNEON_I8MM and kSVE_I8MM are levels of our own: Highway's target below (for the last
// two those of NEON and SVE alone), and for integer products also the instructions that it does
// not know.
enum class Target : uint8_t {
  kScalar = 0,
  kSSE2,
  kSSSE3,
  kSSE4,
  kAVX2,
  kAVX2_VNNI,  // and AVX-VNNI (Alder Lake, Zen 5)
  kAVX3,       // AVX-512 F, BW, CD, DQ, VL
  kAVX3_DL,    // and VNNI, VBMI ... (Ice Lake)
  kAVX3_ZEN4,  // and BF16, as Zen 4 likes it
  kAVX3_SPR,   // and FP16 (Sapphire Rapids)
  kAMX,        // and AMX-INT8, AMX-BF16, where the kernel permits their use
  kNEON,
  kNEON_DOT,  // and SDOT (ARMv8.2 dot product)
  kNEON_BF16,
  kNEON_I8MM,  // NEON_DOT and USMMLA, USDOT (ARMv8.6 matrix products)
  kSVE,
  kSVE2,
  kSVE_256,
  kSVE2_128,
  kSVE_I8MM,  // SVE of any length, and its USMMLA, USDOT (Neoverse V1, N2)
  kEMU128,    // Highway's own emulation of vectors, for architectures without any
};
inline constexpr int kNumTargets = 21;

// Targets that this build has kernels for, worst first; kScalar is always the first.
absl::Span<const Target> CompiledTargets();

// The compiled targets that this CPU can run, worst first. Detected once.
absl::Span<const Target> SupportedTargets();

// The last of SupportedTargets().
Target BestTarget();

// Lower-case name: "scalar", "sse2", "avx3_dl", "neon_bf16" ...
std::string_view TargetName(Target target);

// The target of that name, upper or lower case, compiled or not; nullopt for an unknown name.
std::optional<Target> ParseTarget(std::string_view name);

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_TARGET_H_
