// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "capi/checkpoint_weight.h"

#include <iterator>
#include <type_traits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "capi/checkpoint_fields.h"
#include "capi/lists.h"
#include "lib/core/nearest.h"

namespace pawl::capi {
namespace {

constexpr ListEntry kFormats[] = {
    {"gptq", "GPTQ v1 and v2: AutoGPTQ, GPTQModel"},
    {"awq", "AWQ, version gemm: AutoAWQ"},
    {"bitsandbytes_4bit", "nf4 and fp4 of bitsandbytes, nested or not"},
    {"bitsandbytes_8bit", "LLM.int8 of bitsandbytes"},
    {"compressed_tensors", "compressed-tensors: llm-compressor, vLLM"},
    {"hqq", "half-quadratic quantization, 1 to 8 bits"},
    {"matmul_nbits", "ONNX Runtime's MatMulNBits"},
    {"tflite", "a quantized constant of TFLite"},
};
static_assert(std::size(kFormats) == std::variant_size_v<Weight>);
static_assert(std::size(kFormats) == PAWL_CHECKPOINT_TFLITE + 1);

template <typename T>
using FieldsOf = Fields<std::decay_t<T>>;

template <size_t kIndex = 0>
Weight Make(size_t index) {
  if constexpr (kIndex + 1 < std::variant_size_v<Weight>) {
    if (index != kIndex) return Make<kIndex + 1>(index);
  }
  return Weight(std::in_place_index<kIndex>);
}

constexpr const char* kSettingNames[] = {"",           "bits",          "group_size", "axis",
                                         "block_rows", "block_columns", "variant",    "strategy"};
static_assert(std::size(kSettingNames) == PAWL_SETTING_STRATEGY + 1);

// Does this name stand for the tensor that is there? Only the state of bitsandbytes has two.
template <typename T>
bool Stands(const T&, const TensorField<T>&) {
  return true;
}
bool Stands(const BitsAndBytes4Tensors& t, const TensorField<BitsAndBytes4Tensors>& field) {
  return field.place != &BitsAndBytes4Tensors::quant_state ||
         absl::EndsWith(field.name, t.quant_type.empty() ? "nf4" : t.quant_type);
}

template <typename T>
void Put(T& t, const TensorField<T>& field, const Tensor& tensor) {
  t.*field.place = tensor;
}
void Put(BitsAndBytes4Tensors& t, const TensorField<BitsAndBytes4Tensors>& field,
         const Tensor& tensor) {
  t.*field.place = tensor;
  if (field.place == &BitsAndBytes4Tensors::quant_state) {
    t.quant_type = absl::EndsWith(field.name, "fp4") ? "fp4" : "nf4";
  }
}

}  // namespace

size_t CheckpointCount() { return std::size(kFormats); }
ListEntry CheckpointAt(size_t index) { return kFormats[index]; }

Weight MakeWeight(size_t format) { return Make(format); }

absl::string_view NameOf(const Weight& weight) { return kFormats[weight.index()].name; }

std::vector<const char*> AllTensorNames(const Weight& weight) {
  std::vector<const char*> names;
  std::visit(
      [&](const auto& t) {
        for (const auto& field : FieldsOf<decltype(t)>::kTensors) names.push_back(field.name);
      },
      weight);
  return names;
}

std::vector<std::pair<const char*, const Tensor*>> PresentTensors(const Weight& weight) {
  std::vector<std::pair<const char*, const Tensor*>> present;
  std::visit(
      [&](const auto& t) {
        for (const auto& field : FieldsOf<decltype(t)>::kTensors) {
          const Tensor& tensor = t.*field.place;
          if (!tensor.empty() && Stands(t, field)) present.emplace_back(field.name, &tensor);
        }
      },
      weight);
  return present;
}

absl::Status NoTensor(const Weight& weight, absl::string_view name) {
  const std::vector<const char*> all = AllTensorNames(weight);
  const std::vector<std::string> names(all.begin(), all.end());
  return absl::NotFoundError(
      absl::StrCat(NameOf(weight), " has no tensor '", name, "'", DidYouMean(name, names)));
}

absl::Status SetTensor(Weight* weight, absl::string_view name, const Tensor& tensor) {
  bool found = false;
  std::visit(
      [&](auto& t) {
        for (const auto& field : FieldsOf<decltype(t)>::kTensors) {
          if (name != field.name) continue;
          Put(t, field, tensor);
          found = true;
        }
      },
      *weight);
  return found ? absl::OkStatus() : NoTensor(*weight, name);
}

absl::Status NoSetting(const Weight& weight, int32_t setting) {
  if (setting < PAWL_SETTING_BITS || setting > PAWL_SETTING_STRATEGY) {
    return absl::InvalidArgumentError(absl::StrCat(setting, " is no pawl_checkpoint_setting"));
  }
  std::vector<std::string> has;
  std::visit(
      [&](const auto& t) {
        using F = FieldsOf<decltype(t)>;
        for (const auto& field : F::kInts) has.emplace_back(kSettingNames[field.id]);
        for (const auto& field : F::kTexts) has.emplace_back(kSettingNames[field.id]);
      },
      weight);
  return absl::InvalidArgumentError(absl::StrCat(NameOf(weight), " has no setting '",
                                                 kSettingNames[setting], "' of this type; it has ",
                                                 has.empty() ? "none" : absl::StrJoin(has, ", ")));
}

absl::Status SetInt(Weight* weight, int32_t setting, int64_t value) {
  absl::Status status = NoSetting(*weight, setting);
  std::visit(
      [&](auto& t) {
        for (const auto& field : FieldsOf<decltype(t)>::kInts) {
          if (field.id != setting) continue;
          status = absl::OkStatus();
          if (field.wide != nullptr) {
            t.*field.wide = value;
          } else if (value == static_cast<int32_t>(value)) {
            t.*field.narrow = static_cast<int32_t>(value);
          } else {
            status = absl::OutOfRangeError(absl::StrCat("setting ", kSettingNames[setting], " is ",
                                                        value, ", which 32 bits do not hold"));
          }
        }
      },
      *weight);
  return status;
}

absl::StatusOr<int64_t> GetInt(const Weight& weight, int32_t setting) {
  absl::StatusOr<int64_t> result = NoSetting(weight, setting);
  std::visit(
      [&](const auto& t) {
        for (const auto& field : FieldsOf<decltype(t)>::kInts) {
          if (field.id == setting) {
            result = field.wide != nullptr ? t.*field.wide : int64_t{t.*field.narrow};
          }
        }
      },
      weight);
  return result;
}

std::string* TextPlace(Weight* weight, int32_t setting) {
  std::string* place = nullptr;
  std::visit(
      [&](auto& t) {
        for (const auto& field : FieldsOf<decltype(t)>::kTexts) {
          if (field.id == setting) place = &(t.*field.place);
        }
      },
      *weight);
  return place;
}

std::vector<int64_t>* ShapePlace(Weight* weight) {
  std::vector<int64_t>* place = nullptr;
  std::visit(
      [&](auto& t) {
        constexpr auto kShape = FieldsOf<decltype(t)>::kShape;
        if constexpr (kShape != nullptr) place = &(t.*kShape);
      },
      *weight);
  return place;
}

}  // namespace pawl::capi
