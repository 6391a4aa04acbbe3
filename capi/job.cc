// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Recipes and jobs.

#include "pawl/job.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "capi/files.h"
#include "capi/model_handles.h"
#include "capi/options.h"
#include "capi/pawl_file_handles.h"
#include "capi/report.h"
#include "pawl/recipe.h"

struct pawl_job {
  pawl::Job job;
};

using pawl::Context;
using pawl::Recipe;
using pawl::capi::Call;
using pawl::capi::CheckKind;
using pawl::capi::Make;
using pawl::capi::Take;
using pawl::capi::TakeInt;
using pawl::capi::Write;

namespace {

using pawl::OperatorType;

PAWL_SAME(PAWL_OPERATOR_ANY, OperatorType::kAny);
PAWL_SAME(PAWL_OPERATOR_LINEAR, OperatorType::kLinear);
PAWL_SAME(PAWL_OPERATOR_EMBEDDING, OperatorType::kEmbedding);
PAWL_SAME(PAWL_OPERATOR_CONV, OperatorType::kConv);
PAWL_SAME(PAWL_OPERATOR_OTHER, OperatorType::kOther);
static_assert(pawl::kNumOperatorTypes == PAWL_OPERATOR_OTHER + 1);

int32_t SetMemory(pawl_context* context, pawl_job* job, absl::Span<const uint8_t> pawl::Job::*place,
                  const void* bytes, size_t size) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED(bytes);
    job->job.*place = pawl::capi::BytesOf(bytes, size);
    return absl::OkStatus();
  });
}

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

int32_t pawl_classify_tensor(pawl_context* context, const char* name, const int64_t* shape,
                             size_t rank, int32_t* operator_type) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(name);
    PAWL_NEED(operator_type);
    PAWL_ASSIGN_OR_RETURN(const auto dims, pawl::capi::ShapeOf(shape, rank));
    *operator_type = static_cast<int32_t>(pawl::ClassifyTensor(name, dims));
    return absl::OkStatus();
  });
}

const char* pawl_operator_name(int32_t operator_type) noexcept {
  if (operator_type < 0 || operator_type >= pawl::kNumOperatorTypes) return nullptr;
  return pawl::OperatorTypeName(static_cast<OperatorType>(operator_type)).data();  // of a literal
}

const char* pawl_recipe_json(const pawl_recipe* recipe) noexcept {
  return recipe == nullptr ? nullptr : recipe->json.c_str();
}

int32_t pawl_file_writer_set_recipe(pawl_context* context, pawl_file_writer* writer,
                                    const pawl_recipe* recipe) noexcept {
  return Write(context, writer, [&](pawl::PawlWriter&) -> absl::Status {
    PAWL_NEED(recipe);
    writer->metadata.recipe = recipe->json;
    return absl::OkStatus();
  });
}

int32_t pawl_job_create(pawl_context* context, const pawl_options* options,
                        const pawl_recipe* recipe, pawl_job** job) noexcept {
  return Make(context, job, [&](Context&) -> absl::StatusOr<pawl::Job> {
    PAWL_NEED(recipe);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_JOB));
    pawl::Job result;
    result.recipe = recipe->recipe;
    const auto take = [&](int32_t option, std::string* field) {
      Take<std::string>(options, option, field);
    };
    take(PAWL_OPT_INPUT, &result.input);
    take(PAWL_OPT_OUTPUT, &result.output);
    take(PAWL_OPT_CALIBRATION, &result.calibration);
    take(PAWL_OPT_IMATRIX, &result.imatrix);
    take(PAWL_OPT_IMATRIX_OUTPUT, &result.imatrix_output);
    Take<std::vector<int32_t>>(options, PAWL_OPT_CALIBRATION_IDS, &result.calibration_ids);
    TakeInt(options, PAWL_OPT_CALIBRATION_CONTEXT, &result.calibration_context);
    TakeInt(options, PAWL_OPT_DRY_RUN, &result.dry_run);
    TakeInt(options, PAWL_OPT_MAX_MEMORY, &result.max_memory);
    TakeInt(options, PAWL_OPT_RESUME, &result.resume);
    TakeInt(options, PAWL_OPT_CHECKPOINT_BYTES, &result.checkpoint_bytes);
    return result;
  });
}

void pawl_job_destroy(pawl_job* job) noexcept { delete job; }

int32_t pawl_job_set_input_memory(pawl_context* context, pawl_job* job, const void* bytes,
                                  size_t size) noexcept {
  return SetMemory(context, job, &pawl::Job::input_bytes, bytes, size);
}

int32_t pawl_job_set_calibration_memory(pawl_context* context, pawl_job* job, const void* bytes,
                                        size_t size) noexcept {
  return SetMemory(context, job, &pawl::Job::calibration_bytes, bytes, size);
}

int32_t pawl_job_set_output_buffer(pawl_context* context, pawl_job* job,
                                   pawl_buffer* buffer) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED(buffer);
    job->job.output_sink = buffer->buffer;
    return absl::OkStatus();
  });
}

int32_t pawl_job_set_output_callback(pawl_context* context, pawl_job* job, pawl_write_fn write,
                                     void* user) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(job);
    PAWL_NEED(write);
    job->job.output_sink = pawl::capi::MakeHostSink(write, user);
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

}  // extern "C"
