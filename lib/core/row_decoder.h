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
#include "kernels/dot_codes.h"
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

  // Rows [begin, begin + rows), at most kTaskRows of them. The scratch is CodeScratchBytes.
  struct Rows {
    int64_t begin, count;
  };
  static constexpr int64_t kTaskRows = 16;

  // Pieces of rows, for a product that decodes what its cache holds: columns [i * c, (i + 1) * c)
  // with c = PieceColumns(about) of what DecodeInner gives, rows `stride` values apart, which is a
  // multiple of 16; up to the next multiple of 16, columns that do not exist hold anything.
  // PieceColumns is near `about` (a multiple of 32) and a multiple of 32, or all columns where
  // groups do not allow less.
  int64_t PieceColumns(int64_t about) const;
  void DecodePieces(const Rows& rows, int64_t column, int64_t columns, float* out, int64_t stride,
                    void* scratch, kernels::Target target) const;

  // Products without decoding first, where a kernel takes the scheme on this target: the lane sums
  // (kernels/matmul_f32.h) of x . row, with the values that DecodeInner gives.
  bool CanDot(kernels::Target target) const;
  void Dot(const Rows& rows, const float* x, float* lanes, void* scratch,
           kernels::Target target) const;

  size_t CodeScratchBytes() const;

 private:
  struct RowScratch;  // params and codes of one row
  RowScratch Carve(void* scratch) const;
  const float* LevelsOf(int64_t row) const;
  const uint8_t* CodesOf(int64_t row) const;
  // `count` columns from a whole byte on.
  struct Span {
    int64_t row, begin, count;
  };
  // One kernel call: codes to values.
  void DecodeRegular(kernels::Target target, const Span& span, float* out,
                     const RowScratch& s) const;
  void DecodeGroups(kernels::Target target, const Span& span,
                    const kernels::DequantizeGroups& groups, float* out, const RowScratch& s) const;
  // Levels first, then run by run: groups that are not consecutive, narrow arithmetic.
  void DecodeIrregular(kernels::Target target, int64_t row, float* out, const RowScratch& s) const;
  void ScaleRow(int64_t row, float* out, const RowScratch& s) const;
  void ScaleRun(float scale, float offset, float* values, int64_t count) const;
  void ApplyOutliers(const Span& span, float* out) const;
  void DecodeSpan(const Span& span, float* out, void* scratch, kernels::Target target) const;
  // The kernels of dot_codes.h: everything but codes and parameters; whether they take that.
  kernels::CodeRows MakeCodeRows() const;
  bool TakesCodes(kernels::Target target) const;
  // Calls fn(code rows, index of the first of them) for columns [span.begin, ...) of `count` rows
  // from span.row on.
  template <typename Fn>
  void ForCodeRows(const Span& span, int64_t count, void* scratch, const Fn& fn) const;

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
