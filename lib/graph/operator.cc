// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operator.h"

#include "absl/strings/str_cat.h"

namespace pawl {

std::optional<std::vector<int64_t>> ShapeContext::Integers(size_t input) const {
  const Tensor* tensor = Contents(input);
  if (tensor == nullptr) return std::nullopt;
  if (tensor->dtype() == DType::kI64) {
    const auto values = tensor->as<int64_t>();
    return std::vector<int64_t>(values.begin(), values.end());
  }
  if (tensor->dtype() == DType::kI32) {
    const auto values = tensor->as<int32_t>();
    return std::vector<int64_t>(values.begin(), values.end());
  }
  return std::nullopt;
}

void ShapeContext::Set(size_t output, DType dtype, Dims dims) {
  if (output >= outputs_.size()) return;
  outputs_[output] = {dtype, std::move(dims)};
}

void ShapeContext::SetType(size_t output, DType dtype) {
  if (output < outputs_.size()) outputs_[output].dtype = dtype;
}

void ShapeContext::SetContents(size_t output, Tensor contents) {
  if (output >= outputs_.size()) return;
  outputs_[output] = {contents.dtype(), contents.shape()};
  known_[output] = std::move(contents);
}

const QuantizedTensor* PrepareContext::Quantized(size_t input) const {
  const ValueId id = node_.Input(input);
  if (id == kNoValue || graph_.value(id).constant == nullptr) return nullptr;
  return graph_.value(id).constant->quantized.get();
}

absl::StatusOr<Tensor*> OpRun::Allocate(size_t output, DType dtype,
                                        absl::Span<const int64_t> dims) {
  if (!Wants(output)) return absl::InternalError("a kernel allocates an output nobody wants");
  absl::StatusOr<int64_t> count = CheckedNumElements(dims, DTypeSize(dtype));
  if (!count.ok()) return count.status();
  const uint64_t bytes = static_cast<uint64_t>(*count) * DTypeSize(dtype);
  if (parts_.max_memory != 0 && bytes > parts_.max_memory) {
    return absl::ResourceExhaustedError(
        absl::StrCat("output ", output, " of shape ", ShapeString(dims), " takes ", bytes,
                     " bytes, more than the allowed ", parts_.max_memory));
  }
  absl::StatusOr<Tensor> tensor = Tensor::Create(dtype, dims);
  if (!tensor.ok()) return tensor.status();
  *parts_.outputs[output] = *std::move(tensor);
  return parts_.outputs[output];
}

SubgraphRunner* OpRun::subgraph(absl::string_view attribute) const {
  size_t index = 0;
  for (const Attribute& a : node().attributes) {
    for (size_t i = 0; i < a.graphs.size(); ++i, ++index) {
      if (a.name == attribute) return parts_.subgraphs[index];
    }
  }
  return nullptr;
}

}  // namespace pawl
