// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/token_ids.h"

#include <fstream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "pawl/eval.h"

namespace pawl::tool {
namespace {

absl::StatusOr<std::string> Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read '", path, "'"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace

absl::StatusOr<std::vector<int32_t>> IdsOfText(const std::string& path, const std::string& model,
                                               bool byte_level, const std::string& option) {
  const absl::StatusOr<std::string> content = Slurp(path);
  if (!content.ok()) return content.status();
  if (!byte_level) {
    return absl::UnimplementedError(
        absl::StrCat("'", model,
                     "' has a tokenizer, which Pawl does not run yet; give the ids "
                     "that it makes of the text (",
                     option, " FILE, numbers between spaces)"));
  }
  std::vector<int32_t> ids;
  for (const char c : *content) ids.push_back(static_cast<uint8_t>(c));
  return ids;
}

absl::StatusOr<std::vector<int32_t>> IdsOfNumbers(const std::string& path) {
  const absl::StatusOr<std::string> content = Slurp(path);
  if (!content.ok()) return content.status();
  auto ids = ParseIds(*content);
  if (ids.ok()) return ids;
  return absl::InvalidArgumentError(absl::StrCat("'", path, "': ", ids.status().message()));
}

}  // namespace pawl::tool
