// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The main job through the C++ API of an installed Pawl: opens a float net, calibrates its
// activations batch by batch, quantizes its weights into a .pawl file, loads that, and reads the
// held-out images with static int8 layers. On the way it cancels a job and shows an error.
//
//   digits <folder of the digits model> <folder to write to>

#include <pawl/calibrator.h>
#include <pawl/container.h>
#include <pawl/context.h>
#include <pawl/job.h>
#include <pawl/linear.h>
#include <pawl/safetensors.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int64_t kBatch = 64;
constexpr int64_t kPixels = 64;
constexpr int64_t kClasses = 10;

struct FloatLayer {
  std::string name;
  pawl::Tensor weight;  // f32 [out, in]
  pawl::Tensor bias;    // f32 [out]
};

struct Images {
  std::vector<float> pixels;  // [count, 64]
  std::vector<uint8_t> labels;
};

using Net = std::function<absl::StatusOr<std::vector<float>>(std::vector<float> x)>;

// The one place where a value is taken out of a StatusOr; main catches what went wrong.
template <typename T>
T Take(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

void Check(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

std::vector<FloatLayer> OpenNet(const std::string& path) {
  const auto reader = Take(pawl::SafetensorsReader::Open(path));
  std::vector<FloatLayer> net;
  for (const std::string name : {"fc1", "fc2", "fc3"}) {
    net.push_back({name, Take(reader->Get(name + ".weight")), Take(reader->Get(name + ".bias"))});
  }
  return net;
}

Images OpenImages(const std::string& path) {
  const auto reader = Take(pawl::SafetensorsReader::Open(path));
  const pawl::Tensor pixels = Take(reader->Get("images"));
  const pawl::Tensor labels = Take(reader->Get("labels"));
  Images images;
  for (const uint8_t pixel : pixels.as<uint8_t>()) {
    images.pixels.push_back(static_cast<float>(pixel) / 16.0f);
  }
  images.labels.assign(labels.as<uint8_t>().begin(), labels.as<uint8_t>().end());
  return images;
}

// What the net computed before it was quantized, showing the calibrator what comes into each layer,
// if there is one.
absl::StatusOr<std::vector<float>> RunFloat(const std::vector<FloatLayer>& net,
                                            std::vector<float> x, pawl::Calibrator* calibrator) {
  for (const FloatLayer& layer : net) {
    if (calibrator != nullptr) Check(calibrator->Observe(layer.name, x));
    const int64_t out = layer.weight.dim(0), in = layer.weight.dim(1);
    const auto w = layer.weight.as<float>(), b = layer.bias.as<float>();
    std::vector<float> y;
    for (size_t row = 0; row < x.size() / static_cast<size_t>(in); ++row) {
      for (int64_t o = 0; o < out; ++o) {
        float sum = b[static_cast<size_t>(o)];
        for (int64_t i = 0; i < in; ++i) {
          sum += x[row * static_cast<size_t>(in) + static_cast<size_t>(i)] *
                 w[static_cast<size_t>(o * in + i)];
        }
        y.push_back(&layer == &net.back() ? sum : std::max(sum, 0.0f));
      }
    }
    x = std::move(y);
  }
  return x;
}

absl::StatusOr<std::vector<float>> RunInt8(const std::vector<pawl::QuantizedLinear>& layers,
                                           std::vector<float> x, pawl::Context& context) {
  for (const pawl::QuantizedLinear& layer : layers) {
    const int64_t rows = static_cast<int64_t>(x.size()) / layer.in_features();
    std::vector<float> y(static_cast<size_t>(rows * layer.out_features()));
    const absl::Status status =
        layer.Run({x.data(), pawl::DType::kF32, rows, layer.in_features()},
                  {y.data(), pawl::DType::kF32, rows, layer.out_features()}, context);
    if (!status.ok()) return status;
    x = std::move(y);
  }
  return x;
}

// How many images a net reads right, batch by batch.
int CountRight(const Images& images, const Net& net) {
  int right = 0;
  for (size_t begin = 0; begin < images.labels.size(); begin += kBatch) {
    const size_t end = std::min(begin + kBatch, images.labels.size());
    const std::vector<float> scores =
        Take(net({images.pixels.begin() + static_cast<int64_t>(begin) * kPixels,
                  images.pixels.begin() + static_cast<int64_t>(end) * kPixels}));
    for (size_t i = begin; i < end; ++i) {
      const auto of = scores.begin() + static_cast<int64_t>(i - begin) * kClasses;
      right += std::max_element(of, of + kClasses) - of == images.labels[i];
    }
  }
  return right;
}

// Static int8 layers from the .pawl file, for activations as the calibrator saw them.
std::vector<pawl::QuantizedLinear> MakeLayers(const pawl::PawlReader& file,
                                              const std::vector<FloatLayer>& net,
                                              const pawl::Calibrator& calibrator,
                                              pawl::Context& context) {
  std::vector<pawl::QuantizedLinear> layers;
  const auto seen =
      Take(calibrator.Results({.method = pawl::ObserverRange::kMse, .codes = {0, 255, false}}));
  for (size_t i = 0; i < net.size(); ++i) {
    const std::string name = net[i].name + ".weight";
    pawl::LinearOptions options{
        .name = name, .mode = pawl::LinearMode::kStaticInt8, .bias = net[i].bias};
    if (i + 1 < net.size()) options.activation = pawl::FusedActivation::kRelu;
    options.activation_dtype = pawl::DType::kU8;
    options.activation_scale = seen[i].params[0].scale;
    options.activation_zero_point = seen[i].params[0].zero_point;
    layers.push_back(Take(pawl::QuantizedLinear::Create(Take(file.Get(name)), options, &context)));
  }
  return layers;
}

// A job that its own progress cancels, as another thread could, leaves no file behind.
bool CancelledJob(pawl::Job job, const std::string& output) {
  pawl::Context* self = nullptr;
  const auto context =
      Take(pawl::Context::Create({.progress = [&self](const pawl::Progress&) { self->Cancel(); }}));
  self = context.get();
  job.output = output;
  const absl::Status status = pawl::RunJob(job, *context).status();
  std::cout << "cancelled job: " << status << "\n";
  return status.code() == absl::StatusCode::kCancelled && !std::filesystem::exists(output);
}

bool WrongScheme() {
  const absl::Status status = pawl::ParseScheme("int4:g32:asim").status();
  std::cout << "wrong scheme: " << status << "\n";
  return status.code() == absl::StatusCode::kInvalidArgument;
}

bool Run(const std::string& models, const std::string& folder) {
  uint64_t steps = 0;
  const auto context = Take(
      pawl::Context::Create({.threads = 2, .progress = [&steps](const pawl::Progress& progress) {
                               steps += progress.total > 0;
                             }}));
  const std::vector<FloatLayer> net = OpenNet(models + "/digits.safetensors");
  pawl::Calibrator calibrator = Take(pawl::Calibrator::Create());
  CountRight(OpenImages(models + "/digits_calibration.safetensors"),
             [&](std::vector<float> x) { return RunFloat(net, std::move(x), &calibrator); });
  Check(calibrator.Finish());

  pawl::Job job;
  job.input = models + "/digits.safetensors";
  job.output = folder + "/digits.pawl";
  job.recipe = pawl::Recipe::ForScheme("int8");
  std::cout << Take(pawl::RunJob(job, *context)).ToText();

  const auto file = Take(pawl::PawlReader::Open(job.output));
  Check(file->Verify());
  const std::vector<pawl::QuantizedLinear> layers = MakeLayers(*file, net, calibrator, *context);
  const Images test = OpenImages(models + "/digits_test.safetensors");
  const int before =
      CountRight(test, [&](std::vector<float> x) { return RunFloat(net, std::move(x), nullptr); });
  const int after = CountRight(
      test, [&](std::vector<float> x) { return RunInt8(layers, std::move(x), *context); });
  std::cout << "held-out images read right: " << before << " of " << test.labels.size()
            << " in float, " << after << " in static int8\n";
  return steps > 0 && before == 444 && after >= 442 && CancelledJob(job, folder + "/never.pawl") &&
         WrongScheme();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "digits <folder of the digits model> <folder to write to>\n";
    return 2;
  }
  try {
    return Run(argv[1], argv[2]) ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
