// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Neg, Abs, Sign, Floor, Ceil, Round, Sqrt, Reciprocal, Exp, Log, Erf, Sin, Cos, Tan, Asin, Acos,
// Atan, Sinh, Cosh, Tanh, Asinh, Acosh, Atanh. Transcendental functions are computed in f64.

#include <cmath>
#include <type_traits>

#include "kernels/elementary.h"
#include "lib/core/rounding.h"
#include "lib/graph/operators/unary.h"

namespace pawl {
namespace {

absl::Status RunNeg(OpRun& run) {
  return RunUnary<kFloatTypes | kSignedTypes>(run, [](auto a) {
    using T = decltype(a);
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(std::make_unsigned_t<T>{0} - static_cast<std::make_unsigned_t<T>>(a));
    } else {
      return -a;
    }
  });
}

absl::Status RunAbs(OpRun& run) {
  return RunUnary<kNumberTypes>(run, [](auto a) {
    using T = decltype(a);
    if constexpr (std::is_floating_point_v<T>) {
      return std::fabs(a);
    } else if constexpr (std::is_signed_v<T>) {
      using U = std::make_unsigned_t<T>;
      return a < 0 ? static_cast<T>(U{0} - static_cast<U>(a)) : a;
    } else {
      return a;
    }
  });
}

absl::Status RunSign(OpRun& run) {
  return RunUnary<kNumberTypes>(run, [](auto a) {
    using T = decltype(a);
    if (a > 0) return T{1};
    if constexpr (std::is_signed_v<T> || std::is_floating_point_v<T>) {
      if (a < 0) return static_cast<T>(-1);
    }
    return a == 0 ? T{0} : a;  // NaN stays
  });
}

absl::Status RunFloor(OpRun& run) {
  return RunUnary<kFloatTypes>(run, [](auto a) { return std::floor(a); });
}
absl::Status RunCeil(OpRun& run) {
  return RunUnary<kFloatTypes>(run, [](auto a) { return std::ceil(a); });
}
absl::Status RunRound(OpRun& run) { return RunInDouble(run, RoundHalfEven); }
absl::Status RunSqrt(OpRun& run) {
  return RunUnary<kFloatTypes>(run, [](auto a) { return std::sqrt(a); });
}
absl::Status RunReciprocal(OpRun& run) {
  return RunUnary<kFloatTypes>(run, [](auto a) { return static_cast<decltype(a)>(1) / a; });
}

using Function = double (*)(double);

template <Function kFunction>
absl::Status RunFunction(OpRun& run) {
  return RunInDouble(run, [](double a) { return kFunction(a); });
}

// Those with a vector kernel.
template <kernels::ElementaryKind kKind, Function kFunction>
absl::Status RunElementary(OpRun& run) {
  return RunVector(
      run,
      [](kernels::Target target, const float* x, size_t n, float* y) {
        kernels::Elementary(target, kKind, x, n, y);
      },
      kFunction);
}

double Exp(double a) { return std::exp(a); }
double Log(double a) { return std::log(a); }
double Erf(double a) { return std::erf(a); }
double Sin(double a) { return std::sin(a); }
double Cos(double a) { return std::cos(a); }
double Tan(double a) { return std::tan(a); }
double Asin(double a) { return std::asin(a); }
double Acos(double a) { return std::acos(a); }
double Atan(double a) { return std::atan(a); }
double Sinh(double a) { return std::sinh(a); }
double Cosh(double a) { return std::cosh(a); }
double Tanh(double a) { return std::tanh(a); }
double Asinh(double a) { return std::asinh(a); }
double Acosh(double a) { return std::acosh(a); }
double Atanh(double a) { return std::atanh(a); }

absl::Status OneInput(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  return SameAsInput(c);
}

constexpr Operator Entry(absl::string_view name, int min_opset, absl::Status (*run)(OpRun&),
                         QuantKind kind = QuantKind::kLookup) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = OneInput,
          .run = run,
          .quantize = kind,
          .flags = kSymbolic | kInPlace};
}

// Version 1 of these had an attribute that 6 dropped.
constexpr Operator kTable[] = {
    Entry("Neg", 6, RunNeg),
    Entry("Abs", 6, RunAbs),
    Entry("Sign", 9, RunSign),
    Entry("Floor", 6, RunFloor),
    Entry("Ceil", 6, RunCeil),
    Entry("Round", 11, RunRound),
    Entry("Sqrt", 6, RunSqrt),
    Entry("Reciprocal", 6, RunReciprocal),
    Entry("Exp", 6, RunElementary<kernels::ElementaryKind::kExp, Exp>),
    Entry("Log", 6, RunFunction<Log>),
    Entry("Erf", 9, RunElementary<kernels::ElementaryKind::kErf, Erf>),
    Entry("Sin", 7, RunFunction<Sin>),
    Entry("Cos", 7, RunFunction<Cos>),
    Entry("Tan", 7, RunFunction<Tan>),
    Entry("Asin", 7, RunFunction<Asin>),
    Entry("Acos", 7, RunFunction<Acos>),
    Entry("Atan", 7, RunFunction<Atan>),
    Entry("Sinh", 9, RunFunction<Sinh>),
    Entry("Cosh", 9, RunFunction<Cosh>),
    Entry("Tanh", 6, RunElementary<kernels::ElementaryKind::kTanh, Tanh>),
    Entry("Asinh", 9, RunFunction<Asinh>),
    Entry("Acosh", 9, RunFunction<Acosh>),
    Entry("Atanh", 9, RunFunction<Atanh>),
};

}  // namespace

absl::Span<const Operator> MathOperators() { return kTable; }

}  // namespace pawl
