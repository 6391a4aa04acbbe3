// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// GGUF files by hand, so that a test can say any byte of them.

#ifndef PAWL_TESTS_FORMATS_GGUF_TEST_UTIL_H_
#define PAWL_TESTS_FORMATS_GGUF_TEST_UTIL_H_

#include <cstdint>
#include <string>
#include <vector>

namespace pawl::testing {

template <typename T>
std::string Raw(T value) {
  return std::string(reinterpret_cast<const char*>(&value), sizeof(value));
}
inline std::string RawText(const std::string& text) {
  return Raw(static_cast<uint64_t>(text.size())) + text;
}
inline std::string RawKey(const std::string& key, uint32_t kind, const std::string& value) {
  return RawText(key) + Raw(kind) + value;
}
// Dimensions as the file has them: the fastest first.
inline std::string RawTensor(const std::string& name, const std::vector<uint64_t>& dims,
                             uint32_t type, uint64_t offset) {
  std::string out = RawText(name) + Raw(static_cast<uint32_t>(dims.size()));
  for (const uint64_t dim : dims) out += Raw(dim);
  return out + Raw(type) + Raw(offset);
}

struct RawGguf {
  uint32_t version = 3;
  std::vector<std::string> keys;
  std::vector<std::string> tensors;
  std::string data;
  uint64_t alignment = 32;

  std::string File() const {
    std::string out = "GGUF" + Raw(version) + Raw(static_cast<uint64_t>(tensors.size())) +
                      Raw(static_cast<uint64_t>(keys.size()));
    for (const std::string& key : keys) out += key;
    for (const std::string& tensor : tensors) out += tensor;
    out.resize((out.size() + alignment - 1) / alignment * alignment, '\0');
    return out + data;
  }
};

}  // namespace pawl::testing

#endif  // PAWL_TESTS_FORMATS_GGUF_TEST_UTIL_H_
