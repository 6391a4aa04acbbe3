// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Folders of language models: weights beside config.json, tokenizer and licence.

#ifndef PAWL_EXAMPLES_PAWL_MODEL_FOLDER_H_
#define PAWL_EXAMPLES_PAWL_MODEL_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace pawl::tool {

// Whether `input` is such a folder and `output` names neither a .pawl nor a .gguf file, so that the
// output is a folder, too.
bool IsFolderJob(const std::string& input, const std::string& output);

// Makes the folder; InvalidArgument where it is the input or a file.
absl::Status MakeModelFolder(const std::string& input, const std::string& output);

// Copies what engines and people need beside the weights: settings, tokenizer, chat template,
// licence. Each copy takes the old one's place in one step. Returns the names.
absl::StatusOr<std::vector<std::string>> CopyCompanions(const std::string& input,
                                                        const std::string& output);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_MODEL_FOLDER_H_
