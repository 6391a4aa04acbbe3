// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/safetensors_header.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/safetensors_json.h"

namespace pawl {
namespace {

// Names, widths and order of the Dtype of the reference implementation; its writer places tensors
// by this order, last first.
constexpr SafetensorsDTypeName kDTypes[] = {
    {"BOOL", 8, DType::kBool},
    {"F4", 4, std::nullopt},
    {"F6_E2M3", 6, std::nullopt},
    {"F6_E3M2", 6, std::nullopt},
    {"U8", 8, DType::kU8},
    {"I8", 8, DType::kI8},
    {"F8_E5M2", 8, DType::kE5M2},
    {"F8_E4M3", 8, DType::kE4M3},
    {"F8_E8M0", 8, DType::kE8M0},
    {"I16", 16, DType::kI16},
    {"F8_E4M3FNUZ", 8, std::nullopt},
    {"U16", 16, DType::kU16},
    {"F8_E5M2FNUZ", 8, std::nullopt},
    {"F16", 16, DType::kF16},
    {"BF16", 16, DType::kBF16},
    {"I32", 32, DType::kI32},
    {"U32", 32, DType::kU32},
    {"F32", 32, DType::kF32},
    {"C64", 64, std::nullopt},
    {"F64", 64, DType::kF64},
    {"I64", 64, DType::kI64},
    {"U64", 64, DType::kU64},
};

// More than any framework can hold; it keeps what a header costs in memory near its own size.
constexpr size_t kMaxRank = 64;

class HeaderEvents : public JsonEvents {
 public:
  // Offsets count from the start of the tensors' bytes until CheckTiling() has seen them.
  SafetensorsHeader header;

 protected:
  bool Value(Kind kind) override {
    switch (depth()) {
      case 0:
        return kind == Kind::kObject || Fail("the header is not a JSON object");
      case 1:
        if (place_ == Place::kMetadata && (kind == Kind::kObject || kind == Kind::kNull)) {
          return true;
        }
        if (place_ == Place::kTensor && kind == Kind::kObject) return true;
        return Fail(absl::StrCat("'", Subject(), "' is not an object"));
      case 2:
        return place_ == Place::kMetadata ? Metadata(kind) : Field(kind);
      case 3:
        return field_ == FieldKind::kOther || Number(kind);
      default:
        return field_ == FieldKind::kOther || Fail(Wrong());
    }
  }

  bool Key(std::string name) override {
    if (depth() == 1) return TopKey(std::move(name));
    if (depth() != 2) return field_ == FieldKind::kOther || Fail(Wrong());
    if (place_ == Place::kMetadata) {
      if (header.metadata.count(name) != 0) {
        return Fail(absl::StrCat("__metadata__ has the key '", name, "' twice"));
      }
      key_ = std::move(name);
      return true;
    }
    field_ = name == "dtype"          ? FieldKind::kDType
             : name == "shape"        ? FieldKind::kShape
             : name == "data_offsets" ? FieldKind::kOffsets
                                      : FieldKind::kOther;
    const unsigned bit = 1u << static_cast<unsigned>(field_);
    if (field_ != FieldKind::kOther && (seen_ & bit) != 0) {
      return Fail(absl::StrCat("tensor '", Subject(), "' has the key '", name, "' twice"));
    }
    seen_ |= bit;
    return true;
  }

  bool End() override {
    if (depth() != 1 || place_ != Place::kTensor) return true;
    const unsigned all = 1u << static_cast<unsigned>(FieldKind::kDType) |
                         1u << static_cast<unsigned>(FieldKind::kShape) |
                         1u << static_cast<unsigned>(FieldKind::kOffsets);
    if ((seen_ & all) != all) {
      return Fail(absl::StrCat("tensor '", Subject(), "' lacks dtype, shape or data_offsets"));
    }
    if (num_offsets_ != 2) return Fail(Wrong());
    return true;
  }

 private:
  enum class Place { kMetadata, kTensor };
  enum class FieldKind { kDType = 0, kShape = 1, kOffsets = 2, kOther = 3 };

  std::string Subject() const {
    return place_ == Place::kMetadata ? "__metadata__" : header.entries.back().name;
  }
  std::string Wrong() const {
    return absl::StrCat("tensor '", Subject(), "' must have a dtype (text), a shape (up to ",
                        kMaxRank, " non-negative integers) and data_offsets (two of them)");
  }

  bool TopKey(std::string name) {
    if (!names_.insert(name).second) {
      return Fail(absl::StrCat("the header has '", name, "' twice"));
    }
    if (name == "__metadata__") {
      place_ = Place::kMetadata;
      return true;
    }
    place_ = Place::kTensor;
    header.entries.emplace_back();
    header.entries.back().name = std::move(name);
    field_ = FieldKind::kOther;
    seen_ = 0;
    num_offsets_ = 0;
    return true;
  }

  bool Metadata(Kind kind) {
    if (kind != Kind::kString) {
      return Fail(absl::StrCat("__metadata__ '", key_, "' is not text"));
    }
    header.metadata[key_] = TakeString();
    return true;
  }

  bool Field(Kind kind) {
    switch (field_) {
      case FieldKind::kDType:
        if (kind != Kind::kString) return Fail(Wrong());
        header.entries.back().dtype_name = TakeString();
        return true;
      case FieldKind::kShape:
      case FieldKind::kOffsets:
        return kind == Kind::kArray || Fail(Wrong());
      case FieldKind::kOther:
        return true;  // the reference ignores fields that it does not know
    }
    return false;
  }

  bool Number(Kind kind) {
    SafetensorsEntry& entry = header.entries.back();
    if (kind != Kind::kUnsigned) return Fail(Wrong());
    if (field_ == FieldKind::kShape) {
      if (entry.shape.size() == kMaxRank ||
          unsigned_value() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
        return Fail(Wrong());
      }
      entry.shape.push_back(static_cast<int64_t>(unsigned_value()));
      return true;
    }
    if (field_ != FieldKind::kOffsets || num_offsets_ == 2) return Fail(Wrong());
    (num_offsets_ == 0 ? entry.offset : entry.size) = unsigned_value();
    ++num_offsets_;
    return true;
  }

  Place place_ = Place::kMetadata;
  FieldKind field_ = FieldKind::kOther;
  unsigned seen_ = 0;
  int num_offsets_ = 0;
  std::string key_;
  absl::flat_hash_set<std::string> names_;
};

// The number of bytes that type and shape ask for, with the reference's rule: the plain product
// from left to right must not overflow, even where a later dimension is 0.
absl::StatusOr<uint64_t> BytesOf(const SafetensorsEntry& entry, int bits) {
  uint64_t product = 1;
  bool overflow = false;
  for (const int64_t dim : entry.shape) {
    overflow |= __builtin_mul_overflow(product, static_cast<uint64_t>(dim), &product);
  }
  if (overflow || __builtin_mul_overflow(product, static_cast<uint64_t>(bits), &product)) {
    return absl::InvalidArgumentError(
        absl::StrCat("shape ", ShapeString(entry.shape), " overflows"));
  }
  if (product % 8 != 0) {
    return absl::InvalidArgumentError(absl::StrCat("shape ", ShapeString(entry.shape), " of ", bits,
                                                   "-bit elements is not a whole number of bytes"));
  }
  return product / 8;
}

// Here `size` still holds the end offset; on return offsets count from the start of the file.
absl::Status CheckTiling(uint64_t data_size, uint64_t data_start, const std::string& file_name,
                         std::vector<SafetensorsEntry>& entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const SafetensorsEntry& a, const SafetensorsEntry& b) {
                     return std::tie(a.offset, a.size) < std::tie(b.offset, b.size);
                   });
  uint64_t start = 0;
  for (SafetensorsEntry& entry : entries) {
    const auto error = [&](absl::string_view what) {
      return absl::InvalidArgumentError(absl::StrCat(file_name, ": tensor '", entry.name,
                                                     "' at byte ", data_start, "+", entry.offset,
                                                     ": ", what));
    };
    const uint64_t end = entry.size;
    if (entry.offset != start) {
      return error(absl::StrCat("leaves a hole or overlaps its neighbour, which ends at ",
                                data_start, "+", start));
    }
    if (end < entry.offset) return error(absl::StrCat("ends before it begins, at ", end));
    if (end > data_size) {
      return error(absl::StrCat("ends at ", data_start, "+", end, ", but the file has only ",
                                data_size, " bytes of tensors"));
    }
    entry.size = end - entry.offset;
    if (const SafetensorsDTypeName* known = FindSafetensorsDType(entry.dtype_name)) {
      entry.dtype = known->dtype;
      const absl::StatusOr<uint64_t> needed = BytesOf(entry, known->bits);
      if (!needed.ok()) return error(needed.status().message());
      if (*needed != entry.size) {
        return error(absl::StrCat("has ", entry.size, " bytes, but ", entry.dtype_name, " ",
                                  ShapeString(entry.shape), " needs ", *needed));
      }
    }
    entry.offset += data_start;
    start = end;
  }
  if (start == data_size) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(file_name, ": the tensors end at byte ",
                                                 data_start + start, ", but the file has ",
                                                 data_size - start, " bytes more"));
}

// Takes the "weight_map" of an index and skips the rest.
class IndexEvents : public JsonEvents {
 public:
  std::map<std::string, std::string> weight_map;
  bool found = false;

 protected:
  bool Value(Kind kind) override {
    if (depth() == 0) return kind == Kind::kObject || Fail("the index is not a JSON object");
    if (!inside_) return true;
    if (depth() == 1) return kind == Kind::kObject || Fail("weight_map is not an object");
    if (kind != Kind::kString) {
      return Fail(absl::StrCat("weight_map '", key_, "' is not a file name"));
    }
    std::string shard = TakeString();
    if (shard.empty() || shard == "." || shard == ".." || shard.find('/') != std::string::npos ||
        shard.find('\0') != std::string::npos) {
      return Fail(absl::StrCat("tensor '", key_, "' is said to be in '", shard,
                               "'; a shard must be a plain file name in the index's folder"));
    }
    weight_map[key_] = std::move(shard);
    return true;
  }

  bool Key(std::string name) override {
    if (depth() == 1) {
      inside_ = name == "weight_map";
      if (inside_ && std::exchange(found, true)) return Fail("the index has weight_map twice");
    } else if (depth() == 2 && inside_) {
      if (weight_map.count(name) != 0) {
        return Fail(absl::StrCat("weight_map has the tensor '", name, "' twice"));
      }
      key_ = std::move(name);
    }
    return true;
  }

 private:
  bool inside_ = false;
  std::string key_;
};

}  // namespace

const SafetensorsDTypeName* FindSafetensorsDType(absl::string_view name) {
  for (const SafetensorsDTypeName& known : kDTypes) {
    if (known.name == name) return &known;
  }
  return nullptr;
}

const SafetensorsDTypeName* FindSafetensorsDType(DType dtype) {
  for (const SafetensorsDTypeName& known : kDTypes) {
    if (known.dtype == dtype) return &known;
  }
  return nullptr;
}

absl::StatusOr<SafetensorsHeader> ParseSafetensorsHeader(absl::string_view json, uint64_t data_size,
                                                         const std::string& file_name) {
  // The parser would skip a byte order mark or white space; the format wants a brace.
  if (json.empty() || json.front() != '{') {
    return absl::InvalidArgumentError(
        absl::StrCat(file_name, ": byte 8: the header does not begin with '{'"));
  }
  HeaderEvents events;
  PAWL_RETURN_IF_ERROR(events.Parse(json, file_name, 8));
  PAWL_RETURN_IF_ERROR(CheckTiling(data_size, 8 + json.size(), file_name, events.header.entries));
  return std::move(events.header);
}

absl::StatusOr<std::map<std::string, std::string>> ParseSafetensorsIndex(
    absl::string_view json, const std::string& file_name) {
  IndexEvents events;
  PAWL_RETURN_IF_ERROR(events.Parse(json, file_name, 0));
  if (!events.found || events.weight_map.empty()) {
    return absl::InvalidArgumentError(absl::StrCat(
        file_name, ": no weight_map with tensors in it; is this a safetensors index?"));
  }
  return std::move(events.weight_map);
}

absl::StatusOr<std::string> JsonString(const std::string& text) {
  try {
    return nlohmann::json(text).dump();
  } catch (const nlohmann::json::exception&) {  // the library's answer to text that is not UTF-8
    return absl::InvalidArgumentError(
        absl::StrCat("the text of ", text.size(), " bytes is not UTF-8, which JSON needs"));
  }
}

}  // namespace pawl
