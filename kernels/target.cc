// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/target.h"

#include <cstddef>

#define PAWL_ALL_TARGETS
#include "kernels/simd.h"
// simd.h first
#include "hwy/targets.h"
#include "kernels/cpu_features.h"
#include "kernels/dispatch.h"
#include "kernels/panel_matmul_arm.h"

namespace pawl::kernels {
namespace {

constexpr std::string_view kNames[kNumTargets] = {
    "scalar",    "sse2",      "ssse3",    "sse4",    "avx2",     "avx2_vnni", "avx3",
    "avx3_dl",   "avx3_zen4", "avx3_spr", "amx",     "neon",     "neon_dot",  "neon_bf16",
    "neon_i8mm", "sve",       "sve2",     "sve_256", "sve2_128", "sve_i8mm",  "emu128"};

// Whether this CPU has what a level of our own adds.
bool HasAddition(Target target) {
  if (target == Target::kAVX2_VNNI) return HasAvxVnni();
  if (target == Target::kAMX) return HasAmx();
  if (target == Target::kNEON_DOT) return HasDotProduct();
  if (target == Target::kNEON_I8MM) return HasDotProduct() && HasI8mm();
  if (target == Target::kSVE_I8MM) return HasDotProduct() && HasSveI8mm();
  return true;
}
// Whether the compiler could make what it adds, where Highway has its target below.
constexpr bool IsCompiled(Target target) {
  if (target == Target::kNEON_DOT || target == Target::kNEON_I8MM) {
    return PAWL_PANELS_NEON_DOT != 0;
  }
  return target != Target::kSVE_I8MM || PAWL_PANELS_SVE != 0;
}

// Worst first in Highway's opinion too: a lower bit is a better target there.
struct TargetList {
  Target targets[kNumTargets] = {};
  size_t count = 0;

  template <class Filter>
  constexpr TargetList(int64_t highway_mask, const Filter& filter) {
    targets[count++] = Target::kScalar;
    for (int i = 1; i < kNumTargets; ++i) {
      const auto target = static_cast<Target>(i);
      if ((HighwayBit(target) & highway_mask) != 0 && filter(target)) targets[count++] = target;
    }
  }
};

constexpr TargetList kCompiled(HWY_TARGETS, IsCompiled);

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool EqualsIgnoringCase(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (Lower(a[i]) != Lower(b[i])) return false;
  }
  return true;
}

}  // namespace

absl::Span<const Target> CompiledTargets() { return {kCompiled.targets, kCompiled.count}; }

absl::Span<const Target> SupportedTargets() {
  static const TargetList supported(hwy::SupportedTargets() & HWY_TARGETS, [](Target target) {
    return IsCompiled(target) && HasAddition(target);
  });
  return {supported.targets, supported.count};
}

Target BestTarget() { return SupportedTargets().back(); }

std::string_view TargetName(Target target) {
  const auto index = static_cast<size_t>(target);
  return index < kNumTargets ? kNames[index] : "unknown";
}

std::optional<Target> ParseTarget(std::string_view name) {
  for (int i = 0; i < kNumTargets; ++i) {
    if (EqualsIgnoringCase(name, kNames[i])) return static_cast<Target>(i);
  }
  return std::nullopt;
}

}  // namespace pawl::kernels
