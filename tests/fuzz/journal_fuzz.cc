// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The journal of a job that was interrupted: a byte, then either the file as it is (even) or
// entries, kind and size of the payload a byte each, that become a journal with right hashes (odd),
// and its last byte is cut off by chance. What is read is read again after going on with it.

#include <cstring>
#include <string>
#include <vector>

#include "fuzz.h"
#include "lib/formats/hash.h"
#include "lib/formats/journal_file.h"
#include "lib/pipeline/job_identity.h"
#include "scratch_folder.h"

namespace pawl::fuzz {
namespace {

template <typename T>
void Append(std::vector<uint8_t>& file, const T& value) {
  const auto* bytes = reinterpret_cast<const uint8_t*>(&value);
  file.insert(file.end(), bytes, bytes + sizeof value);
}

void AppendEntry(Input& input, std::vector<uint8_t>& file) {
  const uint32_t kind = input.Byte();
  const std::vector<uint8_t> payload = input.Bytes(input.Byte());
  const uint64_t size = input.Rarely() ? input.Number(8) : payload.size();
  Hasher hasher;
  std::vector<uint8_t> head;
  Append(head, kind);
  Append(head, uint64_t{payload.size()});
  hasher.Update(head);
  hasher.Update(payload);
  Append(file, uint32_t{input.Rarely() ? 0u : 0x4A575041u});
  Append(file, kind);
  Append(file, size);
  Append(file, hasher.Digest());
  file.insert(file.end(), payload.begin(), payload.end());
}

std::vector<uint8_t> Entries(Input& input) {
  const std::string magic = "PAWLJRNL";
  std::vector<uint8_t> file(magic.begin(), magic.end());
  while (!input.empty()) AppendEntry(input, file);
  if (!file.empty() && file.back() % 4 == 0) file.pop_back();
  return file;
}

bool Same(const JournalContent& a, const JournalContent& b, size_t entries) {
  for (size_t i = 0; i < entries; ++i) {
    if (a.entries[i].kind != b.entries[i].kind || a.entries[i].payload != b.entries[i].payload) {
      return false;
    }
  }
  return true;
}

// Going on with it keeps what is whole, and only that.
void CheckGoingOn(const std::string& path, const JournalContent& found) {
  {
    const auto journal = JournalFile::Open(path, found.bytes);
    PAWL_FUZZ_CHECK(journal.ok(), journal.status().ToString());
    PAWL_FUZZ_CHECK((*journal)->Append(7, "one more").ok(), path);
  }
  const auto again = JournalFile::Read(path);
  PAWL_FUZZ_CHECK(again.ok(), again.status().ToString());
  const size_t before = found.entries.size();
  PAWL_FUZZ_CHECK(again->entries.size() == before + 1 && Same(*again, found, before), path);
  PAWL_FUZZ_CHECK(again->entries.back().payload == "one more", path);
}

void Check(absl::Span<const uint8_t> file) {
  static const ScratchFolder folder;
  const std::string path = folder.Write("journal", file);
  absl::StatusOr<JournalContent> content = absl::UnknownError("");
  {
    const AllocationLimit limit(file.size(), 8);
    content = JournalFile::Read(path);
  }
  if (!Succeeded(content.status())) return;
  PAWL_FUZZ_CHECK(content->bytes <= file.size(), "more than the file");
  PAWL_FUZZ_CHECK(content->bytes == 0 ||
                      content->bytes == JournalFile::SizeOf(*content, content->entries.size()),
                  "the size is not that of the entries");
  for (const JournalEntry& entry : content->entries) {
    // A job's identity, as the first entry has it.
    const auto identity = JobIdentity::FromJson(entry.payload, path);
    if (!Succeeded(identity.status())) continue;
    const auto again = JobIdentity::FromJson(identity->ToJson(), path);
    PAWL_FUZZ_CHECK(again.ok() && again->ToJson() == identity->ToJson(), entry.payload);
    PAWL_FUZZ_CHECK(Differences(*identity, *again).empty(), entry.payload);
  }
  if (content->bytes != 0) CheckGoingOn(path, *content);
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(journal) {
  if (bytes.empty()) return;
  pawl::fuzz::Input input(bytes.subspan(1));
  if (bytes.front() % 2 == 0) {
    pawl::fuzz::Check(input.rest());
  } else {
    pawl::fuzz::Check(pawl::fuzz::Entries(input));
  }
}
