// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Constant, Identity, Shape, Size.

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/graph/operators/common.h"

namespace pawl {
namespace {

absl::StatusOr<Tensor> ConstantValue(const Node& node) {
  for (const Attribute& a : node.attributes) {
    if (a.name == "value" && a.kind == AttributeKind::kTensor) return a.tensors[0];
    if (a.name == "value_float") return Tensor::FromValues<float>({}, {a.f});
    if (a.name == "value_int") return Tensor::FromValues<int64_t>({}, {a.i});
    if (a.name == "value_floats") {
      return Tensor::FromValues<float>({static_cast<int64_t>(a.floats.size())}, a.floats);
    }
    if (a.name == "value_ints") {
      return Tensor::FromValues<int64_t>({static_cast<int64_t>(a.ints.size())}, a.ints);
    }
  }
  return absl::UnimplementedError(
      "needs one of value, value_float, value_int, value_floats, value_ints, of a type that Pawl "
      "has (no strings, no sparse tensors)");
}

absl::Status ConstantShape(ShapeContext& c) {
  PAWL_ASSIGN_OR_RETURN(Tensor value, ConstantValue(c.node()));
  c.SetContents(0, std::move(value));
  return absl::OkStatus();
}

absl::Status NeverRun(OpRun&) {
  return absl::InternalError("its result follows from its shape rule");
}

// Shape [start, end) of the input's dimensions; known wherever those are.
absl::Status ShapeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  const int64_t rank = c.rank(0);
  const auto clamp = [&](int64_t i) { return std::clamp<int64_t>(i < 0 ? i + rank : i, 0, rank); };
  const int64_t start = clamp(c.node().Int("start", 0));
  const int64_t end = std::max(start, clamp(c.node().Int("end", rank)));
  const std::vector<int64_t> dims(c.dims(0).begin() + start, c.dims(0).begin() + end);
  if (std::any_of(dims.begin(), dims.end(), [](int64_t d) { return d < 0; })) {
    c.Set(0, DType::kI64, {end - start});
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(Tensor value, Tensor::FromValues<int64_t>({end - start}, dims));
  c.SetContents(0, std::move(value));
  return absl::OkStatus();
}

absl::Status SizeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  const int64_t size = DimProduct(c.dims(0));
  if (size < 0) {
    c.Set(0, DType::kI64, {});
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(Tensor value, Tensor::FromValues<int64_t>({}, {size}));
  c.SetContents(0, std::move(value));
  return absl::OkStatus();
}

constexpr Operator kTable[] = {
    {.name = "Constant",
     .domain = "",
     .shape = ConstantShape,
     .run = NeverRun,
     .quantize = QuantKind::kPasses,
     .flags = kSymbolic},
    {.name = "Identity",
     .domain = "",
     .shape = SameAsInput,
     .run = CopyThrough,
     .quantize = QuantKind::kPasses,
     .flags = kSymbolic | kView},
    {.name = "Shape",
     .domain = "",
     .shape = ShapeShape,
     .run = NeverRun,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "Size",
     .domain = "",
     .shape = SizeShape,
     .run = NeverRun,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> ConstantOperators() { return kTable; }

}  // namespace pawl
