// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// NEON with USMMLA, and USDOT for one row.

#include "kernels/panel_matmul_arm.h"

#if PAWL_PANELS_NEON_DOT
#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/prefetch.h"

#define PAWL_ARM_ATTR __attribute__((target("arch=armv8.2-a+dotprod+i8mm")))
#define PAWL_ARM_INLINE PAWL_ARM_ATTR inline __attribute__((always_inline))
#define PAWL_ARM_NOINLINE PAWL_ARM_ATTR __attribute__((noinline))
#define PAWL_ARM_LAMBDA PAWL_ARM_ATTR __attribute__((always_inline))
#define PAWL_ARM_DOT 1
#define PAWL_ARM_I8MM 1
#define PAWL_ARM_LONG_GROUPS MatMulPanelsNeonDot
#define PAWL_ARM_SVE 0

namespace pawl::kernels {
namespace {

#include "kernels/panel_arm_neon-inl.h"
// operations first
#include "kernels/panel_arm-inl.h"

}  // namespace

PAWL_ARM_ATTR void MatMulPanelsNeonI8mm(const PanelMatrix& w, size_t begin, size_t end,
                                        const PanelInput& a, float* out, size_t out_stride) {
  Panels(w, begin, end, a, out, out_stride);
}

}  // namespace pawl::kernels
#endif  // PAWL_PANELS_NEON_DOT
