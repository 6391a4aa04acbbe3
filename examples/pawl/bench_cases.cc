// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What `pawl bench` measures: one function an operation.

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/pawl/bench.h"
#include "examples/pawl/bench_ceiling.h"
#include "pawl/linear.h"
#include "pawl/quantizer.h"

namespace pawl::tool {
namespace {

// Uniform in [-1, 1): the same numbers in every run and on every machine.
absl::StatusOr<Tensor> RandomTensor(int64_t rows, int64_t cols, uint64_t seed) {
  absl::StatusOr<Tensor> tensor = Tensor::Create(DType::kF32, {rows, cols});
  if (!tensor.ok()) return tensor;
  uint64_t state = seed * 0x9E3779B97F4A7C15u + 1;
  for (float& value : tensor->mutable_as<float>()) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    value = static_cast<float>(static_cast<int32_t>(state >> 32)) / 2147483648.0f;
  }
  return tensor;
}

absl::StatusOr<QuantizedTensor> DeepCopy(const QuantizedTensor& tensor) {
  QuantizedTensor copy = tensor;
  for (Tensor* part : {&copy.codes, &copy.scales, &copy.offsets, &copy.super_scales,
                       &copy.super_offsets, &copy.levels}) {
    absl::StatusOr<Tensor> clone = part->Clone();
    if (!clone.ok()) return clone.status();
    *part = *std::move(clone);
  }
  return copy;
}

Json Start(const BenchCase& c, bool cold, Context& context) {
  Json out;
  out["scheme"] = c.scheme;
  out["m"] = c.m;
  out["n"] = c.n;
  out["k"] = c.k;
  out["threads"] = context.threads();
  out["target"] = std::string(context.target());
  out["cold"] = cold;
  return out;
}

absl::Status CheckDone(const Timing& timing, const absl::Status& status, Context& context) {
  if (!status.ok()) return status;
  if (context.cancelled() || timing.calls == 0) return absl::CancelledError("cancelled");
  return absl::OkStatus();
}

// Layers of the same weights, each in memory of its own: one, or enough for kColdBytes.
absl::StatusOr<std::vector<QuantizedLinear>> MakeLayers(const QuantizedTensor& weights,
                                                        const BenchOptions& options,
                                                        Context& context) {
  LinearOptions linear;
  linear.mode = options.mode == "weight_only" ? LinearMode::kWeightOnly : LinearMode::kDynamicInt8;
  linear.name = "bench";
  const size_t count =
      options.cold ? kColdBytes / std::max<size_t>(1, weights.size_bytes()) + 2 : 1;
  std::vector<QuantizedLinear> layers;
  for (size_t i = 0; i < count; ++i) {
    absl::StatusOr<QuantizedTensor> copy = DeepCopy(weights);
    if (!copy.ok()) return copy.status();
    auto layer = QuantizedLinear::Create(*std::move(copy), linear, &context);
    if (!layer.ok()) return layer.status();
    layers.push_back(*std::move(layer));
  }
  return layers;
}

// An operation on whole tensors that moves `bytes` through memory.
void AddMemoryFigures(const Timing& timing, double bytes, Context& context, Json* out) {
  (*out)["median_us"] = 1e6 * timing.median;
  (*out)["min_us"] = 1e6 * timing.min;
  const double ceiling = ReadBandwidth(context, static_cast<size_t>(bytes));
  (*out)["gbps"] = 1e-9 * bytes / timing.median;
  (*out)["ceiling_gbps"] = 1e-9 * ceiling;
  (*out)["share"] = ceiling > 0.0 ? Json(bytes / timing.median / ceiling) : Json();
}

}  // namespace

absl::StatusOr<QuantizedTensor> BenchWeights(const BenchCase& c, Context& context) {
  const absl::StatusOr<Scheme> scheme = ParseScheme(c.scheme);
  if (!scheme.ok()) return scheme.status();
  const absl::StatusOr<Tensor> weights = RandomTensor(c.n, c.k, 1);
  if (!weights.ok()) return weights.status();
  return Quantize(*weights, *scheme, {}, &context);
}

absl::StatusOr<Json> BenchLinear(const BenchCase& c, const BenchOptions& options,
                                 Context& context) {
  const absl::StatusOr<QuantizedTensor> weights = BenchWeights(c, context);
  if (!weights.ok()) return weights.status();
  const auto layers = MakeLayers(*weights, options, context);
  if (!layers.ok()) return layers.status();
  const absl::StatusOr<Tensor> x = RandomTensor(c.m, c.k, 2);
  absl::StatusOr<Tensor> y = Tensor::Create(DType::kF32, {c.m, c.n});
  if (!x.ok()) return x.status();
  if (!y.ok()) return y.status();
  const InputView input{x->data(), DType::kF32, c.m, c.k, 0};
  const OutputView output{y->mutable_data(), DType::kF32, c.m, c.n, 0};
  absl::Status status;
  size_t next = 0;
  const Timing timing = Measure(context, options.seconds, [&] {
    if (status.ok()) status = (*layers)[next].Run(input, output, context);
    next = (next + 1) % layers->size();
  });
  if (const absl::Status done = CheckDone(timing, status, context); !done.ok()) return done;

  const double operations =
      2.0 * static_cast<double>(c.m) * static_cast<double>(c.n) * static_cast<double>(c.k);
  const double bytes = static_cast<double>(weights->size_bytes());
  const bool floats = options.mode == "weight_only";
  const std::optional<double> peak =
      PeakOperations(context, floats ? Arithmetics::kF32 : Arithmetics::kInt8);
  const double bandwidth =
      ReadBandwidth(context, options.cold ? kColdBytes : weights->size_bytes());
  // What the ceilings allow at best; unknown without the ceiling of operations.
  const double best = peak.has_value() ? std::max(operations / *peak, bytes / bandwidth) : 0.0;
  Json out = Start(c, options.cold, context);
  out["mode"] = options.mode;
  out["median_us"] = 1e6 * timing.median;
  out["min_us"] = 1e6 * timing.min;
  out["gops"] = 1e-9 * operations / timing.median;
  out["weight_gbps"] = 1e-9 * bytes / timing.median;
  out["ceiling_gops"] = peak.has_value() ? Json(1e-9 * *peak) : Json();
  out["ceiling_gbps"] = 1e-9 * bandwidth;
  out["share"] = peak.has_value() ? Json(best / timing.median) : Json();
  return out;
}

absl::StatusOr<Json> BenchQuantize(const BenchCase& c, const BenchOptions& options,
                                   Context& context) {
  const absl::StatusOr<Scheme> scheme = ParseScheme(c.scheme);
  if (!scheme.ok()) return scheme.status();
  const absl::StatusOr<Tensor> weights = RandomTensor(c.n, c.k, 1);
  if (!weights.ok()) return weights.status();
  absl::Status status;
  size_t quantized_bytes = 0;
  const Timing timing = Measure(context, options.seconds, [&] {
    const auto quantized = Quantize(*weights, *scheme, {}, &context);
    status = quantized.status();
    if (status.ok()) quantized_bytes = quantized->size_bytes();
  });
  if (const absl::Status done = CheckDone(timing, status, context); !done.ok()) return done;
  Json out = Start(c, false, context);
  AddMemoryFigures(timing, static_cast<double>(weights->size_bytes() + quantized_bytes), context,
                   &out);
  return out;
}

absl::StatusOr<Json> BenchDequantize(const BenchCase& c, const BenchOptions& options,
                                     Context& context) {
  const absl::StatusOr<QuantizedTensor> weights = BenchWeights(c, context);
  if (!weights.ok()) return weights.status();
  std::vector<float> values(static_cast<size_t>(weights->num_elements()));
  absl::Status status;
  const Timing timing = Measure(context, options.seconds, [&] {
    status = Dequantize(*weights, absl::MakeSpan(values), &context);
  });
  if (const absl::Status done = CheckDone(timing, status, context); !done.ok()) return done;
  Json out = Start(c, false, context);
  AddMemoryFigures(timing,
                   static_cast<double>(weights->size_bytes() + values.size() * sizeof(float)),
                   context, &out);
  return out;
}

}  // namespace pawl::tool
