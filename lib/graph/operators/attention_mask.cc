// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <cmath>
#include <limits>

#include "kernels/elementary.h"
#include "lib/core/context_internal.h"
#include "lib/graph/operators/attention.h"
#include "lib/graph/operators/common.h"

namespace pawl {
namespace {

constexpr float kInfinity = std::numeric_limits<float>::infinity();

absl::Status CheckHeads(const AttentionDims& d) {
  if (d.heads < 0 || d.kv_heads < 0) return absl::OkStatus();  // not known yet
  if (d.kv_heads > 0 && d.heads % d.kv_heads == 0) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(d.heads, " query heads do not share ", d.kv_heads, " key heads evenly"));
}

absl::StatusOr<AttentionDims> ReadRank3(const Node& node, const Dims& q, const Dims& k,
                                        const Dims& v) {
  AttentionDims d;
  d.rank3 = true;
  d.heads = node.Int("q_num_heads", 0);
  d.kv_heads = node.Int("kv_num_heads", 0);
  if (d.heads <= 0 || d.kv_heads <= 0) {
    return absl::InvalidArgumentError("inputs of rank 3 need q_num_heads and kv_num_heads");
  }
  const auto split = [](int64_t columns, int64_t heads) {
    return columns < 0 ? kUnknownDim : columns / heads;
  };
  if ((q[2] >= 0 && q[2] % d.heads != 0) || (k[2] >= 0 && k[2] % d.kv_heads != 0) ||
      (v[2] >= 0 && v[2] % d.kv_heads != 0)) {
    return absl::InvalidArgumentError("the heads do not divide the columns of Q, K or V");
  }
  d.batch = q[0];
  d.queries = q[1];
  d.keys = k[1];
  d.size = split(q[2], d.heads);
  d.value_size = split(v[2], d.kv_heads);
  const int64_t key_size = split(k[2], d.kv_heads);
  if (d.size >= 0 && key_size >= 0 && d.size != key_size) {
    return absl::InvalidArgumentError(
        absl::StrCat("heads of Q have ", d.size, " values, those of K ", key_size));
  }
  return d;
}

}  // namespace

absl::StatusOr<AttentionDims> AttentionDims::Read(const Node& node, const Dims& q, const Dims& k,
                                                  const Dims& v, const Dims* past) {
  if ((q.size() != 3 && q.size() != 4) || k.size() != q.size() || v.size() != q.size()) {
    return absl::InvalidArgumentError("Q, K and V must all have rank 3, or all rank 4");
  }
  AttentionDims d;
  if (q.size() == 3) {
    PAWL_ASSIGN_OR_RETURN(d, ReadRank3(node, q, k, v));
  } else {
    d = {false, q[0], q[1], k[1], q[2], k[2], 0, q[3], v[3]};
    if (d.size >= 0 && k[3] >= 0 && d.size != k[3]) {
      return absl::InvalidArgumentError(
          absl::StrCat("heads of Q have ", d.size, " values, those of K ", k[3]));
    }
  }
  const size_t positions = d.rank3 ? 1 : 2;
  if (v[positions] >= 0 && d.keys >= 0 && v[positions] != d.keys) {
    return absl::InvalidArgumentError(
        absl::StrCat("K has ", d.keys, " positions, V ", v[positions]));
  }
  PAWL_RETURN_IF_ERROR(CheckHeads(d));
  d.total = d.keys;
  if (past != nullptr) {
    if (past->size() != 4) return absl::InvalidArgumentError("past_key must have rank 4");
    const auto differs = [](int64_t a, int64_t b) { return a >= 0 && b >= 0 && a != b; };
    if (differs((*past)[0], d.batch) || differs((*past)[1], d.kv_heads) ||
        differs((*past)[3], d.size)) {
      return absl::InvalidArgumentError(absl::StrCat("past_key is ", ShapeString(*past),
                                                     "; it must be [batch, ", d.kv_heads,
                                                     ", positions, ", d.size, "]"));
    }
    d.total = DimSum((*past)[2], d.keys);
  }
  return d;
}

absl::StatusOr<AttentionMask> AttentionMask::Make(OpRun& run, const AttentionDims& d, size_t mask,
                                                  size_t lengths) {
  AttentionMask m;
  const Node& node = run.node();
  m.d_ = d;
  m.target_ = TargetOf(&run.context());
  m.causal_ = node.Int("is_causal", 0) != 0;
  m.left_ = node.Int("left_window_size", -1);
  m.right_ = node.Int("right_window_size", -1);
  m.mode_ = node.Int("qk_matmul_output_mode", 0);
  m.softcap_ = node.Float("softcap", 0.0f);
  if (run.Has(lengths)) {
    PAWL_ASSIGN_OR_RETURN(m.lengths_, IntegersOf(run.input(lengths)));
    if (static_cast<int64_t>(m.lengths_.size()) != d.batch) {
      return absl::InvalidArgumentError("nonpad_kv_seqlen must have a length for each batch");
    }
  }
  if (!run.Has(mask)) return m;
  const Tensor& given = run.input(mask);
  if (given.dtype() == DType::kBool) {
    m.allowed_ = static_cast<const bool*>(given.data());
  } else if (given.dtype() == DType::kF32) {
    m.bias_ = given.as<float>().data();
  } else {
    return TypeError(mask, given.dtype(), "f32, bool");
  }
  // Broadcast to [batch, heads, queries, total] from the right; fewer columns are padded.
  const Dims& shape = given.shape();
  const Dims full = {d.batch, d.heads, d.queries, d.total};
  int64_t* strides[] = {&m.batch_stride_, &m.head_stride_, &m.query_stride_, &m.key_stride_};
  if (shape.empty() || shape.size() > 4) {
    return absl::InvalidArgumentError(absl::StrCat("attn_mask has rank ", shape.size()));
  }
  m.mask_columns_ = shape.back() == 1 ? d.total : std::min(shape.back(), d.total);
  int64_t stride = 1;
  for (size_t i = 0; i < shape.size(); ++i) {
    const size_t from = shape.size() - 1 - i, to = 3 - i;
    if (shape[from] != 1 && shape[from] != full[to] && (i > 0 || shape[from] > d.total)) {
      return absl::InvalidArgumentError(absl::StrCat("attn_mask is ", ShapeString(shape),
                                                     ", which does not fit scores of ",
                                                     ShapeString(full)));
    }
    *strides[to] = shape[from] == 1 ? 0 : stride;
    stride *= shape[from];
  }
  return m;
}

AttentionMask::Range AttentionMask::Allowed(int64_t batch, int64_t query) const {
  Range range{0, d_.total};
  int64_t offset = d_.total - d_.keys;
  if (!lengths_.empty()) {
    const int64_t length = lengths_[static_cast<size_t>(batch)];
    range.end = std::clamp<int64_t>(length, 0, d_.total);
    if (d_.total == d_.keys) offset = length - d_.queries;
  }
  const int64_t at = query + offset;
  if (causal_) range.end = std::min(range.end, at + 1);
  if (right_ >= 0) range.end = std::min(range.end, at + right_ + 1);
  if (left_ >= 0) range.begin = std::max<int64_t>(0, at - left_);
  range.end = std::max<int64_t>(range.end, 0);
  range.begin = std::min(range.begin, range.end);
  return range;
}

bool AttentionMask::AddMask(int64_t batch, int64_t head, int64_t query, Range range,
                            float* row) const {
  if (bias_ == nullptr && allowed_ == nullptr) return range.begin < range.end;
  const int64_t at = batch * batch_stride_ + head * head_stride_ + query * query_stride_;
  bool any = false;
  for (int64_t j = range.begin; j < range.end; ++j) {
    const bool padded = j >= mask_columns_;
    float bias = -kInfinity;
    if (!padded && bias_ != nullptr) bias = bias_[at + j * key_stride_];
    if (!padded && allowed_ != nullptr && allowed_[at + j * key_stride_]) bias = 0.0f;
    any |= bias != -kInfinity;
    row[j] += bias;
  }
  return any;
}

void AttentionMask::Softmax(int64_t batch, int64_t head, int64_t query, float* row,
                            float* shown) const {
  const auto total = static_cast<size_t>(d_.total);
  if (shown != nullptr && mode_ == 0) std::copy_n(row, total, shown);
  if (softcap_ > 0.0f) {
    for (size_t j = 0; j < total; ++j) row[j] /= softcap_;
    kernels::Elementary(target_, kernels::ElementaryKind::kTanh, row, total, row);
    for (size_t j = 0; j < total; ++j) row[j] *= softcap_;
  }
  if (shown != nullptr && mode_ == 1) std::copy_n(row, total, shown);
  const Range range = Allowed(batch, query);
  const bool any = AddMask(batch, head, query, range, row);
  std::fill(row, row + range.begin, -kInfinity);
  std::fill(row + range.end, row + d_.total, -kInfinity);
  if (shown != nullptr && mode_ == 2) std::copy_n(row, total, shown);
  float largest = -kInfinity;
  for (int64_t j = range.begin; j < range.end; ++j) largest = std::max(largest, row[j]);
  if (!any || largest == -kInfinity) {
    std::fill(row, row + d_.total, 0.0f);
  } else {
    for (int64_t j = range.begin; j < range.end; ++j) row[j] -= largest;
    kernels::Elementary(target_, kernels::ElementaryKind::kExp, row, total, row);
    double sum = 0.0;
    for (int64_t j = range.begin; j < range.end; ++j) sum += double{row[j]};
    const auto scale = static_cast<float>(1.0 / sum);
    for (int64_t j = range.begin; j < range.end; ++j) row[j] *= scale;
    std::fill(row, row + range.begin, 0.0f);
    std::fill(row + range.end, row + d_.total, 0.0f);
  }
  if (shown != nullptr && mode_ == 3) std::copy_n(row, total, shown);
}

}  // namespace pawl
