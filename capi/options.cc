// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "capi/options.h"

#include <cfloat>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"

namespace pawl::capi {
namespace {

struct OptionInfo {
  int32_t id = 0;
  int32_t kind = 0;
  int32_t type = 0;
  const char* name = "";
  int64_t int_min = 0;
  int64_t int_max = 0;
  double double_min = 0.0;
  double double_max = 0.0;
};

constexpr OptionInfo Int(int32_t id, int32_t kind, const char* name, int64_t min, int64_t max) {
  return OptionInfo{id, kind, PAWL_OPTION_INT, name, min, max, 0.0, 0.0};
}
constexpr OptionInfo Double(int32_t id, int32_t kind, const char* name, double min, double max) {
  return OptionInfo{id, kind, PAWL_OPTION_DOUBLE, name, 0, 0, min, max};
}
constexpr OptionInfo Other(int32_t id, int32_t kind, int32_t type, const char* name) {
  return OptionInfo{id, kind, type, name, 0, 0, 0.0, 0.0};
}

constexpr int64_t kInt32Min = std::numeric_limits<int32_t>::min();
constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();
constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();
constexpr int64_t kMaxCode = int64_t{1} << 20;
constexpr int64_t kLastDType = PAWL_DTYPE_E8M0;
constexpr double kScaleMin = 1.0 / (1ull << 50) / (1ull << 50);  // 2^-100
constexpr double kScaleMax = 1.0 / kScaleMin;
constexpr double kBelowOne = 1.0 - DBL_EPSILON / 2.0;

// One line an option. A further option is a line here, one in pawl.h, one in constants.cc, and one
// where its kind is read.
constexpr OptionInfo kOptions[] = {
    Int(PAWL_OPT_THREADS, PAWL_OPTIONS_CONTEXT, "threads", 0, 1024),
    Other(PAWL_OPT_TARGET, PAWL_OPTIONS_CONTEXT, PAWL_OPTION_STRING, "target"),
    Int(PAWL_OPT_SPIN_MICROSECONDS, PAWL_OPTIONS_CONTEXT, "spin_microseconds", 0, 100),

    Int(PAWL_OPT_RANGE_METHOD, PAWL_OPTIONS_QUANTIZE, "range_method", 0, PAWL_RANGE_SCALE_SEARCH),
    Double(PAWL_OPT_PERCENTILE, PAWL_OPTIONS_QUANTIZE, "percentile", DBL_MIN, 100.0),
    Other(PAWL_OPT_IMPORTANCE, PAWL_OPTIONS_QUANTIZE, PAWL_OPTION_FLOATS, "importance"),
    Int(PAWL_OPT_KMEANS_ITERATIONS, PAWL_OPTIONS_QUANTIZE, "kmeans_iterations", 1, 1000000),
    Other(PAWL_OPT_OUTLIER_COLUMNS, PAWL_OPTIONS_QUANTIZE, PAWL_OPTION_INTS, "outlier_columns"),
    Other(PAWL_OPT_GROUP_INDEX, PAWL_OPTIONS_QUANTIZE, PAWL_OPTION_INTS, "group_index"),
    Other(PAWL_OPT_INPUT_SCALE, PAWL_OPTIONS_QUANTIZE, PAWL_OPTION_FLOATS, "input_scale"),
    Int(PAWL_OPT_ROTATION_SEED, PAWL_OPTIONS_QUANTIZE, "rotation_seed", 0, kInt64Max),

    Int(PAWL_OPT_OBSERVER_KIND, PAWL_OPTIONS_OBSERVER, "observer_kind", 0, PAWL_OBSERVER_HISTOGRAM),
    Int(PAWL_OPT_PER_CHANNEL, PAWL_OPTIONS_OBSERVER, "per_channel", 0, 1),
    Int(PAWL_OPT_AXIS, PAWL_OPTIONS_OBSERVER, "axis", -64, 63),
    Int(PAWL_OPT_BINS, PAWL_OPTIONS_OBSERVER, "bins", 128, 16384),
    Double(PAWL_OPT_MOMENTUM, PAWL_OPTIONS_OBSERVER, "momentum", DBL_MIN, 1.0),

    Int(PAWL_OPT_OBSERVER_RANGE, PAWL_OPTIONS_RANGE, "observer_range", 0, PAWL_OBSERVER_RANGE_MSE),
    Double(PAWL_OPT_OBSERVER_PERCENTILE, PAWL_OPTIONS_RANGE, "observer_percentile", DBL_MIN, 100.0),
    Int(PAWL_OPT_MIN_CODE, PAWL_OPTIONS_RANGE, "min_code", -kMaxCode, kMaxCode),
    Int(PAWL_OPT_MAX_CODE, PAWL_OPTIONS_RANGE, "max_code", -kMaxCode, kMaxCode),
    Int(PAWL_OPT_SYMMETRIC, PAWL_OPTIONS_RANGE, "symmetric", 0, 1),

    Int(PAWL_OPT_LINEAR_MODE, PAWL_OPTIONS_LINEAR, "linear_mode", 0, PAWL_LINEAR_INTEGER_ONLY),
    Other(PAWL_OPT_NAME, PAWL_OPTIONS_LINEAR, PAWL_OPTION_STRING, "name"),
    Int(PAWL_OPT_ACTIVATION_GROUPS, PAWL_OPTIONS_LINEAR, "activation_groups", 0,
        PAWL_ACTIVATION_PER_TOKEN_AND_GROUP),
    Int(PAWL_OPT_FUSED_ACTIVATION, PAWL_OPTIONS_LINEAR, "fused_activation", 0,
        PAWL_FUSED_HARD_SWISH),
    Other(PAWL_OPT_BIAS, PAWL_OPTIONS_LINEAR, PAWL_OPTION_TENSOR, "bias"),
    Int(PAWL_OPT_ACTIVATION_DTYPE, PAWL_OPTIONS_LINEAR, "activation_dtype", 0, kLastDType),
    Double(PAWL_OPT_ACTIVATION_SCALE, PAWL_OPTIONS_LINEAR, "activation_scale", kScaleMin,
           kScaleMax),
    Int(PAWL_OPT_ACTIVATION_ZERO_POINT, PAWL_OPTIONS_LINEAR, "activation_zero_point", kInt32Min,
        kInt32Max),
    Int(PAWL_OPT_OUTPUT_DTYPE, PAWL_OPTIONS_LINEAR, "output_dtype", 0, kLastDType),
    Double(PAWL_OPT_OUTPUT_SCALE, PAWL_OPTIONS_LINEAR, "output_scale", kScaleMin, kScaleMax),
    Int(PAWL_OPT_OUTPUT_ZERO_POINT, PAWL_OPTIONS_LINEAR, "output_zero_point", kInt32Min, kInt32Max),
    Int(PAWL_OPT_ROUNDING, PAWL_OPTIONS_LINEAR, "rounding", 0, PAWL_ROUNDING_SINGLE),
    Other(PAWL_OPT_MULTIPLIERS, PAWL_OPTIONS_LINEAR, PAWL_OPTION_INTS, "multipliers"),
    Int(PAWL_OPT_RELEASE_CANONICAL, PAWL_OPTIONS_LINEAR, "release_canonical", 0, 1),
    Int(PAWL_OPT_ROUND_LEVELS, PAWL_OPTIONS_LINEAR, "round_levels", 0, 1),
    Int(PAWL_OPT_LINEAR_COMPUTE, PAWL_OPTIONS_LINEAR, "linear_compute", 0, PAWL_COMPUTE_BF16),

    Other(PAWL_OPT_INPUT, PAWL_OPTIONS_JOB, PAWL_OPTION_STRING, "input"),
    Other(PAWL_OPT_OUTPUT, PAWL_OPTIONS_JOB, PAWL_OPTION_STRING, "output"),
    Other(PAWL_OPT_CALIBRATION, PAWL_OPTIONS_JOB, PAWL_OPTION_STRING, "calibration"),
    Int(PAWL_OPT_DRY_RUN, PAWL_OPTIONS_JOB, "dry_run", 0, 1),
    Int(PAWL_OPT_MAX_MEMORY, PAWL_OPTIONS_JOB, "max_memory", 0, kInt64Max),
    Int(PAWL_OPT_RESUME, PAWL_OPTIONS_JOB, "resume", 0, 1),
    Int(PAWL_OPT_CHECKPOINT_BYTES, PAWL_OPTIONS_JOB, "checkpoint_bytes", 0, kInt64Max),
    Other(PAWL_OPT_CALIBRATION_IDS, PAWL_OPTIONS_JOB, PAWL_OPTION_INTS, "calibration_ids"),
    Int(PAWL_OPT_CALIBRATION_CONTEXT, PAWL_OPTIONS_JOB, "calibration_context", 0, kInt32Max),
    Other(PAWL_OPT_IMATRIX, PAWL_OPTIONS_JOB, PAWL_OPTION_STRING, "imatrix"),
    Other(PAWL_OPT_IMATRIX_OUTPUT, PAWL_OPTIONS_JOB, PAWL_OPTION_STRING, "imatrix_output"),

    Int(PAWL_OPT_CONV_CHANNELS, PAWL_OPTIONS_CONV, "conv_channels", 1, kMaxCode),
    Int(PAWL_OPT_CONV_GROUPS, PAWL_OPTIONS_CONV, "conv_groups", 1, kMaxCode),
    Other(PAWL_OPT_CONV_KERNEL, PAWL_OPTIONS_CONV, PAWL_OPTION_INTS, "conv_kernel"),
    Other(PAWL_OPT_CONV_STRIDES, PAWL_OPTIONS_CONV, PAWL_OPTION_INTS, "conv_strides"),
    Other(PAWL_OPT_CONV_DILATIONS, PAWL_OPTIONS_CONV, PAWL_OPTION_INTS, "conv_dilations"),
    Other(PAWL_OPT_CONV_PADS, PAWL_OPTIONS_CONV, PAWL_OPTION_INTS, "conv_pads"),
    Int(PAWL_OPT_IMAGE_LAYOUT, PAWL_OPTIONS_CONV, "image_layout", 0, PAWL_IMAGE_NHWC),

    Int(PAWL_OPT_RUN_MEMORY, PAWL_OPTIONS_EXECUTOR, "run_memory", 0, kInt64Max),
    Int(PAWL_OPT_FUSE, PAWL_OPTIONS_EXECUTOR, "fuse", 0, 1),
    Int(PAWL_OPT_KEEP_OBSERVED, PAWL_OPTIONS_EXECUTOR, "keep_observed", 0, 1),

    Other(PAWL_OPT_GRAPH_INPUT, PAWL_OPTIONS_GRAPH_JOB, PAWL_OPTION_STRING, "graph_input"),
    Other(PAWL_OPT_GRAPH_OUTPUT, PAWL_OPTIONS_GRAPH_JOB, PAWL_OPTION_STRING, "graph_output"),
    Other(PAWL_OPT_GRAPH_CALIBRATION, PAWL_OPTIONS_GRAPH_JOB, PAWL_OPTION_STRING,
          "graph_calibration"),
    Int(PAWL_OPT_GRAPH_MODE, PAWL_OPTIONS_GRAPH_JOB, "graph_mode", 0, PAWL_GRAPH_FLOAT16),
    Int(PAWL_OPT_GRAPH_TARGET, PAWL_OPTIONS_GRAPH_JOB, "graph_target", 0, PAWL_GRAPH_FOR_TENSORRT),
    Int(PAWL_OPT_GRAPH_FORMAT, PAWL_OPTIONS_GRAPH_JOB, "graph_format", 0, PAWL_GRAPH_QOPERATOR),
    Int(PAWL_OPT_GRAPH_CHECK_SAMPLES, PAWL_OPTIONS_GRAPH_JOB, "graph_check_samples", 1, kInt32Max),
    Double(PAWL_OPT_GRAPH_MAX_DROP, PAWL_OPTIONS_GRAPH_JOB, "graph_max_drop", -1.0, 1e9),
    Other(PAWL_OPT_GRAPH_METRIC, PAWL_OPTIONS_GRAPH_JOB, PAWL_OPTION_STRING, "graph_metric"),
    Int(PAWL_OPT_GRAPH_DRY_RUN, PAWL_OPTIONS_GRAPH_JOB, "graph_dry_run", 0, 1),
    Int(PAWL_OPT_GRAPH_RUN_MEMORY, PAWL_OPTIONS_GRAPH_JOB, "graph_run_memory", 0, kInt64Max),
    Int(PAWL_OPT_RANGE_SEARCH, PAWL_OPTIONS_GRAPH_JOB, "range_search", 0, PAWL_PASS_AUTO),
    Int(PAWL_OPT_CLIP_SEARCH, PAWL_OPTIONS_GRAPH_JOB, "clip_search", 0, PAWL_PASS_AUTO),
    Int(PAWL_OPT_BIAS_CORRECTION, PAWL_OPTIONS_GRAPH_JOB, "bias_correction", 0, PAWL_PASS_AUTO),
    Int(PAWL_OPT_EQUALIZE, PAWL_OPTIONS_GRAPH_JOB, "equalize", 0, PAWL_PASS_AUTO),
    Int(PAWL_OPT_SMOOTH_QUANT, PAWL_OPTIONS_GRAPH_JOB, "smooth_quant", 0, PAWL_PASS_AUTO),
    Double(PAWL_OPT_SMOOTH_ALPHA, PAWL_OPTIONS_GRAPH_JOB, "smooth_alpha", 0.0, 1.0),
    Int(PAWL_OPT_FITTED_ROUNDING, PAWL_OPTIONS_GRAPH_JOB, "fitted_rounding", 0, PAWL_PASS_AUTO),

    Double(PAWL_OPT_DAMPING, PAWL_OPTIONS_FACTOR, "damping", 0.0, 1e9),
    Int(PAWL_OPT_BY_ACTIVATION, PAWL_OPTIONS_FACTOR, "by_activation", 0, 1),

    Int(PAWL_OPT_GPTQ_RANGE, PAWL_OPTIONS_GPTQ, "gptq_range", 0, PAWL_RANGE_SCALE_SEARCH),
    Double(PAWL_OPT_GPTQ_PERCENTILE, PAWL_OPTIONS_GPTQ, "gptq_percentile", DBL_MIN, 100.0),
    Int(PAWL_OPT_GPTQ_KMEANS_ITERATIONS, PAWL_OPTIONS_GPTQ, "gptq_kmeans_iterations", 1, 1000000),
    Int(PAWL_OPT_GPTQ_WEIGHTED_RANGE, PAWL_OPTIONS_GPTQ, "gptq_weighted_range", 0, 1),
    Int(PAWL_OPT_GPTQ_STATIC_GROUPS, PAWL_OPTIONS_GPTQ, "gptq_static_groups", 0, 1),
    Double(PAWL_OPT_GPTQ_SPARSITY, PAWL_OPTIONS_GPTQ, "gptq_sparsity", 0.0, kBelowOne),
    Int(PAWL_OPT_GPTQ_ZEROS, PAWL_OPTIONS_GPTQ, "gptq_zeros", 0, 15),
    Int(PAWL_OPT_GPTQ_ZEROS_OF, PAWL_OPTIONS_GPTQ, "gptq_zeros_of", 0, 16),

    Double(PAWL_OPT_SPARSITY, PAWL_OPTIONS_PRUNING, "sparsity", 0.0, kBelowOne),
    Int(PAWL_OPT_ZEROS, PAWL_OPTIONS_PRUNING, "zeros", 0, 15),
    Int(PAWL_OPT_ZEROS_OF, PAWL_OPTIONS_PRUNING, "zeros_of", 0, 16),

    Int(PAWL_OPT_AWQ_RATIOS, PAWL_OPTIONS_AWQ, "awq_ratios", 1, 1000),
    Int(PAWL_OPT_AWQ_DUO_SCALING, PAWL_OPTIONS_AWQ, "awq_duo_scaling", 0, 1),
    Int(PAWL_OPT_AWQ_CLIP, PAWL_OPTIONS_AWQ, "awq_clip", 0, 1),
    Int(PAWL_OPT_AWQ_CLIP_STEPS, PAWL_OPTIONS_AWQ, "awq_clip_steps", 1, 20),
    Int(PAWL_OPT_AWQ_MAX_SAMPLES, PAWL_OPTIONS_AWQ, "awq_max_samples", 1, kInt64Max),
    Int(PAWL_OPT_AWQ_RANGE, PAWL_OPTIONS_AWQ, "awq_range", 0, PAWL_RANGE_SCALE_SEARCH),

    Double(PAWL_OPT_HQQ_NORM, PAWL_OPTIONS_HQQ, "hqq_norm", DBL_MIN, 1.0),
    Double(PAWL_OPT_HQQ_BETA, PAWL_OPTIONS_HQQ, "hqq_beta", DBL_MIN, 1e9),
    Double(PAWL_OPT_HQQ_KAPPA, PAWL_OPTIONS_HQQ, "hqq_kappa", DBL_MIN, 1e9),
    Int(PAWL_OPT_HQQ_ITERATIONS, PAWL_OPTIONS_HQQ, "hqq_iterations", 0, 100000),

    Other(PAWL_OPT_BLOCK_IMPORTANCE, PAWL_OPTIONS_BLOCK_SEARCH, PAWL_OPTION_FLOATS,
          "block_importance"),
    Int(PAWL_OPT_BLOCK_MAGNITUDE_WEIGHTS, PAWL_OPTIONS_BLOCK_SEARCH, "block_magnitude_weights", 0,
        1),
    Int(PAWL_OPT_BLOCK_ROUNDS, PAWL_OPTIONS_BLOCK_SEARCH, "block_rounds", 0, 1000),

    Int(PAWL_OPT_POSITIONS, PAWL_OPTIONS_LANGUAGE_MODEL, "positions", 0, kInt32Max),
    Int(PAWL_OPT_DYNAMIC_INT8, PAWL_OPTIONS_LANGUAGE_MODEL, "dynamic_int8", 0, 1),
    Int(PAWL_OPT_MODEL_MEMORY, PAWL_OPTIONS_LANGUAGE_MODEL, "model_memory", 0, kInt64Max),

    Int(PAWL_OPT_EVAL_CONTEXT, PAWL_OPTIONS_EVAL, "eval_context", 0, kInt32Max),
    Int(PAWL_OPT_EVAL_STRIDE, PAWL_OPTIONS_EVAL, "eval_stride", 0, kInt32Max),
    Int(PAWL_OPT_EVAL_MAX_IDS, PAWL_OPTIONS_EVAL, "eval_max_ids", 0, kInt64Max),
};

constexpr const char* kKindNames[] = {
    "",        "context", "quantize", "observer",     "range",          "linear",
    "job",     "conv",    "executor", "graph job",    "factor",         "gptq",
    "pruning", "awq",     "hqq",      "block search", "language model", "eval"};
static_assert(std::size(kKindNames) == PAWL_OPTIONS_EVAL + 1);
constexpr const char* kTypeNames[] = {"", "int", "double", "string", "ints", "floats", "tensor"};

const OptionInfo* FindOption(int32_t id) {
  for (const OptionInfo& info : kOptions) {
    if (info.id == id) return &info;
  }
  return nullptr;
}

absl::Status CheckOption(const pawl_options& options, int32_t id, int32_t type) {
  const OptionInfo* info = FindOption(id);
  if (info == nullptr) return absl::InvalidArgumentError(absl::StrCat("no option has id ", id));
  if (info->kind != options.kind) {
    return absl::InvalidArgumentError(absl::StrCat("option ", info->name, " is one of '",
                                                   kKindNames[info->kind], "', these are of '",
                                                   kKindNames[options.kind], "'"));
  }
  if (info->type != type) {
    return absl::InvalidArgumentError(absl::StrCat(
        "option ", info->name, " is of type ", kTypeNames[info->type], ", not ", kTypeNames[type]));
  }
  return absl::OkStatus();
}

template <typename T>
absl::Status CheckBounds(const OptionInfo& info, T value, T min, T max) {
  if (value >= min && value <= max) return absl::OkStatus();  // NaN is in no bounds
  return absl::OutOfRangeError(
      absl::StrCat("option ", info.name, " is ", value, "; it must be ", min, " to ", max));
}

template <typename V>
int32_t Set(pawl_options* options, int32_t id, int32_t type, V&& make_value) noexcept {
  if (options == nullptr) return PAWL_INVALID_ARGUMENT;
  return Record(options->last, [&]() -> absl::Status {
    PAWL_RETURN_IF_ERROR(CheckOption(*options, id, type));
    PAWL_ASSIGN_OR_RETURN(auto value, make_value(*FindOption(id)));
    options->values.insert_or_assign(id, std::move(value));
    return absl::OkStatus();
  });
}

template <typename Function, typename Field>
int32_t SetCallback(pawl_options* options, Function function, void* user, Field function_field,
                    void* pawl_options::*user_field) noexcept {
  if (options == nullptr) return PAWL_INVALID_ARGUMENT;
  if (options->kind != PAWL_OPTIONS_CONTEXT) {
    return options->last.Fixed(PAWL_INVALID_ARGUMENT, "callbacks are options of 'context'");
  }
  options->*function_field = function;
  options->*user_field = user;
  return options->last.Fixed(PAWL_OK, "");
}

}  // namespace

absl::Status CheckKind(const pawl_options* options, int32_t kind) {
  if (options == nullptr || options->kind == kind) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the options are of '", kKindNames[options->kind],
                                                 "', not of '", kKindNames[kind], "'"));
}

}  // namespace pawl::capi

using pawl::capi::FindOption;
using pawl::capi::OptionInfo;
using pawl::capi::Set;
using Value = pawl_options::Value;

extern "C" {

int32_t pawl_options_create(int32_t kind, pawl_options** options) noexcept {
  if (options == nullptr) return PAWL_INVALID_ARGUMENT;
  *options = nullptr;
  if (kind < PAWL_OPTIONS_CONTEXT || kind > PAWL_OPTIONS_EVAL) return PAWL_INVALID_ARGUMENT;
  auto* made = new (std::nothrow) pawl_options;
  if (made == nullptr) return PAWL_RESOURCE_EXHAUSTED;
  made->kind = kind;
  *options = made;
  return PAWL_OK;
}

void pawl_options_destroy(pawl_options* options) noexcept { delete options; }

const char* pawl_options_last_error(const pawl_options* options) noexcept {
  return options == nullptr ? "" : options->last.message();
}

int32_t pawl_options_set_int(pawl_options* options, int32_t option, int64_t value) noexcept {
  return Set(options, option, PAWL_OPTION_INT,
             [&](const OptionInfo& info) -> absl::StatusOr<Value> {
               PAWL_RETURN_IF_ERROR(CheckBounds(info, value, info.int_min, info.int_max));
               return Value(value);
             });
}

int32_t pawl_options_set_double(pawl_options* options, int32_t option, double value) noexcept {
  return Set(options, option, PAWL_OPTION_DOUBLE,
             [&](const OptionInfo& info) -> absl::StatusOr<Value> {
               PAWL_RETURN_IF_ERROR(CheckBounds(info, value, info.double_min, info.double_max));
               return Value(value);
             });
}

int32_t pawl_options_set_string(pawl_options* options, int32_t option, const char* value) noexcept {
  return Set(options, option, PAWL_OPTION_STRING, [&](const OptionInfo&) -> absl::StatusOr<Value> {
    PAWL_NEED(value);
    return Value(std::string(value));
  });
}

int32_t pawl_options_set_ints(pawl_options* options, int32_t option, const int32_t* values,
                              size_t count) noexcept {
  return Set(options, option, PAWL_OPTION_INTS, [&](const OptionInfo&) -> absl::StatusOr<Value> {
    PAWL_NEED_ARRAY(values, count);
    return Value(std::vector<int32_t>(values, values + count));
  });
}

int32_t pawl_options_set_floats(pawl_options* options, int32_t option, const float* values,
                                size_t count) noexcept {
  return Set(options, option, PAWL_OPTION_FLOATS, [&](const OptionInfo&) -> absl::StatusOr<Value> {
    PAWL_NEED_ARRAY(values, count);
    return Value(std::vector<float>(values, values + count));
  });
}

int32_t pawl_options_set_tensor(pawl_options* options, int32_t option,
                                const pawl_tensor* value) noexcept {
  return Set(options, option, PAWL_OPTION_TENSOR, [&](const OptionInfo&) -> absl::StatusOr<Value> {
    PAWL_NEED(value);
    return Value(value->tensor);
  });
}

int32_t pawl_options_set_log(pawl_options* options, pawl_log_fn log, void* user) noexcept {
  return pawl::capi::SetCallback(options, log, user, &pawl_options::log, &pawl_options::log_user);
}

int32_t pawl_options_set_progress(pawl_options* options, pawl_progress_fn progress,
                                  void* user) noexcept {
  return pawl::capi::SetCallback(options, progress, user, &pawl_options::progress,
                                 &pawl_options::progress_user);
}

int32_t pawl_options_set_parallel_for(pawl_options* options, pawl_parallel_for_fn parallel_for,
                                      void* user) noexcept {
  return pawl::capi::SetCallback(options, parallel_for, user, &pawl_options::parallel_for,
                                 &pawl_options::parallel_for_user);
}

int32_t pawl_option_kind(int32_t option) noexcept {
  const OptionInfo* info = FindOption(option);
  return info == nullptr ? 0 : info->kind;
}

int32_t pawl_option_type(int32_t option) noexcept {
  const OptionInfo* info = FindOption(option);
  return info == nullptr ? 0 : info->type;
}

const char* pawl_option_name(int32_t option) noexcept {
  const OptionInfo* info = FindOption(option);
  return info == nullptr ? nullptr : info->name;
}

int32_t pawl_option_int_bounds(int32_t option, int64_t* min, int64_t* max) noexcept {
  const OptionInfo* info = FindOption(option);
  if (info == nullptr || info->type != PAWL_OPTION_INT || min == nullptr || max == nullptr) {
    return PAWL_INVALID_ARGUMENT;
  }
  *min = info->int_min;
  *max = info->int_max;
  return PAWL_OK;
}

int32_t pawl_option_double_bounds(int32_t option, double* min, double* max) noexcept {
  const OptionInfo* info = FindOption(option);
  if (info == nullptr || info->type != PAWL_OPTION_DOUBLE || min == nullptr || max == nullptr) {
    return PAWL_INVALID_ARGUMENT;
  }
  *min = info->double_min;
  *max = info->double_max;
  return PAWL_OK;
}

}  // extern "C"
