// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Linear layers and embeddings.

#include <cmath>
#include <cstring>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

TEST_CASE("linear layers of all modes run through the C ABI") {
  const Context c;
  Quantized weights;
  Tensor bias;
  MakeQuantized(c, "int8", {3, 8}, Weights(24), &weights);
  MakeTensor(c, {3}, {1, 2, 3}, &bias);
  std::vector<float> decoded(24);
  REQUIRE(pawl_dequantize(c, weights, 0, decoded.data(), 24) == PAWL_OK);
  const std::vector<float> x = Weights(2 * 10);  // rows 10 apart
  for (int32_t mode = PAWL_LINEAR_WEIGHT_ONLY; mode <= PAWL_LINEAR_STATIC_INT8; ++mode) {
    Options options;
    Linear linear;
    REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, options.out()) == PAWL_OK);
    REQUIRE(pawl_options_set_int(options, PAWL_OPT_LINEAR_MODE, mode) == PAWL_OK);
    REQUIRE(pawl_options_set_string(options, PAWL_OPT_NAME, "head") == PAWL_OK);
    REQUIRE(pawl_options_set_tensor(options, PAWL_OPT_BIAS, bias) == PAWL_OK);
    if (mode == PAWL_LINEAR_STATIC_INT8) {
      CHECK(pawl_linear_create(c, weights, options, linear.out()) == PAWL_INVALID_ARGUMENT);
      CHECK(Contains(c.error(), "head"));
      REQUIRE(pawl_options_set_double(options, PAWL_OPT_ACTIVATION_SCALE, 1.0 / 127) == PAWL_OK);
    }
    REQUIRE(pawl_linear_create(c, weights, options, linear.out()) == PAWL_OK);
    CHECK(pawl_linear_in_features(linear) == 8);
    CHECK(pawl_linear_out_features(linear) == 3);
    CHECK(pawl_linear_get_mode(linear) == mode);
    CHECK(std::string(pawl_linear_name(linear)) == "head");
    CHECK(pawl_linear_size_bytes(linear) > 0);
    float y[2][3] = {};
    REQUIRE(pawl_linear_run(c, linear, 2, x.data(), PAWL_DTYPE_F32, 10, y, PAWL_DTYPE_F32, 0) ==
            PAWL_OK);
    for (size_t row = 0; row < 2; ++row) {
      for (size_t o = 0; o < 3; ++o) {
        double sum = static_cast<double>(o + 1);
        for (size_t k = 0; k < 8; ++k) sum += double{x[row * 10 + k]} * decoded[o * 8 + k];
        CHECK(std::abs(sum - y[row][o]) < (mode == PAWL_LINEAR_WEIGHT_ONLY ? 1e-5 : 0.05));
      }
    }
    CHECK(pawl_linear_run(c, linear, 0, nullptr, PAWL_DTYPE_F32, 0, nullptr, PAWL_DTYPE_F32, 0) ==
          PAWL_OK);
    CHECK(pawl_linear_run(c, linear, 2, nullptr, PAWL_DTYPE_F32, 0, y, PAWL_DTYPE_F32, 0) ==
          PAWL_INVALID_ARGUMENT);
    CHECK(pawl_linear_run(c, linear, 2, x.data(), PAWL_DTYPE_I32, 0, y, PAWL_DTYPE_F32, 0) ==
          PAWL_INVALID_ARGUMENT);
    CHECK(pawl_linear_run(c, linear, 2, x.data(), 99, 0, y, PAWL_DTYPE_F32, 0) ==
          PAWL_INVALID_ARGUMENT);
  }
}

TEST_CASE("layers that share an input run together") {
  const Context c;
  Quantized first, second, other;
  MakeQuantized(c, "int4:g32", {20, 64}, Weights(20 * 64), &first);
  MakeQuantized(c, "int4:g32", {7, 64}, Weights(7 * 64), &second);
  MakeQuantized(c, "int8", {5, 64}, Weights(5 * 64), &other);
  Options options;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_LINEAR_MODE, PAWL_LINEAR_DYNAMIC_INT8) == PAWL_OK);
  Linear query, key, head;
  REQUIRE(pawl_linear_create(c, first, options, query.out()) == PAWL_OK);
  REQUIRE(pawl_linear_create(c, second, options, key.out()) == PAWL_OK);
  REQUIRE(pawl_linear_create(c, other, options, head.out()) == PAWL_OK);
  CHECK(pawl_linear_shares_input(query, key) == 1);
  CHECK(pawl_linear_shares_input(query, head) == 0);
  CHECK(pawl_linear_shares_input(query, nullptr) == 0);

  const std::vector<float> x = Weights(3 * 64);
  const pawl_linear* const layers[3] = {query, key, head};
  std::vector<float> alone[3], together[3];
  void* results[3];
  for (size_t i = 0; i < 3; ++i) {
    alone[i].resize(3 * pawl_linear_out_features(layers[i]));
    together[i].resize(alone[i].size());
    results[i] = together[i].data();
    REQUIRE(pawl_linear_run(c, layers[i], 3, x.data(), PAWL_DTYPE_F32, 0, alone[i].data(),
                            PAWL_DTYPE_F32, 0) == PAWL_OK);
  }
  REQUIRE(pawl_linear_run_group(c, layers, 3, 3, x.data(), PAWL_DTYPE_F32, 0, results,
                                PAWL_DTYPE_F32) == PAWL_OK);
  for (size_t i = 0; i < 3; ++i) CHECK(alone[i] == together[i]);

  CHECK(pawl_linear_run_group(c, nullptr, 0, 3, x.data(), PAWL_DTYPE_F32, 0, nullptr,
                              PAWL_DTYPE_F32) == PAWL_OK);
  CHECK(pawl_linear_run_group(c, layers, 3, 3, x.data(), PAWL_DTYPE_F32, 0, nullptr,
                              PAWL_DTYPE_F32) == PAWL_INVALID_ARGUMENT);
  const pawl_linear* const holes[2] = {query, nullptr};
  CHECK(pawl_linear_run_group(c, holes, 2, 3, x.data(), PAWL_DTYPE_F32, 0, results,
                              PAWL_DTYPE_F32) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("integer-only layers and released weights") {
  const Context c;
  Quantized weights;
  Options options;
  Linear linear;
  MakeQuantized(c, "int8", {2, 4}, {127, 0, 0, 0, 0, 127, 127, 0}, &weights);
  REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_LINEAR_MODE, PAWL_LINEAR_INTEGER_ONLY) == PAWL_OK);
  REQUIRE(pawl_options_set_double(options, PAWL_OPT_ACTIVATION_SCALE, 1.0) == PAWL_OK);
  REQUIRE(pawl_options_set_double(options, PAWL_OPT_OUTPUT_SCALE, 127.0) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_RELEASE_CANONICAL, 1) == PAWL_OK);
  const int32_t odd[3] = {1 << 30, 1, 5};
  REQUIRE(pawl_options_set_ints(options, PAWL_OPT_MULTIPLIERS, odd, 3) == PAWL_OK);
  CHECK(pawl_linear_create(c, weights, options, linear.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "pairs"));
  REQUIRE(pawl_options_set_ints(options, PAWL_OPT_MULTIPLIERS, nullptr, 0) == PAWL_OK);
  REQUIRE(pawl_linear_create(c, weights, options, linear.out()) == PAWL_OK);
  weights.Reset();
  const int8_t x[4] = {3, 4, 5, 6};
  int8_t y[2] = {0, 0};
  REQUIRE(pawl_linear_run(c, linear, 1, x, PAWL_DTYPE_I8, 0, y, PAWL_DTYPE_I8, 0) == PAWL_OK);
  CHECK(y[0] == 3);
  CHECK(y[1] == 9);
  Quantized canonical;
  CHECK(pawl_linear_weights(c, linear, canonical.out()) == PAWL_FAILED_PRECONDITION);
  CHECK(pawl_linear_workspace_bytes(linear, 16, 2) <= pawl_linear_workspace_bytes(linear, 64, 2));
  CHECK(pawl_linear_get_mode(nullptr) == -1);
}

TEST_CASE("embeddings look up rows") {
  const Context c;
  Quantized table;
  Embedding embedding;
  MakeQuantized(c, "int8", {5, 4}, Weights(20), &table);
  REQUIRE(pawl_embedding_create(c, table, "words", embedding.out()) == PAWL_OK);
  CHECK(pawl_embedding_rows(embedding) == 5);
  CHECK(pawl_embedding_cols(embedding) == 4);
  std::vector<float> decoded(20);
  REQUIRE(pawl_dequantize(c, table, 0, decoded.data(), 20) == PAWL_OK);
  const int32_t indices[2] = {4, 1};
  float y[8];
  REQUIRE(pawl_embedding_lookup_i32(c, embedding, indices, 2, y, PAWL_DTYPE_F32, 0) == PAWL_OK);
  CHECK(std::memcmp(y, decoded.data() + 16, 16) == 0);
  CHECK(std::memcmp(y + 4, decoded.data() + 4, 16) == 0);
  const int64_t wide[2] = {1, 5};
  CHECK(pawl_embedding_lookup_i64(c, embedding, wide, 2, y, PAWL_DTYPE_F32, 0) ==
        PAWL_OUT_OF_RANGE);
  CHECK(Contains(c.error(), "words"));
  CHECK(pawl_embedding_workspace_bytes(embedding, 2) >=
        pawl_embedding_workspace_bytes(embedding, 1));
  Quantized again;
  REQUIRE(pawl_embedding_table(c, embedding, again.out()) == PAWL_OK);
  std::vector<float> same(20);
  REQUIRE(pawl_dequantize(c, again, 0, same.data(), 20) == PAWL_OK);
  CHECK(same == decoded);
  CHECK(pawl_embedding_table(c, nullptr, again.out()) == PAWL_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace pawl_test
