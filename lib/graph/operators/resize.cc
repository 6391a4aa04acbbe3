// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Resize and Upsample, one axis after the other.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>
#include <vector>

#include "lib/graph/operators/common.h"
#include "lib/graph/operators/resize_axis.h"

namespace pawl {
namespace {

// Inputs by what they are; null where absent or empty.
struct Given {
  const Tensor *roi = nullptr, *scales = nullptr, *sizes = nullptr;
  bool known = true;  // all that are present
};

template <typename Has, typename Get>
Given Collect(const Node& node, Has has, Get get) {
  Given given;
  const bool old = node.op == "Upsample" || (node.opset != 0 && node.opset < 11);
  const auto take = [&](size_t input) -> const Tensor* {
    if (!has(input)) return nullptr;
    const Tensor* tensor = get(input);
    if (tensor == nullptr) given.known = false;
    return tensor != nullptr && !tensor->empty() ? tensor : nullptr;
  };
  given.scales = take(old ? 1 : 2);
  if (!old) {
    given.roi = take(1);
    given.sizes = take(3);
  }
  return given;
}

// The axes that are resized, in the order of scales and sizes.
absl::StatusOr<Dims> AxesOf(const Node& node, int64_t rank) {
  const auto listed = node.Ints("axes");
  Dims axes;
  if (listed.empty()) {
    for (int64_t i = 0; i < rank; ++i) axes.push_back(i);
    return axes;
  }
  for (const int64_t axis : listed) {
    PAWL_ASSIGN_OR_RETURN(const int64_t index, NormalAxis(axis, rank));
    axes.push_back(index);
  }
  return axes;
}

// Sizes that keep the aspect ratio: one scale for all axes, from the smallest or largest.
absl::Status KeepAspect(const Node& node, const Dims& axes, std::vector<ResizeAxis>& all) {
  const absl::string_view policy = node.String("keep_aspect_ratio_policy", "stretch");
  if (policy == "stretch") return absl::OkStatus();
  double scale = 0.0;
  for (size_t i = 0; i < axes.size(); ++i) {
    const double own = all[static_cast<size_t>(axes[i])].scale;
    const bool better = policy == "not_larger" ? own < scale : own > scale;
    if (i == 0 || better) scale = own;
  }
  for (const int64_t axis : axes) {
    ResizeAxis& a = all[static_cast<size_t>(axis)];
    a.scale = scale;
    a.out = static_cast<int64_t>(std::floor(scale * static_cast<double>(a.in) + 0.5));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<ResizeAxis>> ReadAxes(const Node& node, const Dims& dims,
                                                 const Given& given) {
  PAWL_ASSIGN_OR_RETURN(const Dims axes, AxesOf(node, static_cast<int64_t>(dims.size())));
  std::vector<ResizeAxis> all(dims.size());
  for (size_t i = 0; i < dims.size(); ++i) {
    all[i].in = all[i].out = dims[i];
  }
  std::vector<float> scales;
  if (given.scales != nullptr) {
    if (given.scales->dtype() != DType::kF32)
      return absl::InvalidArgumentError("scales must be f32");
    scales.assign(given.scales->as<float>().begin(), given.scales->as<float>().end());
  } else if (node.op == "Upsample" && given.sizes == nullptr) {
    scales.assign(node.Floats("scales").begin(), node.Floats("scales").end());
  }
  std::vector<int64_t> sizes;
  if (given.sizes != nullptr && scales.empty()) {
    PAWL_ASSIGN_OR_RETURN(sizes, IntegersOf(*given.sizes));
  }
  if (std::max(scales.size(), sizes.size()) != axes.size()) {
    return absl::InvalidArgumentError(absl::StrCat("resizes ", axes.size(), " axes by ",
                                                   scales.size(), " scales and ", sizes.size(),
                                                   " sizes"));
  }
  for (size_t i = 0; i < axes.size(); ++i) {
    ResizeAxis& a = all[static_cast<size_t>(axes[i])];
    const auto in = static_cast<double>(a.in);
    if (!scales.empty()) {
      a.scale = scales[i];
      const double out = std::floor(in * a.scale);
      if (!(a.scale > 0.0f) || out > 1e15) {
        return absl::InvalidArgumentError(absl::StrCat("has the scale ", a.scale));
      }
      a.out = static_cast<int64_t>(out);
    } else {
      if (sizes[i] < 0) return absl::InvalidArgumentError("has a negative size");
      a.out = sizes[i];
      a.scale = a.in == 0 ? 1.0 : static_cast<double>(a.out) / in;
    }
    if (a.in == 0 && a.out != 0) return absl::InvalidArgumentError("resizes nothing to something");
    if (given.roi != nullptr && given.roi->dtype() == DType::kF32 &&
        given.roi->as<float>().size() == 2 * axes.size()) {
      a.roi_start = given.roi->as<float>()[i];
      a.roi_end = given.roi->as<float>()[axes.size() + i];
    }
  }
  if (scales.empty()) PAWL_RETURN_IF_ERROR(KeepAspect(node, axes, all));
  return all;
}

absl::Status ResizeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 4));
  PAWL_RETURN_IF_ERROR(ReadResizeModes(c.node()).status());
  const Given given = Collect(
      c.node(), [&](size_t i) { return c.Has(i); }, [&](size_t i) { return c.Contents(i); });
  c.SetType(0, c.dtype(0));
  if (!given.known) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(const std::vector<ResizeAxis> axes, ReadAxes(c.node(), c.dims(0), given));
  Dims out;
  for (const ResizeAxis& axis : axes) out.push_back(axis.out);
  c.Set(0, c.dtype(0), std::move(out));
  return absl::OkStatus();
}

// Bytes of the largest tensor between two axes.
size_t PassBytes(const Dims& in, const Dims& out, DType dtype) {
  Dims dims = in;
  int64_t largest = 0;
  for (size_t i = 0; i < dims.size(); ++i) {
    dims[i] = out[i];
    largest = std::max(largest, DimProduct(dims));
  }
  const size_t bytes = static_cast<size_t>(largest) * DTypeSize(dtype);
  return (bytes + kAlignment - 1) / kAlignment * kAlignment;
}

size_t ResizeWorkspace(const WorkspaceContext& c) {
  return 2 * PassBytes(*c.inputs[0]->shape, *c.outputs[0].shape, *c.inputs[0]->dtype);
}

// Rows of `inner` elements along an axis.
absl::Status AlongAxisF32(OpRun& run, const ResizeTaps& taps, const ResizeAxis& axis, int64_t outer,
                          int64_t inner, float outside, const float* in, float* out) {
  const int64_t step = std::max<int64_t>(1, 8192 / std::max<int64_t>(1, inner * taps.taps));
  return Ranges(run, outer * axis.out, step, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t o = r % axis.out;
      const float* from = in + r / axis.out * axis.in * inner;
      float* to = out + r * inner;
      if (taps.outside[static_cast<size_t>(o)]) {
        std::fill(to, to + inner, outside);
        continue;
      }
      const auto first = static_cast<size_t>(o * taps.taps);
      for (int64_t t = 0; t < taps.taps; ++t) {
        const float w = taps.weights[first + static_cast<size_t>(t)];
        const float* row = from + taps.positions[first + static_cast<size_t>(t)] * inner;
        if (t == 0) {
          for (int64_t i = 0; i < inner; ++i) to[i] = w * row[i];
        } else if (w != 0.0f) {
          for (int64_t i = 0; i < inner; ++i) to[i] += w * row[i];
        }
      }
    }
  });
}

absl::Status AlongAxisBytes(OpRun& run, const ResizeTaps& taps, const ResizeAxis& axis,
                            int64_t outer, size_t row_bytes, const char* in, char* out) {
  const auto row = static_cast<int64_t>(row_bytes);
  if (row == sizeof(uint32_t)) {  // the innermost axis
    const auto* from = reinterpret_cast<const uint32_t*>(in);
    auto* to = reinterpret_cast<uint32_t*>(out);
    return Ranges(run, outer, std::max<int64_t>(1, 16384 / axis.out),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t r = begin; r < end; ++r) {
                      const uint32_t* line = from + r * axis.in;
                      for (int64_t o = 0; o < axis.out; ++o) {
                        to[r * axis.out + o] = line[taps.positions[static_cast<size_t>(o)]];
                      }
                    }
                  });
  }
  const int64_t step = std::max<int64_t>(1, 65536 / std::max<int64_t>(1, row));
  return Ranges(run, outer * axis.out, step, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t from =
          r / axis.out * axis.in + taps.positions[static_cast<size_t>(r % axis.out)];
      std::memcpy(out + r * row, in + from * row, row_bytes);
    }
  });
}

absl::Status RunResize(OpRun& run) {
  const Given given = Collect(
      run.node(), [&](size_t i) { return run.Has(i); }, [&](size_t i) { return &run.input(i); });
  PAWL_ASSIGN_OR_RETURN(const ResizeModes modes, ReadResizeModes(run.node()));
  PAWL_ASSIGN_OR_RETURN(const std::vector<ResizeAxis> axes,
                        ReadAxes(run.node(), run.input(0).shape(), given));
  const DType dtype = run.input(0).dtype();
  if (modes.mode != "nearest" && dtype != DType::kF32) return TypeError(0, dtype, "f32");
  if (run.output(0).empty()) return absl::OkStatus();
  std::vector<size_t> work;
  const bool crop = modes.coordinates == "tf_crop_and_resize";
  for (size_t i = 0; i < axes.size(); ++i) {
    if (crop || axes[i].in != axes[i].out || axes[i].scale != 1.0) work.push_back(i);
  }
  if (work.empty()) return CopyThrough(run);
  const size_t half = PassBytes(run.input(0).shape(), run.output(0).shape(), dtype);
  const auto outside = run.node().Float("extrapolation_value", 0.0f);
  const size_t size = DTypeSize(dtype);
  Dims dims = run.input(0).shape();
  const auto* in = static_cast<const char*>(run.input(0).data());
  for (size_t pass = 0; pass < work.size(); ++pass) {
    const ResizeAxis& axis = axes[work[pass]];
    char* out = pass + 1 == work.size() ? static_cast<char*>(run.output(0).mutable_data())
                                        : run.workspace<char>() + pass % 2 * half;
    const ResizeTaps taps = FindTaps(axis, modes);
    const AxisSplit split = SplitAt(dims, static_cast<int64_t>(work[pass]));
    if (dtype == DType::kF32 && (modes.mode != "nearest" || crop)) {
      PAWL_RETURN_IF_ERROR(AlongAxisF32(run, taps, axis, split.outer, split.inner, outside,
                                        reinterpret_cast<const float*>(in),
                                        reinterpret_cast<float*>(out)));
    } else {
      PAWL_RETURN_IF_ERROR(AlongAxisBytes(run, taps, axis, split.outer,
                                          static_cast<size_t>(split.inner) * size, in, out));
    }
    dims[work[pass]] = axis.out;
    in = out;
  }
  return absl::OkStatus();
}

constexpr Operator kTable[] = {
    {.name = "Resize",
     .domain = "",
     .min_opset = 10,
     .shape = ResizeShape,
     .run = RunResize,
     .quantize = QuantKind::kSameScale,
     .flags = 0,
     .workspace = ResizeWorkspace},
    {.name = "Upsample",
     .domain = "",
     .min_opset = 7,
     .max_opset = 9,
     .shape = ResizeShape,
     .run = RunResize,
     .quantize = QuantKind::kSameScale,
     .flags = 0,
     .workspace = ResizeWorkspace},
};

}  // namespace

absl::Span<const Operator> ResizeOperators() { return kTable; }

}  // namespace pawl
