// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantization of any values to any scheme: the same codes and parameters on every target and for
// every number of threads, valid, without a NaN or infinite scale, decodable everywhere alike.

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"
#include "hostile_scheme.h"
#include "lib/core/params.h"
#include "pawl/context.h"
#include "pawl/quantizer.h"

namespace pawl::fuzz {
namespace {

bool Same(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.size_bytes() == 0 || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

bool Same(const QuantizedTensor& a, const QuantizedTensor& b) {
  return Same(a.codes, b.codes) && Same(a.scales, b.scales) && Same(a.offsets, b.offsets) &&
         Same(a.super_scales, b.super_scales) && Same(a.super_offsets, b.super_offsets) &&
         Same(a.levels, b.levels) && Same(a.scale_levels, b.scale_levels) &&
         Same(a.outlier_values, b.outlier_values) && Same(a.group_index, b.group_index) &&
         Same(a.rotation_signs, b.rotation_signs) && a.scale_offset == b.scale_offset;
}

std::vector<std::unique_ptr<Context>> Contexts() {
  std::vector<std::unique_ptr<Context>> contexts;
  for (const absl::string_view target : SupportedTargets()) {
    ContextOptions options;
    options.threads = target == "scalar" ? 1 : 2;
    options.target = std::string(target);
    options.spin_microseconds = 0;
    contexts.push_back(*Context::Create(options));
  }
  return contexts;
}

struct Given {
  QuantizeOptions options;
  std::vector<float> importance, input_scale;
  std::vector<int32_t> outliers, group_index;
};

Given Options(Input& input, const Scheme& scheme, int64_t cols) {
  Given g;
  g.options.range = static_cast<RangeMethod>(input.Int(0, 3));
  g.options.percentile = input.Rarely() ? static_cast<double>(input.Float()) : 99.0;
  g.options.kmeans_iterations = static_cast<int>(input.Rarely() ? input.Int(-1, 5) : 3);
  g.options.rotation_seed = input.Byte();
  const auto columns = static_cast<size_t>(cols);
  if (input.Rarely()) {
    for (size_t c = 0; c < columns; ++c) g.importance.push_back(input.Float());
  }
  if (scheme.input_scale) {
    for (size_t c = 0; c < columns; ++c) {
      g.input_scale.push_back(input.Rarely() ? input.Float() : 1.5f);
    }
  }
  if (scheme.outliers.kind != ParamKind::kNone && cols > 0) g.outliers = {0};
  if (scheme.grouping.kind == GroupKind::kIndexMap) {
    const int64_t groups = (cols + scheme.grouping.size - 1) / scheme.grouping.size;
    for (size_t c = 0; c < columns; ++c) {
      const int64_t named = std::max<int64_t>(groups + (input.Rarely() ? 1 : 0), 1);
      g.group_index.push_back(static_cast<int32_t>(input.Byte() % named));
    }
  }
  return g;
}

void CheckScales(const QuantizedTensor& t, const std::string& what) {
  std::vector<float> scales(static_cast<size_t>(*NumGroups(t.scheme, t.shape)));
  DecodeScales(t, 0, absl::MakeSpan(scales));
  for (const float scale : scales) PAWL_FUZZ_CHECK(std::isfinite(scale), what);
}

void Check(Input& input) {
  const Scheme scheme = TextScheme(input);
  std::vector<int64_t> shape(static_cast<size_t>(input.Rarely() ? input.Int(0, 4) : 2));
  int64_t count = 1;
  for (int64_t& dim : shape) {
    dim = input.Rarely() ? input.Int(0, 300) : input.Int(1, 2) * 16;
    count *= dim;
    if (count > 20000) return;
  }
  const int64_t cols = shape.empty() ? 1 : shape.back();
  Given g = Options(input, scheme, cols);
  g.options.importance = g.importance;
  g.options.input_scale = g.input_scale;
  g.options.outlier_columns = g.outliers;
  g.options.group_index = g.group_index;
  std::vector<float> values(static_cast<size_t>(count));
  uint32_t state = 7;
  for (float& value : values) {
    state = state * 1664525u + 1013904223u;
    value =
        input.empty() ? static_cast<float>(static_cast<int32_t>(state)) * 0x1p-31f : input.Float();
  }
  const Tensor weights = *Tensor::FromValues<float>(shape, values);
  static const std::vector<std::unique_ptr<Context>> contexts = Contexts();
  const std::string what = SchemeString(scheme) + " " + ShapeString(shape);
  const auto expected = Quantize(weights, scheme, g.options, contexts.front().get());
  const bool good = Succeeded(expected.status());
  std::vector<float> decoded(good ? values.size() : 0), again(decoded.size());
  if (good) {
    PAWL_FUZZ_CHECK(expected->Validate().ok(), what + expected->Validate().ToString());
    CheckScales(*expected, what);
    PAWL_FUZZ_CHECK(Dequantize(*expected, absl::MakeSpan(decoded), contexts.front().get()).ok(),
                    what);
    Succeeded(CompareTensors(weights, *expected).status());
  }
  for (const auto& context : contexts) {
    const auto made = Quantize(weights, scheme, g.options, context.get());
    const std::string where = what + " on " + std::string(context->target());
    PAWL_FUZZ_CHECK(made.ok() == good, where + ": " + made.status().ToString());
    if (!good) continue;
    PAWL_FUZZ_CHECK(Same(*made, *expected), where);
    PAWL_FUZZ_CHECK(Dequantize(*made, absl::MakeSpan(again), context.get()).ok(), where);
    for (size_t i = 0; i < again.size(); ++i) {
      PAWL_FUZZ_CHECK(std::memcmp(&again[i], &decoded[i], 4) == 0 ||
                          (std::isnan(again[i]) && std::isnan(decoded[i])),
                      where + ", element " + std::to_string(i));
    }
  }
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(quantize) {
  pawl::fuzz::Input input(bytes);
  pawl::fuzz::Check(input);
}
