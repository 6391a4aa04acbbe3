// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/quantizer.h"

#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <limits>
#include <random>
#include <string>
#include <vector>

#include "pawl/context.h"
#include "pawl/float_types.h"
#include "tests/tested_targets.h"

namespace pawl {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

Tensor Random(int64_t rows, int64_t cols, uint32_t seed = 1) {
  std::mt19937 engine(seed);
  Tensor tensor = *Tensor::Create(DType::kF32, {rows, cols});
  for (float& v : tensor.mutable_as<float>()) {
    float sum = 0.0f;
    for (int i = 0; i < 4; ++i) sum += static_cast<float>(engine() >> 8) / 16777216.0f - 0.5f;
    v = sum * 0.1f;
  }
  return tensor;
}

std::vector<float> Decoded(const QuantizedTensor& q) {
  std::vector<float> out(static_cast<size_t>(q.num_elements()));
  REQUIRE(Dequantize(q, absl::MakeSpan(out)).ok());
  return out;
}

bool SameBytes(const Tensor& a, const Tensor& b) {
  if (a.shape() != b.shape() || a.dtype() != b.dtype()) return false;
  return a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

bool SameTensor(const QuantizedTensor& a, const QuantizedTensor& b) {
  return SameBytes(a.codes, b.codes) && SameBytes(a.scales, b.scales) &&
         SameBytes(a.offsets, b.offsets) && SameBytes(a.super_scales, b.super_scales) &&
         SameBytes(a.super_offsets, b.super_offsets) && SameBytes(a.levels, b.levels);
}

// Every element with every grouping that text can say, and all whole formats.
std::vector<std::string> Sweep() {
  std::vector<std::string> texts;
  for (const char* element :
       {"int2",  "int3",      "int4",      "int5",      "int6",      "int7",    "int8",
        "int16", "uint2",     "uint3",     "uint4",     "uint5",     "uint6",   "uint7",
        "uint8", "uint4:min", "uint3:hqq", "int8:asym", "int4:full", "ternary", "binary",
        "nf4",   "fp4",       "pot4",      "apot4",     "fp4e2m1",   "e4m3",    "e5m2"}) {
    for (const char* groups :
         {"tensor", "channel", "channel1", "g16", "g48", "block3x16", "flat40"}) {
      texts.push_back(std::string(element) + ":" + groups);
    }
  }
  for (const char* text :
       {"codebook1", "codebook4", "codebook3:channel", "codebook8", "f16", "bf16", "nf4:dq",
        "fp4:dq", "int4:g32:e8m0", "int8:g32:e4m3", "uint4:g32:bf16", "uint4:g32:e4m3:min",
        "uint4:g32:e4m3:hqq", "uint4:g32:e8m0:min"}) {
    texts.push_back(text);
  }
  for (const NamedScheme& named : NamedSchemes()) texts.emplace_back(named.name);
  return texts;
}

TEST_CASE("every scheme quantizes ragged rows, and the error is what its step allows") {
  const Tensor weights = Random(7, 100);
  for (const std::string& text : Sweep()) {
    INFO(text);
    const Scheme scheme = *ParseScheme(text);
    QuantizeStats stats;
    const auto q = Quantize(weights, scheme, {}, nullptr, &stats);
    REQUIRE(q.ok());
    REQUIRE(q->Validate().ok());
    CHECK(stats.nan_count == 0);
    CHECK(stats.saturated_scales == 0);
    const QuantizationError error = *CompareTensors(weights, *q);
    // About 6 dB a bit, less what the range of a group costs; one bit and ternary are of their own.
    const int bits = std::min<int>(scheme.element.bits, 10);
    const bool coarse = scheme.element.kind == ElementKind::kBinary ||
                        scheme.element.kind == ElementKind::kTernary || bits < 3;
    const bool powers = scheme.table == TableKind::kPowersOfTwo || scheme.table == TableKind::kFP4;
    const bool mantissa =
        scheme.element.kind == ElementKind::kE4M3 || scheme.element.kind == ElementKind::kE5M2;
    const double expected = coarse ? 2.0 : mantissa ? 22.0 : powers ? 11.0 : 6.0 * bits - 12.0;
    CHECK(error.sqnr_db > expected);
    CHECK(error.cosine > 0.5);
    CHECK(q->size_bytes() == static_cast<size_t>(*StorageBytes(scheme, weights.shape())));
  }
}

// The bytes of `weights` quantized, and the values they stand for, are the same for every target
// and number of threads.
void RequireSameEverywhere(const Tensor& weights, const Scheme& scheme,
                           const QuantizeOptions& options, std::initializer_list<int> threads) {
  const auto expected = *Quantize(weights, scheme, options);
  const std::vector<float> decoded = Decoded(expected);
  for (const absl::string_view target : SupportedTargets()) {
    for (const int count : threads) {
      ContextOptions context_options;
      context_options.threads = count;
      context_options.target = std::string(target);
      const auto context = *Context::Create(context_options);
      const auto q = *Quantize(weights, scheme, options, context.get());
      REQUIRE(SameTensor(expected, q));
      std::vector<float> out(decoded.size());
      REQUIRE(Dequantize(q, absl::MakeSpan(out), context.get()).ok());
      REQUIRE(std::memcmp(out.data(), decoded.data(), out.size() * 4) == 0);
    }
  }
}

TEST_CASE("the same bytes for every target and thread count") {
  const Tensor weights = Random(33, 301);
  const Tensor large = Random(140, 501);  // more than a task takes
  const Tensor searched = Random(VectorsAreEmulated() ? 5 : 33, 301);
  QuantizeOptions search;
  search.range = RangeMethod::kScaleSearch;
  for (const char* text : {"int8", "int4:g32", "int3:g48", "uint4:g64:min", "q4_k", "q6_k", "nf4",
                           "nf4:dq", "codebook3:channel", "mxfp4", "nvfp4", "uint2:flat40:hqq"}) {
    INFO(text);
    const Scheme scheme = *ParseScheme(text);
    RequireSameEverywhere(searched, scheme, search, {1});
    if (scheme.table == TableKind::kCodebook) {  // a task for each row
      RequireSameEverywhere(weights, scheme, {}, {1, 2, 3});
    } else {
      RequireSameEverywhere(weights, scheme, {}, {1});
      RequireSameEverywhere(large, scheme, {}, {3});
    }
  }
}

TEST_CASE("a search over several tasks gives what one task gives") {
  const Tensor weights = Random(140, 501);
  QuantizeOptions search;
  search.range = RangeMethod::kScaleSearch;
  const auto expected = *Quantize(weights, *ParseScheme("int4:g32"), search);
  ContextOptions options;
  options.threads = 3;
  const auto context = *Context::Create(options);
  REQUIRE(
      SameTensor(expected, *Quantize(weights, *ParseScheme("int4:g32"), search, context.get())));
}

TEST_CASE("codes are the nearest levels of the scale as it is stored") {
  const Tensor weights = Random(4, 64, 3);
  const auto q = *Quantize(weights, *ParseScheme("int4:g32:f16"));
  for (int64_t row = 0; row < 4; ++row) {
    std::vector<int16_t> codes(64);
    REQUIRE(UnpackCodes(q, row, absl::MakeSpan(codes)).ok());
    for (int64_t i = 0; i < 64; ++i) {
      const size_t group = static_cast<size_t>(row * 2 + i / 32);
      const float scale = F16ToF32(q.scales.as<uint16_t>()[group]);
      const float x = weights.as<float>()[static_cast<size_t>(row * 64 + i)];
      float best = kInf;
      for (int level = -7; level <= 7; ++level) {
        best = std::min(best, std::fabs(x - static_cast<float>(level) * scale));
      }
      const auto code = static_cast<float>(codes[static_cast<size_t>(i)]);
      CHECK(std::fabs(x - code * scale) <= best * 1.0001f + 1e-9f);
    }
  }
}

TEST_CASE("degenerate groups have defined results") {
  const float tiny = std::numeric_limits<float>::denorm_min();
  struct Case {
    const char* name;
    float value;
  };
  for (const Case& c :
       {Case{"zero", 0.0f}, Case{"negative zero", -0.0f}, Case{"constant", 0.75f},
        Case{"negative constant", -3.0f}, Case{"nan", kNan}, Case{"inf", kInf},
        Case{"denormal", tiny}, Case{"largest", std::numeric_limits<float>::max()}}) {
    for (const std::string& text : Sweep()) {
      INFO(text << " " << c.name);
      const std::vector<float> values(70, c.value);
      const auto q = Quantize(*Tensor::FromValues<float>({2, 35}, values), *ParseScheme(text));
      REQUIRE(q.ok());
      for (const float v : Decoded(*q)) {
        REQUIRE_FALSE(std::isnan(v));
        if (c.value == 0.0f) REQUIRE(std::fabs(v) <= 1e-30f);
        if (std::fabs(c.value) >= 0.5f && std::fabs(c.value) < 4.0f) {
          REQUIRE(std::fabs(v - c.value) <= 0.35f * std::fabs(c.value));
        }
      }
    }
  }
}

TEST_CASE("values that are not finite are counted and do not widen the range") {
  Tensor weights = Random(2, 64);
  const auto clean = *Quantize(weights, *ParseScheme("int8:g32"));
  weights.mutable_as<float>()[5] = kNan;
  weights.mutable_as<float>()[70] = -kInf;
  QuantizeStats stats;
  const auto q = *Quantize(weights, *ParseScheme("int8:g32"), {}, nullptr, &stats);
  CHECK(stats.nan_count == 1);
  CHECK(stats.inf_count == 1);
  std::vector<int16_t> codes(128);
  REQUIRE(UnpackCodes(q, 0, absl::MakeSpan(codes)).ok());
  CHECK(codes[5] == 0);
  CHECK(codes[70] == -127);
  CHECK(clean.scales.as<uint16_t>()[1] == q.scales.as<uint16_t>()[1]);
}

TEST_CASE("searching never loses against the full range") {
  const Tensor weights = Random(16, 256, 9);
  for (const char* text : {"int4:g64", "int3:g64", "uint4:g64", "uint3:g64:min", "uint4:g64:hqq",
                           "nf4", "mxfp4", "int4:full", "ternary", "iq4_nl"}) {
    INFO(text);
    double best = 0.0;
    for (const RangeMethod range :
         {RangeMethod::kMax, RangeMethod::kMse, RangeMethod::kScaleSearch}) {
      QuantizeOptions options;
      options.range = range;
      const double sqnr =
          CompareTensors(weights, *Quantize(weights, *ParseScheme(text), options))->sqnr_db;
      CHECK(sqnr >= best - 1e-9);
      best = sqnr;
    }
  }
}

TEST_CASE("importance moves the error to the columns that matter less") {
  const Tensor weights = Random(8, 64, 4);
  std::vector<float> importance(64, 1e-3f);
  for (size_t i = 0; i < 8; ++i) importance[i] = 1.0f;
  const auto weighted_error = [&](absl::Span<const float> weight) {
    QuantizeOptions options;
    options.range = RangeMethod::kScaleSearch;
    options.importance = weight;
    const std::vector<float> out = Decoded(*Quantize(weights, *ParseScheme("int3:g64"), options));
    double error = 0.0;
    for (size_t i = 0; i < out.size(); ++i) {
      const double d = static_cast<double>(out[i] - weights.as<float>()[i]);
      error += static_cast<double>(importance[i % 64]) * d * d;
    }
    return error;
  };
  CHECK(weighted_error(importance) < 0.9 * weighted_error({}));
}

TEST_CASE("percentiles clip") {
  std::vector<float> values(1000, 0.5f);
  values[3] = 100.0f;
  const Tensor weights = *Tensor::FromValues<float>({1, 1000}, values);
  QuantizeOptions options;
  options.range = RangeMethod::kPercentile;
  options.percentile = 99.0;
  const auto q = *Quantize(weights, *ParseScheme("int8:tensor"), options);
  CHECK(q.scales.as<float>()[0] == 0.5f / 127.0f);
  options.percentile = 0.0;
  CHECK_FALSE(Quantize(weights, *ParseScheme("int8"), options).ok());
}

TEST_CASE("columns kept, scaled and rotated come back where they were") {
  const Tensor weights = Random(6, 64, 5);
  Scheme scheme = *ParseScheme("int8:channel");
  QuantizeOptions options;
  std::vector<int32_t> columns = {3, 40};
  std::vector<float> input_scale(64);
  for (size_t i = 0; i < 64; ++i) input_scale[i] = 0.5f + static_cast<float>(i) / 64.0f;
  SECTION("outliers") {
    scheme.outliers = kParamF32;
    options.outlier_columns = columns;
    const std::vector<float> out = Decoded(*Quantize(weights, scheme, options));
    for (size_t row = 0; row < 6; ++row) {
      for (const int32_t c : columns) {
        const size_t i = row * 64 + static_cast<size_t>(c);
        CHECK(out[i] == weights.as<float>()[i]);
      }
    }
  }
  SECTION("input scale") {
    scheme.input_scale = true;
    options.input_scale = input_scale;
  }
  SECTION("rotation") { scheme.rotation.block = 32; }
  SECTION("index map") {
    scheme = *ParseScheme("int8:g32");
    scheme.grouping.kind = GroupKind::kIndexMap;
    static std::vector<int32_t> map(64);
    for (int32_t i = 0; i < 64; ++i) map[static_cast<size_t>(i)] = i % 2;
    options.group_index = map;
  }
  const auto q = Quantize(weights, scheme, options);
  REQUIRE(q.ok());
  CHECK(CompareTensors(weights, *q)->sqnr_db > 38.0);
}

TEST_CASE("options that do not fit are refused by name") {
  const Tensor weights = Random(2, 32);
  const std::vector<float> short_importance(31, 1.0f);
  const std::vector<float> negative(32, -1.0f);
  const std::vector<int32_t> bad_columns = {5, 5};
  QuantizeOptions options;
  Scheme scheme = *ParseScheme("int8");
  SECTION("importance size") { options.importance = short_importance; }
  SECTION("importance sign") { options.importance = negative; }
  SECTION("outliers without a scheme for them") { options.outlier_columns = bad_columns; }
  SECTION("outlier columns that repeat") {
    scheme.outliers = kParamF16;
    options.outlier_columns = bad_columns;
  }
  SECTION("a minimum that only files have") {
    scheme = *ParseScheme("uint4:min");
    scheme.offset.super_type = kParamOwnScale;
  }
  SECTION("missing input scale") { scheme.input_scale = true; }
  SECTION("rotation that does not divide") { scheme.rotation.block = 64; }
  CHECK_FALSE(Quantize(weights, scheme, options).ok());
  CHECK_FALSE(Quantize(*Tensor::Create(DType::kI32, {4}), *ParseScheme("int8:tensor")).ok());
}

TEST_CASE("f16, bf16 and f64 weights quantize as their f32 values do") {
  const Tensor half_source = Random(5, 70, 8);
  for (const DType dtype : {DType::kF16, DType::kBF16, DType::kF64}) {
    Tensor narrow = *Tensor::Create(dtype, half_source.shape());
    for (size_t i = 0; i < 350; ++i) {
      const float v = half_source.as<float>()[i];
      if (dtype == DType::kF16) narrow.mutable_as<uint16_t>()[i] = F32ToF16(v);
      if (dtype == DType::kBF16) narrow.mutable_as<uint16_t>()[i] = F32ToBF16(v);
      if (dtype == DType::kF64) narrow.mutable_as<double>()[i] = static_cast<double>(v);
    }
    for (const char* text : {"int8", "q4_k", "uint4:channel1", "codebook2"}) {
      CHECK(SameTensor(*Quantize(narrow, *ParseScheme(text)),
                       *Quantize(*narrow.ToF32(), *ParseScheme(text))));
    }
  }
}

TEST_CASE("empty tensors and scalars") {
  for (const std::string& text : Sweep()) {
    INFO(text);
    if (text.find("channel1") != std::string::npos) continue;
    CHECK(Quantize(*Tensor::Create(DType::kF32, {0, 16}), *ParseScheme(text)).ok());
    CHECK(Quantize(*Tensor::Create(DType::kF32, {3, 0}), *ParseScheme(text)).ok());
    const auto one = Quantize(*Tensor::FromValues<float>({1}, {2.0f}), *ParseScheme(text));
    REQUIRE(one.ok());
    CHECK(std::fabs(Decoded(*one)[0] - 2.0f) < 0.7f);
  }
}

TEST_CASE("a cancelled context stops the work") {
  const auto context = *Context::Create();
  context->Cancel();
  const auto q = Quantize(Random(8, 64), *ParseScheme("int8"), {}, context.get());
  CHECK(absl::IsCancelled(q.status()));
}

}  // namespace
}  // namespace pawl
