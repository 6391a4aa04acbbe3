// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ConvTranspose between codes: the integer operator against the float one.

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "lib/graph/operators/transposed_window.h"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "tests/graph/graph_builder.h"
#include "tests/tested_targets.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using testing::GraphBuilder;

struct Case {
  const char* name;
  Dims x, w;  // w: [in, out / groups, taps..]
  std::vector<Attribute> attributes;
  int64_t groups = 1;
};

std::vector<Case> Cases() {
  const auto ints = [](const char* name, std::vector<int64_t> values) {
    return Attribute::Ints(name, std::move(values));
  };
  return {
      {"taps are the stride", {2, 8, 5, 7}, {8, 6, 2, 2}, {ints("strides", {2, 2})}},
      {"one output", {1, 24, 9, 6}, {24, 1, 2, 2}, {ints("strides", {2, 2})}},
      {"four taps at two",
       {1, 8, 6, 5},
       {8, 5, 4, 4},
       {ints("strides", {2, 2}), ints("pads", {1, 1, 1, 1})}},
      {"odd taps",
       {1, 8, 5, 6},
       {8, 5, 3, 3},
       {ints("strides", {2, 2}), ints("pads", {1, 1, 1, 1}), ints("output_padding", {1, 0})}},
      {"stride of one", {2, 5, 6, 5}, {5, 7, 3, 2}, {ints("pads", {1, 0, 0, 1})}},
      {"padding beyond the taps", {1, 4, 7, 8}, {4, 3, 2, 3}, {ints("pads", {3, 4, 2, 5})}},
      {"phases without taps",
       {1, 6, 4, 5},
       {6, 4, 2, 1},
       {ints("strides", {3, 4}), ints("output_padding", {2, 3})}},
      {"dilation shares a factor",
       {1, 4, 6, 6},
       {4, 5, 3, 4},
       {ints("strides", {4, 3}), ints("dilations", {2, 3})}},
      {"dilation shares none",
       {1, 4, 5, 6},
       {4, 5, 3, 3},
       {ints("strides", {2, 3}), ints("dilations", {3, 2})}},
      {"unequal padding",
       {1, 4, 5, 6},
       {4, 5, 5, 4},
       {ints("strides", {3, 2}), ints("pads", {0, 2, 4, 1})}},
      {"same, upper",
       {1, 4, 5, 6},
       {4, 3, 3, 4},
       {ints("strides", {2, 3}), Attribute::String("auto_pad", "SAME_UPPER")}},
      {"same, lower",
       {1, 4, 5, 6},
       {4, 3, 4, 2},
       {ints("strides", {3, 3}), Attribute::String("auto_pad", "SAME_LOWER")}},
      {"a shape",
       {1, 4, 5, 6},
       {4, 3, 3, 3},
       {ints("strides", {3, 2}), ints("output_shape", {16, 11})}},
      {"one dimension", {2, 8, 11}, {8, 6, 5}, {ints("strides", {3}), ints("pads", {2, 1})}},
      {"groups",
       {1, 12, 5, 6},
       {12, 3, 4, 3},
       {ints("strides", {2, 2}), ints("pads", {1, 0, 1, 1})},
       3},
      {"depthwise",
       {1, 16, 6, 5},
       {16, 1, 4, 4},
       {ints("strides", {2, 2}), ints("pads", {1, 1, 1, 1})},
       16},
      {"one pixel", {1, 4, 1, 1}, {4, 6, 4, 4}, {ints("pads", {1, 1, 1, 1})}},
  };
}

std::vector<float> Wave(int64_t count, float step, float size) {
  std::vector<float> values(static_cast<size_t>(count));
  for (size_t i = 0; i < values.size(); ++i) {
    const auto n = static_cast<float>(i + 1);
    values[i] = std::sin(step * n + 0.001f * n * n) * size;
  }
  return values;
}

int64_t Product(const Dims& dims) {
  int64_t product = 1;
  for (const int64_t dim : dims) product *= dim;
  return product;
}

// What stands around the operator: `relu` behind it, `neighbours` convolutions of one tap around
// it, so that its images have their channels last.
struct Around {
  bool is_signed = false, relu = false, neighbours = false, bias = true, sizes = true;
  bool unsigned_weights = false;  // with zero points
};

class Net : public GraphBuilder {
 public:
  explicit Net(const Around& around) : around_(around) {}

  ValueId Codes(const std::string& name, ValueId x, float scale) {
    const auto p = Params(name + "_q", scale);
    return Node("QuantizeLinear", name, {x, p[0], p[1]});
  }
  ValueId Back(const std::string& name, ValueId codes, float scale) {
    const auto p = Params(name + "_p", scale);
    return Node("DequantizeLinear", name, {codes, p[0], p[1]});
  }
  ValueId Through(const std::string& name, ValueId x, float scale) {
    return Back(name, Codes(name + "_codes", x, scale), scale);
  }
  ValueId Weights(const std::string& name, const Dims& dims, int64_t axis) {
    const int64_t channels = dims[static_cast<size_t>(axis)];
    std::vector<int8_t> codes;
    for (const float v : Wave(Product(dims), 0.9f, 127.0f)) codes.push_back(static_cast<int8_t>(v));
    std::vector<float> scales;
    for (int64_t i = 0; i < channels; ++i)
      scales.push_back(0.004f + 0.0007f * static_cast<float>(i));
    if (around_.unsigned_weights) {
      std::vector<uint8_t> raised, zeros;
      for (const int8_t code : codes) raised.push_back(static_cast<uint8_t>(code + 128));
      for (int64_t i = 0; i < channels; ++i) zeros.push_back(static_cast<uint8_t>(121 + i % 7));
      return Node("DequantizeLinear", name,
                  {Constant<uint8_t>(name + "_codes", dims, raised),
                   Constant<float>(name + "_scales", {channels}, scales),
                   Constant<uint8_t>(name + "_zeros", {channels}, zeros)},
                  {Attribute::Int("axis", axis)});
    }
    return Node("DequantizeLinear", name,
                {Constant<int8_t>(name + "_codes", dims, codes),
                 Constant<float>(name + "_scales", {channels}, scales),
                 Constant<int8_t>(name + "_zeros", {channels},
                                  std::vector<int8_t>(static_cast<size_t>(channels), 0))},
                {Attribute::Int("axis", axis)});
  }

  std::shared_ptr<Graph> Of(const Case& c) {
    Dims declared = c.x;
    if (!around_.sizes) std::fill(declared.begin() + 2, declared.end(), kUnknownDim);
    ValueId x = Through("x", Input("input", declared), 0.02f);
    if (around_.neighbours)
      x = Through("before_out", Beside("before", x, c.x[1], c.x.size()), 0.02f);
    std::vector<ValueId> inputs = {x, Weights("w", c.w, 1)};
    const int64_t outputs = c.w[1] * c.groups;
    if (around_.bias)
      inputs.push_back(Constant<float>("bias", {outputs}, Wave(outputs, 1.7f, 1.0f)));
    auto attributes = c.attributes;
    attributes.push_back(Attribute::Int("group", c.groups));
    ValueId y = Node("ConvTranspose", "up", inputs, attributes);
    if (around_.relu) y = Node("Relu", "relu", {y});
    y = Codes("y_codes", y, 0.15f);
    if (around_.neighbours) {
      y = Codes("last_codes", Beside("after", Back("y", y, 0.15f), outputs, c.x.size()), 0.15f);
    }
    const ValueId back = Back("back", y, 0.15f);
    auto graph = Build({y, back});
    REQUIRE(InferTypes(*graph).ok());
    return graph;
  }

 private:
  std::vector<ValueId> Params(const std::string& name, float scale) {
    const ValueId s = Constant<float>(name + "_scale", {}, {scale});
    return {s, around_.is_signed ? Constant<int8_t>(name + "_zero", {}, {-7})
                                 : Constant<uint8_t>(name + "_zero", {}, {113})};
  }
  // A convolution that gives its codes back.
  ValueId Beside(const std::string& name, ValueId x, int64_t channels, size_t rank) {
    Dims dims(rank, 1);
    dims[0] = dims[1] = channels;
    std::vector<int8_t> one(static_cast<size_t>(channels * channels), 0);
    for (int64_t i = 0; i < channels; ++i) one[static_cast<size_t>(i * (channels + 1))] = 64;
    const ValueId w = Node("DequantizeLinear", name + "_w",
                           {Constant<int8_t>(name + "_codes", dims, one),
                            Constant<float>(name + "_scale", {}, {0x1p-6f})});
    return Node("Conv", name, {x, w});
  }
  Around around_;
};

struct Outcome {
  Tensor codes;
  std::vector<std::string> operators;
};

Outcome Run(const std::shared_ptr<const Graph>& graph, const Case& c, bool fuse,
            const ContextOptions& options) {
  const auto context = Context::Create(options);
  REQUIRE(context.ok());
  auto executor = Executor::Create(graph, {.fuse = fuse});
  INFO((executor.ok() ? std::string() : executor.status().ToString()));
  REQUIRE(executor.ok());
  Outcome outcome;
  (*executor)->SetTimer([&](const Node& node, double) { outcome.operators.push_back(node.op); });
  const auto x = Tensor::FromValues<float>(c.x, Wave(Product(c.x), 0.37f, 2.4f));
  const auto results = (*executor)->Run({{*x}}, **context);
  INFO((results.ok() ? std::string() : results.status().ToString()));
  REQUIRE(results.ok());
  outcome.codes = *(*results)[0].Clone();
  return outcome;
}

int CodeAt(const Tensor& t, int64_t i) {
  const auto at = static_cast<size_t>(i);
  return t.dtype() == DType::kI8 ? t.as<int8_t>()[at] : t.as<uint8_t>()[at];
}

std::string Bytes(const Tensor& t) { return {static_cast<const char*>(t.data()), t.size_bytes()}; }

// Within a step of the float operator, which few are.
void CheckNear(const Tensor& got, const Tensor& wanted) {
  REQUIRE(got.shape() == wanted.shape());
  REQUIRE(got.dtype() == wanted.dtype());
  int64_t differ = 0, inner = 0;
  for (int64_t i = 0; i < got.num_elements(); ++i) {
    const int step = std::abs(CodeAt(got, i) - CodeAt(wanted, i));
    CHECK(step <= 1);
    differ += step != 0 ? 1 : 0;
    inner += std::abs(CodeAt(wanted, i)) % 127 > 1 ? 1 : 0;
  }
  CHECK(differ * 20 <= got.num_elements());
  CHECK(inner * 2 > got.num_elements());  // not cut at an end
}

TEST_CASE("ConvTranspose on codes is the float one, to a step") {
  for (const Case& c : Cases()) {
    for (int form = 0; form < 7; ++form) {
      const Around around{.is_signed = form % 2 == 1,
                          .relu = form == 3,
                          .neighbours = form == 4 || form == 5,
                          .bias = form != 1,
                          .sizes = form != 2 || std::string(c.name) == "a shape",
                          .unsigned_weights = form >= 5};
      INFO(c.name << ", form " << form);
      const auto graph = Net(around).Of(c);
      const Outcome fused = Run(graph, c, true, {.threads = 1});
      const Outcome apart = Run(graph, c, false, {.threads = 1});
      const auto count = [&](const std::string& op) {
        return std::count(fused.operators.begin(), fused.operators.end(), op);
      };
      CHECK(count("QLinearConvTranspose") == 1);
      CHECK(count("DequantizeLinear") == 1);
      CHECK(count("QuantizeLinear") == 1);
      if (!around.relu) CheckNear(fused.codes, apart.codes);
      if (around.relu) {
        for (int64_t i = 0; i < fused.codes.num_elements(); ++i) {
          CHECK(std::abs(CodeAt(fused.codes, i) - CodeAt(apart.codes, i)) <= 1);
        }
      }
    }
  }
}

TEST_CASE("ConvTranspose on codes gives the same on every target and for every thread count") {
  for (const Case& c : Cases()) {
    for (const bool neighbours : {false, true}) {
      INFO(c.name);
      const auto graph = Net({.neighbours = neighbours}).Of(c);
      const Outcome one = Run(graph, c, true, {.threads = 1});
      for (const kernels::Target target : TestedTargets()) {
        const std::string name(kernels::TargetName(target));
        INFO(name);
        for (const int threads : {1, 3}) {
          ContextOptions options;
          options.threads = threads;
          options.target = name;
          const Outcome other = Run(graph, c, true, options);
          CHECK(Bytes(other.codes) == Bytes(one.codes));
        }
      }
    }
  }
}

TEST_CASE("phases cover each position of a transposed convolution once") {
  for (const Case& c : Cases()) {
    INFO(c.name);
    Node node;
    node.op = "ConvTranspose";
    node.attributes = c.attributes;
    const auto window = TransposedWindow(node, c.x, c.w);
    REQUIRE(window.ok());
    const auto plan = PlanTransposed(node, c.x, c.w, c.groups == 1);
    REQUIRE(plan.has_value());
    const size_t last = window->rank() - 1;
    std::vector<int> seen(static_cast<size_t>(window->in[last]), 0);
    for (const TransposedClass& of : plan->width.classes) {
      for (const TransposedPhase& phase : of.phases) {
        for (int64_t i = 0; i < window->out[last] + phase.more; ++i) {
          ++seen[static_cast<size_t>(phase.first + i * plan->width.stride)];
        }
      }
    }
    CHECK(std::all_of(seen.begin(), seen.end(), [](int n) { return n == 1; }));
  }
}

TEST_CASE("what QLinearConvTranspose does not take stays in float") {
  // A shape where sizes are not known, three dimensions, and phases that are nearly all without
  // taps: their zeros would make the weights 25 times as large.
  const Case shape = {
      "",
      {1, 4, 5, 6},
      {4, 3, 3, 3},
      {Attribute::Ints("strides", {3, 2}), Attribute::Ints("output_shape", {16, 11})}};
  const Case volume = {
      "", {1, 4, 3, 4, 5}, {4, 3, 2, 2, 2}, {Attribute::Ints("strides", {2, 2, 2})}};
  const Case sparse = {"", {1, 4, 3, 2}, {4, 3, 1, 1}, {Attribute::Ints("strides", {5, 5})}};
  for (const Case& c : {shape, volume, sparse}) {
    const auto graph = Net({.sizes = false}).Of(c);
    const Outcome fused = Run(graph, c, true, {.threads = 1});
    const Outcome apart = Run(graph, c, false, {.threads = 1});
    CHECK(std::count(fused.operators.begin(), fused.operators.end(), "ConvTranspose") == 1);
    CHECK(Bytes(fused.codes) == Bytes(apart.codes));
  }
}

// Of making an executor and running it.
absl::Status StatusOf(const std::shared_ptr<const Graph>& graph, const Dims& dims) {
  const auto context = Context::Create({.threads = 2});
  auto executor = Executor::Create(graph, {});
  if (!executor.ok()) return executor.status();
  const auto x = Tensor::FromValues<float>(dims, Wave(Product(dims), 0.37f, 2.4f));
  return (*executor)->Run({{*x}}, **context).status();
}

TEST_CASE("ConvTranspose on codes refuses images that are empty or too large") {
  const Case empty = {"", {1, 4, 0, 5}, {4, 3, 3, 3}, {Attribute::Ints("strides", {2, 2})}};
  const Case large = {"", {1, 1, (int64_t{1} << 24) + 1}, {1, 1, 1}, {}};
  for (const Case& c : {empty, large}) {
    const absl::Status status = StatusOf(Net({.sizes = false}).Of(c), c.x);
    CHECK(status.code() == absl::StatusCode::kInvalidArgument);
    CHECK_THAT(std::string(status.message()), ContainsSubstring("empty or too large"));
  }
  // Nothing comes of an empty image here.
  const Case none = {"", {1, 4, 0, 5}, {4, 3, 2, 2}, {Attribute::Ints("strides", {2, 2})}};
  CHECK(StatusOf(Net({}).Of(none), none.x).ok());
}

// A layer between codes, whose weights have so many scales and zero points along their axis.
std::shared_ptr<Graph> Miscounted(const std::string& op, const Dims& dims, int64_t axis,
                                  size_t scales, size_t zeros) {
  GraphBuilder b;
  const ValueId scale = b.Constant<float>("scale", {}, {0.02f});
  const ValueId zero = b.Constant<uint8_t>("zero", {}, {113});
  const auto codes = [&](const std::string& name, ValueId x) {
    return b.Node("QuantizeLinear", name, {x, scale, zero});
  };
  const ValueId x = b.Node("DequantizeLinear", "x",
                           {codes("x_codes", b.Input("input", {1, 8, 4, 4})), scale, zero});
  const auto elements = static_cast<size_t>(Product(dims));
  const ValueId w = b.Node(
      "DequantizeLinear", "w",
      {b.Constant<int8_t>("w_codes", dims, std::vector<int8_t>(elements, 5)),
       b.Constant<float>("scales", {static_cast<int64_t>(scales)},
                         std::vector<float>(scales, 0.01f)),
       b.Constant<int8_t>("zeros", {static_cast<int64_t>(zeros)}, std::vector<int8_t>(zeros, 1))},
      {Attribute::Int("axis", axis)});
  const ValueId bias = b.Constant<float>("bias", {6}, std::vector<float>(6, 0.5f));
  return b.Build({codes("y", b.Node(op, "layer", {x, w, bias}))});
}

TEST_CASE("weights of codes with a wrong number of scales or zero points are an error") {
  const struct {
    size_t scales, zeros;
  } counts[] = {{3, 3}, {3, 2}, {6, 2}, {0, 0}, {2, 6}, {1, 3}, {7, 7}};
  for (const auto& count : counts) {
    INFO(count.scales << " scales, " << count.zeros << " zero points");
    for (const bool transposed : {true, false}) {
      const auto graph =
          transposed ? Miscounted("ConvTranspose", {8, 6, 2, 2}, 1, count.scales, count.zeros)
                     : Miscounted("Conv", {6, 8, 2, 2}, 0, count.scales, count.zeros);
      CHECK(StatusOf(graph, {1, 8, 4, 4}).code() == absl::StatusCode::kInvalidArgument);
    }
  }
  CHECK(StatusOf(Miscounted("ConvTranspose", {8, 6, 2, 2}, 1, 6, 6), {1, 8, 4, 4}).ok());
}

}  // namespace
}  // namespace pawl
