// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/eval.h"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/job.h"
#include "tests/formats/file_io_test_util.h"
#include "tests/models/tiny_decoder.h"

namespace pawl {
namespace {

using testing::FailsWith;
using testing::TempDir;
using testing::TinyDecoder;

std::vector<int32_t> Ids(size_t count) {
  std::vector<int32_t> ids;
  for (size_t i = 0; i < count; ++i) ids.push_back(static_cast<int32_t>(i * i * 7 % 40));
  return ids;
}

bool Near(double a, double b) { return std::abs(a - b) < 1e-4; }

double Nats(const double* row, int n, int32_t id) {
  double sum = 0.0;
  for (int i = 0; i < n; ++i) sum += std::exp(row[i]);
  return std::log(sum) - row[id];
}

// The protocol once more, by plain loops: cross-entropy of ids that count, in nats.
std::pair<double, int> Expected(const TinyDecoder& decoder, const std::vector<int32_t>& ids,
                                size_t context, size_t stride) {
  double sum = 0.0;
  int count = 0;
  std::vector<bool> seen(ids.size(), false);
  for (size_t begin = 0;; begin += stride) {
    const size_t end = std::min(begin + context, ids.size());
    const std::vector<int32_t> window(ids.begin() + begin, ids.begin() + end);
    const std::vector<double> logits = decoder.Logits(window);
    for (size_t at = begin + 1; at < end; ++at) {
      if (!seen[at]) sum += Nats(&logits[(at - begin - 1) * 40], 40, ids[at]), ++count;
      seen[at] = true;
    }
    seen[begin] = true;
    if (end == ids.size()) return {sum / count, count};
  }
}

TEST_CASE("eval: the protocol's windows, strides and counts") {
  TinyDecoder decoder;
  decoder.Fill();
  const TempDir dir;
  decoder.Write(dir.path());
  const auto model = LanguageModel::Open(dir.path());
  REQUIRE(model.ok());
  const auto context = *Context::Create();
  const std::vector<int32_t> ids = Ids(75);
  for (const auto& [size, stride] :
       {std::pair<int, int>{0, 0}, {32, 16}, {10, 10}, {10, 3}, {2, 1}, {32, 32}}) {
    CAPTURE(size, stride);
    EvalOptions options;
    options.context = size;
    options.stride = stride;
    const auto result = Evaluate(**model, nullptr, ids, options, *context);
    INFO(result.status().ToString());
    REQUIRE(result.ok());
    const auto [nats, count] =
        Expected(decoder, ids, size == 0 ? 32 : size, stride == 0 ? 32 : stride);
    CHECK(result->counted == count);
    CHECK(Near(result->nats, nats));
    CHECK(Near(result->perplexity / std::exp(nats), 1.0));
    CHECK_FALSE(result->compared);
  }
}

TEST_CASE("eval: a model against itself and against its quantized self") {
  TinyDecoder decoder;
  decoder.Fill();
  const TempDir dir;
  decoder.Write(dir.path());
  Job job;
  job.input = dir.path();
  job.output = dir.File("model.gguf");
  job.recipe = Recipe::ForScheme("q4_0");
  const auto context = *Context::Create();
  REQUIRE(RunJob(job, *context).ok());
  const auto model = LanguageModel::Open(dir.path()), same = LanguageModel::Open(dir.path());
  const auto coded = LanguageModel::Open(job.output);
  REQUIRE((model.ok() && same.ok() && coded.ok()));
  const auto self = Evaluate(**model, same->get(), Ids(60), {}, *context);
  REQUIRE(self.ok());
  CHECK(self->mean_kl == 0.0);
  CHECK(self->max_kl == 0.0);
  CHECK(self->same_top == 1.0);
  CHECK(self->reference_perplexity == self->perplexity);
  const auto other = Evaluate(**coded, model->get(), Ids(60), {}, *context);
  REQUIRE(other.ok());
  CHECK(other->mean_kl > 1e-6);
  CHECK(other->mean_kl < 0.5);
  CHECK(other->kl_999 >= other->mean_kl);
  CHECK(other->max_kl >= other->kl_999);
  CHECK(other->same_top > 0.3);
  CHECK(other->bits_per_weight < 10.0);
  CHECK(self->bits_per_weight == 32.0);
  CHECK(absl::StrContains(other->ToJson(), "\"mean_kl\""));
  CHECK(absl::StrContains(other->ToText(), "KL mean"));
}

TEST_CASE("eval: what does not fit is an error") {
  TinyDecoder decoder;
  decoder.Fill();
  const TempDir dir;
  decoder.Write(dir.path());
  const auto model = LanguageModel::Open(dir.path());
  REQUIRE(model.ok());
  const auto context = *Context::Create();
  const auto status = [&](int64_t size, int64_t stride, size_t count) {
    EvalOptions options;
    options.context = size;
    options.stride = stride;
    return Evaluate(**model, nullptr, Ids(count), options, *context).status();
  };
  CHECK(FailsWith(status(33, 0, 50), {"context of 33", "32"}));
  CHECK(FailsWith(status(1, 0, 50), {"context of 1"}));
  CHECK(FailsWith(status(10, 11, 50), {"stride of 11"}));
  CHECK(FailsWith(status(10, -1, 50), {"stride of -1"}));
  CHECK(FailsWith(status(0, 0, 1), {"fewer than two"}));
  context->Cancel();
  CHECK(absl::IsCancelled(status(0, 0, 50)));
}

TEST_CASE("eval: ids out of text") {
  CHECK(*ParseIds("[1, 2,3]\n 40") == std::vector<int32_t>{1, 2, 3, 40});
  CHECK(ParseIds("")->empty());
  CHECK(FailsWith(ParseIds("1 x2").status(), {"byte 2", "'x2'"}));
  CHECK_FALSE(ParseIds("-1").ok());
  CHECK_FALSE(ParseIds("99999999999").ok());
}

}  // namespace
}  // namespace pawl
