// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// RotaryEmbedding: pairs of a head's values turn by angles of their position (Su et al., RoFormer,
// arXiv 2104.09864).

#include <algorithm>
#include <cstring>

#include "lib/graph/operators/common.h"

namespace pawl {
namespace {

// X as [batch, positions, heads, size], whichever way it is laid out.
struct RotaryDims {
  int64_t batch = 0, length = 0, heads = 0, size = 0;
  int64_t batch_stride = 0, position_stride = 0, head_stride = 0;
  int64_t turned = 0;  // values of a head that turn
};

absl::StatusOr<RotaryDims> ReadDims(const Node& node, const Dims& x) {
  RotaryDims d;
  if (x.size() == 4) {
    d = {x[0], x[2], x[1], x[3], x[1] * x[2] * x[3], x[3], x[2] * x[3], 0};
  } else if (x.size() == 3) {
    d.heads = node.Int("num_heads", 0);
    if (d.heads <= 0 || x[2] % d.heads != 0) {
      return absl::InvalidArgumentError(absl::StrCat("input 0 has rank 3 and ", x[2],
                                                     " columns, which num_heads = ", d.heads,
                                                     " must divide"));
    }
    const int64_t size = x[2] / d.heads;
    d = {x[0], x[1], d.heads, size, x[1] * x[2], x[2], size, 0};
  } else {
    return absl::InvalidArgumentError(
        absl::StrCat("input 0 has rank ", x.size(), "; it must be 3 or 4"));
  }
  d.turned = node.Int("rotary_embedding_dim", 0);
  if (d.turned == 0) d.turned = d.size;
  if (d.turned < 0 || d.turned > d.size || d.turned % 2 != 0) {
    return absl::InvalidArgumentError(absl::StrCat("turns ", d.turned, " values of heads of ",
                                                   d.size, "; it must be an even part of them"));
  }
  return d;
}

absl::Status RotaryShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 4));
  if (c.rank(0) != 3 && c.rank(0) != 4) {
    return absl::InvalidArgumentError(
        absl::StrCat("input 0 has rank ", c.rank(0), "; it must be 3 or 4"));
  }
  return SameAsInput(c);
}

// Which row of the tables a position has: the tables are [batch, positions, half] without ids, and
// [rows, half] with them.
class TableRows {
 public:
  static absl::StatusOr<TableRows> Make(OpRun& run, const RotaryDims& d) {
    TableRows rows;
    const Dims& cos = run.input(1).shape();
    if (cos != run.input(2).shape() || cos.empty() || cos.back() != d.turned / 2) {
      return absl::InvalidArgumentError(absl::StrCat("the tables are ", ShapeString(cos), " and ",
                                                     ShapeString(run.input(2).shape()),
                                                     "; both must end in ", d.turned / 2));
    }
    rows.length_ = d.length;
    if (!run.Has(3)) {
      if (cos != Dims{d.batch, d.length, d.turned / 2}) {
        return absl::InvalidArgumentError(absl::StrCat(
            "the tables are ", ShapeString(cos), " without position_ids; they must be ",
            ShapeString({d.batch, d.length, d.turned / 2})));
      }
      return rows;
    }
    if (cos.size() != 2) return absl::InvalidArgumentError("the tables must be of rank 2");
    PAWL_ASSIGN_OR_RETURN(rows.ids_, IntegersOf(run.input(3)));
    if (run.input(3).shape() != Dims{d.batch, d.length}) {
      return absl::InvalidArgumentError(
          absl::StrCat("position_ids are ", ShapeString(run.input(3).shape()), "; they must be ",
                       ShapeString({d.batch, d.length})));
    }
    for (int64_t& id : rows.ids_) {
      if (id < -cos[0] || id >= cos[0]) {
        return absl::InvalidArgumentError(
            absl::StrCat("position ", id, " in tables of ", cos[0], " rows"));
      }
      if (id < 0) id += cos[0];
    }
    return rows;
  }

  int64_t operator()(int64_t batch, int64_t position) const {
    const int64_t at = batch * length_ + position;
    return ids_.empty() ? at : ids_[static_cast<size_t>(at)];
  }

 private:
  int64_t length_ = 0;
  std::vector<int64_t> ids_;
};

// One head at one position. `step` 1 turns pairs of neighbours, half apart otherwise.
void Turn(const float* x, const float* cos, const float* sin, const RotaryDims& d, bool neighbours,
          float* y) {
  const int64_t half = d.turned / 2;
  for (int64_t i = 0; i < half; ++i) {
    const int64_t a = neighbours ? 2 * i : i, b = neighbours ? 2 * i + 1 : i + half;
    const float low = x[a], high = x[b];
    y[a] = cos[i] * low - sin[i] * high;
    y[b] = sin[i] * low + cos[i] * high;
  }
  std::copy(x + d.turned, x + d.size, y + d.turned);
}

absl::Status RunRotary(OpRun& run) {
  for (size_t i = 0; i < 3; ++i) {
    if (run.input(i).dtype() != DType::kF32) return TypeError(i, run.input(i).dtype(), "f32");
  }
  PAWL_ASSIGN_OR_RETURN(const RotaryDims d, ReadDims(run.node(), run.input(0).shape()));
  PAWL_ASSIGN_OR_RETURN(const TableRows rows, TableRows::Make(run, d));
  const bool neighbours = run.node().Int("interleaved", 0) != 0;
  const float* x = run.input(0).as<float>().data();
  const float* cos = run.input(1).as<float>().data();
  const float* sin = run.input(2).as<float>().data();
  float* y = run.output(0).mutable_as<float>().data();
  const int64_t step = std::max<int64_t>(1, 4096 / std::max<int64_t>(1, d.heads * d.size));
  return Ranges(run, d.batch * d.length, step, [&](int64_t begin, int64_t end) {
    for (int64_t r = begin; r < end; ++r) {
      const int64_t batch = r / d.length, position = r % d.length;
      const int64_t table = rows(batch, position) * (d.turned / 2);
      const int64_t at = batch * d.batch_stride + position * d.position_stride;
      for (int64_t h = 0; h < d.heads; ++h) {
        const int64_t head = at + h * d.head_stride;
        Turn(x + head, cos + table, sin + table, d, neighbours, y + head);
      }
    }
  });
}

constexpr Operator kTable[] = {
    {.name = "RotaryEmbedding",
     .domain = "",
     .min_opset = 23,
     .shape = RotaryShape,
     .run = RunRotary,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic | kInPlace},
};

}  // namespace

absl::Span<const Operator> RotaryOperators() { return kTable; }

}  // namespace pawl
