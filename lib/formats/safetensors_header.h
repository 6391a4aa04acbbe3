// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The JSON parts of safetensors, parsed as events with bounded memory and no recursion.

#ifndef PAWL_LIB_FORMATS_SAFETENSORS_HEADER_H_
#define PAWL_LIB_FORMATS_SAFETENSORS_HEADER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pawl/dtype.h"
#include "pawl/safetensors.h"

namespace pawl {

// The reference implementation's limit.
inline constexpr uint64_t kMaxSafetensorsHeader = 100'000'000;

struct SafetensorsDTypeName {
  absl::string_view name;
  int bits;
  std::optional<DType> dtype;
};

// Null for a name that the format's reference does not know.
const SafetensorsDTypeName* FindSafetensorsDType(absl::string_view name);
// All entries lie in one array, in the reference's order of types: pointers compare as it does.
const SafetensorsDTypeName* FindSafetensorsDType(DType dtype);

struct SafetensorsHeader {
  std::vector<SafetensorsEntry> entries;  // in the order of their bytes; `file` is 0
  std::map<std::string, std::string> metadata;
};

// Parses the header of `file_name`, which has `data_size` bytes of tensors after it, and checks
// that the tensors tile them. Byte numbers in messages count from the start of the file.
absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(absl::string_view json, uint64_t data_size,
                                                         const std::string& file_name);

// The "weight_map" of an index: tensor name -> shard, each a plain file name.
absl::StatusOr<std::map<std::string, std::string>> ParseSafetensorsIndex(
    absl::string_view json, const std::string& file_name);

// `text` as a JSON string with its quotes; InvalidArgument where it is not UTF-8.
absl::StatusOr<std::string> JsonString(const std::string& text);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_SAFETENSORS_HEADER_H_
