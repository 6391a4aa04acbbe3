// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/error_stats.h"
#include "lib/core/context_internal.h"
#include "lib/core/row_decoder.h"
#include "lib/core/status_macros.h"
#include "lib/methods/source.h"
#include "pawl/quantizer.h"

namespace pawl {
namespace {

void AddTo(kernels::ErrorSums& total, const kernels::ErrorSums& part) {
  total.aa += part.aa;
  total.bb += part.bb;
  total.ab += part.ab;
  total.error += part.error;
  total.max_error = std::max(total.max_error, part.max_error);
}

QuantizationError Summarize(const kernels::ErrorSums& sums, int64_t count) {
  QuantizationError error;
  error.max_error = sums.max_error;
  error.mse = count > 0 ? sums.error / static_cast<double>(count) : 0.0;
  if (sums.error == 0.0) {
    error.sqnr_db = std::numeric_limits<double>::infinity();
  } else if (sums.aa > 0.0) {
    error.sqnr_db = 10.0 * std::log10(sums.aa / sums.error);
  }
  const double norms = std::sqrt(sums.aa) * std::sqrt(sums.bb);
  if (norms > 0.0) {
    error.cosine = std::clamp(sums.ab / norms, -1.0, 1.0);
  } else {
    error.cosine = sums.aa == sums.bb ? 1.0 : 0.0;
  }
  return error;
}

}  // namespace

absl::StatusOr<QuantizationError> CompareTensors(const Tensor& original,
                                                 const QuantizedTensor& quantized,
                                                 Context* context) {
  if (absl::MakeConstSpan(original.shape()) != absl::MakeConstSpan(quantized.shape)) {
    return absl::InvalidArgumentError(absl::StrCat("cannot compare shape ",
                                                   ShapeString(original.shape()), " with ",
                                                   ShapeString(quantized.shape)));
  }
  if (!Source::Accepts(original.dtype())) {
    return absl::InvalidArgumentError(
        absl::StrCat("cannot compare a tensor of ", DTypeName(original.dtype())));
  }
  PAWL_ASSIGN_OR_RETURN(const RowDecoder decoder, RowDecoder::Create(quantized));
  const kernels::Target target = TargetOf(context);
  const Source source(original, target);
  const int64_t cols = quantized.cols();
  const auto width = static_cast<size_t>((cols + 15) / 16 * 16);
  // The cut into tasks, and so the order of additions, does not depend on the number of threads.
  const int64_t step = std::max<int64_t>(1, 65536 / std::max<int64_t>(1, cols));
  std::vector<kernels::ErrorSums> parts(static_cast<size_t>((quantized.rows() + step - 1) / step));
  const size_t scratch_bytes = 2 * width * sizeof(float) + decoder.ScratchBytes();
  PAWL_RETURN_IF_ERROR(
      ForRanges(context, quantized.rows(), step, scratch_bytes,
                [&](int64_t begin, int64_t end, void* scratch) {
                  auto* decoded = static_cast<float*>(scratch);
                  float* const buffer = decoded + width;
                  for (int64_t row = begin; row < end; ++row) {
                    decoder.Decode(row, decoded, buffer + width, target);
                    const float* x = source.Load(row * cols, cols, buffer);
                    AddTo(parts[static_cast<size_t>(begin / step)],
                          kernels::ErrorStats(target, x, decoded, static_cast<size_t>(cols)));
                  }
                }));
  kernels::ErrorSums total;
  for (const kernels::ErrorSums& part : parts) AddTo(total, part);
  return Summarize(total, quantized.num_elements());
}

}  // namespace pawl
