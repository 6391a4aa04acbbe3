// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Calibration caches as JSON text, version 1.0:
//
//   {"pawl_calibration": "1.0", "model": HASH, "fallback": OBSERVER,
//    "rules": [{"pattern": REGEX, "observer": OBSERVER} ...],
//    "tensors": [{"name": NAME, "observer": OBSERVER, "channels": [CHANNEL ...]} ...]}
//   OBSERVER {"kind": "minmax|moving_average|histogram", "per_channel": BOOL, "axis": INT,
//             "bins": INT, "momentum": NUMBER}
//   CHANNEL  {"count": N, "nan": N, "inf": N, "min": X, "max": X} and, with a histogram, "exponent"
//            and the bins' counts without the zeros at their end, "positive" and "negative"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "lib/pipeline/strict_json.h"
#include "pawl/calibrator.h"

namespace pawl {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int kMajor = 1;
constexpr int kMinor = 0;
constexpr size_t kMaxCacheBytes = size_t{128} << 20;
constexpr int64_t kMaxCount = int64_t{1} << 60;

// ---- writing ------------------------------------------------------------------------------------

std::string Dump(const ordered_json& value) {
  return value.dump(-1, ' ', false, ordered_json::error_handler_t::replace);
}

// Whether text survives being written and read, that is, whether it is UTF-8.
absl::Status CheckText(absl::string_view what, absl::string_view text) {
  const std::string value(text);
  const json back = json::parse(Dump(value), nullptr, false);
  if (back.is_string() && *back.get_ptr<const std::string*>() == value) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("calibration cache: the ", what, " '",
                                                 absl::string_view(value),
                                                 "' is not UTF-8 text, which JSON needs"));
}

ordered_json ObserverJson(const ObserverOptions& options) {
  ordered_json out;
  const absl::string_view kind = ObserverKindName(options.kind);
  out["kind"] = std::string(kind);
  out["per_channel"] = options.per_channel;
  out["axis"] = options.axis;
  out["bins"] = options.bins;
  out["momentum"] = options.momentum;
  return out;
}

ordered_json BinsJson(absl::Span<const uint64_t> bins) {
  while (!bins.empty() && bins.back() == 0) bins.remove_suffix(1);
  ordered_json out = ordered_json::array();
  for (const uint64_t count : bins) out.push_back(count);
  return out;
}

ordered_json ChannelJson(const ChannelStatistics& channel) {
  ordered_json out;
  out["count"] = channel.count;
  out["nan"] = channel.nan_count;
  out["inf"] = channel.inf_count;
  out["min"] = channel.min;
  out["max"] = channel.max;
  if (!channel.histogram.empty()) {
    const size_t bins = channel.histogram.size() / 2;
    out["exponent"] = channel.exponent;
    out["positive"] = BinsJson(absl::MakeConstSpan(channel.histogram).first(bins));
    out["negative"] = BinsJson(absl::MakeConstSpan(channel.histogram).subspan(bins));
  }
  return out;
}

ordered_json TensorJson(const std::string& name, const ObserverState& state) {
  ordered_json out;
  out["name"] = name;
  out["observer"] = ObserverJson(state.options);
  out["channels"] = ordered_json::array();
  for (const ChannelStatistics& channel : state.channels) {
    out["channels"].push_back(ChannelJson(channel));
  }
  return out;
}

// ---- reading ------------------------------------------------------------------------------------

// Where the keys of a newer minor version go; null where there may be none.
using Ignored = std::vector<std::string>*;

absl::StatusOr<bool> IsNewerMinor(const std::string& version, absl::string_view source) {
  const std::vector<std::string> parts = absl::StrSplit(version, '.');
  int major = 0;
  int minor = 0;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &major) ||
      !absl::SimpleAtoi(parts[1], &minor) || major < 1 || minor < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(source, " is not a calibration cache: pawl_calibration is '", version,
                     "'; it must be a version such as \"1.0\""));
  }
  if (major > kMajor) {
    return absl::UnimplementedError(absl::StrCat(source, " is of version ", version,
                                                 "; this Pawl reads version ", kMajor,
                                                 ".x, a newer one is needed"));
  }
  return minor > kMinor;
}

absl::StatusOr<ObserverOptions> ReadObserver(const json& value, const std::string& where,
                                             Ignored ignored) {
  constexpr absl::string_view kKinds[] = {"minmax", "moving_average", "histogram"};
  constexpr int64_t kMaxInt = std::numeric_limits<int32_t>::max();
  ObserverOptions options;
  size_t kind = 0;
  int64_t axis = 0;
  int64_t bins = options.bins;
  JsonFields fields(value, where);
  fields.Word("kind", kKinds, &kind);
  fields.Bool("per_channel", &options.per_channel);
  fields.Int("axis", -kMaxInt, kMaxInt, &axis);
  fields.Int("bins", kMinBins, kMaxBins, &bins);
  fields.Number("momentum", 0.0, 1.0, &options.momentum);
  PAWL_RETURN_IF_ERROR(fields.Finish(ignored));
  options.kind = static_cast<ObserverKind>(kind);
  options.axis = static_cast<int32_t>(axis);
  options.bins = static_cast<int32_t>(bins);
  const absl::Status status = Observer::Create(options).status();
  if (status.ok()) return options;
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", status.message()));
}

absl::Status ReadBins(JsonFields& fields, absl::string_view key, absl::Span<uint64_t> bins) {
  const json* found = fields.Find(key);
  if (found == nullptr) return absl::OkStatus();
  const std::string path = fields.Path(key);
  for (size_t i = 0; i < found->size(); ++i) {
    const json& count = (*found)[i];
    if (!count.is_number_unsigned()) {
      return absl::InvalidArgumentError(absl::StrCat(path, "[", i, "] is not a count"));
    }
    bins[i] = count.get<uint64_t>();
  }
  return absl::OkStatus();
}

// Memory for bins is taken only where the text holds at least a quarter as many numbers: the
// largest magnitude lies in the upper half of its side's bins.
absl::Status ReadHistogram(JsonFields& fields, const json& value, int32_t bins,
                           ChannelStatistics* channel) {
  size_t longest = 0;
  for (const char* key : {"positive", "negative"}) {
    const auto found = value.find(key);
    if (found == value.end()) continue;
    if (!found->is_array() || found->size() > static_cast<size_t>(bins)) {
      return absl::InvalidArgumentError(
          absl::StrCat(fields.Path(key), " must be a list of at most ", bins, " counts"));
    }
    longest = std::max(longest, found->size());
  }
  if (longest == 0) return absl::OkStatus();
  if (longest <= static_cast<size_t>(bins) / 2) {
    return absl::InvalidArgumentError(absl::StrCat(fields.Path("positive"),
                                                   " and negative are shorter than half of ", bins,
                                                   " bins, as no histogram is"));
  }
  const auto size = static_cast<size_t>(bins);
  channel->histogram.assign(2 * size, 0);
  PAWL_RETURN_IF_ERROR(
      ReadBins(fields, "positive", absl::MakeSpan(channel->histogram).first(size)));
  return ReadBins(fields, "negative", absl::MakeSpan(channel->histogram).subspan(size));
}

absl::StatusOr<ChannelStatistics> ReadChannel(const json& value, const std::string& where,
                                              int32_t bins, Ignored ignored) {
  const double limit = std::numeric_limits<float>::max();
  ChannelStatistics channel;
  int64_t count = 0;
  int64_t nan_count = 0;
  int64_t inf_count = 0;
  int64_t exponent = 0;
  JsonFields fields(value, where);
  fields.Int("count", 0, kMaxCount, &count);
  fields.Int("nan", 0, kMaxCount, &nan_count);
  fields.Int("inf", 0, kMaxCount, &inf_count);
  fields.Number("min", -limit, limit, &channel.min);
  fields.Number("max", -limit, limit, &channel.max);
  fields.Int("exponent", -1024, 1024, &exponent);
  if (value.is_object()) fields.Fail(ReadHistogram(fields, value, bins, &channel));
  fields.Find("positive");
  fields.Find("negative");
  PAWL_RETURN_IF_ERROR(fields.Finish(ignored));
  channel.count = static_cast<uint64_t>(count);
  channel.nan_count = static_cast<uint64_t>(nan_count);
  channel.inf_count = static_cast<uint64_t>(inf_count);
  channel.exponent = static_cast<int32_t>(exponent);
  return channel;
}

absl::StatusOr<const json*> ReadList(JsonFields& fields, absl::string_view key) {
  const json* found = fields.Find(key);
  if (found == nullptr || !found->is_array()) {
    return absl::InvalidArgumentError(absl::StrCat(fields.Path(key), " must be a list"));
  }
  return found;
}

absl::StatusOr<std::pair<std::string, Observer>> ReadTensor(const json& value,
                                                            const std::string& where,
                                                            Ignored ignored) {
  JsonFields fields(value, where);
  std::string name;
  fields.String("name", &name);
  const json* observer = fields.Find("observer");
  if (observer == nullptr) fields.Fail("observer", "is missing");
  PAWL_RETURN_IF_ERROR(fields.status());
  PAWL_ASSIGN_OR_RETURN(const json* channels, ReadList(fields, "channels"));
  PAWL_RETURN_IF_ERROR(fields.Finish(ignored));
  ObserverState state;
  PAWL_ASSIGN_OR_RETURN(state.options,
                        ReadObserver(*observer, absl::StrCat(where, ".observer"), ignored));
  for (size_t c = 0; c < channels->size(); ++c) {
    PAWL_ASSIGN_OR_RETURN(ChannelStatistics channel,
                          ReadChannel((*channels)[c], absl::StrCat(where, ".channels[", c, "]"),
                                      state.options.bins, ignored));
    state.channels.push_back(std::move(channel));
  }
  absl::StatusOr<Observer> made = Observer::FromState(std::move(state));
  if (made.ok()) return std::make_pair(std::move(name), *std::move(made));
  return absl::InvalidArgumentError(
      absl::StrCat(where, " ('", name, "'): ", made.status().message()));
}

absl::StatusOr<CalibratorOptions> ReadOptions(JsonFields& fields, Ignored ignored) {
  CalibratorOptions options;
  if (const json* fallback = fields.Find("fallback"); fallback != nullptr) {
    PAWL_ASSIGN_OR_RETURN(options.fallback,
                          ReadObserver(*fallback, fields.Path("fallback"), ignored));
  }
  PAWL_ASSIGN_OR_RETURN(const json* rules, ReadList(fields, "rules"));
  for (size_t i = 0; i < rules->size(); ++i) {
    const std::string where = absl::StrCat(fields.Path("rules"), "[", i, "]");
    CalibrationRule rule;
    JsonFields rule_fields((*rules)[i], where);
    rule_fields.String("pattern", &rule.pattern);
    const json* observer = rule_fields.Find("observer");
    if (observer == nullptr) rule_fields.Fail("observer", "is missing");
    PAWL_RETURN_IF_ERROR(rule_fields.Finish(ignored));
    PAWL_ASSIGN_OR_RETURN(rule.observer,
                          ReadObserver(*observer, absl::StrCat(where, ".observer"), ignored));
    options.rules.push_back(std::move(rule));
  }
  return options;
}

}  // namespace

absl::StatusOr<std::string> Calibrator::ToJson(absl::string_view model_hash) const {
  if (model_hash.empty()) {
    return absl::InvalidArgumentError("calibration cache: the model's hash is empty");
  }
  PAWL_RETURN_IF_ERROR(CheckText("model's hash", model_hash));
  ordered_json rules = ordered_json::array();
  for (const CalibrationRule& rule : options_.rules) {
    PAWL_RETURN_IF_ERROR(CheckText("pattern", rule.pattern));
    ordered_json entry;
    entry["pattern"] = rule.pattern;
    entry["observer"] = ObserverJson(rule.observer);
    rules.push_back(std::move(entry));
  }
  // One tensor a line: readable, and a histogram does not take a line for each bin.
  std::string text = absl::StrCat("{\"pawl_calibration\":\"", kMajor, ".", kMinor,
                                  "\",\n\"model\":", Dump(std::string(model_hash)),
                                  ",\n\"fallback\":", Dump(ObserverJson(options_.fallback)),
                                  ",\n\"rules\":", Dump(rules), ",\n\"tensors\":[");
  absl::string_view separator = "\n";
  for (const auto& [name, observer] : observers_) {
    PAWL_RETURN_IF_ERROR(CheckText("tensor name", name));
    absl::StrAppend(&text, separator, Dump(TensorJson(name, observer.state())));
    separator = ",\n";
    if (text.size() > kMaxCacheBytes) {
      return absl::InvalidArgumentError(
          absl::StrCat("calibration cache of ", observers_.size(), " tensors exceeds ",
                       kMaxCacheBytes, " bytes; use fewer bins or histograms per tensor"));
    }
  }
  text += "\n]}\n";
  return text;
}

absl::StatusOr<Calibrator> Calibrator::FromJson(absl::string_view text,
                                                absl::string_view model_hash,
                                                absl::string_view source) {
  PAWL_ASSIGN_OR_RETURN(const json document, ParseStrictJson(text, source, kMaxCacheBytes));
  JsonFields fields(document, std::string(source));
  std::string version;
  std::string model;
  fields.String("pawl_calibration", &version);
  fields.String("model", &model);
  PAWL_RETURN_IF_ERROR(fields.status());
  PAWL_ASSIGN_OR_RETURN(const bool newer, IsNewerMinor(version, source));
  if (model.empty()) return absl::InvalidArgumentError(absl::StrCat(source, " names no model"));
  if (model != model_hash) {
    return absl::FailedPreconditionError(
        absl::StrCat(source, " was made for the model with hash '", model, "', not for '",
                     model_hash, "'; calibrate this model, or pass the other"));
  }
  std::vector<std::string> newer_keys;
  Ignored ignored = newer ? &newer_keys : nullptr;
  PAWL_ASSIGN_OR_RETURN(const CalibratorOptions options, ReadOptions(fields, ignored));
  PAWL_ASSIGN_OR_RETURN(const json* tensors, ReadList(fields, "tensors"));
  PAWL_RETURN_IF_ERROR(fields.Finish(ignored));
  absl::StatusOr<Calibrator> calibrator = Create(options);
  if (!calibrator.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(source, ": ", calibrator.status().message()));
  }
  for (size_t i = 0; i < tensors->size(); ++i) {
    const std::string where = absl::StrCat(source, ".tensors[", i, "]");
    PAWL_ASSIGN_OR_RETURN(auto entry, ReadTensor((*tensors)[i], where, ignored));
    const std::string name = entry.first;
    if (!calibrator->observers_.insert(std::move(entry)).second) {
      return absl::InvalidArgumentError(absl::StrCat(where, " names '", name, "' a second time"));
    }
  }
  return calibrator;
}

absl::Status Calibrator::Save(const std::string& path, absl::string_view model_hash) const {
  PAWL_ASSIGN_OR_RETURN(const std::string text, ToJson(model_hash));
  return WriteFileAtomically(path, text);
}

absl::StatusOr<Calibrator> Calibrator::Load(const std::string& path, absl::string_view model_hash) {
  PAWL_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxCacheBytes));
  return FromJson(text, model_hash, path);
}

}  // namespace pawl
