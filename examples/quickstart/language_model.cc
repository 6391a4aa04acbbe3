// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "language_model.h"

#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "pawl/eval.h"
#include "pawl/job.h"
#include "pawl/language_model.h"
#include "pawl/recipe.h"

namespace quickstart {
namespace {

struct Size {
  const char* label;
  const char* scheme;
  const char* method;
};

constexpr Size kSizes[] = {
    {"8 bits, q8_0", "q8_0", "rtn"},
    {"4 bits, q4_k, searched", "q4_k", "blocks"},
    {"3 bits, q3_k, searched", "q3_k", "blocks"},
    {"2 bits, q2_k, searched", "q2_k", "blocks"},
};

// Of the held-out text: enough to tell the sizes apart, and little enough for a quick start.
constexpr size_t kBytes = 4096;

absl::StatusOr<std::vector<int32_t>> ReadBytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string text(std::istreambuf_iterator<char>(file), {});
  if (!file || text.empty()) return absl::NotFoundError("cannot read '" + path + "'");
  std::vector<int32_t> ids;  // the model's ids are bytes
  for (size_t i = 0; i < text.size() && i < kBytes; ++i) {
    ids.push_back(static_cast<uint8_t>(text[i]));
  }
  return ids;
}

void PrintRow(const char* label, const pawl::EvalResult& result) {
  std::printf("%-36s %8llu %8.2f %9.4f", label,
              static_cast<unsigned long long>(result.weight_bytes), result.bits_per_weight,
              result.bits_per_byte);
  if (result.compared) {
    std::printf(" %9.4f %8.1f %%\n", result.mean_kl, 100.0 * result.same_top);
  } else {
    std::printf(" %9s %10s\n", "-", "-");
  }
}

absl::Status QuantizeTo(const std::string& folder, const Size& size, const std::string& path,
                        pawl::Context& context) {
  pawl::Job job;
  job.input = folder + "/model.safetensors";
  job.output = path;
  job.recipe = pawl::Recipe::ForScheme(size.scheme);
  job.recipe.rules.front().method.name = size.method;
  return pawl::RunJob(job, context).status();
}

}  // namespace

absl::Status ShowLanguageModel(const std::string& folder, const std::string& out,
                               pawl::Context& context) {
  auto ids = ReadBytes(folder + "/held_out.txt");
  if (!ids.ok()) return ids.status();
  auto reference = pawl::LanguageModel::Open(folder);
  if (!reference.ok()) return reference.status();
  auto plain = pawl::Evaluate(**reference, nullptr, *ids, {}, context);
  if (!plain.ok()) return plain.status();
  std::printf("\nA language model of bytes, %zu bytes of held-out text\n\n", ids->size());
  std::printf("%-36s %8s %8s %9s %9s %10s\n", "weights", "bytes", "bits/w", "bits/byte", "KL, nats",
              "same first");
  PrintRow("bfloat16 (safetensors)", *plain);
  for (const Size& size : kSizes) {
    const std::string path = out + "/kjv-" + size.scheme + ".gguf";
    const absl::Status written = QuantizeTo(folder, size, path, context);
    if (!written.ok()) return written;
    auto model = pawl::LanguageModel::Open(path);
    if (!model.ok()) return model.status();
    auto result = pawl::Evaluate(**model, reference->get(), *ids, {}, context);
    if (!result.ok()) return result.status();
    PrintRow(size.label, *result);
  }
  return absl::OkStatus();
}

}  // namespace quickstart
