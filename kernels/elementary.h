// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Elementary functions of arrays of f32. Not in the core profile.

#ifndef PAWL_KERNELS_ELEMENTARY_H_
#define PAWL_KERNELS_ELEMENTARY_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

enum class ElementaryKind : uint8_t { kExp, kTanh, kErf };
inline constexpr int kNumElementaryKinds = 3;

// y[i] = f(x[i]); y may be x, and must not overlap it otherwise. Pointers need no alignment.
//
// Computed in f64 by +, -, *, / alone and rounded to f32 once, so that every target gives the same
// bits (activation_math.h). The relative error before that rounding is at most 2^-33 (of the
// polynomials; the steps' own rounding is far below), so results are within 0.51 units in the last
// place, denormal ones included. NaN gives NaN of unspecified sign and payload,
// infinities give the limits, kTanh and kErf keep the sign of zero. Pure, thread-safe; assumes the
// environment that FloatEnvironment (float_env.h) sets.
void Elementary(Target target, ElementaryKind kind, const float* x, size_t n, float* y);

namespace reference {
void Elementary(ElementaryKind kind, const float* x, size_t n, float* y);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_ELEMENTARY_H_
