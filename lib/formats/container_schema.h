// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The generated FlatBuffers code, and what translates between it and Pawl's types.

#ifndef PAWL_LIB_FORMATS_CONTAINER_SCHEMA_H_
#define PAWL_LIB_FORMATS_CONTAINER_SCHEMA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

// The library must not abort; what FlatBuffers would assert is checked before it is called.
#ifndef FLATBUFFERS_ASSERT
#define FLATBUFFERS_ASSERT(condition) static_cast<void>(0)
#endif
#include "lib/formats/container_format.h"
#include "lib/formats/generated/pawl_generated.h"

namespace pawl {

flatbuffers::Offset<fb::Scheme> EncodeScheme(const Scheme& scheme,
                                             flatbuffers::FlatBufferBuilder& builder);

// InvalidArgument for kinds that this version does not know; says nothing about sense otherwise.
absl::StatusOr<Scheme> DecodeScheme(const fb::Scheme& scheme);

// What a packed layer's table says of its options and numbers, none of them checked.
flatbuffers::Offset<fb::Packed> EncodePacked(const PawlTensorRecord& layer,
                                             flatbuffers::FlatBufferBuilder& builder);
PackedForm DecodePacked(const fb::Packed& packed);

// InvalidArgument for too many dimensions, negative ones, or too large a product.
absl::StatusOr<std::vector<int64_t>> DecodeShape(const flatbuffers::Vector<int64_t>* shape,
                                                 size_t element_size);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_CONTAINER_SCHEMA_H_
