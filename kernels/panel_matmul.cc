// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/panel_matmul.h"

// Arrays of vectors; and no copies for targets that add nothing here.
#define PAWL_FIXED_SIZE_VECTORS
#define PAWL_ONLY_DISTINCT_TARGETS
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/panel_matmul.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/panel_matmul-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(MatMulPanels);
PAWL_EXPORT(MatMulPanelsQuads);
PAWL_EXPORT(WidenPanelInput);

namespace {

// Levels of our own, and those above that include them.
bool UsesQuads(Target target) {
  return target == Target::kAVX2_VNNI || target == Target::kNEON_DOT ||
         target == Target::kNEON_BF16;
}

}  // namespace

void MatMulPanels(Target target, const PanelMatrix& w, size_t begin, size_t end,
                  const PanelInput& a, float* out, size_t out_stride) {
  if (UsesQuads(target)) {
    const auto run = Select(target, &reference::MatMulPanels, MatMulPanelsQuadsTable);
    return run(w, begin, end, a, out, out_stride);
  }
  PAWL_DISPATCH(target, MatMulPanels)(w, begin, end, a, out, out_stride);
}

bool PanelWantsWide(Target target, int bits) {
  const bool vnni = target >= Target::kAVX3_DL && target <= Target::kAMX;
  const bool reference_only = target == Target::kScalar || target == Target::kSSE2;
  return bits == 8 && !vnni && !reference_only && !UsesQuads(target);
}

void WidenPanelInput(Target target, const int8_t* codes, size_t n, int16_t* wide) {
  PAWL_DISPATCH(target, WidenPanelInput)(codes, n, wide);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
