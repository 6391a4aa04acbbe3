// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// DeformConv (Dai et al., "Deformable Convolutional Networks", 2017), in two dimensions: each tap
// of each output position reads the image at an offset of its own, between pixels. Det:
// determinants. f32, sums in f64.

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/window.h"

namespace pawl {
namespace {

absl::StatusOr<Window> WindowOf(const Node& node, const Dims& x, const Dims& w) {
  return ReadWindow(node, absl::MakeConstSpan(x).subspan(2), absl::MakeConstSpan(w).subspan(2),
                    false);
}

// Inputs: x, w, offsets [N, offset groups * taps * 2, OH, OW], bias, mask [N, offset groups * taps,
// OH, OW].
absl::Status DeformShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 5));
  for (size_t i = 0; i < c.num_inputs(); ++i) {
    if (c.Has(i) && c.dtype(i) != DType::kF32) return TypeError(i, c.dtype(i), "f32");
  }
  const Dims &x = c.dims(0), &w = c.dims(1);
  if (x.size() != 4 || w.size() != 4 || c.rank(2) != 4 || (c.Has(4) && c.rank(4) != 4)) {
    return absl::UnimplementedError("Pawl has it for images of two dimensions");
  }
  const int64_t groups = c.node().Int("group", 1), parts = c.node().Int("offset_group", 1);
  PAWL_ASSIGN_OR_RETURN(const Window window, WindowOf(c.node(), x, w));
  const int64_t taps = window.taps();
  if (groups < 1 || parts < 1 || w[0] % groups != 0 || x[1] != w[1] * groups || x[1] % parts != 0 ||
      parts > std::max<int64_t>(1, x[1])) {
    return absl::InvalidArgumentError(absl::StrCat("has images of ", x[1], " channels, weights of ",
                                                   ShapeString(w), ", ", groups, " groups and ",
                                                   parts, " offset groups"));
  }
  const Dims points = {x[0], parts * taps, window.out[0], window.out[1]};
  Dims offsets = points;
  offsets[1] *= 2;
  if (c.dims(2) != offsets || (c.Has(4) && c.dims(4) != points) ||
      (c.Has(3) && c.dims(3) != Dims{w[0]})) {
    return absl::InvalidArgumentError(absl::StrCat("needs offsets of shape ", ShapeString(offsets),
                                                   ", a mask of ", ShapeString(points),
                                                   " and a bias of [", w[0], "]"));
  }
  c.Set(0, DType::kF32, {x[0], w[0], window.out[0], window.out[1]});
  return absl::OkStatus();
}

// Zeros around the image.
double Between(const float* plane, int64_t height, int64_t width, double y, double x) {
  const auto h = static_cast<double>(height), w = static_cast<double>(width);
  if (!(y > -1 && y < h && x > -1 && x < w)) return 0;
  const auto top = static_cast<int64_t>(std::floor(y)), left = static_cast<int64_t>(std::floor(x));
  const double ty = y - static_cast<double>(top), tx = x - static_cast<double>(left);
  const auto at = [&](int64_t row, int64_t col) {
    const bool inside = row >= 0 && row < height && col >= 0 && col < width;
    return inside ? static_cast<double>(plane[row * width + col]) : 0.0;
  };
  return (1 - ty) * ((1 - tx) * at(top, left) + tx * at(top, left + 1)) +
         ty * ((1 - tx) * at(top + 1, left) + tx * at(top + 1, left + 1));
}

absl::Status RunDeform(OpRun& run) {
  const Tensor &x = run.input(0), &w = run.input(1);
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const Window window, WindowOf(run.node(), x.shape(), w.shape()));
  const int64_t groups = run.node().Int("group", 1), parts = run.node().Int("offset_group", 1);
  const int64_t channels = x.dim(1), height = x.dim(2), width = x.dim(3), taps = window.taps();
  const int64_t positions = window.out[0] * window.out[1], outs = w.dim(0), each = w.dim(1);
  const float* offsets = Data<float>(run.input(2));
  const float* mask = run.Has(4) ? Data<float>(run.input(4)) : nullptr;
  return Ranges(run, x.dim(0) * positions, 16, [&](int64_t begin, int64_t end) {
    std::vector<double> column(static_cast<size_t>(channels * taps));
    for (int64_t i = begin; i < end; ++i) {
      const int64_t n = i / positions, p = i % positions;
      for (int64_t k = 0; k < channels * taps; ++k) {
        const int64_t c = k / taps, tap = k % taps;
        const int64_t point = (n * parts + c / (channels / parts)) * taps + tap;
        const double down = offsets[(point * 2) * positions + p];
        const double right = offsets[(point * 2 + 1) * positions + p];
        const int64_t row = p / window.out[1] * window.stride[0] - window.pad_begin[0] +
                            tap / window.kernel[1] * window.dilation[0];
        const int64_t col = p % window.out[1] * window.stride[1] - window.pad_begin[1] +
                            tap % window.kernel[1] * window.dilation[1];
        const double value =
            Between(Data<float>(x) + (n * channels + c) * height * width, height, width,
                    static_cast<double>(row) + down, static_cast<double>(col) + right);
        const double factor =
            mask == nullptr ? 1.0 : static_cast<double>(mask[point * positions + p]);
        column[static_cast<size_t>(k)] = value * factor;
      }
      for (int64_t o = 0; o < outs; ++o) {
        const double* from = column.data() + o / (outs / groups) * each * taps;
        double sum = run.Has(3) ? static_cast<double>(Data<float>(run.input(3))[o]) : 0.0;
        for (int64_t k = 0; k < each * taps; ++k) {
          sum += from[k] * static_cast<double>(Data<float>(w)[o * each * taps + k]);
        }
        MutableData<float>(out)[(n * outs + o) * positions + p] = static_cast<float>(sum);
      }
    }
  });
}

// --- Det: of the last two dimensions ---

absl::Status DetShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  if (c.dtype(0) != DType::kF32) return TypeError(0, c.dtype(0), "f32");
  const Dims& x = c.dims(0);
  const bool square =
      x.size() >= 2 && (x.back() == x[x.size() - 2] || x.back() < 0 || x[x.size() - 2] < 0);
  if (!square) return absl::InvalidArgumentError("needs square matrices");
  c.Set(0, DType::kF32, Dims(x.begin(), x.end() - 2));
  return absl::OkStatus();
}

absl::Status RunDet(OpRun& run) {
  const Tensor& x = run.input(0);
  const auto n = static_cast<size_t>(x.shape().back());
  for (int64_t i = 0; i < run.output(0).num_elements(); ++i) {
    const float* from = Data<float>(x) + i * static_cast<int64_t>(n * n);
    std::vector<double> m(from, from + n * n);
    double det = 1;
    for (size_t k = 0; k < n && det != 0; ++k) {  // elimination with the largest pivot
      size_t pivot = k;
      for (size_t r = k + 1; r < n; ++r) {
        if (std::fabs(m[r * n + k]) > std::fabs(m[pivot * n + k])) pivot = r;
      }
      if (pivot != k) {
        std::swap_ranges(m.begin() + static_cast<std::ptrdiff_t>(k * n),
                         m.begin() + static_cast<std::ptrdiff_t>(k * n + n),
                         m.begin() + static_cast<std::ptrdiff_t>(pivot * n));
        det = -det;
      }
      det *= m[k * n + k];
      for (size_t r = k + 1; r < n && det != 0; ++r) {
        const double factor = m[r * n + k] / m[k * n + k];
        for (size_t c = k; c < n; ++c) m[r * n + c] -= factor * m[k * n + c];
      }
    }
    MutableData<float>(run.output(0))[i] = static_cast<float>(det);
  }
  return absl::OkStatus();
}

constexpr Operator kTable[] = {
    {.name = "DeformConv",
     .domain = "",
     .min_opset = 19,
     .shape = DeformShape,
     .run = RunDeform,
     .quantize = QuantKind::kFloat},
    {.name = "Det",
     .domain = "",
     .min_opset = 11,
     .shape = DetShape,
     .run = RunDet,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> DeformConvOperators() { return kTable; }

}  // namespace pawl
