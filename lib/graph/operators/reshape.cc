// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Reshape, Flatten, Squeeze, Unsqueeze: the same elements under another shape.

#include <algorithm>
#include <utility>
#include <vector>

#include "lib/graph/operators/common.h"

namespace pawl {
namespace {

// Contents, where known, go along with the new shape.
absl::Status SetView(ShapeContext& c, Dims dims) {
  const Tensor* contents = c.Contents(0);
  if (contents != nullptr && DimProduct(dims) == contents->num_elements()) {
    PAWL_ASSIGN_OR_RETURN(Tensor view, contents->Reshape(dims));
    c.SetContents(0, std::move(view));
    return absl::OkStatus();
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

// 0 copies a dimension (unless allowzero), -1 takes what is left.
absl::StatusOr<Dims> ReshapedDims(const ShapeContext& c, const std::vector<int64_t>& wanted) {
  const bool allow_zero = c.node().Int("allowzero", 0) != 0;
  Dims dims = wanted;
  int rest = -1;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (dims[i] < -1) {
      return absl::InvalidArgumentError(
          absl::StrCat("shape ", ShapeString(wanted), " has a negative dimension other than -1"));
    }
    if (dims[i] == -1) {
      if (rest >= 0) {
        return absl::InvalidArgumentError(
            absl::StrCat("shape ", ShapeString(wanted), " has -1 twice"));
      }
      rest = static_cast<int>(i);
    } else if (dims[i] == 0 && !allow_zero) {
      if (i >= c.dims(0).size()) {
        return absl::InvalidArgumentError(absl::StrCat("shape ", ShapeString(wanted),
                                                       " copies dimension ", i,
                                                       " of an input of rank ", c.rank(0)));
      }
      dims[i] = c.dims(0)[i];
    }
  }
  const int64_t all = DimProduct(c.dims(0));
  const auto mismatch = [&] {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot give ", ShapeString(c.dims(0)), " the shape ", ShapeString(wanted)));
  };
  if (rest < 0) {
    const int64_t product = DimProduct(dims);
    if (all >= 0 && product >= 0 && all != product) return mismatch();
    return dims;
  }
  // Symbols that stand on both sides cancel out.
  Dims from = c.dims(0), to;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (static_cast<int>(i) == rest) continue;
    const auto same = std::find(from.begin(), from.end(), dims[i]);
    if (IsSymbol(dims[i]) && same != from.end()) {
      from.erase(same);
    } else {
      to.push_back(dims[i]);
    }
  }
  int64_t& left = dims[static_cast<size_t>(rest)];
  const int64_t others = DimProduct(to);
  int64_t elements = DimProduct(from);
  if (others == 1 && from.size() == 1) {
    left = from[0];
  } else if (others < 0 || elements < 0) {
    left = kUnknownDim;
  } else if (others == 0) {
    if (elements != 0) return mismatch();
    left = 0;
  } else {
    if (elements % others != 0) return mismatch();
    left = elements / others;
  }
  return dims;
}

absl::Status ReshapeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  const auto wanted = c.Integers(1);
  if (!wanted.has_value()) {
    if (c.rank(1) == 1 && c.dims(1)[0] >= 0 && c.dims(1)[0] <= 64) {
      c.Set(0, c.dtype(0), Dims(static_cast<size_t>(c.dims(1)[0]), kUnknownDim));
    } else {
      c.SetType(0, c.dtype(0));
    }
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(Dims dims, ReshapedDims(c, *wanted));
  return SetView(c, std::move(dims));
}

absl::Status FlattenShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  const int64_t rank = c.rank(0);
  int64_t axis = c.node().Int("axis", 1);
  if (axis < -rank || axis > rank) {
    return absl::InvalidArgumentError(
        absl::StrCat("axis ", axis, " is not in a tensor of rank ", rank));
  }
  if (axis < 0) axis += rank;
  const absl::Span<const int64_t> dims = c.dims(0);
  const auto product = [](absl::Span<const int64_t> some) {
    return some.size() == 1 ? some[0] : DimProduct(some);  // keeps a lone symbol
  };
  const auto split = static_cast<size_t>(axis);
  return SetView(c, {product(dims.first(split)), product(dims.subspan(split))});
}

// Axes are input 1, before opset 13 an attribute. None where they are an input not known now.
absl::StatusOr<std::optional<std::vector<int64_t>>> AxesOf(const ShapeContext& c) {
  if (c.node().opset < 13) {
    const auto axes = c.node().Ints("axes");
    return std::vector<int64_t>(axes.begin(), axes.end());
  }
  if (!c.Has(1)) return std::vector<int64_t>();
  return c.Integers(1);
}

absl::Status SqueezeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 2));
  PAWL_ASSIGN_OR_RETURN(const auto axes, AxesOf(c));
  const bool all = c.node().opset < 13 ? !c.node().Has("axes") : !c.Has(1);
  if (!axes.has_value()) {
    c.SetType(0, c.dtype(0));
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> normal, NormalAxes(*axes, c.rank(0)));
  Dims dims;
  for (int64_t i = 0; i < c.rank(0); ++i) {
    const int64_t dim = c.dims(0)[static_cast<size_t>(i)];
    const bool named = std::binary_search(normal.begin(), normal.end(), i);
    if (all && dim < 0) {  // whether it goes is not known
      c.SetType(0, c.dtype(0));
      return absl::OkStatus();
    }
    if (named && dim >= 0 && dim != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("squeezes axis ", i, " of ", ShapeString(c.dims(0)), ", which is not 1"));
    }
    if (!named && !(all && dim == 1)) dims.push_back(dim);
  }
  return SetView(c, std::move(dims));
}

absl::Status UnsqueezeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 2));
  PAWL_ASSIGN_OR_RETURN(const auto axes, AxesOf(c));
  if (!axes.has_value()) {
    c.SetType(0, c.dtype(0));
    return absl::OkStatus();
  }
  const int64_t rank = c.rank(0) + static_cast<int64_t>(axes->size());
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> normal, NormalAxes(*axes, rank));
  Dims dims = c.dims(0);
  for (const int64_t axis : normal) dims.insert(dims.begin() + axis, 1);
  return SetView(c, std::move(dims));
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&)) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = CopyThrough,
          .quantize = QuantKind::kPasses,
          .flags = kSymbolic | kView};
}

constexpr Operator kTable[] = {
    Entry("Reshape", 5, ReshapeShape),
    Entry("Flatten", 1, FlattenShape),
    Entry("Squeeze", 1, SqueezeShape),
    Entry("Unsqueeze", 1, UnsqueezeShape),
};

}  // namespace

absl::Span<const Operator> ReshapeOperators() { return kTable; }

}  // namespace pawl
