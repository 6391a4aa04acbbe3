// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a job refuses, leaves alone, or gives up.

#include <limits>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "pawl/container.h"
#include "pawl/context.h"
#include "pawl/job.h"
#include "tests/pipeline/job_test_model.h"

namespace pawl {

using Catch::Matchers::ContainsSubstring;

TEST_CASE("Calibration that does not fit is an error") {
  JobSetup setup("int4:g32");
  setup.job.calibration = setup.folder.Path("calibration.safetensors");
  const auto run_with = [&](const std::string& name, std::vector<float> values) {
    const auto size = static_cast<int64_t>(values.size());
    WriteSafetensors(setup.job.calibration, {{name, *Tensor::FromValues<float>({size}, values)}});
    return setup.Error(2);
  };
  CHECK_THAT(run_with("embd.weight", std::vector<float>(64, 1.0f)),
             ContainsSubstring("'embd.weight'") && ContainsSubstring("'embed.weight'"));
  CHECK_THAT(run_with("embed.weight", std::vector<float>(63, 1.0f)), ContainsSubstring("[64]"));
  CHECK_THAT(run_with("embed.weight", std::vector<float>(64, -1.0f)),
             ContainsSubstring("not negative"));
  setup.job.calibration = setup.folder.Path("absent.safetensors");
  CHECK_THAT(setup.Error(2), ContainsSubstring("absent.safetensors"));
}

TEST_CASE("Patterns that match nothing, or nothing that can be quantized, are errors") {
  JobSetup setup;
  setup.job.recipe.exclude = {"layer\\.0\\.qurey"};
  CHECK_THAT(setup.Error(), ContainsSubstring("exclude 'layer\\.0\\.qurey'") &&
                                ContainsSubstring("layer.0.query"));
  setup.job.recipe.exclude.clear();
  setup.rule().pattern = "embedd";
  CHECK_THAT(setup.Error(),
             ContainsSubstring("rules[0]: pattern 'embedd'") && ContainsSubstring("embed.weight"));
  setup.rule().pattern = "query.bias";
  CHECK_THAT(setup.Error(),
             ContainsSubstring("cannot be quantized") && ContainsSubstring("layer.0.query.bias"));
  setup.rule().pattern = "";
  setup.job.recipe.exclude = {"."};
  CHECK_THAT(setup.Error(), ContainsSubstring("no tensor would be quantized"));
}

TEST_CASE("A shape that does not fit fails, is kept, or falls back, as the rule says") {
  JobSetup setup("q4_k");  // wants columns in multiples of 256
  CHECK_THAT(setup.Error(), ContainsSubstring("tensor '") && ContainsSubstring("multiple of 256") &&
                                ContainsSubstring("nearest scheme that fits"));
  setup.rule().fallback = "iq4_nl";
  const absl::StatusOr<Report> fallback = setup.Run();
  REQUIRE(fallback.ok());
  CHECK(Of(*fallback, "embed.weight").scheme == "iq4_nl");
  CHECK_THAT(Of(*fallback, "embed.weight").reason,
             ContainsSubstring("'q4_k' does not fit its shape, so it became 'iq4_nl'"));
  setup.rule().fallback = "keep";
  std::filesystem::remove(setup.job.output);
  CHECK_THAT(setup.Error(), ContainsSubstring("no tensor would be quantized"));
}

TEST_CASE("Weights that are not finite stay as they are, with the reason") {
  std::vector<NamedTensor> model = SmallModel();
  model[0].tensor.mutable_as<float>()[5] = std::numeric_limits<float>::quiet_NaN();
  model[0].tensor.mutable_as<float>()[6] = std::numeric_limits<float>::infinity();
  JobSetup setup("int8", model);
  const absl::StatusOr<Report> report = setup.Run();
  REQUIRE(report.ok());
  const TensorReport& tensor = Of(*report, "embed.weight");
  CHECK_FALSE(tensor.quantized);
  CHECK(tensor.scheme.empty());
  CHECK(tensor.bytes_after == tensor.bytes_before);
  CHECK(tensor.stats.nan_count == 1);
  CHECK(tensor.stats.inf_count == 1);
  CHECK_THAT(tensor.reason, ContainsSubstring("1 NaN and 1 infinite"));
  const auto reader = PawlReader::Open(setup.job.output);
  REQUIRE(reader.ok());
  CHECK((*reader)->GetPlain("embed.weight").ok());
}

TEST_CASE("The output may not be an input, and what stood there survives a failure") {
  JobSetup setup;
  const std::string before = ReadAll(setup.job.input);
  setup.job.output = setup.job.input;
  CHECK_THAT(setup.Error(), ContainsSubstring("model.safetensors"));
  CHECK(ReadAll(setup.job.input) == before);

  setup.job.output = setup.folder.Path("old.pawl");
  WriteAll(setup.job.output, "old bytes");
  setup.job.recipe.exclude = {"nothing like it"};
  setup.Error(2);
  CHECK(ReadAll(setup.job.output) == "old bytes");
}

TEST_CASE("A cancelled job leaves no file, at whatever tensor it was") {
  JobSetup setup;
  for (int stop = 0; stop < 10; ++stop) {
    Context* cancelled = nullptr;
    int reports = 0;
    ContextOptions options;
    options.threads = 2;
    options.progress = [&](const Progress&) {
      if (reports++ == stop) cancelled->Cancel();
    };
    const auto context = *Context::Create(options);
    cancelled = context.get();
    const absl::StatusOr<Report> report = RunJob(setup.job, *context);
    INFO("stop " << stop);
    REQUIRE(report.status().code() == absl::StatusCode::kCancelled);
    CHECK(setup.folder.NumFiles() == 1);
    context->ResetCancel();
  }
}

TEST_CASE("The memory limit is kept before any work") {
  JobSetup setup;
  setup.job.max_memory = 1000;
  const std::string error = setup.Error();
  CHECK_THAT(error, ContainsSubstring("limit of 1000") && ContainsSubstring("tensor '"));
}

TEST_CASE("Bad inputs are named") {
  JobSetup setup;
  setup.job.input = setup.folder.Path("absent.safetensors");
  CHECK_THAT(setup.Error(), ContainsSubstring("absent.safetensors"));
  setup.job.input = setup.folder.Path("cut.safetensors");
  const std::string whole = ReadAll(setup.folder.Path("model.safetensors"));
  WriteAll(setup.job.input, whole.substr(0, whole.size() / 2));
  CHECK_THAT(setup.Error(2), ContainsSubstring("cut.safetensors"));
  setup.job.output = setup.folder.Path("no/such/folder/out.pawl");
  setup.job.input = setup.folder.Path("model.safetensors");
  CHECK_THAT(setup.Error(2), ContainsSubstring("no/such/folder"));
}

}  // namespace pawl
