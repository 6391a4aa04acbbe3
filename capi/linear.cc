// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/linear.h"

#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "capi/layers.h"
#include "capi/linear_options.h"
#include "capi/options.h"
#include "capi/shim.h"

using pawl::Context;
using pawl::LinearOptions;
using pawl::QuantizedEmbedding;
using pawl::QuantizedLinear;
using pawl::capi::Call;
using pawl::capi::CheckKind;
using pawl::capi::CheckParts;
using pawl::capi::Find;
using pawl::capi::Make;
using pawl::capi::TakeDouble;
using pawl::capi::TakeInt;
using pawl::capi::ToDType;
using pawl::capi::ToInt64;
using pawl::capi::ToLinearOptions;

namespace {

using pawl::ActivationScale;
using pawl::FusedActivation;
using pawl::LinearCompute;
using pawl::LinearMode;
using pawl::RequantizeRounding;

PAWL_SAME(PAWL_LINEAR_WEIGHT_ONLY, LinearMode::kWeightOnly);
PAWL_SAME(PAWL_LINEAR_DYNAMIC_INT8, LinearMode::kDynamicInt8);
PAWL_SAME(PAWL_LINEAR_STATIC_INT8, LinearMode::kStaticInt8);
PAWL_SAME(PAWL_LINEAR_INTEGER_ONLY, LinearMode::kIntegerOnly);
PAWL_SAME(PAWL_COMPUTE_F32, LinearCompute::kF32);
PAWL_SAME(PAWL_COMPUTE_BF16, LinearCompute::kBf16);
PAWL_SAME(PAWL_ACTIVATION_PER_TOKEN, ActivationScale::kPerToken);
PAWL_SAME(PAWL_ACTIVATION_PER_TOKEN_AND_GROUP, ActivationScale::kPerTokenAndGroup);
PAWL_SAME(PAWL_FUSED_NONE, FusedActivation::kNone);
PAWL_SAME(PAWL_FUSED_RELU, FusedActivation::kRelu);
PAWL_SAME(PAWL_FUSED_RELU6, FusedActivation::kRelu6);
PAWL_SAME(PAWL_FUSED_SILU, FusedActivation::kSilu);
PAWL_SAME(PAWL_FUSED_GELU, FusedActivation::kGelu);
PAWL_SAME(PAWL_FUSED_GELU_TANH, FusedActivation::kGeluTanh);
PAWL_SAME(PAWL_FUSED_HARD_SWISH, FusedActivation::kHardSwish);
PAWL_SAME(PAWL_ROUNDING_CLASSIC, RequantizeRounding::kClassic);
PAWL_SAME(PAWL_ROUNDING_SINGLE, RequantizeRounding::kSingle);

absl::Status TakeMultipliers(const pawl_options* options, LinearOptions* result) {
  const auto* pairs = Find<std::vector<int32_t>>(options, PAWL_OPT_MULTIPLIERS);
  if (pairs == nullptr) return absl::OkStatus();
  if (pairs->size() % 2 != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("option multipliers has ", pairs->size(),
                     " numbers; it takes pairs of multiplier and shift"));
  }
  for (size_t i = 0; i < pairs->size(); i += 2) {
    result->multipliers.push_back(pawl::FixedPointMultiplier{(*pairs)[i], (*pairs)[i + 1]});
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LinearOptions> pawl::capi::ToLinearOptions(const pawl_options* options) {
  LinearOptions result;
  PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_LINEAR));
  if (const auto* name = Find<std::string>(options, PAWL_OPT_NAME)) result.name = *name;
  if (const auto* bias = Find<pawl::Tensor>(options, PAWL_OPT_BIAS)) result.bias = *bias;
  TakeInt(options, PAWL_OPT_LINEAR_MODE, &result.mode);
  TakeInt(options, PAWL_OPT_ACTIVATION_GROUPS, &result.activation_groups);
  TakeInt(options, PAWL_OPT_FUSED_ACTIVATION, &result.activation);
  TakeInt(options, PAWL_OPT_ACTIVATION_DTYPE, &result.activation_dtype);
  TakeDouble(options, PAWL_OPT_ACTIVATION_SCALE, &result.activation_scale);
  TakeInt(options, PAWL_OPT_ACTIVATION_ZERO_POINT, &result.activation_zero_point);
  TakeInt(options, PAWL_OPT_OUTPUT_DTYPE, &result.output_dtype);
  TakeDouble(options, PAWL_OPT_OUTPUT_SCALE, &result.output_scale);
  TakeInt(options, PAWL_OPT_OUTPUT_ZERO_POINT, &result.output_zero_point);
  TakeInt(options, PAWL_OPT_ROUNDING, &result.rounding);
  TakeInt(options, PAWL_OPT_RELEASE_CANONICAL, &result.release_canonical);
  TakeInt(options, PAWL_OPT_ROUND_LEVELS, &result.round_levels);
  TakeInt(options, PAWL_OPT_LINEAR_COMPUTE, &result.compute);
  PAWL_RETURN_IF_ERROR(TakeMultipliers(options, &result));
  return result;
}

namespace {

absl::StatusOr<pawl::OutputView> ToOutput(void* y, int32_t dtype, size_t rows, int64_t cols,
                                          size_t stride) {
  pawl::OutputView view;
  PAWL_ASSIGN_OR_RETURN(view.dtype, ToDType(dtype));
  PAWL_ASSIGN_OR_RETURN(view.rows, ToInt64(rows, "rows"));
  PAWL_ASSIGN_OR_RETURN(view.row_stride, ToInt64(stride, "y_stride"));
  PAWL_NEED_ARRAY(y, rows);
  view.data = y;
  view.cols = cols;
  return view;
}

absl::StatusOr<pawl::InputView> ToInput(const void* x, int32_t dtype, size_t rows, int64_t cols,
                                        size_t stride) {
  pawl::InputView view;
  PAWL_ASSIGN_OR_RETURN(view.dtype, ToDType(dtype));
  PAWL_ASSIGN_OR_RETURN(view.rows, ToInt64(rows, "rows"));
  PAWL_ASSIGN_OR_RETURN(view.row_stride, ToInt64(stride, "x_stride"));
  view.data = x;
  view.cols = cols;
  return view;
}

template <typename Index>
int32_t Lookup(pawl_context* context, const pawl_embedding* embedding, const Index* indices,
               size_t count, void* y, int32_t y_dtype, size_t y_stride) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(embedding);
    PAWL_NEED_ARRAY(indices, count);
    const QuantizedEmbedding& table = embedding->embedding;
    PAWL_ASSIGN_OR_RETURN(const pawl::OutputView out,
                          ToOutput(y, y_dtype, count, table.cols(), y_stride));
    return table.Lookup(absl::Span<const Index>(indices, count), out, c);
  });
}

int32_t ClampedInt(size_t value) {
  constexpr size_t kMax = 1 << 30;
  return static_cast<int32_t>(value < kMax ? value : kMax);
}

}  // namespace

extern "C" {

int32_t pawl_linear_create(pawl_context* context, const pawl_quantized_tensor* weights,
                           const pawl_options* options, pawl_linear** linear) noexcept {
  return Make(context, linear, [&](Context& c) -> absl::StatusOr<QuantizedLinear> {
    PAWL_NEED(weights);
    PAWL_RETURN_IF_ERROR(CheckParts(weights));
    PAWL_ASSIGN_OR_RETURN(const LinearOptions converted, ToLinearOptions(options));
    return QuantizedLinear::Create(weights->tensor, converted, &c);
  });
}

void pawl_linear_destroy(pawl_linear* linear) noexcept { delete linear; }

int32_t pawl_linear_run(pawl_context* context, const pawl_linear* linear, size_t rows,
                        const void* x, int32_t x_dtype, size_t x_stride, void* y, int32_t y_dtype,
                        size_t y_stride) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(linear);
    PAWL_NEED_ARRAY(x, rows);
    PAWL_ASSIGN_OR_RETURN(const pawl::InputView in,
                          ToInput(x, x_dtype, rows, linear->linear.in_features(), x_stride));
    PAWL_ASSIGN_OR_RETURN(const pawl::OutputView out,
                          ToOutput(y, y_dtype, rows, linear->linear.out_features(), y_stride));
    return linear->linear.Run(in, out, c);
  });
}

int32_t pawl_linear_run_group(pawl_context* context, const pawl_linear* const* linears,
                              size_t count, size_t rows, const void* x, int32_t x_dtype,
                              size_t x_stride, void* const* y, int32_t y_dtype) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED_ARRAY(linears, count);
    PAWL_NEED_ARRAY(y, count);
    PAWL_NEED_ARRAY(x, rows);
    // A run allocates nothing: these do for more layers than nets have side by side.
    absl::InlinedVector<const QuantizedLinear*, 16> layers;
    absl::InlinedVector<pawl::OutputView, 16> outputs;
    for (size_t i = 0; i < count; ++i) {
      PAWL_NEED(linears[i]);
      layers.push_back(&linears[i]->linear);
      PAWL_ASSIGN_OR_RETURN(const pawl::OutputView out,
                            ToOutput(y[i], y_dtype, rows, layers[i]->out_features(), 0));
      outputs.push_back(out);
    }
    if (count == 0) return absl::OkStatus();
    PAWL_ASSIGN_OR_RETURN(const pawl::InputView in,
                          ToInput(x, x_dtype, rows, layers[0]->in_features(), x_stride));
    return QuantizedLinear::RunGroup(layers, in, outputs, c);
  });
}

int32_t pawl_linear_shares_input(const pawl_linear* a, const pawl_linear* b) noexcept {
  return a != nullptr && b != nullptr && a->linear.SharesInput(b->linear) ? 1 : 0;
}

size_t pawl_linear_in_features(const pawl_linear* linear) noexcept {
  return linear == nullptr ? 0 : static_cast<size_t>(linear->linear.in_features());
}
size_t pawl_linear_out_features(const pawl_linear* linear) noexcept {
  return linear == nullptr ? 0 : static_cast<size_t>(linear->linear.out_features());
}
int32_t pawl_linear_get_mode(const pawl_linear* linear) noexcept {
  return linear == nullptr ? -1 : static_cast<int32_t>(linear->linear.mode());
}
const char* pawl_linear_name(const pawl_linear* linear) noexcept {
  return linear == nullptr ? nullptr : linear->linear.name().c_str();
}
size_t pawl_linear_size_bytes(const pawl_linear* linear) noexcept {
  return linear == nullptr ? 0 : linear->linear.size_bytes();
}
size_t pawl_linear_workspace_bytes(const pawl_linear* linear, size_t rows,
                                   size_t threads) noexcept {
  return linear == nullptr ? 0
                           : linear->linear.WorkspaceBytes(ClampedInt(rows), ClampedInt(threads));
}

int32_t pawl_linear_weights(pawl_context* context, const pawl_linear* linear,
                            pawl_quantized_tensor** weights) noexcept {
  return Make(context, weights, [&](Context&) -> absl::StatusOr<pawl::QuantizedTensor> {
    PAWL_NEED(linear);
    const pawl::QuantizedTensor* canonical = linear->linear.canonical();
    if (canonical == nullptr) {
      return absl::FailedPreconditionError(
          absl::StrCat("layer '", linear->linear.name(),
                       "' keeps no canonical weights: it was made with release_canonical"));
    }
    return *canonical;
  });
}

int32_t pawl_embedding_create(pawl_context* context, const pawl_quantized_tensor* table,
                              const char* name, pawl_embedding** embedding) noexcept {
  return Make(context, embedding, [&](Context&) -> absl::StatusOr<QuantizedEmbedding> {
    PAWL_NEED(table);
    PAWL_RETURN_IF_ERROR(CheckParts(table));
    return QuantizedEmbedding::Create(table->tensor, name == nullptr ? "" : name);
  });
}

void pawl_embedding_destroy(pawl_embedding* embedding) noexcept { delete embedding; }

int32_t pawl_embedding_lookup_i32(pawl_context* context, const pawl_embedding* embedding,
                                  const int32_t* indices, size_t count, void* y, int32_t y_dtype,
                                  size_t y_stride) noexcept {
  return Lookup(context, embedding, indices, count, y, y_dtype, y_stride);
}

int32_t pawl_embedding_lookup_i64(pawl_context* context, const pawl_embedding* embedding,
                                  const int64_t* indices, size_t count, void* y, int32_t y_dtype,
                                  size_t y_stride) noexcept {
  return Lookup(context, embedding, indices, count, y, y_dtype, y_stride);
}

size_t pawl_embedding_rows(const pawl_embedding* embedding) noexcept {
  return embedding == nullptr ? 0 : static_cast<size_t>(embedding->embedding.rows());
}
size_t pawl_embedding_cols(const pawl_embedding* embedding) noexcept {
  return embedding == nullptr ? 0 : static_cast<size_t>(embedding->embedding.cols());
}
int32_t pawl_embedding_table(pawl_context* context, const pawl_embedding* embedding,
                             pawl_quantized_tensor** table) noexcept {
  return Make(context, table, [&](Context&) -> absl::StatusOr<pawl::QuantizedTensor> {
    PAWL_NEED(embedding);
    return embedding->embedding.table();
  });
}
size_t pawl_embedding_workspace_bytes(const pawl_embedding* embedding, size_t threads) noexcept {
  return embedding == nullptr ? 0 : embedding->embedding.WorkspaceBytes(ClampedInt(threads));
}

}  // extern "C"
