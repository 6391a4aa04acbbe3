// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl verify: reads every byte of files and says whether they are whole.

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "examples/pawl/model_file.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

struct Verdict {
  std::string file;
  std::string checked;  // what was looked at
  absl::Status status;
};

absl::Status CheckTensors(const ModelFile& file) {
  for (const ModelItem& item : file.items()) {
    const absl::Status status = file.Check(item);
    file.Release(item.name);
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

Verdict VerifyFile(const std::string& path) {
  Verdict verdict{path, "", absl::OkStatus()};
  const auto file = ModelFile::Open(path);
  if (!file.ok()) {
    verdict.status = file.status();
    return verdict;
  }
  if ((*file)->gguf() != nullptr) {
    verdict.checked = "structure, and that every tensor decodes: GGUF has no hashes";
    verdict.status = CheckTensors(**file);
    return verdict;
  }
  const PawlReader* reader = (*file)->pawl();
  if (reader == nullptr) {
    verdict.checked = "structure only: safetensors has no hashes";
    return verdict;
  }
  verdict.checked = "every byte, and that every tensor decodes";
  verdict.status = reader->Verify();
  if (verdict.status.ok()) verdict.status = CheckTensors(**file);
  return verdict;
}

absl::StatusOr<int> Run(const std::vector<std::string>& paths, bool json) {
  bool good = true;
  Json out = Json::array();
  for (const std::string& path : paths) {
    const Verdict verdict = VerifyFile(path);
    good &= verdict.status.ok();
    if (json) {
      Json entry;
      entry["file"] = path;
      entry["ok"] = verdict.status.ok();
      entry["checked"] = verdict.checked;
      entry["code"] = absl::StatusCodeToString(verdict.status.code());
      entry["message"] = std::string(verdict.status.message());
      out.push_back(entry);
    } else if (verdict.status.ok()) {
      Print(absl::StrCat(Printable(path), ": ok (", verdict.checked, ")\n"));
    } else {
      Print(absl::StrCat(Printable(path), ": FAILED: ", Printable(verdict.status.message()), "\n"));
    }
  }
  if (json) PrintJson(out);
  return good ? kSuccess : kFailure;
}

}  // namespace

void AddVerify(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand(
      "verify", "Checks files: all hashes of .pawl files; exit code 1 for any damage");
  auto paths = std::make_shared<std::vector<std::string>>();
  app->Add("FILE", *paths, ".pawl, safetensors or GGUF files").Required();
  AddJson(*app, command.common);
  app->OnUse([paths, &command] {
    command.action = [paths, &command] { return Run(*paths, command.common.json); };
  });
}

}  // namespace pawl::tool
