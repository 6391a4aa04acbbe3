// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The entries of methods and language models where the core profile lacks them.

#include <limits>

#include "capi/core_profile.h"

using pawl::capi::Missing;

extern "C" {

int32_t pawl_moments_create(pawl_context* context, size_t, pawl_moments** moments) noexcept {
  return Missing(context, moments);
}
void pawl_moments_destroy(pawl_moments*) noexcept {}
int32_t pawl_moments_add(pawl_context* context, pawl_moments*, const pawl_tensor*) noexcept {
  return Missing(context);
}
int32_t pawl_moments_add_pair(pawl_context* context, pawl_moments*, const pawl_tensor*,
                              const pawl_tensor*) noexcept {
  return Missing(context);
}
int32_t pawl_moments_add_missing(pawl_context* context, pawl_moments*, const pawl_tensor*,
                                 const pawl_tensor*) noexcept {
  return Missing(context);
}
int32_t pawl_moments_merge(pawl_context* context, pawl_moments*, const pawl_moments*) noexcept {
  return Missing(context);
}
size_t pawl_moments_columns(const pawl_moments*) noexcept { return 0; }
size_t pawl_moments_samples(const pawl_moments*) noexcept { return 0; }
int32_t pawl_moments_importance(pawl_context* context, const pawl_moments*,
                                pawl_tensor** importance) noexcept {
  return Missing(context, importance);
}
int32_t pawl_moments_output_error(pawl_context* context, const pawl_moments*, const pawl_tensor*,
                                  const pawl_tensor*, double*) noexcept {
  return Missing(context);
}
int32_t pawl_factor_create(pawl_context* context, const pawl_moments*, const pawl_options*,
                           pawl_factor** factor) noexcept {
  return Missing(context, factor);
}
void pawl_factor_destroy(pawl_factor*) noexcept {}
int32_t pawl_gptq(pawl_context* context, const pawl_tensor*, const pawl_scheme*, const pawl_factor*,
                  const pawl_options*, double*, size_t,
                  pawl_quantized_tensor** quantized) noexcept {
  return Missing(context, quantized);
}
int32_t pawl_correct_for_inputs(pawl_context* context, const pawl_tensor*, const pawl_moments*,
                                const pawl_factor*, double, pawl_tensor** corrected) noexcept {
  return Missing(context, corrected);
}
int32_t pawl_prune_magnitude(pawl_context* context, const pawl_tensor*, const pawl_options*,
                             double*, size_t, pawl_tensor** pruned) noexcept {
  return Missing(context, pruned);
}
int32_t pawl_sparse_gpt(pawl_context* context, const pawl_tensor*, const pawl_factor*,
                        const pawl_options*, double*, size_t, pawl_tensor** pruned) noexcept {
  return Missing(context, pruned);
}
int32_t pawl_awq(pawl_context* context, const pawl_tensor*, const pawl_tensor*, const pawl_scheme*,
                 const pawl_options*, double*, size_t, pawl_quantized_tensor** quantized) noexcept {
  return Missing(context, quantized);
}
int32_t pawl_awq_scales(pawl_context* context, const pawl_tensor* const*, size_t,
                        const pawl_tensor*, const pawl_scheme*, const pawl_options*, double*,
                        size_t, pawl_tensor** scales) noexcept {
  return Missing(context, scales);
}
int32_t pawl_awq_clip(pawl_context* context, const pawl_tensor*, const pawl_tensor*,
                      const pawl_scheme*, const pawl_options*, pawl_tensor** clipped) noexcept {
  return Missing(context, clipped);
}
int32_t pawl_smooth_quant_scales(pawl_context* context, const pawl_tensor* const*, size_t,
                                 const float*, size_t, double, pawl_tensor** scales) noexcept {
  return Missing(context, scales);
}
int32_t pawl_scale_columns(pawl_context* context, const pawl_tensor*, const float*, size_t,
                           pawl_tensor** scaled) noexcept {
  return Missing(context, scaled);
}
int32_t pawl_hqq(pawl_context* context, const pawl_tensor*, const pawl_scheme*, const pawl_options*,
                 double*, size_t, pawl_quantized_tensor** quantized) noexcept {
  return Missing(context, quantized);
}
int32_t pawl_search_blocks(pawl_context* context, const pawl_tensor*, const pawl_scheme*,
                           const pawl_options*, double*, size_t,
                           pawl_quantized_tensor** quantized) noexcept {
  return Missing(context, quantized);
}
int32_t pawl_language_model_open(pawl_context* context, const char*, const pawl_options*,
                                 pawl_language_model** model) noexcept {
  return Missing(context, model);
}
void pawl_language_model_destroy(pawl_language_model*) noexcept {}
const char* pawl_language_model_architecture(const pawl_language_model*) noexcept { return ""; }
int64_t pawl_language_model_get(const pawl_language_model*, int32_t) noexcept { return -1; }
int32_t pawl_language_model_logits(pawl_context* context, pawl_language_model*, const int32_t*,
                                   size_t, pawl_tensor** logits) noexcept {
  return Missing(context, logits);
}
int32_t pawl_language_model_continue(pawl_context* context, pawl_language_model*, const int32_t*,
                                     size_t, pawl_tensor** logits) noexcept {
  return Missing(context, logits);
}
void pawl_language_model_restart(pawl_language_model*) noexcept {}
int32_t pawl_language_model_hidden(pawl_context* context, pawl_language_model*, const int32_t*,
                                   size_t, const int64_t*, size_t, pawl_tensor** states) noexcept {
  return Missing(context, states);
}
int32_t pawl_eval_run(pawl_context* context, pawl_language_model*, pawl_language_model*,
                      const int32_t*, size_t, const pawl_options*, pawl_eval** eval) noexcept {
  return Missing(context, eval);
}
void pawl_eval_destroy(pawl_eval*) noexcept {}
double pawl_eval_get(const pawl_eval*, int32_t) noexcept {
  return std::numeric_limits<double>::quiet_NaN();
}
const char* pawl_eval_json(const pawl_eval*) noexcept { return ""; }
const char* pawl_eval_text(const pawl_eval*) noexcept { return ""; }
int32_t pawl_language_model_export(pawl_context* context, const char*, const char*, const char*,
                                   int32_t) noexcept {
  return Missing(context);
}

int32_t pawl_language_model_rotate(pawl_context* context, const char*, const char*, int32_t,
                                   uint64_t) noexcept {
  return Missing(context);
}

}  // extern "C"
