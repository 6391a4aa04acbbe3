// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// QuantizeLinear, DequantizeLinear, DynamicQuantizeLinear.

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "kernels/quantize.h"
#include "lib/core/context_internal.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

constexpr int64_t kStep = 1 << 15;

// Scales and zero points have one shape, but for a scalar beside a vector of one.
bool SameParameters(const OpRun& run) {
  const Tensor &scales = run.input(1), &zeros = run.input(2);
  return scales.shape() == zeros.shape() ||
         (scales.num_elements() == 1 && zeros.num_elements() == 1);
}

// --- QuantizeLinear ---

// TensorProto.DataType's numbers of code types, as Pawl holds them.
absl::StatusOr<DType> CodeType(int64_t type) {
  switch (type) {
    case 2:
    case 21:
    case 25:
      return DType::kU8;
    case 3:
    case 22:
    case 26:
      return DType::kI8;
    case 4:
      return DType::kU16;
    case 5:
      return DType::kI16;
    case 17:
      return DType::kE4M3;
    case 19:
      return DType::kE5M2;
    default:
      return absl::UnimplementedError(
          absl::StrCat("quantizes to ONNX's type ", type,
                       "; Pawl has integers of 2, 4, 8 and 16 bits, e4m3 "
                       "and e5m2"));
  }
}

absl::Status QuantizeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 3));
  DType dtype = DType::kU8;
  if (c.Has(2)) {
    dtype = c.dtype(2);
  } else if (const int64_t named = c.node().Int("output_dtype", 0); named != 0) {
    PAWL_ASSIGN_OR_RETURN(dtype, CodeType(named));
  }
  c.Set(0, dtype, c.dims(0));
  return absl::OkStatus();
}

// What the codes are saturated to: the zero point's own type in the file says more than its dtype.
absl::StatusOr<CodeRange> RangeOf(const OpRun& run) {
  const ValueId zero = run.node().Input(2);
  int32_t file_type = zero != kNoValue ? run.graph().value(zero).file_type : 0;
  if (zero == kNoValue) file_type = static_cast<int32_t>(run.node().Int("output_dtype", 0));
  return CodeRangeOf(run.output(0).dtype(), file_type);
}

// One element by the definition: the quotient in the scale's type, rounded half to even.
template <typename S>
int32_t CodeOf(float x, float scale, int32_t zero, const CodeRange& range) {
  float quotient = Widen(Narrow<S>(x / scale));
  if (quotient != quotient) quotient = 0;  // no code for NaN
  quotient = std::clamp(quotient, -1e6f, 1e6f);
  const auto code = static_cast<int32_t>(std::nearbyint(quotient)) + zero;
  return std::clamp(code, range.lo, range.hi);
}

template <typename X, typename S, typename Y>
absl::Status QuantizeTyped(OpRun& run, const ParamLayout& layout, const CodeRange& range,
                           const std::vector<int32_t>& zeros) {
  const X* from = Data<X>(run.input(0));
  const S* scales = Data<S>(run.input(1));
  Y* to = MutableData<Y>(run.output(0));
  return Ranges(run, run.input(0).num_elements(), kStep, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end;) {
      const int64_t p = layout.At(i), n = layout.Run(i, end);
      const auto scale = static_cast<float>(Widen(scales[p]));
      const int32_t zero = zeros.empty() ? 0 : zeros[static_cast<size_t>(p)];
      for (const int64_t last = i + n; i < last; ++i) {
        to[i] = static_cast<Y>(CodeOf<S>(static_cast<float>(Widen(from[i])), scale, zero, range));
      }
    }
  });
}

// f32 by one scale to 8 bits, the common case, by the core's kernels.
absl::Status QuantizeFast(OpRun& run, float scale, int32_t zero, const CodeRange& range) {
  const float* from = Data<float>(run.input(0));
  Tensor& out = run.output(0);
  const kernels::Target target = TargetOf(&run.context());
  const kernels::QuantizeParams params{
      .scale = scale, .zero = zero, .lo = range.lo, .hi = range.hi};
  return Ranges(run, out.num_elements(), kStep, [&](int64_t begin, int64_t end) {
    const auto n = static_cast<size_t>(end - begin);
    if (out.dtype() == DType::kI8) {
      kernels::QuantizeI8(target, from + begin, n, params, MutableData<int8_t>(out) + begin);
    } else {
      kernels::QuantizeU8(target, from + begin, n, params, MutableData<uint8_t>(out) + begin);
    }
  });
}

template <typename X, typename S>
absl::Status QuantizeToFloat8(OpRun& run, const ParamLayout& layout) {
  const X* from = Data<X>(run.input(0));
  const S* scales = Data<S>(run.input(1));
  auto* to = MutableData<uint8_t>(run.output(0));
  const bool wide = run.output(0).dtype() == DType::kE5M2;
  return Ranges(run, run.input(0).num_elements(), kStep, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) {
      const auto scale = static_cast<float>(Widen(scales[layout.At(i)]));
      const float q = Widen(Narrow<S>(static_cast<float>(Widen(from[i])) / scale));
      to[i] = wide ? F32ToE5M2(q) : F32ToE4M3(q);
    }
  });
}

template <typename X, typename S>
absl::Status QuantizeScaled(OpRun& run, const ParamLayout& layout) {
  const DType to = run.output(0).dtype();
  if (to == DType::kE4M3 || to == DType::kE5M2) return QuantizeToFloat8<X, S>(run, layout);
  PAWL_ASSIGN_OR_RETURN(const CodeRange range, RangeOf(run));
  std::vector<int32_t> zeros;
  if (run.Has(2)) {
    PAWL_ASSIGN_OR_RETURN(zeros, ZeroPointsOf(run.input(2)));
    if (!SameParameters(run)) {
      return absl::InvalidArgumentError("scales and zero points differ in shape");
    }
  }
  switch (to) {
    case DType::kU8:
      return QuantizeTyped<X, S, uint8_t>(run, layout, range, zeros);
    case DType::kI8:
      return QuantizeTyped<X, S, int8_t>(run, layout, range, zeros);
    case DType::kU16:
      return QuantizeTyped<X, S, uint16_t>(run, layout, range, zeros);
    default:
      return QuantizeTyped<X, S, int16_t>(run, layout, range, zeros);
  }
}

absl::Status RunQuantize(OpRun& run) {
  const Tensor &x = run.input(0), &scales = run.input(1);
  PAWL_ASSIGN_OR_RETURN(const ParamLayout layout,
                        ParamLayoutOf(run.node(), x.shape(), scales.shape()));
  const DType to = run.output(0).dtype();
  const bool bytes = to == DType::kI8 || to == DType::kU8;
  if (layout.single && bytes && x.dtype() == DType::kF32 && scales.dtype() == DType::kF32) {
    const float scale = Data<float>(scales)[0];
    if (scale > 0x1p-100f && scale < 0x1p100f) {
      PAWL_ASSIGN_OR_RETURN(const CodeRange range, RangeOf(run));
      std::vector<int32_t> zeros = {0};
      if (run.Has(2)) {
        PAWL_ASSIGN_OR_RETURN(zeros, ZeroPointsOf(run.input(2)));
      }
      return QuantizeFast(run, scale, zeros[0], range);
    }
  }
  return ForType<kFloatTypes | kSignedTypes>(0, x.dtype(), [&](auto x_zero) {
    return ForType<kFloatTypes>(1, scales.dtype(), [&](auto scale_zero) {
      return QuantizeScaled<decltype(x_zero), decltype(scale_zero)>(run, layout);
    });
  });
}

// --- DequantizeLinear: (code - zero) * scale ---

absl::Status DequantizeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 3));
  DType dtype = c.dtype(1);
  switch (c.node().Int("output_dtype", 0)) {
    case 0:
      break;
    case 1:
      dtype = DType::kF32;
      break;
    case 10:
      dtype = DType::kF16;
      break;
    case 16:
      dtype = DType::kBF16;
      break;
    default:
      return absl::UnimplementedError("output_dtype must be f32, f16 or bf16");
  }
  c.Set(0, dtype, c.dims(0));
  return absl::OkStatus();
}

template <typename X, typename S, typename Y, typename Value>
absl::Status DequantizeTyped(OpRun& run, const ParamLayout& layout,
                             const std::vector<int32_t>& zeros, const Value& value) {
  const X* from = Data<X>(run.input(0));
  const S* scales = Data<S>(run.input(1));
  Y* to = MutableData<Y>(run.output(0));
  return Ranges(run, run.input(0).num_elements(), kStep, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end;) {
      const int64_t p = layout.At(i), n = layout.Run(i, end);
      const auto scale = static_cast<float>(Widen(scales[p]));
      const int32_t zero = zeros.empty() ? 0 : zeros[static_cast<size_t>(p)];
      for (const int64_t last = i + n; i < last; ++i) {
        to[i] = Narrow<Y>(static_cast<Wide<Y>>(value(from[i], zero) * scale));
      }
    }
  });
}

template <typename S, typename Y>
absl::Status DequantizeCodes(OpRun& run, const ParamLayout& layout,
                             const std::vector<int32_t>& zeros) {
  const auto integer = [](auto code, int32_t zero) {
    return static_cast<float>(static_cast<int64_t>(code) - zero);
  };
  switch (run.input(0).dtype()) {
    case DType::kU8:
      return DequantizeTyped<uint8_t, S, Y>(run, layout, zeros, integer);
    case DType::kI8:
      return DequantizeTyped<int8_t, S, Y>(run, layout, zeros, integer);
    case DType::kU16:
      return DequantizeTyped<uint16_t, S, Y>(run, layout, zeros, integer);
    case DType::kI16:
      return DequantizeTyped<int16_t, S, Y>(run, layout, zeros, integer);
    case DType::kI32:
      return DequantizeTyped<int32_t, S, Y>(run, layout, zeros, integer);
    case DType::kE4M3:
      return DequantizeTyped<uint8_t, S, Y>(run, layout, zeros,
                                            [](uint8_t code, int32_t) { return E4M3ToF32(code); });
    case DType::kE5M2:
      return DequantizeTyped<uint8_t, S, Y>(run, layout, zeros,
                                            [](uint8_t code, int32_t) { return E5M2ToF32(code); });
    default:
      return TypeError(0, run.input(0).dtype(), "u8, i8, u16, i16, i32, e4m3, e5m2");
  }
}

absl::Status RunDequantize(OpRun& run) {
  const Tensor& scales = run.input(1);
  PAWL_ASSIGN_OR_RETURN(const ParamLayout layout,
                        ParamLayoutOf(run.node(), run.input(0).shape(), scales.shape()));
  std::vector<int32_t> zeros;
  if (run.Has(2)) {
    PAWL_ASSIGN_OR_RETURN(zeros, ZeroPointsOf(run.input(2)));
    if (!SameParameters(run)) {
      return absl::InvalidArgumentError("scales and zero points differ in shape");
    }
  }
  return ForType<kFloatTypes>(1, scales.dtype(), [&](auto scale_zero) {
    return ForType<kFloatTypes>(0, run.output(0).dtype(), [&](auto out_zero) {
      return DequantizeCodes<decltype(scale_zero), decltype(out_zero)>(run, layout, zeros);
    });
  });
}

// --- DynamicQuantizeLinear: u8 codes, scale and zero point from the range of x and 0 ---

absl::Status DynamicShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  if (c.dtype(0) != DType::kF32) return TypeError(0, c.dtype(0), "f32");
  c.Set(0, DType::kU8, c.dims(0));
  c.Set(1, DType::kF32, {});
  c.Set(2, DType::kU8, {});
  return absl::OkStatus();
}

absl::Status RunDynamic(OpRun& run) {
  const Tensor& x = run.input(0);
  const auto [scale, zero] = DynamicRangeOf(TargetOf(&run.context()), Data<float>(x),
                                            static_cast<size_t>(x.num_elements()));
  if (run.Wants(1)) MutableData<float>(run.output(1))[0] = scale;
  if (run.Wants(2)) MutableData<uint8_t>(run.output(2))[0] = static_cast<uint8_t>(zero);
  if (!run.Wants(0)) return absl::OkStatus();
  const CodeRange range{0, 255};
  if (scale > 0x1p-100f && scale < 0x1p100f) {
    return QuantizeFast(run, scale, zero, range);
  }
  auto* to = MutableData<uint8_t>(run.output(0));
  for (int64_t i = 0; i < x.num_elements(); ++i) {
    to[i] = static_cast<uint8_t>(CodeOf<float>(Data<float>(x)[i], scale, zero, range));
  }
  return absl::OkStatus();
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&),
                         absl::string_view domain = "") {
  return {.name = name,
          .domain = domain,
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = QuantKind::kQuantized,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("QuantizeLinear", 10, QuantizeShape, RunQuantize),
    Entry("DequantizeLinear", 10, DequantizeShape, RunDequantize),
    Entry("DynamicQuantizeLinear", 11, DynamicShape, RunDynamic),
    // As ONNX Runtime writes them for 16 bits in files of opsets that have only 8.
    Entry("QuantizeLinear", 1, QuantizeShape, RunQuantize, kMicrosoftDomain),
    Entry("DequantizeLinear", 1, DequantizeShape, RunDequantize, kMicrosoftDomain),
};

}  // namespace

absl::Span<const Operator> QuantizeLinearOperators() { return kTable; }

}  // namespace pawl
