// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/linear.h"

#include <algorithm>
#include <new>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/context_internal.h"
#include "lib/core/linear_impl.h"
#include "lib/core/status_macros.h"
#include "pawl/context.h"

namespace pawl {
namespace {

using Impl = QuantizedLinear::Impl;

absl::Status Bad(const Impl& impl, absl::string_view why) {
  return absl::InvalidArgumentError(LinearMessage(impl, why));
}

bool IsActivation(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

absl::Status CheckInput(const Impl& impl, const InputView& x) {
  if (x.cols != impl.cols) {
    return Bad(impl, absl::StrCat("x has ", x.cols, " columns, the weights [", impl.rows, ", ",
                                  impl.cols, "] need ", impl.cols));
  }
  if (x.rows < 0) return Bad(impl, absl::StrCat("x has ", x.rows, " rows"));
  const bool codes = !impl.weight_only() && !impl.dynamic() && x.dtype == impl.code_type();
  if (impl.integer_only() && !codes) {
    return Bad(impl, absl::StrCat("x is ", DTypeName(x.dtype), "; mode integer_only was made for ",
                                  DTypeName(impl.code_type()), " codes"));
  }
  if (!codes && !IsActivation(x.dtype)) {
    return Bad(impl, absl::StrCat("x is ", DTypeName(x.dtype), "; mode ",
                                  LinearModeName(impl.options.mode), " takes f32, f16 or bf16",
                                  impl.options.mode == LinearMode::kStaticInt8
                                      ? absl::StrCat(", or ", DTypeName(impl.code_type()), " codes")
                                      : ""));
  }
  if (codes && impl.transforms()) {
    return Bad(impl,
               "x is given as codes, but the weights have a rotation or an input_scale; "
               "give float activations");
  }
  if (x.rows > 1 && x.stride() < x.cols) {
    return Bad(impl, absl::StrCat("rows of x are ", x.stride(), " elements apart, below their ",
                                  x.cols, " columns"));
  }
  if (x.data == nullptr && x.rows > 0 && x.cols > 0) return Bad(impl, "x has no data");
  return absl::OkStatus();
}

absl::Status CheckOutput(const Impl& impl, const InputView& x, const OutputView& y) {
  if (y.rows != x.rows || y.cols != impl.rows) {
    return Bad(impl, absl::StrCat("y is [", y.rows, ", ", y.cols, "], the result is [", x.rows,
                                  ", ", impl.rows, "]"));
  }
  if (impl.integer_only() ? y.dtype != impl.options.output_dtype : !IsActivation(y.dtype)) {
    return Bad(impl, absl::StrCat("y is ", DTypeName(y.dtype), "; mode ",
                                  LinearModeName(impl.options.mode), " gives ",
                                  impl.integer_only() ? DTypeName(impl.options.output_dtype)
                                                      : absl::string_view("f32, f16 or bf16")));
  }
  if (y.rows > 1 && y.stride() < y.cols) {
    return Bad(impl, absl::StrCat("rows of y are ", y.stride(), " elements apart, below their ",
                                  y.cols, " columns"));
  }
  if (y.data == nullptr && y.rows > 0 && y.cols > 0) return Bad(impl, "y has no data");
  return absl::OkStatus();
}

template <typename View, typename Pointer>
View RowsOf(const View& view, int64_t begin, int64_t end) {
  View part = view;
  part.rows = end - begin;
  part.row_stride = view.stride();
  if (begin > 0) {
    part.data = static_cast<Pointer>(view.data) +
                static_cast<size_t>(begin * view.stride()) * DTypeSize(view.dtype);
  }
  return part;
}

// One batch of rows through all weights.
void RunBatch(const Impl& impl, const LinearWorkspace& space, const InputView& x,
              const OutputView& y, Context& context, char* scratch) {
  const kernels::Target target = TargetOf(&context);
  const auto memory_of = [&](int worker) {
    return scratch + space.shared + static_cast<size_t>(worker) * space.worker;
  };
  if (NeedsPreparation(impl, x)) {
    context.ParallelFor(x.rows, [&](int64_t m, int worker) {
      PrepareRow(impl, space, x, m, target, scratch, memory_of(worker));
    });
  }
  const PreparedRows rows = Prepared(impl, space, x, scratch);
  const int64_t step = LinearTileRows(impl, x.rows, context.threads());
  context.ParallelFor((impl.rows + step - 1) / step, [&](int64_t task, int worker) {
    RunTile(impl, space, rows, y, task * step, std::min(impl.rows, (task + 1) * step), target,
            memory_of(worker));
  });
}

}  // namespace

std::string LinearMessage(const Impl& impl, absl::string_view why) {
  return impl.options.name.empty() ? absl::StrCat(impl.kind, ": ", why)
                                   : absl::StrCat(impl.kind, " '", impl.options.name, "': ", why);
}

absl::string_view LinearModeName(LinearMode mode) {
  switch (mode) {
    case LinearMode::kWeightOnly:
      return "weight_only";
    case LinearMode::kDynamicInt8:
      return "dynamic_int8";
    case LinearMode::kStaticInt8:
      return "static_int8";
    case LinearMode::kIntegerOnly:
      return "integer_only";
  }
  return "invalid";
}

absl::StatusOr<QuantizedLinear> QuantizedLinear::Create(QuantizedTensor weights,
                                                        const LinearOptions& options,
                                                        Context* context) {
  const kernels::FloatEnvironment environment;
  try {
    auto impl = std::make_shared<Impl>();
    impl->options = options;
    impl->options.bias = Tensor();
    PAWL_RETURN_IF_ERROR(SetUpLinear(std::move(weights), options.bias, context, impl.get()));
    return QuantizedLinear(std::move(impl));
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("linear layer '", options.name, "': no memory for its packed weights"));
  }
}

absl::Status QuantizedLinear::Run(const InputView& x, const OutputView& y, Context& context) const {
  const Impl& impl = *impl_;
  PAWL_RETURN_IF_ERROR(CheckInput(impl, x));
  PAWL_RETURN_IF_ERROR(CheckOutput(impl, x, y));
  if (x.rows == 0 || impl.rows == 0) return absl::OkStatus();
  const LinearWorkspace space = MakeLinearWorkspace(impl, x.rows);
  const size_t bytes = space.total(context.threads());
  char* scratch = static_cast<char*>(context.Scratch(0, bytes));
  if (scratch == nullptr) {
    return absl::ResourceExhaustedError(
        LinearMessage(impl, absl::StrCat("no memory for ", bytes, " bytes of scratch")));
  }
  for (int64_t begin = 0; begin < x.rows; begin += kLinearBatch) {
    if (context.cancelled()) return absl::CancelledError(LinearMessage(impl, "cancelled"));
    const int64_t end = std::min(x.rows, begin + kLinearBatch);
    RunBatch(impl, space, RowsOf<InputView, const char*>(x, begin, end),
             RowsOf<OutputView, char*>(y, begin, end), context, scratch);
  }
  return absl::OkStatus();
}

size_t QuantizedLinear::WorkspaceBytes(int64_t m, int threads) const {
  if (m <= 0 || impl_->rows == 0) return 0;
  return MakeLinearWorkspace(*impl_, m).total(std::max(threads, 1));
}

int64_t QuantizedLinear::out_features() const { return impl_->rows; }
int64_t QuantizedLinear::in_features() const { return impl_->cols; }
LinearMode QuantizedLinear::mode() const { return impl_->options.mode; }
const std::string& QuantizedLinear::name() const { return impl_->options.name; }

size_t QuantizedLinear::size_bytes() const {
  const size_t canonical = impl_->weights.has_value() ? impl_->weights->size_bytes() : 0;
  return canonical + impl_->packed.size_bytes() + impl_->panels.size_bytes() +
         impl_->bias.size() * sizeof(float) + impl_->integer.bias.size() * sizeof(int64_t) +
         impl_->integer.multipliers.size() * sizeof(FixedPointMultiplier);
}

const QuantizedTensor* QuantizedLinear::canonical() const {
  return impl_->options.release_canonical || !impl_->weights.has_value() ? nullptr
                                                                         : &*impl_->weights;
}

}  // namespace pawl
