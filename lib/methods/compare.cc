// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <limits>
#include <new>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/error_stats.h"
#include "kernels/float_env.h"
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

// Elements that are not finite.
struct Oddities {
  QuantizationError counts;
  int64_t skipped = 0;

  void Count(float a, float b) {
    counts.original_nan += std::isnan(a) ? 1 : 0;
    counts.original_infinite += std::isinf(a) ? 1 : 0;
    counts.decoded_nan += std::isnan(b) ? 1 : 0;
    counts.decoded_infinite += std::isinf(b) ? 1 : 0;
    counts.unlike += a == b || (std::isnan(a) && std::isnan(b)) ? 0 : 1;
    ++skipped;
  }
  void Add(const Oddities& other) {
    counts.original_nan += other.counts.original_nan;
    counts.original_infinite += other.counts.original_infinite;
    counts.decoded_nan += other.counts.decoded_nan;
    counts.decoded_infinite += other.counts.decoded_infinite;
    counts.unlike += other.counts.unlike;
    skipped += other.skipped;
  }
};

struct Part {
  kernels::ErrorSums sums;
  Oddities odd;
};

// Copies both rows (the sources may be the copies' places) with zeros for what is not finite in
// both, which add nothing to any sum.
void LeaveOutOddities(const float* x, const float* y, float* left, float* right, int64_t cols,
                      Oddities* odd) {
  for (int64_t i = 0; i < cols; ++i) {
    const float a = x[i], b = y[i];
    const bool finite = std::isfinite(a) && std::isfinite(b);
    if (!finite) odd->Count(a, b);
    left[i] = finite ? a : 0.0f;
    right[i] = finite ? b : 0.0f;
  }
}

QuantizationError Summarize(const kernels::ErrorSums& sums, const Oddities& odd, int64_t elements) {
  QuantizationError error = odd.counts;
  const int64_t count = elements - odd.skipped;
  error.compared = count;
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

// One side of a comparison: a plain tensor or a quantized one, read row by row as f32.
class Side {
 public:
  static absl::StatusOr<Side> Of(const Tensor& tensor, kernels::Target target) {
    if (!Source::Accepts(tensor.dtype())) {
      return absl::InvalidArgumentError(absl::StrCat("values of type ", DTypeName(tensor.dtype()),
                                                     " are not compared as floats"));
    }
    Side side;
    side.shape_ = tensor.shape();
    side.source_.emplace(tensor, target);
    return side;
  }

  static absl::StatusOr<Side> Of(const QuantizedTensor& tensor, kernels::Target) {
    PAWL_RETURN_IF_ERROR(tensor.Validate());
    Side side;
    side.shape_ = tensor.shape;
    PAWL_ASSIGN_OR_RETURN(side.decoder_, RowDecoder::Create(tensor));
    return side;
  }

  const std::vector<int64_t>& shape() const { return shape_; }
  size_t ScratchBytes() const { return decoder_.has_value() ? decoder_->ScratchBytes() : 0; }

  const float* Row(int64_t row, int64_t cols, float* buffer, void* scratch,
                   kernels::Target target) const {
    if (source_.has_value()) return source_->Load(row * cols, cols, buffer);
    decoder_->Decode(row, buffer, scratch, target);
    return buffer;
  }

 private:
  std::vector<int64_t> shape_;
  std::optional<Source> source_;
  std::optional<RowDecoder> decoder_;
};

[[gnu::noinline]] absl::StatusOr<QuantizationError> CompareSides(const Side& a, const Side& b,
                                                                 Context* context) {
  if (a.shape() != b.shape()) {
    return absl::InvalidArgumentError(absl::StrCat("the shapes ", ShapeString(a.shape()), " and ",
                                                   ShapeString(b.shape()),
                                                   " differ, so values cannot be compared"));
  }
  PAWL_ASSIGN_OR_RETURN(const int64_t elements, CheckedNumElements(a.shape(), sizeof(float)));
  const int64_t cols = a.shape().empty() ? 1 : a.shape().back();
  const int64_t rows = cols == 0 ? 0 : elements / cols;
  const kernels::Target target = TargetOf(context);
  const auto width = static_cast<size_t>((cols + 15) / 16 * 16);
  // The cut into tasks, and so the order of additions, does not depend on the number of threads.
  const int64_t step = std::max<int64_t>(1, 65536 / std::max<int64_t>(1, cols));
  std::vector<Part> parts(static_cast<size_t>((rows + step - 1) / step));
  const size_t scratch_bytes =
      2 * width * sizeof(float) + std::max(a.ScratchBytes(), b.ScratchBytes());
  PAWL_RETURN_IF_ERROR(
      ForRanges(context, rows, step, scratch_bytes, [&](int64_t begin, int64_t end, void* scratch) {
        auto* const left = static_cast<float*>(scratch);
        float* const right = left + width;
        Part& part = parts[static_cast<size_t>(begin / step)];
        for (int64_t row = begin; row < end; ++row) {
          const float* x = a.Row(row, cols, left, right + width, target);
          const float* y = b.Row(row, cols, right, right + width, target);
          const auto count = static_cast<size_t>(cols);
          kernels::ErrorSums sums = kernels::ErrorStats(target, x, y, count);
          // Squares of finite f32 do not overflow f64.
          if (!std::isfinite(sums.aa) || !std::isfinite(sums.bb)) {
            LeaveOutOddities(x, y, left, right, cols, &part.odd);
            sums = kernels::ErrorStats(target, left, right, count);
          }
          AddTo(part.sums, sums);
        }
      }));
  Part total;
  for (const Part& part : parts) {
    AddTo(total.sums, part.sums);
    total.odd.Add(part.odd);
  }
  return Summarize(total.sums, total.odd, elements);
}

template <typename A, typename B>
absl::StatusOr<QuantizationError> Compare(const A& original, const B& decoded, Context* context) {
  PAWL_ASSIGN_OR_RETURN(const Side a, Side::Of(original, TargetOf(context)));
  PAWL_ASSIGN_OR_RETURN(const Side b, Side::Of(decoded, TargetOf(context)));
  const kernels::FloatEnvironment environment;
  try {
    return CompareSides(a, b, context);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("no memory to compare tensors of shape ", ShapeString(a.shape())));
  }
}

}  // namespace

absl::StatusOr<QuantizationError> CompareTensors(const Tensor& original,
                                                 const QuantizedTensor& decoded, Context* context) {
  return Compare(original, decoded, context);
}

absl::StatusOr<QuantizationError> CompareTensors(const Tensor& original, const Tensor& decoded,
                                                 Context* context) {
  return Compare(original, decoded, context);
}

absl::StatusOr<QuantizationError> CompareTensors(const QuantizedTensor& original,
                                                 const QuantizedTensor& decoded, Context* context) {
  return Compare(original, decoded, context);
}

}  // namespace pawl
