// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Whether a shape fits a scheme, and which scheme would.

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/nearest.h"
#include "lib/core/status_macros.h"
#include "lib/pipeline/job_plan.h"
#include "pawl/tensor.h"

namespace pawl {
namespace {

absl::Status Fits(const Scheme& scheme, absl::Span<const int64_t> shape) {
  PAWL_RETURN_IF_ERROR(StorageBytes(scheme, shape).status());
  const Grouping& grouping = scheme.grouping;
  const int64_t cols = shape.empty() ? 1 : shape.back();
  // A block of a format with super-scales is a piece of one row.
  if (grouping.kind == GroupKind::kAlongRow && scheme.scale.super_size > 0) {
    const int64_t block = grouping.size * scheme.scale.super_size;
    if (cols % block != 0) {
      return absl::InvalidArgumentError(absl::StrCat("shape ", ShapeString(shape), " has ", cols,
                                                     " columns, not a multiple of ", block,
                                                     ", the length of a block"));
    }
  }
  if (scheme.rotation.block > 0 && cols % scheme.rotation.block != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("shape ", ShapeString(shape), " has ", cols, " columns, not a multiple of ",
                     scheme.rotation.block, ", the block of the rotation"));
  }
  return absl::OkStatus();
}

// Schemes with as many bits as `scheme` and a shape that fits, nearest in text.
std::vector<std::string> Alternatives(const Scheme& scheme, absl::Span<const int64_t> shape) {
  std::vector<std::string> fitting;
  const auto consider = [&](const Scheme& candidate) {
    if (candidate.element.bits == scheme.element.bits && Fits(candidate, shape).ok()) {
      fitting.push_back(SchemeString(candidate));
    }
  };
  for (const NamedScheme& named : NamedSchemes()) consider(named.scheme);
  for (const char* groups : {"channel", "g32", "g64", "g128"}) {
    const absl::StatusOr<Scheme> candidate =
        ParseScheme(absl::StrCat(scheme.offset.kind == OffsetKind::kNone ? "int" : "uint",
                                 static_cast<int>(scheme.element.bits), ":", groups));
    if (candidate.ok()) consider(*candidate);
  }
  return fitting;
}

}  // namespace

absl::Status CheckFits(const Scheme& scheme, absl::Span<const int64_t> shape) {
  const absl::Status fits = Fits(scheme, shape);
  if (fits.ok()) return fits;
  const std::vector<std::string> nearest =
      NearestWords(SchemeString(scheme), Alternatives(scheme, shape), 1);
  return absl::InvalidArgumentError(
      absl::StrCat(fits.message(), nearest.empty() ? "" : "; the nearest scheme that fits is '",
                   nearest.empty() ? "" : absl::StrCat(nearest[0], "'")));
}

}  // namespace pawl
