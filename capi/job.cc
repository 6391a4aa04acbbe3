// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Recipes, jobs and their reports.

#include "pawl/job.h"

#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "capi/files.h"
#include "capi/options.h"
#include "pawl/recipe.h"
#include "pawl/report.h"

struct pawl_job {
  pawl::Job job;
};

struct pawl_report {
  pawl::Report report;
  std::string json;
  std::string text;
};

using pawl::Context;
using pawl::Recipe;
using pawl::TensorReport;
using pawl::capi::Call;
using pawl::capi::CheckKind;
using pawl::capi::Find;
using pawl::capi::Make;
using pawl::capi::TakeInt;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The frame of an entry that makes a recipe.
template <typename Body>
int32_t MakeRecipe(pawl_context* context, pawl_recipe** out, Body&& body) noexcept {
  if (out != nullptr) *out = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    if (out == nullptr) return absl::InvalidArgumentError("the place for the result is NULL");
    auto handle = std::make_unique<pawl_recipe>();
    PAWL_ASSIGN_OR_RETURN(handle->recipe, body());
    handle->json = handle->recipe.ToJson();
    *out = handle.release();
    return absl::OkStatus();
  });
}

const TensorReport* TensorAt(const pawl_report* report, size_t index) {
  if (report == nullptr || index >= report->report.tensors.size()) return nullptr;
  return &report->report.tensors[index];
}

double ErrorFigure(const TensorReport& tensor, double pawl::QuantizationError::*figure) {
  return tensor.error.has_value() ? (*tensor.error).*figure : kNaN;
}

}  // namespace

extern "C" {

int32_t pawl_recipe_from_json(pawl_context* context, const char* json, size_t size,
                              const char* name, pawl_recipe** recipe) noexcept {
  return MakeRecipe(context, recipe, [&]() -> absl::StatusOr<Recipe> {
    PAWL_NEED_ARRAY(json, size);
    return Recipe::FromJson(absl::string_view(json, size), name == nullptr ? "recipe" : name);
  });
}

int32_t pawl_recipe_load(pawl_context* context, const char* path, pawl_recipe** recipe) noexcept {
  return MakeRecipe(context, recipe, [&]() -> absl::StatusOr<Recipe> {
    PAWL_NEED(path);
    return Recipe::Load(path);
  });
}

int32_t pawl_recipe_for_scheme(pawl_context* context, const char* scheme,
                               pawl_recipe** recipe) noexcept {
  return MakeRecipe(context, recipe, [&]() -> absl::StatusOr<Recipe> {
    PAWL_NEED(scheme);
    Recipe result = Recipe::ForScheme(scheme);
    PAWL_RETURN_IF_ERROR(result.Validate());
    return result;
  });
}

void pawl_recipe_destroy(pawl_recipe* recipe) noexcept { delete recipe; }

int32_t pawl_recipe_exclude(pawl_context* context, pawl_recipe* recipe,
                            const char* pattern) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(recipe);
    PAWL_NEED(pattern);
    pawl_recipe changed = *recipe;
    changed.recipe.exclude.emplace_back(pattern);
    PAWL_RETURN_IF_ERROR(changed.recipe.Validate());
    changed.json = changed.recipe.ToJson();
    *recipe = std::move(changed);
    return absl::OkStatus();
  });
}

const char* pawl_recipe_json(const pawl_recipe* recipe) noexcept {
  return recipe == nullptr ? nullptr : recipe->json.c_str();
}

int32_t pawl_job_create(pawl_context* context, const pawl_options* options,
                        const pawl_recipe* recipe, pawl_job** job) noexcept {
  return Make(context, job, [&](Context&) -> absl::StatusOr<pawl::Job> {
    PAWL_NEED(recipe);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_JOB));
    pawl::Job result;
    result.recipe = recipe->recipe;
    if (const auto* input = Find<std::string>(options, PAWL_OPT_INPUT)) result.input = *input;
    if (const auto* output = Find<std::string>(options, PAWL_OPT_OUTPUT)) result.output = *output;
    if (const auto* path = Find<std::string>(options, PAWL_OPT_CALIBRATION)) {
      result.calibration = *path;
    }
    TakeInt(options, PAWL_OPT_DRY_RUN, &result.dry_run);
    TakeInt(options, PAWL_OPT_MAX_MEMORY, &result.max_memory);
    return result;
  });
}

void pawl_job_destroy(pawl_job* job) noexcept { delete job; }

int32_t pawl_job_set_input_memory(pawl_context* context, pawl_job* job, const void* bytes,
                                  size_t size) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED(bytes);
    job->job.input_bytes = pawl::capi::BytesOf(bytes, size);
    return absl::OkStatus();
  });
}

int32_t pawl_job_run(pawl_context* context, const pawl_job* job, pawl_report** report) noexcept {
  if (report != nullptr) *report = nullptr;
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED(report);
    auto handle = std::make_unique<pawl_report>();
    PAWL_ASSIGN_OR_RETURN(handle->report, pawl::RunJob(job->job, c));
    handle->json = handle->report.ToJson();
    handle->text = handle->report.ToText();
    *report = handle.release();
    return absl::OkStatus();
  });
}

const char* pawl_report_json(const pawl_report* report) noexcept {
  return report == nullptr ? nullptr : report->json.c_str();
}
const char* pawl_report_text(const pawl_report* report) noexcept {
  return report == nullptr ? nullptr : report->text.c_str();
}
void pawl_report_destroy(pawl_report* report) noexcept { delete report; }

double pawl_report_total(const pawl_report* report, int32_t figure) noexcept {
  if (report == nullptr) return kNaN;
  const pawl::Report& r = report->report;
  switch (figure) {
    case PAWL_REPORT_QUANTIZED:
      return static_cast<double>(r.quantized_count());
    case PAWL_REPORT_BYTES_BEFORE:
      return static_cast<double>(r.bytes_before);
    case PAWL_REPORT_BYTES_AFTER:
      return static_cast<double>(r.bytes_after);
    case PAWL_REPORT_BITS_PER_WEIGHT:
      return r.mean_bits_per_weight();
    case PAWL_REPORT_FILE_BYTES:
      return static_cast<double>(r.file_bytes);
    case PAWL_REPORT_PEAK_MEMORY_BYTES:
      return static_cast<double>(r.peak_memory_bytes);
    case PAWL_REPORT_SECONDS:
      return r.seconds;
    default:
      return kNaN;
  }
}

size_t pawl_report_count(const pawl_report* report) noexcept {
  return report == nullptr ? 0 : report->report.tensors.size();
}

double pawl_report_tensor(const pawl_report* report, size_t index, int32_t figure) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  if (tensor == nullptr) return kNaN;
  switch (figure) {
    case PAWL_REPORT_QUANTIZED:
      return tensor->quantized ? 1.0 : 0.0;
    case PAWL_REPORT_BYTES_BEFORE:
      return static_cast<double>(tensor->bytes_before);
    case PAWL_REPORT_BYTES_AFTER:
      return static_cast<double>(tensor->bytes_after);
    case PAWL_REPORT_BITS_PER_WEIGHT:
      return tensor->bits_per_weight;
    case PAWL_REPORT_SQNR_DB:
      return ErrorFigure(*tensor, &pawl::QuantizationError::sqnr_db);
    case PAWL_REPORT_COSINE:
      return ErrorFigure(*tensor, &pawl::QuantizationError::cosine);
    case PAWL_REPORT_MAX_ERROR:
      return ErrorFigure(*tensor, &pawl::QuantizationError::max_error);
    case PAWL_REPORT_MSE:
      return ErrorFigure(*tensor, &pawl::QuantizationError::mse);
    case PAWL_REPORT_RULE:
      return tensor->rule;
    default:
      return kNaN;
  }
}

const char* pawl_report_tensor_name(const pawl_report* report, size_t index) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  return tensor == nullptr ? nullptr : tensor->name.c_str();
}
const char* pawl_report_tensor_scheme(const pawl_report* report, size_t index) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  return tensor == nullptr ? nullptr : tensor->scheme.c_str();
}
const char* pawl_report_tensor_reason(const pawl_report* report, size_t index) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  return tensor == nullptr ? nullptr : tensor->reason.c_str();
}

}  // extern "C"
