// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// k-means in one dimension over values that stay where they are. Buckets of values with the same
// upper 16 bits (in the order of numbers) are summed once; what lies in a bucket that a border
// between two levels cuts is copied and sorted, so that every step is exact.

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

constexpr size_t kBuckets = size_t{1} << 16;
constexpr uint32_t kSign = 0x80000000u;

size_t BucketOf(float value) {
  const auto bits = std::bit_cast<uint32_t>(value);
  return ((bits & kSign) != 0 ? ~bits : bits | kSign) >> 16;
}

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
  PieceFitter(ForEachPiece pieces, size_t levels)
      : pieces_(pieces), levels_(levels), below_(kBuckets + 1), copied_(kBuckets, 0) {
    pieces_([&](const float* values, const float* weights, size_t count) {
      for (size_t i = 0; i < count; ++i) {
        if (distinct_.size() <= levels_) AddDistinct(values[i]);
        below_[BucketOf(values[i]) + 1].Add(values[i], weights != nullptr ? weights[i] : 1.0);
      }
    });
    for (size_t b = 0; b < kBuckets; ++b) below_[b + 1] = below_[b] + below_[b + 1];
  }

  // All distinct values, where there are no more than levels.
  const std::vector<float>* FewDistinct() const {
    return distinct_.size() <= levels_ ? &distinct_ : nullptr;
  }

  std::vector<double> Fit(int iterations) {
    std::vector<double> centres = Start();
    // Whole buckets first: costs nothing.
    bool moved = true;
    for (int i = 0; i < iterations && moved; ++i) moved = Step(/*exact=*/false, centres);
    moved = true;
    for (int i = 0; i < iterations && moved; ++i) {
      CopyBorders(centres);
      moved = Step(/*exact=*/true, centres);
    }
    return centres;
  }

 private:
  void AddDistinct(float value) {
    const auto at = std::lower_bound(distinct_.begin(), distinct_.end(), value);
    if (at == distinct_.end() || *at != value) distinct_.insert(at, value);
  }

  Moments Bucket(size_t b) const { return below_[b + 1] - below_[b]; }

  // Cells of about equal weight.
  std::vector<double> Start() const {
    std::vector<Moments> cells(kCodebookCells + 1);
    const double weight = below_[kBuckets].weight;
    size_t b = 0;
    for (size_t i = 1; i < kCodebookCells; ++i) {
      const double share = weight * static_cast<double>(i) / kCodebookCells;
      while (b < kBuckets && below_[b].weight < share) ++b;
      cells[i] = below_[b];
    }
    cells[kCodebookCells] = below_[kBuckets];
    std::vector<double> centres = BestLevels(std::move(cells), levels_);
    std::sort(centres.begin(), centres.end());
    return centres;
  }

  static double Border(const std::vector<double>& centres, size_t k) {
    return 0.5 * (centres[k] + centres[k + 1]);
  }

  // Everything up to a border; where that is not exact, its bucket belongs to one side.
  Moments UpTo(double border, bool exact) const {
    const float last = FloorToFloat(border);
    const size_t b = BucketOf(last);
    const Moments bucket = Bucket(b);
    if (!(bucket.weight > 0.0)) return below_[b];
    if (!exact) return bucket.sum <= border * bucket.weight ? below_[b + 1] : below_[b];
    const auto at = [&](auto place) { return static_cast<size_t>(place - values_.begin()); };
    const size_t begin = at(std::lower_bound(values_.begin(), values_.end(), LowestOf(b)));
    const size_t end = at(std::upper_bound(values_.begin(), values_.end(), last));
    return below_[b] + (prefix_->Before(end) - prefix_->Before(begin));
  }

  // Moves each level to the mean of the values nearest to it; false where all were there.
  bool Step(bool exact, std::vector<double>& centres) const {
    bool moved = false;
    Moments before;
    const std::vector<double> old = centres;
    for (size_t k = 0; k < old.size(); ++k) {
      const Moments after = k + 1 < old.size() ? UpTo(Border(old, k), exact) : below_[kBuckets];
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
    SortTogether(values_, weights_);
    prefix_.emplace(values_, weights_);
  }

  ForEachPiece pieces_;
  size_t levels_;
  std::vector<Moments> below_;  // [b]: of all buckets before b
  std::vector<float> distinct_;
  std::vector<uint8_t> copied_;
  std::vector<float> values_, weights_;  // of the copied buckets
  std::optional<PrefixMoments> prefix_;
};

}  // namespace

void FitCodebookInPieces(ForEachPiece pieces, int iterations, absl::Span<float> levels) {
  PieceFitter fitter(pieces, levels.size());
  if (const std::vector<float>* distinct = fitter.FewDistinct()) {
    const float last = distinct->empty() ? 0.0f : distinct->back();
    std::fill(std::copy(distinct->begin(), distinct->end(), levels.begin()), levels.end(), last);
    return;
  }
  const std::vector<double> centres = fitter.Fit(iterations);
  for (size_t i = 0; i < levels.size(); ++i) levels[i] = static_cast<float>(centres[i]);
}

}  // namespace pawl
