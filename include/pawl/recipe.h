// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Recipe: which tensors become what, and how. The one description of a job that the C++ API, the C
// ABI and the command line share; a file of it is versioned JSON:
//
//   {
//     "pawl_recipe": "1.0",
//     "description": "int4 body, int8 embeddings, float head",
//     "rules": [
//       {"operator": "embedding", "scheme": "int8"},
//       {"pattern": "^head\\.", "skip": true},
//       {"scheme": "int4:g128", "method": {"name": "rtn", "range": "mse"}, "fallback": "int8"}
//     ],
//     "exclude": ["pooler"],
//     "calibration": {"observer": "histogram", "range": "percentile", "percentile": 99.99}
//   }
//
// Every field but pawl_recipe and a rule's scheme (or skip) may be left out.

#ifndef PAWL_INCLUDE_PAWL_RECIPE_H_
#define PAWL_INCLUDE_PAWL_RECIPE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/quantizer.h"

namespace pawl {

// What a weight belongs to. A file of tensors does not say; see ClassifyTensor.
// Values are part of the C ABI: never renumber.
enum class OperatorType : uint8_t {
  kAny = 0,  // of a rule without a pattern: linear, embedding and conv
  kLinear = 1,
  kEmbedding = 2,
  kConv = 3,
  kOther = 4,  // norms, biases, running statistics
};
inline constexpr int kNumOperatorTypes = 5;

// "any", "linear", "embedding", "conv", "other".
absl::string_view OperatorTypeName(OperatorType type);

// What a float tensor of this name and shape most likely is: rank 2 is linear, or an embedding
// where the name says so (embed, wte, wpe ...); rank 3 to 5 is a convolution; anything else, and
// names of norms, biases and running statistics, is other.
OperatorType ClassifyTensor(absl::string_view name, absl::Span<const int64_t> shape);

// How codes are found. Further methods add a name and their own settings.
struct RecipeMethod {
  std::string name = "rtn";  // one of Methods()
  RangeMethod range = RangeMethod::kMax;
  double percentile = 99.99;
  int64_t kmeans_iterations = 100;
  // Of gptq (gptq.h, FactorOptions and GptqOptions).
  double damping = 0.01;
  bool act_order = true;
  bool static_groups = true;
  // How far gptq first moves weights so that the quantized model's inputs give what the float
  // model's do (gptq.h, CorrectForInputs; from 0, not at all, to 1, least squares). Needs a
  // language model's calibration ids (job.h), by which both models run.
  double correction = 0.0;
  // Of smoothquant (awq.h, SmoothQuantScales): how much of the inputs' range goes into the weights.
  double alpha = 0.5;

  friend bool operator==(const RecipeMethod&, const RecipeMethod&) = default;
};

struct NamedMethod {
  absl::string_view name;
  absl::string_view description;
};
// The list behind `pawl list methods`.
absl::Span<const NamedMethod> Methods();

struct RecipeRule {
  // An RE2 expression that is searched for anywhere in the tensor's name; empty: every name.
  // One that no tensor's name contains is an error of the job.
  std::string pattern;
  OperatorType op = OperatorType::kAny;
  std::string scheme;  // ParseScheme's text; empty where skip
  bool skip = false;   // leave the tensor as it is
  RecipeMethod method;
  // What happens to a tensor whose shape does not fit the scheme. Empty: the job fails. "keep": it
  // stays as it is. Else another scheme for it. Either way the report says so.
  std::string fallback;

  friend bool operator==(const RecipeRule&, const RecipeRule&) = default;
};

// How activations are observed where a method or an operator needs their statistics.
struct RecipeCalibration {
  std::string observer = "histogram";  // minmax, moving_average, histogram
  std::string range = "percentile";    // minmax, percentile, entropy, mse
  double percentile = 99.99;
  int64_t bins = 4096;
  double momentum = 0.01;
  bool per_channel = false;
  int64_t max_samples = 0;  // 0: all

  friend bool operator==(const RecipeCalibration&, const RecipeCalibration&) = default;
};

struct Recipe {
  std::string description;
  // The first rule whose pattern and operator match decides. A tensor that no rule matches stays as
  // it is.
  std::vector<RecipeRule> rules;
  // Patterns of tensors that stay as they are, before any rule. Each must match a tensor.
  std::vector<std::string> exclude;
  RecipeCalibration calibration;
  // Keys of a newer minor version that this one does not know, as paths. Jobs put them in the
  // report.
  std::vector<std::string> ignored_keys;

  friend bool operator==(const Recipe&, const Recipe&) = default;

  // One rule for every tensor.
  static Recipe ForScheme(absl::string_view scheme);

  // Checks schemes, patterns, methods and settings. InvalidArgument names the rule and the nearest
  // word.
  absl::Status Validate() const;

  // Parses and validates. `name` (a path) stands in messages. Errors: InvalidArgument naming the
  // field, or line and column; Unimplemented for a newer major version.
  static absl::StatusOr<Recipe> FromJson(absl::string_view text, absl::string_view name = "recipe");
  // Reads the file at `path`.
  static absl::StatusOr<Recipe> Load(const std::string& path);

  // Parses back to an equal recipe; fields at their defaults are left out. The same recipe gives
  // the same text.
  std::string ToJson() const;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_RECIPE_H_
