// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_ROW_DECODER_H_
#define PAWL_LIB_CORE_ROW_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "lib/core/group_layout.h"
#include "lib/core/level_tables.h"
#include "pawl/quantized_tensor.h"

namespace pawl {

// Decodes rows of one quantized tensor, which must outlive it. Immutable: threads may share one.
class RowDecoder {
 public:
  static absl::StatusOr<RowDecoder> Create(const QuantizedTensor& tensor);

  const GroupLayout& layout() const { return layout_; }

  // What Decode wants as scratch, in bytes, 4-byte aligned.
  size_t ScratchBytes() const;

  // Writes the cols() values of a row as they act on the original activations.
  void Decode(int64_t row, float* out, void* scratch) const;

  // The row before input_scale and rotation, with outliers: what stands against the transformed
  // activations.
  void DecodeInner(int64_t row, float* out, void* scratch) const;

 private:
  void LevelsOfRow(int64_t row, const int16_t* codes, float* out) const;
  void ScaleRow(int64_t row, float* out, float* params) const;
  void ScaleRun(float scale, float offset, float* values, int64_t count) const;
  void ApplyOutliers(int64_t row, float* out) const;

  const QuantizedTensor* tensor_ = nullptr;
  GroupLayout layout_;
  std::shared_ptr<const LevelTable> table_;
  // Decoded once where the groups of a row are not consecutive.
  std::shared_ptr<const std::vector<float>> scales_;
  std::shared_ptr<const std::vector<float>> offsets_;
};

}  // namespace pawl

#endif  // PAWL_LIB_CORE_ROW_DECODER_H_
