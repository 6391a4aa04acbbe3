// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// MatMul, Gemm.

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "lib/graph/operators/common.h"
#include "lib/graph/product.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

// Dimensions of a MatMul: vectors count as matrices of one row or column.
struct MatMulDims {
  Dims a_batch, b_batch, batch;
  int64_t m = 1, k = 1, n = 1;
  bool a_vector = false, b_vector = false;
};

absl::StatusOr<MatMulDims> ReadDims(const Dims& a, const Dims& b) {
  if (a.empty() || b.empty()) {
    return absl::InvalidArgumentError("multiplies a scalar; inputs need a dimension at least");
  }
  MatMulDims d;
  d.a_vector = a.size() == 1;
  d.b_vector = b.size() == 1;
  if (!d.a_vector) d.a_batch.assign(a.begin(), a.end() - 2);
  if (!d.b_vector) d.b_batch.assign(b.begin(), b.end() - 2);
  d.m = d.a_vector ? 1 : a[a.size() - 2];
  d.n = d.b_vector ? 1 : b.back();
  d.k = a.back();
  const int64_t other = d.b_vector ? b[0] : b[b.size() - 2];
  if (d.k >= 0 && other >= 0 && d.k != other) {
    return absl::InvalidArgumentError(absl::StrCat("multiplies ", ShapeString(a), " by ",
                                                   ShapeString(b), ": ", d.k, " columns and ",
                                                   other, " rows"));
  }
  PAWL_ASSIGN_OR_RETURN(d.batch, Broadcast(d.a_batch, d.b_batch));
  return d;
}

absl::Status MatMulShapeRule(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 2));
  if (c.dtype(0) != c.dtype(1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("multiplies ", DTypeName(c.dtype(0)), " by ", DTypeName(c.dtype(1))));
  }
  PAWL_ASSIGN_OR_RETURN(MatMulDims d, ReadDims(c.dims(0), c.dims(1)));
  Dims out = std::move(d.batch);
  if (!d.a_vector) out.push_back(d.m);
  if (!d.b_vector) out.push_back(d.n);
  c.Set(0, c.dtype(0), std::move(out));
  return absl::OkStatus();
}

// A constant right-hand side, each of its matrices in panels.
struct MatMulState : OpState {
  Tensor panels;
  size_t size_bytes() const override { return panels.size_bytes(); }
};

absl::StatusOr<std::unique_ptr<OpState>> PrepareMatMul(const PrepareContext& c) {
  const Tensor* b = c.Constant(1);
  if (b == nullptr || b->dtype() != DType::kF32 || b->rank() == 0) return nullptr;
  auto state = std::make_unique<MatMulState>();
  PAWL_ASSIGN_OR_RETURN(state->panels, Tensor::Create(DType::kF32, {b->num_elements()}));
  const Dims& dims = b->shape();
  const bool vector = dims.size() == 1;
  const int64_t k = vector ? dims[0] : dims[dims.size() - 2], n = vector ? 1 : dims.back();
  const int64_t count = k * n == 0 ? 0 : b->num_elements() / (k * n);
  float* out = state->panels.mutable_as<float>().data();
  for (int64_t i = 0; i < count; ++i) {
    PackPanels(b->as<float>().data() + i * k * n, k, n, out + i * k * n);
  }
  return state;
}

// Offsets of the matrices of each index of `batch`.
std::vector<int64_t> BatchOffsets(const Dims& own, const Dims& batch, int64_t matrix) {
  const std::vector<int64_t> strides = BroadcastStrides(own, batch);
  std::vector<int64_t> offsets(static_cast<size_t>(std::max<int64_t>(0, DimProduct(batch))));
  std::vector<int64_t> index(batch.size(), 0);
  int64_t at = 0;
  for (int64_t& offset : offsets) {
    offset = at * matrix;
    for (size_t i = batch.size(); i-- > 0;) {
      at += strides[i];
      if (++index[i] < batch[i]) break;
      at -= strides[i] * batch[i];
      index[i] = 0;
    }
  }
  return offsets;
}

absl::Status MatMulF32(OpRun& run, const MatMulDims& d) {
  const auto* state = run.state<MatMulState>();
  const Tensor& w = state != nullptr ? state->panels : run.input(1);
  ChainProduct p{.batch = DimProduct(d.batch),
                 .m = d.m,
                 .n = d.n,
                 .k = d.k,
                 .a = run.input(0).as<float>().data(),
                 .w = w.as<float>().data(),
                 .panels = state != nullptr,
                 .out = run.output(0).mutable_as<float>().data()};
  if (DimProduct(d.b_batch) == 1 && d.a_batch == d.batch) {  // one right-hand side for all
    p.m *= p.batch;
    p.batch = 1;
    return MultiplyChains(p, run.context());
  }
  if (d.a_batch == d.batch && d.b_batch == d.batch) return MultiplyChains(p, run.context());
  const std::vector<int64_t> a = BatchOffsets(d.a_batch, d.batch, d.m * d.k);
  const std::vector<int64_t> b = BatchOffsets(d.b_batch, d.batch, d.n * d.k);
  p.a_offsets = a.data();
  p.w_offsets = b.data();
  return MultiplyChains(p, run.context());
}

// Other types: plain loops. Narrow floats accumulate in f32.
template <typename T, typename Sum, typename Load, typename Store>
void MatMulPlain(OpRun& run, const MatMulDims& d, Load load, Store store) {
  const std::vector<int64_t> a_at = BatchOffsets(d.a_batch, d.batch, d.m * d.k);
  const std::vector<int64_t> b_at = BatchOffsets(d.b_batch, d.batch, d.n * d.k);
  const T* a = run.input(0).as<T>().data();
  const T* b = run.input(1).as<T>().data();
  T* out = run.output(0).mutable_as<T>().data();
  for (size_t i = 0; i < a_at.size(); ++i) {
    for (int64_t m = 0; m < d.m; ++m) {
      for (int64_t n = 0; n < d.n; ++n) {
        Sum sum{};
        for (int64_t k = 0; k < d.k; ++k) {
          sum += load(a[a_at[i] + m * d.k + k]) * load(b[b_at[i] + k * d.n + n]);
        }
        *out++ = store(sum);
      }
    }
  }
}

absl::Status RunMatMul(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const MatMulDims d, ReadDims(run.input(0).shape(), run.input(1).shape()));
  const auto same = [](auto v) { return v; };
  switch (run.input(0).dtype()) {
    case DType::kF32:
      return MatMulF32(run, d);
    case DType::kF64:
      MatMulPlain<double, double>(run, d, same, same);
      return absl::OkStatus();
    case DType::kF16:
      MatMulPlain<uint16_t, float>(run, d, F16ToF32, F32ToF16);
      return absl::OkStatus();
    case DType::kBF16:
      MatMulPlain<uint16_t, float>(run, d, BF16ToF32, F32ToBF16);
      return absl::OkStatus();
    case DType::kI32:
    case DType::kU32:  // modulo 2^32, both
      MatMulPlain<uint32_t, uint32_t>(run, d, same, same);
      return absl::OkStatus();
    case DType::kI64:
    case DType::kU64:
      MatMulPlain<uint64_t, uint64_t>(run, d, same, same);
      return absl::OkStatus();
    default:
      return TypeError(0, run.input(0).dtype(), "f32, f64, f16, bf16, i32, u32, i64, u64");
  }
}

// --- Gemm: alpha * A' B' + beta * C ---

struct GemmDims {
  bool trans_a = false, trans_b = false;
  int64_t m = 0, k = 0, n = 0;
};

absl::StatusOr<GemmDims> ReadGemm(const Node& node, const Dims& a, const Dims& b) {
  if (a.size() != 2 || b.size() != 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("needs matrices, has ", ShapeString(a), " and ", ShapeString(b)));
  }
  GemmDims d;
  d.trans_a = node.Int("transA", 0) != 0;
  d.trans_b = node.Int("transB", 0) != 0;
  d.m = a[d.trans_a ? 1 : 0];
  d.k = a[d.trans_a ? 0 : 1];
  d.n = b[d.trans_b ? 0 : 1];
  const int64_t other = b[d.trans_b ? 1 : 0];
  if (d.k >= 0 && other >= 0 && other != d.k) {
    return absl::InvalidArgumentError(absl::StrCat("multiplies ", ShapeString(a), " by ",
                                                   ShapeString(b), " with transA ", d.trans_a,
                                                   " and transB ", d.trans_b));
  }
  return d;
}

absl::Status GemmShapeRule(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 3));
  PAWL_ASSIGN_OR_RETURN(const GemmDims d, ReadGemm(c.node(), c.dims(0), c.dims(1)));
  if (c.dtype(1) != c.dtype(0) || (c.Has(2) && c.dtype(2) != c.dtype(0))) {
    return absl::InvalidArgumentError("its inputs must be of one type");
  }
  if (c.Has(2)) {
    PAWL_ASSIGN_OR_RETURN(const Dims all, Broadcast({d.m, d.n}, c.dims(2)));
    if (all.size() != 2 || (d.m >= 0 && all[0] > d.m) || (d.n >= 0 && all[1] > d.n)) {
      return absl::InvalidArgumentError(absl::StrCat("input 2 of shape ", ShapeString(c.dims(2)),
                                                     " cannot be broadcast to the result's ",
                                                     ShapeString({d.m, d.n})));
    }
  }
  c.Set(0, c.dtype(0), {d.m, d.n});
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<OpState>> PrepareGemm(const PrepareContext& c) {
  const Tensor* b = c.Constant(1);
  if (b == nullptr || b->dtype() != DType::kF32 || b->rank() != 2) return nullptr;
  auto state = std::make_unique<MatMulState>();
  PAWL_ASSIGN_OR_RETURN(state->panels, Tensor::Create(DType::kF32, {b->num_elements()}));
  const bool transposed = c.node().Int("transB", 0) != 0;
  const auto pack = transposed ? PackPanelsTransposed : PackPanels;
  pack(b->as<float>().data(), b->dim(transposed ? 1 : 0), b->dim(transposed ? 0 : 1),
       state->panels.mutable_as<float>().data());
  return state;
}

// Room for the matrices that have to be transposed.
size_t GemmWorkspace(const WorkspaceContext& c) {
  size_t elements = 0;
  if (c.node.Int("transA", 0) != 0)
    elements += static_cast<size_t>(DimProduct(*c.inputs[0]->shape));
  if (c.state == nullptr && c.node.Int("transB", 0) != 0) {
    elements += static_cast<size_t>(DimProduct(*c.inputs[1]->shape));
  }
  return *c.inputs[0]->dtype == DType::kF32 ? elements * sizeof(float) : 0;
}

absl::Status GemmF32(OpRun& run, const GemmDims& d) {
  const auto* state = run.state<MatMulState>();
  auto* scratch = run.workspace<float>();
  ChainProduct p{.batch = 1, .m = d.m, .n = d.n, .k = d.k, .panels = state != nullptr};
  p.a = run.input(0).as<float>().data();
  if (d.trans_a) {
    TransposeMatrix(p.a, d.k, d.m, sizeof(float), scratch);
    p.a = scratch;
    scratch += d.m * d.k;
  }
  if (state != nullptr) {
    p.w = state->panels.as<float>().data();
  } else if (!d.trans_b) {
    p.w = run.input(1).as<float>().data();
  } else {
    TransposeMatrix(run.input(1).data(), d.n, d.k, sizeof(float), scratch);
    p.w = scratch;
  }
  p.out = run.output(0).mutable_as<float>().data();
  const float alpha = run.node().Float("alpha", 1.0f), beta = run.node().Float("beta", 1.0f);
  const float* c = run.Has(2) ? run.input(2).as<float>().data() : nullptr;
  const Dims out_dims = {d.m, d.n};
  std::vector<int64_t> strides = {0, 0};
  if (c != nullptr) strides = BroadcastStrides(run.input(2).shape(), out_dims);
  if (alpha == 1.0f && beta == 1.0f && (c == nullptr || (strides[0] == 0 && strides[1] == 1))) {
    p.bias = c;
    return MultiplyChains(p, run.context());
  }
  return MultiplyChains(p, run.context(),
                        [&](int64_t row, int64_t begin, int64_t count, float* out) {
                          if (alpha != 1.0f) {
                            for (int64_t i = 0; i < count; ++i) out[i] *= alpha;
                          }
                          if (c == nullptr) return;
                          const float* add = c + row * strides[0] + begin * strides[1];
                          for (int64_t i = 0; i < count; ++i) out[i] += beta * add[i * strides[1]];
                        });
}

template <typename T, typename Sum, typename Load, typename Store>
void GemmPlain(OpRun& run, const GemmDims& d, Load load, Store store) {
  const T* a = run.input(0).as<T>().data();
  const T* b = run.input(1).as<T>().data();
  const T* c = run.Has(2) ? run.input(2).as<T>().data() : nullptr;
  T* out = run.output(0).mutable_as<T>().data();
  const auto alpha = static_cast<Sum>(run.node().Float("alpha", 1.0f));
  const auto beta = static_cast<Sum>(run.node().Float("beta", 1.0f));
  const Dims out_dims = {d.m, d.n};
  std::vector<int64_t> strides = {0, 0};
  if (c != nullptr) strides = BroadcastStrides(run.input(2).shape(), out_dims);
  for (int64_t m = 0; m < d.m; ++m) {
    for (int64_t n = 0; n < d.n; ++n) {
      Sum sum{};
      for (int64_t k = 0; k < d.k; ++k) {
        sum += load(a[d.trans_a ? k * d.m + m : m * d.k + k]) *
               load(b[d.trans_b ? n * d.k + k : k * d.n + n]);
      }
      sum *= alpha;
      if (c != nullptr) sum += beta * load(c[m * strides[0] + n * strides[1]]);
      *out++ = store(sum);
    }
  }
}

absl::Status RunGemm(OpRun& run) {
  PAWL_ASSIGN_OR_RETURN(const GemmDims d,
                        ReadGemm(run.node(), run.input(0).shape(), run.input(1).shape()));
  const auto same = [](auto v) { return v; };
  switch (run.input(0).dtype()) {
    case DType::kF32:
      return GemmF32(run, d);
    case DType::kF64:
      GemmPlain<double, double>(run, d, same, same);
      return absl::OkStatus();
    case DType::kF16:
      GemmPlain<uint16_t, float>(run, d, F16ToF32, F32ToF16);
      return absl::OkStatus();
    case DType::kBF16:
      GemmPlain<uint16_t, float>(run, d, BF16ToF32, F32ToBF16);
      return absl::OkStatus();
    default:
      return TypeError(0, run.input(0).dtype(), "f32, f64, f16, bf16");
  }
}

constexpr Operator kTable[] = {
    {.name = "MatMul",
     .domain = "",
     .shape = MatMulShapeRule,
     .run = RunMatMul,
     .quantize = QuantKind::kLinear,
     .flags = kSymbolic,
     .prepare = PrepareMatMul},
    {.name = "Gemm",
     .domain = "",
     .min_opset = 7,
     .shape = GemmShapeRule,
     .run = RunGemm,
     .quantize = QuantKind::kLinear,
     .flags = kSymbolic,
     .prepare = PrepareGemm,
     .workspace = GemmWorkspace},
};

}  // namespace

absl::Span<const Operator> MatMulOperators() { return kTable; }

}  // namespace pawl
