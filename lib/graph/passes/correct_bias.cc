// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/passes/correct_bias.h"

#include <algorithm>
#include <utility>

#include "lib/core/status_macros.h"

namespace pawl {

absl::StatusOr<std::vector<double>> MeanShift(const Node& node, const Layer& layer,
                                              const Tensor& weights, const WeightCodes& codes,
                                              absl::Span<const double> means) {
  PAWL_ASSIGN_OR_RETURN(const Tensor decoded, DecodeWeights(codes));
  const float *w = weights.as<float>().data(), *q = decoded.as<float>().data();
  const auto difference = [&](int64_t i) {
    return static_cast<double>(q[i]) - static_cast<double>(w[i]);
  };
  const ChannelView view = ChannelsOf(weights, layer.axis);
  std::vector<double> shift(static_cast<size_t>(view.channels), 0.0);
  if (layer.kind == LayerKind::kLinear) {
    const int64_t in = view.outer * view.inner;
    if (static_cast<int64_t>(means.size()) != in) return shift;
    const bool rows = layer.axis == 0;
    for (int64_t c = 0; c < view.channels; ++c) {
      for (int64_t k = 0; k < in; ++k) {
        const int64_t at = rows ? c * in + k : k * view.channels + c;
        shift[static_cast<size_t>(c)] += difference(at) * means[static_cast<size_t>(k)];
      }
    }
    return shift;
  }
  const int64_t groups = std::max<int64_t>(1, node.Int("group", 1));
  const int64_t in = weights.dim(1), taps = in == 0 ? 0 : view.inner / in;
  if (static_cast<int64_t>(means.size()) != in * groups || view.channels % groups != 0) {
    return shift;
  }
  const int64_t per_group = view.channels / groups;
  for (int64_t c = 0; c < view.channels; ++c) {
    for (int64_t k = 0; k < in; ++k) {
      double sum = 0;
      for (int64_t t = 0; t < taps; ++t) sum += difference((c * in + k) * taps + t);
      shift[static_cast<size_t>(c)] += sum * means[static_cast<size_t>(c / per_group * in + k)];
    }
  }
  return shift;
}

absl::StatusOr<Tensor> CorrectedBias(const Tensor* bias, absl::Span<const double> shift) {
  PAWL_ASSIGN_OR_RETURN(Tensor out,
                        Tensor::Create(DType::kF32, {static_cast<int64_t>(shift.size())}));
  for (size_t c = 0; c < shift.size(); ++c) {
    const double b = bias != nullptr ? static_cast<double>(bias->as<float>()[c]) : 0.0;
    out.mutable_as<float>()[c] = static_cast<float>(b - shift[c]);
  }
  return out;
}

bool CouldSaturate(const WeightCodes& codes, int32_t largest) {
  constexpr int32_t kMost = 32767;
  const ChannelView view = ChannelsOf(codes.codes, codes.axis);
  const int8_t* q = codes.codes.as<int8_t>().data();
  for (int64_t c = 0; c < view.channels; ++c) {
    // The two largest of each sign: which ones meet depends on the engine.
    int32_t up[2] = {0, 0}, down[2] = {0, 0};
    const auto keep = [](int32_t v, int32_t(&best)[2]) {
      if (v > best[0]) {
        best[1] = std::exchange(best[0], v);
      } else if (v > best[1]) {
        best[1] = v;
      }
    };
    for (int64_t o = 0; o < view.outer; ++o) {
      const int8_t* row = q + (o * view.channels + c) * view.inner;
      for (int64_t i = 0; i < view.inner; ++i) {
        keep(row[i], up);
        keep(-row[i], down);
      }
    }
    if ((up[0] + up[1]) * largest > kMost || (down[0] + down[1]) * largest > kMost + 1) return true;
  }
  return false;
}

}  // namespace pawl
