// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/transposed_window.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "pawl/tensor.h"

namespace pawl {
namespace {

constexpr size_t kMostClasses = 1024;
// What QuantizedConv takes as padding.
constexpr int64_t kMostPadding = int64_t{1} << 20;
// An input size to take the constant part of a size from, where none is known.
constexpr int64_t kSomeSize = 1024;

int64_t FloorDivide(int64_t a, int64_t b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

// One phase before classes are made: `lead` inputs lie in front of its first window.
struct Residue {
  TransposedPhase phase;
  int64_t lead = 0;
};

Residue ResidueOf(const Window& w, size_t i, int64_t residue, const TransposedDimension& dim) {
  Residue r;
  const int64_t stride = w.stride[i];
  r.phase.first = (residue - w.pad_begin[i] % stride + stride) % stride;
  r.phase.more = FloorDivide(dim.more - 1 - r.phase.first, stride);
  int64_t tap = 0;
  while (tap < w.kernel[i] && tap * w.dilation[i] % stride != residue) ++tap;
  if (tap == w.kernel[i]) return r;
  r.phase.first_tap = tap;
  r.phase.taps = (w.kernel[i] - tap - 1) / dim.tap_step + 1;
  r.lead = (tap * w.dilation[i] - residue) / stride + (r.phase.taps - 1) * dim.dilation -
           (r.phase.first + w.pad_begin[i]) / stride;
  return r;
}

// Nothing where a padding would be too large.
std::optional<TransposedClass> ClassOf(const std::vector<Residue>& residues, int64_t dilation) {
  TransposedClass result;
  result.kernel = std::max<int64_t>(1, residues[0].phase.taps);
  for (const Residue& r : residues) {
    result.pad_begin = std::max(result.pad_begin, r.lead);
    result.pad_end =
        std::max(result.pad_end, r.phase.more - r.lead + (result.kernel - 1) * dilation);
  }
  if (std::max(result.pad_begin, result.pad_end) > kMostPadding) return std::nullopt;
  for (const Residue& r : residues) {
    result.phases.push_back(r.phase);
    result.phases.back().skip = result.pad_begin - r.lead;
  }
  return result;
}

std::optional<TransposedDimension> DimensionOf(const Window& w, size_t i, bool merge) {
  TransposedDimension dim;
  dim.stride = w.stride[i];
  if (dim.stride > static_cast<int64_t>(kMostClasses)) return std::nullopt;
  const int64_t common = std::gcd(w.stride[i], w.dilation[i]);
  dim.tap_step = w.stride[i] / common;
  dim.dilation = w.dilation[i] / common;
  dim.more = w.in[i] - (w.out[i] - 1) * w.stride[i];
  std::vector<std::vector<Residue>> classes;
  for (int64_t residue = 0; residue < dim.stride; ++residue) {
    const Residue r = ResidueOf(w, i, residue, dim);
    const auto same = std::find_if(classes.begin(), classes.end(), [&](const auto& of) {
      return merge && std::max<int64_t>(1, of[0].phase.taps) == std::max<int64_t>(1, r.phase.taps);
    });
    if (same != classes.end()) {
      same->push_back(r);
    } else {
      classes.push_back({r});
    }
  }
  for (const auto& residues : classes) {
    auto made = ClassOf(residues, dim.dilation);
    if (!made.has_value()) return std::nullopt;
    dim.classes.push_back(*std::move(made));
  }
  return dim;
}

// Of a height of 1.
TransposedDimension NoDimension() {
  TransposedDimension dim;
  dim.more = 1;
  dim.classes = {{.phases = {{.taps = 1}}}};
  return dim;
}

}  // namespace

absl::StatusOr<Window> TransposedWindow(const Node& node, const Dims& x, const Dims& w) {
  if (x.size() < 3 || w.size() != x.size()) {
    return absl::InvalidArgumentError(absl::StrCat("has images of shape ", ShapeString(x),
                                                   " and weights of shape ", ShapeString(w)));
  }
  Dims unknown(x.size() - 2, kUnknownDim);
  PAWL_ASSIGN_OR_RETURN(Window window,
                        ReadWindow(node, unknown, absl::MakeConstSpan(w).subspan(2), false));
  const size_t rank = window.rank();
  window.out.assign(x.begin() + 2, x.end());
  const auto extra = node.Ints("output_padding"), shape = node.Ints("output_shape");
  if ((!extra.empty() && extra.size() != rank) || (!shape.empty() && shape.size() < rank)) {
    return absl::InvalidArgumentError("output_padding or output_shape has too few entries");
  }
  const absl::string_view mode = node.String("auto_pad", "NOTSET");
  for (size_t i = 0; i < rank; ++i) {
    if (window.out[i] < 0) continue;
    const int64_t more = extra.empty() ? 0 : extra[i];
    const int64_t full = window.stride[i] * (window.out[i] - 1) + more +
                         (window.kernel[i] - 1) * window.dilation[i] + 1;
    if (shape.empty() && !PaddingFollowsSize(node)) {
      window.in[i] = full - window.pad_begin[i] - window.pad_end[i];
      continue;
    }
    window.in[i] =
        shape.empty() ? window.out[i] * window.stride[i] : shape[shape.size() - rank + i];
    const int64_t pad = std::max<int64_t>(0, full - window.in[i]);
    window.pad_begin[i] = mode == "SAME_UPPER" ? pad / 2 : pad - pad / 2;
    window.pad_end[i] = pad - window.pad_begin[i];
  }
  for (const int64_t size : window.in) {
    if (size < kUnknownDim) return absl::InvalidArgumentError("its padding leaves no output");
  }
  return window;
}

int64_t TransposedDimension::TapOf(const TransposedClass& of, const TransposedPhase& phase,
                                   int64_t kernel_tap) const {
  const int64_t back = of.kernel - 1 - kernel_tap;
  return back < phase.taps ? phase.first_tap + back * tap_step : -1;
}

std::optional<TransposedPlan> PlanTransposed(const Node& node, const Dims& x, const Dims& w,
                                             bool merge) {
  const size_t rank = w.size();
  if ((rank != 3 && rank != 4) || (!x.empty() && x.size() != rank)) return std::nullopt;
  Dims sizes = x.empty() ? Dims(rank, kUnknownDim) : x;
  for (size_t i = 2; i < rank; ++i) {
    if (sizes[i] >= 1) continue;
    if (!node.Ints("output_shape").empty()) return std::nullopt;
    sizes[i] = kSomeSize;  // what depends on it is linear in it
  }
  const auto window = TransposedWindow(node, sizes, w);
  if (!window.ok()) return std::nullopt;
  const size_t last = window->rank() - 1;
  const auto width = DimensionOf(*window, last, merge);
  const auto height = rank == 3 ? std::optional(NoDimension()) : DimensionOf(*window, 0, merge);
  if (!width.has_value() || !height.has_value() ||
      width->classes.size() * height->classes.size() > kMostClasses) {
    return std::nullopt;
  }
  return TransposedPlan{*height, *width};
}

}  // namespace pawl
