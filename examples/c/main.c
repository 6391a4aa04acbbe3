/* Copyright 2026 The Pawl Authors.
 * SPDX-License-Identifier: Apache-2.0
 *
 * The main job in C99 through libpawl.so alone: opens a float net, calibrates its activations on
 * images, quantizes its weights into a .pawl file, loads that, and reads the held-out images with
 * static int8 layers. On the way it cancels a job and shows an error.
 *
 *   pawl_example_c [folder of the digits model] [folder to write to]
 *
 *   cc -std=c99 main.c $(pkg-config --cflags --libs pawl-c)
 */

#include <pawl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifndef PAWL_MODELS_DIR
#define PAWL_MODELS_DIR "examples/models"
#endif

enum { kLayers = 3, kMaxWidth = 256, kBatch = 64, kClasses = 10 };
typedef enum { kFloat, kFloatObserved, kInt8 } arithmetic;
static const char* const kNames[kLayers] = {"fc1", "fc2", "fc3"};

/* Everything that has to be given back, in one place: all of it may be NULL. */
typedef struct {
  pawl_context* context;
  pawl_model_reader* model;
  pawl_tensor* weights[kLayers];
  pawl_tensor* biases[kLayers];
  pawl_calibrator* calibrator;
  pawl_file_reader* file;
  pawl_linear* layers[kLayers];
} app;

/* True, and the reason on the screen, if a call failed. */
static int failed(const app* a, int32_t status, const char* what) {
  if (status == PAWL_OK) return 0;
  fprintf(stderr, "%s: %s: %s\n", what, pawl_status_name(status),
          pawl_context_last_error(a->context));
  return 1;
}

static void show_progress(void* user, const char* stage, const char* item, uint64_t done,
                          uint64_t total, const char* unit) {
  (void)user;
  printf("  %s %3d %% of %llu %s  %s\n", stage, total == 0 ? 100 : (int)(100 * done / total),
         (unsigned long long)total, unit, item);
}

static void show_log(void* user, int32_t level, const char* message) {
  (void)user;
  if (level >= PAWL_LOG_WARNING) printf("  warning: %s\n", message);
}

/* `user` is where the context will be: its progress callback is the place to cancel from, if no
 * other thread is. */
static void cancel_at_once(void* user, const char* stage, const char* item, uint64_t done,
                           uint64_t total, const char* unit) {
  (void)stage, (void)item, (void)done, (void)total, (void)unit;
  pawl_context_cancel(*(pawl_context**)user);
}

static int make_context(pawl_progress_fn progress, void* user, pawl_context** context) {
  pawl_options* options = NULL;
  int32_t status = pawl_options_create(PAWL_OPTIONS_CONTEXT, &options);
  if (status == PAWL_OK) status = pawl_options_set_int(options, PAWL_OPT_THREADS, 2);
  if (status == PAWL_OK) status = pawl_options_set_log(options, show_log, NULL);
  if (status == PAWL_OK) status = pawl_options_set_progress(options, progress, user);
  if (status == PAWL_OK) status = pawl_context_create(options, context);
  if (status != PAWL_OK) fprintf(stderr, "context: %s\n", pawl_options_last_error(options));
  pawl_options_destroy(options);
  return status == PAWL_OK;
}

static int get_tensor(app* a, const pawl_model_reader* reader, const char* name,
                      pawl_tensor** tensor) {
  size_t index = 0;
  if (failed(a, pawl_model_reader_find(a->context, reader, name, &index), name)) return 0;
  return !failed(a, pawl_model_reader_get(a->context, reader, index, tensor), name);
}

static int open_model(app* a, const char* path) {
  char name[64];
  int i;
  if (failed(a, pawl_model_reader_open(a->context, path, &a->model), "open")) return 0;
  printf("%s: %zu tensors\n", path, pawl_model_reader_count(a->model));
  for (i = 0; i < kLayers; ++i) {
    snprintf(name, sizeof name, "%s.weight", kNames[i]);
    if (!get_tensor(a, a->model, name, &a->weights[i])) return 0;
    snprintf(name, sizeof name, "%s.bias", kNames[i]);
    if (!get_tensor(a, a->model, name, &a->biases[i])) return 0;
  }
  return 1;
}

/* One float layer with relu for all but the last: what the net computed before it was quantized. */
static void float_layer(const app* a, int layer, const float* x, size_t rows, float* y) {
  const size_t out = (size_t)pawl_tensor_shape(a->weights[layer])[0];
  const size_t in = (size_t)pawl_tensor_shape(a->weights[layer])[1];
  const float* w = pawl_tensor_data(a->weights[layer]);
  const float* b = pawl_tensor_data(a->biases[layer]);
  size_t row, o, i;
  for (row = 0; row < rows; ++row) {
    for (o = 0; o < out; ++o) {
      float sum = b[o];
      for (i = 0; i < in; ++i) sum += x[row * in + i] * w[o * in + i];
      y[row * out + o] = layer + 1 < kLayers && sum < 0 ? 0 : sum;
    }
  }
}

/* A batch of images through the net, in float (showing the calibrator, if asked to, what comes into
 * each layer) or through the quantized layers. The digits' scores end up in x. */
static int run_net(app* a, arithmetic how, size_t rows, float* x, float* y) {
  int i;
  for (i = 0; i < kLayers; ++i) {
    const size_t in = (size_t)pawl_tensor_shape(a->weights[i])[1];
    int32_t status = PAWL_OK;
    if (how == kFloatObserved) {
      status = pawl_calibrator_observe_f32(a->context, a->calibrator, kNames[i], x, rows * in);
    }
    if (how != kInt8) {
      float_layer(a, i, x, rows, y);
    } else {
      status = pawl_linear_run(a->context, a->layers[i], rows, x, PAWL_DTYPE_F32, 0, y,
                               PAWL_DTYPE_F32, 0);
    }
    if (failed(a, status, kNames[i])) return 0;
    memcpy(x, y, rows * kMaxWidth * sizeof *x);
  }
  return 1;
}

/* How many images of a file the net reads right; -1 on an error. */
static int count_right(app* a, const char* path, arithmetic how, size_t* images) {
  static float x[kBatch * kMaxWidth], y[kBatch * kMaxWidth];
  pawl_model_reader* reader = NULL;
  pawl_tensor *pixels = NULL, *labels = NULL;
  int right = -1;
  size_t begin, i, j;
  if (failed(a, pawl_model_reader_open(a->context, path, &reader), "images")) return -1;
  if (get_tensor(a, reader, "images", &pixels) && get_tensor(a, reader, "labels", &labels)) {
    const uint8_t* pixel = pawl_tensor_data(pixels);
    const uint8_t* label = pawl_tensor_data(labels);
    const size_t width = (size_t)pawl_tensor_shape(pixels)[1];
    *images = pawl_tensor_num_elements(labels);
    right = 0;
    for (begin = 0; begin < *images && right >= 0; begin += kBatch) {
      const size_t rows = *images - begin < kBatch ? *images - begin : kBatch;
      for (i = 0; i < rows * width; ++i) x[i] = (float)pixel[begin * width + i] / 16.0f;
      if (!run_net(a, how, rows, x, y)) right = -1;
      for (i = 0; i < rows && right >= 0; ++i) {
        size_t best = 0;
        for (j = 1; j < kClasses; ++j) {
          if (x[i * kClasses + j] > x[i * kClasses + best]) best = j;
        }
        right += best == label[begin + i];
      }
    }
  }
  pawl_tensor_destroy(pixels);
  pawl_tensor_destroy(labels);
  pawl_model_reader_destroy(reader);
  return right;
}

/* Quantizes one tensor and prints what that costs: what a job does for each. */
static int quantize_one(app* a) {
  double error[PAWL_ERROR_COUNT] = {0};
  pawl_scheme* scheme = NULL;
  pawl_quantized_tensor* quantized = NULL;
  int ok = !failed(a, pawl_scheme_parse(a->context, "int4:g32", &scheme), "scheme") &&
           !failed(a, pawl_quantize(a->context, a->weights[0], scheme, NULL, NULL, 0, &quantized),
                   "quantize") &&
           !failed(a, pawl_compare(a->context, a->weights[0], quantized, error, PAWL_ERROR_COUNT),
                   "compare");
  if (ok) {
    printf("fc1.weight as %s: %zu bytes, %.2f bits per weight, SQNR %.1f dB\n",
           pawl_scheme_string(scheme), pawl_quantized_tensor_size_bytes(quantized),
           pawl_quantized_tensor_bits_per_weight(quantized), error[PAWL_ERROR_SQNR_DB]);
  }
  pawl_quantized_tensor_destroy(quantized);
  pawl_scheme_destroy(scheme);
  return ok;
}

/* The whole model to int8. Returns the status; the reason is in the context. */
static int32_t run_job(pawl_context* context, const char* input, const char* output) {
  pawl_options* options = NULL;
  pawl_recipe* recipe = NULL;
  pawl_job* job = NULL;
  pawl_report* report = NULL;
  int32_t status = pawl_options_create(PAWL_OPTIONS_JOB, &options);
  if (status == PAWL_OK) status = pawl_options_set_string(options, PAWL_OPT_INPUT, input);
  if (status == PAWL_OK) status = pawl_options_set_string(options, PAWL_OPT_OUTPUT, output);
  if (status == PAWL_OK) status = pawl_recipe_for_scheme(context, "int8", &recipe);
  if (status == PAWL_OK) status = pawl_job_create(context, options, recipe, &job);
  if (status == PAWL_OK) status = pawl_job_run(context, job, &report);
  if (status == PAWL_OK) printf("%s", pawl_report_text(report));
  pawl_report_destroy(report);
  pawl_job_destroy(job);
  pawl_recipe_destroy(recipe);
  pawl_options_destroy(options);
  return status;
}

/* A job that is cancelled leaves no file behind. */
static int cancelled_job(const char* input, const char* output) {
  pawl_context* context = NULL;
  int32_t status;
  FILE* file;
  if (!make_context(cancel_at_once, &context, &context)) return 0;
  status = run_job(context, input, output);
  printf("cancelled job: %s: %s\n", pawl_status_name(status), pawl_context_last_error(context));
  pawl_context_destroy(context);
  file = fopen(output, "rb");
  if (file != NULL) fclose(file);
  return status == PAWL_CANCELLED && file == NULL;
}

/* What is wrong is told in words. */
static int wrong_scheme(app* a) {
  pawl_scheme* scheme = NULL;
  const int32_t status = pawl_scheme_parse(a->context, "int4:g32:asim", &scheme);
  printf("wrong scheme: %s: %s\n", pawl_status_name(status), pawl_context_last_error(a->context));
  return status == PAWL_INVALID_ARGUMENT && scheme == NULL;
}

/* Scale and zero point of what came into a layer, for codes 0..255. */
static int32_t set_activation(app* a, int layer, pawl_options* options) {
  pawl_observer* observer = NULL;
  pawl_options* range = NULL;
  float scale = 0;
  int32_t zero_point = 0;
  int32_t status = pawl_calibrator_observer(a->context, a->calibrator, kNames[layer], &observer);
  if (status == PAWL_OK) status = pawl_options_create(PAWL_OPTIONS_RANGE, &range);
  if (status == PAWL_OK) {
    status = pawl_options_set_int(range, PAWL_OPT_OBSERVER_RANGE, PAWL_OBSERVER_RANGE_MSE);
  }
  if (status == PAWL_OK) status = pawl_options_set_int(range, PAWL_OPT_MIN_CODE, 0);
  if (status == PAWL_OK) status = pawl_options_set_int(range, PAWL_OPT_MAX_CODE, 255);
  if (status == PAWL_OK) status = pawl_options_set_int(range, PAWL_OPT_SYMMETRIC, 0);
  if (status == PAWL_OK) {
    status = pawl_observer_qparams(a->context, observer, range, &scale, &zero_point, 1);
  }
  if (status == PAWL_OK) {
    printf("%s: activations in steps of %.5f, zero point %d\n", kNames[layer], scale,
           (int)zero_point);
    status = pawl_options_set_int(options, PAWL_OPT_ACTIVATION_DTYPE, PAWL_DTYPE_U8);
  }
  if (status == PAWL_OK) {
    status = pawl_options_set_double(options, PAWL_OPT_ACTIVATION_SCALE, scale);
  }
  if (status == PAWL_OK) {
    status = pawl_options_set_int(options, PAWL_OPT_ACTIVATION_ZERO_POINT, zero_point);
  }
  pawl_options_destroy(range);
  pawl_observer_destroy(observer);
  return status;
}

/* A static int8 layer from the .pawl file. */
static int32_t make_layer(app* a, int layer) {
  char name[64];
  size_t index = 0;
  pawl_quantized_tensor* weights = NULL;
  pawl_options* options = NULL;
  int32_t status;
  snprintf(name, sizeof name, "%s.weight", kNames[layer]);
  status = pawl_file_reader_find(a->context, a->file, name, &index);
  if (status == PAWL_OK) status = pawl_file_reader_get(a->context, a->file, index, &weights);
  if (status == PAWL_OK) status = pawl_options_create(PAWL_OPTIONS_LINEAR, &options);
  if (status == PAWL_OK) status = pawl_options_set_string(options, PAWL_OPT_NAME, name);
  if (status == PAWL_OK) {
    status = pawl_options_set_int(options, PAWL_OPT_LINEAR_MODE, PAWL_LINEAR_STATIC_INT8);
  }
  if (status == PAWL_OK) {
    status = pawl_options_set_tensor(options, PAWL_OPT_BIAS, a->biases[layer]);
  }
  if (status == PAWL_OK && layer + 1 < kLayers) {
    status = pawl_options_set_int(options, PAWL_OPT_FUSED_ACTIVATION, PAWL_FUSED_RELU);
  }
  if (status == PAWL_OK) status = set_activation(a, layer, options);
  if (status == PAWL_OK) {
    status = pawl_linear_create(a->context, weights, options, &a->layers[layer]);
  }
  pawl_options_destroy(options);
  pawl_quantized_tensor_destroy(weights);
  return status;
}

static int load_layers(app* a, const char* path) {
  int i;
  if (failed(a, pawl_file_reader_open(a->context, path, &a->file), "load") ||
      failed(a, pawl_file_reader_verify(a->context, a->file), "verify")) {
    return 0;
  }
  printf("%s: %llu bytes, every hash is right\n", path,
         (unsigned long long)pawl_file_reader_file_size(a->file));
  for (i = 0; i < kLayers; ++i) {
    if (failed(a, make_layer(a, i), kNames[i])) return 0;
  }
  return 1;
}

static int run(app* a, const char* models, const char* out) {
  char model[1024], calibration[1024], test[1024], output[1024], nothing[1024];
  size_t images = 0;
  int before, after;
  snprintf(model, sizeof model, "%s/digits.safetensors", models);
  snprintf(calibration, sizeof calibration, "%s/digits_calibration.safetensors", models);
  snprintf(test, sizeof test, "%s/digits_test.safetensors", models);
  snprintf(output, sizeof output, "%s/digits_int8.pawl", out);
  snprintf(nothing, sizeof nothing, "%s/digits_cancelled.pawl", out);

  if (!open_model(a, model) || !quantize_one(a)) return 0;
  if (failed(a, pawl_calibrator_create(a->context, NULL, &a->calibrator), "calibrator")) return 0;
  if (count_right(a, calibration, kFloatObserved, &images) < 0) return 0;
  printf("calibrated on %zu images\n", images);
  if (failed(a, run_job(a->context, model, output), "job")) return 0;
  if (!load_layers(a, output)) return 0;
  before = count_right(a, test, kFloat, &images);
  after = count_right(a, test, kInt8, &images);
  if (before < 0 || after < 0) return 0;
  printf("held-out images read right: %d of %zu in float, %d in static int8\n", before, images,
         after);
  return cancelled_job(model, nothing) && wrong_scheme(a) && after * 50 >= before * 49;
}

int main(int argc, char** argv) {
  app a;
  int ok, i;
  memset(&a, 0, sizeof a);
  printf("pawl %s, ABI %u\n", pawl_version_string(), (unsigned)pawl_abi_version());
  ok = make_context(show_progress, NULL, &a.context) &&
       run(&a, argc > 1 ? argv[1] : PAWL_MODELS_DIR "/digits", argc > 2 ? argv[2] : ".");
  for (i = 0; i < kLayers; ++i) {
    pawl_linear_destroy(a.layers[i]);
    pawl_tensor_destroy(a.weights[i]);
    pawl_tensor_destroy(a.biases[i]);
  }
  pawl_file_reader_destroy(a.file);
  pawl_calibrator_destroy(a.calibrator);
  pawl_model_reader_destroy(a.model);
  pawl_context_destroy(a.context);
  return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}
