/* Copyright 2026 The Pawl Authors.
 * SPDX-License-Identifier: Apache-2.0
 *
 * A whole model in C99 through libpawl.so alone: loads the digits net from ONNX, lists what is in
 * it, calibrates it batch by batch, quantizes it, runs both on the held-out images, and saves the
 * result again from memory.
 *
 *   pawl_example_c_model [folder of the digits model] [folder to write to]
 *
 *   cc -std=c99 model.c $(pkg-config --cflags --libs pawl-c)
 */

#include <pawl.h>
#include <stdio.h>
#include <string.h>

#ifndef PAWL_MODELS_DIR
#define PAWL_MODELS_DIR "examples/models"
#endif

enum { kBatch = 64, kPixels = 64, kClasses = 10, kMaxValues = 16 };

/* True, and the reason on the screen, if a call failed. */
static int failed(const pawl_context* context, int32_t status, const char* what) {
  if (status == PAWL_OK) return 0;
  fprintf(stderr, "%s: %s: %s\n", what, pawl_status_name(status), pawl_context_last_error(context));
  return 1;
}

/* "f32 [batch, 64]" */
static void print_type(const pawl_graph* graph, size_t value) {
  const int64_t* shape = pawl_graph_value_shape(graph, value);
  const int32_t dtype = pawl_graph_value_dtype(graph, value);
  const int32_t rank = pawl_graph_value_rank(graph, value);
  int32_t d;
  printf("%s [", dtype < 0 ? "?" : pawl_dtype_name(dtype));
  for (d = 0; d < rank; ++d) {
    const char* symbol = pawl_graph_symbol(graph, shape[d]);
    if (d > 0) printf(", ");
    if (symbol != NULL) {
      printf("%s", symbol);
    } else if (shape[d] < 0) {
      printf("?");
    } else {
      printf("%lld", (long long)shape[d]);
    }
  }
  printf("]");
}

/* What is in a model: its nodes with what they give, and whether Pawl runs them. */
static int list(const pawl_graph* graph) {
  int all = 1;
  size_t i;
  printf("opset %d, %zu values; input %s: ", (int)pawl_graph_opset(graph, ""),
         pawl_graph_value_count(graph),
         pawl_graph_value_name(graph, (size_t)pawl_graph_input(graph, 0)));
  print_type(graph, (size_t)pawl_graph_input(graph, 0));
  printf("\n");
  for (i = 0; i < pawl_graph_node_count(graph); ++i) {
    const size_t result = (size_t)pawl_graph_node_output(graph, i, 0);
    printf("  %-18s %s: ", pawl_graph_node_operator(graph, i),
           pawl_graph_value_name(graph, result));
    print_type(graph, result);
    printf("%s\n", pawl_graph_node_runs(graph, i) ? "" : "  (unknown)");
    all &= pawl_graph_node_runs(graph, i);
  }
  return all;
}

/* Images of a file, and which digits they are. */
typedef struct {
  pawl_model_reader* reader;
  pawl_tensor* pixels;
  pawl_tensor* labels;
  size_t count;
} images;

static int open_images(pawl_context* context, const char* path, images* in) {
  size_t index = 0;
  memset(in, 0, sizeof *in);
  if (failed(context, pawl_model_reader_open(context, path, &in->reader), path) ||
      failed(context, pawl_model_reader_find(context, in->reader, "images", &index), path) ||
      failed(context, pawl_model_reader_get(context, in->reader, index, &in->pixels), path) ||
      failed(context, pawl_model_reader_find(context, in->reader, "labels", &index), path) ||
      failed(context, pawl_model_reader_get(context, in->reader, index, &in->labels), path)) {
    return 0;
  }
  in->count = pawl_tensor_num_elements(in->labels);
  return 1;
}

static void close_images(images* in) {
  pawl_tensor_destroy(in->labels);
  pawl_tensor_destroy(in->pixels);
  pawl_model_reader_destroy(in->reader);
}

/* The next images as a batch of floats that looks at `x`; NULL at the end or on an error. */
static pawl_tensor* next_batch(pawl_context* context, const images* in, size_t begin, float* x) {
  const uint8_t* pixels = pawl_tensor_data(in->pixels);
  const size_t rows = in->count - begin < kBatch ? in->count - begin : kBatch;
  const int64_t shape[2] = {(int64_t)rows, kPixels};
  pawl_tensor* batch = NULL;
  size_t i;
  for (i = 0; i < rows * kPixels; ++i) x[i] = (float)pixels[begin * kPixels + i] / 16.0f;
  failed(context,
         pawl_tensor_view(context, PAWL_DTYPE_F32, shape, 2, x, rows * kPixels * sizeof *x, NULL,
                          NULL, &batch),
         "batch");
  return batch;
}

/* Batch by batch: every value that a node with weights gives is observed. */
static int calibrate(pawl_context* context, const pawl_graph* graph, const char* path,
                     pawl_calibrator* calibrator) {
  static float x[kBatch * kPixels];
  const char* names[kMaxValues];
  pawl_executor* executor = NULL;
  size_t count = 0, begin, i;
  images in;
  int ok;
  names[count++] = pawl_graph_value_name(graph, (size_t)pawl_graph_input(graph, 0));
  for (i = 0; i < pawl_graph_node_count(graph) && count < kMaxValues; ++i) {
    names[count++] = pawl_graph_value_name(graph, (size_t)pawl_graph_node_output(graph, i, 0));
  }
  ok = open_images(context, path, &in) &&
       !failed(context, pawl_executor_create(context, graph, NULL, names, count, &executor),
               "executor");
  for (begin = 0; ok && begin < in.count; begin += kBatch) {
    pawl_tensor* batch = next_batch(context, &in, begin, x);
    const pawl_tensor* inputs[1];
    inputs[0] = batch;
    ok = batch != NULL &&
         !failed(context, pawl_executor_calibrate(context, executor, inputs, 1, calibrator),
                 "calibrate");
    pawl_tensor_destroy(batch);
  }
  ok = ok && !failed(context, pawl_calibrator_finish(context, calibrator), "calibrate");
  for (i = 0; ok && i < pawl_calibrator_count(calibrator); ++i) {
    const char* name = pawl_calibrator_name(calibrator, i);
    pawl_observer* observer = NULL;
    double min = 0, max = 0;
    ok = !failed(context, pawl_calibrator_observer(context, calibrator, name, &observer), name) &&
         !failed(context, pawl_observer_ranges(context, observer, NULL, &min, &max, 1), name);
    if (ok) printf("  %s: %.3f to %.3f\n", name, min, max);
    pawl_observer_destroy(observer);
  }
  pawl_executor_destroy(executor);
  close_images(&in);
  return ok;
}

/* How many images of a file a model reads right; -1 on an error. */
static int count_right(pawl_context* context, const pawl_graph* graph, const char* path) {
  static float x[kBatch * kPixels];
  pawl_executor* executor = NULL;
  int right = 0;
  size_t begin, i, j;
  images in;
  if (!open_images(context, path, &in) ||
      failed(context, pawl_executor_create(context, graph, NULL, NULL, 0, &executor), "executor")) {
    right = -1;
  }
  for (begin = 0; right >= 0 && begin < in.count; begin += kBatch) {
    const uint8_t* labels = pawl_tensor_data(in.labels);
    pawl_tensor *batch = next_batch(context, &in, begin, x), *scores = NULL;
    const pawl_tensor* inputs[1];
    inputs[0] = batch;
    /* A view is valid until the next run. */
    if (batch == NULL || failed(context, pawl_executor_run(context, executor, inputs, 1), "run") ||
        failed(context, pawl_executor_output_view(context, executor, 0, &scores), "run")) {
      right = -1;
    } else {
      const float* score = pawl_tensor_data(scores);
      const size_t rows = (size_t)pawl_tensor_shape(scores)[0];
      for (i = 0; i < rows; ++i, score += kClasses) {
        size_t best = 0;
        for (j = 1; j < kClasses; ++j) best = score[j] > score[best] ? j : best;
        right += best == labels[begin + i];
      }
    }
    pawl_tensor_destroy(scores);
    pawl_tensor_destroy(batch);
  }
  if (right >= 0) {
    printf("%d of %zu held-out images read right; %zu bytes for values, %zu of packed weights\n",
           right, in.count, pawl_executor_arena_bytes(executor),
           pawl_executor_packed_bytes(executor));
  }
  pawl_executor_destroy(executor);
  close_images(&in);
  return right;
}

/* Static int8, calibrated on the images that are given batch by batch. */
static int quantize(pawl_context* context, const char* model, const char* calibration,
                    const char* output) {
  static float x[1024 * kPixels];
  pawl_options* options = NULL;
  pawl_graph_job* job = NULL;
  pawl_graph_report* report = NULL;
  size_t begin;
  images in;
  int32_t status = pawl_options_create(PAWL_OPTIONS_GRAPH_JOB, &options);
  int ok = open_images(context, calibration, &in) && in.count <= 1024;
  if (status == PAWL_OK) status = pawl_options_set_string(options, PAWL_OPT_GRAPH_INPUT, model);
  if (status == PAWL_OK) status = pawl_options_set_string(options, PAWL_OPT_GRAPH_OUTPUT, output);
  if (status == PAWL_OK) {
    status = pawl_options_set_int(options, PAWL_OPT_GRAPH_MODE, PAWL_GRAPH_STATIC);
  }
  if (status == PAWL_OK) status = pawl_graph_job_create(context, options, NULL, &job);
  for (begin = 0; ok && status == PAWL_OK && begin < in.count; begin += kBatch) {
    pawl_tensor* batch = next_batch(context, &in, begin, x + begin * kPixels);
    const pawl_tensor* inputs[1];
    inputs[0] = batch;
    if (batch == NULL) ok = 0;
    if (ok) status = pawl_graph_job_add_sample(context, job, inputs, 1);
    pawl_tensor_destroy(batch);
  }
  if (ok && status == PAWL_OK) status = pawl_graph_job_run(context, job, &report);
  ok = !failed(context, status, "quantize") && ok;
  if (ok) printf("%s", pawl_graph_report_text(report));
  pawl_graph_report_destroy(report);
  pawl_graph_job_destroy(job);
  pawl_options_destroy(options);
  close_images(&in);
  return ok;
}

/* Into memory, and back out of it. */
static int save_and_load(pawl_context* context, const pawl_graph* graph) {
  pawl_buffer* buffer = NULL;
  pawl_graph* again = NULL;
  const int ok =
      !failed(context, pawl_buffer_create(context, &buffer), "buffer") &&
      !failed(context, pawl_graph_save_buffer(context, graph, buffer), "save") &&
      !failed(context,
              pawl_graph_open_memory(context, pawl_buffer_data(buffer), pawl_buffer_size(buffer),
                                     NULL, NULL, "the buffer", NULL, &again),
              "load") &&
      pawl_graph_node_count(again) == pawl_graph_node_count(graph);
  if (ok) printf("%zu bytes in memory are the same model\n", pawl_buffer_size(buffer));
  pawl_graph_destroy(again); /* before the memory that it looks at */
  pawl_buffer_destroy(buffer);
  return ok;
}

static int run(pawl_context* context, const char* models, const char* out) {
  char model[1024], calibration[1024], test[1024], output[1024];
  pawl_graph *graph = NULL, *quantized = NULL;
  pawl_calibrator* calibrator = NULL;
  int before = -1, after = -1, ok;
  snprintf(model, sizeof model, "%s/digits.onnx", models);
  snprintf(calibration, sizeof calibration, "%s/digits_calibration.safetensors", models);
  snprintf(test, sizeof test, "%s/digits_test.safetensors", models);
  snprintf(output, sizeof output, "%s/digits_int8.onnx", out);
  ok = !failed(context, pawl_graph_open(context, model, &graph), model) && list(graph) &&
       !failed(context, pawl_calibrator_create(context, NULL, &calibrator), "calibrator") &&
       calibrate(context, graph, calibration, calibrator);
  if (ok) before = count_right(context, graph, test);
  ok = ok && before > 0 && quantize(context, model, calibration, output) &&
       !failed(context, pawl_graph_open(context, output, &quantized), output) && list(quantized);
  if (ok) after = count_right(context, quantized, test);
  ok = ok && save_and_load(context, quantized) && after * 50 >= before * 49;
  pawl_calibrator_destroy(calibrator);
  pawl_graph_destroy(quantized);
  pawl_graph_destroy(graph);
  return ok;
}

int main(int argc, char** argv) {
  pawl_context* context = NULL;
  int ok;
  if (pawl_context_create(NULL, &context) != PAWL_OK) return 1;
  ok = run(context, argc > 1 ? argv[1] : PAWL_MODELS_DIR "/digits", argc > 2 ? argv[2] : ".");
  pawl_context_destroy(context);
  return ok ? 0 : 1;
}
