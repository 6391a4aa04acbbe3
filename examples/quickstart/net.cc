// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "net.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "pawl/safetensors.h"

namespace quickstart {
namespace {

constexpr int64_t kPixels = 64;
constexpr int64_t kClasses = 10;

void LinearFloat(const FloatLayer& layer, bool relu, const std::vector<float>& in, int64_t count,
                 std::vector<float>* out) {
  const int64_t rows = layer.weight.dim(0);
  const int64_t cols = layer.weight.dim(1);
  const float* w = layer.weight.as<float>().data();
  const float* b = layer.bias.as<float>().data();
  out->resize(static_cast<size_t>(count * rows));
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t r = 0; r < rows; ++r) {
      double sum = static_cast<double>(b[r]);
      for (int64_t c = 0; c < cols; ++c) {
        sum += static_cast<double>(in[static_cast<size_t>(i * cols + c)]) *
               static_cast<double>(w[r * cols + c]);
      }
      const auto value = static_cast<float>(sum);
      (*out)[static_cast<size_t>(i * rows + r)] = relu ? std::max(value, 0.0f) : value;
    }
  }
}

// Codes of an integer-only net at its two ends; inside it there is no float.
std::vector<int8_t> Encode(const std::vector<float>& values, pawl::QParams params) {
  std::vector<int8_t> codes(values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    const float code =
        std::nearbyint(values[i] / params.scale) + static_cast<float>(params.zero_point);
    codes[i] = static_cast<int8_t>(std::clamp(code, -128.0f, 127.0f));
  }
  return codes;
}

std::vector<float> Decode(const std::vector<int8_t>& codes, pawl::QParams params) {
  std::vector<float> values(codes.size());
  for (size_t i = 0; i < codes.size(); ++i) {
    values[i] = static_cast<float>(codes[i] - params.zero_point) * params.scale;
  }
  return values;
}

template <typename T>
absl::StatusOr<std::vector<T>> RunLayers(const std::vector<pawl::QuantizedLinear>& layers,
                                         std::vector<T> values, int64_t count, pawl::DType dtype,
                                         pawl::Context& context) {
  for (const pawl::QuantizedLinear& layer : layers) {
    std::vector<T> next(static_cast<size_t>(count * layer.out_features()));
    const absl::Status status =
        layer.Run({values.data(), dtype, count, layer.in_features(), 0},
                  {next.data(), dtype, count, layer.out_features(), 0}, context);
    if (!status.ok()) return status;
    values = std::move(next);
  }
  return values;
}

}  // namespace

absl::StatusOr<std::vector<FloatLayer>> LoadNet(const std::string& path) {
  auto reader = pawl::SafetensorsReader::Open(path);
  if (!reader.ok()) return reader.status();
  std::vector<FloatLayer> net;
  for (const char* name : {"fc1", "fc2", "fc3"}) {
    auto weight = (*reader)->Get(std::string(name) + ".weight");
    if (!weight.ok()) return weight.status();
    auto bias = (*reader)->Get(std::string(name) + ".bias");
    if (!bias.ok()) return bias.status();
    net.push_back({name, *std::move(weight), *std::move(bias)});
  }
  return net;
}

absl::StatusOr<Images> LoadImages(const std::string& path) {
  auto reader = pawl::SafetensorsReader::Open(path);
  if (!reader.ok()) return reader.status();
  auto pixels = (*reader)->Get("images");
  if (!pixels.ok()) return pixels.status();
  auto labels = (*reader)->Get("labels");
  if (!labels.ok()) return labels.status();
  Images images;
  images.count = pixels->dim(0);
  for (const uint8_t v : pixels->as<uint8_t>()) {
    images.pixels.push_back(static_cast<float>(v) / 16.0f);
  }
  images.labels.assign(labels->as<uint8_t>().begin(), labels->as<uint8_t>().end());
  if (pixels->dim(1) != kPixels || images.labels.size() != static_cast<size_t>(images.count)) {
    return absl::InvalidArgumentError(path + " does not hold 8x8 images and their labels");
  }
  return images;
}

absl::StatusOr<std::vector<float>> RunFloat(const std::vector<FloatLayer>& net,
                                            const Images& images,
                                            std::vector<pawl::Observer>& observers) {
  std::vector<float> values = images.pixels;
  for (size_t i = 0; i <= net.size(); ++i) {
    if (!observers.empty()) {
      const absl::Status status = observers[i].Observe(values);
      if (!status.ok()) return status;
    }
    if (i == net.size()) break;
    std::vector<float> next;
    LinearFloat(net[i], i + 1 < net.size(), values, images.count, &next);
    values = std::move(next);
  }
  return values;
}

absl::StatusOr<std::vector<float>> RunQuantized(const std::vector<pawl::QuantizedLinear>& layers,
                                                const Images& images, pawl::QParams input,
                                                pawl::QParams output, pawl::Context& context) {
  if (layers[0].mode() != pawl::LinearMode::kIntegerOnly) {
    return RunLayers(layers, images.pixels, images.count, pawl::DType::kF32, context);
  }
  auto codes =
      RunLayers(layers, Encode(images.pixels, input), images.count, pawl::DType::kI8, context);
  if (!codes.ok()) return codes.status();
  return Decode(*codes, output);
}

int CountRight(const std::vector<float>& logits, const Images& images) {
  int right = 0;
  for (int64_t i = 0; i < images.count; ++i) {
    const float* row = logits.data() + i * kClasses;
    right += std::max_element(row, row + kClasses) - row == images.labels[static_cast<size_t>(i)];
  }
  return right;
}

}  // namespace quickstart
