// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Arithmetic of arrays of f32, each operation rounded by itself: the same bits on every target.
// Not in the core profile.

#ifndef PAWL_KERNELS_ELEMENTWISE_F32_H_
#define PAWL_KERNELS_ELEMENTWISE_F32_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

enum class BinaryKind : uint8_t {
  kAdd,
  kSub,
  kMul,
  kDiv,
  kMax,  // a where it is NaN or above b, else b
  kMin,  // a where it is NaN or below b, else b
};
inline constexpr int kNumBinaryKinds = 6;

// out[i] = a[a_step * i] op b[b_step * i]; steps are 0 or 1. out may be a or b where that has a
// step of 1, and must not overlap them otherwise. Pointers need no alignment. Pure, thread-safe;
// assumes FloatEnvironment (float_env.h). NaN results have unspecified sign and payload.
void BinaryF32(Target target, BinaryKind kind, const float* a, size_t a_step, const float* b,
               size_t b_step, size_t n, float* out);

enum class UnaryKind : uint8_t {
  kClip,         // p where v is below it, then q where it is above: NaN stays
  kLeakyRelu,    // p * v below 0
  kHardSigmoid,  // p * v + q, clipped to 0 and 1
};
inline constexpr int kNumUnaryKinds = 3;

// out[i] = f(x[i]); out may be x. As above.
void UnaryF32(Target target, UnaryKind kind, float p, float q, const float* x, size_t n,
              float* out);

namespace reference {
void BinaryF32(BinaryKind kind, const float* a, size_t a_step, const float* b, size_t b_step,
               size_t n, float* out);
void UnaryF32(UnaryKind kind, float p, float q, const float* x, size_t n, float* out);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_ELEMENTWISE_F32_H_
