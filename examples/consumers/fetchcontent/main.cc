// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the core profile is for: weights are quantized into a .pawl file, which is mapped again,
// checked, and run.

#include <pawl/container.h>
#include <pawl/context.h>
#include <pawl/linear.h>
#include <pawl/quantizer.h>

#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int64_t kRows = 16, kCols = 128;

absl::Status Write(const std::string& path) {
  std::vector<float> values(kRows * kCols);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i % 29) - 14.0f;
  const absl::StatusOr<pawl::Tensor> weights =
      pawl::Tensor::FromValues<float>({kRows, kCols}, values);
  if (!weights.ok()) return weights.status();
  const absl::StatusOr<pawl::Scheme> scheme = pawl::ParseScheme("int4:g32");
  if (!scheme.ok()) return scheme.status();
  const absl::StatusOr<pawl::QuantizedTensor> quantized = pawl::Quantize(*weights, *scheme);
  if (!quantized.ok()) return quantized.status();
  const auto writer = pawl::PawlWriter::Create(path);
  if (!writer.ok()) return writer.status();
  const absl::Status added = (*writer)->Add("weights", *quantized);
  return added.ok() ? (*writer)->Finish() : added;
}

absl::Status Run(const std::string& path) {
  const auto reader = pawl::PawlReader::Open(path);
  if (!reader.ok()) return reader.status();
  if (const absl::Status whole = (*reader)->Verify(); !whole.ok()) return whole;
  absl::StatusOr<pawl::QuantizedTensor> weights = (*reader)->Get("weights");
  if (!weights.ok()) return weights.status();
  pawl::LinearOptions options;
  options.mode = pawl::LinearMode::kDynamicInt8;
  const auto linear = pawl::QuantizedLinear::Create(*std::move(weights), options);
  if (!linear.ok()) return linear.status();
  const auto context = pawl::Context::Create();
  if (!context.ok()) return context.status();
  const std::vector<float> x(kCols, 1.0f);
  std::vector<float> y(kRows);
  const absl::Status ran = linear->Run({x.data(), pawl::DType::kF32, 1, kCols},
                                       {y.data(), pawl::DType::kF32, 1, kRows}, **context);
  if (ran.ok()) std::printf("row 0 of the weights sums up to %g\n", static_cast<double>(y[0]));
  return ran;
}

}  // namespace

int main() {
  const std::string path = "consumer.pawl";
  absl::Status status = Write(path);
  if (status.ok()) status = Run(path);
  std::remove(path.c_str());
  if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}
