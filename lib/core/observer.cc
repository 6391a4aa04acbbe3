// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/observer.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "kernels/min_max.h"
#include "kernels/target.h"
#include "lib/core/observer_bins.h"
#include "lib/core/status_macros.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

using observer_internal::CountBins;
using observer_internal::CoverMagnitude;
using observer_internal::Widen;

constexpr int64_t kRunLength = 4096;  // floats converted at a time: stays in the L1 cache

// Minimum and maximum of finite values, and counts.
struct Extrema {
  kernels::Range range;
  uint64_t count = 0;
};

void Accumulate(absl::Span<const float> values, Extrema& total) {
  const kernels::Range range = kernels::MinMax(kernels::BestTarget(), values.data(), values.size());
  total.range.min = std::min(total.range.min, range.min);
  total.range.max = std::max(total.range.max, range.max);
  total.range.nan_count += range.nan_count;
  total.range.inf_count += range.inf_count;
  total.count += values.size() - range.nan_count - range.inf_count;
}

// A tensor as [outer, channels, inner].
struct Layout {
  int64_t outer = 1;
  int64_t channels = 1;
  int64_t inner = 1;
};

absl::StatusOr<Layout> LayoutOf(const ObserverOptions& options, const Tensor& batch) {
  if (!options.per_channel) return Layout{1, 1, batch.num_elements()};
  const int axis = options.axis < 0 ? options.axis + batch.rank() : options.axis;
  if (axis < 0 || axis >= batch.rank()) {
    return absl::InvalidArgumentError(absl::StrCat("observer: a tensor of shape ",
                                                   ShapeString(batch.shape()), " has no axis ",
                                                   options.axis, " for channels"));
  }
  Layout layout{1, batch.dim(axis), 1};
  for (int i = 0; i < batch.rank(); ++i) {
    if (i < axis) layout.outer *= batch.dim(i);
    if (i > axis) layout.inner *= batch.dim(i);
  }
  return layout;
}

// Copies rows [first + r * stride, ... + width) one after the other as f32.
template <typename T, typename Convert>
void Gather(const T* data, Convert convert, int64_t rows, int64_t stride, int64_t width,
            float* out) {
  for (int64_t r = 0; r < rows; ++r) {
    for (int64_t k = 0; k < width; ++k) *out++ = convert(data[r * stride + k]);
  }
}

void GatherF32(const Tensor& batch, int64_t first, int64_t rows, int64_t stride, int64_t width,
               float* out) {
  const auto gather = [&](auto span, auto convert) {
    Gather(span.data() + first, convert, rows, stride, width, out);
  };
  switch (batch.dtype()) {
    case DType::kF64:
      return gather(batch.as<double>(), [](double v) { return static_cast<float>(v); });
    case DType::kF16:
      return gather(batch.as<uint16_t>(), F16ToF32);
    case DType::kBF16:
      return gather(batch.as<uint16_t>(), BF16ToF32);
    case DType::kE4M3:
      return gather(batch.as<uint8_t>(), E4M3ToF32);
    case DType::kE5M2:
      return gather(batch.as<uint8_t>(), E5M2ToF32);
    default:
      return gather(batch.as<float>(), [](float v) { return v; });
  }
}

// Calls visit(channel, values) with runs of at most kRunLength values that cover the tensor.
void ForEachRun(const Tensor& batch, const Layout& layout,
                absl::FunctionRef<void(int64_t, absl::Span<const float>)> visit) {
  float buffer[kRunLength];
  const int64_t stride = layout.channels * layout.inner;
  const int64_t width = std::min(layout.inner, kRunLength);
  const int64_t rows = std::max<int64_t>(kRunLength / width, 1);
  const bool direct = batch.dtype() == DType::kF32 && (width >= 64 || stride == layout.inner);
  const int64_t rows_at_once = direct || layout.inner > width ? 1 : rows;
  for (int64_t o = 0; o < layout.outer; o += rows_at_once) {
    const int64_t taken = std::min(rows_at_once, layout.outer - o);
    for (int64_t c = 0; c < layout.channels; ++c) {
      for (int64_t k = 0; k < layout.inner; k += width) {
        const int64_t piece = std::min(width, layout.inner - k);
        const int64_t first = o * stride + c * layout.inner + k;
        if (direct) {
          visit(c,
                batch.as<float>().subspan(static_cast<size_t>(first), static_cast<size_t>(piece)));
          continue;
        }
        GatherF32(batch, first, taken, stride, piece, buffer);
        visit(c, absl::MakeConstSpan(buffer, static_cast<size_t>(taken * piece)));
      }
    }
  }
}

// Folds one batch's extremes into a channel; the histogram is counted separately.
void Fold(const ObserverOptions& options, const Extrema& batch, ChannelStatistics& channel) {
  channel.nan_count += batch.range.nan_count;
  channel.inf_count += batch.range.inf_count;
  if (batch.count == 0) return;
  const double low = Widen(batch.range.min);
  const double high = Widen(batch.range.max);
  if (channel.count == 0) {
    channel.min = low;
    channel.max = high;
  } else if (options.kind == ObserverKind::kMovingAverage) {
    channel.min += options.momentum * (low - channel.min);
    channel.max += options.momentum * (high - channel.max);
  } else {
    channel.min = std::min(channel.min, low);
    channel.max = std::max(channel.max, high);
  }
  channel.count += batch.count;
}

void ObserveHistogramRun(absl::Span<const float> run, const ObserverOptions& options,
                         ChannelStatistics& channel) {
  Extrema extrema;
  Accumulate(run, extrema);
  const double largest = extrema.count == 0 ? 0.0
                                            : std::max(std::abs(Widen(extrema.range.min)),
                                                       std::abs(Widen(extrema.range.max)));
  if (largest > 0.0) CoverMagnitude(largest, options.bins, channel);
  Fold(options, extrema, channel);
  if (!channel.histogram.empty()) {
    CountBins(run, channel.exponent, options.bins, absl::MakeSpan(channel.histogram));
  }
}

// Not inlined: the caller's FloatEnvironment must be in force before any of the arithmetic.
[[gnu::noinline]] void ObserveChannels(const Tensor& batch, const Layout& layout,
                                       const ObserverOptions& options,
                                       absl::Span<ChannelStatistics> channels) {
  if (options.kind == ObserverKind::kHistogram) {
    ForEachRun(batch, layout, [&](int64_t c, absl::Span<const float> run) {
      ObserveHistogramRun(run, options, channels[static_cast<size_t>(c)]);
    });
    return;
  }
  std::vector<Extrema> extrema(channels.size());
  ForEachRun(batch, layout, [&](int64_t c, absl::Span<const float> run) {
    Accumulate(run, extrema[static_cast<size_t>(c)]);
  });
  for (size_t c = 0; c < channels.size(); ++c) Fold(options, extrema[c], channels[c]);
}

}  // namespace

namespace observer_internal {

void CoverMagnitude(double magnitude, int32_t bins, ChannelStatistics& channel) {
  const int exponent = CoveringExponent(magnitude, bins);
  if (channel.histogram.empty()) {
    channel.histogram.assign(2 * static_cast<size_t>(bins), 0);
    channel.histogram[0] = channel.count;
    channel.exponent = exponent;
    return;
  }
  if (exponent <= channel.exponent) return;
  const int shift = std::min(exponent - channel.exponent, 31);
  for (size_t side = 0; side < channel.histogram.size(); side += static_cast<size_t>(bins)) {
    for (size_t i = 0; i < static_cast<size_t>(bins); ++i) {
      const uint64_t moved = std::exchange(channel.histogram[side + i], 0);
      channel.histogram[side + (i >> shift)] += moved;
    }
  }
  channel.exponent = exponent;
}

}  // namespace observer_internal

absl::Status Observer::Observe(const Tensor& batch) {
  switch (batch.dtype()) {
    case DType::kF32:
    case DType::kF64:
    case DType::kF16:
    case DType::kBF16:
    case DType::kE4M3:
    case DType::kE5M2:
      break;
    default:
      return absl::InvalidArgumentError(absl::StrCat("observer: a tensor of ",
                                                     DTypeName(batch.dtype()),
                                                     " has no range to observe; pass floats"));
  }
  PAWL_ASSIGN_OR_RETURN(const Layout layout, LayoutOf(state_.options, batch));
  std::vector<ChannelStatistics>& channels = state_.channels;
  const auto wanted = static_cast<size_t>(layout.channels);
  if (!channels.empty() && channels.size() != wanted) {
    return absl::InvalidArgumentError(absl::StrCat(
        "observer: a tensor of shape ", ShapeString(batch.shape()), " has ", wanted,
        " channels on axis ", state_.options.axis, ", earlier ones had ", channels.size()));
  }
  if (batch.empty()) return absl::OkStatus();
  channels.resize(wanted);
  const kernels::FloatEnvironment environment;
  ObserveChannels(batch, layout, state_.options, absl::MakeSpan(channels));
  return absl::OkStatus();
}

absl::Status Observer::Observe(absl::Span<const float> batch) {
  if (state_.options.per_channel) {
    return absl::InvalidArgumentError(
        "observer: values without a shape have no channels; pass a Tensor");
  }
  const int64_t shape[] = {static_cast<int64_t>(batch.size())};
  PAWL_ASSIGN_OR_RETURN(const Tensor view, Tensor::View(DType::kF32, shape, batch.data(),
                                                        batch.size() * sizeof(float)));
  return Observe(view);
}

uint64_t Observer::count() const {
  uint64_t sum = 0;
  for (const ChannelStatistics& channel : state_.channels) sum += channel.count;
  return sum;
}

uint64_t Observer::nan_count() const {
  uint64_t sum = 0;
  for (const ChannelStatistics& channel : state_.channels) sum += channel.nan_count;
  return sum;
}

uint64_t Observer::inf_count() const {
  uint64_t sum = 0;
  for (const ChannelStatistics& channel : state_.channels) sum += channel.inf_count;
  return sum;
}

size_t Observer::size_bytes() const {
  size_t bytes = sizeof(Observer) + state_.channels.capacity() * sizeof(ChannelStatistics);
  for (const ChannelStatistics& channel : state_.channels) {
    bytes += channel.histogram.capacity() * sizeof(uint64_t);
  }
  return bytes;
}

}  // namespace pawl
