// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// k-means in one dimension over values that stay where they are, from the levels of a sample.
// Buckets of values with the same upper 16 bits (in the order of numbers) are summed once; what
// lies in a bucket that a border between two levels cuts is copied and sorted, so that every step
// is exact.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

#include "lib/methods/codebook.h"
#include "lib/methods/codebook_moments.h"

namespace pawl {
namespace {

constexpr size_t kBuckets = kValueBuckets;
constexpr uint32_t kSign = 0x80000000u;

// Levels are first found for about so many of the values, from places that no pattern of rows and
// columns meets: the golden ratio's multiples are spread evenly.
constexpr size_t kSample = size_t{1} << 18;
constexpr uint64_t kScatter = 0x9E3779B97F4A7C15u;

float LowestOf(size_t bucket) {
  const auto bits = static_cast<uint32_t>(bucket << 16);
  return std::bit_cast<float>((bits & kSign) != 0 ? bits ^ kSign : ~bits);
}

// The largest float that does not exceed a number within their range.
float FloorToFloat(double number) {
  float value = static_cast<float>(number);
  if (static_cast<double>(value) > number) {
    value = std::nextafter(value, -std::numeric_limits<float>::infinity());
  }
  return value == 0.0f ? 0.0f : value;
}

class PieceFitter {
 public:
  PieceFitter(ForEachPiece pieces, size_t count, size_t levels)
      : pieces_(pieces), levels_(levels), below_(kBuckets + 1), copied_(kBuckets, 0) {
    int thinned = 0;  // one of 2^thinned values is in the sample
    while (count >> thinned > kSample) ++thinned;
    uint64_t index = 0;
    pieces_([&](const float* values, const float* weights, size_t length) {
      for (size_t i = 0; i < length; ++i, ++index) {
        if (distinct_.size() <= levels_) AddDistinct(values[i]);
        const float weight = weights != nullptr ? weights[i] : 1.0f;
        below_[BucketOf(values[i]) + 1].Add(static_cast<double>(values[i]),
                                            static_cast<double>(weight));
        if (thinned > 0 && index * kScatter >> (64 - thinned) != 0) continue;
        values_.push_back(values[i]);
        if (weights != nullptr) weights_.push_back(weight);
      }
    });
    for (size_t b = 0; b < kBuckets; ++b) below_[b + 1] = below_[b] + below_[b + 1];
  }

  // All distinct values, where there are no more than levels.
  const std::vector<float>* FewDistinct() const {
    return distinct_.size() <= levels_ ? &distinct_ : nullptr;
  }

  std::vector<double> Fit(int iterations) {
    std::vector<float> start(levels_);
    FitCodebook(values_, weights_, iterations, absl::MakeSpan(start), [](double) { return true; });
    std::vector<double> centres(start.begin(), start.end());
    bool moved = true;
    for (int i = 0; i < iterations && moved; ++i) {
      CopyBorders(centres);
      moved = Step(centres);
    }
    return centres;
  }

 private:
  void AddDistinct(float value) {
    const auto at = std::lower_bound(distinct_.begin(), distinct_.end(), value);
    if (at == distinct_.end() || *at != value) distinct_.insert(at, value);
  }

  Moments Bucket(size_t b) const { return below_[b + 1] - below_[b]; }

  static double Border(const std::vector<double>& centres, size_t k) {
    return 0.5 * (centres[k] + centres[k + 1]);
  }

  // Everything up to a border, whose bucket is copied.
  Moments UpTo(double border) const {
    const float last = FloorToFloat(border);
    const size_t b = BucketOf(last);
    if (!(Bucket(b).weight > 0.0)) return below_[b];
    const auto at = [&](auto place) { return static_cast<size_t>(place - values_.begin()); };
    const size_t begin = at(std::lower_bound(values_.begin(), values_.end(), LowestOf(b)));
    const size_t end = at(std::upper_bound(values_.begin(), values_.end(), last));
    return below_[b] + (prefix_->Before(end) - prefix_->Before(begin));
  }

  // Moves each level to the mean of the values nearest to it; false where all were there.
  bool Step(std::vector<double>& centres) const {
    bool moved = false;
    Moments before;
    const std::vector<double> old = centres;
    for (size_t k = 0; k < old.size(); ++k) {
      const Moments after = k + 1 < old.size() ? UpTo(Border(old, k)) : below_[kBuckets];
      const Moments cluster = after - before;
      before = after;
      if (!(cluster.weight > 0.0)) continue;
      centres[k] = cluster.sum / cluster.weight;
      moved |= centres[k] != old[k];
    }
    std::sort(centres.begin(), centres.end());  // an empty cluster may have been overtaken
    return moved;
  }

  // Has the buckets that borders cut in memory, sorted.
  void CopyBorders(const std::vector<double>& centres) {
    std::vector<size_t> cut;
    bool missing = false;
    for (size_t k = 0; k + 1 < centres.size(); ++k) {
      const size_t b = BucketOf(FloorToFloat(Border(centres, k)));
      cut.push_back(b);
      missing |= copied_[b] == 0 && Bucket(b).weight > 0.0;
    }
    if (!missing) return;
    prefix_.reset();
    values_.clear();
    weights_.clear();
    std::fill(copied_.begin(), copied_.end(), uint8_t{0});
    // With few borders their neighbours too, which they may move into.
    const size_t around = centres.size() <= 64 ? 1 : 0;
    for (const size_t b : cut) {
      for (size_t i = b - std::min(b, around); i <= std::min(b + around, kBuckets - 1); ++i) {
        copied_[i] = 1;
      }
    }
    pieces_([&](const float* values, const float* weights, size_t count) {
      for (size_t i = 0; i < count; ++i) {
        if (copied_[BucketOf(values[i])] == 0) continue;
        values_.push_back(values[i]);
        if (weights != nullptr) weights_.push_back(weights[i]);
      }
    });
    SortTogether(values_, weights_, [](double) { return true; });
    prefix_.emplace(values_, weights_);
  }

  ForEachPiece pieces_;
  size_t levels_;
  std::vector<Moments> below_;  // [b]: of all buckets before b
  std::vector<float> distinct_;
  std::vector<uint8_t> copied_;
  std::vector<float> values_, weights_;  // the sample, then what lies in copied buckets
  std::optional<PrefixMoments> prefix_;
};

}  // namespace

void FitCodebookInPieces(ForEachPiece pieces, size_t count, int iterations,
                         absl::Span<float> levels) {
  PieceFitter fitter(pieces, count, levels.size());
  if (const std::vector<float>* distinct = fitter.FewDistinct()) {
    const float last = distinct->empty() ? 0.0f : distinct->back();
    std::fill(std::copy(distinct->begin(), distinct->end(), levels.begin()), levels.end(), last);
    return;
  }
  const std::vector<double> centres = fitter.Fit(iterations);
  for (size_t i = 0; i < levels.size(); ++i) levels[i] = static_cast<float>(centres[i]);
}

}  // namespace pawl
