// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Pad: constant, reflect, edge, wrap.

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>
#include <vector>

#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/strided_copy.h"

namespace pawl {
namespace {

struct Pads {
  std::vector<int64_t> before, after;  // of each dimension; negative ones cut off
};

absl::StatusOr<Pads> SpreadPads(absl::Span<const int64_t> pads, absl::Span<const int64_t> axes,
                                int64_t rank) {
  if (pads.size() != 2 * axes.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", pads.size(), " pads for ", axes.size(), " dimensions"));
  }
  Pads all{std::vector<int64_t>(static_cast<size_t>(rank), 0), {}};
  all.after = all.before;
  for (size_t i = 0; i < axes.size(); ++i) {
    PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(axes[i], rank));
    all.before[static_cast<size_t>(axis)] = pads[i];
    all.after[static_cast<size_t>(axis)] = pads[i + axes.size()];
  }
  return all;
}

std::vector<int64_t> AllAxes(int64_t rank) {
  std::vector<int64_t> axes(static_cast<size_t>(rank));
  for (size_t i = 0; i < axes.size(); ++i) axes[i] = static_cast<int64_t>(i);
  return axes;
}

absl::Status PadShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(c.node().opset < 11 ? CheckInputs(c, 1, 1) : CheckInputs(c, 2, 4));
  Dims dims = c.dims(0);
  std::optional<std::vector<int64_t>> pads, axes = AllAxes(c.rank(0));
  if (c.node().opset < 11) {
    const auto given = c.node().Ints("pads");
    pads.emplace(given.begin(), given.end());
  } else {
    pads = c.Integers(1);
    if (c.Has(3)) axes = c.Integers(3);
  }
  if (!pads.has_value() || !axes.has_value()) {
    c.Set(0, c.dtype(0), Dims(dims.size(), kUnknownDim));
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(const Pads all, SpreadPads(*pads, *axes, c.rank(0)));
  constexpr int64_t kMost = int64_t{1} << 40;
  for (size_t i = 0; i < dims.size(); ++i) {
    if (std::abs(all.before[i]) > kMost || std::abs(all.after[i]) > kMost) {
      return absl::InvalidArgumentError(
          absl::StrCat("pads ", ShapeString(*pads), " are too large"));
    }
    const int64_t more = all.before[i] + all.after[i];
    if (more == 0) continue;
    if (dims[i] >= 0 && (dims[i] > kMost || dims[i] + more < 0)) {
      return absl::InvalidArgumentError(
          absl::StrCat("pads ", ShapeString(*pads), " do not fit ", ShapeString(c.dims(0))));
    }
    dims[i] = dims[i] < 0 ? kUnknownDim : dims[i] + more;
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::StatusOr<Pads> PadsOf(const OpRun& run) {
  const int64_t rank = run.input(0).rank();
  std::vector<int64_t> axes = AllAxes(rank);
  if (run.node().opset < 11) return SpreadPads(run.node().Ints("pads"), axes, rank);
  PAWL_ASSIGN_OR_RETURN(const std::vector<int64_t> pads, IntegersOf(run.input(1)));
  if (run.Has(3)) {
    PAWL_ASSIGN_OR_RETURN(axes, IntegersOf(run.input(3)));
  }
  return SpreadPads(pads, axes, rank);
}

// The bytes of the constant: an attribute before opset 11.
absl::Status PadValue(const OpRun& run, DType dtype, std::array<char, 8>& value) {
  value.fill(0);
  if (run.node().opset < 11) {
    const float v = run.node().Float("value", 0.0f);
    return ForType<kNumberTypes>(0, dtype, [&](auto zero) {
      using T = decltype(zero);
      const T element = Narrow<T>(static_cast<Wide<T>>(v));
      std::memcpy(value.data(), &element, sizeof(T));
      return absl::OkStatus();
    });
  }
  if (!run.Has(2)) return absl::OkStatus();
  if (run.input(2).dtype() != dtype || run.input(2).num_elements() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("its constant must be one ", DTypeName(dtype)));
  }
  std::memcpy(value.data(), run.input(2).data(), DTypeSize(dtype));
  return absl::OkStatus();
}

absl::Status PadConstant(OpRun& run, const Pads& pads) {
  const Tensor& in = run.input(0);
  Tensor& out = run.output(0);
  std::array<char, 8> value;
  PAWL_RETURN_IF_ERROR(PadValue(run, in.dtype(), value));
  PAWL_RETURN_IF_ERROR(ForSize(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T element;
    std::memcpy(&element, value.data(), sizeof(T));
    T* to = MutableData<T>(out);
    return Ranges(run, out.num_elements(), 1 << 16,
                  [&](int64_t begin, int64_t end) { std::fill(to + begin, to + end, element); });
  }));
  StridedSide src{const_cast<void*>(in.data()), 0, DenseStrides(in.shape())};
  StridedSide dst{out.mutable_data(), 0, DenseStrides(out.shape())};
  Dims inside = in.shape();
  for (size_t i = 0; i < inside.size(); ++i) {
    const int64_t cut = std::max<int64_t>(0, -pads.before[i]);
    inside[i] = std::max<int64_t>(0, inside[i] - cut - std::max<int64_t>(0, -pads.after[i]));
    src.offset += cut * src.strides[i];
    dst.offset += std::max<int64_t>(0, pads.before[i]) * dst.strides[i];
  }
  return StridedCopy(run, in.dtype(), inside, src, dst);
}

// The input's index for each index of a padded dimension.
absl::StatusOr<std::vector<int64_t>> SourceIndices(absl::string_view mode, int64_t size,
                                                   int64_t before, int64_t padded) {
  if (size == 0 && padded > 0) {
    return absl::InvalidArgumentError(absl::StrCat("mode ", mode, " has nothing to pad with"));
  }
  std::vector<int64_t> indices(static_cast<size_t>(padded));
  for (int64_t i = 0; i < padded; ++i) {
    int64_t at = i - before;
    if (mode == "edge") {
      at = std::clamp<int64_t>(at, 0, size - 1);
    } else if (mode == "wrap") {
      at = (at % size + size) % size;
    } else {  // reflect: back and forth between the first and the last, which come once
      const int64_t period = std::max<int64_t>(1, 2 * (size - 1));
      at = (at % period + period) % period;
      if (at >= size) at = period - at;
    }
    indices[static_cast<size_t>(i)] = at;
  }
  return indices;
}

absl::Status PadFromInside(OpRun& run, const Pads& pads, absl::string_view mode) {
  const Tensor& in = run.input(0);
  Tensor& out = run.output(0);
  const size_t rank = in.shape().size();
  std::vector<std::vector<int64_t>> indices(rank);
  const std::vector<int64_t> strides = DenseStrides(in.shape());
  for (size_t i = 0; i < rank; ++i) {
    PAWL_ASSIGN_OR_RETURN(indices[i],
                          SourceIndices(mode, in.shape()[i], pads.before[i], out.shape()[i]));
    for (int64_t& index : indices[i]) index *= strides[i];
  }
  if (rank == 0) return CopyThrough(run);
  const int64_t row = out.shape().back();
  const int64_t rows = row == 0 ? 0 : out.num_elements() / row;
  return ForSize(in.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const T* from = Data<T>(in);
    T* to = MutableData<T>(out);
    return Ranges(run, rows, std::max<int64_t>(1, (1 << 15) / row),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t r = begin; r < end; ++r) {
                      int64_t rest = r, base = 0;
                      for (size_t d = rank - 1; d-- > 0;) {
                        base += indices[d][static_cast<size_t>(rest % out.shape()[d])];
                        rest /= out.shape()[d];
                      }
                      for (int64_t i = 0; i < row; ++i) {
                        to[r * row + i] = from[base + indices[rank - 1][static_cast<size_t>(i)]];
                      }
                    }
                  });
  });
}

absl::Status RunPad(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const Pads pads, PadsOf(run));
  const auto mode = run.node().String("mode", "constant");
  if (mode == "constant") return PadConstant(run, pads);
  if (mode == "reflect" || mode == "edge" || mode == "wrap") {
    return PadFromInside(run, pads, mode);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("mode is '", mode, "'; known: constant, reflect, edge, wrap"));
}

constexpr Operator kTable[] = {
    {.name = "Pad",
     .domain = "",
     .min_opset = 2,
     .shape = PadShape,
     .run = RunPad,
     .quantize = QuantKind::kPasses,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> PadOperators() { return kTable; }

}  // namespace pawl
