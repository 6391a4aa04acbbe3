// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What each checkpoint format is made of. A further format is a struct in Weight, its Fields here,
// a line in the list of checkpoint_weight.cc, and a Decode and an Encode in checkpoint_codecs.cc.

#ifndef PAWL_CAPI_CHECKPOINT_FIELDS_H_
#define PAWL_CAPI_CHECKPOINT_FIELDS_H_

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "capi/checkpoint_weight.h"
#include "capi/pawl.h"

namespace pawl::capi {

template <typename T>
struct TensorField {
  const char* name;
  Tensor T::*place;
};

// One of the two places is set.
template <typename T>
struct IntField {
  int32_t id;
  int32_t T::*narrow;
  int64_t T::*wide;
};

template <typename T>
struct TextField {
  int32_t id;
  std::string T::*place;
};

// kTensors, kInts and kTexts, and kShape, which is null where there is none.
template <typename T>
struct Fields;

template <>
struct Fields<Gptq> {
  using T = Gptq;
  static constexpr std::array<TensorField<T>, 4> kTensors = {{{"qweight", &T::qweight},
                                                              {"qzeros", &T::qzeros},
                                                              {"scales", &T::scales},
                                                              {"g_idx", &T::g_idx}}};
  static constexpr std::array<IntField<T>, 2> kInts = {
      {{PAWL_SETTING_BITS, &T::bits, nullptr}, {PAWL_SETTING_GROUP_SIZE, nullptr, &T::group_size}}};
  static constexpr std::array<TextField<T>, 1> kTexts = {{{PAWL_SETTING_VARIANT, &T::variant}}};
  static constexpr std::vector<int64_t> T::*kShape = nullptr;
};

template <>
struct Fields<AwqTensors> {
  using T = AwqTensors;
  static constexpr std::array<TensorField<T>, 3> kTensors = {
      {{"qweight", &T::qweight}, {"qzeros", &T::qzeros}, {"scales", &T::scales}}};
  static constexpr std::array<IntField<T>, 1> kInts = {
      {{PAWL_SETTING_GROUP_SIZE, nullptr, &T::group_size}}};
  static constexpr std::array<TextField<T>, 0> kTexts = {};
  static constexpr std::vector<int64_t> T::*kShape = nullptr;
};

// The state's name ends with the type: two names for one place.
template <>
struct Fields<BitsAndBytes4Tensors> {
  using T = BitsAndBytes4Tensors;
  static constexpr std::array<TensorField<T>, 7> kTensors = {
      {{"weight", &T::weight},
       {"weight.absmax", &T::absmax},
       {"weight.quant_map", &T::quant_map},
       {"weight.nested_absmax", &T::nested_absmax},
       {"weight.nested_quant_map", &T::nested_quant_map},
       {"weight.quant_state.bitsandbytes__nf4", &T::quant_state},
       {"weight.quant_state.bitsandbytes__fp4", &T::quant_state}}};
  static constexpr std::array<IntField<T>, 0> kInts = {};
  static constexpr std::array<TextField<T>, 1> kTexts = {{{PAWL_SETTING_VARIANT, &T::quant_type}}};
  static constexpr std::vector<int64_t> T::*kShape = nullptr;
};

template <>
struct Fields<BitsAndBytes8Tensors> {
  using T = BitsAndBytes8Tensors;
  static constexpr std::array<TensorField<T>, 3> kTensors = {
      {{"weight", &T::weight}, {"SCB", &T::scb}, {"weight_format", &T::weight_format}}};
  static constexpr std::array<IntField<T>, 0> kInts = {};
  static constexpr std::array<TextField<T>, 0> kTexts = {};
  static constexpr std::vector<int64_t> T::*kShape = nullptr;
};

template <>
struct Fields<CompressedTensors> {
  using T = CompressedTensors;
  static constexpr std::array<TensorField<T>, 7> kTensors = {
      {{"weight", &T::weight},
       {"weight_packed", &T::weight_packed},
       {"weight_scale", &T::weight_scale},
       {"weight_zero_point", &T::weight_zero_point},
       {"weight_shape", &T::weight_shape},
       {"weight_g_idx", &T::weight_g_idx},
       {"weight_global_scale", &T::weight_global_scale}}};
  static constexpr std::array<IntField<T>, 4> kInts = {
      {{PAWL_SETTING_BITS, &T::num_bits, nullptr},
       {PAWL_SETTING_GROUP_SIZE, nullptr, &T::group_size},
       {PAWL_SETTING_BLOCK_ROWS, &T::block_rows, nullptr},
       {PAWL_SETTING_BLOCK_COLUMNS, nullptr, &T::block_columns}}};
  static constexpr std::array<TextField<T>, 2> kTexts = {
      {{PAWL_SETTING_VARIANT, &T::format}, {PAWL_SETTING_STRATEGY, &T::strategy}}};
  static constexpr std::vector<int64_t> T::*kShape = nullptr;
};

template <>
struct Fields<HqqTensors> {
  using T = HqqTensors;
  static constexpr std::array<TensorField<T>, 3> kTensors = {
      {{"W_q", &T::w_q}, {"scale", &T::scale}, {"zero", &T::zero}}};
  static constexpr std::array<IntField<T>, 2> kInts = {
      {{PAWL_SETTING_AXIS, &T::axis, nullptr}, {PAWL_SETTING_GROUP_SIZE, nullptr, &T::group_size}}};
  static constexpr std::array<TextField<T>, 1> kTexts = {{{PAWL_SETTING_VARIANT, &T::packing}}};
  static constexpr std::vector<int64_t> T::*kShape = &T::shape;
};

template <>
struct Fields<MatMulNBits> {
  using T = MatMulNBits;
  static constexpr std::array<TensorField<T>, 3> kTensors = {
      {{"B", &T::b}, {"scales", &T::scales}, {"zero_points", &T::zero_points}}};
  static constexpr std::array<IntField<T>, 2> kInts = {
      {{PAWL_SETTING_BITS, &T::bits, nullptr}, {PAWL_SETTING_GROUP_SIZE, nullptr, &T::block_size}}};
  static constexpr std::array<TextField<T>, 0> kTexts = {};
  static constexpr std::vector<int64_t> T::*kShape = &T::shape;
};

template <>
struct Fields<TfliteTensors> {
  using T = TfliteTensors;
  static constexpr std::array<TensorField<T>, 3> kTensors = {
      {{"data", &T::data}, {"scale", &T::scale}, {"zero_point", &T::zero_point}}};
  static constexpr std::array<IntField<T>, 1> kInts = {
      {{PAWL_SETTING_AXIS, &T::quantized_dimension, nullptr}}};
  static constexpr std::array<TextField<T>, 1> kTexts = {{{PAWL_SETTING_VARIANT, &T::type}}};
  static constexpr std::vector<int64_t> T::*kShape = &T::shape;
};

}  // namespace pawl::capi

#endif  // PAWL_CAPI_CHECKPOINT_FIELDS_H_
