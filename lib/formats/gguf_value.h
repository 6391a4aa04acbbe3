// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GGUF's values and types of tensors, as readers and writers share them.

#ifndef PAWL_LIB_FORMATS_GGUF_VALUE_H_
#define PAWL_LIB_FORMATS_GGUF_VALUE_H_

#include <cstdint>
#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "pawl/gguf.h"

namespace pawl {

inline constexpr uint32_t kGgufMagic = 0x46554747;  // "GGUF"
inline constexpr uint64_t kGgufDefaultAlignment = 32;
inline constexpr uint64_t kGgufMaxAlignment = uint64_t{1} << 20;
inline constexpr size_t kGgufMaxDims = 4;
inline constexpr size_t kGgufMaxKey = 65535;
// Arrays of arrays. Real files have none.
inline constexpr int kGgufMaxDepth = 8;

// Bytes of a value of this kind; 0 for strings, arrays, and what is no kind.
size_t GgufKindBytes(uint32_t kind);

// InvalidArgument unless the bytes are exactly one value of the kind.
absl::Status CheckGgufValue(const GgufValue& value);
// InvalidArgument unless it can be one.
absl::Status CheckGgufAlignment(uint64_t alignment);

template <typename T>
void AppendGguf(T value, std::string* out) {
  out->append(reinterpret_cast<const char*>(&value), sizeof(value));
}
void AppendGgufString(absl::string_view text, std::string* out);

template <typename T>
T LoadGguf(absl::string_view bytes) {
  T value;
  std::memcpy(&value, bytes.data(), sizeof(value));
  return value;
}

// A type of tensors: its name, and blocks of so many elements and bytes.
struct GgufType {
  uint32_t type;
  absl::string_view name;
  int32_t elements;
  int32_t bytes;
};
// Null for a type that Pawl does not know.
const GgufType* FindGgufType(uint32_t type);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_GGUF_VALUE_H_
