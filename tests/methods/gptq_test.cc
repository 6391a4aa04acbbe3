// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/gptq.h"

#include <algorithm>
#include <limits>

#include "method_test_util.h"
#include "pawl/block_search.h"
#include "pawl/checkpoint_formats.h"

namespace pawl {
namespace {

struct Layer {
  Tensor weights = RandomWeights(70, 160);
  Tensor inputs = CorrelatedInputs(500, 160);
  InputMoments moments = MomentsOf(inputs);
};

// The paper's algorithm 1 in f64, without blocks: U with U^T U = H^-1; symmetric, one scale a row.
Matrix PaperGptq(const Matrix& weights, Matrix h, const std::vector<double>& scales, double most) {
  h.diagonal().array() += 0.01 * h.diagonal().mean();
  const Matrix inverse = h.inverse();
  const Matrix u = Eigen::LLT<Matrix>(inverse).matrixU();
  Matrix w = weights, q = weights;
  for (int64_t i = 0; i < w.cols(); ++i) {
    for (int64_t r = 0; r < w.rows(); ++r) {
      const double scale = scales[static_cast<size_t>(r)];
      q(r, i) = scale * std::clamp(std::nearbyint(w(r, i) / scale), -most, most);
    }
    const Eigen::VectorXd error = (w.col(i) - q.col(i)) / u(i, i);
    for (int64_t j = i; j < w.cols(); ++j) w.col(j) -= error * u(i, j);
  }
  return q;
}

std::vector<double> Scales(const QuantizedTensor& q) {
  std::vector<double> scales;
  for (const float s : q.scales.as<float>()) scales.push_back(static_cast<double>(s));
  return scales;
}

}  // namespace

TEST_CASE("gptq: the paper's algorithm in another form") {
  const Layer layer;
  const InputFactor factor = *InputFactor::Create(layer.moments, {.by_activation = false});
  for (const char* text : {"int4:channel", "int3:channel"}) {
    const QuantizedTensor q = *Gptq(layer.weights, *ParseScheme(text), factor,
                                    {.range = RangeMethod::kMax, .weighted_range = false});
    const Matrix x = ToMatrix(layer.inputs);
    const Matrix expected = PaperGptq(ToMatrix(layer.weights), x.transpose() * x, Scales(q),
                                      text[3] == '4' ? 7.0 : 3.0);
    const Matrix made = ToMatrix(DecodedTensor(q));
    // Values half-way between two levels may go either way, and what follows them with it.
    int64_t different = 0;
    for (int64_t i = 0; i < made.size(); ++i) {
      different += std::fabs(made(i) - expected(i)) > 1e-5 ? 1 : 0;
    }
    INFO(text << ": " << different << " differ");
    CHECK(different < made.size() / 50);
    const double paper = ((ToMatrix(layer.weights) - expected) * x.transpose()).squaredNorm();
    const double ours = ((ToMatrix(layer.weights) - made) * x.transpose()).squaredNorm();
    CHECK(std::fabs(ours - paper) < 0.01 * paper);
  }
}

TEST_CASE("gptq: less error than rounding to nearest, for every kind of scheme") {
  const Layer layer;
  for (const bool by_activation : {false, true}) {
    const InputFactor factor =
        *InputFactor::Create(layer.moments, {.by_activation = by_activation});
    for (const char* text :
         {"int4:g32", "int4:channel", "uint4:g32", "uint3:g32:min", "uint4:hqq", "nf4", "int2:g16",
          "ternary:g32", "binary:g32", "fp4e2m1:g32", "codebook3:channel", "codebook2", "mxfp4",
          "int8:channel", "e4m3:channel", "int4:tensor"}) {
      INFO(text << (by_activation ? ", by activation" : ""));
      const Scheme scheme = *ParseScheme(text);
      const std::vector<float> importance = layer.moments.Importance();
      const QuantizedTensor nearest = *Quantize(
          layer.weights, scheme, {.range = RangeMethod::kScaleSearch, .importance = importance});
      GptqReport report;
      const auto q = Gptq(layer.weights, scheme, factor, {}, nullptr, &report);
      REQUIRE(q.ok());
      const double before = *OutputError(layer.moments, layer.weights, DecodedTensor(nearest));
      const double after = *OutputError(layer.moments, layer.weights, DecodedTensor(*q));
      CHECK(after < 0.8 * before);
      // The loss is that of the damped products: no smaller.
      CHECK(report.loss >= after * 0.999);
      CHECK(report.loss < 3.0 * after);
    }
  }
}

TEST_CASE("gptq: with diagonal products the codes are those of rounding to nearest") {
  Tensor inputs = *Tensor::Create(DType::kF32, {96, 96});
  for (int64_t i = 0; i < 96; ++i) {
    inputs.mutable_as<float>()[static_cast<size_t>(i * 97)] = 1.0f + static_cast<float>(i % 7);
  }
  const InputFactor factor = *InputFactor::Create(MomentsOf(inputs));
  const Tensor weights = RandomWeights(40, 96);
  for (const NamedScheme& named : NamedSchemes()) {
    INFO(named.name);
    // Where scales have supers, all of a block's parameters are searched for together.
    const QuantizedTensor nearest = *SearchBlocks(weights, named.scheme);
    const QuantizedTensor q = *Gptq(weights, named.scheme, factor, {.weighted_range = false});
    CHECK(SameTensor(q, nearest));
  }
  for (const bool static_groups : {true, false}) {
    const InputFactor plain = *InputFactor::Create(MomentsOf(inputs), {.by_activation = false});
    for (const char* text : {"int4:g32", "uint4:g24", "uint3:g48:min", "int4:channel", "nf4:g32"}) {
      INFO(text);
      const Scheme scheme = *ParseScheme(text);
      const QuantizedTensor q = *Gptq(
          weights, scheme, plain,
          {.range = RangeMethod::kMse, .weighted_range = false, .static_groups = static_groups});
      CHECK(SameTensor(q, *Quantize(weights, scheme, {.range = RangeMethod::kMse})));
    }
  }
}

TEST_CASE("gptq: K blocks and other schemes over whole rows of 256") {
  const Tensor weights = RandomWeights(33, 512);
  const Tensor inputs = CorrelatedInputs(900, 512);
  const InputMoments moments = MomentsOf(inputs);
  const InputFactor factor = *InputFactor::Create(moments);
  const std::vector<float> importance = moments.Importance();
  for (const char* text : {"q2_k", "q3_k", "q4_k", "q5_k", "q6_k", "q4_0", "iq4_nl", "iq4_xs"}) {
    INFO(text);
    const Scheme scheme = *ParseScheme(text);
    const QuantizedTensor nearest =
        *Quantize(weights, scheme, {.range = RangeMethod::kScaleSearch, .importance = importance});
    const QuantizedTensor q = *Gptq(weights, scheme, factor);
    CHECK(*OutputError(moments, weights, DecodedTensor(q)) <
          0.7 * *OutputError(moments, weights, DecodedTensor(nearest)));
  }
}

TEST_CASE("gptq: the same bytes for every thread count and target") {
  const Layer layer;
  for (const bool static_groups : {true, false}) {
    const InputFactor factor = *InputFactor::Create(layer.moments);
    const Scheme scheme = *ParseScheme("uint4:g32");
    const GptqOptions options{.static_groups = static_groups};
    GptqReport report;
    const QuantizedTensor q = *Gptq(layer.weights, scheme, factor, options, nullptr, &report);
    ForEachContext([&](Context& context) {
      GptqReport again;
      CHECK(SameTensor(*Gptq(layer.weights, scheme, factor, options, &context, &again), q));
      CHECK(again.loss == report.loss);
    });
  }
}

TEST_CASE("gptq: groups by position give an index map that GPTQ checkpoints keep") {
  const Layer layer;
  const InputFactor factor = *InputFactor::Create(layer.moments);
  for (const char* text : {"uint4:g32", "uint3:g32", "uint8:g32", "uint2:g16"}) {
    for (const bool static_groups : {true, false}) {
      INFO(text << (static_groups ? ", static" : ""));
      const QuantizedTensor q =
          *Gptq(layer.weights, *ParseScheme(text), factor, {.static_groups = static_groups});
      CHECK((q.scheme.grouping.kind == GroupKind::kIndexMap) == !static_groups);
      for (const bool v1 : {true, false}) {
        const auto tensors = ToGptq(q, v1);
        REQUIRE(tensors.ok());
        // Static groups need no map; what is there says the same.
        const QuantizedTensor back = *FromGptq(*tensors);
        const Tensor expected = DecodedTensor(q), got = DecodedTensor(back);
        double farthest = 0.0;
        for (int64_t i = 0; i < got.num_elements(); ++i) {
          const auto at = static_cast<size_t>(i);
          farthest = std::max(farthest, static_cast<double>(std::fabs(got.as<float>()[at] -
                                                                      expected.as<float>()[at])));
        }
        // The checkpoint's values are rounded to f16.
        CHECK(farthest < 1e-4);
      }
    }
  }
}

TEST_CASE("gptq: pruning in the same pass") {
  const Layer layer;
  const InputFactor factor = *InputFactor::Create(layer.moments, {.by_activation = false});
  GptqReport report;
  const QuantizedTensor q = *Gptq(layer.weights, *ParseScheme("int4:g32"), factor,
                                  {.pruning = {.zeros = 2, .of = 4}}, nullptr, &report);
  const Tensor decoded = DecodedTensor(q);
  for (int64_t i = 0; i < decoded.num_elements(); i += 4) {
    const float* w = decoded.as<float>().data() + i;
    REQUIRE(std::count(w, w + 4, 0.0f) >= 2);
  }
  CHECK(report.pruned == decoded.num_elements() / 2);
  CHECK_FALSE(
      Gptq(layer.weights, *ParseScheme("uint4:min"), factor, {.pruning = {.sparsity = 0.5}}).ok());
}

TEST_CASE("gptq: corrected for the quantized network's inputs") {
  const Layer layer;
  // The quantized network's inputs are off in a way that other columns tell.
  Tensor off = *layer.inputs.Clone();
  std::mt19937 engine(5);
  std::normal_distribution<float> normal(0.0f, 0.2f);
  for (float& v : off.mutable_as<float>()) v = 0.9f * v + normal(engine);
  InputMoments moments = *InputMoments::Create(160);
  REQUIRE(moments.AddPair(off, layer.inputs).ok());
  const InputFactor factor = *InputFactor::Create(moments, {.damping = 1e-6});
  const Tensor corrected = *CorrectForInputs(layer.weights, moments, factor);
  const Matrix x = ToMatrix(layer.inputs), y = ToMatrix(off), w = ToMatrix(layer.weights);
  const Matrix least = (w * x.transpose() * y) * (y.transpose() * y).inverse();
  CHECK((ToMatrix(corrected) - least).norm() < 1e-2 * (least - w).norm());
  // Quantized, its outputs are nearer to the float network's than without the correction.
  const auto error = [&](const Tensor& from) {
    const QuantizedTensor q = *Gptq(from, *ParseScheme("int4:g32"), factor);
    return (ToMatrix(DecodedTensor(q)) * y.transpose() - w * x.transpose()).squaredNorm();
  };
  CHECK(error(corrected) < 0.9 * error(layer.weights));
  ForEachContext([&](Context& context) {
    CHECK(SameBytes(*CorrectForInputs(layer.weights, moments, factor, 1.0, &context), corrected));
  });
  CHECK_FALSE(CorrectForInputs(layer.weights, layer.moments, factor).ok());
}

TEST_CASE("gptq: what it refuses, by name") {
  const Layer layer;
  const InputFactor factor = *InputFactor::Create(layer.moments);
  const auto message = [](const auto& result) { return std::string(result.status().message()); };
  Tensor bad = *layer.weights.Clone();
  bad.mutable_as<float>()[161] = std::numeric_limits<float>::infinity();
  CHECK(message(Gptq(bad, *ParseScheme("int4:g32"), factor)).find("row 1, column 1") !=
        std::string::npos);
  CHECK_FALSE(Gptq(layer.weights, *ParseScheme("f16"), factor).ok());
  CHECK_FALSE(Gptq(RandomWeights(4, 100), *ParseScheme("int4:g32"), factor).ok());
  CHECK_FALSE(Gptq(layer.weights, *ParseScheme("q4_k"), factor, {.static_groups = false}).ok());
  CHECK_FALSE(
      Gptq(layer.weights, *ParseScheme("int4:g32"), factor, {.pruning = {.zeros = 2, .of = 4}})
          .ok());
  const auto context = MakeContext(1);
  context->Cancel();
  CHECK(Gptq(layer.weights, *ParseScheme("int4:g32"), factor, {}, context.get()).status().code() ==
        absl::StatusCode::kCancelled);
}

}  // namespace pawl
