// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/target.h"

#include <algorithm>
#include <cctype>

#include "test_util.h"

namespace pawl::kernels {

TEST_CASE("every target has a name that parses back, in either case") {
  for (int i = 0; i < kNumTargets; ++i) {
    const auto target = static_cast<Target>(i);
    std::string name(TargetName(target));
    CHECK(ParseTarget(name) == target);
    std::transform(name.begin(), name.end(), name.begin(),
                   [](char c) { return static_cast<char>(std::toupper(c)); });
    CHECK(ParseTarget(name) == target);
  }
  CHECK_FALSE(ParseTarget("").has_value());
  CHECK_FALSE(ParseTarget("avx").has_value());
  CHECK(TargetName(static_cast<Target>(200)) == "unknown");
}

TEST_CASE("supported targets are compiled ones, worst first") {
  const auto compiled = CompiledTargets();
  const auto supported = SupportedTargets();
  REQUIRE_FALSE(supported.empty());
  CHECK(compiled.front() == Target::kScalar);
  CHECK(supported.front() == Target::kScalar);
  CHECK(BestTarget() == supported.back());
  CHECK(std::is_sorted(supported.begin(), supported.end()));
  CHECK(std::includes(compiled.begin(), compiled.end(), supported.begin(), supported.end()));
}

TEST_CASE("the baseline of the architecture and all levels above it are compiled") {
  const auto compiled = CompiledTargets();
  const auto has = [&](Target t) {
    return std::find(compiled.begin(), compiled.end(), t) != compiled.end();
  };
#if defined(__x86_64__) && (defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__))
  // CMakePresets.json leaves levels out of builds with sanitizers.
  for (Target t : {Target::kSSE2, Target::kAVX2}) CHECK(has(t));
  CHECK(BestTarget() >= Target::kSSE2);
#elif defined(__x86_64__)
  for (Target t : {Target::kSSE2, Target::kSSSE3, Target::kSSE4, Target::kAVX2, Target::kAVX2_VNNI,
                   Target::kAVX3, Target::kAVX3_DL, Target::kAVX3_ZEN4}) {
    CHECK(has(t));
  }
  CHECK(BestTarget() >= Target::kSSE2);
#elif defined(__aarch64__)
  CHECK(has(Target::kNEON));
#if !defined(__clang__) || __clang_major__ >= 19
  CHECK(has(Target::kNEON_DOT));
  CHECK(has(Target::kNEON_I8MM));
  CHECK(has(Target::kSVE));
  CHECK(has(Target::kSVE_I8MM));
#endif
  CHECK(BestTarget() >= Target::kNEON);
#endif
  CHECK(has(Target::kScalar));
}

}  // namespace pawl::kernels
