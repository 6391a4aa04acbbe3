// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// DFT, STFT, and what stands around them: HannWindow, HammingWindow, BlackmanWindow,
// MelWeightMatrix. Computed in f64, rounded once (onnx/onnx, docs/Operators.md).

#include <algorithm>
#include <cmath>
#include <complex>
#include <optional>
#include <utility>
#include <vector>

#include "lib/graph/onnx_numbers.h"
#include "lib/graph/operators/element_types.h"

namespace pawl {
namespace {

using Complex = std::complex<double>;
constexpr double kPi = 3.14159265358979323846;

// The one number of an input of any type.
absl::StatusOr<double> NumberOf(const Tensor& tensor, size_t input) {
  if (tensor.num_elements() != 1) {
    return absl::InvalidArgumentError(absl::StrCat("input ", input, " must be a scalar"));
  }
  if (tensor.dtype() == DType::kF64) return tensor.as<double>()[0];
  if (IsFloat(tensor.dtype())) {
    PAWL_ASSIGN_OR_RETURN(const Tensor wide, tensor.ToF32());
    return static_cast<double>(wide.as<float>()[0]);
  }
  PAWL_ASSIGN_OR_RETURN(const auto values, IntegersOf(tensor));
  return static_cast<double>(values[0]);
}

absl::StatusOr<int64_t> CountOf(const Tensor& tensor, size_t input) {
  PAWL_ASSIGN_OR_RETURN(const double value, NumberOf(tensor, input));
  if (!(value >= 0 && value < 0x1p31)) {
    return absl::InvalidArgumentError(absl::StrCat("input ", input, " is ", value));
  }
  return static_cast<int64_t>(value);
}

// Into output 0, rounded to its type.
absl::Status Store(Tensor& out, const std::vector<double>& values) {
  return ForType<kNumberTypes>(0, out.dtype(), [&](auto zero) {
    using T = decltype(zero);
    T* to = MutableData<T>(out);
    for (size_t i = 0; i < values.size(); ++i) to[i] = Narrow<T>(static_cast<Wide<T>>(values[i]));
    return absl::OkStatus();
  });
}

absl::StatusOr<std::vector<double>> Load(const Tensor& in, size_t input) {
  std::vector<double> values(static_cast<size_t>(in.num_elements()));
  PAWL_RETURN_IF_ERROR(ForType<kFloatTypes>(input, in.dtype(), [&](auto zero) {
    const auto* from = Data<decltype(zero)>(in);
    for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<double>(Widen(from[i]));
    return absl::OkStatus();
  }));
  return values;
}

absl::StatusOr<DType> TypeAsked(const Node& node) {
  const auto dtype = DTypeOfOnnx(node.Int("output_datatype", kOnnxFloat));
  if (!dtype.has_value()) return absl::UnimplementedError("output_datatype is no type of Pawl's");
  return *dtype;
}

// --- windows: a0 - a1 cos(2 pi i / N) + a2 cos(4 pi i / N) ---

absl::Status WindowShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, 1));
  PAWL_ASSIGN_OR_RETURN(const DType dtype, TypeAsked(c.node()));
  int64_t size = kUnknownDim;
  if (c.Contents(0) != nullptr) {
    PAWL_ASSIGN_OR_RETURN(size, CountOf(*c.Contents(0), 0));
  }
  c.Set(0, dtype, {size});
  return absl::OkStatus();
}

absl::Status RunWindow(OpRun& run) {
  const absl::string_view op = run.node().op;
  const bool hann = op == "HannWindow", blackman = op == "BlackmanWindow";
  const double a0 = hann ? 0.5 : blackman ? 0.42 : 25.0 / 46, a2 = blackman ? 0.08 : 0;
  const double a1 = blackman ? 0.5 : 1 - a0;
  const int64_t size = run.output(0).num_elements();
  const int64_t period = run.node().Int("periodic", 1) != 0 ? size : size - 1;
  std::vector<double> values(static_cast<size_t>(size), 1.0);
  for (int64_t i = 0; i < size && period > 0; ++i) {
    const double angle = 2 * kPi * static_cast<double>(i) / static_cast<double>(period);
    values[static_cast<size_t>(i)] = a0 - a1 * std::cos(angle) + a2 * std::cos(2 * angle);
  }
  return Store(run.output(0), values);
}

// --- MelWeightMatrix: [dft_length / 2 + 1, bins] triangles over frequencies ---

absl::Status MelShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 5, 5));
  PAWL_ASSIGN_OR_RETURN(const DType dtype, TypeAsked(c.node()));
  Dims dims = {kUnknownDim, kUnknownDim};
  if (c.Contents(0) != nullptr && c.Contents(1) != nullptr) {
    PAWL_ASSIGN_OR_RETURN(dims[1], CountOf(*c.Contents(0), 0));
    PAWL_ASSIGN_OR_RETURN(const int64_t length, CountOf(*c.Contents(1), 1));
    dims[0] = length / 2 + 1;
  }
  c.Set(0, dtype, std::move(dims));
  return absl::OkStatus();
}

absl::Status RunMel(OpRun& run) {
  std::vector<double> given;
  for (size_t i = 0; i < 5; ++i) {
    PAWL_ASSIGN_OR_RETURN(const double value, NumberOf(run.input(i), i));
    given.push_back(value);
  }
  const int64_t rows = run.output(0).dim(0), bins = run.output(0).dim(1);
  const auto mel = [](double hertz) { return 2595 * std::log10(1 + hertz / 700); };
  const double low = mel(given[3]), step = (mel(given[4]) - low) / static_cast<double>(bins + 2);
  std::vector<int64_t> edges;
  for (int64_t i = 0; i < bins + 2; ++i) {
    const double hertz = 700 * (std::pow(10, (low + static_cast<double>(i) * step) / 2595) - 1);
    const double edge = std::floor((given[1] + 1) * hertz / given[2]);
    if (!(edge >= 0 && edge < static_cast<double>(rows))) {
      return absl::InvalidArgumentError("its frequencies are outside of the spectrum");
    }
    edges.push_back(static_cast<int64_t>(edge));
  }
  std::vector<double> values(static_cast<size_t>(rows * bins), 0.0);
  for (int64_t i = 0; i < bins; ++i) {
    const auto at = [&](int64_t row) -> double& {
      return values[static_cast<size_t>(row * bins + i)];
    };
    const int64_t first = edges[static_cast<size_t>(i)], top = edges[static_cast<size_t>(i) + 1],
                  last = edges[static_cast<size_t>(i) + 2];
    if (top == first) at(top) = 1;
    for (int64_t j = first; j <= top && top > first; ++j) {
      at(j) = static_cast<double>(j - first) / static_cast<double>(top - first);
    }
    for (int64_t j = top; j < last; ++j) {
      at(j) = static_cast<double>(last - j) / static_cast<double>(last - top);
    }
  }
  return Store(run.output(0), values);
}

// --- transforms ---

// Cooley and Tukey's, by the least prime factor; roots of unity of the whole length.
class Transform {
 public:
  Transform(int64_t length, bool inverse) : roots_(static_cast<size_t>(length)) {
    const double sign = inverse ? 2 * kPi : -2 * kPi;
    for (size_t i = 0; i < roots_.size(); ++i) {
      const double angle = sign * static_cast<double>(i) / static_cast<double>(length);
      roots_[i] = {std::cos(angle), std::sin(angle)};
    }
  }

  void Run(const Complex* in, Complex* out) { Part(in, 1, length(), out); }

 private:
  int64_t length() const { return static_cast<int64_t>(roots_.size()); }

  // out[n] = transform of in[0], in[step], ..., n of them.
  void Part(const Complex* in, int64_t step, int64_t n, Complex* out) {
    if (n == 1) {
      out[0] = in[0];
      return;
    }
    int64_t factor = 2;
    while (n % factor != 0) factor = factor * factor > n ? n : factor + 1;
    const int64_t rest = n / factor;
    for (int64_t f = 0; f < factor; ++f) Part(in + f * step, step * factor, rest, out + f * rest);
    std::vector<Complex> column(static_cast<size_t>(factor));
    for (int64_t k = 0; k < rest; ++k) {
      for (int64_t f = 0; f < factor; ++f) {
        column[static_cast<size_t>(f)] = out[f * rest + k];
      }
      for (int64_t j = 0; j < factor; ++j) {
        Complex sum = 0;
        for (int64_t f = 0; f < factor; ++f) {
          const int64_t turn = f * (k + j * rest) % n * step;
          const Complex& root = roots_[static_cast<size_t>(turn)];
          const Complex& x = column[static_cast<size_t>(f)];
          sum += Complex(x.real() * root.real() - x.imag() * root.imag(),
                         x.real() * root.imag() + x.imag() * root.real());
        }
        out[j * rest + k] = sum;
      }
    }
  }

  std::vector<Complex> roots_;
};

absl::Status CheckComponents(int64_t last) {
  if (last == 1 || last == 2 || last < 0) return absl::OkStatus();
  return absl::InvalidArgumentError("the last dimension must be 1 (real) or 2 (complex)");
}

// The axis is an attribute until opset 19, then input 2; nothing where it is not known yet.
absl::StatusOr<std::optional<int64_t>> DftAxis(const Node& node, const Tensor* axis, int64_t rank) {
  if (rank < 2) return absl::InvalidArgumentError("needs two dimensions at least");
  const bool is_input = node.opset >= 20;
  int64_t value = is_input ? -2 : node.Int("axis", 1);
  if (is_input && node.Input(2) != kNoValue) {
    if (axis == nullptr) return std::nullopt;
    PAWL_ASSIGN_OR_RETURN(const auto values, IntegersOf(*axis));
    if (values.size() != 1) return absl::InvalidArgumentError("input 2 must be a scalar");
    value = values[0];
  }
  PAWL_ASSIGN_OR_RETURN(value, NormalAxis(value, rank));
  if (value == rank - 1) return absl::InvalidArgumentError("the last dimension has components");
  return value;
}

absl::Status DftShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 1, c.node().opset >= 20 ? 3 : 2));
  PAWL_ASSIGN_OR_RETURN(const auto axis, DftAxis(c.node(), c.Contents(2), c.rank(0)));
  PAWL_RETURN_IF_ERROR(CheckComponents(c.dims(0).back()));
  const bool one_sided = c.node().Int("onesided", 0) != 0;
  const bool inverse = c.node().Int("inverse", 0) != 0;
  Dims dims = c.dims(0);
  dims.back() = one_sided && inverse ? 1 : 2;
  if (!axis.has_value()) {
    std::fill(dims.begin(), dims.end() - 1, kUnknownDim);
    c.Set(0, c.dtype(0), std::move(dims));
    return absl::OkStatus();
  }
  int64_t& dim = dims[static_cast<size_t>(*axis)];
  if (c.Has(1)) {
    dim = kUnknownDim;
    if (c.Contents(1) != nullptr) {
      PAWL_ASSIGN_OR_RETURN(dim, CountOf(*c.Contents(1), 1));
    }
  } else if (one_sided && inverse && dim >= 0) {
    dim = std::max<int64_t>(0, 2 * (dim - 1));
  }
  if (one_sided && !inverse && dim >= 0) dim = dim / 2 + 1;
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

// A signal of `components` as complex numbers, cut or filled with zeros; of a one-sided spectrum
// the other side follows.
void Gather(const double* in, int64_t given, int64_t stride, int64_t components, bool mirror,
            std::vector<Complex>& signal) {
  const auto length = static_cast<int64_t>(signal.size());
  for (int64_t i = 0; i < length; ++i) {
    const int64_t from = mirror && i > length / 2 ? length - i : i;
    Complex value = 0;
    if (from < given) {
      const double* x = in + from * stride;
      value = {x[0], components == 2 ? x[1] : 0.0};
    }
    signal[static_cast<size_t>(i)] = from == i ? value : std::conj(value);
  }
}

absl::Status RunDft(OpRun& run) {
  const Tensor& x = run.input(0);
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const auto axis,
                        DftAxis(run.node(), run.Has(2) ? &run.input(2) : nullptr, x.rank()));
  const bool inverse = run.node().Int("inverse", 0) != 0;
  const bool mirror = inverse && run.node().Int("onesided", 0) != 0;
  const AxisSplit from = SplitAt(x.shape(), *axis), to = SplitAt(out.shape(), *axis);
  int64_t length = mirror ? 2 * (from.size - 1) : from.size;
  if (run.Has(1)) {
    PAWL_ASSIGN_OR_RETURN(length, CountOf(run.input(1), 1));
  }
  if (length <= 0 || out.empty()) return absl::OkStatus();
  PAWL_ASSIGN_OR_RETURN(const std::vector<double> in, Load(x, 0));
  const int64_t components = x.shape().back(), parts = out.shape().back();
  const int64_t signals = from.inner / components;
  std::vector<double> values(static_cast<size_t>(out.num_elements()));
  std::vector<Complex> signal(static_cast<size_t>(length)), spectrum(signal.size());
  Transform transform(length, inverse);
  for (int64_t i = 0; i < from.outer * signals; ++i) {
    const int64_t outer = i / signals, inner = i % signals;
    Gather(in.data() + outer * from.size * from.inner + inner * components, from.size, from.inner,
           components, mirror, signal);
    transform.Run(signal.data(), spectrum.data());
    const double scale = inverse ? 1.0 / static_cast<double>(length) : 1.0;
    double* y = values.data() + outer * to.size * to.inner + inner * parts;
    for (int64_t k = 0; k < to.size; ++k, y += to.inner) {
      y[0] = spectrum[static_cast<size_t>(k)].real() * scale;
      if (parts == 2) y[1] = spectrum[static_cast<size_t>(k)].imag() * scale;
    }
  }
  return Store(out, values);
}

// --- STFT: signal [batch, length, 1 or 2], frame_step, window, frame_length ---

// Nothing where it is not known yet. window: its shape, null where there is none.
absl::StatusOr<std::optional<int64_t>> FrameLength(bool has_length, const Tensor* length,
                                                   const Dims* window) {
  if (has_length) {
    if (length == nullptr) return std::nullopt;
    PAWL_ASSIGN_OR_RETURN(const int64_t count, CountOf(*length, 3));
    if (window != nullptr && (*window)[0] >= 0 && (*window)[0] != count) {
      return absl::InvalidArgumentError("its window has another length than frame_length");
    }
    return count;
  }
  if (window == nullptr) return absl::InvalidArgumentError("has no window and no frame_length");
  if ((*window)[0] < 0) return std::nullopt;
  return (*window)[0];
}

absl::Status StftShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, 2, 4));
  if (c.rank(0) != 3 || (c.Has(2) && c.rank(2) != 1)) {
    return absl::InvalidArgumentError("needs a signal [batch, length, components] and a window");
  }
  PAWL_RETURN_IF_ERROR(CheckComponents(c.dims(0)[2]));
  const Dims* window = c.Has(2) ? &c.dims(2) : nullptr;
  PAWL_ASSIGN_OR_RETURN(const auto length, FrameLength(c.Has(3), c.Contents(3), window));
  const bool one_sided = c.node().Int("onesided", 1) != 0;
  Dims dims = {c.dims(0)[0], kUnknownDim, kUnknownDim, 2};
  if (length.has_value()) dims[2] = one_sided ? *length / 2 + 1 : *length;
  if (length.has_value() && c.Contents(1) != nullptr && c.dims(0)[1] >= 0) {
    PAWL_ASSIGN_OR_RETURN(const int64_t step, CountOf(*c.Contents(1), 1));
    if (step == 0 || *length == 0) return absl::InvalidArgumentError("its frames are empty");
    dims[1] = c.dims(0)[1] < *length ? 0 : (c.dims(0)[1] - *length) / step + 1;
  }
  c.Set(0, c.dtype(0), std::move(dims));
  return absl::OkStatus();
}

absl::Status RunStft(OpRun& run) {
  const Tensor& x = run.input(0);
  Tensor& out = run.output(0);
  PAWL_ASSIGN_OR_RETURN(const auto length,
                        FrameLength(run.Has(3), run.Has(3) ? &run.input(3) : nullptr,
                                    run.Has(2) ? &run.input(2).shape() : nullptr));
  PAWL_ASSIGN_OR_RETURN(const int64_t step, CountOf(run.input(1), 1));
  PAWL_ASSIGN_OR_RETURN(const std::vector<double> in, Load(x, 0));
  std::vector<double> window;
  if (run.Has(2)) {
    PAWL_ASSIGN_OR_RETURN(window, Load(run.input(2), 2));
  }
  if (out.empty()) return absl::OkStatus();
  const int64_t components = x.dim(2), frames = out.dim(1), bins = out.dim(2);
  std::vector<double> values(static_cast<size_t>(out.num_elements()));
  const Transform prototype(*length, false);
  PAWL_RETURN_IF_ERROR(Ranges(run, out.dim(0) * frames, 4, [&](int64_t begin, int64_t end) {
    Transform transform = prototype;
    std::vector<Complex> signal(static_cast<size_t>(*length)), spectrum(signal.size());
    for (int64_t i = begin; i < end; ++i) {
      const int64_t first = i / frames * x.dim(1) + i % frames * step;
      Gather(in.data() + first * components, *length, components, components, false, signal);
      for (size_t k = 0; k < window.size(); ++k) signal[k] *= window[k];
      transform.Run(signal.data(), spectrum.data());
      double* y = values.data() + i * bins * 2;
      for (int64_t k = 0; k < bins; ++k) {
        y[2 * k] = spectrum[static_cast<size_t>(k)].real();
        y[2 * k + 1] = spectrum[static_cast<size_t>(k)].imag();
      }
    }
  }));
  return Store(out, values);
}

constexpr Operator Entry(absl::string_view name, absl::Status (*shape)(ShapeContext&),
                         absl::Status (*run)(OpRun&)) {
  return {.name = name,
          .domain = "",
          .min_opset = 17,
          .shape = shape,
          .run = run,
          .quantize = QuantKind::kFloat,
          .flags = kSymbolic};
}

constexpr Operator kTable[] = {
    Entry("HannWindow", WindowShape, RunWindow),
    Entry("HammingWindow", WindowShape, RunWindow),
    Entry("BlackmanWindow", WindowShape, RunWindow),
    Entry("MelWeightMatrix", MelShape, RunMel),
    Entry("DFT", DftShape, RunDft),
    Entry("STFT", StftShape, RunStft),
};

}  // namespace

absl::Span<const Operator> SpectralOperators() { return kTable; }

}  // namespace pawl
