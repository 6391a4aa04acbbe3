// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packed layers in files: what QuantizedLinear::Create makes of weights, saved once and mapped at
// every start, so that nothing is packed, copied or decoded then. A .pawl file has them as entries
// beside its tensors (PawlWriter::AddLinear, PawlReader::GetLinear); here are whole models. None of
// this is in the core profile.

#ifndef PAWL_INCLUDE_PAWL_PACKED_H_
#define PAWL_INCLUDE_PAWL_PACKED_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/container.h"
#include "pawl/linear.h"

namespace pawl {

class Context;

// Version of the form that layers are packed in: one for all instruction sets. Layers of another
// one are refused.
uint32_t PackedLayout();

// A tensor of a model that becomes a layer.
struct PackedLayer {
  std::string tensor;  // also the entry's name
  PackedKind kind = PackedKind::kLinear;
  LinearOptions options = {};  // of kLinear, bias included; name empty: the tensor's
};

// What a packed file was made from, as text: the layout, the model (by the hash of its header,
// which holds a hash of every section) and every option. Files whose metadata source_hash is this
// have the same content.
absl::StatusOr<std::string> PackedKey(const PawlReader& model,
                                      absl::Span<const PackedLayer> layers);

// Writes `path`: the named tensors as packed layers, all others and the metadata as they are, so
// that the file replaces the model. One tensor at a time is in memory. Errors: NotFound for a name
// that the model lacks, InvalidArgument for one that is not quantized, named twice, or that the
// options do not fit; as PawlWriter.
absl::Status PackModel(const PawlReader& model, absl::Span<const PackedLayer> layers,
                       const std::string& path, Context* context = nullptr);

// The packed file at `path` where it is there, whole as far as its header tells, and of this key;
// else made first, under its name only once it is complete. Several processes may do this at the
// same time. *packed, where given, says whether it had to be made.
absl::StatusOr<std::unique_ptr<PawlReader>> OpenPacked(const PawlReader& model,
                                                       absl::Span<const PackedLayer> layers,
                                                       const std::string& path,
                                                       Context* context = nullptr,
                                                       bool* packed = nullptr);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_PACKED_H_
