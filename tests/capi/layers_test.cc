// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Tensors, schemes, quantized tensors, observers, fake quantization, layers.

#include <dlpack/dlpack.h>

#include <cmath>
#include <cstring>
#include <limits>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

void CountRelease(void* user) { ++*static_cast<int*>(user); }

TEST_CASE("tensors view, copy, convert and reshape") {
  const Context c;
  const int64_t shape[] = {2, 3};
  const float values[6] = {1, 2, 3, 4, 5, 6};
  int released = 0;
  {
    Tensor view;
    REQUIRE(pawl_tensor_view(c, PAWL_DTYPE_F32, shape, 2, values, sizeof values, CountRelease,
                             &released, view.out()) == PAWL_OK);
    CHECK(pawl_tensor_data(view) == values);
    CHECK(pawl_tensor_mutable_data(view) == nullptr);
    CHECK(pawl_tensor_dtype(view) == PAWL_DTYPE_F32);
    CHECK(pawl_tensor_rank(view) == 2);
    CHECK(pawl_tensor_shape(view)[1] == 3);
    CHECK(pawl_tensor_num_elements(view) == 6);
    CHECK(pawl_tensor_size_bytes(view) == 24);

    Tensor flat;
    const int64_t six = 6;
    REQUIRE(pawl_tensor_reshape(c, view, &six, 1, flat.out()) == PAWL_OK);
    view.Reset();
    CHECK(released == 0);  // the reshaped one shares the memory
    CHECK(pawl_tensor_data(flat) == values);
  }
  CHECK(released == 1);

  Tensor bad;
  CHECK(pawl_tensor_view(c, PAWL_DTYPE_F32, shape, 2, values, 23, CountRelease, &released,
                         bad.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(released == 1);  // on an error the memory stays the caller's
  CHECK(pawl_tensor_copy(c, PAWL_DTYPE_F32, shape, 2, values, 20, bad.out()) ==
        PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "[2, 3]"));
  CHECK(pawl_tensor_create(c, 77, shape, 2, bad.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_tensor_create(c, PAWL_DTYPE_F32, nullptr, 2, bad.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_tensor_create(c, PAWL_DTYPE_F32, shape, 65, bad.out()) == PAWL_INVALID_ARGUMENT);
  const int64_t huge[] = {INT64_MAX / 8, 1};
  CHECK(pawl_tensor_create(c, PAWL_DTYPE_I8, huge, 2, bad.out()) == PAWL_RESOURCE_EXHAUSTED);
  CHECK(bad == nullptr);

  Tensor own;
  REQUIRE(pawl_tensor_create(c, PAWL_DTYPE_I32, shape, 2, own.out()) == PAWL_OK);
  static_cast<int32_t*>(pawl_tensor_mutable_data(own))[5] = -7;
  Tensor f32;
  REQUIRE(pawl_tensor_to_f32(c, own, f32.out()) == PAWL_OK);
  CHECK(static_cast<const float*>(pawl_tensor_data(f32))[5] == -7.0f);
  CHECK(pawl_dtype_size(PAWL_DTYPE_F64) == 8);
  CHECK(pawl_dtype_size(-1) == 0);
  CHECK(pawl_tensor_dtype(nullptr) == -1);
  CHECK(pawl_tensor_shape(nullptr) == nullptr);
}

TEST_CASE("DLPack tensors go out and come in without a copy") {
  const Context c;
  Tensor tensor;
  MakeTensor(c, {2, 2}, {1, 2, 3, 4}, &tensor);
  const void* data = pawl_tensor_data(tensor);
  DLManagedTensor* managed = nullptr;
  REQUIRE(pawl_tensor_to_dlpack(c, tensor, &managed) == PAWL_OK);
  tensor.Reset();
  CHECK(managed->dl_tensor.ndim == 2);
  CHECK(managed->dl_tensor.data == data);
  Tensor back;
  REQUIRE(pawl_tensor_from_dlpack(c, managed, back.out()) == PAWL_OK);
  CHECK(pawl_tensor_data(back) == data);
  CHECK(static_cast<const float*>(pawl_tensor_data(back))[3] == 4.0f);
  CHECK(pawl_tensor_from_dlpack(c, nullptr, tensor.out()) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("schemes: text, parts, sizes") {
  const Context c;
  Scheme scheme;
  REQUIRE(pawl_scheme_parse(c, "int4:g32", scheme.out()) == PAWL_OK);
  int64_t value = 0;
  REQUIRE(pawl_scheme_get(c, scheme, PAWL_SCHEME_GROUP_SIZE, &value) == PAWL_OK);
  CHECK(value == 32);
  REQUIRE(pawl_scheme_set(c, scheme, PAWL_SCHEME_GROUP_SIZE, 128) == PAWL_OK);
  CHECK(std::string(pawl_scheme_string(scheme)) == "int4:g128");
  CHECK(pawl_scheme_set(c, scheme, PAWL_SCHEME_ELEMENT_BITS, 17) == PAWL_OUT_OF_RANGE);
  CHECK(Contains(c.error(), "element.bits"));
  CHECK(pawl_scheme_set(c, scheme, 999, 0) == PAWL_INVALID_ARGUMENT);
  REQUIRE(pawl_scheme_set(c, scheme, PAWL_SCHEME_ELEMENT_BITS, 9) == PAWL_OK);
  CHECK(pawl_scheme_validate(c, scheme) == PAWL_INVALID_ARGUMENT);
  REQUIRE(pawl_scheme_set(c, scheme, PAWL_SCHEME_ELEMENT_BITS, 4) == PAWL_OK);
  CHECK(pawl_scheme_validate(c, scheme) == PAWL_OK);

  Scheme other;
  REQUIRE(pawl_scheme_parse(c, "int4:g128", other.out()) == PAWL_OK);
  CHECK(pawl_scheme_equal(scheme, other) == 1);
  CHECK(pawl_scheme_equal(scheme, nullptr) == 0);
  REQUIRE(pawl_scheme_set_post_scale(c, other, 0.5f) == PAWL_OK);
  CHECK(pawl_scheme_post_scale(other) == 0.5f);
  CHECK(pawl_scheme_equal(scheme, other) == 0);

  const int64_t shape[] = {8, 256};
  size_t groups = 0;
  size_t bytes = 0;
  double bits = 0;
  REQUIRE(pawl_scheme_num_groups(c, scheme, shape, 2, &groups) == PAWL_OK);
  REQUIRE(pawl_scheme_storage_bytes(c, scheme, shape, 2, &bytes) == PAWL_OK);
  REQUIRE(pawl_scheme_bits_per_weight(c, scheme, shape, 2, &bits) == PAWL_OK);
  CHECK(groups == 16);
  CHECK(bytes == 8 * 128 + 16 * 2);
  CHECK(bits == 4.125);

  // Every part of every named scheme can be read and written back.
  for (size_t i = 0; i < pawl_list_count(PAWL_LIST_SCHEMES); ++i) {
    Scheme named;
    Scheme rebuilt;
    REQUIRE(pawl_scheme_parse(c, pawl_list_name(PAWL_LIST_SCHEMES, i), named.out()) == PAWL_OK);
    REQUIRE(pawl_scheme_parse(c, "int8", rebuilt.out()) == PAWL_OK);
    for (int32_t field = PAWL_SCHEME_ELEMENT; field <= PAWL_SCHEME_ROTATION_BLOCK; ++field) {
      REQUIRE(pawl_scheme_get(c, named, field, &value) == PAWL_OK);
      REQUIRE(pawl_scheme_set(c, rebuilt, field, value) == PAWL_OK);
    }
    REQUIRE(pawl_scheme_set_post_scale(c, rebuilt, pawl_scheme_post_scale(named)) == PAWL_OK);
    CHECK(pawl_scheme_equal(named, rebuilt) == 1);
  }
}

TEST_CASE("quantize, look inside, compare, rebuild from parts") {
  const Context c;
  std::vector<float> values = Weights(6 * 64);
  values[7] = std::numeric_limits<float>::quiet_NaN();
  values[70] = std::numeric_limits<float>::infinity();
  Tensor weights;
  Scheme scheme;
  Options options;
  Quantized quantized;
  MakeTensor(c, {6, 64}, values, &weights);
  REQUIRE(pawl_scheme_parse(c, "int4:g32:asym", scheme.out()) == PAWL_OK);
  REQUIRE(pawl_options_create(PAWL_OPTIONS_QUANTIZE, options.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_RANGE_METHOD, PAWL_RANGE_MSE) == PAWL_OK);
  int64_t stats[PAWL_STAT_COUNT + 1] = {0, 0, 0, 0, 0, -5};
  REQUIRE(pawl_quantize(c, weights, scheme, options, stats, PAWL_STAT_COUNT + 1, quantized.out()) ==
          PAWL_OK);
  CHECK(stats[PAWL_STAT_NAN] == 1);
  CHECK(stats[PAWL_STAT_INF] == 1);
  CHECK(stats[PAWL_STAT_COUNT] == -5);
  CHECK(pawl_quantized_tensor_rows(quantized) == 6);
  CHECK(pawl_quantized_tensor_cols(quantized) == 64);
  CHECK(pawl_quantized_tensor_rank(quantized) == 2);
  CHECK(pawl_quantized_tensor_size_bytes(quantized) > 6 * 32);
  Scheme same;
  REQUIRE(pawl_quantized_tensor_scheme(c, quantized, same.out()) == PAWL_OK);
  CHECK(pawl_scheme_equal(scheme, same) == 1);

  // The same tensor again, part by part.
  Quantized copy;
  const int64_t shape[] = {6, 64};
  REQUIRE(pawl_quantized_tensor_create(c, scheme, shape, 2, copy.out()) == PAWL_OK);
  for (int32_t part = PAWL_PART_CODES; part <= PAWL_PART_ROTATION_SIGNS; ++part) {
    Tensor tensor;
    REQUIRE(pawl_quantized_tensor_part(c, quantized, part, tensor.out()) == PAWL_OK);
    REQUIRE(pawl_quantized_tensor_set_part(c, copy, part, tensor) == PAWL_OK);
  }
  CHECK(pawl_quantized_tensor_validate(c, copy) == PAWL_OK);
  std::vector<float> a(6 * 64);
  std::vector<float> b(3 * 64);
  REQUIRE(pawl_dequantize(c, quantized, 0, a.data(), a.size()) == PAWL_OK);
  REQUIRE(pawl_dequantize(c, copy, 3, b.data(), b.size()) == PAWL_OK);
  CHECK(std::memcmp(a.data() + 3 * 64, b.data(), b.size() * sizeof(float)) == 0);
  CHECK(pawl_dequantize(c, copy, 4, b.data(), b.size()) == PAWL_OUT_OF_RANGE);
  CHECK(pawl_dequantize(c, copy, SIZE_MAX, b.data(), 64) == PAWL_INVALID_ARGUMENT);

  // A part that does not fit is an error where it would be decoded, and names itself.
  Tensor small;
  MakeTensor(c, {1}, {1.0f}, &small);
  REQUIRE(pawl_quantized_tensor_set_part(c, copy, PAWL_PART_SCALES, small) == PAWL_OK);
  CHECK(pawl_dequantize(c, copy, 0, a.data(), a.size()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "scales"));
  Linear linear;
  CHECK(pawl_linear_create(c, copy, nullptr, linear.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_quantized_tensor_set_part(c, copy, 99, small) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("codes pack and unpack, errors are figures") {
  const Context c;
  Quantized quantized;
  const std::vector<float> values = Weights(4 * 32);
  MakeQuantized(c, "int5:g32", {4, 32}, values, &quantized);
  std::vector<int16_t> codes(4 * 32);
  REQUIRE(pawl_unpack_codes(c, quantized, 0, codes.data(), codes.size()) == PAWL_OK);
  std::vector<int16_t> other(codes.rbegin(), codes.rend());
  REQUIRE(pawl_pack_codes(c, quantized, 0, other.data(), other.size()) == PAWL_OK);
  std::vector<int16_t> again(4 * 32);
  REQUIRE(pawl_unpack_codes(c, quantized, 0, again.data(), again.size()) == PAWL_OK);
  CHECK(again == other);
  REQUIRE(pawl_pack_codes(c, quantized, 0, codes.data(), codes.size()) == PAWL_OK);

  Tensor weights;
  MakeTensor(c, {4, 32}, values, &weights);
  double figures[PAWL_ERROR_COUNT] = {0};
  REQUIRE(pawl_compare(c, weights, quantized, figures, PAWL_ERROR_COUNT) == PAWL_OK);
  CHECK(figures[PAWL_ERROR_SQNR_DB] > 20.0);
  CHECK(figures[PAWL_ERROR_COSINE] > 0.99);
  CHECK(figures[PAWL_ERROR_MAX] > 0.0);
  CHECK(figures[PAWL_ERROR_MSE] > 0.0);
  Tensor wrong;
  MakeTensor(c, {2, 32}, Weights(64), &wrong);
  CHECK(pawl_compare(c, wrong, quantized, figures, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_compare(c, weights, quantized, nullptr, 1) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("observers: batches, merge, ranges") {
  const Context c;
  Options kind;
  Options range;
  Observer a;
  Observer b;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_OBSERVER, kind.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(kind, PAWL_OPT_PER_CHANNEL, 1) == PAWL_OK);
  REQUIRE(pawl_options_set_int(kind, PAWL_OPT_AXIS, -1) == PAWL_OK);
  REQUIRE(pawl_options_create(PAWL_OPTIONS_RANGE, range.out()) == PAWL_OK);
  REQUIRE(pawl_observer_create(c, kind, a.out()) == PAWL_OK);
  REQUIRE(pawl_observer_create(c, kind, b.out()) == PAWL_OK);
  CHECK(pawl_observer_create(c, range, b.out()) == PAWL_INVALID_ARGUMENT);
  REQUIRE(pawl_observer_create(c, kind, b.out()) == PAWL_OK);
  Tensor first;
  Tensor second;
  MakeTensor(c, {2, 2}, {1, -127, NAN, 10}, &first);
  MakeTensor(c, {1, 2}, {-254, INFINITY}, &second);
  REQUIRE(pawl_observer_observe(c, a, first) == PAWL_OK);
  REQUIRE(pawl_observer_observe(c, b, second) == PAWL_OK);
  REQUIRE(pawl_observer_merge(c, a, b) == PAWL_OK);
  CHECK(pawl_observer_count(a) == 4);
  CHECK(pawl_observer_nan_count(a) == 1);
  CHECK(pawl_observer_inf_count(a) == 1);
  REQUIRE(pawl_observer_channels(a) == 2);
  CHECK(pawl_observer_size_bytes(a) > 0);
  double min[2];
  double max[2];
  REQUIRE(pawl_observer_ranges(c, a, nullptr, min, max, 2) == PAWL_OK);
  CHECK(min[0] == -254);
  CHECK(max[1] == 10);
  float scales[2];
  int32_t zeros[2];
  REQUIRE(pawl_observer_qparams(c, a, nullptr, scales, zeros, 2) == PAWL_OK);
  CHECK(scales[0] == 2.0f);
  CHECK(scales[1] == 1.0f);
  CHECK(zeros[0] == 0);
  CHECK(pawl_observer_qparams(c, a, nullptr, scales, zeros, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "2 channels"));
  REQUIRE(pawl_options_set_int(range, PAWL_OPT_OBSERVER_RANGE, PAWL_OBSERVER_RANGE_ENTROPY) ==
          PAWL_OK);
  CHECK(pawl_observer_qparams(c, a, range, scales, zeros, 2) == PAWL_INVALID_ARGUMENT);

  REQUIRE(pawl_options_set_int(range, PAWL_OPT_MIN_CODE, 0) == PAWL_OK);
  REQUIRE(pawl_options_set_int(range, PAWL_OPT_MAX_CODE, 255) == PAWL_OK);
  REQUIRE(pawl_options_set_int(range, PAWL_OPT_SYMMETRIC, 0) == PAWL_OK);
  REQUIRE(pawl_compute_qparams(c, -1.0, 1.55, range, scales, zeros) == PAWL_OK);
  CHECK(scales[0] == 0.01f);
  CHECK(zeros[0] == 100);
  CHECK(pawl_compute_qparams(c, 1.0, -1.0, range, scales, zeros) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("fake quantization forward and backward") {
  const Context c;
  const int64_t shape = 4;
  const float x[4] = {0.24f, -0.26f, 100.0f, 0.5f};
  const float scale = 0.5f;
  float out[4];
  REQUIRE(pawl_fake_quantize(c, x, &shape, 1, &scale, nullptr, 1, 0, -7, 7, out) == PAWL_OK);
  CHECK(out[0] == 0.0f);
  CHECK(out[1] == -0.5f);
  CHECK(out[2] == 3.5f);
  const float grad_out[4] = {1, 1, 1, 1};
  float grad_x[4];
  double grad_scale = 0;
  REQUIRE(pawl_fake_quantize_backward(c, x, &shape, 1, &scale, nullptr, 1, 0, -7, 7, grad_out, 1.0,
                                      grad_x, &grad_scale, nullptr) == PAWL_OK);
  CHECK(grad_x[0] == 1.0f);
  CHECK(grad_x[2] == 0.0f);
  CHECK(std::abs(grad_scale - (-0.48 + -0.48 + 7.0 + 0.0)) < 1e-6);
  double factor = 0;
  REQUIRE(pawl_lsq_gradient_factor(c, 4, 4, &factor) == PAWL_OK);
  CHECK(factor == 0.25);
  float first = 0;
  REQUIRE(pawl_lsq_initial_scale(c, x, 2, 4, &first) == PAWL_OK);
  CHECK(std::abs(first - 0.25f) < 1e-6f);
  CHECK(pawl_fake_quantize(c, x, &shape, 1, nullptr, nullptr, 1, 0, -7, 7, out) ==
        PAWL_INVALID_ARGUMENT);
}

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
}

}  // namespace
}  // namespace pawl_test
