// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// If, Loop, Scan. What they give has shapes that depend on data, and memory of its own.

#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "lib/graph/operators/common.h"

namespace pawl {
namespace {

// Types alone, from the subgraph's declarations; shapes come with the results.
absl::Status TypesOf(ShapeContext& c, absl::string_view attribute, size_t skip) {
  const Attribute* a = c.node().Find(attribute);
  if (a == nullptr || a->graphs.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("has no subgraph '", attribute, "'"));
  }
  const Graph& body = *a->graphs[0];
  if (body.outputs.size() != c.num_outputs() + skip) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", c.num_outputs(), " outputs, and its subgraph '", attribute, "' gives ",
                     body.outputs.size(), skip > 0 ? ", a condition among them" : ""));
  }
  for (size_t i = 0; i < c.num_outputs(); ++i) {
    const ValueType& type = body.value(body.outputs[i + skip]).type;
    if (type.dtype.has_value()) c.SetType(i, *type.dtype);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> Condition(const Tensor& tensor) {
  if (tensor.dtype() != DType::kBool || tensor.num_elements() != 1) {
    return absl::InvalidArgumentError("its condition is not one bool");
  }
  return tensor.as<uint8_t>()[0] != 0;
}

// Results of a subgraph lie in memory that is used again.
absl::Status Keep(const Tensor& result, OpRun& run, size_t output) {
  if (!run.Wants(output)) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(Tensor * to, run.Allocate(output, result.dtype(), result.shape()));
  if (result.size_bytes() > 0) {
    std::memcpy(to->mutable_data(), result.data(), result.size_bytes());
  }
  return absl::OkStatus();
}

absl::Status IfShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  PAWL_RETURN_IF_ERROR(TypesOf(c, "else_branch", 0));
  return TypesOf(c, "then_branch", 0);
}

absl::Status RunIf(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const bool condition, Condition(run.input(0)));
  SubgraphRunner* branch = run.subgraph(condition ? "then_branch" : "else_branch");
  PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> results, branch->Run({}));
  for (size_t i = 0; i < results.size(); ++i) PAWL_RETURN_IF_ERROR(Keep(results[i], run, i));
  return absl::OkStatus();
}

// Slices of a scan output, put together at the end.
class Stack {
 public:
  absl::Status Push(const Tensor& slice) {
    if (!slices_.empty() &&
        (slice.shape() != slices_[0].shape() || slice.dtype() != slices_[0].dtype())) {
      return absl::InvalidArgumentError(
          absl::StrCat("its body gives ", ShapeString(slices_[0].shape()), " and then ",
                       ShapeString(slice.shape()), " for an output that is stacked"));
    }
    PAWL_ASSIGN_OR_RETURN(Tensor copy, slice.Clone());
    slices_.push_back(std::move(copy));
    return absl::OkStatus();
  }

  // Along `axis`; `type` serves where there is no slice.
  absl::Status Finish(OpRun& run, size_t output, int64_t axis, bool reversed,
                      const ValueType& type) {
    if (!run.Wants(output)) return absl::OkStatus();
    Dims slice = slices_.empty() ? type.shape.value_or(Dims{}) : slices_[0].shape();
    for (int64_t& dim : slice) dim = std::max<int64_t>(dim, 0);
    const DType dtype = slices_.empty() ? type.dtype.value_or(DType::kF32) : slices_[0].dtype();
    PAWL_ASSIGN_OR_RETURN(axis, NormalAxis(axis, static_cast<int64_t>(slice.size()) + 1));
    Dims dims = slice;
    dims.insert(dims.begin() + axis, static_cast<int64_t>(slices_.size()));
    PAWL_ASSIGN_OR_RETURN(Tensor * to, run.Allocate(output, dtype, dims));
    if (reversed) std::reverse(slices_.begin(), slices_.end());
    const AxisSplit split = SplitAt(dims, axis);
    const size_t piece = static_cast<size_t>(split.inner) * DTypeSize(dtype);
    auto* out = static_cast<char*>(to->mutable_data());
    for (int64_t o = 0; o < split.outer && piece > 0; ++o) {
      for (const Tensor& s : slices_) {
        std::memcpy(out, static_cast<const char*>(s.data()) + static_cast<size_t>(o) * piece,
                    piece);
        out += piece;
      }
    }
    return absl::OkStatus();
  }

 private:
  std::vector<Tensor> slices_;
};

absl::Status LoopShape(ShapeContext& c) {
  if (c.num_inputs() < 2) return absl::InvalidArgumentError("has fewer than two inputs");
  return TypesOf(c, "body", 1);
}

absl::Status RunLoop(OpRun& run) {
  SubgraphRunner* body = run.subgraph("body");
  const Graph& graph = body->graph();
  const size_t carried = run.num_inputs() - 2;
  if (graph.inputs.size() != carried + 2 || graph.outputs.size() < carried + 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("carries ", carried, " values, and its body has ", graph.inputs.size(),
                     " inputs and ", graph.outputs.size(), " outputs"));
  }
  int64_t trips = std::numeric_limits<int64_t>::max();
  if (run.Has(0)) {
    PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> count, IntegersOf(run.input(0)));
    if (count.size() != 1) return absl::InvalidArgumentError("its trip count is not one number");
    trips = count[0];
  }
  bool go_on = true;
  if (run.Has(1)) {
    PAWL_ASSIGN_OR_RETURN(go_on, Condition(run.input(1)));
  }
  PAWL_ASSIGN_OR_RETURN(Tensor iteration, Tensor::Create(DType::kI64, {}));
  PAWL_ASSIGN_OR_RETURN(Tensor condition, Tensor::Create(DType::kBool, {}));
  std::vector<Tensor> values;
  for (size_t i = 0; i < carried; ++i) {
    if (!run.Has(i + 2)) return absl::InvalidArgumentError("a carried value is missing");
    values.push_back(run.input(i + 2));
  }
  std::vector<Stack> stacks(graph.outputs.size() - 1 - carried);
  for (int64_t trip = 0; trip < trips && go_on; ++trip) {
    if (run.context().cancelled()) return absl::CancelledError("cancelled in a loop");
    iteration.mutable_as<int64_t>()[0] = trip;
    condition.mutable_as<uint8_t>()[0] = 1;
    std::vector<const Tensor*> fed = {&iteration, &condition};
    for (const Tensor& value : values) fed.push_back(&value);
    PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> results, body->Run(fed));
    PAWL_ASSIGN_OR_RETURN(go_on, Condition(results[0]));
    std::vector<Tensor> next;
    for (size_t i = 0; i < carried; ++i) {
      PAWL_ASSIGN_OR_RETURN(Tensor copy, results[i + 1].Clone());
      next.push_back(std::move(copy));
    }
    values = std::move(next);
    for (size_t i = 0; i < stacks.size(); ++i) {
      PAWL_RETURN_IF_ERROR(stacks[i].Push(results[i + 1 + carried]));
    }
  }
  for (size_t i = 0; i < carried; ++i) PAWL_RETURN_IF_ERROR(Keep(values[i], run, i));
  for (size_t i = 0; i < stacks.size(); ++i) {
    const ValueType& type = graph.value(graph.outputs[i + 1 + carried]).type;
    PAWL_RETURN_IF_ERROR(stacks[i].Finish(run, carried + i, 0, false, type));
  }
  return absl::OkStatus();
}

absl::Status ScanShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, c.num_inputs(), c.num_inputs()));
  return TypesOf(c, "body", 0);
}

int64_t At(absl::Span<const int64_t> list, size_t i) { return i < list.size() ? list[i] : 0; }

// Slice `index` along an axis, in memory of its own.
absl::StatusOr<Tensor> SliceOf(const Tensor& tensor, int64_t axis, int64_t index) {
  Dims dims = tensor.shape();
  const AxisSplit split = SplitAt(dims, axis);
  dims.erase(dims.begin() + axis);
  PAWL_ASSIGN_OR_RETURN(Tensor slice, Tensor::Create(tensor.dtype(), dims));
  const size_t piece = static_cast<size_t>(split.inner) * DTypeSize(tensor.dtype());
  const auto* in = static_cast<const char*>(tensor.data());
  auto* out = static_cast<char*>(slice.mutable_data());
  for (int64_t o = 0; o < split.outer && piece > 0; ++o) {
    std::memcpy(out + static_cast<size_t>(o) * piece,
                in + static_cast<size_t>(o * split.size + index) * piece, piece);
  }
  return slice;
}

absl::Status RunScan(OpRun& run) {
  SubgraphRunner* body = run.subgraph("body");
  const Graph& graph = body->graph();
  const Node& node = run.node();
  const int64_t scans = node.Int("num_scan_inputs", 0);
  const auto states = static_cast<int64_t>(run.num_inputs()) - scans;
  if (scans < 1 || states < 0 || graph.inputs.size() != run.num_inputs() ||
      static_cast<int64_t>(graph.outputs.size()) < states) {
    return absl::InvalidArgumentError(
        absl::StrCat("scans ", scans, " of ", run.num_inputs(), " inputs, and its body has ",
                     graph.inputs.size(), " inputs and ", graph.outputs.size(), " outputs"));
  }
  const auto carried = static_cast<size_t>(states);
  std::vector<int64_t> axes;
  int64_t length = -1;
  for (size_t i = carried; i < run.num_inputs(); ++i) {
    PAWL_ASSIGN_OR_RETURN(
        const int64_t axis,
        NormalAxis(At(node.Ints("scan_input_axes"), i - carried), run.input(i).rank()));
    axes.push_back(axis);
    const int64_t size = run.input(i).dim(static_cast<int>(axis));
    if (length >= 0 && size != length) {
      return absl::InvalidArgumentError("the inputs that it scans have unequal lengths");
    }
    length = size;
  }
  std::vector<Tensor> values;
  values.reserve(carried);
  for (size_t i = 0; i < carried; ++i) values.push_back(run.input(i));
  std::vector<Stack> stacks(graph.outputs.size() - carried);
  for (int64_t step = 0; step < length; ++step) {
    if (run.context().cancelled()) return absl::CancelledError("cancelled in a scan");
    for (size_t i = carried; i < run.num_inputs(); ++i) {
      const bool backwards = At(node.Ints("scan_input_directions"), i - carried) != 0;
      PAWL_ASSIGN_OR_RETURN(Tensor slice, SliceOf(run.input(i), axes[i - carried],
                                                  backwards ? length - 1 - step : step));
      values.push_back(std::move(slice));
    }
    std::vector<const Tensor*> fed;
    fed.reserve(values.size());
    for (const Tensor& value : values) fed.push_back(&value);
    PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> results, body->Run(fed));
    std::vector<Tensor> next;
    for (size_t i = 0; i < carried; ++i) {
      PAWL_ASSIGN_OR_RETURN(Tensor copy, results[i].Clone());
      next.push_back(std::move(copy));
    }
    for (size_t i = 0; i < stacks.size(); ++i) {
      PAWL_RETURN_IF_ERROR(stacks[i].Push(results[carried + i]));
    }
    values = std::move(next);
  }
  for (size_t i = 0; i < carried; ++i) PAWL_RETURN_IF_ERROR(Keep(values[i], run, i));
  for (size_t i = 0; i < stacks.size(); ++i) {
    PAWL_RETURN_IF_ERROR(stacks[i].Finish(run, carried + i, At(node.Ints("scan_output_axes"), i),
                                          At(node.Ints("scan_output_directions"), i) != 0,
                                          graph.value(graph.outputs[carried + i]).type));
  }
  return absl::OkStatus();
}

constexpr Operator kTable[] = {
    {.name = "If",
     .domain = "",
     .shape = IfShape,
     .run = RunIf,
     .quantize = QuantKind::kControl,
     .flags = kSymbolic},
    {.name = "Loop",
     .domain = "",
     .shape = LoopShape,
     .run = RunLoop,
     .quantize = QuantKind::kControl,
     .flags = kSymbolic},
    {.name = "Scan",
     .domain = "",
     .min_opset = 9,
     .shape = ScanShape,
     .run = RunScan,
     .quantize = QuantKind::kControl,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> ControlOperators() { return kTable; }

}  // namespace pawl
