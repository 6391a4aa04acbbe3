// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GridSample, AffineGrid: images read at points that come as data (onnx/onnx, docs/Operators.md).
// f32, sums in f64.

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>
#include <vector>

#include "lib/graph/operators/element_types.h"

namespace pawl {
namespace {

constexpr size_t kMostDims = 3;

// --- GridSample ---

enum class Mode { kNearest, kLinear, kCubic };
enum class Padding { kZeros, kBorder, kReflection };

struct Sampling {
  Mode mode = Mode::kLinear;
  Padding padding = Padding::kZeros;
  bool align = false;
};

absl::StatusOr<Sampling> SamplingOf(const Node& node, int64_t spatial) {
  Sampling s;
  const absl::string_view mode = node.String("mode", "linear");
  const absl::string_view padding = node.String("padding_mode", "zeros");
  s.align = node.Int("align_corners", 0) != 0;
  if (mode == "nearest") {
    s.mode = Mode::kNearest;
  } else if (mode == "cubic" || mode == "bicubic") {
    s.mode = Mode::kCubic;
    if (spatial != 2) return absl::InvalidArgumentError("mode cubic is for two dimensions");
  } else if (mode != "linear" && mode != "bilinear") {
    return absl::InvalidArgumentError(absl::StrCat("mode is '", mode, "'"));
  }
  if (padding == "border") {
    s.padding = Padding::kBorder;
  } else if (padding == "reflection") {
    s.padding = Padding::kReflection;
  } else if (padding != "zeros") {
    return absl::InvalidArgumentError(absl::StrCat("padding_mode is '", padding, "'"));
  }
  return s;
}

absl::Status GridSampleShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  const int64_t rank = c.rank(0), spatial = rank - 2;
  if (spatial < 1 || spatial > static_cast<int64_t>(kMostDims) || c.rank(1) != rank ||
      (c.dims(1).back() >= 0 && c.dims(1).back() != spatial) ||
      (c.dims(0)[0] >= 0 && c.dims(1)[0] >= 0 && c.dims(0)[0] != c.dims(1)[0])) {
    return absl::InvalidArgumentError(absl::StrCat("samples images of shape ",
                                                   ShapeString(c.dims(0)), " at points of shape ",
                                                   ShapeString(c.dims(1))));
  }
  PAWL_RETURN_IF_ERROR(SamplingOf(c.node(), spatial).status());
  for (size_t i = 0; i < 2; ++i) {
    if (c.dtype(i) != DType::kF32) return TypeError(i, c.dtype(i), "f32");
  }
  Dims dims = c.dims(1);
  dims.pop_back();
  dims.insert(dims.begin() + 1, c.dims(0)[1]);
  c.Set(0, DType::kF32, std::move(dims));
  return absl::OkStatus();
}

// x as it is mirrored at both ends until it lies between them.
double Mirrored(double x, double low, double high) {
  const double range = high - low;
  if (range <= 0) return low;
  if (x >= low && x <= high) return x;
  const double beyond = x < low ? low - x : x - high;
  const double turns = std::floor(beyond / range), rest = beyond - turns * range;
  const bool back = std::fmod(turns, 2.0) == 0;  // an even number of whole ranges
  return (x < low) == back ? low + rest : high - rest;
}

// The elements along a dimension that a coordinate reads.
struct Taps {
  size_t count = 0;
  std::array<int64_t, 4> at = {};  // below 0: padding of zeros
  std::array<double, 4> weight = {};

  Taps(double place, int64_t size, const Sampling& s) {
    const auto length = static_cast<double>(size);
    double x = s.align ? (place + 1) / 2 * (length - 1) : ((place + 1) * length - 1) / 2;
    if (!(std::fabs(x) < 0x1p40)) x = -2 * length - 2;  // NaN and beyond: outside
    const double low = s.align ? 0.0 : -0.5, high = s.align ? length - 1 : length - 0.5;
    if (s.mode == Mode::kNearest) x = std::nearbyint(x);
    if (x < low || x > high) {
      // The cubic's own taps are at the border instead, as PyTorch has it.
      const bool border = s.padding == Padding::kBorder && s.mode != Mode::kCubic;
      if (border) x = std::clamp(x, 0.0, length - 1);
      if (s.padding == Padding::kReflection) x = Mirrored(x, low, high);
    }
    const auto element = [&](double i) -> int64_t {
      if (i >= 0 && i < length) return static_cast<int64_t>(i);
      if (s.padding == Padding::kZeros) return -1;
      if (s.padding == Padding::kReflection) i = Mirrored(i, low, high);
      return static_cast<int64_t>(std::clamp(i, 0.0, length - 1));
    };
    const double floor = std::floor(x), t = x - floor;
    if (s.mode == Mode::kNearest) {
      count = 1;
      at[0] = element(std::nearbyint(x));
      weight[0] = 1;
    } else if (s.mode == Mode::kLinear) {
      count = 2;
      at = {element(floor), element(floor + 1)};
      weight = {1 - t, t};
    } else {
      count = 4;
      constexpr double kA = -0.75;  // of the convolution kernel (Keys, 1981), as PyTorch has it
      const auto near = [](double d) { return ((kA + 2) * d - (kA + 3)) * d * d + 1; };
      const auto far = [](double d) { return ((kA * d - 5 * kA) * d + 8 * kA) * d - 4 * kA; };
      weight = {far(1 + t), near(t), near(1 - t), far(2 - t)};
      for (size_t i = 0; i < 4; ++i) at[i] = element(floor - 1 + static_cast<double>(i));
    }
  }
};

absl::Status RunGridSample(OpRun& run) {
  const Tensor &x = run.input(0), &grid = run.input(1);
  const size_t spatial = static_cast<size_t>(x.rank()) - 2;
  PAWL_ASSIGN_OR_RETURN(const Sampling sampling,
                        SamplingOf(run.node(), static_cast<int64_t>(spatial)));
  const int64_t channels = x.dim(1);
  const int64_t in_size = DimProduct(absl::MakeConstSpan(x.shape()).subspan(2));
  const int64_t out_size = DimProduct(absl::MakeConstSpan(run.output(0).shape()).subspan(2));
  const float* points = Data<float>(grid);
  float* out = MutableData<float>(run.output(0));
  // Missing dimensions are one element, read as it is.
  std::array<int64_t, kMostDims> size = {1, 1, 1};
  std::copy(x.shape().begin() + 2, x.shape().end(), size.end() - static_cast<int64_t>(spatial));
  if (in_size == 0 && out_size > 0) return absl::InvalidArgumentError("its images are empty");
  return Ranges(run, x.dim(0) * out_size, 256, [&](int64_t begin, int64_t end) {
    const Taps whole(0.0, 1, {.mode = Mode::kNearest, .padding = Padding::kBorder, .align = true});
    for (int64_t i = begin; i < end; ++i) {
      std::array<Taps, kMostDims> taps = {whole, whole, whole};
      for (size_t d = 0; d < spatial; ++d) {  // points have the last dimension first
        const float place = points[i * static_cast<int64_t>(spatial) + static_cast<int64_t>(d)];
        const size_t to = kMostDims - 1 - d;
        taps[to] = Taps(static_cast<double>(place), size[to], sampling);
      }
      const int64_t image = i / out_size;
      for (int64_t c = 0; c < channels; ++c) {
        const float* from = Data<float>(x) + (image * channels + c) * in_size;
        double sum = 0;
        for (size_t a = 0; a < taps[0].count; ++a) {
          for (size_t b = 0; b < taps[1].count; ++b) {
            for (size_t e = 0; e < taps[2].count; ++e) {
              if (taps[0].at[a] < 0 || taps[1].at[b] < 0 || taps[2].at[e] < 0) continue;
              const int64_t at =
                  (taps[0].at[a] * size[1] + taps[1].at[b]) * size[2] + taps[2].at[e];
              sum += taps[0].weight[a] * taps[1].weight[b] * taps[2].weight[e] *
                     static_cast<double>(from[at]);
            }
          }
        }
        out[(image * channels + c) * out_size + i % out_size] = static_cast<float>(sum);
      }
    }
  });
}

// --- AffineGrid: theta [N, r, r + 1], size (N, C, D1 ... Dr): points [N, D1 ... Dr, r] ---

absl::Status AffineGridShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  if (c.dtype(0) != DType::kF32) return TypeError(0, c.dtype(0), "f32");
  if (c.rank(0) != 3) return absl::InvalidArgumentError("theta must have three dimensions");
  const int64_t spatial = c.dims(0)[1];
  const auto size = c.Integers(1);
  if (!size.has_value() || spatial < 0) {
    if (spatial >= 0)
      c.Set(0, DType::kF32, Dims(static_cast<size_t>(spatial) + 2, kUnknownDim));
    else
      c.SetType(0, DType::kF32);
    return absl::OkStatus();
  }
  if (static_cast<int64_t>(size->size()) != spatial + 2 || (spatial != 2 && spatial != 3) ||
      (c.dims(0)[2] >= 0 && c.dims(0)[2] != spatial + 1)) {
    return absl::InvalidArgumentError(absl::StrCat("has theta of shape ", ShapeString(c.dims(0)),
                                                   " for images of shape ", ShapeString(*size)));
  }
  Dims dims = {(*size)[0]};
  dims.insert(dims.end(), size->begin() + 2, size->end());
  dims.push_back(spatial);
  if (std::any_of(dims.begin(), dims.end(), [](int64_t d) { return d < 0; })) {
    return absl::InvalidArgumentError("its size has a negative dimension");
  }
  c.Set(0, DType::kF32, std::move(dims));
  return absl::OkStatus();
}

absl::Status RunAffineGrid(OpRun& run) {
  const Tensor& theta = run.input(0);
  Tensor& out = run.output(0);
  const int64_t spatial = theta.dim(1);
  if (theta.dim(0) != out.dim(0)) {
    return absl::InvalidArgumentError("theta and size have other numbers of images");
  }
  const bool align = run.node().Int("align_corners", 0) != 0;
  const auto points = absl::MakeConstSpan(out.shape()).subspan(1, static_cast<size_t>(spatial));
  const int64_t count = DimProduct(points);
  for (int64_t i = 0; i < out.dim(0) * count; ++i) {
    // The point of the output, x first, and 1.
    std::array<double, kMostDims + 1> at = {};
    int64_t rest = i % count;
    for (int64_t d = 0; d < spatial; ++d) {
      const int64_t size = points[static_cast<size_t>(spatial - 1 - d)];
      const auto k = static_cast<double>(rest % size), n = static_cast<double>(size);
      rest /= size;
      at[static_cast<size_t>(d)] =
          align ? (size == 1 ? 0.0 : 2 * k / (n - 1) - 1) : (2 * k + 1) / n - 1;
    }
    at[static_cast<size_t>(spatial)] = 1;
    const float* rows = Data<float>(theta) + i / count * spatial * (spatial + 1);
    for (int64_t d = 0; d < spatial; ++d) {
      double sum = 0;
      for (int64_t k = 0; k <= spatial; ++k) {
        sum += static_cast<double>(rows[d * (spatial + 1) + k]) * at[static_cast<size_t>(k)];
      }
      MutableData<float>(out)[i * spatial + d] = static_cast<float>(sum);
    }
  }
  return absl::OkStatus();
}

constexpr Operator kTable[] = {
    {.name = "GridSample",
     .domain = "",
     .min_opset = 16,
     .shape = GridSampleShape,
     .run = RunGridSample,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "AffineGrid",
     .domain = "",
     .min_opset = 20,
     .shape = AffineGridShape,
     .run = RunAffineGrid,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> SamplingOperators() { return kTable; }

}  // namespace pawl
