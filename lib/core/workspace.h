// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Laying out a call's scratch.

#ifndef PAWL_LIB_CORE_WORKSPACE_H_
#define PAWL_LIB_CORE_WORKSPACE_H_

#include <cstddef>
#include <cstdint>

#include "pawl/tensor.h"

namespace pawl {

inline size_t Aligned(size_t bytes) { return (bytes + kAlignment - 1) / kAlignment * kAlignment; }

// A part of `bytes` at the end of what there is so far.
inline void Take(size_t* offset, size_t* end, size_t bytes) {
  *offset = *end;
  *end += Aligned(bytes);
}

// From row to row of f32 with so many columns: a quarter of a page more than whole pages, so that
// the same columns of several rows fall into different sets of the first-level cache.
inline int64_t StrideAcrossSets(int64_t columns) { return (columns + 1023) / 1024 * 1024 + 256; }

}  // namespace pawl

#endif  // PAWL_LIB_CORE_WORKSPACE_H_
