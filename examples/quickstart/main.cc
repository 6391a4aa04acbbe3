// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The main job on a small real model, start to end, through the public C++ API: calibrate, quantize
// in several ways, write .pawl files, read them back, run them on held-out images.
//
//   pawl_quickstart [--models DIR] [--out DIR] [--threads N]

#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "language_model.h"
#include "net.h"
#include "onnx.h"
#include "pawl/container.h"
#include "pawl/context.h"
#include "pawl/linear.h"
#include "pawl/quantizer.h"
#include "pawl/version.h"

namespace quickstart {
namespace {

using Clock = std::chrono::steady_clock;

struct Variant {
  const char* label;
  const char* scheme;
  pawl::LinearMode mode;
  pawl::RangeMethod range;
};

constexpr Variant kVariants[] = {
    {"int8, static int8 activations", "int8", pawl::LinearMode::kStaticInt8,
     pawl::RangeMethod::kMax},
    {"int8, dynamic int8 activations", "int8", pawl::LinearMode::kDynamicInt8,
     pawl::RangeMethod::kMax},
    {"int8, integers only", "int8", pawl::LinearMode::kIntegerOnly, pawl::RangeMethod::kMax},
    {"int8, float activations", "int8", pawl::LinearMode::kWeightOnly, pawl::RangeMethod::kMax},
    {"int4 in groups of 32, dynamic int8", "int4:g32", pawl::LinearMode::kDynamicInt8,
     pawl::RangeMethod::kScaleSearch},
    {"int4 in groups of 32", "int4:g32", pawl::LinearMode::kWeightOnly,
     pawl::RangeMethod::kScaleSearch},
    {"uint4 with minimum, groups of 32", "uint4:g32:min", pawl::LinearMode::kWeightOnly,
     pawl::RangeMethod::kScaleSearch},
    {"nf4, blocks of 64", "nf4", pawl::LinearMode::kWeightOnly, pawl::RangeMethod::kMax},
    {"mxfp4", "mxfp4", pawl::LinearMode::kWeightOnly, pawl::RangeMethod::kMse},
    {"int3 in groups of 32", "int3:g32", pawl::LinearMode::kWeightOnly,
     pawl::RangeMethod::kScaleSearch},
    {"uint2 with minimum, groups of 16", "uint2:g16:min", pawl::LinearMode::kWeightOnly,
     pawl::RangeMethod::kScaleSearch},
    {"2-bit codebook for each row", "codebook2:channel", pawl::LinearMode::kWeightOnly,
     pawl::RangeMethod::kMax},
};

struct Arguments {
  std::string models = PAWL_MODELS_DIR;
  std::string out = (std::filesystem::temp_directory_path() / "pawl-quickstart").string();
  int threads = 0;
};

// Everything that the variants share.
struct Setting {
  std::vector<FloatLayer> net;
  Images test;
  std::vector<float> logits;               // of the float net on `test`
  std::vector<pawl::QParams> activations;  // in front of each layer and behind the last
  std::string out;
};

struct Row {
  uint64_t file_bytes = 0;
  double bits_per_weight = 0.0;
  double weight_sqnr = 0.0;
  double logit_sqnr = 0.0;
  int right = 0;
  double microseconds = 0.0;  // an image
};

double Sqnr(const std::vector<float>& reference, const std::vector<float>& values) {
  double signal = 0.0;
  double noise = 0.0;
  for (size_t i = 0; i < reference.size(); ++i) {
    const double d = static_cast<double>(reference[i]) - static_cast<double>(values[i]);
    signal += static_cast<double>(reference[i]) * static_cast<double>(reference[i]);
    noise += d * d;
  }
  return 10.0 * std::log10(signal / noise);
}

absl::StatusOr<Setting> Prepare(const Arguments& arguments) {
  const std::string folder = arguments.models + "/digits/";
  auto net = LoadNet(folder + "digits.safetensors");
  if (!net.ok()) return net.status();
  auto test = LoadImages(folder + "digits_test.safetensors");
  if (!test.ok()) return test.status();
  auto calibration = LoadImages(folder + "digits_calibration.safetensors");
  if (!calibration.ok()) return calibration.status();

  std::vector<pawl::Observer> observers;
  for (size_t i = 0; i <= net->size(); ++i) {
    auto observer = pawl::Observer::Create({.kind = pawl::ObserverKind::kHistogram});
    if (!observer.ok()) return observer.status();
    observers.push_back(*std::move(observer));
  }
  auto seen = RunFloat(*net, *calibration, observers);
  if (!seen.ok()) return seen.status();
  Setting setting;
  for (const pawl::Observer& observer : observers) {
    const pawl::RangeOptions range{.method = pawl::ObserverRange::kMse,
                                   .codes = {-128, 127, false}};
    auto params = observer.ComputeQParams(range);
    if (!params.ok()) return params.status();
    setting.activations.push_back(params->front());
  }
  std::vector<pawl::Observer> none;
  auto logits = RunFloat(*net, *test, none);
  if (!logits.ok()) return logits.status();
  setting.net = *std::move(net);
  setting.test = *std::move(test);
  setting.logits = *std::move(logits);
  setting.out = arguments.out;
  return setting;
}

// Quantizes the net and writes it; fills in the sizes and the error of the weights.
absl::Status WriteFile(const Setting& setting, const Variant& variant, const std::string& path,
                       pawl::Context& context, Row* row) {
  auto scheme = pawl::ParseScheme(variant.scheme);
  if (!scheme.ok()) return scheme.status();
  auto writer = pawl::PawlWriter::Create(path);
  if (!writer.ok()) return writer.status();
  double signal = 0.0;
  double noise = 0.0;
  double bits = 0.0;
  double weights = 0.0;
  for (const FloatLayer& layer : setting.net) {
    auto quantized = pawl::Quantize(layer.weight, *scheme, {.range = variant.range}, &context);
    if (!quantized.ok()) return quantized.status();
    auto error = pawl::CompareTensors(layer.weight, *quantized, &context);
    if (!error.ok()) return error.status();
    const auto count = static_cast<double>(layer.weight.num_elements());
    noise += error->mse * count;
    signal += error->mse * count * std::pow(10.0, error->sqnr_db / 10.0);
    bits += 8.0 * static_cast<double>(quantized->size_bytes());
    weights += count;
    absl::Status status = (*writer)->Add(layer.name + ".weight", *quantized);
    if (status.ok()) status = (*writer)->AddPlain(layer.name + ".bias", layer.bias);
    if (!status.ok()) return status;
  }
  row->weight_sqnr = 10.0 * std::log10(signal / noise);
  row->bits_per_weight = bits / weights;
  return (*writer)->Finish({.values = {{"model", "digits"}}});
}

absl::StatusOr<std::vector<pawl::QuantizedLinear>> ReadLayers(const Setting& setting,
                                                              const Variant& variant,
                                                              const std::string& path,
                                                              pawl::Context& context, Row* row) {
  auto file = pawl::PawlReader::Open(path);
  if (!file.ok()) return file.status();
  if (const absl::Status status = (*file)->Verify(); !status.ok()) return status;
  row->file_bytes = (*file)->file_size();
  std::vector<pawl::QuantizedLinear> layers;
  for (size_t i = 0; i < setting.net.size(); ++i) {
    const std::string& name = setting.net[i].name;
    auto weight = (*file)->Get(name + ".weight");
    if (!weight.ok()) return weight.status();
    auto bias = (*file)->GetPlain(name + ".bias");
    if (!bias.ok()) return bias.status();
    pawl::LinearOptions options;
    options.name = name;
    options.mode = variant.mode;
    options.bias = *std::move(bias);
    const bool last = i + 1 == setting.net.size();
    options.activation = last ? pawl::FusedActivation::kNone : pawl::FusedActivation::kRelu;
    options.activation_scale = setting.activations[i].scale;
    options.activation_zero_point = setting.activations[i].zero_point;
    options.output_scale = setting.activations[i + 1].scale;
    options.output_zero_point = setting.activations[i + 1].zero_point;
    auto layer = pawl::QuantizedLinear::Create(*std::move(weight), options, &context);
    if (!layer.ok()) return layer.status();
    layers.push_back(*std::move(layer));
  }
  return layers;
}

absl::StatusOr<Row> RunVariant(const Setting& setting, const Variant& variant, int number,
                               pawl::Context& context) {
  Row row;
  const std::string path = setting.out + "/digits-" + std::to_string(number) + ".pawl";
  if (const absl::Status status = WriteFile(setting, variant, path, context, &row); !status.ok()) {
    return status;
  }
  auto layers = ReadLayers(setting, variant, path, context, &row);
  if (!layers.ok()) return layers.status();
  std::vector<float> logits;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Clock::time_point begin = Clock::now();
    auto result = RunQuantized(*layers, setting.test, setting.activations.front(),
                               setting.activations.back(), context);
    if (!result.ok()) return result.status();
    const double us = std::chrono::duration<double, std::micro>(Clock::now() - begin).count() /
                      static_cast<double>(setting.test.count);
    row.microseconds = repeat == 0 ? us : std::min(row.microseconds, us);
    logits = *std::move(result);
  }
  row.logit_sqnr = Sqnr(setting.logits, logits);
  row.right = CountRight(logits, setting.test);
  return row;
}

void PrintRow(const char* label, const Row& row, int64_t images) {
  std::printf("%-36s %8llu %8.2f", label, static_cast<unsigned long long>(row.file_bytes),
              row.bits_per_weight);
  if (row.logit_sqnr > 0.0) {
    std::printf(" %9.1f %9.1f", row.weight_sqnr, row.logit_sqnr);
  } else {
    std::printf(" %9s %9s", "-", "-");
  }
  std::printf("  %3d/%lld = %5.2f %%", row.right, static_cast<long long>(images),
              100.0 * row.right / static_cast<double>(images));
  if (row.microseconds > 0.0) std::printf(" %9.2f", row.microseconds);
  std::printf("\n");
}

absl::Status Run(const Arguments& arguments) {
  auto context = pawl::Context::Create({.threads = arguments.threads});
  if (!context.ok()) return context.status();
  std::error_code code;
  std::filesystem::create_directories(arguments.out, code);
  if (code)
    return absl::UnavailableError("cannot make folder " + arguments.out + ": " + code.message());
  auto setting = Prepare(arguments);
  if (!setting.ok()) return setting.status();
  const int64_t images = setting->test.count;
  const std::string target((*context)->target());
  std::printf("Pawl %s on %s, %d threads: a net for handwritten digits, %lld held-out images\n\n",
              pawl::VersionString(), target.c_str(), (*context)->threads(),
              static_cast<long long>(images));
  std::printf("%-36s %8s %8s %9s %9s  %16s %9s\n", "weights", "bytes", "bits/w", "weights",
              "logits", "right", "us/image");
  std::printf("%-36s %8s %8s %9s %9s\n", "", "of file", "", "SQNR dB", "SQNR dB");
  Row plain;
  plain.file_bytes = std::filesystem::file_size(arguments.models + "/digits/digits.safetensors");
  plain.bits_per_weight = 32.0;
  plain.right = CountRight(setting->logits, setting->test);
  PrintRow("float32 (safetensors)", plain, images);
  int number = 0;
  for (const Variant& variant : kVariants) {
    const absl::StatusOr<Row> row = RunVariant(*setting, variant, ++number, **context);
    if (!row.ok()) return row.status();
    PrintRow(variant.label, *row, images);
  }
  const absl::Status onnx =
      ShowOnnx(arguments.models + "/digits/", arguments.out, setting->test, **context);
  if (!onnx.ok()) return onnx;
  const absl::Status language =
      ShowLanguageModel(arguments.models + "/kjv", arguments.out, **context);
  if (!language.ok()) return language;
  std::printf(
      "\nThe files are in %s. Next, the pawl command:\n"
      "  cmake --build build/release --target pawl_tool\n"
      "  build/release/bin/pawl inspect %s/digits-1.pawl\n",
      arguments.out.c_str(), arguments.out.c_str());
  return absl::OkStatus();
}

int Main(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; i += 2) {
    const bool value = i + 1 < argc;
    if (value && std::strcmp(argv[i], "--models") == 0) {
      arguments.models = argv[i + 1];
    } else if (value && std::strcmp(argv[i], "--out") == 0) {
      arguments.out = argv[i + 1];
    } else if (value && std::strcmp(argv[i], "--threads") == 0) {
      arguments.threads = std::atoi(argv[i + 1]);
    } else {
      std::fprintf(stderr, "usage: pawl_quickstart [--models DIR] [--out DIR] [--threads N]\n");
      return 2;
    }
  }
  const absl::Status status = Run(arguments);
  if (status.ok()) return 0;
  std::fprintf(stderr, "quickstart: %s\n", std::string(status.message()).c_str());
  return 1;
}

}  // namespace
}  // namespace quickstart

int main(int argc, char** argv) { return quickstart::Main(argc, argv); }
