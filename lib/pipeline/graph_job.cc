// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/graph_job.h"

#include <chrono>
#include <cmath>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/float_env.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/passes.h"
#include "lib/pipeline/graph_convert_search.h"
#include "lib/pipeline/graph_prepare.h"
#include "lib/pipeline/graph_rules.h"
#include "lib/pipeline/graph_runnable.h"
#include "lib/pipeline/graph_static_job.h"
#include "lib/pipeline/job_paths.h"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "pawl/onnx.h"
#include "pawl/version.h"

namespace pawl {
namespace {

uint64_t InitialiserBytes(const Graph& graph) {
  uint64_t bytes = 0;
  for (const Value& value : graph.values) {
    if (value.constant != nullptr) bytes += value.constant->tensor.size_bytes();
  }
  for (const Node& node : graph.nodes) {
    for (const Attribute& attribute : node.attributes) {
      for (const Tensor& tensor : attribute.tensors) bytes += tensor.size_bytes();
      for (const auto& subgraph : attribute.graphs) bytes += InitialiserBytes(*subgraph);
    }
  }
  return bytes;
}

class Runner {
 public:
  Runner(const GraphJob& job, Context& context) : job_(job), context_(context) {}

  absl::StatusOr<GraphReport> Run() {
    const auto start = std::chrono::steady_clock::now();
    PAWL_RETURN_IF_ERROR(Open());
    PAWL_RETURN_IF_ERROR(Decide());
    if (!job_.dry_run) {
      PAWL_RETURN_IF_ERROR(Reference());
      PAWL_RETURN_IF_ERROR(Quantize());
      PAWL_RETURN_IF_ERROR(Write());
    }
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    report_.seconds = taken.count();
    return std::move(report_);
  }

 private:
  absl::Status Open() {
    if (job_.mode != GraphMode::kStatic &&
        (job_.max_drop >= 0 || job_.format != GraphFormat::kQdq)) {
      return absl::InvalidArgumentError(
          "a bound (max_drop) and the QOperator form are for static jobs");
    }
    recipe_ = RecipeFor(job_);
    PAWL_RETURN_IF_ERROR(recipe_.Validate());
    PAWL_ASSIGN_OR_RETURN(original_, OpenModel(job_));
    PAWL_ASSIGN_OR_RETURN(samples_, OpenSamples(job_, *original_));
    PAWL_RETURN_IF_ERROR(CheckFiles(job_, *original_, samples_.files));
    if (job_.mode == GraphMode::kStatic && samples_.count == 0 && !job_.dry_run) {
      return absl::InvalidArgumentError(
          "a static job needs samples to find the ranges of activations: give a .npz with an array "
          "for each input, or a folder of such files");
    }
    report_.input = original_->source;
    report_.output = job_.dry_run ? "" : job_.output;
    report_.mode = std::string(GraphModeWords()[static_cast<size_t>(job_.mode)]);
    report_.target = std::string(GraphTargetWords()[static_cast<size_t>(job_.target)]);
    report_.format = std::string(GraphFormatWords()[static_cast<size_t>(job_.format)]);
    report_.dry_run = job_.dry_run;
    report_.threads = context_.threads();
    report_.cpu_target = std::string(context_.target());
    report_.bytes_before = InitialiserBytes(*original_);
    return absl::OkStatus();
  }

  absl::Status Decide() {
    PAWL_ASSIGN_OR_RETURN(prepared_, PrepareGraph(*original_, job_, recipe_, context_));
    PAWL_ASSIGN_OR_RETURN(split_, SplitRunnable(prepared_));
    prepared_ = split_.whole;
    PAWL_ASSIGN_OR_RETURN(decisions_, DecideLayers(*prepared_, recipe_, job_.mode));
    RefuseWhatModeLacks(job_, *prepared_, &decisions_);
    runnable_layers_ = decisions_.size();
    if (job_.mode == GraphMode::kStatic) runnable_layers_ = LeaveUnrunnable(split_, &decisions_);
    report_.recipe = recipe_.ToJson();
    for (const std::string& key : recipe_.ignored_keys) {
      report_.notes.push_back(
          absl::StrCat(key, " was ignored: this version does not know the key"));
    }
    for (const std::string& note : SubgraphNotes(*prepared_, job_.mode))
      report_.notes.push_back(note);
    for (const std::string& node : split_.unknown) {
      report_.notes.push_back(absl::StrCat(
          node,
          ": Pawl has no operator for it; the file has the node as it was, and what is "
          "compared are values before it"));
    }
    DescribeLayers(*prepared_, decisions_, job_, &report_);
    if (report_.quantized_count() == 0 && job_.mode != GraphMode::kFloat16) {
      return absl::InvalidArgumentError(
          absl::StrCat(original_->source, ": there is nothing to quantize",
                       decisions_.empty()
                           ? ": it has no layers that the mode takes"
                           : absl::StrCat("; '", decisions_[0].name, "': ", decisions_[0].reason)));
    }
    return absl::OkStatus();
  }

  // What the float model gives on some samples.
  absl::Status Reference() {
    compared_graph_ = original_;
    if (split_.part != nullptr) {
      auto part = std::make_shared<Graph>(*split_.part);
      // Values within have other types there.
      if (job_.mode == GraphMode::kFloat16) part->outputs.resize(split_.own_outputs);
      compared_graph_ = std::move(part);
      if (compared_graph_->outputs.empty()) return absl::OkStatus();
    }
    auto outputs =
        ReferenceOutputs(compared_graph_, samples_, std::max<int64_t>(1, job_.check_samples),
                         job_.max_memory, context_);
    if (absl::IsUnimplemented(outputs.status())) {
      return absl::UnimplementedError(absl::StrCat(
          outputs.status().message(),
          "; with samples such a node must run, without them dynamic, weight-only and float16 jobs "
          "leave it as it is"));
    }
    PAWL_ASSIGN_OR_RETURN(pawl::Reference reference, std::move(outputs));
    compared_ = std::move(reference.which);
    reference_ = std::move(reference.outputs);
    report_.samples_compared = static_cast<int64_t>(compared_.size());
    return absl::OkStatus();
  }

  absl::Status Quantize() {
    StaticInput input;
    input.graph = prepared_;
    input.decisions = decisions_;
    input.samples = samples_;
    input.calibration = recipe_.calibration;
    input.passes = job_.passes;
    input.max_memory = job_.max_memory;
    input.compared = compared_;
    input.reference = reference_;
    if (job_.mode == GraphMode::kStatic) {
      if (split_.part != nullptr) input.graph = split_.part;
      input.decisions.resize(runnable_layers_);
      PAWL_ASSIGN_OR_RETURN(result_, RunStaticJob(job_, std::move(input), &report_, context_));
      PAWL_RETURN_IF_ERROR(AppendRest(split_, *result_));
    } else {
      if (split_.part != nullptr) input.compared.clear();  // what is made has to run for that
      PAWL_ASSIGN_OR_RETURN(result_, RunConvertJob(job_, input, &report_, context_));
    }
    PAWL_RETURN_IF_ERROR(RemoveUnused(*result_));
    result_->producer_name = "pawl";
    result_->producer_version = VersionString();
    report_.bytes_after = InitialiserBytes(*result_);
    return absl::OkStatus();
  }

  std::string Where() const { return job_.output.empty() ? "the quantized model" : job_.output; }

  // Runs what was read back: it must give what the graph in memory gives.
  absl::Status Check(const std::shared_ptr<const Graph>& read) {
    PAWL_ASSIGN_OR_RETURN(const auto runs, RunnablePart(read, compared_graph_.get()));
    if (compared_.empty()) {
      const auto executor = Executor::Create(runs, {}, &context_);
      if (executor.ok()) return absl::OkStatus();
      if (!absl::IsUnimplemented(executor.status())) return executor.status();
      report_.notes.push_back(absl::StrCat("not run: ", executor.status().message(),
                                           "; the file has the node as it was"));
      return absl::OkStatus();
    }
    context_.Report(Progress{"check", Where(), 0, 0, "samples"});
    PAWL_ASSIGN_OR_RETURN(const GraphOutputs got,
                          RunSamples(runs, samples_, compared_, job_.max_memory, context_));
    PAWL_ASSIGN_OR_RETURN(const auto written, RunnablePart(result_, compared_graph_.get()));
    PAWL_ASSIGN_OR_RETURN(const GraphOutputs memory,
                          RunSamples(written, samples_, compared_, job_.max_memory, context_));
    PAWL_ASSIGN_OR_RETURN(const auto own, CompareOutputs(*compared_graph_, memory, got));
    for (const OutputError& error : own) {
      if (error.noise != 0) {
        return absl::DataLossError(absl::StrCat(Where(),
                                                ": what was written gives another output '",
                                                error.name, "' than the graph in memory"));
      }
    }
    PAWL_ASSIGN_OR_RETURN(const auto errors, CompareOutputs(*compared_graph_, reference_, got));
    for (const OutputError& error : errors) {
      GraphOutputReport out{error.name, error.sqnr_db(), error.max_error, {}};
      if (error.decisions > 0) out.same_decision = error.agreeing / error.decisions;
      report_.outputs.push_back(std::move(out));
    }
    return absl::OkStatus();
  }

  absl::Status Write() {
    if (context_.cancelled()) return absl::CancelledError("cancelled by the caller");
    report_.result = result_;
    if (job_.output.empty()) return WriteToMemory();
    OnnxWriteOptions options;
    options.check = [this](const std::string& path) -> absl::Status {
      PAWL_ASSIGN_OR_RETURN(const auto read, ReadOnnx(path));
      read->source = Where();  // the name that it will have
      return Check(read);
    };
    std::vector<std::string> inputs = original_->files;
    inputs.insert(inputs.end(), samples_.files.begin(), samples_.files.end());
    PAWL_RETURN_IF_ERROR(WriteOnnx(*result_, job_.output, options, inputs));
    std::error_code error;
    const auto size = std::filesystem::file_size(job_.output, error);
    if (!error) report_.file_bytes = size;
    return absl::OkStatus();
  }

  // The same check where no file is asked for.
  absl::Status WriteToMemory() {
    const auto buffer = std::make_shared<MemoryBuffer>();
    PAWL_RETURN_IF_ERROR(WriteOnnx(*result_, buffer, Where()));
    report_.file_bytes = buffer->bytes().size();
    PAWL_ASSIGN_OR_RETURN(const auto read, ReadOnnxMemory(buffer->bytes(), buffer, Where()));
    return Check(read);
  }

  const GraphJob& job_;
  Context& context_;
  Recipe recipe_;
  std::shared_ptr<const Graph> original_, prepared_;
  std::shared_ptr<Graph> result_;
  SplitGraph split_;  // of the prepared graph
  std::shared_ptr<const Graph> compared_graph_;
  std::vector<LayerDecision> decisions_;
  size_t runnable_layers_ = 0;  // the first ones; a static job leaves the others
  GraphSamples samples_;
  std::vector<int64_t> compared_;
  GraphOutputs reference_;
  GraphReport report_;
};

}  // namespace

absl::StatusOr<GraphReport> RunGraphJob(const GraphJob& job, Context& context) {
  return Runner(job, context).Run();
}

}  // namespace pawl
