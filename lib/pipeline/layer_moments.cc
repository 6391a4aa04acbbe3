// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/layer_moments.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/operators/window.h"
#include "lib/pipeline/value_request.h"
#include "pawl/executor.h"

namespace pawl {
namespace {

int64_t Product(absl::Span<const int64_t> dims) {
  int64_t product = 1;
  for (const int64_t d : dims) product *= d;
  return product;
}

// Appends where in a plane the taps of one position are; -1 in the padding.
void AppendTaps(const Window& w, int64_t position, std::vector<int64_t>* to) {
  std::vector<int64_t> out(w.rank()), tap(w.rank(), 0);
  for (size_t d = w.rank(); d-- > 0; position /= w.out[d]) out[d] = position % w.out[d];
  for (int64_t t = 0; t < w.taps(); ++t) {
    int64_t at = 0;
    for (size_t d = 0; d < w.rank(); ++d) {
      const int64_t x = out[d] * w.stride[d] - w.pad_begin[d] + tap[d] * w.dilation[d];
      at = at < 0 || x < 0 || x >= w.in[d] ? -1 : at * w.in[d] + x;
    }
    to->push_back(at);
    for (size_t d = w.rank(); d-- > 0;) {
      if (++tap[d] < w.kernel[d]) break;
      tap[d] = 0;
    }
  }
}

// What the windows of a convolution see of images x: every so many of them.
class Windows {
 public:
  static absl::StatusOr<Windows> Create(const Node& node, const Tensor& weights, const Tensor& x) {
    if (x.rank() != weights.rank()) return absl::InvalidArgumentError("images of another rank");
    PAWL_ASSIGN_OR_RETURN(
        const Window window,
        ReadWindow(node, absl::MakeConstSpan(x.shape()).subspan(2),
                   absl::MakeConstSpan(weights.shape()).subspan(2), /*ceil_mode=*/false));
    Windows windows;
    windows.channels_ = weights.dim(1);
    windows.taps_ = window.taps();
    windows.plane_ = Product(window.in);
    const int64_t positions = Product(window.out), all = x.dim(0) * positions;
    const int64_t most =
        std::clamp(8 * windows.channels_ * windows.taps_, kMostWindows / 16, kMostWindows);
    int64_t step = std::max<int64_t>(1, (all + most - 1) / most);
    // An even step could keep to a few columns of an image whose rows have an even length.
    if (step > 1) step |= 1;
    for (int64_t p = 0; p < all; p += step) {
      windows.images_.push_back(p / positions);
      AppendTaps(window, p % positions, &windows.from_);
    }
    return windows;
  }

  bool empty() const { return images_.empty(); }

  // [windows, channels of a group * taps]
  absl::StatusOr<Tensor> Rows(const Tensor& x, int64_t group) const {
    const auto count = static_cast<int64_t>(images_.size());
    PAWL_ASSIGN_OR_RETURN(Tensor rows, Tensor::Create(DType::kF32, {count, channels_ * taps_}));
    float* to = rows.mutable_as<float>().data();
    for (int64_t r = 0; r < count; ++r) {
      const int64_t image = images_[static_cast<size_t>(r)];
      const float* plane = x.as<float>().data() + (image * x.dim(1) + group * channels_) * plane_;
      const int64_t* from = from_.data() + r * taps_;
      for (int64_t c = 0; c < channels_; ++c, plane += plane_) {
        for (int64_t t = 0; t < taps_; ++t) *to++ = from[t] < 0 ? 0.0f : plane[from[t]];
      }
    }
    return rows;
  }

 private:
  int64_t channels_ = 0, taps_ = 0, plane_ = 0;
  std::vector<int64_t> images_;  // of each window
  std::vector<int64_t> from_;    // [windows, taps]
};

// One that collects.
struct Collector {
  const Node* node;
  LayerKind kind;
  const Tensor* weights;
  std::shared_ptr<LayerMoments> moments;
  // Samples that the layer was seen in are halved, so that one in a branch gets both halves.
  int64_t sample = -1;
  size_t half = 1;

  absl::Status Add(const Tensor& x, int64_t from, Context& context) {
    if (std::exchange(sample, from) != from) half = 1 - half;
    std::vector<InputMoments>& groups = moments->halves[half];
    if (kind == LayerKind::kLinear) return groups[0].Add(x, &context);
    PAWL_ASSIGN_OR_RETURN(const Windows windows, Windows::Create(*node, *weights, x));
    if (windows.empty()) return absl::OkStatus();
    for (size_t g = 0; g < groups.size(); ++g) {
      PAWL_ASSIGN_OR_RETURN(const Tensor rows, windows.Rows(x, static_cast<int64_t>(g)));
      PAWL_RETURN_IF_ERROR(groups[g].Add(rows, &context));
    }
    return absl::OkStatus();
  }
};

absl::StatusOr<std::shared_ptr<LayerMoments>> MakeMoments(const RowShape& shape) {
  auto moments = std::make_shared<LayerMoments>();
  for (auto& half : moments->halves) {
    for (int64_t g = 0; g < shape.groups; ++g) {
      PAWL_ASSIGN_OR_RETURN(InputMoments one, InputMoments::Create(shape.columns));
      half.push_back(std::move(one));
    }
  }
  return moments;
}

}  // namespace

RowShape RowShapeOf(const Graph& graph, const Layer& layer) {
  if (layer.kind != LayerKind::kConv && layer.kind != LayerKind::kLinear) return {};
  const Tensor* weights = graph.ConstantTensor(layer.weights);
  if (weights == nullptr || weights->num_elements() == 0) return {};
  const Node& node = graph.nodes[static_cast<size_t>(layer.node)];
  // Gemm may have its input turned: its layers with that have a reason, and no moments.
  if (layer.kind == LayerKind::kLinear && node.Int("transA", 0) != 0) return {};
  const ChannelView view = ChannelsOf(*weights, layer.axis);
  const int64_t groups =
      layer.kind == LayerKind::kConv ? std::max<int64_t>(1, node.Int("group", 1)) : 1;
  if (view.channels % groups != 0) return {};
  return {groups, view.outer * view.inner};
}

absl::StatusOr<MomentsByPlace> ObserveMoments(const std::shared_ptr<const Graph>& graph,
                                              absl::Span<const LayerDecision* const> layers,
                                              const GraphSamples& samples, int64_t count,
                                              uint64_t max_memory, Context& context) {
  MomentsByPlace result;
  absl::flat_hash_map<std::string, std::vector<Collector>> by_name;
  ExecutorOptions options;
  options.max_memory = max_memory;
  std::vector<ValueRequest> requests;
  requests.reserve(layers.size());
  for (const LayerDecision* d : layers) {
    requests.push_back({.value = d->layer.input, .path = d->path});
  }
  std::vector<std::string> names;
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const Graph> named,
                        NamedToObserve(graph, requests, &names));
  for (size_t i = 0; i < layers.size(); ++i) {
    const Layer& layer = layers[i]->layer;
    const Graph& of = layers[i]->graph(*graph);
    std::vector<Collector>& there = by_name[names[i]];
    if (there.empty()) options.observe.push_back(names[i]);
    const RowShape shape = RowShapeOf(of, layer);
    const auto same = std::find_if(there.begin(), there.end(), [&](const Collector& c) {
      return layer.kind == LayerKind::kLinear && c.kind == layer.kind &&
             c.moments->halves[0][0].columns() == shape.columns;
    });
    if (same != there.end()) {
      result[layers[i]->place()] = same->moments;
      continue;
    }
    PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<LayerMoments> moments, MakeMoments(shape));
    result[layers[i]->place()] = moments;
    there.push_back({&of.nodes[static_cast<size_t>(layer.node)], layer.kind,
                     of.ConstantTensor(layer.weights), moments});
  }
  int64_t at = 0;
  PAWL_ASSIGN_OR_RETURN(const auto executor, Executor::Create(named, options, &context));
  executor->SetObserver([&](absl::string_view name, const Tensor& tensor) -> absl::Status {
    const auto found = by_name.find(name);
    if (found == by_name.end()) return absl::OkStatus();
    for (Collector& collector : found->second) {
      if (!collector.moments->reason.empty()) continue;
      const absl::Status status = collector.Add(tensor, at, context);
      if (absl::IsInvalidArgument(status)) {  // an input that is not finite, say
        collector.moments->reason = std::string(status.message());
        continue;
      }
      PAWL_RETURN_IF_ERROR(status);
    }
    return absl::OkStatus();
  });
  for (int64_t i = 0; i < count; ++i) {
    if (context.cancelled()) return absl::CancelledError("cancelled by the caller");
    context.Report(Progress{"moments", graph->source, static_cast<uint64_t>(i),
                            static_cast<uint64_t>(count), "samples"});
    at = i;
    PAWL_ASSIGN_OR_RETURN(const GraphSample sample, samples.get(i));
    PAWL_RETURN_IF_ERROR(executor->Run(sample, context).status());
  }
  return result;
}

}  // namespace pawl
