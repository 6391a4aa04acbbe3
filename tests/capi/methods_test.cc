// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Methods on bare matrices: each does what it is for, says what it did, and refuses what it cannot.

#include <cmath>
#include <string>
#include <vector>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

PAWL_TEST_HANDLE(Moments, moments);
PAWL_TEST_HANDLE(Factor, factor);

constexpr int64_t kRows = 48, kColumns = 64, kSamples = 400;

// Inputs whose columns go together and differ in size: what methods with inputs are for.
std::vector<float> Inputs() {
  std::vector<float> x = Weights(kSamples * kColumns);
  for (int64_t s = 0; s < kSamples; ++s) {
    float* row = x.data() + s * kColumns;
    for (int64_t j = 1; j < kColumns; ++j) row[j] = 0.7f * row[j - 1] + 0.5f * row[j];
    for (int64_t j = 0; j < kColumns; j += 16) row[j] *= 8.0f;
  }
  return x;
}

struct Layer {
  Layer() {
    MakeTensor(c, {kRows, kColumns}, Weights(kRows * kColumns), &weights);
    MakeTensor(c, {kSamples, kColumns}, Inputs(), &inputs);
    REQUIRE(pawl_moments_create(c, kColumns, moments.out()) == PAWL_OK);
    REQUIRE(pawl_moments_add(c, moments, inputs) == PAWL_OK);
    REQUIRE(pawl_factor_create(c, moments, nullptr, factor.out()) == PAWL_OK);
  }
  void Parse(const char* text) { REQUIRE(pawl_scheme_parse(c, text, scheme.out()) == PAWL_OK); }
  double Error(const pawl_tensor* approximation) {
    double error = -1.0;
    REQUIRE(pawl_moments_output_error(c, moments, weights, approximation, &error) == PAWL_OK);
    return error;
  }
  double Error(const pawl_quantized_tensor* quantized) {
    std::vector<float> values(kRows * kColumns);
    REQUIRE(pawl_dequantize(c, quantized, 0, values.data(), values.size()) == PAWL_OK);
    Tensor tensor;
    MakeTensor(c, {kRows, kColumns}, values, &tensor);
    return Error(static_cast<const pawl_tensor*>(tensor));
  }
  double RoundToNearest() {
    Quantized nearest;
    REQUIRE(pawl_quantize(c, weights, scheme, nullptr, nullptr, 0, nearest.out()) == PAWL_OK);
    return Error(nearest);
  }

  Context c;
  Tensor weights, inputs;
  Moments moments;
  Factor factor;
  Scheme scheme;
  double figures[PAWL_METHOD_FIGURE_COUNT] = {};
};

std::vector<float> Values(const pawl_tensor* tensor) {
  const auto* data = static_cast<const float*>(pawl_tensor_data(tensor));
  return {data, data + pawl_tensor_num_elements(tensor)};
}

TEST_CASE("moments are counted, merged and give importances") {
  Layer layer;
  CHECK(pawl_moments_columns(layer.moments) == kColumns);
  CHECK(pawl_moments_samples(layer.moments) == kSamples);
  CHECK(pawl_moments_columns(nullptr) == 0);
  Moments twice;
  REQUIRE(pawl_moments_create(layer.c, kColumns, twice.out()) == PAWL_OK);
  REQUIRE(pawl_moments_add(layer.c, twice, layer.inputs) == PAWL_OK);
  REQUIRE(pawl_moments_merge(layer.c, twice, layer.moments) == PAWL_OK);
  CHECK(pawl_moments_samples(twice) == 2 * kSamples);
  Tensor importance;
  REQUIRE(pawl_moments_importance(layer.c, twice, importance.out()) == PAWL_OK);
  const std::vector<float> found = Values(importance), x = Inputs();
  REQUIRE(found.size() == kColumns);
  for (size_t j : {size_t{0}, size_t{5}, size_t{63}}) {
    double sum = 0.0;
    for (size_t s = 0; s < kSamples; ++s) sum += double{x[s * kColumns + j]} * x[s * kColumns + j];
    CHECK(std::abs(found[j] - sum / kSamples) < 1e-5 * found[j]);
  }
  Moments narrow;
  REQUIRE(pawl_moments_create(layer.c, 8, narrow.out()) == PAWL_OK);
  CHECK(pawl_moments_merge(layer.c, twice, narrow) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_moments_add(layer.c, narrow, layer.inputs) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_moments_create(layer.c, 0, narrow.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_factor_create(layer.c, narrow, nullptr, layer.factor.out()) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("GPTQ beats rounding to the nearest, and prunes in the same pass") {
  Layer layer;
  layer.Parse("int3:g32");
  Quantized quantized;
  REQUIRE(pawl_gptq(layer.c, layer.weights, layer.scheme, layer.factor, nullptr, layer.figures,
                    PAWL_METHOD_FIGURE_COUNT, quantized.out()) == PAWL_OK);
  const double error = layer.Error(quantized);
  CHECK(error < 0.7 * layer.RoundToNearest());
  CHECK(std::abs(layer.figures[PAWL_METHOD_FIGURE_LOSS] / error - 1.0) < 0.2);  // it is damped
  CHECK(layer.figures[PAWL_METHOD_FIGURE_DAMPING] == 0.01);
  CHECK(layer.figures[PAWL_METHOD_FIGURE_ATTEMPTS] == 1.0);
  CHECK(layer.figures[PAWL_METHOD_FIGURE_DEAD_COLUMNS] == 0.0);
  CHECK(layer.figures[PAWL_METHOD_FIGURE_NAN] == 0.0);
  CHECK(std::isnan(layer.figures[PAWL_METHOD_FIGURE_RATIO]));

  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_GPTQ, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_double(options, PAWL_OPT_GPTQ_SPARSITY, 0.5) == PAWL_OK);
  CHECK(pawl_options_set_double(options, PAWL_OPT_GPTQ_SPARSITY, 1.0) == PAWL_OUT_OF_RANGE);
  CHECK(pawl_options_set_double(options, PAWL_OPT_SPARSITY, 0.5) == PAWL_INVALID_ARGUMENT);
  REQUIRE(pawl_gptq(layer.c, layer.weights, layer.scheme, layer.factor, options, layer.figures,
                    PAWL_METHOD_FIGURE_COUNT, quantized.out()) == PAWL_OK);
  CHECK(layer.figures[PAWL_METHOD_FIGURE_ZEROS] == kRows * kColumns / 2);

  Quantized none;
  CHECK(pawl_gptq(layer.c, layer.weights, layer.scheme, nullptr, nullptr, nullptr, 0, none.out()) ==
        PAWL_INVALID_ARGUMENT);
  CHECK(Contains(layer.c.error(), "factor is NULL"));
  CHECK(static_cast<pawl_quantized_tensor*>(none) == nullptr);
  Options other;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_HQQ, other.out()) == PAWL_OK);
  CHECK(pawl_gptq(layer.c, layer.weights, layer.scheme, layer.factor, other, nullptr, 0,
                  none.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(layer.c.error(), "'hqq'"));
}

TEST_CASE("weights make up for inputs that are not what they were") {
  Layer layer;
  std::vector<float> off = Inputs();
  for (size_t i = 0; i < off.size(); ++i) off[i] = 0.9f * off[i] + 0.05f * off[i / 2];
  Tensor quantized_inputs;
  MakeTensor(layer.c, {kSamples, kColumns}, off, &quantized_inputs);
  Moments pairs;
  Factor factor;
  Tensor corrected;
  REQUIRE(pawl_moments_create(layer.c, kColumns, pairs.out()) == PAWL_OK);
  REQUIRE(pawl_moments_add_pair(layer.c, pairs, quantized_inputs, layer.inputs) == PAWL_OK);
  REQUIRE(pawl_factor_create(layer.c, pairs, nullptr, factor.out()) == PAWL_OK);
  REQUIRE(pawl_correct_for_inputs(layer.c, layer.weights, pairs, factor, 1.0, corrected.out()) ==
          PAWL_OK);
  const std::vector<float> w = Weights(kRows * kColumns), fixed = Values(corrected), x = Inputs();
  const auto error = [&](const std::vector<float>& weights) {
    double sum = 0.0;
    for (size_t s = 0; s < kSamples; ++s) {
      for (size_t o = 0; o < kRows; ++o) {
        double difference = 0.0;
        for (size_t j = 0; j < kColumns; ++j) {
          difference += double{w[o * kColumns + j]} * x[s * kColumns + j] -
                        double{weights[o * kColumns + j]} * off[s * kColumns + j];
        }
        sum += difference * difference;
      }
    }
    return sum;
  };
  CHECK(error(fixed) < 0.5 * error(w));
  CHECK(pawl_correct_for_inputs(layer.c, layer.weights, layer.moments, layer.factor, 1.0,
                                corrected.out()) == PAWL_INVALID_ARGUMENT);  // no pairs
}

TEST_CASE("pruning takes the share that was asked for, SparseGPT with less harm") {
  Layer layer;
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_PRUNING, options.out()) == PAWL_OK);
  Tensor by_size, sparse;
  CHECK(pawl_prune_magnitude(layer.c, layer.weights, options, nullptr, 0, by_size.out()) ==
        PAWL_INVALID_ARGUMENT);
  CHECK(Contains(layer.c.error(), "no zeros"));
  REQUIRE(pawl_options_set_double(options, PAWL_OPT_SPARSITY, 0.5) == PAWL_OK);
  REQUIRE(pawl_prune_magnitude(layer.c, layer.weights, options, layer.figures,
                               PAWL_METHOD_FIGURE_COUNT, by_size.out()) == PAWL_OK);
  CHECK(layer.figures[PAWL_METHOD_FIGURE_ZEROS] == kRows * kColumns / 2);
  CHECK(std::isnan(layer.figures[PAWL_METHOD_FIGURE_LOSS]));
  REQUIRE(pawl_sparse_gpt(layer.c, layer.weights, layer.factor, options, layer.figures,
                          PAWL_METHOD_FIGURE_COUNT, sparse.out()) == PAWL_OK);
  CHECK(layer.figures[PAWL_METHOD_FIGURE_LOSS] > 0.0);
  size_t zeros = 0;
  for (float v : Values(sparse)) zeros += v == 0.0f ? 1 : 0;
  CHECK(zeros == kRows * kColumns / 2);
  CHECK(layer.Error(sparse) < 0.8 * layer.Error(by_size));
}

TEST_CASE("AWQ and its parts") {
  Layer layer;
  layer.Parse("int3:g32");
  Quantized quantized;
  REQUIRE(pawl_awq(layer.c, layer.weights, layer.inputs, layer.scheme, nullptr, layer.figures,
                   PAWL_METHOD_FIGURE_COUNT, quantized.out()) == PAWL_OK);
  CHECK(layer.figures[PAWL_METHOD_FIGURE_ERROR_AFTER] <
        layer.figures[PAWL_METHOD_FIGURE_ERROR_BEFORE]);
  CHECK(layer.Error(quantized) < layer.RoundToNearest());

  const pawl_tensor* layers[1] = {layer.weights};
  Tensor scales, scaled, clipped, smooth;
  REQUIRE(pawl_awq_scales(layer.c, layers, 1, layer.inputs, layer.scheme, nullptr, layer.figures,
                          PAWL_METHOD_FIGURE_COUNT, scales.out()) == PAWL_OK);
  CHECK(layer.figures[PAWL_METHOD_FIGURE_RATIO] > 0.0);
  const std::vector<float> s = Values(scales);
  REQUIRE(s.size() == kColumns);
  REQUIRE(pawl_scale_columns(layer.c, layer.weights, s.data(), s.size(), scaled.out()) == PAWL_OK);
  const std::vector<float> w = Weights(kRows * kColumns), found = Values(scaled);
  CHECK(found[kColumns + 3] == w[kColumns + 3] * s[3]);
  REQUIRE(pawl_awq_clip(layer.c, layer.weights, layer.inputs, layer.scheme, nullptr,
                        clipped.out()) == PAWL_OK);
  CHECK(Values(clipped).size() == w.size());

  const std::vector<float> maxima(kColumns, 4.0f);
  REQUIRE(pawl_smooth_quant_scales(layer.c, layers, 1, maxima.data(), kColumns, 1.0,
                                   smooth.out()) == PAWL_OK);
  CHECK(Values(smooth) == maxima);
  CHECK(pawl_smooth_quant_scales(layer.c, layers, 1, maxima.data(), kColumns, 1.5, smooth.out()) ==
        PAWL_INVALID_ARGUMENT);
  layers[0] = nullptr;
  CHECK(pawl_smooth_quant_scales(layer.c, layers, 1, maxima.data(), kColumns, 0.5, smooth.out()) ==
        PAWL_INVALID_ARGUMENT);
  CHECK(Contains(layer.c.error(), "layer 0 of 1 is NULL"));
}

TEST_CASE("HQQ and block search make their own measure smaller") {
  Layer layer;
  layer.Parse("int3:g32:hqq");
  Quantized quantized;
  INFO(layer.c.error());
  REQUIRE(pawl_hqq(layer.c, layer.weights, layer.scheme, nullptr, layer.figures,
                   PAWL_METHOD_FIGURE_COUNT, quantized.out()) == PAWL_OK);
  CHECK(layer.figures[PAWL_METHOD_FIGURE_ERROR_AFTER] <
        layer.figures[PAWL_METHOD_FIGURE_ERROR_BEFORE]);

  layer.Parse("int3:g32");
  CHECK(pawl_hqq(layer.c, layer.weights, layer.scheme, nullptr, nullptr, 0, quantized.out()) ==
        PAWL_INVALID_ARGUMENT);  // no float zero point
  Tensor importance;
  REQUIRE(pawl_moments_importance(layer.c, layer.moments, importance.out()) == PAWL_OK);
  const std::vector<float> columns = Values(importance);
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_BLOCK_SEARCH, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_floats(options, PAWL_OPT_BLOCK_IMPORTANCE, columns.data(),
                                  columns.size()) == PAWL_OK);
  REQUIRE(pawl_search_blocks(layer.c, layer.weights, layer.scheme, options, layer.figures,
                             PAWL_METHOD_FIGURE_COUNT, quantized.out()) == PAWL_OK);
  CHECK(layer.Error(quantized) < layer.RoundToNearest());
  REQUIRE(pawl_options_set_floats(options, PAWL_OPT_BLOCK_IMPORTANCE, columns.data(), 3) ==
          PAWL_OK);
  CHECK(pawl_search_blocks(layer.c, layer.weights, layer.scheme, options, nullptr, 0,
                           quantized.out()) == PAWL_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace pawl_test
