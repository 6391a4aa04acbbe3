// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl bench gptq: a layer [n, k] with m samples of inputs, each step once, beside the
// multiply-adds of f32 that it needs.

#include <chrono>
#include <string>
#include <utility>

#include "absl/functional/function_ref.h"
#include "examples/pawl/bench.h"
#include "examples/pawl/bench_ceiling.h"
#include "pawl/gptq.h"

namespace pawl::tool {
namespace {

double Seconds(absl::FunctionRef<void()> call) {
  const auto start = std::chrono::steady_clock::now();
  call();
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

}  // namespace

absl::StatusOr<Json> BenchGptq(const BenchCase& c, const BenchOptions& options, Context& context) {
  const absl::StatusOr<Scheme> scheme = ParseScheme(c.scheme);
  const absl::StatusOr<Tensor> weights = RandomTensor(c.n, c.k, 1);
  const absl::StatusOr<Tensor> inputs = RandomTensor(c.m, c.k, 2);
  absl::StatusOr<InputMoments> moments = InputMoments::Create(c.k);
  if (!scheme.ok()) return scheme.status();
  if (!weights.ok()) return weights.status();
  if (!inputs.ok()) return inputs.status();
  if (!moments.ok()) return moments.status();
  absl::Status added;
  const double moments_s = Seconds([&] { added = moments->Add(*inputs, &context); });
  if (!added.ok()) return added;
  absl::StatusOr<InputFactor> factor = absl::UnknownError("");
  const double factor_s = Seconds([&] { factor = InputFactor::Create(*moments, {}, &context); });
  if (!factor.ok()) return factor.status();
  absl::StatusOr<QuantizedTensor> quantized = absl::UnknownError("");
  GptqReport report;
  const double quantize_s =
      Seconds([&] { quantized = Gptq(*weights, *scheme, *factor, {}, &context, &report); });
  if (!quantized.ok()) return quantized.status();
  PeakProbe peak(context, {.floats = true, .bits = 32}, 0.05);
  const std::vector<Timing> times = MeasureInTurn(context, options.seconds, {[&] { peak.Run(); }});

  Json out;
  out["scheme"] = c.scheme;
  out["m"] = c.m;
  out["n"] = c.n;
  out["k"] = c.k;
  out["threads"] = context.threads();
  out["target"] = std::string(context.target());
  out["moments_s"] = moments_s;
  out["factor_s"] = factor_s;
  out["quantize_s"] = quantize_s;
  out["gptq_s"] = factor_s + quantize_s;
  // k^3 / 3 for the factor, n k^2 for the feedback.
  const auto k = static_cast<double>(c.k), n = static_cast<double>(c.n);
  out["gops"] = 1e-9 * (k * k * k / 3.0 + n * k * k) / (factor_s + quantize_s);
  out["ceiling_gops"] = peak.known() && !times.empty() && times[0].calls > 0
                            ? Json(1e-9 * peak.operations() / times[0].median)
                            : Json();
  out["damping"] = report.damping;
  return out;
}

}  // namespace pawl::tool
