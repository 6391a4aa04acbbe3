// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "nlohmann/json.hpp"
#include "pawl/graph.h"
#include "pawl/scheme.h"
#include "tests/command/run_tool.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;
using nlohmann::json;

std::string Out(const std::vector<std::string>& words) {
  const ToolResult result = RunTool(words);
  INFO(result.err);
  REQUIRE(result.exit_code == 0);
  return result.out;
}

}  // namespace

TEST_CASE("list gives the library's lists") {
  const json lists = json::parse(Out({"list", "--json"}));
  CHECK(lists.size() == 19);
  for (const auto& [topic, list] : lists.items()) {
    INFO(topic);
    CHECK(list.size() >= 1);
    for (const json& entry : list) {
      INFO(entry.dump());
      CHECK_FALSE(entry["name"].get<std::string>().empty());
      CHECK_FALSE(entry["description"].get<std::string>().empty());
    }
  }
  CHECK(lists["groups"][3]["name"] == "g<N>");
  CHECK(lists["checkpoints"][4]["name"] == "bitsandbytes");
  CHECK(lists["operators"].size() == Operators().size());
  CHECK(lists["targets"][0]["name"] == "scalar");
  CHECK(lists["schemes"].size() == NamedSchemes().size());
  CHECK(json::parse(Out({"list", "schemes", "--json"})).size() == 1);
  CHECK_THAT(Out({"list"}), ContainsSubstring("q4_k") && ContainsSubstring("nf4") &&
                                ContainsSubstring("safetensors") && ContainsSubstring("rtn"));
}

}  // namespace pawl
