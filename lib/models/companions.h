// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Files beside a model's weights that travel along: tokenizer, chat template, licence.

#ifndef PAWL_LIB_MODELS_COMPANIONS_H_
#define PAWL_LIB_MODELS_COMPANIONS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "lib/formats/staged_folder.h"
#include "pawl/job_files.h"

namespace pawl {

// Copies files of these names from the folder `input`. Errors: InvalidArgument for what is no
// file's name; those of reading and writing.
absl::Status CopyCompanions(const std::string& input, absl::Span<const std::string> names,
                            StagedFolder& output);

// What that reads and writes in the folder `output`.
void AddCompanions(const std::string& input, absl::Span<const std::string> names,
                   const std::string& output, JobFiles* files);

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_COMPANIONS_H_
