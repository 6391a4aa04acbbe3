// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What an operator is to the rest of Pawl: its shape rule, its float kernel, and what quantization
// does to it. operator_list.h says how to add one.

#ifndef PAWL_LIB_GRAPH_OPERATOR_H_
#define PAWL_LIB_GRAPH_OPERATOR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/context.h"
#include "pawl/graph.h"

namespace pawl {

// What a shape rule sees of its node and what it finds out. Rules are called when a model is read
// (dimensions may be symbols), when memory is planned for the shapes of a run, and, for outputs
// that were not settled then, right before the kernel. They are called only when the type and rank
// of every present input are known; and, unless the operator is kSymbolic, all dimensions.
class ShapeContext {
 public:
  ShapeContext(const Graph& graph, const Node& node, absl::Span<const ValueType* const> inputs,
               absl::Span<const Tensor* const> values)
      : graph_(graph),
        node_(node),
        inputs_(inputs),
        values_(values),
        outputs_(node.outputs.size()),
        known_(node.outputs.size()) {}

  const Graph& graph() const { return graph_; }
  const Node& node() const { return node_; }
  size_t num_inputs() const { return inputs_.size(); }
  size_t num_outputs() const { return outputs_.size(); }
  bool Has(size_t input) const { return input < inputs_.size() && inputs_[input] != nullptr; }
  // Of an input that is present.
  DType dtype(size_t input) const { return *inputs_[input]->dtype; }
  const Dims& dims(size_t input) const { return *inputs_[input]->shape; }
  int64_t rank(size_t input) const { return static_cast<int64_t>(dims(input).size()); }
  // The contents, null where they are not known now.
  const Tensor* Contents(size_t input) const {
    return input < values_.size() ? values_[input] : nullptr;
  }
  // The contents of an i64 or i32 input (an axis, a shape), none where they are not known now.
  std::optional<std::vector<int64_t>> Integers(size_t input) const;

  // What is not set stays unknown: the output's shape depends on data. The kernel then calls
  // OpRun::Allocate. Absent outputs may be set too.
  void Set(size_t output, DType dtype, Dims dims);
  // The type alone.
  void SetType(size_t output, DType dtype);
  // The contents: the kernel need not run for them.
  void SetContents(size_t output, Tensor contents);

  std::vector<ValueType>& outputs() { return outputs_; }
  std::vector<std::optional<Tensor>>& contents() { return known_; }

 private:
  const Graph& graph_;
  const Node& node_;
  absl::Span<const ValueType* const> inputs_;
  absl::Span<const Tensor* const> values_;
  std::vector<ValueType> outputs_;
  std::vector<std::optional<Tensor>> known_;
};

// What an operator makes of its constants once (packed weights), shared by all who run it:
// immutable.
class OpState {
 public:
  virtual ~OpState() = default;
  virtual size_t size_bytes() const { return 0; }
};

class PrepareContext {
 public:
  PrepareContext(const Graph& graph, const Node& node, absl::Span<const Tensor* const> constants,
                 Context* context)
      : graph_(graph), node_(node), constants_(constants), context_(context) {}
  const Graph& graph() const { return graph_; }
  const Node& node() const { return node_; }
  // Null unless the input is an initialiser or follows from some.
  const Tensor* Constant(size_t input) const {
    return input < constants_.size() ? constants_[input] : nullptr;
  }
  // Null unless the input is a quantized initialiser.
  const QuantizedTensor* Quantized(size_t input) const;
  bool Has(size_t input) const { return node_.Input(input) != kNoValue; }
  Context* context() const { return context_; }  // may be null

 private:
  const Graph& graph_;
  const Node& node_;
  absl::Span<const Tensor* const> constants_;
  Context* context_;
};

// Runs one of a node's subgraphs; values that it captures come along by themselves. The results are
// valid until the subgraph's next run.
class SubgraphRunner {
 public:
  virtual ~SubgraphRunner() = default;
  virtual absl::StatusOr<absl::Span<const Tensor>> Run(absl::Span<const Tensor* const> inputs) = 0;
  virtual const Graph& graph() const = 0;
};

// One call of a kernel. Outputs are dense; where the shape rule settled their shapes they have
// memory (uninitialised), else the kernel calls Allocate.
class OpRun {
 public:
  struct Parts {
    const Graph* graph = nullptr;
    const Node* node = nullptr;
    const OpState* state = nullptr;
    Context* context = nullptr;
    absl::Span<const Tensor* const> inputs = {};  // null where absent
    absl::Span<Tensor* const> outputs = {};       // null where absent
    absl::Span<SubgraphRunner* const> subgraphs = {};
    void* workspace = nullptr;
    uint64_t max_memory = 0;
  };
  explicit OpRun(const Parts& parts) : parts_(parts) {}

  const Graph& graph() const { return *parts_.graph; }
  const Node& node() const { return *parts_.node; }
  Context& context() const { return *parts_.context; }
  size_t num_inputs() const { return parts_.inputs.size(); }
  size_t num_outputs() const { return parts_.outputs.size(); }
  bool Has(size_t input) const {
    return input < parts_.inputs.size() && parts_.inputs[input] != nullptr;
  }
  const Tensor& input(size_t i) const { return *parts_.inputs[i]; }
  // Whether somebody wants the output.
  bool Wants(size_t output) const {
    return output < parts_.outputs.size() && parts_.outputs[output] != nullptr;
  }
  Tensor& output(size_t i) const { return *parts_.outputs[i]; }
  // Gives an output that the shape rule left open (or another one) a shape and memory.
  absl::StatusOr<Tensor*> Allocate(size_t output, DType dtype, absl::Span<const int64_t> dims);

  // What prepare made; null without prepare.
  template <typename T>
  const T* state() const {
    return static_cast<const T*>(parts_.state);
  }
  // As many bytes as the operator's workspace function asked for, 64-byte aligned.
  template <typename T>
  T* workspace() const {
    return static_cast<T*>(parts_.workspace);
  }
  // In the order of the node's attributes.
  SubgraphRunner& subgraph(size_t i) const { return *parts_.subgraphs[i]; }
  SubgraphRunner* subgraph(absl::string_view attribute) const;

 private:
  Parts parts_;
};

// Types and shapes of a call, all of them known. Absent inputs are null.
struct WorkspaceContext {
  const Node& node;
  const OpState* state = nullptr;
  absl::Span<const ValueType* const> inputs;
  absl::Span<const ValueType> outputs;
  int threads = 1;
};

// What quantization does to an operator.
enum class QuantKind : uint8_t {
  kFloat,        // stays in float
  kLinear,       // a product with weights (input 1) or with another activation
  kConv,         // a convolution with weights (input 1)
  kEmbedding,    // rows of a table (Gather of an initialiser)
  kRecurrent,    // LSTM, GRU: weights alone, or dynamically
  kPasses,       // moves values without changing them: codes pass, with their scale
  kSameScale,    // joins inputs or picks among them: all of them and the output share a scale
  kLookup,       // a function of one value: a table over codes
  kPooling,      // means or maxima over codes: the input's scale may serve the output
  kElementwise,  // arithmetic of two quantized inputs
  kQuantized,    // one of the quantized operators
  kControl,      // runs subgraphs
};
absl::string_view QuantKindName(QuantKind kind);

enum OperatorFlags : uint32_t {
  kSymbolic = 1,  // the shape rule copes with dimensions below 0
  // Output 0 has input 0's elements in the same order: the planner may let it share the memory, so
  // the kernel copies only where the two differ in address.
  kView = 2,
  // The kernel may write output 0 over an input of the same type and shape while it reads it
  // (element i of the output follows from element i of the inputs).
  kInPlace = 4,
  kNotConstant = 8,  // not evaluated beforehand though its inputs are constant (random numbers)
  // Takes an initialiser that is a QuantizedTensor as it is: PrepareContext::Quantized. For other
  // operators such weights are decoded to f32 first.
  kTakesQuantized = 16,
};

struct Operator {
  absl::string_view name;
  absl::string_view domain;  // "" is ONNX's own
  // Versions of the domain in which the entry holds: where the meaning changed, there are several
  // entries of a name. max_opset 0: to the newest that Pawl knows.
  int min_opset = 1;
  int max_opset = 0;
  absl::Status (*shape)(ShapeContext&) = nullptr;
  absl::Status (*run)(OpRun&) = nullptr;
  QuantKind quantize = QuantKind::kFloat;
  uint32_t flags = 0;
  absl::StatusOr<std::unique_ptr<OpState>> (*prepare)(const PrepareContext&) = nullptr;
  // Bytes that a call wants in OpRun::workspace.
  size_t (*workspace)(const WorkspaceContext&) = nullptr;
};

// The newest version of ONNX's own operators that the list was made for.
inline constexpr int kNewestOpset = 28;

// Null where there is none. `opset` 0: any version.
const Operator* FindOperator(absl::string_view domain, absl::string_view name, int opset);
// FindOperator, or an error that names the node and says which versions or names there are.
absl::StatusOr<const Operator*> OperatorOf(const Graph& graph, const Node& node);

// The status with file, node and operator in front of its message.
absl::Status AtNode(const Graph& graph, const Node& node, const absl::Status& status);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATOR_H_
