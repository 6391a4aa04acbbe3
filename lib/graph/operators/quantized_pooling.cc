// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ONNX Runtime's QLinearAveragePool and QLinearGlobalAveragePool (com.microsoft): means of codes,
// from exact sums. Inputs are x, its scale and zero point, the result's scale and zero point;
// channels_last says that images are [batch, spatial..., channels].

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "lib/graph/operators/element_types.h"
#include "lib/graph/operators/quantized_params.h"
#include "lib/graph/operators/window.h"
#include "lib/graph/own_operators.h"

namespace pawl {
namespace {

bool ChannelsLast(const Node& node) { return node.Int("channels_last", 0) != 0; }

absl::Status CheckCodes(const ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 4, 5));
  if (c.dtype(0) != DType::kU8 && c.dtype(0) != DType::kI8)
    return TypeError(0, c.dtype(0), "u8, i8");
  if (c.rank(0) < 3 || c.rank(0) > 5) {
    return absl::InvalidArgumentError(absl::StrCat("has an input of shape ", ShapeString(c.dims(0)),
                                                   "; it needs one to three spatial dimensions"));
  }
  return absl::OkStatus();
}

absl::Span<const int64_t> Spatial(const Node& node, const Dims& x) {
  return absl::MakeConstSpan(x).subspan(ChannelsLast(node) ? 1 : 2, x.size() - 2);
}

Dims OutputDims(const Node& node, const Dims& x, const Dims& spatial) {
  Dims out = {x[0]};
  if (!ChannelsLast(node)) out.push_back(x[1]);
  out.insert(out.end(), spatial.begin(), spatial.end());
  if (ChannelsLast(node)) out.push_back(x.back());
  return out;
}

absl::StatusOr<Window> WindowOf(const Node& node, const Dims& x) {
  return ReadWindow(node, Spatial(node, x), {}, node.Int("ceil_mode", 0) != 0);
}

absl::Status AverageShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckCodes(c));
  PAWL_ASSIGN_OR_RETURN(const Window window, WindowOf(c.node(), c.dims(0)));
  c.Set(0, c.Has(4) ? c.dtype(4) : c.dtype(0), OutputDims(c.node(), c.dims(0), window.out));
  return absl::OkStatus();
}

absl::Status GlobalShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckCodes(c));
  c.Set(0, c.Has(4) ? c.dtype(4) : c.dtype(0),
        OutputDims(c.node(), c.dims(0), Dims(c.dims(0).size() - 2, 1)));
  return absl::OkStatus();
}

// The code of the mean of `count` codes that add up to `sum`.
struct MeanCode {
  double scale = 1.0;  // x's by y's
  int64_t x_zero = 0, y_zero = 0;
  CodeRange range = {};

  int32_t operator()(int64_t sum, int64_t inside, int64_t count) const {
    const double mean = static_cast<double>(sum - inside * x_zero) * scale /
                        static_cast<double>(std::max<int64_t>(count, 1));
    const double code = std::nearbyint(std::clamp(mean, -1e6, 1e6)) + static_cast<double>(y_zero);
    return static_cast<int32_t>(
        std::clamp(code, static_cast<double>(range.lo), static_cast<double>(range.hi)));
  }
};

absl::StatusOr<MeanCode> MeanCodeOf(const OpRun& run) {
  MeanCode mean;
  for (const size_t i : {1, 3}) {
    if (run.input(i).dtype() != DType::kF32 || run.input(i).num_elements() != 1) {
      return absl::InvalidArgumentError(absl::StrCat("input ", i, " must be one f32 scale"));
    }
  }
  mean.scale = double{Data<float>(run.input(1))[0]} / double{Data<float>(run.input(3))[0]};
  for (const size_t i : {2, 4}) {
    if (!run.Has(i)) continue;
    PAWL_ASSIGN_OR_RETURN(const std::vector<int32_t> zeros, ZeroPointsOf(run.input(i)));
    if (zeros.size() != 1) return absl::InvalidArgumentError("must have one zero point");
    (i == 2 ? mean.x_zero : mean.y_zero) = zeros[0];
  }
  PAWL_ASSIGN_OR_RETURN(mean.range, CodeRangeOf(run.output(0).dtype(), 0));
  return mean;
}

// Steps from channel to channel and from position to position.
struct Layout {
  int64_t channels, channel_step, step;
  Layout(const Node& node, const Tensor& t, int64_t positions)
      : channels(ChannelsLast(node) ? t.shape().back() : t.dim(1)),
        channel_step(ChannelsLast(node) ? 1 : positions),
        step(ChannelsLast(node) ? channels : 1) {}
};

// Positions in the image of the taps that lie inside, and how many lie inside with the padding.
int64_t FindTaps(const Window& w, int64_t position, std::vector<int64_t>& inside) {
  Dims start(w.rank());
  for (size_t d = w.rank(); d-- > 0;) {
    start[d] = position % w.out[d] * w.stride[d] - w.pad_begin[d];
    position /= w.out[d];
  }
  inside.clear();
  int64_t padded = 0;
  for (int64_t t = 0; t < w.taps(); ++t) {
    int64_t rest = t, at = 0, step = 1;
    bool in_image = true, in_padding = true;
    for (size_t d = w.rank(); d-- > 0;) {
      const int64_t i = start[d] + rest % w.kernel[d] * w.dilation[d];
      rest /= w.kernel[d];
      in_image &= i >= 0 && i < w.in[d];
      in_padding &= i < w.in[d] + w.pad_end[d];
      at += i * step;
      step *= w.in[d];
    }
    if (in_image) inside.push_back(at);
    padded += in_padding ? 1 : 0;
  }
  return padded;
}

template <typename T>
absl::Status AverageOf(OpRun& run) {
  const Tensor& x = run.input(0);
  Tensor& y = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const MeanCode mean, MeanCodeOf(run));
  PAWL_ASSIGN_OR_RETURN(const Window w, WindowOf(run.node(), x.shape()));
  const bool count_padding = run.node().Int("count_include_pad", 0) != 0;
  const int64_t in_size = DimProduct(w.in), out_size = DimProduct(w.out);
  const Layout in(run.node(), x, in_size), out(run.node(), y, out_size);
  return Ranges(run, x.dim(0) * out_size, 64, [&](int64_t begin, int64_t end) {
    std::vector<int64_t> taps;
    for (int64_t i = begin; i < end; ++i) {
      const int64_t n = i / out_size, position = i % out_size;
      const int64_t padded = FindTaps(w, position, taps);
      const auto inside = static_cast<int64_t>(taps.size());
      const T* from = Data<T>(x) + n * in.channels * in_size;
      T* to = MutableData<T>(y) + n * out.channels * out_size + position * out.step;
      for (int64_t c = 0; c < in.channels; ++c, from += in.channel_step, to += out.channel_step) {
        int64_t sum = 0;
        for (const int64_t tap : taps) sum += from[tap * in.step];
        *to = static_cast<T>(mean(sum, inside, count_padding ? padded : inside));
      }
    }
  });
}

template <typename T>
int64_t SumOf(const T* from, int64_t count) {
  int32_t sums[4] = {};  // below 2^31 for images of up to 2^25 pixels; more go in parts
  constexpr int64_t kPart = int64_t{1} << 22;
  int64_t total = 0, i = 0;
  while (count - i >= 4) {
    const int64_t end = i + std::min((count - i) / 4 * 4, kPart);
    for (; i < end; i += 4) {
      for (int64_t j = 0; j < 4; ++j) sums[j] += from[i + j];
    }
    for (int32_t& sum : sums) {
      total += sum;
      sum = 0;
    }
  }
  for (; i < count; ++i) total += from[i];
  return total;
}

template <typename T>
absl::Status GlobalOf(OpRun& run) {
  const Tensor& x = run.input(0);
  PAWL_ASSIGN_OR_RETURN(const MeanCode mean, MeanCodeOf(run));
  const int64_t size = DimProduct(Spatial(run.node(), x.shape()));
  const Layout in(run.node(), x, size);
  T* to = MutableData<T>(run.output(0));
  if (!ChannelsLast(run.node())) {
    return Ranges(run, x.dim(0) * in.channels,
                  std::max<int64_t>(1, 65536 / std::max<int64_t>(1, size)),
                  [&](int64_t begin, int64_t end) {
                    for (int64_t p = begin; p < end; ++p) {
                      const int64_t sum = SumOf(Data<T>(x) + p * size, size);
                      to[p] = static_cast<T>(mean(sum, size, size));
                    }
                  });
  }
  return Ranges(run, x.dim(0), 1, [&](int64_t begin, int64_t end) {
    std::vector<int32_t> sums(static_cast<size_t>(in.channels));
    std::vector<int64_t> totals(sums.size());
    for (int64_t n = begin; n < end; ++n) {
      std::fill(totals.begin(), totals.end(), 0);
      const T* from = Data<T>(x) + n * size * in.channels;
      constexpr int64_t kPart = int64_t{1} << 22;
      for (int64_t p = 0; p < size;) {
        std::fill(sums.begin(), sums.end(), 0);
        for (const int64_t last = std::min(size, p + kPart); p < last; ++p) {
          int32_t* sum = sums.data();
          const int64_t whole = in.channels / 8 * 8;
          for (int64_t c = 0; c < whole; c += 8) {
            for (int64_t j = 0; j < 8; ++j) sum[c + j] += from[c + j];
          }
          for (int64_t c = whole; c < in.channels; ++c) sum[c] += from[c];
          from += in.channels;
        }
        for (size_t c = 0; c < sums.size(); ++c) totals[c] += sums[c];
      }
      for (size_t c = 0; c < totals.size(); ++c) {
        to[n * in.channels + static_cast<int64_t>(c)] = static_cast<T>(mean(totals[c], size, size));
      }
    }
  });
}

absl::Status RunAverage(OpRun& run) {
  return run.input(0).dtype() == DType::kI8 ? AverageOf<int8_t>(run) : AverageOf<uint8_t>(run);
}
absl::Status RunGlobal(OpRun& run) {
  return run.input(0).dtype() == DType::kI8 ? GlobalOf<int8_t>(run) : GlobalOf<uint8_t>(run);
}

constexpr Operator kTable[] = {
    {.name = "QLinearAveragePool",
     .domain = kMicrosoftDomain,
     .shape = AverageShape,
     .run = RunAverage,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic},
    {.name = "QLinearGlobalAveragePool",
     .domain = kMicrosoftDomain,
     .shape = GlobalShape,
     .run = RunGlobal,
     .quantize = QuantKind::kQuantized,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> QuantizedPoolingOperators() { return kTable; }

}  // namespace pawl
