// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/pipeline/graph_rules.h"

#include <map>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/graph/passes/convert.h"
#include "lib/pipeline/patterns.h"
#include "pawl/text.h"

namespace pawl {
namespace {

constexpr absl::string_view kModes[] = {"static", "dynamic", "weight-only", "float16"};
constexpr absl::string_view kTargets[] = {"onnxruntime", "tensorrt"};
constexpr absl::string_view kFormats[] = {"qdq", "qoperator"};
constexpr absl::string_view kChoices[] = {"off", "on", "auto"};

OperatorType TypeOf(const Layer& layer) {
  switch (layer.kind) {
    case LayerKind::kConv:
    case LayerKind::kConvTranspose:
      return OperatorType::kConv;
    case LayerKind::kLinear:
    case LayerKind::kProduct:
      return OperatorType::kLinear;
    case LayerKind::kEmbedding:
      return OperatorType::kEmbedding;
    case LayerKind::kRecurrent:
      break;
  }
  return OperatorType::kOther;
}

// What a pattern may match.
std::vector<std::string> NamesOf(const Graph& graph, const LayerDecision& decision) {
  const Node& node = graph.nodes[static_cast<size_t>(decision.layer.node)];
  std::vector<std::string> names = {decision.name, LayerName(graph, node), node.op};
  if (!decision.in_main()) names.push_back(absl::StrCat(decision.scope, LayerName(graph, node)));
  if (decision.layer.kind != LayerKind::kProduct) {
    names.push_back(graph.value(decision.layer.weights).name);
  }
  if (node.Output(0) != kNoValue) names.push_back(graph.value(node.outputs[0]).name);
  return names;
}

bool Matches(const Pattern& pattern, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (pattern.Matches(name)) return true;
  }
  return false;
}

absl::Status NoMatch(absl::string_view where, const std::string& pattern,
                     const std::vector<LayerDecision>& decisions) {
  std::vector<std::string> names;
  names.reserve(decisions.size());
  for (const LayerDecision& d : decisions) names.push_back(d.name);
  return absl::InvalidArgumentError(
      absl::StrCat(where, ": '", pattern, "' matches no layer", DidYouMeanName(pattern, names)));
}

bool PlainInteger(const Scheme& scheme) {
  return scheme.element.kind == ElementKind::kInt && scheme.offset.kind == OffsetKind::kNone &&
         scheme.table == TableKind::kNone && !scheme.full_range &&
         (scheme.grouping.kind == GroupKind::kTensor ||
          scheme.grouping.kind == GroupKind::kChannel) &&
         scheme.scale.type == kParamF32 && scheme.scale.super_type == kParamNone;
}

absl::Status SchemeOf(const RecipeRule& rule, GraphMode mode, const std::string& where,
                      LayerDecision* d) {
  if (rule.method.name != "rtn") {
    return absl::InvalidArgumentError(absl::StrCat(where, ": method '", rule.method.name,
                                                   "' is not for whole models, which have rtn"));
  }
  d->scheme_text = rule.scheme;
  // An element alone has groups below 8 bits elsewhere; integer kernels have channels.
  const bool channels = (mode == GraphMode::kStatic || mode == GraphMode::kDynamic) &&
                        absl::StartsWith(rule.scheme, "int") &&
                        !absl::StrContains(rule.scheme, ':');
  PAWL_ASSIGN_OR_RETURN(
      d->scheme, ParseScheme(channels ? absl::StrCat(rule.scheme, ":channel:f32") : rule.scheme));
  d->method = rule.method;
  d->weights.range = rule.method.range;
  d->weights.percentile = rule.method.percentile;
  d->weights.per_channel = d->scheme.grouping.kind == GroupKind::kChannel;
  d->weights.bits = d->scheme.element.bits;
  const auto lacks = [&](absl::string_view has) {
    return absl::InvalidArgumentError(
        absl::StrCat(where, ": scheme '", rule.scheme, "' is not for ",
                     kModes[static_cast<size_t>(mode)], " jobs, which have ", has));
  };
  switch (mode) {
    case GraphMode::kStatic:
    case GraphMode::kDynamic:
      if (!PlainInteger(d->scheme)) return lacks("int2 to int8, channel or tensor, and int16");
      if (d->scheme.element.bits == 16) {
        if (mode == GraphMode::kDynamic) return lacks("int2 to int8, channel or tensor");
        d->wide = true;
        d->weights.bits = 8;
      }
      return absl::OkStatus();
    case GraphMode::kWeightOnly: {
      const ElementKind kind = d->scheme.element.kind;
      const bool integer = (kind == ElementKind::kInt || kind == ElementKind::kUint) &&
                           d->scheme.element.bits <= 8 && d->scheme.scale.super_type == kParamNone;
      const bool grouped = d->scheme.grouping.kind == GroupKind::kAlongRow;
      const bool offset = d->scheme.offset.kind == OffsetKind::kNone ||
                          d->scheme.offset.kind == OffsetKind::kZeroPoint;
      if (!integer || !offset || (!grouped && !PlainInteger(d->scheme))) {
        return lacks("int4, uint4, int8 and uint8 in groups, and int2 to int8, channel or tensor");
      }
      return absl::OkStatus();
    }
    case GraphMode::kFloat16:
      if (d->scheme.element.kind != ElementKind::kF16) return lacks("f16");
      return absl::OkStatus();
  }
  return absl::OkStatus();
}

// Recurrent layers have no operator type of their own: rules for any operator are for them, too.
bool OperatorMatches(const RecipeRule& rule, const LayerDecision& d) {
  if (rule.op != OperatorType::kAny) return rule.op == d.op;
  return d.op != OperatorType::kOther || d.layer.kind == LayerKind::kRecurrent ||
         !rule.pattern.empty();
}

void AddLayers(const Graph& graph, const SubgraphPath& path,
               const std::shared_ptr<const Graph>& subgraph, const std::string& scope,
               std::vector<LayerDecision>* decisions) {
  for (Layer& layer : FindLayers(graph)) {
    LayerDecision d;
    d.path = path;
    d.subgraph = subgraph;
    d.scope = scope;
    d.name = LayerName(graph, graph.nodes[static_cast<size_t>(layer.node)]);
    d.layer = std::move(layer);
    d.op = TypeOf(d.layer);
    d.reason = "no rule matches it";
    decisions->push_back(std::move(d));
  }
}

// "choice/then_branch/": the node that has the subgraph, and which of its attributes.
std::string ScopeWithin(const std::string& scope, const Graph& outer, const SubgraphStep& step) {
  const Node& node = outer.nodes[static_cast<size_t>(step.node)];
  const Attribute& attribute = node.attributes[static_cast<size_t>(step.attribute)];
  const std::string number =
      attribute.kind == AttributeKind::kGraphs ? absl::StrCat("/", step.graph) : "";
  return absl::StrCat(scope, LayerName(outer, node), "/", attribute.name, number, "/");
}

// Names that several layers have become `other` of each.
template <typename Other>
void TellApart(std::vector<LayerDecision>* decisions, Other other) {
  std::map<std::string, int> count;
  for (const LayerDecision& d : *decisions) ++count[d.name];
  for (LayerDecision& d : *decisions) {
    if (count[d.name] > 1) d.name = other(d);
  }
}

// Nodes need no name of their own: two of one name are told apart by where they are, else by their
// first outputs.
std::vector<LayerDecision> AllLayers(const Graph& graph, bool subgraphs) {
  std::vector<LayerDecision> decisions;
  AddLayers(graph, {}, nullptr, "", &decisions);
  struct Place {
    std::shared_ptr<const Graph> own;
    std::string scope;
  };
  std::map<SubgraphPath, Place> seen;
  const auto add = [&](const SubgraphPath& path, const std::shared_ptr<const Graph>& own) {
    const SubgraphPath outside(path.begin(), path.end() - 1);
    const Graph& outer = outside.empty() ? graph : *seen[outside].own;
    seen[path] = {own, ScopeWithin(seen[outside].scope, outer, path.back())};
    AddLayers(*own, path, own, seen[path].scope, &decisions);
  };
  if (subgraphs) ForEachSubgraph(graph, add);
  const auto by_output = [&](const LayerDecision& d) {
    const Graph& of = d.graph(graph);
    const ValueId output = of.nodes[static_cast<size_t>(d.layer.node)].Output(0);
    return output == kNoValue ? d.name : absl::StrCat(d.scope, of.value(output).name);
  };
  TellApart(&decisions, [&](const LayerDecision& d) {
    return d.in_main() ? by_output(d) : absl::StrCat(d.scope, d.name);
  });
  TellApart(&decisions, by_output);
  return decisions;
}

}  // namespace

absl::Span<const absl::string_view> GraphModeWords() { return kModes; }
absl::Span<const absl::string_view> GraphTargetWords() { return kTargets; }
absl::Span<const absl::string_view> GraphFormatWords() { return kFormats; }
absl::Span<const absl::string_view> PassChoiceWords() { return kChoices; }

Recipe RecipeFor(const GraphJob& job) {
  Recipe recipe = job.recipe;
  if (!recipe.rules.empty()) return recipe;
  switch (job.mode) {
    case GraphMode::kStatic:
    case GraphMode::kDynamic:
      recipe.rules = Recipe::ForScheme("int8").rules;
      break;
    case GraphMode::kWeightOnly: {
      recipe.rules = Recipe::ForScheme("int4:g32:f32").rules;
      recipe.rules[0].op = OperatorType::kLinear;
      recipe.rules.push_back(Recipe::ForScheme("int8").rules[0]);
      break;
    }
    case GraphMode::kFloat16:
      recipe.rules = Recipe::ForScheme("f16").rules;
      break;
  }
  return recipe;
}

absl::StatusOr<std::vector<LayerDecision>> DecideLayers(const Graph& graph, const Recipe& recipe,
                                                        GraphMode mode) {
  std::vector<LayerDecision> decisions = AllLayers(graph, mode != GraphMode::kFloat16);
  std::vector<std::vector<std::string>> names;
  names.reserve(decisions.size());
  for (const LayerDecision& d : decisions) names.push_back(NamesOf(d.graph(graph), d));
  std::vector<bool> settled(decisions.size(), false);
  for (size_t i = 0; i < recipe.exclude.size(); ++i) {
    const std::string where = absl::StrCat("exclude[", i, "]");
    PAWL_ASSIGN_OR_RETURN(const Pattern pattern, Pattern::Compile(recipe.exclude[i], where));
    bool any = false;
    for (size_t k = 0; k < decisions.size(); ++k) {
      if (!Matches(pattern, names[k])) continue;
      any = settled[k] = true;
      decisions[k].reason = absl::StrCat("excluded by '", recipe.exclude[i], "'");
    }
    if (!any) return NoMatch(where, recipe.exclude[i], decisions);
  }
  for (size_t r = 0; r < recipe.rules.size(); ++r) {
    const RecipeRule& rule = recipe.rules[r];
    const std::string where = absl::StrCat("rules[", r, "]");
    PAWL_ASSIGN_OR_RETURN(const Pattern pattern, Pattern::Compile(rule.pattern, where));
    bool any = rule.pattern.empty();
    for (size_t k = 0; k < decisions.size(); ++k) {
      const bool matches = Matches(pattern, names[k]);
      any |= matches;
      if (settled[k] || !matches || !OperatorMatches(rule, decisions[k])) continue;
      settled[k] = true;
      decisions[k].rule = static_cast<int32_t>(r);
      decisions[k].reason = rule.skip ? "a rule keeps it" : "";
      if (rule.skip) continue;
      decisions[k].quantize = true;
      PAWL_RETURN_IF_ERROR(SchemeOf(rule, mode, where, &decisions[k]));
    }
    if (!any) return NoMatch(where, rule.pattern, decisions);
  }
  return decisions;
}

bool KeepsFloatActivations(const GraphJob& job, const Graph& graph, const Layer& layer) {
  if (layer.kind == LayerKind::kEmbedding || layer.kind == LayerKind::kConvTranspose) return true;
  return layer.kind == LayerKind::kRecurrent &&
         (job.target != GraphTarget::kOnnxRuntime ||
          !HasDynamicForm(graph.nodes[static_cast<size_t>(layer.node)]));
}

absl::Status FollowLayers(const Graph& graph, absl::string_view pass,
                          std::vector<LayerDecision>* decisions) {
  std::map<SubgraphPath, std::shared_ptr<const Graph>> subgraphs;
  ForEachSubgraph(graph, [&](const SubgraphPath& path, const std::shared_ptr<const Graph>& own) {
    subgraphs[path] = own;
  });
  for (LayerDecision& d : *decisions) {
    if (!d.in_main()) d.subgraph = subgraphs[d.path];
    const auto layer = LayerOf(d.graph(graph), d.layer.node);
    if (!layer.has_value()) {
      return absl::InternalError(absl::StrCat("'", d.name, "' is no layer after ", pass));
    }
    d.layer = *layer;
  }
  return absl::OkStatus();
}

}  // namespace pawl
