// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the Attention operator's shape rule, kernel and mask share.

#ifndef PAWL_LIB_GRAPH_OPERATORS_ATTENTION_H_
#define PAWL_LIB_GRAPH_OPERATORS_ATTENTION_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/target.h"
#include "lib/graph/operator.h"
#include "pawl/graph.h"

namespace pawl {

// Sizes; those of a shape rule may be symbols or unknown.
struct AttentionDims {
  bool rank3 = false;  // Q, K, V are [batch, positions, heads * size], else [batch, heads, ..]
  int64_t batch = 0, heads = 0, kv_heads = 0;
  int64_t queries = 0, keys = 0;  // positions of this call
  int64_t total = 0;              // keys with those of the past
  int64_t size = 0, value_size = 0;

  // Query heads for each key head.
  int64_t group() const { return kv_heads == 0 ? 0 : heads / kv_heads; }

  // `past` is the shape of past_key or null. InvalidArgument where shapes do not fit together.
  static absl::StatusOr<AttentionDims> Read(const Node& node, const Dims& q, const Dims& k,
                                            const Dims& v, const Dims* past);
};

// Which keys a query may look at, and what is added to its scores.
class AttentionMask {
 public:
  // `mask` and `lengths` are the inputs attn_mask and nonpad_kv_seqlen.
  static absl::StatusOr<AttentionMask> Make(OpRun& run, const AttentionDims& d, size_t mask,
                                            size_t lengths);

  // Scores of one query, [total], become probabilities: zeros where it may not look, and everywhere
  // if it may look nowhere. `shown` (may be null) gets what qk_matmul_output_mode asks for. The sum
  // goes in ascending order in f64.
  void Softmax(int64_t batch, int64_t head, int64_t query, float* row, float* shown) const;

 private:
  struct Range {
    int64_t begin, end;
  };
  Range Allowed(int64_t batch, int64_t query) const;
  // Adds attn_mask; false where every key of the range is masked.
  bool AddMask(int64_t batch, int64_t head, int64_t query, Range range, float* row) const;

  AttentionDims d_;
  kernels::Target target_{};
  bool causal_ = false;
  int64_t left_ = -1, right_ = -1;  // of a window; -1: no bound
  int64_t mode_ = 0;
  float softcap_ = 0.0f;
  std::vector<int64_t> lengths_;  // of each batch; empty: all
  const float* bias_ = nullptr;
  const bool* allowed_ = nullptr;
  int64_t mask_columns_ = 0;
  int64_t batch_stride_ = 0, head_stride_ = 0, query_stride_ = 0, key_stride_ = 1;
};

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_ATTENTION_H_
