// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/job_identity.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/text.h"

namespace pawl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr absl::string_view kFormat = "1.0";

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

}  // namespace

std::string JobIdentity::ToJson() const {
  ordered_json out;
  out["pawl_journal"] = kFormat;
  out["pawl_version"] = version;
  out["input"] = FilesJson(inputs);
  out["recipe"] = recipe;
  out["calibration"] = FilesJson(calibration);
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
  return out;
}

}  // namespace pawl
