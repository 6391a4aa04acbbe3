// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "job_check.h"

#include <memory>
#include <string>
#include <vector>

#include "pawl/container.h"
#include "pawl/context.h"
#include "pawl/job.h"
#include "pawl/safetensors.h"

namespace pawl::fuzz {
namespace {

// "w" [8, 32], "embed" [16, 8], both f32, and a bias.
std::vector<uint8_t> SmallModel() {
  const std::vector<SafetensorsDeclaration> declarations = {
      {"w", DType::kF32, {8, 32}}, {"embed", DType::kF32, {16, 8}}, {"bias", DType::kF32, {8}}};
  auto sink = std::make_shared<MemoryBuffer>();
  auto writer = *SafetensorsWriter::CreateInSink(sink, declarations);
  for (const SafetensorsDeclaration& d : declarations) {
    std::vector<float> values(static_cast<size_t>(*CheckedNumElements(d.shape)));
    for (size_t i = 0; i < values.size(); ++i) {
      values[i] = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 64.0f;
    }
    PAWL_FUZZ_CHECK(writer->Add(d.name, *Tensor::FromValues<float>(d.shape, values)).ok(), d.name);
  }
  PAWL_FUZZ_CHECK(writer->Finish().ok(), "the model");
  return {sink->bytes().begin(), sink->bytes().end()};
}

Recipe RecipeOf(uint8_t choice) {
  constexpr const char* kSchemes[] = {
      "int8", "int4:g32",          "uint4:g16:min", "nf4:g32", "codebook2:channel",
      "q4_0", "int8:channel:asym", "mxfp4"};
  Recipe recipe = Recipe::ForScheme(kSchemes[choice & 7]);
  recipe.rules[0].fallback = (choice & 8) != 0 ? "keep" : "";
  recipe.rules[0].method.range = static_cast<RangeMethod>(choice >> 4 & 3);
  recipe.rules[0].method.kmeans_iterations = 3;
  recipe.calibration.per_channel = (choice & 64) != 0;
  recipe.calibration.bins = 128;
  recipe.calibration.range = (choice & 128) != 0 ? "entropy" : "percentile";
  return recipe;
}

}  // namespace

void CheckJob(uint8_t choice, absl::Span<const uint8_t> model,
              absl::Span<const uint8_t> calibration) {
  static const std::vector<uint8_t> own = SmallModel();
  static const std::unique_ptr<Context> context = *Context::Create({.threads = 1});
  Job job;
  job.input_bytes = model.empty() ? absl::MakeConstSpan(own) : model;
  job.calibration_bytes = calibration;
  job.recipe = RecipeOf(choice);
  job.max_memory = uint64_t{64} << 20;
  auto sink = std::make_shared<MemoryBuffer>();
  job.output_sink = sink;
  absl::StatusOr<Report> report = absl::UnknownError("");
  {
    // A job takes what its largest tensor takes, and more for what it makes of it.
    const AllocationLimit limit(job.input_bytes.size() + calibration.size(), 64, 8 << 20);
    report = RunJob(job, *context);
  }
  if (!Succeeded(report.status())) return;
  PAWL_FUZZ_CHECK(!report->ToJson().empty(), "the report");
  const auto output = PawlReader::OpenMemory(sink->bytes());
  PAWL_FUZZ_CHECK(output.ok(), output.status().ToString());
  PAWL_FUZZ_CHECK((*output)->Verify().ok(), (*output)->Verify().ToString());
  for (const std::string& name : (*output)->names()) {
    if ((*output)->Entry(name)->quantized) {
      PAWL_FUZZ_CHECK((*output)->Get(name).ok(), name);
    } else {
      PAWL_FUZZ_CHECK((*output)->GetPlain(name).ok(), name);
    }
  }
}

}  // namespace pawl::fuzz
