// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Transpose, Expand, Tile, DepthToSpace, SpaceToDepth: other orders of the same elements.

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/strided_copy.h"

namespace pawl {
namespace {

absl::StatusOr<std::vector<int64_t>> Permutation(const Node& node, int64_t rank) {
  const auto attribute = node.Ints("perm");
  std::vector<int64_t> perm(attribute.begin(), attribute.end());
  if (!node.Has("perm")) {
    perm.resize(static_cast<size_t>(rank));
    std::iota(perm.rbegin(), perm.rend(), 0);
  }
  std::vector<int64_t> sorted = perm;
  std::sort(sorted.begin(), sorted.end());
  std::vector<int64_t> all(static_cast<size_t>(rank));
  std::iota(all.begin(), all.end(), 0);
  if (sorted != all) {
    return absl::InvalidArgumentError(
        absl::StrCat("perm ", ShapeString(perm), " is no permutation of ", rank, " dimensions"));
  }
  return perm;
}

absl::Status TransposeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> perm, Permutation(c.node(), c.rank(0)));
  Dims dims;
  for (const int64_t p : perm) dims.push_back(c.dims(0)[static_cast<size_t>(p)]);
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunTranspose(OpRun& run) {
  const Tensor& in = run.input(0);
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> perm, Permutation(run.node(), in.rank()));
  const std::vector<int64_t> strides = DenseStrides(in.shape());
  std::vector<int64_t> permuted;
  permuted.reserve(perm.size());
  for (const int64_t p : perm) permuted.push_back(strides[static_cast<size_t>(p)]);
  return CopyView(run, in, 0, std::move(permuted));
}

absl::Status ExpandShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  const auto to = c.Integers(1);
  if (!to.has_value()) {
    c.SetType(0, c.dtype(0));
    return absl::OkStatus();
  }
  PAWL_RETURN_IF_ERROR(CheckedNumElements(*to).status());
  PAWL_ASSIGN_OR_RETURN(Dims dims, Broadcast(c.dims(0), *to));
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunExpand(OpRun& run) {
  const Tensor& in = run.input(0);
  return CopyView(run, in, 0, BroadcastStrides(in.shape(), run.output(0).shape()));
}

absl::Status TileShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  const auto repeats = c.Integers(1);
  Dims dims = c.dims(0);
  if (!repeats.has_value()) {
    c.Set(0, c.dtype(0), Dims(dims.size(), kUnknownDim));
    return absl::OkStatus();
  }
  if (repeats->size() != dims.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", repeats->size(), " repeats for ", dims.size(), " dimensions"));
  }
  for (size_t i = 0; i < dims.size(); ++i) {
    const int64_t times = (*repeats)[i];
    if (times < 0) return absl::InvalidArgumentError("has a negative repeat");
    if (times != 1) dims[i] = DimProduct({dims[i], times});
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

// As a view of twice the rank, each dimension split into repeats (of stride 0) and elements.
absl::Status RunTile(OpRun& run) {
  const Tensor& in = run.input(0);
  Tensor& out = run.output(0);
  const std::vector<int64_t> strides = DenseStrides(in.shape());
  std::vector<int64_t> from, dims;
  for (size_t i = 0; i < strides.size(); ++i) {
    const int64_t size = in.shape()[i];
    dims.push_back(size == 0 ? 0 : out.shape()[i] / size);
    dims.push_back(size);
    from.push_back(0);
    from.push_back(strides[i]);
  }
  const StridedSide src{const_cast<void*>(in.data()), 0, from};
  const StridedSide dst{out.mutable_data(), 0, DenseStrides(dims)};
  return StridedCopy(run, in.dtype(), dims, src, dst);
}

// --- blocks of pixels and channels ---

absl::Status BlockShape(ShapeContext& c, bool to_space) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  const int64_t block = c.node().Int("blocksize", 0);
  const auto mode = c.node().String("mode", "DCR");
  if (mode != "DCR" && mode != "CRD") {
    return absl::InvalidArgumentError(absl::StrCat("mode is '", mode, "'; known: DCR, CRD"));
  }
  if (c.rank(0) != 4 || block < 1 || block > 4096) {
    return absl::InvalidArgumentError("needs an input of rank 4 and a blocksize of 1 or more");
  }
  Dims dims = c.dims(0);
  const auto divide = [&](int64_t dim, int64_t by) -> absl::StatusOr<int64_t> {
    if (dim < 0) return kUnknownDim;
    if (dim % by != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(dim, " cannot be divided into ", by, " for blocks of ", block));
    }
    return dim / by;
  };
  if (to_space) {
    PAWL_ASSIGN_OR_RETURN(dims[1], divide(dims[1], block * block));
    for (const size_t i : {2, 3}) dims[i] = DimProduct({dims[i], block});
  } else {
    dims[1] = DimProduct({dims[1], block, block});
    for (const size_t i : {2, 3}) {
      PAWL_ASSIGN_OR_RETURN(dims[i], divide(dims[i], block));
    }
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status DepthToSpaceShape(ShapeContext& c) { return BlockShape(c, true); }
absl::Status SpaceToDepthShape(ShapeContext& c) { return BlockShape(c, false); }

// The output as [n, channels, h, block, w, block]; the input's channel index is made of the block's
// row and column and the channel, in the mode's order.
absl::Status RunDepthToSpace(OpRun& run) {
  const Tensor& in = run.input(0);
  const Dims& d = in.shape();
  const int64_t block = run.node().Int("blocksize", 1), channels = d[1] / (block * block);
  const int64_t plane = d[2] * d[3];
  const bool depth_first = run.node().String("mode", "DCR") == "DCR";
  const int64_t per_channel = depth_first ? plane : plane * block * block;
  const int64_t per_row = depth_first ? plane * channels * block : plane * block;
  const int64_t per_column = depth_first ? plane * channels : plane;
  const std::vector<int64_t> dims = {d[0], channels, d[2], block, d[3], block};
  const StridedSide src{
      const_cast<void*>(in.data()), 0, {d[1] * plane, per_channel, d[3], per_row, 1, per_column}};
  const StridedSide dst{run.output(0).mutable_data(), 0, DenseStrides(dims)};
  return StridedCopy(run, in.dtype(), dims, src, dst);
}

// The output as [n, block, block, channels, h, w], or in the other mode [n, channels, block, block,
// h, w].
absl::Status RunSpaceToDepth(OpRun& run) {
  const Tensor& in = run.input(0);
  const Dims& d = in.shape();
  const int64_t block = run.node().Int("blocksize", 1), width = d[3], plane = d[2] * width;
  std::vector<int64_t> dims = {d[0], block, block, d[1], d[2] / block, width / block};
  std::vector<int64_t> from = {d[1] * plane, width, 1, plane, block * width, block};
  if (run.node().String("mode", "DCR") == "CRD") {
    std::rotate(dims.begin() + 1, dims.begin() + 3, dims.begin() + 4);
    std::rotate(from.begin() + 1, from.begin() + 3, from.begin() + 4);
  }
  const StridedSide src{const_cast<void*>(in.data()), 0, from};
  const StridedSide dst{run.output(0).mutable_data(), 0, DenseStrides(dims)};
  return StridedCopy(run, in.dtype(), dims, src, dst);
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&)) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = QuantKind::kPasses,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("Transpose", 1, TransposeShape, RunTranspose),
    Entry("Expand", 8, ExpandShape, RunExpand),
    Entry("Tile", 6, TileShape, RunTile),
    Entry("DepthToSpace", 1, DepthToSpaceShape, RunDepthToSpace),
    Entry("SpaceToDepth", 1, SpaceToDepthShape, RunSpaceToDepth),
};

}  // namespace

absl::Span<const Operator> TransposeOperators() { return kTable; }

}  // namespace pawl
