// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/language_model.h"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/models/decoder_graph.h"
#include "lib/models/encoder_batch.h"
#include "lib/models/encoder_graph.h"
#include "lib/models/model_config.h"
#include "lib/models/weights.h"
#include "pawl/context.h"

namespace pawl {

struct LanguageModel::Impl {
  ModelConfig config;
  LanguageModelOptions options;
  LanguageModelInfo info;
  std::unique_ptr<ModelWeights> weights;
  std::shared_ptr<const Graph> graph, cached;
  std::unique_ptr<Executor> executor, cached_executor;
  std::vector<Tensor> past;  // key and value of each layer
  int64_t done = 0;          // positions in it

  absl::Status Finish();
  absl::Status Check(absl::Span<const int32_t> ids, bool encoder) const;
  absl::Status CheckCount(int64_t count) const;
  absl::StatusOr<absl::Span<const Tensor>> Run(absl::Span<const Tensor> inputs, Context& context);
  absl::StatusOr<std::vector<Tensor>> Inputs(absl::Span<const int32_t> ids, int64_t first) const;
  // Hidden states of sequences that run together.
  absl::StatusOr<Tensor> Encode(absl::Span<const int32_t> ids, absl::Span<const int64_t> lengths,
                                Context& context);
};

namespace {

constexpr int64_t kDefaultPositions = 4096;

LanguageModelInfo InfoOf(const ModelFiles& files) {
  LanguageModelInfo info;
  info.architecture = files.config.architecture;
  info.encoder = files.config.encoder();
  info.vocabulary = files.config.vocabulary;
  info.width = files.config.width;
  info.layers = files.config.layers;
  info.context = files.config.context;
  info.positions = std::min(files.config.context, kDefaultPositions);
  info.byte_level = files.byte_level;
  info.begin_id = files.begin_id;
  files.weights->Count(&info.elements, &info.bytes);
  return info;
}

}  // namespace

double LanguageModelInfo::bits_per_weight() const {
  return elements == 0 ? 0.0 : 8.0 * static_cast<double>(bytes) / static_cast<double>(elements);
}

absl::Status LanguageModel::Impl::Finish() {
  if (options.positions > 0) info.positions = options.positions;
  if (options.executor.dynamic_int8) info.mode = "int8_where_possible";
  if (config.encoder()) {
    if (info.positions > config.context) {
      return absl::InvalidArgumentError(absl::StrCat(info.positions, " positions; the encoder has ",
                                                     config.context, " position embeddings"));
    }
    PAWL_ASSIGN_OR_RETURN(graph, BuildEncoder(config, *weights));
    return absl::OkStatus();
  }
  PAWL_ASSIGN_OR_RETURN(graph, BuildDecoder(config, *weights, info.positions, false));
  return absl::OkStatus();
}

absl::Status LanguageModel::Impl::Check(absl::Span<const int32_t> ids, bool encoder) const {
  if (encoder != info.encoder) {
    return absl::FailedPreconditionError(
        absl::StrCat(weights->path(), " is of '", info.architecture,
                     info.encoder ? "', an encoder: it has hidden states and no logits"
                                  : "', a decoder: its logits are to be had, no hidden states"));
  }
  if (ids.empty()) return absl::InvalidArgumentError("no ids to run");
  for (size_t i = 0; i < ids.size(); ++i) {
    if (ids[i] >= 0 && ids[i] < info.vocabulary) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("id ", ids[i], " (at ", i, ") in a model of ", info.vocabulary, " ids"));
  }
  return absl::OkStatus();
}

absl::Status LanguageModel::Impl::CheckCount(int64_t count) const {
  if (count <= info.positions) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(count, " ids in a model opened for ", info.positions, " positions"));
}

absl::StatusOr<std::vector<Tensor>> LanguageModel::Impl::Inputs(absl::Span<const int32_t> ids,
                                                                int64_t first) const {
  PAWL_RETURN_IF_ERROR(Check(ids, false));
  const auto count = static_cast<int64_t>(ids.size());
  PAWL_RETURN_IF_ERROR(CheckCount(first + count));
  std::vector<int64_t> wide(ids.begin(), ids.end()), positions(ids.size());
  std::iota(positions.begin(), positions.end(), first);
  std::vector<Tensor> inputs(2);
  PAWL_ASSIGN_OR_RETURN(inputs[0], Tensor::FromValues<int64_t>({count}, wide));
  PAWL_ASSIGN_OR_RETURN(inputs[1], Tensor::FromValues<int64_t>({1, count}, positions));
  return inputs;
}

// The whole model, packed in the first run.
absl::StatusOr<absl::Span<const Tensor>> LanguageModel::Impl::Run(absl::Span<const Tensor> inputs,
                                                                  Context& context) {
  if (executor == nullptr) {
    PAWL_ASSIGN_OR_RETURN(executor, Executor::Create(graph, options.executor, &context));
  }
  return executor->Run(inputs, context);
}

LanguageModel::LanguageModel(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
LanguageModel::~LanguageModel() = default;

absl::StatusOr<std::unique_ptr<LanguageModel>> LanguageModel::Open(
    const std::string& path, const LanguageModelOptions& options) {
  auto impl = std::make_unique<Impl>();
  impl->options = options;
  PAWL_ASSIGN_OR_RETURN(ModelFiles files, OpenModelFiles(path));
  impl->info = InfoOf(files);
  impl->config = std::move(files.config);
  impl->weights = std::move(files.weights);
  PAWL_RETURN_IF_ERROR(impl->Finish());
  return std::unique_ptr<LanguageModel>(new LanguageModel(std::move(impl)));
}

const LanguageModelInfo& LanguageModel::info() const { return impl_->info; }
std::shared_ptr<const Graph> LanguageModel::graph() const { return impl_->graph; }

absl::StatusOr<std::shared_ptr<const Graph>> LanguageModel::cached_graph() {
  if (impl_->cached == nullptr) {
    if (impl_->info.encoder) {
      return absl::FailedPreconditionError("an encoder keeps nothing of earlier positions");
    }
    PAWL_ASSIGN_OR_RETURN(
        impl_->cached, BuildDecoder(impl_->config, *impl_->weights, impl_->info.positions, true));
  }
  return impl_->cached;
}

absl::StatusOr<Tensor> LanguageModel::Logits(absl::Span<const int32_t> ids, Context& context) {
  PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, impl_->Inputs(ids, 0));
  PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> outputs, impl_->Run(inputs, context));
  return outputs[0];
}

absl::StatusOr<Tensor> LanguageModel::Impl::Encode(absl::Span<const int32_t> ids,
                                                   absl::Span<const int64_t> lengths,
                                                   Context& context) {
  PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, EncoderInputs(ids, lengths));
  PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> outputs, Run(inputs, context));
  return RowsOfSequences(outputs[0], lengths);
}

absl::StatusOr<Tensor> LanguageModel::Hidden(absl::Span<const int32_t> ids,
                                             absl::Span<const int64_t> lengths, Context& context) {
  PAWL_RETURN_IF_ERROR(impl_->Check(ids, true));
  const int64_t whole[] = {static_cast<int64_t>(ids.size())};
  if (lengths.empty()) lengths = whole;
  int64_t left = whole[0];
  for (const int64_t length : lengths) {
    PAWL_RETURN_IF_ERROR(impl_->CheckCount(length));
    if (length <= 0 || length > left) left = -1;
    if (left < 0) break;
    left -= length;
  }
  if (left != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("the ", lengths.size(), " lengths are not above 0 or their sum is not the ",
                     ids.size(), " ids"));
  }
  if (SequencesTogether(lengths) == lengths.size()) return impl_->Encode(ids, lengths, context);
  PAWL_ASSIGN_OR_RETURN(Tensor all, Tensor::Create(DType::kF32, {whole[0], info().width}));
  float* to = all.mutable_as<float>().data();
  while (!lengths.empty()) {
    const auto group = lengths.subspan(0, SequencesTogether(lengths));
    const int64_t count = std::accumulate(group.begin(), group.end(), int64_t{0});
    PAWL_ASSIGN_OR_RETURN(
        const Tensor rows,
        impl_->Encode(ids.subspan(0, static_cast<size_t>(count)), group, context));
    to = std::copy_n(rows.as<float>().data(), rows.num_elements(), to);
    ids.remove_prefix(static_cast<size_t>(count));
    lengths.remove_prefix(group.size());
  }
  return all;
}

absl::StatusOr<LanguageModelInfo> LanguageModel::ReadInfo(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(const ModelFiles files, OpenModelFiles(path));
  return InfoOf(files);
}

void LanguageModel::Restart() {
  impl_->past.clear();
  impl_->done = 0;
}

absl::StatusOr<Tensor> LanguageModel::Continue(absl::Span<const int32_t> ids, Context& context) {
  PAWL_ASSIGN_OR_RETURN(std::vector<Tensor> inputs, impl_->Inputs(ids, impl_->done));
  PAWL_ASSIGN_OR_RETURN(const std::shared_ptr<const Graph> graph, cached_graph());
  if (impl_->cached_executor == nullptr) {
    PAWL_ASSIGN_OR_RETURN(impl_->cached_executor,
                          Executor::Create(graph, impl_->options.executor, &context));
  }
  const ModelConfig& config = impl_->config;
  while (impl_->past.size() < static_cast<size_t>(2 * config.layers)) {
    PAWL_ASSIGN_OR_RETURN(Tensor none,
                          Tensor::Create(DType::kF32, {1, config.kv_heads, 0, config.head_size}));
    impl_->past.push_back(std::move(none));
  }
  inputs.insert(inputs.end(), impl_->past.begin(), impl_->past.end());
  PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> outputs,
                        impl_->cached_executor->Run(inputs, context));
  for (size_t i = 0; i < impl_->past.size(); ++i) {
    PAWL_ASSIGN_OR_RETURN(impl_->past[i], outputs[i + 1].Clone());
  }
  impl_->done += static_cast<int64_t>(ids.size());
  return outputs[0];
}

}  // namespace pawl
