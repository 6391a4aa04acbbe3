// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/scale_folding.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch_test_macros.hpp"
#include "catch2/generators/catch_generators.hpp"
#include "lib/models/weights.h"
#include "pawl/context.h"
#include "pawl/language_model.h"
#include "pawl/safetensors.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"

namespace pawl {
namespace {

using testing::DecoderCase;
using testing::DecoderCases;
using testing::Difference;
using testing::FailsWith;
using testing::Largest;
using testing::TempDir;
using testing::Text;
using testing::TinyDecoder;

// Inputs of some columns are much larger than others', as those of real models.
void MakeUneven(TinyDecoder& decoder) {
  for (auto& [name, values] : decoder.weights) {
    if (!absl::StrContains(name, "norm") && !absl::StrContains(name, "v_proj") &&
        !absl::StrContains(name, "up_proj")) {
      continue;
    }
    const size_t row = absl::StrContains(name, "proj.weight") ? decoder.width : 1;
    for (size_t i = 0; i < values.size(); ++i) {
      if (i / row % 7 == 3) values[i] *= 8.0;
    }
  }
}

struct Folded {
  explicit Folded(TinyDecoder given) : decoder(std::move(given)) {
    decoder.Fill();
    MakeUneven(decoder);
    decoder.Write(dir.path());
    ModelFiles files = *OpenModelFiles(dir.path());
    LayerWalkOptions options;
    walk = *LayerWalk::Create(files.config, std::move(files.weights), Text(150), options);
    for (const std::string& name : walk->weights()) {
      weights[name] = FoldedWeight{*ParseScheme("uint4:g32"), RangeMethod::kMax};
    }
  }
  void Smooth(double alpha) {
    for (auto& [name, weight] : weights) weight.alpha = alpha;
  }
  // All scales, each block on the folded ones before it. Weights become the folded ones.
  void Run(int threads = 2, const std::string& target = "") {
    ContextOptions options;
    options.threads = threads;
    options.target = target;
    const auto context = *Context::Create(options);
    auto made = ScaleFolding::Create(*walk, weights);
    INFO(made.status().ToString());
    REQUIRE(made.ok());
    folding = std::make_unique<ScaleFolding>(*std::move(made));
    for (const std::string& name : walk->weights()) {
      const auto note = folding->Enter(name, *context);
      INFO(note.status().ToString());
      REQUIRE(note.ok());
      if (!note->empty()) notes.push_back(*note);
      const Tensor before = *walk->float_weights().Get(name)->tensor.ToF32();
      const Tensor after = *folding->Fold(name, before);
      Set(name, after);
      REQUIRE(walk->Replace(name, after).ok());
    }
    for (const auto& [name, values] : decoder.weights) {
      if (folding->FirstRankOf(name) < 0) continue;
      const Tensor plain = *folding->Plain(name);
      CHECK(plain.dtype() == (decoder.bf16 ? DType::kBF16 : DType::kF32));
      Set(name, *plain.ToF32());
      plains.push_back(name);
    }
  }
  void Set(const std::string& name, const Tensor& values) {
    const auto all = values.as<float>();
    decoder.weights[name].assign(all.begin(), all.end());
  }

  TempDir dir;
  TinyDecoder decoder;
  std::unique_ptr<LayerWalk> walk;
  std::map<std::string, FoldedWeight> weights;
  std::unique_ptr<ScaleFolding> folding;
  std::vector<std::string> notes, plains;
};

// How far a weight's scales are from 1.
double Spread(absl::Span<const float> scales) {
  const auto [least, most] = std::minmax_element(scales.begin(), scales.end());
  return scales.empty() ? 1.0 : *most / *least;
}

}  // namespace

TEST_CASE("scale folding: the float model computes what it did") {
  const bool smooth = GENERATE(false, true);
  for (const DecoderCase& c : DecoderCases()) {
    CAPTURE(c.what, smooth);
    Folded model(c.decoder);
    if (smooth) model.Smooth(0.5);
    const std::vector<int32_t> ids = Text(24);
    const std::vector<double> before = model.decoder.Logits(ids);
    const auto weights = model.decoder.weights;
    model.Run();
    // In f64: what is left are roundings of weights to f32.
    const std::vector<double> after = model.decoder.Logits(ids);
    CHECK(Difference(before, after) < 4e-6 * Largest(before));
    const size_t norms = c.decoder.tied ? 4 : 5, biases = c.decoder.biases ? 2 : 0;
    CHECK(model.plains.size() == norms + biases);
    for (const auto& [name, scheme] : model.weights) {
      CAPTURE(name);
      CHECK(Spread(model.folding->ScalesOf(name)) > 1.1);
      CHECK(model.decoder.weights.at(name) != weights.at(name));
    }
    CHECK(model.notes.size() == (c.decoder.tied ? 4 : 5));
  }
}

TEST_CASE("scale folding: gemma's norms, which add one") {
  TinyDecoder decoder;
  decoder.type = "gemma";
  decoder.more = ",\"hidden_activation\":\"gelu_pytorch_tanh\"";
  decoder.bf16 = true;
  Folded model(decoder);
  if (GENERATE(false, true)) model.Smooth(0.6);
  const auto logits = [&] {
    const TempDir dir;
    model.decoder.bf16 = false;
    model.decoder.Write(dir.path());
    const auto opened = LanguageModel::Open(dir.path());
    INFO(opened.status().ToString());
    REQUIRE(opened.ok());
    const auto context = *Context::Create();
    const Tensor out = *(*opened)->Logits(Text(24), *context);
    return std::vector<double>(out.as<float>().begin(), out.as<float>().end());
  };
  const std::vector<double> before = logits();
  model.decoder.bf16 = true;
  model.Run();
  CHECK(Difference(before, logits()) < 2e-5 * Largest(before));
  CHECK(model.plains.size() == 4);
}

TEST_CASE("scale folding: layers with the same inputs share scales, heads with a value head, too") {
  Folded model{TinyDecoder()};
  if (GENERATE(false, true)) model.Smooth(0.5);
  model.Run();
  for (const char* layer : {"model.layers.0.", "model.layers.1."}) {
    const auto scales = [&](const char* part) {
      return model.folding->ScalesOf(absl::StrCat(layer, part, ".weight"));
    };
    CHECK(scales("self_attn.q_proj") == scales("self_attn.k_proj"));
    CHECK(scales("self_attn.q_proj") == scales("self_attn.v_proj"));
    CHECK(scales("mlp.gate_proj") == scales("mlp.up_proj"));
    const auto out = scales("self_attn.o_proj");
    REQUIRE(out.size() == 64);
    CHECK(out.subspan(0, 16) == out.subspan(16, 16));  // heads 0 and 1 of value head 0
    CHECK(out.subspan(32, 16) == out.subspan(48, 16));
    CHECK(out.subspan(0, 16) != out.subspan(32, 16));
  }
}

TEST_CASE("scale folding: the same scales for every number of threads and target") {
  const bool smooth = GENERATE(false, true);
  Folded once{TinyDecoder()};
  if (smooth) once.Smooth(0.7);
  once.Run(1);
  std::vector<std::pair<int, std::string>> runs = {{3, ""}};
  for (const absl::string_view target : SupportedTargets()) runs.emplace_back(2, target);
  for (const auto& [threads, target] : runs) {
    CAPTURE(threads, target);
    Folded again{TinyDecoder()};
    if (smooth) again.Smooth(0.7);
    again.Run(threads, target);
    CHECK(again.decoder.weights == once.decoder.weights);
    CHECK(again.notes == once.notes);
  }
}

TEST_CASE("scale folding: scales lessen what the block loses") {
  Folded model{TinyDecoder()};
  model.Run();
  REQUIRE(model.notes.size() == 4);
  CHECK(absl::StrContains(model.notes[0], "layer 0, attention"));
  CHECK(absl::StrContains(model.notes[0], "for q_proj, k_proj and v_proj (0."));
  CHECK(absl::StrContains(model.notes[0], "for o_proj (0."));
  CHECK(absl::StrContains(model.notes[3], "layer 1, feed-forward"));
  CHECK(absl::StrContains(model.notes[3], "for gate_proj and up_proj (0."));
}

TEST_CASE("scale folding: smoothquant's scales are those of the maxima") {
  Folded model{TinyDecoder()};
  model.Smooth(1.0);  // all of the range goes into the weights
  const auto context = *Context::Create();
  const auto maxima = [&](const char* name, ModelPart part, int64_t columns) {
    REQUIRE(model.walk->Enter(name, *context).ok());
    std::vector<float> most(static_cast<size_t>(columns), 0.0f);
    const auto take = [&](int64_t, const Tensor& x) {
      for (size_t i = 0; i < x.as<float>().size(); ++i) {
        float& at = most[i % most.size()];
        at = std::max(at, std::abs(x.as<float>()[i]));
      }
      return absl::OkStatus();
    };
    REQUIRE(model.walk->RunBlock(part, 0, {}, 1, 0, take, *context).ok());
    return most;
  };
  const char* const gate = "model.layers.0.mlp.gate_proj.weight";
  const auto before = maxima(gate, ModelPart::kFeedForwardInput, 64);
  ScaleFolding folding = *ScaleFolding::Create(*model.walk, model.weights);
  const auto note = folding.Enter(gate, *context);
  REQUIRE(note.ok());
  CHECK(absl::StrContains(*note, "smoothquant's scales in layer 0, feed-forward"));
  CHECK(absl::StrContains(*note, "alpha 1 for gate_proj and up_proj (largest input "));
  CHECK(absl::StrContains(*note, ", then 1)"));
  const absl::Span<const float> scales = folding.ScalesOf(gate);
  REQUIRE(scales.size() == before.size());
  for (size_t i = 0; i < before.size(); ++i) {
    CAPTURE(i);
    CHECK(std::abs(scales[i] - before[i]) < 1e-5 * before[i]);
  }
}

TEST_CASE("scale folding: layers with the same inputs and another alpha do not fold") {
  Folded model{TinyDecoder()};
  model.Smooth(0.5);
  model.weights["model.layers.0.mlp.up_proj.weight"].alpha = 0.8;
  model.weights["model.layers.1.mlp.gate_proj.weight"].alpha = std::nullopt;
  model.Run();
  const auto notes = model.folding->Notes();
  CHECK(std::count(notes.begin(), notes.end(),
                   "no scales for the inputs of gate_proj and up_proj, since up_proj has another "
                   "method or alpha, in 2 layers") == 1);
}

TEST_CASE("scale folding: what does not fold is told, and stays as it is") {
  Folded model{TinyDecoder()};
  const auto said = [&](const std::vector<std::string>& words) {
    const auto notes = model.folding->Notes();
    return std::any_of(notes.begin(), notes.end(), [&](const std::string& note) {
      return std::all_of(words.begin(), words.end(),
                         [&](const std::string& word) { return absl::StrContains(note, word); });
    });
  };
  SECTION("all folds") {
    model.Run();
    CHECK(said({"q_proj, k_proj and v_proj", "input_layernorm", "in 2 layers"}));
    CHECK(said({"o_proj", "v_proj", "one for the 2 heads", "in 2 layers"}));
    CHECK(said({"down_proj", "up_proj"}));
  }
  SECTION("a layer with the same inputs stays float") {
    model.weights.erase("model.layers.1.self_attn.k_proj.weight");
    model.Run();
    CHECK(said({"no scales for the inputs of q_proj, k_proj and v_proj", "k_proj does not"}));
    CHECK(model.folding->ScalesOf("model.layers.1.self_attn.q_proj.weight").empty());
    CHECK_FALSE(model.folding->ScalesOf("model.layers.1.self_attn.o_proj.weight").empty());
    CHECK(model.folding->FirstRankOf("model.layers.1.input_layernorm.weight") == -1);
    CHECK(model.folding->FirstRankOf("model.layers.0.input_layernorm.weight") == 0);
    CHECK(model.folding->FirstRankOf("model.layers.1.post_attention_layernorm.weight") == 11);
  }
  SECTION("what makes the inputs stays float") {
    model.weights.erase("model.layers.0.mlp.up_proj.weight");
    model.Run();
    CHECK(said({"no scales for the inputs of down_proj", "up_proj, whose rows"}));
    CHECK(model.folding->ScalesOf("model.layers.0.mlp.down_proj.weight").empty());
  }
  SECTION("nothing is of the method") {
    model.weights = {
        {"model.layers.1.mlp.down_proj.weight", FoldedWeight{*ParseScheme("int4:g32")}}};
    model.Run();
    CHECK(model.folding->Notes().size() == 1);
    CHECK(model.notes.empty());
    CHECK(model.plains.empty());
  }
  SECTION("a scheme that has input scales of its own") {
    Scheme scheme = *ParseScheme("int4:g32");
    scheme.input_scale = true;
    model.weights["model.layers.0.self_attn.q_proj.weight"].scheme = scheme;
    CHECK(FailsWith(ScaleFolding::Create(*model.walk, model.weights).status(),
                    {"model.layers.0.self_attn.q_proj.weight", "input scales"}));
  }
}

TEST_CASE("scale folding: a head beside settings that tie it leaves the last norm alone") {
  TinyDecoder decoder;
  decoder.tied = false;
  decoder.more = ",\"tie_word_embeddings\":true";
  Folded model(decoder);
  const std::vector<double> norm = model.decoder.weights.at("model.norm.weight");
  model.Run();
  CHECK(model.decoder.weights.at("model.norm.weight") == norm);
  CHECK(model.plains.size() == 4);
  CHECK(model.folding->ScalesOf("lm_head.weight").empty());
  const std::vector<std::string> notes = model.folding->Notes();
  CHECK(std::any_of(notes.begin(), notes.end(), [](const std::string& note) {
    return absl::StrContains(note, "no scales for the inputs of lm_head, since") &&
           absl::StrContains(note, "tie_word_embeddings");
  }));
}

TEST_CASE("scale folding: weights with other columns than the settings ask for") {
  TinyDecoder decoder;
  decoder.tied = false;
  decoder.vocabulary = 160;
  decoder.heads = decoder.kv_heads = 8;  // 128 columns
  decoder.inner = 128;
  decoder.Fill();
  const TempDir dir;
  decoder.Write(dir.path());
  const std::string file = dir.File("model.safetensors"), good = testing::Slurp(file);
  struct Case {
    const char* name;
    const char* shape;
    const char* other;  // of as many elements
    const char* asked;
    std::vector<std::string> kept;  // for what runs must have its shape
  };
  const std::string attention = "model.layers.0.self_attn.", mlp = "model.layers.0.mlp.";
  for (const Case& c : {Case{"lm_head.weight", "[160,64]", "[80,128]", "64 columns", {}},
                        Case{"model.layers.0.self_attn.o_proj.weight",
                             "[64,128]",
                             "[32,256]",
                             "128 columns",
                             {attention + "q_proj.weight"}},
                        Case{"model.layers.0.mlp.down_proj.weight",
                             "[64,128]",
                             "[32,256]",
                             "128 columns",
                             {mlp + "gate_proj.weight"}}}) {
    CAPTURE(c.name);
    std::string bad = good;
    const size_t at = bad.find(c.shape, bad.find(c.name));
    REQUIRE(at != std::string::npos);
    bad.replace(at, std::string(c.shape).size(), c.other);
    testing::Spill(file, bad);
    ModelFiles files = *OpenModelFiles(dir.path());
    const auto walk =
        *LayerWalk::Create(files.config, std::move(files.weights), Text(64), LayerWalkOptions());
    std::map<std::string, FoldedWeight> weights;
    for (const std::string& name : walk->weights()) weights[name] = {*ParseScheme("int4:g32")};
    for (const std::string& name : c.kept) weights.erase(name);
    ScaleFolding folding = *ScaleFolding::Create(*walk, weights);
    const auto context = *Context::Create();
    CHECK(FailsWith(folding.Enter(c.name, *context).status(), {c.name, c.asked}));
  }
}

TEST_CASE("scale folding: weights that are not finite keep their layers from it") {
  TinyDecoder decoder;
  decoder.Fill();
  const TempDir dir;
  decoder.weights["model.layers.1.mlp.up_proj.weight"][5] = INFINITY;
  decoder.Write(dir.path());
  ModelFiles files = *OpenModelFiles(dir.path());
  const auto walk =
      *LayerWalk::Create(files.config, std::move(files.weights), Text(64), LayerWalkOptions());
  std::map<std::string, FoldedWeight> weights;
  for (const std::string& name : walk->weights()) weights[name] = {*ParseScheme("int4:g32")};
  ScaleFolding folding = *ScaleFolding::Create(*walk, weights);
  const auto context = *Context::Create();
  const auto note = folding.Enter("model.layers.1.mlp.gate_proj.weight", *context);
  INFO(note.status().ToString());
  REQUIRE(note.ok());
  CHECK(absl::StrContains(*note, "no scales for gate_proj and up_proj, since up_proj holds"));
  CHECK(absl::StrContains(*note, "no scales for down_proj, since up_proj holds"));
  CHECK(folding.ScalesOf("model.layers.1.mlp.up_proj.weight").empty());
  const Tensor norm = *folding.Plain("model.layers.1.post_attention_layernorm.weight");
  CHECK(norm.as<float>()[7] ==
        static_cast<float>(decoder.weights["model.layers.1.post_attention_layernorm.weight"][7]));
}

}  // namespace pawl
