// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Equal, Greater, Less, GreaterOrEqual, LessOrEqual, And, Or, Xor, Not, BitwiseNot, IsNaN, IsInf,
// Where.

#include <array>
#include <cmath>

#include "lib/graph/operators/binary.h"
#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/unary.h"

namespace pawl {
namespace {

absl::Status CompareShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  PAWL_RETURN_IF_ERROR(BroadcastAll(c));
  c.Set(0, DType::kBool, *c.outputs()[0].shape);
  return absl::OkStatus();
}

absl::Status BoolShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  c.Set(0, DType::kBool, c.dims(0));
  return absl::OkStatus();
}

absl::Status RunEqual(OpRun& run) {
  return RunCompare<kAllTypes>(run, [](auto a, auto b) { return a == b; });
}
absl::Status RunGreater(OpRun& run) {
  return RunCompare<kNumberTypes>(run, [](auto a, auto b) { return a > b; });
}
absl::Status RunLess(OpRun& run) {
  return RunCompare<kNumberTypes>(run, [](auto a, auto b) { return a < b; });
}
absl::Status RunGreaterOrEqual(OpRun& run) {
  return RunCompare<kNumberTypes>(run, [](auto a, auto b) { return a >= b; });
}
absl::Status RunLessOrEqual(OpRun& run) {
  return RunCompare<kNumberTypes>(run, [](auto a, auto b) { return a <= b; });
}
absl::Status RunAnd(OpRun& run) {
  return RunCompare<kBoolType>(run, [](auto a, auto b) { return a != 0 && b != 0; });
}
absl::Status RunOr(OpRun& run) {
  return RunCompare<kBoolType>(run, [](auto a, auto b) { return a != 0 || b != 0; });
}
absl::Status RunXor(OpRun& run) {
  return RunCompare<kBoolType>(run, [](auto a, auto b) { return (a != 0) != (b != 0); });
}
absl::Status RunNot(OpRun& run) {
  return RunUnary<kBoolType>(run, [](auto a) { return a == 0; });
}
absl::Status RunBitwiseNot(OpRun& run) {
  return RunUnary<kIntegerTypes>(run, [](auto a) { return ~a; });
}

absl::Status RunIsNaN(OpRun& run) {
  return RunTest<kFloatTypes>(run, [](auto a) { return a != a; });
}
absl::Status RunIsInf(OpRun& run) {
  const bool negative = run.node().Int("detect_negative", 1) != 0;
  const bool positive = run.node().Int("detect_positive", 1) != 0;
  return RunTest<kFloatTypes>(
      run, [=](auto a) { return std::isinf(a) && (a > 0 ? positive : negative); });
}

absl::Status WhereShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 3, 3));
  if (c.dtype(0) != DType::kBool || c.dtype(1) != c.dtype(2)) {
    return absl::InvalidArgumentError("needs a bool condition and two inputs of one type");
  }
  PAWL_ASSIGN_OR_RETURN(const Dims dims, Broadcast(c.dims(0), c.dims(1)));
  PAWL_ASSIGN_OR_RETURN(Dims all, Broadcast(dims, c.dims(2)));
  c.Set(0, c.dtype(1), std::move(all));
  return absl::OkStatus();
}

absl::Status RunWhere(OpRun& run) {
  Tensor& out = run.output(0);
  const Dims& dims = out.shape();
  const StridedLoop<3> loop(dims, {BroadcastStrides(run.input(0).shape(), dims),
                                   BroadcastStrides(run.input(1).shape(), dims),
                                   BroadcastStrides(run.input(2).shape(), dims)});
  const std::array<int64_t, 3> step = loop.inner();
  return ForSize(out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    const auto* condition = Data<uint8_t>(run.input(0));
    const T* x = Data<T>(run.input(1));
    const T* y = Data<T>(run.input(2));
    T* to = MutableData<T>(out);
    return Ranges(run, out.num_elements(), kElementwiseStep, [&](int64_t begin, int64_t end) {
      loop.Walk(begin, end, [&](const std::array<int64_t, 3>& at, int64_t i, int64_t n) {
        for (int64_t j = 0; j < n; ++j) {
          to[i + j] =
              condition[at[0] + j * step[0]] != 0 ? x[at[1] + j * step[1]] : y[at[2] + j * step[2]];
        }
      });
    });
  });
}

constexpr Operator Entry(absl::string_view name, int min_opset,
                         absl::Status (*shape)(ShapeContext&), absl::Status (*run)(OpRun&),
                         uint32_t flags = kSymbolic, QuantKind kind = QuantKind::kFloat) {
  return {.name = name,
          .domain = "",
          .min_opset = min_opset,
          .shape = shape,
          .run = run,
          .quantize = kind,
          .flags = flags};
}

constexpr Operator kTable[] = {
    Entry("Equal", 7, CompareShape, RunEqual),
    Entry("Greater", 7, CompareShape, RunGreater),
    Entry("Less", 7, CompareShape, RunLess),
    Entry("GreaterOrEqual", 12, CompareShape, RunGreaterOrEqual),
    Entry("LessOrEqual", 12, CompareShape, RunLessOrEqual),
    Entry("And", 7, CompareShape, RunAnd),
    Entry("Or", 7, CompareShape, RunOr),
    Entry("Xor", 7, CompareShape, RunXor),
    Entry("Not", 1, SameAsInput, RunNot, kSymbolic | kInPlace),
    Entry("BitwiseNot", 18, SameAsInput, RunBitwiseNot, kSymbolic | kInPlace),
    Entry("IsNaN", 9, BoolShape, RunIsNaN),
    Entry("IsInf", 10, BoolShape, RunIsInf),
    Entry("Where", 9, WhereShape, RunWhere, kSymbolic, QuantKind::kSameScale),
};

}  // namespace

absl::Span<const Operator> LogicOperators() { return kTable; }

}  // namespace pawl
