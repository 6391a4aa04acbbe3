// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/fake_quantize.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/status_macros.h"
#include "pawl/tensor.h"

namespace pawl {
namespace {

constexpr int32_t kMaxCode = 1 << 20;

// x as [outer, channels, inner].
struct Layout {
  size_t outer = 1;
  size_t channels = 1;
  size_t inner = 1;
};

absl::Status CheckParams(const FakeQuantizeParams& params) {
  if (params.min_code < -kMaxCode || params.max_code > kMaxCode ||
      params.min_code >= params.max_code) {
    return absl::InvalidArgumentError(absl::StrCat("fake quantization: codes [", params.min_code,
                                                   ", ", params.max_code,
                                                   "] must lie within +-2^20 and be at least two"));
  }
  if (!params.zero_points.empty() && params.zero_points.size() != params.scales.size()) {
    return absl::InvalidArgumentError(absl::StrCat("fake quantization: ", params.scales.size(),
                                                   " scales but ", params.zero_points.size(),
                                                   " zero points"));
  }
  for (size_t c = 0; c < params.scales.size(); ++c) {
    // By bits, as the host's mode may take a denormal scale for zero.
    const uint32_t bits = std::bit_cast<uint32_t>(params.scales[c]);
    if (bits == 0 || bits >= 0x7F800000u) {
      return absl::InvalidArgumentError(absl::StrCat("fake quantization: scale ", c, " is ",
                                                     params.scales[c],
                                                     ", it must be positive and finite"));
    }
    const int32_t zero = params.zero_points.empty() ? 0 : params.zero_points[c];
    if (zero < params.min_code || zero > params.max_code) {
      return absl::InvalidArgumentError(absl::StrCat("fake quantization: zero point ", c, " is ",
                                                     zero, ", not one of the codes [",
                                                     params.min_code, ", ", params.max_code, "]"));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Layout> LayoutOf(size_t size, absl::Span<const int64_t> shape,
                                const FakeQuantizeParams& params) {
  PAWL_RETURN_IF_ERROR(CheckParams(params));
  PAWL_ASSIGN_OR_RETURN(const int64_t count, CheckedNumElements(shape));
  if (static_cast<size_t>(count) != size) {
    return absl::InvalidArgumentError(absl::StrCat("fake quantization: shape ", ShapeString(shape),
                                                   " does not hold ", size, " values"));
  }
  Layout layout{1, 1, size};
  if (params.scales.size() == 1) return layout;
  const auto rank = static_cast<int32_t>(shape.size());
  const int32_t axis = params.axis < 0 ? params.axis + rank : params.axis;
  if (axis < 0 || axis >= rank ||
      static_cast<size_t>(shape[static_cast<size_t>(axis)]) != params.scales.size()) {
    return absl::InvalidArgumentError(absl::StrCat("fake quantization: shape ", ShapeString(shape),
                                                   " does not have ", params.scales.size(),
                                                   " channels on axis ", params.axis));
  }
  layout = {1, params.scales.size(), 1};
  for (int32_t i = 0; i < rank; ++i) {
    const auto dim = static_cast<size_t>(shape[static_cast<size_t>(i)]);
    if (i < axis) layout.outer *= dim;
    if (i > axis) layout.inner *= dim;
  }
  return layout;
}

// Codes of one channel relative to its zero point, exact in f32.
struct Grid {
  Grid(const FakeQuantizeParams& params, size_t channel) : scale(params.scales[channel]) {
    const int32_t zero = params.zero_points.empty() ? 0 : params.zero_points[channel];
    low = static_cast<float>(params.min_code - zero);
    high = static_cast<float>(params.max_code - zero);
  }

  // round(x / scale) for all that it can matter for: beyond the ends by more than 1 it gives the
  // end and 1. Adding 1.5 * 2^23 leaves no bits for a fraction, so the sum rounds half to even.
  float Round(float x) const {
    const float ratio = x / scale;
    const float bounded = std::min(std::max(ratio, low - 1.0f), high + 1.0f);
    const float rounded = (bounded + 12582912.0f) - 12582912.0f;
    return ratio == ratio ? rounded : ratio;
  }

  float scale;
  float low, high;
};

// Calls visit(channel, begin, end) for the runs of one channel in the order of the elements.
template <typename Visit>
void ForEachRun(const Layout& layout, Visit visit) {
  size_t begin = 0;
  for (size_t o = 0; o < layout.outer; ++o) {
    for (size_t c = 0; c < layout.channels; ++c, begin += layout.inner) {
      visit(c, begin, begin + layout.inner);
    }
  }
}

absl::Status CheckGradients(size_t size, size_t channels, absl::Span<const float> grad_out,
                            const FakeQuantizeGradients& gradients) {
  const auto fits = [](size_t have, size_t want) { return have == 0 || have == want; };
  if (grad_out.size() != size || gradients.x.size() != size ||
      !fits(gradients.scale.size(), channels) || !fits(gradients.zero_point.size(), channels)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "fake quantization: gradients have ", grad_out.size(), ", ", gradients.x.size(), ", ",
        gradients.scale.size(), " and ", gradients.zero_point.size(), " values for ", size,
        " values and ", channels, " scales"));
  }
  return absl::OkStatus();
}

// Derivatives of one output by x, scale and zero point.
struct Derivatives {
  float x = 0.0f;
  double scale = 0.0;
  double zero_point = 0.0;
};

Derivatives Differentiate(const Grid& grid, float x) {
  const float q = grid.Round(x);
  if (q != q) return {};
  const double scale = static_cast<double>(grid.scale);
  if (q < grid.low) return {0.0f, static_cast<double>(grid.low), -scale};
  if (q > grid.high) return {0.0f, static_cast<double>(grid.high), -scale};
  return {1.0f, static_cast<double>(q) - static_cast<double>(x) / scale, 0.0};
}

// Not inlined: the caller's FloatEnvironment must be in force before any of the arithmetic.
[[gnu::noinline]] void RunForward(absl::Span<const float> x, const Layout& layout,
                                  const FakeQuantizeParams& params, absl::Span<float> out) {
  ForEachRun(layout, [&](size_t channel, size_t begin, size_t end) {
    const Grid grid(params, channel);
    for (size_t i = begin; i < end; ++i) {
      const float q = grid.Round(x[i]);
      const float code = std::min(std::max(q, grid.low), grid.high);
      out[i] = q == q ? (code + 0.0f) * grid.scale : q;  // -0 becomes 0, as a code has no sign
    }
  });
}

[[gnu::noinline]] void RunBackward(absl::Span<const float> x, const Layout& layout,
                                   const FakeQuantizeParams& params,
                                   absl::Span<const float> grad_out,
                                   const FakeQuantizeGradients& gradients) {
  std::fill(gradients.scale.begin(), gradients.scale.end(), 0.0);
  std::fill(gradients.zero_point.begin(), gradients.zero_point.end(), 0.0);
  ForEachRun(layout, [&](size_t channel, size_t begin, size_t end) {
    const Grid grid(params, channel);
    double scale_sum = 0.0;
    double zero_sum = 0.0;
    for (size_t i = begin; i < end; ++i) {
      const Derivatives d = Differentiate(grid, x[i]);
      const double upstream = static_cast<double>(grad_out[i]);
      // Products with 0 are avoided: an infinite gradient outside must not become NaN.
      if (d.scale != 0.0) scale_sum += upstream * d.scale;
      if (d.zero_point != 0.0) zero_sum += upstream * d.zero_point;
      gradients.x[i] = d.x != 0.0f ? grad_out[i] : 0.0f;
    }
    if (!gradients.scale.empty()) gradients.scale[channel] += scale_sum * gradients.scale_factor;
    if (!gradients.zero_point.empty()) {
      gradients.zero_point[channel] += zero_sum * gradients.scale_factor;
    }
  });
}

[[gnu::noinline]] float InitialScale(absl::Span<const float> x, int32_t max_code) {
  double sum = 0.0;
  double count = 0.0;
  for (const float value : x) {
    if (!std::isfinite(value)) continue;
    sum += std::abs(static_cast<double>(value));
    count += 1.0;
  }
  if (sum == 0.0) return 1.0f;
  const double scale = 2.0 * (sum / count) / std::sqrt(static_cast<double>(max_code));
  const double largest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(scale, 0x1p-126, largest));
}

}  // namespace

absl::Status FakeQuantize(absl::Span<const float> x, absl::Span<const int64_t> shape,
                          const FakeQuantizeParams& params, absl::Span<float> out) {
  PAWL_ASSIGN_OR_RETURN(const Layout layout, LayoutOf(x.size(), shape, params));
  if (out.size() != x.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("fake quantization: ", x.size(), " values but room for ", out.size()));
  }
  const kernels::FloatEnvironment environment;
  RunForward(x, layout, params, out);
  return absl::OkStatus();
}

absl::Status FakeQuantizeBackward(absl::Span<const float> x, absl::Span<const int64_t> shape,
                                  const FakeQuantizeParams& params,
                                  absl::Span<const float> grad_out,
                                  const FakeQuantizeGradients& gradients) {
  PAWL_ASSIGN_OR_RETURN(const Layout layout, LayoutOf(x.size(), shape, params));
  PAWL_RETURN_IF_ERROR(CheckGradients(x.size(), layout.channels, grad_out, gradients));
  const kernels::FloatEnvironment environment;
  RunBackward(x, layout, params, grad_out, gradients);
  return absl::OkStatus();
}

absl::StatusOr<double> LsqGradientFactor(int64_t count, int32_t max_code) {
  if (count <= 0 || max_code <= 0) {
    return absl::InvalidArgumentError(absl::StrCat("LSQ gradient factor of ", count,
                                                   " elements and codes up to ", max_code,
                                                   ": both must be positive"));
  }
  return 1.0 / std::sqrt(static_cast<double>(count) * max_code);
}

absl::StatusOr<float> LsqInitialScale(absl::Span<const float> x, int32_t max_code) {
  if (max_code <= 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("LSQ initial scale for codes up to ", max_code, ": must be positive"));
  }
  const kernels::FloatEnvironment environment;
  return InitialScale(x, max_code);
}

}  // namespace pawl
