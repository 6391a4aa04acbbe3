// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Graph: a neural network as data. Readers build it, passes rewrite it, one executor (executor.h)
// runs it, writers write it.
//
// Operators, their domains and attributes are ONNX's (onnx/onnx, docs/Operators.md), images are
// NCHW. A const Graph is thread-safe.
//
// Operators of Pawl's own domain, "pawl" (opset 1), for builders of graphs from checkpoints:
//   Linear(x, W, bias?)     y = activation(x . W^T + bias): x [..., in] of f32, f16 or bf16, W an
//                           initialiser [out, in], quantized (it runs as QuantizedLinear on the
//                           weights as they are) or f32, f16, bf16; bias an initialiser [out];
//                           y [..., out] of x's type. Attributes, all strings:
//     mode                  weight_only (default), dynamic_int8, or int8_where_possible: the
//                           latter where the weights have integer codes, else the former
//     activation            relu, relu6, silu, gelu, gelu_tanh, hard_swish
//     activation_groups     per_token (default), per_token_and_group: linear.h ActivationScale
//     compute               f32 (default), bf16: linear.h LinearCompute
//   Embedding(table, indices)  f32 rows of an initialiser [rows, cols], quantized or f32, for
//                           indices of i64 or i32 of any shape (negative ones count from the end):
//                           [indices..., cols].
// Gemm with transB = 1 and Gather along axis 0 become these where their weights are quantized; for
// other operators an executor decodes quantized initialisers to f32.

#ifndef PAWL_INCLUDE_PAWL_GRAPH_H_
#define PAWL_INCLUDE_PAWL_GRAPH_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/dtype.h"
#include "pawl/quantized_tensor.h"
#include "pawl/tensor.h"

namespace pawl {

struct Graph;

// Index into Graph::values. kNoValue is an optional input or output that is absent.
using ValueId = int32_t;
inline constexpr ValueId kNoValue = -1;

// Sizes of dimensions: >= 0 the size, kUnknownDim one that nothing is known of, and
// SymbolDim(i), below it, one that is equal wherever Graph::symbols[i] stands.
using Dims = std::vector<int64_t>;
inline constexpr int64_t kUnknownDim = -1;
constexpr int64_t SymbolDim(size_t symbol) { return -2 - static_cast<int64_t>(symbol); }
constexpr bool IsSymbol(int64_t dim) { return dim < kUnknownDim; }
constexpr size_t SymbolOf(int64_t dim) { return static_cast<size_t>(-2 - dim); }

// What is known of a value before it is computed.
struct ValueType {
  std::optional<DType> dtype;  // none: unknown, or a type that Pawl lacks (see Value::file_type)
  std::optional<Dims> shape;   // none: not even the rank is known

  friend bool operator==(const ValueType&, const ValueType&) = default;
};

// An initialiser: one of the two. Tensors are views of the mapped file where it has them in a form
// that can be viewed.
struct Constant {
  Tensor tensor;
  std::shared_ptr<const QuantizedTensor> quantized;  // null: `tensor` counts
};

// A named tensor: a graph's input, an initialiser, or what a node computes.
struct Value {
  std::string name;
  ValueType type;
  std::shared_ptr<const Constant> constant;  // null unless an initialiser
  // The file's own type where it is more than `type` says: TensorProto.DataType in ONNX, such as
  // INT4 (held as i8 here) or STRING (no dtype here); 0 otherwise.
  int32_t file_type = 0;
  // What the file says of the value beyond name and type, in its own encoding.
  std::string file_type_info;  // a type that is no tensor: TypeProto in ONNX
  std::string file_info;       // other fields of ValueInfoProto or TensorProto
};

enum class AttributeKind : uint8_t {
  kInt,
  kFloat,
  kString,
  kTensor,
  kGraph,
  kInts,
  kFloats,
  kStrings,
  kTensors,
  kGraphs,
  kOther,  // one that Pawl does not know, kept as the file has it
};

struct Attribute {
  std::string name;
  AttributeKind kind = AttributeKind::kInt;
  int64_t i = 0;
  float f = 0.0f;
  std::string s;  // kString; kOther: the file's own encoding
  std::vector<int64_t> ints;
  std::vector<float> floats;
  std::vector<std::string> strings;
  std::vector<Tensor> tensors;                       // one for kTensor
  std::vector<std::shared_ptr<const Graph>> graphs;  // one for kGraph

  static Attribute Int(std::string name, int64_t value);
  static Attribute Float(std::string name, float value);
  static Attribute String(std::string name, std::string value);
  static Attribute Ints(std::string name, std::vector<int64_t> values);
  static Attribute Floats(std::string name, std::vector<float> values);
  static Attribute OfTensor(std::string name, Tensor value);
  static Attribute OfGraph(std::string name, std::shared_ptr<const Graph> graph);
};

struct Node {
  std::string name;    // may be empty, and need not be unique
  std::string op;      // "Conv"
  std::string domain;  // "" is ONNX's own ("ai.onnx")
  int opset = 0;       // version of the domain's operators that this node is written in
  std::vector<ValueId> inputs;
  std::vector<ValueId> outputs;
  std::vector<Attribute> attributes;
  std::string file_info;  // other fields of the file's node, in its own encoding

  const Attribute* Find(absl::string_view attribute) const;
  // The attribute, or the default where it is absent or of another kind.
  int64_t Int(absl::string_view attribute, int64_t otherwise) const;
  float Float(absl::string_view attribute, float otherwise) const;
  absl::string_view String(absl::string_view attribute, absl::string_view otherwise) const;
  absl::Span<const int64_t> Ints(absl::string_view attribute) const;
  absl::Span<const float> Floats(absl::string_view attribute) const;
  bool Has(absl::string_view attribute) const { return Find(attribute) != nullptr; }
  // Replaces the one of the same name.
  void Set(Attribute attribute);

  // Absent inputs at the end may be left out.
  ValueId Input(size_t i) const { return i < inputs.size() ? inputs[i] : kNoValue; }
  ValueId Output(size_t i) const { return i < outputs.size() ? outputs[i] : kNoValue; }
};

// A value of the enclosing graph that a subgraph (a branch of If, the body of a Loop) uses.
struct Capture {
  ValueId outer = kNoValue;  // in the enclosing graph
  ValueId inner = kNoValue;  // in this one
};

// Versions of operators by domain.
using OpsetImports = std::map<std::string, int>;

// A model's main graph, or a subgraph of one of its nodes. Copies are shallow: tensors, constants
// and subgraphs are shared, so a pass that changes a subgraph puts a changed copy in its place.
// The order of nodes is free; readers keep the file's.
struct Graph {
  std::string name;
  std::vector<Value> values;
  std::vector<Node> nodes;
  std::vector<ValueId> inputs;       // to be fed, in order
  std::vector<ValueId> outputs;      // in order
  std::vector<Capture> captures;     // of a subgraph
  std::vector<std::string> symbols;  // names of symbolic dimensions

  // Of a main graph.
  OpsetImports opsets;
  std::map<std::string, std::string> metadata;
  int64_t ir_version = 0;
  std::string producer_name, producer_version, model_domain, doc;
  int64_t model_version = 0;
  std::string source;  // the file's path, or what stands for it in messages
  // What it was read from: the file, then those of its external data. Empty for one from memory.
  std::vector<std::string> files;

  // What the file says beyond that, in its own encoding.
  std::string file_info;                 // of the graph
  std::string model_file_info;           // of the model
  std::vector<ValueId> constant_inputs;  // initialisers that the file lists as inputs, too

  const Value& value(ValueId id) const { return values[static_cast<size_t>(id)]; }
  Value& value(ValueId id) { return values[static_cast<size_t>(id)]; }

  // A new value. The name must not be in use; UniqueName makes one that is not.
  ValueId AddValue(std::string name, ValueType type = {});
  ValueId AddConstant(std::string name, Tensor tensor);
  ValueId AddConstant(std::string name, QuantizedTensor tensor);
  // `stem`, or stem_1, stem_2 ...
  std::string UniqueName(absl::string_view stem) const;

  // kNoValue when there is no such name. A scan of all values: for many, NameIndex.
  ValueId FindValue(absl::string_view name) const;
  absl::flat_hash_map<std::string, ValueId> NameIndex() const;

  // The tensor of an initialiser, null for other values (kNoValue too) and quantized ones.
  const Tensor* ConstantTensor(ValueId id) const;

  // For each value the index of the node that computes it, -1 where none does.
  std::vector<int32_t> Producers() const;
  // For each value the nodes that use it, captures of their subgraphs included, ascending.
  std::vector<std::vector<int32_t>> Users() const;

  // "node 'conv_3' (Conv)", with the domain where it is not ONNX's: for messages.
  std::string NodeName(const Node& node) const;
  // "[batch, 3, ?, 224]", "unknown".
  std::string ShapeText(const ValueType& type) const;

  // Checks what every graph promises: ids in range, each value computed at most once and never an
  // input or initialiser as well, no value used that nothing gives, no cycle, names unique.
  // Errors: InvalidArgument naming node and value.
  absl::Status Validate() const;
  // Indices of nodes so that each comes after those it depends on, the file's order where that is
  // one. Errors: InvalidArgument naming a node on a cycle.
  absl::StatusOr<std::vector<int32_t>> TopologicalOrder() const;
};

// Values that the node reads: its inputs that are present and what its subgraphs capture.
std::vector<ValueId> NodeReads(const Node& node);

// Fills in the types of values as far as they follow from those of inputs and initialisers.
// Types that were there are kept where they say more. An operator that Pawl does not know leaves
// its outputs as they are. Errors: InvalidArgument naming the node whose inputs do not fit.
absl::Status InferTypes(Graph& graph);

// Operators that Pawl can run, for lists: name and domain, in the order of the list.
struct OperatorInfo {
  absl::string_view name;
  absl::string_view domain;
  int min_opset = 1;
  int max_opset = 0;
  absl::string_view quantization;  // "linear", "conv", "passes", "same_scale", "float" ...
};
std::vector<OperatorInfo> Operators();
// Whether there is a kernel for this operator in this version.
bool CanRun(const Node& node);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_GRAPH_H_
