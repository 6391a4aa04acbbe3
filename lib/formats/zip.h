// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// As much of zip archives as .npz files have (PKWARE, APPNOTE.TXT): members stored or deflated,
// zip64 sizes; no encryption, no archives in parts.

#ifndef PAWL_LIB_FORMATS_ZIP_H_
#define PAWL_LIB_FORMATS_ZIP_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/formats/file_io.h"
#include "lib/formats/mapped_file.h"

namespace pawl {

struct ZipMember {
  std::string name;
  bool deflated = false;
  uint32_t crc = 0;
  uint64_t packed_bytes = 0;
  uint64_t bytes = 0;
  uint64_t offset = 0;  // of the packed data in the file
};

// The members of the archive, checked to lie in the file and to be of sizes that their packed bytes
// can have.
absl::StatusOr<std::vector<ZipMember>> ReadZipDirectory(const MappedFile& file);

// The first out.size() bytes of the member, or fewer where it has fewer: returns how many.
absl::StatusOr<size_t> ReadZipStart(const MappedFile& file, const ZipMember& member,
                                    absl::Span<uint8_t> out);

// Unpacks the member's bytes from `begin` on into out, which must have room for the rest, and
// checks all of them against its checksum.
absl::Status ReadZipMember(const MappedFile& file, const ZipMember& member, uint64_t begin,
                           absl::Span<uint8_t> out);

// Checksum of stored bytes.
uint32_t Crc32(uint32_t crc, absl::Span<const uint8_t> bytes);

// Writes stored members one after the other; Finish writes the directory.
class ZipWriter {
 public:
  explicit ZipWriter(OutputFile& out) : out_(out) {}
  // `parts` one after another are the member.
  absl::Status Add(const std::string& name, absl::Span<const absl::Span<const uint8_t>> parts);
  absl::Status Finish();

 private:
  struct Written {
    std::string name;
    uint32_t crc;
    uint64_t bytes, offset;
  };
  OutputFile& out_;
  std::vector<Written> members_;
};

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_ZIP_H_
