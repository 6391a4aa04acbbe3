// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "pawl/executor.h"

namespace pawl {
namespace {

absl::StatusOr<Observer> MakeObserver(const RecipeCalibration& settings) {
  ObserverOptions options;
  options.kind = settings.observer == "minmax"           ? ObserverKind::kMinMax
                 : settings.observer == "moving_average" ? ObserverKind::kMovingAverage
                                                         : ObserverKind::kHistogram;
  options.bins = static_cast<int32_t>(settings.bins);
  options.momentum = settings.momentum;
  return Observer::Create(options);
}

// Sums and largest magnitudes by channel.
void AddChannels(const Tensor& tensor, int axis, ValueStatistics* stats) {
  if (axis < 0) axis += tensor.rank();
  if (axis < 0 || axis >= tensor.rank() || tensor.dtype() != DType::kF32) return;
  const auto channels = static_cast<size_t>(tensor.dim(axis));
  if (stats->sums.empty()) {
    stats->sums.assign(channels, 0.0);
    stats->smallest.assign(channels, std::numeric_limits<double>::infinity());
    stats->largest.assign(channels, 0.0);
  }
  if (stats->sums.size() != channels) return;
  int64_t outer = 1, inner = 1;
  for (int d = 0; d < axis; ++d) outer *= tensor.dim(d);
  for (int d = axis + 1; d < tensor.rank(); ++d) inner *= tensor.dim(d);
  const float* x = tensor.as<float>().data();
  for (int64_t o = 0; o < outer; ++o) {
    for (size_t c = 0; c < channels; ++c) {
      double sum = 0, smallest = stats->smallest[c], largest = stats->largest[c];
      for (int64_t i = 0; i < inner; ++i, ++x) {
        if (!std::isfinite(*x)) continue;
        sum += static_cast<double>(*x);
        smallest = std::min(smallest, static_cast<double>(*x));
        largest = std::max(largest, std::fabs(static_cast<double>(*x)));
      }
      stats->sums[c] += sum;
      stats->smallest[c] = smallest;
      stats->largest[c] = largest;
    }
  }
  stats->entries += static_cast<double>(outer * inner);
}

void RememberHalf(GraphStatistics* statistics) {
  const auto remember = [](std::map<ValueId, ValueStatistics>& values) {
    for (auto& [value, stats] : values) {
      if (stats.observer.state().channels.empty()) continue;
      stats.half_min = stats.observer.state().channels[0].min;
      stats.half_max = stats.observer.state().channels[0].max;
    }
  };
  remember(statistics->values);
  for (auto& [path, values] : statistics->inner) remember(values);
}

void AddOutput(const Tensor& wanted, const Tensor& got, OutputError* error) {
  const auto y = wanted.as<float>(), q = got.as<float>();
  for (size_t i = 0; i < y.size(); ++i) {
    if (!std::isfinite(y[i])) continue;
    const double d = static_cast<double>(y[i]) - static_cast<double>(q[i]);
    error->signal += static_cast<double>(y[i]) * static_cast<double>(y[i]);
    error->noise += std::isfinite(d) ? d * d : std::numeric_limits<double>::infinity();
    error->max_error = std::max(error->max_error, std::fabs(d));
  }
  const auto last = static_cast<size_t>(wanted.rank() == 0 ? 1 : wanted.shape().back());
  if (last < 2) return;
  for (size_t row = 0; row + last <= y.size(); row += last) {
    const auto best = [&](absl::Span<const float> v) {
      return std::max_element(v.begin() + static_cast<ptrdiff_t>(row),
                              v.begin() + static_cast<ptrdiff_t>(row + last)) -
             v.begin();
    };
    error->decisions += 1;
    error->agreeing += best(y) == best(q) ? 1 : 0;
  }
}

}  // namespace

const ValueStatistics* GraphStatistics::Find(const SubgraphPath& path, ValueId value) const {
  const std::map<ValueId, ValueStatistics>* of = &values;
  if (!path.empty()) {
    const auto found = inner.find(path);
    if (found == inner.end()) return nullptr;
    of = &found->second;
  }
  const auto found = of->find(value);
  return found == of->end() ? nullptr : &found->second;
}

absl::StatusOr<GraphStatistics> ObserveGraph(const std::shared_ptr<const Graph>& graph,
                                             const std::vector<ValueRequest>& requests,
                                             const GraphSamples& samples,
                                             const RecipeCalibration& settings, uint64_t max_memory,
                                             Context& context) {
  GraphStatistics result;
  absl::flat_hash_map<std::string, std::pair<ValueStatistics*, int>> by_name;
  ExecutorOptions options;
  options.max_memory = max_memory;
  std::vector<std::string> names;
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const Graph> named,
                        NamedToObserve(graph, requests, &names));
  for (size_t i = 0; i < requests.size(); ++i) {
    const ValueRequest& request = requests[i];
    PAWL_ASSIGN_OR_RETURN(Observer observer, MakeObserver(settings));
    auto& values = request.path.empty() ? result.values : result.inner[request.path];
    const auto [it, fresh] = values.emplace(request.value, ValueStatistics(std::move(observer)));
    const std::string& name = names[i];
    auto& entry = by_name[name];
    if (fresh) entry = {&it->second, ValueRequest::kNoAxis};
    if (request.channel_axis != ValueRequest::kNoAxis) entry.second = request.channel_axis;
    if (fresh) options.observe.push_back(name);
  }
  const auto observe = [&](absl::string_view name, const Tensor& tensor) {
    const auto found = by_name.find(name);
    if (found == by_name.end() || tensor.dtype() != DType::kF32) return absl::OkStatus();
    ValueStatistics& stats = *found->second.first;
    if (found->second.second != ValueRequest::kNoAxis) {
      AddChannels(tensor, found->second.second, &stats);
    }
    return stats.observer.Observe(tensor);
  };
  PAWL_ASSIGN_OR_RETURN(const auto executor, Executor::Create(named, options, &context));
  executor->SetObserver(observe);
  const int64_t most =
      settings.max_samples > 0 ? std::min(settings.max_samples, samples.count) : samples.count;
  for (int64_t i = 0; i < most; ++i) {
    if (context.cancelled()) return absl::CancelledError("cancelled by the caller");
    context.Report(Progress{"calibrate", graph->source, static_cast<uint64_t>(i),
                            static_cast<uint64_t>(most), "samples"});
    PAWL_ASSIGN_OR_RETURN(const GraphSample sample, samples.get(i));
    if (const auto run = executor->Run(sample, context); !run.ok()) {
      return absl::Status(run.status().code(),
                          absl::StrCat("calibration sample ", i, ": ", run.status().message()));
    }
    ++result.samples;
    if (i + 1 == (most + 1) / 2) RememberHalf(&result);
  }
  return result;
}

absl::StatusOr<GraphOutputs> RunSamples(std::shared_ptr<const Graph> graph,
                                        const GraphSamples& samples,
                                        const std::vector<int64_t>& which, uint64_t max_memory,
                                        Context& context) {
  ExecutorOptions options;
  options.max_memory = max_memory;
  PAWL_ASSIGN_OR_RETURN(const auto executor, Executor::Create(std::move(graph), options, &context));
  GraphOutputs outputs;
  for (const int64_t i : which) {
    if (context.cancelled()) return absl::CancelledError("cancelled by the caller");
    PAWL_ASSIGN_OR_RETURN(const GraphSample sample, samples.get(i));
    PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> results, executor->Run(sample, context));
    std::vector<Tensor> copies;
    for (const Tensor& result : results) {
      PAWL_ASSIGN_OR_RETURN(Tensor copy, result.Clone());
      copies.push_back(std::move(copy));
    }
    outputs.push_back(std::move(copies));
  }
  return outputs;
}

std::vector<int64_t> SpreadSamples(int64_t count, int64_t most) {
  std::vector<int64_t> which;
  const int64_t n = std::min(count, most);
  which.reserve(static_cast<size_t>(std::max<int64_t>(n, 0)));
  for (int64_t i = 0; i < n; ++i) which.push_back(i * count / n);
  return which;
}

absl::StatusOr<Reference> ReferenceOutputs(const std::shared_ptr<const Graph>& graph,
                                           const GraphSamples& samples, int64_t most,
                                           uint64_t max_memory, Context& context) {
  constexpr int64_t kFewValues = 1024;
  Reference reference;
  reference.which = SpreadSamples(samples.count, most);
  if (reference.which.empty()) return reference;
  PAWL_ASSIGN_OR_RETURN(reference.outputs,
                        RunSamples(graph, samples, reference.which, max_memory, context));
  int64_t values = 0;
  for (const Tensor& output : reference.outputs[0]) values += output.num_elements();
  const int64_t wanted = kFewValues / std::max<int64_t>(values, 1);
  if (wanted <= most || samples.count <= most) return reference;
  reference.which = SpreadSamples(samples.count, wanted);
  PAWL_ASSIGN_OR_RETURN(reference.outputs,
                        RunSamples(graph, samples, reference.which, max_memory, context));
  return reference;
}

double OutputError::sqnr_db() const {
  if (noise == 0) return std::numeric_limits<double>::infinity();
  if (!std::isfinite(noise) || signal == 0) return 0;
  return 10.0 * std::log10(signal / noise);
}

absl::StatusOr<std::vector<OutputError>> CompareOutputs(const Graph& graph,
                                                        const GraphOutputs& wanted,
                                                        const GraphOutputs& got) {
  std::vector<OutputError> errors;
  for (size_t o = 0; o < graph.outputs.size(); ++o) {
    OutputError error;
    error.name = graph.value(graph.outputs[o]).name;
    for (size_t s = 0; s < wanted.size(); ++s) {
      const Tensor &y = wanted[s][o], &q = got[s][o];
      if (y.dtype() != q.dtype() || y.shape() != q.shape()) {
        return absl::InternalError(
            absl::StrCat("output '", error.name, "' of the quantized graph has the shape ",
                         ShapeString(q.shape()), ", not ", ShapeString(y.shape())));
      }
      if (y.dtype() == DType::kF32) {
        AddOutput(y, q, &error);
      } else if (y.dtype() == DType::kF16 || y.dtype() == DType::kBF16) {
        PAWL_ASSIGN_OR_RETURN(const Tensor wide_y, y.ToF32());
        PAWL_ASSIGN_OR_RETURN(const Tensor wide_q, q.ToF32());
        AddOutput(wide_y, wide_q, &error);
      }
    }
    errors.push_back(std::move(error));
  }
  return errors;
}

double MeanSqnr(const std::vector<OutputError>& errors) {
  constexpr double kMost = 200;
  double sum = 0;
  for (const OutputError& error : errors) sum += std::min(error.sqnr_db(), kMost);
  return errors.empty() ? 0 : sum / static_cast<double>(errors.size());
}

}  // namespace pawl
