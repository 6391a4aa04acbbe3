// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/resize_axis.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace pawl {
namespace {

constexpr std::array<absl::string_view, 3> kModes = {"nearest", "linear", "cubic"};
constexpr std::array<absl::string_view, 8> kCoordinates = {
    "half_pixel", "half_pixel_symmetric", "pytorch_half_pixel",   "align_corners",
    "asymmetric", "tf_crop_and_resize",   "tf_half_pixel_for_nn", "",
};
constexpr std::array<absl::string_view, 4> kNearest = {"round_prefer_floor", "round_prefer_ceil",
                                                       "floor", "ceil"};

// The formulas of ONNX's Resize, coordinate_transformation_mode. The resized length is scale * in
// there, not rounded, as in ONNX's reference implementation.
double Coordinate(int64_t o, const ResizeAxis& a, absl::string_view mode) {
  const auto x = static_cast<double>(o), in = static_cast<double>(a.in);
  const double resized = a.scale * in;
  if (mode == "asymmetric") return x / a.scale;
  if (mode == "tf_half_pixel_for_nn") return (x + 0.5) / a.scale;
  if (mode == "align_corners") return resized == 1.0 ? 0.0 : x * (in - 1.0) / (resized - 1.0);
  if (mode == "tf_crop_and_resize") {
    const double span = a.roi_end - a.roi_start;
    return a.out > 1 ? a.roi_start * (in - 1.0) +
                           x * span * (in - 1.0) / (static_cast<double>(a.out) - 1.0)
                     : 0.5 * (a.roi_start + a.roi_end) * (in - 1.0);
  }
  const double half_pixel = (x + 0.5) / a.scale - 0.5;
  if (mode == "pytorch_half_pixel") return a.out > 1 ? half_pixel : 0.0;
  if (mode == "half_pixel_symmetric") {
    const double adjustment = static_cast<double>(a.out) / resized;
    return in / 2.0 * (1.0 - adjustment) + half_pixel;
  }
  return half_pixel;
}

double Nearest(double x, absl::string_view mode) {
  if (mode == "floor") return std::floor(x);
  if (mode == "ceil") return std::ceil(x);
  if (mode == "round_prefer_ceil") return std::floor(x + 0.5);
  return std::ceil(x - 0.5);
}

// Keys' cubic convolution kernel.
double Cubic(double x, double a) {
  x = std::abs(x);
  if (x <= 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  if (x < 2.0) return ((a * x - 5.0 * a) * x + 8.0 * a) * x - 4.0 * a;
  return 0.0;
}

}  // namespace

absl::StatusOr<ResizeModes> ReadResizeModes(const Node& node) {
  ResizeModes m;
  m.mode = node.String("mode", "nearest");
  if (m.mode == "bilinear") m.mode = "linear";  // older exporters of Upsample
  // Upsample and Resize of opset 10 have one way.
  const bool old = node.op == "Upsample" || (node.opset != 0 && node.opset < 11);
  m.coordinates = old ? "asymmetric" : node.String("coordinate_transformation_mode", "half_pixel");
  m.nearest = old ? "floor" : node.String("nearest_mode", "round_prefer_floor");
  m.cubic_a = node.Float("cubic_coeff_a", -0.75f);
  m.antialias = node.Int("antialias", 0) != 0;
  m.exclude_outside = node.Int("exclude_outside", 0) != 0;
  const auto among = [](const auto& list, absl::string_view word) {
    return std::find(list.begin(), list.end(), word) != list.end();
  };
  if (!among(kModes, m.mode) || !among(kCoordinates, m.coordinates) ||
      !among(kNearest, m.nearest)) {
    return absl::UnimplementedError(absl::StrCat("mode '", m.mode, "' with coordinates '",
                                                 m.coordinates, "' and nearest_mode '", m.nearest,
                                                 "' is unknown"));
  }
  return m;
}

ResizeTaps FindTaps(const ResizeAxis& axis, const ResizeModes& modes) {
  ResizeTaps taps;
  const bool nearest = modes.mode == "nearest", cubic = modes.mode == "cubic";
  // With antialias the filter is stretched where the result is smaller.
  const double stretch = modes.antialias ? std::min(axis.scale, 1.0) : 1.0;
  const double support = nearest ? 0.0 : (cubic ? 2.0 : 1.0) / stretch;
  const auto reach =
      static_cast<int64_t>(std::min(std::ceil(support), static_cast<double>(axis.in) + 2.0));
  taps.taps = nearest ? 1 : 2 * reach;
  std::vector<double> weights(static_cast<size_t>(taps.taps));
  for (int64_t o = 0; o < axis.out; ++o) {
    const double x = Coordinate(o, axis, modes.coordinates);
    taps.outside.push_back(modes.coordinates == "tf_crop_and_resize" &&
                           (x < 0.0 || x > static_cast<double>(axis.in - 1)));
    const double limit = static_cast<double>(axis.in) + static_cast<double>(reach) + 1.0;
    const double near = nearest ? Nearest(x, modes.nearest) : std::floor(x);
    const auto base = static_cast<int64_t>(std::clamp(near, -limit, limit));
    double sum = 0.0;
    for (int64_t t = 0; t < taps.taps; ++t) {
      const int64_t at = nearest ? base : base - reach + 1 + t;
      const double distance = (static_cast<double>(at) - x) * stretch;
      double w = nearest ? 1.0
                 : cubic ? Cubic(distance, modes.cubic_a)
                         : std::max(0.0, 1.0 - std::abs(distance));
      if (modes.exclude_outside && !nearest && (at < 0 || at >= axis.in)) w = 0.0;
      weights[static_cast<size_t>(t)] = w;
      sum += w;
      taps.positions.push_back(std::clamp<int64_t>(at, 0, axis.in - 1));
    }
    const bool normalize = !nearest && (modes.antialias || modes.exclude_outside) && sum != 0.0;
    for (const double w : weights) {
      taps.weights.push_back(static_cast<float>(normalize ? w / sum : w));
    }
  }
  return taps;
}

}  // namespace pawl
