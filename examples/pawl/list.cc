// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl list: the library's own lists of what it knows.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "examples/pawl/command.h"
#include "pawl/context.h"
#include "pawl/file_format.h"
#include "pawl/graph.h"
#include "pawl/recipe_lists.h"
#include "pawl/scheme.h"
#include "pawl/scheme_words.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

Json Entry(absl::string_view name, absl::string_view description) {
  return {{"name", std::string(name)}, {"description", std::string(description)}};
}

template <absl::Span<const SchemeWord> (*words)()>
Json WordsOfSchemes() {
  Json out = Json::array();
  for (const SchemeWord& word : words()) out.push_back(Entry(word.word, word.description));
  return out;
}

template <absl::Span<const NamedMethod> (*words)()>
Json WordsOfRecipes() {
  Json out = Json::array();
  for (const NamedMethod& word : words()) out.push_back(Entry(word.name, word.description));
  return out;
}

Json OperatorList() {
  Json out = Json::array();
  for (const OperatorInfo& info : Operators()) {
    const std::string last = info.max_opset > 0 ? absl::StrCat(" to ", info.max_opset) : " on";
    Json entry = Entry(
        info.name, absl::StrCat(info.domain.empty() ? "" : info.domain,
                                info.domain.empty() ? "opset " : ", opset ", info.min_opset, last));
    entry["domain"] = std::string(info.domain);
    entry["first_opset"] = info.min_opset;
    entry["last_opset"] = info.max_opset > 0 ? Json(info.max_opset) : Json();
    entry["quantization"] = std::string(info.quantization);
    out.push_back(std::move(entry));
  }
  return out;
}

Json Schemes() {
  Json out = Json::array();
  for (const NamedScheme& scheme : NamedSchemes()) {
    out.push_back(
        {{"name", std::string(scheme.name)}, {"description", std::string(scheme.description)}});
  }
  return out;
}

Json Targets() {
  Json out = Json::array();
  const std::vector<absl::string_view> supported = SupportedTargets();
  for (const absl::string_view target : TargetNames()) {
    const bool runs = std::find(supported.begin(), supported.end(), target) != supported.end();
    const bool best = !supported.empty() && supported.back() == target;
    out.push_back({{"name", std::string(target)},
                   {"description", best   ? "runs on this CPU, the default"
                                   : runs ? "runs on this CPU"
                                          : "this CPU lacks it"},
                   {"supported", runs}});
  }
  return out;
}

Json Formats() {
  Json out = Json::array();
  for (const FileFormat& format : FileFormats()) {
    out.push_back({{"name", std::string(format.name)},
                   {"description", absl::StrCat(format.description, format.reads && format.writes
                                                                        ? " (read, write)"
                                                                    : format.reads ? " (read)"
                                                                                   : " (write)")},
                   {"extension", std::string(format.extension)},
                   {"reads", format.reads},
                   {"writes", format.writes}});
  }
  return out;
}

struct Topic {
  const char* name;
  const char* title;
  Json (*list)();
};

// The list of lists: a new one is a line here.
constexpr Topic kTopics[] = {
    {"elements",
     "Elements: a scheme's text is element[:groups][:offset][:scale][:other], as int4:g128:asym",
     WordsOfSchemes<SchemeElementWords>},
    {"groups", "Groups of a scheme: what shares a scale", WordsOfSchemes<SchemeGroupWords>},
    {"offsets", "Offsets of a scheme: where zero is", WordsOfSchemes<SchemeOffsetWords>},
    {"scales", "Types of a scheme's scales", WordsOfSchemes<SchemeScaleWords>},
    {"parts", "Other parts of a scheme", WordsOfSchemes<SchemeOtherWords>},
    {"schemes", "Schemes by name", Schemes},
    {"methods", "Methods (--method)", WordsOfRecipes<Methods>},
    {"ranges", "Ranges of weights (--range)", WordsOfRecipes<RangeWords>},
    {"observers", "Observers of activations, in recipes' calibration",
     WordsOfRecipes<CalibrationObserverWords>},
    {"activation-ranges", "Ranges of activations (--activation-range, and recipes' calibration)",
     WordsOfRecipes<CalibrationRangeWords>},
    {"operator-types", "Types of operators, in recipes' rules", WordsOfRecipes<OperatorTypeWords>},
    {"targets", "Targets: instruction sets, worst first (--target)", Targets},
    {"formats", "File formats", Formats},
    {"checkpoints", "Formats of language models' folders (--format)",
     WordsOfRecipes<ModelFolderList>},
    {"modes", "Modes of ONNX models (--mode)", WordsOfRecipes<GraphModeList>},
    {"engines", "Engines of ONNX models (--target)", WordsOfRecipes<GraphTargetList>},
    {"model-formats", "Forms of static ONNX models (--format)", WordsOfRecipes<GraphFormatList>},
    {"choices", "Choices of a pass over ONNX models (--equalize, --rounding ...)",
     WordsOfRecipes<PassChoiceList>},
    {"operators", "Operators of graphs that Pawl runs", OperatorList},
};

absl::StatusOr<int> Run(const std::string& wanted, bool json) {
  std::vector<std::string> names;
  Json out;
  std::string text;
  for (const Topic& topic : kTopics) {
    names.push_back(topic.name);
    if (!wanted.empty() && wanted != topic.name) continue;
    const Json list = topic.list();
    out[topic.name] = list;
    TextTable table({"name", ""}, 2);
    for (const Json& entry : list) {
      table.AddRow({entry["name"].get<std::string>(), entry["description"].get<std::string>()});
    }
    absl::StrAppend(&text, text.empty() ? "" : "\n", topic.title, "\n\n", table.ToString());
  }
  if (out.is_null()) {
    return UsageError(absl::StrCat("there is no list '", wanted, "'", DidYouMean(wanted, names)));
  }
  if (json) {
    PrintJson(out);
  } else {
    Print(text);
  }
  return kSuccess;
}

}  // namespace

void AddList(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand("list", "Lists what this build knows");
  auto topic = std::make_shared<std::string>();
  std::vector<std::string> names;
  for (const Topic& one : kTopics) names.push_back(one.name);
  app->Add("TOPIC", *topic, absl::StrCat("One of ", absl::StrJoin(names, ", "), "; default: all"));
  AddJson(*app, command.common);
  app->OnUse([topic, &command] {
    command.action = [topic, &command] { return Run(*topic, command.common.json); };
  });
}

}  // namespace pawl::tool
