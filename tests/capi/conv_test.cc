// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Convolutions.

#include <cmath>
#include <cstring>

#include "capi_test_util.h"

namespace pawl_test {
namespace {

PAWL_TEST_HANDLE(Conv, conv);

// 4 channels of 5 x 6 in two groups, kernel 3 x 3, stride 2 1, pads 1 1 1 1: 3 x 6.
void SetGeometry(const Options& options) {
  const int32_t kernel[2] = {3, 3}, strides[2] = {2, 1}, pads[4] = {1, 1, 1, 1};
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_CONV_CHANNELS, 4) == PAWL_OK);
  REQUIRE(pawl_options_set_int(options, PAWL_OPT_CONV_GROUPS, 2) == PAWL_OK);
  REQUIRE(pawl_options_set_ints(options, PAWL_OPT_CONV_KERNEL, kernel, 2) == PAWL_OK);
  REQUIRE(pawl_options_set_ints(options, PAWL_OPT_CONV_STRIDES, strides, 2) == PAWL_OK);
  REQUIRE(pawl_options_set_ints(options, PAWL_OPT_CONV_PADS, pads, 4) == PAWL_OK);
}

double Expected(const std::vector<float>& x, const std::vector<float>& w, int o, int oy, int ox) {
  double sum = 0.0;
  for (int c = 0; c < 2; ++c) {
    for (int tap = 0; tap < 9; ++tap) {
      const int y = 2 * oy - 1 + tap / 3, at = ox - 1 + tap % 3;
      if (y < 0 || y >= 5 || at < 0 || at >= 6) continue;
      sum += double{x[static_cast<size_t>(((o / 3 * 2 + c) * 5 + y) * 6 + at)]} *
             w[static_cast<size_t>(o * 18 + c * 9 + tap)];
    }
  }
  return sum;
}

TEST_CASE("convolutions of all modes run through the C ABI") {
  const Context c;
  Quantized weights;
  Options geometry;
  MakeQuantized(c, "int8", {6, 18}, Weights(108), &weights);
  std::vector<float> decoded(108);
  REQUIRE(pawl_dequantize(c, weights, 0, decoded.data(), 108) == PAWL_OK);
  REQUIRE(pawl_options_create(PAWL_OPTIONS_CONV, geometry.out()) == PAWL_OK);
  SetGeometry(geometry);
  const std::vector<float> x = Weights(120);
  for (int32_t mode = PAWL_LINEAR_WEIGHT_ONLY; mode <= PAWL_LINEAR_STATIC_INT8; ++mode) {
    Options layer;
    Conv conv;
    REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, layer.out()) == PAWL_OK);
    REQUIRE(pawl_options_set_int(layer, PAWL_OPT_LINEAR_MODE, mode) == PAWL_OK);
    REQUIRE(pawl_options_set_string(layer, PAWL_OPT_NAME, "stem") == PAWL_OK);
    REQUIRE(pawl_options_set_double(layer, PAWL_OPT_ACTIVATION_SCALE, 1.0 / 127) == PAWL_OK);
    REQUIRE(pawl_conv_create(c, weights, geometry, layer, conv.out()) == PAWL_OK);
    CHECK(pawl_conv_in_channels(conv) == 4);
    CHECK(pawl_conv_out_channels(conv) == 6);
    CHECK(pawl_conv_output_height(conv, 5) == 3);
    CHECK(pawl_conv_output_width(conv, 6) == 6);
    CHECK(pawl_conv_get_mode(conv) == mode);
    CHECK(std::string(pawl_conv_name(conv)) == "stem");
    CHECK(pawl_conv_size_bytes(conv) > 0);
    CHECK(pawl_conv_workspace_bytes(conv, 5, 6, 2) > pawl_conv_workspace_bytes(conv, 5, 6, 1));
    float y[6][3][6] = {};
    REQUIRE(pawl_conv_run(c, conv, 1, 5, 6, x.data(), PAWL_DTYPE_F32, 0, y, PAWL_DTYPE_F32, 0) ==
            PAWL_OK);
    for (int o = 0; o < 6; ++o) {
      for (int at = 0; at < 18; ++at) {
        const double error = y[o][at / 6][at % 6] - Expected(x, decoded, o, at / 6, at % 6);
        CHECK(std::abs(error) < (mode == PAWL_LINEAR_WEIGHT_ONLY ? 1e-5 : 0.1));
      }
    }
    CHECK(pawl_conv_run(c, conv, 1, 5, 6, x.data(), PAWL_DTYPE_I32, 0, y, PAWL_DTYPE_F32, 0) ==
          PAWL_INVALID_ARGUMENT);
    CHECK(Contains(c.error(), "stem"));
    CHECK(pawl_conv_run(c, conv, 1, 0, 6, x.data(), PAWL_DTYPE_F32, 0, y, PAWL_DTYPE_F32, 0) ==
          PAWL_INVALID_ARGUMENT);
    Quantized canonical;
    CHECK(pawl_conv_weights(c, conv, canonical.out()) == PAWL_OK);
  }
}

TEST_CASE("convolutions of floats, of codes, in one dimension") {
  const Context c;
  Options geometry, layer;
  Tensor weights;
  Conv conv;
  Quantized canonical;
  MakeTensor(c, {1, 1, 3}, {1, 2, 3}, &weights);
  REQUIRE(pawl_options_create(PAWL_OPTIONS_CONV, geometry.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(geometry, PAWL_OPT_CONV_CHANNELS, 1) == PAWL_OK);
  const int32_t kernel[3] = {3, 1, 1}, pads[2] = {1, 0}, dilation[1] = {2};
  REQUIRE(pawl_options_set_ints(geometry, PAWL_OPT_CONV_KERNEL, kernel, 3) == PAWL_OK);
  CHECK(pawl_conv_create_float(c, weights, geometry, nullptr, conv.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "conv_kernel"));
  REQUIRE(pawl_options_set_ints(geometry, PAWL_OPT_CONV_KERNEL, kernel, 1) == PAWL_OK);
  REQUIRE(pawl_options_set_ints(geometry, PAWL_OPT_CONV_DILATIONS, dilation, 1) == PAWL_OK);
  REQUIRE(pawl_options_set_ints(geometry, PAWL_OPT_CONV_PADS, kernel, 3) == PAWL_OK);
  CHECK(pawl_conv_create_float(c, weights, geometry, nullptr, conv.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "conv_pads"));
  REQUIRE(pawl_options_set_ints(geometry, PAWL_OPT_CONV_PADS, pads, 2) == PAWL_OK);
  REQUIRE(pawl_conv_create_float(c, weights, geometry, nullptr, conv.out()) == PAWL_OK);
  CHECK(pawl_conv_weights(c, conv, canonical.out()) == PAWL_FAILED_PRECONDITION);
  const float x[5] = {1, 10, 100, 1000, 10000};
  float y[2] = {};
  CHECK(pawl_conv_output_width(conv, 5) == 2);
  REQUIRE(pawl_conv_run(c, conv, 1, 1, 5, x, PAWL_DTYPE_F32, 0, y, PAWL_DTYPE_F32, 0) == PAWL_OK);
  CHECK(y[0] == 3020.0f);  // 0 * 1 + 10 * 2 + 1000 * 3
  CHECK(y[1] == 30201.0f);

  Quantized codes;
  MakeQuantized(c, "int8", {1, 3}, {127, 0, 127}, &codes);  // scale 1
  REQUIRE(pawl_options_create(PAWL_OPTIONS_LINEAR, layer.out()) == PAWL_OK);
  REQUIRE(pawl_options_set_int(layer, PAWL_OPT_LINEAR_MODE, PAWL_LINEAR_INTEGER_ONLY) == PAWL_OK);
  REQUIRE(pawl_options_set_double(layer, PAWL_OPT_ACTIVATION_SCALE, 1.0) == PAWL_OK);
  REQUIRE(pawl_options_set_double(layer, PAWL_OPT_OUTPUT_SCALE, 127.0) == PAWL_OK);
  REQUIRE(pawl_conv_create(c, codes, geometry, layer, conv.out()) == PAWL_OK);
  const int8_t in[5] = {1, 2, 3, 4, 5};
  int8_t out[2] = {};
  REQUIRE(pawl_conv_run(c, conv, 1, 1, 5, in, PAWL_DTYPE_I8, 0, out, PAWL_DTYPE_I8, 0) == PAWL_OK);
  CHECK(out[0] == 4);  // 0 + 4
  CHECK(out[1] == 6);  // 1 + 5
  CHECK(pawl_conv_create(c, codes, layer, layer, conv.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_conv_get_mode(nullptr) == -1);
  CHECK(pawl_conv_output_width(nullptr, 5) == 0);
}

}  // namespace
}  // namespace pawl_test
