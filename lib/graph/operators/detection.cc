// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What detectors end with: NonMaxSuppression, RoiAlign, MaxRoiPool. f32.

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>
#include <utility>
#include <vector>

#include "lib/graph/operators/element_types.h"

namespace pawl {
namespace {

absl::Status CheckFloats(const ShapeContext& c, size_t inputs) {
  for (size_t i = 0; i < inputs; ++i) {
    if (c.dtype(i) != DType::kF32) return TypeError(i, c.dtype(i), "f32");
  }
  return absl::OkStatus();
}

// --- NonMaxSuppression: boxes [batch, boxes, 4], scores [batch, classes, boxes] ---

absl::Status NmsShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 5));
  PAWL_RETURN_IF_ERROR(CheckFloats(c, 2));
  if (c.rank(0) != 3 || c.rank(1) != 3 || (c.dims(0)[2] >= 0 && c.dims(0)[2] != 4)) {
    return absl::InvalidArgumentError(absl::StrCat("has boxes of shape ", ShapeString(c.dims(0)),
                                                   " and scores of shape ",
                                                   ShapeString(c.dims(1))));
  }
  c.Set(0, DType::kI64, {kUnknownDim, 3});
  return absl::OkStatus();
}

struct Corners {
  float y1, x1, y2, x2;
  float area() const { return (y2 - y1) * (x2 - x1); }
};

Corners CornersOf(const float* box, bool center) {
  if (center) {
    const float w = box[2] / 2, h = box[3] / 2;
    return {box[1] - h, box[0] - w, box[1] + h, box[0] + w};
  }
  return {std::min(box[0], box[2]), std::min(box[1], box[3]), std::max(box[0], box[2]),
          std::max(box[1], box[3])};
}

bool Overlap(const Corners& a, const Corners& b, float threshold) {
  const float h = std::min(a.y2, b.y2) - std::max(a.y1, b.y1);
  const float w = std::min(a.x2, b.x2) - std::max(a.x1, b.x1);
  if (!(h > 0 && w > 0)) return false;
  const float common = h * w, all = a.area() + b.area() - common;
  return a.area() > 0 && b.area() > 0 && all > 0 && common / all > threshold;
}

absl::StatusOr<float> FloatOr(const OpRun& run, size_t input, float otherwise) {
  if (!run.Has(input)) return otherwise;
  const Tensor& tensor = run.input(input);
  if (tensor.dtype() != DType::kF32 || tensor.num_elements() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("input ", input, " must be one f32"));
  }
  return tensor.as<float>()[0];
}

absl::Status RunNms(OpRun& run) {
  const Tensor &boxes = run.input(0), &scores = run.input(1);
  const int64_t count = boxes.dim(1), classes = scores.dim(1);
  if (scores.dim(0) != boxes.dim(0) || scores.dim(2) != count) {
    return absl::InvalidArgumentError("boxes and scores differ in number");
  }
  int64_t most = 0;
  if (run.Has(2)) {
    PAWL_ASSIGN_OR_RETURN(const auto given, IntegersOf(run.input(2)));
    if (given.size() != 1) return absl::InvalidArgumentError("input 2 must be one number");
    most = std::min(given[0], count);
  }
  PAWL_ASSIGN_OR_RETURN(const float threshold, FloatOr(run, 3, 0.0f));
  PAWL_ASSIGN_OR_RETURN(const float least,
                        FloatOr(run, 4, -std::numeric_limits<float>::infinity()));
  const bool center = run.node().Int("center_point_box", 0) != 0;
  std::vector<int64_t> found;
  std::vector<int64_t> order;
  std::vector<Corners> kept;
  for (int64_t i = 0; most > 0 && i < boxes.dim(0) * classes; ++i) {
    const float* score = Data<float>(scores) + i * count;
    const float* box = Data<float>(boxes) + i / classes * count * 4;
    order.clear();
    for (int64_t k = 0; k < count; ++k) {
      if (score[k] > least || !run.Has(4)) order.push_back(k);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](int64_t a, int64_t b) { return score[a] > score[b]; });
    kept.clear();
    for (const int64_t k : order) {
      if (static_cast<int64_t>(kept.size()) == most) break;
      const Corners corners = CornersOf(box + k * 4, center);
      const bool covered = std::any_of(kept.begin(), kept.end(), [&](const Corners& other) {
        return Overlap(corners, other, threshold);
      });
      if (covered) continue;
      kept.push_back(corners);
      found.insert(found.end(), {i / classes, i % classes, k});
    }
  }
  const auto rows = static_cast<int64_t>(found.size() / 3);
  PAWL_ASSIGN_OR_RETURN(Tensor * out, run.Allocate(0, DType::kI64, {rows, 3}));
  std::copy(found.begin(), found.end(), MutableData<int64_t>(*out));
  return absl::OkStatus();
}

// --- RoiAlign: x [N, C, H, W], regions [n, 4] as (x1, y1, x2, y2), their images [n] ---

absl::Status RoiAlignShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 3));
  PAWL_RETURN_IF_ERROR(CheckFloats(c, 2));
  if (c.rank(0) != 4 || c.rank(1) != 2 || c.rank(2) != 1 ||
      (c.dims(1)[1] >= 0 && c.dims(1)[1] != 4)) {
    return absl::InvalidArgumentError("needs images, regions [n, 4] and their images [n]");
  }
  const int64_t height = c.node().Int("output_height", 1), width = c.node().Int("output_width", 1);
  if (height < 1 || width < 1) return absl::InvalidArgumentError("its output is empty");
  c.Set(0, DType::kF32, {c.dims(1)[0], c.dims(0)[1], height, width});
  return absl::OkStatus();
}

// The four pixels around a point, their weights; none outside of the image.
struct Corner4 {
  std::array<int64_t, 4> at = {};
  std::array<float, 4> weight = {};

  Corner4(float y, float x, int64_t height, int64_t width) {
    const auto h = static_cast<float>(height), w = static_cast<float>(width);
    if (!(y >= -1 && y <= h && x >= -1 && x <= w)) return;
    const auto place = [](float v, int64_t size, int64_t* low, int64_t* high) {
      v = std::max(v, 0.0f);
      *low = static_cast<int64_t>(v);
      if (*low >= size - 1) {
        *low = *high = size - 1;
        return 0.0f;
      }
      *high = *low + 1;
      return v - static_cast<float>(*low);
    };
    int64_t y0, y1, x0, x1;
    const float ty = place(y, height, &y0, &y1), tx = place(x, width, &x0, &x1);
    at = {y0 * width + x0, y0 * width + x1, y1 * width + x0, y1 * width + x1};
    weight = {(1 - ty) * (1 - tx), (1 - ty) * tx, ty * (1 - tx), ty * tx};
  }
};

// Where a region's bins lie and how many points each has.
struct Region {
  float y, x, bin_height, bin_width;
  int64_t rows, cols;

  Region(const float* roi, const Node& node, int64_t out_height, int64_t out_width) {
    const float scale = node.Float("spatial_scale", 1.0f);
    // Before opset 16 regions were not shifted by half a pixel.
    const bool half = node.opset >= 16 &&
                      node.String("coordinate_transformation_mode", "half_pixel") == "half_pixel";
    const float shift = half ? 0.5f : 0.0f;
    x = roi[0] * scale - shift;
    y = roi[1] * scale - shift;
    float width = roi[2] * scale - shift - x, height = roi[3] * scale - shift - y;
    if (!half) {
      width = std::max(width, 1.0f);
      height = std::max(height, 1.0f);
    }
    bin_height = height / static_cast<float>(out_height);
    bin_width = width / static_cast<float>(out_width);
    const int64_t ratio = node.Int("sampling_ratio", 0);
    const auto points = [&](float bin) {
      if (ratio > 0) return std::min<int64_t>(ratio, 1 << 21);
      return bin > 0 ? static_cast<int64_t>(std::min(std::ceil(bin), 2e6f)) : int64_t{0};
    };
    rows = points(bin_height);
    cols = points(bin_width);
  }
};

// The images that regions lie in.
absl::StatusOr<std::vector<int64_t>> CheckRegions(OpRun& run) {
  const Tensor &x = run.input(0), &rois = run.input(1), &out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(auto images, IntegersOf(run.input(2)));
  if (static_cast<int64_t>(images.size()) != rois.dim(0)) {
    return absl::InvalidArgumentError("regions and their images differ in number");
  }
  for (const int64_t image : images) {
    if (image < 0 || image >= x.dim(0)) {
      return absl::InvalidArgumentError(absl::StrCat("image ", image, " does not exist"));
    }
  }
  if (x.dim(2) * x.dim(3) == 0) return absl::InvalidArgumentError("its images are empty");
  for (int64_t r = 0; r < rois.dim(0); ++r) {
    const Region region(Data<float>(rois) + r * 4, run.node(), out.dim(2), out.dim(3));
    constexpr int64_t kMostPoints = 1 << 20;
    if (region.rows > kMostPoints || region.rows * region.cols > kMostPoints) {
      return absl::InvalidArgumentError(absl::StrCat("region ", r, " has ", region.rows, " by ",
                                                     region.cols, " points in a bin, more than ",
                                                     kMostPoints));
    }
  }
  return images;
}

// What bin [row, col] of a region is made of, in images of height by width.
std::vector<Corner4> PointsOf(const Region& region, int64_t row, int64_t col, int64_t height,
                              int64_t width) {
  std::vector<Corner4> points;
  const float top = region.y + static_cast<float>(row) * region.bin_height;
  const float left = region.x + static_cast<float>(col) * region.bin_width;
  for (int64_t i = 0; i < region.rows; ++i) {
    const float y =
        top + (static_cast<float>(i) + 0.5f) * region.bin_height / static_cast<float>(region.rows);
    for (int64_t j = 0; j < region.cols; ++j) {
      const float x = left + (static_cast<float>(j) + 0.5f) * region.bin_width /
                                 static_cast<float>(region.cols);
      points.emplace_back(y, x, height, width);
    }
  }
  return points;
}

float PoolPoints(const std::vector<Corner4>& points, const float* plane, bool max) {
  double sum = 0;
  float largest = points.empty() ? 0.0f : -std::numeric_limits<float>::infinity();
  for (const Corner4& p : points) {
    for (size_t k = 0; k < 4; ++k) {
      const float value = p.weight[k] * plane[p.at[k]];
      sum += static_cast<double>(value);
      largest = std::max(largest, value);
    }
  }
  if (max) return largest;
  return static_cast<float>(sum / static_cast<double>(std::max<size_t>(1, points.size())));
}

absl::Status RunRoiAlign(OpRun& run) {
  const Tensor &x = run.input(0), &rois = run.input(1);
  Tensor& out = run.output(0);
  const absl::string_view mode = run.node().String("mode", "avg");
  if (mode != "avg" && mode != "max") {
    return absl::InvalidArgumentError(absl::StrCat("mode is '", mode, "'"));
  }
  PAWL_ASSIGN_OR_RETURN(const auto images, CheckRegions(run));
  const int64_t channels = x.dim(1), height = x.dim(2), width = x.dim(3);
  const int64_t out_height = out.dim(2), out_width = out.dim(3), bins = out_height * out_width;
  return Ranges(run, rois.dim(0), 1, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const Region region(Data<float>(rois) + r * 4, run.node(), out_height, out_width);
      const float* image =
          Data<float>(x) + images[static_cast<size_t>(r)] * channels * height * width;
      for (int64_t bin = 0; bin < bins; ++bin) {
        const int64_t row = bin / out_width;
        const std::vector<Corner4> points =
            PointsOf(region, row, bin - row * out_width, height, width);
        for (int64_t c = 0; c < channels; ++c) {
          MutableData<float>(out)[(r * channels + c) * bins + bin] =
              PoolPoints(points, image + c * height * width, mode == "max");
        }
      }
    }
  });
}

// --- MaxRoiPool: regions [n, 5] as (image, x1, y1, x2, y2), both ends within ---

absl::Status MaxRoiPoolShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  PAWL_RETURN_IF_ERROR(CheckFloats(c, 2));
  const auto pooled = c.node().Ints("pooled_shape");
  if (c.rank(0) != 4 || c.rank(1) != 2 || (c.dims(1)[1] >= 0 && c.dims(1)[1] != 5) ||
      pooled.size() != 2 || pooled[0] < 1 || pooled[1] < 1) {
    return absl::InvalidArgumentError("needs images, regions [n, 5] and a pooled_shape of two");
  }
  c.Set(0, DType::kF32, {c.dims(1)[0], c.dims(0)[1], pooled[0], pooled[1]});
  return absl::OkStatus();
}

absl::Status RunMaxRoiPool(OpRun& run) {
  const Tensor &x = run.input(0), &rois = run.input(1);
  Tensor& out = run.output(0);
  const float scale = run.node().Float("spatial_scale", 1.0f);
  const int64_t channels = x.dim(1), height = x.dim(2), width = x.dim(3);
  const int64_t rows = out.dim(2), cols = out.dim(3);
  for (int64_t r = 0; r < rois.dim(0); ++r) {
    const float* roi = Data<float>(rois) + r * 5;
    if (!(roi[0] >= 0 && roi[0] < static_cast<float>(x.dim(0)))) {
      return absl::InvalidArgumentError(absl::StrCat("image ", roi[0], " does not exist"));
    }
    std::array<int64_t, 4> edge;
    for (size_t i = 0; i < 4; ++i) {
      edge[i] = static_cast<int64_t>(std::round(std::clamp(roi[i + 1] * scale, -1e9f, 1e9f)));
    }
    // Pixels of a bin along a dimension.
    const auto span = [](int64_t bin, int64_t bins, int64_t first, int64_t last, int64_t size) {
      const double length =
          static_cast<double>(std::max<int64_t>(last - first + 1, 1)) / static_cast<double>(bins);
      const auto at = [&](double v) {
        return std::clamp<int64_t>(static_cast<int64_t>(v) + first, 0, size);
      };
      return std::pair(at(std::floor(static_cast<double>(bin) * length)),
                       at(std::ceil(static_cast<double>(bin + 1) * length)));
    };
    for (int64_t i = 0; i < channels * rows * cols; ++i) {
      const int64_t bin = i % (rows * cols);
      const float* plane =
          Data<float>(x) +
          (static_cast<int64_t>(roi[0]) * channels + i / (rows * cols)) * height * width;
      const auto [y0, y1] = span(bin / cols, rows, edge[1], edge[3], height);
      const auto [x0, x1] = span(bin % cols, cols, edge[0], edge[2], width);
      float largest = y0 < y1 && x0 < x1 ? plane[y0 * width + x0] : 0.0f;
      for (int64_t y = y0; y < y1; ++y) {
        for (int64_t at = x0; at < x1; ++at) largest = std::max(largest, plane[y * width + at]);
      }
      MutableData<float>(out)[r * channels * rows * cols + i] = largest;
    }
  }
  return absl::OkStatus();
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&)) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = QuantKind::kFloat,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("NonMaxSuppression", 10, NmsShape, RunNms),
    Entry("RoiAlign", 10, RoiAlignShape, RunRoiAlign),
    Entry("MaxRoiPool", 1, MaxRoiPoolShape, RunMaxRoiPool),
};

}  // namespace

absl::Span<const Operator> DetectionOperators() { return kTable; }

}  // namespace pawl
