// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/container_format.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "lib/formats/hash.h"

namespace pawl {
namespace {

constexpr char kMagic[] = "PAWLFILE";
constexpr size_t kHashedPreamble = 56;

void Store(uint8_t* to, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) to[i] = static_cast<uint8_t>(value >> (8 * i));
}

uint64_t Load(const uint8_t* from, int bytes) {
  uint64_t value = 0;
  for (int i = bytes - 1; i >= 0; --i) value = value << 8 | from[i];
  return value;
}

constexpr PawlPartInfo kParts[] = {
    {PawlPart::kCodes, "codes", &QuantizedTensor::codes},
    {PawlPart::kScales, "scales", &QuantizedTensor::scales},
    {PawlPart::kOffsets, "offsets", &QuantizedTensor::offsets},
    {PawlPart::kSuperScales, "super_scales", &QuantizedTensor::super_scales},
    {PawlPart::kSuperOffsets, "super_offsets", &QuantizedTensor::super_offsets},
    {PawlPart::kLevels, "levels", &QuantizedTensor::levels},
    {PawlPart::kScaleLevels, "scale_levels", &QuantizedTensor::scale_levels},
    {PawlPart::kGroupIndex, "group_index", &QuantizedTensor::group_index},
    {PawlPart::kOutlierColumns, "outlier_columns", &QuantizedTensor::outlier_columns},
    {PawlPart::kOutlierValues, "outlier_values", &QuantizedTensor::outlier_values},
    {PawlPart::kInputScale, "input_scale", &QuantizedTensor::input_scale},
    {PawlPart::kRotationSigns, "rotation_signs", &QuantizedTensor::rotation_signs},
};

}  // namespace

std::array<uint8_t, kPreambleSize> EncodePreamble(const PawlPreamble& preamble) {
  std::array<uint8_t, kPreambleSize> bytes = {};
  std::memcpy(bytes.data(), kMagic, 8);
  Store(&bytes[8], static_cast<uint64_t>(preamble.major), 2);
  Store(&bytes[10], static_cast<uint64_t>(preamble.minor), 2);
  Store(&bytes[16], preamble.header_offset, 8);
  Store(&bytes[24], preamble.header_size, 8);
  Store(&bytes[32], preamble.file_size, 8);
  Store(&bytes[40], preamble.header_hash, 8);
  Store(&bytes[56], HashBytes(absl::MakeConstSpan(bytes).first(kHashedPreamble)), 8);
  return bytes;
}

absl::StatusOr<PawlPreamble> DecodePreamble(absl::Span<const uint8_t> bytes, uint64_t file_size,
                                            const std::string& path) {
  if (bytes.size() < kPreambleSize || std::memcmp(bytes.data(), kMagic, 8) != 0) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a .pawl file"));
  }
  if (HashBytes(bytes.first(kHashedPreamble)) != Load(&bytes[56], 8)) {
    return absl::DataLossError(absl::StrCat(path, ": the preamble (bytes 0 to 63) is damaged"));
  }
  PawlPreamble preamble;
  preamble.major = static_cast<int>(Load(&bytes[8], 2));
  preamble.minor = static_cast<int>(Load(&bytes[10], 2));
  preamble.header_offset = Load(&bytes[16], 8);
  preamble.header_size = Load(&bytes[24], 8);
  preamble.file_size = Load(&bytes[32], 8);
  preamble.header_hash = Load(&bytes[40], 8);
  if (preamble.major != kPawlMajor) {
    return absl::UnimplementedError(
        absl::StrCat(path, ": this is a .pawl file of format ", preamble.major, ".", preamble.minor,
                     "; this library reads format ", kPawlMajor, ": use a library of that format"));
  }
  if (preamble.file_size != file_size) {
    return absl::DataLossError(absl::StrCat(path, ": the file has ", file_size, " bytes, but ",
                                            preamble.file_size,
                                            " were written; it was cut short or added to"));
  }
  // After the checks above only a file made with evil intent gets here with wrong numbers.
  if (preamble.header_offset < kPreambleSize || preamble.header_offset % kAlignment != 0 ||
      preamble.header_offset > file_size || preamble.header_size > kMaxPawlHeader ||
      preamble.header_size != file_size - preamble.header_offset) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": the preamble places the header at byte ", preamble.header_offset, " with ",
        preamble.header_size, " bytes; it must end the file of ", file_size));
  }
  return preamble;
}

absl::Span<const PawlPartInfo> QuantizedParts() { return kParts; }

std::string PartName(uint8_t role) {
  if (role == static_cast<uint8_t>(PawlPart::kData)) return "data";
  for (const PawlPartInfo& info : kParts) {
    if (static_cast<uint8_t>(info.part) == role) return std::string(info.name);
  }
  if (role >= kFirstPackedPart && role < kFirstPackedPart + kNumPackedParts) {
    return absl::StrCat("packed ",
                        PackedPartName(static_cast<PackedPart>(role - kFirstPackedPart)));
  }
  return absl::StrCat("part ", role);
}

}  // namespace pawl
