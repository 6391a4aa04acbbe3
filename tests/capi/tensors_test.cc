// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Tensors, schemes, quantized tensors.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <limits>

#include "capi_test_util.h"
#include "lib/core/dlpack_versioned.h"

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

  // Memory of the caller's that Pawl may write to, and a copy that it may.
  float values_of_mine[6] = {1, 2, 3, 4, 5, 6};
  Tensor mine;
  REQUIRE(pawl_tensor_view_mutable(c, PAWL_DTYPE_F32, shape, 2, values_of_mine,
                                   sizeof values_of_mine, CountRelease, &released,
                                   mine.out()) == PAWL_OK);
  CHECK(pawl_tensor_mutable_data(mine) == values_of_mine);
  Tensor clone;
  REQUIRE(pawl_tensor_clone(c, mine, clone.out()) == PAWL_OK);
  REQUIRE(pawl_tensor_mutable_data(clone) != nullptr);
  static_cast<float*>(pawl_tensor_mutable_data(clone))[0] = 9;
  CHECK(values_of_mine[0] == 1);
  mine.Reset();
  CHECK(released == 2);
  CHECK(pawl_tensor_clone(c, nullptr, clone.out()) == PAWL_INVALID_ARGUMENT);
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

TEST_CASE("DLPack 1.x says what is read-only, both ways") {
  const Context c;
  float values[4] = {1, 2, 3, 4};
  const int64_t shape[2] = {2, 2};
  Tensor view;
  Tensor own;
  REQUIRE(pawl_tensor_view(c, PAWL_DTYPE_F32, shape, 2, values, sizeof values, nullptr, nullptr,
                           view.out()) == PAWL_OK);
  MakeTensor(c, {2, 2}, {1, 2, 3, 4}, &own);
  for (Tensor* tensor : {&view, &own}) {
    const bool writable = pawl_tensor_mutable_data(*tensor) != nullptr;
    CHECK(writable == (tensor == &own));
    DLManagedTensorVersioned* managed = nullptr;
    REQUIRE(pawl_tensor_to_dlpack_versioned(c, *tensor, &managed) == PAWL_OK);
    CHECK(managed->version.major == 1);
    CHECK(managed->dl_tensor.data == pawl_tensor_data(*tensor));
    CHECK(managed->flags == (writable ? 0 : DLPACK_FLAG_BITMASK_READ_ONLY));
    const void* data = pawl_tensor_data(*tensor);
    Tensor back;
    managed->version.major = 2;
    CHECK(pawl_tensor_from_dlpack_versioned(c, managed, back.out()) == PAWL_UNIMPLEMENTED);
    managed->version.major = 1;
    tensor->Reset();
    REQUIRE(pawl_tensor_from_dlpack_versioned(c, managed, back.out()) == PAWL_OK);
    CHECK(pawl_tensor_data(back) == data);
    CHECK((pawl_tensor_mutable_data(back) != nullptr) == writable);
    CHECK(static_cast<const float*>(pawl_tensor_data(back))[3] == 4.0f);
  }
  CHECK(pawl_tensor_from_dlpack_versioned(c, nullptr, view.out()) == PAWL_INVALID_ARGUMENT);
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
  Scheme nested;
  REQUIRE(pawl_scheme_num_super_groups(c, scheme, shape, 2, &groups) == PAWL_OK);
  CHECK(groups == 0);
  REQUIRE(pawl_scheme_parse(c, "q4_k", nested.out()) == PAWL_OK);
  REQUIRE(pawl_scheme_num_super_groups(c, nested, shape, 2, &groups) == PAWL_OK);
  CHECK(groups == 8);

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
  CHECK(figures[PAWL_ERROR_COMPARED] == 4 * 32);
  CHECK(figures[PAWL_ERROR_UNLIKE] == 0);
  Tensor wrong;
  MakeTensor(c, {2, 32}, Weights(64), &wrong);
  CHECK(pawl_compare(c, wrong, quantized, figures, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_compare(c, weights, quantized, nullptr, 1) == PAWL_INVALID_ARGUMENT);

  Quantized coarse;
  MakeQuantized(c, "int3:g32", {4, 32}, values, &coarse);
  double between[PAWL_ERROR_COUNT] = {0};
  REQUIRE(pawl_compare_quantized(c, quantized, quantized, between, PAWL_ERROR_COUNT) == PAWL_OK);
  CHECK(std::isinf(between[PAWL_ERROR_SQNR_DB]));
  CHECK(between[PAWL_ERROR_MAX] == 0.0);
  REQUIRE(pawl_compare_quantized(c, quantized, coarse, between, PAWL_ERROR_COUNT) == PAWL_OK);
  CHECK(between[PAWL_ERROR_SQNR_DB] < figures[PAWL_ERROR_SQNR_DB]);
  CHECK(between[PAWL_ERROR_MAX] > 0.0);
  CHECK(pawl_compare_quantized(c, quantized, nullptr, between, 1) == PAWL_INVALID_ARGUMENT);
}

TEST_CASE("comparisons count what is not finite, and fill as many figures as were asked for") {
  const Context c;
  std::vector<float> values = Weights(4 * 32);
  Quantized clean;
  MakeQuantized(c, "f16", {4, 32}, values, &clean);
  values[3] = values[4] = values[70] = NAN;
  values[100] = INFINITY;
  values[101] = -INFINITY;
  Tensor odd;
  MakeTensor(c, {4, 32}, values, &odd);
  double figures[PAWL_ERROR_COUNT + 1];
  std::fill(std::begin(figures), std::end(figures), -7.0);
  REQUIRE(pawl_compare(c, odd, clean, figures, PAWL_ERROR_COUNT + 1) == PAWL_OK);
  CHECK(figures[PAWL_ERROR_SQNR_DB] > 60.0);
  CHECK(figures[PAWL_ERROR_COMPARED] == 4 * 32 - 5);
  CHECK(figures[PAWL_ERROR_ORIGINAL_NAN] == 3);
  CHECK(figures[PAWL_ERROR_ORIGINAL_INF] == 2);
  CHECK(figures[PAWL_ERROR_DECODED_NAN] == 0);
  CHECK(figures[PAWL_ERROR_DECODED_INF] == 0);
  CHECK(figures[PAWL_ERROR_UNLIKE] == 5);
  CHECK(figures[PAWL_ERROR_COUNT] == -7.0);

  // A host that was built when there were four figures.
  std::fill(std::begin(figures), std::end(figures), -7.0);
  REQUIRE(pawl_compare(c, odd, clean, figures, 4) == PAWL_OK);
  CHECK(figures[PAWL_ERROR_MSE] >= 0.0);
  CHECK(figures[PAWL_ERROR_COMPARED] == -7.0);

  // Codes of f16 can be NaN and infinities: the same on both sides are left out, but not unlike.
  Quantized kept;
  MakeQuantized(c, "f16", {4, 32}, values, &kept);
  std::vector<int16_t> codes(4 * 32);
  REQUIRE(pawl_unpack_codes(c, kept, 0, codes.data(), codes.size()) == PAWL_OK);
  codes[3] = codes[4] = codes[70] = 0x7E00;
  codes[100] = 0x7C00;
  codes[101] = static_cast<int16_t>(0xFC00);
  REQUIRE(pawl_pack_codes(c, kept, 0, codes.data(), codes.size()) == PAWL_OK);
  REQUIRE(pawl_compare_quantized(c, clean, kept, figures, PAWL_ERROR_COUNT) == PAWL_OK);
  CHECK(figures[PAWL_ERROR_ORIGINAL_NAN] == 0);
  CHECK(figures[PAWL_ERROR_DECODED_NAN] == 3);
  CHECK(figures[PAWL_ERROR_DECODED_INF] == 2);
  CHECK(figures[PAWL_ERROR_UNLIKE] == 5);
  REQUIRE(pawl_compare(c, odd, kept, figures, PAWL_ERROR_COUNT) == PAWL_OK);
  CHECK(figures[PAWL_ERROR_DECODED_NAN] == 3);
  CHECK(figures[PAWL_ERROR_UNLIKE] == 0);
}

}  // namespace
}  // namespace pawl_test
