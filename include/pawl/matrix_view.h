// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Matrices of the caller's that the layers read and write in place.

#ifndef PAWL_INCLUDE_PAWL_MATRIX_VIEW_H_
#define PAWL_INCLUDE_PAWL_MATRIX_VIEW_H_

#include <cstdint>

#include "pawl/dtype.h"

namespace pawl {

// rows x cols elements; row i begins row_stride elements after row i-1, 0 meaning cols. Elements of
// a row are consecutive. Data must be aligned to its element; it may be null where there are no
// elements.
struct InputView {
  const void* data = nullptr;
  DType dtype = DType::kF32;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t row_stride = 0;

  int64_t stride() const { return row_stride != 0 ? row_stride : cols; }
};

// The same for results. It must not overlap any input of the call; what lies between the end of a
// row and the next one is not touched.
struct OutputView {
  void* data = nullptr;
  DType dtype = DType::kF32;
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t row_stride = 0;

  int64_t stride() const { return row_stride != 0 ? row_stride : cols; }
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_MATRIX_VIEW_H_
