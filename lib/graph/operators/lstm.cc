// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// LSTM. Gates in the order of the file: input, output, forget, cell.

#include <algorithm>
#include <vector>

#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/recurrent.h"

namespace pawl {
namespace {

constexpr int64_t kGates = 4;

absl::Status LstmShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(RecurrentShape(c, kGates, 8, 2));
  const int64_t hidden = c.dims(2)[2];
  if (c.Has(7) && hidden >= 0 && (c.rank(7) != 2 || c.dims(7)[1] != 3 * hidden)) {
    return absl::InvalidArgumentError(
        absl::StrCat("peepholes have shape ", ShapeString(c.dims(7))));
  }
  return absl::OkStatus();
}

class LstmCell : public RecurrentCell {
 public:
  LstmCell(OpRun& run, const RecurrentDims& d, std::vector<GateFunction> functions, float* cells,
           float* scratch)
      : run_(run),
        d_(d),
        functions_(std::move(functions)),
        cells_(cells),
        products_(scratch),
        clip_(run.node().Float("clip", 0.0f)),
        couple_(run.node().Int("input_forget", 0) != 0) {}

  void Bias(int64_t direction, float* bias) const override {
    const int64_t n = kGates * d_.hidden;
    const float* from = run_.Has(3) ? Data<float>(run_.input(3)) + direction * 2 * n : nullptr;
    for (int64_t i = 0; i < n; ++i) bias[i] = from != nullptr ? from[i] + from[n + i] : 0.0f;
  }

  absl::Status Step(const RecurrentStep& step) override {
    const int64_t h = d_.hidden, n = kGates * h;
    const float* r = Data<float>(run_.input(2)) + step.direction * n * h;
    PAWL_RETURN_IF_ERROR(TimesHidden(run_, d_, step.hidden, r, n, products_));
    for (int64_t b = 0; b < d_.batch; ++b) {
      if (step.active[b] != 0) Row(step, b, step.gates + b * n, products_ + b * n);
    }
    return absl::OkStatus();
  }

 private:
  // add[i] += peephole[i] * cell[i]
  void AddPeephole(int64_t direction, int64_t which, const float* cell, float* add) const {
    if (!run_.Has(7)) return;
    const float* p = Data<float>(run_.input(7)) + (direction * 3 + which) * d_.hidden;
    for (int64_t i = 0; i < d_.hidden; ++i) add[i] += p[i] * cell[i];
  }

  void Row(const RecurrentStep& step, int64_t b, float* gates, const float* product) const {
    const int64_t h = d_.hidden;
    const GateFunction* f = &functions_[static_cast<size_t>(step.direction) * 3];
    float* cell = cells_ + (step.direction * d_.batch + b) * h;
    for (int64_t i = 0; i < kGates * h; ++i) gates[i] += product[i];
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

  OpRun& run_;
  const RecurrentDims& d_;
  std::vector<GateFunction> functions_;
  float* cells_;
  float* products_;
  float clip_;
  bool couple_;
};

size_t LstmWorkspace(const WorkspaceContext& c) {
  const Dims &x = *c.inputs[0]->shape, &r = *c.inputs[2]->shape;
  const bool batch_first = c.node.Int("layout", 0) != 0;
  const RecurrentDims d{.steps = x[batch_first ? 1 : 0],
                        .batch = x[batch_first ? 0 : 1],
                        .inputs = x[2],
                        .hidden = r[2],
                        .directions = r[0],
                        .gates = kGates,
                        .batch_first = batch_first};
  const int64_t state = d.directions * d.batch * d.hidden, product = d.batch * kGates * d.hidden;
  return static_cast<size_t>(RecurrentFloats(d) + state + product) * sizeof(float);
}

absl::Status RunLstm(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const RecurrentDims d, RecurrentDimsOf(run, kGates));
  constexpr absl::string_view kDefaults[] = {"Sigmoid", "Tanh", "Tanh"};
  PAWL_ASSIGN_OR_RETURN(std::vector<GateFunction> functions,
                        GateFunctionsOf(run.node(), d.directions, kDefaults));
  float* cells = run.workspace<float>();
  float* products = cells + d.directions * d.batch * d.hidden;
  ReadStates(run, d, 6, cells);
  LstmCell cell(run, d, std::move(functions), cells, products);
  PAWL_RETURN_IF_ERROR(Recur(run, d, products + d.batch * kGates * d.hidden, cell));
  WriteStates(run, d, cells, 2);
  return absl::OkStatus();
}

constexpr Operator kTable[] = {
    {.name = "LSTM",
     .domain = "",
     .min_opset = 7,
     .shape = LstmShape,
     .run = RunLstm,
     .quantize = QuantKind::kRecurrent,
     .flags = kSymbolic,
     .workspace = LstmWorkspace},
};

}  // namespace

absl::Span<const Operator> LstmOperators() { return kTable; }

}  // namespace pawl
