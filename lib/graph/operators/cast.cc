// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Cast, CastLike: between the number types, bool, and the 8-bit floats.

#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <type_traits>

#include "lib/graph/onnx_numbers.h"
#include "lib/graph/operators/unary.h"

namespace pawl {
namespace {

absl::Status CastShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  const int64_t to = c.node().Int("to", 0);
  const std::optional<DType> dtype = DTypeOfOnnx(to);
  if (!dtype.has_value()) {
    return absl::UnimplementedError(absl::StrCat("casts to ONNX's type ", to, "; Pawl casts to ",
                                                 TypeSetText(kAllTypes), ", e4m3, e5m2, e8m0"));
  }
  c.Set(0, *dtype, c.dims(0));
  return absl::OkStatus();
}

absl::Status CastLikeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  c.Set(0, c.dtype(1), c.dims(0));
  return absl::OkStatus();
}

// Floats truncate towards zero; what does not fit into an integer is clamped and NaN gives 0
// (ONNX leaves both open, C++ does not allow them). Integers keep their low bits.
template <typename To, typename From>
To Convert(From value) {
  if constexpr (std::is_same_v<To, F16> || std::is_same_v<To, BF16>) {
    // f64 and wide integers are rounded to f32 first, which ONNX allows.
    return Narrow<To>(static_cast<float>(value));
  } else if constexpr (std::is_floating_point_v<From> && std::is_integral_v<To>) {
    if (value != value) return 0;
    const double v = static_cast<double>(value);
    constexpr double kLo = static_cast<double>(std::numeric_limits<To>::lowest());
    constexpr double kHi = static_cast<double>(std::numeric_limits<To>::max());
    if (v <= kLo) return std::numeric_limits<To>::lowest();
    if (v >= kHi) return std::numeric_limits<To>::max();
    return static_cast<To>(v);
  } else {
    return static_cast<To>(value);
  }
}

// f32 to the 8-bit floats: what is too large becomes the largest number, or without `saturate`
// infinity where there is one and NaN.
uint8_t ToE4M3(float value, bool saturate) {
  if (!saturate && std::fabs(value) > 464.0f) return std::signbit(value) ? 0xFF : 0x7F;
  return F32ToE4M3(value);
}
uint8_t ToE5M2(float value, bool saturate) {
  const int sign = std::signbit(value) ? 0x80 : 0;
  if (saturate && std::isinf(value)) return static_cast<uint8_t>(sign | 0x7B);
  if (!saturate && std::fabs(value) >= 61440.0f) return static_cast<uint8_t>(sign | 0x7C);
  return F32ToE5M2(value);
}

// Powers of two by the rounding mode; ONNX leaves negative numbers open, they count as their
// magnitude here.
uint8_t ToE8M0(float value, bool saturate, absl::string_view mode) {
  if (value != value) return 0xFF;
  int exponent = 0;
  const double fraction = std::frexp(std::fabs(static_cast<double>(value)), &exponent);  // [1/2, 1)
  if (fraction == 0) return saturate ? 0 : 0xFF;
  int code = exponent - 1 + 127;
  const bool up = mode == "up" ? fraction > 0.5 : mode == "nearest" && fraction >= 0.75;
  code += up ? 1 : 0;
  if (std::isinf(value) || code > 254) return saturate ? 254 : 0xFF;
  return code < 0 ? (saturate ? 0 : 0xFF) : static_cast<uint8_t>(code);
}

absl::Status CastToFloat8(OpRun& run, DType to) {
  const bool saturate = run.node().Int("saturate", 1) != 0;
  const absl::string_view mode = run.node().String("round_mode", "up");
  return ForType<kAllTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using From = decltype(zero);
    return MapElements<From, uint8_t>(run, [&](From a) {
      const auto value = static_cast<float>(Widen(a));
      return to == DType::kE4M3   ? ToE4M3(value, saturate)
             : to == DType::kE5M2 ? ToE5M2(value, saturate)
                                  : ToE8M0(value, saturate, mode);
    });
  });
}

absl::Status CastFromFloat8(OpRun& run, DType from, DType to) {
  return ForType<kAllTypes>(0, to, [&](auto zero) {
    using To = decltype(zero);
    return MapElements<uint8_t, To>(run, [&](uint8_t code) {
      const float value = from == DType::kE4M3   ? E4M3ToF32(code)
                          : from == DType::kE5M2 ? E5M2ToF32(code)
                                                 : E8M0ToF32(code);
      if (to == DType::kBool) return Convert<To>(value != 0 ? 1.0f : 0.0f);
      return Convert<To>(value);
    });
  });
}

bool IsFloat8(DType dtype) {
  return dtype == DType::kE4M3 || dtype == DType::kE5M2 || dtype == DType::kE8M0;
}

// Elements [0, n) from one type to another.
using CastFn = void (*)(const std::byte* from, std::byte* to, int64_t n);

template <typename From, typename To>
void CastRun(const std::byte* from, std::byte* to, int64_t n) {
  const From* x = reinterpret_cast<const From*>(from);
  To* y = reinterpret_cast<To*>(to);
  for (int64_t i = 0; i < n; ++i) y[i] = Convert<To>(Widen(x[i]));
}
template <typename From>
void CastRunToBool(const std::byte* from, std::byte* to, int64_t n) {
  for (int64_t i = 0; i < n; ++i) {
    const bool set = Widen(reinterpret_cast<const From*>(from)[i]) != 0;
    reinterpret_cast<uint8_t*>(to)[i] = set ? 1 : 0;
  }
}

absl::Status RunCast(OpRun& run) {
  const DType from = run.input(0).dtype(), to = run.output(0).dtype();
  if (from == to) return CopyThrough(run);
  if (IsFloat8(to)) return CastToFloat8(run, to);
  if (IsFloat8(from)) return CastFromFloat8(run, from, to);
  CastFn cast = nullptr;
  PAWL_RETURN_IF_ERROR(ForType<kAllTypes>(0, from, [&](auto from_zero) {
    using From = decltype(from_zero);
    if (to == DType::kBool) {
      cast = CastRunToBool<From>;
      return absl::OkStatus();
    }
    return ForType<kAllTypes>(0, to, [&](auto to_zero) {
      cast = CastRun<From, decltype(to_zero)>;
      return absl::OkStatus();
    });
  }));
  const auto* in = static_cast<const std::byte*>(run.input(0).data());
  auto* out = static_cast<std::byte*>(run.output(0).mutable_data());
  const auto in_size = static_cast<int64_t>(DTypeSize(from));
  const auto out_size = static_cast<int64_t>(DTypeSize(to));
  return Ranges(run, run.input(0).num_elements(), kUnaryStep, [&](int64_t begin, int64_t end) {
    cast(in + begin * in_size, out + begin * out_size, end - begin);
  });
}

constexpr Operator kTable[] = {
    {.name = "Cast",
     .domain = "",
     .min_opset = 6,
     .shape = CastShape,
     .run = RunCast,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
    {.name = "CastLike",
     .domain = "",
     .min_opset = 15,
     .shape = CastLikeShape,
     .run = RunCast,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> CastOperators() { return kTable; }

}  // namespace pawl
