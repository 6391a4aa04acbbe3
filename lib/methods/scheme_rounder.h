// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_METHODS_SCHEME_ROUNDER_H_
#define PAWL_LIB_METHODS_SCHEME_ROUNDER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "kernels/target.h"
#include "lib/core/group_layout.h"
#include "lib/core/level_tables.h"
#include "lib/methods/error_feedback.h"
#include "lib/methods/group_fit.h"
#include "pawl/quantized_tensor.h"
#include "pawl/quantizer.h"

namespace pawl {

// Rounds columns to what the codes of a scheme can say. Scales are those of the tensor, or are
// fitted group by group and stored at the end.
class SchemeRounder final : public ColumnRounder {
 public:
  // `tensor` has its scales already, unless `fit` is given: then groups of the scheme's size get
  // theirs from it. All arguments must outlive the rounder.
  SchemeRounder(QuantizedTensor& tensor, const GroupLayout& layout, const InputFactor& factor,
                const QuantizeOptions& options, bool fit, kernels::Target target);

  int64_t group_size() const override { return fit_ ? tensor_.scheme.grouping.size : 0; }
  void Fit(int64_t position, int64_t count, int64_t begin, int64_t outputs,
           const float* values) override;
  void Round(int64_t position, int64_t begin, int64_t outputs, const float* values,
             float* rounded) override;

  // Writes codes, and scales where they were fitted.
  absl::Status Store(Context* context, QuantizeStats& stats);

 private:
  struct Params {
    std::vector<float> divisors;  // infinity for a scale of 0
    std::vector<float> scales;
    std::vector<float> offsets;
  };
  void LoadParams(int64_t column, int64_t begin, int64_t outputs, Params& params) const;
  void RoundIntegers(const float* values, int64_t outputs, const Params& params, int16_t* codes,
                     float* rounded) const;
  void RoundLevels(const float* values, int64_t begin, int64_t outputs, const Params& params,
                   int16_t* codes, float* rounded) const;
  int16_t LevelCode(float value, const SortedLevels& levels) const;

  QuantizedTensor& tensor_;
  const GroupLayout& layout_;
  const InputFactor& factor_;
  GroupFitter fitter_;
  bool fit_;
  kernels::Target target_;
  int64_t out_;
  bool affine_;
  bool integer_;
  std::vector<float> scales_;  // of all groups, as they are stored
  std::vector<float> offsets_;
  std::vector<float> ideal_scales_;  // before they are stored, where they are fitted
  std::vector<float> ideal_offsets_;
  std::vector<float> fit_weights_;    // by position
  LevelTable table_;                  // by code
  std::vector<SortedLevels> levels_;  // one, or one for each row
  std::vector<int16_t> codes_;        // [in, out], by position
};

}  // namespace pawl

#endif  // PAWL_LIB_METHODS_SCHEME_ROUNDER_H_
