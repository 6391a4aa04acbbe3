// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl list: the library's own lists of what it knows.

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "examples/pawl/command.h"
#include "pawl/context.h"
#include "pawl/file_format.h"
#include "pawl/recipe.h"
#include "pawl/scheme.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

Json Elements() {
  Json out = Json::array();
  for (const std::string& name : SchemeElements()) {
    const absl::StatusOr<Scheme> scheme = ParseScheme(name);
    if (!scheme.ok()) continue;
    const int bits = scheme->element.bits;
    out.push_back(
        {{"name", name}, {"description", absl::StrCat(bits, bits == 1 ? " bit" : " bits")}});
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

Json MethodList() {
  Json out = Json::array();
  for (const NamedMethod& method : Methods()) {
    out.push_back(
        {{"name", std::string(method.name)}, {"description", std::string(method.description)}});
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
     "Elements: a scheme's text is element[:groups][:offset][:scale], as int4:g128:asym", Elements},
    {"schemes", "Schemes by name", Schemes},
    {"methods", "Methods", MethodList},
    {"targets", "Targets: instruction sets, worst first", Targets},
    {"formats", "File formats", Formats},
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

void AddList(CLI::App& root, Command& command) {
  CLI::App* app = AddSubcommand(root, "list", "Lists what this build knows");
  auto topic = std::make_shared<std::string>();
  app->add_option("TOPIC", *topic, "elements, schemes, methods, targets or formats; default: all");
  AddJson(*app, command.common);
  app->callback([topic, &command] {
    command.action = [topic, &command] { return Run(*topic, command.common.json); };
  });
}

}  // namespace pawl::tool
