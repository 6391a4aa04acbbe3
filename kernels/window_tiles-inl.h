// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Tiles of positions in an image, for one target.

#if defined(PAWL_KERNELS_WINDOW_TILES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_WINDOW_TILES_INL_H_
#undef PAWL_KERNELS_WINDOW_TILES_INL_H_
#else
#define PAWL_KERNELS_WINDOW_TILES_INL_H_
#endif

#include <cstddef>
#include <type_traits>

#include "hwy/highway.h"
#include "kernels/window_matmul.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {

// Where the positions of a tile begin in the image.
template <class X, size_t kM>
struct WindowStarts {
  const X* at[kM];

  HWY_INLINE WindowStarts(const X* x, const WindowPlaces& places, size_t position) {
    size_t column = (places.first + position) % places.row_length;
    const X* row = x + (places.first + position) / places.row_length * places.row_step;
    PAWL_UNROLL
    for (size_t m = 0; m < kM; ++m) {
      at[m] = row + column * places.step;
      if (++column == places.row_length) {
        column = 0;
        row += places.row_step;
      }
    }
  }
};

// Calls tile<kM>(position) until every position had one: some in two tiles rather than in small
// ones.
template <size_t kMost, class Tile>
HWY_INLINE void ForWindowTiles(size_t count, const Tile& tile) {
  constexpr size_t kHalf = kMost / 2;
  size_t p = 0;
  for (; p + kMost <= count; p += kMost) tile(std::integral_constant<size_t, kMost>(), p);
  if (p == count) return;
  if (count >= kMost && count - p > kHalf) {
    return tile(std::integral_constant<size_t, kMost>(), count - kMost);
  }
  for (; p + kHalf <= count; p += kHalf) tile(std::integral_constant<size_t, kHalf>(), p);
  if (p < count && count >= kHalf) {
    return tile(std::integral_constant<size_t, kHalf>(), count - kHalf);
  }
  for (; p < count; ++p) tile(std::integral_constant<size_t, 1>(), p);
}

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
