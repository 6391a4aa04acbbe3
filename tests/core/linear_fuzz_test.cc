// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Random shapes, schemes and extreme codes against the formula of linear.h, bit for bit, on every
// target: whatever form the weights are packed in, and whatever multiplies them.

#include <cmath>
#include <cstring>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/group_layout.h"
#include "lib/core/level_tables.h"
#include "lib/core/linear_levels.h"
#include "linear_test_util.h"
#include "pawl/quantizer.h"
#include "tests/tested_targets.h"

namespace pawl {
namespace {

using namespace pawl::testing;

struct Case {
  std::string scheme;
  int64_t m = 0, n = 0, k = 0;
  DType dtype = DType::kI8;
  int32_t zero = 0;
  bool extreme = false;
  bool indexed = false;
};

int64_t Below(std::mt19937_64& random, int64_t bound) {
  return static_cast<int64_t>(random() % static_cast<uint64_t>(bound));
}

Case RandomCase(std::mt19937_64& random) {
  constexpr const char* kGroups[] = {"g16", "g24",  "g32",     "g48",
                                     "g64", "g128", "channel", "tensor"};
  Case c;
  const bool is_unsigned = random() % 2 == 0;
  const char* group = kGroups[random() % std::size(kGroups)];
  c.scheme = absl::StrCat(is_unsigned ? "uint" : "int", 2 + random() % 7, ":", group);
  if (is_unsigned) {
    constexpr const char* kOffsets[] = {":asym", ":min", ":hqq"};
    absl::StrAppend(&c.scheme, kOffsets[random() % std::size(kOffsets)]);
  }
  c.m = 1 + Below(random, random() % 4 == 0 ? 70 : 6);
  c.n = 1 + Below(random, 70);
  c.k = 1 + Below(random, 700);
  c.dtype = random() % 2 == 0 ? DType::kI8 : DType::kU8;
  if (random() % 2 == 0) {
    c.zero = static_cast<int32_t>(Below(random, 256)) - (c.dtype == DType::kI8 ? 128 : 0);
  }
  c.extreme = random() % 3 == 0;
  c.indexed = group[0] == 'g' && random() % 4 == 0;
  return c;
}

// Level tables: those whose numbers are integers, and those that are rounded.
Case RandomTableCase(std::mt19937_64& random) {
  constexpr const char* kSchemes[] = {
      "fp4e2m1:g32", "fp4e2m1:g16",      "fp4e2m1:channel",  "mxfp4",           "iq4_nl",
      "iq4_xs",      "nf4:g64",          "nf4:g32",          "fp4:g64",         "pot4:channel",
      "apot3:g32",   "codebook4:tensor", "codebook3:tensor", "codebook2:tensor"};
  Case c = RandomCase(random);
  c.scheme = kSchemes[random() % std::size(kSchemes)];
  c.indexed = false;
  const bool blocks = c.scheme == "mxfp4" || c.scheme == "iq4_nl";
  if (blocks) c.k = (c.k + 31) / 32 * 32;
  if (c.scheme == "iq4_xs") c.k = (c.k + 255) / 256 * 256;
  return c;
}

// What codes of a level table become, by the words of linear.h, and the factor of the scale.
float IntegersOf(const QuantizedTensor& w, std::vector<int16_t>* codes) {
  const Element& e = w.scheme.element;
  if (e.is_integer()) return 1.0f;
  const LevelTable table = MakeLevelTable(w.scheme);
  const bool learned = w.scheme.table == TableKind::kCodebook;
  const absl::Span<const float> levels = learned ? w.levels.as<float>() : table.span();
  double factor = 127.0, largest = 0.0;
  for (const float level : levels) largest = std::max(largest, double{std::fabs(level)});
  const bool halves = e.kind == ElementKind::kE2M1 && largest == 6.0;
  if (halves || largest > 1.0) {  // 6 and its halves; 12 as ggml doubles them; iq4's 127
    factor = halves ? 2.0 : 1.0;
    largest = 1.0;
  }
  for (int16_t& code : *codes) {
    const double level = levels[static_cast<size_t>(code)];
    code = static_cast<int16_t>(std::nearbyint(level * factor / largest));
  }
  return static_cast<float>(largest / factor);
}

// Groups of a row, and which of them each column belongs to.
struct Groups {
  explicit Groups(const QuantizedTensor& w) {
    const auto layout = *GroupLayout::Create(w.scheme, w.shape, w.group_index.as<int32_t>());
    count = layout.num_groups();
    scales.resize(static_cast<size_t>(count));
    offsets.resize(static_cast<size_t>(count));
    DecodeScales(w, 0, absl::MakeSpan(scales));
    DecodeOffsets(w, 0, absl::MakeSpan(offsets));
    for (int64_t row = 0; row < w.rows(); ++row) {
      for (int64_t c = 0; c < w.cols(); ++c) of.push_back(layout.GroupOf(row, c));
    }
  }
  int64_t count = 0;
  std::vector<float> scales, offsets;
  std::vector<int64_t> of;
};

// The formula for one result, without bias; `codes` are less their zero point.
float Expected(const QuantizedTensor& w, const Groups& groups, const std::vector<int16_t>& q,
               int64_t row, const std::vector<int32_t>& codes, int64_t m, float scale) {
  const int64_t k = w.cols();
  std::vector<int64_t> order;  // groups of the row, ascending
  for (int64_t c = 0; c < k; ++c) order.push_back(groups.of[static_cast<size_t>(row * k + c)]);
  std::sort(order.begin(), order.end());
  order.erase(std::unique(order.begin(), order.end()), order.end());
  const OffsetKind kind = w.scheme.offset.kind;
  float v = 0.0f;
  for (const int64_t g : order) {
    const float s = groups.scales[static_cast<size_t>(g)];
    const float offset = groups.offsets[static_cast<size_t>(g)];
    const auto zero = kind == OffsetKind::kZeroPoint ? static_cast<int64_t>(offset) : 0;
    int64_t a = 0, sum = 0;
    for (int64_t c = 0; c < k; ++c) {
      if (groups.of[static_cast<size_t>(row * k + c)] != g) continue;
      const int64_t code = codes[static_cast<size_t>(m * k + c)];
      a += code * (q[static_cast<size_t>(row * k + c)] - zero);
      sum += code;
    }
    v = std::fma(s, static_cast<float>(a), v);
    if (kind != OffsetKind::kMinimum && kind != OffsetKind::kFloatZero) continue;
    const float minimum = kind == OffsetKind::kMinimum ? offset : offset * s;
    v = std::fma(-minimum, static_cast<float>(sum), v);
  }
  return scale * v;
}

void Check(const Case& c, uint64_t seed) {
  std::mt19937_64 random(seed);
  Scheme scheme = Parsed(c.scheme);
  if (c.indexed) scheme.grouping.kind = GroupKind::kIndexMap;
  QuantizedTensor w = RandomWeights(scheme, {c.n, c.k}, seed);
  std::vector<int16_t> q(static_cast<size_t>(c.n * c.k));
  REQUIRE(UnpackCodes(w, 0, absl::MakeSpan(q)).ok());
  const Element& e = scheme.element;
  if (c.extreme) {
    for (int16_t& code : q) {
      code = static_cast<int16_t>(random() % 8 != 0 ? e.MaxCode() : e.MinCode());
    }
    REQUIRE(PackCodes(w, 0, q).ok());
  }
  const int32_t low = c.dtype == DType::kI8 ? -128 : 0;
  std::vector<uint8_t> x(static_cast<size_t>(c.m * c.k));
  std::vector<int32_t> codes;
  for (uint8_t& byte : x) {
    const int32_t code = c.extreme ? (random() % 4 == 0 ? low + 255 : low)
                                   : low + static_cast<int32_t>(random() % 256);
    byte = static_cast<uint8_t>(code);
    codes.push_back(code - c.zero);
  }
  LinearOptions options;
  options.mode = LinearMode::kStaticInt8;
  options.activation_dtype = c.dtype;
  options.activation_scale = 0.03f;
  options.activation_zero_point = c.zero;
  options.round_levels = true;
  Groups groups(w);
  const float factor = IntegersOf(w, &q);
  for (float& s : groups.scales) s *= factor;
  std::vector<float> expected;
  for (int64_t m = 0; m < c.m; ++m) {
    for (int64_t row = 0; row < c.n; ++row) {
      expected.push_back(Expected(w, groups, q, row, codes, m, options.activation_scale));
    }
  }
  const QuantizedLinear linear = MakeLinear(w, options);
  for (const kernels::Target tested : TestedTargets()) {
    const std::string target(kernels::TargetName(tested));
    INFO("target " << target);
    std::vector<float> y(expected.size());
    const auto context = MakeContext(1 + static_cast<int>(random() % 2), target);
    REQUIRE(linear.Run({x.data(), c.dtype, c.m, c.k}, {y.data(), DType::kF32, c.m, c.n}, *context)
                .ok());
    CHECK(std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)) == 0);
  }
}

}  // namespace

TEST_CASE("Blocks of GGUF give the formula's bits on every target") {
  std::mt19937_64 random(2027);
  for (const char* scheme :
       {"q4_0", "q4_1", "q5_0", "q5_1", "q8_0", "q2_k", "q3_k", "q4_k", "q5_k", "q6_k"}) {
    for (const int64_t m : {1, 2, 21}) {
      const Case c{scheme, m, 1 + Below(random, 70), 512};
      INFO(scheme << ", m " << m << ", n " << c.n);
      Check(c, random());
    }
  }
}

TEST_CASE("Packed weights take hardly more memory than canonical ones") {
  // Sub-scales become bytes: Q2_K has 4 bits, Q3_K 6 for 16 weights. MXFP4's bytes become f16,
  // and f16 scales of rounded levels f32.
  struct Bound {
    const char* scheme;
    double ratio = 1.03;
  };
  for (const Bound& b :
       {Bound{"int8:channel"}, Bound{"int4:g32"}, Bound{"int4:g128"}, Bound{"uint4:g64:asym"},
        Bound{"int3:g64"}, Bound{"int2:g64"}, Bound{"q4_0"}, Bound{"q4_1"}, Bound{"q5_0"},
        Bound{"q8_0"}, Bound{"q4_k"}, Bound{"q5_k"}, Bound{"q6_k"}, Bound{"q2_k", 1.20},
        Bound{"q3_k", 1.05}, Bound{"iq4_nl"}, Bound{"nf4:g64", 1.07}, Bound{"mxfp4", 1.07}}) {
    const QuantizedTensor w = RandomWeights(Parsed(b.scheme), {256, 1024}, 5);
    LinearOptions options;
    options.mode = LinearMode::kDynamicInt8;
    options.release_canonical = true;
    options.round_levels = true;
    const auto packed = static_cast<double>(MakeLinear(w, options).size_bytes());
    INFO(b.scheme << ": " << packed << " bytes instead of " << w.size_bytes());
    CHECK(packed < b.ratio * static_cast<double>(w.size_bytes()));
  }
}

TEST_CASE("Level tables give the formula's bits on every target") {
  std::mt19937_64 random(2028);
  for (int i = 0; i < 60; ++i) {
    const Case c = RandomTableCase(random);
    INFO("case " << i << ": " << c.scheme << ", m " << c.m << ", n " << c.n << ", k " << c.k << ", "
                 << std::string(DTypeName(c.dtype)) << " codes, zero point " << c.zero
                 << (c.extreme ? ", extreme" : ""));
    Check(c, random());
  }
}

TEST_CASE("Levels that are no integers are rounded only where that is asked for") {
  for (const char* scheme : {"nf4:g64", "fp4:g64", "pot4:channel", "codebook2:tensor"}) {
    const QuantizedTensor w = RandomWeights(Parsed(scheme), {8, 64}, 3);
    LinearOptions options;
    options.mode = LinearMode::kDynamicInt8;
    const auto refused = QuantizedLinear::Create(w, options);
    REQUIRE_FALSE(refused.ok());
    CHECK(std::string(refused.status().message()).find("round_levels") != std::string::npos);
    options.round_levels = true;
    CHECK(QuantizedLinear::Create(w, options).ok());

    const std::optional<IntegerLevels> made = MakeIntegerLevels(w, true);
    REQUIRE(made.has_value());
    const LevelTable table = MakeLevelTable(w.scheme);
    const bool learned = w.scheme.table == TableKind::kCodebook;
    const absl::Span<const float> levels = learned ? w.levels.as<float>() : table.span();
    float largest = 0.0f;
    for (const float level : levels) largest = std::max(largest, std::fabs(level));
    for (size_t i = 0; i < levels.size(); ++i) {
      const float number = static_cast<float>(made->codes[i] - made->zero);
      CHECK(std::fabs(number * made->factor - levels[i]) <= largest / 254.0f * 1.0001f);
    }
  }
  // Too many levels, and a table for each row.
  const Tensor floats = *Tensor::FromValues<float>({8, 64}, RandomFloats(8 * 64, 9));
  for (const char* scheme : {"codebook5:tensor", "codebook3:channel"}) {
    const auto w = Quantize(floats, Parsed(scheme));
    REQUIRE(w.ok());
    LinearOptions options;
    options.mode = LinearMode::kDynamicInt8;
    options.round_levels = true;
    INFO(scheme << " has " << w->levels.num_elements() << " levels");
    CHECK_FALSE(QuantizedLinear::Create(*w, options).ok());
  }
}

TEST_CASE("Random shapes and schemes give the formula's bits on every target") {
  std::mt19937_64 random(2026);
  for (int i = 0; i < 150; ++i) {
    const Case c = RandomCase(random);
    INFO("case " << i << ": " << c.scheme << (c.indexed ? " indexed" : "") << ", m " << c.m
                 << ", n " << c.n << ", k " << c.k << ", " << std::string(DTypeName(c.dtype))
                 << " codes, zero point " << c.zero << (c.extreme ? ", extreme" : ""));
    Check(c, random());
  }
}

}  // namespace pawl
