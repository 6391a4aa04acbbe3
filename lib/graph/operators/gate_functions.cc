// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Activation functions of recurrent layers.

#include <algorithm>
#include <cmath>
#include <string>

#include "absl/strings/ascii.h"
#include "kernels/activations.h"
#include "kernels/elementary.h"
#include "lib/core/context_internal.h"
#include "lib/graph/operators/recurrent.h"

namespace pawl {

absl::StatusOr<GateFunction> GateFunction::Parse(absl::string_view name, const float* alpha,
                                                 const float* beta) {
  struct Known {
    absl::string_view name;
    Kind kind;
    double alpha, beta;
  };
  // Defaults as the operators of the same name have them.
  constexpr Known kKnown[] = {
      {"sigmoid", Kind::kSigmoid, 0, 0},
      {"tanh", Kind::kTanh, 0, 0},
      {"relu", Kind::kRelu, 0, 0},
      {"affine", Kind::kAffine, 1, 0},
      {"leakyrelu", Kind::kLeakyRelu, 0.01, 0},
      {"thresholdedrelu", Kind::kThresholded, 1, 0},
      {"scaledtanh", Kind::kScaledTanh, 1, 1},
      {"hardsigmoid", Kind::kHardSigmoid, 0.2, 0.5},
      {"elu", Kind::kElu, 1, 0},
      {"softsign", Kind::kSoftsign, 0, 0},
      {"softplus", Kind::kSoftplus, 0, 0},
  };
  const std::string lower = absl::AsciiStrToLower(name);
  for (const Known& known : kKnown) {
    if (known.name != lower) continue;
    GateFunction f;
    f.kind_ = known.kind;
    f.alpha_ = alpha != nullptr ? static_cast<double>(*alpha) : known.alpha;
    f.beta_ = beta != nullptr ? static_cast<double>(*beta) : known.beta;
    return f;
  }
  return absl::InvalidArgumentError(absl::StrCat("has the activation '", name, "'"));
}

double GateFunction::One(double x) const {
  switch (kind_) {
    case Kind::kRelu:
      return x > 0 ? x : 0;
    case Kind::kAffine:
      return alpha_ * x + beta_;
    case Kind::kLeakyRelu:
      return x >= 0 ? x : alpha_ * x;
    case Kind::kThresholded:
      return x >= alpha_ ? x : 0;
    case Kind::kScaledTanh:
      return alpha_ * std::tanh(beta_ * x);
    case Kind::kHardSigmoid:
      return std::clamp(alpha_ * x + beta_, 0.0, 1.0);
    case Kind::kElu:
      return x >= 0 ? x : alpha_ * std::expm1(x);
    case Kind::kSoftsign:
      return x / (1 + std::fabs(x));
    case Kind::kSoftplus:
      return std::max(x, 0.0) + std::log1p(std::exp(-std::fabs(x)));
    default:
      return x;
  }
}

void GateFunction::Apply(const OpRun& run, float clip, int64_t n, float* x) const {
  if (clip > 0) {
    for (int64_t i = 0; i < n; ++i) x[i] = std::clamp(x[i], -clip, clip);
  }
  const kernels::Target target = TargetOf(&run.context());
  if (kind_ == Kind::kSigmoid) {
    kernels::Activate(target, kernels::ActivationKind::kSigmoid, x, static_cast<size_t>(n), x);
  } else if (kind_ == Kind::kTanh) {
    kernels::Elementary(target, kernels::ElementaryKind::kTanh, x, static_cast<size_t>(n), x);
  } else {
    for (int64_t i = 0; i < n; ++i) x[i] = static_cast<float>(One(static_cast<double>(x[i])));
  }
}

absl::StatusOr<std::vector<GateFunction>> GateFunctionsOf(
    const Node& node, int64_t directions, absl::Span<const absl::string_view> defaults) {
  const Attribute* names = node.Find("activations");
  const auto alphas = node.Floats("activation_alpha"), betas = node.Floats("activation_beta");
  const size_t count = defaults.size() * static_cast<size_t>(directions);
  if (names != nullptr && names->strings.size() != count) {
    return absl::InvalidArgumentError(
        absl::StrCat("names ", names->strings.size(), " activations, needs ", count));
  }
  std::vector<GateFunction> functions;
  for (size_t i = 0; i < count; ++i) {
    const absl::string_view name =
        names != nullptr ? absl::string_view(names->strings[i]) : defaults[i % defaults.size()];
    PAWL_ASSIGN_OR_RETURN(const GateFunction f,
                          GateFunction::Parse(name, i < alphas.size() ? &alphas[i] : nullptr,
                                              i < betas.size() ? &betas[i] : nullptr));
    functions.push_back(f);
  }
  return functions;
}

}  // namespace pawl
