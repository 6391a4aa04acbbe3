// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products with panels on arm64, for one instruction set: the loop around the operations that
// panel_arm_neon-inl.h or panel_arm_sve-inl.h defines. Included once a file, inside its unnamed
// namespace, after those. panel_matmul.h has layout and definitions.
//
// Many rows: columns are taken in blocks, whose codes are decoded once; a tile is up to 8 rows of
// activations by two vectors of panel rows, its sums in 16 variables (SVE vectors can be no part of
// an array). Between groups a row's values stay where results go. One row: codes are decoded in
// registers on the way, all vectors of a block at a time.

#include "kernels/panel_arm_finish-inl.h"
// its parts in their order
#include "kernels/panel_arm_tile-inl.h"
// and
#include "kernels/panel_arm_row-inl.h"

PAWL_ARM_ATTR void Panels(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                          float* out, size_t stride) {
  if (a.rows == 1 && w.table == nullptr) {
#if PAWL_ARM_SVE
    if (Parts() == 1) return OneRowOfPanels<1>(w, begin, end, a, out);
    if (Parts() == 2) return OneRowOfPanels<2>(w, begin, end, a, out);
#endif
    return OneRowOfPanels<4>(w, begin, end, a, out);
  }
#if PAWL_ARM_I8MM
  if (w.groups > 1 && w.group_quads / 4 > kBlockHalves) {  // rows are paired a block at a time
    return PAWL_ARM_LONG_GROUPS(w, begin, end, a, out, stride);
  }
#endif
  for (size_t panel = begin; panel < end; panel += 2) {
    ManyRows(w, panel, end - panel < 2 ? 1 : 2, a, out + (panel - begin) * kPanelRows, stride);
  }
}
