// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Activations for weights in panels: codes where the panels' columns are, and their sums.

#include <algorithm>
#include <cstring>

#include "kernels/matmul.h"
#include "lib/core/linear_impl.h"
#include "lib/core/linear_panels.h"

namespace pawl {

using Impl = QuantizedLinear::Impl;

void PreparePanelRow(const Impl& impl, const LinearWorkspace& space, int64_t m,
                     kernels::Target target, const void* codes, char* shared) {
  const PanelWeights& panels = impl.panels;
  const PackedWeights& p = impl.packed;
  const kernels::PanelMatrix& matrix = panels.matrix;
  const auto cols = static_cast<int64_t>(panels.cols());
  const auto stride = static_cast<int64_t>(panels.stride());
  int8_t* out = reinterpret_cast<int8_t*>(shared + space.codes) + m * stride;
  const auto flip = static_cast<uint8_t>(panels.code_flip);
  const auto* from = static_cast<const uint8_t*>(codes);
  auto* to = reinterpret_cast<uint8_t*>(out);
  if (panels.spread) {
    std::memset(out, 0, static_cast<size_t>(cols));
    for (int64_t g = 0; g < p.groups; ++g) {
      const int64_t begin = p.run_begin[static_cast<size_t>(g)];
      const int64_t length = p.run_begin[static_cast<size_t>(g) + 1] - begin;
      uint8_t* group = to + g * panels.group_cols;
      for (int64_t i = 0; i < length; ++i) group[i] = from[begin + i] ^ flip;
    }
  } else {
    if (flip != 0) {
      for (int64_t i = 0; i < p.cols; ++i) to[i] = from[i] ^ flip;
    } else if (from != to) {
      std::memcpy(to, from, static_cast<size_t>(p.cols));
    }
    std::memset(out + p.cols, 0, static_cast<size_t>(cols - p.cols));
  }
  const auto groups = static_cast<int64_t>(matrix.groups);
  int32_t* sums = reinterpret_cast<int32_t*>(shared + space.sums) + m * groups;
  const auto length = static_cast<size_t>(panels.group_cols);
  const size_t whole = static_cast<size_t>(cols) / length;
  const size_t full = std::min(whole, matrix.groups);
  kernels::RowSumI8(target, out, full, length, length, sums);
  if (full < matrix.groups) {
    kernels::RowSumI8(target, out + full * length, 1, static_cast<size_t>(cols) - full * length,
                      length, sums + full);
  }
  if (!panels.minimums.empty()) {
    float* shifted = reinterpret_cast<float*>(shared + space.shifted) + m * groups;
    for (int64_t g = 0; g < groups; ++g) {
      shifted[g] = static_cast<float>(sums[g] - panels.zero_sums[static_cast<size_t>(g)]);
    }
  }
  if (kernels::PanelWantsWide(target, matrix.code_bits())) {
    kernels::WidenPanelInput(target, out, static_cast<size_t>(cols),
                             reinterpret_cast<int16_t*>(shared + space.wide) + m * stride);
  }
}

kernels::PanelInput PreparedPanels(const Impl& impl, const LinearWorkspace& space, int64_t rows,
                                   char* shared) {
  kernels::PanelInput input;
  input.rows = static_cast<size_t>(rows);
  input.codes = reinterpret_cast<const int8_t*>(shared + space.codes);
  input.stride = impl.panels.stride();
  input.wide = reinterpret_cast<const int16_t*>(shared + space.wide);
  input.sums = reinterpret_cast<const int32_t*>(shared + space.sums);
  input.shifted = reinterpret_cast<const float*>(shared + space.shifted);
  if (impl.per_group()) input.factors = reinterpret_cast<const float*>(shared + space.scales);
  return input;
}

}  // namespace pawl
