// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// From statistics to ranges, from ranges to scales and zero points.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/observer_search.h"
#include "lib/core/status_macros.h"
#include "pawl/observer.h"

namespace pawl {
namespace {

using observer_internal::BinsInUse;
using observer_internal::EntropyBins;
using observer_internal::SquaredError;

constexpr int32_t kMaxCode = 1 << 20;
constexpr double kSmallestScale = 0x1p-126;

absl::Status CheckCodes(const CodeRange& codes) {
  const int32_t fewest = codes.symmetric ? 2 : 1;
  if (codes.min_code < -kMaxCode || codes.max_code > kMaxCode ||
      codes.max_code - codes.min_code < fewest) {
    return absl::InvalidArgumentError(absl::StrCat("codes [", codes.min_code, ", ", codes.max_code,
                                                   "] must lie within +-2^20 and be at least ",
                                                   fewest + 1, " values"));
  }
  return absl::OkStatus();
}

// The code of 0 under symmetric codes: the middle, the upper one of two.
int32_t MiddleCode(const CodeRange& codes) {
  return codes.min_code + (codes.max_code - codes.min_code + 1) / 2;
}

int32_t SymmetricLimit(const CodeRange& codes) {
  const int32_t middle = MiddleCode(codes);
  return std::min(codes.max_code - middle, middle - codes.min_code);
}

float StoredScale(double scale) {
  const double largest = std::numeric_limits<float>::max();
  return static_cast<float>(std::clamp(scale, kSmallestScale, largest));
}

// Not inlined, as the other functions marked so: the caller's FloatEnvironment must be in force
// before any of the arithmetic.
[[gnu::noinline]] absl::StatusOr<QParams> QParamsOf(const ValueRange& range,
                                                    const CodeRange& codes) {
  if (!(std::isfinite(range.min) && std::isfinite(range.max) && range.min <= range.max)) {
    return absl::InvalidArgumentError(
        absl::StrCat("range [", range.min, ", ", range.max, "] is not a finite interval"));
  }
  const double low = std::min(range.min, 0.0);
  const double high = std::max(range.max, 0.0);
  if (codes.symmetric) {
    const double largest = std::max(-low, high);
    const double scale = largest / SymmetricLimit(codes);
    return QParams{largest == 0.0 ? 1.0f : StoredScale(scale), MiddleCode(codes)};
  }
  if (low == high) return QParams{1.0f, std::clamp(0, codes.min_code, codes.max_code)};
  const float scale = StoredScale((high - low) / (codes.max_code - codes.min_code));
  const double zero = std::nearbyint(codes.min_code - low / static_cast<double>(scale));
  return QParams{scale,
                 static_cast<int32_t>(std::clamp<double>(zero, codes.min_code, codes.max_code))};
}

ValueRange ClipAt(const ValueRange& range, double magnitude) {
  return {std::clamp(range.min, -magnitude, magnitude),
          std::clamp(range.max, -magnitude, magnitude)};
}

// Levels that codes have for magnitudes, 0 included.
int64_t MagnitudeLevels(const ValueRange& range, const CodeRange& codes) {
  if (codes.symmetric) return SymmetricLimit(codes) + 1;
  const int64_t all = int64_t{codes.max_code} - codes.min_code + 1;
  return range.min >= 0.0 || range.max <= 0.0 ? all : all / 2;
}

// A channel's histogram by side, and both sides together.
struct Sides {
  explicit Sides(const ChannelStatistics& channel)
      : bins(channel.histogram.size() / 2),
        positive(absl::MakeConstSpan(channel.histogram).first(bins)),
        negative(absl::MakeConstSpan(channel.histogram).subspan(bins)),
        width(std::ldexp(1.0, channel.exponent)) {
    for (size_t i = 0; i < bins; ++i) magnitudes.push_back(positive[i] + negative[i]);
  }
  size_t bins;
  absl::Span<const uint64_t> positive, negative;
  double width;
  std::vector<uint64_t> magnitudes;
};

// How many of `total` values `share` (in 0..1) allows to be cut, at most `most`. The small addition
// keeps the rounding of 100 - 99.9 from losing a value.
uint64_t CutCount(uint64_t total, double share, uint64_t most) {
  const double exact = static_cast<double>(total) * share;
  return std::min(static_cast<uint64_t>(std::floor(exact * (1.0 + 1e-9) + 1e-9)), most);
}

double MagnitudePercentile(const Sides& sides, uint64_t total, double percentile) {
  uint64_t cut = CutCount(total, (100.0 - percentile) / 100.0, total - 1);
  size_t i = sides.bins;
  while (i > 0 && cut >= sides.magnitudes[i - 1]) cut -= sides.magnitudes[--i];
  return static_cast<double>(i) * sides.width;
}

ValueRange TwoSidedPercentile(const Sides& sides, const ValueRange& all, uint64_t total,
                              double percentile) {
  const uint64_t cut = CutCount(total, (100.0 - percentile) / 200.0, (total - 1) / 2);
  // Bins in the order of values: negative ones from the last, then positive ones.
  const auto at = [&](size_t i) {
    return i < sides.bins ? sides.negative[sides.bins - 1 - i] : sides.positive[i - sides.bins];
  };
  const auto edge = [&](size_t i) {
    return (static_cast<double>(i) - static_cast<double>(sides.bins)) * sides.width;
  };
  size_t low = 0;
  for (uint64_t rest = cut; rest >= at(low); ++low) rest -= at(low);
  size_t high = 2 * sides.bins;
  for (uint64_t rest = cut; rest >= at(high - 1); --high) rest -= at(high - 1);
  return {std::max(edge(low), all.min), std::min(edge(high), all.max)};
}

absl::StatusOr<ValueRange> LeastSquaredError(const Sides& sides, const ValueRange& all,
                                             const CodeRange& codes) {
  const SquaredError positive(sides.positive);
  const SquaredError negative(sides.negative);
  const size_t used = BinsInUse(sides.magnitudes);
  ValueRange best_range = all;
  double best = std::numeric_limits<double>::infinity();
  for (auto i = static_cast<size_t>(MagnitudeLevels(all, codes)); i <= used; ++i) {
    const ValueRange range = ClipAt(all, static_cast<double>(i) * sides.width);
    PAWL_ASSIGN_OR_RETURN(const QParams params, QParamsOf(range, codes));
    const double step = static_cast<double>(params.scale) / sides.width;
    const double error = positive.Of(step, codes.max_code - params.zero_point) +
                         negative.Of(step, params.zero_point - codes.min_code);
    if (error > best) continue;
    best = error;
    best_range = range;
  }
  return best_range;
}

[[gnu::noinline]] absl::StatusOr<ValueRange> ChannelRange(const ChannelStatistics& channel,
                                                          const RangeOptions& options) {
  const ValueRange all{channel.min, channel.max};
  // No histogram where every value is zero; any method's range is then the same.
  if (options.method == ObserverRange::kMinMax || channel.histogram.empty()) return all;
  const Sides sides(channel);
  switch (options.method) {
    case ObserverRange::kPercentile:
      if (!options.codes.symmetric) {
        return TwoSidedPercentile(sides, all, channel.count, options.percentile);
      }
      return ClipAt(all, MagnitudePercentile(sides, channel.count, options.percentile));
    case ObserverRange::kEntropy: {
      const int64_t levels = MagnitudeLevels(all, options.codes);
      const size_t kept = EntropyBins(sides.magnitudes, levels);
      return ClipAt(all, static_cast<double>(kept) * sides.width);
    }
    default:
      return LeastSquaredError(sides, all, options.codes);
  }
}

}  // namespace

absl::string_view ObserverRangeName(ObserverRange method) {
  switch (method) {
    case ObserverRange::kMinMax:
      return "minmax";
    case ObserverRange::kPercentile:
      return "percentile";
    case ObserverRange::kEntropy:
      return "entropy";
    case ObserverRange::kMse:
      return "mse";
  }
  return "invalid";
}

absl::StatusOr<QParams> ComputeQParams(const ValueRange& range, const CodeRange& codes) {
  PAWL_RETURN_IF_ERROR(CheckCodes(codes));
  const kernels::FloatEnvironment environment;
  return QParamsOf(range, codes);
}

absl::StatusOr<std::vector<ValueRange>> Observer::ComputeRanges(const RangeOptions& options) const {
  PAWL_RETURN_IF_ERROR(CheckCodes(options.codes));
  if (static_cast<int>(options.method) >= kNumObserverRanges) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown range method ", static_cast<int>(options.method)));
  }
  if (!(options.percentile > 0.0 && options.percentile <= 100.0)) {
    return absl::InvalidArgumentError(
        absl::StrCat("percentile is ", options.percentile, ", it must be in (0, 100]"));
  }
  if (options.method != ObserverRange::kMinMax && state_.options.kind != ObserverKind::kHistogram) {
    return absl::InvalidArgumentError(absl::StrCat(
        "range method ", ObserverRangeName(options.method), " needs a histogram observer, this is ",
        ObserverKindName(state_.options.kind)));
  }
  const kernels::FloatEnvironment environment;
  std::vector<ValueRange> ranges;
  for (const ChannelStatistics& channel : state_.channels) {
    PAWL_ASSIGN_OR_RETURN(const ValueRange range, ChannelRange(channel, options));
    ranges.push_back(range);
  }
  if (ranges.empty()) ranges.emplace_back();
  return ranges;
}

absl::StatusOr<std::vector<QParams>> Observer::ComputeQParams(const RangeOptions& options) const {
  PAWL_ASSIGN_OR_RETURN(const std::vector<ValueRange> ranges, ComputeRanges(options));
  std::vector<QParams> params;
  for (const ValueRange& range : ranges) {
    PAWL_ASSIGN_OR_RETURN(const QParams one, pawl::ComputeQParams(range, options.codes));
    params.push_back(one);
  }
  return params;
}

}  // namespace pawl
