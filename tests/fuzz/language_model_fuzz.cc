// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Settings of language models: a GGUF file, or config.json, a zero and vocab.txt, beside the
// weights of an encoder of one layer. What opens as an encoder runs, and gives as many states as
// ids.

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "fuzz.h"
#include "pawl/context.h"
#include "pawl/language_model.h"
#include "pawl/safetensors.h"
#include "scratch_folder.h"

namespace pawl::fuzz {
namespace {

constexpr int64_t kWidth = 8;

std::vector<SafetensorsDeclaration> Declarations() {
  std::vector<SafetensorsDeclaration> made;
  const auto add = [&](const std::string& name, std::vector<int64_t> shape) {
    made.push_back({name, DType::kF32, std::move(shape)});
  };
  for (const char* part : {"word", "position", "token_type"}) {
    const int64_t rows = part[0] == 't' ? 2 : kWidth;
    add(std::string("embeddings.") + part + "_embeddings.weight", {rows, kWidth});
  }
  const std::string layer = "encoder.layer.0.";
  for (const char* part : {"attention.self.query", "attention.self.key", "attention.self.value",
                           "attention.output.dense", "intermediate.dense", "output.dense"}) {
    add(layer + part + ".weight", {kWidth, kWidth});
    add(layer + part + ".bias", {kWidth});
  }
  for (const std::string& norm :
       {std::string("embeddings."), layer + "attention.output.", layer + "output."}) {
    add(norm + "LayerNorm.weight", {kWidth});
    add(norm + "LayerNorm.bias", {kWidth});
  }
  return made;
}

void WriteWeights(const std::string& path) {
  const std::vector<SafetensorsDeclaration> declarations = Declarations();
  auto writer = SafetensorsWriter::Create(path, declarations);
  PAWL_FUZZ_CHECK(writer.ok(), writer.status().ToString());
  int step = 0;
  for (const SafetensorsDeclaration& declaration : declarations) {
    Tensor tensor = *Tensor::Create(DType::kF32, declaration.shape);
    for (float& value : tensor.mutable_as<float>()) {
      value = static_cast<float>(++step * 37 % 101 - 50) / 64.0f;
    }
    PAWL_FUZZ_CHECK((*writer)->Add(declaration.name, tensor).ok(), declaration.name);
  }
  PAWL_FUZZ_CHECK((*writer)->Finish().ok(), "weights");
}

void Check(const std::string& path) {
  const auto info = LanguageModel::ReadInfo(path);
  if (!Succeeded(info.status())) return;
  PAWL_FUZZ_CHECK(info->vocabulary > 0 && info->layers > 0 && info->positions > 0, path);
  PAWL_FUZZ_CHECK(info->begin_id >= -1, path);
  if (!info->encoder) return;
  const auto model = LanguageModel::Open(path);
  if (!Succeeded(model.status())) return;
  const std::vector<int32_t> ids = {0, static_cast<int32_t>(info->vocabulary - 1), 0};
  const auto context = Context::Create();
  PAWL_FUZZ_CHECK(context.ok(), context.status().ToString());
  const auto states = (*model)->Hidden(ids, std::vector<int64_t>{1, 2}, **context);
  if (!Succeeded(states.status())) return;
  PAWL_FUZZ_CHECK(states->dim(0) == 3 && states->dim(1) == info->width, path);
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(language_model) {
  using namespace pawl::fuzz;
  const ScratchFolder folder;
  if (bytes.size() > 4 && bytes[0] == 'G') {
    Check(folder.Write("model.gguf", bytes));
    return;
  }
  const auto zero = static_cast<size_t>(std::find(bytes.begin(), bytes.end(), 0) - bytes.begin());
  folder.Write("config.json", bytes.subspan(0, zero));
  if (zero < bytes.size()) folder.Write("vocab.txt", bytes.subspan(zero + 1));
  WriteWeights(folder.Path("model.safetensors"));
  Check(folder.Path("."));
}
