// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl pack: a quantized model in the form that it runs in, to be mapped at start-up.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "examples/pawl/option_rules.h"
#include "pawl/job_files.h"
#include "pawl/packed.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

struct Options {
  const Arguments* app = nullptr;  // knows what was typed
  std::string input;
  std::string output;
  std::string mode = "dynamic_int8";
  std::string activation_groups = "per_token";
  bool round_levels = false;
  std::vector<std::string> weight_only, embeddings, keep;
};

bool Among(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

// What becomes of a tensor of the model.
struct Planned {
  std::string tensor;
  std::string becomes;
  std::string reason;
};

struct Plan {
  std::vector<PackedLayer> layers;
  std::vector<Planned> tensors;
};

absl::Status CheckNames(const PawlReader& model, const Options& o) {
  for (const auto* names : {&o.weight_only, &o.embeddings, &o.keep}) {
    for (const std::string& name : *names) {
      if (model.Contains(name)) continue;
      const std::vector<std::string> known(model.names().begin(), model.names().end());
      return UsageError(absl::StrCat("'", o.input, "' has no tensor '", Printable(name), "'",
                                     DidYouMean(name, known)));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Plan> MakePlan(const PawlReader& model, const Options& o) {
  if (const absl::Status known = CheckNames(model, o); !known.ok()) return known;
  Plan plan;
  for (const std::string& name : model.names()) {
    const absl::StatusOr<PawlEntry> entry = model.Entry(name);
    if (!entry.ok()) return entry.status();
    const auto keep = [&](const char* why) { plan.tensors.push_back({name, "kept", why}); };
    if (!entry->quantized) {
      keep("not quantized");
      continue;
    }
    PackedLayer layer;
    layer.tensor = name;
    if (Among(o.keep, name)) {
      keep("--keep");
    } else if (Among(o.embeddings, name)) {
      layer.kind = PackedKind::kEmbedding;
      plan.layers.push_back(layer);
      plan.tensors.push_back({name, "embedding", ""});
    } else if (entry->shape.size() != 2) {
      keep("not a matrix");
    } else {
      const bool integer = o.mode == "dynamic_int8" && !Among(o.weight_only, name);
      layer.options.mode = integer ? LinearMode::kDynamicInt8 : LinearMode::kWeightOnly;
      layer.options.round_levels = o.round_levels;
      layer.options.activation_groups = o.activation_groups == "per_token"
                                            ? ActivationScale::kPerToken
                                            : ActivationScale::kPerTokenAndGroup;
      plan.layers.push_back(layer);
      plan.tensors.push_back(
          {name, absl::StrCat("linear ", LinearModeName(layer.options.mode)), ""});
    }
  }
  return plan;
}

void Report(const Plan& plan, const Options& o, uint64_t before, uint64_t after, bool json) {
  if (!json) {
    TextTable table({"tensor", "becomes", "reason"}, 3);
    for (const Planned& t : plan.tensors) table.AddRow({t.tensor, t.becomes, t.reason});
    Print(absl::StrCat(table.ToString(), "\nwrote ", Printable(o.output), ": ", plan.layers.size(),
                       " layers packed, ", HumanBytes(after), " (", Printable(o.input), ": ",
                       HumanBytes(before), ")\n"));
    return;
  }
  Json out;
  out["input"] = o.input;
  out["output"] = o.output;
  out["layout"] = PackedLayout();
  out["input_bytes"] = before;
  out["output_bytes"] = after;
  out["packed"] = plan.layers.size();
  out["tensors"] = Json::array();
  for (const Planned& t : plan.tensors) {
    Json one;
    one["name"] = t.tensor;
    one["becomes"] = t.becomes;
    if (!t.reason.empty()) one["reason"] = t.reason;
    out["tensors"].push_back(one);
  }
  PrintJson(out);
}

// Options that only integer arithmetic has.
absl::Status CheckMode(const Options& o) {
  const bool integer = o.mode == "dynamic_int8";
  const char* const why = "it is for --mode dynamic_int8";
  return CheckOptions(*o.app, {{"--activation-groups", integer, why},
                               {"--round-levels", integer, why},
                               {"--weight-only", integer, "all layers of this mode are"}});
}

absl::StatusOr<int> Run(const Options& o, const CommonOptions& common) {
  if (const absl::Status fit = CheckMode(o); !fit.ok()) return fit;
  const auto model = PawlReader::Open(o.input);
  if (!model.ok()) return model.status();
  const absl::Status apart =
      CheckJobFiles({{{"the model", o.input}}, {{"the output", o.output}}, {}});
  if (!apart.ok()) return apart;
  const absl::StatusOr<Plan> plan = MakePlan(**model, o);
  if (!plan.ok()) return plan.status();
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    const absl::Status done = PackModel(**model, plan->layers, o.output, &(*session)->context());
    if (!done.ok()) return done;
  }
  const auto written = PawlReader::Open(o.output);
  if (!written.ok()) return written.status();
  Report(*plan, o, (*model)->file_size(), (*written)->file_size(), common.json);
  return kSuccess;
}

}  // namespace

void AddPack(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand(
      "pack", "Packs a quantized model's layers as they run, to be mapped at start-up");
  auto o = std::make_shared<Options>();
  o->app = app;
  const auto names = [&](const char* flag, std::vector<std::string>& value, const char* text) {
    app->Add(flag, value, text).Commas();
  };
  app->Add("IN", o->input, "A .pawl file of quantized tensors").Required();
  app->Add("-o,--output", o->output, "The .pawl file to write").Required();
  app->Add("--mode", o->mode, "Arithmetic of linear layers")
      .OneOf({"dynamic_int8", "weight_only"})
      .ShowDefault();
  app->Add("--activation-groups", o->activation_groups, "What shares an activation scale")
      .OneOf({"per_token", "per_token_and_group"})
      .ShowDefault();
  app->AddFlag("--round-levels", o->round_levels,
               "dynamic_int8 rounds level tables that are no integers (an approximation)");
  names("--weight-only", o->weight_only, "Tensors that become layers of mode weight_only");
  names("--embedding", o->embeddings, "Tensors that become embeddings");
  names("--keep", o->keep, "Tensors that stay as they are");
  AddThreads(*app, command.common);
  AddJson(*app, command.common);
  app->OnUse([o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
