// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/companions.h"

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"

namespace pawl {
namespace {

// A tokenizer is the largest; weights have writers of their own.
constexpr uint64_t kMaxCompanionBytes = uint64_t{1} << 30;

}  // namespace

absl::Status CopyCompanions(const std::string& input, absl::Span<const std::string> names,
                            StagedFolder& output) {
  for (const std::string& name : names) {
    if (name.empty() || name.find('/') != std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat("'", name, "' is no file's name"));
    }
    PAWL_ASSIGN_OR_RETURN(const std::string bytes,
                          ReadFile(absl::StrCat(input, "/", name), kMaxCompanionBytes));
    PAWL_RETURN_IF_ERROR(WriteFileAtomically(output.Path(name), bytes));
  }
  return absl::OkStatus();
}

void AddCompanions(const std::string& input, absl::Span<const std::string> names,
                   const std::string& output, JobFiles* files) {
  for (const std::string& name : names) {
    files->inputs.push_back({"the model's file", absl::StrCat(input, "/", name)});
    files->outputs.push_back({"the output folder's file", absl::StrCat(output, "/", name)});
  }
}

}  // namespace pawl
