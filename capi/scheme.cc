// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/scheme.h"

#include <cstdint>
#include <limits>

#include "absl/strings/str_cat.h"
#include "capi/shim.h"

using pawl::Context;
using pawl::Scheme;
using pawl::capi::Call;
using pawl::capi::Make;
using pawl::capi::ShapeOf;

namespace {

using pawl::Arithmetic;
using pawl::ElementKind;
using pawl::GroupKind;
using pawl::OffsetKind;
using pawl::ParamKind;
using pawl::TableKind;

PAWL_SAME(PAWL_ELEMENT_INT, ElementKind::kInt);
PAWL_SAME(PAWL_ELEMENT_UINT, ElementKind::kUint);
PAWL_SAME(PAWL_ELEMENT_TERNARY, ElementKind::kTernary);
PAWL_SAME(PAWL_ELEMENT_BINARY, ElementKind::kBinary);
PAWL_SAME(PAWL_ELEMENT_TABLE, ElementKind::kTable);
PAWL_SAME(PAWL_ELEMENT_E2M1, ElementKind::kE2M1);
PAWL_SAME(PAWL_ELEMENT_E4M3, ElementKind::kE4M3);
PAWL_SAME(PAWL_ELEMENT_E5M2, ElementKind::kE5M2);
PAWL_SAME(PAWL_ELEMENT_F16, ElementKind::kF16);
PAWL_SAME(PAWL_ELEMENT_BF16, ElementKind::kBF16);
PAWL_SAME(PAWL_TABLE_NONE, TableKind::kNone);
PAWL_SAME(PAWL_TABLE_NF4, TableKind::kNF4);
PAWL_SAME(PAWL_TABLE_FP4, TableKind::kFP4);
PAWL_SAME(PAWL_TABLE_IQ4NL, TableKind::kIQ4NL);
PAWL_SAME(PAWL_TABLE_POWERS_OF_TWO, TableKind::kPowersOfTwo);
PAWL_SAME(PAWL_TABLE_ADDITIVE_POWERS_OF_TWO, TableKind::kAdditivePowersOfTwo);
PAWL_SAME(PAWL_TABLE_CODEBOOK, TableKind::kCodebook);
PAWL_SAME(PAWL_GROUP_TENSOR, GroupKind::kTensor);
PAWL_SAME(PAWL_GROUP_CHANNEL, GroupKind::kChannel);
PAWL_SAME(PAWL_GROUP_ALONG_ROW, GroupKind::kAlongRow);
PAWL_SAME(PAWL_GROUP_BLOCK_2D, GroupKind::kBlock2D);
PAWL_SAME(PAWL_GROUP_FLAT, GroupKind::kFlat);
PAWL_SAME(PAWL_GROUP_FLAT_STRIDED, GroupKind::kFlatStrided);
PAWL_SAME(PAWL_GROUP_INDEX_MAP, GroupKind::kIndexMap);
PAWL_SAME(PAWL_PARAM_NONE, ParamKind::kNone);
PAWL_SAME(PAWL_PARAM_F32, ParamKind::kF32);
PAWL_SAME(PAWL_PARAM_F16, ParamKind::kF16);
PAWL_SAME(PAWL_PARAM_BF16, ParamKind::kBF16);
PAWL_SAME(PAWL_PARAM_E8M0, ParamKind::kE8M0);
PAWL_SAME(PAWL_PARAM_E8M0_GGML, ParamKind::kE8M0Ggml);
PAWL_SAME(PAWL_PARAM_E4M3, ParamKind::kE4M3);
PAWL_SAME(PAWL_PARAM_UE4M3_GGML, ParamKind::kUE4M3Ggml);
PAWL_SAME(PAWL_PARAM_UINT, ParamKind::kUint);
PAWL_SAME(PAWL_PARAM_INT, ParamKind::kInt);
PAWL_SAME(PAWL_PARAM_TABLE, ParamKind::kTable);
PAWL_SAME(PAWL_PARAM_E8M0_INF, ParamKind::kE8M0Inf);
PAWL_SAME(PAWL_PARAM_OWN_SCALE, ParamKind::kOwnScale);
PAWL_SAME(PAWL_OFFSET_NONE, OffsetKind::kNone);
PAWL_SAME(PAWL_OFFSET_ZERO_POINT, OffsetKind::kZeroPoint);
PAWL_SAME(PAWL_OFFSET_FLOAT_ZERO, OffsetKind::kFloatZero);
PAWL_SAME(PAWL_OFFSET_MINIMUM, OffsetKind::kMinimum);
PAWL_SAME(PAWL_ARITHMETIC_F32, Arithmetic::kF32);
PAWL_SAME(PAWL_ARITHMETIC_F16, Arithmetic::kF16);
PAWL_SAME(PAWL_ARITHMETIC_BF16, Arithmetic::kBF16);

// A part with its bounds and its place in the C++ value, which may have any integer or enum type.
struct Field {
  int32_t id = 0;
  const char* name = "";
  int64_t min = 0;
  int64_t max = 0;
  int64_t (*get)(const Scheme&) = nullptr;
  void (*set)(Scheme*, int64_t) = nullptr;
};

#define PAWL_FIELD(id, place, min, max)                                                  \
  Field {                                                                                \
    id, #place, min, max, [](const Scheme& s) { return static_cast<int64_t>(s.place); }, \
        [](Scheme* s, int64_t v) { s->place = static_cast<decltype(s->place)>(v); }      \
  }

constexpr int64_t kInt64Max = std::numeric_limits<int64_t>::max();
constexpr int64_t kInt32Max = std::numeric_limits<int32_t>::max();
constexpr int64_t kParams = PAWL_PARAM_OWN_SCALE;

constexpr Field kFields[] = {
    PAWL_FIELD(PAWL_SCHEME_ELEMENT, element.kind, 0, PAWL_ELEMENT_BF16),
    PAWL_FIELD(PAWL_SCHEME_ELEMENT_BITS, element.bits, 1, 16),
    PAWL_FIELD(PAWL_SCHEME_TABLE, table, 0, PAWL_TABLE_CODEBOOK),
    PAWL_FIELD(PAWL_SCHEME_GROUP, grouping.kind, 0, PAWL_GROUP_INDEX_MAP),
    PAWL_FIELD(PAWL_SCHEME_GROUP_AXIS, grouping.axis, -64, 63),
    PAWL_FIELD(PAWL_SCHEME_GROUP_ROWS, grouping.rows, 0, kInt32Max),
    PAWL_FIELD(PAWL_SCHEME_GROUP_SIZE, grouping.size, 0, kInt64Max),
    PAWL_FIELD(PAWL_SCHEME_SCALE, scale.type.kind, 0, kParams),
    PAWL_FIELD(PAWL_SCHEME_SCALE_BITS, scale.type.bits, 0, 32),
    PAWL_FIELD(PAWL_SCHEME_SUPER_SCALE, scale.super_type.kind, 0, kParams),
    PAWL_FIELD(PAWL_SCHEME_SUPER_SCALE_BITS, scale.super_type.bits, 0, 32),
    PAWL_FIELD(PAWL_SCHEME_SUPER_SIZE, scale.super_size, -1, kInt64Max),
    PAWL_FIELD(PAWL_SCHEME_SUPER_DIVIDES, scale.super_divides, 0, 1),
    PAWL_FIELD(PAWL_SCHEME_OFFSET, offset.kind, 0, PAWL_OFFSET_MINIMUM),
    PAWL_FIELD(PAWL_SCHEME_OFFSET_TYPE, offset.type.kind, 0, kParams),
    PAWL_FIELD(PAWL_SCHEME_OFFSET_BITS, offset.type.bits, 0, 32),
    PAWL_FIELD(PAWL_SCHEME_SUPER_OFFSET, offset.super_type.kind, 0, kParams),
    PAWL_FIELD(PAWL_SCHEME_SUPER_OFFSET_BITS, offset.super_type.bits, 0, 32),
    PAWL_FIELD(PAWL_SCHEME_ARITHMETIC, arithmetic, 0, PAWL_ARITHMETIC_BF16),
    PAWL_FIELD(PAWL_SCHEME_FULL_RANGE, full_range, 0, 1),
    PAWL_FIELD(PAWL_SCHEME_OUTLIERS, outliers.kind, 0, kParams),
    PAWL_FIELD(PAWL_SCHEME_OUTLIERS_BITS, outliers.bits, 0, 32),
    PAWL_FIELD(PAWL_SCHEME_INPUT_SCALE, input_scale, 0, 1),
    PAWL_FIELD(PAWL_SCHEME_ROTATION_BLOCK, rotation.block, 0, kInt32Max),
};
#undef PAWL_FIELD

absl::StatusOr<const Field*> FindField(int32_t id) {
  for (const Field& field : kFields) {
    if (field.id == id) return &field;
  }
  return absl::InvalidArgumentError(absl::StrCat("no part of a scheme has id ", id));
}

// What only depends on scheme and shape.
template <typename T, typename Compute>
int32_t OfShape(pawl_context* context, const pawl_scheme* scheme, const int64_t* shape, size_t rank,
                T* out, Compute compute) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(scheme);
    if (out == nullptr) return absl::InvalidArgumentError("the place for the result is NULL");
    PAWL_ASSIGN_OR_RETURN(const auto span, ShapeOf(shape, rank));
    PAWL_ASSIGN_OR_RETURN(const auto value, compute(scheme->scheme, span));
    *out = static_cast<T>(value);
    return absl::OkStatus();
  });
}

void Refresh(pawl_scheme* scheme) { scheme->text = pawl::SchemeString(scheme->scheme); }

}  // namespace

extern "C" {

int32_t pawl_scheme_parse(pawl_context* context, const char* text, pawl_scheme** scheme) noexcept {
  if (scheme != nullptr) *scheme = nullptr;
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(text);
    PAWL_NEED(scheme);
    auto handle = std::make_unique<pawl_scheme>();
    PAWL_ASSIGN_OR_RETURN(handle->scheme, pawl::ParseScheme(text));
    Refresh(handle.get());
    *scheme = handle.release();
    return absl::OkStatus();
  });
}

void pawl_scheme_destroy(pawl_scheme* scheme) noexcept { delete scheme; }

const char* pawl_scheme_string(const pawl_scheme* scheme) noexcept {
  return scheme == nullptr ? nullptr : scheme->text.c_str();
}

int32_t pawl_scheme_equal(const pawl_scheme* a, const pawl_scheme* b) noexcept {
  return a != nullptr && b != nullptr && a->scheme == b->scheme ? 1 : 0;
}

int32_t pawl_scheme_get(pawl_context* context, const pawl_scheme* scheme, int32_t field,
                        int64_t* value) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(scheme);
    PAWL_NEED(value);
    PAWL_ASSIGN_OR_RETURN(const Field* found, FindField(field));
    *value = found->get(scheme->scheme);
    return absl::OkStatus();
  });
}

int32_t pawl_scheme_set(pawl_context* context, pawl_scheme* scheme, int32_t field,
                        int64_t value) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(scheme);
    PAWL_ASSIGN_OR_RETURN(const Field* found, FindField(field));
    if (value < found->min || value > found->max) {
      return absl::OutOfRangeError(absl::StrCat("scheme: ", found->name, " is ", value,
                                                "; it must be ", found->min, " to ", found->max));
    }
    pawl_scheme changed = *scheme;
    found->set(&changed.scheme, value);
    Refresh(&changed);
    *scheme = std::move(changed);
    return absl::OkStatus();
  });
}

float pawl_scheme_post_scale(const pawl_scheme* scheme) noexcept {
  return scheme == nullptr ? 0.0f : scheme->scheme.post_scale;
}

int32_t pawl_scheme_set_post_scale(pawl_context* context, pawl_scheme* scheme,
                                   float post_scale) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(scheme);
    pawl_scheme changed = *scheme;
    changed.scheme.post_scale = post_scale;
    Refresh(&changed);
    *scheme = std::move(changed);
    return absl::OkStatus();
  });
}

int32_t pawl_scheme_validate(pawl_context* context, const pawl_scheme* scheme) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(scheme);
    return scheme->scheme.Validate();
  });
}

int32_t pawl_scheme_num_groups(pawl_context* context, const pawl_scheme* scheme,
                               const int64_t* shape, size_t rank, size_t* groups) noexcept {
  return OfShape(context, scheme, shape, rank, groups, pawl::NumGroups);
}

int32_t pawl_scheme_num_super_groups(pawl_context* context, const pawl_scheme* scheme,
                                     const int64_t* shape, size_t rank,
                                     size_t* super_groups) noexcept {
  return OfShape(context, scheme, shape, rank, super_groups, pawl::NumSuperGroups);
}

int32_t pawl_scheme_storage_bytes(pawl_context* context, const pawl_scheme* scheme,
                                  const int64_t* shape, size_t rank, size_t* bytes) noexcept {
  return OfShape(context, scheme, shape, rank, bytes, pawl::StorageBytes);
}

int32_t pawl_scheme_bits_per_weight(pawl_context* context, const pawl_scheme* scheme,
                                    const int64_t* shape, size_t rank, double* bits) noexcept {
  return OfShape(context, scheme, shape, rank, bits, pawl::BitsPerWeight);
}

}  // extern "C"
