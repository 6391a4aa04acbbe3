// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_ROW_DECODER_H_
#define PAWL_LIB_CORE_ROW_DECODER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/dequantize.h"
#include "kernels/target.h"
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
  void Decode(int64_t row, float* out, void* scratch,
              kernels::Target target = kernels::BestTarget()) const;

  // The row before input_scale and rotation, with outliers: what stands against the transformed
  // activations.
  void DecodeInner(int64_t row, float* out, void* scratch,
                   kernels::Target target = kernels::BestTarget()) const;

 private:
  struct RowScratch;  // params and codes of one row
  RowScratch Carve(void* scratch) const;
  const float* LevelsOf(int64_t row) const;
  // One kernel call: codes to values.
  void DecodeRegular(kernels::Target target, int64_t row, float* out, const RowScratch& s) const;
  void DecodeGroups(kernels::Target target, int64_t row, const kernels::DequantizeGroups& groups,
                    float* out, const RowScratch& s) const;
  // Levels first, then run by run: groups that are not consecutive, narrow arithmetic.
  void ScaleRow(int64_t row, float* out, const RowScratch& s) const;
  void ScaleRun(float scale, float offset, float* values, int64_t count) const;
  void ApplyOutliers(int64_t row, float* out) const;

  const QuantizedTensor* tensor_ = nullptr;
  bool one_call_ = false;  // DecodeRegular applies
  GroupLayout layout_;
  std::shared_ptr<const LevelTable> table_;
  // Decoded once where the groups of a row are not consecutive.
  std::shared_ptr<const std::vector<float>> scales_;
  std::shared_ptr<const std::vector<float>> offsets_;
};

}  // namespace pawl

#endif  // PAWL_LIB_CORE_ROW_DECODER_H_
