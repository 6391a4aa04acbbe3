// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/text.h"

#include <limits>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "lib/pipeline/patterns.h"

namespace pawl {

TEST_CASE("Sizes have four digits at most, rounded within their unit") {
  CHECK(HumanBytes(0) == "0 B");
  CHECK(HumanBytes(999) == "999 B");
  CHECK(HumanBytes(1000) == "1.0 KB");
  CHECK(HumanBytes(90'868'376) == "90.9 MB");
  CHECK(HumanBytes(999'949) == "999.9 KB");
  CHECK(HumanBytes(999'950) == "1.0 MB");
  CHECK(HumanBytes(std::numeric_limits<uint64_t>::max()) == "18.4 EB");
}

TEST_CASE("Decibels of an exact copy are a word") {
  CHECK(DecibelText(43.214) == "43.21");
  CHECK(DecibelText(std::numeric_limits<double>::infinity()) == "exact");
  CHECK(DecibelText(-3.0) == "-3.00");
}

TEST_CASE("Control characters are shown, other bytes are kept") {
  CHECK(Printable("plain, \xC3\xA4") == "plain, \xC3\xA4");
  CHECK(Printable("a\x1b[31m\n\x7f") == "a\\x1b[31m\\x0a\\x7f");
  CHECK(Printable(absl::string_view("\0", 1)) == "\\x00");
}

TEST_CASE("Columns align by characters, and lines have no trailing spaces") {
  TextTable table({"name", "size"}, 1);
  table.AddRow({"\xC3\xA4", "1"});
  table.AddRow({"longer", "100"});
  table.AddRow({"bad\n"});
  CHECK(table.ToString() ==
        "name     size\n"
        "-------------\n"
        "\xC3\xA4           1\n"
        "longer    100\n"
        "bad\\x0a\n");
}

TEST_CASE("Suggestions are the nearest words, best first, three at most") {
  const std::vector<std::string> words = {"inspect", "quantize", "verify", "list"};
  CHECK(DidYouMean("quantise", words).substr(0, 28) == "; did you mean 'quantize', '");
  CHECK(DidYouMean("x", std::vector<std::string>()).empty());
}

TEST_CASE("A pattern is like the names that nearly hold it, not like those of its length") {
  const std::vector<std::string> names = {"pooler.dense.bias",
                                          "encoder.layer.7.attention.self.query.weight",
                                          "embeddings.word_embeddings.weight",
                                          "encoder.layer.5.attention.output.dense.weight",
                                          "encoder.layer.5.attention.output.dense.bias",
                                          "lm_head.bias"};
  const auto first = [&](const char* pattern) {
    const std::string text = DidYouMeanName(pattern, names);
    INFO(text);
    REQUIRE(text.size() > 16);
    return text.substr(16, text.find('\'', 16) - 16);
  };
  CHECK(first("qurey") == "encoder.layer.7.attention.self.query.weight");
  CHECK(first("layer.55") == "encoder.layer.5.attention.output.dense.bias");
  CHECK(first("layer\\.7\\.atention") == "encoder.layer.7.attention.self.query.weight");
  CHECK(first("word_embedings") == "embeddings.word_embeddings.weight");
  CHECK(first("^encoder.*ouput.*weigth$") == "encoder.layer.5.attention.output.dense.weight");
  CHECK(first("LM_HEAD.baes") == "lm_head.bias");
  CHECK(DidYouMeanName("x", {}).empty());
}

}  // namespace pawl
