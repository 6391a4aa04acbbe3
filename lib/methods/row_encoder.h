// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_ROW_ENCODER_H_
#define PAWL_LIB_METHODS_ROW_ENCODER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/target.h"
#include "lib/core/group_layout.h"
#include "lib/core/level_tables.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

// Computes codes from the parameters that are already stored in a tensor. Rows may be encoded by
// different threads: no two share a byte.
class RowEncoder {
 public:
  // `tensor` must outlive the encoder; its parameters must not change any more.
  RowEncoder(QuantizedTensor& tensor, const GroupLayout& layout, kernels::Target target);

  // Temporaries of one thread.
  struct Scratch {
    std::vector<float> scales;
    std::vector<float> offsets;
    std::vector<int16_t> codes;
  };

  void Encode(int64_t row, const float* x, Scratch& scratch);

 private:
  void EncodeInteger(int64_t row, const float* x, Scratch& scratch);
  void EncodeOther(int64_t row, const float* x, Scratch& scratch);
  void RowParams(int64_t row, Scratch& scratch) const;
  int16_t OtherCode(float value, const SortedLevels* levels) const;

  QuantizedTensor* tensor_;
  GroupLayout layout_;
  kernels::Target target_;
  int32_t low_ = 0;
  int32_t high_ = 0;
  std::unique_ptr<const SortedLevels> levels_;  // of all rows, unless each has its own
  std::vector<float> all_scales_;               // where the groups of a row are not consecutive
  std::vector<float> all_offsets_;
};

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_ROW_ENCODER_H_
