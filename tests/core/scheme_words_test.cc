// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/scheme_words.h"

#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "catch2/catch_test_macros.hpp"
#include "pawl/scheme.h"

namespace pawl {
namespace {

std::string Filled(absl::string_view word) {
  return absl::StrReplaceAll(word,
                             {{"<N>", "64"}, {"<R>", "128"}, {"<C>", "128"}, {"<AXIS>", "1"}});
}

// Some element takes the part, and it is no part of another list.
bool Parses(absl::string_view part) {
  for (const SchemeWord& element : SchemeElementWords()) {
    if (ParseScheme(absl::StrCat(element.word, ":", Filled(part))).ok()) return true;
  }
  return false;
}

TEST_CASE("The words of schemes are those that the parser takes") {
  std::set<std::string> elements;
  for (const SchemeWord& element : SchemeElementWords()) {
    INFO(element.word);
    CHECK(ParseScheme(element.word).ok());
    CHECK(!element.description.empty());
    elements.insert(std::string(element.word));
  }
  const std::vector<std::string> known = SchemeElements();
  CHECK(elements == std::set<std::string>(known.begin(), known.end()));
  std::set<std::string> parts;
  size_t count = 0;
  for (const auto words :
       {SchemeGroupWords(), SchemeOffsetWords(), SchemeScaleWords(), SchemeOtherWords()}) {
    for (const SchemeWord& part : words) {
      INFO(part.word);
      CHECK(Parses(part.word));
      CHECK(!part.description.empty());
      parts.insert(std::string(part.word));
      ++count;
    }
  }
  CHECK(parts.size() == count);
  // What the parser suggests for a mistyped part is in a list.
  const std::string message(ParseScheme("int8:asymm").status().message());
  CHECK(message.find("'asym'") != std::string::npos);
}

}  // namespace
}  // namespace pawl
