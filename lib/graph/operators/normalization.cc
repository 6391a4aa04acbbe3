// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// LayerNormalization, RMSNormalization, InstanceNormalization, GroupNormalization,
// LpNormalization, MeanVarianceNormalization: means over consecutive or strided values.
//
// Means and mean squares are sums of f64 in eight lanes, lane l taking elements l, l+8 ..., added
// from lane 0 on: the same bits everywhere.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "lib/graph/operators/common.h"

namespace pawl {
namespace {

template <typename Value>
double LaneSum(int64_t n, Value value) {
  double lanes[8] = {};
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (int64_t l = 0; l < 8; ++l) lanes[l] += value(i + l);
  }
  for (int64_t l = 0; i + l < n; ++l) lanes[l] += value(i + l);
  double sum = 0.0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

struct Moments {
  double mean = 0.0, inverse = 0.0;  // 1 / sqrt(variance + epsilon)
};

Moments MomentsOf(const float* x, int64_t n, double epsilon) {
  const auto count = static_cast<double>(std::max<int64_t>(n, 1));
  Moments m;
  m.mean = LaneSum(n, [&](int64_t i) { return double{x[i]}; }) / count;
  const double variance = LaneSum(n,
                                  [&](int64_t i) {
                                    const double d = double{x[i]} - m.mean;
                                    return d * d;
                                  }) /
                          count;
  m.inverse = 1.0 / std::sqrt(variance + epsilon);
  return m;
}

absl::Status OnlyF32(OpRun& run) {
  for (size_t i = 0; i < run.num_inputs(); ++i) {
    if (run.Has(i) && run.input(i).dtype() != DType::kF32) {
      return TypeError(i, run.input(i).dtype(), "f32");
    }
  }
  return absl::OkStatus();
}

// `tensor` broadcast to the dimensions from the axis on.
absl::StatusOr<std::vector<float>> Expand(const Tensor& tensor, absl::Span<const int64_t> dims) {
  const Dims to(dims.begin(), dims.end());
  const absl::StatusOr<Dims> all = Broadcast(to, tensor.shape());
  if (!all.ok() || *all != to) {
    return absl::InvalidArgumentError(
        absl::StrCat("a scale or bias of shape ", ShapeString(tensor.shape()),
                     " does not fit the normalized dimensions ", ShapeString(to)));
  }
  const std::vector<int64_t> strides = BroadcastStrides(tensor.shape(), to);
  std::vector<float> out(static_cast<size_t>(std::max<int64_t>(0, DimProduct(to))));
  std::vector<int64_t> index(to.size(), 0);
  int64_t at = 0;
  for (float& value : out) {
    value = tensor.as<float>()[static_cast<size_t>(at)];
    for (size_t d = to.size(); d-- > 0;) {
      at += strides[d];
      if (++index[d] < to[d]) break;
      at -= strides[d] * to[d];
      index[d] = 0;
    }
  }
  return out;
}

// A scale or bias as a row: the tensor itself where it needs no broadcasting.
struct Row {
  std::vector<float> own;
  const float* data = nullptr;

  absl::Status Set(OpRun& run, size_t input, absl::Span<const int64_t> dims) {
    if (!run.Has(input)) return absl::OkStatus();
    const Tensor& tensor = run.input(input);
    if (absl::MakeConstSpan(tensor.shape()) == dims) {
      data = tensor.as<float>().data();
      return absl::OkStatus();
    }
    PAWL_ASSIGN_OR_RETURN(own, Expand(tensor, dims));
    data = own.data();
    return absl::OkStatus();
  }
};

int64_t RowsATask(int64_t size) { return std::max<int64_t>(1, 8192 / std::max<int64_t>(size, 1)); }

absl::Status NormShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 3));
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", -1), c.rank(0)));
  Dims rest = c.dims(0);
  std::fill(rest.begin() + axis, rest.end(), 1);
  c.Set(1, DType::kF32, rest);
  c.Set(2, DType::kF32, rest);
  return SameAsInput(c);
}

absl::Status RunLayerNorm(OpRun& run) {
  PAWL_RETURN_IF_ERROR(OnlyF32(run));
  const Dims& dims = run.input(0).shape();
  PAWL_ASSIGN_OR_RETURN(const int64_t axis,
                        NormalAxis(run.node().Int("axis", -1), static_cast<int64_t>(dims.size())));
  const auto normalized = absl::MakeConstSpan(dims).subspan(static_cast<size_t>(axis));
  const int64_t size = DimProduct(normalized);
  const int64_t rows = size == 0 ? 0 : run.input(0).num_elements() / size;
  const double epsilon = run.node().Float("epsilon", 1e-5f);
  Row scale, bias;
  PAWL_RETURN_IF_ERROR(scale.Set(run, 1, normalized));
  PAWL_RETURN_IF_ERROR(bias.Set(run, 2, normalized));
  const float* x = run.input(0).as<float>().data();
  float* y = run.output(0).mutable_as<float>().data();
  float* mean = run.Wants(1) ? run.output(1).mutable_as<float>().data() : nullptr;
  float* inverse = run.Wants(2) ? run.output(2).mutable_as<float>().data() : nullptr;
  return Ranges(run, rows, RowsATask(size), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* in = x + r * size;
      float* out = y + r * size;
      const Moments m = MomentsOf(in, size, epsilon);
      const auto center = static_cast<float>(m.mean), factor = static_cast<float>(m.inverse);
      for (int64_t i = 0; i < size; ++i) out[i] = (in[i] - center) * factor * scale.data[i];
      if (bias.data != nullptr) {
        for (int64_t i = 0; i < size; ++i) out[i] += bias.data[i];
      }
      if (mean != nullptr) mean[r] = center;
      if (inverse != nullptr) inverse[r] = factor;
    }
  });
}

absl::Status RunRmsNorm(OpRun& run) {
  PAWL_RETURN_IF_ERROR(OnlyF32(run));
  const Dims& dims = run.input(0).shape();
  PAWL_ASSIGN_OR_RETURN(const int64_t axis,
                        NormalAxis(run.node().Int("axis", -1), static_cast<int64_t>(dims.size())));
  const auto normalized = absl::MakeConstSpan(dims).subspan(static_cast<size_t>(axis));
  const int64_t size = DimProduct(normalized);
  const int64_t rows = size == 0 ? 0 : run.input(0).num_elements() / size;
  const double epsilon = run.node().Float("epsilon", 1e-5f);
  Row scale;
  PAWL_RETURN_IF_ERROR(scale.Set(run, 1, normalized));
  const float* x = run.input(0).as<float>().data();
  float* y = run.output(0).mutable_as<float>().data();
  return Ranges(run, rows, RowsATask(size), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const float* in = x + r * size;
      float* out = y + r * size;
      const double square = LaneSum(size, [&](int64_t i) { return double{in[i]} * double{in[i]}; });
      const auto factor =
          static_cast<float>(1.0 / std::sqrt(square / static_cast<double>(size) + epsilon));
      for (int64_t i = 0; i < size; ++i) out[i] = in[i] * factor * scale.data[i];
    }
  });
}

// --- instances and groups of channels ---

absl::Status InstanceShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 3));
  if (c.rank(0) < 3) return absl::InvalidArgumentError("needs an input of rank 3 at least");
  if (c.dims(1).size() != 1 || c.dims(2).size() != 1) {
    return absl::InvalidArgumentError("needs a scale and a bias of rank 1");
  }
  const int64_t channels = c.dims(0)[1], groups = c.node().Int("num_groups", channels);
  const bool by_group = c.node().op == "GroupNormalization" && c.node().opset < 21;
  const int64_t expected = by_group ? groups : channels;
  if (channels >= 0 && (groups < 1 || channels % groups != 0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", channels, " channels in ", groups, " groups"));
  }
  for (size_t i = 1; i < 3; ++i) {
    if (expected >= 0 && c.dims(i)[0] >= 0 && c.dims(i)[0] != expected) {
      return absl::InvalidArgumentError(
          absl::StrCat("input ", i, " has ", c.dims(i)[0], " entries; it must have ", expected));
    }
  }
  return SameAsInput(c);
}

// One group of channels of one image is consecutive; each channel has its own scale and bias.
absl::Status RunGroups(OpRun& run, int64_t groups, bool scale_by_group) {
  PAWL_RETURN_IF_ERROR(OnlyF32(run));
  const Dims& dims = run.input(0).shape();
  const int64_t channels = dims[1] / groups;
  const int64_t pixels = DimProduct(absl::MakeConstSpan(dims).subspan(2));
  const int64_t size = channels * pixels;
  const double epsilon = run.node().Float("epsilon", 1e-5f);
  const float* scale = run.input(1).as<float>().data();
  const float* bias = run.input(2).as<float>().data();
  const float* x = run.input(0).as<float>().data();
  float* y = run.output(0).mutable_as<float>().data();
  return Ranges(run, dims[0] * groups, RowsATask(size), [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Moments m = MomentsOf(x + r * size, size, epsilon);
      const auto center = static_cast<float>(m.mean), factor = static_cast<float>(m.inverse);
      for (int64_t c = 0; c < channels; ++c) {
        const int64_t group = r % groups;
        const int64_t at = scale_by_group ? group : group * channels + c;
        const float* in = x + r * size + c * pixels;
        float* out = y + r * size + c * pixels;
        const float a = factor * scale[at];
        for (int64_t i = 0; i < pixels; ++i) out[i] = (in[i] - center) * a + bias[at];
      }
    }
  });
}

absl::Status RunInstanceNorm(OpRun& run) {
  return RunGroups(run, std::max<int64_t>(run.input(0).dim(1), 1), false);
}

absl::Status RunGroupNorm(OpRun& run) {
  return RunGroups(run, run.node().Int("num_groups", 1), run.node().opset < 21);
}

// --- along an axis, or over some ---

absl::Status RunLpNorm(OpRun& run) {
  PAWL_RETURN_IF_ERROR(OnlyF32(run));
  const int64_t p = run.node().Int("p", 2);
  if (p != 1 && p != 2) return absl::InvalidArgumentError("p must be 1 or 2");
  PAWL_ASSIGN_OR_RETURN(const int64_t axis,
                        NormalAxis(run.node().Int("axis", -1), run.input(0).rank()));
  const AxisSplit split = SplitAt(run.input(0).shape(), axis);
  const float* x = run.input(0).as<float>().data();
  float* y = run.output(0).mutable_as<float>().data();
  return Ranges(run, split.outer * split.inner, RowsATask(split.size),
                [&](int64_t begin, int64_t end) {
                  for (int64_t r = begin; r < end; ++r) {
                    const int64_t at = r / split.inner * split.size * split.inner + r % split.inner;
                    const double sum = LaneSum(split.size, [&](int64_t i) {
                      const double v = x[at + i * split.inner];
                      return p == 1 ? std::abs(v) : v * v;
                    });
                    const double norm = p == 1 ? sum : std::sqrt(sum);
                    for (int64_t i = 0; i < split.size; ++i) {
                      const double v = x[at + i * split.inner];
                      y[at + i * split.inner] = norm == 0.0 ? 0.0f : static_cast<float>(v / norm);
                    }
                  }
                });
}

absl::Status RunMeanVariance(OpRun& run) {
  PAWL_RETURN_IF_ERROR(OnlyF32(run));
  const Dims& dims = run.input(0).shape();
  const auto given = run.node().Ints("axes");
  Dims axes(given.begin(), given.end());
  if (!run.node().Has("axes")) axes = {0, 2, 3};
  PAWL_ASSIGN_OR_RETURN(axes, NormalAxes(axes, static_cast<int64_t>(dims.size())));
  // Which mean each element belongs to: a number over the dimensions that stay.
  const auto count = run.input(0).as<float>().size();
  std::vector<int64_t> strides(dims.size(), 0);
  int64_t means = 1;
  for (size_t d = dims.size(); d-- > 0;) {
    if (std::find(axes.begin(), axes.end(), static_cast<int64_t>(d)) != axes.end()) continue;
    strides[d] = means;
    means *= dims[d];
  }
  if (count == 0) return absl::OkStatus();
  const auto visit = [&](auto fn) {
    std::vector<int64_t> index(dims.size(), 0);
    int64_t at = 0;
    for (size_t i = 0; i < count; ++i) {
      fn(i, static_cast<size_t>(at));
      for (size_t d = dims.size(); d-- > 0;) {
        at += strides[d];
        if (++index[d] < dims[d]) break;
        at -= strides[d] * dims[d];
        index[d] = 0;
      }
    }
  };
  const auto x = run.input(0).as<float>();
  const auto y = run.output(0).mutable_as<float>();
  const auto each = static_cast<double>(count) / static_cast<double>(means);
  std::vector<double> mean(static_cast<size_t>(means)), square(mean.size());
  visit([&](size_t i, size_t m) { mean[m] += double{x[i]}; });
  for (double& m : mean) m /= each;
  visit([&](size_t i, size_t m) { square[m] += (x[i] - mean[m]) * (x[i] - mean[m]); });
  visit([&](size_t i, size_t m) {  // the reference adds 1e-9 to the deviation
    y[i] = static_cast<float>((x[i] - mean[m]) / (std::sqrt(square[m] / each) + 1e-9));
  });
  return absl::OkStatus();
}

constexpr Operator kTable[] = {
    {.name = "LayerNormalization",
     .domain = "",
     .min_opset = 17,
     .shape = NormShape,
     .run = RunLayerNorm,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "RMSNormalization",
     .domain = "",
     .min_opset = 23,
     .shape = NormShape,
     .run = RunRmsNorm,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "InstanceNormalization",
     .domain = "",
     .min_opset = 6,
     .shape = InstanceShape,
     .run = RunInstanceNorm,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "GroupNormalization",
     .domain = "",
     .min_opset = 18,
     .shape = InstanceShape,
     .run = RunGroupNorm,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "LpNormalization",
     .domain = "",
     .shape = SameAsInput,
     .run = RunLpNorm,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "MeanVarianceNormalization",
     .domain = "",
     .min_opset = 9,
     .shape = SameAsInput,
     .run = RunMeanVariance,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> NormalizationOperators() { return kTable; }

}  // namespace pawl
