// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "capi/observer.h"

#include "absl/strings/str_cat.h"

namespace pawl::capi {
namespace {

PAWL_SAME(PAWL_OBSERVER_MINMAX, ObserverKind::kMinMax);
PAWL_SAME(PAWL_OBSERVER_MOVING_AVERAGE, ObserverKind::kMovingAverage);
PAWL_SAME(PAWL_OBSERVER_HISTOGRAM, ObserverKind::kHistogram);
PAWL_SAME(PAWL_OBSERVER_RANGE_MINMAX, ObserverRange::kMinMax);
PAWL_SAME(PAWL_OBSERVER_RANGE_PERCENTILE, ObserverRange::kPercentile);
PAWL_SAME(PAWL_OBSERVER_RANGE_ENTROPY, ObserverRange::kEntropy);
PAWL_SAME(PAWL_OBSERVER_RANGE_MSE, ObserverRange::kMse);

absl::Status CheckCount(size_t needed, size_t count) {
  if (needed == count) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("there are ", needed, " channels, but the arrays have ", count, " elements"));
}

}  // namespace

ObserverOptions ToObserverOptions(const pawl_options* options) {
  ObserverOptions result;
  TakeInt(options, PAWL_OPT_OBSERVER_KIND, &result.kind);
  TakeInt(options, PAWL_OPT_PER_CHANNEL, &result.per_channel);
  TakeInt(options, PAWL_OPT_AXIS, &result.axis);
  TakeInt(options, PAWL_OPT_BINS, &result.bins);
  TakeDouble(options, PAWL_OPT_MOMENTUM, &result.momentum);
  return result;
}

RangeOptions ToRangeOptions(const pawl_options* options) {
  RangeOptions result;
  TakeInt(options, PAWL_OPT_OBSERVER_RANGE, &result.method);
  TakeDouble(options, PAWL_OPT_OBSERVER_PERCENTILE, &result.percentile);
  TakeInt(options, PAWL_OPT_MIN_CODE, &result.codes.min_code);
  TakeInt(options, PAWL_OPT_MAX_CODE, &result.codes.max_code);
  TakeInt(options, PAWL_OPT_SYMMETRIC, &result.codes.symmetric);
  return result;
}

absl::Status CopyRanges(absl::Span<const ValueRange> ranges, double* min, double* max,
                        size_t count) {
  PAWL_NEED_ARRAY(min, count);
  PAWL_NEED_ARRAY(max, count);
  PAWL_RETURN_IF_ERROR(CheckCount(ranges.size(), count));
  for (size_t i = 0; i < count; ++i) {
    min[i] = ranges[i].min;
    max[i] = ranges[i].max;
  }
  return absl::OkStatus();
}

absl::Status CopyQParams(absl::Span<const QParams> params, float* scales, int32_t* zero_points,
                         size_t count) {
  PAWL_NEED_ARRAY(scales, count);
  PAWL_NEED_ARRAY(zero_points, count);
  PAWL_RETURN_IF_ERROR(CheckCount(params.size(), count));
  for (size_t i = 0; i < count; ++i) {
    scales[i] = params[i].scale;
    zero_points[i] = params[i].zero_point;
  }
  return absl::OkStatus();
}

}  // namespace pawl::capi

using pawl::Context;
using pawl::Observer;
using pawl::capi::Call;
using pawl::capi::CheckKind;
using pawl::capi::Make;
using pawl::capi::ToRangeOptions;

namespace {

uint64_t Sum(const pawl_observer* observer, uint64_t (Observer::*get)() const) {
  return observer == nullptr ? 0 : (observer->observer.*get)();
}

}  // namespace

extern "C" {

int32_t pawl_observer_create(pawl_context* context, const pawl_options* options,
                             pawl_observer** observer) noexcept {
  return Make(context, observer, [&](Context&) -> absl::StatusOr<Observer> {
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_OBSERVER));
    return Observer::Create(pawl::capi::ToObserverOptions(options));
  });
}

void pawl_observer_destroy(pawl_observer* observer) noexcept { delete observer; }

int32_t pawl_observer_observe(pawl_context* context, pawl_observer* observer,
                              const pawl_tensor* batch) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(observer);
    PAWL_NEED(batch);
    return observer->observer.Observe(batch->tensor);
  });
}

int32_t pawl_observer_observe_f32(pawl_context* context, pawl_observer* observer,
                                  const float* values, size_t count) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(observer);
    PAWL_NEED_ARRAY(values, count);
    return observer->observer.Observe(absl::Span<const float>(values, count));
  });
}

int32_t pawl_observer_merge(pawl_context* context, pawl_observer* observer,
                            const pawl_observer* other) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(observer);
    PAWL_NEED(other);
    return observer->observer.Merge(other->observer);
  });
}

uint64_t pawl_observer_count(const pawl_observer* observer) noexcept {
  return Sum(observer, &Observer::count);
}
uint64_t pawl_observer_nan_count(const pawl_observer* observer) noexcept {
  return Sum(observer, &Observer::nan_count);
}
uint64_t pawl_observer_inf_count(const pawl_observer* observer) noexcept {
  return Sum(observer, &Observer::inf_count);
}
size_t pawl_observer_size_bytes(const pawl_observer* observer) noexcept {
  return observer == nullptr ? 0 : observer->observer.size_bytes();
}
size_t pawl_observer_channels(const pawl_observer* observer) noexcept {
  if (observer == nullptr) return 0;
  const size_t channels = observer->observer.state().channels.size();
  return channels == 0 ? 1 : channels;
}

int32_t pawl_observer_ranges(pawl_context* context, const pawl_observer* observer,
                             const pawl_options* options, double* min, double* max,
                             size_t count) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(observer);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_RANGE));
    PAWL_ASSIGN_OR_RETURN(const auto ranges,
                          observer->observer.ComputeRanges(ToRangeOptions(options)));
    return pawl::capi::CopyRanges(ranges, min, max, count);
  });
}

int32_t pawl_observer_qparams(pawl_context* context, const pawl_observer* observer,
                              const pawl_options* options, float* scales, int32_t* zero_points,
                              size_t count) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(observer);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_RANGE));
    PAWL_ASSIGN_OR_RETURN(const auto params,
                          observer->observer.ComputeQParams(ToRangeOptions(options)));
    return pawl::capi::CopyQParams(params, scales, zero_points, count);
  });
}

int32_t pawl_observer_histogram(pawl_context* context, const pawl_observer* observer,
                                size_t channel, int32_t* exponent, size_t* bins, uint64_t* counts,
                                size_t count) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(observer);
    PAWL_NEED(exponent);
    PAWL_NEED(bins);
    PAWL_NEED_ARRAY(counts, count);
    const auto& channels = observer->observer.state().channels;
    if (channel >= pawl_observer_channels(observer)) {
      return absl::OutOfRangeError(absl::StrCat("channel ", channel, " of an observer with ",
                                                pawl_observer_channels(observer)));
    }
    *exponent = 0;
    *bins = 0;
    if (channels.empty()) return absl::OkStatus();  // before the first tensor
    *exponent = channels[channel].exponent;
    *bins = channels[channel].histogram.size();
    pawl::capi::CopyFigures<uint64_t>(channels[channel].histogram, counts, count);
    return absl::OkStatus();
  });
}

int32_t pawl_compute_qparams(pawl_context* context, double min, double max,
                             const pawl_options* options, float* scale,
                             int32_t* zero_point) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(scale);
    PAWL_NEED(zero_point);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_RANGE));
    PAWL_ASSIGN_OR_RETURN(
        const pawl::QParams params,
        pawl::ComputeQParams(pawl::ValueRange{min, max}, ToRangeOptions(options).codes));
    *scale = params.scale;
    *zero_point = params.zero_point;
    return absl::OkStatus();
  });
}

}  // extern "C"
