// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// .pawl files whose hashes and FlatBuffer are right and whose fields are hostile: schemes, shapes,
// types, parts and sections that contradict one another.

#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include "container_check.h"
#include "lib/formats/container_format.h"
#include "lib/formats/hash.h"

namespace pawl::fuzz {
namespace {

constexpr int64_t kDims[] = {1,
                             2,
                             3,
                             4,
                             8,
                             16,
                             32,
                             64,
                             0,
                             5,
                             31,
                             256,
                             257,
                             1024,
                             4096,
                             -1,
                             int64_t{1} << 31,
                             int64_t{1} << 40,
                             int64_t{1} << 60,
                             INT64_MAX};

int64_t Dim(Input& input) {
  const uint8_t byte = input.Byte();
  if (byte < std::size(kDims)) return kDims[byte];
  if (byte < 250) return byte % 67;
  return static_cast<int64_t>(input.Number(8));
}

std::vector<int64_t> Shape(Input& input) {
  std::vector<int64_t> shape(
      static_cast<size_t>(input.Rarely() ? input.Int(0, 70) : input.Int(0, 3)));
  for (int64_t& dim : shape) dim = Dim(input);
  return shape;
}

ParamType Param(Input& input) {
  constexpr ParamType kTypes[] = {kParamF32,
                                  kParamNone,
                                  kParamF16,
                                  kParamBF16,
                                  kParamE8M0,
                                  kParamE4M3,
                                  kParamI32,
                                  kParamOwnScale,
                                  {ParamKind::kUint, 4},
                                  {ParamKind::kUint, 6},
                                  {ParamKind::kInt, 8},
                                  {ParamKind::kTable, 8},
                                  {ParamKind::kE8M0Ggml, 8},
                                  {ParamKind::kUE4M3Ggml, 8}};
  const uint8_t byte = input.Byte();
  if (byte < std::size(kTypes)) return kTypes[byte];
  if (byte < 250) return kParamNone;
  return {static_cast<ParamKind>(input.Byte()), input.Byte()};
}

Scheme HostileScheme(Input& input) {
  Scheme s;
  if (input.Bool()) {
    const absl::Span<const NamedScheme> named = NamedSchemes();
    s = named[static_cast<size_t>(input.Int(0, static_cast<int64_t>(named.size()) - 1))].scheme;
    if (!input.Rarely()) return s;
  }
  s.element = {static_cast<ElementKind>(input.Int(0, 10)), static_cast<uint8_t>(input.Int(0, 17))};
  s.table = static_cast<TableKind>(input.Int(0, 7));
  s.grouping = {static_cast<GroupKind>(input.Int(0, 7)), static_cast<int32_t>(input.Int(-3, 3)),
                static_cast<int32_t>(Dim(input)), Dim(input)};
  s.scale = {Param(input), Param(input), Dim(input), input.Bool()};
  s.offset = {static_cast<OffsetKind>(input.Int(0, 4)), Param(input), Param(input)};
  s.arithmetic = static_cast<Arithmetic>(input.Int(0, 3));
  s.post_scale = input.Bool() ? 1.0f : input.Float();
  s.full_range = input.Bool();
  s.outliers = Param(input);
  s.input_scale = input.Bool();
  s.rotation.block = static_cast<int32_t>(Dim(input));
  return s;
}

// The parts that the scheme asks for, as far as such a tensor can be made, one of them spoilt.
void AddFittingParts(Input& input, PawlTensorRecord& tensor,
                     std::vector<std::vector<uint8_t>>& data) {
  if (!CheckedNumElements(tensor.shape, 64).ok() || *CheckedNumElements(tensor.shape) > 4096)
    return;
  for (const int64_t dim : tensor.shape) {
    if (dim > 4096) return;
  }
  const auto made = QuantizedTensor::Create(tensor.scheme, tensor.shape);
  if (!made.ok()) return;
  for (const PawlPartInfo& info : QuantizedParts()) {
    const Tensor& part = (*made).*info.member;
    if (IsAbsent(part) || part.size_bytes() > 65536) continue;
    PawlPartRecord record{info.part, part.dtype(), part.shape(),
                          static_cast<uint32_t>(data.size())};
    if (input.Rarely()) record.dtype = static_cast<DType>(input.Byte());
    if (input.Rarely()) record.shape = Shape(input);
    if (input.Rarely()) record.section = static_cast<uint32_t>(input.Byte());
    if (input.Rarely()) record.part = static_cast<PawlPart>(input.Byte());
    tensor.parts.push_back(std::move(record));
    // Signs and the like are in order as they were made; most of the rest is as the input says.
    const bool kept = info.part == PawlPart::kRotationSigns || info.part == PawlPart::kGroupIndex;
    const auto* bytes = static_cast<const uint8_t*>(part.data());
    data.push_back(kept && !input.Rarely() ? std::vector<uint8_t>(bytes, bytes + part.size_bytes())
                                           : input.Filled(part.size_bytes()));
  }
}

void AddTensor(Input& input, std::vector<PawlTensorRecord>& tensors,
               std::vector<std::vector<uint8_t>>& data) {
  PawlTensorRecord tensor;
  tensor.name =
      input.Rarely() ? input.Text(3) : std::string(1, static_cast<char>('a' + tensors.size()));
  tensor.kind = static_cast<PawlTensorKind>(input.Rarely() ? input.Byte() : input.Int(0, 1));
  tensor.shape = Shape(input);
  tensor.scheme = HostileScheme(input);
  tensor.scale_offset = input.Float();
  if (tensor.kind == PawlTensorKind::kQuantized) AddFittingParts(input, tensor, data);
  const int64_t more = tensor.kind == PawlTensorKind::kPlain ? 1 : input.Rarely() ? 3 : 0;
  for (int64_t i = 0; i < more; ++i) {
    const PawlPart part = static_cast<PawlPart>(input.Rarely() ? input.Byte() : input.Int(0, 12));
    tensor.parts.push_back({tensor.kind == PawlTensorKind::kPlain ? PawlPart::kData : part,
                            static_cast<DType>(input.Int(0, 16)),
                            input.Rarely() ? Shape(input) : tensor.shape,
                            static_cast<uint32_t>(data.size())});
    data.push_back(input.Filled(
        static_cast<size_t>(input.Int(0, 1) == 0 ? input.Int(0, 64) : input.Int(0, 4096))));
  }
  tensors.push_back(std::move(tensor));
}

std::vector<uint8_t> File(Input& input) {
  std::vector<PawlTensorRecord> tensors;
  std::vector<std::vector<uint8_t>> data;
  const int64_t count = input.Int(0, 3);
  for (int64_t i = 0; i < count; ++i) AddTensor(input, tensors, data);
  PawlMetadata metadata;
  if (input.Bool()) metadata.values[input.Text(2)] = input.Text(3);
  if (input.Bool()) metadata.recipe = input.Text(4);
  std::vector<uint8_t> file(kPreambleSize);
  std::vector<PawlSection> sections;
  for (const std::vector<uint8_t>& bytes : data) {
    PawlSection section{file.size(), bytes.size(), 0};
    if (input.Rarely()) section.offset += static_cast<uint64_t>(Dim(input));
    if (input.Rarely()) section.size = static_cast<uint64_t>(Dim(input));
    file.insert(file.end(), bytes.begin(), bytes.end());
    file.resize(PawlAlign(file.size()));
    section.hash = HashBytes(absl::MakeConstSpan(file).subspan(sections.empty() ? kPreambleSize
                                                               : section.offset > file.size()
                                                                   ? 0
                                                                   : section.offset));
    sections.push_back(section);
  }
  const absl::StatusOr<std::string> header = EncodePawlHeader(tensors, sections, metadata);
  PAWL_FUZZ_CHECK(header.ok(), header.status().ToString());
  PawlPreamble preamble;
  preamble.minor = input.Rarely() ? 3 : kPawlMinor;
  preamble.header_offset = file.size();
  preamble.header_size = header->size();
  preamble.file_size = file.size() + header->size();
  file.insert(file.end(), header->begin(), header->end());
  preamble.header_hash = HashBytes(absl::MakeConstSpan(file).subspan(preamble.header_offset));
  const auto encoded = EncodePreamble(preamble);
  std::copy(encoded.begin(), encoded.end(), file.begin());
  return file;
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(container_fields) {
  pawl::fuzz::Input input(bytes);
  pawl::fuzz::CheckContainer(pawl::fuzz::File(input));
}
