// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// CompareTensors for pairs of plain and pairs of quantized tensors.

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "kernels/error_stats.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/row_decoder.h"
#include "lib/core/status_macros.h"
#include "lib/methods/source.h"
#include "pawl/report.h"

namespace pawl {
namespace {

using kernels::ErrorSums;

// Fixed, so that sums are added in the same order whatever the number of threads.
constexpr int64_t kElementsInPiece = 1 << 16;

QuantizationError FromSums(const std::vector<ErrorSums>& pieces, int64_t elements) {
  const kernels::FloatEnvironment environment;
  ErrorSums sum;
  for (const ErrorSums& piece : pieces) {
    sum.aa += piece.aa;
    sum.bb += piece.bb;
    sum.ab += piece.ab;
    sum.error += piece.error;
    sum.max_error = std::max(sum.max_error, piece.max_error);
  }
  QuantizationError error;
  error.mse = elements > 0 ? sum.error / static_cast<double>(elements) : 0.0;
  error.max_error = sum.max_error;
  if (sum.error == 0.0) {
    error.sqnr_db = std::numeric_limits<double>::infinity();
  } else if (sum.aa > 0.0) {
    error.sqnr_db = 10.0 * std::log10(sum.aa / sum.error);
  }
  // Two roots: the product of two sums could overflow.
  const double norms = std::sqrt(sum.aa) * std::sqrt(sum.bb);
  error.cosine = norms > 0.0 ? sum.ab / norms : (sum.aa == sum.bb ? 1.0 : 0.0);
  return error;
}

using PieceFn = absl::FunctionRef<ErrorSums(int64_t begin, int64_t end, void* scratch)>;

absl::StatusOr<QuantizationError> Accumulate(Context* context, int64_t count, int64_t step,
                                             size_t scratch_bytes, int64_t elements,
                                             PieceFn piece) {
  std::vector<ErrorSums> pieces(static_cast<size_t>((count + step - 1) / step));
  PAWL_RETURN_IF_ERROR(ForRanges(
      context, count, step, scratch_bytes, [&](int64_t begin, int64_t end, void* scratch) {
        pieces[static_cast<size_t>(begin / step)] = piece(begin, end, scratch);
      }));
  return FromSums(pieces, elements);
}

absl::Status ShapesDiffer(absl::Span<const int64_t> a, absl::Span<const int64_t> b) {
  return absl::InvalidArgumentError(absl::StrCat("the shapes ", ShapeString(a), " and ",
                                                 ShapeString(b),
                                                 " differ, so values cannot be compared"));
}

}  // namespace

absl::StatusOr<QuantizationError> CompareTensors(const Tensor& original, const Tensor& decoded,
                                                 Context* context) {
  if (original.shape() != decoded.shape()) return ShapesDiffer(original.shape(), decoded.shape());
  for (const Tensor* tensor : {&original, &decoded}) {
    if (!Source::Accepts(tensor->dtype())) {
      return absl::InvalidArgumentError(absl::StrCat("values of type ", DTypeName(tensor->dtype()),
                                                     " are not compared as floats"));
    }
  }
  const kernels::Target target = TargetOf(context);
  const Source a(original, target);
  const Source b(decoded, target);
  const int64_t elements = original.num_elements();
  return Accumulate(context, elements, kElementsInPiece, 2 * sizeof(float) * kElementsInPiece,
                    elements, [&](int64_t begin, int64_t end, void* scratch) {
                      float* buffer = static_cast<float*>(scratch);
                      return kernels::ErrorStats(
                          target, a.Load(begin, end - begin, buffer),
                          b.Load(begin, end - begin, buffer + kElementsInPiece),
                          static_cast<size_t>(end - begin));
                    });
}

absl::StatusOr<QuantizationError> CompareTensors(const QuantizedTensor& original,
                                                 const QuantizedTensor& decoded, Context* context) {
  if (original.shape != decoded.shape) return ShapesDiffer(original.shape, decoded.shape);
  PAWL_RETURN_IF_ERROR(original.Validate());
  PAWL_RETURN_IF_ERROR(decoded.Validate());
  PAWL_ASSIGN_OR_RETURN(const RowDecoder a, RowDecoder::Create(original));
  PAWL_ASSIGN_OR_RETURN(const RowDecoder b, RowDecoder::Create(decoded));
  const kernels::Target target = TargetOf(context);
  const int64_t cols = original.cols();
  const auto row_bytes = static_cast<size_t>(cols) * sizeof(float);
  const size_t decoder_bytes = std::max(a.ScratchBytes(), b.ScratchBytes());
  const int64_t step = std::max<int64_t>(1, kElementsInPiece / std::max<int64_t>(1, cols));
  return Accumulate(context, original.rows(), step, 2 * row_bytes + decoder_bytes,
                    original.num_elements(), [&](int64_t begin, int64_t end, void* scratch) {
                      float* left = static_cast<float*>(scratch);
                      float* right = left + cols;
                      ErrorSums sum;
                      for (int64_t row = begin; row < end; ++row) {
                        a.Decode(row, left, right + cols);
                        b.Decode(row, right, right + cols);
                        const ErrorSums one =
                            kernels::ErrorStats(target, left, right, static_cast<size_t>(cols));
                        sum.aa += one.aa;
                        sum.bb += one.bb;
                        sum.ab += one.ab;
                        sum.error += one.error;
                        sum.max_error = std::max(sum.max_error, one.max_error);
                      }
                      return sum;
                    });
}

}  // namespace pawl
