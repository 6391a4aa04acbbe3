// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What `pawl bench` measures: one function an operation.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "examples/pawl/bench.h"
#include "examples/pawl/bench_ceiling.h"
#include "pawl/container.h"
#include "pawl/linear.h"
#include "pawl/quantizer.h"

namespace pawl::tool {

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

absl::Status CheckDone(const std::vector<Timing>& timings, const absl::Status& status,
                       Context& context) {
  if (!status.ok()) return status;
  const bool all =
      std::all_of(timings.begin(), timings.end(), [](const Timing& t) { return t.calls > 0; });
  if (context.cancelled() || !all) return absl::CancelledError("cancelled");
  return absl::OkStatus();
}

void AddTimes(const Timing& timing, Json* out) {
  (*out)["median_us"] = 1e6 * timing.median;
  (*out)["min_us"] = 1e6 * timing.min;
}

Json Share(double operations, double bytes, double peak, double bandwidth, double seconds) {
  return std::max(operations / peak, bytes / bandwidth) / seconds;
}

namespace {

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

LinearOptions BenchLayer(LinearMode mode) {
  LinearOptions linear;
  linear.mode = mode;
  linear.round_levels = true;  // asking for the mode is asking for it here
  linear.name = "bench";
  return linear;
}

// Layers of the same weights, each in memory of its own: one, or enough for kColdBytes.
absl::StatusOr<std::vector<QuantizedLinear>> MakeLayers(const QuantizedTensor& weights,
                                                        const BenchOptions& options,
                                                        Context& context) {
  const bool integers = options.mode == "dynamic_int8";
  LinearOptions linear = BenchLayer(integers ? LinearMode::kDynamicInt8 : LinearMode::kWeightOnly);
  if (options.mode == "weight_only_bf16") linear.compute = LinearCompute::kBf16;
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

// An operation on whole tensors that moves `bytes` through memory, beside reading as many.
absl::StatusOr<Json> MemoryCase(Json out, double bytes, absl::FunctionRef<absl::Status()> run,
                                const BenchOptions& options, Context& context) {
  absl::Status status;
  const auto call = [&] {
    if (status.ok()) status = run();
  };
  const auto all = static_cast<size_t>(bytes);
  ReadProbe read(context, all, all, TimeOfCall(call));
  const auto read_call = [&] { read.Run(); };
  const std::vector<Timing> times = MeasureInTurn(context, options.seconds, {call, read_call});
  if (const absl::Status done = CheckDone(times, status, context); !done.ok()) return done;
  AddTimes(times[0], &out);
  const double ceiling = read.bytes() / times[1].median;
  out["gbps"] = 1e-9 * bytes / times[0].median;
  out["ceiling_gbps"] = 1e-9 * ceiling;
  out["share"] = bytes / times[0].median / ceiling;
  return out;
}

// The products of the scheme's codes: tables and floats, which no integer mode takes, count as 8
// bits.
Arithmetics ArithmeticsOf(const Scheme& scheme, const BenchOptions& options) {
  if (options.mode == "weight_only") return {.floats = true, .bits = 32};
  if (options.mode == "weight_only_bf16") return {.floats = true, .bits = 16};
  return {.floats = false, .bits = scheme.element.is_integer() ? scheme.element.bits : 8};
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
  const auto bytes = static_cast<double>(weights->size_bytes());
  const auto call = [&] {
    if (status.ok()) status = (*layers)[next].Run(input, output, context);
    next = (next + 1) % layers->size();
  };
  const double once = TimeOfCall(call);
  ReadProbe read(context, weights->size_bytes(), options.cold ? kColdBytes : 0, once);
  PeakProbe peak(context, ArithmeticsOf(weights->scheme, options), once);
  const auto read_call = [&] { read.Run(); };
  const auto peak_call = [&] { peak.Run(); };
  std::vector<absl::FunctionRef<void()>> calls = {call, read_call};
  if (peak.known()) calls.push_back(peak_call);
  const std::vector<Timing> times = MeasureInTurn(context, options.seconds, calls);
  if (const absl::Status done = CheckDone(times, status, context); !done.ok()) return done;

  const double operations =
      2.0 * static_cast<double>(c.m) * static_cast<double>(c.n) * static_cast<double>(c.k);
  Json out = Start(c, options.cold, context);
  out["mode"] = options.mode;
  AddTimes(times[0], &out);
  out["gops"] = 1e-9 * operations / times[0].median;
  out["weight_gbps"] = 1e-9 * bytes / times[0].median;
  out["ceiling_gops"] = Json();
  out["ceiling_gbps"] = 1e-9 * read.bytes() / times[1].median;
  out["share"] = out["min_share"] = out["ceiling"] = Json();
  if (!peak.known()) return out;
  const auto share = [&](double Timing::*which) {
    return Share(operations, bytes, peak.operations() / times[2].*which,
                 read.bytes() / times[1].*which, times[0].*which);
  };
  out["ceiling_gops"] = 1e-9 * peak.operations() / times[2].median;
  out["share"] = share(&Timing::median);
  out["min_share"] = share(&Timing::min);
  out["ceiling"] = peak.text();
  return out;
}

absl::StatusOr<Json> BenchQuantize(const BenchCase& c, const BenchOptions& options,
                                   Context& context) {
  const absl::StatusOr<Scheme> scheme = ParseScheme(c.scheme);
  if (!scheme.ok()) return scheme.status();
  const absl::StatusOr<Tensor> weights = RandomTensor(c.n, c.k, 1);
  if (!weights.ok()) return weights.status();
  const absl::StatusOr<QuantizedTensor> once = Quantize(*weights, *scheme, {}, &context);
  if (!once.ok()) return once.status();
  const auto run = [&] { return Quantize(*weights, *scheme, {}, &context).status(); };
  return MemoryCase(Start(c, false, context),
                    static_cast<double>(weights->size_bytes() + once->size_bytes()), run, options,
                    context);
}

namespace {

// A .pawl file in memory with the layer in it.
absl::StatusOr<std::shared_ptr<MemoryBuffer>> PackedFile(const QuantizedLinear& layer) {
  auto buffer = std::make_shared<MemoryBuffer>();
  const auto writer = PawlWriter::CreateInSink(buffer);
  if (!writer.ok()) return writer.status();
  absl::Status status = (*writer)->AddLinear("layer", layer);
  if (status.ok()) status = (*writer)->Finish();
  if (!status.ok()) return status;
  return buffer;
}

}  // namespace

absl::StatusOr<Json> BenchPack(const BenchCase& c, const BenchOptions& options, Context& context) {
  const absl::StatusOr<QuantizedTensor> weights = BenchWeights(c, context);
  if (!weights.ok()) return weights.status();
  LinearOptions linear = BenchLayer(LinearMode::kDynamicInt8);
  linear.release_canonical = true;
  const auto layer = QuantizedLinear::Create(*weights, linear, &context);
  if (!layer.ok()) return layer.status();
  const auto file = PackedFile(*layer);
  if (!file.ok()) return file.status();
  const auto run = [&] { return QuantizedLinear::Create(*weights, linear, &context).status(); };
  absl::StatusOr<Json> out =
      MemoryCase(Start(c, false, context), 2.0 * static_cast<double>(weights->size_bytes()), run,
                 options, context);
  if (!out.ok()) return out;
  absl::Status status;
  const auto map = [&] {
    const auto reader = PawlReader::OpenMemory((*file)->bytes());
    status.Update(reader.ok() ? (*reader)->GetLinear("layer", &linear).status() : reader.status());
  };
  const std::vector<Timing> times = MeasureInTurn(context, options.seconds / 4, {map});
  if (const absl::Status done = CheckDone(times, status, context); !done.ok()) return done;
  (*out)["map_us"] = 1e6 * times[0].median;
  (*out)["packed_bytes"] = layer->size_bytes();
  (*out)["to_canonical"] =
      static_cast<double>(layer->size_bytes()) / static_cast<double>(weights->size_bytes());
  return out;
}

absl::StatusOr<Json> BenchDequantize(const BenchCase& c, const BenchOptions& options,
                                     Context& context) {
  const absl::StatusOr<QuantizedTensor> weights = BenchWeights(c, context);
  if (!weights.ok()) return weights.status();
  std::vector<float> values(static_cast<size_t>(weights->num_elements()));
  const auto run = [&] { return Dequantize(*weights, absl::MakeSpan(values), &context); };
  return MemoryCase(Start(c, false, context),
                    static_cast<double>(weights->size_bytes() + values.size() * sizeof(float)), run,
                    options, context);
}

}  // namespace pawl::tool
