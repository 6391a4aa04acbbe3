// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Sorting that can be stopped: many values first go to the bucket of their upper 16 bits, in place
// (the "American flag sort" of McIlroy, Bostic and McIlroy 1993), and then each bucket is sorted.

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "lib/methods/codebook.h"
#include "lib/methods/codebook_moments.h"

namespace pawl {
namespace {

constexpr size_t kLeastBucketed = size_t{1} << 20;
constexpr size_t kBetweenLooks = size_t{1} << 18;
// Of the time that sorting takes.
constexpr double kScatterShare = 0.3;

using Weighted = std::pair<float, float>;

float ValueOf(float item) { return item; }
float ValueOf(const Weighted& item) { return item.first; }

template <typename T>
class BucketSort {
 public:
  BucketSort(std::vector<T>& items, GoOn go_on) : items_(items), go_on_(go_on) {}

  bool Run() {
    if (items_.size() < kLeastBucketed) {
      std::sort(items_.begin(), items_.end());
      return go_on_(1.0);
    }
    begins_.assign(kValueBuckets + 1, 0);
    for (const T& item : items_) ++begins_[BucketOf(ValueOf(item)) + 1];
    for (size_t b = 0; b < kValueBuckets; ++b) begins_[b + 1] += begins_[b];
    return Scatter() && SortBuckets();
  }

 private:
  // True until it is time to look and the answer is no.
  bool Look(size_t done, double from, double share) {
    if (done < looked_ + kBetweenLooks) return true;
    looked_ = done;
    return go_on_(from + share * static_cast<double>(done) / static_cast<double>(items_.size()));
  }

  bool Scatter() {
    std::vector<size_t> next(begins_.begin(), begins_.end() - 1);
    size_t placed = 0;
    for (size_t b = 0; b < kValueBuckets; ++b) {
      while (next[b] < begins_[b + 1]) {
        T& place = items_[next[b]];
        for (size_t to = BucketOf(ValueOf(place)); to != b;
             to = BucketOf(ValueOf(place)), ++placed) {
          std::swap(place, items_[next[to]++]);
        }
        ++next[b];
        if (!Look(++placed, 0.0, kScatterShare)) return false;
      }
    }
    return true;
  }

  bool SortBuckets() {
    looked_ = 0;
    const auto at = [&](size_t i) { return items_.begin() + static_cast<std::ptrdiff_t>(i); };
    for (size_t b = 0; b < kValueBuckets; ++b) {
      std::sort(at(begins_[b]), at(begins_[b + 1]));
      if (!Look(begins_[b + 1], kScatterShare, 1.0 - kScatterShare)) return false;
    }
    return true;
  }

  std::vector<T>& items_;
  GoOn go_on_;
  std::vector<size_t> begins_;
  size_t looked_ = 0;
};

}  // namespace

bool SortTogether(std::vector<float>& values, std::vector<float>& weights, GoOn go_on) {
  if (weights.empty()) return BucketSort<float>(values, go_on).Run();
  std::vector<Weighted> pairs(values.size());
  for (size_t i = 0; i < values.size(); ++i) pairs[i] = {values[i], weights[i]};
  const bool sorted = BucketSort<Weighted>(pairs, go_on).Run();
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] = pairs[i].first;
    weights[i] = pairs[i].second;
  }
  return sorted;
}

}  // namespace pawl
