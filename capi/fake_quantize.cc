// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/fake_quantize.h"

#include "capi/shim.h"

using pawl::Context;
using pawl::FakeQuantizeParams;
using pawl::capi::Call;
using pawl::capi::ShapeOf;

namespace {

// What forward and backward have in common.
struct Arguments {
  absl::Span<const float> x;
  absl::Span<const int64_t> shape;
  FakeQuantizeParams params;
};

absl::StatusOr<Arguments> ToArguments(const float* x, const int64_t* shape, size_t rank,
                                      const float* scales, const int32_t* zero_points,
                                      size_t num_scales, int32_t axis, int32_t min_code,
                                      int32_t max_code) {
  Arguments result;
  PAWL_ASSIGN_OR_RETURN(result.shape, ShapeOf(shape, rank));
  PAWL_ASSIGN_OR_RETURN(const int64_t count, pawl::CheckedNumElements(result.shape, sizeof(float)));
  PAWL_NEED_ARRAY(x, count);
  PAWL_NEED(scales);
  result.x = {x, static_cast<size_t>(count)};
  result.params.scales = {scales, num_scales};
  if (zero_points != nullptr) result.params.zero_points = {zero_points, num_scales};
  result.params.min_code = min_code;
  result.params.max_code = max_code;
  result.params.axis = axis;
  return result;
}

}  // namespace

extern "C" {

int32_t pawl_fake_quantize(pawl_context* context, const float* x, const int64_t* shape, size_t rank,
                           const float* scales, const int32_t* zero_points, size_t num_scales,
                           int32_t axis, int32_t min_code, int32_t max_code, float* out) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_ASSIGN_OR_RETURN(const Arguments a, ToArguments(x, shape, rank, scales, zero_points,
                                                         num_scales, axis, min_code, max_code));
    PAWL_NEED_ARRAY(out, a.x.size());
    return pawl::FakeQuantize(a.x, a.shape, a.params, {out, a.x.size()});
  });
}

int32_t pawl_fake_quantize_backward(pawl_context* context, const float* x, const int64_t* shape,
                                    size_t rank, const float* scales, const int32_t* zero_points,
                                    size_t num_scales, int32_t axis, int32_t min_code,
                                    int32_t max_code, const float* grad_out, double scale_factor,
                                    float* grad_x, double* grad_scale,
                                    double* grad_zero_point) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_ASSIGN_OR_RETURN(const Arguments a, ToArguments(x, shape, rank, scales, zero_points,
                                                         num_scales, axis, min_code, max_code));
    PAWL_NEED_ARRAY(grad_out, a.x.size());
    PAWL_NEED_ARRAY(grad_x, a.x.size());
    pawl::FakeQuantizeGradients gradients;
    gradients.x = {grad_x, a.x.size()};
    if (grad_scale != nullptr) gradients.scale = {grad_scale, num_scales};
    if (grad_zero_point != nullptr) gradients.zero_point = {grad_zero_point, num_scales};
    gradients.scale_factor = scale_factor;
    return pawl::FakeQuantizeBackward(a.x, a.shape, a.params, {grad_out, a.x.size()}, gradients);
  });
}

int32_t pawl_lsq_gradient_factor(pawl_context* context, size_t count, int32_t max_code,
                                 double* factor) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(factor);
    PAWL_ASSIGN_OR_RETURN(const int64_t elements, pawl::capi::ToInt64(count, "count"));
    PAWL_ASSIGN_OR_RETURN(*factor, pawl::LsqGradientFactor(elements, max_code));
    return absl::OkStatus();
  });
}

int32_t pawl_lsq_initial_scale(pawl_context* context, const float* x, size_t count,
                               int32_t max_code, float* scale) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED_ARRAY(x, count);
    PAWL_NEED(scale);
    PAWL_ASSIGN_OR_RETURN(*scale, pawl::LsqInitialScale({x, count}, max_code));
    return absl::OkStatus();
  });
}

}  // extern "C"
