// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Observers made from options or stored statistics, and merging.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/observer_bins.h"
#include "lib/core/status_macros.h"
#include "pawl/observer.h"

namespace pawl {
namespace {

using observer_internal::CoveringExponent;
using observer_internal::CoverMagnitude;

// Sums of counts stay far from 2^64 as long as each of them is at most this.
constexpr uint64_t kMaxCount = uint64_t{1} << 60;
constexpr double kSmallestF32 = 0x1p-149;

absl::Status CheckOptions(const ObserverOptions& options) {
  if (static_cast<int>(options.kind) >= kNumObserverKinds) {
    return absl::InvalidArgumentError(
        absl::StrCat("observer: unknown kind ", static_cast<int>(options.kind)));
  }
  if (options.bins < kMinBins || options.bins > kMaxBins ||
      !std::has_single_bit(static_cast<uint32_t>(options.bins))) {
    return absl::InvalidArgumentError(absl::StrCat("observer: bins is ", options.bins,
                                                   ", it must be a power of two from ", kMinBins,
                                                   " to ", kMaxBins));
  }
  if (!(options.momentum > 0.0 && options.momentum <= 1.0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("observer: momentum is ", options.momentum, ", it must be in (0, 1]"));
  }
  return absl::OkStatus();
}

absl::Status BadState(size_t channel, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("observer statistics of channel ", channel, ": ", what));
}

absl::Status CheckHistogram(const ObserverOptions& options, size_t c,
                            const ChannelStatistics& channel) {
  const double largest = std::max(std::abs(channel.min), std::abs(channel.max));
  if (options.kind != ObserverKind::kHistogram || largest == 0.0) {
    if (channel.histogram.empty() && channel.exponent == 0) return absl::OkStatus();
    return BadState(c, "has a histogram that its kind or range cannot have");
  }
  if (largest < kSmallestF32) {
    return BadState(c, absl::StrCat("range ends at ", largest, ", which no f32 holds"));
  }
  if (channel.histogram.size() != 2 * static_cast<size_t>(options.bins)) {
    return BadState(
        c, absl::StrCat("has ", channel.histogram.size(), " bins instead of ", 2 * options.bins));
  }
  if (channel.exponent != CoveringExponent(largest, options.bins)) {
    return BadState(c, absl::StrCat("bin exponent ", channel.exponent, " does not fit the range"));
  }
  uint64_t sum = 0;
  for (const uint64_t count : channel.histogram) {
    if (count > channel.count - sum) return BadState(c, "bins hold more values than were counted");
    sum += count;
  }
  if (sum != channel.count) return BadState(c, "bins hold fewer values than were counted");
  return absl::OkStatus();
}

absl::Status CheckChannel(const ObserverOptions& options, size_t c,
                          const ChannelStatistics& channel) {
  if (channel.count > kMaxCount || channel.nan_count > kMaxCount || channel.inf_count > kMaxCount) {
    return BadState(c, "has a count above 2^60");
  }
  const double limit = std::numeric_limits<float>::max();
  if (!(channel.min >= -limit && channel.min <= channel.max && channel.max <= limit)) {
    return BadState(c, absl::StrCat("range [", channel.min, ", ", channel.max, "] is not valid"));
  }
  if (channel.count == 0 && (channel.min != 0.0 || channel.max != 0.0)) {
    return BadState(c, "has a range but no values");
  }
  return CheckHistogram(options, c, channel);
}

absl::Status CheckMerge(const ObserverState& a, const ObserverState& b) {
  if (!(a.options == b.options)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "observers with different options cannot be merged (kinds ",
        ObserverKindName(a.options.kind), " and ", ObserverKindName(b.options.kind), ")"));
  }
  if (!a.channels.empty() && !b.channels.empty() && a.channels.size() != b.channels.size()) {
    return absl::InvalidArgumentError(absl::StrCat("observers of ", a.channels.size(), " and of ",
                                                   b.channels.size(),
                                                   " channels cannot be merged"));
  }
  for (size_t c = 0; c < std::min(a.channels.size(), b.channels.size()); ++c) {
    if (a.channels[c].count + b.channels[c].count > kMaxCount) {
      return absl::InvalidArgumentError("observers with more than 2^60 values cannot be merged");
    }
  }
  return absl::OkStatus();
}

void MergeBounds(const ObserverOptions& options, const ChannelStatistics& from,
                 ChannelStatistics& into) {
  if (from.count == 0) return;
  if (into.count == 0) {
    into.min = from.min;
    into.max = from.max;
  } else if (options.kind == ObserverKind::kMovingAverage) {
    const double share =
        static_cast<double>(from.count) / static_cast<double>(from.count + into.count);
    into.min += share * (from.min - into.min);
    into.max += share * (from.max - into.max);
  } else {
    into.min = std::min(into.min, from.min);
    into.max = std::max(into.max, from.max);
  }
}

void MergeChannel(const ObserverOptions& options, const ChannelStatistics& from,
                  ChannelStatistics& into) {
  if (!from.histogram.empty()) {
    const double largest = std::max(std::abs(from.min), std::abs(from.max));
    CoverMagnitude(largest, options.bins, into);
    const int shift = std::min(into.exponent - from.exponent, 31);
    const auto bins = static_cast<size_t>(options.bins);
    for (size_t side = 0; side < 2 * bins; side += bins) {
      for (size_t i = 0; i < bins; ++i) {
        into.histogram[side + (i >> shift)] += from.histogram[side + i];
      }
    }
  } else if (!into.histogram.empty()) {
    into.histogram[0] += from.count;  // zeros only
  }
  MergeBounds(options, from, into);
  into.count += from.count;
  into.nan_count += from.nan_count;
  into.inf_count += from.inf_count;
}

}  // namespace

absl::string_view ObserverKindName(ObserverKind kind) {
  switch (kind) {
    case ObserverKind::kMinMax:
      return "minmax";
    case ObserverKind::kMovingAverage:
      return "moving_average";
    case ObserverKind::kHistogram:
      return "histogram";
  }
  return "invalid";
}

absl::StatusOr<Observer> Observer::Create(const ObserverOptions& options) {
  PAWL_RETURN_IF_ERROR(CheckOptions(options));
  ObserverState state;
  state.options = options;
  if (!options.per_channel) state.channels.resize(1);
  return Observer(std::move(state));
}

absl::StatusOr<Observer> Observer::FromState(ObserverState state) {
  PAWL_RETURN_IF_ERROR(CheckOptions(state.options));
  if (!state.options.per_channel && state.channels.size() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("observer statistics for a whole tensor have ",
                                                   state.channels.size(),
                                                   " channels instead of 1"));
  }
  for (size_t c = 0; c < state.channels.size(); ++c) {
    PAWL_RETURN_IF_ERROR(CheckChannel(state.options, c, state.channels[c]));
  }
  return Observer(std::move(state));
}

absl::Status Observer::Merge(const Observer& other) {
  PAWL_RETURN_IF_ERROR(CheckMerge(state_, other.state_));
  if (other.state_.channels.empty()) return absl::OkStatus();
  state_.channels.resize(other.state_.channels.size());
  for (size_t c = 0; c < state_.channels.size(); ++c) {
    MergeChannel(state_.options, other.state_.channels[c], state_.channels[c]);
  }
  return absl::OkStatus();
}

}  // namespace pawl
