// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// One step of an LSTM, with products of f32 or (dynamic_lstm.cc) of codes. Gates in the order of
// the file: input, output, forget, cell.

#ifndef PAWL_LIB_GRAPH_OPERATORS_LSTM_CELL_H_
#define PAWL_LIB_GRAPH_OPERATORS_LSTM_CELL_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "lib/graph/operators/recurrent.h"

namespace pawl {

inline constexpr int64_t kLstmGates = 4;

// The rule for inputs X, W, R, B, sequence_lens, initial_h, initial_c, P.
absl::Status LstmShape(ShapeContext& c, RecurrentWeights weights);

class LstmCell : public RecurrentCell {
 public:
  // cells: [directions, batch, hidden]; scratch: [batch, gates * hidden].
  LstmCell(OpRun& run, const RecurrentDims& d, std::vector<GateFunction> functions, float* cells,
           float* scratch);

  void Bias(int64_t direction, float* bias) const override;
  absl::Status Step(const RecurrentStep& step) override;

 protected:
  // out [batch, gates * hidden] = the states before the step times the transpose of R.
  virtual absl::Status TimesR(const RecurrentStep& step, float* out);

  OpRun& run_;
  const RecurrentDims& d_;

 private:
  void AddPeephole(int64_t direction, int64_t which, const float* cell, float* add) const;
  void Row(const RecurrentStep& step, int64_t b, float* gates, const float* product) const;

  std::vector<GateFunction> functions_;
  float* cells_;
  float* products_;
  float clip_;
  bool couple_;
};

// Floats of workspace of a whole call, and the call: `make` builds the cell over a part of them.
size_t LstmFloats(const RecurrentDims& d);
using MakeLstmCell = absl::FunctionRef<std::unique_ptr<LstmCell>(std::vector<GateFunction>,
                                                                 float* cells, float* scratch)>;
absl::Status RunLstmCell(OpRun& run, const RecurrentDims& d, float* workspace, MakeLstmCell make);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_LSTM_CELL_H_
