// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Running graphs.

#include "pawl/executor.h"

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "capi/calibrator.h"
#include "capi/files.h"
#include "capi/graph.h"
#include "capi/options.h"
#include "pawl/text.h"

using pawl::Context;
using pawl::Executor;
using pawl::Tensor;
using pawl::capi::Call;
using pawl::capi::Make;

struct pawl_executor {
  struct NodeTime {
    const pawl::Node* node = nullptr;
    uint64_t runs = 0;
    double seconds = 0.0;
  };

  // Whoever looks at values hears of them through this, which must not move afterwards.
  void Listen();
  absl::Status Observe(absl::string_view name, const Tensor& tensor);
  absl::Status Run(const pawl_tensor* const* tensors, size_t count, Context& context);
  // Results that are inputs themselves become copies: the host's memory is its own again.
  absl::Status OwnInputs();
  absl::StatusOr<const Tensor*> Output(size_t index) const;
  void AddTime(const pawl::Node& node, double seconds);
  const NodeTime* TimeAt(size_t index) const {
    return index < times.size() ? &times[index] : nullptr;
  }

  std::unique_ptr<Executor> executor;
  std::vector<std::string> observe;
  bool keep = false;
  std::map<std::string, Tensor> kept;
  std::vector<Tensor> inputs;              // of the run at hand
  absl::Span<const Tensor> results;        // of the last run
  std::vector<Tensor> own;                 // the same where inputs are among them
  bool ran = false;                        // it succeeded
  pawl::Calibrator* calibrator = nullptr;  // of the run at hand
  pawl_observe_fn function = nullptr;
  void* user = nullptr;
  std::vector<NodeTime> times;  // in the order of running
  absl::flat_hash_map<const pawl::Node*, size_t> time_of;
};

namespace {

// What observers of ranges take.
bool IsObservable(pawl::DType dtype) { return pawl::IsFloat(dtype) && dtype != pawl::DType::kE8M0; }

bool Overlap(const Tensor& a, const Tensor& b) {
  if (a.size_bytes() == 0 || b.size_bytes() == 0) return false;
  const auto* a_begin = static_cast<const char*>(a.data());
  const auto* b_begin = static_cast<const char*>(b.data());
  return std::less<>()(a_begin, b_begin + b.size_bytes()) &&
         std::less<>()(b_begin, a_begin + a.size_bytes());
}

}  // namespace

void pawl_executor::Listen() {
  if (observe.empty()) return;
  executor->SetObserver(
      [this](absl::string_view name, const Tensor& tensor) { return Observe(name, tensor); });
}

absl::Status pawl_executor::Observe(absl::string_view name, const Tensor& tensor) {
  if (calibrator != nullptr && IsObservable(tensor.dtype())) {
    PAWL_RETURN_IF_ERROR(calibrator->Observe(std::string(name), tensor));
  }
  if (keep) {
    PAWL_ASSIGN_OR_RETURN(kept[std::string(name)], tensor.Clone());
  }
  if (function == nullptr) return absl::OkStatus();
  const pawl_tensor handle{tensor};
  const int32_t status = function(user, std::string(name).c_str(), &handle);
  if (status == PAWL_OK) return absl::OkStatus();
  return pawl::capi::HostError(status, "the host's observer", absl::StrCat("value '", name, "'"));
}

absl::Status pawl_executor::Run(const pawl_tensor* const* tensors, size_t count, Context& context) {
  ran = false;
  kept.clear();
  own.clear();
  for (size_t i = 0; i < count; ++i) {
    if (tensors[i] == nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("input ", i, " of ", count, " is NULL"));
    }
    inputs.push_back(tensors[i]->tensor);
  }
  const auto forget = absl::MakeCleanup([this] { inputs.clear(); });
  PAWL_ASSIGN_OR_RETURN(results, executor->Run(inputs, context));
  PAWL_RETURN_IF_ERROR(OwnInputs());
  ran = true;
  return absl::OkStatus();
}

absl::Status pawl_executor::OwnInputs() {
  const auto is_input = [this](const Tensor& result) {
    return std::any_of(inputs.begin(), inputs.end(),
                       [&](const Tensor& input) { return Overlap(result, input); });
  };
  if (std::none_of(results.begin(), results.end(), is_input)) return absl::OkStatus();
  own.assign(results.begin(), results.end());
  for (Tensor& result : own) {
    if (!is_input(result)) continue;
    PAWL_ASSIGN_OR_RETURN(result, result.Clone());
  }
  results = own;
  return absl::OkStatus();
}

absl::StatusOr<const Tensor*> pawl_executor::Output(size_t index) const {
  if (!ran) {
    return absl::FailedPreconditionError("the executor has no results: it has not run, or failed");
  }
  if (index >= results.size()) {
    return absl::OutOfRangeError(
        absl::StrCat("output ", index, " of a model with ", results.size()));
  }
  return &results[index];
}

void pawl_executor::AddTime(const pawl::Node& node, double seconds) {
  const auto [found, added] = time_of.try_emplace(&node, times.size());
  if (added) times.push_back({&node, 0, 0.0});
  times[found->second].runs += 1;
  times[found->second].seconds += seconds;
}

namespace {

// The frame of an entry that makes an executor's handle: `body` fills it in.
template <typename Body>
int32_t MakeExecutor(pawl_context* context, pawl_executor** out, Body body) noexcept {
  if (out != nullptr) *out = nullptr;
  std::unique_ptr<pawl_executor> made;
  const int32_t status = Call(context, [&](Context& c) -> absl::Status {
    if (out == nullptr) return absl::InvalidArgumentError("the place for the result is NULL");
    made = std::make_unique<pawl_executor>();
    PAWL_RETURN_IF_ERROR(body(c, *made));
    made->Listen();
    return absl::OkStatus();
  });
  if (status == PAWL_OK) *out = made.release();
  return status;
}

// A result of the last run, as `take` has it.
template <typename Take>
int32_t MakeOutput(pawl_context* context, const pawl_executor* executor, size_t index,
                   pawl_tensor** tensor, Take take) noexcept {
  return Make(context, tensor, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(executor);
    PAWL_ASSIGN_OR_RETURN(const Tensor* output, executor->Output(index));
    return take(*output);
  });
}

}  // namespace

extern "C" {

int32_t pawl_executor_create(pawl_context* context, const pawl_graph* graph,
                             const pawl_options* options, const char* const* observe,
                             size_t num_observe, pawl_executor** executor) noexcept {
  return MakeExecutor(context, executor, [&](Context& c, pawl_executor& made) -> absl::Status {
    PAWL_NEED(graph);
    PAWL_NEED_ARRAY(observe, num_observe);
    PAWL_RETURN_IF_ERROR(pawl::capi::CheckKind(options, PAWL_OPTIONS_EXECUTOR));
    pawl::ExecutorOptions wanted;
    pawl::capi::TakeInt(options, PAWL_OPT_RUN_MEMORY, &wanted.max_memory);
    pawl::capi::TakeInt(options, PAWL_OPT_FUSE, &wanted.fuse);
    pawl::capi::TakeInt(options, PAWL_OPT_KEEP_OBSERVED, &made.keep);
    for (size_t i = 0; i < num_observe; ++i) {
      if (observe[i] == nullptr) {
        return absl::InvalidArgumentError(
            absl::StrCat("name ", i, " of ", num_observe, " to observe is NULL"));
      }
      wanted.observe.emplace_back(observe[i]);
    }
    made.observe = wanted.observe;
    PAWL_ASSIGN_OR_RETURN(made.executor, Executor::Create(graph->graph, wanted, &c));
    return absl::OkStatus();
  });
}

void pawl_executor_destroy(pawl_executor* executor) noexcept { delete executor; }

int32_t pawl_executor_share(pawl_context* context, const pawl_executor* executor,
                            pawl_executor** shared) noexcept {
  return MakeExecutor(context, shared, [&](Context&, pawl_executor& made) -> absl::Status {
    PAWL_NEED(executor);
    made.keep = executor->keep;
    made.observe = executor->observe;
    made.executor = executor->executor->Share();
    return absl::OkStatus();
  });
}

int32_t pawl_executor_run(pawl_context* context, pawl_executor* executor,
                          const pawl_tensor* const* inputs, size_t num_inputs) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(executor);
    PAWL_NEED_ARRAY(inputs, num_inputs);
    return executor->Run(inputs, num_inputs, c);
  });
}

int32_t pawl_executor_calibrate(pawl_context* context, pawl_executor* executor,
                                const pawl_tensor* const* inputs, size_t num_inputs,
                                pawl_calibrator* calibrator) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(executor);
    PAWL_NEED_ARRAY(inputs, num_inputs);
    PAWL_NEED(calibrator);
    executor->calibrator = &calibrator->calibrator;
    const absl::Status status = executor->Run(inputs, num_inputs, c);
    executor->calibrator = nullptr;
    return status;
  });
}

size_t pawl_executor_output_count(const pawl_executor* executor) noexcept {
  return executor == nullptr || !executor->ran ? 0 : executor->results.size();
}

int32_t pawl_executor_output(pawl_context* context, const pawl_executor* executor, size_t index,
                             pawl_tensor** tensor) noexcept {
  return MakeOutput(context, executor, index, tensor,
                    [](const Tensor& output) { return output.Clone(); });
}

int32_t pawl_executor_output_view(pawl_context* context, const pawl_executor* executor,
                                  size_t index, pawl_tensor** tensor) noexcept {
  return MakeOutput(context, executor, index, tensor, [](const Tensor& output) {
    return Tensor::View(output.dtype(), output.shape(), output.data(), output.size_bytes());
  });
}

int32_t pawl_executor_set_observer(pawl_context* context, pawl_executor* executor,
                                   pawl_observe_fn observe, void* user) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(executor);
    executor->function = observe;
    executor->user = user;
    return absl::OkStatus();
  });
}

int32_t pawl_executor_observed(pawl_context* context, const pawl_executor* executor,
                               const char* name, pawl_tensor** tensor) noexcept {
  return Make(context, tensor, [&](Context&) -> absl::StatusOr<Tensor> {
    PAWL_NEED(executor);
    PAWL_NEED(name);
    const auto found = executor->kept.find(name);
    if (found != executor->kept.end()) return found->second;
    std::vector<std::string> names;
    names.reserve(executor->kept.size());
    for (const auto& pair : executor->kept) names.push_back(pair.first);
    return absl::NotFoundError(absl::StrCat(
        "the last run kept no value '", name, "'",
        executor->keep ? pawl::DidYouMean(name, names) : "; keep_observed is not set"));
  });
}

int32_t pawl_executor_time_nodes(pawl_context* context, pawl_executor* executor,
                                 int32_t on) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(executor);
    executor->times.clear();
    executor->time_of.clear();
    pawl::NodeTimer timer;
    if (on != 0) {
      timer = [executor](const pawl::Node& node, double seconds) {
        executor->AddTime(node, seconds);
      };
    }
    executor->executor->SetTimer(std::move(timer));
    return absl::OkStatus();
  });
}

size_t pawl_executor_time_count(const pawl_executor* executor) noexcept {
  return executor == nullptr ? 0 : executor->times.size();
}
const char* pawl_executor_time_node(const pawl_executor* executor, size_t index) noexcept {
  const auto* time = executor == nullptr ? nullptr : executor->TimeAt(index);
  return time == nullptr ? nullptr : time->node->name.c_str();
}
const char* pawl_executor_time_operator(const pawl_executor* executor, size_t index) noexcept {
  const auto* time = executor == nullptr ? nullptr : executor->TimeAt(index);
  return time == nullptr ? nullptr : time->node->op.c_str();
}
uint64_t pawl_executor_time_runs(const pawl_executor* executor, size_t index) noexcept {
  const auto* time = executor == nullptr ? nullptr : executor->TimeAt(index);
  return time == nullptr ? 0 : time->runs;
}
double pawl_executor_time_seconds(const pawl_executor* executor, size_t index) noexcept {
  const auto* time = executor == nullptr ? nullptr : executor->TimeAt(index);
  return time == nullptr ? 0.0 : time->seconds;
}

size_t pawl_executor_arena_bytes(const pawl_executor* executor) noexcept {
  return executor == nullptr ? 0 : executor->executor->arena_bytes();
}
size_t pawl_executor_packed_bytes(const pawl_executor* executor) noexcept {
  return executor == nullptr ? 0 : executor->executor->packed_bytes();
}

}  // extern "C"
