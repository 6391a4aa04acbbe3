// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <string>

#include "lib/core/status_macros.h"
#include "lib/formats/zip.h"

namespace pawl {
namespace {

void Put(std::string& out, uint64_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>(value >> (8 * i) & 0xFF));
}

absl::Span<const uint8_t> BytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

// Version to extract, flags, method (stored), time and date: 1980-01-01, so that equal contents
// give equal files.
void PutCommon(std::string& out, uint32_t crc) {
  Put(out, 45, 2);
  Put(out, 0, 2);
  Put(out, 0, 2);
  Put(out, 0, 2);
  Put(out, 0x21, 2);
  Put(out, crc, 4);
}

// Sizes always in the zip64 field: numpy.savez does so as well.
void PutExtra(std::string& out, uint64_t bytes) {
  Put(out, 1, 2);
  Put(out, 16, 2);
  Put(out, bytes, 8);
  Put(out, bytes, 8);
}

}  // namespace

absl::Status ZipWriter::Add(const std::string& name,
                            absl::Span<const absl::Span<const uint8_t>> parts) {
  Written written{name, 0, 0, out_.position()};
  for (const auto part : parts) {
    written.crc = Crc32(written.crc, part);
    written.bytes += part.size();
  }
  std::string header;
  Put(header, 0x04034b50, 4);
  PutCommon(header, written.crc);
  Put(header, 0xFFFFFFFF, 4);
  Put(header, 0xFFFFFFFF, 4);
  Put(header, name.size(), 2);
  Put(header, 20, 2);
  header += name;
  PutExtra(header, written.bytes);
  PAWL_RETURN_IF_ERROR(out_.Append(BytesOf(header)));
  for (const auto part : parts) PAWL_RETURN_IF_ERROR(out_.Append(part));
  members_.push_back(std::move(written));
  return absl::OkStatus();
}

absl::Status ZipWriter::Finish() {
  const uint64_t begin = out_.position();
  std::string directory;
  for (const Written& m : members_) {
    Put(directory, 0x02014b50, 4);
    Put(directory, 45, 2);
    PutCommon(directory, m.crc);
    Put(directory, 0xFFFFFFFF, 4);
    Put(directory, 0xFFFFFFFF, 4);
    Put(directory, m.name.size(), 2);
    Put(directory, 28, 2);
    Put(directory, 0, 2);  // comment
    Put(directory, 0, 2);  // disk
    Put(directory, 0, 2);  // internal attributes
    Put(directory, 0, 4);  // external ones
    Put(directory, 0xFFFFFFFF, 4);
    directory += m.name;
    Put(directory, 1, 2);
    Put(directory, 24, 2);
    Put(directory, m.bytes, 8);
    Put(directory, m.bytes, 8);
    Put(directory, m.offset, 8);
  }
  const uint64_t bytes = directory.size(), end = begin + bytes;
  Put(directory, 0x06064b50, 4);
  Put(directory, 44, 8);
  Put(directory, 45, 2);
  Put(directory, 45, 2);
  Put(directory, 0, 4);
  Put(directory, 0, 4);
  Put(directory, members_.size(), 8);
  Put(directory, members_.size(), 8);
  Put(directory, bytes, 8);
  Put(directory, begin, 8);
  Put(directory, 0x07064b50, 4);
  Put(directory, 0, 4);
  Put(directory, end, 8);
  Put(directory, 1, 4);
  Put(directory, 0x06054b50, 4);
  Put(directory, 0, 2);
  Put(directory, 0, 2);
  Put(directory, 0xFFFF, 2);
  Put(directory, 0xFFFF, 2);
  Put(directory, 0xFFFFFFFF, 4);
  Put(directory, 0xFFFFFFFF, 4);
  Put(directory, 0, 2);
  return out_.Append(BytesOf(directory));
}

}  // namespace pawl
