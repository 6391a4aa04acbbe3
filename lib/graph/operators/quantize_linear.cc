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

// Elements are converted a piece at a time, so that there is not a loop for each combination of
// types.
constexpr int64_t kPiece = 512;

// f64 counts as f32 here: both are computed with as f32.
enum class ScaleKind { kF32, kF16, kBF16 };
ScaleKind ScaleKindOf(DType dtype) {
  return dtype == DType::kF16    ? ScaleKind::kF16
         : dtype == DType::kBF16 ? ScaleKind::kBF16
                                 : ScaleKind::kF32;
}

float Rounded(float value, ScaleKind kind) {
  switch (kind) {
    case ScaleKind::kF16:
      return F16ToF32(F32ToF16(value));
    case ScaleKind::kBF16:
      return BF16ToF32(F32ToBF16(value));
    case ScaleKind::kF32:
      break;
  }
  return value;
}

// One element by the definition: the quotient in the scale's type, rounded half to even.
int32_t CodeOf(float x, float scale, ScaleKind kind, int32_t zero, const CodeRange& range) {
  float quotient = Rounded(x / scale, kind);
  if (quotient != quotient) quotient = 0;  // no code for NaN
  quotient = std::clamp(quotient, -1e6f, 1e6f);
  const auto code = static_cast<int32_t>(std::nearbyint(quotient)) + zero;
  return std::clamp(code, range.lo, range.hi);
}

// Elements [at, at + n) of a tensor of numbers as f32.
using Loader = void (*)(const void* data, int64_t at, int64_t n, float* to);
template <typename T>
void LoadFloats(const void* data, int64_t at, int64_t n, float* to) {
  const T* from = static_cast<const T*>(data) + at;
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<float>(Widen(from[i]));
}

template <typename T>
void StoreCodes(const int32_t* codes, int64_t n, void* data, int64_t at) {
  T* to = static_cast<T*>(data) + at;
  for (int64_t i = 0; i < n; ++i) to[i] = static_cast<T>(codes[i]);
}
void StoreCodes(DType dtype, const int32_t* codes, int64_t n, void* data, int64_t at) {
  switch (dtype) {  // the low bits are what counts
    case DType::kU8:
    case DType::kI8:
    case DType::kE4M3:
    case DType::kE5M2:
      return StoreCodes<uint8_t>(codes, n, data, at);
    default:
      return StoreCodes<uint16_t>(codes, n, data, at);
  }
}

absl::StatusOr<std::vector<float>> ScalesOf(const Tensor& tensor) {
  std::vector<float> scales(static_cast<size_t>(tensor.num_elements()));
  PAWL_RETURN_IF_ERROR(ForType<kFloatTypes>(1, tensor.dtype(), [&](auto zero) {
    LoadFloats<decltype(zero)>(tensor.data(), 0, tensor.num_elements(), scales.data());
    return absl::OkStatus();
  }));
  return scales;
}

// code(x, parameter) for every element of input 0.
template <typename Code>
absl::Status QuantizeEach(OpRun& run, const ParamLayout& layout, const Code& code) {
  const Tensor& x = run.input(0);
  Tensor& out = run.output(0);
  Loader load = nullptr;
  PAWL_RETURN_IF_ERROR(ForType<kFloatTypes | kSignedTypes>(0, x.dtype(), [&](auto zero) {
    load = LoadFloats<decltype(zero)>;
    return absl::OkStatus();
  }));
  return Ranges(run, x.num_elements(), kStep, [&](int64_t begin, int64_t end) {
    float values[kPiece];
    int32_t codes[kPiece];
    for (int64_t at = begin; at < end; at += kPiece) {
      const int64_t count = std::min(kPiece, end - at);
      load(x.data(), at, count, values);
      for (int64_t i = 0; i < count;) {
        const int64_t p = layout.At(at + i), last = i + layout.Run(at + i, at + count);
        for (; i < last; ++i) codes[i] = code(values[i], p);
      }
      StoreCodes(out.dtype(), codes, count, out.mutable_data(), at);
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

absl::Status QuantizeScaled(OpRun& run, const ParamLayout& layout) {
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> scales, ScalesOf(run.input(1)));
  const ScaleKind kind = ScaleKindOf(run.input(1).dtype());
  const DType to = run.output(0).dtype();
  if (to == DType::kE4M3 || to == DType::kE5M2) {
    return QuantizeEach(run, layout, [&](float x, int64_t p) -> int32_t {
      const float q = Rounded(x / scales[static_cast<size_t>(p)], kind);
      return to == DType::kE5M2 ? F32ToE5M2(q) : F32ToE4M3(q);
    });
  }
  PAWL_ASSIGN_OR_RETURN(const CodeRange range, RangeOf(run));
  std::vector<int32_t> zeros(scales.size(), 0);
  if (run.Has(2)) {
    PAWL_ASSIGN_OR_RETURN(zeros, ZeroPointsOf(run.input(2)));
    if (!SameParameters(run)) {
      return absl::InvalidArgumentError("scales and zero points differ in shape");
    }
  }
  return QuantizeEach(run, layout, [&](float x, int64_t p) {
    const auto at = static_cast<size_t>(p);
    return CodeOf(x, scales[at], kind, zeros[at], range);
  });
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
  return QuantizeScaled(run, layout);
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

// to[i] = (code - zero) * scale for codes [at, at + n).
using Decoder = void (*)(const void* data, int64_t at, int64_t n, int32_t zero, float scale,
                         float* to);
template <typename X>
void DecodeIntegers(const void* data, int64_t at, int64_t n, int32_t zero, float scale, float* to) {
  const X* from = static_cast<const X*>(data) + at;
  for (int64_t i = 0; i < n; ++i) {
    to[i] = static_cast<float>(static_cast<int64_t>(from[i]) - zero) * scale;
  }
}
template <float (*kDecode)(uint8_t)>
void DecodeFloats(const void* data, int64_t at, int64_t n, int32_t, float scale, float* to) {
  const uint8_t* from = static_cast<const uint8_t*>(data) + at;
  for (int64_t i = 0; i < n; ++i) to[i] = kDecode(from[i]) * scale;
}
float DecodeE4M3(uint8_t code) { return E4M3ToF32(code); }
float DecodeE5M2(uint8_t code) { return E5M2ToF32(code); }

absl::StatusOr<Decoder> DecoderOf(DType dtype) {
  switch (dtype) {
    case DType::kU8:
      return DecodeIntegers<uint8_t>;
    case DType::kI8:
      return DecodeIntegers<int8_t>;
    case DType::kU16:
      return DecodeIntegers<uint16_t>;
    case DType::kI16:
      return DecodeIntegers<int16_t>;
    case DType::kI32:
      return DecodeIntegers<int32_t>;
    case DType::kE4M3:
      return DecodeFloats<DecodeE4M3>;
    case DType::kE5M2:
      return DecodeFloats<DecodeE5M2>;
    default:
      return TypeError(0, dtype, "u8, i8, u16, i16, i32, e4m3, e5m2");
  }
}

using Narrower = void (*)(const float* from, int64_t n, void* data, int64_t at);
template <typename T>
void StoreFloats(const float* from, int64_t n, void* data, int64_t at) {
  T* to = static_cast<T*>(data) + at;
  for (int64_t i = 0; i < n; ++i) to[i] = Narrow<T>(static_cast<Wide<T>>(from[i]));
}

absl::Status RunDequantize(OpRun& run) {
  const Tensor &x = run.input(0), &scale_tensor = run.input(1);
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const ParamLayout layout,
                        ParamLayoutOf(run.node(), x.shape(), scale_tensor.shape()));
  PAWL_ASSIGN_OR_RETURN(const std::vector<float> scales, ScalesOf(scale_tensor));
  std::vector<int32_t> zeros(scales.size(), 0);
  if (run.Has(2)) {
    PAWL_ASSIGN_OR_RETURN(zeros, ZeroPointsOf(run.input(2)));
    if (!SameParameters(run)) {
      return absl::InvalidArgumentError("scales and zero points differ in shape");
    }
  }
  PAWL_ASSIGN_OR_RETURN(const Decoder decode, DecoderOf(x.dtype()));
  Narrower store = nullptr;
  PAWL_RETURN_IF_ERROR(ForType<kFloatTypes>(0, out.dtype(), [&](auto zero) {
    store = StoreFloats<decltype(zero)>;
    return absl::OkStatus();
  }));
  const bool narrow = out.dtype() != DType::kF32;
  return Ranges(run, x.num_elements(), kStep, [&](int64_t begin, int64_t end) {
    float piece[kPiece];
    for (int64_t i = begin; i < end;) {
      const auto p = static_cast<size_t>(layout.At(i));
      int64_t n = layout.Run(i, end);
      if (narrow) n = std::min(n, kPiece);
      float* to = narrow ? piece : MutableData<float>(out) + i;
      decode(x.data(), i, n, zeros[p], scales[p], to);
      if (narrow) store(piece, n, out.mutable_data(), i);
      i += n;
    }
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
    to[i] = static_cast<uint8_t>(CodeOf(Data<float>(x)[i], scale, ScaleKind::kF32, zero, range));
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
