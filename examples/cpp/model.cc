// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A whole model through the C++ API of an installed Pawl: loads the digits net from ONNX, lists
// what is in it, calibrates it batch by batch, quantizes it, runs both on the held-out images, and
// saves the result again.
//
//   model <folder of the digits model> <folder to write to>

#include <pawl/calibrator.h>
#include <pawl/context.h>
#include <pawl/executor.h>
#include <pawl/graph_job.h>
#include <pawl/model.h>
#include <pawl/onnx.h>
#include <pawl/safetensors.h>

#include <algorithm>
#include <cstdint>
#include <iostream>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr int64_t kBatch = 64;
constexpr int64_t kPixels = 64;
constexpr int64_t kClasses = 10;

struct Images {
  std::vector<pawl::Tensor> batches;  // f32 [up to kBatch, 64]
  std::vector<uint8_t> labels;
};

// The one place where a value is taken out of a StatusOr; main catches what went wrong.
template <typename T>
T Take(absl::StatusOr<T> value) {
  if (!value.ok()) throw std::runtime_error(value.status().ToString());
  return *std::move(value);
}

void Check(const absl::Status& status) {
  if (!status.ok()) throw std::runtime_error(status.ToString());
}

Images OpenImages(const std::string& path) {
  const auto reader = Take(pawl::SafetensorsReader::Open(path));
  const pawl::Tensor pixels = Take(reader->Get("images"));
  const pawl::Tensor labels = Take(reader->Get("labels"));
  Images images;
  images.labels.assign(labels.as<uint8_t>().begin(), labels.as<uint8_t>().end());
  const auto count = static_cast<int64_t>(images.labels.size());
  for (int64_t begin = 0; begin < count; begin += kBatch) {
    const int64_t rows = std::min(kBatch, count - begin);
    pawl::Tensor batch = Take(pawl::Tensor::Create(pawl::DType::kF32, {rows, kPixels}));
    for (int64_t i = 0; i < rows * kPixels; ++i) {
      batch.mutable_as<float>()[i] =
          static_cast<float>(pixels.as<uint8_t>()[begin * kPixels + i]) / 16.0f;
    }
    images.batches.push_back(std::move(batch));
  }
  return images;
}

bool List(const pawl::Graph& graph) {
  bool all = true;
  for (const pawl::Node& node : graph.nodes) {
    std::cout << "  " << graph.NodeName(node) << (pawl::CanRun(node) ? "" : " (unknown)") << "\n";
    all = all && pawl::CanRun(node);
  }
  return all;
}

// Sees what every node gives, batch by batch.
void Calibrate(const pawl::Model& model, const Images& images, pawl::Context& context) {
  pawl::ExecutorOptions options;
  for (const pawl::Node& node : model.graph().nodes) {
    options.observe.push_back(model.graph().value(node.Output(0)).name);
  }
  const auto executor = Take(pawl::Executor::Create(model.shared_graph(), options, &context));
  pawl::Calibrator calibrator = Take(pawl::Calibrator::Create());
  executor->SetObserver([&](absl::string_view name, const pawl::Tensor& value) {
    return calibrator.Observe(std::string(name), value);
  });
  for (const pawl::Tensor& batch : images.batches) {
    Check(executor->Run({&batch, 1}, context).status());
  }
  Check(calibrator.Finish());
  for (const pawl::CalibratedTensor& tensor : Take(calibrator.Results({}))) {
    std::cout << "  " << tensor.name << ": " << tensor.ranges[0].min << " to "
              << tensor.ranges[0].max << "\n";
  }
}

int CountRight(pawl::Model& model, const Images& images, pawl::Context& context) {
  const std::string input = model.input_names()[0], output = model.output_names()[0];
  int right = 0;
  auto label = images.labels.begin();
  for (const pawl::Tensor& batch : images.batches) {
    const pawl::NamedTensors results = Take(model.Run({{input, batch}}, context));
    const auto scores = results.at(output).as<float>();
    for (auto row = scores.begin(); row != scores.end(); row += kClasses) {
      right += std::max_element(row, row + kClasses) - row == *label++;
    }
  }
  return right;
}

bool Run(const std::string& models, const std::string& folder) {
  const auto context = Take(pawl::Context::Create({.threads = 2}));
  pawl::Model model = Take(pawl::Model::Open(models + "/digits.onnx"));
  if (!List(model.graph())) return false;
  const Images calibration = OpenImages(models + "/digits_calibration.safetensors");
  Calibrate(model, calibration, *context);

  pawl::GraphJob job;
  job.input = models + "/digits.onnx";
  job.output = folder + "/digits_int8.onnx";
  job.samples.count = static_cast<int64_t>(calibration.batches.size());
  job.samples.get = [&](int64_t index) -> absl::StatusOr<pawl::GraphSample> {
    return pawl::GraphSample{calibration.batches[static_cast<size_t>(index)]};
  };
  std::cout << Take(pawl::RunGraphJob(job, *context)).ToText();

  pawl::Model quantized = Take(pawl::Model::Open(job.output));
  const Images test = OpenImages(models + "/digits_test.safetensors");
  const int before = CountRight(model, test, *context);
  const int after = CountRight(quantized, test, *context);
  std::cout << "held-out images read right: " << before << " of " << test.labels.size()
            << " in float, " << after << " in static int8\n";
  Check(pawl::WriteOnnx(quantized.graph(), folder + "/digits_copy.onnx", {}, {&job.output, 1}));
  return before == 444 && after >= 442;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "model <folder of the digits model> <folder to write to>\n";
    return 2;
  }
  try {
    return Run(argv[1], argv[2]) ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << "\n";
    return 1;
  }
}
