// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Lookup and Lookup2 of Pawl's own domain: functions of one and of two tensors of 8-bit codes by
// tables, what an executor makes of element-wise operators between codes.
//
//   Lookup(a, table [256])         y[i] = table[a[i]]
//   Lookup2(a, b, table [256, 256])  y[i] = table[b[i], a[i]], a and b broadcast together
//
// Tables are initialisers of u8 or i8, codes of i8 index them by their bits.

#include "kernels/lookup.h"

#include <algorithm>
#include <array>
#include <utility>

#include "lib/core/context_internal.h"
#include "lib/graph/operators/broadcast.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

constexpr int64_t kCodes = 256;
constexpr int64_t kStep = 1 << 16;
// Runs from which on a row of the table is copied together first.
constexpr int64_t kCopiedRow = 512;

bool IsCode(DType dtype) { return dtype == DType::kU8 || dtype == DType::kI8; }

absl::Status CheckCodes(const ShapeContext& c, size_t operands, int64_t entries) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, operands + 1, operands + 1));
  for (size_t i = 0; i <= operands; ++i) {
    if (!IsCode(c.dtype(i))) return TypeError(i, c.dtype(i), "u8, i8");
  }
  if (DimProduct(c.dims(operands)) != entries) {
    return absl::InvalidArgumentError(absl::StrCat("has a table of shape ",
                                                   ShapeString(c.dims(operands)), "; it must have ",
                                                   entries, " entries"));
  }
  return absl::OkStatus();
}

absl::Status LookupShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckCodes(c, 1, kCodes));
  c.Set(0, c.dtype(1), c.dims(0));
  return absl::OkStatus();
}

absl::Status RunLookup(OpRun& run) {
  const auto* from = Data<uint8_t>(run.input(0));
  const auto* table = Data<uint8_t>(run.input(1));
  auto* to = MutableData<uint8_t>(run.output(0));
  const kernels::Target target = TargetOf(&run.context());
  return Ranges(run, run.output(0).num_elements(), kStep, [&](int64_t begin, int64_t end) {
    kernels::LookUp(target, table, from + begin, static_cast<size_t>(end - begin), to + begin);
  });
}

absl::Status Lookup2Shape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckCodes(c, 2, kCodes * kCodes));
  PAWL_ASSIGN_OR_RETURN(Dims dims, Broadcast(c.dims(0), c.dims(1)));
  c.Set(0, c.dtype(2), std::move(dims));
  return absl::OkStatus();
}

// One operand stays the same: its row or column of the table serves the whole run.
struct OneTable {
  kernels::Target target;
  const uint8_t* table;
  std::array<uint8_t, kCodes> row;

  void OverA(const uint8_t* a, uint8_t b, int64_t n, uint8_t* to) {
    kernels::LookUp(target, table + int64_t{b} * kCodes, a, static_cast<size_t>(n), to);
  }
  void OverB(uint8_t a, const uint8_t* b, int64_t n, uint8_t* to) {
    if (n < kCopiedRow) {
      for (int64_t i = 0; i < n; ++i) to[i] = table[int64_t{b[i]} * kCodes + a];
      return;
    }
    for (int64_t code = 0; code < kCodes; ++code) {
      row[static_cast<size_t>(code)] = table[code * kCodes + a];
    }
    kernels::LookUp(target, row.data(), b, static_cast<size_t>(n), to);
  }
};

absl::Status RunLookup2(OpRun& run) {
  Tensor& out = run.output(0);
  const Dims& dims = out.shape();
  const StridedLoop<2> loop(dims, {BroadcastStrides(run.input(0).shape(), dims),
                                   BroadcastStrides(run.input(1).shape(), dims)});
  const int64_t a_step = loop.inner()[0], b_step = loop.inner()[1];
  const auto* from_a = Data<uint8_t>(run.input(0));
  const auto* from_b = Data<uint8_t>(run.input(1));
  const auto* table = Data<uint8_t>(run.input(2));
  auto* to = MutableData<uint8_t>(out);
  const kernels::Target target = TargetOf(&run.context());
  return Ranges(run, out.num_elements(), kStep, [&](int64_t begin, int64_t end) {
    OneTable one{target, table, {}};
    loop.Walk(begin, end, [&](const std::array<int64_t, 2>& at, int64_t i, int64_t n) {
      const uint8_t *a = from_a + at[0], *b = from_b + at[1];
      if (a_step == 1 && b_step == 0) return one.OverA(a, *b, n, to + i);
      if (a_step == 0 && b_step == 1) return one.OverB(*a, b, n, to + i);
      for (int64_t j = 0; j < n; ++j) {
        to[i + j] = table[int64_t{b[j * b_step]} * kCodes + a[j * a_step]];
      }
    });
  });
}

constexpr Operator kTable[] = {
    {.name = "Lookup",
     .domain = kPawlDomain,
     .shape = LookupShape,
     .run = RunLookup,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic | kInPlace},
    {.name = "Lookup2",
     .domain = kPawlDomain,
     .shape = Lookup2Shape,
     .run = RunLookup2,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic | kInPlace},
};

}  // namespace

absl::Span<const Operator> LookupOperators() { return kTable; }

}  // namespace pawl
