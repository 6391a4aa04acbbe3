// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/imatrix_gguf.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "lib/core/status_macros.h"
#include "pawl/gguf.h"

namespace pawl {
namespace {

constexpr absl::string_view kSums = ".in_sum2", kCounts = ".counts";
constexpr uint32_t kTypeF32 = 0;
// Half of what the count's type holds: f32 has no more than that without going over.
constexpr int32_t kMostCalls = 1 << 30;

absl::Status Bad(const std::string& path, const std::string& name, absl::string_view what) {
  return absl::InvalidArgumentError(
      absl::StrCat("importance matrix '", path, "': '", name, "' ", what));
}

// f32 values of a tensor, none of them negative or not finite.
absl::StatusOr<std::vector<float>> Values(const GgufReader& reader, const std::string& name) {
  const GgufEntry* entry = reader.Find(name);
  if (entry == nullptr) return Bad(reader.path(), name, "is not there");
  if (entry->dtype != DType::kF32) return Bad(reader.path(), name, "is not F32");
  PAWL_ASSIGN_OR_RETURN(const Tensor tensor, reader.Read(*entry));
  const absl::Span<const float> values = tensor.as<float>();
  const bool good =
      std::all_of(values.begin(), values.end(), [](float v) { return v >= 0 && std::isfinite(v); });
  if (!good) return Bad(reader.path(), name, "has values that are negative or not finite");
  return std::vector<float>(values.begin(), values.end());
}

absl::StatusOr<ImatrixEntry> ReadEntry(const GgufReader& reader, const std::string& name) {
  ImatrixEntry entry;
  entry.name = name;
  PAWL_ASSIGN_OR_RETURN(entry.sums, Values(reader, absl::StrCat(name, kSums)));
  if (entry.sums.empty()) return Bad(reader.path(), name, "has no values");
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> counts,
                        Values(reader, absl::StrCat(name, kCounts)));
  if (counts.size() != 1) {
    return absl::UnimplementedError(absl::StrCat("importance matrix '", reader.path(), "': '", name,
                                                 "' is about ", counts.size(),
                                                 " experts; Pawl reads those of plain layers"));
  }
  if (counts[0] > static_cast<float>(kMostCalls)) {
    return Bad(reader.path(), name, "was met too often");
  }
  entry.calls = static_cast<int32_t>(counts[0]);
  return entry;
}

// 0 where it is not there, or no count.
int32_t Count(const GgufReader& reader, absl::string_view key) {
  const GgufValue* value = reader.Value(key);
  const uint64_t count = value != nullptr ? value->Unsigned().value_or(0) : 0;
  return static_cast<int32_t>(std::min<uint64_t>(count, std::numeric_limits<int32_t>::max()));
}

}  // namespace

absl::StatusOr<Imatrix> ParseGgufImatrix(absl::Span<const uint8_t> bytes,
                                         const std::string& source) {
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<GgufReader> reader,
                        GgufReader::OpenMemory(bytes, nullptr, source));
  const GgufValue* type = reader->Value("general.type");
  if (type == nullptr || type->Text().value_or("") != "imatrix") {
    return absl::InvalidArgumentError(
        absl::StrCat("'", source, "' is GGUF, but no importance matrix (general.type)"));
  }
  Imatrix imatrix;
  for (const GgufEntry& entry : reader->entries()) {
    if (!absl::EndsWith(entry.name, kSums)) continue;
    const std::string name(absl::StripSuffix(entry.name, kSums));
    if (name.empty()) return Bad(source, entry.name, "is about no tensor");
    PAWL_ASSIGN_OR_RETURN(ImatrixEntry read, ReadEntry(*reader, name));
    imatrix.entries.push_back(std::move(read));
  }
  const GgufValue* datasets = reader->Value("imatrix.datasets");
  const auto texts = datasets != nullptr ? datasets->Texts() : std::nullopt;
  imatrix.has_dataset = true;
  if (texts.has_value()) imatrix.dataset = absl::StrJoin(*texts, ", ");
  imatrix.chunks = Count(*reader, "imatrix.chunk_count");
  imatrix.chunk_size = Count(*reader, "imatrix.chunk_size");
  return imatrix;
}

absl::Status WriteGgufImatrix(const std::string& path, const Imatrix& imatrix) {
  if (imatrix.chunks < 0 || imatrix.chunk_size < 0) {
    return absl::InvalidArgumentError(absl::StrCat("importance matrix '", path,
                                                   "': ", imatrix.chunks, " chunks of ",
                                                   imatrix.chunk_size, " ids"));
  }
  const GgufMetadata metadata = {
      {"general.type", GgufValue::String("imatrix")},
      {"imatrix.datasets", GgufValue::Strings(std::vector<std::string>{imatrix.dataset})},
      {"imatrix.chunk_count", GgufValue::U32(static_cast<uint32_t>(imatrix.chunks))},
      {"imatrix.chunk_size", GgufValue::U32(static_cast<uint32_t>(imatrix.chunk_size))}};
  std::vector<GgufDeclaration> declarations;
  for (const ImatrixEntry& entry : imatrix.entries) {
    if (entry.calls > kMostCalls) return Bad(path, entry.name, "was met too often");
    const auto columns = static_cast<int64_t>(entry.sums.size());
    declarations.push_back({absl::StrCat(entry.name, kSums),
                            kTypeF32,
                            {1, columns},
                            entry.sums.size() * sizeof(float)});
    declarations.push_back({absl::StrCat(entry.name, kCounts), kTypeF32, {1, 1}, sizeof(float)});
  }
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<GgufWriter> writer,
                        GgufWriter::Create(path, metadata, declarations));
  for (const ImatrixEntry& entry : imatrix.entries) {
    const auto columns = static_cast<int64_t>(entry.sums.size());
    PAWL_ASSIGN_OR_RETURN(const Tensor sums, Tensor::FromValues<float>({1, columns}, entry.sums));
    const std::vector<float> calls = {static_cast<float>(entry.calls)};
    PAWL_ASSIGN_OR_RETURN(const Tensor counts, Tensor::FromValues<float>({1, 1}, calls));
    PAWL_RETURN_IF_ERROR(writer->Add(absl::StrCat(entry.name, kSums), sums));
    PAWL_RETURN_IF_ERROR(writer->Add(absl::StrCat(entry.name, kCounts), counts));
  }
  return writer->Finish();
}

}  // namespace pawl
