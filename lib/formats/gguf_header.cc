// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/gguf_header.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/gguf_value.h"

namespace pawl {
namespace {

// The least that a key and its value, and that an entry of the directory, take in the file.
constexpr uint64_t kLeastKey = 8 + 4 + 1;
constexpr uint64_t kLeastEntry = 8 + 4 + 4 + 8;

std::string Quoted(absl::string_view name) {
  return absl::StrCat("'", absl::CHexEscape(name.substr(0, 200)), "'");
}

// Reads through a buffer of its own, so that nobody can change a byte between checking and using.
class Cursor {
 public:
  explicit Cursor(const MappedFile& file) : file_(file) {}

  uint64_t position() const { return position_; }
  uint64_t rest() const { return file_.size() - position_; }

  absl::Status Bad(absl::string_view why) const {
    return absl::InvalidArgumentError(absl::StrCat(file_.path(), ": byte ", position_, ": ", why));
  }
  absl::Status EndsIn(absl::string_view what) const {
    return absl::DataLossError(
        absl::StrCat(file_.path(), ": the file ends at byte ", file_.size(), ", within ", what));
  }

  absl::Status Take(size_t size, absl::string_view what, std::string* out) {
    if (size > rest()) return EndsIn(what);
    const size_t old = out->size();
    out->resize(old + size);
    return Copy(absl::MakeSpan(reinterpret_cast<uint8_t*>(out->data()) + old, size));
  }

  template <typename T>
  absl::StatusOr<T> Take(absl::string_view what) {
    uint8_t bytes[sizeof(T)];
    if (sizeof(T) > rest()) return EndsIn(what);
    PAWL_RETURN_IF_ERROR(Copy(absl::MakeSpan(bytes)));
    return LoadGguf<T>(absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(T)));
  }

  absl::StatusOr<std::string> TakeString(uint64_t longest, absl::string_view what) {
    PAWL_ASSIGN_OR_RETURN(const uint64_t length, Take<uint64_t>(what));
    if (length > rest()) {
      return Bad(absl::StrCat(what, " of ", length, " bytes, of which the file has ", rest()));
    }
    if (length > longest) {
      return Bad(absl::StrCat(what, " of ", length, " bytes; at most ", longest, " are allowed"));
    }
    std::string text;
    PAWL_RETURN_IF_ERROR(Take(static_cast<size_t>(length), what, &text));
    return text;
  }

 private:
  absl::Status Copy(absl::Span<uint8_t> out) {
    size_t done = 0;
    while (done < out.size()) {
      if (position_ < begin_ || position_ - begin_ >= buffer_.size()) {
        begin_ = position_;
        buffer_.resize(static_cast<size_t>(std::min<uint64_t>(kBuffer, rest())));
        PAWL_RETURN_IF_ERROR(file_.Read(begin_, absl::MakeSpan(buffer_)));
      }
      const size_t at = static_cast<size_t>(position_ - begin_);
      const size_t count = std::min(out.size() - done, buffer_.size() - at);
      std::copy_n(buffer_.begin() + static_cast<std::ptrdiff_t>(at), count,
                  out.begin() + static_cast<std::ptrdiff_t>(done));
      done += count;
      position_ += count;
    }
    return absl::OkStatus();
  }

  static constexpr uint64_t kBuffer = 16384;
  const MappedFile& file_;
  uint64_t position_ = 0;
  uint64_t begin_ = 0;  // of the buffer
  std::vector<uint8_t> buffer_;
};

class HeaderReader {
 public:
  explicit HeaderReader(const MappedFile& file) : file_(file), cursor_(file) {}

  absl::StatusOr<GgufHeader> Read();

 private:
  absl::Status ReadStart();
  absl::Status ReadKey();
  absl::Status ReadValue(uint32_t kind, const std::string& key, int depth, std::string* bytes);
  absl::Status ReadArray(const std::string& key, int depth, std::string* bytes);
  absl::Status FindAlignment();
  absl::Status ReadEntry();
  absl::Status DescribeType(GgufEntry* entry);
  absl::Status PlaceEntries();
  absl::Status AtTensor(const GgufEntry& entry, absl::string_view why) const {
    return absl::InvalidArgumentError(
        absl::StrCat(file_.path(), ": tensor ", Quoted(entry.name), ": ", why));
  }

  const MappedFile& file_;
  Cursor cursor_;
  GgufHeader header_;
  uint64_t tensors_ = 0, keys_ = 0;
  absl::flat_hash_set<std::string> seen_;
};

absl::Status HeaderReader::ReadStart() {
  PAWL_ASSIGN_OR_RETURN(const uint32_t magic, cursor_.Take<uint32_t>("the magic number"));
  if (magic != kGgufMagic) {
    return absl::InvalidArgumentError(
        absl::StrCat(file_.path(), ": does not begin with 'GGUF', so it is no GGUF file"));
  }
  PAWL_ASSIGN_OR_RETURN(header_.version, cursor_.Take<uint32_t>("the version"));
  if ((header_.version & 0xFFFF) == 0 && header_.version != 0) {
    return absl::UnimplementedError(
        absl::StrCat(file_.path(), ": a big-endian GGUF file; Pawl reads little-endian ones"));
  }
  if (header_.version != 2 && header_.version != 3) {
    return absl::UnimplementedError(absl::StrCat(file_.path(), ": GGUF version ", header_.version,
                                                 "; Pawl reads versions 2 and 3"));
  }
  PAWL_ASSIGN_OR_RETURN(tensors_, cursor_.Take<uint64_t>("the number of tensors"));
  PAWL_ASSIGN_OR_RETURN(keys_, cursor_.Take<uint64_t>("the number of keys"));
  if (keys_ > cursor_.rest() / kLeastKey || tensors_ > cursor_.rest() / kLeastEntry) {
    return cursor_.Bad(absl::StrCat(tensors_, " tensors and ", keys_,
                                    " keys do not fit into a file of ", file_.size(), " bytes"));
  }
  return absl::OkStatus();
}

absl::Status HeaderReader::ReadArray(const std::string& key, int depth, std::string* bytes) {
  const std::string what = absl::StrCat("the value of key ", Quoted(key));
  if (depth >= kGgufMaxDepth)
    return cursor_.Bad(absl::StrCat(what, ": arrays are nested too deep"));
  const size_t head = bytes->size();
  PAWL_RETURN_IF_ERROR(cursor_.Take(12, what, bytes));
  const auto kind = LoadGguf<uint32_t>(absl::string_view(*bytes).substr(head));
  const auto count = LoadGguf<uint64_t>(absl::string_view(*bytes).substr(head + 4));
  const bool lists = kind == static_cast<uint32_t>(GgufKind::kString) ||
                     kind == static_cast<uint32_t>(GgufKind::kArray);
  if (GgufKindBytes(kind) == 0 && !lists) {  // also of a list without elements: it has no kind
    return cursor_.Bad(absl::StrCat(what, " has elements of the kind ", kind, ", which is none"));
  }
  const bool checked = kind == static_cast<uint32_t>(GgufKind::kBool) || lists;
  const uint64_t least = checked ? 1 : GgufKindBytes(kind);
  if (count > cursor_.rest() / least) {
    return cursor_.Bad(absl::StrCat(what, ": ", count, " elements in the ", cursor_.rest(),
                                    " bytes that are left"));
  }
  if (!checked) return cursor_.Take(static_cast<size_t>(count * least), what, bytes);
  for (uint64_t i = 0; i < count; ++i) {
    PAWL_RETURN_IF_ERROR(ReadValue(kind, key, depth + 1, bytes));
  }
  return absl::OkStatus();
}

absl::Status HeaderReader::ReadValue(uint32_t kind, const std::string& key, int depth,
                                     std::string* bytes) {
  const std::string what = absl::StrCat("the value of key ", Quoted(key));
  if (kind == static_cast<uint32_t>(GgufKind::kArray)) return ReadArray(key, depth, bytes);
  if (kind == static_cast<uint32_t>(GgufKind::kString)) {
    PAWL_ASSIGN_OR_RETURN(const std::string text, cursor_.TakeString(file_.size(), what));
    AppendGgufString(text, bytes);
    return absl::OkStatus();
  }
  const size_t size = GgufKindBytes(kind);
  if (size == 0) return cursor_.Bad(absl::StrCat(what, " has the kind ", kind, ", which is none"));
  PAWL_RETURN_IF_ERROR(cursor_.Take(size, what, bytes));
  if (kind == static_cast<uint32_t>(GgufKind::kBool) && static_cast<uint8_t>(bytes->back()) > 1) {
    return cursor_.Bad(absl::StrCat(what, " is neither true nor false"));
  }
  return absl::OkStatus();
}

absl::Status HeaderReader::ReadKey() {
  PAWL_ASSIGN_OR_RETURN(std::string key, cursor_.TakeString(kGgufMaxKey, "a key"));
  if (key.empty()) return cursor_.Bad("a key without a name");
  if (!seen_.insert(key).second) {
    return cursor_.Bad(absl::StrCat("the key ", Quoted(key), " comes twice"));
  }
  PAWL_ASSIGN_OR_RETURN(const uint32_t kind, cursor_.Take<uint32_t>("the kind of a value"));
  GgufValue value{static_cast<GgufKind>(kind), ""};
  PAWL_RETURN_IF_ERROR(ReadValue(kind, key, 0, &value.bytes));
  header_.metadata.emplace_back(std::move(key), std::move(value));
  return absl::OkStatus();
}

absl::Status HeaderReader::FindAlignment() {
  header_.alignment = kGgufDefaultAlignment;
  const GgufValue* value = FindGgufValue(header_.metadata, "general.alignment");
  if (value == nullptr) return absl::OkStatus();
  const std::optional<uint64_t> number =
      value->kind == GgufKind::kU32 ? value->Unsigned() : std::nullopt;
  if (!number.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat(file_.path(), ": general.alignment is of kind ",
                                                   GgufKindName(value->kind), "; it must be u32"));
  }
  header_.alignment = *number;
  const absl::Status status = CheckGgufAlignment(*number);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat(file_.path(), ": ", status.message()));
}

absl::Status HeaderReader::DescribeType(GgufEntry* entry) {
  entry->blocks = FindBlockFormatOfGgufType(entry->type);
  const GgufType* known = FindGgufType(entry->type);
  entry->type_name = entry->blocks != nullptr ? std::string(entry->blocks->name)
                     : known != nullptr       ? std::string(known->name)
                                              : absl::StrCat("type ", entry->type);
  for (int i = 0; i < kNumDTypes; ++i) {
    const auto dtype = static_cast<DType>(i);
    if (GgufTypeOf(dtype) == entry->type) entry->dtype = dtype;
  }
  const absl::StatusOr<std::optional<uint64_t>> size = GgufTensorBytes(entry->type, entry->shape);
  if (!size.ok()) return AtTensor(*entry, size.status().message());
  // Where the type is not known, PlaceEntries() finds the size.
  entry->size = size->value_or(0);
  return absl::OkStatus();
}

absl::Status HeaderReader::ReadEntry() {
  GgufEntry entry;
  PAWL_ASSIGN_OR_RETURN(entry.name, cursor_.TakeString(kGgufMaxKey, "a tensor's name"));
  if (!seen_.insert(entry.name).second) return AtTensor(entry, "the name comes twice");
  PAWL_ASSIGN_OR_RETURN(const uint32_t rank, cursor_.Take<uint32_t>("a tensor's rank"));
  if (rank > kGgufMaxDims) {
    return AtTensor(entry, absl::StrCat(rank, " dimensions; GGUF has at most ", kGgufMaxDims));
  }
  for (uint32_t i = 0; i < rank; ++i) {
    PAWL_ASSIGN_OR_RETURN(const uint64_t dim, cursor_.Take<uint64_t>("a tensor's dimensions"));
    if (dim >> 62 != 0) return AtTensor(entry, absl::StrCat("a dimension of ", dim));
    entry.shape.insert(entry.shape.begin(), static_cast<int64_t>(dim));
  }
  PAWL_ASSIGN_OR_RETURN(entry.type, cursor_.Take<uint32_t>("a tensor's type"));
  PAWL_ASSIGN_OR_RETURN(entry.offset, cursor_.Take<uint64_t>("a tensor's offset"));
  PAWL_RETURN_IF_ERROR(DescribeType(&entry));
  if (entry.offset % header_.alignment != 0) {
    return AtTensor(entry, absl::StrCat("its offset ", entry.offset, " is not a multiple of ",
                                        header_.alignment, ", the file's alignment"));
  }
  header_.entries.push_back(std::move(entry));
  return absl::OkStatus();
}

// Offsets become the file's; each tensor ends before the next begins and before the file ends.
absl::Status HeaderReader::PlaceEntries() {
  const uint64_t mask = header_.alignment - 1;
  const uint64_t data = (cursor_.position() + mask) & ~mask;
  const uint64_t room = data <= file_.size() ? file_.size() - data : 0;
  std::vector<GgufEntry*> order;
  order.reserve(header_.entries.size());
  for (GgufEntry& entry : header_.entries) order.push_back(&entry);
  std::stable_sort(order.begin(), order.end(), [](const GgufEntry* a, const GgufEntry* b) {
    return std::pair(a->offset, a->size) < std::pair(b->offset, b->size);
  });
  for (size_t i = 0; i < order.size(); ++i) {
    GgufEntry& entry = *order[i];
    if (entry.offset > room || entry.size > room - entry.offset) {
      return absl::DataLossError(absl::StrCat(
          file_.path(), ": tensor ", Quoted(entry.name), ": ", entry.size, " bytes at ",
          entry.offset, " of the data, of which the file has ", room, "; it may be cut short"));
    }
    const bool known = entry.blocks != nullptr || FindGgufType(entry.type) != nullptr;
    const uint64_t end = i + 1 < order.size() ? std::min(order[i + 1]->offset, room) : room;
    if (!known) entry.size = end - entry.offset;
    if (i + 1 < order.size() && entry.size > order[i + 1]->offset - entry.offset) {
      return AtTensor(entry, absl::StrCat("it lies over tensor ", Quoted(order[i + 1]->name)));
    }
  }
  // A tensor without elements may begin in padding that a short file lacks.
  for (GgufEntry& entry : header_.entries) {
    entry.offset = std::min(entry.offset + data, file_.size());
  }
  return absl::OkStatus();
}

absl::StatusOr<GgufHeader> HeaderReader::Read() {
  PAWL_RETURN_IF_ERROR(ReadStart());
  for (uint64_t i = 0; i < keys_; ++i) PAWL_RETURN_IF_ERROR(ReadKey());
  PAWL_RETURN_IF_ERROR(FindAlignment());
  seen_.clear();
  for (uint64_t i = 0; i < tensors_; ++i) PAWL_RETURN_IF_ERROR(ReadEntry());
  PAWL_RETURN_IF_ERROR(PlaceEntries());
  return std::move(header_);
}

}  // namespace

absl::StatusOr<GgufHeader> ReadGgufHeader(const MappedFile& file) {
  return HeaderReader(file).Read();
}

}  // namespace pawl
