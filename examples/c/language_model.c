/* Copyright 2026 The Pawl Authors.
 * SPDX-License-Identifier: Apache-2.0
 *
 * Methods and language models in C99 through libpawl.so alone: rounds a matrix of the embedded
 * language model by GPTQ, for inputs that it is given, and to the nearest; and measures how well
 * the model predicts a text that it has not seen.
 *
 *   pawl_example_c_language_model [folder of the model]
 *
 *   cc -std=c99 language_model.c $(pkg-config --cflags --libs pawl-c)
 */

#include <pawl.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef PAWL_MODELS_DIR
#define PAWL_MODELS_DIR "examples/models"
#endif

enum { kSamples = 512, kIds = 1024, kWindow = 256 };
static const char* const kMatrix = "model.layers.0.mlp.up_proj.weight";

/* True, and the reason on the screen, if a call failed. */
static int failed(const pawl_context* context, int32_t status, const char* what) {
  if (status == PAWL_OK) return 0;
  fprintf(stderr, "%s: %s: %s\n", what, pawl_status_name(status), pawl_context_last_error(context));
  return 1;
}

static int open_matrix(pawl_context* context, const char* folder, pawl_tensor** weights) {
  pawl_model_reader* reader = NULL;
  pawl_tensor* stored = NULL;
  size_t index = 0;
  int ok = !failed(context, pawl_model_reader_open(context, folder, &reader), "open") &&
           !failed(context, pawl_model_reader_find(context, reader, kMatrix, &index), "find") &&
           !failed(context, pawl_model_reader_get(context, reader, index, &stored), "get") &&
           !failed(context, pawl_tensor_to_f32(context, stored, weights), "to f32");
  pawl_tensor_destroy(stored);
  pawl_model_reader_destroy(reader);
  return ok;
}

/* Stands for what the layers before would give: neighbours are alike, and some are large. */
static void make_inputs(float* x, size_t columns) {
  uint32_t random = 1;
  size_t s, j;
  for (s = 0; s < kSamples; ++s) {
    for (j = 0; j < columns; ++j) {
      float value;
      random = random * 1664525u + 1013904223u;
      value = (float)(random >> 8) / (float)(1 << 23) - 1.0f;
      if (j > 0) value = 0.5f * value + 0.7f * x[s * columns + j - 1];
      x[s * columns + j] = value;
    }
    for (j = 0; j < columns; j += 16) x[s * columns + j] *= 8.0f;
  }
}

static int collect(pawl_context* context, size_t columns, pawl_moments* moments) {
  const int64_t shape[2] = {kSamples, (int64_t)columns};
  const size_t bytes = kSamples * columns * sizeof(float);
  float* x = malloc(bytes);
  pawl_tensor* inputs = NULL;
  int ok = x != NULL;
  if (ok) {
    make_inputs(x, columns);
    ok = !failed(context,
                 pawl_tensor_view(context, PAWL_DTYPE_F32, shape, 2, x, bytes, NULL, NULL, &inputs),
                 "inputs") &&
         !failed(context, pawl_moments_add(context, moments, inputs), "moments");
  }
  pawl_tensor_destroy(inputs);
  free(x);
  return ok;
}

/* The mean squared error of the layer's outputs with these codes, negative where a call failed. */
static double output_error(pawl_context* context, const pawl_moments* moments,
                           const pawl_tensor* weights, const pawl_quantized_tensor* quantized) {
  const size_t count = pawl_tensor_num_elements(weights);
  float* values = malloc(count * sizeof(float));
  pawl_tensor* decoded = NULL;
  double error = -1.0;
  if (values == NULL ||
      failed(context, pawl_dequantize(context, quantized, 0, values, count), "dequantize") ||
      failed(context,
             pawl_tensor_view(context, PAWL_DTYPE_F32, pawl_tensor_shape(weights), 2, values,
                              count * sizeof(float), NULL, NULL, &decoded),
             "decoded") ||
      failed(context, pawl_moments_output_error(context, moments, weights, decoded, &error),
             "output error")) {
    error = -1.0;
  }
  pawl_tensor_destroy(decoded);
  free(values);
  return error;
}

static int round_matrix(pawl_context* context, const char* folder) {
  pawl_tensor* weights = NULL;
  pawl_scheme* scheme = NULL;
  pawl_moments* moments = NULL;
  pawl_factor* factor = NULL;
  pawl_quantized_tensor *nearest = NULL, *fitted = NULL;
  double figures[PAWL_METHOD_FIGURE_COUNT], before = -1.0, after = -1.0;
  size_t columns;
  int ok = open_matrix(context, folder, &weights);
  columns = ok ? (size_t)pawl_tensor_shape(weights)[1] : 0;
  ok = ok && !failed(context, pawl_scheme_parse(context, "int3:g32", &scheme), "scheme") &&
       !failed(context, pawl_moments_create(context, columns, &moments), "moments") &&
       collect(context, columns, moments) &&
       !failed(context, pawl_factor_create(context, moments, NULL, &factor), "factor") &&
       !failed(context, pawl_quantize(context, weights, scheme, NULL, NULL, 0, &nearest),
               "quantize") &&
       !failed(context,
               pawl_gptq(context, weights, scheme, factor, NULL, figures, PAWL_METHOD_FIGURE_COUNT,
                         &fitted),
               "gptq");
  if (ok) {
    before = output_error(context, moments, weights, nearest);
    after = output_error(context, moments, weights, fitted);
    printf("%s, %s: error of the outputs %.3g rounded to the nearest, %.3g by GPTQ (damping %g)\n",
           kMatrix, pawl_scheme_string(scheme), before, after, figures[PAWL_METHOD_FIGURE_DAMPING]);
  }
  pawl_quantized_tensor_destroy(fitted);
  pawl_quantized_tensor_destroy(nearest);
  pawl_factor_destroy(factor);
  pawl_moments_destroy(moments);
  pawl_scheme_destroy(scheme);
  pawl_tensor_destroy(weights);
  return ok && after >= 0.0 && after < before;
}

/* The first bytes of a text, which are the ids of this model. */
static int read_ids(const char* folder, int32_t* ids) {
  char path[1024];
  FILE* file;
  int i, byte = 0;
  snprintf(path, sizeof path, "%s/held_out.txt", folder);
  file = fopen(path, "rb");
  if (file == NULL) {
    fprintf(stderr, "%s cannot be read\n", path);
    return 0;
  }
  for (i = 0; i < kIds && (byte = getc(file)) != EOF; ++i) ids[i] = byte;
  fclose(file);
  return i == kIds;
}

static int evaluate(pawl_context* context, const char* folder) {
  int32_t ids[kIds];
  pawl_language_model* model = NULL;
  pawl_options* options = NULL;
  pawl_eval* eval = NULL;
  double bits = 8.0;
  int ok = read_ids(folder, ids) &&
           !failed(context, pawl_language_model_open(context, folder, NULL, &model), "open") &&
           pawl_options_create(PAWL_OPTIONS_EVAL, &options) == PAWL_OK &&
           pawl_options_set_int(options, PAWL_OPT_EVAL_CONTEXT, kWindow) == PAWL_OK &&
           !failed(context, pawl_eval_run(context, model, NULL, ids, kIds, options, &eval), "eval");
  if (ok) {
    printf("%s, %d layers, %d ids\n%s", pawl_language_model_architecture(model),
           (int)pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_LAYERS),
           (int)pawl_language_model_get(model, PAWL_LANGUAGE_MODEL_VOCABULARY),
           pawl_eval_text(eval));
    bits = pawl_eval_get(eval, PAWL_EVAL_BITS_PER_BYTE);
  }
  pawl_eval_destroy(eval);
  pawl_options_destroy(options);
  pawl_language_model_destroy(model);
  return ok && bits < 2.0;
}

int main(int argc, char** argv) {
  const char* folder = argc > 1 ? argv[1] : PAWL_MODELS_DIR "/kjv";
  pawl_context* context = NULL;
  int ok = pawl_context_create(NULL, &context) == PAWL_OK && round_matrix(context, folder) &&
           evaluate(context, folder);
  pawl_context_destroy(context);
  if (!ok) fprintf(stderr, "this is not what was expected\n");
  return ok ? 0 : 1;
}
