// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Calls of linear layers: one, or several that take the same x.

#include <algorithm>
#include <cstddef>

#include "absl/container/inlined_vector.h"
#include "absl/strings/str_cat.h"
#include "lib/core/context_internal.h"
#include "lib/core/linear_impl.h"
#include "lib/core/status_macros.h"
#include "pawl/context.h"
#include "pawl/linear.h"

namespace pawl {
namespace {

using Impl = QuantizedLinear::Impl;

absl::Status Bad(const Impl& impl, absl::string_view why) {
  return absl::InvalidArgumentError(LinearMessage(impl, why));
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

bool SameOptions(const LinearOptions& a, const LinearOptions& b) {
  if (a.mode != b.mode) return false;
  if (a.mode == LinearMode::kDynamicInt8) return a.activation_groups == b.activation_groups;
  if (a.mode == LinearMode::kWeightOnly) return a.compute == b.compute;
  return (a.activation_dtype == b.activation_dtype && a.activation_scale == b.activation_scale &&
          a.activation_zero_point == b.activation_zero_point);
}

// Whether what is prepared for one layer serves the other as it is.
bool SharesInput(const Impl& a, const Impl& b) {
  if (&a == &b) return true;
  if (a.cols != b.cols || a.transforms() || b.transforms()) return false;
  if (!SameOptions(a.options, b.options)) return false;
  if (a.weight_only()) return true;
  if (a.panels.empty() || b.panels.empty()) return false;
  const kernels::PanelMatrix &v = a.panels.matrix, &w = b.panels.matrix;
  return v.chunks == w.chunks && v.groups == w.groups && v.group_quads == w.group_quads &&
         (v.code_bits() == 8) == (w.code_bits() == 8) &&
         (v.minimums == nullptr) == (w.minimums == nullptr) && a.panels.spread == b.panels.spread &&
         a.packed.run_begin == b.packed.run_begin && a.packed.columns == b.packed.columns &&
         a.packed.outlier_columns == b.packed.outlier_columns;
}

int64_t TasksOf(int64_t rows, int64_t step) { return (rows + step - 1) / step; }

}  // namespace

// Layers and where their results go. `x` is prepared once for all that share it; their tiles are
// one list of tasks.
class LinearRun {
 public:
  using Layers = absl::Span<const QuantizedLinear* const>;
  LinearRun(Layers layers, const InputView& x, absl::Span<const OutputView> ys, Context& context)
      : layers_(layers), x_(x), ys_(ys), context_(context) {}

  absl::Status Check() const {
    for (size_t i = 0; i < layers_.size(); ++i) {
      PAWL_RETURN_IF_ERROR(CheckInput(*layers_[i]->impl_, x_));
      PAWL_RETURN_IF_ERROR(CheckOutput(*layers_[i]->impl_, x_, ys_[i]));
    }
    return absl::OkStatus();
  }

  absl::Status Run() {
    if (x_.rows == 0) return absl::OkStatus();
    for (size_t i = 0; i < layers_.size(); ++i) {
      if (IsLeader(layers_, i)) PAWL_RETURN_IF_ERROR(RunShared(MakeShared(layers_, i, x_.rows)));
    }
    return absl::OkStatus();
  }

  static size_t WorkspaceBytes(Layers layers, int64_t m, int threads) {
    size_t bytes = 0;
    for (size_t i = 0; i < layers.size(); ++i) {
      if (IsLeader(layers, i)) bytes = std::max(bytes, MakeShared(layers, i, m).Bytes(threads));
    }
    return bytes;
  }

 private:
  struct Member {
    size_t layer = 0;
    const Impl* impl = nullptr;
    LinearWorkspace space;
    int64_t step = 0;  // rows of W in a task
  };
  // Layers that share an input; the first of them prepares it.
  struct Shared {
    absl::InlinedVector<Member, 16> members;  // as many as nets have side by side: no allocation
    size_t worker_bytes = 0;

    const Member& first() const { return members.front(); }
    size_t Bytes(int threads) const {
      return first().space.shared + worker_bytes * static_cast<size_t>(threads);
    }
  };

  // Whether no earlier layer has this one's input.
  static bool IsLeader(Layers layers, size_t i) {
    return std::none_of(layers.begin(), layers.begin() + static_cast<std::ptrdiff_t>(i),
                        [&](const auto* earlier) { return earlier->SharesInput(*layers[i]); });
  }

  static Shared MakeShared(Layers layers, size_t leader, int64_t m) {
    Shared shared;
    for (size_t i = leader; i < layers.size(); ++i) {
      if (!layers[leader]->SharesInput(*layers[i])) continue;
      const Impl& impl = *layers[i]->impl_;
      shared.members.push_back({i, &impl, MakeLinearWorkspace(impl, m), 0});
      shared.worker_bytes = std::max(shared.worker_bytes, shared.members.back().space.worker);
    }
    return shared;
  }

  absl::Status RunShared(Shared shared) {
    const Impl& first = *shared.first().impl;
    const size_t bytes = shared.Bytes(context_.threads());
    char* scratch = static_cast<char*>(context_.Scratch(0, bytes));
    if (scratch == nullptr) {
      return absl::ResourceExhaustedError(
          LinearMessage(first, absl::StrCat("no memory for ", bytes, " bytes of scratch")));
    }
    for (int64_t begin = 0; begin < x_.rows; begin += first.batch()) {
      if (context_.cancelled()) return absl::CancelledError(LinearMessage(first, "cancelled"));
      RunBatch(&shared, begin, std::min(x_.rows, begin + first.batch()), scratch);
    }
    return absl::OkStatus();
  }

  // Rows [begin, end) through the weights of all members.
  void RunBatch(Shared* shared, int64_t begin, int64_t end, char* scratch) {
    const kernels::Target target = TargetOf(&context_);
    const Impl& first = *shared->first().impl;
    const LinearWorkspace& space = shared->first().space;
    const auto memory_of = [&](int worker) {
      return scratch + space.shared + static_cast<size_t>(worker) * shared->worker_bytes;
    };
    const InputView x = RowsOf<InputView, const char*>(x_, begin, end);
    if (NeedsPreparation(first, x)) {
      const int64_t step = RowsTogether(first, target);
      context_.ParallelFor(TasksOf(x.rows, step), [&](int64_t i, int worker) {
        PrepareRows(first, space, x, i * step, std::min(x.rows, (i + 1) * step), target, scratch,
                    memory_of(worker));
      });
    }
    const PreparedRows rows = Prepared(first, space, x, target, scratch);
    int64_t tasks = 0, products = 0;
    for (Member& member : shared->members) {
      products += x.rows * member.impl->rows * member.impl->cols;
      member.step = LinearTileRows(*member.impl, x.rows, context_.threads(), target);
      tasks += TasksOf(member.impl->rows, member.step);
    }
    const auto run = [&](int64_t task, int worker) {
      const Member* member = shared->members.data();
      for (int64_t count = 0; task >= (count = TasksOf(member->impl->rows, member->step));) {
        task -= count;
        ++member;
      }
      const int64_t from = task * member->step;
      RunTile(*member->impl, member->space, rows,
              RowsOf<OutputView, char*>(ys_[member->layer], begin, end), from,
              std::min(member->impl->rows, from + member->step), target, memory_of(worker));
    };
    if (first.panels.empty() || products >= kLeastShared) return context_.ParallelFor(tasks, run);
    context_.ParallelFor(1, [&](int64_t, int worker) {
      for (int64_t task = 0; task < tasks; ++task) run(task, worker);
    });
  }

  Layers layers_;
  const InputView& x_;
  absl::Span<const OutputView> ys_;
  Context& context_;
};

absl::Status QuantizedLinear::Run(const InputView& x, const OutputView& y, Context& context) const {
  const QuantizedLinear* const self = this;
  LinearRun run({&self, 1}, x, {&y, 1}, context);
  PAWL_RETURN_IF_ERROR(run.Check());
  return run.Run();
}

absl::Status QuantizedLinear::RunGroup(absl::Span<const QuantizedLinear* const> layers,
                                       const InputView& x, absl::Span<const OutputView> ys,
                                       Context& context) {
  if (layers.size() != ys.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "there are ", layers.size(), " linear layers and ", ys.size(), " places for results"));
  }
  LinearRun run(layers, x, ys, context);
  PAWL_RETURN_IF_ERROR(run.Check());
  return run.Run();
}

size_t QuantizedLinear::WorkspaceBytes(int64_t m, int threads) const {
  const QuantizedLinear* const self = this;
  return GroupWorkspaceBytes({&self, 1}, m, threads);
}

size_t QuantizedLinear::GroupWorkspaceBytes(absl::Span<const QuantizedLinear* const> layers,
                                            int64_t m, int threads) {
  return m <= 0 ? 0 : LinearRun::WorkspaceBytes(layers, m, std::max(threads, 1));
}

bool QuantizedLinear::SharesInput(const QuantizedLinear& other) const {
  return pawl::SharesInput(*impl_, *other.impl_);
}

}  // namespace pawl
