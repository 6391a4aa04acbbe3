// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Observer: running statistics of a tensor over calibration batches, and the ranges, scales and
// zero points that follow from them.
//
// Memory is fixed by the options and the number of channels; it never grows with the samples.
// Statistics are plain data (ObserverState), so they can be stored, sent to another process and
// merged there. A const Observer is thread-safe; observing needs the usual care.

#ifndef PAWL_INCLUDE_PAWL_OBSERVER_H_
#define PAWL_INCLUDE_PAWL_OBSERVER_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/tensor.h"

namespace pawl {

// Values are part of the C ABI and of files: never renumber.
enum class ObserverKind : uint8_t {
  kMinMax = 0,         // smallest and largest finite value
  kMovingAverage = 1,  // exponential moving average of each batch's smallest and largest value
  kHistogram = 2,      // kMinMax and a histogram: percentile, entropy and MSE ranges
};
inline constexpr int kNumObserverKinds = 3;

// "minmax", "moving_average", "histogram".
absl::string_view ObserverKindName(ObserverKind kind);

struct ObserverOptions {
  ObserverKind kind = ObserverKind::kMinMax;
  bool per_channel = false;
  int32_t axis = 0;  // of the channels; negative counts from the end
  // Histogram: magnitude bins for each sign, a power of two in [kMinBins, kMaxBins]. A channel
  // takes 16 bytes for each. The bin width is the smallest power of two for which all bins together
  // cover the largest magnitude seen, so between bins/2 and bins of them are in use.
  int32_t bins = 4096;
  // MovingAverage: weight of the newest batch, in (0, 1]; the first batch counts in full.
  double momentum = 0.01;

  friend bool operator==(const ObserverOptions&, const ObserverOptions&) = default;
};
inline constexpr int32_t kMinBins = 128;
inline constexpr int32_t kMaxBins = 16384;

// Statistics of one channel (the whole tensor where not per channel). NaN and infinities are
// counted, and nothing else is done with them.
struct ChannelStatistics {
  uint64_t count = 0;  // finite values
  uint64_t nan_count = 0;
  uint64_t inf_count = 0;
  double min = 0.0;  // of finite values; 0 without any
  double max = 0.0;
  // Histogram kind, empty until a value other than zero came: `bins` counts of x >= 0, then `bins`
  // of x < 0; bin i holds |x| in [i, i+1) * 2^exponent.
  int32_t exponent = 0;
  std::vector<uint64_t> histogram;

  friend bool operator==(const ChannelStatistics&, const ChannelStatistics&) = default;
};

struct ObserverState {
  ObserverOptions options;
  std::vector<ChannelStatistics> channels;  // empty before the first tensor when per channel

  friend bool operator==(const ObserverState&, const ObserverState&) = default;
};

// What quantized codes stand for: integers in [min_code, max_code].
// Symmetric: the zero point is the middle of the codes (0 for signed ones, 128 for 0..255), the
// range is mirrored. Asymmetric: an integer zero point, the range is widened to hold 0.
struct CodeRange {
  int32_t min_code = -127;
  int32_t max_code = 127;
  bool symmetric = true;
};

// Values are part of the C ABI: never renumber.
enum class ObserverRange : uint8_t { kMinMax = 0, kPercentile = 1, kEntropy = 2, kMse = 3 };
inline constexpr int kNumObserverRanges = 4;

// "minmax", "percentile", "entropy", "mse".
absl::string_view ObserverRangeName(ObserverRange method);

// Methods other than kMinMax need a histogram.
//   kPercentile  symmetric: the magnitude that `percentile` % of the values do not exceed.
//                Asymmetric: half of the rest is cut at either end. Exact to one bin, rounded
//                outwards, never beyond the values seen.
//   kEntropy     the magnitude T that minimises KL(values clipped at T || their quantization), the
//                larger T where two tie. Asymmetric codes: [max(min, -T), min(max, T)], and values
//                of one sign use all codes.
//   kMse         the magnitude T whose range (as for kEntropy) has the least squared error.
// Entropy and MSE fall back on kMinMax where the histogram has fewer bins in use than the codes
// have levels.
struct RangeOptions {
  ObserverRange method = ObserverRange::kMinMax;
  double percentile = 99.99;  // in (0, 100]
  CodeRange codes;            // what kEntropy and kMse optimise for
};

// min <= max, both finite and representable in f32; [0, 0] without a finite value.
struct ValueRange {
  double min = 0.0;
  double max = 0.0;

  friend bool operator==(const ValueRange&, const ValueRange&) = default;
};

// value = (code - zero_point) * scale.
struct QParams {
  float scale = 1.0f;
  int32_t zero_point = 0;

  friend bool operator==(const QParams&, const QParams&) = default;
};

// The scale (rounded to f32) and zero point (computed from the rounded scale, half to even, clamped
// to the codes) for a range. Defined for every range:
//   - [0, 0] (all zeros, nothing observed, nothing finite): scale 1;
//   - a constant c: as the range from 0 to c, so asymmetric codes hold c at one end;
//   - a range so small that the scale would be denormal: scale 2^-126, the smallest normal.
// So the scale is always a finite normal positive number.
// Errors: InvalidArgument for a NaN or infinite bound, min > max, or codes that are empty, beyond
// +-2^20, or (symmetric) fewer than three.
absl::StatusOr<QParams> ComputeQParams(const ValueRange& range, const CodeRange& codes);

class Observer {
 public:
  // Errors: InvalidArgument naming the option.
  static absl::StatusOr<Observer> Create(const ObserverOptions& options);

  // Takes over statistics made elsewhere, after checking that an observer could have made them.
  // Errors: InvalidArgument saying what does not fit.
  static absl::StatusOr<Observer> FromState(ObserverState state);

  // One batch. f32, f16, bf16, e4m3, e5m2 exactly; f64 rounded to f32 first (beyond it: infinite).
  // Except for kMovingAverage the result does not depend on how values are spread over calls.
  // Errors: InvalidArgument for another type, an axis that the tensor lacks, or another number of
  // channels than before; the statistics are then unchanged.
  absl::Status Observe(const Tensor& batch);
  // The same for values without a shape: per tensor only.
  absl::Status Observe(absl::Span<const float> batch);

  // Adds the other's statistics: exactly those of one observer that saw both's values, except for
  // kMovingAverage, where bounds are averaged by the number of finite values (an approximation:
  // the order of batches is lost).
  // Errors: InvalidArgument where options or channels differ; *this is then unchanged.
  absl::Status Merge(const Observer& other);

  // One range for each channel (one in all where not per channel and before the first batch).
  // Cost: entropy and MSE take milliseconds a channel with the default bins.
  // Errors: InvalidArgument for a method that needs a histogram, or a bad percentile or codes.
  absl::StatusOr<std::vector<ValueRange>> ComputeRanges(const RangeOptions& options) const;

  // ComputeRanges followed by ComputeQParams with options.codes.
  absl::StatusOr<std::vector<QParams>> ComputeQParams(const RangeOptions& options) const;

  const ObserverOptions& options() const { return state_.options; }
  const ObserverState& state() const { return state_; }

  // Sums over all channels.
  uint64_t count() const;
  uint64_t nan_count() const;
  uint64_t inf_count() const;

  // Bytes of the statistics, heap included.
  size_t size_bytes() const;

 private:
  explicit Observer(ObserverState state) : state_(std::move(state)) {}

  ObserverState state_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_OBSERVER_H_
