// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GRU (gates in the order of the file: update, reset, hidden) and RNN.

#include <algorithm>
#include <vector>

#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/recurrent.h"

namespace pawl {
namespace {

template <int64_t kGates>
absl::Status Shape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 6));
  return RecurrentShape(c, kGates, 1);
}

// Biases of the input's gates and of the hidden state's follow one another.
const float* BiasOf(const OpRun& run, int64_t direction, int64_t rows) {
  return run.Has(3) ? Data<float>(run.input(3)) + direction * 2 * rows : nullptr;
}

class GruCell : public RecurrentCell {
 public:
  GruCell(OpRun& run, const RecurrentDims& d, std::vector<GateFunction> functions, float* scratch)
      : run_(run),
        d_(d),
        functions_(std::move(functions)),
        products_(scratch),
        reset_(scratch + d.batch * 3 * d.hidden),
        clip_(run.node().Float("clip", 0.0f)),
        after_(run.node().Int("linear_before_reset", 0) != 0) {}

  void Bias(int64_t direction, float* bias) const override {
    const int64_t n = 3 * d_.hidden;
    const float* from = BiasOf(run_, direction, n);
    for (int64_t i = 0; i < n; ++i) {
      // The hidden state's own part of the last gate is reset with it.
      const bool both = !after_ || i < 2 * d_.hidden;
      bias[i] = from == nullptr ? 0.0f : both ? from[i] + from[n + i] : from[i];
    }
  }

  absl::Status Step(const RecurrentStep& step) override {
    const int64_t h = d_.hidden, n = 3 * h, first = after_ ? n : 2 * h;
    const float* r = Data<float>(run_.input(2)) + step.direction * n * h;
    PAWL_RETURN_IF_ERROR(TimesHidden(run_, d_, step.hidden, r, first, products_));
    const GateFunction* f = &functions_[static_cast<size_t>(step.direction) * 2];
    for (int64_t b = 0; b < d_.batch; ++b) {
      float* gates = step.gates + b * n;
      for (int64_t i = 0; i < 2 * h; ++i) gates[i] += products_[b * first + i];
      f[0].Apply(run_, clip_, 2 * h, gates);
      for (int64_t i = 0; i < h; ++i) reset_[b * h + i] = gates[h + i] * step.hidden[b * h + i];
    }
    if (!after_) {
      PAWL_RETURN_IF_ERROR(TimesHidden(run_, d_, reset_, r + 2 * h * h, h, products_));
    }
    for (int64_t b = 0; b < d_.batch; ++b) {
      if (step.active[b] != 0) Finish(step, b, f[1]);
    }
    return absl::OkStatus();
  }

 private:
  void Finish(const RecurrentStep& step, int64_t b, const GateFunction& g) const {
    const int64_t h = d_.hidden;
    float* gates = step.gates + b * 3 * h;
    float* value = gates + 2 * h;
    if (after_) {
      const float* product = products_ + b * 3 * h + 2 * h;
      const float* bias = BiasOf(run_, step.direction, 3 * h);
      for (int64_t i = 0; i < h; ++i) {
        const float own = product[i] + (bias != nullptr ? bias[5 * h + i] : 0.0f);
        value[i] += gates[h + i] * own;
      }
    } else {
      for (int64_t i = 0; i < h; ++i) value[i] += products_[b * h + i];
    }
    g.Apply(run_, clip_, h, value);
    for (int64_t i = 0; i < h; ++i) {
      step.next[b * h + i] = (1.0f - gates[i]) * value[i] + gates[i] * step.hidden[b * h + i];
    }
  }

  OpRun& run_;
  const RecurrentDims& d_;
  std::vector<GateFunction> functions_;
  float* products_;
  float* reset_;
  float clip_;
  bool after_;  // the reset gate is applied after the product
};

class RnnCell : public RecurrentCell {
 public:
  RnnCell(OpRun& run, const RecurrentDims& d, std::vector<GateFunction> functions, float* scratch)
      : run_(run),
        d_(d),
        functions_(std::move(functions)),
        products_(scratch),
        clip_(run.node().Float("clip", 0.0f)) {}

  void Bias(int64_t direction, float* bias) const override {
    const float* from = BiasOf(run_, direction, d_.hidden);
    for (int64_t i = 0; i < d_.hidden; ++i) {
      bias[i] = from != nullptr ? from[i] + from[d_.hidden + i] : 0.0f;
    }
  }

  absl::Status Step(const RecurrentStep& step) override {
    const int64_t h = d_.hidden;
    const float* r = Data<float>(run_.input(2)) + step.direction * h * h;
    PAWL_RETURN_IF_ERROR(TimesHidden(run_, d_, step.hidden, r, h, products_));
    for (int64_t b = 0; b < d_.batch; ++b) {
      if (step.active[b] == 0) continue;
      for (int64_t i = b * h; i < (b + 1) * h; ++i) step.next[i] = step.gates[i] + products_[i];
      functions_[static_cast<size_t>(step.direction)].Apply(run_, clip_, h, step.next + b * h);
    }
    return absl::OkStatus();
  }

 private:
  OpRun& run_;
  const RecurrentDims& d_;
  std::vector<GateFunction> functions_;
  float* products_;
  float clip_;
};

template <int64_t kGates>
size_t Workspace(const WorkspaceContext& c) {
  const RecurrentDims d = RecurrentDimsOf(c.node, *c.inputs[0]->shape, *c.inputs[2]->shape, kGates);
  const int64_t scratch = d.batch * (kGates + 1) * d.hidden;
  return static_cast<size_t>(RecurrentFloats(d) + scratch) * sizeof(float);
}

template <typename Cell, int64_t kGates>
absl::Status RunCell(OpRun& run, absl::Span<const absl::string_view> defaults) {
  PAWL_RETURN_IF_ERROR(CheckFloatSequence(run));
  const RecurrentDims d =
      RecurrentDimsOf(run.node(), run.input(0).shape(), run.input(2).shape(), kGates);
  PAWL_ASSIGN_OR_RETURN(std::vector<GateFunction> functions,
                        GateFunctionsOf(run.node(), d.directions, defaults));
  float* scratch = run.workspace<float>();
  Cell cell(run, d, std::move(functions), scratch);
  return Recur(run, d, scratch + d.batch * (kGates + 1) * d.hidden, cell);
}

absl::Status RunGru(OpRun& run) {
  constexpr absl::string_view kDefaults[] = {"Sigmoid", "Tanh"};
  return RunCell<GruCell, 3>(run, kDefaults);
}
absl::Status RunRnn(OpRun& run) {
  constexpr absl::string_view kDefaults[] = {"Tanh"};
  return RunCell<RnnCell, 1>(run, kDefaults);
}

constexpr Operator kTable[] = {
    {.name = "GRU",
     .domain = "",
     .min_opset = 7,
     .shape = Shape<3>,
     .run = RunGru,
     .quantize = QuantKind::kRecurrent,
     .flags = kSymbolic,
     .workspace = Workspace<3>},
    {.name = "RNN",
     .domain = "",
     .min_opset = 7,
     .shape = Shape<1>,
     .run = RunRnn,
     .quantize = QuantKind::kRecurrent,
     .flags = kSymbolic,
     .workspace = Workspace<1>},
};

}  // namespace

absl::Span<const Operator> GruOperators() { return kTable; }

}  // namespace pawl
