// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// SVE with SDOT, which all of it has.

#include "kernels/panel_matmul_arm.h"

#if PAWL_PANELS_SVE
#include <arm_sve.h>

#include <cstddef>
#include <cstdint>

#include "kernels/prefetch.h"

#define PAWL_ARM_ATTR __attribute__((target("arch=armv8.2-a+sve")))
#define PAWL_ARM_INLINE PAWL_ARM_ATTR inline __attribute__((always_inline))
#define PAWL_ARM_NOINLINE PAWL_ARM_ATTR __attribute__((noinline))
#define PAWL_ARM_LAMBDA PAWL_ARM_ATTR __attribute__((always_inline))
#define PAWL_ARM_DOT 1
#define PAWL_ARM_I8MM 0
#define PAWL_ARM_SVE 1

namespace pawl::kernels {
namespace {

#include "kernels/panel_arm_sve-inl.h"
// operations first
#include "kernels/panel_arm-inl.h"

}  // namespace

PAWL_ARM_ATTR void MatMulPanelsSve(const PanelMatrix& w, size_t begin, size_t end,
                                   const PanelInput& a, float* out, size_t out_stride) {
  // Vectors that do not divide a block: longer ones, or of a length that Arm has dropped since.
  if (64 % svcntb() != 0) return MatMulPanelsNeon(w, begin, end, a, out, out_stride);
  Panels(w, begin, end, a, out, out_stride);
}

}  // namespace pawl::kernels
#endif  // PAWL_PANELS_SVE
