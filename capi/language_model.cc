// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Language models, their evaluation and export.

#include "pawl/language_model.h"

#include <limits>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "capi/options.h"
#include "capi/shim.h"
#include "pawl/eval.h"
#include "pawl/model_export.h"
#include "pawl/model_rotation.h"

using pawl::Context;
using pawl::LanguageModel;
using pawl::Tensor;
using pawl::capi::Call;
using pawl::capi::CheckKind;
using pawl::capi::Make;
using pawl::capi::TakeInt;

struct pawl_language_model {
  std::unique_ptr<LanguageModel> model;
};

struct pawl_eval {
  pawl::EvalResult result;
  std::string json;
  std::string text;
};

namespace {

using pawl::CheckpointFormat;

PAWL_SAME(PAWL_EXPORT_GPTQ, CheckpointFormat::kGptq);
PAWL_SAME(PAWL_EXPORT_GPTQ_V2, CheckpointFormat::kGptqV2);
PAWL_SAME(PAWL_EXPORT_AWQ, CheckpointFormat::kAwq);
PAWL_SAME(PAWL_EXPORT_COMPRESSED_TENSORS, CheckpointFormat::kCompressedTensors);
PAWL_SAME(PAWL_EXPORT_BITSANDBYTES, CheckpointFormat::kBitsAndBytes);

// What the model gives is valid until its next call; a host keeps its tensor as long as it likes.
absl::StatusOr<Tensor> Copy(absl::StatusOr<Tensor> values) {
  PAWL_RETURN_IF_ERROR(values.status());
  return Tensor::FromValues(values->shape(), values->as<float>());
}

using Run = absl::StatusOr<Tensor> (LanguageModel::*)(absl::Span<const int32_t>, Context&);

int32_t RunModel(pawl_context* context, pawl_language_model* model, const int32_t* ids,
                 size_t count, pawl_tensor** logits, Run run) noexcept {
  return Make(context, logits, [&](Context& c) -> absl::StatusOr<Tensor> {
    PAWL_NEED(model);
    PAWL_NEED_ARRAY(ids, count);
    return Copy((*model->model.*run)(absl::MakeConstSpan(ids, count), c));
  });
}

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

double Compared(const pawl::EvalResult& result, double figure) {
  return result.compared ? figure : kNone;
}

double EncoderFigure(const pawl::EvalResult& result, int32_t figure) {
  switch (figure) {
    case PAWL_EVAL_BITS_PER_WEIGHT:
      return result.bits_per_weight;
    case PAWL_EVAL_IDS_PER_SECOND:
      return result.ids_per_second;
    case PAWL_EVAL_HIDDEN_SQNR_DB:
      return Compared(result, result.hidden_sqnr_db);
    case PAWL_EVAL_HIDDEN_COSINE:
      return Compared(result, result.hidden_cosine);
    case PAWL_EVAL_EMBEDDING_SQNR_DB:
      return Compared(result, result.embedding_sqnr_db);
    case PAWL_EVAL_EMBEDDING_COSINE:
      return Compared(result, result.embedding_cosine);
    case PAWL_EVAL_EMBEDDING_COSINE_MIN:
      return Compared(result, result.embedding_cosine_min);
    default:
      return kNone;
  }
}

double EvalFigure(const pawl::EvalResult& result, int32_t figure) {
  if (result.encoder) return EncoderFigure(result, figure);
  switch (figure) {
    case PAWL_EVAL_COUNTED:
      return static_cast<double>(result.counted);
    case PAWL_EVAL_NATS:
      return result.nats;
    case PAWL_EVAL_PERPLEXITY:
      return result.perplexity;
    case PAWL_EVAL_BITS_PER_BYTE:
      if (result.bits_per_byte > 0.0) return result.bits_per_byte;
      break;
    case PAWL_EVAL_BITS_PER_WEIGHT:
      return result.bits_per_weight;
    case PAWL_EVAL_IDS_PER_SECOND:
      return result.ids_per_second;
    case PAWL_EVAL_REFERENCE_PERPLEXITY:
      return Compared(result, result.reference_perplexity);
    case PAWL_EVAL_MEAN_KL:
      return Compared(result, result.mean_kl);
    case PAWL_EVAL_KL_999:
      return Compared(result, result.kl_999);
    case PAWL_EVAL_MAX_KL:
      return Compared(result, result.max_kl);
    case PAWL_EVAL_SAME_TOP:
      return Compared(result, result.same_top);
    default:
      break;
  }
  return kNone;
}

}  // namespace

extern "C" {

int32_t pawl_language_model_open(pawl_context* context, const char* path,
                                 const pawl_options* options,
                                 pawl_language_model** model) noexcept {
  return Make(context, model, [&](Context&) -> absl::StatusOr<std::unique_ptr<LanguageModel>> {
    PAWL_NEED(path);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_LANGUAGE_MODEL));
    pawl::LanguageModelOptions wanted;
    TakeInt(options, PAWL_OPT_POSITIONS, &wanted.positions);
    TakeInt(options, PAWL_OPT_DYNAMIC_INT8, &wanted.executor.dynamic_int8);
    TakeInt(options, PAWL_OPT_MODEL_MEMORY, &wanted.executor.max_memory);
    return LanguageModel::Open(path, wanted);
  });
}

void pawl_language_model_destroy(pawl_language_model* model) noexcept { delete model; }

const char* pawl_language_model_architecture(const pawl_language_model* model) noexcept {
  return model == nullptr ? "" : model->model->info().architecture.c_str();
}

int64_t pawl_language_model_get(const pawl_language_model* model, int32_t figure) noexcept {
  if (model == nullptr) return -1;
  const pawl::LanguageModelInfo& info = model->model->info();
  switch (figure) {
    case PAWL_LANGUAGE_MODEL_VOCABULARY:
      return info.vocabulary;
    case PAWL_LANGUAGE_MODEL_LAYERS:
      return info.layers;
    case PAWL_LANGUAGE_MODEL_CONTEXT:
      return info.context;
    case PAWL_LANGUAGE_MODEL_POSITIONS:
      return info.positions;
    case PAWL_LANGUAGE_MODEL_ELEMENTS:
      return static_cast<int64_t>(info.elements);
    case PAWL_LANGUAGE_MODEL_BYTES:
      return static_cast<int64_t>(info.bytes);
    case PAWL_LANGUAGE_MODEL_BYTE_LEVEL:
      return info.byte_level ? 1 : 0;
    case PAWL_LANGUAGE_MODEL_ENCODER:
      return info.encoder ? 1 : 0;
    case PAWL_LANGUAGE_MODEL_WIDTH:
      return info.width;
    case PAWL_LANGUAGE_MODEL_BEGIN_ID:
      return info.begin_id;
    default:
      return -1;
  }
}

int32_t pawl_language_model_logits(pawl_context* context, pawl_language_model* model,
                                   const int32_t* ids, size_t count,
                                   pawl_tensor** logits) noexcept {
  return RunModel(context, model, ids, count, logits, &LanguageModel::Logits);
}

int32_t pawl_language_model_continue(pawl_context* context, pawl_language_model* model,
                                     const int32_t* ids, size_t count,
                                     pawl_tensor** logits) noexcept {
  return RunModel(context, model, ids, count, logits, &LanguageModel::Continue);
}

void pawl_language_model_restart(pawl_language_model* model) noexcept {
  if (model != nullptr) model->model->Restart();
}

int32_t pawl_language_model_hidden(pawl_context* context, pawl_language_model* model,
                                   const int32_t* ids, size_t count, const int64_t* lengths,
                                   size_t sequences, pawl_tensor** states) noexcept {
  return Make(context, states, [&](Context& c) -> absl::StatusOr<Tensor> {
    PAWL_NEED(model);
    PAWL_NEED_ARRAY(ids, count);
    PAWL_NEED_ARRAY(lengths, sequences);
    return Copy(model->model->Hidden(absl::MakeConstSpan(ids, count),
                                     absl::MakeConstSpan(lengths, sequences), c));
  });
}

int32_t pawl_eval_run(pawl_context* context, pawl_language_model* model,
                      pawl_language_model* reference, const int32_t* ids, size_t count,
                      const pawl_options* options, pawl_eval** eval) noexcept {
  if (eval != nullptr) *eval = nullptr;
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(model);
    PAWL_NEED_ARRAY(ids, count);
    PAWL_NEED(eval);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_EVAL));
    pawl::EvalOptions wanted;
    TakeInt(options, PAWL_OPT_EVAL_CONTEXT, &wanted.context);
    TakeInt(options, PAWL_OPT_EVAL_STRIDE, &wanted.stride);
    TakeInt(options, PAWL_OPT_EVAL_MAX_IDS, &wanted.max_ids);
    auto handle = std::make_unique<pawl_eval>();
    PAWL_ASSIGN_OR_RETURN(
        handle->result,
        pawl::Evaluate(*model->model, reference == nullptr ? nullptr : reference->model.get(),
                       absl::MakeConstSpan(ids, count), wanted, c));
    handle->json = handle->result.ToJson();
    handle->text = handle->result.ToText();
    *eval = handle.release();
    return absl::OkStatus();
  });
}

void pawl_eval_destroy(pawl_eval* eval) noexcept { delete eval; }

double pawl_eval_get(const pawl_eval* eval, int32_t figure) noexcept {
  return eval == nullptr ? kNone : EvalFigure(eval->result, figure);
}

const char* pawl_eval_json(const pawl_eval* eval) noexcept {
  return eval == nullptr ? "" : eval->json.c_str();
}

const char* pawl_eval_text(const pawl_eval* eval) noexcept {
  return eval == nullptr ? "" : eval->text.c_str();
}

int32_t pawl_language_model_export(pawl_context* context, const char* model_file,
                                   const char* config_file, const char* output,
                                   int32_t format) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(model_file);
    PAWL_NEED(config_file);
    PAWL_NEED(output);
    if (format < PAWL_EXPORT_GPTQ || format > PAWL_EXPORT_BITSANDBYTES) {
      return absl::InvalidArgumentError(
          absl::StrCat("format ", format, " is no pawl_export_format"));
    }
    return pawl::ExportModel(model_file, config_file, output, static_cast<CheckpointFormat>(format))
        .status();
  });
}

int32_t pawl_language_model_rotate(pawl_context* context, const char* folder, const char* output,
                                   int32_t parts, uint64_t seed) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(folder);
    PAWL_NEED(output);
    if (parts < PAWL_ROTATED_ALL || parts > PAWL_ROTATED_HEADS) {
      return absl::InvalidArgumentError(absl::StrCat("parts ", parts, " is no pawl_rotated"));
    }
    pawl::RotateOptions options;
    options.seed = seed;
    options.stream = parts != PAWL_ROTATED_HEADS;
    options.heads = parts != PAWL_ROTATED_STREAM;
    return pawl::RotateModel(folder, output, options, c).status();
  });
}

}  // extern "C"
