// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Windows of pooling over one plane of an image, in up to three dimensions.

#ifndef PAWL_LIB_GRAPH_OPERATORS_POOL_BOX_H_
#define PAWL_LIB_GRAPH_OPERATORS_POOL_BOX_H_

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "lib/graph/operators/window.h"

namespace pawl {

// A window in three dimensions, the first of size 1 where there are fewer.
struct Box {
  std::array<int64_t, 3> in, out, kernel, stride, dilation, pad_begin, pad_end;

  explicit Box(const Window& w) {
    const auto widen = [&](const Dims& dims, int64_t fill) {
      std::array<int64_t, 3> wide = {fill, fill, fill};
      std::copy(dims.begin(), dims.end(), wide.end() - static_cast<int64_t>(dims.size()));
      return wide;
    };
    in = widen(w.in, 1);
    out = widen(w.out, 1);
    kernel = widen(w.kernel, 1);
    stride = widen(w.stride, 1);
    dilation = widen(w.dilation, 1);
    pad_begin = widen(w.pad_begin, 0);
    pad_end = widen(w.pad_end, 0);
  }
  int64_t in_size() const { return in[0] * in[1] * in[2]; }
  int64_t out_size() const { return out[0] * out[1] * out[2]; }
};

// Input positions of the taps that lie inside, and how many lie inside with the padding.
struct Taps {
  std::array<int64_t, 3> first, step, count, padded;

  Taps(const Box& b, const std::array<int64_t, 3>& o) {
    for (size_t d = 0; d < 3; ++d) {
      const int64_t start = o[d] * b.stride[d] - b.pad_begin[d];
      const auto below = [&](int64_t limit) {  // taps before that position
        const int64_t taps =
            limit <= start ? 0 : (limit - start + b.dilation[d] - 1) / b.dilation[d];
        return std::min(taps, b.kernel[d]);
      };
      const int64_t skip = below(0);
      first[d] = start + skip * b.dilation[d];
      step[d] = b.dilation[d];
      count[d] = below(b.in[d]) - skip;
      padded[d] = below(b.in[d] + b.pad_end[d]);
    }
  }
  int64_t inside() const { return count[0] * count[1] * count[2]; }
  int64_t with_padding() const { return padded[0] * padded[1] * padded[2]; }

  template <typename Visit>
  void ForEach(const Box& b, Visit visit) const {
    for (int64_t i = 0; i < count[0]; ++i) {
      for (int64_t j = 0; j < count[1]; ++j) {
        const int64_t row = ((first[0] + i * step[0]) * b.in[1] + first[1] + j * step[1]) * b.in[2];
        for (int64_t k = 0; k < count[2]; ++k) visit(row + first[2] + k * step[2]);
      }
    }
  }
};

template <typename Fn>
void ForEachOutput(const Box& b, Fn fn) {
  std::array<int64_t, 3> o;
  int64_t at = 0;
  for (o[0] = 0; o[0] < b.out[0]; ++o[0]) {
    for (o[1] = 0; o[1] < b.out[1]; ++o[1]) {
      for (o[2] = 0; o[2] < b.out[2]; ++o[2]) fn(Taps(b, o), at++);
    }
  }
}

// The same results as window by window, in rows (pool_rows.cc). Of a window that lies wholly in the
// padding: the lowest value, and 0.
//
// The largest element, the first of several; NaN where one is.
void MaxPoolPlane(const Box& box, const float* in, float* out);
// Sums in f64 in row-major order, divided by the taps inside, or by those in the padding, too.
void AveragePoolPlane(const Box& box, bool include_pad, const float* in, float* out);
// Of consecutive values: sums in f64 in eight lanes, lane l taking elements l, l + 8 ..., added
// from lane 0 on.
double SumOf(const float* in, int64_t count);
double SumOfSquaresOf(const float* in, int64_t count);

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_POOL_BOX_H_
