// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Loops that do nothing but the instruction which limits a kernel: one file an architecture.

#ifndef PAWL_EXAMPLES_PAWL_BENCH_LOOPS_H_
#define PAWL_EXAMPLES_PAWL_BENCH_LOOPS_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"

namespace pawl::tool {

// What a kernel multiplies: f32 values (bf16 ones for 16 bits, where the target has them), or int8
// activations by codes of `bits` bits.
struct Arithmetics {
  bool floats = false;
  int bits = 8;
};

struct PeakLoop {
  void (*run)(int64_t rounds) = nullptr;  // null: there is no loop for that target
  double operations = 0.0;                // a round; a multiplication and an addition are two
  const char* text = "";                  // what the loop consists of
};

// The best exact way that the target has. Where it multiplies bytes into sums of 16 bits, codes of
// up to 7 bits do so (the fewer bits, the more pairs are added before they are widened); codes of
// 8 bits, whose pairs can overflow 16 bits, multiply as 16-bit numbers.
PeakLoop FindPeakLoop(absl::string_view target, Arithmetics arithmetics);

// Reads `bytes` (a multiple of 64) once, by the target's widest loads; `from` is 64-byte aligned.
using ReadLoop = void (*)(const void* from, size_t bytes);
ReadLoop FindReadLoop(absl::string_view target);

// How many pair sums of products of int8 and `bits`-bit codes (2..7) are added in 16 bits before
// they are widened: as many as are exact, and 8 at most, for then a group of 32 columns ends.
constexpr int PairRun(int bits) { return bits < 4 ? 8 : 1 << (7 - bits); }

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_BENCH_LOOPS_H_
