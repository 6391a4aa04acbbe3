// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl bench graph: a model on given inputs, and what each operator, or each node, has of the time.

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/pawl/bench.h"
#include "pawl/model.h"
#include "pawl/npz.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

struct GraphOptions {
  std::string model, inputs, target;
  std::vector<int> threads = {1};
  double seconds = 0.3;
  bool nodes = false;
};

struct Entry {
  std::string name;
  double seconds = 0.0;  // of this run
  double fastest = 0.0;
  int calls = 0;
};

// Times by operator, or by node, each in the run in which it was fastest.
class Shares {
 public:
  explicit Shares(bool nodes) : nodes_(nodes) {}

  void Add(const Node& node, double seconds) {
    std::string name = node.domain.empty() ? node.op : absl::StrCat(node.domain, ".", node.op);
    if (nodes_) absl::StrAppend(&name, " ", node.name);
    const auto [at, is_new] = places_.emplace(name, entries_.size());
    if (is_new) entries_.push_back({name});
    Entry& entry = entries_[at->second];
    entry.seconds += seconds;
    ++entry.calls;
  }
  void EndRun() {
    for (Entry& entry : entries_) {
      entry.fastest = runs_ == 0 ? entry.seconds : std::min(entry.fastest, entry.seconds);
      entry.seconds = 0.0;
    }
    ++runs_;
  }
  // The longest first.
  Json ToJson() const {
    std::vector<Entry> sorted = entries_;
    std::stable_sort(sorted.begin(), sorted.end(),
                     [](const Entry& a, const Entry& b) { return a.fastest > b.fastest; });
    double all = 0.0;
    for (const Entry& entry : sorted) all += entry.fastest;
    Json out = Json::array();
    for (const Entry& entry : sorted) {
      out.push_back({{"name", entry.name},
                     {"calls", entry.calls / std::max(runs_, 1)},
                     {"microseconds", Number(entry.fastest * 1e6)},
                     {"share", Number(all > 0.0 ? entry.fastest / all : 0.0)}});
    }
    return out;
  }

 private:
  bool nodes_;
  int runs_ = 0;
  std::map<std::string, size_t> places_;
  std::vector<Entry> entries_;
};

absl::StatusOr<std::vector<Tensor>> FeedsOf(const Model& model, const std::string& path) {
  auto given = ReadNpz(path);
  if (!given.ok()) return given.status();
  const std::vector<std::string> names = model.input_names();
  std::vector<Tensor> feeds;
  for (const std::string& name : names) {
    auto at = given->find(name);
    if (at == given->end() && names.size() == 1 && given->size() == 1) at = given->begin();
    if (at == given->end()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": has no array '", name, "'"));
    }
    feeds.push_back(at->second);
  }
  return feeds;
}

// Times of runs without a look at the nodes, then the nodes'.
absl::StatusOr<Json> Measure(const GraphOptions& options, int threads) {
  CommonOptions common;
  common.threads = threads;
  common.target = options.target;
  common.progress = "none";
  const auto session = Session::Create(common);
  if (!session.ok()) return session.status();
  Context& context = (*session)->context();
  auto model = Model::Open(options.model);
  if (!model.ok()) return model.status();
  const auto feeds = FeedsOf(*model, options.inputs);
  if (!feeds.ok()) return feeds.status();
  const auto executor = model->executor(&context);
  if (!executor.ok()) return executor.status();
  absl::Status status = (*executor)->Run(*feeds, context).status();
  const auto call = [&] {
    if (status.ok()) status = (*executor)->Run(*feeds, context).status();
  };
  const std::vector<Timing> times = MeasureInTurn(context, options.seconds, {call});
  if (const absl::Status done = CheckDone(times, status, context); !done.ok()) return done;
  Shares shares(options.nodes);
  (*executor)->SetTimer([&](const Node& node, double seconds) { shares.Add(node, seconds); });
  const auto start = std::chrono::steady_clock::now();
  for (double taken = 0.0; taken < options.seconds;) {
    call();
    shares.EndRun();
    taken = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }
  if (!status.ok()) return status;

  Json out;
  out["model"] = options.model;
  out["threads"] = context.threads();
  out["target"] = std::string(context.target());
  AddTimes(times[0], &out);
  out["arena_bytes"] = (*executor)->arena_bytes();
  out["packed_bytes"] = (*executor)->packed_bytes();
  out[options.nodes ? "nodes" : "operators"] = shares.ToJson();
  return out;
}

std::string Text(const Json& result, bool nodes) {
  TextTable table({nodes ? "node" : "operator", "calls", "us a run", "share"}, 1);
  for (const Json& entry : result[nodes ? "nodes" : "operators"]) {
    table.AddRow({entry["name"].get<std::string>(), absl::StrCat(entry["calls"].get<int>()),
                  absl::StrFormat("%.1f", entry["microseconds"].get<double>()),
                  absl::StrFormat("%.3f", entry["share"].get<double>())});
  }
  return absl::StrFormat("%s, %d threads, %s: %.0f us (fastest %.0f)\n\n%s",
                         result["model"].get<std::string>(), result["threads"].get<int>(),
                         result["target"].get<std::string>(), result["median_us"].get<double>(),
                         result["min_us"].get<double>(), table.ToString());
}

absl::StatusOr<int> Run(const GraphOptions& options, bool json) {
  Json all = Json::array();
  for (const int threads : options.threads) {
    absl::StatusOr<Json> result = Measure(options, threads);
    if (!result.ok()) return result.status();
    if (!json) Print(Text(*result, options.nodes));
    all.push_back(*std::move(result));
  }
  if (json) PrintJson(all);
  return kSuccess;
}

}  // namespace

void AddBenchGraph(Arguments& bench, Command& command) {
  Arguments* app = bench.AddSubcommand("graph", "A whole model, and what each operator takes");
  auto o = std::make_shared<GraphOptions>();
  app->Add("MODEL", o->model, "An ONNX file").Required();
  app->Add("--inputs", o->inputs, "An .npz with an array for each input, or an .npy").Required();
  app->Add("--threads", o->threads, "Numbers of threads").Commas().Between(1, 1024).ShowDefault();
  app->Add("--target", o->target, "Instruction set (see `pawl list targets`)");
  app->Add("--seconds", o->seconds, "Time for runs, and again for runs by node")
      .Between(0.001, 3600.0)
      .ShowDefault();
  app->AddFlag("--nodes", o->nodes, "By node instead of by operator");
  AddJson(*app, command.common);
  app->OnUse(
      [o, &command] { command.action = [o, &command] { return Run(*o, command.common.json); }; });
}

}  // namespace pawl::tool
