// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packed layers of .pawl files.

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/packed_form.h"
#include "lib/core/status_macros.h"
#include "lib/formats/container_reader.h"

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

std::string PawlReader::content_id() const {
  return absl::StrCat("xxh3-64:", absl::Hex(impl_->preamble.header_hash, absl::kZeroPad16));
}

}  // namespace pawl
