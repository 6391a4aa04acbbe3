// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Integer weights in the panels of kernels/panel_matmul.h: the form that QuantizedLinear runs on
// wherever activations have 8 bits and groups are of one length.

#ifndef PAWL_LIB_CORE_LINEAR_PANELS_H_
#define PAWL_LIB_CORE_LINEAR_PANELS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "kernels/panel_matmul.h"
#include "pawl/tensor.h"

namespace pawl {

struct PanelWeights {
  kernels::PanelMatrix matrix;  // looks at the tensors below; no codes: there are no panels
  Tensor codes;
  Tensor table;
  Tensor scales;  // f16 where that holds each of them exactly, else f32; bytes under super-scales
  Tensor minimums;
  Tensor zeros;
  Tensor offsets;
  Tensor super_scales;
  Tensor super_minimums;
  int64_t group_cols = 0;          // of a group in the panel, padding included
  bool rescaled = false;           // scales are not the tensor's, but those of a table's codes
  bool spread = false;             // groups end in padding: columns are not where they were
  int32_t code_flip = 0;           // activations' codes are stored xor this: 128 for u8
  int32_t zero_point = 0;          // of the activations as they are stored
  std::vector<int64_t> zero_sums;  // [groups] columns * zero_point

  bool empty() const { return codes.empty(); }
  size_t cols() const { return matrix.chunks * kernels::kPanelChunk; }
  // From row to row of activations: a line more, or the rows of a tile would lie whole pages apart
  // and evict one another from the first-level cache.
  size_t stride() const { return cols() + 64; }
  size_t size_bytes() const {
    return codes.size_bytes() + table.size_bytes() + scales.size_bytes() + minimums.size_bytes() +
           zeros.size_bytes() + offsets.size_bytes() + super_scales.size_bytes() +
           super_minimums.size_bytes();
  }
};

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LINEAR_PANELS_H_
