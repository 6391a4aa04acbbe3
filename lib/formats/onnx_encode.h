// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// From Graph to ONNX's messages. The bytes of large tensors are not copied: a graph is a list of
// pieces.

#ifndef PAWL_LIB_FORMATS_ONNX_ENCODE_H_
#define PAWL_LIB_FORMATS_ONNX_ENCODE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "pawl/graph.h"

namespace pawl::onnx {

// Bytes of a message: `own`, and then those of somebody else, whose owner outlives the piece.
struct Piece {
  std::string own;
  absl::Span<const uint8_t> view = {};
};

// Where a tensor's bytes go instead of into the message.
struct ExternalPlace {
  std::string location;
  uint64_t offset = 0;
  uint64_t length = 0;
};

// A tensor's bytes as files have them: narrow integers packed into `own`, others in `view`.
Piece TensorBytes(const Tensor& tensor, int32_t data_type);

// A TensorProto without name and data where `place` is given.
std::string EncodeTensorHeader(const std::string& name, const Tensor& tensor, int32_t data_type,
                               const ExternalPlace* place);

// All of GraphProto but its initialisers. `names` by value; see NamesOf.
absl::StatusOr<std::string> EncodeGraphFields(const Graph& graph,
                                              const std::vector<std::string>& names);
// A whole GraphProto.
absl::StatusOr<std::string> EncodeSubgraph(const Graph& graph,
                                           const std::vector<std::string>& names);

// The names that values have in the file: in a subgraph, captured values have the enclosing
// graph's, and its own must be others.
std::vector<std::string> NamesOf(const Graph& graph);
std::vector<std::string> NamesOf(const Graph& subgraph, const std::vector<std::string>& outer);

}  // namespace pawl::onnx

#endif  // PAWL_LIB_FORMATS_ONNX_ENCODE_H_
