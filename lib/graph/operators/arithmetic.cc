// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Add, Sub, Mul, Div, Pow, Mod, Max, Min, Sum, Mean, PRelu, BitShift, BitwiseAnd, BitwiseOr,
// BitwiseXor. Integers wrap around; what ONNX leaves open (division by zero) gives 0.

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <type_traits>

#include "kernels/elementwise_f32.h"
#include "lib/core/context_internal.h"
#include "lib/graph/operators/binary.h"
#include "lib/graph/operators/broadcast.h"

namespace pawl {
namespace {

// As unsigned numbers of at least 32 bits, whose overflow is defined.
template <typename T>
using Modular = std::common_type_t<std::make_unsigned_t<T>, uint32_t>;

struct AddOp {
  static constexpr auto kKernel = kernels::BinaryKind::kAdd;
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<Modular<T>>(a) + static_cast<Modular<T>>(b));
    } else {
      return a + b;
    }
  }
};

struct SubOp {
  static constexpr auto kKernel = kernels::BinaryKind::kSub;
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<Modular<T>>(a) - static_cast<Modular<T>>(b));
    } else {
      return a - b;
    }
  }
};

struct MulOp {
  static constexpr auto kKernel = kernels::BinaryKind::kMul;
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      return static_cast<T>(static_cast<Modular<T>>(a) * static_cast<Modular<T>>(b));
    } else {
      return a * b;
    }
  }
};

// Truncates, as C does.
struct DivOp {
  static constexpr auto kKernel = kernels::BinaryKind::kDiv;
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (b == 0) return 0;
      if constexpr (std::is_signed_v<T>) {
        if (b == -1) return SubOp()(T{0}, a);
      }
      return static_cast<T>(a / b);
    } else {
      return a / b;
    }
  }
};

// The remainder with the divisor's sign, as Python's %; or with the dividend's, as C's fmod.
struct ModOp {
  bool fmod = false;
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_integral_v<T>) {
      if (b == 0) return 0;
      if constexpr (std::is_signed_v<T>) {
        if (b == -1) return 0;
        const T rest = static_cast<T>(a % b);
        return !fmod && rest != 0 && (rest < 0) != (b < 0) ? static_cast<T>(rest + b) : rest;
      }
      return static_cast<T>(a % b);
    } else {
      const T rest = std::fmod(a, b);
      return !fmod && rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
    }
  }
};

// NaN wins, as in NumPy's maximum.
struct MaxOp {
  static constexpr auto kKernel = kernels::BinaryKind::kMax;
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) {
      if (a != a) return a;
    }
    return a > b ? a : b;
  }
};

struct MinOp {
  static constexpr auto kKernel = kernels::BinaryKind::kMin;
  template <typename T>
  T operator()(T a, T b) const {
    if constexpr (std::is_floating_point_v<T>) {
      if (a != a) return a;
    }
    return a < b ? a : b;
  }
};

struct PReluOp {
  template <typename T>
  T operator()(T x, T slope) const {
    return x < 0 ? MulOp()(x, slope) : x;
  }
};

template <typename T>
T IntegerPower(T base, uint64_t exponent) {
  T result = 1;
  for (; exponent != 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = MulOp()(result, base);
    base = MulOp()(base, base);
  }
  return result;
}

// base^exponent in the base's type; the exponent may have another one.
template <typename Base, typename Exponent>
Base Power(Base base, Exponent exponent) {
  if constexpr (std::is_integral_v<Base> && std::is_integral_v<Exponent>) {
    if constexpr (std::is_signed_v<Exponent>) {
      if (exponent < 0) {
        if constexpr (std::is_signed_v<Base>) {
          if (base == -1) return exponent % 2 == 0 ? Base{1} : Base{-1};
        }
        return base == 1 ? Base{1} : Base{0};
      }
    }
    return IntegerPower(base, static_cast<uint64_t>(exponent));
  } else {
    const double power = std::pow(static_cast<double>(base), static_cast<double>(exponent));
    if constexpr (std::is_integral_v<Base>) {  // what does not fit has no defined value
      constexpr double kMost = static_cast<double>(std::numeric_limits<Base>::max());
      if (!(std::fabs(power) < kMost)) return 0;
      if (std::is_unsigned_v<Base> && power < 0) return 0;
    }
    return static_cast<Base>(power);
  }
}

// f32 by a vector kernel.
absl::Status RunKernel(OpRun& run, kernels::BinaryKind kind, const Tensor& a, const Tensor& b) {
  Tensor& out = run.output(0);
  const Dims& dims = out.shape();
  const StridedLoop<2> loop(dims,
                            {BroadcastStrides(a.shape(), dims), BroadcastStrides(b.shape(), dims)});
  const auto a_step = static_cast<size_t>(loop.inner()[0]);
  const auto b_step = static_cast<size_t>(loop.inner()[1]);
  const float* from_a = Data<float>(a);
  const float* from_b = Data<float>(b);
  float* to = MutableData<float>(out);
  const kernels::Target target = TargetOf(&run.context());
  return Ranges(run, out.num_elements(), kElementwiseStep, [&](int64_t begin, int64_t end) {
    loop.Walk(begin, end, [&](const std::array<int64_t, 2>& at, int64_t i, int64_t n) {
      kernels::BinaryF32(target, kind, from_a + at[0], a_step, from_b + at[1], b_step,
                         static_cast<size_t>(n), to + i);
    });
  });
}

// fn(load) with load(data, i) -> double, int64_t or uint64_t: an exponent, whatever type it has in
// the tensor. Bases need not be compiled for each type of exponents then.
template <uint32_t kTypes, typename Fn>
absl::Status WithExponents(DType dtype, const Fn& fn) {
  return ForType<kTypes>(1, dtype, [&](auto zero) {
    using E = decltype(zero);
    using W = Wide<E>;
    using Loaded = std::conditional_t<!std::is_integral_v<W>, double,
                                      std::conditional_t<std::is_signed_v<W>, int64_t, uint64_t>>;
    Loaded (*load)(const std::byte*, int64_t) = [](const std::byte* data, int64_t i) {
      return static_cast<Loaded>(Widen(reinterpret_cast<const E*>(data)[i]));
    };
    return fn(load);
  });
}

absl::Status RunPow(OpRun& run) {
  constexpr uint32_t kBases = kFloatTypes | kSignedTypes | kUnsignedTypes;
  const Tensor& exponents = run.input(1);
  // A square is by far the most frequent power.
  if (run.input(0).dtype() == DType::kF32 && exponents.dtype() == DType::kF32 &&
      exponents.num_elements() == 1 && Data<float>(exponents)[0] == 2.0f &&
      run.output(0).num_elements() == run.input(0).num_elements()) {
    return RunKernel(run, kernels::BinaryKind::kMul, run.input(0), run.input(0));
  }
  return ForType<kBases>(0, run.input(0).dtype(), [&](auto base_zero) {
    using T = decltype(base_zero);
    return WithExponents<kBases>(exponents.dtype(), [&](auto load) {
      return BroadcastRuns(run, run.input(0), exponents,
                           [&](const std::byte* from_a, int64_t a_step, const std::byte* from_b,
                               int64_t b_step, std::byte* to, int64_t n) {
                             const T* a = reinterpret_cast<const T*>(from_a);
                             T* out = reinterpret_cast<T*>(to);
                             for (int64_t i = 0; i < n; ++i) {
                               out[i] = Narrow<T>(static_cast<Wide<T>>(
                                   Power(Widen(a[i * a_step]), load(from_b, i * b_step))));
                             }
                           });
    });
  });
}

// Shapes broadcast, the result has input 0's type.
absl::Status FirstTypeShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  PAWL_ASSIGN_OR_RETURN(Dims dims, Broadcast(c.dims(0), c.dims(1)));
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status TwoInputs(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  return BroadcastAll(c);
}

// The slope is broadcast to x, not x to the slope.
absl::Status PReluShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(TwoInputs(c));
  c.Set(0, c.dtype(0), c.dims(0));
  return absl::OkStatus();
}

absl::Status RunMod(OpRun& run) {
  return RunBinary<kNumberTypes>(run, ModOp{run.node().Int("fmod", 0) != 0});
}

absl::Status RunBitShift(OpRun& run) {
  const auto direction = run.node().String("direction", "");
  if (direction != "LEFT" && direction != "RIGHT") {
    return absl::InvalidArgumentError("its direction must be LEFT or RIGHT");
  }
  const bool left = direction == "LEFT";
  return RunBinary<kIntegerTypes>(run, [left](auto a, auto b) {
    using T = decltype(a);
    // A count outside [0, bits) leaves copies of the sign bit, or zeros.
    const bool whole = b < T{0} || static_cast<uint64_t>(b) >= 8 * sizeof(T);
    if (left) return whole ? T{0} : static_cast<T>(static_cast<uint64_t>(a) << b);
    if (whole) return a < T{0} ? static_cast<T>(-1) : T{0};
    return static_cast<T>(a >> b);
  });
}

template <typename Op>
concept HasKernel = requires {
  Op::kKernel;
};

// --- any number of inputs ---

template <uint32_t kTypes, typename Fn>
absl::Status Fold(OpRun& run, const Fn& fn) {
  Tensor& out = run.output(0);
  if (out.dtype() == DType::kF32 && run.num_inputs() > 1) {
    PAWL_RETURN_IF_ERROR(RunKernel(run, Fn::kKernel, run.input(0), run.input(1)));
    for (size_t i = 2; i < run.num_inputs(); ++i) {
      PAWL_RETURN_IF_ERROR(RunKernel(run, Fn::kKernel, out, run.input(i)));
    }
    return absl::OkStatus();
  }
  return ForType<kTypes>(0, out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto narrow = [&](T a, T b) {
      return Narrow<T>(static_cast<Wide<T>>(fn(Widen(a), Widen(b))));
    };
    if (run.num_inputs() == 1) {
      return BroadcastBinary<T, T, T>(run, run.input(0), run.input(0), [](T a, T) { return a; });
    }
    PAWL_RETURN_IF_ERROR((BroadcastBinary<T, T, T>(run, run.input(0), run.input(1), narrow)));
    for (size_t i = 2; i < run.num_inputs(); ++i) {
      PAWL_RETURN_IF_ERROR((BroadcastBinary<T, T, T>(run, out, run.input(i), narrow)));
    }
    return absl::OkStatus();
  });
}

absl::Status RunMean(OpRun& run) {
  PAWL_RETURN_IF_ERROR(Fold<kFloatTypes>(run, AddOp()));
  const auto count = static_cast<double>(run.num_inputs());
  Tensor& out = run.output(0);
  return ForType<kFloatTypes>(0, out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    return BroadcastBinary<T, T, T>(run, out, out, [count](T a, T) {
      return Narrow<T>(Widen(a) / static_cast<Wide<T>>(count));
    });
  });
}

template <typename Op, uint32_t kTypes>
absl::Status Run(OpRun& run) {
  if constexpr (HasKernel<Op>) {
    if (run.input(0).dtype() == DType::kF32) {
      return RunKernel(run, Op::kKernel, run.input(0), run.input(1));
    }
  }
  return RunBinary<kTypes>(run, Op());
}
template <typename Op, uint32_t kTypes>
absl::Status RunFold(OpRun& run) {
  return Fold<kTypes>(run, Op());
}

absl::Status RunBitwiseAnd(OpRun& run) {
  return RunBinary<kIntegerTypes>(run, [](auto a, auto b) { return a & b; });
}
absl::Status RunBitwiseOr(OpRun& run) {
  return RunBinary<kIntegerTypes>(run, [](auto a, auto b) { return a | b; });
}
absl::Status RunBitwiseXor(OpRun& run) {
  return RunBinary<kIntegerTypes>(run, [](auto a, auto b) { return a ^ b; });
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&),
                         QuantKind kind = QuantKind::kFloat,
                         uint32_t flags = kSymbolic | kInPlace) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = kind,
          .flags = flags};
}

// Before opset 7 a broadcast had to be asked for by an attribute. Those that fold over many inputs
// write their result more than once, so it is never an input's memory.
constexpr Operator kTable[] = {
    Entry("Add", 7, TwoInputs, Run<AddOp, kNumberTypes>, QuantKind::kElementwise),
    Entry("Sub", 7, TwoInputs, Run<SubOp, kNumberTypes>, QuantKind::kElementwise),
    Entry("Mul", 7, TwoInputs, Run<MulOp, kNumberTypes>, QuantKind::kElementwise),
    Entry("Div", 7, TwoInputs, Run<DivOp, kNumberTypes>),
    Entry("Pow", 7, FirstTypeShape, RunPow),
    Entry("Mod", 10, TwoInputs, RunMod),
    Entry("PRelu", 7, PReluShape, Run<PReluOp, kNumberTypes>),
    Entry("BitShift", 11, TwoInputs, RunBitShift),
    Entry("BitwiseAnd", 18, TwoInputs, RunBitwiseAnd),
    Entry("BitwiseOr", 18, TwoInputs, RunBitwiseOr),
    Entry("BitwiseXor", 18, TwoInputs, RunBitwiseXor),
    Entry("Max", 8, BroadcastAll, RunFold<MaxOp, kNumberTypes>, QuantKind::kSameScale, kSymbolic),
    Entry("Min", 8, BroadcastAll, RunFold<MinOp, kNumberTypes>, QuantKind::kSameScale, kSymbolic),
    Entry("Sum", 8, BroadcastAll, RunFold<AddOp, kFloatTypes>, QuantKind::kFloat, kSymbolic),
    Entry("Mean", 8, BroadcastAll, RunMean, QuantKind::kFloat, kSymbolic),
};

}  // namespace

absl::Span<const Operator> ArithmeticOperators() { return kTable; }

}  // namespace pawl
