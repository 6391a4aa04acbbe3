// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/scale_folding.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <set>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "kernels/float_env.h"
#include "lib/core/status_macros.h"
#include "lib/methods/awq_internal.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

bool CanRound(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

float RoundTo(DType dtype, float value) {
  if (dtype == DType::kF16) return F16ToF32(F32ToF16(value));
  return dtype == DType::kBF16 ? BF16ToF32(F32ToBF16(value)) : value;
}

absl::StatusOr<Tensor> Narrow(const Tensor& values, DType dtype) {
  if (dtype == DType::kF32) return values;
  PAWL_ASSIGN_OR_RETURN(Tensor out, Tensor::Create(dtype, values.shape()));
  auto* const to = static_cast<uint16_t*>(out.mutable_data());
  for (int64_t i = 0; i < values.num_elements(); ++i) {
    const float value = values.as<float>()[static_cast<size_t>(i)];
    to[i] = dtype == DType::kF16 ? F32ToF16(value) : F32ToBF16(value);
  }
  return out;
}

// "q_proj" of "model.layers.3.self_attn.q_proj.weight".
std::string Short(const std::string& name) {
  const absl::string_view module = absl::StripSuffix(absl::StripSuffix(name, ".weight"), ".bias");
  const size_t dot = module.rfind('.');
  return std::string(dot == absl::string_view::npos ? module : module.substr(dot + 1));
}

absl::string_view WordOf(std::optional<double> alpha) {
  return alpha.has_value() ? "smoothquant's" : "awq's";
}

bool AllFinite(const Tensor& values) {
  const absl::Span<const float> x = values.as<float>();
  return std::all_of(x.begin(), x.end(), [](float v) { return std::isfinite(v); });
}

}  // namespace

std::string ShortNames(absl::Span<const std::string> names) {
  std::string out;
  for (size_t i = 0; i < names.size(); ++i) {
    absl::StrAppend(&out, i == 0 ? "" : i + 1 < names.size() ? ", " : " and ", Short(names[i]));
  }
  return out;
}

absl::StatusOr<ScaleFolding> ScaleFolding::Create(LayerWalk& walk,
                                                  std::map<std::string, FoldedWeight> weights) {
  for (const auto& [name, weight] : weights) {
    const absl::Status status = CheckAwqScheme(weight.scheme);
    if (status.ok()) continue;
    return absl::Status(status.code(), absl::StrCat("tensor '", name, "': ", status.message()));
  }
  ScaleFolding folding(walk, std::move(weights));
  folding.AddBlocks();
  return folding;
}

void ScaleFolding::AddBlocks() {
  for (int64_t i = 0; i < walk_->config().layers; ++i) {
    const std::string layer = absl::StrCat("model.layers.", i, ".");
    const std::string attention = layer + "self_attn.", mlp = layer + "mlp.";
    const std::string value = attention + "v_proj.weight", up = mlp + "up_proj.weight";
    Block first{i, 0, absl::StrCat("layer ", i, ", attention"), ModelPart::kAttentionSum, {}};
    AddGroup(&first, {attention + "q_proj.weight", attention + "k_proj.weight", value},
             layer + "input_layernorm.weight", ModelPart::kAttentionInput);
    AddGroup(&first, {attention + "o_proj.weight"}, value, ModelPart::kAttentionMix);
    blocks_.push_back(std::move(first));
    Block second{i, 0, absl::StrCat("layer ", i, ", feed-forward"), ModelPart::kFeedForwardSum, {}};
    AddGroup(&second, {mlp + "gate_proj.weight", up}, layer + "post_attention_layernorm.weight",
             ModelPart::kFeedForwardInput);
    AddGroup(&second, {mlp + "down_proj.weight"}, up, ModelPart::kFeedForwardInner);
    blocks_.push_back(std::move(second));
  }
  if (!walk_->float_weights().Has("lm_head.weight")) return;
  Block head{0, 0, "the head", ModelPart::kFinalNorm, {}};
  AddGroup(&head, {"lm_head.weight"}, "model.norm.weight", ModelPart::kFinalNorm);
  blocks_.push_back(std::move(head));
}

// Into the block that blocks_ gets next.
void ScaleFolding::AddGroup(Block* block, std::vector<std::string> members,
                            const std::string& source, ModelPart inputs) {
  Group group;
  group.members = std::move(members);
  group.source = source;
  group.inputs = inputs;
  group.norm = walk_->RankOf(source) < 0;
  const std::string bias = absl::StrCat(absl::StripSuffix(source, ".weight"), ".bias");
  if (group.norm) {
    group.plain = source;
  } else if (walk_->float_weights().Has(bias)) {
    group.plain = bias;
  }
  if (block->groups.empty()) block->first = walk_->RankOf(group.members[0]);
  Decide(&group);
  for (const std::string& member : group.members) block_of_[member] = blocks_.size();
  if (group.reason.empty() && !group.plain.empty()) block_of_[group.plain] = blocks_.size();
  block->groups.push_back(std::move(group));
}

void ScaleFolding::Decide(Group* group) const {
  for (const std::string& member : group->members) {
    const auto found = weights_.find(member);
    const bool folds = found != weights_.end();
    if (folds && !group->any) group->alpha = found->second.alpha;
    group->any |= folds;
    if (!group->reason.empty()) continue;
    if (!folds) {
      group->reason = absl::StrCat(Short(member), " does not become codes by this method");
    } else if (found->second.alpha != group->alpha) {
      group->reason = absl::StrCat(Short(member), " has another method or alpha");
    }
  }
  if (!group->any) group->reason = "nothing becomes codes by this method";
  if (group->any && !group->norm && weights_.count(group->source) == 0) {
    group->reason =
        absl::StrCat(Short(group->source), ", whose rows would be divided, does not become codes");
  }
  if (group->any && group->inputs == ModelPart::kFinalNorm && walk_->config().tied) {
    group->reason = "engines take the embedding in its place (tie_word_embeddings)";
  }
}

int64_t ScaleFolding::FirstRankOf(const std::string& name) const {
  const auto found = block_of_.find(name);
  if (found == block_of_.end() || walk_->RankOf(name) >= 0) return -1;
  return blocks_[found->second].first;
}

std::string ScaleFolding::TakenBy(const std::string& name) const {
  const auto found = block_of_.find(name);
  if (found == block_of_.end()) return std::string();
  for (const Group& group : blocks_[found->second].groups) {
    if (group.plain != name) continue;
    return absl::StrCat("it stays float and takes ", WordOf(group.alpha), " scales");
  }
  return std::string();
}

bool ScaleFolding::SameBlock(const std::string& a, const std::string& b) const {
  const auto first = block_of_.find(a), second = block_of_.find(b);
  return first != block_of_.end() && second != block_of_.end() && first->second == second->second;
}

std::vector<std::string> ScaleFolding::Notes() const {
  std::vector<std::string> lines;
  std::vector<int64_t> counts;
  for (const Block& block : blocks_) {
    for (const Group& group : block.groups) {
      if (!group.any) continue;
      const std::string names = ShortNames(group.members);
      std::string line =
          group.reason.empty()
              ? absl::StrCat(WordOf(group.alpha), " scales for the inputs of ", names,
                             " are folded into ", Short(group.source))
              : absl::StrCat("no scales for the inputs of ", names, ", since ", group.reason);
      const ModelConfig& config = walk_->config();
      if (group.inputs == ModelPart::kAttentionMix && config.heads > config.kv_heads &&
          group.reason.empty()) {
        absl::StrAppend(&line, " (one for the ", config.heads / config.kv_heads,
                        " heads that share a value head)");
      }
      const auto same = std::find(lines.begin(), lines.end(), line);
      if (same == lines.end()) {
        lines.push_back(line);
        counts.push_back(1);
      } else {
        ++counts[static_cast<size_t>(same - lines.begin())];
      }
    }
  }
  for (size_t i = 0; i < lines.size(); ++i) {
    if (counts[i] > 1) absl::StrAppend(&lines[i], ", in ", counts[i], " layers");
  }
  return lines;
}

// Weights of a block and candidates as f32, and what the executor makes of them.
uint64_t ScaleFolding::memory_bytes() const {
  const ModelConfig& config = walk_->config();
  const int64_t mixed = config.heads * config.head_size;
  const int64_t attention = config.width * (2 * mixed + 2 * config.kv_heads * config.head_size);
  const int64_t largest = std::max(attention, 3 * config.width * config.inner);
  const int64_t widest = std::max({config.inner, mixed, config.width});
  return sizeof(float) *
         (4 * static_cast<uint64_t>(largest) + 3 * static_cast<uint64_t>(2 * kSampleIds * widest));
}

absl::StatusOr<Tensor> ScaleFolding::Float(const std::string& name) const {
  PAWL_ASSIGN_OR_RETURN(const Constant constant, walk_->float_weights().Get(name));
  if (constant.quantized != nullptr) {
    return absl::InvalidArgumentError(absl::StrCat("tensor '", name, "' is quantized already"));
  }
  return constant.tensor.ToF32();
}

// Heads that share a value head see the same row of it.
int64_t ScaleFolding::SourceOf(const Group& group, int64_t column) const {
  if (group.inputs != ModelPart::kAttentionMix) return column;
  const ModelConfig& config = walk_->config();
  const int64_t head = column / config.head_size;
  return head / (config.heads / config.kv_heads) * config.head_size + column % config.head_size;
}

// Why values stand in the way; empty where none does.
absl::StatusOr<std::string> ScaleFolding::Unusable(const Group& group) const {
  std::vector<std::string> names = group.members;
  names.push_back(group.source);
  if (!group.plain.empty()) names.push_back(group.plain);
  for (const std::string& name : names) {
    PAWL_ASSIGN_OR_RETURN(const Tensor values, Float(name));
    if (!AllFinite(values)) return absl::StrCat(Short(name), " holds values that are not finite");
  }
  if (group.plain.empty()) return std::string();
  PAWL_ASSIGN_OR_RETURN(const Constant plain, walk_->float_weights().Get(group.plain));
  if (CanRound(plain.tensor.dtype())) return std::string();
  return absl::StrCat(Short(group.plain), " is ", DTypeName(plain.tensor.dtype()));
}

// What stays float takes what its type holds; the columns make up for the rest.
absl::Status ScaleFolding::Apply(const Group& group, absl::Span<const float> scales) {
  PAWL_ASSIGN_OR_RETURN(const Tensor source, Float(group.source));
  std::vector<float> divisors(static_cast<size_t>(source.dim(0)), 1.0f);
  for (size_t c = 0; c < scales.size(); ++c) {
    divisors[static_cast<size_t>(SourceOf(group, static_cast<int64_t>(c)))] = scales[c];
  }
  if (!group.plain.empty()) {
    PAWL_ASSIGN_OR_RETURN(const Constant constant, walk_->float_weights().Get(group.plain));
    const DType dtype = constant.tensor.dtype();
    PAWL_ASSIGN_OR_RETURN(const Tensor before, constant.tensor.ToF32());
    PAWL_ASSIGN_OR_RETURN(Tensor after, before.Clone());
    const float one = group.norm && walk_->config().norms_add_one ? 1.0f : 0.0f;
    for (size_t i = 0; i < divisors.size(); ++i) {
      const float was = before.as<float>()[i] + one;
      if (was == 0.0f) continue;  // whatever it is divided by
      const float stored = RoundTo(dtype, was / divisors[i] - one), is = stored + one;
      const float divisor = was / is;
      if (divisor > 0.5f * divisors[i] && divisor < 2.0f * divisors[i]) {
        divisors[i] = divisor;
        after.mutable_as<float>()[i] = stored;
      } else {
        divisors[i] = 1.0f;
      }
    }
    PAWL_ASSIGN_OR_RETURN(plain_[group.plain], Narrow(after, dtype));
    PAWL_RETURN_IF_ERROR(walk_->Replace(group.plain, std::move(after)));
  }
  std::vector<float> factors(scales.size());
  for (size_t c = 0; c < factors.size(); ++c) {
    factors[c] = divisors[static_cast<size_t>(SourceOf(group, static_cast<int64_t>(c)))];
  }
  for (const std::string& member : group.members) columns_[member] = factors;
  if (!group.norm) rows_[group.source] = std::move(divisors);
  return absl::OkStatus();
}

[[gnu::noinline]] absl::StatusOr<std::string> ScaleFolding::EnterInMode(Block* block,
                                                                        Context& context) {
  std::string note;
  // All are found on the block as it is in float, before any is folded.
  std::vector<std::pair<const Group*, Scales>> found;
  for (const Group& group : block->groups) {
    if (!group.reason.empty()) continue;
    PAWL_ASSIGN_OR_RETURN(const std::string unusable, Unusable(group));
    absl::StrAppend(&note, note.empty() ? "" : "; ");
    if (!unusable.empty()) {
      absl::StrAppend(&note, "no scales for ", ShortNames(group.members), ", since ", unusable);
      continue;
    }
    PAWL_ASSIGN_OR_RETURN(Scales scales, Find(*block, group, context));
    absl::StrAppend(&note, scales.note);
    found.emplace_back(&group, std::move(scales));
  }
  for (const auto& [group, scales] : found) {
    PAWL_RETURN_IF_ERROR(Apply(*group, scales.values));
  }
  if (note.empty()) return note;
  const auto first = std::find_if(block->groups.begin(), block->groups.end(),
                                  [](const Group& group) { return group.reason.empty(); });
  return absl::StrCat(WordOf(first->alpha), " scales in ", block->name, ": ", note);
}

absl::StatusOr<std::string> ScaleFolding::Enter(const std::string& name, Context& context) {
  const auto found = block_of_.find(name);
  if (found == block_of_.end()) return std::string();
  Block& block = blocks_[found->second];
  if (block.entered) return std::string();
  const kernels::FloatEnvironment environment;
  PAWL_RETURN_IF_ERROR(walk_->Enter(walk_->weights()[static_cast<size_t>(block.first)], context));
  PAWL_ASSIGN_OR_RETURN(std::string note, EnterInMode(&block, context));
  block.entered = true;
  return note;
}

absl::StatusOr<Tensor> ScaleFolding::Fold(const std::string& name, const Tensor& weights) const {
  const kernels::FloatEnvironment environment;
  const auto columns = columns_.find(name), rows = rows_.find(name);
  if (columns == columns_.end() && rows == rows_.end()) return weights;
  PAWL_ASSIGN_OR_RETURN(Tensor result, weights.ToF32());
  const auto width = static_cast<size_t>(result.shape().back());
  const absl::Span<float> w = result.mutable_as<float>();
  for (size_t i = 0; i < w.size(); ++i) {
    if (columns != columns_.end()) w[i] *= columns->second[i % width];
    if (rows != rows_.end()) w[i] /= rows->second[i / width];
  }
  return result;
}

absl::StatusOr<Tensor> ScaleFolding::Plain(const std::string& name) const {
  const auto found = plain_.find(name);
  if (found != plain_.end()) return found->second;
  PAWL_ASSIGN_OR_RETURN(const Constant constant, walk_->float_weights().Get(name));
  return constant.tensor;
}

absl::Span<const float> ScaleFolding::ScalesOf(const std::string& name) const {
  const auto found = columns_.find(name);
  return found == columns_.end() ? absl::Span<const float>() : found->second;
}

}  // namespace pawl
