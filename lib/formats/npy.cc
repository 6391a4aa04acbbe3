// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/npy.h"

#include <cctype>
#include <optional>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "pawl/text.h"

namespace pawl {
namespace {

constexpr absl::string_view kMagic("\x93NUMPY", 6);

struct Description {
  absl::string_view text;
  DType dtype;
};
constexpr Description kDescriptions[] = {
    {"<f4", DType::kF32}, {"<f2", DType::kF16}, {"<f8", DType::kF64}, {"|i1", DType::kI8},
    {"|u1", DType::kU8},  {"<i2", DType::kI16}, {"<u2", DType::kU16}, {"<i4", DType::kI32},
    {"<u4", DType::kU32}, {"<i8", DType::kI64}, {"<u8", DType::kU64}, {"|b1", DType::kBool},
};

// The few Python literals that a header has.
class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text) {}

  absl::StatusOr<NpyHeader> Parse() {
    NpyHeader header;
    bool has_type = false, has_order = false, has_shape = false;
    PAWL_RETURN_IF_ERROR(Expect('{'));
    while (!Take('}')) {
      PAWL_ASSIGN_OR_RETURN(const std::string key, String());
      PAWL_RETURN_IF_ERROR(Expect(':'));
      if (key == "descr") {
        PAWL_ASSIGN_OR_RETURN(header.dtype, Type());
        has_type = true;
      } else if (key == "fortran_order") {
        PAWL_ASSIGN_OR_RETURN(header.column_major, Bool());
        has_order = true;
      } else if (key == "shape") {
        PAWL_ASSIGN_OR_RETURN(header.shape, Shape());
        has_shape = true;
      } else {
        return Fault(absl::StrCat("an unknown key '", Printable(key), "'"));
      }
      if (!Take(',')) {
        PAWL_RETURN_IF_ERROR(Expect('}'));
        break;
      }
    }
    Spaces();
    if (at_ != text_.size()) return Fault("text after the dictionary");
    if (!has_type || !has_order || !has_shape) return Fault("no descr, fortran_order or shape");
    return header;
  }

 private:
  absl::Status Fault(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat("its header has ", what));
  }
  void Spaces() {
    while (at_ < text_.size() && std::isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }
  bool Take(char c) {
    Spaces();
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  absl::Status Expect(char c) {
    return Take(c) ? absl::OkStatus()
                   : Fault(absl::StrCat("no '", std::string(1, c), "' at character ", at_));
  }
  absl::StatusOr<std::string> String() {
    Spaces();
    if (at_ >= text_.size() || (text_[at_] != '\'' && text_[at_] != '"')) {
      return Fault(absl::StrCat("no string at character ", at_));
    }
    const size_t end = text_.find(text_[at_], at_ + 1);
    if (end == absl::string_view::npos) return Fault("a string without an end");
    std::string value(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return value;
  }
  absl::StatusOr<DType> Type() {
    Spaces();
    if (at_ < text_.size() && text_[at_] == '[') {
      return absl::UnimplementedError("records are not supported; save each field by itself");
    }
    PAWL_ASSIGN_OR_RETURN(const std::string description, String());
    for (const Description& d : kDescriptions) {
      if (description == d.text) return d.dtype;
    }
    return absl::UnimplementedError(
        absl::StrCat("its type is '", Printable(description),
                     "'; Pawl reads little-endian floats, integers and bool: convert with astype"));
  }
  absl::StatusOr<bool> Bool() {
    Spaces();
    for (const absl::string_view word : {"True", "False"}) {
      if (text_.substr(at_, word.size()) == word) {
        at_ += word.size();
        return word == "True";
      }
    }
    return Fault("a fortran_order that is neither True nor False");
  }
  absl::StatusOr<std::vector<int64_t>> Shape() {
    std::vector<int64_t> shape;
    PAWL_RETURN_IF_ERROR(Expect('('));
    while (!Take(')')) {
      Spaces();
      const size_t begin = at_;
      while (at_ < text_.size() && std::isdigit(static_cast<unsigned char>(text_[at_]))) ++at_;
      int64_t dim = 0;
      if (!absl::SimpleAtoi(text_.substr(begin, at_ - begin), &dim)) return Fault("a bad shape");
      shape.push_back(dim);
      if (shape.size() > 64) return Fault("more than 64 dimensions");
      if (!Take(',')) {
        PAWL_RETURN_IF_ERROR(Expect(')'));
        break;
      }
    }
    return shape;
  }

  absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<NpyHeader> ReadNpyHeader(absl::Span<const uint8_t> start) {
  const absl::string_view text(reinterpret_cast<const char*>(start.data()), start.size());
  if (text.size() < 12 || text.substr(0, 6) != kMagic) {
    return absl::InvalidArgumentError("is no .npy: it does not begin as one");
  }
  const uint8_t major = start[6];
  if (major < 1 || major > 3) {
    return absl::InvalidArgumentError(
        absl::StrCat("is a .npy of version ", major, "; Pawl reads 1 to 3"));
  }
  uint64_t length = start[8] | uint64_t{start[9]} << 8;
  const uint64_t begin = major == 1 ? 10 : 12;
  if (major > 1) length |= uint64_t{start[10]} << 16 | uint64_t{start[11]} << 24;
  if (length > text.size() - begin) {
    return absl::InvalidArgumentError(
        absl::StrCat("has a header of ", length, " bytes, more than there are or Pawl reads"));
  }
  PAWL_ASSIGN_OR_RETURN(NpyHeader header, Parser(text.substr(begin, length)).Parse());
  header.data_offset = begin + length;
  PAWL_ASSIGN_OR_RETURN(const int64_t count,
                        CheckedNumElements(header.shape, DTypeSize(header.dtype)));
  header.data_bytes = static_cast<uint64_t>(count) * DTypeSize(header.dtype);
  return header;
}

absl::StatusOr<std::string> MakeNpyHeader(DType dtype, absl::Span<const int64_t> shape) {
  absl::string_view description;
  for (const Description& d : kDescriptions) {
    if (d.dtype == dtype) description = d.text;
  }
  if (description.empty()) {
    return absl::UnimplementedError(
        absl::StrCat("NumPy has no type for ", DTypeName(dtype), "; convert to f32 first"));
  }
  std::string dims;
  for (const int64_t dim : shape) absl::StrAppend(&dims, dim, shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) dims.resize(dims.size() - 2);
  std::string text = absl::StrCat("{'descr': '", description,
                                  "', 'fortran_order': False, 'shape': (", dims, "), }");
  // Spaces and a newline, so that the data is aligned to 64 bytes in a file of its own.
  text.append((64 - (10 + text.size() + 1) % 64) % 64, ' ');
  text.push_back('\n');
  if (text.size() > 0xFFFF) return absl::InvalidArgumentError("has too many dimensions for a .npy");
  std::string header(kMagic);
  header.push_back(1);
  header.push_back(0);
  header.push_back(static_cast<char>(text.size() & 0xFF));
  header.push_back(static_cast<char>(text.size() >> 8));
  return header + text;
}

}  // namespace pawl
