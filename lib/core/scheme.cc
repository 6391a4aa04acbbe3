// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/scheme.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/core/group_layout.h"
#include "lib/core/params.h"
#include "lib/core/status_macros.h"
#include "pawl/quantized_tensor.h"

namespace pawl {
namespace {

absl::Status Bad(absl::string_view part, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("scheme: ", part, ": ", why));
}

absl::Status ValidateElement(const Element& element, TableKind table) {
  const int bits = element.bits;
  bool fits = false;
  switch (element.kind) {
    case ElementKind::kInt:
      fits = (bits >= 2 && bits <= 8) || bits == 16;
      break;
    case ElementKind::kUint:
      fits = bits >= 1 && bits <= 8;
      break;
    case ElementKind::kTable:
      fits = bits >= 1 && bits <= 8;
      break;
    case ElementKind::kTernary:
      fits = bits == 2;
      break;
    case ElementKind::kBinary:
      fits = bits == 1;
      break;
    case ElementKind::kE2M1:
      fits = bits == 4;
      break;
    case ElementKind::kE4M3:
    case ElementKind::kE5M2:
      fits = bits == 8;
      break;
    case ElementKind::kF16:
    case ElementKind::kBF16:
      fits = bits == 16;
      break;
  }
  if (!fits) {
    return Bad("element", absl::StrCat("kind ", static_cast<int>(element.kind), " cannot have ",
                                       bits, " bits"));
  }
  if ((element.kind == ElementKind::kTable) != (table != TableKind::kNone)) {
    return Bad("table", "a level table goes with table elements and with nothing else");
  }
  if (table > TableKind::kCodebook) return Bad("table", "unknown kind");
  const bool sixteen =
      table == TableKind::kNF4 || table == TableKind::kFP4 || table == TableKind::kIQ4NL;
  if (sixteen && bits != 4) return Bad("table", "this table has 16 levels, so 4 bits");
  if (table == TableKind::kPowersOfTwo && bits < 2)
    return Bad("table", "powers of two need 2 bits");
  if (table == TableKind::kAdditivePowersOfTwo && (bits < 3 || bits > 5)) {
    return Bad("table", "additive powers of two exist with 3 to 5 bits");
  }
  return absl::OkStatus();
}

absl::Status ValidateGrouping(const Grouping& grouping) {
  if (grouping.kind > GroupKind::kIndexMap) return Bad("groups", "unknown kind");
  const bool sized = grouping.kind != GroupKind::kTensor && grouping.kind != GroupKind::kChannel;
  if (sized && grouping.size < 1) {
    return Bad("groups", absl::StrCat("size ", grouping.size, " is not positive"));
  }
  if (grouping.kind == GroupKind::kBlock2D && grouping.rows < 1) {
    return Bad("groups", absl::StrCat("block of ", grouping.rows, " rows"));
  }
  return absl::OkStatus();
}

absl::Status ValidateParam(absl::string_view part, const ParamType& type) {
  int expected = 0;
  switch (type.kind) {
    case ParamKind::kNone:
      expected = 0;
      break;
    case ParamKind::kF32:
      expected = 32;
      break;
    case ParamKind::kF16:
    case ParamKind::kBF16:
      expected = 16;
      break;
    case ParamKind::kUint:
    case ParamKind::kInt:
      if (type.bits < 1 || type.bits > 32) {
        return Bad(part, absl::StrCat("integer parameters have 1 to 32 bits, not ", type.bits));
      }
      return absl::OkStatus();
    case ParamKind::kE8M0:
    case ParamKind::kE8M0Inf:
    case ParamKind::kE8M0Ggml:
    case ParamKind::kE4M3:
    case ParamKind::kUE4M3Ggml:
    case ParamKind::kTable:
      expected = 8;
      break;
    default:
      return Bad(part, "unknown kind of parameter");
  }
  if (type.bits != expected) {
    return Bad(part,
               absl::StrCat("this kind of parameter has ", expected, " bits, not ", type.bits));
  }
  return absl::OkStatus();
}

absl::Status ValidateScale(const Scheme& scheme) {
  const ScaleFormat& scale = scheme.scale;
  PAWL_RETURN_IF_ERROR(ValidateParam("scale", scale.type));
  PAWL_RETURN_IF_ERROR(ValidateParam("super-scale", scale.super_type));
  const bool has_super = scale.super_type.kind != ParamKind::kNone;
  if (has_super && scale.type.kind == ParamKind::kNone) {
    return Bad("super-scale", "there is no scale that it could multiply");
  }
  if (scale.super_type.kind == ParamKind::kTable) {
    return Bad("super-scale", "cannot be a table index");
  }
  if (has_super && scale.super_size < 1 && scale.super_size != -1) {
    return Bad("super-scale", "super_size must be positive, or -1 for the whole tensor");
  }
  if (scale.type.kind == ParamKind::kTable && !has_super) {
    return Bad("scale", "a scale that is itself quantized needs a super-scale");
  }
  const bool halves =
      scale.type.kind == ParamKind::kE8M0Ggml || scale.type.kind == ParamKind::kUE4M3Ggml;
  if (halves && scheme.element.kind != ElementKind::kE2M1) {
    return Bad("scale", "ggml's halved scales go with e2m1 elements");
  }
  return absl::OkStatus();
}

absl::Status ValidateOffset(const Scheme& scheme) {
  const OffsetFormat& offset = scheme.offset;
  PAWL_RETURN_IF_ERROR(ValidateParam("offset", offset.type));
  const bool own_scale = offset.super_type == kParamOwnScale;
  if (!own_scale) PAWL_RETURN_IF_ERROR(ValidateParam("super-offset", offset.super_type));
  if (offset.kind > OffsetKind::kMinimum) return Bad("offset", "unknown kind");
  if ((offset.kind == OffsetKind::kNone) != (offset.type.kind == ParamKind::kNone)) {
    return Bad("offset", "its kind and its type must both be given or both be none");
  }
  const bool integer = offset.type.kind == ParamKind::kUint || offset.type.kind == ParamKind::kInt;
  if (offset.kind == OffsetKind::kZeroPoint && !integer) {
    return Bad("offset", "a zero point is stored as an integer");
  }
  if (offset.type.kind == ParamKind::kTable) return Bad("offset", "cannot be a table index");
  if (own_scale) {
    return offset.kind == OffsetKind::kMinimum
               ? absl::OkStatus()
               : Bad("super-offset", "only a minimum is a multiple of its group's scale");
  }
  if (offset.super_type.kind == ParamKind::kTable) {
    return Bad("super-offset", "cannot be a table index");
  }
  const bool has_super = offset.super_type.kind != ParamKind::kNone;
  if (has_super &&
      (offset.kind != OffsetKind::kMinimum || scheme.scale.super_type.kind == ParamKind::kNone)) {
    return Bad("super-offset", "only minima beside a super-scale have one");
  }
  return absl::OkStatus();
}

int64_t NumTables(const Scheme& scheme, int64_t rows) {
  if (scheme.table != TableKind::kCodebook) return 0;
  return scheme.grouping.kind == GroupKind::kChannel ? rows : 1;
}

}  // namespace

int32_t Element::MinCode() const {
  switch (kind) {
    case ElementKind::kInt:
      return -(1 << (bits - 1));
    case ElementKind::kTernary:
      return -1;
    default:
      return 0;
  }
}

int32_t Element::MaxCode() const {
  switch (kind) {
    case ElementKind::kInt:
      return (1 << (bits - 1)) - 1;
    case ElementKind::kTernary:
      return 1;
    default:
      return (1 << bits) - 1;
  }
}

absl::Status Scheme::Validate() const {
  PAWL_RETURN_IF_ERROR(ValidateElement(element, table));
  PAWL_RETURN_IF_ERROR(ValidateGrouping(grouping));
  PAWL_RETURN_IF_ERROR(ValidateScale(*this));
  PAWL_RETURN_IF_ERROR(ValidateOffset(*this));
  PAWL_RETURN_IF_ERROR(ValidateParam("outliers", outliers));
  if (arithmetic > Arithmetic::kBF16) return Bad("arithmetic", "unknown kind");
  if (!(post_scale > 0.0f) || post_scale > 3.0e38f) return Bad("post_scale", "must be positive");
  const bool float_outliers = outliers.kind == ParamKind::kNone ||
                              outliers.kind == ParamKind::kF32 ||
                              outliers.kind == ParamKind::kF16 || outliers.kind == ParamKind::kBF16;
  if (!float_outliers) return Bad("outliers", "are kept in f32, f16 or bf16");
  if (rotation.block < 0 || (rotation.block & (rotation.block - 1)) != 0) {
    return Bad("rotation", absl::StrCat("block ", rotation.block, " is not a power of two"));
  }
  return absl::OkStatus();
}

absl::StatusOr<int64_t> NumGroups(const Scheme& scheme, absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(const GroupLayout layout, GroupLayout::Create(scheme, shape));
  return layout.num_groups();
}

absl::StatusOr<int64_t> NumSuperGroups(const Scheme& scheme, absl::Span<const int64_t> shape) {
  if (scheme.scale.super_type.kind == ParamKind::kNone) return 0;
  PAWL_ASSIGN_OR_RETURN(const int64_t groups, NumGroups(scheme, shape));
  if (scheme.scale.super_size < 0) return groups > 0 ? 1 : 0;
  return GroupsOf(groups, scheme.scale.super_size);
}

absl::StatusOr<int64_t> StorageBytes(const Scheme& scheme, absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(const GroupLayout layout, GroupLayout::Create(scheme, shape));
  PAWL_ASSIGN_OR_RETURN(const int64_t supers, NumSuperGroups(scheme, shape));
  const int64_t groups = layout.num_groups();
  int64_t bytes = layout.rows() * RowBytes(scheme.element, layout.cols());
  bytes += ParamBytes(scheme.scale.type, groups) + ParamBytes(scheme.offset.type, groups);
  bytes += ParamBytes(scheme.scale.super_type, supers);
  bytes += ParamBytes(scheme.offset.super_type, supers);
  bytes += NumTables(scheme, layout.rows()) * (int64_t{4} << scheme.element.bits);
  if (scheme.scale.type.kind == ParamKind::kTable) bytes += 256 * 4;
  if (scheme.grouping.kind == GroupKind::kIndexMap) bytes += 4 * layout.cols();
  if (scheme.input_scale) bytes += 4 * layout.cols();
  if (scheme.rotation.block > 0) bytes += layout.cols();
  return bytes;
}

absl::StatusOr<double> BitsPerWeight(const Scheme& scheme, absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(const int64_t bytes, StorageBytes(scheme, shape));
  PAWL_ASSIGN_OR_RETURN(const int64_t elements, CheckedNumElements(shape));
  if (elements == 0) return 0.0;
  return 8.0 * static_cast<double>(bytes) / static_cast<double>(elements);
}

}  // namespace pawl
