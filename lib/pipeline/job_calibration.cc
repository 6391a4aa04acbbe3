// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_calibration.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/core/nearest.h"
#include "lib/core/status_macros.h"
#include "lib/pipeline/recipe_words.h"

namespace pawl {
namespace {

constexpr int64_t kPieceBytes = int64_t{1} << 20;

absl::Status CheckValues(const Tensor& values, absl::string_view where) {
  for (const float value : values.as<float>()) {
    if (!(value >= 0.0f) || !std::isfinite(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, " holds ", value, "; importance is finite and not negative"));
    }
  }
  return absl::OkStatus();
}

template <typename Words>
int IndexOf(const Words& words, absl::string_view word) {
  return static_cast<int>(std::find(words.begin(), words.end(), word) - words.begin());
}

ObserverOptions ObserverOf(const RecipeCalibration& settings) {
  return {.kind = static_cast<ObserverKind>(IndexOf(ObserverWords(), settings.observer)),
          .per_channel = settings.per_channel,
          .axis = -1,
          .bins = static_cast<int32_t>(settings.bins),
          .momentum = settings.momentum};
}

RangeOptions RangeOf(const RecipeCalibration& settings) {
  RangeOptions range;
  range.method = static_cast<ObserverRange>(IndexOf(ActivationRangeWords(), settings.range));
  range.percentile = settings.percentile;
  return range;
}

// Statistics of recorded activations [samples.., cols] while their pieces go by.
class Recording {
 public:
  static absl::StatusOr<Recording> Create(const RecipeCalibration& settings, int64_t cols) {
    PAWL_ASSIGN_OR_RETURN(Observer observer, Observer::Create(ObserverOf(settings)));
    return Recording(std::move(observer), cols);
  }

  // Rows of f32. A moving average takes each sample as a batch.
  absl::Status Add(const Tensor& rows) {
    const int64_t cols = static_cast<int64_t>(squares_.size());
    const int64_t count = rows.dim(0);
    const float* values = rows.as<float>().data();
    const bool each = observer_.options().kind == ObserverKind::kMovingAverage;
    const int64_t step = each ? 1 : count;
    for (int64_t row = 0; row < count; row += step) {
      const auto bytes = static_cast<size_t>(step * cols) * sizeof(float);
      PAWL_ASSIGN_OR_RETURN(const Tensor batch,
                            Tensor::View(DType::kF32, {step, cols}, values + row * cols, bytes));
      PAWL_RETURN_IF_ERROR(observer_.Observe(batch));
    }
    for (int64_t i = 0; i < count * cols; ++i) {
      const double value = values[i];
      if (std::isfinite(value)) squares_[static_cast<size_t>(i % cols)] += value * value;
    }
    samples_ += count;
    return absl::OkStatus();
  }

  // How much a column matters: the mean square of what meets it.
  absl::StatusOr<Tensor> Importance() const {
    std::vector<float> mean(squares_.size());
    for (size_t i = 0; i < mean.size(); ++i) {
      const double value = squares_[i] / static_cast<double>(std::max<int64_t>(samples_, 1));
      mean[i] = static_cast<float>(std::min(value, 1e30));
    }
    return Tensor::FromValues<float>({static_cast<int64_t>(mean.size())}, mean);
  }

  absl::StatusOr<CalibratedInput> Input(const RangeOptions& range) const {
    CalibratedInput input;
    PAWL_ASSIGN_OR_RETURN(const std::vector<ValueRange> ranges, observer_.ComputeRanges(range));
    PAWL_ASSIGN_OR_RETURN(const std::vector<QParams> params, observer_.ComputeQParams(range));
    for (const QParams& p : params) input.scales.push_back(p.scale);
    ActivationReport& report = input.report;
    report.samples = samples_;
    report.nan_count = observer_.nan_count();
    report.inf_count = observer_.inf_count();
    report.min = ranges[0].min, report.max = ranges[0].max;
    for (const ValueRange& r : ranges) {
      report.min = std::min(report.min, r.min);
      report.max = std::max(report.max, r.max);
    }
    report.scale = *std::max_element(input.scales.begin(), input.scales.end());
    return input;
  }

 private:
  Recording(Observer observer, int64_t cols)
      : observer_(std::move(observer)), squares_(static_cast<size_t>(cols)) {}

  Observer observer_;
  std::vector<double> squares_;
  int64_t samples_ = 0;
};

class Loader {
 public:
  Loader(const SafetensorsReader& reader, const std::string& path, const JobPlan& plan,
         const RecipeCalibration& settings)
      : reader_(reader), path_(path), settings_(settings) {
    for (const PlannedTensor& planned : plan.tensors) {
      weights_[planned.entry->name] = planned.entry;
      names_.push_back(planned.entry->name);
    }
  }

  absl::StatusOr<JobCalibration> Load() {
    // Importances first: a given one counts, not the recording's.
    for (const SafetensorsEntry& entry : reader_.entries()) {
      if (!IsRecording(entry)) PAWL_RETURN_IF_ERROR(LoadImportance(entry));
    }
    for (const SafetensorsEntry& entry : reader_.entries()) {
      if (IsRecording(entry)) PAWL_RETURN_IF_ERROR(LoadRecording(entry));
    }
    return std::move(result_);
  }

 private:
  std::string Where(const SafetensorsEntry& entry) const {
    return absl::StrCat("calibration '", path_, "': '", entry.name, "'");
  }
  // A weight may itself be called "....input".
  bool IsRecording(const SafetensorsEntry& entry) const {
    return absl::EndsWith(entry.name, ".input") && weights_.count(entry.name) == 0;
  }

  absl::StatusOr<const SafetensorsEntry*> WeightOf(const SafetensorsEntry& entry,
                                                   const std::string& name) const {
    const auto it = weights_.find(name);
    if (it != weights_.end()) return it->second;
    return absl::InvalidArgumentError(
        absl::StrCat(Where(entry), " belongs to no tensor of the input", DidYouMean(name, names_)));
  }

  absl::Status LoadImportance(const SafetensorsEntry& entry) {
    const std::string name(absl::StripSuffix(entry.name, ".importance"));
    PAWL_ASSIGN_OR_RETURN(const SafetensorsEntry* weight, WeightOf(entry, name));
    const int64_t cols = weight->shape.empty() ? 1 : weight->shape.back();
    if (entry.dtype != DType::kF32 || entry.shape != std::vector<int64_t>{cols}) {
      return absl::InvalidArgumentError(
          absl::StrCat(Where(entry), " is ", entry.dtype_name, " ", ShapeString(entry.shape),
                       "; the weight ", ShapeString(weight->shape), " needs F32 [", cols, "]"));
    }
    PAWL_ASSIGN_OR_RETURN(Tensor values, reader_.Read(entry));
    PAWL_RETURN_IF_ERROR(CheckValues(values, Where(entry)));
    if (!result_.importance.emplace(name, std::move(values)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(Where(entry), " stands for a weight that has one already"));
    }
    return absl::OkStatus();
  }

  absl::Status CheckRecording(const SafetensorsEntry& entry, const SafetensorsEntry& weight) const {
    const bool is_float =
        entry.dtype == DType::kF32 || entry.dtype == DType::kF16 || entry.dtype == DType::kBF16;
    const int64_t cols = weight.shape.empty() ? 1 : weight.shape.back();
    if (is_float && entry.shape.size() >= 2 && entry.shape.back() == cols && entry.size > 0) {
      return absl::OkStatus();
    }
    return absl::InvalidArgumentError(absl::StrCat(
        Where(entry), " is ", entry.dtype_name, " ", ShapeString(entry.shape), "; activations of ",
        "the weight ", ShapeString(weight.shape), " are F32, F16 or BF16 [samples, ", cols, "]"));
  }

  absl::Status LoadRecording(const SafetensorsEntry& entry) {
    const std::string name(absl::StripSuffix(entry.name, ".input"));
    PAWL_ASSIGN_OR_RETURN(const SafetensorsEntry* weight, WeightOf(entry, name));
    PAWL_RETURN_IF_ERROR(CheckRecording(entry, *weight));
    const int64_t cols = entry.shape.back();
    const int64_t row_bytes = cols * static_cast<int64_t>(DTypeSize(*entry.dtype));
    int64_t samples = static_cast<int64_t>(entry.size) / row_bytes;
    if (settings_.max_samples > 0) samples = std::min(samples, settings_.max_samples);
    PAWL_ASSIGN_OR_RETURN(Recording recording, Recording::Create(settings_, cols));
    const int64_t step = std::max<int64_t>(kPieceBytes / row_bytes, 1);
    std::vector<uint8_t> piece(static_cast<size_t>(std::min(step, samples) * row_bytes));
    for (int64_t row = 0; row < samples; row += step) {
      const int64_t count = std::min(step, samples - row);
      const auto bytes = static_cast<size_t>(count * row_bytes);
      PAWL_RETURN_IF_ERROR(reader_.ReadBytes(entry, static_cast<uint64_t>(row * row_bytes),
                                             absl::MakeSpan(piece).subspan(0, bytes)));
      PAWL_ASSIGN_OR_RETURN(const Tensor stored,
                            Tensor::View(*entry.dtype, {count, cols}, piece.data(), bytes));
      PAWL_ASSIGN_OR_RETURN(const Tensor rows, stored.ToF32());
      PAWL_RETURN_IF_ERROR(recording.Add(rows));
    }
    absl::StatusOr<CalibratedInput> input = recording.Input(RangeOf(settings_));
    if (!input.ok()) {
      return absl::Status(input.status().code(),
                          absl::StrCat(Where(entry), ": ", input.status().message()));
    }
    result_.inputs.emplace(name, *std::move(input));
    if (result_.importance.count(name) > 0) return absl::OkStatus();
    PAWL_ASSIGN_OR_RETURN(Tensor importance, recording.Importance());
    result_.importance.emplace(name, std::move(importance));
    return absl::OkStatus();
  }

  const SafetensorsReader& reader_;
  const std::string& path_;
  const RecipeCalibration& settings_;
  std::map<std::string, const SafetensorsEntry*> weights_;
  std::vector<std::string> names_;
  JobCalibration result_;
};

}  // namespace

absl::StatusOr<JobCalibration> LoadJobCalibration(const SafetensorsReader& reader,
                                                  const std::string& path, const JobPlan& plan,
                                                  const RecipeCalibration& settings) {
  return Loader(reader, path, plan, settings).Load();
}

}  // namespace pawl
