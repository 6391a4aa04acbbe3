// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// One row of activations by panels of 4-bit codes on Zen 4, behind panel_matmul.h's dispatch.

#ifndef PAWL_KERNELS_PANEL_ROW_ZEN4_H_
#define PAWL_KERNELS_PANEL_ROW_ZEN4_H_

#include <cstddef>

#include "kernels/panel_matmul.h"
#include "kernels/target.h"

namespace pawl::kernels {

// Whether this version suits: codes of 4 bits in groups of whole chunks, without offsets and
// factors, zero points or minimums but not both; bytes under super-scales in groups of one chunk.
bool RowZen4Takes(Target target, const PanelMatrix& w, const PanelInput& a);

// As MatMulPanels.
void MatMulPanelsRowZen4(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                         float* out);

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_PANEL_ROW_ZEN4_H_
