// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_identity.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "lib/formats/hash.h"
#include "lib/formats/mapped_file.h"
#include "lib/pipeline/model_calibration.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/text.h"
#include "pawl/version.h"

namespace pawl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr absl::string_view kFormat = "1.1";

ordered_json FilesJson(const std::vector<JobIdentity::File>& files) {
  ordered_json out = ordered_json::array();
  for (const JobIdentity::File& file : files) {
    ordered_json item;
    item["name"] = file.name;
    item["hash"] = file.hash;
    out.push_back(std::move(item));
  }
  return out;
}

absl::Status TakeFiles(JsonFields& fields, absl::string_view key,
                       std::vector<JobIdentity::File>* files) {
  const json* list = fields.Find(key);
  if (list == nullptr || !list->is_array()) {
    return absl::InvalidArgumentError(absl::StrCat(fields.Path(key), " is no list"));
  }
  for (const json& item : *list) {
    if (!item.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(fields.Path(key), " has what is no file"));
    }
    JobIdentity::File file;
    JsonFields members(item, fields.Path(key));
    members.String("name", &file.name);
    members.String("hash", &file.hash);
    PAWL_RETURN_IF_ERROR(members.Finish());
    files->push_back(std::move(file));
  }
  return absl::OkStatus();
}

std::string Names(const std::vector<JobIdentity::File>& files) {
  return absl::StrJoin(files, ", ", [](std::string* out, const JobIdentity::File& file) {
    absl::StrAppend(out, "'", file.name, "'");
  });
}

void CompareFiles(absl::string_view what, const std::vector<JobIdentity::File>& then,
                  const std::vector<JobIdentity::File>& now, std::vector<std::string>* out) {
  if (then == now) return;
  if (then.empty()) {
    out->push_back(absl::StrCat("there was no ", what, ", now there is ", Names(now)));
  } else if (now.empty()) {
    out->push_back(absl::StrCat("the ", what, " was ", Names(then), ", now there is none"));
  } else if (then.size() != now.size()) {
    out->push_back(
        absl::StrCat("the ", what, " had ", then.size(), " files, now it has ", now.size()));
  } else {
    std::vector<JobIdentity::File> changed;
    for (size_t i = 0; i < now.size(); ++i) {
      if (!(then[i] == now[i])) changed.push_back(now[i]);
    }
    out->push_back(absl::StrCat("the content of the ", what, " changed: ", Names(changed)));
  }
}

void CompareRecipes(const std::string& then, const std::string& now,
                    std::vector<std::string>* out) {
  if (then == now) return;
  const json before = json::parse(then, nullptr, /*allow_exceptions=*/false);
  const json after = json::parse(now, nullptr, /*allow_exceptions=*/false);
  std::string places;
  if (!before.is_discarded() && !after.is_discarded()) {
    constexpr size_t kNamed = 3;
    const json changes = json::diff(before, after);
    for (size_t i = 0; i < changes.size() && i < kNamed; ++i) {
      const json::json_pointer place(changes[i].value("path", ""));
      const auto text = [&](const json& whole) {
        return whole.contains(place)
                   ? whole[place].dump(-1, ' ', false, json::error_handler_t::replace)
                   : std::string("nothing");
      };
      absl::StrAppend(&places, i == 0 ? ": " : ", ", place.to_string(), " was ", text(before),
                      " and is ", text(after));
    }
    if (changes.size() > kNamed) absl::StrAppend(&places, " ...");
  }
  out->push_back(absl::StrCat("the recipe changed", places));
}

absl::StatusOr<std::string> HashOfMemory(const void* data, size_t size) {
  const absl::Span<const uint8_t> bytes(static_cast<const uint8_t*>(data), size);
  return ContentHash(*MappedFile::FromMemory(bytes, nullptr, "memory"));
}

absl::Status AddFile(const std::string& path, std::vector<JobIdentity::File>* files) {
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  PAWL_ASSIGN_OR_RETURN(std::string hash, ContentHash(*file));
  files->push_back({path, std::move(hash)});
  return absl::OkStatus();
}

absl::Status AddMemory(absl::string_view name, const void* data, size_t size,
                       std::vector<JobIdentity::File>* files) {
  PAWL_ASSIGN_OR_RETURN(std::string hash, HashOfMemory(data, size));
  files->push_back({std::string(name), std::move(hash)});
  return absl::OkStatus();
}

// A text that the model runs on, its windows, and the settings that say how it runs.
absl::Status AddText(const Job& job, const ModelCalibration& model, JobIdentity* identity) {
  const bool listed =
      std::any_of(identity->settings.begin(), identity->settings.end(),
                  [&](const JobIdentity::File& file) { return file.name == model.settings(); });
  if (!model.settings().empty() && !listed) {
    PAWL_RETURN_IF_ERROR(AddFile(model.settings(), &identity->settings));
  }
  const std::vector<int32_t>& ids = job.calibration_ids;
  PAWL_RETURN_IF_ERROR(AddMemory(absl::StrCat(ids.size(), " ids of a text"), ids.data(),
                                 ids.size() * sizeof ids[0], &identity->calibration));
  std::string windows = absl::StrCat("windows of ", model.walk().context(), " ids");
  if (model.walk().begin_id() >= 0) {
    absl::StrAppend(&windows, " at most, each from id ", model.walk().begin_id());
  }
  identity->calibration.push_back({windows, windows});
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<JobIdentity> IdentityOf(const Job& job, absl::Span<const std::string> files,
                                       const std::string& recipe,
                                       absl::Span<const std::string> settings,
                                       const ModelCalibration* model) {
  JobIdentity identity;
  identity.version = VersionString();
  identity.recipe = recipe;
  for (const std::string& path : files) {
    PAWL_RETURN_IF_ERROR(AddFile(path, &identity.inputs));
  }
  if (files.empty()) {
    PAWL_RETURN_IF_ERROR(
        AddMemory("memory", job.input_bytes.data(), job.input_bytes.size(), &identity.inputs));
  }
  if (!job.calibration.empty()) {
    PAWL_RETURN_IF_ERROR(AddFile(job.calibration, &identity.calibration));
  } else if (!job.calibration_bytes.empty()) {
    PAWL_RETURN_IF_ERROR(AddMemory("memory", job.calibration_bytes.data(),
                                   job.calibration_bytes.size(), &identity.calibration));
  }
  for (const std::string& path : settings) {
    PAWL_RETURN_IF_ERROR(AddFile(path, &identity.settings));
  }
  if (model != nullptr) PAWL_RETURN_IF_ERROR(AddText(job, *model, &identity));
  if (!job.imatrix.empty()) PAWL_RETURN_IF_ERROR(AddFile(job.imatrix, &identity.imatrix));
  return identity;
}

absl::StatusOr<std::string> InputHashOf(const JobIdentity& identity) {
  if (identity.inputs.size() == 1) return identity.inputs.front().hash;
  std::string joined;
  for (const JobIdentity::File& file : identity.inputs) absl::StrAppend(&joined, file.hash, "\n");
  return HashOfMemory(joined.data(), joined.size());
}

std::string JobIdentity::ToJson() const {
  ordered_json out;
  out["pawl_journal"] = kFormat;
  out["pawl_version"] = version;
  out["input"] = FilesJson(inputs);
  out["recipe"] = recipe;
  out["calibration"] = FilesJson(calibration);
  out["settings"] = FilesJson(settings);
  out["imatrix"] = FilesJson(imatrix);
  return DumpJson(out);
}

absl::StatusOr<JobIdentity> JobIdentity::FromJson(absl::string_view text, absl::string_view name) {
  PAWL_ASSIGN_OR_RETURN(const json object, ParseStrictJson(text, name, size_t{1} << 30));
  if (!object.is_object()) return absl::InvalidArgumentError(absl::StrCat(name, ": no object"));
  JobIdentity identity;
  JsonFields fields(object, std::string(name));
  std::string format;
  fields.String("pawl_journal", &format);
  if (format != kFormat) {
    return absl::UnimplementedError(
        absl::StrCat(name, " is of version '", format, "', this Pawl knows ", kFormat,
                     "; resume with the Pawl that wrote it, or delete it"));
  }
  fields.String("pawl_version", &identity.version);
  fields.String("recipe", &identity.recipe);
  PAWL_RETURN_IF_ERROR(TakeFiles(fields, "input", &identity.inputs));
  PAWL_RETURN_IF_ERROR(TakeFiles(fields, "calibration", &identity.calibration));
  PAWL_RETURN_IF_ERROR(TakeFiles(fields, "settings", &identity.settings));
  PAWL_RETURN_IF_ERROR(TakeFiles(fields, "imatrix", &identity.imatrix));
  PAWL_RETURN_IF_ERROR(fields.Finish());
  return identity;
}

std::vector<std::string> Differences(const JobIdentity& then, const JobIdentity& now) {
  std::vector<std::string> out;
  if (then.version != now.version) {
    out.push_back(absl::StrCat("it was of Pawl ", then.version, ", this is ", now.version));
  }
  CompareFiles("input", then.inputs, now.inputs, &out);
  CompareRecipes(then.recipe, now.recipe, &out);
  CompareFiles("calibration", then.calibration, now.calibration, &out);
  CompareFiles("model's settings", then.settings, now.settings, &out);
  CompareFiles("imatrix", then.imatrix, now.imatrix, &out);
  return out;
}

}  // namespace pawl
