// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Whole safetensors files: what opens gives tensors, writes back, and reads to the same.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"
#include "pawl/byte_sink.h"
#include "pawl/safetensors.h"

namespace pawl::fuzz {
namespace {

using Reader = std::unique_ptr<SafetensorsReader>;

// The length in front made right: up to the brace that closes the first, so that a change to the
// header need not hit the length too.
std::vector<uint8_t> Repaired(absl::Span<const uint8_t> bytes) {
  std::vector<uint8_t> out(bytes.begin(), bytes.end());
  if (out.size() < 9) return {};
  int depth = 0;
  bool text = false;
  uint64_t length = out.size() - 8;
  for (size_t i = 8; i < out.size(); ++i) {
    if (text) {
      if (out[i] == '\\')
        ++i;
      else if (out[i] == '"')
        text = false;
      continue;
    }
    text = out[i] == '"';
    depth += out[i] == '{' ? 1 : out[i] == '}' ? -1 : 0;
    if (depth > 0 || out[i] != '}') continue;
    length = i - 7;
    break;
  }
  if (std::memcmp(out.data(), &length, sizeof(length)) == 0) return {};
  std::memcpy(out.data(), &length, sizeof(length));
  return out;
}

// Every way to the tensors; true where all of them have a type of Pawl's.
bool ReadAll(const SafetensorsReader& reader) {
  bool all = true;
  for (const SafetensorsEntry& entry : reader.entries()) {
    PAWL_FUZZ_CHECK(reader.Find(entry.name) == &entry, entry.name);
    const absl::StatusOr<Tensor> view = reader.Get(entry);
    const absl::StatusOr<Tensor> copy = reader.Read(entry.name);
    PAWL_FUZZ_CHECK(view.status() == copy.status(), entry.name);
    if (!Succeeded(view.status())) {
      PAWL_FUZZ_CHECK(absl::IsUnimplemented(view.status()) || entry.shape.size() > 0,
                      view.status().ToString());
      all = false;
      continue;
    }
    PAWL_FUZZ_CHECK(view->size_bytes() == entry.size && view->shape() == entry.shape, entry.name);
    PAWL_FUZZ_CHECK(entry.size == 0 || std::memcmp(view->data(), copy->data(), entry.size) == 0,
                    entry.name);
    std::vector<uint8_t> piece(entry.size / 2);
    PAWL_FUZZ_CHECK(reader.ReadBytes(entry, entry.size / 3, absl::MakeSpan(piece)).ok(),
                    entry.name);
    PAWL_FUZZ_CHECK(!reader.ReadBytes(entry, entry.size + 1, absl::MakeSpan(piece)).ok(),
                    entry.name);
    reader.Release(entry);
  }
  return all;
}

std::shared_ptr<MemoryBuffer> WriteAll(const SafetensorsReader& reader) {
  std::vector<SafetensorsDeclaration> declarations;
  for (const SafetensorsEntry& entry : reader.entries()) {
    declarations.push_back({entry.name, *entry.dtype, entry.shape});
  }
  auto sink = std::make_shared<MemoryBuffer>();
  auto writer = SafetensorsWriter::CreateInSink(sink, declarations, reader.metadata());
  PAWL_FUZZ_CHECK(writer.ok(), writer.status().ToString());
  for (const SafetensorsEntry& entry : reader.entries()) {
    const absl::Status added = (*writer)->Add(entry.name, *reader.Get(entry));
    PAWL_FUZZ_CHECK(added.ok(), added.ToString());
  }
  const absl::Status finished = (*writer)->Finish();
  PAWL_FUZZ_CHECK(finished.ok(), finished.ToString());
  return sink;
}

void CheckSame(const SafetensorsReader& a, const SafetensorsReader& b) {
  PAWL_FUZZ_CHECK(a.entries().size() == b.entries().size() && a.metadata() == b.metadata(), "");
  for (const SafetensorsEntry& entry : a.entries()) {
    const SafetensorsEntry* other = b.Find(entry.name);
    PAWL_FUZZ_CHECK(other != nullptr && other->dtype == entry.dtype && other->shape == entry.shape,
                    entry.name);
    const Tensor x = *a.Read(entry), y = *b.Read(*other);
    PAWL_FUZZ_CHECK(x.size_bytes() == 0 || std::memcmp(x.data(), y.data(), x.size_bytes()) == 0,
                    entry.name);
  }
}

bool Open(absl::Span<const uint8_t> bytes) {
  absl::StatusOr<Reader> reader = absl::UnknownError("");
  {
    const AllocationLimit limit(bytes.size(), 32);
    reader = SafetensorsReader::OpenMemory(bytes);
  }
  if (!Succeeded(reader.status())) return false;
  if (!ReadAll(**reader)) return true;
  const auto written = WriteAll(**reader);
  const auto again = SafetensorsReader::OpenMemory(written->bytes(), written);
  PAWL_FUZZ_CHECK(again.ok(), again.status().ToString());
  CheckSame(**reader, **again);
  const auto twice = WriteAll(**again);
  PAWL_FUZZ_CHECK(written->bytes() == twice->bytes(), "a file written twice differs");
  return true;
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(safetensors) {
  if (pawl::fuzz::Open(bytes)) return;
  const std::vector<uint8_t> repaired = pawl::fuzz::Repaired(bytes);
  if (!repaired.empty()) pawl::fuzz::Open(repaired);
}
