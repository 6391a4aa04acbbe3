// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/container_schema.h"

#include <cstring>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"

namespace pawl {
namespace {

using flatbuffers::FlatBufferBuilder;
using flatbuffers::Offset;

template <typename Kind>
uint8_t Byte(Kind kind) {
  return static_cast<uint8_t>(kind);
}

template <typename Kind>
absl::Status TakeKind(uint8_t value, Kind last, absl::string_view what, Kind& kind) {
  if (value > static_cast<uint8_t>(last)) {
    return absl::InvalidArgumentError(absl::StrCat("the scheme has ", what, " ", value,
                                                   ", which this version of Pawl does not know"));
  }
  kind = static_cast<Kind>(value);
  return absl::OkStatus();
}

absl::Status TakeType(uint8_t kind, uint8_t bits, absl::string_view what, ParamType& type) {
  type.bits = bits;
  return TakeKind(kind, ParamKind::kOwnScale, what, type.kind);
}

Offset<flatbuffers::String> Text(const std::string& text, FlatBufferBuilder& builder) {
  return builder.CreateString(text.data(), text.size());
}

Offset<fb::Tensor> EncodeTensor(const PawlTensorRecord& tensor, FlatBufferBuilder& builder) {
  std::vector<Offset<fb::Part>> parts;
  for (const PawlPartRecord& part : tensor.parts) {
    const auto shape = builder.CreateVector(part.shape);
    fb::PartBuilder table(builder);
    table.add_shape(shape);
    table.add_section(part.section);
    table.add_role(Byte(part.part));
    table.add_dtype(Byte(part.dtype));
    parts.push_back(table.Finish());
  }
  const auto name = Text(tensor.name, builder);
  const auto shape = builder.CreateVector(tensor.shape);
  const auto part_vector = builder.CreateVector(parts);
  Offset<fb::Scheme> scheme;
  const bool quantized = tensor.kind != PawlTensorKind::kPlain;
  if (quantized) scheme = EncodeScheme(tensor.scheme, builder);
  Offset<fb::Packed> packed;
  const bool is_packed = tensor.kind == PawlTensorKind::kPacked;
  if (is_packed) packed = EncodePacked(tensor, builder);
  fb::TensorBuilder table(builder);
  table.add_name(name);
  table.add_kind(Byte(tensor.kind));
  table.add_shape(shape);
  table.add_parts(part_vector);
  if (quantized) {
    table.add_scheme(scheme);
    table.add_scale_offset(tensor.scale_offset);
  }
  if (is_packed) table.add_packed(packed);
  return table.Finish();
}

// An upper bound, so that the builder never meets its own limit.
uint64_t HeaderBound(absl::Span<const PawlTensorRecord> tensors, size_t sections,
                     const PawlMetadata& metadata) {
  uint64_t bound = 1024 + sections * sizeof(fb::Section);
  for (const PawlTensorRecord& tensor : tensors) {
    bound += 512 + tensor.name.size() + 8 * tensor.shape.size();
    for (const PawlPartRecord& part : tensor.parts) bound += 128 + 8 * part.shape.size();
  }
  for (const auto& [key, value] : metadata.values) bound += 64 + key.size() + value.size();
  return bound + metadata.recipe.size() + metadata.source_hash.size();
}

}  // namespace

Offset<fb::Packed> EncodePacked(const PawlTensorRecord& layer, FlatBufferBuilder& builder) {
  const LinearOptions& o = layer.packed.options;
  fb::PackedBuilder table(builder);
  table.add_kind(Byte(layer.packed_kind));
  table.add_layout(kPackedLayout);
  table.add_mode(Byte(o.mode));
  table.add_activation_groups(Byte(o.activation_groups));
  table.add_activation(Byte(o.activation));
  table.add_round_levels(o.round_levels);
  table.add_activation_dtype(Byte(o.activation_dtype));
  table.add_activation_scale(o.activation_scale);
  table.add_activation_zero_point(o.activation_zero_point);
  table.add_output_dtype(Byte(o.output_dtype));
  table.add_output_scale(o.output_scale);
  table.add_output_zero_point(o.output_zero_point);
  table.add_rounding(Byte(o.rounding));
  table.add_bits(layer.packed.bits);
  table.add_table_bits(layer.packed.table_bits);
  table.add_zero(layer.packed.zero);
  table.add_super_size(layer.packed.super_size);
  table.add_scale_bias(layer.packed.scale_bias);
  table.add_minimum_bias(layer.packed.minimum_bias);
  table.add_compute(Byte(o.compute));
  return table.Finish();
}

PackedForm DecodePacked(const fb::Packed& in) {
  PackedForm out;
  LinearOptions& o = out.options;
  o.mode = static_cast<LinearMode>(in.mode());
  o.activation_groups = static_cast<ActivationScale>(in.activation_groups());
  o.activation = static_cast<FusedActivation>(in.activation());
  o.round_levels = in.round_levels();
  o.activation_dtype = static_cast<DType>(in.activation_dtype());
  o.activation_scale = in.activation_scale();
  o.activation_zero_point = in.activation_zero_point();
  o.output_dtype = static_cast<DType>(in.output_dtype());
  o.output_scale = in.output_scale();
  o.output_zero_point = in.output_zero_point();
  o.rounding = static_cast<RequantizeRounding>(in.rounding());
  o.compute = static_cast<LinearCompute>(in.compute());
  out.bits = in.bits();
  out.table_bits = in.table_bits();
  out.zero = in.zero();
  out.super_size = in.super_size();
  out.scale_bias = in.scale_bias();
  out.minimum_bias = in.minimum_bias();
  return out;
}

Offset<fb::Scheme> EncodeScheme(const Scheme& scheme, FlatBufferBuilder& builder) {
  fb::SchemeBuilder table(builder);
  table.add_group_size(scheme.grouping.size);
  table.add_scale_super_size(scheme.scale.super_size);
  table.add_group_axis(scheme.grouping.axis);
  table.add_group_rows(scheme.grouping.rows);
  table.add_post_scale(scheme.post_scale);
  table.add_rotation_block(scheme.rotation.block);
  table.add_element_kind(Byte(scheme.element.kind));
  table.add_element_bits(scheme.element.bits);
  table.add_table(Byte(scheme.table));
  table.add_group_kind(Byte(scheme.grouping.kind));
  table.add_scale_kind(Byte(scheme.scale.type.kind));
  table.add_scale_bits(scheme.scale.type.bits);
  table.add_scale_super_kind(Byte(scheme.scale.super_type.kind));
  table.add_scale_super_bits(scheme.scale.super_type.bits);
  table.add_scale_super_divides(scheme.scale.super_divides);
  table.add_offset_kind(Byte(scheme.offset.kind));
  table.add_offset_type_kind(Byte(scheme.offset.type.kind));
  table.add_offset_type_bits(scheme.offset.type.bits);
  table.add_offset_super_kind(Byte(scheme.offset.super_type.kind));
  table.add_offset_super_bits(scheme.offset.super_type.bits);
  table.add_arithmetic(Byte(scheme.arithmetic));
  table.add_full_range(scheme.full_range);
  table.add_outlier_kind(Byte(scheme.outliers.kind));
  table.add_outlier_bits(scheme.outliers.bits);
  table.add_input_scale(scheme.input_scale);
  return table.Finish();
}

absl::StatusOr<Scheme> DecodeScheme(const fb::Scheme& in) {
  Scheme out;
  PAWL_RETURN_IF_ERROR(
      TakeKind(in.element_kind(), ElementKind::kBF16, "element", out.element.kind));
  PAWL_RETURN_IF_ERROR(TakeKind(in.table(), TableKind::kCodebook, "table", out.table));
  PAWL_RETURN_IF_ERROR(
      TakeKind(in.group_kind(), GroupKind::kIndexMap, "grouping", out.grouping.kind));
  PAWL_RETURN_IF_ERROR(TakeType(in.scale_kind(), in.scale_bits(), "scale type", out.scale.type));
  PAWL_RETURN_IF_ERROR(TakeType(in.scale_super_kind(), in.scale_super_bits(), "super-scale type",
                                out.scale.super_type));
  PAWL_RETURN_IF_ERROR(TakeKind(in.offset_kind(), OffsetKind::kMinimum, "offset", out.offset.kind));
  PAWL_RETURN_IF_ERROR(
      TakeType(in.offset_type_kind(), in.offset_type_bits(), "offset type", out.offset.type));
  PAWL_RETURN_IF_ERROR(TakeType(in.offset_super_kind(), in.offset_super_bits(), "super-offset type",
                                out.offset.super_type));
  PAWL_RETURN_IF_ERROR(TakeKind(in.arithmetic(), Arithmetic::kBF16, "arithmetic", out.arithmetic));
  PAWL_RETURN_IF_ERROR(
      TakeType(in.outlier_kind(), in.outlier_bits(), "outlier type", out.outliers));
  out.element.bits = in.element_bits();
  out.grouping.axis = in.group_axis();
  out.grouping.rows = in.group_rows();
  out.grouping.size = in.group_size();
  out.scale.super_size = in.scale_super_size();
  out.scale.super_divides = in.scale_super_divides();
  out.post_scale = in.post_scale();
  out.full_range = in.full_range();
  out.input_scale = in.input_scale();
  out.rotation.block = in.rotation_block();
  return out;
}

absl::StatusOr<std::vector<int64_t>> DecodeShape(const flatbuffers::Vector<int64_t>* shape,
                                                 size_t element_size) {
  std::vector<int64_t> out;
  if (shape != nullptr) {
    if (shape->size() > kMaxPawlRank) {
      return absl::InvalidArgumentError(
          absl::StrCat("a shape of ", shape->size(), " dimensions; at most ", kMaxPawlRank));
    }
    // Copied as bytes: nothing has checked that the elements are aligned.
    out.resize(shape->size());
    if (!out.empty()) std::memcpy(out.data(), shape->Data(), out.size() * sizeof(int64_t));
  }
  PAWL_RETURN_IF_ERROR(CheckedNumElements(out, element_size).status());
  return out;
}

absl::StatusOr<std::string> EncodePawlHeader(absl::Span<const PawlTensorRecord> tensors,
                                             absl::Span<const PawlSection> sections,
                                             const PawlMetadata& metadata) {
  if (HeaderBound(tensors, sections.size(), metadata) > kMaxPawlHeader) {
    return absl::ResourceExhaustedError(
        absl::StrCat("the header of ", tensors.size(), " tensors and ", metadata.values.size(),
                     " metadata values would exceed ", kMaxPawlHeader, " bytes"));
  }
  FlatBufferBuilder builder(4096);
  std::vector<fb::Section> section_structs;
  for (const PawlSection& section : sections) {
    section_structs.emplace_back(section.offset, section.size, section.hash);
  }
  std::vector<Offset<fb::Tensor>> tensor_offsets;
  for (const PawlTensorRecord& tensor : tensors) {
    tensor_offsets.push_back(EncodeTensor(tensor, builder));
  }
  std::vector<Offset<fb::KeyValue>> pairs;
  for (const auto& [key, value] : metadata.values) {
    const auto key_text = Text(key, builder);
    const auto value_text = Text(value, builder);
    pairs.push_back(fb::CreateKeyValue(builder, key_text, value_text));
  }
  const auto section_vector = builder.CreateVectorOfStructs(section_structs);
  const auto tensor_vector = builder.CreateVector(tensor_offsets);
  const auto pair_vector = builder.CreateVector(pairs);
  const auto recipe = Text(metadata.recipe, builder);
  const auto source_hash = Text(metadata.source_hash, builder);
  fb::HeaderBuilder header(builder);
  header.add_sections(section_vector);
  header.add_tensors(tensor_vector);
  header.add_metadata(pair_vector);
  header.add_recipe(recipe);
  header.add_source_hash(source_hash);
  fb::FinishHeaderBuffer(builder, header.Finish());
  return std::string(reinterpret_cast<const char*>(builder.GetBufferPointer()), builder.GetSize());
}

}  // namespace pawl
