// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A walk through a model on a calibration text, from one linear layer to the next: what meets
// each layer when all layers before it are as they will be, quantized. Of activations the residual
// stream alone is kept, in front of the attention or of the feed-forward layers at hand; the rest
// is computed window by window when it is asked for.

#ifndef PAWL_LIB_MODELS_LAYER_WALK_H_
#define PAWL_LIB_MODELS_LAYER_WALK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/models/activation_rows.h"
#include "lib/models/model_config.h"
#include "lib/models/model_graph.h"
#include "lib/models/weights.h"
#include "pawl/input_moments.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;

struct LayerWalkOptions {
  int64_t context = 0;    // ids of a window; 0: the model's own, 2048 at most
  int32_t begin_id = -1;  // windows end in front of this one, too; -1: at their size alone
  bool moments = false;   // collect products of inputs
  bool pairs = false;     // and those with the float model's inputs, which walk beside
  int64_t rows = 0;       // inputs to keep as they are, evenly spaced, at most
};

// What meets the layers of one stage (query, key and value, say), over all ids.
struct LayerInputs {
  int64_t samples = 0;
  std::vector<float> importance;        // mean square of each column
  std::optional<InputMoments> moments;  // as options ask
  Tensor rows;                          // f32 [kept, columns]
};

// Serves one thread at a time. Everything is the same for every target and number of threads.
class LayerWalk {
 public:
  // Windows of `ids` begin where the one before ended; the last may be shorter, and those in front
  // of a begin_id. Errors:
  // InvalidArgument (no ids, ids beyond the vocabulary, a context of none), Unimplemented where the
  // model's head has the weights of its embedding and nothing else is left to walk to.
  static absl::StatusOr<std::unique_ptr<LayerWalk>> Create(const ModelConfig& config,
                                                           std::unique_ptr<ModelWeights> weights,
                                                           absl::Span<const int32_t> ids,
                                                           const LayerWalkOptions& options);

  // The linear layers' weights in the order in which they are met; those of one stage, which have
  // the same inputs, stand together.
  const std::vector<std::string>& weights() const { return order_; }
  // Index in weights(), -1 for other names.
  int64_t RankOf(const std::string& name) const;
  // First index of the weight's stage.
  int64_t StageOf(const std::string& name) const;

  // Walks on to the weight `name`. Valid until the next call for another stage. Errors:
  // FailedPrecondition for a weight that the walk has left behind; those of running the model.
  absl::StatusOr<const LayerInputs*> Inputs(const std::string& name, Context& context);
  // The same for a weight that is quantized already. Of its inputs samples and importance alone are
  // there, and those only where asked for: else null.
  absl::StatusOr<const LayerInputs*> Pass(const std::string& name, bool importance,
                                          Context& context);
  // Goes on to the layers of the weight `name`, collecting nothing, so that RunBlock() speaks of
  // the attention or the feed-forward layers that they belong to. Errors: as Inputs().
  absl::Status Enter(const std::string& name, Context& context);
  // Runs a part of the layer at hand on its stream, on `changed` before the weights that stand
  // there. Of every `every`-th window the first `most` ids at most; `take` is told the index of the
  // first id.
  using TakeResult = absl::FunctionRef<absl::Status(int64_t first, const Tensor& result)>;
  absl::Status RunBlock(ModelPart part, int64_t layer,
                        const std::map<std::string, Constant>& changed, int64_t every, int64_t most,
                        TakeResult take, Context& context);
  // The model as it is in its file.
  const ModelWeights& float_weights() const { return *weights_; }
  // From now on `weight`, f32 of the same shape, stands in place of `name` (also an embedding or a
  // norm): before the walk uses it.
  absl::Status Replace(const std::string& name, Tensor weight);

  const ModelConfig& config() const { return config_; }
  int64_t context() const { return window_; }
  int32_t begin_id() const { return options_.begin_id; }
  int64_t windows() const { return static_cast<int64_t>(starts_.size()) - 1; }
  int64_t samples() const { return static_cast<int64_t>(ids_.size()); }
  // Bytes that the walk holds at most beside the weights of one layer; those of the streams are
  // among them.
  uint64_t memory_bytes() const;
  uint64_t stream_bytes() const;
  // Before the walk begins: the streams are kept in a file of this folder (activation_rows.h), with
  // the same results.
  void Spill(const std::string& folder) { spill_ = folder; }

 private:
  struct Stage {
    ModelPart inputs;
    int64_t layer = 0;
    int64_t first = 0, count = 0;  // in order_
    int64_t columns = 0;
  };
  // Which ids run.
  struct Windows {
    int64_t every = 1, most = 0;  // `most` ids of a window; 0: all
  };

  LayerWalk(const ModelConfig& config, std::unique_ptr<ModelWeights> weights,
            absl::Span<const int32_t> ids, const LayerWalkOptions& options);
  void AddStage(ModelPart inputs, int64_t layer, int64_t columns, std::vector<std::string> names);
  void AddStages();
  void AddEncoderStages();
  void CutWindows();
  std::string LayerPrefix(int64_t layer) const;
  absl::StatusOr<std::vector<Tensor>> PartInputs(ModelPart part, ActivationRows& stream,
                                                 int64_t first, int64_t count) const;
  absl::Status RunPart(ModelPart part, int64_t layer, const ModelWeights& weights,
                       const Windows& windows, ActivationRows& stream, TakeResult take,
                       Context& context) const;
  absl::Status Move(ModelPart part, int64_t layer, Context& context);
  absl::Status MoveTo(size_t stage, Context& context);
  enum class Collected : uint8_t { kNothing, kImportance, kAll };
  absl::Status WalkTo(const std::string& name, Collected wanted, Context& context);
  absl::Status Collect(const Stage& stage, bool all, Context& context);
  absl::Status CollectPairs(const Stage& stage, Context& context);

  ModelConfig config_;
  LayerWalkOptions options_;
  int64_t window_ = 0;
  std::unique_ptr<ModelWeights> weights_;
  std::map<std::string, Constant> changed_;
  std::unique_ptr<ModelWeights> current_;  // with what changed
  std::vector<int32_t> ids_;
  std::vector<int64_t> starts_;  // of windows, and the end
  std::vector<Stage> stages_;
  std::vector<std::string> order_;
  std::map<std::string, size_t> stage_of_;

  bool begun_ = false;
  size_t stage_ = 0;
  Collected collected_ = Collected::kNothing;
  std::string spill_;
  ActivationRows stream_, float_stream_;  // [ids, width]
  LayerInputs inputs_;
};

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_LAYER_WALK_H_
