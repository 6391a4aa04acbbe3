// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Softmax, LogSoftmax, Hardmax: over one axis from opset 13, before that over all dimensions from
// the axis on.

#include <algorithm>
#include <cmath>
#include <vector>

#include "kernels/elementary.h"
#include "lib/core/context_internal.h"
#include "lib/graph/operators/common.h"
#include "lib/graph/operators/pool_box.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

absl::StatusOr<AxisSplit> SplitOf(const Node& node, const Dims& dims) {
  const bool flattens = node.opset < 13 && node.opset != 0;
  const auto rank = static_cast<int64_t>(dims.size());
  if (rank == 0) return AxisSplit{};
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(node.Int("axis", flattens ? 1 : -1), rank));
  AxisSplit split = SplitAt(dims, axis);
  if (flattens) {
    split.size *= split.inner;
    split.inner = 1;
  }
  return split;
}

enum class Kind { kSoftmax, kLogSoftmax, kHardmax };

// The largest of consecutive values, whatever it is where one is NaN.
float MaxOf(const float* in, int64_t n) {
  float lanes[8];
  for (float& lane : lanes) lane = in[0];
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (int64_t l = 0; l < 8; ++l) lanes[l] = in[i + l] > lanes[l] ? in[i + l] : lanes[l];
  }
  for (; i < n; ++i) lanes[0] = in[i] > lanes[0] ? in[i] : lanes[0];
  return *std::max_element(lanes, lanes + 8);
}

// One row of consecutive values. The sum goes in f64, in lanes (pool_box.h); NaN anywhere makes all
// results NaN.
void Softmax(kernels::Target target, const float* in, int64_t n, float* out) {
  const float largest = MaxOf(in, n);
  for (int64_t i = 0; i < n; ++i) out[i] = in[i] - largest;
  kernels::Elementary(target, kernels::ElementaryKind::kExp, out, static_cast<size_t>(n), out);
  const auto scale = static_cast<float>(1.0 / SumOf(out, n));
  for (int64_t i = 0; i < n; ++i) out[i] *= scale;
}

void SoftmaxRow(Kind kind, kernels::Target target, const float* in, int64_t n, float* out) {
  if (kind == Kind::kSoftmax) return Softmax(target, in, n, out);
  float largest = in[0];
  int64_t at = 0;
  for (int64_t i = 1; i < n; ++i) {
    if (in[i] > largest) {
      largest = in[i];
      at = i;
    }
  }
  if (kind == Kind::kHardmax) {
    std::fill(out, out + n, 0.0f);
    out[at] = 1.0f;
    return;
  }
  double sum = 0.0;  // in ascending order
  for (int64_t i = 0; i < n; ++i) sum += std::exp(double{in[i]} - double{largest});
  const double log_sum = std::log(sum);
  for (int64_t i = 0; i < n; ++i) {
    out[i] = static_cast<float>(double{in[i]} - double{largest} - log_sum);
  }
}

// Other types and axes: a copy of the row in f32.
template <typename T, typename Load, typename Store>
absl::Status Strided(OpRun& run, Kind kind, const AxisSplit& split, Load load, Store store) {
  const T* in = run.input(0).as<T>().data();
  T* out = run.output(0).mutable_as<T>().data();
  const kernels::Target target = TargetOf(&run.context());
  const int64_t step = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, split.size));
  return ForRanges(&run.context(), split.outer * split.inner, step,
                   static_cast<size_t>(split.size) * sizeof(float),
                   [&](int64_t begin, int64_t end, void* scratch) {
                     auto* row = static_cast<float*>(scratch);
                     for (int64_t r = begin; r < end; ++r) {
                       const int64_t at =
                           r / split.inner * split.size * split.inner + r % split.inner;
                       for (int64_t i = 0; i < split.size; ++i) {
                         row[i] = static_cast<float>(load(in[at + i * split.inner]));
                       }
                       SoftmaxRow(kind, target, row, split.size, row);
                       for (int64_t i = 0; i < split.size; ++i) {
                         out[at + i * split.inner] = store(row[i]);
                       }
                     }
                   });
}

// f64 keeps its precision.
void WideRow(Kind kind, const double* in, int64_t n, int64_t stride, double* out) {
  double largest = in[0];
  int64_t at = 0;
  for (int64_t i = 1; i < n; ++i) {
    if (in[i * stride] > largest) {
      largest = in[i * stride];
      at = i;
    }
  }
  double sum = 0.0;
  for (int64_t i = 0; i < n; ++i) sum += std::exp(in[i * stride] - largest);
  for (int64_t i = 0; i < n; ++i) {
    const double v = in[i * stride] - largest;
    out[i * stride] = kind == Kind::kHardmax      ? (i == at ? 1.0 : 0.0)
                      : kind == Kind::kLogSoftmax ? v - std::log(sum)
                                                  : std::exp(v) / sum;
  }
}

template <Kind kind>
absl::Status Run(OpRun& run) {
  if (run.input(0).empty()) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(const AxisSplit split, SplitOf(run.node(), run.input(0).shape()));
  const auto same = [](float v) { return v; };
  switch (run.input(0).dtype()) {
    case DType::kF32:
      break;
    case DType::kF16:
      return Strided<uint16_t>(run, kind, split, F16ToF32, F32ToF16);
    case DType::kBF16:
      return Strided<uint16_t>(run, kind, split, BF16ToF32, F32ToBF16);
    case DType::kF64:
      for (int64_t r = 0; r < split.outer * split.inner; ++r) {
        const int64_t at = r / split.inner * split.size * split.inner + r % split.inner;
        WideRow(kind, run.input(0).as<double>().data() + at, split.size, split.inner,
                run.output(0).mutable_as<double>().data() + at);
      }
      return absl::OkStatus();
    default:
      return TypeError(0, run.input(0).dtype(), "f32, f64, f16, bf16");
  }
  if (split.inner != 1) return Strided<float>(run, kind, split, same, same);
  const float* in = run.input(0).as<float>().data();
  float* out = run.output(0).mutable_as<float>().data();
  const kernels::Target target = TargetOf(&run.context());
  const int64_t step = std::max<int64_t>(1, 4096 / split.size);
  return Ranges(run, split.outer, step, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      SoftmaxRow(kind, target, in + r * split.size, split.size, out + r * split.size);
    }
  });
}

absl::Status SoftmaxShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  PAWL_RETURN_IF_ERROR(SplitOf(c.node(), c.dims(0)).status());
  return SameAsInput(c);
}

constexpr Operator kTable[] = {
    {.name = "Softmax",
     .domain = "",
     .shape = SoftmaxShape,
     .run = Run<Kind::kSoftmax>,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "LogSoftmax",
     .domain = "",
     .shape = SoftmaxShape,
     .run = Run<Kind::kLogSoftmax>,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "Hardmax",
     .domain = "",
     .shape = SoftmaxShape,
     .run = Run<Kind::kHardmax>,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> SoftmaxOperators() { return kTable; }

}  // namespace pawl
