// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "capi/files.h"

#include "absl/strings/str_cat.h"
#include "lib/core/nearest.h"

namespace pawl::capi {

absl::StatusOr<std::vector<std::string>> ToPaths(const char* const* paths, size_t count) {
  PAWL_NEED_ARRAY(paths, count);
  std::vector<std::string> result;
  for (size_t i = 0; i < count; ++i) {
    if (paths[i] == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("path ", i, " of ", count, " is NULL"));
    }
    result.emplace_back(paths[i]);
  }
  return result;
}

absl::Status NoSuchTensor(absl::string_view where, absl::string_view name,
                          absl::Span<const std::string> names) {
  return absl::NotFoundError(
      absl::StrCat(where, ": no tensor '", name, "'", DidYouMean(name, names)));
}

absl::Status CheckIndex(size_t index, size_t count) {
  if (index < count) return absl::OkStatus();
  return absl::OutOfRangeError(absl::StrCat("tensor ", index, " of a file with ", count));
}

const char* TextAt(const std::map<std::string, std::string>& map, const char* key) {
  if (key == nullptr) return nullptr;
  const auto found = map.find(key);
  return found == map.end() ? nullptr : found->second.c_str();
}

absl::Span<const uint8_t> BytesOf(const void* bytes, size_t size) {
  return {static_cast<const uint8_t*>(bytes), size};
}

}  // namespace pawl::capi
