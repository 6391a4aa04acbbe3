// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the kernel tests share: values that break kernels, buffers that notice stray writes, and
// comparison by bits.

#ifndef PAWL_TESTS_KERNELS_TEST_UTIL_H_
#define PAWL_TESTS_KERNELS_TEST_UTIL_H_

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <new>
#include <random>
#include <string>
#include <vector>

#include "kernels/target.h"
#include "tests/tested_targets.h"

namespace pawl::kernels {

inline constexpr float kInf = std::numeric_limits<float>::infinity();
inline constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();

// n elements that end at a page which can neither be read nor written, with a border before them
// that must not change. The address is aligned to sizeof(T) and no better.
template <class T>
class Buffer {
 public:
  explicit Buffer(size_t n) : n_(n) {
    const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    const size_t used = (n * sizeof(T) + kBorder + page - 1) / page * page;
    mapped_ = used + page;
    memory_ = static_cast<unsigned char*>(
        mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
    if (memory_ == MAP_FAILED || mprotect(memory_ + used, page, PROT_NONE) != 0) {
      throw std::bad_alloc();
    }
    begin_ = memory_ + used - n * sizeof(T);
    std::memset(begin_ - kBorder, kFill, n * sizeof(T) + kBorder);
  }
  explicit Buffer(const std::vector<T>& values) : Buffer(values.size()) {
    if (!values.empty()) std::memcpy(begin_, values.data(), values.size() * sizeof(T));
  }
  ~Buffer() { munmap(memory_, mapped_); }
  Buffer(const Buffer&) = delete;
  Buffer& operator=(const Buffer&) = delete;

  T* data() { return reinterpret_cast<T*>(begin_); }
  const T* data() const { return reinterpret_cast<const T*>(begin_); }
  size_t size() const { return n_; }
  T operator[](size_t i) const { return data()[i]; }

  bool BorderIntact() const {
    return std::all_of(begin_ - kBorder, begin_, [](unsigned char c) { return c == kFill; });
  }

  // The first element whose bits differ, or size(). NaN equals NaN with any_nan.
  size_t FirstDifference(const Buffer& other, bool any_nan = false) const {
    for (size_t i = 0; i < n_; ++i) {
      const T a = data()[i], b = other.data()[i];
      if (std::memcmp(&a, &b, sizeof(T)) == 0) continue;
      if (any_nan && a != a && b != b) continue;
      return i;
    }
    return n_;
  }

 private:
  static constexpr size_t kBorder = 256;  // bytes
  static constexpr unsigned char kFill = 0xA5;
  size_t n_ = 0, mapped_ = 0;
  unsigned char* memory_ = nullptr;
  unsigned char* begin_ = nullptr;
};

inline bool SameBits(double a, double b) {
  return std::bit_cast<uint64_t>(a) == std::bit_cast<uint64_t>(b) || (a != a && b != b);
}
inline bool SameBits(float a, float b) {
  return std::bit_cast<uint32_t>(a) == std::bit_cast<uint32_t>(b) || (a != a && b != b);
}

// Calls test(target) for every target of this CPU.
template <class Test>
void ForEachTarget(const Test& test) {
  for (const Target target : TestedTargets()) {
    INFO("target " << std::string(TargetName(target)));
    test(target);
  }
}

// Sizes around every vector and tile boundary, and some beyond the kernels' chunks.
inline std::vector<size_t> TestSizes() {
  std::vector<size_t> sizes;
  for (size_t n = 0; n <= 130; ++n) sizes.push_back(n);
  for (const size_t n : {255, 256, 257, 1023, 1024, 1025, 2049, 3333}) sizes.push_back(n);
  return sizes;
}

using Rng = std::mt19937;

inline float RandomNormal(Rng& rng, float sigma = 1.0f) {
  return std::normal_distribution<float>(0.0f, sigma)(rng);
}

// Any bit pattern: all exponents, denormals, infinities and NaNs with payloads.
inline float RandomBits(Rng& rng) { return std::bit_cast<float>(static_cast<uint32_t>(rng())); }

inline std::vector<float> RandomFloats(Rng& rng, size_t n, float sigma = 1.0f) {
  std::vector<float> x(n);
  for (float& v : x) v = RandomNormal(rng, sigma);
  return x;
}

// Mostly normal values, sprinkled with special ones.
inline std::vector<float> NastyFloats(Rng& rng, size_t n, float sigma = 1.0f) {
  constexpr float kSpecial[] = {0.0f,   -0.0f,   kInf,   -kInf,     kNaN,       -kNaN,
                                1e-45f, -1e-45f, 1e-40f, -1.1e-38f, 3.4e38f,    -3.4e38f,
                                0.5f,   -0.5f,   1.5f,   -2.5f,     8388607.5f, 127.5f};
  std::vector<float> x = RandomFloats(rng, n, sigma);
  for (float& v : x) {
    const uint32_t choice = static_cast<uint32_t>(rng()) % 16;
    if (choice == 0) v = kSpecial[rng() % std::size(kSpecial)];
    if (choice == 1) v = RandomBits(rng);
    if (choice == 2) v = std::floor(v * 8.0f) + 0.5f;  // half-way for a scale of one
  }
  return x;
}

template <class T>
std::vector<T> RandomIntegers(Rng& rng, size_t n) {
  std::vector<T> x(n);
  for (T& v : x) v = static_cast<T>(rng());
  return x;
}

}  // namespace pawl::kernels

#endif  // PAWL_TESTS_KERNELS_TEST_UTIL_H_
