// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The same bits on every target, for every number of threads and however rows are batched; and no
// allocation once a shape is known.

#include <cstring>
#include <string>
#include <vector>

#include "allocation_counter.h"
#include "linear_test_util.h"
#include "tests/tested_targets.h"

namespace pawl {
namespace {

using namespace pawl::testing;

constexpr int64_t kM = 7, kN = 101, kK = 320;

struct Case {
  const char* scheme;
  LinearMode mode;
  ActivationScale scale = ActivationScale::kPerToken;
  DType codes = DType::kI8;
};

constexpr Case kCases[] = {
    {"int4:g32", LinearMode::kWeightOnly},
    {"nf4", LinearMode::kWeightOnly},
    {"q4_0", LinearMode::kWeightOnly},
    {"uint4:g32:min", LinearMode::kDynamicInt8},
    {"uint8:channel:asym", LinearMode::kDynamicInt8},
    {"int4:g32", LinearMode::kDynamicInt8, ActivationScale::kPerTokenAndGroup},
    {"uint4:g64:hqq", LinearMode::kStaticInt8, ActivationScale::kPerToken, DType::kU8},
    {"int8:channel", LinearMode::kStaticInt8, ActivationScale::kPerToken, DType::kI16},
};

QuantizedTensor Weights(const Case& c) {
  Scheme scheme = Parsed(c.scheme);
  scheme.outliers = kParamF16;
  scheme.input_scale = true;
  scheme.rotation.block = 64;
  return RandomWeights(scheme, {kN, kK}, 9);
}

LinearOptions Options(const Case& c) {
  LinearOptions o;
  o.mode = c.mode;
  o.activation_groups = c.scale;
  o.activation_dtype = c.codes;
  o.activation_scale = 0.05f;
  o.activation_zero_point = c.codes == DType::kU8 ? 128 : 0;
  o.activation = FusedActivation::kGelu;
  o.bias = *Tensor::FromValues<float>({kN}, RandomFloats(kN, 8));
  return o;
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

}  // namespace

TEST_CASE("The same bits on every target and for every number of threads") {
  std::vector<float> x = RandomFloats(kM * kK, 10);
  std::fill_n(x.begin() + 2 * kK, kK, 0.0f);
  for (const Case& c : kCases) {
    const QuantizedLinear linear = MakeLinear(Weights(c), Options(c));
    const std::vector<float> scalar = Forward(linear, x, kM, *MakeContext(1, "scalar"));
    for (const kernels::Target tested : TestedTargets()) {
      const std::string target(kernels::TargetName(tested));
      for (int threads = 1; threads <= 3; ++threads) {
        INFO(c.scheme << " " << LinearModeName(c.mode) << " " << target << " " << threads);
        const auto context = MakeContext(threads, target);
        CHECK(SameBits(Forward(linear, x, kM, *context), scalar));
      }
    }
  }
}

TEST_CASE("A row's result does not depend on its batch") {
  // Longer than one pass through the weights.
  constexpr int64_t kLong = 300;
  const std::vector<float> x = RandomFloats(kLong * kK, 11);
  const auto context = MakeContext(2);
  for (const Case& c : kCases) {
    INFO(c.scheme << " " << LinearModeName(c.mode));
    const QuantizedLinear linear = MakeLinear(Weights(c), Options(c));
    const std::vector<float> whole = Forward(linear, x, kLong, *context);
    for (const int64_t step : {1, 7, 128, 256}) {
      const int64_t end = VectorsAreEmulated() && step < 8 ? 40 : kLong;
      std::vector<float> parts;
      for (int64_t begin = 0; begin < end; begin += step) {
        const int64_t count = std::min(step, end - begin);
        const std::vector<float> rows(x.begin() + begin * kK, x.begin() + (begin + count) * kK);
        const std::vector<float> y = Forward(linear, rows, count, *context);
        parts.insert(parts.end(), y.begin(), y.end());
      }
      CHECK(SameBits(parts, {whole.begin(), whole.begin() + end * kN}));
    }
  }
}

TEST_CASE("Packing does not depend on threads either") {
  const std::vector<float> x = RandomFloats(kM * kK, 12);
  for (const Case& c : kCases) {
    const auto context = MakeContext(3);
    auto parallel = QuantizedLinear::Create(Weights(c), Options(c), context.get());
    REQUIRE(parallel.ok());
    CHECK(SameBits(Forward(*parallel, x, kM), Forward(MakeLinear(Weights(c), Options(c)), x, kM)));
  }
}

TEST_CASE("Codes are the same whatever the host's pool runs them on") {
  const std::vector<float> x = RandomFloats(kM * kK, 13);
  ContextOptions options;
  options.threads = 2;
  options.parallel_for = [](int64_t count, const std::function<void(int64_t, int)>& task) {
    for (int64_t i = count - 1; i >= 0; --i) task(i, static_cast<int>(i % 2));
  };
  const auto context = *Context::Create(options);
  for (const Case& c : kCases) {
    const QuantizedLinear linear = MakeLinear(Weights(c), Options(c));
    CHECK(SameBits(Forward(linear, x, kM, *context), Forward(linear, x, kM)));
  }
}

TEST_CASE("A run allocates nothing after the first of its shape, and scratch is what was said") {
  const std::vector<float> x = RandomFloats(kM * kK, 14);
  std::vector<float> y(kM * kN);
  for (const Case& c : kCases) {
    INFO(c.scheme << " " << LinearModeName(c.mode));
    const auto context = MakeContext(2);
    const QuantizedLinear linear = MakeLinear(Weights(c), Options(c));
    const size_t bytes = linear.WorkspaceBytes(kM, context->threads());
    void* const scratch = context->Scratch(0, bytes);
    const InputView in{x.data(), DType::kF32, kM, kK};
    const OutputView out{y.data(), DType::kF32, kM, kN};
    const int64_t before = Allocations();
    const bool ok = linear.Run(in, out, *context).ok() && linear.Run(in, out, *context).ok();
    const int64_t after = Allocations();
    CHECK(ok);
    CHECK(after == before);
    // Asking for more than was said would have replaced the memory.
    CHECK(context->Scratch(0, bytes) == scratch);
  }
}

}  // namespace pawl
