// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A weight as a checkpoint has it: one of the structs of pawl/checkpoint_formats.h, its tensors,
// settings and shape by name and by id.

#ifndef PAWL_CAPI_CHECKPOINT_WEIGHT_H_
#define PAWL_CAPI_CHECKPOINT_WEIGHT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pawl/checkpoint_formats.h"

namespace pawl::capi {

// GPTQ's version and MatMulNBits' sizes as the C ABI has them.
struct Gptq : GptqTensors {
  std::string variant = "gptq";
};
struct MatMulNBits : MatMulNBitsTensors {
  std::vector<int64_t> shape;
};

// In the order of pawl_checkpoint_format.
using Weight = std::variant<Gptq, AwqTensors, BitsAndBytes4Tensors, BitsAndBytes8Tensors,
                            CompressedTensors, HqqTensors, MatMulNBits, TfliteTensors>;

// An empty weight of a format, which must be one.
Weight MakeWeight(size_t format);

absl::StatusOr<QuantizedTensor> DecodeWeight(const Weight& weight);
// A weight of the same format; of the old one only what the format leaves to choose counts.
absl::StatusOr<Weight> EncodeWeight(const Weight& old, const QuantizedTensor& tensor);

absl::string_view NameOf(const Weight& weight);

// Names of all tensors that the format may have, and those that are there.
std::vector<const char*> AllTensorNames(const Weight& weight);
std::vector<std::pair<const char*, const Tensor*>> PresentTensors(const Weight& weight);

// Errors: NotFound with the nearest names.
absl::Status NoTensor(const Weight& weight, absl::string_view name);
absl::Status SetTensor(Weight* weight, absl::string_view name, const Tensor& tensor);

// Errors: InvalidArgument with the settings that the format has; OutOfRange.
absl::Status NoSetting(const Weight& weight, int32_t setting);
absl::Status SetInt(Weight* weight, int32_t setting, int64_t value);
absl::StatusOr<int64_t> GetInt(const Weight& weight, int32_t setting);

// Null where the format has no such text, or no shape.
std::string* TextPlace(Weight* weight, int32_t setting);
std::vector<int64_t>* ShapePlace(Weight* weight);

}  // namespace pawl::capi

#endif  // PAWL_CAPI_CHECKPOINT_WEIGHT_H_
