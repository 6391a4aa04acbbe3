// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/strict_json.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/nearest.h"

namespace pawl {
namespace {

using nlohmann::json;

// Builds the document from the parser's events, and stops at what plain parsing would let through.
class Builder : public nlohmann::json_sax<json> {
 public:
  // NOLINTNEXTLINE(bugprone-exception-escape): a null allocates nothing
  Builder() = default;
  Builder(const Builder&) = delete;  // open_ points into root_
  Builder& operator=(const Builder&) = delete;

  bool null() override { return Add(nullptr); }
  bool boolean(bool value) override { return Add(value); }
  bool number_integer(int64_t value) override { return Add(value); }
  bool number_unsigned(uint64_t value) override { return Add(value); }
  bool number_float(double value, const std::string&) override { return Add(value); }
  bool string(std::string& value) override { return Add(std::move(value)); }
  bool binary(json::binary_t&) override { return Stop("binary data"); }
  bool start_object(size_t) override { return Open(json::object()); }
  bool start_array(size_t) override { return Open(json::array()); }
  bool end_object() override { return Close(); }
  bool end_array() override { return Close(); }

  bool key(std::string& name) override {
    if (open_.back()->contains(name))
      return Stop(absl::StrCat("the key '", name, "' stands twice"));
    key_ = std::move(name);
    return true;
  }

  bool parse_error(size_t position, const std::string&, const json::exception&) override {
    position_ = position == 0 ? 0 : position - 1;
    syntax_error_ = true;
    return false;
  }

  json TakeRoot() { return std::move(root_); }
  bool syntax_error() const { return syntax_error_; }
  size_t position() const { return position_; }
  const std::string& message() const { return message_; }

 private:
  static constexpr size_t kMaxDepth = 32;

  json* Place(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    json& parent = *open_.back();
    if (parent.is_array()) {
      parent.push_back(std::move(value));
      return &parent.back();
    }
    json& place = parent[key_];
    place = std::move(value);
    return &place;
  }
  bool Add(json value) {
    Place(std::move(value));
    return true;
  }
  bool Open(json value) {
    if (open_.size() >= kMaxDepth) {
      return Stop(absl::StrCat("nested more than ", kMaxDepth, " deep"));
    }
    // Pointers stay valid: a container only grows while it is the last of open_.
    open_.push_back(Place(std::move(value)));
    return true;
  }
  bool Close() {
    open_.pop_back();
    return true;
  }
  bool Stop(std::string message) {
    message_ = std::move(message);
    return false;
  }

  json root_;
  std::vector<json*> open_;
  std::string key_;
  std::string message_;
  bool syntax_error_ = false;
  size_t position_ = 0;
};

std::string LineAndColumn(absl::string_view text, size_t position) {
  const absl::string_view before = text.substr(0, std::min(position, text.size()));
  const auto line = std::count(before.begin(), before.end(), '\n') + 1;
  const size_t newline = before.rfind('\n');
  const size_t column =
      newline == absl::string_view::npos ? before.size() + 1 : before.size() - newline;
  return absl::StrCat("line ", line, ", column ", column);
}

absl::string_view TypeName(const json& value) {
  switch (value.type()) {
    case json::value_t::null:
      return "null";
    case json::value_t::object:
      return "an object";
    case json::value_t::array:
      return "a list";
    case json::value_t::string:
      return "a string";
    case json::value_t::boolean:
      return "true or false";
    default:
      return "a number";
  }
}

}  // namespace

absl::StatusOr<json> ParseStrictJson(absl::string_view text, absl::string_view name,
                                     size_t max_bytes) {
  const auto bad = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": ", why));
  };
  if (text.size() > max_bytes) {
    return bad(absl::StrCat("has ", text.size(), " bytes; at most ", max_bytes, " are read"));
  }
  // The parser takes a NUL byte for the end and would not look at what follows.
  if (const size_t nul = text.find('\0'); nul != absl::string_view::npos) {
    return bad(absl::StrCat(LineAndColumn(text, nul), ": not valid JSON (a NUL byte)"));
  }
  Builder builder;
  const bool ok = json::sax_parse(text.data(), text.data() + text.size(), &builder);
  if (builder.syntax_error()) {
    return bad(absl::StrCat(LineAndColumn(text, builder.position()), ": not valid JSON"));
  }
  if (!ok) return bad(builder.message());
  return builder.TakeRoot();
}

std::string DumpJson(const nlohmann::ordered_json& value) {
  return value.dump(2, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

JsonFields::JsonFields(const json& object, std::string where)
    : object_(object), where_(std::move(where)) {
  if (!object_.is_object()) {
    Fail(absl::InvalidArgumentError(
        absl::StrCat(where_, " is ", TypeName(object_), "; it must be an object")));
  }
}

std::string JsonFields::Path(absl::string_view key) const { return absl::StrCat(where_, ".", key); }

void JsonFields::Fail(absl::Status status) {
  if (status_.ok()) status_ = std::move(status);
}

void JsonFields::Fail(absl::string_view key, absl::string_view why) {
  Fail(absl::InvalidArgumentError(absl::StrCat(Path(key), " ", why)));
}

const json* JsonFields::Find(absl::string_view key) {
  known_.emplace_back(key);
  if (!object_.is_object()) return nullptr;
  const auto it = object_.find(std::string(key));
  return it == object_.end() ? nullptr : &*it;
}

void JsonFields::String(absl::string_view key, std::string* value) {
  const json* found = Find(key);
  if (found == nullptr) return;
  const std::string* text = found->get_ptr<const std::string*>();
  if (text == nullptr) {
    return Fail(key, absl::StrCat("is ", TypeName(*found), "; it must be a string"));
  }
  *value = *text;
}

void JsonFields::Bool(absl::string_view key, bool* value) {
  const json* found = Find(key);
  if (found == nullptr) return;
  if (!found->is_boolean()) {
    return Fail(key, absl::StrCat("is ", TypeName(*found), "; it must be true or false"));
  }
  *value = found->get<bool>();
}

void JsonFields::Int(absl::string_view key, int64_t low, int64_t high, int64_t* value) {
  const json* found = Find(key);
  if (found == nullptr) return;
  const auto must = absl::StrCat("; it must be a whole number from ", low, " to ", high);
  if (!found->is_number_integer()) return Fail(key, absl::StrCat("is ", TypeName(*found), must));
  const bool beyond = found->is_number_unsigned() && found->get<uint64_t>() > INT64_MAX;
  if (beyond || found->get<int64_t>() < low || found->get<int64_t>() > high) {
    return Fail(key, absl::StrCat("is ", found->dump(), must));
  }
  *value = found->get<int64_t>();
}

void JsonFields::Number(absl::string_view key, double low, double high, double* value) {
  const json* found = Find(key);
  if (found == nullptr) return;
  const auto must = absl::StrCat("; it must be a number from ", low, " to ", high);
  if (!found->is_number()) return Fail(key, absl::StrCat("is ", TypeName(*found), must));
  const double number = found->get<double>();
  if (!(number >= low && number <= high)) return Fail(key, absl::StrCat("is ", number, must));
  *value = number;
}

void JsonFields::Strings(absl::string_view key, std::vector<std::string>* values) {
  const json* found = Find(key);
  if (found == nullptr) return;
  if (!found->is_array()) {
    return Fail(key, absl::StrCat("is ", TypeName(*found), "; it must be a list of strings"));
  }
  for (size_t i = 0; i < found->size(); ++i) {
    const std::string* text = (*found)[i].get_ptr<const std::string*>();
    if (text == nullptr) {
      return Fail(absl::StrCat(key, "[", i, "]"),
                  absl::StrCat("is ", TypeName((*found)[i]), "; it must be a string"));
    }
    values->push_back(*text);
  }
}

void JsonFields::Word(absl::string_view key, absl::Span<const absl::string_view> words,
                      size_t* index) {
  std::string text;
  const size_t known = known_.size();
  String(key, &text);
  if (!status_.ok() || !object_.is_object() || !object_.contains(known_[known])) return;
  const auto it = std::find(words.begin(), words.end(), text);
  if (it == words.end()) {
    const std::vector<std::string> candidates(words.begin(), words.end());
    return Fail(key,
                absl::StrCat("is '", text, "', which is not known", DidYouMean(text, candidates)));
  }
  *index = static_cast<size_t>(it - words.begin());
}

absl::Status JsonFields::Finish(std::vector<std::string>* ignored) {
  if (!status_.ok()) return status_;
  for (const auto& item : object_.items()) {
    if (std::find(known_.begin(), known_.end(), item.key()) != known_.end()) continue;
    if (ignored != nullptr) {
      ignored->push_back(Path(item.key()));
      continue;
    }
    return absl::InvalidArgumentError(
        absl::StrCat(where_, ": unknown key '", item.key(), "'", DidYouMean(item.key(), known_)));
  }
  return absl::OkStatus();
}

}  // namespace pawl
