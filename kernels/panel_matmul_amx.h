// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The version of MatMulPanels for AMX-INT8, behind panel_matmul.h's dispatch.

#ifndef PAWL_KERNELS_PANEL_MATMUL_AMX_H_
#define PAWL_KERNELS_PANEL_MATMUL_AMX_H_

#include <cstddef>

#include "kernels/panel_matmul.h"

namespace pawl::kernels {

// Whether tiles suit: enough rows, and groups of 32 columns or of whole tiles of 64.
bool AmxTakes(const PanelMatrix& w, const PanelInput& a);

// As MatMulPanels. Only where the CPU has AMX-INT8 and the operating system permits tiles
// (cpu_features.h); leaves the tiles released.
void MatMulPanelsAmx(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                     float* out, size_t out_stride);

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_PANEL_MATMUL_AMX_H_
