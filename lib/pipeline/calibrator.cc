// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/calibrator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/nearest.h"
#include "lib/core/status_macros.h"
#include "lib/pipeline/patterns.h"

namespace pawl {
namespace {

absl::Status Named(absl::string_view what, const absl::Status& status) {
  if (status.ok()) return status;
  return absl::Status(status.code(), absl::StrCat(what, ": ", status.message()));
}

std::string TensorName(absl::string_view name) { return absl::StrCat("tensor '", name, "'"); }

absl::Status CheckOptions(const ObserverOptions& options, absl::string_view where) {
  return Named(where, Observer::Create(options).status());
}

}  // namespace

struct Calibrator::Rules {
  std::vector<Pattern> patterns;
};

absl::StatusOr<Calibrator> Calibrator::Create(const CalibratorOptions& options) {
  PAWL_RETURN_IF_ERROR(CheckOptions(options.fallback, "calibration fallback"));
  if (options.rules.size() > kMaxCalibrationRules) {
    return absl::InvalidArgumentError(absl::StrCat(options.rules.size(),
                                                   " calibration rules; at most ",
                                                   kMaxCalibrationRules, " are allowed"));
  }
  auto rules = std::make_shared<Rules>();
  PatternSizes sizes;
  for (size_t i = 0; i < options.rules.size(); ++i) {
    const std::string where = absl::StrCat("calibration rule ", i);
    PAWL_RETURN_IF_ERROR(CheckOptions(options.rules[i].observer, where));
    PAWL_ASSIGN_OR_RETURN(Pattern pattern, Pattern::Compile(options.rules[i].pattern, where));
    PAWL_RETURN_IF_ERROR(sizes.Add(pattern));
    rules->patterns.push_back(std::move(pattern));
  }
  Calibrator calibrator;
  calibrator.options_ = options;
  calibrator.rules_ = std::move(rules);
  return calibrator;
}

absl::StatusOr<Observer*> Calibrator::ObserverFor(const std::string& name) {
  const auto found = observers_.find(name);
  if (found != observers_.end()) return &found->second;
  const ObserverOptions* options = &options_.fallback;
  for (size_t i = rules_->patterns.size(); i-- > 0;) {
    if (rules_->patterns[i].Matches(name)) options = &options_.rules[i].observer;
  }
  PAWL_ASSIGN_OR_RETURN(Observer observer, Observer::Create(*options));
  return &observers_.emplace(name, std::move(observer)).first->second;
}

absl::Status Calibrator::Observe(const std::string& name, const Tensor& batch) {
  const bool known = observers_.count(name) != 0;
  PAWL_ASSIGN_OR_RETURN(Observer * observer, ObserverFor(name));
  const absl::Status status = observer->Observe(batch);
  if (!status.ok() && !known) observers_.erase(name);
  return Named(TensorName(name), status);
}

absl::Status Calibrator::Observe(const std::string& name, absl::Span<const float> batch) {
  const bool known = observers_.count(name) != 0;
  PAWL_ASSIGN_OR_RETURN(Observer * observer, ObserverFor(name));
  const absl::Status status = observer->Observe(batch);
  if (!status.ok() && !known) observers_.erase(name);
  return Named(TensorName(name), status);
}

absl::Status Calibrator::Finish() const {
  std::vector<std::string> names;
  names.reserve(observers_.size());
  for (const auto& entry : observers_) names.push_back(entry.first);
  for (size_t i = 0; i < options_.rules.size(); ++i) {
    bool used = false;
    for (const std::string& name : names) used |= rules_->patterns[i].Matches(name);
    if (used) continue;
    const std::string& pattern = options_.rules[i].pattern;
    return absl::NotFoundError(absl::StrCat("calibration rule ", i, ": pattern '", pattern,
                                            "' matches none of the ", names.size(),
                                            " observed tensors", DidYouMeanName(pattern, names)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CalibratedTensor>> Calibrator::Results(
    const RangeOptions& options) const {
  std::vector<CalibratedTensor> results;
  for (const auto& [name, observer] : observers_) {
    auto ranges = observer.ComputeRanges(options);
    if (!ranges.ok()) return Named(TensorName(name), ranges.status());
    CalibratedTensor result;
    result.name = name;
    for (const ValueRange& range : *ranges) {
      PAWL_ASSIGN_OR_RETURN(const QParams params, ComputeQParams(range, options.codes));
      result.params.push_back(params);
    }
    result.ranges = *std::move(ranges);
    result.count = observer.count();
    result.nan_count = observer.nan_count();
    result.inf_count = observer.inf_count();
    results.push_back(std::move(result));
  }
  return results;
}

absl::Status Calibrator::Merge(const Calibrator& other) {
  if (!(options_ == other.options_)) {
    return absl::InvalidArgumentError(
        "calibrators with different rules or fallbacks cannot be merged");
  }
  std::map<std::string, Observer> merged = observers_;
  for (const auto& [name, observer] : other.observers_) {
    const auto [place, added] = merged.emplace(name, observer);
    if (!added) PAWL_RETURN_IF_ERROR(Named(TensorName(name), place->second.Merge(observer)));
  }
  observers_ = std::move(merged);
  return absl::OkStatus();
}

const Observer* Calibrator::Find(const std::string& name) const {
  const auto found = observers_.find(name);
  return found == observers_.end() ? nullptr : &found->second;
}

}  // namespace pawl
