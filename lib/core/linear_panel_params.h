// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packing of panels, split over linear_panels.cc (layout and codes) and linear_panel_params.cc
// (scales, minimums and zero points).

#ifndef PAWL_LIB_CORE_LINEAR_PANEL_PARAMS_H_
#define PAWL_LIB_CORE_LINEAR_PANEL_PARAMS_H_

#include <cstdint>

#include "kernels/target.h"
#include "lib/core/linear_impl.h"
#include "lib/core/linear_pack.h"
#include "lib/core/linear_panels.h"

namespace pawl {

// How fields of the canonical bit stream become panel codes: (field * factor) xor flip, which
// stands for the number code - zero.
struct PanelCodeMap {
  int field_bits = 0;
  int bits = 0;
  int factor = 1;
  int flip = 0;
  int32_t zero = 0;
};

// What packing a panel needs to see.
struct PanelSource {
  const QuantizedTensor& tensor;
  const PackedWeights& layout;
  const RowGroups& groups;
  const GroupParams& params;  // empty: TakesStoredParams
  PanelCodeMap map;
  kernels::Target target;
};

struct PanelParams {
  bool supers = false;  // sub-scales stay integers under f16 super-scales
  bool copied = false;  // stored f16 scales and minimums are the panel's
  bool half = true;     // f16 holds every scale and minimum
  bool one_zero = true;
  bool zeros_fit = true;  // in 8 bits
};

// Whether panels take scales and minimums as they are stored, so that nothing else looks at their
// values. `rescaled`: scales are not the tensor's own.
bool TakesStoredParams(const QuantizedTensor& t, const PackedWeights& layout, bool rescaled);

// What all parameters together allow.
PanelParams LookAtParams(const PanelSource& source, bool rescaled);

// Where group g begins in a panel's columns.
inline int64_t GroupStart(const PanelWeights& panels, int64_t g) { return g * panels.group_cols; }

// Zero point of a group as panel codes have it.
int32_t ZeroOf(const PanelSource& source, int64_t group);

// What is added to a sub-parameter so that it fits a byte.
inline int32_t BiasOf(const ParamType& type) { return type.kind == ParamKind::kInt ? 128 : 0; }

// Parameters of one row; `codes` are its codes in the panel's order, `scratch` has a byte a group.
void SetRowParams(const PanelSource& source, const PanelParams& shared, int64_t row,
                  const uint8_t* codes, uint8_t* scratch, PanelWeights* panels);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LINEAR_PANEL_PARAMS_H_
