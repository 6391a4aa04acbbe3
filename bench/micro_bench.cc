// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Memory-bound kernels against the read bandwidth of this machine, one thread.
//
//   pawl_micro_bench                            all kernels on the best target
//   PAWL_TARGET=sse4 pawl_micro_bench           on another one
//
// The ceiling is a sum over the same f32 buffer with the widest loads (16-byte ones read 13 % less
// on Zen 3). A pass of it follows every pass of a kernel, on the same clock (this thread's CPU
// time, so that other processes' turns do not count), and medians are compared: other load on the
// memory then weighs on both. `share` is the bytes that the kernel reads and writes, once each, by
// that read ceiling. Stores have a ceiling of their own (plain ones below it, streaming ones
// above), so a share of a kernel that mostly writes may exceed 1; one of a kernel that only reads
// may not.

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
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

double ThreadSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + values.size() / 2, values.end());
  return values[values.size() / 2];
}

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

typedef uint64_t Vector16 __attribute__((vector_size(16)));
typedef uint64_t Vector32 __attribute__((vector_size(32)));

// Four independent chains.
template <class V>
inline __attribute__((always_inline)) uint64_t Sum(const float* x) {
  V s0 = {}, s1 = {}, s2 = {}, s3 = {};
  const auto* v = reinterpret_cast<const V*>(x);
  for (const auto* end = v + kN * 4 / sizeof(V); v < end; v += 4) {
    s0 += v[0], s1 += v[1], s2 += v[2], s3 += v[3];
  }
  const V sum = s0 + s1 + s2 + s3;
  return sum[0] + sum[1];
}
#if defined(__x86_64__)
__attribute__((target("avx2"))) uint64_t SumWide(const float* x) { return Sum<Vector32>(x); }
#endif

struct Data {
  Memory<float> x = Allocate<float>(kN), out = Allocate<float>(kN);
  Memory<uint8_t> codes = Allocate<uint8_t>(kN);
  std::vector<float> scales = std::vector<float>(kN / kGroup, 0.03f);
  std::vector<float> zeros = std::vector<float>(kN / kGroup, 3.0f);
  std::vector<float> abs_maxs = std::vector<float>(kN / kGroup), mins = abs_maxs, maxs = abs_maxs;
  Target target = BestTarget();

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
  }

  double CeilingPass() const {
    const double start = ThreadSeconds();
#if defined(__x86_64__)
    uint64_t sum = __builtin_cpu_supports("avx2") ? SumWide(x.get()) : Sum<Vector16>(x.get());
#else
    uint64_t sum = Sum<Vector16>(x.get());
#endif
    benchmark::DoNotOptimize(sum);
    return ThreadSeconds() - start;
  }
};

Data& Shared() {
  static Data data;
  return data;
}

// Runs row(r) for all rows in each iteration; read and written are bytes for each value.
template <class Row>
void Run(benchmark::State& state, double read, double written, const Row& row) {
  const FloatEnvironment environment;
  std::vector<double> kernel, ceiling;
  for (auto _ : state) {
    const double start = ThreadSeconds();
    for (size_t r = 0; r < kRows; ++r) row(r);
    benchmark::ClobberMemory();
    kernel.push_back(ThreadSeconds() - start);
    state.SetIterationTime(kernel.back());
    ceiling.push_back(Shared().CeilingPass());
  }
  const double per_byte = Median(ceiling) / (kN * 4.0);
  const double values = static_cast<double>(kN) / Median(kernel);
  const double traffic = values * (read + written);
  state.counters["ceiling_GB/s"] = 1e-9 / per_byte;
  state.counters["GB/s"] = traffic * 1e-9;
  state.counters["share"] = traffic * per_byte;
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

void BM_QuantizeI8(benchmark::State& state) {
  Data& d = Shared();
  const auto group = static_cast<size_t>(state.range(0));
  Run(state, 4, 1, [&](size_t r) {
    QuantizeRowI8(d.target, &d.x[r * kCols], kCols, QuantizeParameters(r, group, -127, 127),
                  reinterpret_cast<int8_t*>(&d.codes[r * kCols]));
  });
}
BENCHMARK(BM_QuantizeI8)->Arg(kCols)->Arg(kGroup)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_Quantize4(benchmark::State& state) {
  Data& d = Shared();
  const auto group = static_cast<size_t>(state.range(0));
  Run(state, 4, 0.5, [&](size_t r) {
    QuantizeRow4(d.target, &d.x[r * kCols], kCols, QuantizeParameters(r, group, -7, 7),
                 &d.codes[r * kCols / 2]);
  });
}
BENCHMARK(BM_Quantize4)->Arg(kCols)->Arg(kGroup)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_DequantizeI8(benchmark::State& state) {
  Data& d = Shared();
  const auto group = static_cast<size_t>(state.range(0));
  const bool stream = state.range(1) != 0;
  Run(state, 1, 4, [&](size_t r) {
    DequantizeRowI8(d.target, reinterpret_cast<const int8_t*>(&d.codes[r * kCols]), kCols,
                    DequantizeParameters(r, group, false, stream), &d.out[r * kCols]);
  });
}
BENCHMARK(BM_DequantizeI8)
    ->ArgsProduct({{kCols, kGroup}, {0, 1}})
    ->ArgNames({"group", "stream"})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

void BM_DequantizeU4(benchmark::State& state) {
  Data& d = Shared();
  const auto group = static_cast<size_t>(state.range(0));
  const bool stream = state.range(1) != 0;
  Run(state, 0.5, 4, [&](size_t r) {
    DequantizeRowU4(d.target, &d.codes[r * kCols / 2], kCols,
                    DequantizeParameters(r, group, true, stream), &d.out[r * kCols]);
  });
}
BENCHMARK(BM_DequantizeU4)
    ->ArgsProduct({{kCols, kGroup}, {0, 1}})
    ->ArgNames({"group", "stream"})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

void BM_DequantizeTable4(benchmark::State& state) {
  Data& d = Shared();
  const bool stream = state.range(1) != 0;
  Run(state, 0.5, 4, [&](size_t r) {
    DequantizeRowTable4(d.target, &d.codes[r * kCols / 2], kCols, d.x.get(),
                        DequantizeParameters(r, kGroup, false, stream), &d.out[r * kCols]);
  });
}
BENCHMARK(BM_DequantizeTable4)
    ->ArgsProduct({{kGroup}, {0, 1}})
    ->ArgNames({"group", "stream"})
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond);

void BM_MinMax(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0,
      [&](size_t r) { benchmark::DoNotOptimize(MinMax(d.target, &d.x[r * kCols], kCols).min); });
}
BENCHMARK(BM_MinMax)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_AbsMax(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0,
      [&](size_t r) { benchmark::DoNotOptimize(AbsMax(d.target, &d.x[r * kCols], kCols)); });
}
BENCHMARK(BM_AbsMax)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_MinMaxGroups(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0, [&](size_t r) {
    MinMaxGroups(d.target, &d.x[r * kCols], kCols, kGroup, d.mins.data(), d.maxs.data());
  });
}
BENCHMARK(BM_MinMaxGroups)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_AbsMaxGroups(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0,
      [&](size_t r) { AbsMaxGroups(d.target, &d.x[r * kCols], kCols, kGroup, d.abs_maxs.data()); });
}
BENCHMARK(BM_AbsMaxGroups)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_MinMaxColumns(benchmark::State& state) {
  Data& d = Shared();
  Run(state, 4, 0, [&](size_t r) {
    MinMaxColumns(d.target, &d.x[r * kCols], 1, kCols, kCols, d.mins.data(), d.maxs.data());
  });
}
BENCHMARK(BM_MinMaxColumns)->UseManualTime()->Unit(benchmark::kMillisecond);

void BM_Histogram(benchmark::State& state) {
  Data& d = Shared();
  std::vector<uint64_t> counts(2048);
  Run(state, 4, 0, [&](size_t r) {
    Histogram(d.target, &d.x[r * kCols], kCols, {0.0f, 900.0f, 2048, true}, counts.data());
  });
}
BENCHMARK(BM_Histogram)->UseManualTime()->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace pawl::kernels

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const auto& data = pawl::kernels::Shared();
  benchmark::AddCustomContext("pawl_target", std::string(pawl::kernels::TargetName(data.target)));
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
