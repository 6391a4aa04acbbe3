// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Memory-bound kernels against the read bandwidth of this machine.
//
//   pawl_micro_bench                                  all kernels on the best target
//   PAWL_TARGET=sse4 pawl_micro_bench                 on another one
//   pawl_micro_bench --benchmark_filter=threads       2 threads of a Context against 1
//   pawl_micro_bench --benchmark_filter=cached        the same on data that the last cache holds
//
// One thread (name/thread): the ceiling is a sum over the same f32 buffer with the widest loads
// (16-byte ones read 13 % less on Zen 3). Slices of 2 MB of the kernel and of the ceiling, each
// half the buffer away from the other, alternate on one clock (this thread's CPU time, so that
// other processes' turns do not count); `share` is the median over the pairs of what the kernel
// reads and writes, once each, by what the ceiling read in the same time. So other load on the
// memory weighs on both. Stores have a ceiling of their own (plain ones below it, streaming ones
// above), so a share of a kernel that mostly writes may exceed 1; one of a kernel that only reads
// may too where it prefetches or reads several streams, which the plain loop does not.
//
// Two threads (name/threads): passes over an eighth of the 128 MB through Context::ParallelFor
// with 1 and with 2 threads alternate on wall time. `speedup` is the ratio of their second
// percentiles: other processes' turns only ever add time. "read" has that of the ceiling: where one
// core already draws most of what the memory gives, nothing gains much from a second one. So
// name/cached repeats passes over the same 8 MB (of f32), for which cores do not share a bus.

#include <benchmark/benchmark.h>
#include <time.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/dequantize.h"
#include "kernels/float_env.h"
#include "kernels/histogram.h"
#include "kernels/min_max.h"
#include "kernels/quantize.h"
#include "kernels/target.h"
#include "pawl/context.h"

namespace pawl::kernels {
namespace {

constexpr size_t kRows = 8192, kCols = 4096, kN = kRows * kCols;  // 128 MB of f32
constexpr size_t kSliceRows = 128;
constexpr size_t kGroup = 32;
constexpr size_t kMaxWorkers = 2;

double Seconds(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

double Quantile(std::vector<double> values, double fraction) {
  const auto index = static_cast<size_t>(fraction * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), values.begin() + static_cast<int64_t>(index), values.end());
  return values[index];
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
inline __attribute__((always_inline)) uint64_t Sum(const float* x, size_t n) {
  V s0 = {}, s1 = {}, s2 = {}, s3 = {};
  const auto* v = reinterpret_cast<const V*>(x);
  for (const auto* end = v + n * 4 / sizeof(V); v < end; v += 4) {
    s0 += v[0], s1 += v[1], s2 += v[2], s3 += v[3];
  }
  const V sum = s0 + s1 + s2 + s3;
  return sum[0] + sum[1];
}
#if defined(__x86_64__)
__attribute__((target("avx2"))) uint64_t SumWide(const float* x, size_t n) {
  return Sum<Vector32>(x, n);
}
#endif
void ReadCeiling(const float* x, size_t n) {
#if defined(__x86_64__)
  uint64_t sum = __builtin_cpu_supports("avx2") ? SumWide(x, n) : Sum<Vector16>(x, n);
#else
  uint64_t sum = Sum<Vector16>(x, n);
#endif
  benchmark::DoNotOptimize(sum);
}

struct Data {
  Memory<float> x = Allocate<float>(kN), out = Allocate<float>(kN);
  Memory<uint8_t> codes = Allocate<uint8_t>(kN);
  std::vector<float> scales = std::vector<float>(kN / kGroup, 0.03f);
  std::vector<float> zeros = std::vector<float>(kN / kGroup, 3.0f);
  // Results that stay in the cache, a row's width for each worker.
  std::vector<float> mins = std::vector<float>(kMaxWorkers * kCols), maxs = mins;
  std::vector<uint64_t> counts = std::vector<uint64_t>(kMaxWorkers * kCols);
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
};

Data& Shared() {
  static Data data;
  return data;
}

// read and written are bytes for each value; rows(r, count, worker) does `count` rows from row r.
struct Kernel {
  std::string name;
  double read;
  double written;
  std::function<void(size_t, size_t, size_t)> rows;
};

void OneThread(benchmark::State& state, const Kernel& kernel) {
  const FloatEnvironment environment;
  std::vector<double> shares, ceilings;
  for (auto _ : state) {
    double total = 0;
    for (size_t r = 0; r < kRows; r += kSliceRows) {
      const double start = Seconds(CLOCK_THREAD_CPUTIME_ID);
      kernel.rows(r, kSliceRows, 0);
      benchmark::ClobberMemory();
      const double middle = Seconds(CLOCK_THREAD_CPUTIME_ID);
      ReadCeiling(&Shared().x[(r + kRows / 2) % kRows * kCols], kSliceRows * kCols);
      const double ceiling = Seconds(CLOCK_THREAD_CPUTIME_ID) - middle;
      total += middle - start;
      ceilings.push_back(ceiling);
      shares.push_back((kernel.read + kernel.written) / 4 * ceiling / (middle - start));
    }
    state.SetIterationTime(total);
  }
  const double ceiling = static_cast<double>(kSliceRows * kCols) * 4e-9 / Quantile(ceilings, 0.5);
  state.counters["ceiling_GB/s"] = ceiling;
  state.counters["share"] = Quantile(shares, 0.5);
  state.counters["GB/s"] = ceiling * Quantile(shares, 0.5);
}

enum class Where { kThread, kThreads, kCached };

void TwoThreads(benchmark::State& state, const Kernel& kernel, bool cached) {
  const size_t pass_rows = cached ? kRows / 16 : kRows / 8;
  const int repeats = cached ? 16 : 1;  // back to back: a worker that sleeps must be woken
  constexpr size_t kTaskRows = 16;
  constexpr double kUndisturbed = 0.02;
  const auto one = Context::Create({.threads = 1}).value();
  const auto two = Context::Create({.threads = 2}).value();
  const auto pass = [&](Context& context, size_t first) {
    const double start = Seconds(CLOCK_MONOTONIC);
    for (int i = 0; i < repeats; ++i) {
      context.ParallelFor(static_cast<int64_t>(pass_rows / kTaskRows),
                          [&](int64_t task, int worker) {
                            const FloatEnvironment environment;
                            kernel.rows(first + static_cast<size_t>(task) * kTaskRows, kTaskRows,
                                        static_cast<size_t>(worker));
                          });
    }
    return (Seconds(CLOCK_MONOTONIC) - start) / repeats;
  };
  std::vector<double> times[2];
  for (auto _ : state) {
    double total = 0;
    for (size_t r = 0; r < kRows; r += pass_rows) {
      times[0].push_back(pass(*one, cached ? 0 : r));
      times[1].push_back(pass(*two, cached ? 0 : (r + kRows / 2) % kRows));
      total += times[1].back() * repeats;
    }
    state.SetIterationTime(total);
  }
  const double bytes = static_cast<double>(pass_rows * kCols) * (kernel.read + kernel.written);
  for (const size_t i : {0, 1}) {
    state.counters[i == 0 ? "1_GB/s" : "2_GB/s"] = bytes * 1e-9 / Quantile(times[i], kUndisturbed);
  }
  state.counters["speedup"] = Quantile(times[0], kUndisturbed) / Quantile(times[1], kUndisturbed);
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

class KernelList {
 public:
  // row(r, worker) does one row.
  template <class Row>
  void Add(const std::string& name, double read, double written, const Row& row) {
    kernels.push_back({name, read, written, [row](size_t first, size_t count, size_t worker) {
                         for (size_t r = first; r < first + count; ++r) row(r, worker);
                       }});
  }

  void AddQuantize(size_t group) {
    Data& d = Shared();
    const std::string suffix = group == kCols ? "/row" : "/g" + std::to_string(group);
    Add("quantize_i8" + suffix, 4, 1, [&d, group](size_t r, size_t) {
      QuantizeRowI8(d.target, &d.x[r * kCols], kCols, QuantizeParameters(r, group, -127, 127),
                    reinterpret_cast<int8_t*>(&d.codes[r * kCols]));
    });
    Add("quantize_4" + suffix, 4, 0.5, [&d, group](size_t r, size_t) {
      QuantizeRow4(d.target, &d.x[r * kCols], kCols, QuantizeParameters(r, group, -7, 7),
                   &d.codes[r * kCols / 2]);
    });
  }

  void AddDequantize(size_t group, bool stream) {
    Data& d = Shared();
    const std::string suffix = (group == kCols ? "/row" : "/g" + std::to_string(group)) +
                               std::string(stream ? "/stream" : "");
    Add("dequantize_i8" + suffix, 1, 4, [&d, group, stream](size_t r, size_t) {
      DequantizeRowI8(d.target, reinterpret_cast<const int8_t*>(&d.codes[r * kCols]), kCols,
                      DequantizeParameters(r, group, false, stream), &d.out[r * kCols]);
    });
    Add("dequantize_u4" + suffix, 0.5, 4, [&d, group, stream](size_t r, size_t) {
      DequantizeRowU4(d.target, &d.codes[r * kCols / 2], kCols,
                      DequantizeParameters(r, group, true, stream), &d.out[r * kCols]);
    });
    Add("dequantize_table4" + suffix, 0.5, 4, [&d, group, stream](size_t r, size_t) {
      DequantizeRowTable4(d.target, &d.codes[r * kCols / 2], kCols, d.x.get(),
                          DequantizeParameters(r, group, false, stream), &d.out[r * kCols]);
    });
  }

  void AddRanges() {
    Data& d = Shared();
    Add("min_max", 4, 0, [&d](size_t r, size_t) {
      benchmark::DoNotOptimize(MinMax(d.target, &d.x[r * kCols], kCols).min);
    });
    Add("abs_max", 4, 0, [&d](size_t r, size_t) {
      benchmark::DoNotOptimize(AbsMax(d.target, &d.x[r * kCols], kCols));
    });
    Add("min_max/g32", 4, 0, [&d](size_t r, size_t worker) {
      MinMaxGroups(d.target, &d.x[r * kCols], kCols, kGroup, &d.mins[worker * kCols],
                   &d.maxs[worker * kCols]);
    });
    Add("abs_max/g32", 4, 0, [&d](size_t r, size_t worker) {
      AbsMaxGroups(d.target, &d.x[r * kCols], kCols, kGroup, &d.maxs[worker * kCols]);
    });
    kernels.push_back({"min_max/columns", 4, 0, [&d](size_t first, size_t count, size_t worker) {
                         MinMaxColumns(d.target, &d.x[first * kCols], count, kCols, kCols,
                                       &d.mins[worker * kCols], &d.maxs[worker * kCols]);
                       }});
    kernels.push_back({"histogram/2048", 4, 0, [&d](size_t first, size_t count, size_t worker) {
                         Histogram(d.target, &d.x[first * kCols], count * kCols,
                                   {0.0f, 900.0f, 2048, true}, &d.counts[worker * kCols]);
                       }});
  }

  std::vector<Kernel> kernels;
};

void Register() {
  KernelList list;
  Data& d = Shared();
  list.kernels.push_back({"read", 4, 0, [&d](size_t first, size_t count, size_t) {
                            ReadCeiling(&d.x[first * kCols], count * kCols);
                          }});
  for (const size_t group : {kCols, kGroup}) {
    list.AddQuantize(group);
    for (const bool stream : {false, true}) list.AddDequantize(group, stream);
  }
  list.AddRanges();
  for (const Kernel& kernel : list.kernels) {
    for (const Where where : {Where::kThread, Where::kThreads, Where::kCached}) {
      const std::string name = kernel.name + (where == Where::kThread    ? "/thread"
                                              : where == Where::kThreads ? "/threads"
                                                                         : "/cached");
      benchmark::RegisterBenchmark(name.c_str(),
                                   [=](benchmark::State& state) {
                                     if (where == Where::kThread) return OneThread(state, kernel);
                                     TwoThreads(state, kernel, where == Where::kCached);
                                   })
          ->UseManualTime()
          ->Unit(benchmark::kMillisecond);
    }
  }
}

}  // namespace
}  // namespace pawl::kernels

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  const auto& data = pawl::kernels::Shared();
  benchmark::AddCustomContext("pawl_target", std::string(pawl::kernels::TargetName(data.target)));
  pawl::kernels::Register();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
