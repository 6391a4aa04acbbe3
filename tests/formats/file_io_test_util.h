// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the tests of file formats share.

#ifndef PAWL_TESTS_FORMATS_FILE_IO_TEST_UTIL_H_
#define PAWL_TESTS_FORMATS_FILE_IO_TEST_UTIL_H_

#include <stdlib.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/types/span.h"

namespace pawl::testing {

// A folder that is gone with the object.
class TempDir {
 public:
  TempDir() {
    std::string pattern = (std::filesystem::temp_directory_path() / "pawl-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~TempDir() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempDir(const TempDir&) = delete;
  TempDir& operator=(const TempDir&) = delete;

  std::string path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  // Entries of the folder, hidden ones too.
  size_t Count() const {
    return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(path_),
                                             std::filesystem::directory_iterator()));
  }

 private:
  std::string path_;
};

inline std::string Slurp(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

inline void Spill(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

inline absl::Span<const uint8_t> Bytes(const std::string& text) {
  return absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size());
}

// Not ok, and the message has all of these words.
inline bool FailsWith(const absl::Status& status, std::vector<std::string> words) {
  if (status.ok()) return false;
  for (const std::string& word : words) {
    if (!absl::StrContains(status.message(), word)) return false;
  }
  return true;
}

}  // namespace pawl::testing

#endif  // PAWL_TESTS_FORMATS_FILE_IO_TEST_UTIL_H_
