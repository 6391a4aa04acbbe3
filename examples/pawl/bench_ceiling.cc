// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/bench_ceiling.h"

#include <algorithm>
#include <chrono>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace pawl::tool {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

// 64 bytes: whatever vectors the compiler's baseline has.
typedef uint64_t Block __attribute__((vector_size(64)));

// Reads all blocks once; the sum keeps the compiler from leaving a load out.
uint64_t ReadBlocks(const Block* blocks, size_t count) {
  Block sums[4] = {};
  size_t i = 0;
  for (; i + 4 <= count; i += 4) {
    for (size_t lane = 0; lane < 4; ++lane) sums[lane] ^= blocks[i + lane];
  }
  for (; i < count; ++i) sums[0] ^= blocks[i];
  const Block all = (sums[0] ^ sums[1]) ^ (sums[2] ^ sums[3]);
  uint64_t result = 0;
  for (int i = 0; i < 8; ++i) result ^= all[i];
  return result;
}

#if defined(__x86_64__)

// Loops of 12 independent accumulators, in registers. The empty assembly hides from the
// compiler that they start equal and that x never changes: nothing can be computed once for all.
// STEP reads and writes a, and reads x.
constexpr int kAccumulators = 12;

#define PAWL_PEAK_LOOP(NAME, TARGET, VECTOR, START, STEP)                                \
  __attribute__((target(TARGET))) void NAME(int64_t rounds) {                            \
    VECTOR x = START;                                                                    \
    VECTOR a0 = x, a1 = x, a2 = x, a3 = x, a4 = x, a5 = x;                               \
    VECTOR a6 = x, a7 = x, a8 = x, a9 = x, a10 = x, a11 = x;                             \
    __asm__ volatile("" : "+x"(a0), "+x"(a1), "+x"(a2), "+x"(a3), "+x"(a4), "+x"(a5));   \
    __asm__ volatile("" : "+x"(a6), "+x"(a7), "+x"(a8), "+x"(a9), "+x"(a10), "+x"(a11)); \
    for (int64_t i = 0; i < rounds; ++i) {                                               \
      __asm__ volatile("" : "+x"(x));                                                    \
      STEP(a0), STEP(a1), STEP(a2), STEP(a3), STEP(a4), STEP(a5);                        \
      STEP(a6), STEP(a7), STEP(a8), STEP(a9), STEP(a10), STEP(a11);                      \
    }                                                                                    \
    __asm__ volatile("" : : "x"(a0), "x"(a1), "x"(a2), "x"(a3), "x"(a4), "x"(a5));       \
    __asm__ volatile("" : : "x"(a6), "x"(a7), "x"(a8), "x"(a9), "x"(a10), "x"(a11));     \
  }

#define PAWL_STEP(a) a = _mm_add_epi32(a, _mm_madd_epi16(a, x))
PAWL_PEAK_LOOP(Int8Sse2, "sse2", __m128i, _mm_set1_epi16(3), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm256_add_epi32(a, _mm256_madd_epi16(a, x))
PAWL_PEAK_LOOP(Int8Avx2, "avx2", __m256i, _mm256_set1_epi16(3), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm_add_ps(x, _mm_mul_ps(a, x))
PAWL_PEAK_LOOP(F32Sse2, "sse2", __m128, _mm_set1_ps(0.5f), PAWL_STEP)
#undef PAWL_STEP
#define PAWL_STEP(a) a = _mm256_fmadd_ps(a, x, x)
PAWL_PEAK_LOOP(F32Avx2, "avx2,fma", __m256, _mm256_set1_ps(0.5f), PAWL_STEP)
#undef PAWL_STEP
#undef PAWL_PEAK_LOOP

#endif  // __x86_64__

struct PeakLoop {
  void (*run)(int64_t rounds) = nullptr;
  double operations = 0.0;  // a round
};

#if defined(__x86_64__)
PeakLoop FindLoop(absl::string_view target, Arithmetics arithmetics) {
  const bool int8 = arithmetics == Arithmetics::kInt8;
  // A pmaddwd does two operations on each 16-bit lane, f32 ones two on each 32-bit lane.
  if (target == "avx2") {
    return int8 ? PeakLoop{Int8Avx2, 32.0 * kAccumulators}
                : PeakLoop{F32Avx2, 16.0 * kAccumulators};
  }
  if (target == "sse2" || target == "ssse3" || target == "sse4") {
    return int8 ? PeakLoop{Int8Sse2, 16.0 * kAccumulators} : PeakLoop{F32Sse2, 8.0 * kAccumulators};
  }
  return {};
}
#else
PeakLoop FindLoop(absl::string_view, Arithmetics) { return {}; }
#endif

}  // namespace

Timing Measure(Context& context, double seconds, absl::FunctionRef<void()> call) {
  constexpr int kWarmups = 3;
  constexpr size_t kLeast = 5;
  for (int i = 0; i < kWarmups && !context.cancelled(); ++i) call();
  std::vector<double> times;
  const Clock::time_point start = Clock::now();
  while (!context.cancelled() && (times.size() < kLeast || Seconds(start) < seconds)) {
    const Clock::time_point begin = Clock::now();
    call();
    times.push_back(Seconds(begin));
  }
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const size_t half = times.size() / 2;
  const double median = times.size() % 2 == 1 ? times[half] : 0.5 * (times[half - 1] + times[half]);
  return {median, times.front(), static_cast<int64_t>(times.size())};
}

double ReadBandwidth(Context& context, size_t bytes) {
  const size_t count = std::max<size_t>(64, bytes / sizeof(Block));
  // Written to: untouched memory may be one page of zeros, which the caches hold.
  const std::vector<Block> blocks(count, Block{1});
  // Small buffers are read several times a call, or the hand-over to the threads would count.
  const auto rounds = std::max<size_t>(1, (size_t{32} << 20) / (count * sizeof(Block)));
  std::vector<uint64_t> sink(static_cast<size_t>(context.threads()));
  const Timing timing = Measure(context, 0.15, [&] {
    context.ParallelFor(context.threads(), [&](int64_t task, int) {
      // Each thread keeps to its own part, as a layer's rows are divided.
      const size_t begin = count * static_cast<size_t>(task) / context.threads();
      const size_t end = count * static_cast<size_t>(task + 1) / context.threads();
      for (size_t round = 0; round < rounds; ++round) {
        sink[static_cast<size_t>(task)] += ReadBlocks(blocks.data() + begin, end - begin);
      }
    });
  });
  if (timing.calls == 0) return 0.0;
  const double read = static_cast<double>(count * sizeof(Block)) * static_cast<double>(rounds);
  return read / timing.min;
}

std::optional<double> PeakOperations(Context& context, Arithmetics arithmetics) {
  const PeakLoop loop = FindLoop(context.target(), arithmetics);
  if (loop.run == nullptr) return std::nullopt;
  constexpr int64_t kRounds = 1'000'000;
  const Timing timing = Measure(context, 0.1, [&] {
    context.ParallelFor(context.threads(), [&](int64_t, int) { loop.run(kRounds); });
  });
  if (timing.calls == 0) return std::nullopt;
  return loop.operations * static_cast<double>(kRounds) * context.threads() / timing.min;
}

}  // namespace pawl::tool
