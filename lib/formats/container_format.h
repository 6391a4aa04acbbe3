// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The parts of a .pawl file that are not a FlatBuffer, and the header's content as plain structs.

#ifndef PAWL_LIB_FORMATS_CONTAINER_FORMAT_H_
#define PAWL_LIB_FORMATS_CONTAINER_FORMAT_H_

#include <array>
#include <bit>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "lib/core/packed_form.h"
#include "pawl/container.h"
#include "pawl/quantized_tensor.h"
#include "pawl/tensor.h"

namespace pawl {

static_assert(std::endian::native == std::endian::little,
              "sections are used in place and are little-endian");

inline constexpr int kPawlMajor = 1;
// Written: the least that a file needs, 1 where it has packed layers.
inline constexpr int kPawlMinor = 1;

// Bytes, all little-endian; the same in every version, so that any reader can name the version of
// any file:
//    0  8  "PAWLFILE"
//    8  2  major version      10  2  minor version      12  4  zero
//   16  8  header's offset    24  8  header's size      32  8  file's size
//   40  8  XXH3-64 of the header
//   48  8  zero
//   56  8  XXH3-64 of bytes 0 to 55
inline constexpr size_t kPreambleSize = 64;

struct PawlPreamble {
  int major = kPawlMajor;
  int minor = 0;
  uint64_t header_offset = 0;
  uint64_t header_size = 0;
  uint64_t file_size = 0;
  uint64_t header_hash = 0;
};

std::array<uint8_t, kPreambleSize> EncodePreamble(const PawlPreamble& preamble);

// Checks magic, hash, major version, and that the header ends a file of `file_size` bytes.
absl::StatusOr<PawlPreamble> DecodePreamble(absl::Span<const uint8_t> bytes, uint64_t file_size,
                                            const std::string& path);

// What bounds a header: far above any model, far below what FlatBuffers can hold (2 GiB).
inline constexpr uint64_t kMaxPawlHeader = uint64_t{1} << 30;
inline constexpr size_t kMaxPawlName = 4096;
inline constexpr size_t kMaxPawlRank = 64;

enum class PawlTensorKind : uint8_t { kPlain = 0, kQuantized = 1, kPacked = 2 };

// Values stand in files: never renumber.
enum class PawlPart : uint8_t {
  kData = 0,  // of a plain tensor
  kCodes = 1,
  kScales = 2,
  kOffsets = 3,
  kSuperScales = 4,
  kSuperOffsets = 5,
  kLevels = 6,
  kScaleLevels = 7,
  kGroupIndex = 8,
  kOutlierColumns = 9,
  kOutlierValues = 10,
  kInputScale = 11,
  kRotationSigns = 12,
  // From kFirstPackedPart on: PackedPart. A packed layer has those, or a quantized tensor's and
  // kBias where it runs on that.
};
inline PawlPart PartOf(PackedPart part) {
  return static_cast<PawlPart>(kFirstPackedPart + static_cast<uint8_t>(part));
}

struct PawlPartInfo {
  PawlPart part;
  absl::string_view name;
  Tensor QuantizedTensor::*member;
};

// The parts of a quantized tensor in the order in which they are written, codes first.
absl::Span<const PawlPartInfo> QuantizedParts();
// "codes"; "part 77" for what this version does not know.
std::string PartName(uint8_t role);

// True for the value that stands for an absent part.
inline bool IsAbsent(const Tensor& part) {
  return part.dtype() == DType::kF32 && part.shape() == std::vector<int64_t>{0};
}

struct PawlSection {
  uint64_t offset = 0;
  uint64_t size = 0;
  uint64_t hash = 0;
};

struct PawlPartRecord {
  PawlPart part = PawlPart::kData;
  DType dtype = DType::kF32;
  std::vector<int64_t> shape;
  uint32_t section = 0;
};

struct PawlTensorRecord {
  std::string name;
  std::vector<int64_t> shape;
  PawlTensorKind kind = PawlTensorKind::kPlain;
  Scheme scheme;
  float scale_offset = 0.0f;
  std::vector<PawlPartRecord> parts;
  PackedKind packed_kind = PackedKind::kLinear;
  PackedForm packed = {};  // numbers and options of a packed layer
};

constexpr uint64_t PawlAlign(uint64_t offset) {
  return (offset + kAlignment - 1) / kAlignment * kAlignment;
}

// The header as bytes, the same for the same content.
absl::StatusOr<std::string> EncodePawlHeader(absl::Span<const PawlTensorRecord> tensors,
                                             absl::Span<const PawlSection> sections,
                                             const PawlMetadata& metadata);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_CONTAINER_FORMAT_H_
