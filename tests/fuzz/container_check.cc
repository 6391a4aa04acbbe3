// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "container_check.h"

#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "lib/formats/container_format.h"
#include "pawl/container.h"

namespace pawl::fuzz {
namespace {

constexpr int64_t kMostElements = 1 << 16;

bool SameTensor(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.size_bytes() == 0 || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

// Of codes, and of what a part without elements is, the scheme and the tensor's shape say more than
// the file; the writer makes them as they should be.
bool SamePart(PawlPart part, const Tensor& a, const Tensor& b) {
  if (a.num_elements() == 0 && b.num_elements() == 0) return true;
  if (part != PawlPart::kCodes) return SameTensor(a, b);
  return a.dtype() == b.dtype() && a.size_bytes() == b.size_bytes() &&
         std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

bool SameQuantized(const QuantizedTensor& a, const QuantizedTensor& b) {
  // Bits of the floats: one may be NaN.
  bool same = a.scheme == b.scheme && a.shape == b.shape &&
              std::memcmp(&a.scale_offset, &b.scale_offset, sizeof(float)) == 0;
  for (const PawlPartInfo& part : QuantizedParts()) {
    same = same && SamePart(part.part, a.*part.member, b.*part.member);
  }
  return same;
}

void CheckDecoding(const QuantizedTensor& tensor) {
  if (tensor.num_elements() > kMostElements) return;
  std::vector<float> values(static_cast<size_t>(tensor.num_elements()));
  Succeeded(Dequantize(tensor, absl::MakeSpan(values)));
  std::vector<int16_t> codes(values.size());
  Succeeded(UnpackCodes(tensor, 0, absl::MakeSpan(codes)));
  SchemeString(tensor.scheme);
}

// Whether the writer takes a tensor that a reader gave: it must.
void Copy(const PawlReader& reader, const std::string& name, PawlWriter& writer, bool* whole) {
  const absl::StatusOr<PawlEntry> entry = reader.Entry(name);
  if (!Succeeded(entry.status())) {
    *whole = false;
    Succeeded(reader.Get(name).status());
    Succeeded(reader.GetPlain(name).status());
    return;
  }
  if (!entry->quantized) {
    PAWL_FUZZ_CHECK(!reader.Get(name).ok(), name);
    const absl::StatusOr<Tensor> tensor = reader.GetPlain(name);
    *whole = *whole && Succeeded(tensor.status());
    if (tensor.ok()) PAWL_FUZZ_CHECK(writer.AddPlain(name, *tensor).ok(), name);
    return;
  }
  PAWL_FUZZ_CHECK(!reader.GetPlain(name).ok(), name);
  const absl::StatusOr<QuantizedTensor> tensor = reader.Get(name);
  *whole = *whole && Succeeded(tensor.status());
  if (!tensor.ok()) return;
  PAWL_FUZZ_CHECK(tensor->Validate().ok(), name);
  CheckDecoding(*tensor);
  const absl::Status added = writer.Add(name, *tensor);
  PAWL_FUZZ_CHECK(added.ok(), added.ToString());
}

void CheckCopy(const PawlReader& reader, const MemoryBuffer& written) {
  const auto copy = PawlReader::OpenMemory(written.bytes());
  PAWL_FUZZ_CHECK(copy.ok(), copy.status().ToString());
  PAWL_FUZZ_CHECK((*copy)->Verify().ok(), (*copy)->Verify().ToString());
  PAWL_FUZZ_CHECK((*copy)->metadata() == reader.metadata(), "metadata");
  PAWL_FUZZ_CHECK((*copy)->names() == reader.names(), "names");
  for (const std::string& name : reader.names()) {
    if (reader.Entry(name)->quantized) {
      PAWL_FUZZ_CHECK(SameQuantized(*reader.Get(name), *(*copy)->Get(name)), name);
    } else {
      PAWL_FUZZ_CHECK(SameTensor(*reader.GetPlain(name), *(*copy)->GetPlain(name)), name);
    }
  }
}

std::shared_ptr<MemoryBuffer> Write(const PawlReader& reader, bool* whole) {
  auto sink = std::make_shared<MemoryBuffer>();
  auto writer = PawlWriter::CreateInSink(sink);
  PAWL_FUZZ_CHECK(writer.ok(), writer.status().ToString());
  for (const std::string& name : reader.names()) Copy(reader, name, **writer, whole);
  const absl::Status finished = (*writer)->Finish(reader.metadata());
  PAWL_FUZZ_CHECK(finished.ok(), finished.ToString());
  return sink;
}

}  // namespace

bool CheckContainer(absl::Span<const uint8_t> bytes) {
  absl::StatusOr<std::unique_ptr<PawlReader>> reader = absl::UnknownError("");
  {
    const AllocationLimit limit(bytes.size(), 16);
    reader = PawlReader::OpenMemory(bytes);
    if (reader.ok()) {
      for (const std::string& name : (*reader)->names()) {
        Succeeded((*reader)->Entry(name).status());
        Succeeded((*reader)->Get(name).status());
        Succeeded((*reader)->GetPlain(name).status());
        (*reader)->Release(name);
      }
    }
  }
  if (!Succeeded(reader.status())) return false;
  PAWL_FUZZ_CHECK(!(*reader)->Get("no such tensor, nor will there be").ok(), "found");
  Succeeded((*reader)->Verify());
  bool whole = true;
  const auto written = Write(**reader, &whole);
  if (!whole) return true;
  CheckCopy(**reader, *written);
  bool still = true;
  const auto copy = PawlReader::OpenMemory(written->bytes());
  PAWL_FUZZ_CHECK(Write(**copy, &still)->bytes() == written->bytes() && still,
                  "a file written twice differs");
  return true;
}

}  // namespace pawl::fuzz
