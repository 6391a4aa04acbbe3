// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// JSON that people and programs hand us: parsed strictly, read field by field, with errors that say
// where and what was meant.

#ifndef PAWL_LIB_PIPELINE_STRICT_JSON_H_
#define PAWL_LIB_PIPELINE_STRICT_JSON_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "nlohmann/json.hpp"

namespace pawl {

inline constexpr size_t kMaxJsonBytes = size_t{16} << 20;

// Parses one document of at most `max_bytes`, nested at most 32 deep, without duplicate keys.
// Errors: InvalidArgument with line and column; `name` stands for the document in the message.
absl::StatusOr<nlohmann::json> ParseStrictJson(absl::string_view text, absl::string_view name,
                                               size_t max_bytes = kMaxJsonBytes);

// Two spaces of indentation and a closing newline; text that is not UTF-8 gets replacement marks.
std::string DumpJson(const nlohmann::ordered_json& value);

// Reads the fields of one object. The first mistake is kept and Finish() returns it; what was asked
// for is what the object may contain.
class JsonFields {
 public:
  // `where` is the object's path in messages: "recipe: rules[2]". `object` must outlive this.
  JsonFields(const nlohmann::json& object, std::string where);

  // Null where the key is absent; the caller reads the value itself.
  const nlohmann::json* Find(absl::string_view key);

  // Leave *value alone where the key is absent.
  void String(absl::string_view key, std::string* value);
  void Bool(absl::string_view key, bool* value);
  void Int(absl::string_view key, int64_t low, int64_t high, int64_t* value);
  void Number(absl::string_view key, double low, double high, double* value);
  void Strings(absl::string_view key, std::vector<std::string>* values);
  // A word of `words`; *index is its position.
  void Word(absl::string_view key, absl::Span<const absl::string_view> words, size_t* index);

  void Fail(absl::Status status);
  void Fail(absl::string_view key, absl::string_view why);
  const absl::Status& status() const { return status_; }
  std::string Path(absl::string_view key) const;

  // The first error; else an error for the first key that nobody asked for, with the nearest one
  // that may stand there. With `ignored` such keys are appended to it instead, as paths: what a
  // newer minor version may add.
  absl::Status Finish(std::vector<std::string>* ignored = nullptr);

 private:
  const nlohmann::json& object_;
  std::string where_;
  std::vector<std::string> known_;
  absl::Status status_;
};

}  // namespace pawl

#endif  // PAWL_LIB_PIPELINE_STRICT_JSON_H_
