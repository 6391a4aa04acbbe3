// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/zip.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "pawl/text.h"
#include "zlib.h"

namespace pawl {
namespace {

constexpr uint32_t kLocal = 0x04034b50, kCentral = 0x02014b50, kEnd = 0x06054b50;
constexpr uint32_t kEnd64 = 0x06064b50, kEnd64Locator = 0x07064b50;
constexpr size_t kLocalBytes = 30, kCentralBytes = 46, kEndBytes = 22, kLocatorBytes = 20;
constexpr size_t kEnd64Bytes = 56;
// Deflate's best: 258 bytes from two bits.
constexpr uint64_t kMostGrowth = 1040;
constexpr size_t kChunk = 65536;

uint64_t Number(absl::Span<const uint8_t> bytes, size_t at, size_t size) {
  uint64_t value = 0;
  for (size_t i = 0; i < size; ++i) value |= uint64_t{bytes[at + i]} << (8 * i);
  return value;
}

absl::Status Bad(const MappedFile& file, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(file.path(), ": not a valid .npz: ", what));
}

absl::StatusOr<std::vector<uint8_t>> ReadAt(const MappedFile& file, uint64_t offset,
                                            uint64_t size) {
  if (offset > file.size() || size > file.size() - offset) {
    return Bad(file, absl::StrCat("needs ", size, " bytes at byte ", offset, ", the file ends at ",
                                  file.size()));
  }
  std::vector<uint8_t> bytes(size);
  PAWL_RETURN_IF_ERROR(file.Read(offset, absl::MakeSpan(bytes)));
  return bytes;
}

struct Directory {
  uint64_t entries = 0, bytes = 0, offset = 0;
};

absl::StatusOr<Directory> FindDirectory(const MappedFile& file) {
  const uint64_t tail_bytes = std::min<uint64_t>(file.size(), kEndBytes + 0xFFFF);
  const uint64_t tail_at = file.size() - tail_bytes;
  PAWL_ASSIGN_OR_RETURN(const std::vector<uint8_t> tail, ReadAt(file, tail_at, tail_bytes));
  for (size_t back = kEndBytes; back <= tail.size(); ++back) {
    const size_t at = tail.size() - back;
    if (Number(tail, at, 4) != kEnd) continue;
    Directory d{Number(tail, at + 10, 2), Number(tail, at + 12, 4), Number(tail, at + 16, 4)};
    if (d.entries != 0xFFFF && d.bytes != 0xFFFFFFFF && d.offset != 0xFFFFFFFF) return d;
    if (at < kLocatorBytes || Number(tail, at - kLocatorBytes, 4) != kEnd64Locator) return d;
    PAWL_ASSIGN_OR_RETURN(const std::vector<uint8_t> end64,
                          ReadAt(file, Number(tail, at - kLocatorBytes + 8, 8), kEnd64Bytes));
    if (Number(end64, 0, 4) != kEnd64) return Bad(file, "its zip64 directory is not where it says");
    return Directory{Number(end64, 32, 8), Number(end64, 40, 8), Number(end64, 48, 8)};
  }
  return Bad(file, "there is no directory at its end");
}

// Sizes and offset that did not fit into 32 bits are in an extra field, in this order.
absl::Status ReadExtra64(const MappedFile& file, absl::Span<const uint8_t> extra, ZipMember& m) {
  for (size_t at = 0; at + 4 <= extra.size();) {
    const uint64_t id = Number(extra, at, 2), size = Number(extra, at + 2, 2);
    at += 4;
    if (size > extra.size() - at) return Bad(file, "an extra field is too long");
    if (id == 1) {
      size_t next = at;
      for (uint64_t* field : {&m.bytes, &m.packed_bytes, &m.offset}) {
        if (*field != 0xFFFFFFFF) continue;
        if (next + 8 > at + size) return Bad(file, "a zip64 field is too short");
        *field = Number(extra, next, 8);
        next += 8;
      }
    }
    at += size;
  }
  return absl::OkStatus();
}

// m.offset is the local header's; afterwards the data's.
absl::Status FindData(const MappedFile& file, ZipMember& m) {
  PAWL_ASSIGN_OR_RETURN(const std::vector<uint8_t> local, ReadAt(file, m.offset, kLocalBytes));
  if (Number(local, 0, 4) != kLocal) {
    return Bad(file,
               absl::StrCat("the member '", Printable(m.name), "' is not at byte ", m.offset));
  }
  m.offset += kLocalBytes + Number(local, 26, 2) + Number(local, 28, 2);
  if (m.offset > file.size() || m.packed_bytes > file.size() - m.offset) {
    return Bad(file, absl::StrCat("the member '", Printable(m.name), "' goes beyond the end"));
  }
  const uint64_t most = m.deflated ? m.packed_bytes * kMostGrowth + 64 : m.packed_bytes;
  if (m.bytes > most || (!m.deflated && m.bytes != m.packed_bytes)) {
    return Bad(file, absl::StrCat("the member '", Printable(m.name), "' claims ", m.bytes,
                                  " bytes from ", m.packed_bytes));
  }
  return absl::OkStatus();
}

// Calls sink(bytes) for pieces of the unpacked member until it returns false or all is there.
template <typename Sink>
absl::Status Inflate(const MappedFile& file, const ZipMember& m, Sink sink) {
  z_stream stream;
  std::memset(&stream, 0, sizeof stream);
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) {
    return absl::ResourceExhaustedError(absl::StrCat(file.path(), ": no memory to inflate"));
  }
  struct Guard {
    z_stream* stream;
    ~Guard() { inflateEnd(stream); }
  } guard{&stream};
  std::vector<uint8_t> in(kChunk), out(kChunk);
  uint64_t read = 0;
  for (int code = Z_OK; code != Z_STREAM_END;) {
    if (stream.avail_in == 0 && read < m.packed_bytes) {
      const uint64_t size = std::min<uint64_t>(kChunk, m.packed_bytes - read);
      PAWL_RETURN_IF_ERROR(file.Read(m.offset + read, absl::MakeSpan(in).subspan(0, size)));
      read += size;
      stream.next_in = in.data();
      stream.avail_in = static_cast<uInt>(size);
    }
    stream.next_out = out.data();
    stream.avail_out = static_cast<uInt>(out.size());
    code = inflate(&stream, Z_NO_FLUSH);
    const size_t got = out.size() - stream.avail_out;
    const bool stuck =
        got == 0 && code != Z_STREAM_END && read == m.packed_bytes && stream.avail_in == 0;
    if ((code != Z_OK && code != Z_STREAM_END && code != Z_BUF_ERROR) || stuck) {
      return absl::DataLossError(
          absl::StrCat(file.path(), ": the member '", Printable(m.name), "' cannot be inflated"));
    }
    if (got > 0 && !sink(absl::MakeConstSpan(out).subspan(0, got))) return absl::OkStatus();
  }
  return absl::OkStatus();
}

}  // namespace

uint32_t Crc32(uint32_t crc, absl::Span<const uint8_t> bytes) {
  while (!bytes.empty()) {
    const size_t piece = std::min<size_t>(bytes.size(), size_t{1} << 30);
    crc = static_cast<uint32_t>(crc32(crc, bytes.data(), static_cast<uInt>(piece)));
    bytes.remove_prefix(piece);
  }
  return crc;
}

absl::StatusOr<std::vector<ZipMember>> ReadZipDirectory(const MappedFile& file) {
  PAWL_ASSIGN_OR_RETURN(const Directory directory, FindDirectory(file));
  PAWL_ASSIGN_OR_RETURN(const std::vector<uint8_t> bytes,
                        ReadAt(file, directory.offset, directory.bytes));
  std::vector<ZipMember> members;
  size_t at = 0;
  for (uint64_t i = 0; i < directory.entries; ++i) {
    if (bytes.size() - at < kCentralBytes || Number(bytes, at, 4) != kCentral) {
      return Bad(file, absl::StrCat("entry ", i, " of its directory is cut off"));
    }
    const uint64_t flags = Number(bytes, at + 8, 2), method = Number(bytes, at + 10, 2);
    const size_t name = Number(bytes, at + 28, 2), extra = Number(bytes, at + 30, 2);
    const size_t comment = Number(bytes, at + 32, 2);
    ZipMember m;
    m.crc = static_cast<uint32_t>(Number(bytes, at + 16, 4));
    m.packed_bytes = Number(bytes, at + 20, 4);
    m.bytes = Number(bytes, at + 24, 4);
    m.offset = Number(bytes, at + 42, 4);
    at += kCentralBytes;
    if (bytes.size() - at < name + extra + comment) return Bad(file, "its directory is cut off");
    m.name.assign(reinterpret_cast<const char*>(bytes.data()) + at, name);
    if ((flags & 1) != 0 || (method != 0 && method != 8)) {
      return absl::UnimplementedError(
          absl::StrCat(file.path(), ": the member '", Printable(m.name),
                       "' is neither stored nor deflated, or encrypted; save it with numpy.savez"));
    }
    m.deflated = method == 8;
    PAWL_RETURN_IF_ERROR(
        ReadExtra64(file, absl::MakeConstSpan(bytes).subspan(at + name, extra), m));
    PAWL_RETURN_IF_ERROR(FindData(file, m));
    at += name + extra + comment;
    members.push_back(std::move(m));
  }
  return members;
}

absl::StatusOr<size_t> ReadZipStart(const MappedFile& file, const ZipMember& m,
                                    absl::Span<uint8_t> out) {
  const size_t wanted = std::min<uint64_t>(out.size(), m.bytes);
  if (!m.deflated) {
    PAWL_RETURN_IF_ERROR(file.Read(m.offset, out.subspan(0, wanted)));
    return wanted;
  }
  size_t filled = 0;
  PAWL_RETURN_IF_ERROR(Inflate(file, m, [&](absl::Span<const uint8_t> piece) {
    const size_t take = std::min(piece.size(), wanted - filled);
    if (take > 0) std::memcpy(out.data() + filled, piece.data(), take);
    filled += take;
    return filled < wanted;
  }));
  return filled;
}

absl::Status ReadZipMember(const MappedFile& file, const ZipMember& m, uint64_t begin,
                           absl::Span<uint8_t> out) {
  uint64_t at = 0;
  uint32_t crc = 0;
  bool too_long = false;
  const auto take = [&](absl::Span<const uint8_t> piece) {
    too_long |= piece.size() > m.bytes - at;
    if (too_long) return false;
    crc = Crc32(crc, piece);
    const uint64_t skip = at < begin ? std::min<uint64_t>(begin - at, piece.size()) : 0;
    const uint64_t to = at + skip - begin;
    if (skip < piece.size() && to < out.size()) {
      std::memcpy(out.data() + to, piece.data() + skip,
                  std::min<uint64_t>(piece.size() - skip, out.size() - to));
    }
    at += piece.size();
    return true;
  };
  if (m.deflated) {
    PAWL_RETURN_IF_ERROR(Inflate(file, m, take));
  } else {
    std::vector<uint8_t> buffer(std::min<uint64_t>(kChunk, m.bytes));
    while (at < m.bytes) {
      const auto piece =
          absl::MakeSpan(buffer).subspan(0, std::min<uint64_t>(kChunk, m.bytes - at));
      PAWL_RETURN_IF_ERROR(file.Read(m.offset + at, piece));
      take(piece);
    }
  }
  if (too_long || at != m.bytes || crc != m.crc) {
    return absl::DataLossError(
        absl::StrCat(file.path(), ": the member '", Printable(m.name),
                     "' does not have the size and checksum that it should"));
  }
  return absl::OkStatus();
}

}  // namespace pawl
