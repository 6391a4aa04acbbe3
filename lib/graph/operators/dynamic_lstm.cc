// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// DynamicQuantizeLSTM (com.microsoft): an LSTM with 8-bit weights, whose inputs and states become
// u8 codes while it runs. As ONNX Runtime computes it on one thread, the inputs of all steps share
// a scale, and so do the states of a step's batch, where those of a sequence count as zeros from
// the second step after its end on (onnxruntime/core/providers/cpu/rnn/uni_directional_lstm.cc).
// Gates, states and bias are f32.

#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/quantize.h"
#include "lib/core/context_internal.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/integer_layer.h"
#include "lib/graph/operators/lstm_cell.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

// W and R among the inputs: codes, scales, zero points.
struct Matrix {
  size_t codes, scale, zero;
};
constexpr Matrix kMatrices[] = {{1, 8, 9}, {2, 10, 11}};

bool IsCode(DType dtype) { return dtype == DType::kU8 || dtype == DType::kI8; }

absl::Status Shape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 12));
  if (c.node().Int("layout", 0) != 0) return absl::InvalidArgumentError("has layout 1");
  for (const Matrix& m : kMatrices) {
    if (!c.Has(m.scale)) {
      return absl::InvalidArgumentError(absl::StrCat("input ", m.scale, " is missing"));
    }
    if (!IsCode(c.dtype(m.codes))) return TypeError(m.codes, c.dtype(m.codes), "u8, i8");
  }
  return LstmShape(c, RecurrentWeights::kCodes);
}

// [directions]: of W and of R.
struct Layers : OpState {
  std::array<std::vector<std::unique_ptr<FloatLayer>>, 2> matrices;
  size_t size_bytes() const override {
    size_t bytes = 0;
    for (const auto& matrix : matrices) {
      for (const auto& layer : matrix) bytes += layer->size_bytes();
    }
    return bytes;
  }
};

// One direction's part of a matrix [directions, inputs, outputs], whose scales and zero points are
// [directions] or [directions, outputs]; nothing where they do not fit.
std::optional<CodeWeights> WeightsOf(const PrepareContext& c, const Matrix& at, int64_t direction,
                                     Tensor* slice) {
  const Tensor *codes = c.Constant(at.codes), *scales = c.Constant(at.scale);
  if (codes == nullptr || scales == nullptr || scales->dtype() != DType::kF32 ||
      codes->rank() != 3 || codes->empty()) {
    return std::nullopt;
  }
  const int64_t directions = codes->dim(0), outputs = codes->dim(2);
  const auto count = static_cast<size_t>(codes->dim(1) * outputs);
  auto view = Tensor::View(codes->dtype(), {codes->dim(1), outputs},
                           Data<uint8_t>(*codes) + static_cast<size_t>(direction) * count, count);
  if (!view.ok()) return std::nullopt;
  *slice = *std::move(view);
  CodeWeights w{.codes = slice, .by_column = true, .zeros = {0}};
  // Those of the direction, of `all` directions.
  const auto part = [&](const auto& all) {
    const auto each = static_cast<int64_t>(all.size()) / directions;
    return std::pair(all.begin() + direction * each, all.begin() + (direction + 1) * each);
  };
  const auto fits = [&](int64_t n) { return n == directions || n == directions * outputs; };
  if (!fits(scales->num_elements())) return std::nullopt;
  const auto [first, last] = part(scales->as<float>());
  w.scales.assign(first, last);
  if (!std::all_of(w.scales.begin(), w.scales.end(), WeightScaleFits)) return std::nullopt;
  if (!c.Has(at.zero)) return w;
  const Tensor* zero = c.Constant(at.zero);
  if (zero == nullptr || !fits(zero->num_elements())) return std::nullopt;
  const auto zeros = ZeroPointsOf(*zero);
  if (!zeros.ok()) return std::nullopt;
  const auto [first_zero, last_zero] = part(*zeros);
  w.zeros.assign(first_zero, last_zero);
  return w;
}

absl::StatusOr<std::unique_ptr<OpState>> Prepare(const PrepareContext& c) {
  auto state = std::make_unique<Layers>();
  const int64_t directions = c.Constant(1) != nullptr ? c.Constant(1)->dim(0) : 1;
  for (size_t m = 0; m < 2; ++m) {
    for (int64_t direction = 0; direction < directions; ++direction) {
      Tensor slice;
      const auto weights = WeightsOf(c, kMatrices[m], direction, &slice);
      if (!weights.has_value() || slice.dim(0) > kMostCodeColumns) {
        return absl::UnimplementedError(absl::StrCat(
            "W and R, their scales and zero points must be initialisers, positive scales for each "
            "direction or output, at most ",
            kMostCodeColumns, " inputs"));
      }
      auto layer = std::make_unique<FloatLayer>();
      layer->scales = weights->scales;
      layer->scales.resize(static_cast<size_t>(weights->outputs()), weights->scales[0]);
      LinearOptions options = CodeLayerOptions(c.node(), DType::kU8, CodeScale{});
      SetSumOutput(&options);
      PAWL_ASSIGN_OR_RETURN(layer->layer,
                            MakeProductLayer(*weights, std::move(options), c.context()));
      state->matrices[m].push_back(std::move(layer));
    }
  }
  return state;
}

// Where a call's scratch lies, in bytes.
struct Scratch {
  size_t factors, states, codes, counted, total;
  explicit Scratch(const RecurrentDims& d) {
    factors = LstmFloats(d) * sizeof(float);
    states = factors + static_cast<size_t>(kLstmGates * d.hidden) * sizeof(float);
    codes = states + static_cast<size_t>(d.batch * d.hidden) * sizeof(float);
    counted = codes + static_cast<size_t>(d.batch * std::max(d.steps * d.inputs, d.hidden));
    total = counted + static_cast<size_t>(d.batch);
  }
};

class CodeCell : public LstmCell {
 public:
  CodeCell(OpRun& run, const RecurrentDims& d, std::vector<GateFunction> functions, float* cells,
           float* scratch)
      : LstmCell(run, d, std::move(functions), cells, scratch), at_(d) {}

  absl::Status Inputs(OpRun&, const RecurrentDims& d, const RecurrentInputs& in) override {
    return Multiply(0, in.direction, in.x, in.rows, d.inputs, in.bias, in.gates);
  }

 protected:
  absl::Status TimesR(const RecurrentStep& step, float* out) override {
    const int64_t h = d_.hidden;
    float* states = At<float>(at_.states);
    auto* counted = At<uint8_t>(at_.counted);  // what was active a step before
    if (step.index == 0) std::fill_n(counted, d_.batch, uint8_t{1});
    for (int64_t b = 0; b < d_.batch; ++b) {
      if (counted[b] != 0) {
        std::copy_n(step.hidden + b * h, h, states + b * h);
      } else {
        std::fill_n(states + b * h, h, 0.0f);
      }
    }
    std::copy_n(step.active, d_.batch, counted);
    return Multiply(1, step.direction, states, d_.batch, h, nullptr, out);
  }

 private:
  template <typename T>
  T* At(size_t offset) const {
    return reinterpret_cast<T*>(run_.workspace<char>() + offset);
  }

  // out [rows, gates * hidden] = x [rows, columns] times one of the matrices, plus bias.
  absl::Status Multiply(size_t matrix, int64_t direction, const float* x, int64_t rows,
                        int64_t columns, const float* bias, float* out) {
    const FloatLayer& layer =
        *run_.state<Layers>()->matrices[matrix][static_cast<size_t>(direction)];
    const kernels::Target target = TargetOf(&run_.context());
    const DynamicRange range = DynamicRangeOf(target, x, static_cast<size_t>(rows * columns));
    const kernels::QuantizeParams params{
        .scale = range.scale, .zero = range.zero, .lo = 0, .hi = 255};
    auto* codes = At<uint8_t>(at_.codes);
    PAWL_RETURN_IF_ERROR(Ranges(run_, rows * columns, 1 << 15, [&](int64_t begin, int64_t end) {
      kernels::QuantizeU8(target, x + begin, static_cast<size_t>(end - begin), params,
                          codes + begin);
    }));
    SumsToFloats floats = layer.Floats(range.scale, At<float>(at_.factors));
    floats.bias = bias;
    if (rows == 0) return absl::OkStatus();
    return layer.layer->conv.RunCodes(
        {.data = codes, .dtype = DType::kU8, .batch = 1, .width = rows}, range.zero, &floats,
        {.data = out, .dtype = DType::kF32, .batch = 1, .width = rows}, run_.context());
  }

  const Scratch at_;
};

size_t Workspace(const WorkspaceContext& c) {
  return Scratch(RecurrentDimsOf(c.node, *c.inputs[0]->shape, *c.inputs[2]->shape, kLstmGates))
      .total;
}

absl::Status Run(OpRun& run) {
  const RecurrentDims d =
      RecurrentDimsOf(run.node(), run.input(0).shape(), run.input(2).shape(), kLstmGates);
  return RunLstmCell(run, d, run.workspace<float>(),
                     [&](std::vector<GateFunction> functions, float* cells, float* scratch) {
                       return std::make_unique<CodeCell>(run, d, std::move(functions), cells,
                                                         scratch);
                     });
}

constexpr Operator kTable[] = {
    {.name = "DynamicQuantizeLSTM",
     .domain = kMicrosoftDomain,
     .shape = Shape,
     .run = Run,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic,
     .prepare = Prepare,
     .workspace = Workspace},
};

}  // namespace

absl::Span<const Operator> DynamicLstmOperators() { return kTable; }

}  // namespace pawl
