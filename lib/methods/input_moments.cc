// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/input_moments.h"

#include <algorithm>
#include <cmath>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "kernels/min_max.h"
#include "kernels/outer_products.h"
#include "lib/core/context_internal.h"
#include "lib/core/status_macros.h"
#include "lib/methods/source.h"

namespace pawl {
namespace {

constexpr int64_t kSamplesInF32 = 256;  // of a sum before it goes to f64
constexpr int64_t kPiece = 2048;        // samples that are converted at a time
constexpr int64_t kTileRows = 128;
constexpr int64_t kTileCols = 384;

absl::Status CheckInputs(const Tensor& inputs, int64_t columns) {
  if (!Source::Accepts(inputs.dtype())) {
    return absl::InvalidArgumentError(
        absl::StrCat("inputs are ", DTypeName(inputs.dtype()), "; they must be of a float type"));
  }
  if (inputs.rank() < 1 || inputs.shape().back() != columns) {
    return absl::InvalidArgumentError(absl::StrCat("inputs have the shape ",
                                                   ShapeString(inputs.shape()),
                                                   "; the last dimension must be ", columns));
  }
  return absl::OkStatus();
}

absl::Status CheckFinite(const Tensor& inputs, int64_t columns, kernels::Target target) {
  const Source source(inputs, target);
  std::vector<float> buffer(static_cast<size_t>(columns));
  for (int64_t row = 0; row < inputs.num_elements() / columns; ++row) {
    const float* x = source.Load(row * columns, columns, buffer.data());
    const kernels::Range range = kernels::MinMax(target, x, static_cast<size_t>(columns));
    if (range.nan_count + range.inf_count == 0) continue;
    const auto* bad = std::find_if(x, x + columns, [](float v) { return !std::isfinite(v); });
    return absl::InvalidArgumentError(
        absl::StrCat("inputs hold ", *bad, " in sample ", row, ", column ", bad - x));
  }
  return absl::OkStatus();
}

// to[i, j] += sum over samples of a[s, i] * b[s, j], i < `height`, j < `columns`; for i <= j only
// where `upper`.
absl::Status AddProducts(const float* a, int64_t height, const float* b, int64_t samples,
                         int64_t columns, bool upper, Context* context, double* to) {
  std::vector<std::pair<int64_t, int64_t>> tiles;
  for (int64_t i = 0; i < height; i += kTileRows) {
    for (int64_t j = upper ? i : 0; j < columns; j += kTileCols) tiles.emplace_back(i, j);
  }
  const kernels::Target target = TargetOf(context);
  constexpr size_t kTileBytes = kTileRows * kTileCols * sizeof(float);
  return ForRanges(
      context, static_cast<int64_t>(tiles.size()), 1, kernels::kOuterScratchBytes + kTileBytes,
      [&](int64_t task, int64_t, void* scratch) {
        const auto [i, j] = tiles[static_cast<size_t>(task)];
        auto* tile =
            reinterpret_cast<float*>(static_cast<char*>(scratch) + kernels::kOuterScratchBytes);
        const int64_t rows = std::min(kTileRows, height - i);
        const int64_t cols = std::min(kTileCols, columns - j);
        for (int64_t s = 0; s < samples; s += kSamplesInF32) {
          std::fill_n(tile, rows * cols, 0.0f);
          const kernels::OuterShape shape{static_cast<size_t>(rows),
                                          static_cast<size_t>(cols),
                                          static_cast<size_t>(std::min(kSamplesInF32, samples - s)),
                                          static_cast<size_t>(height),
                                          static_cast<size_t>(columns),
                                          static_cast<size_t>(cols)};
          kernels::AddOuterProductsF32(target, a + s * height + i, b + s * columns + j, shape, tile,
                                       scratch);
          for (int64_t r = 0; r < rows; ++r) {
            double* const out = to + (i + r) * columns + j;
            const float* const sums = tile + r * cols;
            for (int64_t c = 0; c < cols; ++c) out[c] += static_cast<double>(sums[c]);
          }
        }
      });
}

// Apart from their callers so that no arithmetic moves before the floating-point mode is set.
[[gnu::noinline]] void Subtract(const float* a, const float* b, int64_t count, float* out) {
  for (int64_t i = 0; i < count; ++i) out[i] = a[i] - b[i];
}

[[gnu::noinline]] void AddAll(absl::Span<const double> terms, absl::Span<double> sums) {
  for (size_t i = 0; i < terms.size(); ++i) sums[i] += terms[i];
}

}  // namespace

absl::StatusOr<InputMoments> InputMoments::Create(int64_t columns) {
  if (columns < 1) {
    return absl::InvalidArgumentError(absl::StrCat("columns is ", columns, "; it must be 1 up"));
  }
  InputMoments moments;
  moments.columns_ = columns;
  PAWL_ASSIGN_OR_RETURN(moments.products_, Tensor::Create(DType::kF64, {columns, columns}));
  return moments;
}

absl::Status InputMoments::Add(const Tensor& inputs, Context* context) try {
  const kernels::FloatEnvironment environment;
  PAWL_RETURN_IF_ERROR(CheckInputs(inputs, columns_));
  const kernels::Target target = TargetOf(context);
  PAWL_RETURN_IF_ERROR(CheckFinite(inputs, columns_, target));
  const Source source(inputs, target);
  const int64_t samples = inputs.num_elements() / columns_;
  std::vector<float> buffer(
      source.is_f32() ? 0 : static_cast<size_t>(std::min(kPiece, samples) * columns_));
  for (int64_t begin = 0; begin < samples; begin += kPiece) {
    const int64_t count = std::min(kPiece, samples - begin);
    const float* x = source.Load(begin * columns_, count * columns_, buffer.data());
    PAWL_RETURN_IF_ERROR(AddProducts(x, columns_, x, count, columns_, true, context,
                                     products_.mutable_as<double>().data()));
  }
  samples_ += samples;
  return absl::OkStatus();
} catch (const std::bad_alloc&) {
  return absl::ResourceExhaustedError("no memory to add the inputs of a layer");
}

absl::Status InputMoments::AddPair(const Tensor& quantized_inputs, const Tensor& float_inputs,
                                   Context* context) try {
  PAWL_RETURN_IF_ERROR(CheckInputs(float_inputs, columns_));
  if (float_inputs.num_elements() != quantized_inputs.num_elements()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "float inputs have the shape ", ShapeString(float_inputs.shape()), ", quantized ones ",
        ShapeString(quantized_inputs.shape()), "; they must have as many samples"));
  }
  const kernels::FloatEnvironment environment;
  const kernels::Target target = TargetOf(context);
  PAWL_RETURN_IF_ERROR(CheckInputs(quantized_inputs, columns_));
  PAWL_RETURN_IF_ERROR(CheckFinite(float_inputs, columns_, target));
  PAWL_RETURN_IF_ERROR(CheckFinite(quantized_inputs, columns_, target));
  if (differences_.empty()) {
    PAWL_ASSIGN_OR_RETURN(differences_, Tensor::Create(DType::kF64, {columns_, columns_}));
  }
  const int64_t samples = float_inputs.num_elements() / columns_;
  const Source exact(float_inputs, target), quantized(quantized_inputs, target);
  const auto size = static_cast<size_t>(std::min(kPiece, samples) * columns_);
  std::vector<float> exact_buffer(size), quantized_buffer(size), difference(size);
  for (int64_t begin = 0; begin < samples; begin += kPiece) {
    const int64_t count = std::min(kPiece, samples - begin) * columns_;
    const float* x = exact.Load(begin * columns_, count, exact_buffer.data());
    const float* q = quantized.Load(begin * columns_, count, quantized_buffer.data());
    Subtract(x, q, count, difference.data());
    PAWL_RETURN_IF_ERROR(AddProducts(difference.data(), columns_, q, count / columns_, columns_,
                                     false, context, differences_.mutable_as<double>().data()));
  }
  return Add(quantized_inputs, context);
} catch (const std::bad_alloc&) {
  return absl::ResourceExhaustedError("no memory to add the inputs of a layer");
}

absl::Status InputMoments::AddMissing(const Tensor& quantized_inputs, const Tensor& missing,
                                      Context* context) try {
  const kernels::FloatEnvironment environment;
  const kernels::Target target = TargetOf(context);
  PAWL_RETURN_IF_ERROR(CheckInputs(quantized_inputs, columns_));
  if (missing.rank() != 2 || missing.dtype() != DType::kF32 ||
      quantized_inputs.dtype() != DType::kF32 ||
      missing.dim(0) != quantized_inputs.num_elements() / columns_ ||
      (!missing_.empty() && missing_.dim(0) != missing.dim(1))) {
    return absl::InvalidArgumentError(
        absl::StrCat("what outputs miss has the shape ", ShapeString(missing.shape()), ", inputs ",
                     ShapeString(quantized_inputs.shape()), "; both are f32 with as many samples"));
  }
  const int64_t outputs = missing.dim(1), samples = missing.dim(0);
  PAWL_RETURN_IF_ERROR(CheckFinite(quantized_inputs, columns_, target));
  PAWL_RETURN_IF_ERROR(CheckFinite(missing, outputs, target));
  if (missing_.empty()) {
    PAWL_ASSIGN_OR_RETURN(missing_, Tensor::Create(DType::kF64, {outputs, columns_}));
  }
  return AddProducts(missing.as<float>().data(), outputs, quantized_inputs.as<float>().data(),
                     samples, columns_, false, context, missing_.mutable_as<double>().data());
} catch (const std::bad_alloc&) {
  return absl::ResourceExhaustedError("no memory to add what a layer's outputs miss");
}

absl::Status InputMoments::Merge(const InputMoments& other) {
  if (other.columns_ != columns_) {
    return absl::InvalidArgumentError(absl::StrCat(
        "moments of ", other.columns_, " columns cannot be merged into those of ", columns_));
  }
  if (differences_.empty() && !other.differences_.empty()) {
    PAWL_ASSIGN_OR_RETURN(differences_, Tensor::Create(DType::kF64, {columns_, columns_}));
  }
  if (missing_.empty() && !other.missing_.empty()) {
    PAWL_ASSIGN_OR_RETURN(missing_, Tensor::Create(DType::kF64, other.missing_.shape()));
  }
  if (!other.missing_.empty() && missing_.shape() != other.missing_.shape()) {
    return absl::InvalidArgumentError("moments of layers with other outputs cannot be merged");
  }
  const kernels::FloatEnvironment environment;
  AddAll(other.missing(), missing_.mutable_as<double>());
  AddAll(other.products(), products_.mutable_as<double>());
  AddAll(other.differences(), differences_.mutable_as<double>());
  samples_ += other.samples_;
  return absl::OkStatus();
}

std::vector<float> InputMoments::Importance() const {
  std::vector<float> mean(static_cast<size_t>(columns_));
  const auto count = static_cast<double>(std::max<int64_t>(samples_, 1));
  for (int64_t i = 0; i < columns_; ++i) {
    const double sum = products()[static_cast<size_t>(i * columns_ + i)];
    mean[static_cast<size_t>(i)] = static_cast<float>(std::min(sum / count, 1e30));
  }
  return mean;
}

}  // namespace pawl
