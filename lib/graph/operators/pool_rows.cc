// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Pooling of a plane by rows: where all columns of a window lie inside, a tap is a loop over the
// row that compilers make vectors of. (This file is compiled for that.)

#include <algorithm>
#include <limits>
#include <type_traits>

#include "lib/graph/operators/pool_box.h"

namespace pawl {
namespace {

// Positions of a row that go together: their sums stay in the first-level cache.
constexpr int64_t kStrip = 256;

// Columns of the result whose windows lie inside.
struct Columns {
  int64_t begin = 0, end = 0;

  explicit Columns(const Box& b) {
    const int64_t stride = b.stride[2], last = (b.kernel[2] - 1) * b.dilation[2];
    begin = std::min((b.pad_begin[2] + stride - 1) / stride, b.out[2]);
    const int64_t room = b.in[2] - 1 - last + b.pad_begin[2];
    end = room < 0 ? begin : std::clamp(room / stride + 1, begin, b.out[2]);
  }
};

// tap(x, first, from): `from` has the values of positions x .. x + count, `stride` apart.
template <typename Tap>
void ForTaps(const Box& b, const Taps& rows, int64_t x, const float* in, const Tap& tap) {
  for (int64_t i = 0; i < rows.count[0]; ++i) {
    for (int64_t j = 0; j < rows.count[1]; ++j) {
      const int64_t row =
          (rows.first[0] + i * rows.step[0]) * b.in[1] + rows.first[1] + j * rows.step[1];
      const float* from = in + row * b.in[2] + x * b.stride[2] - b.pad_begin[2];
      for (int64_t k = 0; k < b.kernel[2]; ++k) tap(from + k * b.dilation[2]);
    }
  }
}

template <typename Fn>
void WithStride(int64_t stride, const Fn& fn) {
  if (stride == 1) {
    fn(std::integral_constant<int64_t, 1>());
  } else if (stride == 2) {
    fn(std::integral_constant<int64_t, 2>());
  } else {
    fn(stride);
  }
}

float WindowMax(const Box& b, const Taps& taps, const float* in) {
  float best = std::numeric_limits<float>::lowest();
  bool any = false;
  taps.ForEach(b, [&](int64_t i) {
    best = any && (best >= in[i] || best != best) ? best : in[i];
    any = true;
  });
  return best;
}

double WindowSum(const Box& b, const Taps& taps, const float* in) {
  double sum = 0.0;
  taps.ForEach(b, [&](int64_t i) { sum += double{in[i]}; });
  return sum;
}

void MaxStrip(const Box& b, const Taps& rows, int64_t x, int64_t count, const float* in,
              float* out) {
  bool first = true;
  ForTaps(b, rows, x, in, [&](const float* from) {
    WithStride(b.stride[2], [&](auto stride) {
      if (first) {
        for (int64_t i = 0; i < count; ++i) out[i] = from[i * stride];
        return;
      }
      for (int64_t i = 0; i < count; ++i) {
        const float v = from[i * stride], best = out[i];
        out[i] = ((best >= v) | (best != best)) ? best : v;
      }
    });
    first = false;
  });
}

void SumStrip(const Box& b, const Taps& rows, int64_t x, int64_t count, const float* in,
              double* sums) {
  std::fill_n(sums, count, 0.0);
  ForTaps(b, rows, x, in, [&](const float* from) {
    WithStride(b.stride[2], [&](auto stride) {
      for (int64_t i = 0; i < count; ++i) sums[i] += double{from[i * stride]};
    });
  });
}

// Row by row: strip(rows, x, count, at) for positions whose windows lie inside along the row,
// single(taps, at) for the others.
template <typename Strip, typename Single>
void ForRows(const Box& b, const Strip& strip, const Single& single) {
  const Columns columns(b);
  int64_t at = 0;
  for (int64_t z = 0; z < b.out[0]; ++z) {
    for (int64_t y = 0; y < b.out[1]; ++y, at += b.out[2]) {
      const Taps rows(b, {z, y, columns.begin});
      const bool any = rows.count[0] * rows.count[1] > 0;
      const int64_t begin = any ? columns.begin : b.out[2], end = any ? columns.end : b.out[2];
      for (int64_t x = 0; x < begin; ++x) single(Taps(b, {z, y, x}), at + x);
      for (int64_t x = begin; x < end; x += kStrip) {
        strip(rows, x, std::min(kStrip, end - x), at + x);
      }
      for (int64_t x = end; x < b.out[2]; ++x) single(Taps(b, {z, y, x}), at + x);
    }
  }
}

template <typename Value>
double LaneSum(int64_t n, const Value& value) {
  double lanes[8] = {};
  int64_t i = 0;
  for (; i + 8 <= n; i += 8) {
    for (int64_t l = 0; l < 8; ++l) lanes[l] += value(i + l);
  }
  for (int64_t l = 0; i + l < n; ++l) lanes[l] += value(i + l);
  double sum = 0.0;
  for (const double lane : lanes) sum += lane;
  return sum;
}

}  // namespace

void MaxPoolPlane(const Box& b, const float* in, float* out) {
  ForRows(
      b,
      [&](const Taps& rows, int64_t x, int64_t count, int64_t at) {
        MaxStrip(b, rows, x, count, in, out + at);
      },
      [&](const Taps& taps, int64_t at) { out[at] = WindowMax(b, taps, in); });
}

void AveragePoolPlane(const Box& b, bool include_pad, const float* in, float* out) {
  const auto divisor = [&](const Taps& taps) {
    const int64_t count = include_pad ? taps.with_padding() : taps.inside();
    return static_cast<double>(std::max<int64_t>(count, 1));
  };
  ForRows(
      b,
      [&](const Taps& rows, int64_t x, int64_t count, int64_t at) {
        double sums[kStrip];
        SumStrip(b, rows, x, count, in, sums);
        const double by = divisor(rows);
        for (int64_t i = 0; i < count; ++i) out[at + i] = static_cast<float>(sums[i] / by);
      },
      [&](const Taps& taps, int64_t at) {
        out[at] = static_cast<float>(WindowSum(b, taps, in) / divisor(taps));
      });
}

double SumOf(const float* in, int64_t count) {
  return LaneSum(count, [in](int64_t i) { return double{in[i]}; });
}

double SumOfSquaresOf(const float* in, int64_t count) {
  return LaneSum(count, [in](int64_t i) { return double{in[i]} * double{in[i]}; });
}

}  // namespace pawl
