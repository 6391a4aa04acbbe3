// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/layer_walk.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/status_macros.h"
#include "pawl/context.h"
#include "pawl/executor.h"

namespace pawl {
namespace {

constexpr int64_t kDefaultContext = 2048;

// The part that moves the stream behind the layers of a stage; none where it stays.
std::optional<ModelPart> MoveBehind(ModelPart inputs) {
  if (inputs == ModelPart::kAttentionMix) return ModelPart::kAttentionSum;
  if (inputs == ModelPart::kFeedForwardInner) return ModelPart::kFeedForwardSum;
  return std::nullopt;
}

}  // namespace

LayerWalk::LayerWalk(const ModelConfig& config, std::unique_ptr<ModelWeights> weights,
                     absl::Span<const int32_t> ids, const LayerWalkOptions& options)
    : config_(config),
      options_(options),
      weights_(std::move(weights)),
      current_(WeightsWith(*weights_, changed_)),
      ids_(ids.begin(), ids.end()) {}

absl::StatusOr<std::unique_ptr<LayerWalk>> LayerWalk::Create(const ModelConfig& config,
                                                             std::unique_ptr<ModelWeights> weights,
                                                             absl::Span<const int32_t> ids,
                                                             const LayerWalkOptions& options) {
  if (ids.empty()) return absl::InvalidArgumentError("the calibration text is empty");
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= 0 && ids[i] < config.vocabulary) continue;
    return absl::InvalidArgumentError(absl::StrCat("calibration: id ", ids[i], " (at ", i,
                                                   ") in a model of ", config.vocabulary, " ids"));
  }
  std::unique_ptr<LayerWalk> walk(new LayerWalk(config, std::move(weights), ids, options));
  walk->window_ = options.context > 0 ? options.context : std::min(config.context, kDefaultContext);
  if (walk->window_ > config.context) {
    return absl::InvalidArgumentError(absl::StrCat("calibration: windows of ", walk->window_,
                                                   " ids; the model was made for ",
                                                   config.context));
  }
  walk->CutWindows();
  config.encoder() ? walk->AddEncoderStages() : walk->AddStages();
  return walk;
}

void LayerWalk::AddStage(ModelPart inputs, int64_t layer, int64_t columns,
                         std::vector<std::string> names) {
  Stage stage{inputs, layer, static_cast<int64_t>(order_.size()),
              static_cast<int64_t>(names.size()), columns};
  for (std::string& name : names) {
    stage_of_[name] = stages_.size();
    order_.push_back(std::move(name));
  }
  stages_.push_back(stage);
}

void LayerWalk::CutWindows() {
  for (int64_t i = 0; i < samples(); ++i) {
    const bool full = starts_.empty() || i - starts_.back() == window_;
    if (full || ids_[static_cast<size_t>(i)] == options_.begin_id) starts_.push_back(i);
  }
  starts_.push_back(samples());
}

std::string LayerWalk::LayerPrefix(int64_t layer) const {
  return absl::StrCat(config_.encoder() ? "encoder.layer." : "model.layers.", layer, ".");
}

void LayerWalk::AddEncoderStages() {
  for (int64_t i = 0; i < config_.layers; ++i) {
    const std::string layer = LayerPrefix(i), self = layer + "attention.self.";
    AddStage(ModelPart::kAttentionInput, i, config_.width,
             {self + "query.weight", self + "key.weight", self + "value.weight"});
    AddStage(ModelPart::kAttentionMix, i, config_.width, {layer + "attention.output.dense.weight"});
    AddStage(ModelPart::kFeedForwardInput, i, config_.width, {layer + "intermediate.dense.weight"});
    AddStage(ModelPart::kFeedForwardInner, i, config_.inner, {layer + "output.dense.weight"});
  }
}

void LayerWalk::AddStages() {
  const int64_t mixed = config_.heads * config_.head_size;
  for (int64_t i = 0; i < config_.layers; ++i) {
    const std::string attention = absl::StrCat(LayerPrefix(i), "self_attn.");
    const std::string mlp = absl::StrCat(LayerPrefix(i), "mlp.");
    AddStage(
        ModelPart::kAttentionInput, i, config_.width,
        {attention + "q_proj.weight", attention + "k_proj.weight", attention + "v_proj.weight"});
    AddStage(ModelPart::kAttentionMix, i, mixed, {attention + "o_proj.weight"});
    AddStage(ModelPart::kFeedForwardInput, i, config_.width,
             {mlp + "gate_proj.weight", mlp + "up_proj.weight"});
    AddStage(ModelPart::kFeedForwardInner, i, config_.inner, {mlp + "down_proj.weight"});
  }
  // An embedding that is the head as well is used before anything is known of the head's inputs.
  if (!weights_->Has("lm_head.weight")) return;
  AddStage(ModelPart::kFinalNorm, 0, config_.width, {"lm_head.weight"});
}

int64_t LayerWalk::RankOf(const std::string& name) const {
  const auto found = std::find(order_.begin(), order_.end(), name);
  return found == order_.end() ? -1 : found - order_.begin();
}

int64_t LayerWalk::StageOf(const std::string& name) const {
  const auto found = stage_of_.find(name);
  return found == stage_of_.end() ? -1 : stages_[found->second].first;
}

uint64_t LayerWalk::stream_bytes() const {
  const uint64_t streams = options_.pairs ? 2 : 1;
  return streams * ids_.size() * static_cast<uint64_t>(config_.width) * sizeof(float);
}

uint64_t LayerWalk::memory_bytes() const {
  const auto widest =
      static_cast<uint64_t>(std::max(config_.inner, config_.heads * config_.head_size));
  const uint64_t streams = options_.pairs ? 2 : 1;
  uint64_t bytes = spill_.empty() ? stream_bytes() : 0;
  if (options_.moments) bytes += streams * widest * widest * sizeof(double);
  bytes += static_cast<uint64_t>(options_.rows) * widest * sizeof(float);
  return bytes + 8 * static_cast<uint64_t>(window_) * widest * sizeof(float);
}

absl::Status LayerWalk::Replace(const std::string& name, Tensor weight) {
  changed_[name] = Constant{std::move(weight), nullptr};
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Tensor>> LayerWalk::PartInputs(ModelPart part, ActivationRows& stream,
                                                          int64_t first, int64_t count) const {
  std::vector<Tensor> inputs(1);
  if (part == ModelPart::kEmbedding) {
    const std::vector<int64_t> wide(ids_.begin() + first, ids_.begin() + first + count);
    PAWL_ASSIGN_OR_RETURN(inputs[0], Tensor::FromValues<int64_t>({count}, wide));
  } else {
    PAWL_ASSIGN_OR_RETURN(inputs[0], stream.Get(first, count));
  }
  if (!PartTakesPositions(config_, part)) return inputs;
  std::vector<int64_t> positions(static_cast<size_t>(count));
  for (size_t i = 0; i < positions.size(); ++i) positions[i] = static_cast<int64_t>(i);
  inputs.emplace_back();
  PAWL_ASSIGN_OR_RETURN(inputs[1], Tensor::FromValues<int64_t>({1, count}, positions));
  return inputs;
}

absl::Status LayerWalk::RunPart(ModelPart part, int64_t layer, const ModelWeights& weights,
                                const Windows& windows, ActivationRows& stream, TakeResult take,
                                Context& context) const {
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<Graph> graph,
                        BuildModelPart(config_, weights, window_, part, layer));
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<Executor> executor,
                        Executor::Create(graph, {}, &context));
  for (size_t w = 0; w + 1 < starts_.size(); w += static_cast<size_t>(windows.every)) {
    if (context.cancelled()) return absl::CancelledError("cancelled by the caller");
    const int64_t first = starts_[w];
    int64_t count = starts_[w + 1] - first;
    if (windows.most > 0) count = std::min(count, windows.most);
    PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, PartInputs(part, stream, first, count));
    PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> outputs, executor->Run(inputs, context));
    PAWL_RETURN_IF_ERROR(take(first, outputs[0]));
  }
  return absl::OkStatus();
}

// The streams become what they are behind the part, in place: a window is read before it is
// written.
absl::Status LayerWalk::Move(ModelPart part, int64_t layer, Context& context) {
  for (const bool quantized : {true, false}) {
    if (!quantized && !options_.pairs) continue;
    ActivationRows& stream = quantized ? stream_ : float_stream_;
    if (stream.empty()) {
      PAWL_ASSIGN_OR_RETURN(stream, ActivationRows::Create(samples(), config_.width, spill_));
    }
    const auto keep = [&](int64_t first, const Tensor& result) {
      return stream.Put(first, result);
    };
    const ModelWeights& weights = quantized ? *current_ : *weights_;
    PAWL_RETURN_IF_ERROR(RunPart(part, layer, weights, {}, stream, keep, context));
  }
  return absl::OkStatus();
}

absl::Status LayerWalk::MoveTo(size_t stage, Context& context) {
  if (!begun_) {
    PAWL_RETURN_IF_ERROR(Move(ModelPart::kEmbedding, 0, context));
    begun_ = true;
  }
  while (stage_ < stage) {
    const Stage& behind = stages_[stage_];
    if (const auto part = MoveBehind(behind.inputs)) {
      PAWL_RETURN_IF_ERROR(Move(*part, behind.layer, context));
      const std::string layer = LayerPrefix(behind.layer);
      if (*part == ModelPart::kFeedForwardSum) {  // no more use for them
        std::erase_if(changed_,
                      [&](const auto& item) { return absl::StartsWith(item.first, layer); });
      }
    }
    ++stage_;
    collected_ = Collected::kNothing;
  }
  return absl::OkStatus();
}

absl::Status LayerWalk::WalkTo(const std::string& name, Collected wanted, Context& context) {
  const kernels::FloatEnvironment environment;
  const auto found = stage_of_.find(name);
  if (found == stage_of_.end() || found->second < stage_) {
    return absl::FailedPreconditionError(
        absl::StrCat("'", name, "' is no linear layer that is still ahead in the model"));
  }
  PAWL_RETURN_IF_ERROR(MoveTo(found->second, context));
  if (collected_ >= wanted) return absl::OkStatus();
  collected_ = Collected::kNothing;
  PAWL_RETURN_IF_ERROR(Collect(stages_[stage_], wanted == Collected::kAll, context));
  collected_ = wanted;
  return absl::OkStatus();
}

absl::StatusOr<const LayerInputs*> LayerWalk::Inputs(const std::string& name, Context& context) {
  PAWL_RETURN_IF_ERROR(WalkTo(name, Collected::kAll, context));
  return &inputs_;
}

absl::StatusOr<const LayerInputs*> LayerWalk::Pass(const std::string& name, bool importance,
                                                   Context& context) {
  PAWL_RETURN_IF_ERROR(
      WalkTo(name, importance ? Collected::kImportance : Collected::kNothing, context));
  return importance ? &inputs_ : nullptr;
}

absl::Status LayerWalk::Enter(const std::string& name, Context& context) {
  return WalkTo(name, Collected::kNothing, context);
}

absl::Status LayerWalk::RunBlock(ModelPart part, int64_t layer,
                                 const std::map<std::string, Constant>& changed, int64_t every,
                                 int64_t most, TakeResult take, Context& context) {
  const kernels::FloatEnvironment environment;
  const std::unique_ptr<ModelWeights> weights = WeightsWith(*current_, changed);
  return RunPart(part, layer, *weights, {every, most}, stream_, take, context);
}

absl::Status LayerWalk::Collect(const Stage& stage, bool all, Context& context) {
  inputs_ = LayerInputs();
  const bool moments = all && options_.moments;
  inputs_.samples = samples();
  std::vector<double> squares(static_cast<size_t>(stage.columns));
  if (moments) {
    PAWL_ASSIGN_OR_RETURN(inputs_.moments, InputMoments::Create(stage.columns));
  }
  // Row i * step of all is row i of those that are kept.
  int64_t step = 0, kept = 0;
  if (all && options_.rows > 0) {
    step = (samples() + options_.rows - 1) / options_.rows;
    PAWL_ASSIGN_OR_RETURN(
        inputs_.rows, Tensor::Create(DType::kF32, {(samples() + step - 1) / step, stage.columns}));
  }
  const auto take = [&](int64_t first, const Tensor& result) {
    const float* x = result.as<float>().data();
    for (int64_t i = 0; i < result.dim(0); ++i, x += stage.columns) {
      for (int64_t j = 0; j < stage.columns; ++j) {
        squares[static_cast<size_t>(j)] += double{x[j]} * double{x[j]};
      }
      if (step == 0 || (first + i) % step != 0) continue;
      std::memcpy(inputs_.rows.mutable_as<float>().data() + kept++ * stage.columns, x,
                  static_cast<size_t>(stage.columns) * sizeof(float));
    }
    if (!moments || options_.pairs) return absl::OkStatus();
    return inputs_.moments->Add(result, &context);
  };
  PAWL_RETURN_IF_ERROR(RunPart(stage.inputs, stage.layer, *current_, {}, stream_, take, context));
  for (const double sum : squares) {
    inputs_.importance.push_back(static_cast<float>(sum / static_cast<double>(samples())));
  }
  return moments && options_.pairs ? CollectPairs(stage, context) : absl::OkStatus();
}

// A window of the quantized model's inputs and of the float model's at a time. Layers whose outputs
// go into the stream are told what the stream misses.
absl::Status LayerWalk::CollectPairs(const Stage& stage, Context& context) {
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<Graph> float_graph,
                        BuildModelPart(config_, *weights_, window_, stage.inputs, stage.layer));
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<Executor> executor,
                        Executor::Create(float_graph, {}, &context));
  const bool into_stream = MoveBehind(stage.inputs).has_value();
  const auto take = [&](int64_t first, const Tensor& result) -> absl::Status {
    const int64_t count = result.dim(0);
    PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs,
                          PartInputs(stage.inputs, float_stream_, first, count));
    PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> outputs, executor->Run(inputs, context));
    PAWL_RETURN_IF_ERROR(inputs_.moments->AddPair(result, outputs[0], &context));
    if (!into_stream) return absl::OkStatus();
    PAWL_ASSIGN_OR_RETURN(const Tensor exact, float_stream_.Get(first, count));
    PAWL_ASSIGN_OR_RETURN(const Tensor here, stream_.Get(first, count));
    PAWL_ASSIGN_OR_RETURN(Tensor missing, Tensor::Create(DType::kF32, {count, config_.width}));
    float* const out = missing.mutable_as<float>().data();
    for (int64_t i = 0; i < missing.num_elements(); ++i) {
      out[i] = exact.as<float>().data()[i] - here.as<float>().data()[i];
    }
    return inputs_.moments->AddMissing(result, missing, &context);
  };
  return RunPart(stage.inputs, stage.layer, *current_, {}, stream_, take, context);
}

}  // namespace pawl
