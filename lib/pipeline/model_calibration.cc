// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/model_calibration.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/models/gguf_names.h"
#include "lib/models/weights.h"
#include "pawl/file_format.h"

namespace pawl {
namespace {

constexpr uint64_t kMaxConfigBytes = uint64_t{16} << 20;
constexpr int64_t kRows = 4096;  // kept as they are, for methods that want them

// The float model that the job reads, never one that is quantized already and lies beside it.
// `settings` becomes the path of its config.json, where it has one.
absl::StatusOr<ModelFiles> OpenFloatModel(const std::string& path, std::string* settings) {
  PAWL_ASSIGN_OR_RETURN(const FileFormatId format, DetectFileFormat(path));
  if (format == FileFormatId::kGguf) return OpenModelFiles(path);
  std::error_code error;
  const std::string folder = std::filesystem::is_directory(path, error) ? path : FolderOf(path);
  *settings = absl::StrCat(folder, "/config.json");
  const absl::StatusOr<std::string> text = ReadFile(*settings, kMaxConfigBytes);
  if (!text.ok()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a calibration text needs a model that runs: ", text.status().message()));
  }
  ModelFiles files;
  PAWL_ASSIGN_OR_RETURN(files.config, ConfigFromJson(*text, *settings));
  PAWL_ASSIGN_OR_RETURN(auto reader, SafetensorsReader::Open(path));
  files.weights = WeightsOf(std::move(reader));
  if (files.config.encoder()) {
    files.weights = EncoderWeights(std::move(files.weights));
    files.begin_id = BeginIdOf(folder);
  }
  return files;
}

absl::StatusOr<Tensor> Decode(const QuantizedTensor& tensor, absl::Span<const int64_t> order,
                              Context& context) {
  PAWL_ASSIGN_OR_RETURN(Tensor rows, Tensor::Create(DType::kF32, tensor.shape));
  PAWL_RETURN_IF_ERROR(Dequantize(tensor, rows.mutable_as<float>(), &context));
  if (order.empty()) return rows;
  PAWL_ASSIGN_OR_RETURN(Tensor out, Tensor::Create(DType::kF32, tensor.shape));
  const auto columns = static_cast<size_t>(tensor.shape[1]);
  for (size_t i = 0; i < order.size(); ++i) {
    std::memcpy(out.mutable_as<float>().data() + static_cast<size_t>(order[i]) * columns,
                rows.as<float>().data() + i * columns, columns * sizeof(float));
  }
  return out;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ModelCalibration>> ModelCalibration::Open(const Job& job,
                                                                         bool rows_permuted,
                                                                         Context& context) {
  std::unique_ptr<ModelCalibration> result(new ModelCalibration(rows_permuted, context));
  PAWL_ASSIGN_OR_RETURN(ModelFiles files, OpenFloatModel(job.input, &result->settings_));
  LayerWalkOptions options;
  options.context = job.calibration_context;
  options.begin_id = files.begin_id;
  for (const RecipeRule& rule : job.recipe.rules) {
    if (rule.skip) continue;
    options.moments |= rule.method.name == "gptq";
    options.pairs |= rule.method.name == "gptq" && rule.method.correction > 0.0;
    // An encoder's smoothquant folds nothing, and looks at rows itself.
    const bool smooth = rule.method.name == "smoothquant" && files.config.encoder();
    if (rule.method.name == "awq" || smooth) options.rows = kRows;
  }
  absl::Span<const int32_t> ids = job.calibration_ids;
  const int64_t most = job.recipe.calibration.max_samples;
  if (most > 0) ids = ids.subspan(0, static_cast<size_t>(most));
  PAWL_ASSIGN_OR_RETURN(result->walk_,
                        LayerWalk::Create(files.config, std::move(files.weights), ids, options));
  result->imatrix_.chunk_size = static_cast<int32_t>(result->walk_->context());
  result->imatrix_.chunks = static_cast<int32_t>(result->walk_->windows());
  return result;
}

std::string ModelCalibration::PlainName(const std::string& name) const {
  const bool encoder = walk_->config().encoder();
  if (const auto plain = HuggingFaceNameOf(name, encoder)) return *plain;
  return encoder ? std::string(absl::StripPrefix(name, kEncoderPrefix)) : name;
}

uint64_t ModelCalibration::Spill(const std::string& output) {
  walk_->Spill(FolderOf(FollowLinks(output)));
  return walk_->stream_bytes();
}

int64_t ModelCalibration::RankOf(const std::string& name) const {
  return walk_->RankOf(PlainName(name));
}

int64_t ModelCalibration::OrderOf(const std::string& name) const {
  const int64_t first = folding_.has_value() ? folding_->FirstRankOf(PlainName(name)) : -1;
  return first >= 0 ? 2 * first : 2 * RankOf(name) + 1;
}

absl::StatusOr<std::vector<std::string>> ModelCalibration::FoldScales(
    const std::map<std::string, FoldedWeight>& weights) {
  if (weights.empty()) return std::vector<std::string>();
  if (walk_->config().encoder()) {
    if (rows_permuted_) {
      return absl::InvalidArgumentError(
          "methods 'awq' and 'smoothquant': an encoder's norms cannot take its scales, and GGUF "
          "has no place for "
          "them; "
          "use gptq or blocks");
    }
    return std::vector<std::string>{
        "scales of columns stay with the codes: what an encoder's norms give is its residual "
        "stream, "
        "too"};
  }
  std::map<std::string, FoldedWeight> plain;
  for (const auto& [name, weight] : weights) plain[PlainName(name)] = weight;
  PAWL_ASSIGN_OR_RETURN(folding_, ScaleFolding::Create(*walk_, std::move(plain)));
  return folding_->Notes();
}

absl::StatusOr<std::string> ModelCalibration::Enter(const std::string& name) {
  if (!folding_.has_value()) return std::string();
  return folding_->Enter(PlainName(name), context_);
}

bool ModelCalibration::SameBlock(const std::string& a, const std::string& b) const {
  return folding_.has_value() && folding_->SameBlock(PlainName(a), PlainName(b));
}

bool ModelCalibration::Folds(const std::string& name) const {
  return folding_.has_value() && folding_->FirstRankOf(PlainName(name)) >= 0;
}

std::string ModelCalibration::TakenBy(const std::string& name) const {
  return folding_->TakenBy(PlainName(name));
}

absl::StatusOr<Tensor> ModelCalibration::Fold(const std::string& name,
                                              const Tensor& weights) const {
  return folding_.has_value() ? folding_->Fold(PlainName(name), weights) : weights;
}

absl::StatusOr<Tensor> ModelCalibration::FoldedPlain(const std::string& name) const {
  return folding_->Plain(PlainName(name));
}

absl::Span<const float> ModelCalibration::ScalesOf(const std::string& name) const {
  return folding_.has_value() ? folding_->ScalesOf(PlainName(name)) : absl::Span<const float>();
}

absl::Status ModelCalibration::DonePlain(const std::string& name, const Tensor& tensor) {
  PAWL_ASSIGN_OR_RETURN(Tensor wide, tensor.ToF32());
  return walk_->Replace(PlainName(name), std::move(wide));
}

bool ModelCalibration::IsEnd(const std::string& name) const {
  const std::string plain = PlainName(name);
  if (walk_->config().encoder()) return !absl::StartsWith(plain, "encoder.");
  return plain == "model.embed_tokens.weight" || plain == "lm_head.weight";
}

absl::Status ModelCalibration::WalkTo(const std::string& name) {
  const std::string plain = PlainName(name);
  PAWL_ASSIGN_OR_RETURN(inputs_, walk_->Inputs(plain, context_));
  if (walk_->StageOf(plain) != stage_) factor_.reset();
  stage_ = walk_->StageOf(plain);
  Gather(plain, inputs_->importance);
  return absl::OkStatus();
}

absl::Status ModelCalibration::Pass(const std::string& name, bool gather) {
  if (RankOf(name) < 0) return absl::OkStatus();
  const std::string plain = PlainName(name);
  PAWL_ASSIGN_OR_RETURN(const LayerInputs* const inputs, walk_->Pass(plain, gather, context_));
  if (gather) Gather(plain, inputs->importance);
  return absl::OkStatus();
}

void ModelCalibration::Gather(const std::string& name, absl::Span<const float> importance) {
  const std::string gguf = GgufNameOf(name).value_or(name);
  if (imatrix_.Find(gguf) != nullptr) return;
  ImatrixEntry entry;
  entry.name = gguf;
  entry.calls = imatrix_.chunks;
  // Of the inputs as they are without scales, for the model that was read.
  const absl::Span<const float> scales = ScalesOf(name);
  for (size_t i = 0; i < importance.size(); ++i) {
    const float scale = scales.empty() ? 1.0f : scales[i];
    entry.sums.push_back(importance[i] * scale * scale * static_cast<float>(entry.calls));
  }
  imatrix_.entries.push_back(std::move(entry));
}

absl::StatusOr<const InputMoments*> ModelCalibration::Moments() {
  if (inputs_->moments.has_value()) return &*inputs_->moments;
  return absl::InternalError("the walk collects no moments");
}

absl::StatusOr<const InputFactor*> ModelCalibration::Factor(const FactorOptions& options) {
  const bool same = factor_.has_value() && factor_options_.damping == options.damping &&
                    factor_options_.by_activation == options.by_activation;
  if (!same) {
    factor_.reset();
    PAWL_ASSIGN_OR_RETURN(const InputMoments* const moments, Moments());
    PAWL_ASSIGN_OR_RETURN(factor_, InputFactor::Create(*moments, options, &context_));
    factor_options_ = options;
  }
  return &*factor_;
}

absl::Status ModelCalibration::Done(const std::string& name, const QuantizedTensor& tensor) {
  const std::string plain = PlainName(name);
  if (walk_->RankOf(plain) < 0 && !IsEnd(name)) return absl::OkStatus();
  const std::vector<int64_t> order =
      rows_permuted_ ? GgufRowOrder(plain, walk_->config()) : std::vector<int64_t>();
  PAWL_ASSIGN_OR_RETURN(Tensor decoded, Decode(tensor, order, context_));
  return walk_->Replace(plain, std::move(decoded));
}

}  // namespace pawl
