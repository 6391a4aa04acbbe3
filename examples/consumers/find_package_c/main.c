/* Copyright 2026 The Pawl Authors.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Quantizes a small matrix through the C ABI and multiplies with it. */

#include <pawl.h>
#include <stdio.h>

int main(void) {
  const int64_t shape[2] = {2, 4};
  const float weights[8] = {1, -2, 3, -4, 4, 3, 2, 1};
  const float x[4] = {1, 1, 1, 1};
  float y[2] = {0, 0};
  pawl_context* context = NULL;
  pawl_scheme* scheme = NULL;
  pawl_tensor* tensor = NULL;
  pawl_quantized_tensor* quantized = NULL;
  pawl_linear* linear = NULL;
  int32_t status = pawl_context_create(NULL, &context);
  if (status == PAWL_OK) status = pawl_scheme_parse(context, "int8", &scheme);
  if (status == PAWL_OK) {
    status = pawl_tensor_view(context, PAWL_DTYPE_F32, shape, 2, weights, sizeof weights, NULL,
                              NULL, &tensor);
  }
  if (status == PAWL_OK) {
    status = pawl_quantize(context, tensor, scheme, NULL, NULL, 0, &quantized);
  }
  if (status == PAWL_OK) status = pawl_linear_create(context, quantized, NULL, &linear);
  if (status == PAWL_OK) {
    status = pawl_linear_run(context, linear, 1, x, PAWL_DTYPE_F32, 0, y, PAWL_DTYPE_F32, 0);
  }
  printf("pawl %s: %s %s, y = %g %g\n", pawl_version_string(), pawl_status_name(status),
         pawl_context_last_error(context), y[0], y[1]);
  pawl_linear_destroy(linear);
  pawl_quantized_tensor_destroy(quantized);
  pawl_tensor_destroy(tensor);
  pawl_scheme_destroy(scheme);
  pawl_context_destroy(context);
  /* The exact sums are -2 and 10; the largest weight of a row is 127 steps. */
  return status != PAWL_OK || y[0] < -2.1f || y[0] > -1.9f || y[1] < 9.9f || y[1] > 10.1f;
}
