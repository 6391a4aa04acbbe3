// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// TensorRT's calibration cache.

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "lib/core/status_macros.h"
#include "lib/formats/file_io.h"
#include "pawl/calibrator.h"

namespace pawl {
namespace {

constexpr uint64_t kMaxCacheBytes = uint64_t{64} << 20;
constexpr absl::string_view kPrefix = "TRT-";

bool HasBlank(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](unsigned char c) {
    return absl::ascii_isspace(c) || absl::ascii_iscntrl(c);
  });
}

bool IsScale(float scale) { return scale >= 0.0f && std::isfinite(scale); }

// "TRT-8601-EntropyCalibration2".
bool ParseHeader(absl::string_view line, TensorRtCache* cache) {
  if (!absl::ConsumePrefix(&line, kPrefix) || HasBlank(line)) return false;
  const size_t dash = line.find('-');
  if (dash == absl::string_view::npos || dash == 0 || dash + 1 == line.size()) return false;
  cache->version = std::string(line.substr(0, dash));
  cache->algorithm = std::string(line.substr(dash + 1));
  return true;
}

// Why a line is not an entry; empty when it is.
std::string ParseEntry(absl::string_view line, std::pair<std::string, float>* entry) {
  const size_t colon = line.rfind(": ");
  if (colon == absl::string_view::npos) return "has no ': ' between name and scale";
  if (colon == 0) return "has no name";
  const absl::string_view digits = absl::StripAsciiWhitespace(line.substr(colon + 2));
  const bool hex = std::all_of(digits.begin(), digits.end(),
                               [](unsigned char c) { return absl::ascii_isxdigit(c); });
  uint32_t bits = 0;
  if (digits.size() > 8 || !hex || !absl::SimpleHexAtoi(digits, &bits)) {
    return "does not end in 1 to 8 hexadecimal digits";
  }
  entry->first = std::string(line.substr(0, colon));
  entry->second = std::bit_cast<float>(bits);
  if (!IsScale(entry->second)) return "has a scale that is negative or not finite";
  return "";
}

}  // namespace

absl::StatusOr<TensorRtCache> ParseTensorRtCache(absl::string_view text, absl::string_view source) {
  TensorRtCache cache;
  std::set<std::string> names;
  size_t number = 0;
  bool header = false;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size());
    absl::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    absl::ConsumeSuffix(&line, "\r");
    if (line.empty()) continue;
    const auto bad = [&](absl::string_view why) {
      return absl::InvalidArgumentError(absl::StrCat(source, ", line ", number, " ", why));
    };
    if (!header) {
      header = ParseHeader(line, &cache);
      if (!header) return bad("is not 'TRT-<version>-<algorithm>': not a TensorRT cache");
      continue;
    }
    std::pair<std::string, float> entry;
    if (const std::string why = ParseEntry(line, &entry); !why.empty()) return bad(why);
    if (!names.insert(entry.first).second) {
      return bad(absl::StrCat("names '", entry.first, "' a second time"));
    }
    cache.scales.push_back(std::move(entry));
  }
  if (!header) return absl::InvalidArgumentError(absl::StrCat(source, " is empty"));
  return cache;
}

absl::StatusOr<std::string> FormatTensorRtCache(const TensorRtCache& cache) {
  TensorRtCache parsed;
  std::string text = absl::StrCat(kPrefix, cache.version, "-", cache.algorithm);
  if (!ParseHeader(text, &parsed) || parsed.version != cache.version) {
    return absl::InvalidArgumentError(absl::StrCat(
        "TensorRT cache: version '", cache.version, "' and algorithm '", cache.algorithm,
        "' make no header; neither may be empty or hold blanks, nor "
        "the version a '-'"));
  }
  text += '\n';
  std::set<std::string> names;
  for (const auto& [name, scale] : cache.scales) {
    const auto bad = [&name = name](absl::string_view why) {
      return absl::InvalidArgumentError(absl::StrCat("TensorRT cache: tensor '", name, "' ", why));
    };
    if (name.empty() || name.find_first_of("\r\n") != std::string::npos) {
      return bad("has a name that is empty or has a line break");
    }
    if (!names.insert(name).second) return bad("is given twice");
    if (!IsScale(scale)) return bad("has a scale that is negative or not finite");
    // +0.0f: a negative zero is written as zero.
    absl::StrAppend(&text, name, ": ",
                    absl::StrFormat("%08x", std::bit_cast<uint32_t>(scale + 0.0f)), "\n");
  }
  return text;
}

absl::StatusOr<TensorRtCache> ReadTensorRtCache(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxCacheBytes));
  return ParseTensorRtCache(text, path);
}

absl::Status WriteTensorRtCache(const std::string& path, const TensorRtCache& cache) {
  PAWL_ASSIGN_OR_RETURN(const std::string text, FormatTensorRtCache(cache));
  return WriteFileAtomically(path, text);
}

ValueRange TensorRtRange(float scale) {
  const double largest = std::numeric_limits<float>::max();
  const double magnitude = std::min(127.0 * static_cast<double>(scale), largest);
  return {-magnitude, magnitude};
}

absl::StatusOr<TensorRtCache> Calibrator::ToTensorRt(RangeOptions options) const {
  options.codes = CodeRange{-127, 127, true};
  PAWL_ASSIGN_OR_RETURN(const std::vector<CalibratedTensor> results, Results(options));
  TensorRtCache cache;
  for (const CalibratedTensor& tensor : results) {
    if (tensor.params.size() != 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("tensor '", tensor.name, "' has ", tensor.params.size(),
                       " channels; TensorRT's cache holds one scale a tensor, so observe it per "
                       "tensor"));
    }
    cache.scales.emplace_back(tensor.name, tensor.params.front().scale);
  }
  return cache;
}

}  // namespace pawl
