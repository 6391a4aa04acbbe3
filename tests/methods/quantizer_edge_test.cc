// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantize at the edges: values that no type holds well, and hosts with another floating-point
// mode.

#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cfenv>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <vector>

#include "lib/core/params.h"
#include "lib/methods/group_fit.h"
#include "pawl/quantizer.h"

#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

namespace pawl {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

std::vector<float> Decoded(const QuantizedTensor& q) {
  std::vector<float> out(static_cast<size_t>(q.num_elements()));
  REQUIRE(Dequantize(q, absl::MakeSpan(out)).ok());
  return out;
}

Tensor Values(absl::Span<const float> values, int64_t rows = 1) {
  return *Tensor::FromValues<float>({rows, static_cast<int64_t>(values.size()) / rows}, values);
}

TEST_CASE("no super-scale makes a NaN of tiny weights") {
  for (const float size : {1e-37f, 1e-38f, 1e-40f, 3e-45f, 1e38f}) {
    std::vector<float> values(64);
    for (size_t i = 0; i < values.size(); ++i) values[i] = size * static_cast<float>(i % 3);
    for (const ParamType super : {kParamF32, kParamF16, kParamBF16}) {
      Scheme scheme = *ParseScheme("nvfp4");
      scheme.scale.super_type = super;
      for (const float v : Decoded(*Quantize(Values(values), scheme))) {
        REQUIRE_FALSE(std::isnan(v));
        REQUIRE(v >= 0.0f);
      }
    }
  }
}

TEST_CASE("nearly constant groups keep their value under a float zero") {
  for (const float c : {0.3f, -0.3f, 1.0f, 1000.0f}) {
    for (const float width : {0.0f, 1e-7f, 1e-6f, 1e-5f, 1e-4f, 1e-2f}) {
      std::vector<float> values(64);
      for (size_t i = 0; i < 64; ++i) {
        values[i] = c * (1.0f + width * static_cast<float>(i % 2));
      }
      for (const char* text : {"uint4:g32:hqq", "uint4:g32:hqq:f32", "int8:g32:hqq"}) {
        INFO(text << " " << c << " " << width);
        const std::vector<float> out = Decoded(*Quantize(Values(values), *ParseScheme(text)));
        for (size_t i = 0; i < 64; ++i) {
          REQUIRE(std::fabs(out[i] - values[i]) <= 4e-3f * std::fabs(c));
        }
      }
    }
  }
}

TEST_CASE("scales cut off at the end of their type clip both sides") {
  std::vector<float> values(32);
  for (size_t i = 0; i < 32; ++i) values[i] = i % 2 == 0 ? 1e9f : -1e9f;
  for (const char* text : {"uint4:g32", "int8:g32:asym", "uint4:g32:hqq"}) {
    INFO(text);
    Scheme scheme = *ParseScheme(text);
    // A wide zero point must not leave the codes either.
    if (scheme.offset.kind == OffsetKind::kZeroPoint) scheme.offset.type = kParamI32;
    QuantizeStats stats;
    const std::vector<float> out = Decoded(*Quantize(Values(values), scheme, {}, nullptr, &stats));
    CHECK(stats.saturated_scales == 1);
    CHECK(out[0] > 4e5f);
    CHECK(out[1] < -4e5f);
  }
}

TEST_CASE("a percentile of mostly zeros does not clip everything") {
  std::vector<float> values(64, 0.0f);
  values[7] = 0.3f;
  values[9] = -0.2f;
  QuantizeOptions options;
  options.range = RangeMethod::kPercentile;
  options.percentile = 50.0;
  for (const char* text : {"int8:g64", "uint8:g64"}) {
    const std::vector<float> out = Decoded(*Quantize(Values(values), *ParseScheme(text), options));
    CHECK(std::fabs(out[7] - 0.3f) < 0.01f);
    CHECK(std::fabs(out[9] + 0.2f) < 0.01f);
  }
}

TEST_CASE("values that are not finite are counted wherever they go") {
  std::vector<float> values(64, 0.25f);
  values[3] = kNan;
  values[35] = -kInf;
  QuantizeStats stats;
  QuantizeOptions options;
  const std::vector<int32_t> columns = {3};
  Scheme scheme = *ParseScheme("int8:channel");
  SECTION("outliers") {
    scheme.outliers = kParamF16;
    options.outlier_columns = columns;
    const std::vector<float> out =
        Decoded(*Quantize(Values(values, 2), scheme, options, nullptr, &stats));
    CHECK(out[3] == 0.0f);
    CHECK(out[35] == -65504.0f);
  }
  SECTION("rotation") {
    scheme.rotation.block = 32;
    const std::vector<float> out =
        Decoded(*Quantize(Values(values, 2), scheme, options, nullptr, &stats));
    CHECK(std::fabs(out[4] - 0.25f) < 0.02f);  // the rest of the block survives
    CHECK(std::fabs(out[36] - 0.25f) < 0.02f);
  }
  SECTION("no scale") {
    scheme = *ParseScheme("f16");
    const std::vector<float> out =
        Decoded(*Quantize(Values(values, 2), scheme, options, nullptr, &stats));
    CHECK(out[3] == 0.0f);
    CHECK(out[35] == -65504.0f);
  }
  CHECK(stats.nan_count == 1);
  CHECK(stats.inf_count == 1);
}

TEST_CASE("schemes that only decode are refused") {
  const Tensor weights = Values(std::vector<float>(64, 0.5f));
  Scheme scheme = *ParseScheme("nf4");
  SECTION("offset of a table") { scheme.offset = {OffsetKind::kMinimum, kParamF32, kParamNone}; }
  SECTION("scaled codebook") {
    scheme = *ParseScheme("codebook4");
    scheme.scale.type = kParamF32;
  }
  SECTION("scaled f16") {
    scheme = *ParseScheme("f16");
    scheme.scale.type = kParamF32;
  }
  SECTION("offset without a scale") {
    scheme = *ParseScheme("uint4");
    scheme.scale.type = kParamNone;
  }
  REQUIRE(scheme.Validate().ok());
  CHECK(absl::IsInvalidArgument(Quantize(weights, scheme).status()));
}

// Sets a hostile mode while it lives.
class HostMode {
 public:
  explicit HostMode(int rounding) {
#if defined(__SSE2__)
    saved_ = _mm_getcsr();
#endif
    std::fesetround(rounding);
#if defined(__SSE2__)
    _mm_setcsr(_mm_getcsr() | 0x8040);  // flush results and operands that are denormal
#endif
  }
  ~HostMode() {
    std::fesetround(FE_TONEAREST);
#if defined(__SSE2__)
    _mm_setcsr(saved_);
#endif
  }

 private:
#if defined(__SSE2__)
  unsigned saved_ = 0;
#endif
};

TEST_CASE("the host's rounding and denormal modes change no byte") {
  std::mt19937 engine(7);
  std::vector<float> values(3 * 160);
  for (size_t i = 0; i < values.size(); ++i) {
    values[i] =
        (static_cast<float>(engine() >> 8) / 16777216.0f - 0.5f) * (i < 160 ? 1e-38f : 0.1f);
  }
  const Tensor weights = Values(values, 3);
  for (const char* text :
       {"int8", "int8:channel1", "uint4:g32", "uint4:g32:hqq", "uint4:g32:min", "q4_k", "q6_k",
        "nf4", "nf4:dq", "apot4", "nvfp4", "mxfp4", "codebook3:channel", "uint3:flat48:asym"}) {
    const Scheme scheme = *ParseScheme(text);
    const QuantizedTensor expected = *Quantize(weights, scheme);
    const std::vector<float> decoded = Decoded(expected);
    for (const int rounding : {FE_UPWARD, FE_TOWARDZERO}) {
      INFO(text);
      std::vector<float> out(decoded.size());
      QuantizedTensor q;
      bool ok = false;
      {
        const HostMode mode(rounding);
        q = *Quantize(weights, scheme);
        ok = Dequantize(q, absl::MakeSpan(out)).ok();
      }
      REQUIRE(ok);
      const auto same = [](const Tensor& a, const Tensor& b) {
        return a.size_bytes() == b.size_bytes() &&
               (a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
      };
      CHECK(same(q.codes, expected.codes));
      CHECK(same(q.scales, expected.scales));
      CHECK(same(q.offsets, expected.offsets));
      CHECK(same(q.super_scales, expected.super_scales));
      CHECK(same(q.super_offsets, expected.super_offsets));
      CHECK(same(q.levels, expected.levels));
      CHECK(same(q.scale_levels, expected.scale_levels));
      CHECK(std::memcmp(&q.scale_offset, &expected.scale_offset, sizeof(float)) == 0);
      CHECK(std::memcmp(out.data(), decoded.data(), out.size() * sizeof(float)) == 0);
    }
  }
}

TEST_CASE("quantizer: searches store scales of f16 as files do") {
  const GroupFitter fitter(*ParseScheme("int4:g32:f16"), {});
  const auto check = [&](uint32_t bits) {
    const auto value = std::bit_cast<float>(bits);
    if (!std::isfinite(value)) return true;
    const float stored = fitter.Stored({value, 0.0f}).scale;
    const float expected = ParamValue(kParamF16, EncodeParam(kParamF16, value));
    return std::bit_cast<uint32_t>(stored) == std::bit_cast<uint32_t>(expected);
  };
  uint32_t wrong = 0;
  for (uint64_t bits = 0; bits < uint64_t{1} << 32; bits += 4093) {
    wrong += check(static_cast<uint32_t>(bits)) ? 0 : 1;
  }
  // The smallest normal number, ties to even, the largest number, and what lies beside them.
  for (const uint32_t at : {0x38800000u, 0x3F801000u, 0x3F803000u, 0x477FE000u, 0x477FF000u}) {
    for (uint32_t bits = at - 2; bits <= at + 2; ++bits) {
      wrong += check(bits) && check(bits | 0x80000000u) ? 0 : 1;
    }
  }
  CHECK(wrong == 0);
}

}  // namespace
}  // namespace pawl
