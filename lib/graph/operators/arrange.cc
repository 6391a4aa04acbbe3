// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Operators that move elements in rarer ways: ReverseSequence, CenterCropPad, Col2Im, MaxUnpool,
// TensorScatter, BitCast, Dropout (as it is in inference).

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "lib/graph/onnx_numbers.h"
#include "lib/graph/operators/element_types.h"

namespace pawl {
namespace {

// Copies `count` elements, whatever their type.
void CopyElements(const Tensor& from, int64_t at, Tensor& to, int64_t where, int64_t count) {
  const auto size = static_cast<int64_t>(DTypeSize(from.dtype()));
  std::memcpy(static_cast<char*>(to.mutable_data()) + where * size,
              static_cast<const char*>(from.data()) + at * size, static_cast<size_t>(count * size));
}

// --- ReverseSequence ---

absl::Status ReverseShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  const int64_t batch = c.node().Int("batch_axis", 1), time = c.node().Int("time_axis", 0);
  if (c.rank(0) < 2 || batch + time != 1 || (batch != 0 && batch != 1)) {
    return absl::InvalidArgumentError("batch_axis and time_axis must be 0 and 1, or 1 and 0");
  }
  c.Set(0, c.dtype(0), c.dims(0));
  return absl::OkStatus();
}

absl::Status RunReverse(OpRun& run) {
  const Tensor& x = run.input(0);
  const bool batch_first = run.node().Int("batch_axis", 1) == 0;
  const int64_t batch = x.dim(batch_first ? 0 : 1), steps = x.dim(batch_first ? 1 : 0);
  PAWL_ASSIGN_OR_RETURN(const auto lengths, IntegersOf(run.input(1)));
  if (static_cast<int64_t>(lengths.size()) != batch) {
    return absl::InvalidArgumentError("has not one length for each sequence");
  }
  for (const int64_t length : lengths) {
    if (length < 0 || length > steps) {
      return absl::InvalidArgumentError(
          absl::StrCat("a sequence of ", length, " steps does not fit into ", steps));
    }
  }
  const int64_t inner = x.num_elements() / std::max<int64_t>(1, batch * steps);
  for (int64_t b = 0; b < batch; ++b) {
    const int64_t length = lengths[static_cast<size_t>(b)];
    for (int64_t t = 0; t < steps; ++t) {
      const int64_t from = t < length ? length - 1 - t : t;
      const auto at = [&](int64_t step) {
        return (batch_first ? b * steps + step : step * batch + b) * inner;
      };
      CopyElements(x, at(from), run.output(0), at(t), inner);
    }
  }
  return absl::OkStatus();
}

// --- CenterCropPad: named axes get a new size, both ends alike; an odd one goes to the end ---

absl::StatusOr<std::vector<int64_t>> CropAxes(const Node& node, int64_t rank) {
  std::vector<int64_t> axes(node.Ints("axes").begin(), node.Ints("axes").end());
  if (!node.Has("axes")) {
    for (int64_t d = 0; d < rank; ++d) axes.push_back(d);
  }
  for (int64_t& axis : axes) {
    PAWL_ASSIGN_OR_RETURN(axis, NormalAxis(axis, rank));
  }
  return axes;
}

absl::Status CropShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  PAWL_ASSIGN_OR_RETURN(const auto axes, CropAxes(c.node(), c.rank(0)));
  const auto sizes = c.Integers(1);
  if (sizes.has_value() && sizes->size() != axes.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("has ", sizes->size(), " sizes for ", axes.size(), " axes"));
  }
  Dims dims = c.dims(0);
  for (size_t i = 0; i < axes.size(); ++i) {
    const int64_t size = sizes.has_value() ? (*sizes)[i] : kUnknownDim;
    if (sizes.has_value() && size < 0) return absl::InvalidArgumentError("a size is negative");
    dims[static_cast<size_t>(axes[i])] = size;
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunCrop(OpRun& run) {
  const Tensor& x = run.input(0);
  Tensor& out = run.output(0);
  if (out.empty()) return absl::OkStatus();
  std::memset(out.mutable_data(), 0, out.size_bytes());
  const auto rank = static_cast<size_t>(x.rank());
  // What is copied: `count` rows of each dimension, from and to these.
  Dims from(rank, 0), to(rank, 0), count(rank, 1);
  for (size_t d = 0; d < rank; ++d) {
    const int64_t have = x.shape()[d], want = out.shape()[d];
    count[d] = std::min(have, want);
    (have > want ? from[d] : to[d]) = (std::max(have, want) - count[d]) / 2;
  }
  if (rank == 0) {
    CopyElements(x, 0, out, 0, 1);
    return absl::OkStatus();
  }
  const int64_t rows = DimProduct(absl::MakeConstSpan(count).subspan(0, rank - 1));
  for (int64_t row = 0; row < rows && count.back() > 0; ++row) {
    int64_t rest = row, source = from.back(), target = to.back();
    int64_t source_step = x.shape().back(), target_step = out.shape().back();
    for (size_t d = rank - 1; d-- > 0;) {
      const int64_t i = rest % count[d];
      rest /= count[d];
      source += (from[d] + i) * source_step;
      target += (to[d] + i) * target_step;
      source_step *= x.shape()[d];
      target_step *= out.shape()[d];
    }
    CopyElements(x, source, out, target, count.back());
  }
  return absl::OkStatus();
}

// --- Col2Im: columns [N, C * taps, blocks] added into images ---

struct Blocks {
  Dims image, kernel;
  Dims stride = {}, dilation = {}, begin = {}, count = {};
};

absl::StatusOr<Blocks> BlocksOf(const Node& node, const std::vector<int64_t>& image,
                                const std::vector<int64_t>& kernel) {
  Blocks b{.image = image, .kernel = kernel};
  const size_t rank = image.size();
  const auto entries = [&](const char* name, size_t count, int64_t otherwise) {
    const auto given = node.Ints(name);
    return given.empty() ? Dims(count, otherwise) : Dims(given.begin(), given.end());
  };
  b.stride = entries("strides", rank, 1);
  b.dilation = entries("dilations", rank, 1);
  const Dims pads = entries("pads", 2 * rank, 0);
  if (rank == 0 || kernel.size() != rank || b.stride.size() != rank || b.dilation.size() != rank ||
      pads.size() != 2 * rank) {
    return absl::InvalidArgumentError("its shapes and attributes differ in their number of axes");
  }
  b.begin.assign(pads.begin(), pads.begin() + static_cast<std::ptrdiff_t>(rank));
  for (size_t d = 0; d < rank; ++d) {
    constexpr int64_t kMost = int64_t{1} << 31;
    const auto fits = [](int64_t v, int64_t least) { return v >= least && v < kMost; };
    if (!fits(image[d], 0) || !fits(kernel[d], 1) || !fits(b.stride[d], 1) ||
        !fits(b.dilation[d], 1) || !fits(pads[d], 0) || !fits(pads[rank + d], 0)) {
      return absl::InvalidArgumentError("a size, stride, dilation or pad is out of range");
    }
    const int64_t room = image[d] + pads[d] + pads[rank + d] - b.dilation[d] * (kernel[d] - 1) - 1;
    b.count.push_back(room < 0 ? 0 : room / b.stride[d] + 1);
  }
  return b;
}

absl::Status Col2ImShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 3));
  if (c.dtype(0) != DType::kF32) return TypeError(0, c.dtype(0), "f32");
  if (c.rank(0) != 3) return absl::InvalidArgumentError("needs columns [batch, rows, blocks]");
  const auto image = c.Integers(1), kernel = c.Integers(2);
  const int64_t spatial = c.rank(1) == 1 ? c.dims(1)[0] : kUnknownDim;
  if (!image.has_value() || !kernel.has_value()) {
    if (spatial >= 0 && spatial < 16) {
      Dims dims(static_cast<size_t>(spatial) + 2, kUnknownDim);
      dims[0] = c.dims(0)[0];
      c.Set(0, DType::kF32, std::move(dims));
    } else {
      c.SetType(0, DType::kF32);
    }
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(const Blocks b, BlocksOf(c.node(), *image, *kernel));
  const int64_t taps = DimProduct(b.kernel), rows = c.dims(0)[1], blocks = c.dims(0)[2];
  if ((rows >= 0 && (taps <= 0 || rows % taps != 0)) ||
      (blocks >= 0 && blocks != DimProduct(b.count))) {
    return absl::InvalidArgumentError(absl::StrCat("columns of shape ", ShapeString(c.dims(0)),
                                                   " do not fit an image of ",
                                                   ShapeString(*image)));
  }
  Dims dims = {c.dims(0)[0], rows < 0 ? kUnknownDim : rows / taps};
  dims.insert(dims.end(), image->begin(), image->end());
  c.Set(0, DType::kF32, std::move(dims));
  return absl::OkStatus();
}

absl::Status RunCol2Im(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const auto image, IntegersOf(run.input(1)));
  PAWL_ASSIGN_OR_RETURN(const auto kernel, IntegersOf(run.input(2)));
  PAWL_ASSIGN_OR_RETURN(const Blocks b, BlocksOf(run.node(), image, kernel));
  Tensor& out = run.output(0);
  if (out.empty()) return absl::OkStatus();
  std::memset(out.mutable_data(), 0, out.size_bytes());
  const int64_t taps = DimProduct(b.kernel), blocks = DimProduct(b.count);
  const int64_t size = DimProduct(b.image), planes = out.dim(0) * out.dim(1);
  for (int64_t i = 0; i < planes * taps * blocks; ++i) {
    int64_t block = i % blocks, tap = i / blocks % taps, at = 0, step = 1;
    bool inside = true;
    for (size_t d = b.image.size(); d-- > 0;) {
      const int64_t p =
          block % b.count[d] * b.stride[d] + tap % b.kernel[d] * b.dilation[d] - b.begin[d];
      block /= b.count[d];
      tap /= b.kernel[d];
      inside &= p >= 0 && p < b.image[d];
      at += p * step;
      step *= b.image[d];
    }
    if (inside) {
      MutableData<float>(out)[i / blocks / taps * size + at] += Data<float>(run.input(0))[i];
    }
  }
  return absl::OkStatus();
}

// --- MaxUnpool: values go where the indices of MaxPool say, in the whole tensor ---

absl::Status UnpoolShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 3));
  const auto kernel = c.node().Ints("kernel_shape"), stride = c.node().Ints("strides"),
             pads = c.node().Ints("pads");
  const auto spatial = static_cast<size_t>(std::max<int64_t>(0, c.rank(0) - 2));
  if (kernel.size() != spatial || (!stride.empty() && stride.size() != spatial) ||
      (!pads.empty() && pads.size() != 2 * spatial) || c.dims(1).size() != c.dims(0).size()) {
    return absl::InvalidArgumentError("its attributes do not fit the input's rank");
  }
  for (const auto& list : {kernel, stride, pads}) {
    for (const int64_t v : list) {
      if (v < 0 || v >= int64_t{1} << 24) {
        return absl::InvalidArgumentError(absl::StrCat("an attribute has the entry ", v));
      }
    }
  }
  Dims dims = c.dims(0);
  if (c.Has(2)) {
    const auto shape = c.Integers(2);
    if (shape.has_value() && shape->size() != dims.size()) {
      return absl::InvalidArgumentError("its output_shape has another rank");
    }
    dims = shape.has_value() ? Dims(shape->begin(), shape->end()) : Dims(dims.size(), kUnknownDim);
    if (shape.has_value() &&
        std::any_of(dims.begin(), dims.end(), [](int64_t d) { return d < 0; })) {
      return absl::InvalidArgumentError("its output_shape is negative");
    }
  } else {
    for (size_t d = 0; d < spatial; ++d) {
      int64_t& dim = dims[d + 2];
      if (dim < 0) continue;
      const int64_t pad = pads.empty() ? 0 : pads[d] + pads[d + spatial];
      dim = std::max<int64_t>(0, (dim - 1) * (stride.empty() ? 1 : stride[d]) - pad + kernel[d]);
    }
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunUnpool(OpRun& run) {
  const Tensor& x = run.input(0);
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const auto indices, IntegersOf(run.input(1)));
  if (out.size_bytes() > 0) std::memset(out.mutable_data(), 0, out.size_bytes());
  // Indices count in the tensor that was pooled, whose planes may be smaller.
  int64_t planes = 1;
  Dims pooled = x.shape();
  const auto kernel = run.node().Ints("kernel_shape"), stride = run.node().Ints("strides"),
             pads = run.node().Ints("pads");
  const size_t spatial = kernel.size();
  int64_t size = 1;
  for (size_t d = 0; d < pooled.size(); ++d) {
    if (d < 2) {
      planes *= pooled[d];
      continue;
    }
    const int64_t pad = pads.empty() ? 0 : pads[d - 2] + pads[d - 2 + spatial];
    pooled[d] = (pooled[d] - 1) * (stride.empty() ? 1 : stride[d - 2]) - pad + kernel[d - 2];
    size *= pooled[d];
  }
  const int64_t own = planes == 0 ? 0 : out.num_elements() / planes;
  for (size_t i = 0; i < indices.size(); ++i) {
    int64_t rest = indices[i];
    if (rest < 0 || rest >= planes * size) {
      return absl::InvalidArgumentError(absl::StrCat("index ", rest, " is outside"));
    }
    int64_t at = rest / size * own, step = 1;
    rest %= size;
    for (size_t d = pooled.size(); d-- > 2;) {
      const int64_t p = rest % pooled[d];
      rest /= pooled[d];
      if (p >= out.shape()[d]) return absl::InvalidArgumentError("an index is outside the output");
      at += p * step;
      step *= out.shape()[d];
    }
    CopyElements(x, static_cast<int64_t>(i), out, at, 1);
  }
  return absl::OkStatus();
}

// --- TensorScatter: updates into a cache, along `axis` from each row's index on ---

absl::Status CacheShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 3));
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(c.node().Int("axis", -2), c.rank(0)));
  if (axis == 0 || c.rank(1) != c.rank(0) || c.dtype(1) != c.dtype(0)) {
    return absl::InvalidArgumentError("its update does not fit the cache");
  }
  for (int64_t d = 0; d < c.rank(0); ++d) {
    const int64_t a = c.dims(0)[static_cast<size_t>(d)], b = c.dims(1)[static_cast<size_t>(d)];
    if (a >= 0 && b >= 0 && (d == axis ? b > a : b != a)) {
      return absl::InvalidArgumentError(absl::StrCat("an update of shape ", ShapeString(c.dims(1)),
                                                     " does not fit ", ShapeString(c.dims(0))));
    }
  }
  c.Set(0, c.dtype(0), c.dims(0));
  return absl::OkStatus();
}

absl::Status RunCache(OpRun& run) {
  PAWL_RETURN_IF_ERROR(CopyThrough(run));
  const Tensor& update = run.input(1);
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(run.node().Int("axis", -2), out.rank()));
  const absl::string_view mode = run.node().String("mode", "linear");
  if (mode != "linear" && mode != "circular") {
    return absl::InvalidArgumentError(absl::StrCat("mode is '", mode, "'"));
  }
  std::vector<int64_t> first(static_cast<size_t>(out.dim(0)), 0);
  if (run.Has(2)) {
    PAWL_ASSIGN_OR_RETURN(first, IntegersOf(run.input(2)));
  }
  if (static_cast<int64_t>(first.size()) != out.dim(0)) {
    return absl::InvalidArgumentError("has not one index for each row");
  }
  const AxisSplit to = SplitAt(out.shape(), axis), from = SplitAt(update.shape(), axis);
  const int64_t each = out.dim(0) == 0 ? 1 : to.outer / out.dim(0);
  for (int64_t i = 0; i < from.outer * from.size; ++i) {
    const int64_t outer = i / from.size;
    int64_t at = first[static_cast<size_t>(outer / each)];
    if (mode == "circular" && at >= 0) at %= to.size;
    if (at >= 0 && at < to.size) at += i % from.size;
    if (mode == "circular" && at >= to.size) at -= to.size;
    if (at < 0 || at >= to.size) {
      return absl::InvalidArgumentError(absl::StrCat("writes at ", at, " of ", to.size));
    }
    CopyElements(update, i * from.inner, out, (outer * to.size + at) * to.inner, from.inner);
  }
  return absl::OkStatus();
}

// --- BitCast ---

absl::Status BitCastShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  const auto to = DTypeOfOnnx(c.node().Int("to", 0));
  if (!to.has_value() || DTypeSize(*to) != DTypeSize(c.dtype(0))) {
    return absl::InvalidArgumentError(
        absl::StrCat("its elements of ", DTypeName(c.dtype(0)), " have another size"));
  }
  c.Set(0, *to, c.dims(0));
  return absl::OkStatus();
}

// --- Dropout ---

absl::Status DropoutShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 3));
  c.Set(0, c.dtype(0), c.dims(0));
  c.Set(1, c.node().opset < 10 ? c.dtype(0) : DType::kBool, c.dims(0));
  return absl::OkStatus();
}

absl::Status RunDropout(OpRun& run) {
  const bool training =
      run.Has(2) && run.input(2).num_elements() == 1 && *Data<uint8_t>(run.input(2)) != 0;
  bool none = false;  // nothing is dropped
  if (run.Has(1) && run.input(1).num_elements() == 1 && IsFloat(run.input(1).dtype())) {
    PAWL_ASSIGN_OR_RETURN(const Tensor ratio, run.input(1).ToF32());
    none = ratio.as<float>()[0] == 0.0f;
  }
  if (training && !none) {
    return absl::UnimplementedError("drops elements at random; export the model for inference");
  }
  PAWL_RETURN_IF_ERROR(CopyThrough(run));
  if (!run.Wants(1)) return absl::OkStatus();
  Tensor& mask = run.output(1);
  return ForType<kFloatTypes | kBoolType>(1, mask.dtype(), [&](auto zero) {
    using T = decltype(zero);
    std::fill_n(MutableData<T>(mask), mask.num_elements(), Narrow<T>(static_cast<Wide<T>>(1)));
    return absl::OkStatus();
  });
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&),
                         uint32_t flags = 0) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = QuantKind::kFloat,
          .flags = kSymbolic | flags};
}

constexpr Operator kTable[] = {
    Entry("ReverseSequence", 10, ReverseShape, RunReverse),
    Entry("CenterCropPad", 18, CropShape, RunCrop),
    Entry("Col2Im", 18, Col2ImShape, RunCol2Im),
    Entry("MaxUnpool", 9, UnpoolShape, RunUnpool),
    Entry("TensorScatter", 24, CacheShape, RunCache),
    Entry("BitCast", 26, BitCastShape, CopyThrough, kView),
    Entry("Dropout", 7, DropoutShape, RunDropout, kView),
};

}  // namespace

absl::Span<const Operator> ArrangeOperators() { return kTable; }

}  // namespace pawl
