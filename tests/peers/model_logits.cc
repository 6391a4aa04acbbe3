// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// model_logits MODEL ID...: the logits of a language model after each id, as raw f32 on stdout; of
// an encoder the last hidden states. Its sequences, which run together, stand apart with a "/".

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <vector>

#include "pawl/context.h"
#include "pawl/language_model.h"

namespace {

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "model_logits: %s\n", status.ToString().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  std::vector<int32_t> ids;
  std::vector<int64_t> lengths = {0};
  for (int i = 2; i < argc; ++i) {
    if (*argv[i] == '/') {
      lengths.push_back(0);
      continue;
    }
    ids.push_back(std::atoi(argv[i]));
    ++lengths.back();
  }
  const auto context = pawl::Context::Create();
  if (!context.ok()) return Fail(context.status());
  const auto model = pawl::LanguageModel::Open(argv[1]);
  if (!model.ok()) return Fail(model.status());
  const auto logits = (*model)->info().encoder ? (*model)->Hidden(ids, lengths, **context)
                                               : (*model)->Logits(ids, **context);
  if (!logits.ok()) return Fail(logits.status());
  const size_t bytes = logits->size_bytes();
  return std::fwrite(logits->data(), 1, bytes, stdout) == bytes ? 0 : 1;
}
