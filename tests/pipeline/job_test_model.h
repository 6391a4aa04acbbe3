// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A small model file and a folder of its own, for tests of jobs.

#ifndef PAWL_TESTS_PIPELINE_JOB_TEST_MODEL_H_
#define PAWL_TESTS_PIPELINE_JOB_TEST_MODEL_H_

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/float_types.h"
#include "pawl/job.h"
#include "pawl/safetensors.h"

namespace pawl {

// Removed with everything in it at the end of a test.
class TestFolder {
 public:
  TestFolder() {
    static int count = 0;
    path_ =
        std::filesystem::temp_directory_path() / absl::StrCat("pawl_test_", getpid(), "_", count++);
    std::filesystem::create_directories(path_);
  }
  ~TestFolder() { std::filesystem::remove_all(path_); }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string Path(const std::string& name) const { return (path_ / name).string(); }
  int NumFiles() const {
    return static_cast<int>(std::distance(std::filesystem::directory_iterator(path_), {}));
  }

 private:
  std::filesystem::path path_;
};

inline std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void WriteAll(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline std::vector<float> Gaussian(int64_t count, uint32_t seed) {
  std::mt19937 generator(seed);
  std::vector<float> values(static_cast<size_t>(count));
  // Sums of twelve uniform numbers: the same on every standard library.
  for (float& value : values) {
    double sum = -6.0;
    for (int i = 0; i < 12; ++i) sum += static_cast<double>(generator()) / 4294967296.0;
    value = static_cast<float>(0.05 * sum);
  }
  return values;
}

inline Tensor GaussianTensor(DType dtype, std::vector<int64_t> shape, uint32_t seed) {
  absl::StatusOr<Tensor> tensor = Tensor::Create(dtype, shape);
  REQUIRE(tensor.ok());
  const std::vector<float> values = Gaussian(tensor->num_elements(), seed);
  for (size_t i = 0; i < values.size(); ++i) {
    if (dtype == DType::kF32) tensor->mutable_as<float>()[i] = values[i];
    if (dtype == DType::kF16) tensor->mutable_as<uint16_t>()[i] = F32ToF16(values[i]);
    if (dtype == DType::kBF16) tensor->mutable_as<uint16_t>()[i] = F32ToBF16(values[i]);
    if (dtype == DType::kI64) tensor->mutable_as<int64_t>()[i] = static_cast<int64_t>(i);
  }
  return *tensor;
}

struct NamedTensor {
  std::string name;
  Tensor tensor;
};

inline void WriteSafetensors(const std::string& path, const std::vector<NamedTensor>& tensors) {
  std::vector<SafetensorsDeclaration> declarations;
  for (const NamedTensor& t : tensors) {
    declarations.push_back({t.name, t.tensor.dtype(), t.tensor.shape()});
  }
  auto writer = SafetensorsWriter::Create(path, declarations, {{"origin", "test"}});
  REQUIRE(writer.ok());
  for (const NamedTensor& t : tensors) REQUIRE((*writer)->Add(t.name, t.tensor).ok());
  REQUIRE((*writer)->Finish().ok());
}

// An embedding, linear layers of three float types, a convolution, and what stays as it is.
inline std::vector<NamedTensor> SmallModel() {
  return {{"embed.weight", GaussianTensor(DType::kF32, {50, 64}, 1)},
          {"layer.0.query.weight", GaussianTensor(DType::kF32, {96, 64}, 2)},
          {"layer.0.query.bias", GaussianTensor(DType::kF32, {96}, 3)},
          {"layer.0.norm.weight", GaussianTensor(DType::kF32, {64}, 4)},
          {"layer.1.dense.weight", GaussianTensor(DType::kF16, {33, 96}, 5)},
          {"layer.2.dense.weight", GaussianTensor(DType::kBF16, {40, 33}, 6)},
          {"conv.weight", GaussianTensor(DType::kF32, {8, 4, 3, 3}, 7)},
          {"position_ids", GaussianTensor(DType::kI64, {1, 64}, 8)},
          {"tiny.weight", GaussianTensor(DType::kF32, {2, 3}, 9)}};
}

inline std::unique_ptr<Context> MakeContext(int threads = 2) {
  ContextOptions options;
  options.threads = threads;
  return *Context::Create(options);
}

// A folder with model.safetensors, and a job that quantizes it to out.pawl.
struct JobSetup {
  explicit JobSetup(absl::string_view scheme = "int8",
                    const std::vector<NamedTensor>& model = SmallModel()) {
    job.input = folder.Path("model.safetensors");
    job.output = folder.Path("out.pawl");
    job.recipe = Recipe::ForScheme(scheme);
    WriteSafetensors(job.input, model);
  }
  absl::StatusOr<Report> Run(int threads = 2) { return RunJob(job, *MakeContext(threads)); }
  // Runs a job that must fail: the message; nothing but the input may be left.
  std::string Error(int files = 1) {
    const absl::StatusOr<Report> report = Run();
    REQUIRE_FALSE(report.ok());
    CHECK(folder.NumFiles() == files);
    return std::string(report.status().message());
  }
  RecipeRule& rule() { return job.recipe.rules[0]; }

  TestFolder folder;
  Job job;
};

inline const TensorReport& Of(const Report& report, absl::string_view name) {
  for (const TensorReport& tensor : report.tensors) {
    if (tensor.name == name) return tensor;
  }
  FAIL("no tensor " << std::string(name));
  return report.tensors.front();
}

}  // namespace pawl

#endif  // PAWL_TESTS_PIPELINE_JOB_TEST_MODEL_H_
