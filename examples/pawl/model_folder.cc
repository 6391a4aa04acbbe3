// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/model_folder.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace pawl::tool {
namespace {

namespace fs = std::filesystem;

bool TravelsAlong(const std::string& name) {
  if (absl::EndsWith(name, ".index.json")) return false;
  for (const char* end : {".json", ".model", ".jinja"}) {
    if (absl::EndsWith(name, end)) return true;
  }
  for (const char* begin : {"LICENSE", "LICENCE", "NOTICE", "USE_POLICY"}) {
    if (absl::StartsWith(name, begin)) return true;
  }
  return name == "merges.txt" || name == "vocab.txt";
}

}  // namespace

bool IsFolderJob(const std::string& input, const std::string& output) {
  std::error_code error;
  return !output.empty() && fs::is_directory(input, error) &&
         fs::exists(absl::StrCat(input, "/config.json"), error) &&
         !absl::EndsWith(output, ".pawl") && !absl::EndsWith(output, ".gguf");
}

absl::StatusOr<std::unique_ptr<ModelFolder>> ModelFolder::Make(const std::string& input,
                                                               const std::string& output) {
  std::error_code error;
  if (fs::equivalent(input, output, error)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the output folder '", output, "' is the input folder '", input, "'; name another"));
  }
  std::unique_ptr<ModelFolder> folder(new ModelFolder(input, output));
  folder->made_ = fs::create_directories(output, error);
  if (!fs::is_directory(output)) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot make the folder '", output, "'", error ? ": " : "", error.message()));
  }
  return folder;
}

ModelFolder::~ModelFolder() {
  std::error_code error;
  for (const std::string& path : discarded_) fs::remove(path, error);
  if (made_) fs::remove(output_, error);  // which leaves a folder with anything in it
}

absl::StatusOr<std::vector<std::string>> ModelFolder::Companions(const std::string& input) {
  std::error_code error;
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(input, error)) {
    const std::string name = entry.path().filename().string();
    if (entry.is_regular_file(error) && TravelsAlong(name)) names.push_back(name);
  }
  if (error) {
    return absl::UnavailableError(absl::StrCat("cannot list '", input, "': ", error.message()));
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace pawl::tool
