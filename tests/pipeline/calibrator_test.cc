// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/calibrator.h"

#include <unistd.h>

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <sstream>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"

namespace pawl {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();
constexpr float kInf = std::numeric_limits<float>::infinity();

bool Has(absl::string_view text, absl::string_view part) {
  return text.find(part) != absl::string_view::npos;
}

CalibratorOptions SomeOptions() {
  CalibratorOptions options;
  options.fallback = {ObserverKind::kHistogram, false, 0, 128, 0.01};
  options.rules = {{"^average", {ObserverKind::kMovingAverage, false, 0, 4096, 0.1}},
                   {"channels$", {ObserverKind::kHistogram, true, -1, 128, 0.01}},
                   {"plain|average", {ObserverKind::kMinMax, false, 0, 4096, 0.01}}};
  return options;
}

Calibrator Make(const CalibratorOptions& options) {
  absl::StatusOr<Calibrator> calibrator = Calibrator::Create(options);
  REQUIRE(calibrator.ok());
  return *std::move(calibrator);
}

// Batches with every kind of observer, numbers that need all their digits, and odd names.
void Feed(Calibrator& calibrator, float factor) {
  std::vector<float> values;
  for (int i = 0; i < 60; ++i) values.push_back(factor * static_cast<float>(std::sin(i * 0.7)));
  values[7] = kNan;
  values[9] = -kInf;
  const int64_t shape[] = {20, 3};
  const Tensor tensor = *Tensor::FromValues<float>(shape, values);
  for (const char* name : {"average.out", "x.channels", "plain", "h: \"quoted\" \xC3\xA9\n"}) {
    REQUIRE(calibrator.Observe(name, tensor).ok());
  }
  REQUIRE(calibrator.Observe("zeros", std::vector<float>{0.0f, 0.0f}).ok());
  REQUIRE(calibrator.Observe("nothing", std::vector<float>{}).ok());
}

bool Same(const Calibrator& a, const Calibrator& b) {
  if (!(a.options() == b.options()) || a.observers().size() != b.observers().size()) return false;
  for (const auto& [name, observer] : a.observers()) {
    if (b.Find(name) == nullptr || !(b.Find(name)->state() == observer.state())) return false;
  }
  return true;
}

std::filesystem::path Folder() {
  const auto folder = std::filesystem::temp_directory_path() /
                      ("pawl_calibrator_test_" + std::to_string(::getpid()));
  std::filesystem::create_directories(folder);
  return folder;
}

TEST_CASE("The first rule that matches a name chooses its observer") {
  Calibrator calibrator = Make(SomeOptions());
  Feed(calibrator, 2.0f);
  CHECK(calibrator.Find("average.out")->options().kind == ObserverKind::kMovingAverage);
  CHECK(calibrator.Find("plain")->options().kind == ObserverKind::kMinMax);
  CHECK(calibrator.Find("x.channels")->state().channels.size() == 3);
  CHECK(calibrator.Find("zeros")->options().kind == ObserverKind::kHistogram);
  CHECK(calibrator.Find("absent") == nullptr);
  CHECK(calibrator.Finish().ok());
}

TEST_CASE("A rule that matches nothing is an error with the nearest names") {
  CalibratorOptions options;
  options.rules = {{"layer1.fc9", {}}};
  Calibrator calibrator = Make(options);
  REQUIRE(calibrator.Observe("layer1.fc1", std::vector<float>{1.0f}).ok());
  const absl::Status status = calibrator.Finish();
  CHECK(status.code() == absl::StatusCode::kNotFound);
  CHECK(Has(status.message(), "layer1.fc9"));
  CHECK(Has(status.message(), "layer1.fc1"));
}

TEST_CASE("Bad rules are refused by number") {
  CalibratorOptions options;
  options.rules = {{"a", {}}, {"(", {}}};
  CHECK(Has(Calibrator::Create(options).status().message(), "rule 1"));
  options.rules[1] = {"b", {ObserverKind::kHistogram, false, 0, 77, 0.01}};
  CHECK(Has(Calibrator::Create(options).status().message(), "rule 1: observer: bins is 77"));
  options.rules.assign(kMaxCalibrationRules + 1, {"a", {}});
  CHECK_FALSE(Calibrator::Create(options).ok());
  // A few bytes that compile to 36,000 instructions, 256 times.
  options.rules.assign(kMaxCalibrationRules, {"(abcdefghijklmnopqrstuvwxyz0123456789){1000}", {}});
  const absl::Status large = Calibrator::Create(options).status();
  CHECK(absl::IsInvalidArgument(large));
  CHECK(Has(large.message(), "instructions together"));
}

TEST_CASE("Results have ranges, parameters and what was not finite") {
  Calibrator calibrator = Make({});
  REQUIRE(calibrator.Observe("b", std::vector<float>{-1.0f, 127.0f, kNan, kInf, kInf}).ok());
  REQUIRE(calibrator.Observe("a", std::vector<float>{63.5f}).ok());
  const auto results = calibrator.Results({});
  REQUIRE(results.ok());
  REQUIRE(results->size() == 2);
  CHECK((*results)[0].name == "a");
  CHECK((*results)[0].params == std::vector<QParams>{{0.5f, 0}});
  const CalibratedTensor& b = (*results)[1];
  CHECK(b.ranges == std::vector<ValueRange>{{-1.0, 127.0}});
  CHECK(b.params == std::vector<QParams>{{1.0f, 0}});
  CHECK(b.count == 2);
  CHECK(b.nan_count == 1);
  CHECK(b.inf_count == 2);
}

TEST_CASE("Errors name the tensor and leave no trace") {
  CalibratorOptions options;
  options.fallback = {ObserverKind::kMinMax, true, 2, 4096, 0.01};
  Calibrator calibrator = Make(options);
  const int64_t shape[] = {2, 2};
  const Tensor flat = *Tensor::Create(DType::kF32, shape);
  CHECK(Has(calibrator.Observe("conv1", flat).message(), "tensor 'conv1': "));
  CHECK(Has(calibrator.Observe("conv1", std::vector<float>{1.0f}).message(), "'conv1'"));
  CHECK(calibrator.observers().empty());

  Calibrator plain = Make(SomeOptions());
  REQUIRE(plain.Observe("plain", flat).ok());
  RangeOptions entropy;
  entropy.method = ObserverRange::kEntropy;
  CHECK(Has(plain.Results(entropy).status().message(), "tensor 'plain': range method entropy"));
}

TEST_CASE("Calibrators merge tensor by tensor") {
  CalibratorOptions options;
  options.fallback.bins = 256;
  Calibrator whole = Make(options);
  Calibrator a = Make(options);
  Calibrator b = Make(options);
  const std::vector<float> first = {1.0f, -2.0f, 0.25f};
  const std::vector<float> second = {900.0f, 0.0f, kNan};
  for (Calibrator* c : {&whole, &a}) REQUIRE(c->Observe("x", first).ok());
  for (Calibrator* c : {&whole, &b}) REQUIRE(c->Observe("x", second).ok());
  for (Calibrator* c : {&whole, &b}) REQUIRE(c->Observe("only b", second).ok());
  REQUIRE(a.Merge(b).ok());
  CHECK(Same(a, whole));
  CHECK_FALSE(a.Merge(Make({})).ok());
  CHECK(Same(a, whole));
}

// ---- JSON cache ---------------------------------------------------------------------------------

TEST_CASE("The JSON cache brings back the same state and the same bytes") {
  Calibrator calibrator = Make(SomeOptions());
  Feed(calibrator, 2.0f);
  Feed(calibrator, 0.1f);
  const auto text = calibrator.ToJson("hash-1");
  REQUIRE(text.ok());
  const auto loaded = Calibrator::FromJson(*text, "hash-1");
  REQUIRE(loaded.ok());
  CHECK(Same(*loaded, calibrator));
  CHECK(*loaded->ToJson("hash-1") == *text);
  // And goes on where it stopped.
  Calibrator resumed = *loaded;
  Feed(resumed, 5.0f);
  Feed(calibrator, 5.0f);
  CHECK(Same(resumed, calibrator));
}

TEST_CASE("A cache of another model is refused by both hashes") {
  const std::string text = *Make({}).ToJson("0123abcd");
  const absl::Status status = Calibrator::FromJson(text, "ffff", "cache.json").status();
  CHECK(status.code() == absl::StatusCode::kFailedPrecondition);
  CHECK(Has(status.message(), "cache.json"));
  CHECK(Has(status.message(), "0123abcd"));
  CHECK(Has(status.message(), "ffff"));
}

TEST_CASE("What JSON cannot hold is refused") {
  Calibrator calibrator = Make({});
  CHECK_FALSE(calibrator.ToJson("").ok());
  CHECK_FALSE(calibrator.ToJson("\xFF").ok());
  REQUIRE(calibrator.Observe("bad \xC3 name", std::vector<float>{1.0f}).ok());
  CHECK(Has(calibrator.ToJson("hash").status().message(), "UTF-8"));
}

TEST_CASE("Versions: a newer minor one is read, a newer major one refused by name") {
  Calibrator calibrator = Make(SomeOptions());
  Feed(calibrator, 1.0f);
  std::string text = *calibrator.ToJson("h");
  const auto replace = [](std::string from, const std::string& what, const std::string& with) {
    REQUIRE(from.find(what) != std::string::npos);
    return from.replace(from.find(what), what.size(), with);
  };
  const std::string extra = replace(text, "\"model\"", "\"more\":[1],\"model\"");
  CHECK_FALSE(Calibrator::FromJson(extra, "h").ok());
  const auto newer = Calibrator::FromJson(replace(extra, "\"1.0\"", "\"1.7\""), "h");
  REQUIRE(newer.ok());
  CHECK(Same(*newer, calibrator));
  const absl::Status major =
      Calibrator::FromJson(replace(text, "\"1.0\"", "\"2.0\""), "h").status();
  CHECK(major.code() == absl::StatusCode::kUnimplemented);
  CHECK(Has(major.message(), "2.0"));
}

TEST_CASE("Hostile caches are errors") {
  Calibrator calibrator = Make(SomeOptions());
  Feed(calibrator, 2.0f);
  const std::string good = *calibrator.ToJson("h");
  for (size_t n = 0; n + 2 < good.size(); ++n) {  // all but the closing brace and newline
    INFO("cut at " << n);
    REQUIRE_FALSE(Calibrator::FromJson(good.substr(0, n), "h").ok());
  }
  for (size_t i = 0; i < good.size(); i += 11) {
    for (const char with : {'9', '"', '[', '-', '\0'}) {
      std::string bad = good;
      bad[i] = with;
      const auto loaded = Calibrator::FromJson(bad, "h");  // must not crash; may be a valid change
      if (loaded.ok()) REQUIRE(loaded->ToJson("h").ok());
    }
  }
  const std::string deep(1 << 20, '[');
  CHECK_FALSE(Calibrator::FromJson(deep, "h").ok());
  for (const char* text : {"", "null", "[]", "3", "{}", "{\"pawl_calibration\":1}",
                           "{\"pawl_calibration\":\"1.0\"}", "TRT-8600-EntropyCalibration2\n"}) {
    INFO(text);
    CHECK_FALSE(Calibrator::FromJson(text, "h").ok());
    CHECK_FALSE(Calibrator::FromJson(text, "").ok());
  }
}

// A cache with one histogram tensor of 128 bins whose channel is `channel`.
std::string OneChannel(const std::string& channel, const std::string& tail = "") {
  const std::string observer =
      R"({"kind":"histogram","per_channel":false,"axis":0,"bins":128,"momentum":0.01})";
  const std::string tensor =
      R"({"name":"x","observer":)" + observer + R"(,"channels":[)" + channel + "]}";
  return R"({"pawl_calibration":"1.0","model":"h","fallback":)" + observer +
         R"(,"rules":[],"tensors":[)" + tensor + tail + "]}";
}

TEST_CASE("Statistics that contradict themselves are errors that name the place") {
  std::string bins = "[2";
  for (int i = 1; i < 100; ++i) bins += ",0";
  bins += ",1]";  // bin 100
  const std::string head = R"({"count":3,"nan":0,"inf":0,"min":0.0,"max":100.0,"exponent":)";
  CHECK(Calibrator::FromJson(OneChannel(head + "0,\"positive\":" + bins + "}"), "h").ok());
  const auto message = [&](const std::string& channel) {
    return std::string(Calibrator::FromJson(OneChannel(channel), "h").status().message());
  };
  CHECK(Has(message(head + "1,\"positive\":" + bins + "}"), "exponent 1"));
  CHECK(Has(message(head + "0,\"positive\":[1]}"), "shorter than half"));
  CHECK(Has(message(head + "0,\"positive\":7}"), "list of at most 128"));
  CHECK(Has(message(head + "0,\"positive\":" + bins + ",\"negative\":[-1]}"), "negative[0]"));
  CHECK(Has(message(head + "0,\"positive\":" + bins + ",\"negative\":[1]}"), "more values"));
  CHECK(Has(message(head + "0}"), "bins"));
  CHECK(Has(message("[]"), "tensors[0].channels[0]"));
  CHECK(Has(message(R"({"count":-1})"), "count"));
  CHECK(Has(message(R"({"count":1,"min":1e39,"max":1e39})"), "min"));
  const std::string twice =
      OneChannel("{}", R"(,{"name":"x","observer":{"kind":"minmax"},"channels":[{}]})");
  CHECK(Has(Calibrator::FromJson(twice, "h").status().message(), "second time"));
  const std::string size = OneChannel("{},{}");
  CHECK(Has(Calibrator::FromJson(size, "h").status().message(), "2 channels instead of 1"));
}

TEST_CASE("Caches are saved and loaded, and a failed save leaves the old file") {
  const auto folder = Folder();
  const std::string path = (folder / "calibration.json").string();
  Calibrator calibrator = Make(SomeOptions());
  Feed(calibrator, 2.0f);
  REQUIRE(calibrator.Save(path, "h").ok());
  const auto loaded = Calibrator::Load(path, "h");
  REQUIRE(loaded.ok());
  CHECK(Same(*loaded, calibrator));
  CHECK(Has(Calibrator::Load(path, "other").status().message(), path));
  CHECK(Calibrator::Load(path + ".absent", "h").status().code() == absl::StatusCode::kNotFound);

  REQUIRE(calibrator.Observe("bad \xC3 name", std::vector<float>{1.0f}).ok());
  CHECK_FALSE(calibrator.Save(path, "h").ok());
  CHECK_FALSE(loaded->Save((folder / "absent" / "c.json").string(), "h").ok());
  CHECK(Calibrator::Load(path, "h").ok());
  size_t files = 0;
  for ([[maybe_unused]] const auto& file : std::filesystem::directory_iterator(folder)) ++files;
  CHECK(files == 1);
  std::filesystem::remove_all(folder);
}

// ---- TensorRT -----------------------------------------------------------------------------------

TEST_CASE("TensorRT caches are read: names with colons and blanks, CR LF, unpadded digits") {
  const auto cache = ParseTensorRtCache(
      "TRT-7202-EntropyCalibration2\r\ndata: 3c008912\r\n"
      "(Unnamed Layer* 4) [Fully Connected]_output: 3d65992f\n\na: b: 3f800000\nz: 0\n");
  REQUIRE(cache.ok());
  CHECK(cache->version == "7202");
  CHECK(cache->algorithm == "EntropyCalibration2");
  REQUIRE(cache->scales.size() == 4);
  CHECK(cache->scales[0].first == "data");
  CHECK(std::abs(cache->scales[0].second * 127.0f - 0.99631f) < 1e-4f);
  CHECK(cache->scales[1].first == "(Unnamed Layer* 4) [Fully Connected]_output");
  CHECK(cache->scales[2] == std::pair<std::string, float>("a: b", 1.0f));
  CHECK(cache->scales[3] == std::pair<std::string, float>("z", 0.0f));
  CHECK(TensorRtRange(1.0f) == ValueRange{-127.0, 127.0});
}

TEST_CASE("TensorRT caches are written back to the same bytes") {
  const std::string text =
      "TRT-8600-MinMaxCalibration\ninput 0: 3f800000\n/conv/out: 00000001\na:b: 3c3604b4\n";
  const auto cache = ParseTensorRtCache(text);
  REQUIRE(cache.ok());
  CHECK(*FormatTensorRtCache(*cache) == text);
}

TEST_CASE("Lines that are no TensorRT cache are refused by number") {
  const auto message = [](const std::string& text) {
    return std::string(ParseTensorRtCache(text, "c.cache").status().message());
  };
  const std::string head = "TRT-1-A\n";
  CHECK(Has(message(""), "empty"));
  CHECK(Has(message("\n{}"), "line 2"));
  for (const char* bad : {"TRT-\nx: 0", "TRT-1\nx: 0", "TRT--A\n", "TRT-1-\n", "TRT-1-A b\n"}) {
    CHECK(Has(message(bad), "c.cache, line 1"));
  }
  CHECK(Has(message(head + "x 3f800000"), "line 2 has no ': '"));
  CHECK(Has(message(head + ": 3f800000"), "no name"));
  for (const char* bad : {"x: ", "x: 3f80000g", "x: 03f800000", "x: 0x3f8000", "x: -1"}) {
    CHECK(Has(message(head + bad), "hexadecimal"));
  }
  for (const char* bad : {"x: 7fc00000", "x: 7f800000", "x: bf800000"}) {
    CHECK(Has(message(head + bad), "not finite"));
  }
  CHECK(Has(message(head + "x: 1\nx: 2"), "line 3 names 'x' a second time"));
}

TEST_CASE("What a TensorRT cache cannot hold is not written") {
  CHECK(FormatTensorRtCache({"1", "A", {{"x", 1.0f}}}).ok());
  CHECK_FALSE(FormatTensorRtCache({"1-2", "A", {}}).ok());
  CHECK_FALSE(FormatTensorRtCache({"", "A", {}}).ok());
  CHECK_FALSE(FormatTensorRtCache({"1", "A\n", {}}).ok());
  CHECK_FALSE(FormatTensorRtCache({"1", "A", {{"", 1.0f}}}).ok());
  CHECK_FALSE(FormatTensorRtCache({"1", "A", {{"x\ny", 1.0f}}}).ok());
  CHECK_FALSE(FormatTensorRtCache({"1", "A", {{"x", kNan}}}).ok());
  CHECK_FALSE(FormatTensorRtCache({"1", "A", {{"x", -1.0f}}}).ok());
  CHECK_FALSE(FormatTensorRtCache({"1", "A", {{"x", 1.0f}, {"x", 1.0f}}}).ok());
}

TEST_CASE("Calibration goes to a TensorRT file and back") {
  CalibratorOptions options;
  options.rules = {{"channels", {ObserverKind::kMinMax, true, 0, 4096, 0.01}}};
  Calibrator calibrator = Make(options);
  REQUIRE(calibrator.Observe("a", std::vector<float>{-254.0f, 3.0f}).ok());
  REQUIRE(calibrator.Observe("zeros", std::vector<float>{0.0f}).ok());
  const auto cache = calibrator.ToTensorRt({});
  REQUIRE(cache.ok());
  const auto folder = Folder();
  const std::string path = (folder / "trt.cache").string();
  REQUIRE(WriteTensorRtCache(path, *cache).ok());
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  CHECK(text.str() == "TRT-8600-EntropyCalibration2\na: 40000000\nzeros: 3f800000\n");
  CHECK(*ReadTensorRtCache(path) == *cache);
  std::filesystem::remove_all(folder);

  const int64_t shape[] = {2, 1};
  REQUIRE(calibrator.Observe("channels", *Tensor::Create(DType::kF32, shape)).ok());
  CHECK(Has(calibrator.ToTensorRt({}).status().message(), "tensor 'channels' has 2 channels"));
}

}  // namespace
}  // namespace pawl
