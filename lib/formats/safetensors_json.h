// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A base for nlohmann's event parser: counts depth, keeps the first error.

#ifndef PAWL_LIB_FORMATS_SAFETENSORS_JSON_H_
#define PAWL_LIB_FORMATS_SAFETENSORS_JSON_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"

namespace pawl {

// Subclasses see values with depth() telling how many objects and arrays are open around them; they
// return false after calling Fail(). Everything deeper than kMaxDepth is refused.
class JsonEvents {
 public:
  static constexpr int kMaxDepth = 32;

  virtual ~JsonEvents() = default;

  // The interface that nlohmann::json::sax_parse calls.
  bool null() { return Value(Kind::kNull); }
  bool boolean(bool) { return Value(Kind::kOther); }
  bool number_integer(int64_t) { return Value(Kind::kOther); }
  bool number_unsigned(uint64_t value) {
    unsigned_ = value;
    return Value(Kind::kUnsigned);
  }
  bool number_float(double, const std::string&) { return Value(Kind::kOther); }
  bool string(std::string& value) {
    string_ = std::move(value);
    return Value(Kind::kString);
  }
  bool binary(std::vector<uint8_t>&) { return Value(Kind::kOther); }
  bool key(std::string& name) { return Key(std::move(name)); }
  bool start_object(size_t) { return Value(Kind::kObject) && Deeper(); }
  bool start_array(size_t) { return Value(Kind::kArray) && Deeper(); }
  bool end_object() { return Leave(); }
  bool end_array() { return Leave(); }
  template <typename Exception>
  bool parse_error(size_t position, const std::string&, const Exception&) {
    syntax_error_ = true;
    error_position_ = position;
    return false;
  }

  // Parses `text` whole. `first_byte` is where it begins in the file.
  absl::Status Parse(absl::string_view text, absl::string_view file_name, uint64_t first_byte) {
    // The parser takes a NUL byte for the end and would not look at what follows.
    if (const size_t nul = text.find('\0'); nul != absl::string_view::npos) {
      return Error(file_name, absl::StrCat("byte ", first_byte + nul, ": not valid JSON (NUL)"));
    }
    // Not through a std::string: the header may be large.
    const bool ok = nlohmann::json::sax_parse(text.data(), text.data() + text.size(), this);
    if (syntax_error_) {
      const uint64_t at = first_byte + (error_position_ == 0 ? 0 : error_position_ - 1);
      return Error(file_name, absl::StrCat("byte ", at, ": not valid JSON or not UTF-8"));
    }
    return ok ? absl::OkStatus() : Error(file_name, message_);
  }

 protected:
  enum class Kind { kNull, kUnsigned, kString, kObject, kArray, kOther };

  // A value, or the start of an object or array, at depth().
  virtual bool Value(Kind kind) = 0;
  virtual bool Key(std::string name) = 0;
  // An object or array ended; depth() is that of its surroundings.
  virtual bool End() { return true; }

  int depth() const { return depth_; }
  uint64_t unsigned_value() const { return unsigned_; }
  std::string TakeString() { return std::move(string_); }
  bool Fail(std::string message) {
    message_ = std::move(message);
    return false;
  }

 private:
  static absl::Status Error(absl::string_view file_name, absl::string_view message) {
    return absl::InvalidArgumentError(absl::StrCat(file_name, ": ", message));
  }
  bool Deeper() {
    return ++depth_ <= kMaxDepth || Fail("the JSON is nested too deeply to be a header");
  }
  bool Leave() {
    --depth_;
    return End();
  }

  int depth_ = 0;
  uint64_t unsigned_ = 0;
  std::string string_;
  std::string message_;
  bool syntax_error_ = false;
  size_t error_position_ = 0;
};

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_SAFETENSORS_JSON_H_
