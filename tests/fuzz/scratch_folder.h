// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_TESTS_FUZZ_SCRATCH_FOLDER_H_
#define PAWL_TESTS_FUZZ_SCRATCH_FOLDER_H_

#include <string>

#include "absl/types/span.h"

namespace pawl::fuzz {

// A folder for this process, for readers that take paths alone; goes with everything in it.
class ScratchFolder {
 public:
  ScratchFolder();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;

  std::string Path(const std::string& name) const { return path_ + "/" + name; }
  // The whole content of a file there.
  std::string Write(const std::string& name, absl::Span<const uint8_t> bytes) const;
  std::string Read(const std::string& name) const;
  void Remove(const std::string& name) const;

 private:
  std::string path_;
};

}  // namespace pawl::fuzz

#endif  // PAWL_TESTS_FUZZ_SCRATCH_FOLDER_H_
