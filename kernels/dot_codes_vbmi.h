// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The version of DotCodes for AVX-512 VBMI, behind dot_codes.h's dispatch.

#ifndef PAWL_KERNELS_DOT_CODES_VBMI_H_
#define PAWL_KERNELS_DOT_CODES_VBMI_H_

#include "kernels/dot_codes.h"

namespace pawl::kernels {

// Whether this version suits rows that DotCodesTakes: four rows at least, from Ice Lake
// on.
bool VbmiTakes(Target target, const CodeRows& w);

// As DotCodes.
void DotCodesVbmi(const float* x, const CodeRows& w, float* lanes);

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_DOT_CODES_VBMI_H_
