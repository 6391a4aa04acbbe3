// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A correct linear for every scheme.

#include <string>
#include <vector>

#include "linear_test_util.h"

namespace pawl {
namespace {

using namespace pawl::testing;

constexpr int64_t kRows = 24;
constexpr int64_t kCols = 512;
constexpr int64_t kBatch = 3;

struct Case {
  std::string name;
  Scheme scheme;
};

// Every named scheme, and what has no name: other groupings and the optional parts.
std::vector<Case> Cases() {
  std::vector<Case> cases;
  for (const NamedScheme& named : NamedSchemes()) {
    cases.push_back({std::string(named.name), named.scheme});
  }
  for (const char* text : {"int8:channel",
                           "int8:tensor",
                           "int8:channel1",
                           "int4:g32",
                           "int4:g48",
                           "int2:g16",
                           "int3:g64",
                           "int5:g32",
                           "uint8:channel:asym",
                           "uint4:g32:asym",
                           "uint4:g32:min",
                           "uint4:g64:hqq",
                           "uint8:g64:min",
                           "ternary:channel",
                           "binary:g64",
                           "int4:block8x64",
                           "int8:flat128",
                           "int8:flat96",
                           "int8:flat1024",
                           "nf4",
                           "nf4:dq",
                           "fp4",
                           "codebook4",
                           "pot4",
                           "apot4",
                           "fp4e2m1:g32",
                           "e4m3:channel",
                           "e5m2:channel",
                           "f16",
                           "bf16",
                           "int16"}) {
    cases.push_back({text, Parsed(text)});
  }
  const auto variant = [&](const char* name, const char* base, auto change) {
    Case c{name, Parsed(base)};
    change(c.scheme);
    cases.push_back(c);
  };
  variant("index map", "uint4:g64:asym", [](Scheme& s) { s.grouping.kind = GroupKind::kIndexMap; });
  variant("strided", "uint4:g64:hqq", [](Scheme& s) { s.grouping.kind = GroupKind::kFlatStrided; });
  variant("outliers", "int8:channel", [](Scheme& s) { s.outliers = kParamF16; });
  variant("outliers and index map", "int4:g64", [](Scheme& s) {
    s.outliers = kParamF32;
    s.grouping.kind = GroupKind::kIndexMap;
  });
  variant("input scale", "int4:g64", [](Scheme& s) { s.input_scale = true; });
  variant("rotation", "int4:g64", [](Scheme& s) { s.rotation.block = 64; });
  variant("all three", "uint8:channel:asym", [](Scheme& s) {
    s.outliers = kParamBF16;
    s.input_scale = true;
    s.rotation.block = 512;
  });
  variant("post scale", "int4:g32:min", [](Scheme& s) { s.post_scale = 0.5f; });
  variant("f16 arithmetic", "int4:g32", [](Scheme& s) { s.arithmetic = Arithmetic::kF16; });
  return cases;
}

bool RunsAsInteger(const Scheme& s) {
  const bool levels = (s.element.kind == ElementKind::kE2M1 || s.table == TableKind::kIQ4NL) &&
                      s.offset.kind == OffsetKind::kNone;
  if (!levels && (!s.element.is_integer() || s.element.bits > 8)) return false;
  const Grouping& g = s.grouping;
  if (g.kind == GroupKind::kFlatStrided) return false;
  if (g.kind == GroupKind::kChannel) return g.axis == 0 || g.axis == -2;
  if (g.kind == GroupKind::kFlat) return kCols % g.size == 0 || g.size % kCols == 0;
  return true;
}

LinearOptions Options(LinearMode mode, ActivationScale scale = ActivationScale::kPerToken) {
  LinearOptions options;
  options.name = "layer";
  options.mode = mode;
  options.activation_groups = scale;
  options.activation_scale = 4.0f / 127;
  return options;
}

}  // namespace

TEST_CASE("Weight-only takes every scheme") {
  const std::vector<float> x = RandomFloats(kBatch * kCols, 5);
  for (const Case& c : Cases()) {
    INFO(c.name);
    const QuantizedTensor w = RandomWeights(c.scheme, {kRows, kCols}, 7);
    std::vector<double> size;
    const auto expected = Product(x, Decoded(w), kBatch, kRows, kCols, &size);
    CHECK(WorstError(Forward(MakeLinear(w, Options(LinearMode::kWeightOnly)), x, kBatch), expected,
                     size) < 1e-6);
  }
}

TEST_CASE("Integer modes take every integer scheme and say what they do not take") {
  const std::vector<float> x = RandomFloats(kBatch * kCols, 5);
  int taken = 0;
  for (const Case& c : Cases()) {
    INFO(c.name);
    const QuantizedTensor w = RandomWeights(c.scheme, {kRows, kCols}, 7);
    std::vector<double> size;
    const auto expected = Product(x, Decoded(w), kBatch, kRows, kCols, &size);
    for (const LinearOptions& options :
         {Options(LinearMode::kDynamicInt8), Options(LinearMode::kStaticInt8),
          Options(LinearMode::kDynamicInt8, ActivationScale::kPerTokenAndGroup)}) {
      const auto linear = QuantizedLinear::Create(w, options);
      if (!RunsAsInteger(c.scheme)) {
        REQUIRE(linear.status().code() == absl::StatusCode::kInvalidArgument);
        const std::string message(linear.status().message());
        CHECK(message.find("'layer'") != std::string::npos);
        CHECK(message.find("weight_only") != std::string::npos);
        continue;
      }
      INFO(linear.status().ToString());
      REQUIRE(linear.ok());
      ++taken;
      // Rounding activations to 8 bits leaves about 1 % of the size of the product.
      const double error = WorstError(Forward(*linear, x, kBatch), expected, size);
      CHECK(error < 0.01);
      CHECK(error > 1e-7);
    }
  }
  CHECK(taken >= 60);
}

TEST_CASE("A codebook for each row") {
  QuantizedTensor w = RandomWeights(Parsed("codebook3"), {kRows, kCols}, 11);
  const std::vector<float> levels = RandomFloats(kRows * 8, 12);
  w.levels = *Tensor::FromValues<float>({kRows, 8}, levels);
  const std::vector<float> x = RandomFloats(kBatch * kCols, 13);
  std::vector<double> size;
  const auto expected = Product(x, Decoded(w), kBatch, kRows, kCols, &size);
  CHECK(WorstError(Forward(MakeLinear(w), x, kBatch), expected, size) < 1e-6);
}

TEST_CASE("Weights of more than two dimensions are rows of their last") {
  const QuantizedTensor w = RandomWeights(Parsed("int8:channel"), {4, 6, 64}, 17);
  const std::vector<float> x = RandomFloats(kBatch * 64, 18);
  std::vector<double> size;
  const auto expected = Product(x, Decoded(w), kBatch, 24, 64, &size);
  for (const LinearMode mode : {LinearMode::kWeightOnly, LinearMode::kDynamicInt8}) {
    CHECK(WorstError(Forward(MakeLinear(w, Options(mode)), x, kBatch), expected, size) < 0.01);
  }
}

}  // namespace pawl
