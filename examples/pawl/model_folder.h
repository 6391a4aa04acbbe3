// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Folders of language models: weights beside config.json, tokenizer and licence.

#ifndef PAWL_EXAMPLES_PAWL_MODEL_FOLDER_H_
#define PAWL_EXAMPLES_PAWL_MODEL_FOLDER_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"

namespace pawl::tool {

// Whether `input` is such a folder and `output` names neither a .pawl nor a .gguf file, so that the
// output is a folder, too.
bool IsFolderJob(const std::string& input, const std::string& output);

// The folder that such a job writes.
class ModelFolder {
 public:
  // Makes the folder; InvalidArgument where it is the input or a file.
  static absl::StatusOr<std::unique_ptr<ModelFolder>> Make(const std::string& input,
                                                           const std::string& output);
  // Removes the folder where this made it and nothing is in it, and what was given to Discard().
  ~ModelFolder();
  ModelFolder(const ModelFolder&) = delete;
  ModelFolder& operator=(const ModelFolder&) = delete;

  // Names of the files beside the weights that engines and people need: settings, tokenizer, chat
  // template, licence.
  static absl::StatusOr<std::vector<std::string>> Companions(const std::string& input);
  // Files of the folder that go with this: what another file is made of.
  void Discard(const std::string& path) { discarded_.push_back(path); }
  // They stay, after all.
  void Keep() { discarded_.clear(); }

 private:
  ModelFolder(std::string input, std::string output)
      : input_(std::move(input)), output_(std::move(output)) {}

  std::string input_;
  std::string output_;
  std::vector<std::string> discarded_;
  bool made_ = false;
};

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_MODEL_FOLDER_H_
