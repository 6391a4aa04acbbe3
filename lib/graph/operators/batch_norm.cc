// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// BatchNormalization (inference; training mode for its statistics' sake) and LRN.

#include <algorithm>
#include <cmath>
#include <vector>

#include "lib/graph/operators/common.h"

namespace pawl {
namespace {

absl::Status BatchNormShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 5, 5));
  if (c.rank(0) < 2) return absl::InvalidArgumentError("needs an input of rank 2 at least");
  const int64_t channels = c.dims(0)[1];
  for (size_t i = 1; i < 5; ++i) {
    if (c.rank(i) != 1 || (channels >= 0 && c.dims(i)[0] >= 0 && c.dims(i)[0] != channels)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "input ", i, " has the shape ", ShapeString(c.dims(i)), " for ", channels, " channels"));
    }
  }
  if (c.node().Int("training_mode", 0) != 0) {
    c.Set(1, c.dtype(3), c.dims(3));
    c.Set(2, c.dtype(4), c.dims(4));
  } else if (c.num_outputs() > 1) {
    return absl::UnimplementedError("gives running means without training_mode");
  }
  return SameAsInput(c);
}

struct Statistics {
  std::vector<double> mean, variance;
};

Statistics OfBatch(const Tensor& x, int64_t pixels) {
  const int64_t images = x.dim(0), channels = x.dim(1);
  Statistics s;
  for (int64_t c = 0; c < channels; ++c) {
    const auto count = static_cast<double>(std::max<int64_t>(images * pixels, 1));
    const auto sum = [&](auto value) {
      double total = 0.0;
      for (int64_t n = 0; n < images; ++n) {
        const float* in = x.as<float>().data() + (n * channels + c) * pixels;
        for (int64_t i = 0; i < pixels; ++i) total += value(double{in[i]});
      }
      return total / count;
    };
    const double mean = sum([](double v) { return v; });
    s.mean.push_back(mean);
    s.variance.push_back(sum([&](double v) { return (v - mean) * (v - mean); }));
  }
  return s;
}

// Running statistics: what there was, and what the batch has.
void Update(OpRun& run, const Statistics& batch) {
  const double momentum = run.node().Float("momentum", 0.9f);
  for (size_t output = 1; output < 3; ++output) {
    if (!run.Wants(output)) continue;
    const auto before = run.input(output + 2).as<float>();
    const auto after = run.output(output).mutable_as<float>();
    const std::vector<double>& now = output == 1 ? batch.mean : batch.variance;
    for (size_t c = 0; c < after.size(); ++c) {
      after[c] = static_cast<float>(before[c] * momentum + now[c] * (1.0 - momentum));
    }
  }
}

absl::Status RunBatchNorm(OpRun& run) {
  for (size_t i = 0; i < 5; ++i) {
    if (run.input(i).dtype() != DType::kF32) return TypeError(i, run.input(i).dtype(), "f32");
  }
  const Tensor& x = run.input(0);
  const int64_t channels = x.dim(1);
  const int64_t pixels = DimProduct(absl::MakeConstSpan(x.shape()).subspan(2));
  const double epsilon = run.node().Float("epsilon", 1e-5f);
  Statistics s;
  if (run.node().Int("training_mode", 0) != 0) {
    s = OfBatch(x, pixels);
    Update(run, s);
  } else {
    s.mean.assign(run.input(3).as<float>().begin(), run.input(3).as<float>().end());
    s.variance.assign(run.input(4).as<float>().begin(), run.input(4).as<float>().end());
  }
  const auto scale = run.input(1).as<float>(), bias = run.input(2).as<float>();
  float* y = run.output(0).mutable_as<float>().data();
  const int64_t step = std::max<int64_t>(1, 16384 / std::max<int64_t>(pixels, 1));
  return Ranges(run, x.dim(0) * channels, step, [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      const auto c = static_cast<size_t>(plane % channels);
      const auto mean = static_cast<float>(s.mean[c]);
      const auto factor = static_cast<float>(scale[c] / std::sqrt(s.variance[c] + epsilon));
      const float shift = bias[c];
      const float* in = x.as<float>().data() + plane * pixels;
      float* out = y + plane * pixels;
      for (int64_t i = 0; i < pixels; ++i) out[i] = (in[i] - mean) * factor + shift;
    }
  });
}

// x / (bias + alpha / size * sum of squares over neighbouring channels)^beta
absl::Status RunLrn(OpRun& run) {
  const Tensor& x = run.input(0);
  if (x.dtype() != DType::kF32) return TypeError(0, x.dtype(), "f32");
  const int64_t size = run.node().Int("size", 1), channels = x.dim(1);
  const int64_t pixels = DimProduct(absl::MakeConstSpan(x.shape()).subspan(2));
  if (size < 1) return absl::InvalidArgumentError("size must be 1 at least");
  const double alpha = run.node().Float("alpha", 1e-4f), beta = run.node().Float("beta", 0.75f);
  const double bias = run.node().Float("bias", 1.0f);
  float* y = run.output(0).mutable_as<float>().data();
  return Ranges(run, x.dim(0) * channels, 1, [&](int64_t begin, int64_t end) {
    for (int64_t plane = begin; plane < end; ++plane) {
      const int64_t c = plane % channels;
      const int64_t first = std::max<int64_t>(0, c - (size - 1) / 2);
      const int64_t last = std::min(channels - 1, c + size / 2);
      const float* image = x.as<float>().data() + (plane - c) * pixels;
      for (int64_t i = 0; i < pixels; ++i) {
        double square = 0.0;
        for (int64_t k = first; k <= last; ++k) {
          const double v = image[k * pixels + i];
          square += v * v;
        }
        const double base = bias + alpha / static_cast<double>(size) * square;
        y[plane * pixels + i] = static_cast<float>(image[c * pixels + i] / std::pow(base, beta));
      }
    }
  });
}

absl::Status LrnShape(ShapeContext& c) {
  if (c.rank(0) < 2) return absl::InvalidArgumentError("needs an input of rank 2 at least");
  return SameAsInput(c);
}

constexpr Operator kTable[] = {
    {.name = "BatchNormalization",
     .domain = "",
     .min_opset = 9,
     .shape = BatchNormShape,
     .run = RunBatchNorm,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic | kInPlace},
    {.name = "LRN",
     .domain = "",
     .shape = LrnShape,
     .run = RunLrn,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> BatchNormOperators() { return kTable; }

}  // namespace pawl
