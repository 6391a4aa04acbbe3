// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/quantized_params.h"

#include <cmath>

#include "kernels/min_max.h"

namespace pawl {

absl::StatusOr<ParamLayout> ParamLayoutOf(const Node& node, const Dims& x, const Dims& params) {
  ParamLayout layout;
  if (DimProduct(params) == 1 && params.size() <= 1) return layout;
  const auto rank = static_cast<int64_t>(x.size());
  PAWL_ASSIGN_OR_RETURN(const int64_t axis, NormalAxis(node.Int("axis", 1), rank));
  const AxisSplit split = SplitAt(x, axis);
  layout.single = false;
  layout.inner = split.inner;
  layout.size = split.size;
  if (params.size() == 1 && params[0] == split.size) return layout;
  const int64_t block = node.Int("block_size", 0);
  const auto at = static_cast<size_t>(axis);
  Dims want = x;
  if (block > 0) want[at] = x[at] / block + (x[at] % block != 0 ? 1 : 0);
  if (block <= 0 || params != want) {
    return absl::InvalidArgumentError(absl::StrCat(
        "scales of shape ", ShapeString(params), " for ", ShapeString(x), " are neither one, nor ",
        split.size, " for axis ", axis, ", nor one for each block of ", block));
  }
  layout.blocked = true;
  layout.block = block;
  layout.blocks = want[at];
  return layout;
}

absl::StatusOr<CodeRange> CodeRangeOf(DType dtype, int32_t file_type) {
  switch (file_type) {  // TensorProto.DataType
    case 21:
      return CodeRange{0, 15};
    case 22:
      return CodeRange{-8, 7};
    case 25:
      return CodeRange{0, 3};
    case 26:
      return CodeRange{-2, 1};
    default:
      break;
  }
  switch (dtype) {
    case DType::kU8:
      return CodeRange{0, 255};
    case DType::kI8:
      return CodeRange{-128, 127};
    case DType::kU16:
      return CodeRange{0, 65535};
    case DType::kI16:
      return CodeRange{-32768, 32767};
    default:
      return absl::UnimplementedError(
          absl::StrCat("codes are ", DTypeName(dtype), "; Pawl has u8, i8, u16, i16"));
  }
}

absl::StatusOr<std::vector<int32_t>> ZeroPointsOf(const Tensor& tensor) {
  std::vector<int32_t> zeros;
  const auto take = [&](auto values) { zeros.assign(values.begin(), values.end()); };
  switch (tensor.dtype()) {
    case DType::kU8:
      take(tensor.as<uint8_t>());
      return zeros;
    case DType::kI8:
      take(tensor.as<int8_t>());
      return zeros;
    case DType::kU16:
      take(tensor.as<uint16_t>());
      return zeros;
    case DType::kI16:
      take(tensor.as<int16_t>());
      return zeros;
    case DType::kI32:
      take(tensor.as<int32_t>());
      return zeros;
    case DType::kE4M3:
    case DType::kE5M2:
      zeros.assign(static_cast<size_t>(tensor.num_elements()), 0);
      return zeros;
    default:
      return absl::UnimplementedError(absl::StrCat("a zero point is ", DTypeName(tensor.dtype())));
  }
}

DynamicRange DynamicRangeOf(kernels::Target target, const float* x, size_t count) {
  const auto extremes = kernels::MinMax(target, x, count);
  const float lo = std::min(0.0f, extremes.min), hi = std::max(0.0f, extremes.max);
  DynamicRange range{.scale = (hi - lo) / 255.0f};
  if (!(range.scale > 0)) range.scale = 1.0f;  // all zeros: any does, but 0 would not divide
  if (std::isfinite(range.scale)) {
    range.zero = static_cast<int32_t>(std::nearbyint(std::clamp(-lo / range.scale, 0.0f, 255.0f)));
  }
  return range;
}

}  // namespace pawl
