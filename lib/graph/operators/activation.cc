// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Relu, LeakyRelu, Clip, Sigmoid, HardSigmoid, HardSwish, Elu, Selu, Celu, ThresholdedRelu,
// Softplus, Softsign, Gelu, Mish, Swish, Shrink.

#include <algorithm>
#include <cmath>
#include <limits>
#include <type_traits>

#include "kernels/activations.h"
#include "kernels/elementwise_f32.h"
#include "lib/graph/operators/unary.h"

namespace pawl {
namespace {

absl::Status OneInput(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  return SameAsInput(c);
}

bool IsF32(const OpRun& run) { return run.input(0).dtype() == DType::kF32; }

// f32 by a vector kernel.
absl::Status RunUnaryKernel(OpRun& run, kernels::UnaryKind kind, float p = 0.0f, float q = 0.0f) {
  const float* from = Data<float>(run.input(0));
  float* to = MutableData<float>(run.output(0));
  const kernels::Target target = TargetOf(&run.context());
  return Ranges(run, run.input(0).num_elements(), kUnaryStep, [&](int64_t begin, int64_t end) {
    kernels::UnaryF32(target, kind, p, q, from + begin, static_cast<size_t>(end - begin),
                      to + begin);
  });
}

absl::Status RunRelu(OpRun& run) {
  if (IsF32(run)) {
    constexpr float kNoBound = std::numeric_limits<float>::infinity();
    return RunUnaryKernel(run, kernels::UnaryKind::kClip, 0.0f, kNoBound);
  }
  return RunUnary<kFloatTypes | kSignedTypes>(run,
                                              [](auto a) { return a < 0 ? decltype(a){0} : a; });
}

// max(lo, min(hi, a)) by comparisons, so that NaN stays.
template <typename T>
absl::Status ClipTo(OpRun& run, Wide<T> lo, Wide<T> hi) {
  if constexpr (std::is_same_v<T, float>) {
    return RunUnaryKernel(run, kernels::UnaryKind::kClip, lo, hi);
  }
  return MapElements<T, T>(run, [lo, hi](T element) {
    const Wide<T> a = Widen(element);
    const Wide<T> above = a < lo ? lo : a;
    return Narrow<T>(above > hi ? hi : above);
  });
}

// Bounds were attributes before opset 11.
absl::Status RunClip6(OpRun& run) {
  const float lo = run.node().Float("min", std::numeric_limits<float>::lowest());
  const float hi = run.node().Float("max", std::numeric_limits<float>::max());
  return ForType<kFloatTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using T = decltype(zero);
    return ClipTo<T>(run, static_cast<Wide<T>>(lo), static_cast<Wide<T>>(hi));
  });
}

absl::Status ClipShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 3));
  for (size_t i = 1; i < c.num_inputs(); ++i) {
    if (!c.Has(i)) continue;
    const int64_t elements = DimProduct(c.dims(i));
    if (c.dtype(i) != c.dtype(0) || (elements >= 0 && elements != 1)) {
      return absl::InvalidArgumentError(
          absl::StrCat("input ", i, " must be one ", DTypeName(c.dtype(0)), ", is ",
                       DTypeName(c.dtype(i)), " of shape ", ShapeString(c.dims(i))));
    }
  }
  return SameAsInput(c);
}

absl::Status RunClip(OpRun& run) {
  return ForType<kNumberTypes>(0, run.input(0).dtype(), [&](auto zero) {
    using T = decltype(zero);
    using W = Wide<T>;
    W lo = std::numeric_limits<W>::lowest(), hi = std::numeric_limits<W>::max();
    if constexpr (std::is_floating_point_v<W>) {  // absent bounds leave infinities alone
      lo = -std::numeric_limits<W>::infinity();
      hi = std::numeric_limits<W>::infinity();
    }
    if (run.Has(1)) lo = Widen(Data<T>(run.input(1))[0]);
    if (run.Has(2)) hi = Widen(Data<T>(run.input(2))[0]);
    return ClipTo<T>(run, lo, hi);
  });
}

absl::Status RunLeakyRelu(OpRun& run) {
  const float alpha = run.node().Float("alpha", 0.01f);
  if (IsF32(run)) return RunUnaryKernel(run, kernels::UnaryKind::kLeakyRelu, alpha);
  return RunUnary<kFloatTypes>(run, [alpha](auto a) {
    using T = decltype(a);
    return a < 0 ? static_cast<T>(alpha) * a : a;
  });
}

absl::Status RunHardSigmoid(OpRun& run) {
  const float alpha = run.node().Float("alpha", 0.2f), beta = run.node().Float("beta", 0.5f);
  if (IsF32(run)) return RunUnaryKernel(run, kernels::UnaryKind::kHardSigmoid, alpha, beta);
  return RunUnary<kFloatTypes>(run, [=](auto a) {
    using T = decltype(a);
    const T v = static_cast<T>(alpha) * a + static_cast<T>(beta);
    return v < 0 ? T{0} : v > 1 ? T{1} : v;
  });
}

absl::Status RunThresholdedRelu(OpRun& run) {
  const float alpha = run.node().Float("alpha", 1.0f);
  return RunUnary<kFloatTypes>(run, [alpha](auto a) {
    using T = decltype(a);
    return a > static_cast<T>(alpha) || a != a ? a : T{0};
  });
}

absl::Status RunShrink(OpRun& run) {
  const float bias = run.node().Float("bias", 0.0f), lambd = run.node().Float("lambd", 0.5f);
  return RunInDouble(run, [=](double a) {
    return a < -static_cast<double>(lambd)  ? a + static_cast<double>(bias)
           : a > static_cast<double>(lambd) ? a - static_cast<double>(bias)
                                            : (a != a ? a : 0.0);
  });
}

// Those with a vector kernel.
template <typename Fn>
absl::Status RunKernel(OpRun& run, kernels::ActivationKind kind, const Fn& fn) {
  return RunVector(
      run,
      [kind](kernels::Target target, const float* x, size_t n, float* y) {
        kernels::Activate(target, kind, x, n, y);
      },
      fn);
}

// With the bits that a layer's epilogue gives.
absl::Status RunHardSwish(OpRun& run) {
  return RunKernel(run, kernels::ActivationKind::kHardSwish, [](double a) {
    return a <= -3.0 ? 0.0 : a >= 3.0 ? a : a * (a + 3.0) / 6.0;
  });
}

double Logistic(double a) { return 1.0 / (1.0 + std::exp(-a)); }
// log(1 + e^a), without overflow.
double SoftplusOf(double a) { return std::max(a, 0.0) + std::log1p(std::exp(-std::fabs(a))); }

absl::Status RunSigmoid(OpRun& run) {
  return RunKernel(run, kernels::ActivationKind::kSigmoid, Logistic);
}
absl::Status RunSoftplus(OpRun& run) { return RunInDouble(run, SoftplusOf); }
absl::Status RunSoftsign(OpRun& run) {
  return RunInDouble(run, [](double a) { return a / (1.0 + std::fabs(a)); });
}
absl::Status RunMish(OpRun& run) {
  return RunInDouble(run, [](double a) { return a * std::tanh(SoftplusOf(a)); });
}
absl::Status RunSwish(OpRun& run) {
  const double alpha = static_cast<double>(run.node().Float("alpha", 1.0f));
  const auto swish = [alpha](double a) { return a * Logistic(alpha * a); };
  if (alpha != 1.0) return RunInDouble(run, swish);
  return RunKernel(run, kernels::ActivationKind::kSilu, swish);
}
absl::Status RunElu(OpRun& run) {
  const double alpha = static_cast<double>(run.node().Float("alpha", 1.0f));
  return RunInDouble(run, [alpha](double a) { return a < 0 ? alpha * std::expm1(a) : a; });
}
absl::Status RunSelu(OpRun& run) {
  const double alpha = static_cast<double>(run.node().Float("alpha", 1.67326319217681884765625f));
  const double gamma = static_cast<double>(run.node().Float("gamma", 1.05070102214813232421875f));
  return RunInDouble(
      run, [=](double a) { return gamma * (a > 0 || a != a ? a : alpha * std::expm1(a)); });
}
absl::Status RunCelu(OpRun& run) {
  const double alpha = static_cast<double>(run.node().Float("alpha", 1.0f));
  return RunInDouble(run, [alpha](double a) {
    return std::max(0.0, a) + std::min(0.0, alpha * std::expm1(a / alpha)) + (a != a ? a : 0.0);
  });
}

absl::Status RunGelu(OpRun& run) {
  const auto approximate = run.node().String("approximate", "none");
  if (approximate == "tanh") {
    constexpr double kRoot = 0.7978845608028654;  // sqrt(2 / pi)
    return RunKernel(run, kernels::ActivationKind::kGeluTanh, [](double a) {
      return 0.5 * a * (1.0 + std::tanh(kRoot * (a + 0.044715 * a * a * a)));
    });
  }
  if (approximate != "none") {
    return absl::InvalidArgumentError(
        absl::StrCat("approximate is '", approximate, "'; known: none, tanh"));
  }
  constexpr double kRootHalf = 0.7071067811865476;
  return RunKernel(run, kernels::ActivationKind::kGelu,
                   [](double a) { return 0.5 * a * (1.0 + std::erf(a * kRootHalf)); });
}

constexpr Operator Entry(absl::string_view name, int min_opset, absl::Status (*run)(OpRun&),
                         QuantKind kind = QuantKind::kLookup, int max_opset = 0,
                         absl::Status (*shape)(ShapeContext&) = OneInput) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .max_opset = max_opset,
          .shape = shape,
          .run = run,
          .quantize = kind,
          .flags = kSymbolic | kInPlace};
}

constexpr Operator kTable[] = {
    Entry("Relu", 6, RunRelu, QuantKind::kSameScale),
    Entry("Clip", 6, RunClip6, QuantKind::kSameScale, 10),
    Entry("Clip", 11, RunClip, QuantKind::kSameScale, 0, ClipShape),
    Entry("LeakyRelu", 6, RunLeakyRelu),
    Entry("Sigmoid", 6, RunSigmoid),
    Entry("HardSigmoid", 6, RunHardSigmoid),
    Entry("HardSwish", 14, RunHardSwish),
    Entry("Elu", 6, RunElu),
    Entry("Selu", 6, RunSelu),
    Entry("Celu", 12, RunCelu),
    Entry("ThresholdedRelu", 10, RunThresholdedRelu),
    Entry("Softplus", 1, RunSoftplus),
    Entry("Softsign", 1, RunSoftsign),
    Entry("Gelu", 20, RunGelu),
    Entry("Mish", 18, RunMish),
    Entry("Swish", 24, RunSwish),
    Entry("Shrink", 9, RunShrink, QuantKind::kLookup),
};

}  // namespace

absl::Span<const Operator> ActivationOperators() { return kTable; }

}  // namespace pawl
