// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/block_search.h"

#include <limits>

#include "method_test_util.h"

namespace pawl {
namespace {

double WeightedError(const Tensor& w, const QuantizedTensor& q,
                     absl::Span<const float> importance) {
  const Tensor made = DecodedTensor(q);
  double sum = 0.0;
  for (size_t i = 0; i < w.as<float>().size(); ++i) {
    const double d =
        static_cast<double>(w.as<float>()[i]) - static_cast<double>(made.as<float>()[i]);
    const double weight = importance.empty() ? 1.0 : importance[i % importance.size()];
    sum += weight * d * d;
  }
  return sum;
}

}  // namespace

TEST_CASE("blocks: less weighted error than groups on their own, and the report says which") {
  const Tensor w = RandomWeights(24, 512);
  const std::vector<float> importance = MomentsOf(CorrelatedInputs(64, 512)).Importance();
  for (const char* text : {"q2_k", "q3_k", "q4_k", "q5_k", "q6_k", "iq4_xs"}) {
    for (const bool weighted : {false, true}) {
      INFO(text << (weighted ? ", weighted" : ""));
      const Scheme scheme = *ParseScheme(text);
      const absl::Span<const float> weights = weighted ? importance : absl::Span<const float>();
      BlockSearchReport report;
      const QuantizedTensor q = *SearchBlocks(w, scheme, {.importance = weights}, nullptr, &report);
      const double error = WeightedError(w, q, weights);
      const QuantizedTensor each =
          *Quantize(w, scheme, {.range = RangeMethod::kScaleSearch, .importance = weights});
      CHECK(error < 0.99 * WeightedError(w, each, weights));
      CHECK(std::fabs(report.error_after - error) < 1e-4 * error);
      CHECK(report.error_after <= report.error_before);
      ForEachContext([&](Context& context) {
        CHECK(SameTensor(*SearchBlocks(w, scheme, {.importance = weights}, &context), q));
      });
    }
  }
}

TEST_CASE("blocks: schemes without supers, ragged rows, magnitudes") {
  const Tensor w = RandomWeights(7, 100);
  for (const char* text :
       {"q4_0", "q4_1", "q5_0", "q5_1", "iq4_nl", "mxfp4", "int4:g32", "uint4:g48"}) {
    INFO(text);
    const Scheme scheme = *ParseScheme(text);
    CHECK(WeightedError(w, *SearchBlocks(w, scheme), {}) <=
          WeightedError(w, *Quantize(w, scheme, {.range = RangeMethod::kScaleSearch}), {}));
  }
  for (const NamedScheme& named : NamedSchemes()) {
    INFO(named.name);
    BlockSearchReport report;
    const auto q = SearchBlocks(w, named.scheme, {.magnitude_weights = true}, nullptr, &report);
    REQUIRE(q.ok());
    CHECK(WeightedError(w, *q, {}) <
          0.3 * WeightedError(w, *Quantize(*Tensor::Create(DType::kF32, w.shape()), named.scheme),
                              {}));
  }
}

TEST_CASE("blocks: zeros, constants and values that are not finite") {
  Tensor w = *Tensor::Create(DType::kF32, {4, 256});
  const absl::Span<float> values = w.mutable_as<float>();
  std::fill(values.begin() + 256, values.begin() + 512, 0.5f);
  std::fill(values.begin() + 512, values.begin() + 768, std::numeric_limits<float>::quiet_NaN());
  values[800] = std::numeric_limits<float>::infinity();
  values[801] = -1.0f;
  for (const NamedScheme& named : NamedSchemes()) {
    INFO(named.name);
    BlockSearchReport report;
    const auto q = SearchBlocks(w, named.scheme, {}, nullptr, &report);
    REQUIRE(q.ok());
    CHECK(report.stats.nan_count == 256);
    CHECK(report.stats.inf_count == 1);
    const Tensor decoded = DecodedTensor(*q);
    for (const float v : decoded.as<float>()) REQUIRE(std::isfinite(v));
    CHECK(decoded.as<float>()[0] == 0.0f);
  }
}

TEST_CASE("blocks: what does not fit") {
  const Tensor w = RandomWeights(4, 64);
  CHECK_FALSE(SearchBlocks(w, *ParseScheme("int8:channel")).ok());
  const std::vector<float> few(3, 1.0f), negative(64, -1.0f);
  CHECK_FALSE(SearchBlocks(w, *ParseScheme("q4_k"), {.importance = few}).ok());
  CHECK_FALSE(SearchBlocks(w, *ParseScheme("q4_k"), {.importance = negative}).ok());
}

}  // namespace pawl
