// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/imatrix.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/formats/imatrix_gguf.h"
#include "lib/formats/mapped_file.h"

namespace pawl {
namespace {

static_assert(std::endian::native == std::endian::little);

constexpr int32_t kLongestName = 4096;
constexpr absl::string_view kMagic = "GGUF";

class Parser {
 public:
  Parser(absl::Span<const uint8_t> bytes, absl::string_view source)
      : bytes_(bytes), source_(source) {}

  absl::StatusOr<Imatrix> Parse() {
    Imatrix result;
    PAWL_ASSIGN_OR_RETURN(const int32_t count, Count("number of entries"));
    // An entry has at least its three counts and a letter.
    if (static_cast<uint64_t>(count) * 13 > Left()) return Bad("ends before its last entry");
    std::set<std::string> names;
    for (int32_t i = 0; i < count; ++i) {
      PAWL_ASSIGN_OR_RETURN(ImatrixEntry entry, Entry());
      if (!names.insert(entry.name).second) {
        return Bad(absl::StrCat("has two entries for '", entry.name, "'"));
      }
      result.entries.push_back(std::move(entry));
    }
    if (Left() == 0) return result;
    result.has_dataset = true;
    PAWL_ASSIGN_OR_RETURN(result.chunks, Count("number of chunks"));
    PAWL_ASSIGN_OR_RETURN(result.dataset, Text("name of the data set", true));
    if (Left() > 0) return Bad(absl::StrCat("has ", Left(), " bytes too many"));
    return result;
  }

 private:
  uint64_t Left() const { return bytes_.size() - at_; }

  absl::Status Bad(absl::string_view what) const {
    return absl::InvalidArgumentError(
        absl::StrCat(source_, ": the importance matrix ", what, " (at byte ", at_, ")"));
  }

  absl::StatusOr<int32_t> Count(absl::string_view what) {
    int32_t value = 0;
    if (Left() < sizeof value) return Bad(absl::StrCat("ends before the ", what));
    std::memcpy(&value, bytes_.data() + at_, sizeof value);
    if (value < 0) return Bad(absl::StrCat("has ", value, " as the ", what));
    at_ += sizeof value;
    return value;
  }

  absl::StatusOr<std::string> Text(absl::string_view what, bool may_be_empty) {
    PAWL_ASSIGN_OR_RETURN(const int32_t length, Count(absl::StrCat("length of the ", what)));
    if (static_cast<uint64_t>(length) > Left() || (length > kLongestName && !may_be_empty)) {
      return Bad(absl::StrCat("has a length of ", length, " for the ", what));
    }
    if (length == 0 && !may_be_empty) return Bad(absl::StrCat("has an empty ", what));
    const auto* begin = reinterpret_cast<const char*>(bytes_.data() + at_);
    at_ += static_cast<size_t>(length);
    return std::string(begin, static_cast<size_t>(length));
  }

  absl::StatusOr<ImatrixEntry> Entry() {
    ImatrixEntry entry;
    PAWL_ASSIGN_OR_RETURN(entry.name, Text("name", false));
    PAWL_ASSIGN_OR_RETURN(entry.calls, Count(absl::StrCat("calls of '", entry.name, "'")));
    PAWL_ASSIGN_OR_RETURN(const int32_t count, Count(absl::StrCat("size of '", entry.name, "'")));
    const uint64_t size = static_cast<uint64_t>(count) * sizeof(float);
    if (count == 0 || size > Left()) {
      return Bad(absl::StrCat("has a size of ", count, " for '", entry.name, "'"));
    }
    entry.sums.resize(static_cast<size_t>(count));
    std::memcpy(entry.sums.data(), bytes_.data() + at_, static_cast<size_t>(size));
    for (const float sum : entry.sums) {
      if (sum >= 0.0f && std::isfinite(sum)) continue;
      return Bad(absl::StrCat("holds ", sum, " in '", entry.name, "'"));
    }
    at_ += static_cast<size_t>(size);
    return entry;
  }

  absl::Span<const uint8_t> bytes_;
  absl::string_view source_;
  size_t at_ = 0;
};

void AppendBytes(const void* from, size_t size, std::string* to) {
  to->append(static_cast<const char*>(from), size);
}

void AppendCount(size_t value, std::string* to) {
  const auto count = static_cast<int32_t>(value);
  AppendBytes(&count, sizeof count, to);
}

}  // namespace

std::vector<float> ImatrixEntry::Importance() const {
  std::vector<float> mean = sums;
  if (calls <= 0) return mean;
  for (float& value : mean) value /= static_cast<float>(calls);
  return mean;
}

const ImatrixEntry* Imatrix::Find(absl::string_view name) const {
  const auto it = std::find_if(entries.begin(), entries.end(),
                               [&](const ImatrixEntry& entry) { return entry.name == name; });
  return it != entries.end() ? &*it : nullptr;
}

absl::StatusOr<Imatrix> ParseImatrix(absl::Span<const uint8_t> bytes, absl::string_view source) {
  if (bytes.size() >= kMagic.size() &&
      std::memcmp(bytes.data(), kMagic.data(), kMagic.size()) == 0) {
    return ParseGgufImatrix(bytes, std::string(source));
  }
  return Parser(bytes, source).Parse();
}

absl::StatusOr<std::string> FormatImatrix(const Imatrix& imatrix) {
  constexpr size_t kMost = std::numeric_limits<int32_t>::max();
  std::string out;
  AppendCount(imatrix.entries.size(), &out);
  for (const ImatrixEntry& entry : imatrix.entries) {
    if (entry.sums.size() > kMost || entry.calls < 0) {
      return absl::InvalidArgumentError(
          absl::StrCat("the importance matrix cannot hold '", entry.name, "'"));
    }
    AppendCount(entry.name.size(), &out);
    out += entry.name;
    AppendCount(static_cast<size_t>(entry.calls), &out);
    AppendCount(entry.sums.size(), &out);
    AppendBytes(entry.sums.data(), entry.sums.size() * sizeof(float), &out);
  }
  if (imatrix.has_dataset) {
    AppendBytes(&imatrix.chunks, sizeof imatrix.chunks, &out);
    AppendCount(imatrix.dataset.size(), &out);
    out += imatrix.dataset;
  }
  // What cannot be read is not written.
  const absl::Span<const uint8_t> bytes(reinterpret_cast<const uint8_t*>(out.data()), out.size());
  PAWL_RETURN_IF_ERROR(ParseImatrix(bytes, "writing").status());
  return out;
}

absl::StatusOr<Imatrix> ReadImatrix(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const MappedFile> file, MappedFile::Open(path));
  std::vector<uint8_t> bytes(static_cast<size_t>(file->size()));
  PAWL_RETURN_IF_ERROR(file->Read(0, absl::MakeSpan(bytes)));
  return ParseImatrix(bytes, path);
}

absl::Status WriteImatrix(const std::string& path, const Imatrix& imatrix) {
  PAWL_ASSIGN_OR_RETURN(const std::string text, FormatImatrix(imatrix));  // checks it for both
  if (absl::EndsWith(path, ".gguf")) return WriteGgufImatrix(path, imatrix);
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(path));
  PAWL_RETURN_IF_ERROR(file->Append(
      absl::MakeConstSpan(reinterpret_cast<const uint8_t*>(text.data()), text.size())));
  return file->Commit();
}

}  // namespace pawl
