// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl bench conv: one image through a convolution, beside the products that it needs and the
// memory that it touches.

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "examples/pawl/bench.h"
#include "examples/pawl/bench_ceiling.h"
#include "pawl/conv.h"
#include "pawl/quantizer.h"

namespace pawl::tool {
namespace {

struct Shape {
  ConvGeometry geometry;
  int64_t height = 0, width = 0, out = 0;

  int64_t cols() const {
    return geometry.in_channels / geometry.groups * geometry.kernel_h * geometry.kernel_w;
  }
};

bool TakeNumbers(absl::string_view text, std::vector<int64_t*> fields) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, 'x');
  if (parts.size() != fields.size()) return false;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (!absl::SimpleAtoi(parts[i], fields[i]) || *fields[i] < 0 || *fields[i] > 1 << 20) {
      return false;
    }
  }
  return true;
}

bool TakePart(absl::string_view text, ConvGeometry* g) {
  int64_t number = 0;
  if (text.size() < 2 || !TakeNumbers(text.substr(1), {&number})) return false;
  if (text[0] == 'p') {
    g->pad_left = g->pad_right = number;
    if (g->kernel_h > 1) g->pad_top = g->pad_bottom = number;
  } else if (text[0] == 's') {
    g->stride_w = number;
    if (g->kernel_h > 1 || g->kernel_w == 1) g->stride_h = number;
  } else if (text[0] == 'd') {
    g->dilation_h = g->dilation_w = number;
  } else if (text[0] == 'g') {
    g->groups = number;
  } else {
    return false;
  }
  return number > 0 || text[0] == 'p';
}

absl::StatusOr<Shape> ParseShape(const std::string& text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, ':');
  Shape shape;
  ConvGeometry& g = shape.geometry;
  bool good =
      parts.size() >= 3 && TakeNumbers(parts[0], {&g.in_channels, &shape.height, &shape.width}) &&
      TakeNumbers(parts[1], {&shape.out}) && TakeNumbers(parts[2], {&g.kernel_h, &g.kernel_w});
  for (size_t i = 3; good && i < parts.size(); ++i) good = TakePart(parts[i], &g);
  if (!good) {
    return absl::InvalidArgumentError(
        absl::StrCat("--shape '", text, "' is not like 64x56x56:64:3x3:p1:s1:d1:g1"));
  }
  return shape;
}

absl::StatusOr<QuantizedConv> MakeConv(const BenchCase& c, const Shape& shape,
                                       const BenchOptions& options, Context& context) {
  ConvOptions conv;
  conv.geometry = shape.geometry;
  conv.layout = options.layout == "nchw" ? ImageLayout::kNCHW : ImageLayout::kNHWC;
  conv.layer.name = c.shape;
  conv.layer.activation_dtype = conv.layer.output_dtype = DType::kU8;
  conv.layer.activation_zero_point = conv.layer.output_zero_point = 128;
  conv.layer.activation_scale = 1.0f / 127.0f;
  conv.layer.output_scale = 0.1f;
  if (options.mode == "dynamic_int8") conv.layer.mode = LinearMode::kDynamicInt8;
  if (options.mode == "static_int8") conv.layer.mode = LinearMode::kStaticInt8;
  if (options.mode == "integer_only") conv.layer.mode = LinearMode::kIntegerOnly;
  const absl::StatusOr<Tensor> weights = RandomTensor(shape.out, shape.cols(), 1);
  if (!weights.ok()) return weights.status();
  if (options.mode == "float") return QuantizedConv::CreateFloat(*weights, conv);
  const absl::StatusOr<Scheme> scheme = ParseScheme(c.scheme);
  if (!scheme.ok()) return scheme.status();
  absl::StatusOr<QuantizedTensor> quantized = Quantize(*weights, *scheme, {}, &context);
  if (!quantized.ok()) return quantized.status();
  return QuantizedConv::Create(*std::move(quantized), conv, &context);
}

// One call's images, of codes where the mode takes nothing else.
struct Images {
  Tensor x, y;
  InputImages in;
  OutputImages out;
};

absl::StatusOr<Images> MakeImages(const QuantizedConv& conv, const Shape& shape, bool codes) {
  const int64_t height = conv.OutputHeight(shape.height), width = conv.OutputWidth(shape.width);
  absl::StatusOr<Tensor> x =
      RandomTensor(shape.geometry.in_channels, shape.height * shape.width, 2);
  const DType type = codes ? DType::kU8 : DType::kF32;
  absl::StatusOr<Tensor> y = Tensor::Create(type, {shape.out, height * width});
  if (!x.ok()) return x.status();
  if (!y.ok()) return y.status();
  Images images{*std::move(x), *std::move(y), {}, {}};
  images.in = {images.x.data(), type, 1, shape.height, shape.width};
  images.out = {images.y.mutable_data(), type, 1, height, width};
  return images;
}

Json Start(const BenchCase& c, const BenchOptions& options, Context& context) {
  Json out;
  out["scheme"] = options.mode == "float" ? "f32" : c.scheme;
  out["shape"] = c.shape;
  out["layout"] = options.layout;
  out["mode"] = options.mode;
  out["threads"] = context.threads();
  out["target"] = std::string(context.target());
  return out;
}

}  // namespace

absl::StatusOr<Json> BenchConv(const BenchCase& c, const BenchOptions& options, Context& context) {
  const absl::StatusOr<Shape> shape = ParseShape(c.shape);
  if (!shape.ok()) return shape.status();
  const absl::StatusOr<QuantizedConv> conv = MakeConv(c, *shape, options, context);
  if (!conv.ok()) return conv.status();
  const absl::StatusOr<Images> images = MakeImages(*conv, *shape, options.mode == "integer_only");
  if (!images.ok()) return images.status();
  absl::Status status;
  const auto call = [&] {
    if (status.ok()) status = conv->Run(images->in, images->out, context);
  };
  const double once = TimeOfCall(call);
  const bool floats = options.mode == "float" || options.mode == "weight_only";
  const auto results = static_cast<double>(images->y.num_elements());
  const double operations = 2.0 * results * static_cast<double>(shape->cols());
  const auto weights = static_cast<double>(shape->out * shape->cols() * (floats ? 4 : 1));
  const auto values =
      static_cast<double>(shape->geometry.in_channels * shape->height * shape->width);
  const double bytes =
      weights + (values + results) * static_cast<double>(DTypeSize(images->in.dtype));
  ReadProbe read(context, static_cast<size_t>(bytes), 0, once);
  PeakProbe peak(context, {.floats = floats, .bits = floats ? 32 : 8}, once);
  const auto read_call = [&] { read.Run(); };
  const auto peak_call = [&] { peak.Run(); };
  std::vector<absl::FunctionRef<void()>> calls = {call, read_call};
  if (peak.known()) calls.push_back(peak_call);
  const std::vector<Timing> times = MeasureInTurn(context, options.seconds, calls);
  if (const absl::Status done = CheckDone(times, status, context); !done.ok()) return done;

  Json out = Start(c, options, context);
  AddTimes(times[0], &out);
  out["gops"] = 1e-9 * operations / times[0].median;
  out["gbps"] = 1e-9 * bytes / times[0].median;
  out["ceiling_gops"] = Json();
  out["ceiling_gbps"] = 1e-9 * read.bytes() / times[1].median;
  out["share"] = out["min_share"] = out["ceiling"] = Json();
  if (!peak.known()) return out;
  out["ceiling_gops"] = 1e-9 * peak.operations() / times[2].median;
  out["share"] = Share(operations, bytes, peak.operations() / times[2].median,
                       read.bytes() / times[1].median, times[0].median);
  out["min_share"] = Share(operations, bytes, peak.operations() / times[2].min,
                           read.bytes() / times[1].min, times[0].min);
  out["ceiling"] = peak.text();
  return out;
}

}  // namespace pawl::tool
