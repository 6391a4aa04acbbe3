// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Texts as ids of a language model.

#ifndef PAWL_EXAMPLES_PAWL_TOKEN_IDS_H_
#define PAWL_EXAMPLES_PAWL_TOKEN_IDS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace pawl::tool {

// The bytes of a text, for models whose ids are bytes. Errors: Unimplemented for others, naming
// `model` and `option`, which takes ids.
absl::StatusOr<std::vector<int32_t>> IdsOfText(const std::string& path, const std::string& model,
                                               bool byte_level, const std::string& option);

// Numbers between spaces, commas or brackets.
absl::StatusOr<std::vector<int32_t>> IdsOfNumbers(const std::string& path);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_TOKEN_IDS_H_
