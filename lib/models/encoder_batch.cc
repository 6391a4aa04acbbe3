// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/encoder_batch.h"

#include <algorithm>
#include <numeric>

#include "lib/core/status_macros.h"

namespace pawl {
namespace {

constexpr size_t kMostSequences = 32;
constexpr int64_t kMostIds = 4096;  // with their padding

}  // namespace

size_t SequencesTogether(absl::Span<const int64_t> lengths) {
  size_t count = 0;
  int64_t longest = 0;
  while (count < lengths.size() && count < kMostSequences) {
    longest = std::max(longest, lengths[count]);
    if (count > 0 && longest * static_cast<int64_t>(count + 1) > kMostIds) break;
    ++count;
  }
  return count;
}

absl::StatusOr<std::vector<Tensor>> EncoderInputs(absl::Span<const int32_t> ids,
                                                  absl::Span<const int64_t> lengths) {
  const auto batch = static_cast<int64_t>(lengths.size());
  const int64_t n = *std::max_element(lengths.begin(), lengths.end());
  std::vector<Tensor> inputs(4);
  for (size_t i = 0; i < inputs.size(); ++i) {
    PAWL_ASSIGN_OR_RETURN(inputs[i], Tensor::Create(DType::kI64, {i < 3 ? batch : 1, n}));
  }
  int64_t* row = inputs[0].mutable_as<int64_t>().data();
  int64_t* seen = inputs[1].mutable_as<int64_t>().data();
  const int32_t* from = ids.data();
  for (const int64_t length : lengths) {
    std::copy_n(from, length, row);
    std::fill_n(seen, length, 1);
    from += length;
    row += n;
    seen += n;
  }
  const absl::Span<int64_t> positions = inputs[3].mutable_as<int64_t>();
  std::iota(positions.begin(), positions.end(), 0);
  return inputs;
}

absl::StatusOr<Tensor> RowsOfSequences(const Tensor& states, absl::Span<const int64_t> lengths) {
  const int64_t n = states.dim(1), width = states.dim(2);
  if (lengths.size() == 1) return states.Reshape({n, width});
  const int64_t count = std::accumulate(lengths.begin(), lengths.end(), int64_t{0});
  PAWL_ASSIGN_OR_RETURN(Tensor rows, Tensor::Create(DType::kF32, {count, width}));
  const float* from = states.as<float>().data();
  float* to = rows.mutable_as<float>().data();
  for (const int64_t length : lengths) {
    to = std::copy_n(from, length * width, to);
    from += n * width;
  }
  return rows;
}

}  // namespace pawl
