// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/lstm_cell.h"

namespace pawl {

absl::Status LstmShape(ShapeContext& c, RecurrentWeights weights) {
  PAWL_RETURN_IF_ERROR(RecurrentShape(c, kLstmGates, 2, weights));
  const int64_t hidden = c.dims(2)[weights == RecurrentWeights::kCodes ? 1 : 2];
  if (!c.Has(7)) return absl::OkStatus();
  if (c.dtype(7) != c.dtype(0)) return TypeError(7, c.dtype(7), DTypeName(c.dtype(0)));
  if (hidden >= 0 && (c.rank(7) != 2 || c.dims(7)[1] != 3 * hidden)) {
    return absl::InvalidArgumentError(
        absl::StrCat("peepholes have shape ", ShapeString(c.dims(7))));
  }
  return absl::OkStatus();
}

LstmCell::LstmCell(OpRun& run, const RecurrentDims& d, std::vector<GateFunction> functions,
                   float* cells, float* scratch)
    : run_(run),
      d_(d),
      functions_(std::move(functions)),
      cells_(cells),
      products_(scratch),
      clip_(run.node().Float("clip", 0.0f)),
      couple_(run.node().Int("input_forget", 0) != 0) {}

void LstmCell::Bias(int64_t direction, float* bias) const {
  const int64_t n = kLstmGates * d_.hidden;
  const float* from = run_.Has(3) ? Data<float>(run_.input(3)) + direction * 2 * n : nullptr;
  for (int64_t i = 0; i < n; ++i) bias[i] = from != nullptr ? from[i] + from[n + i] : 0.0f;
}

absl::Status LstmCell::TimesR(const RecurrentStep& step, float* out) {
  const int64_t h = d_.hidden, n = kLstmGates * h;
  const float* r = Data<float>(run_.input(2)) + step.direction * n * h;
  return TimesHidden(run_, d_, step.hidden, r, n, out);
}

absl::Status LstmCell::Step(const RecurrentStep& step) {
  const int64_t n = kLstmGates * d_.hidden;
  PAWL_RETURN_IF_ERROR(TimesR(step, products_));
  for (int64_t b = 0; b < d_.batch; ++b) {
    if (step.active[b] != 0) Row(step, b, step.gates + b * n, products_ + b * n);
  }
  return absl::OkStatus();
}

// add[i] += peephole[i] * cell[i]
void LstmCell::AddPeephole(int64_t direction, int64_t which, const float* cell, float* add) const {
  if (!run_.Has(7)) return;
  const float* p = Data<float>(run_.input(7)) + (direction * 3 + which) * d_.hidden;
  for (int64_t i = 0; i < d_.hidden; ++i) add[i] += p[i] * cell[i];
}

void LstmCell::Row(const RecurrentStep& step, int64_t b, float* gates, const float* product) const {
  const int64_t h = d_.hidden;
  const GateFunction* f = &functions_[static_cast<size_t>(step.direction) * 3];
  float* cell = cells_ + (step.direction * d_.batch + b) * h;
  for (int64_t i = 0; i < kLstmGates * h; ++i) gates[i] += product[i];
  float *in = gates, *out = gates + h, *forget = gates + 2 * h, *value = gates + 3 * h;
  AddPeephole(step.direction, 0, cell, in);
  f[0].Apply(run_, clip_, h, in);
  if (couple_) {
    for (int64_t i = 0; i < h; ++i) forget[i] = 1.0f - in[i];
  } else {
    AddPeephole(step.direction, 2, cell, forget);
    f[0].Apply(run_, clip_, h, forget);
  }
  f[1].Apply(run_, clip_, h, value);
  for (int64_t i = 0; i < h; ++i) cell[i] = forget[i] * cell[i] + in[i] * value[i];
  AddPeephole(step.direction, 1, cell, out);
  f[0].Apply(run_, clip_, h, out);
  float* next = step.next + b * h;
  std::copy_n(cell, h, next);
  f[2].Apply(run_, 0.0f, h, next);
  for (int64_t i = 0; i < h; ++i) next[i] *= out[i];
}

size_t LstmFloats(const RecurrentDims& d) {
  const int64_t states = d.directions * d.batch * d.hidden,
                products = d.batch * kLstmGates * d.hidden;
  return static_cast<size_t>(RecurrentFloats(d) + states + products);
}

absl::Status RunLstmCell(OpRun& run, const RecurrentDims& d, float* workspace, MakeLstmCell make) {
  constexpr absl::string_view kDefaults[] = {"Sigmoid", "Tanh", "Tanh"};
  PAWL_ASSIGN_OR_RETURN(std::vector<GateFunction> functions,
                        GateFunctionsOf(run.node(), d.directions, kDefaults));
  float* cells = workspace;
  float* products = cells + d.directions * d.batch * d.hidden;
  ReadStates(run, d, 6, cells);
  const std::unique_ptr<LstmCell> cell = make(std::move(functions), cells, products);
  PAWL_RETURN_IF_ERROR(Recur(run, d, products + d.batch * kLstmGates * d.hidden, *cell));
  WriteStates(run, d, cells, 2);
  return absl::OkStatus();
}

namespace {

absl::Status FloatShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 8));
  return LstmShape(c, RecurrentWeights::kFloat);
}

size_t Workspace(const WorkspaceContext& c) {
  return sizeof(float) *
         LstmFloats(RecurrentDimsOf(c.node, *c.inputs[0]->shape, *c.inputs[2]->shape, kLstmGates));
}

absl::Status RunLstm(OpRun& run) {
  PAWL_RETURN_IF_ERROR(CheckFloatSequence(run));
  const RecurrentDims d =
      RecurrentDimsOf(run.node(), run.input(0).shape(), run.input(2).shape(), kLstmGates);
  return RunLstmCell(run, d, run.workspace<float>(),
                     [&](std::vector<GateFunction> functions, float* cells, float* scratch) {
                       return std::make_unique<LstmCell>(run, d, std::move(functions), cells,
                                                         scratch);
                     });
}

constexpr Operator kTable[] = {
    {.name = "LSTM",
     .domain = "",
     .min_opset = 7,
     .shape = FloatShape,
     .run = RunLstm,
     .quantize = QuantKind::kRecurrent,
     .flags = kSymbolic,
     .workspace = Workspace},
};

}  // namespace

absl::Span<const Operator> LstmOperators() { return kTable; }

}  // namespace pawl
