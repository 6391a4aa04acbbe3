// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl run: a model on inputs from a file, results into a file.

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/pawl/command.h"
#include "pawl/job_files.h"
#include "pawl/model.h"
#include "pawl/npz.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

struct RunOptions {
  std::string model, inputs, output, max_memory;
  std::vector<std::string> values;
  int repeat = 1;
  bool profile = false;
  bool no_fuse = false;
};

// Time by operator.
struct Profile {
  struct Entry {
    double seconds = 0.0;
    int calls = 0;
  };
  std::map<std::string, Entry> operators;

  void Add(const Node& node, double seconds) {
    Entry& entry =
        operators[node.domain.empty() ? node.op : absl::StrCat(node.domain, ".", node.op)];
    entry.seconds += seconds;
    ++entry.calls;
  }
  std::vector<std::pair<std::string, Entry>> Sorted() const {
    std::vector<std::pair<std::string, Entry>> sorted(operators.begin(), operators.end());
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.second.seconds > b.second.seconds; });
    return sorted;
  }
};

// One array alone is the only input, whatever its name.
absl::StatusOr<NamedTensors> ReadInputs(const Model& model, const RunOptions& options) {
  auto inputs = ReadNpz(options.inputs);
  if (!inputs.ok()) return inputs.status();
  const std::vector<std::string> names = model.input_names();
  if (names.size() == 1 && inputs->size() == 1 && inputs->begin()->first != names[0]) {
    return NamedTensors{{names[0], inputs->begin()->second}};
  }
  return inputs;
}

Json TensorJson(const std::string& name, const Tensor& tensor) {
  Json out;
  out["name"] = name;
  out["dtype"] = std::string(DTypeName(tensor.dtype()));
  out["shape"] = tensor.shape();
  return out;
}

void PrintResult(const RunOptions& options, const NamedTensors& outputs, double best_seconds,
                 const Executor& executor, const Profile& profile, bool json) {
  if (json) {
    Json out;
    out["model"] = options.model;
    out["outputs"] = Json::array();
    for (const auto& [name, tensor] : outputs) out["outputs"].push_back(TensorJson(name, tensor));
    out["microseconds"] = Number(best_seconds * 1e6);
    out["arena_bytes"] = executor.arena_bytes();
    out["packed_bytes"] = executor.packed_bytes();
    for (const auto& [name, entry] : profile.Sorted()) {
      out["operators"].push_back({{"name", name},
                                  {"calls", entry.calls / options.repeat},
                                  {"microseconds", entry.seconds * 1e6 / options.repeat}});
    }
    PrintJson(out);
    return;
  }
  TextTable table({"output", "type", "shape"}, 3);
  for (const auto& [name, tensor] : outputs) {
    table.AddRow({name, std::string(DTypeName(tensor.dtype())), ShapeString(tensor.shape())});
  }
  Print(
      absl::StrCat(table.ToString(), "\n",
                   absl::StrFormat("%.0f us, the best of %d; ", best_seconds * 1e6, options.repeat),
                   HumanBytes(executor.arena_bytes()), " for values, ",
                   HumanBytes(executor.packed_bytes()), " of packed weights\n"));
  if (!options.profile) return;
  TextTable times({"operator", "calls", "us a run"}, 1);
  for (const auto& [name, entry] : profile.Sorted()) {
    times.AddRow({name, absl::StrCat(entry.calls / options.repeat),
                  absl::StrFormat("%.0f", entry.seconds * 1e6 / options.repeat)});
  }
  Print(absl::StrCat("\n", times.ToString()));
}

absl::StatusOr<int> Run(const RunOptions& options, const CommonOptions& common) {
  ExecutorOptions executor_options;
  if (!options.max_memory.empty()) {
    const auto bytes = ParseSize(options.max_memory);
    if (!bytes.ok()) return bytes.status();
    executor_options.max_memory = *bytes;
  }
  executor_options.observe = options.values;
  executor_options.fuse = !options.no_fuse;
  auto session = Session::Create(common);
  if (!session.ok()) return session.status();
  Context& context = (*session)->context();
  auto model = Model::Open(options.model, executor_options);
  if (!model.ok()) return model.status();
  JobFiles files;
  for (const std::string& path : model->graph().files) {
    files.inputs.push_back({"the model's file", path});
  }
  files.inputs.push_back({"--inputs", options.inputs});
  files.outputs.push_back({"the output", options.output});
  if (const absl::Status apart = CheckJobFiles(files); !apart.ok()) return apart;
  const auto inputs = ReadInputs(*model, options);
  if (!inputs.ok()) return inputs.status();
  const auto executor = model->executor(&context);
  if (!executor.ok()) return executor.status();
  NamedTensors seen;  // values that were asked for beside the outputs
  if (!options.values.empty()) {
    (*executor)->SetObserver([&](absl::string_view name, const Tensor& tensor) {
      auto copy = tensor.Clone();
      if (!copy.ok()) return copy.status();
      seen[std::string(name)] = *std::move(copy);
      return absl::OkStatus();
    });
  }
  Profile profile;
  if (options.profile) {
    (*executor)->SetTimer([&](const Node& node, double seconds) { profile.Add(node, seconds); });
  }
  absl::StatusOr<NamedTensors> outputs;
  double best_seconds = 0.0;
  for (int i = 0; i < options.repeat; ++i) {
    const auto start = std::chrono::steady_clock::now();
    outputs = model->Run(*inputs, context);
    if (!outputs.ok()) return outputs.status();
    const std::chrono::duration<double> taken = std::chrono::steady_clock::now() - start;
    if (i == 0 || taken.count() < best_seconds) best_seconds = taken.count();
  }
  outputs->insert(seen.begin(), seen.end());
  if (!options.output.empty()) {
    const absl::Status written =
        WriteNpz(options.output, *outputs, {options.model, options.inputs});
    if (!written.ok()) return written;
  }
  PrintResult(options, *outputs, best_seconds, **executor, profile, common.json);
  return kSuccess;
}

}  // namespace

void AddRun(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand("run", "Runs a model on arrays from a file");
  auto options = std::make_shared<RunOptions>();
  app->Add("MODEL", options->model, "An ONNX file").Required();
  app->Add("--inputs", options->inputs, "An .npz with an array for each input, or an .npy")
      .Required();
  app->Add("-o,--output", options->output, "The .npz to write results to");
  app->Add("--value", options->values, "Also write this inner value (may be repeated)");
  app->Add("--repeat", options->repeat, "Run so many times, report the fastest")
      .Between(1, 1000000);
  app->AddFlag("--no-fuse", options->no_fuse, "Run each node by itself, merge nothing");
  app->AddFlag("--profile", options->profile, "Also report the time of each operator");
  app->Add("--max-memory", options->max_memory, "Bound on memory for values: 512M, 2G ...");
  AddJson(*app, command.common);
  AddThreads(*app, command.common);
  app->OnUse([options, &command] {
    command.action = [options, &command] { return Run(*options, command.common); };
  });
}

}  // namespace pawl::tool
