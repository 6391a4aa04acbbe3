// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Small .pawl files and what takes them apart.

#ifndef PAWL_TESTS_FORMATS_CONTAINER_TEST_UTIL_H_
#define PAWL_TESTS_FORMATS_CONTAINER_TEST_UTIL_H_

#include <cstring>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "lib/formats/container_format.h"
#include "lib/formats/hash.h"
#include "pawl/container.h"
#include "tests/formats/file_io_test_util.h"

namespace pawl::testing {

inline void Fill(Tensor& tensor, uint8_t step) {
  auto* bytes = static_cast<uint8_t*>(tensor.mutable_data());
  for (size_t i = 0; i < tensor.size_bytes(); ++i) bytes[i] = static_cast<uint8_t>(i * step + 1);
}

// A tensor of `scheme` whose codes and parameters are not all zero where any value is valid.
inline QuantizedTensor MakeQuantized(const Scheme& scheme, std::vector<int64_t> shape) {
  auto tensor = QuantizedTensor::Create(scheme, shape);
  REQUIRE(tensor.ok());
  if (scheme.element.kind != ElementKind::kTernary) {
    QuantizedTensor filled = *tensor;
    filled.codes = *tensor->codes.Clone();
    Fill(filled.codes, 37);
    if (filled.Validate().ok()) tensor->codes = filled.codes;
  }
  Fill(tensor->scales, 11);
  Fill(tensor->offsets, 13);
  REQUIRE(tensor->Validate().ok());
  return *std::move(tensor);
}

inline void CheckSame(const Tensor& a, const Tensor& b) {
  CHECK(a.dtype() == b.dtype());
  CHECK(a.shape() == b.shape());
  REQUIRE(a.size_bytes() == b.size_bytes());
  CHECK((a.empty() || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0));
}

inline void CheckSame(const QuantizedTensor& a, const QuantizedTensor& b) {
  CHECK(a.scheme == b.scheme);
  CHECK(a.shape == b.shape);
  CHECK(a.scale_offset == b.scale_offset);
  for (const PawlPartInfo& info : QuantizedParts()) {
    CAPTURE(std::string(info.name));
    CheckSame(a.*info.member, b.*info.member);
  }
}

// A small file with two quantized tensors and two plain ones, its metadata set.
inline PawlMetadata SmallMetadata() {
  return {{{"name", "small"}, {"licence", "Apache-2.0"}}, R"({"version":1})", "xxh3-128:00"};
}
inline void WriteSmall(const std::string& path) {
  auto writer = PawlWriter::Create(path);
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Add("first", MakeQuantized(*ParseScheme("int4:g32"), {3, 40})).ok());
  REQUIRE((*writer)->AddPlain("bias", *Tensor::FromValues<float>({3}, {1.0f, -2.0f, 0.5f})).ok());
  REQUIRE((*writer)->Add("second", MakeQuantized(*ParseScheme("codebook2"), {2, 5})).ok());
  REQUIRE((*writer)->AddPlain("empty", *Tensor::Create(DType::kI64, {2, 0})).ok());
  REQUIRE((*writer)->Finish(SmallMetadata()).ok());
}
inline std::string SmallFile() {
  const TempDir dir;
  WriteSmall(dir.File("small.pawl"));
  return Slurp(dir.File("small.pawl"));
}

inline PawlPreamble PreambleOf(const std::string& file) {
  return *DecodePreamble(Bytes(file).first(kPreambleSize), file.size(), "test");
}

// The file with this preamble and correct hashes of header and preamble.
inline std::string WithPreamble(std::string file, PawlPreamble preamble) {
  preamble.header_hash = HashBytes(Bytes(file).subspan(preamble.header_offset));
  preamble.file_size = file.size();
  preamble.header_size = file.size() - preamble.header_offset;
  const auto bytes = EncodePreamble(preamble);
  std::memcpy(file.data(), bytes.data(), bytes.size());
  return file;
}

// Reads whatever can be read; for files that may be hostile.
inline size_t Exercise(const PawlReader& reader) {
  size_t good = 0;
  for (const std::string& name : reader.names()) {
    good += reader.Entry(name).ok();
    if (auto tensor = reader.Get(name); tensor.ok()) {
      std::vector<float> values(static_cast<size_t>(tensor->num_elements()));
      good += Dequantize(*tensor, absl::MakeSpan(values)).ok();
    }
    if (auto tensor = reader.GetPlain(name); tensor.ok()) good += tensor->Clone().ok();
    reader.Release(name);
  }
  return good + reader.Verify().ok();
}

}  // namespace pawl::testing

#endif  // PAWL_TESTS_FORMATS_CONTAINER_TEST_UTIL_H_
