// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// MaxPool, AveragePool, LpPool and their global forms, in one to three spatial dimensions.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "lib/graph/operators/common.h"
#include "lib/graph/operators/pool_box.h"
#include "lib/graph/operators/window.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

absl::StatusOr<Window> PoolWindow(const Node& node, const Dims& x) {
  if (x.size() < 3 || x.size() > 5) {
    return absl::InvalidArgumentError(absl::StrCat("has an input of shape ", ShapeString(x),
                                                   "; it needs one to three spatial dimensions"));
  }
  return ReadWindow(node, absl::MakeConstSpan(x).subspan(2), {}, node.Int("ceil_mode", 0) != 0);
}

absl::Status PoolShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  PAWL_ASSIGN_OR_RETURN(const Window window, PoolWindow(c.node(), c.dims(0)));
  Dims out = {c.dims(0)[0], c.dims(0)[1]};
  out.insert(out.end(), window.out.begin(), window.out.end());
  c.Set(1, DType::kI64, out);  // MaxPool's indices
  c.Set(0, c.dtype(0), std::move(out));
  return absl::OkStatus();
}

absl::Status GlobalShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  if (c.rank(0) < 2) return absl::InvalidArgumentError("needs an input of rank 2 at least");
  Dims out(c.dims(0).size(), 1);
  out[0] = c.dims(0)[0];
  out[1] = c.dims(0)[1];
  c.Set(0, c.dtype(0), std::move(out));
  return absl::OkStatus();
}

// Plane by plane over the threads: fn(plane, in, out).
template <typename T, typename Fn>
absl::Status Planes(OpRun& run, int64_t in_size, int64_t out_size, Fn fn) {
  const int64_t planes = out_size == 0 ? 0 : run.output(0).num_elements() / out_size;
  const T* in = run.input(0).as<T>().data();
  T* out = run.output(0).mutable_as<T>().data();
  const int64_t step = std::max<int64_t>(1, 16384 / std::max<int64_t>(1, in_size));
  return Ranges(run, planes, step, [&](int64_t begin, int64_t end) {
    for (int64_t p = begin; p < end; ++p) fn(p, in + p * in_size, out + p * out_size);
  });
}

// NaN is above all others.
template <typename T>
bool IsAbove(T a, T b) {
  return a > b || (a != a && b == b);
}

template <typename T, typename Load>
absl::Status MaxPoolOf(OpRun& run, const Box& box, Load load) {
  int64_t* indices = run.Wants(1) ? run.output(1).mutable_as<int64_t>().data() : nullptr;
  const bool column_major = run.node().Int("storage_order", 0) == 1;
  return Planes<T>(run, box.in_size(), box.out_size(), [&](int64_t plane, const T* in, T* out) {
    ForEachOutput(box, [&](const Taps& taps, int64_t at) {
      int64_t best = -1;
      taps.ForEach(box, [&](int64_t i) {
        if (best < 0 || IsAbove(load(in[i]), load(in[best]))) best = i;
      });
      // A window wholly in the padding: ONNX's reference pads with the lowest value.
      out[at] = best >= 0 ? in[best] : std::numeric_limits<T>::lowest();
      if (indices == nullptr) return;
      if (column_major && best >= 0) {
        const int64_t row = best / box.in[2], column = best % box.in[2];
        best = column * box.in[1] + row;
      }
      indices[plane * box.out_size() + at] = plane * box.in_size() + best;
    });
  });
}

absl::Status RunMaxPool(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const Window window, PoolWindow(run.node(), run.input(0).shape()));
  const Box box(window);
  const auto same = [](auto v) { return v; };
  switch (run.input(0).dtype()) {
    case DType::kF32:
      if (!run.Wants(1)) {
        return Planes<float>(
            run, box.in_size(), box.out_size(),
            [&](int64_t, const float* in, float* out) { MaxPoolPlane(box, in, out); });
      }
      return MaxPoolOf<float>(run, box, same);
    case DType::kF64:
      return MaxPoolOf<double>(run, box, same);
    case DType::kF16:
      return MaxPoolOf<uint16_t>(run, box, F16ToF32);
    case DType::kI8:
      return MaxPoolOf<int8_t>(run, box, same);
    case DType::kU8:
      return MaxPoolOf<uint8_t>(run, box, same);
    default:
      return TypeError(0, run.input(0).dtype(), "f32, f64, f16, i8, u8");
  }
}

template <typename T, typename Sum, typename Load, typename Store>
absl::Status AveragePoolOf(OpRun& run, const Box& box, Load load, Store store) {
  const bool include_pad = run.node().Int("count_include_pad", 0) != 0;
  return Planes<T>(run, box.in_size(), box.out_size(), [&](int64_t, const T* in, T* out) {
    ForEachOutput(box, [&](const Taps& taps, int64_t at) {
      Sum sum{};
      taps.ForEach(box, [&](int64_t i) { sum += static_cast<Sum>(load(in[i])); });
      const int64_t count = include_pad ? taps.with_padding() : taps.inside();
      out[at] = store(sum / static_cast<Sum>(std::max<int64_t>(count, 1)));
    });
  });
}

absl::Status RunAveragePool(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const Window window, PoolWindow(run.node(), run.input(0).shape()));
  const Box box(window);
  const auto same = [](auto v) { return v; };
  switch (run.input(0).dtype()) {
    case DType::kF32: {
      const bool include_pad = run.node().Int("count_include_pad", 0) != 0;
      return Planes<float>(run, box.in_size(), box.out_size(),
                           [&](int64_t, const float* in, float* out) {
                             AveragePoolPlane(box, include_pad, in, out);
                           });
    }
    case DType::kF64:
      return AveragePoolOf<double, double>(run, box, same, same);
    case DType::kF16:
      return AveragePoolOf<uint16_t, float>(run, box, F16ToF32, F32ToF16);
    default:
      return TypeError(0, run.input(0).dtype(), "f32, f64, f16");
  }
}

// (sum of |x|^p)^(1/p)
template <typename T>
absl::Status LpPoolOf(OpRun& run, const Box& box) {
  const auto p = static_cast<double>(run.node().Int("p", 2));
  return Planes<T>(run, box.in_size(), box.out_size(), [&](int64_t, const T* in, T* out) {
    ForEachOutput(box, [&](const Taps& taps, int64_t at) {
      double sum = 0.0;
      taps.ForEach(box, [&](int64_t i) { sum += std::pow(std::abs(double{in[i]}), p); });
      out[at] = static_cast<T>(std::pow(sum, 1.0 / p));
    });
  });
}

absl::Status RunLpPool(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const Window window, PoolWindow(run.node(), run.input(0).shape()));
  if (run.input(0).dtype() == DType::kF32) return LpPoolOf<float>(run, Box(window));
  if (run.input(0).dtype() == DType::kF64) return LpPoolOf<double>(run, Box(window));
  return TypeError(0, run.input(0).dtype(), "f32, f64");
}

// All elements of a plane in one window: Reduce over (in, count).
template <typename T, typename Reduce>
absl::Status GlobalOf(OpRun& run, Reduce reduce) {
  const Dims& dims = run.input(0).shape();
  const int64_t size = DimProduct(absl::MakeConstSpan(dims).subspan(2));
  return Planes<T>(run, size, 1, [&](int64_t, const T* in, T* out) { *out = reduce(in, size); });
}

template <typename T>
T Mean(const T* in, int64_t count) {
  double sum = 0.0;
  for (int64_t i = 0; i < count; ++i) sum += double{in[i]};
  return static_cast<T>(sum / static_cast<double>(std::max<int64_t>(count, 1)));
}

absl::Status RunGlobalAverage(OpRun& run) {
  if (run.input(0).dtype() == DType::kF32) {
    return GlobalOf<float>(run, [](const float* in, int64_t count) {
      return static_cast<float>(SumOf(in, count) /
                                static_cast<double>(std::max<int64_t>(count, 1)));
    });
  }
  if (run.input(0).dtype() == DType::kF64) return GlobalOf<double>(run, Mean<double>);
  return TypeError(0, run.input(0).dtype(), "f32, f64");
}

template <typename T>
T Largest(const T* in, int64_t count) {
  return count == 0 ? std::numeric_limits<T>::lowest() : *std::max_element(in, in + count);
}

absl::Status RunGlobalMax(OpRun& run) {
  if (run.input(0).dtype() == DType::kF32) return GlobalOf<float>(run, Largest<float>);
  if (run.input(0).dtype() == DType::kF64) return GlobalOf<double>(run, Largest<double>);
  return TypeError(0, run.input(0).dtype(), "f32, f64");
}

absl::Status RunGlobalLp(OpRun& run) {
  if (run.input(0).dtype() != DType::kF32) return TypeError(0, run.input(0).dtype(), "f32");
  const auto p = static_cast<double>(run.node().Int("p", 2));
  return GlobalOf<float>(run, [p](const float* in, int64_t count) {
    double sum = 0.0;
    for (int64_t i = 0; i < count; ++i) sum += std::pow(std::abs(double{in[i]}), p);
    return static_cast<float>(std::pow(sum, 1.0 / p));
  });
}

constexpr Operator kTable[] = {
    {.name = "MaxPool",
     .domain = "",
     .shape = PoolShape,
     .run = RunMaxPool,
     .quantize = QuantKind::kPooling,
     .flags = kSymbolic},
    {.name = "AveragePool",
     .domain = "",
     .min_opset = 7,
     .shape = PoolShape,
     .run = RunAveragePool,
     .quantize = QuantKind::kPooling,
     .flags = kSymbolic},
    {.name = "LpPool",
     .domain = "",
     .min_opset = 2,
     .shape = PoolShape,
     .run = RunLpPool,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "GlobalAveragePool",
     .domain = "",
     .shape = GlobalShape,
     .run = RunGlobalAverage,
     .quantize = QuantKind::kPooling,
     .flags = kSymbolic},
    {.name = "GlobalMaxPool",
     .domain = "",
     .shape = GlobalShape,
     .run = RunGlobalMax,
     .quantize = QuantKind::kPooling,
     .flags = kSymbolic},
    {.name = "GlobalLpPool",
     .domain = "",
     .min_opset = 2,
     .shape = GlobalShape,
     .run = RunGlobalLp,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> PoolingOperators() { return kTable; }

}  // namespace pawl
