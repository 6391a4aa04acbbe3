// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Activation functions of arrays of f32.

#ifndef PAWL_KERNELS_ACTIVATIONS_H_
#define PAWL_KERNELS_ACTIVATIONS_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

enum class ActivationKind : uint8_t {
  kRelu,
  kRelu6,
  kHardSwish,  // v * (v + 3) / 6, each step rounded to f32; 0 up to -3, v from 3 on
  kSilu,       // v / (1 + exp(-v))
  kGelu,       // v * Phi(v), with the error function
  kGeluTanh,   // its tanh approximation, v / (1 + exp(-2 sqrt(2/pi) (v + 0.044715 v^3)))
  kSigmoid,    // 1 / (1 + exp(-v))
};
inline constexpr int kNumActivationKinds = 7;

// y[i] = f(x[i]); y may be x, and must not overlap it otherwise. Pointers need no alignment.
//
// From kSilu on: computed in f64 by +, -, *, / alone and rounded to f32 once, so that every target
// gives the same bits (activation_math.h). The relative error before that rounding is at most 2^-33
// (of the polynomials; the steps' own rounding is far below), so results are within 0.51 units in
// the last place, denormal ones included. NaN gives NaN of unspecified sign and payload, infinities
// give the limits. Pure, thread-safe; assumes the environment that FloatEnvironment (float_env.h)
// sets.
void Activate(Target target, ActivationKind kind, const float* x, size_t n, float* y);

namespace reference {
void Activate(ActivationKind kind, const float* x, size_t n, float* y);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_ACTIVATIONS_H_
