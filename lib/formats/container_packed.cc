// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packed layers of .pawl files. Not in the core profile.

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/linear_impl.h"
#include "lib/core/packed_form.h"
#include "lib/core/status_macros.h"
#include "lib/formats/container_reader.h"
#include "lib/formats/container_writer.h"

namespace pawl {

absl::Status PawlReader::Impl::CheckLayout(const fb::Tensor& tensor, PackedKind kind) const {
  if (tensor.packed() == nullptr) return absl::InvalidArgumentError("has no packed layer");
  const fb::Packed& packed = *tensor.packed();
  if (packed.layout() != kPackedLayout) {
    return absl::FailedPreconditionError(absl::StrCat("is packed in layout ", packed.layout(),
                                                      ", this library runs layout ", kPackedLayout,
                                                      "; pack the model again (pawl pack)"));
  }
  if (packed.kind() == static_cast<uint8_t>(kind)) return absl::OkStatus();
  if (packed.kind() > static_cast<uint8_t>(PackedKind::kEmbedding)) {
    return absl::UnimplementedError(absl::StrCat("is a packed layer of kind ", packed.kind(),
                                                 ", which this library does not know"));
  }
  return absl::FailedPreconditionError(kind == PackedKind::kLinear
                                           ? "is an embedding; call GetEmbedding"
                                           : "is a linear layer; call GetLinear");
}

absl::StatusOr<PackedForm> PawlReader::Impl::MapPacked(const fb::Tensor& tensor) const {
  PackedForm form = DecodePacked(*tensor.packed());
  if (tensor.scheme() == nullptr) return absl::InvalidArgumentError("has no scheme");
  PAWL_ASSIGN_OR_RETURN(form.scheme, DecodeScheme(*tensor.scheme()));
  PAWL_ASSIGN_OR_RETURN(form.shape, DecodeShape(tensor.shape(), 16));
  if (tensor.parts() == nullptr) return form;
  uint64_t seen = 0;
  for (const fb::Part* part : *tensor.parts()) {
    const int index = part->role() - kFirstPackedPart;
    if (index < 0 || index >= static_cast<int>(kNumPackedParts)) continue;
    if ((seen >> index & 1) != 0) {
      return absl::InvalidArgumentError(absl::StrCat("has two parts of ", PartName(part->role())));
    }
    seen |= uint64_t{1} << index;
    PAWL_ASSIGN_OR_RETURN(form[static_cast<PackedPart>(index)], MapPart(*part));
  }
  return form;
}

absl::StatusOr<QuantizedLinear> PawlReader::Impl::MapLinear(const fb::Tensor& tensor,
                                                            const LinearOptions* wanted) const {
  PAWL_RETURN_IF_ERROR(CheckLayout(tensor, PackedKind::kLinear));
  PAWL_ASSIGN_OR_RETURN(PackedForm form, MapPacked(tensor));
  form.options.name = std::string(tensor.name()->data(), tensor.name()->size());
  if (wanted != nullptr) {
    const absl::Status same = CheckSameOptions(form.options, *wanted);
    if (!same.ok()) return absl::FailedPreconditionError(same.message());
    if (!wanted->name.empty()) form.options.name = wanted->name;
  }
  if (form.options.mode != LinearMode::kWeightOnly) return PackedAccess::Restore(form);
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor weights, MapQuantized(tensor));
  form.options.bias = form[PackedPart::kBias];
  return QuantizedLinear::Create(std::move(weights), form.options);
}

absl::StatusOr<QuantizedLinear> PawlReader::GetLinear(absl::string_view name,
                                                      const LinearOptions* wanted) const {
  PAWL_ASSIGN_OR_RETURN(const fb::Tensor* tensor, impl_->Find(name, PawlTensorKind::kPacked));
  absl::StatusOr<QuantizedLinear> linear = impl_->MapLinear(*tensor, wanted);
  if (!linear.ok()) return impl_->TensorError(*tensor, linear.status());
  return linear;
}

absl::StatusOr<QuantizedEmbedding> PawlReader::GetEmbedding(absl::string_view name) const {
  PAWL_ASSIGN_OR_RETURN(const fb::Tensor* tensor, impl_->Find(name, PawlTensorKind::kPacked));
  const absl::Status layout = impl_->CheckLayout(*tensor, PackedKind::kEmbedding);
  if (!layout.ok()) return impl_->TensorError(*tensor, layout);
  absl::StatusOr<QuantizedTensor> table = impl_->MapQuantized(*tensor);
  if (!table.ok()) return impl_->TensorError(*tensor, table.status());
  return QuantizedEmbedding::Create(*std::move(table), name);
}

absl::Status PawlWriter::Impl::WriteCanonical(const QuantizedTensor& tensor) {
  PawlTensorRecord& record = tensors.back();
  record.scheme = tensor.scheme;
  record.scale_offset = tensor.scale_offset;
  for (const PawlPartInfo& info : QuantizedParts()) {
    const Tensor& part = tensor.*info.member;
    if (info.part == PawlPart::kCodes || !IsAbsent(part)) {
      PAWL_RETURN_IF_ERROR(WritePart(info.part, part));
    }
  }
  return absl::OkStatus();
}

absl::Status PawlWriter::Impl::WritePacked(const PackedForm& form) {
  PawlTensorRecord& record = tensors.back();
  record.scheme = form.scheme;
  record.packed = form;
  record.packed.parts = {};
  for (size_t i = 0; i < kNumPackedParts; ++i) {
    if (form.parts[i].empty()) continue;
    PAWL_RETURN_IF_ERROR(WritePart(PartOf(static_cast<PackedPart>(i)), form.parts[i]));
  }
  return absl::OkStatus();
}

namespace {

absl::Status CheckPacked(const PawlReader& reader, const PawlEntry& entry) {
  return entry.packed_kind == PackedKind::kLinear ? reader.GetLinear(entry.name).status()
                                                  : reader.GetEmbedding(entry.name).status();
}

}  // namespace

absl::Status PawlWriter::AddLinear(absl::string_view name, const QuantizedLinear& linear) {
  PAWL_RETURN_IF_ERROR(impl_->Ready(false));
  const QuantizedLinear::Impl& layer = PackedAccess::Of(linear);
  PackedForm form;
  if (layer.weight_only()) {
    form.scheme = layer.scheme;
    form.options = layer.options;
    if (!layer.bias.empty()) {
      const auto rows = static_cast<int64_t>(layer.bias.size());
      PAWL_ASSIGN_OR_RETURN(form[PackedPart::kBias], Tensor::FromValues<float>({rows}, layer.bias));
    }
  } else {
    PAWL_ASSIGN_OR_RETURN(form, PackedAccess::Flatten(linear));
  }
  impl_->check_packed = CheckPacked;
  PAWL_RETURN_IF_ERROR(impl_->Begin(name, layer.shape, PawlTensorKind::kPacked));
  if (layer.weight_only()) PAWL_RETURN_IF_ERROR(impl_->Keep(impl_->WriteCanonical(*layer.weights)));
  PAWL_RETURN_IF_ERROR(impl_->Keep(impl_->WritePacked(form)));
  impl_->open = false;
  return absl::OkStatus();
}

absl::Status PawlWriter::AddEmbedding(absl::string_view name, const QuantizedEmbedding& embedding) {
  const QuantizedTensor& table = embedding.table();
  impl_->check_packed = CheckPacked;
  PAWL_RETURN_IF_ERROR(impl_->Begin(name, table.shape, PawlTensorKind::kPacked));
  impl_->tensors.back().packed_kind = PackedKind::kEmbedding;
  PAWL_RETURN_IF_ERROR(impl_->Keep(impl_->WriteCanonical(table)));
  impl_->open = false;
  return absl::OkStatus();
}

}  // namespace pawl
