// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantized nets as integers. In a file, quantized values stand between QuantizeLinear and
// DequantizeLinear, and operators between those are float ones (QDQ, as ONNX Runtime calls it).
// Here operators are made to work on the codes, so that no float tensor is between two quantized
// neighbours:
//   0. operators on codes that are element-wise (QLinearAdd ...) are written that way, too;
//   1. what moves elements moves codes, DequantizeLinear comes after it, and goes with codes into
//      branches and bodies, as QuantizeLinear does with their results;
//   2. products, convolutions, pooling and softmax become the operators of codes (QLinearConv ...);
//   3. element-wise operators on one or two quantized values become tables over codes (lookup.cc);
//   4. images of codes go with their channels last where all who touch them can do so.
// Results are those of the float operators between, but for the last bit before a rounding: at most
// one step.

#ifndef PAWL_LIB_GRAPH_FUSE_CODES_H_
#define PAWL_LIB_GRAPH_FUSE_CODES_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "lib/graph/fuse.h"
#include "pawl/graph.h"

namespace pawl {

bool IsQuantize(const Node& node);
bool IsDequantize(const Node& node);

// Codes of a whole tensor: 8 or 16 bits, all of which count.
struct CodeType {
  float scale = 1.0f;
  int32_t zero = 0;
  DType dtype = DType::kU8;
  ValueId scale_id = kNoValue, zero_id = kNoValue;  // zero_id may be absent

  bool bytes() const { return dtype == DType::kU8 || dtype == DType::kI8; }
  bool SameAs(const CodeType& other) const {
    return scale == other.scale && zero == other.zero && dtype == other.dtype;
  }
  int32_t low() const;
  int32_t high() const;
  // The code of a value.
  int32_t Code(float value) const;
};

// What a QuantizeLinear gives or a DequantizeLinear takes; nothing unless scale and zero point are
// one constant each.
std::optional<CodeType> CodeTypeOf(const Graph& graph, const Node& node);

// Codes whose DequantizeLinear computes `value`.
struct Dequantized {
  ValueId codes = kNoValue;
  CodeType type;
};
std::optional<Dequantized> DequantizedOf(FuseGraph& g, ValueId value);

// zero_id, or a new constant.
ValueId ZeroPoint(Graph& graph, const CodeType& type);

// A name that no value has.
std::string NewName(const Graph& graph, const char* what);

// The steps. Those that add nodes put them behind the others.
void ExpandCodeOperators(Graph& graph);                                      // fuse_codes_expand.cc
void MoveCodes(Graph& graph, const std::vector<bool>& observed);             // fuse_codes_move.cc
void PassCodesToSubgraphs(Graph& graph, const std::vector<bool>& observed);  // .._subgraphs.cc
absl::Status FuseCodeLayers(Graph& graph, const std::vector<bool>& observed);  // .._layers.cc
absl::Status FuseCodeTables(Graph& graph, const std::vector<bool>& observed);  // .._tables.cc
void PutChannelsLast(Graph& graph, const std::vector<bool>& observed);         // .._layout.cc

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_FUSE_CODES_H_
