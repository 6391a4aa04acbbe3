// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Jobs that run their language model on a text, layer by layer.

#include <algorithm>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "catch2/catch_test_macros.hpp"
#include "lib/models/activation_rows.h"
#include "pawl/container.h"
#include "pawl/context.h"
#include "pawl/eval.h"
#include "pawl/executor.h"
#include "pawl/gguf.h"
#include "pawl/gptq.h"
#include "pawl/imatrix.h"
#include "pawl/job.h"
#include "pawl/language_model.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"

namespace pawl {
namespace {

using testing::FailsWith;
using testing::MakeContext;
using testing::Slurp;
using testing::TempDir;
using testing::Text;
using testing::TinyDecoder;

constexpr size_t kWindow = 32;

Tensor WeightOf(const TinyDecoder& decoder, const std::string& name) {
  const std::vector<double>& values = decoder.weights.at(name);
  const std::vector<float> narrow(values.begin(), values.end());
  return *Tensor::FromValues<float>(decoder.Shape(name), narrow);
}

void SetWeight(TinyDecoder& decoder, const std::string& name, const Tensor& weight) {
  const absl::Span<const float> values = weight.as<float>();
  decoder.weights[name].assign(values.begin(), values.end());
}

Tensor Decoded(const std::string& file, const std::string& name) {
  const auto reader = PawlReader::Open(file);
  REQUIRE(reader.ok());
  const auto q = (*reader)->Get(name);
  INFO(name);
  REQUIRE(q.ok());
  Tensor out = *Tensor::Create(DType::kF32, q->shape);
  REQUIRE(Dequantize(*q, out.mutable_as<float>()).ok());
  return out;
}

// A value of the whole model, over all windows of the ids.
std::vector<Tensor> Observed(const TinyDecoder& decoder, const std::vector<int32_t>& ids,
                             const std::string& value) {
  const TempDir dir;
  decoder.Write(dir.path());
  const auto model = LanguageModel::Open(dir.path());
  REQUIRE(model.ok());
  const auto context = MakeContext();
  ExecutorOptions options;
  options.observe = {value};
  const auto executor = Executor::Create((*model)->graph(), options, context.get());
  REQUIRE(executor.ok());
  std::vector<Tensor> all;
  (*executor)->SetObserver([&](absl::string_view, const Tensor& tensor) {
    all.push_back(*tensor.Clone());
    return absl::OkStatus();
  });
  for (size_t first = 0; first < ids.size(); first += kWindow) {
    const size_t count = std::min(kWindow, ids.size() - first);
    const std::vector<int64_t> wide(ids.begin() + first, ids.begin() + first + count);
    std::vector<int64_t> positions(count);
    for (size_t i = 0; i < count; ++i) positions[i] = static_cast<int64_t>(i);
    const auto n = static_cast<int64_t>(count);
    const std::vector<Tensor> inputs = {*Tensor::FromValues<int64_t>({n}, wide),
                                        *Tensor::FromValues<int64_t>({1, n}, positions)};
    REQUIRE((*executor)->Run(inputs, *context).ok());
  }
  return all;
}

struct Setup {
  explicit Setup(const std::string& output, const std::string& scheme = "int4:g32",
                 const std::string& method = "gptq") {
    decoder.tied = false;
    decoder.Fill();
    decoder.Write(dir.path());
    job.input = dir.path();
    job.output = dir.File(output);
    job.recipe = Recipe::ForScheme(scheme);
    job.recipe.rules[0].method.name = method;
    job.calibration_ids = Text(100);
  }
  absl::StatusOr<Report> Run(int threads = 2, const std::string& target = "") {
    const auto context = MakeContext(threads, target);
    return RunJob(job, *context);
  }
  double KL() {
    const TempDir quantized;
    std::string path = job.output;
    if (!absl::EndsWith(path, ".gguf")) {
      path = quantized.path();
      testing::Spill(path + "/config.json", Slurp(dir.File("config.json")));
      testing::Spill(path + "/model.pawl", Slurp(job.output));
    }
    const auto model = LanguageModel::Open(path), reference = LanguageModel::Open(dir.path());
    INFO(model.status().ToString());
    REQUIRE(model.ok());
    const auto context = MakeContext();
    const auto result = Evaluate(**model, reference->get(), Text(320), {}, *context);
    REQUIRE(result.ok());
    return result->mean_kl;
  }

  TinyDecoder decoder;
  TempDir dir;
  Job job;
};

const TensorReport& Of(const Report& report, const std::string& name) {
  const auto it = std::find_if(report.tensors.begin(), report.tensors.end(),
                               [&](const TensorReport& t) { return t.name == name; });
  REQUIRE(it != report.tensors.end());
  return *it;
}

}  // namespace

TEST_CASE("model calibration: each layer sees what the quantized layers before it give") {
  Setup setup("out.pawl");
  const auto report = setup.Run();
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  // The model with everything in front of the layer replaced, the layer by GPTQ on its own.
  TinyDecoder partly = setup.decoder;
  struct Stage {
    std::string part, inputs;
    std::vector<std::string> behind;  // what is quantized once its inputs are known
  };
  const std::vector<Stage> stages = {
      {"self_attn.k_proj",
       "input_layernorm.out",
       {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"}},
      {"self_attn.o_proj", "self_attn.rows.out", {"self_attn.o_proj"}},
      {"mlp.up_proj", "post_attention_layernorm.out", {"mlp.gate_proj", "mlp.up_proj"}},
      {"mlp.down_proj", "mlp.gated.out", {"mlp.down_proj"}}};
  for (int layer = 0; layer < 2; ++layer) {
    const std::string prefix = absl::StrCat("model.layers.", layer, ".");
    for (const Stage& stage : stages) {
      const std::string name = prefix + stage.part + ".weight";
      CAPTURE(name);
      InputMoments moments = *InputMoments::Create(setup.decoder.Shape(name)[1]);
      for (const Tensor& x : Observed(partly, setup.job.calibration_ids, prefix + stage.inputs)) {
        REQUIRE(moments.Add(x).ok());
      }
      CHECK(moments.samples() == 100);
      const InputFactor factor = *InputFactor::Create(moments);
      GptqOptions options;
      options.range = RangeMethod::kMax;
      const auto expected =
          Gptq(WeightOf(setup.decoder, name), *ParseScheme("int4:g32"), factor, options);
      REQUIRE(expected.ok());
      Tensor values = *Tensor::Create(DType::kF32, expected->shape);
      REQUIRE(Dequantize(*expected, values.mutable_as<float>()).ok());
      const Tensor found = Decoded(setup.job.output, name);
      CHECK(std::equal(found.as<float>().begin(), found.as<float>().end(),
                       values.as<float>().begin()));
      for (const std::string& done : stage.behind) {
        const std::string weight = prefix + done + ".weight";
        SetWeight(partly, weight, Decoded(setup.job.output, weight));
      }
    }
  }
}

TEST_CASE("model calibration: the same bytes for every number of threads and target") {
  for (const std::string output : {"out.pawl", "out.gguf"}) {
    CAPTURE(output);
    Setup setup(output, absl::EndsWith(output, ".gguf") ? "q4_0" : "int3:g32");
    setup.job.recipe.rules[0].method.correction = 0.5;
    setup.job.imatrix_output = setup.dir.File("out.dat");
    REQUIRE(setup.Run(1).ok());
    const std::string once = Slurp(setup.job.output), imatrix = Slurp(setup.job.imatrix_output);
    REQUIRE(setup.Run(3).ok());
    CHECK(Slurp(setup.job.output) == once);
    CHECK(Slurp(setup.job.imatrix_output) == imatrix);
    for (const absl::string_view target : SupportedTargets()) {
      CAPTURE(target);
      REQUIRE(std::filesystem::remove(setup.job.output));
      REQUIRE(std::filesystem::remove(setup.job.imatrix_output));
      REQUIRE(setup.Run(2, std::string(target)).ok());
      CHECK(Slurp(setup.job.output) == once);
      CHECK(Slurp(setup.job.imatrix_output) == imatrix);
    }
  }
}

TEST_CASE("model calibration: nearer to the float model than rounding to nearest") {
  for (const std::string output : {"out.pawl", "out.gguf"}) {
    CAPTURE(output);
    const bool gguf = absl::EndsWith(output, ".gguf");
    Setup setup(output, gguf ? "q4_0" : "int3:g32", "rtn");
    REQUIRE(setup.Run().ok());
    const double nearest = setup.KL();
    setup.job.recipe.rules[0].method.name = "gptq";
    REQUIRE(setup.Run().ok());
    const double gptq = setup.KL();
    CHECK(gptq < 0.8 * nearest);
    setup.job.recipe.rules[0].method.correction = 1.0;
    REQUIRE(setup.Run().ok());
    CHECK(setup.KL() < 0.8 * nearest);
  }
}

TEST_CASE("model calibration: beyond the limit of memory activations are in a file, to the bit") {
  for (const std::string output : {"out.pawl", "out.gguf"}) {
    for (const double correction : {0.0, 1.0}) {
      CAPTURE(output, correction);
      Setup setup(output, absl::EndsWith(output, ".gguf") ? "q4_0" : "int3:g32");
      setup.job.recipe.rules[0].method.correction = correction;
      const auto plain = setup.Run();
      REQUIRE(plain.ok());
      const std::string once = Slurp(setup.job.output);
      REQUIRE(std::filesystem::remove(setup.job.output));
      const size_t files = setup.dir.Count();
      // 100 ids of 64 values each.
      const uint64_t stream = (correction > 0.0 ? 2 : 1) * 100 * 64 * sizeof(float);
      setup.job.max_memory = plain->peak_memory_bytes - stream;
      const auto report = setup.Run();
      INFO(report.status().ToString());
      REQUIRE(report.ok());
      CHECK(Slurp(setup.job.output) == once);
      CHECK(setup.dir.Count() == files + 1);
      CHECK(report->peak_memory_bytes == plain->peak_memory_bytes - stream);
      REQUIRE(report->notes.size() == plain->notes.size() + 1);
      CHECK(std::count_if(report->notes.begin(), report->notes.end(), [&](const std::string& n) {
              return absl::StrContains(n, absl::StrCat(stream, " bytes")) &&
                     absl::StrContains(n, "temporary file");
            }) == 1);
      --setup.job.max_memory;
      CHECK(absl::IsResourceExhausted(setup.Run().status()));
    }
  }
}

TEST_CASE("model calibration: rows of activations in memory and in a file are the same") {
  const TempDir dir;
  for (const std::string& folder : {std::string(), dir.path()}) {
    CAPTURE(folder);
    auto rows = ActivationRows::Create(5, 3, folder);
    REQUIRE(rows.ok());
    CHECK(dir.Count() == 0);  // the file has no name
    for (const int64_t first : {0, 2, 4}) {
      const int64_t count = std::min<int64_t>(2, 5 - first);
      std::vector<float> values;
      for (int64_t i = 0; i < count * 3; ++i) values.push_back(static_cast<float>(first * 10 + i));
      REQUIRE(rows->Put(first, *Tensor::FromValues<float>({count, 3}, values)).ok());
    }
    ActivationRows moved = *std::move(rows);
    const auto all = moved.Get(1, 4);
    REQUIRE(all.ok());
    const std::vector<float> expected = {3, 4, 5, 20, 21, 22, 23, 24, 25, 40, 41, 42};
    CHECK(std::equal(expected.begin(), expected.end(), all->as<float>().begin(),
                     all->as<float>().end()));
    REQUIRE(moved.Put(2, *Tensor::FromValues<float>({1, 3}, {7, 8, 9})).ok());
    const auto two = moved.Get(2, 2);
    REQUIRE(two.ok());
    CHECK(two->as<float>()[2] == 9.0f);
    CHECK(two->as<float>()[3] == 23.0f);
  }
  CHECK(FailsWith(ActivationRows::Create(5, 3, dir.File("absent")).status(), {"absent", "create"}));
}

TEST_CASE("model calibration: the embedding and the head stay unless a rule names them") {
  Setup setup("out.pawl");
  auto report = setup.Run();
  REQUIRE(report.ok());
  for (const char* name : {"model.embed_tokens.weight", "lm_head.weight"}) {
    CHECK_FALSE(Of(*report, name).quantized);
    CHECK(absl::StrContains(Of(*report, name).reason, "logits"));
  }
  CHECK(report->tensors.back().name == "lm_head.weight");
  RecipeRule rule = setup.job.recipe.rules[0];
  rule.pattern = "lm_head|embed";
  rule.scheme = "int8";
  setup.job.recipe.rules.insert(setup.job.recipe.rules.begin(), rule);
  report = setup.Run();
  REQUIRE(report.ok());
  CHECK(Of(*report, "lm_head.weight").quantized);
  CHECK(absl::StartsWith(Of(*report, "lm_head.weight").method, "gptq"));
  CHECK(Of(*report, "model.embed_tokens.weight").quantized);
  CHECK(absl::StartsWith(Of(*report, "model.embed_tokens.weight").method, "rtn"));
  CHECK(setup.KL() < 1.0);
}

TEST_CASE("model calibration: GGUF in, its rows permuted, gives what the folder gives") {
  Setup setup("out.gguf", "q4_0");
  REQUIRE(setup.Run().ok());
  const std::string once = Slurp(setup.job.output);
  Job plain = setup.job;  // everything stays in f32 but the head, which is not looked at
  plain.calibration_ids.clear();
  plain.output = setup.dir.File("plain.gguf");
  plain.recipe = Recipe::ForScheme("q8_0");
  plain.recipe.rules[0].pattern = "^lm_head";
  const auto context = MakeContext();
  REQUIRE(RunJob(plain, *context).ok());
  setup.job.input = plain.output;
  const auto report = setup.Run();
  INFO(report.status().ToString());
  REQUIRE(report.ok());
  const auto first = GgufReader::Open(setup.dir.File("out.gguf"));
  REQUIRE(first.ok());
  testing::Spill(setup.dir.File("once.gguf"), once);
  const auto second = GgufReader::Open(setup.dir.File("once.gguf"));
  for (const char* name : {"blk.0.attn_q.weight", "blk.1.attn_k.weight", "blk.1.ffn_down.weight"}) {
    CAPTURE(name);
    const GgufEntry &a = *(*first)->Find(name), &b = *(*second)->Find(name);
    std::vector<uint8_t> in_first(a.size), in_second(b.size);
    REQUIRE((*first)->ReadBytes(a, 0, absl::MakeSpan(in_first)).ok());
    REQUIRE((*second)->ReadBytes(b, 0, absl::MakeSpan(in_second)).ok());
    CHECK(in_first == in_second);
  }
}

TEST_CASE("model calibration: imatrix out and in") {
  Setup setup("out.gguf", "q4_0", "blocks");
  setup.job.imatrix_output = setup.dir.File("quantized.dat");
  setup.job.recipe.exclude = {"embed_tokens"};  // which is in front of the first layer
  REQUIRE(setup.Run().ok());
  const auto context = MakeContext();
  const auto collected = CollectImatrix(setup.dir.path(), setup.job.calibration_ids, 0, *context);
  REQUIRE(collected.ok());
  CHECK(collected->entries.size() == 15);
  CHECK(collected->chunks == 4);
  const Imatrix gathered = *ReadImatrix(setup.job.imatrix_output);
  CHECK(gathered.entries.size() == 15);
  // The first layer has nothing quantized in front of it, the second has.
  const auto same = [&](const char* name) {
    return gathered.Find(name)->sums == collected->Find(name)->sums;
  };
  CHECK(same("blk.0.attn_v.weight"));
  CHECK_FALSE(same("blk.1.ffn_down.weight"));
  double mean = 0.0;
  for (const Tensor& rows :
       Observed(setup.decoder, setup.job.calibration_ids, "model.layers.1.mlp.gated.out")) {
    for (int64_t i = 0; i < rows.dim(0); ++i) {
      const double x = rows.as<float>()[static_cast<size_t>(i * rows.dim(1) + 5)];
      mean += x * x / 100.0;
    }
  }
  const double found = collected->Find("blk.1.ffn_down.weight")->Importance()[5];
  CHECK(std::abs(found - mean) < 1e-6 * mean);

  for (const char* file : {"float.dat", "float.gguf"}) {
    CAPTURE(file);
    REQUIRE(WriteImatrix(setup.dir.File(file), *collected).ok());
    const Imatrix back = *ReadImatrix(setup.dir.File(file));
    CHECK(back.entries == collected->entries);
    Setup with("out.gguf", "q4_0", "blocks");
    with.job.calibration_ids.clear();
    with.job.imatrix = setup.dir.File(file);
    const auto report = with.Run();
    INFO(report.status().ToString());
    REQUIRE(report.ok());
    Setup without("out.gguf", "q4_0", "blocks");
    without.job.calibration_ids.clear();
    REQUIRE(without.Run().ok());
    CHECK(Slurp(with.job.output) != Slurp(without.job.output));
  }
}

TEST_CASE("model calibration: what does not fit is said") {
  Setup setup("out.pawl");
  const auto fails = [&](const Job& job, const std::vector<std::string>& words) {
    const auto context = MakeContext();
    const absl::Status status = RunJob(job, *context).status();
    INFO(status.ToString());
    CHECK(FailsWith(status, words));
  };
  Job job = setup.job;
  job.calibration_ids[3] = 40;
  fails(job, {"id 40", "(at 3)"});
  job = setup.job;
  job.calibration_context = 33;
  fails(job, {"33", "32"});
  job = setup.job;
  job.calibration = setup.dir.File("model.safetensors");
  fails(job, {"not both"});
  job = setup.job;
  job.calibration_ids.clear();
  fails(job, {"gptq", "text"});
  job.recipe.rules[0].method.correction = 1.0;
  fails(job, {"correction"});
  job.recipe.rules[0].method = RecipeMethod();
  job.imatrix_output = setup.dir.File("i.dat");
  fails(job, {"i.dat"});
  job.imatrix_output.clear();
  job.imatrix = setup.dir.File("i.dat");
  fails(job, {"i.dat"});
  Imatrix other;
  other.entries = {{"blk.0.attn_q.weight", 1, {1.0f, 2.0f}}};
  REQUIRE(WriteImatrix(job.imatrix, other).ok());
  fails(job, {"attn_q", "64"});
  other.entries[0].name = "something";
  REQUIRE(WriteImatrix(job.imatrix, other).ok());
  fails(job, {"none"});
  CHECK_FALSE(std::filesystem::exists(setup.job.output));
  job = setup.job;
  job.max_memory = 100000;
  const auto context = MakeContext();
  CHECK(absl::IsResourceExhausted(RunJob(job, *context).status()));
}

}  // namespace pawl
