// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Memory-bound kernels against the read bandwidth of this machine, one thread.
//
//   pawl_micro_bench                            all kernels on the best target
//   PAWL_TARGET=sse4 pawl_micro_bench           on another one
//
// The ceiling is a sum over the same f32 buffer with vector loads, measured first. Each line's
// `share` is its traffic by that ceiling, where traffic counts the bytes that must cross the memory
// bus: those read, those written, and for plain stores the written ones once more, because a cache
// line is read before it is written; streaming stores avoid that. `net` counts without it.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "kernels/dequantize.h"
#include "kernels/float_env.h"
#include "kernels/histogram.h"
#include "kernels/min_max.h"
#include "kernels/quantize.h"
#include "kernels/target.h"

namespace pawl::kernels {
namespace {

constexpr size_t kRows = 8192, kCols = 4096, kN = kRows * kCols;  // 128 MB of f32
constexpr size_t kGroup = 32;

struct AlignedFree {
  void operator()(void* p) const { std::free(p); }
};
template <class T>
using Memory = std::unique_ptr<T[], AlignedFree>;
template <class T>
Memory<T> Allocate(size_t n) {
  void* p = std::aligned_alloc(4096, (n * sizeof(T) + 4095) / 4096 * 4096);
  std::memset(p, 1, n * sizeof(T));
  return Memory<T>(static_cast<T*>(p));
}

struct Data {
  Memory<float> x = Allocate<float>(kN), out = Allocate<float>(kN);
  Memory<uint8_t> codes = Allocate<uint8_t>(kN);
  std::vector<float> scales = std::vector<float>(kN / kGroup, 0.03f);
  std::vector<float> zeros = std::vector<float>(kN / kGroup, 3.0f);
  std::vector<float> abs_maxs = std::vector<float>(kN / kGroup), mins = abs_maxs, maxs = abs_maxs;
  Target target = BestTarget();
  double ceiling = 0.0;

  Data() {
    if (const char* name = std::getenv("PAWL_TARGET")) {
      target = ParseTarget(name).value_or(BestTarget());
    }
    uint32_t state = 1;
    for (size_t i = 0; i < kN; ++i) {
      state = state * 1664525u + 1013904223u;
      x[i] = static_cast<float>(static_cast<int32_t>(state)) * 1e-9f;
      codes[i] = static_cast<uint8_t>(state >> 24);
    }
    ceiling = MeasureCeiling();
  }

  // Bytes per second of the best of some sums over x: eight independent chains of 16-byte loads,
  // several times faster than any memory.
  double MeasureCeiling() const {
    typedef uint64_t V __attribute__((vector_size(16)));
    double best = 0.0;
    for (int round = 0; round < 20; ++round) {
      const auto start = std::chrono::steady_clock::now();
      V s0 = {}, s1 = {}, s2 = {}, s3 = {}, s4 = {}, s5 = {}, s6 = {}, s7 = {};
      const auto* v = reinterpret_cast<const V*>(x.get());
      for (const auto* end = v + kN * 4 / sizeof(V); v < end; v += 8) {
        s0 += v[0], s1 += v[1], s2 += v[2], s3 += v[3];
        s4 += v[4], s5 += v[5], s6 += v[6], s7 += v[7];
      }
      V sum = s0 + s1 + s2 + s3 + s4 + s5 + s6 + s7;
      benchmark::DoNotOptimize(sum);
      const std::chrono::duration<double> seconds = std::chrono::steady_clock::now() - start;
      best = std::max(best, static_cast<double>(kN) * 4 / seconds.count());
    }
    return best;
  }
};

Data& Shared() {
  static Data data;
  return data;
}

// read and written are bytes for each value.
void Report(benchmark::State& state, double read, double written, bool streamed) {
  const double values = static_cast<double>(kN) * static_cast<double>(state.iterations());
  const double net = values * (read + written);
  const double traffic = values * (read + written * (streamed ? 1 : 2));
  using benchmark::Counter;
  state.counters["GB/s"] = Counter(traffic * 1e-9, Counter::kIsRate);
  state.counters["share"] = Counter(traffic / Shared().ceiling, Counter::kIsRate);
  state.counters["net"] = Counter(net / Shared().ceiling, Counter::kIsRate);
}

// Runs row(r) for all rows in each iteration.
template <class Row>
void Run(benchmark::State& state, double read, double written, bool streamed, const Row& row) {
  const FloatEnvironment environment;
  for (auto _ : state) {
    for (size_t r = 0; r < kRows; ++r) row(r);
    benchmark::ClobberMemory();
  }
  Report(state, read, written, streamed);
}

QuantizeGroups QuantizeParameters(size_t row, size_t group, int32_t lo, int32_t hi) {
  QuantizeGroups groups;
  groups.size = group;
  groups.scales = Shared().scales.data() + row * (kCols / group);
  groups.lo = lo;
  groups.hi = hi;
  return groups;
}

DequantizeGroups DequantizeParameters(size_t row, size_t group, bool zeros, bool stream) {
  DequantizeGroups groups;
  groups.size = group;
  groups.scales = Shared().scales.data() + row * (kCols / group);
  groups.zeros = zeros ? Shared().zeros.data() + row * (kCols / group) : nullptr;
  groups.stream = stream;
  return groups;
}

void BM_Ceiling(benchmark::State& state) {
  for (auto _ : state) state.counters["GB/s"] = Shared().MeasureCeiling() * 1e-9;
}
BENCHMARK(BM_Ceiling)->Iterations(1)->Unit(benchmark::kMillisecond);

void BM_QuantizeI8(benchmark::State& state) {
  Data& d = Shared();
  const auto group = static_cast<size_t>(state.range(0));
  Run(state, 4, 1, false, [&](size_t r) {
    QuantizeRowI8(d.target, &d.x[r * kCols], kCols, QuantizeParameters(r, group, -127, 127),
                  reinterpret_cast<int8_t*>(&d.codes[r * kCols]));
  });
}
BENCHMARK(BM_QuantizeI8)->Arg(kCols)->Arg(kGroup)->Unit(benchmark::kMillisecond);

void BM_Quantize4(benchmark::State& state) {
  Data& d = Shared();
  const auto group = static_cast<size_t>(state.range(0));
  Run(state, 4, 0.5, false, [&](size_t r) {
    QuantizeRow4(d.target, &d.x[r * kCols], kCols, QuantizeParameters(r, group, -7, 7),
                 &d.codes[r * kCols / 2]);
  });
}
BENCHMARK(BM_Quantize4)->Arg(kCols)->Arg(kGroup)->Unit(benchmark::kMillisecond);

void BM_DequantizeI8(benchmark::State& state) {
  Data& d = Shared();
  const auto group = static_cast<size_t>(state.range(0));
  const bool stream = state.range(1) != 0;
  Run(state, 1, 4, stream, [&](size_t r) {
    DequantizeRowI8(d.target, reinterpret_cast<const int8_t*>(&d.codes[r * kCols]), kCols,
                    DequantizeParameters(r, group, false, stream), &d.out[r * kCols]);
  });
}
BENCHMARK(BM_DequantizeI8)
    ->ArgsProduct({{kCols, kGroup}, {0, 1}})
    ->ArgNames({"group", "stream"})
    ->Unit(benchmark::kMillisecond);

void BM_DequantizeU4(benchmark::State& state) {
  Data& d = Shared();
  const auto group = static_cast<size_t>(state.range(0));
  const bool stream = state.range(1) != 0;
  Run(state, 0.5, 4, stream, [&](size_t r) {
    DequantizeRowU4(d.target, &d.codes[r * kCols / 2], kCols,
                    DequantizeParameters(r, group, true, stream), &d.out[r * kCols]);
  });
}
BENCHMARK(BM_DequantizeU4)
    ->ArgsProduct({{kCols, kGroup}, {0, 1}})
    ->ArgNames({"group", "stream"})
    ->Unit(benchmark::kMillisecond);

void BM_DequantizeTable4(benchmark::State& state) {
  Data& d = Shared();
  const bool stream = state.range(1) != 0;
  Run(state, 0.5, 4, stream, [&](size_t r) {
    DequantizeRowTable4(d.target, &d.codes[r * kCols / 2], kCols, d.x.get(),
                        DequantizeParameters(r, kGroup, false, stream), &d.out[r * kCols]);
  });
}
BENCHMARK(BM_DequantizeTable4)
    ->ArgsProduct({{kGroup}, {0, 1}})
    ->ArgNames({"group", "stream"})
    ->Unit(benchmark::kMillisecond);

void BM_MinMax(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0, false,
      [&](size_t r) { benchmark::DoNotOptimize(MinMax(d.target, &d.x[r * kCols], kCols).min); });
}
BENCHMARK(BM_MinMax)->Unit(benchmark::kMillisecond);

void BM_AbsMax(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0, false,
      [&](size_t r) { benchmark::DoNotOptimize(AbsMax(d.target, &d.x[r * kCols], kCols)); });
}
BENCHMARK(BM_AbsMax)->Unit(benchmark::kMillisecond);

void BM_MinMaxGroups(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0, false, [&](size_t r) {
    MinMaxGroups(d.target, &d.x[r * kCols], kCols, kGroup, d.mins.data(), d.maxs.data());
  });
}
BENCHMARK(BM_MinMaxGroups)->Unit(benchmark::kMillisecond);

void BM_AbsMaxGroups(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0, false,
      [&](size_t r) { AbsMaxGroups(d.target, &d.x[r * kCols], kCols, kGroup, d.abs_maxs.data()); });
}
BENCHMARK(BM_AbsMaxGroups)->Unit(benchmark::kMillisecond);

void BM_MinMaxColumns(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0, false, [&](size_t r) {
    MinMaxColumns(d.target, &d.x[r * kCols], 1, kCols, kCols, d.mins.data(), d.maxs.data());
  });
}
BENCHMARK(BM_MinMaxColumns)->Unit(benchmark::kMillisecond);

void BM_Histogram(benchmark::State& state) {
  Data& d = Shared();
  std::vector<uint64_t> counts(2048);
  Run(state, 4, 0, false, [&](size_t r) {
    Histogram(d.target, &d.x[r * kCols], kCols, {0.0f, 900.0f, 2048, true}, counts.data());
  });
}
BENCHMARK(BM_Histogram)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pawl::kernels

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const auto& data = pawl::kernels::Shared();
  benchmark::AddCustomContext("pawl_target", std::string(pawl::kernels::TargetName(data.target)));
  benchmark::AddCustomContext("read_ceiling_GB/s", std::to_string(data.ceiling * 1e-9));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
