// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/importance.h"

#include <cmath>
#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/core/nearest.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

absl::Status CheckValues(const Tensor& values, absl::string_view where) {
  for (const float value : values.as<float>()) {
    if (!(value >= 0.0f) || !std::isfinite(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, " holds ", value, "; importance is finite and not negative"));
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ImportanceMap> LoadImportance(const SafetensorsReader& reader,
                                             const std::string& path, const JobPlan& plan) {
  std::map<std::string, const PlannedTensor*> weights;
  std::vector<std::string> names;
  for (const PlannedTensor& planned : plan.tensors) {
    weights[planned.entry->name] = &planned;
    names.push_back(planned.entry->name);
  }
  ImportanceMap importance;
  for (const SafetensorsEntry& entry : reader.entries()) {
    const std::string name(absl::StripSuffix(entry.name, ".importance"));
    const std::string where = absl::StrCat("calibration '", path, "': '", entry.name, "'");
    const auto it = weights.find(name);
    if (it == weights.end()) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, " belongs to no tensor of the input", DidYouMean(name, names)));
    }
    const std::vector<int64_t>& shape = it->second->entry->shape;
    const int64_t cols = shape.empty() ? 1 : shape.back();
    if (entry.dtype != DType::kF32 || entry.shape != std::vector<int64_t>{cols}) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, " is ", entry.dtype_name, " ", ShapeString(entry.shape),
                       "; the weight ", ShapeString(shape), " needs F32 [", cols, "]"));
    }
    PAWL_ASSIGN_OR_RETURN(Tensor values, reader.Read(entry));
    PAWL_RETURN_IF_ERROR(CheckValues(values, where));
    if (!importance.emplace(name, std::move(values)).second) {
      return absl::InvalidArgumentError(
          absl::StrCat(where, " stands for a weight that has one already"));
    }
  }
  return importance;
}

}  // namespace pawl
