// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Numbers that a layer packed itself, or looks at in a mapped file.

#ifndef PAWL_LIB_CORE_PACKED_ARRAY_H_
#define PAWL_LIB_CORE_PACKED_ARRAY_H_

#include <cstddef>
#include <utility>
#include <vector>

#include "pawl/tensor.h"

namespace pawl {

template <typename T>
class PackedArray {
 public:
  // What is being packed.
  std::vector<T>& own() { return own_; }
  // Elements of T's size, instead of those of its own.
  void LookAt(Tensor other) { other_ = std::move(other); }

  const T* data() const {
    return other_.empty() ? own_.data() : static_cast<const T*>(other_.data());
  }
  size_t size() const {
    return other_.empty() ? own_.size() : static_cast<size_t>(other_.num_elements());
  }
  bool empty() const { return size() == 0; }
  const T& operator[](size_t i) const { return data()[i]; }

 private:
  std::vector<T> own_;
  Tensor other_;
};

}  // namespace pawl

#endif  // PAWL_LIB_CORE_PACKED_ARRAY_H_
