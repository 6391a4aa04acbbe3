// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "onnx.h"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <utility>
#include <vector>

#include "pawl/graph_job.h"
#include "pawl/model.h"

namespace quickstart {
namespace {

using Clock = std::chrono::steady_clock;

struct Variant {
  const char* label;
  const char* file;
  pawl::GraphMode mode;
  pawl::GraphFormat format;
};

constexpr Variant kVariants[] = {
    {"static int8 (QDQ)", "digits-static.onnx", pawl::GraphMode::kStatic, pawl::GraphFormat::kQdq},
    {"static int8 (QOperator)", "digits-static-qoperator.onnx", pawl::GraphMode::kStatic,
     pawl::GraphFormat::kQOperator},
    {"dynamic int8", "digits-dynamic.onnx", pawl::GraphMode::kDynamic, pawl::GraphFormat::kQdq},
    {"int4 weights in groups of 32", "digits-weights.onnx", pawl::GraphMode::kWeightOnly,
     pawl::GraphFormat::kQdq},
    {"float16", "digits-float16.onnx", pawl::GraphMode::kFloat16, pawl::GraphFormat::kQdq},
};

// Runs a file on the held-out images, and prints its row.
absl::Status ShowFile(const char* label, const std::string& path, double sqnr, const Images& test,
                      pawl::Context& context) {
  auto model = pawl::Model::Open(path);
  if (!model.ok()) return model.status();
  auto pixels = pawl::Tensor::FromValues<float>({test.count, 64}, test.pixels);
  if (!pixels.ok()) return pixels.status();
  std::vector<float> logits;
  double microseconds = 0.0;
  for (int repeat = 0; repeat < 5; ++repeat) {
    const Clock::time_point begin = Clock::now();
    auto results = model->Run({{model->input_names()[0], *pixels}}, context);
    if (!results.ok()) return results.status();
    const double us = std::chrono::duration<double, std::micro>(Clock::now() - begin).count() /
                      static_cast<double>(test.count);
    microseconds = repeat == 0 ? us : std::min(microseconds, us);
    const auto values = results->at(model->output_names()[0]).as<float>();
    logits.assign(values.begin(), values.end());
  }
  const int right = CountRight(logits, test);
  std::printf("%-36s %8llu %18s", label,
              static_cast<unsigned long long>(std::filesystem::file_size(path)), "");
  if (sqnr > 0.0) {
    std::printf(" %9.1f", sqnr);
  } else {
    std::printf(" %9s", "-");
  }
  std::printf("  %3d/%lld = %5.2f %% %9.2f\n", right, static_cast<long long>(test.count),
              100.0 * right / static_cast<double>(test.count), microseconds);
  return absl::OkStatus();
}

}  // namespace

absl::Status ShowOnnx(const std::string& folder, const std::string& out, const Images& test,
                      pawl::Context& context) {
  pawl::GraphJob job;
  job.input = folder + "digits.onnx";
  job.calibration = folder + "digits_calibration.npz";  // 256 images, not the held-out ones
  std::printf("\n");
  absl::Status status = ShowFile("float32 (ONNX)", job.input, 0.0, test, context);
  for (const Variant& variant : kVariants) {
    if (!status.ok()) return status;
    job.output = out + "/" + variant.file;
    job.mode = variant.mode;
    job.format = variant.format;
    const auto report = pawl::RunGraphJob(job, context);
    if (!report.ok()) return report.status();
    status = ShowFile(variant.label, job.output, report->outputs[0].sqnr_db, test, context);
  }
  return status;
}

}  // namespace quickstart
