// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "scratch_folder.h"

#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <system_error>

#include "fuzz.h"

namespace pawl::fuzz {

ScratchFolder::ScratchFolder() {
  char path[] = "/tmp/pawl_fuzz_XXXXXX";
  PAWL_FUZZ_CHECK(mkdtemp(path) != nullptr, "no folder in /tmp");
  path_ = path;
}

ScratchFolder::~ScratchFolder() {
  std::error_code error;
  std::filesystem::remove_all(path_, error);
}

std::string ScratchFolder::Write(const std::string& name, absl::Span<const uint8_t> bytes) const {
  const std::string path = Path(name);
  std::FILE* file = std::fopen(path.c_str(), "wb");
  PAWL_FUZZ_CHECK(file != nullptr, path);
  const size_t written = std::fwrite(bytes.data(), 1, bytes.size(), file);
  PAWL_FUZZ_CHECK(std::fclose(file) == 0 && written == bytes.size(), path);
  return path;
}

std::string ScratchFolder::Read(const std::string& name) const {
  std::ifstream stream(Path(name), std::ios::binary);
  PAWL_FUZZ_CHECK(stream.good(), Path(name));
  return std::string((std::istreambuf_iterator<char>(stream)), {});
}

void ScratchFolder::Remove(const std::string& name) const {
  std::error_code error;
  std::filesystem::remove(Path(name), error);
}

}  // namespace pawl::fuzz
