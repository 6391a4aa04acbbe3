// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The embedded language model at 8, 4, 3 and 2 bits: a job out of a folder into GGUF files, and
// what each costs in bits per byte of text that the model has not seen.

#ifndef PAWL_EXAMPLES_QUICKSTART_LANGUAGE_MODEL_H_
#define PAWL_EXAMPLES_QUICKSTART_LANGUAGE_MODEL_H_

#include <string>

#include "absl/status/status.h"
#include "pawl/context.h"

namespace quickstart {

// `folder` holds the model and held_out.txt; the files go to `out`. Prints a table.
absl::Status ShowLanguageModel(const std::string& folder, const std::string& out,
                               pawl::Context& context);

}  // namespace quickstart

#endif  // PAWL_EXAMPLES_QUICKSTART_LANGUAGE_MODEL_H_
