// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ConvTranspose: a product of the weights with the image, whose columns are then added where their
// taps lie in the output.

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "lib/graph/operators/common.h"
#include "lib/graph/operators/transposed_window.h"
#include "lib/graph/product.h"

namespace pawl {
namespace {

absl::Status ConvTransposeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 3));
  const Dims &x = c.dims(0), &w = c.dims(1);
  PAWL_ASSIGN_OR_RETURN(const Window window, TransposedWindow(c.node(), x, w));
  const int64_t groups = c.node().Int("group", 1);
  if (groups < 1 || (x[1] >= 0 && x[1] != w[0]) || w[0] % groups != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        "has images of ", x[1], " channels, weights for ", w[0], ", and ", groups, " groups"));
  }
  const int64_t outs = w[1] * groups;
  if (c.Has(2) && c.dims(2) != Dims{outs}) {
    return absl::InvalidArgumentError(
        absl::StrCat("has a bias of shape ", ShapeString(c.dims(2)), " for ", outs, " channels"));
  }
  Dims out = {x[0], outs};
  out.insert(out.end(), window.in.begin(), window.in.end());
  c.Set(0, c.dtype(0), std::move(out));
  return absl::OkStatus();
}

// Elements of the parts of the workspace.
struct Parts {
  size_t weights, columns;
  Parts(const Dims& x, const Dims& w) {
    const int64_t pixels = DimProduct(absl::MakeConstSpan(x).subspan(2));
    const int64_t rows = DimProduct(absl::MakeConstSpan(w).subspan(1));
    weights = static_cast<size_t>(DimProduct(w));
    columns = static_cast<size_t>(rows * pixels);
  }
};

size_t ConvTransposeWorkspace(const WorkspaceContext& c) {
  const Parts parts(*c.inputs[0]->shape, *c.inputs[1]->shape);
  return (parts.weights + parts.columns) * sizeof(float);
}

// Adds columns[taps, pixels] of one output channel into its image: row by row of the input, each
// tap to the positions that lie inside.
void AddColumns(const float* columns, const Window& w, float* image) {
  const size_t last = w.rank() - 1;
  const int64_t width = w.out[last], stride = w.stride[last];
  const int64_t rows = DimProduct(absl::MakeConstSpan(w.out).subspan(0, last));
  Dims tap(w.rank(), 0), position(w.rank());
  for (int64_t t = 0; t < w.taps(); ++t) {
    // Columns of the input whose place along the row is inside.
    const int64_t shift = tap[last] * w.dilation[last] - w.pad_begin[last];
    const int64_t begin = shift >= 0 ? 0 : (-shift + stride - 1) / stride;
    const int64_t room = w.in[last] - shift;
    const int64_t end = std::min(width, room <= 0 ? 0 : (room + stride - 1) / stride);
    std::fill(position.begin(), position.end(), 0);
    for (int64_t row = 0; row < rows; ++row, columns += width) {
      int64_t at = 0;
      bool inside = true;
      for (size_t d = 0; d < last; ++d) {
        const int64_t i = position[d] * w.stride[d] - w.pad_begin[d] + tap[d] * w.dilation[d];
        inside &= i >= 0 && i < w.in[d];
        at = at * w.in[d] + i;
      }
      float* to = image + at * w.in[last] + shift;
      for (int64_t x = begin; inside && x < end; ++x) to[x * stride] += columns[x];
      for (size_t d = last; d-- > 0;) {
        if (++position[d] < w.out[d]) break;
        position[d] = 0;
      }
    }
    for (size_t d = w.rank(); d-- > 0;) {
      if (++tap[d] < w.kernel[d]) break;
      tap[d] = 0;
    }
  }
}

absl::Status RunConvTranspose(OpRun& run) {
  const Tensor &x = run.input(0), &w = run.input(1);
  if (x.dtype() != DType::kF32) return TypeError(0, x.dtype(), "f32");
  PAWL_ASSIGN_OR_RETURN(const Window window, TransposedWindow(run.node(), x.shape(), w.shape()));
  const int64_t groups = run.node().Int("group", 1);
  const int64_t in_group = x.dim(1) / groups, out_group = w.dim(1), taps = window.taps();
  const int64_t pixels = DimProduct(window.out), out_pixels = DimProduct(window.in);
  if (run.output(0).empty()) return absl::OkStatus();
  float* filters = run.workspace<float>();
  float* columns = filters + Parts(x.shape(), w.shape()).weights;
  const int64_t rows = out_group * taps;
  for (int64_t g = 0; g < groups; ++g) {  // [in, out * taps] to [out * taps, in]
    TransposeMatrix(w.as<float>().data() + g * in_group * rows, in_group, rows, sizeof(float),
                    filters + g * rows * in_group);
  }
  float* out = run.output(0).mutable_as<float>().data();
  for (int64_t n = 0; n < x.dim(0); ++n) {
    for (int64_t g = 0; g < groups; ++g) {
      PAWL_RETURN_IF_ERROR(
          MultiplyChains({.batch = 1,
                          .m = rows,
                          .n = pixels,
                          .k = in_group,
                          .a = filters + g * rows * in_group,
                          .w = x.as<float>().data() + (n * groups + g) * in_group * pixels,
                          .out = columns},
                         run.context()));
      PAWL_RETURN_IF_ERROR(Ranges(run, out_group, 1, [&](int64_t begin, int64_t end) {
        for (int64_t o = begin; o < end; ++o) {
          const int64_t channel = g * out_group + o;
          float* to = out + (n * groups * out_group + channel) * out_pixels;
          const float bias =
              run.Has(2) ? run.input(2).as<float>()[static_cast<size_t>(channel)] : 0.0f;
          std::fill(to, to + out_pixels, bias);
          AddColumns(columns + o * taps * pixels, window, to);
        }
      }));
    }
  }
  return absl::OkStatus();
}

constexpr Operator kTable[] = {
    {.name = "ConvTranspose",
     .domain = "",
     .shape = ConvTransposeShape,
     .run = RunConvTranspose,
     .quantize = QuantKind::kConv,
     .flags = 0,
     .workspace = ConvTransposeWorkspace},
};

}  // namespace

absl::Span<const Operator> ConvTransposeOperators() { return kTable; }

}  // namespace pawl
