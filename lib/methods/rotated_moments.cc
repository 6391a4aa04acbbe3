// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/hadamard.h"
#include "lib/core/status_macros.h"
#include "pawl/input_moments.h"

namespace pawl {
namespace {

struct Rotation {
  const int8_t* signs;
  int32_t block;
};

// Each row of m [rows, columns] becomes R of itself.
absl::Status RotateRows(const Rotation& r, int64_t columns, Tensor& m, Context* context) {
  double* const values = m.mutable_as<double>().data();
  return ForRanges(context, m.num_elements() / columns, 16, 0,
                   [&](int64_t begin, int64_t end, void*) {
                     for (int64_t i = begin; i < end; ++i) {
                       RotateActivations(values + i * columns, r.signs, columns, r.block);
                     }
                   });
}

// R m of a square m.
absl::Status RotateColumns(const Rotation& r, int64_t columns, Tensor& m, Context* context) {
  double* const values = m.mutable_as<double>().data();
  const size_t bytes = static_cast<size_t>(columns) * sizeof(double);
  return ForRanges(context, columns, 16, bytes, [&](int64_t begin, int64_t end, void* scratch) {
    auto* const column = static_cast<double*>(scratch);
    for (int64_t j = begin; j < end; ++j) {
      for (int64_t i = 0; i < columns; ++i) column[i] = values[i * columns + j];
      RotateActivations(column, r.signs, columns, r.block);
      for (int64_t i = 0; i < columns; ++i) values[i * columns + j] = column[i];
    }
  });
}

}  // namespace

absl::StatusOr<InputMoments> InputMoments::Rotated(absl::Span<const int8_t> signs, int32_t block,
                                                   Context* context) const {
  const kernels::FloatEnvironment environment;
  if (block < 1 || (block & (block - 1)) != 0 || columns_ % block != 0 ||
      signs.size() != static_cast<size_t>(columns_)) {
    return absl::InvalidArgumentError(absl::StrCat("blocks of ", block, " and ", signs.size(),
                                                   " signs do not rotate ", columns_, " columns"));
  }
  const Rotation r{signs.data(), block};
  InputMoments out;
  out.columns_ = columns_;
  out.samples_ = samples_;
  PAWL_ASSIGN_OR_RETURN(out.products_, products_.Clone());
  const absl::Span<double> products = out.products_.mutable_as<double>();
  for (int64_t i = 0; i < columns_; ++i) {
    for (int64_t j = 0; j < i; ++j) {
      products[static_cast<size_t>(i * columns_ + j)] =
          products[static_cast<size_t>(j * columns_ + i)];
    }
  }
  PAWL_RETURN_IF_ERROR(RotateRows(r, columns_, out.products_, context));
  PAWL_RETURN_IF_ERROR(RotateColumns(r, columns_, out.products_, context));
  if (!differences_.empty()) {
    PAWL_ASSIGN_OR_RETURN(out.differences_, differences_.Clone());
    PAWL_RETURN_IF_ERROR(RotateRows(r, columns_, out.differences_, context));
    PAWL_RETURN_IF_ERROR(RotateColumns(r, columns_, out.differences_, context));
  }
  if (!missing_.empty()) {
    PAWL_ASSIGN_OR_RETURN(out.missing_, missing_.Clone());
    PAWL_RETURN_IF_ERROR(RotateRows(r, columns_, out.missing_, context));
  }
  return out;
}

}  // namespace pawl
