// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Whole GGUF files: what opens gives its tensors, writes back, and reads to the same.

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"
#include "pawl/byte_sink.h"
#include "pawl/gguf.h"

namespace pawl::fuzz {
namespace {

void ReadAll(const GgufReader& reader) {
  for (const auto& [key, value] : reader.metadata()) {
    PAWL_FUZZ_CHECK(value.ToString() != "invalid", key);
    (void)value.Unsigned();
    (void)value.Texts();
    (void)value.Integers();
  }
  for (const GgufEntry& entry : reader.entries()) {
    PAWL_FUZZ_CHECK(reader.Find(entry.name) == &entry, entry.name);
    const absl::StatusOr<Tensor> plain = reader.Get(entry);
    if (Succeeded(plain.status())) {
      PAWL_FUZZ_CHECK(plain->size_bytes() == entry.size, entry.name);
      PAWL_FUZZ_CHECK(plain->shape() == entry.shape, entry.name);
    }
    const absl::StatusOr<QuantizedTensor> coded = reader.GetQuantized(entry);
    if (Succeeded(coded.status())) {
      PAWL_FUZZ_CHECK(coded->Validate().ok(), entry.name);
      std::vector<uint8_t> blocks(entry.size), bytes(entry.size);
      PAWL_FUZZ_CHECK(reader.ReadBytes(entry, 0, absl::MakeSpan(bytes)).ok(), entry.name);
      PAWL_FUZZ_CHECK(EncodeBlocks(*entry.blocks, *coded, absl::MakeSpan(blocks)).ok(), entry.name);
      PAWL_FUZZ_CHECK(blocks == bytes, entry.name);
    }
    std::vector<uint8_t> none;
    PAWL_FUZZ_CHECK(!reader.ReadBytes(entry, entry.size + 1, absl::MakeSpan(none)).ok(),
                    entry.name);
    reader.Release(entry);
  }
}

// Null where the writer's rules are narrower than the reader's: long names.
std::shared_ptr<MemoryBuffer> WriteAll(const GgufReader& reader) {
  std::vector<GgufDeclaration> declarations;
  for (const GgufEntry& entry : reader.entries()) {
    if (entry.name.empty() || entry.name.size() > 63) return nullptr;
    declarations.push_back({entry.name, entry.type, entry.shape, entry.size});
  }
  auto sink = std::make_shared<MemoryBuffer>();
  auto writer = GgufWriter::CreateInSink(sink, reader.metadata(), declarations);
  PAWL_FUZZ_CHECK(writer.ok(), writer.status().ToString());
  for (const GgufEntry& entry : reader.entries()) {
    std::vector<uint8_t> bytes(entry.size);
    PAWL_FUZZ_CHECK(reader.ReadBytes(entry, 0, absl::MakeSpan(bytes)).ok(), entry.name);
    const absl::Status added = (*writer)->Append(entry.name, bytes);
    PAWL_FUZZ_CHECK(added.ok(), added.ToString());
  }
  const absl::Status finished = (*writer)->Finish();
  PAWL_FUZZ_CHECK(finished.ok(), finished.ToString());
  return sink;
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(gguf) {
  using namespace pawl::fuzz;  // NOLINT(google-build-using-namespace)
  absl::StatusOr<std::unique_ptr<pawl::GgufReader>> reader = absl::UnknownError("");
  {
    const AllocationLimit limit(bytes.size(), 64);
    reader = pawl::GgufReader::OpenMemory(bytes);
  }
  if (!Succeeded(reader.status())) return;
  ReadAll(**reader);
  const auto written = WriteAll(**reader);
  if (written == nullptr) return;
  const auto again = pawl::GgufReader::OpenMemory(written->bytes(), written);
  PAWL_FUZZ_CHECK(again.ok(), again.status().ToString());
  PAWL_FUZZ_CHECK((*again)->entries().size() == (*reader)->entries().size(), "");
  const auto twice = WriteAll(**again);
  PAWL_FUZZ_CHECK(written->bytes() == twice->bytes(), "a file written twice differs");
}
