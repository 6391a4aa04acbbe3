// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Walks over tensors that are broadcast together, or over strided views, a run of elements at a
// time.

#ifndef PAWL_LIB_GRAPH_OPERATORS_BROADCAST_H_
#define PAWL_LIB_GRAPH_OPERATORS_BROADCAST_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "pawl/graph.h"

namespace pawl {

// Elements of kN operands at the indices of `dims` in row-major order. Neighbouring dimensions that
// all operands step through evenly are one.
template <size_t kN>
class StridedLoop {
 public:
  // strides[i] has dims.size() steps of operand i, in elements.
  StridedLoop(absl::Span<const int64_t> dims, const std::array<std::vector<int64_t>, kN>& strides) {
    for (size_t d = 0; d < dims.size(); ++d) {
      if (dims[d] == 1) continue;
      std::array<int64_t, kN> step;
      for (size_t i = 0; i < kN; ++i) step[i] = strides[i][d];
      if (!dims_.empty() && Joins(step, dims[d])) {
        dims_.back() *= dims[d];
        steps_.back() = step;
      } else {
        dims_.push_back(dims[d]);
        steps_.push_back(step);
      }
    }
    if (dims_.empty()) {
      dims_.push_back(1);
      steps_.push_back({});
    }
  }

  // Steps within a run.
  const std::array<int64_t, kN>& inner() const { return steps_.back(); }
  // What is left where neighbours are joined.
  const std::vector<int64_t>& dims() const { return dims_; }
  const std::vector<std::array<int64_t, kN>>& steps() const { return steps_; }
  // Whether all elements are one run.
  bool is_run() const { return dims_.size() == 1; }

  // fn(offsets of the operands, index of the element, number of elements) for runs that make up
  // [begin, end).
  template <typename Fn>
  void Walk(int64_t begin, int64_t end, const Fn& fn) const {
    if (begin >= end) return;
    std::vector<int64_t> index(dims_.size(), 0);
    std::array<int64_t, kN> at{};
    int64_t rest = begin;
    for (size_t d = dims_.size(); d-- > 0;) {
      index[d] = rest % dims_[d];
      rest /= dims_[d];
      for (size_t i = 0; i < kN; ++i) at[i] += index[d] * steps_[d][i];
    }
    const size_t last = dims_.size() - 1;
    for (int64_t i = begin; i < end;) {
      int64_t n = dims_[last] - index[last];
      if (n > end - i) n = end - i;
      fn(at, i, n);
      i += n;
      Advance(n, index, at);
    }
  }

 private:
  bool Joins(const std::array<int64_t, kN>& step, int64_t size) const {
    for (size_t i = 0; i < kN; ++i) {
      if (steps_.back()[i] != step[i] * size) return false;
    }
    return true;
  }

  void Advance(int64_t n, std::vector<int64_t>& index, std::array<int64_t, kN>& at) const {
    for (size_t d = dims_.size(); d-- > 0; n = 1) {
      index[d] += n;
      for (size_t i = 0; i < kN; ++i) at[i] += n * steps_[d][i];
      if (index[d] < dims_[d]) return;
      for (size_t i = 0; i < kN; ++i) at[i] -= dims_[d] * steps_[d][i];
      index[d] = 0;
    }
  }

  std::vector<int64_t> dims_;
  std::vector<std::array<int64_t, kN>> steps_;
};

// Row-major strides in elements.
inline std::vector<int64_t> DenseStrides(absl::Span<const int64_t> dims) {
  std::vector<int64_t> strides(dims.size());
  int64_t stride = 1;
  for (size_t d = dims.size(); d-- > 0;) {
    strides[d] = stride;
    stride *= dims[d];
  }
  return strides;
}

}  // namespace pawl

#endif  // PAWL_LIB_GRAPH_OPERATORS_BROADCAST_H_
