// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Attention: softmax(Q K^T * scale + mask) V for heads that may share keys and values, with keys
// and values of earlier calls in front (past) and given back (present).

#include "lib/graph/operators/attention.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "lib/graph/operators/common.h"
#include "lib/graph/product.h"

namespace pawl {
namespace {

constexpr size_t kMask = 3, kPastKey = 4, kPastValue = 5, kNonPad = 6;
constexpr size_t kPresentKey = 1, kPresentValue = 2, kScores = 3;

absl::Status Pairs(bool key, bool value) {
  if (key == value) return absl::OkStatus();
  return absl::InvalidArgumentError("past_key and past_value come together or not at all");
}

absl::Status SetShapes(ShapeContext& c, const AttentionDims& d) {
  const DType dtype = c.dtype(0);
  c.Set(0, dtype,
        d.rank3 ? Dims{d.batch, d.queries, DimProduct({d.heads, d.value_size})}
                : Dims{d.batch, d.heads, d.queries, d.value_size});
  c.Set(kPresentKey, dtype, {d.batch, d.kv_heads, d.total, d.size});
  c.Set(kPresentValue, c.dtype(2), {d.batch, d.kv_heads, d.total, d.value_size});
  c.Set(kScores, dtype, {d.batch, d.heads, d.queries, d.total});
  return absl::OkStatus();
}

absl::Status AttentionShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 7));
  PAWL_RETURN_IF_ERROR(Pairs(c.Has(kPastKey), c.Has(kPastValue)));
  PAWL_ASSIGN_OR_RETURN(const AttentionDims d,
                        AttentionDims::Read(c.node(), c.dims(0), c.dims(1), c.dims(2),
                                            c.Has(kPastKey) ? &c.dims(kPastKey) : nullptr));
  return SetShapes(c, d);
}

// Parts of the workspace, in floats.
struct Scratch {
  size_t queries, keys, values, scores, result;
  explicit Scratch(const AttentionDims& d)
      : queries(static_cast<size_t>(d.group() * d.queries * d.size)),
        keys(static_cast<size_t>(d.total * d.size)),
        values(static_cast<size_t>(2 * d.total * d.value_size)),
        scores(static_cast<size_t>(d.group() * d.queries * d.total)),
        result(static_cast<size_t>(d.group() * d.queries * d.value_size)) {}
  size_t total() const { return queries + keys + values + scores + result; }
};

size_t AttentionWorkspace(const WorkspaceContext& c) {
  const auto dims = [&](size_t i) -> const Dims* {
    return i < c.inputs.size() && c.inputs[i] != nullptr ? &*c.inputs[i]->shape : nullptr;
  };
  const absl::StatusOr<AttentionDims> d =
      AttentionDims::Read(c.node, *dims(0), *dims(1), *dims(2), dims(kPastKey));
  return d.ok() ? Scratch(*d).total() * sizeof(float) : 0;
}

// The rows of one head of an input, [positions, size], at `out`, one after another.
void GatherHead(const float* in, bool rank3, int64_t heads, int64_t positions, int64_t size,
                int64_t batch, int64_t head, float factor, float* out) {
  const int64_t stride = rank3 ? heads * size : size;
  const float* from = in + (rank3 ? batch * positions * heads * size + head * size
                                  : (batch * heads + head) * positions * size);
  for (int64_t i = 0; i < positions; ++i) {
    for (int64_t j = 0; j < size; ++j) out[i * size + j] = from[i * stride + j] * factor;
  }
}

class Attention {
 public:
  Attention(OpRun& run, const AttentionDims& d) : run_(run), d_(d) {
    const Scratch sizes(d);
    queries_ = run.workspace<float>();
    keys_ = queries_ + sizes.queries;
    values_ = keys_ + sizes.keys;
    transposed_ = values_ + d.total * d.value_size;
    scores_ = values_ + sizes.values;
    result_ = scores_ + sizes.scores;
    const auto root = static_cast<float>(1.0 / std::sqrt(static_cast<double>(d.size)));
    scale_ = run.node().Float("scale", root);
  }

  absl::Status Run() {
    PAWL_ASSIGN_OR_RETURN(const AttentionMask mask, AttentionMask::Make(run_, d_, kMask, kNonPad));
    for (int64_t b = 0; b < d_.batch; ++b) {
      for (int64_t h = 0; h < d_.kv_heads; ++h) PAWL_RETURN_IF_ERROR(RunGroup(b, h, mask));
    }
    return absl::OkStatus();
  }

 private:
  // The query heads that share key and value head `h`.
  absl::Status RunGroup(int64_t b, int64_t h, const AttentionMask& mask) {
    const int64_t rows = d_.group() * d_.queries;
    for (int64_t g = 0; g < d_.group(); ++g) {
      GatherHead(Data(0), d_.rank3, d_.heads, d_.queries, d_.size, b, h * d_.group() + g, scale_,
                 queries_ + g * d_.queries * d_.size);
    }
    Join(kPastKey, 1, kPresentKey, d_.size, b, h, keys_);
    Join(kPastValue, 2, kPresentValue, d_.value_size, b, h, values_);
    PAWL_RETURN_IF_ERROR(MultiplyF32(
        {.m = rows, .n = d_.total, .k = d_.size, .a = queries_, .w = keys_, .out = scores_},
        run_.context()));
    float* shown = run_.Wants(kScores) ? run_.output(kScores).mutable_as<float>().data() : nullptr;
    if (shown != nullptr) shown += (b * d_.heads + h * d_.group()) * d_.queries * d_.total;
    PAWL_RETURN_IF_ERROR(
        Ranges(run_, rows, std::max<int64_t>(1, 4096 / d_.total), [&](int64_t begin, int64_t end) {
          for (int64_t r = begin; r < end; ++r) {
            const int64_t head = h * d_.group() + r / d_.queries;
            float* row = scores_ + r * d_.total;
            mask.Softmax(b, head, r % d_.queries, row,
                         shown == nullptr ? nullptr : shown + r * d_.total);
          }
        }));
    TransposeMatrix(values_, d_.total, d_.value_size, sizeof(float), transposed_);
    PAWL_RETURN_IF_ERROR(MultiplyF32({.m = rows,
                                      .n = d_.value_size,
                                      .k = d_.total,
                                      .a = scores_,
                                      .w = transposed_,
                                      .out = result_},
                                     run_.context()));
    Scatter(b, h);
    return absl::OkStatus();
  }

  const float* Data(size_t input) const { return run_.input(input).as<float>().data(); }

  // Past and new rows of a key or value head, and a copy in the output where that is wanted.
  void Join(size_t past, size_t input, size_t present, int64_t size, int64_t b, int64_t h,
            float* out) {
    const int64_t before = d_.total - d_.keys, at = b * d_.kv_heads + h;
    if (before > 0) std::copy_n(Data(past) + at * before * size, before * size, out);
    GatherHead(Data(input), d_.rank3, d_.kv_heads, d_.keys, size, b, h, 1.0f, out + before * size);
    if (!run_.Wants(present)) return;
    std::copy_n(out, d_.total * size,
                run_.output(present).mutable_as<float>().data() + at * d_.total * size);
  }

  void Scatter(int64_t b, int64_t h) {
    float* out = run_.output(0).mutable_as<float>().data();
    const int64_t size = d_.value_size;
    for (int64_t r = 0; r < d_.group() * d_.queries; ++r) {
      const int64_t head = h * d_.group() + r / d_.queries, i = r % d_.queries;
      const int64_t to = d_.rank3 ? ((b * d_.queries + i) * d_.heads + head) * size
                                  : ((b * d_.heads + head) * d_.queries + i) * size;
      std::copy_n(result_ + r * size, size, out + to);
    }
  }

  OpRun& run_;
  const AttentionDims& d_;
  float scale_ = 1.0f;
  float *queries_, *keys_, *values_, *transposed_, *scores_, *result_;
};

absl::Status RunAttention(OpRun& run) {
  for (const size_t i : {size_t{0}, size_t{1}, size_t{2}, kPastKey, kPastValue}) {
    if (run.Has(i) && run.input(i).dtype() != DType::kF32) {
      return TypeError(i, run.input(i).dtype(), "f32");
    }
  }
  PAWL_ASSIGN_OR_RETURN(
      const AttentionDims d,
      AttentionDims::Read(run.node(), run.input(0).shape(), run.input(1).shape(),
                          run.input(2).shape(),
                          run.Has(kPastKey) ? &run.input(kPastKey).shape() : nullptr));
  if (run.Has(kPastValue) &&
      run.input(kPastValue).shape() != Dims{d.batch, d.kv_heads, d.total - d.keys, d.value_size}) {
    return absl::InvalidArgumentError("past_value does not fit past_key and V");
  }
  if (d.total == 0) {  // nothing to look at
    for (float& value : run.output(0).mutable_as<float>()) value = 0.0f;
    return absl::OkStatus();
  }
  return Attention(run, d).Run();
}

constexpr Operator kTable[] = {
    {.name = "Attention",
     .domain = "",
     .min_opset = 23,
     .shape = AttentionShape,
     .run = RunAttention,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic,
     .workspace = AttentionWorkspace},
};

}  // namespace

absl::Span<const Operator> AttentionOperators() { return kTable; }

}  // namespace pawl
