// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What LSTM, GRU and RNN share: shapes, directions, activations, and the walk over time. f32.
// Gates of an input are one product for all steps; each step adds that of its hidden state.

#ifndef PAWL_LIB_GRAPH_OPERATORS_RECURRENT_H_
#define PAWL_LIB_GRAPH_OPERATORS_RECURRENT_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "lib/graph/operators/common.h"
#include "lib/graph/product.h"

namespace pawl {

struct RecurrentDims {
  int64_t steps = 0, batch = 0, inputs = 0, hidden = 0, directions = 1, gates = 1;
  bool batch_first = false;  // layout 1
};

// How W and R lie: ONNX's [directions, gates * hidden, inputs or hidden], or as codes the other way
// round, [directions, inputs or hidden, gates * hidden].
enum class RecurrentWeights : uint8_t { kFloat, kCodes };

// Shapes of X, W, R, and where there are any B and the initial states, the first 5 + `states`
// inputs; the rule of an operator looks at others itself. `states` is 2 for LSTM.
absl::Status RecurrentShape(ShapeContext& c, int64_t gates, size_t states,
                            RecurrentWeights weights = RecurrentWeights::kFloat);
// Kernels are of f32. Errors: Unimplemented.
absl::Status CheckFloatSequence(const OpRun& run);
// Of known shapes.
RecurrentDims RecurrentDimsOf(const Node& node, const Dims& x, const Dims& r, int64_t gates);

// An activation function of ONNX's list, with its parameters.
class GateFunction {
 public:
  // Null parameters: the function's own. Errors: InvalidArgument for an unknown name.
  static absl::StatusOr<GateFunction> Parse(absl::string_view name, const float* alpha,
                                            const float* beta);
  // x[i] = f(clamp(x[i])) for n values; clip 0: no clamping.
  void Apply(const OpRun& run, float clip, int64_t n, float* x) const;

 private:
  enum class Kind {
    kSigmoid,
    kTanh,
    kRelu,
    kAffine,
    kLeakyRelu,
    kThresholded,
    kScaledTanh,
    kHardSigmoid,
    kElu,
    kSoftsign,
    kSoftplus
  };
  double One(double x) const;
  Kind kind_ = Kind::kTanh;
  double alpha_ = 0, beta_ = 0;
};

// `each` functions for every direction; `defaults` has the names of one direction.
absl::StatusOr<std::vector<GateFunction>> GateFunctionsOf(
    const Node& node, int64_t directions, absl::Span<const absl::string_view> defaults);

// One step of one direction.
struct RecurrentStep {
  int64_t direction = 0;
  int64_t index = 0;                // counted from where the sequences begin
  float* gates = nullptr;           // [batch, gates * hidden]: of this step's input, with bias
  const float* hidden = nullptr;    // [batch, hidden]: the state before
  float* next = nullptr;            // [batch, hidden]: the state after, of rows that are active
  const uint8_t* active = nullptr;  // [batch]: 0 where the row's sequence has ended
};

// The inputs of all steps of one direction.
struct RecurrentInputs {
  int64_t direction = 0;
  int64_t rows = 0;             // steps of the longest sequence * batch
  const float* x = nullptr;     // [rows, inputs]
  const float* bias = nullptr;  // [gates * hidden]
  float* gates = nullptr;       // [rows, gates * hidden]
};

class RecurrentCell {
 public:
  virtual ~RecurrentCell() = default;
  // gates * hidden values that are added to the gates of inputs.
  virtual void Bias(int64_t direction, float* bias) const = 0;
  // gates = x times the transpose of W, plus bias.
  virtual absl::Status Inputs(OpRun& run, const RecurrentDims& d, const RecurrentInputs& in);
  virtual absl::Status Step(const RecurrentStep& step) = 0;
};

// Floats of workspace that Recur takes.
int64_t RecurrentFloats(const RecurrentDims& d);

// Walks over time in every direction, and fills Y and Y_h, outputs 0 and 1.
absl::Status Recur(OpRun& run, const RecurrentDims& d, float* workspace, RecurrentCell& cell);

// out [batch, n] = rows [batch, hidden] times the transpose of r [n, hidden].
absl::Status TimesHidden(OpRun& run, const RecurrentDims& d, const float* rows, const float* r,
                         int64_t n, float* out);

// States [directions, batch, hidden] from an input, or zeros; and to an output. With layout 1 files
// have [batch, directions, hidden].
void ReadStates(const OpRun& run, const RecurrentDims& d, size_t input, float* states);
void WriteStates(OpRun& run, const RecurrentDims& d, const float* states, size_t output);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_RECURRENT_H_
