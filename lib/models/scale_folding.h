// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Scales of a decoder's input columns (AWQ, SmoothQuant), folded into what makes the inputs, so
// that the quantized model needs nothing beside its weights:
//
//   queries, keys, values    the attention's norm, its weight divided
//   the attention's output   the values' rows and bias; heads that share a value head share scales
//   gate and up              the feed-forward layers' norm
//   down                     the rows and bias of up
//   the head                 the last norm, unless engines take the embedding for the head
//
// What is divided and stays a float (norms, biases) is rounded to its type first, and the columns
// are multiplied by what it was really divided by: in float the model computes what it did, but for
// roundings of f32.

#ifndef PAWL_LIB_MODELS_SCALE_FOLDING_H_
#define PAWL_LIB_MODELS_SCALE_FOLDING_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "lib/models/layer_walk.h"
#include "pawl/awq.h"
#include "pawl/context.h"
#include "pawl/graph.h"
#include "pawl/quantizer.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

// A linear layer's weight that becomes codes by AWQ or SmoothQuant.
struct FoldedWeight {
  Scheme scheme;
  RangeMethod range = RangeMethod::kMax;
  std::optional<double> alpha = std::nullopt;  // SmoothQuant's; none: AWQ
};

// "q_proj, k_proj and v_proj".
std::string ShortNames(absl::Span<const std::string> names);

// Serves one thread. Names are those of Hugging Face folders.
class ScaleFolding {
 public:
  // Ids of the text that AWQ's scales are scored on.
  static constexpr int64_t kSampleIds = 2048;

  // `walk` must outlive this. Errors: InvalidArgument naming a weight whose scheme they cannot
  // take.
  static absl::StatusOr<ScaleFolding> Create(LayerWalk& walk,
                                             std::map<std::string, FoldedWeight> weights);

  // For a norm or a bias that changes, the rank (LayerWalk::RankOf) of the first weight of its
  // block: it is known from there on. -1 for other names.
  int64_t FirstRankOf(const std::string& name) const;
  // What a report says of a norm or bias with FirstRankOf() >= 0.
  std::string TakenBy(const std::string& name) const;
  // Whether Enter() finds the scales of both at once.
  bool SameBlock(const std::string& a, const std::string& b) const;
  // What is folded where, what is not and why: a line for each kind of layer.
  std::vector<std::string> Notes() const;
  // Memory beyond the walk's.
  uint64_t memory_bytes() const;

  // Walks to the block (the attention or the feed-forward layers) of a weight, norm or bias, and
  // finds its scales, once, on the stream of the quantized model and with the block's weights in
  // float. AWQ's: for layers with a norm's outputs those with the least squared error of what the
  // block adds to the stream, for others of their own outputs. SmoothQuant's: by the largest inputs
  // of the whole text and the largest weights of all layers that share them. Returns what the
  // report should say of them; empty where nothing was found. Errors: those of walking, of
  // FindAwqScales and of SmoothQuantScales.
  absl::StatusOr<std::string> Enter(const std::string& name, Context& context);

  // After Enter(). A weight with its columns multiplied and its rows divided, f32; as it is where
  // nothing is folded.
  absl::StatusOr<Tensor> Fold(const std::string& name, const Tensor& weights) const;
  // The norm or bias as it has become, in its type; the walk has it already.
  absl::StatusOr<Tensor> Plain(const std::string& name) const;
  // By what the columns of the weight are multiplied; empty: nothing.
  absl::Span<const float> ScalesOf(const std::string& name) const;

 private:
  // Layers with the same inputs, and what makes those.
  struct Group {
    std::vector<std::string> members;  // weights' names
    std::string source;                // a norm's or a linear layer's weight
    std::string plain;                 // what of that stays float: the norm's, a bias; empty: none
    bool norm = false;
    ModelPart inputs = ModelPart::kAttentionInput;
    bool any = false;  // whether a member becomes codes by the method
    std::optional<double> alpha;
    std::string reason;  // why nothing is folded
  };
  struct Block {
    int64_t layer = 0;
    int64_t first = 0;  // rank
    std::string name;   // "layer 3, attention"
    ModelPart sum = ModelPart::kAttentionSum;
    std::vector<Group> groups;
    bool entered = false;
  };

  ScaleFolding(LayerWalk& walk, std::map<std::string, FoldedWeight> weights)
      : walk_(&walk), weights_(std::move(weights)) {}
  void AddBlocks();
  void AddGroup(Block* block, std::vector<std::string> members, const std::string& source,
                ModelPart inputs);
  void Decide(Group* group) const;
  absl::StatusOr<std::string> Unusable(const Group& group) const;
  absl::StatusOr<Tensor> Float(const std::string& name) const;
  // The row of the source that makes a column.
  int64_t SourceOf(const Group& group, int64_t column) const;

  absl::StatusOr<std::string> EnterInMode(Block* block, Context& context);
  struct Scales {
    std::vector<float> values;  // [columns]
    std::string note;
  };
  absl::StatusOr<std::vector<Tensor>> Layers(const Group& group) const;
  absl::StatusOr<Scales> Find(const Block& block, const Group& group, Context& context) const;
  absl::StatusOr<Scales> Smooth(const Block& block, const Group& group, Context& context) const;
  absl::StatusOr<AwqScales> Search(const Block& block, const Group& group, Context& context) const;
  absl::StatusOr<double> BlockError(const Block& block, const Group& group,
                                    absl::Span<const Tensor> layers, absl::Span<const float> exact,
                                    absl::Span<const float> scales, Context& context) const;
  absl::StatusOr<std::vector<float>> RunSample(ModelPart part, int64_t layer,
                                               const std::map<std::string, Constant>& changed,
                                               Context& context) const;
  absl::Status Apply(const Group& group, absl::Span<const float> scales);

  LayerWalk* walk_;
  std::map<std::string, FoldedWeight> weights_;
  std::vector<Block> blocks_;
  std::map<std::string, size_t> block_of_;                    // of weights, norms and biases
  std::map<std::string, std::vector<float>> columns_, rows_;  // factors and divisors of weights
  std::map<std::string, Tensor> plain_;
};

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_SCALE_FOLDING_H_
