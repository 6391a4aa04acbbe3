// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Weights of other tools' checkpoints.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "capi/checkpoint_weight.h"
#include "capi/files.h"
#include "capi/lists.h"
#include "capi/model_handles.h"
#include "lib/core/nearest.h"
#include "pawl/safetensors.h"

struct pawl_checkpoint {
  pawl::capi::Weight weight;
};

namespace pawl::capi {
namespace {

// Every tensor of the format that the reader has under the prefix.
absl::Status Take(Weight* weight, const SafetensorsReader& reader, const std::string& prefix) {
  bool any = false;
  for (const char* name : AllTensorNames(*weight)) {
    const SafetensorsEntry* entry = reader.Find(absl::StrCat(prefix, name));
    if (entry == nullptr) continue;
    PAWL_ASSIGN_OR_RETURN(const Tensor tensor, reader.Get(*entry));
    PAWL_RETURN_IF_ERROR(SetTensor(weight, name, tensor));
    any = true;
  }
  if (any) return absl::OkStatus();
  std::vector<std::string> names;
  for (const SafetensorsEntry& entry : reader.entries()) names.push_back(entry.name);
  const std::string first = absl::StrCat(prefix, AllTensorNames(*weight).front());
  return absl::NotFoundError(absl::StrCat("no tensor of ", NameOf(*weight), " begins with '",
                                          prefix, "', such as '", first, "'",
                                          DidYouMean(first, names)));
}

// The frame of an entry that changes a weight, wholly or not at all.
template <typename Body>
int32_t Change(pawl_context* context, pawl_checkpoint* checkpoint, Body&& body) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(checkpoint);
    Weight changed = checkpoint->weight;
    PAWL_RETURN_IF_ERROR(body(&changed));
    checkpoint->weight = std::move(changed);
    return absl::OkStatus();
  });
}

}  // namespace
}  // namespace pawl::capi

using pawl::Context;
using pawl::capi::Call;
using pawl::capi::Change;
using pawl::capi::Make;
using pawl::capi::Weight;

namespace {

// For the look-ups that give a place; getters only read it.
Weight* Mutable(const pawl_checkpoint* checkpoint) {
  return const_cast<Weight*>(&checkpoint->weight);  // NOLINT
}

// Without a context there is nobody to tell that memory ran out: then there are none.
std::vector<std::pair<const char*, const pawl::Tensor*>> Present(
    const pawl_checkpoint* checkpoint) noexcept {
  try {
    return pawl::capi::PresentTensors(checkpoint->weight);
  } catch (...) {
    return {};
  }
}

const std::vector<int64_t>* Shape(const pawl_checkpoint* checkpoint) {
  return checkpoint == nullptr ? nullptr : pawl::capi::ShapePlace(Mutable(checkpoint));
}

}  // namespace

extern "C" {

int32_t pawl_checkpoint_create(pawl_context* context, int32_t format,
                               pawl_checkpoint** checkpoint) noexcept {
  return Make(context, checkpoint, [&](Context&) -> absl::StatusOr<Weight> {
    if (format < 0 || static_cast<size_t>(format) >= pawl::capi::CheckpointCount()) {
      return absl::InvalidArgumentError(absl::StrCat(format, " is no pawl_checkpoint_format"));
    }
    return pawl::capi::MakeWeight(static_cast<size_t>(format));
  });
}

void pawl_checkpoint_destroy(pawl_checkpoint* checkpoint) noexcept { delete checkpoint; }

int32_t pawl_checkpoint_get_format(const pawl_checkpoint* checkpoint) noexcept {
  return checkpoint == nullptr ? -1 : static_cast<int32_t>(checkpoint->weight.index());
}

int32_t pawl_checkpoint_set_tensor(pawl_context* context, pawl_checkpoint* checkpoint,
                                   const char* name, const pawl_tensor* tensor) noexcept {
  return Change(context, checkpoint, [&](Weight* weight) -> absl::Status {
    PAWL_NEED(name);
    return pawl::capi::SetTensor(weight, name, tensor == nullptr ? pawl::Tensor() : tensor->tensor);
  });
}

int32_t pawl_checkpoint_take(pawl_context* context, pawl_checkpoint* checkpoint,
                             const pawl_model_reader* reader, const char* prefix) noexcept {
  return Change(context, checkpoint, [&](Weight* weight) -> absl::Status {
    PAWL_NEED(reader);
    PAWL_NEED(prefix);
    return pawl::capi::Take(weight, *reader->reader, prefix);
  });
}

int32_t pawl_checkpoint_set_int(pawl_context* context, pawl_checkpoint* checkpoint, int32_t setting,
                                int64_t value) noexcept {
  return Change(context, checkpoint,
                [&](Weight* weight) { return pawl::capi::SetInt(weight, setting, value); });
}

int32_t pawl_checkpoint_set_string(pawl_context* context, pawl_checkpoint* checkpoint,
                                   int32_t setting, const char* value) noexcept {
  return Change(context, checkpoint, [&](Weight* weight) -> absl::Status {
    PAWL_NEED(value);
    std::string* place = pawl::capi::TextPlace(weight, setting);
    if (place == nullptr) return pawl::capi::NoSetting(*weight, setting);
    *place = value;
    return absl::OkStatus();
  });
}

int32_t pawl_checkpoint_set_shape(pawl_context* context, pawl_checkpoint* checkpoint,
                                  const int64_t* shape, size_t rank) noexcept {
  return Change(context, checkpoint, [&](Weight* weight) -> absl::Status {
    PAWL_ASSIGN_OR_RETURN(const auto dims, pawl::capi::ShapeOf(shape, rank));
    std::vector<int64_t>* place = pawl::capi::ShapePlace(weight);
    if (place == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(pawl::capi::NameOf(*weight), " has no shape to set: its tensors tell"));
    }
    place->assign(dims.begin(), dims.end());
    return absl::OkStatus();
  });
}

int32_t pawl_checkpoint_decode(pawl_context* context, const pawl_checkpoint* checkpoint,
                               pawl_quantized_tensor** quantized) noexcept {
  return Make(context, quantized, [&](Context&) -> absl::StatusOr<pawl::QuantizedTensor> {
    PAWL_NEED(checkpoint);
    return pawl::capi::DecodeWeight(checkpoint->weight);
  });
}

int32_t pawl_checkpoint_encode(pawl_context* context, pawl_checkpoint* checkpoint,
                               const pawl_quantized_tensor* quantized) noexcept {
  return Change(context, checkpoint, [&](Weight* weight) -> absl::Status {
    PAWL_NEED(quantized);
    PAWL_RETURN_IF_ERROR(pawl::capi::CheckParts(quantized));
    PAWL_ASSIGN_OR_RETURN(*weight, pawl::capi::EncodeWeight(*weight, quantized->tensor));
    return absl::OkStatus();
  });
}

size_t pawl_checkpoint_tensor_count(const pawl_checkpoint* checkpoint) noexcept {
  return checkpoint == nullptr ? 0 : Present(checkpoint).size();
}

const char* pawl_checkpoint_tensor_name(const pawl_checkpoint* checkpoint, size_t index) noexcept {
  if (checkpoint == nullptr) return nullptr;
  const auto present = Present(checkpoint);
  return index < present.size() ? present[index].first : nullptr;
}

int32_t pawl_checkpoint_get_tensor(pawl_context* context, const pawl_checkpoint* checkpoint,
                                   const char* name, pawl_tensor** tensor) noexcept {
  return Make(context, tensor, [&](Context&) -> absl::StatusOr<pawl::Tensor> {
    PAWL_NEED(checkpoint);
    PAWL_NEED(name);
    for (const auto& [present, place] : pawl::capi::PresentTensors(checkpoint->weight)) {
      if (absl::string_view(name) == present) return *place;
    }
    return pawl::capi::NoTensor(checkpoint->weight, name);
  });
}

int32_t pawl_checkpoint_get_int(pawl_context* context, const pawl_checkpoint* checkpoint,
                                int32_t setting, int64_t* value) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(checkpoint);
    PAWL_NEED(value);
    PAWL_ASSIGN_OR_RETURN(*value, pawl::capi::GetInt(checkpoint->weight, setting));
    return absl::OkStatus();
  });
}

const char* pawl_checkpoint_get_string(const pawl_checkpoint* checkpoint,
                                       int32_t setting) noexcept {
  if (checkpoint == nullptr) return nullptr;
  const std::string* place = pawl::capi::TextPlace(Mutable(checkpoint), setting);
  return place == nullptr ? nullptr : place->c_str();
}

size_t pawl_checkpoint_rank(const pawl_checkpoint* checkpoint) noexcept {
  const std::vector<int64_t>* shape = Shape(checkpoint);
  return shape == nullptr ? 0 : shape->size();
}
const int64_t* pawl_checkpoint_shape(const pawl_checkpoint* checkpoint) noexcept {
  const std::vector<int64_t>* shape = Shape(checkpoint);
  return shape == nullptr ? nullptr : shape->data();
}

}  // extern "C"
