// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Products of an image's windows with weights in panels, the windows as they lie in the image:
// nothing is gathered. For position p of the image and row r of the panels
//
//   out[p, r] = sum over q < quads and j < 4 of
//               (x[place(p) + offsets[q] + j] - zero) * (code[q, r, j] - code_zero)
//
// exactly, where place(p) is that of `WindowPlaces` and code[q, r, j] byte 4 * r + j of block q:
// the panels that panel_matmul.h has for 8 bits, or the same with a sign. Where the code is
// code_zero any x will do, but it is read. Exact while quads * 4 <= 32768.
//
// Each instruction set wants the image in one of three forms: unsigned or signed codes (what is
// signed is the same xor 128), or int16 with the zero point already taken off. Every target gives
// the same bits. Pure, thread-safe.

#ifndef PAWL_KERNELS_WINDOW_MATMUL_H_
#define PAWL_KERNELS_WINDOW_MATMUL_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

enum class WindowCodes : uint8_t {
  kUnsigned,  // uint8_t
  kSigned,    // int8_t
  kWide,      // int16_t: x - zero, at most 255 in magnitude
};

// Whether code - code_zero of codes below 2^bits is what the form multiplies: a byte with a sign,
// unless it is kWide.
constexpr bool WindowWeightsFit(WindowCodes form, int bits, int32_t code_zero) {
  const int32_t largest = (1 << bits) - 1 - code_zero;
  return form == WindowCodes::kWide || (code_zero <= 128 && largest <= 127);
}

// The form that the target takes.
WindowCodes WindowCodesOf(Target target);

// Positions in the image, in elements from `x`: position p is the place
// (first + p) / row_length * row_step + (first + p) % row_length * step.
struct WindowPlaces {
  size_t first = 0;
  size_t count = 0;
  size_t row_length = 1;
  size_t row_step = 0;
  size_t step = 0;
};

struct WindowWeights {
  const uint8_t* codes = nullptr;  // [panels][panel_bytes], 64-byte aligned
  size_t panel_bytes = 0;          // a multiple of 64, at least 64 * quads
  size_t quads = 0;
  bool is_signed = false;  // codes are int8_t, and code_zero is 0: nothing is copied for quads
  int32_t code_zero = 0;
  const int64_t* offsets = nullptr;  // [quads] elements
  const int32_t* sums = nullptr;     // [panels][16] of code - code_zero over all quads
  // WindowScratchBytes(quads), 64-byte aligned; may be where the codes are, up to four panels.
  uint8_t* scratch = nullptr;
};

constexpr size_t WindowScratchBytes(size_t quads) { return 256 * quads; }

// Panels [begin, end): out[p * out_stride + 16 * (panel - begin) + r]. x in the form of
// WindowCodesOf(target), `zero` in that form too; it counts for nothing where that is kWide.
void MatMulWindows(Target target, const WindowWeights& w, size_t begin, size_t end, const void* x,
                   int32_t zero, const WindowPlaces& places, int32_t* out, size_t out_stride);

// wide[i] = codes[i] - zero.
void WidenCodes(Target target, const int8_t* codes, size_t n, int32_t zero, int16_t* wide);

namespace reference {
void MatMulWindows(const WindowWeights& w, size_t begin, size_t end, const int16_t* x,
                   const WindowPlaces& places, int32_t* out, size_t out_stride);
void WidenCodes(const int8_t* codes, size_t n, int32_t zero, int16_t* wide);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_WINDOW_MATMUL_H_
