// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/panel_matmul.h"

#include <algorithm>

// Arrays of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/panel_matmul.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/panel_matmul-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"
#include "kernels/panel_matmul_amx.h"
#include "kernels/panel_matmul_arm.h"
#include "kernels/panel_row_zen4.h"

namespace pawl::kernels {

PAWL_EXPORT(MatMulPanels);
PAWL_EXPORT(MatMulPanelsQuads);
PAWL_EXPORT(DecodePanels);
PAWL_EXPORT(WidenPanelInput);

namespace {

bool UsesQuads(Target target) { return target == Target::kAVX2_VNNI; }

// Zen 4 has units for shuffles and masks beside those that multiply. Intel's two for 512 bits do
// all of it, so that enough rows pay for decoding once.
bool DecodesFirst(Target target, size_t rows) {
  constexpr size_t kFewestRows = 32;
  return target != Target::kAVX3_ZEN4 && rows >= kFewestRows;
}

}  // namespace

void MatMulPanels(Target target, const PanelMatrix& w, size_t begin, size_t end,
                  const PanelInput& a, float* out, size_t out_stride) {
  if (const PanelsFunction run = ArmPanels(target)) return run(w, begin, end, a, out, out_stride);
  if (target == Target::kAMX && AmxTakes(w, a)) {
    return MatMulPanelsAmx(w, begin, end, a, out, out_stride);
  }
  if (RowZen4Takes(target, w, a)) return MatMulPanelsRowZen4(w, begin, end, a, out);
  if (UsesQuads(target)) {
    const auto run = Select(target, &reference::MatMulPanels, MatMulPanelsQuadsTable);
    return run(w, begin, end, a, out, out_stride);
  }
  PanelInput input = a;
  input.decode_first = DecodesFirst(target, a.rows);
  PAWL_DISPATCH(target, MatMulPanels)(w, begin, end, input, out, out_stride);
}

bool PanelWantsWide(Target target, int code_bits) {
  const bool vnni = target >= Target::kAVX3_DL && target <= Target::kAMX;
  // SSSE3 has no version of its own: it takes SSE2's, which is the reference.
  const bool reference_only = target <= Target::kSSSE3;
  return code_bits == 8 && !vnni && !reference_only && !UsesQuads(target) &&
         ArmPanels(target) == nullptr;
}

void DecodePanels(Target target, const PanelMatrix& w, size_t panel, size_t count, uint8_t* out) {
  PAWL_DISPATCH(target, DecodePanels)(w, panel, count, out);
}

void WidenPanelInput(Target target, const int8_t* codes, size_t n, int16_t* wide) {
  PAWL_DISPATCH(target, WidenPanelInput)(codes, n, wide);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
