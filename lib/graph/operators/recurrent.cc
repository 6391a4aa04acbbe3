// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/recurrent.h"

#include <algorithm>
#include <cstring>

#include "lib/graph/operators/element_types.h"

namespace pawl {
namespace {

int64_t Directions(const Node& node) {
  return node.String("direction", "forward") == "bidirectional" ? 2 : 1;
}

// Whether every known dimension is as expected.
bool Fits(const Dims& dims, const Dims& want) {
  bool fits = dims.size() == want.size();
  for (size_t i = 0; fits && i < dims.size(); ++i) {
    fits = dims[i] < 0 || want[i] < 0 || dims[i] == want[i];
  }
  return fits;
}

absl::Status CheckShape(const ShapeContext& c, size_t input, const Dims& want) {
  if (!c.Has(input) || Fits(c.dims(input), want)) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("input ", input, " has shape ",
                                                 ShapeString(c.dims(input)), ", expected ",
                                                 ShapeString(want)));
}

}  // namespace

absl::Status RecurrentShape(ShapeContext& c, int64_t gates, size_t states,
                            RecurrentWeights weights) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, c.num_inputs()));
  const bool codes = weights == RecurrentWeights::kCodes;
  const DType type = c.dtype(0);
  // f16 becomes f32 before it is run (WidenHalf).
  if (type != DType::kF32 && (codes || type != DType::kF16)) return TypeError(0, type, "f32");
  const Node& node = c.node();
  const auto direction = node.String("direction", "forward");
  if (direction != "forward" && direction != "reverse" && direction != "bidirectional") {
    return absl::InvalidArgumentError(absl::StrCat("direction is '", direction, "'"));
  }
  if (c.rank(0) != 3 || c.rank(1) != 3 || c.rank(2) != 3) {
    return absl::InvalidArgumentError("X, W and R must have three dimensions");
  }
  const bool batch_first = node.Int("layout", 0) != 0;
  const int64_t directions = Directions(node), hidden = c.dims(2)[codes ? 1 : 2];
  const int64_t steps = c.dims(0)[batch_first ? 1 : 0], batch = c.dims(0)[batch_first ? 0 : 1];
  const int64_t rows = hidden < 0 ? kUnknownDim : DimProduct({gates, hidden});
  const auto matrix = [&](int64_t inputs) {
    return codes ? Dims{directions, inputs, rows} : Dims{directions, rows, inputs};
  };
  PAWL_RETURN_IF_ERROR(CheckShape(c, 1, matrix(c.dims(0)[2])));
  PAWL_RETURN_IF_ERROR(CheckShape(c, 2, matrix(hidden)));
  PAWL_RETURN_IF_ERROR(
      CheckShape(c, 3, {directions, rows < 0 ? kUnknownDim : DimProduct({2, rows})}));
  PAWL_RETURN_IF_ERROR(CheckShape(c, 4, {batch}));
  const Dims state =
      batch_first ? Dims{batch, directions, hidden} : Dims{directions, batch, hidden};
  for (size_t i = 0; i < states; ++i) PAWL_RETURN_IF_ERROR(CheckShape(c, 5 + i, state));
  for (size_t i = codes ? 3 : 1; i < 5 + states; ++i) {
    if (i != 4 && c.Has(i) && c.dtype(i) != type) {
      return TypeError(i, c.dtype(i), DTypeName(type));
    }
  }
  c.Set(0, type,
        batch_first ? Dims{batch, steps, directions, hidden}
                    : Dims{steps, directions, batch, hidden});
  for (size_t i = 0; i < states; ++i) c.Set(1 + i, type, state);
  return absl::OkStatus();
}

absl::Status CheckFloatSequence(const OpRun& run) {
  const DType type = run.input(0).dtype();
  return type == DType::kF32 ? absl::OkStatus() : TypeError(0, type, "f32");
}

RecurrentDims RecurrentDimsOf(const Node& node, const Dims& x, const Dims& r, int64_t gates) {
  const bool batch_first = node.Int("layout", 0) != 0;
  return {.steps = x[batch_first ? 1 : 0],
          .batch = x[batch_first ? 0 : 1],
          .inputs = x[2],
          .hidden = std::min(r[1], r[2]),  // the other is gates * hidden
          .directions = r[0],
          .gates = gates,
          .batch_first = batch_first};
}

int64_t RecurrentFloats(const RecurrentDims& d) {
  const int64_t row = d.gates * d.hidden;
  return d.steps * d.batch * (row + (d.batch_first ? d.inputs : 0)) + row +
         2 * d.directions * d.batch * d.hidden + d.batch * row + d.batch / 4 + 1;
}

absl::Status TimesHidden(OpRun& run, const RecurrentDims& d, const float* rows, const float* r,
                         int64_t n, float* out) {
  const Product p{.m = d.batch, .n = n, .k = d.hidden, .a = rows, .w = r, .out = out};
  return MultiplyF32(p, run.context());
}

void ReadStates(const OpRun& run, const RecurrentDims& d, size_t input, float* states) {
  const int64_t all = d.directions * d.batch * d.hidden;
  if (!run.Has(input)) {
    std::fill_n(states, all, 0.0f);
    return;
  }
  const float* from = Data<float>(run.input(input));
  for (int64_t i = 0; i < d.directions * d.batch; ++i) {
    const int64_t direction = i / d.batch, row = i % d.batch;
    const int64_t at = d.batch_first ? row * d.directions + direction : i;
    std::copy_n(from + at * d.hidden, d.hidden, states + i * d.hidden);
  }
}

void WriteStates(OpRun& run, const RecurrentDims& d, const float* states, size_t output) {
  if (!run.Wants(output)) return;
  float* to = MutableData<float>(run.output(output));
  for (int64_t i = 0; i < d.directions * d.batch; ++i) {
    const int64_t direction = i / d.batch, row = i % d.batch;
    const int64_t at = d.batch_first ? row * d.directions + direction : i;
    std::copy_n(states + i * d.hidden, d.hidden, to + at * d.hidden);
  }
}

namespace {

// The walk over time of one direction. Step s of a row is t = s, or backwards, counted from where
// the row's sequence ends, so that rows which end at different times begin together.
class Walk {
 public:
  // at_step: [batch, gates * hidden].
  Walk(OpRun& run, const RecurrentDims& d, RecurrentCell& cell, absl::Span<const int64_t> lengths,
       float* at_step, uint8_t* active)
      : run_(run), d_(d), cell_(cell), lengths_(lengths), at_step_(at_step), active_(active) {}

  // gates: [steps, batch, gates * hidden]; states: two of [batch, hidden], the first one's content
  // is the initial state and in the end the last.
  absl::Status Run(int64_t direction, bool reverse, float* gates, float* state, float* other) {
    const int64_t row = d_.gates * d_.hidden, size = d_.batch * d_.hidden;
    if (run_.Wants(0)) Clear(direction);
    const bool apart = reverse && !lengths_.empty();  // rows are at different times
    for (int64_t s = 0; s < d_.steps; ++s) {
      const auto time = [&](int64_t b) { return reverse ? Length(b) - 1 - s : s; };
      float* of_step = apart ? at_step_ : gates + time(0) * d_.batch * row;
      bool any = false;
      for (int64_t b = 0; b < d_.batch; ++b) {
        active_[b] = s < Length(b) ? 1 : 0;
        any |= active_[b] != 0;
        if (!apart) continue;
        if (active_[b] != 0) {
          std::copy_n(gates + (time(b) * d_.batch + b) * row, row, of_step + b * row);
        } else {
          std::fill_n(of_step + b * row, row, 0.0f);
        }
      }
      if (!any) break;
      std::copy_n(state, size, other);
      PAWL_RETURN_IF_ERROR(cell_.Step({direction, s, of_step, state, other, active_}));
      std::copy_n(other, size, state);
      for (int64_t b = 0; run_.Wants(0) && b < d_.batch; ++b) {
        if (active_[b] != 0) {
          std::copy_n(state + b * d_.hidden, d_.hidden, At(time(b), direction, b));
        }
      }
    }
    return absl::OkStatus();
  }

 private:
  int64_t Length(int64_t row) const {
    return lengths_.empty() ? d_.steps : lengths_[static_cast<size_t>(row)];
  }
  float* At(int64_t t, int64_t direction, int64_t row) {
    const int64_t index = d_.batch_first ? (row * d_.steps + t) * d_.directions + direction
                                         : (t * d_.directions + direction) * d_.batch + row;
    return MutableData<float>(run_.output(0)) + index * d_.hidden;
  }
  void Clear(int64_t direction) {
    for (int64_t t = 0; t < d_.steps; ++t) {
      for (int64_t b = 0; b < d_.batch; ++b) std::fill_n(At(t, direction, b), d_.hidden, 0.0f);
    }
  }

  OpRun& run_;
  const RecurrentDims& d_;
  RecurrentCell& cell_;
  absl::Span<const int64_t> lengths_;
  float* at_step_;
  uint8_t* active_;
};

absl::StatusOr<std::vector<int64_t>> LengthsOf(const OpRun& run, const RecurrentDims& d) {
  if (!run.Has(4)) return std::vector<int64_t>();
  PAWL_ASSIGN_OR_RETURN(std::vector<int64_t> lengths, IntegersOf(run.input(4)));
  for (const int64_t length : lengths) {
    if (length < 0 || length > d.steps) {
      return absl::InvalidArgumentError(
          absl::StrCat("a sequence of ", length, " steps does not fit into ", d.steps));
    }
  }
  return lengths;
}

}  // namespace

absl::Status RecurrentCell::Inputs(OpRun& run, const RecurrentDims& d, const RecurrentInputs& in) {
  const int64_t row = d.gates * d.hidden;
  const float* w = Data<float>(run.input(1)) + in.direction * row * d.inputs;
  const Product p{.m = in.rows, .n = row, .k = d.inputs, .a = in.x, .w = w, .out = in.gates};
  return MultiplyF32(p, run.context(), [&](int64_t, int64_t begin, int64_t count, float* out) {
    for (int64_t i = 0; i < count; ++i) out[i] += in.bias[begin + i];
  });
}

absl::Status Recur(OpRun& run, const RecurrentDims& d, float* workspace, RecurrentCell& cell) {
  const int64_t row = d.gates * d.hidden, size = d.batch * d.hidden;
  float* gates = workspace;
  float* bias = gates + d.steps * d.batch * row;
  float* states = bias + row;
  float* other = states + d.directions * size;
  float* at_step = other + d.directions * size;
  float* turned = at_step + d.batch * row;
  auto* active =
      reinterpret_cast<uint8_t*>(turned + (d.batch_first ? d.steps * d.batch * d.inputs : 0));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> lengths, LengthsOf(run, d));
  const float* x = Data<float>(run.input(0));
  if (d.batch_first) {  // [batch, steps, inputs] to [steps, batch, inputs]
    for (int64_t i = 0; i < d.batch * d.steps; ++i) {
      const int64_t to = i % d.steps * d.batch + i / d.steps;
      std::copy_n(x + i * d.inputs, d.inputs, turned + to * d.inputs);
    }
    x = turned;
  }
  ReadStates(run, d, 5, states);
  const int64_t longest =
      lengths.empty() ? d.steps : *std::max_element(lengths.begin(), lengths.end());
  const bool reverse = run.node().String("direction", "forward") == "reverse";
  Walk walk(run, d, cell, lengths, at_step, active);
  for (int64_t direction = 0; direction < d.directions; ++direction) {
    cell.Bias(direction, bias);
    PAWL_RETURN_IF_ERROR(cell.Inputs(
        run, d,
        {.direction = direction, .rows = longest * d.batch, .x = x, .bias = bias, .gates = gates}));
    PAWL_RETURN_IF_ERROR(walk.Run(direction, reverse || direction == 1, gates,
                                  states + direction * size, other + direction * size));
  }
  WriteStates(run, d, states, 1);
  return absl::OkStatus();
}

}  // namespace pawl
