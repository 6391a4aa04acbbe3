// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// DynamicQuantizeLSTM against its definition in plain loops.

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::GraphBuilder;

constexpr size_t kSteps = 7, kBatch = 3, kInputs = 5, kHidden = 6, kRow = 4 * kHidden;

std::vector<float> Wave(size_t count, float step, float size) {
  std::vector<float> values(count);
  for (size_t i = 0; i < count; ++i) values[i] = std::sin(step * static_cast<float>(i + 1)) * size;
  return values;
}

template <typename T>
std::vector<T> Codes(size_t count, int low, int high) {
  std::vector<T> codes(count);
  int state = 4711;
  for (T& code : codes) {
    state = (state * 1103 + 77) % 65537;
    code = static_cast<T>(low + state % (high - low + 1));
  }
  return codes;
}

// One direction's parameters, those of the weights as integers.
struct Direction {
  std::vector<int> w, r;  // [inputs or hidden, 4 * hidden]
  std::vector<float> w_scale, r_scale, bias;
};

struct Coded {
  std::vector<int> codes;  // less the zero point
  float scale;
};

Coded Quantize(const std::vector<float>& x) {
  float low = 0, high = 0;
  for (const float v : x) low = std::min(low, v), high = std::max(high, v);
  const float scale = high > low ? (high - low) / 255.0f : 1.0f;
  const float zero = std::nearbyint(-low / scale);
  Coded coded{{}, scale};
  for (const float v : x) {
    coded.codes.push_back(
        static_cast<int>(std::clamp(std::nearbyint(v / scale) + zero, 0.0f, 255.0f) - zero));
  }
  return coded;
}

// rows of x [rows, columns] times codes [columns, kRow].
std::vector<float> Times(const std::vector<float>& x, size_t columns, const std::vector<int>& codes,
                         const std::vector<float>& scales) {
  const Coded q = Quantize(x);
  std::vector<float> out(x.size() / columns * kRow);
  for (size_t i = 0; i < out.size(); ++i) {
    const size_t row = i / kRow, column = i % kRow;
    int sum = 0;
    for (size_t k = 0; k < columns; ++k) {
      sum += q.codes[row * columns + k] * codes[k * kRow + column];
    }
    out[i] = static_cast<float>(sum) * (q.scale * scales[column]);
  }
  return out;
}

double Sigmoid(float x) { return 1.0 / (1.0 + std::exp(-static_cast<double>(x))); }

// y [steps, batch, hidden] of one direction; `h` and `c` become the last states.
std::vector<float> Expected(const Direction& p, const std::vector<float>& x,
                            const std::vector<int32_t>& lengths, bool reverse,
                            std::vector<float>* h, std::vector<float>* c) {
  const std::vector<float> inputs = Times(x, kInputs, p.w, p.w_scale);
  std::vector<float> y(kSteps * kBatch * kHidden, 0.0f);
  for (size_t s = 0; s < kSteps; ++s) {
    // Backwards, each sequence begins at its own end.
    const auto ended = [&](size_t b) { return s >= static_cast<size_t>(lengths[b]); };
    std::vector<float> states = *h;
    for (size_t i = 0; i < states.size(); ++i) {
      if (s > static_cast<size_t>(lengths[i / kHidden])) states[i] = 0;
    }
    const std::vector<float> products = Times(states, kHidden, p.r, p.r_scale);
    for (size_t b = 0; b < kBatch; ++b) {
      const size_t t = reverse ? static_cast<size_t>(lengths[b]) - 1 - s : s;
      for (size_t i = 0; i < kHidden && !ended(b); ++i) {
        const auto gate = [&](size_t which) {
          const size_t at = which * kHidden + i;
          return inputs[(t * kBatch + b) * kRow + at] + p.bias[at] + products[b * kRow + at];
        };
        float& cell = (*c)[b * kHidden + i];
        const double in = Sigmoid(gate(0)), out = Sigmoid(gate(1)), forget = Sigmoid(gate(2)),
                     value = std::tanh(static_cast<double>(gate(3)));
        cell = static_cast<float>(forget * static_cast<double>(cell) + in * value);
        (*h)[b * kHidden + i] = static_cast<float>(out * std::tanh(static_cast<double>(cell)));
        y[(t * kBatch + b) * kHidden + i] = (*h)[b * kHidden + i];
      }
    }
  }
  return y;
}

struct Net {
  std::vector<Direction> directions;
  std::vector<float> x = Wave(kSteps * kBatch * kInputs, 0.37f, 2.0f);
  std::vector<int32_t> lengths;
  std::shared_ptr<Graph> graph;
};

template <typename T>
ValueId Zeros(GraphBuilder& b, const std::string& name, size_t count, T value) {
  const auto n = static_cast<int64_t>(count);
  return b.Constant<T>(name, {2, n / 2}, std::vector<T>(count, value));
}

// Two directions, codes of type T around `zero`, sequences of several lengths.
template <typename T>
Net MakeNet(int zero, std::vector<int32_t> lengths) {
  Net net;
  net.lengths = std::move(lengths);
  const int low = std::is_same_v<T, int8_t> ? -127 : 0;
  const auto w = Codes<T>(2 * kInputs * kRow, low, low + 254),
             r = Codes<T>(2 * kHidden * kRow, low, low + 250);
  std::vector<float> w_scale = Wave(2 * kRow, 0.3f, 0.002f), r_scale = Wave(2 * kRow, 0.7f, 0.003f);
  for (float& s : w_scale) s = std::fabs(s) + 0.001f;
  for (float& s : r_scale) s = std::fabs(s) + 0.0005f;
  const std::vector<float> bias = Wave(2 * 2 * kRow, 0.9f, 0.3f);
  for (size_t d = 0; d < 2; ++d) {
    Direction one;
    const auto part = [d](const auto& all) {
      const auto n = static_cast<std::ptrdiff_t>(all.size() / 2);
      const auto begin = all.begin() + static_cast<std::ptrdiff_t>(d) * n;
      return std::vector(begin, begin + n);
    };
    for (const T code : part(w)) one.w.push_back(code - zero);
    for (const T code : part(r)) one.r.push_back(code - zero);
    one.w_scale = part(w_scale);
    one.r_scale = part(r_scale);
    for (size_t i = 0; i < kRow; ++i) {
      one.bias.push_back(bias[d * 2 * kRow + i] + bias[d * 2 * kRow + kRow + i]);
    }
    net.directions.push_back(std::move(one));
  }
  GraphBuilder b;
  const auto i = [](size_t n) { return static_cast<int64_t>(n); };
  const ValueId x = b.Input("x", {i(kSteps), i(kBatch), i(kInputs)});
  const ValueId y = b.Node(
      "DynamicQuantizeLSTM", "y",
      {x, b.Constant<T>("w", {2, i(kInputs), i(kRow)}, w),
       b.Constant<T>("r", {2, i(kHidden), i(kRow)}, r),
       b.Constant<float>("b", {2, 2 * i(kRow)}, bias),
       b.Constant<int32_t>("lengths", {i(kBatch)}, net.lengths), kNoValue, kNoValue, kNoValue,
       b.Constant<float>("ws", {2, i(kRow)}, w_scale),
       Zeros(b, "wz", 2 * kRow, static_cast<T>(zero)),
       b.Constant<float>("rs", {2, i(kRow)}, r_scale),
       Zeros(b, "rz", 2 * kRow, static_cast<T>(zero))},
      {Attribute::Int("hidden_size", i(kHidden)), Attribute::String("direction", "bidirectional")},
      "com.microsoft");
  auto& outputs = b.graph().nodes.back().outputs;
  outputs.push_back(b.graph().AddValue("y_h"));
  outputs.push_back(b.graph().AddValue("y_c"));
  net.graph = b.Build({y, outputs[1], outputs[2]});
  return net;
}

std::vector<std::vector<float>> Run(const Net& net, int threads, const std::string& target = "") {
  const auto context = Context::Create({.threads = threads, .target = target});
  REQUIRE(context.ok());
  auto executor = Executor::Create(net.graph);
  INFO(executor.status().ToString());
  REQUIRE(executor.ok());
  const Tensor x = *Tensor::FromValues<float>({kSteps, kBatch, kInputs}, net.x);
  const auto results = (*executor)->Run({{x}}, **context);
  INFO(results.status().ToString());
  REQUIRE(results.ok());
  std::vector<std::vector<float>> values;
  for (const Tensor& tensor : *results) {
    values.emplace_back(tensor.as<float>().begin(), tensor.as<float>().end());
  }
  return values;
}

void CheckNet(const Net& net) {
  const auto got = Run(net, 1);
  for (size_t d = 0; d < 2; ++d) {
    std::vector<float> h(kBatch * kHidden, 0.0f), c = h;
    const auto y = Expected(net.directions[d], net.x, net.lengths, d == 1, &h, &c);
    double worst = 0;
    for (size_t i = 0; i < y.size(); ++i) {
      const size_t t = i / (kBatch * kHidden), rest = i % (kBatch * kHidden);
      const float other = got[0][(t * 2 + d) * kBatch * kHidden + rest];
      worst = std::max(worst, static_cast<double>(std::fabs(other - y[i])));
    }
    for (size_t i = 0; i < h.size(); ++i) {
      const size_t at = d * kBatch * kHidden + i;
      worst = std::max(worst, static_cast<double>(std::fabs(got[1][at] - h[i])));
      worst = std::max(worst, static_cast<double>(std::fabs(got[2][at] - c[i])));
    }
    CHECK(worst < 2e-6);
    CHECK(*std::max_element(h.begin(), h.end()) > 0.05f);
  }
  CHECK(Run(net, 3) == got);
  CHECK(Run(net, 1, "scalar") == got);
}

TEST_CASE("a dynamically quantized LSTM computes what it is defined as") {
  CheckNet(MakeNet<int8_t>(0, {7, 7, 7}));
  CheckNet(MakeNet<uint8_t>(121, {7, 7, 7}));
}

TEST_CASE("states of sequences that have ended before count as zeros") {
  CheckNet(MakeNet<int8_t>(0, {7, 2, 5}));
}

TEST_CASE("a dynamically quantized LSTM names what it cannot take") {
  const Net net = MakeNet<int8_t>(0, {7, 7, 7});
  const auto error = [&] {
    if (const absl::Status types = InferTypes(*net.graph); !types.ok()) {
      return std::string(types.message());
    }
    return std::string(Executor::Create(net.graph).status().message());
  };
  Node& node = net.graph->nodes[0];
  SECTION("weights that are computed") {
    node.inputs[8] = net.graph->AddValue("scales", {DType::kF32, Dims{2, kRow}});
    net.graph->inputs.push_back(node.inputs[8]);
    CHECK_THAT(error(), ContainsSubstring("must be initialisers"));
  }
  SECTION("scales of another shape") {
    node.inputs[10] = net.graph->AddConstant(
        "scales", *Tensor::FromValues<float>({3}, std::vector<float>(3, 1.0f)));
    CHECK_THAT(error(), ContainsSubstring("must be initialisers"));
  }
  SECTION("float weights") {
    node.inputs[1] = net.graph->AddConstant(
        "floats", *Tensor::FromValues<float>({2, kInputs, kRow},
                                             std::vector<float>(2 * kInputs * kRow, 1.0f)));
    CHECK_THAT(error(), ContainsSubstring("input 1 is f32"));
  }
  SECTION("no scales") {
    node.inputs.resize(8);
    CHECK_THAT(error(), ContainsSubstring("input 8 is missing"));
  }
}

}  // namespace
}  // namespace pawl
