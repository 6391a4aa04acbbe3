// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Observers, fake quantization, requantization.

#include <cmath>
#include <limits>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

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

TEST_CASE("an observer shows its histogram") {
  const Context c;
  Options kind;
  Observer observer;
  REQUIRE(pawl_options_create(PAWL_OPTIONS_OBSERVER, kind.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(kind, PAWL_OPT_OBSERVER_KIND, PAWL_OBSERVER_HISTOGRAM) == PAWL_OK);
  REQUIRE(pawl_options_set_int(kind, PAWL_OPT_BINS, 128) == PAWL_OK);
  REQUIRE(pawl_observer_create(c, kind, observer.out()) == PAWL_OK);
  int32_t exponent = 77;
  size_t bins = 77;
  REQUIRE(pawl_observer_histogram(c, observer, 0, &exponent, &bins, nullptr, 0) == PAWL_OK);
  CHECK(bins == 0);
  const float values[5] = {100.0f, 1.5f, -2.5f, 0.0f, -2.25f};
  REQUIRE(pawl_observer_observe_f32(c, observer, values, 5) == PAWL_OK);
  uint64_t counts[256] = {0};
  REQUIRE(pawl_observer_histogram(c, observer, 0, &exponent, &bins, counts, 256) == PAWL_OK);
  CHECK(exponent == 0);
  REQUIRE(bins == 256);
  CHECK(counts[0] == 1);
  CHECK(counts[1] == 1);
  CHECK(counts[100] == 1);
  CHECK(counts[128 + 2] == 2);
  uint64_t sum = 0;
  for (const uint64_t n : counts) sum += n;
  CHECK(sum == 5);
  uint64_t two[2] = {9, 9};
  REQUIRE(pawl_observer_histogram(c, observer, 0, &exponent, &bins, two, 1) == PAWL_OK);
  CHECK(two[0] == 1);
  CHECK(two[1] == 9);
  CHECK(pawl_observer_histogram(c, observer, 1, &exponent, &bins, nullptr, 0) == PAWL_OUT_OF_RANGE);
  CHECK(pawl_observer_histogram(c, nullptr, 0, &exponent, &bins, nullptr, 0) ==
        PAWL_INVALID_ARGUMENT);
}

TEST_CASE("requantization: a real number in fixed point, both roundings, wide sums") {
  const Context c;
  int32_t multiplier = 0;
  int32_t shift = 0;
  REQUIRE(pawl_fixed_point_multiplier(c, 0.25, &multiplier, &shift) == PAWL_OK);
  CHECK(multiplier == 1 << 30);
  CHECK(shift == -1);
  CHECK(pawl_fixed_point_multiplier(c, -1.0, &multiplier, &shift) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_fixed_point_multiplier(c, NAN, &multiplier, &shift) == PAWL_INVALID_ARGUMENT);
  CHECK(multiplier == 1 << 30);
  // -2.5 is rounded half away from zero twice, or half up once.
  int32_t acc[4] = {10, -10, 11, INT32_MAX};
  int32_t out[4];
  REQUIRE(pawl_requantize(c, acc, 4, multiplier, shift, PAWL_ROUNDING_CLASSIC, out) == PAWL_OK);
  CHECK(out[0] == 3);
  CHECK(out[1] == -3);
  CHECK(out[2] == 3);
  CHECK(out[3] == 1 << 29);
  REQUIRE(pawl_requantize(c, acc, 4, multiplier, shift, PAWL_ROUNDING_SINGLE, acc) == PAWL_OK);
  CHECK(acc[1] == -2);
  CHECK(acc[2] == 3);
  const int64_t wide[2] = {int64_t{1} << 33, -6};
  REQUIRE(pawl_requantize_wide(c, wide, 2, multiplier, shift, out) == PAWL_OK);
  CHECK(out[0] == INT32_MAX);
  CHECK(out[1] == -1);
  CHECK(pawl_requantize(c, acc, 4, -1, 0, PAWL_ROUNDING_SINGLE, out) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_requantize(c, acc, 4, 1 << 30, 31, PAWL_ROUNDING_SINGLE, out) ==
        PAWL_INVALID_ARGUMENT);
  CHECK(pawl_requantize(c, acc, 4, 1 << 30, 0, 2, out) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_requantize_wide(c, wide, 2, 1 << 30, 15, out) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_requantize(c, nullptr, 0, 1 << 30, 0, PAWL_ROUNDING_SINGLE, nullptr) == PAWL_OK);
}

}  // namespace
}  // namespace pawl_test
