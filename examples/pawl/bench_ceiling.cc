// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/bench_ceiling.h"

#include <algorithm>
#include <chrono>

namespace pawl::tool {
namespace {

using Clock = std::chrono::steady_clock;

double Seconds(Clock::time_point begin) {
  return std::chrono::duration<double>(Clock::now() - begin).count();
}

double TimeOnce(absl::FunctionRef<void()> call) {
  const Clock::time_point begin = Clock::now();
  call();
  return Seconds(begin);
}

// Doubles `rounds` until even the fastest of some runs on this thread takes so long that handing
// them to threads does not count.
int64_t Calibrate(absl::FunctionRef<void(int64_t rounds)> run) {
  constexpr double kEnough = 5e-4;
  constexpr int kTries = 5;
  constexpr int64_t kMost = int64_t{1} << 30;
  int64_t rounds = 1;
  for (; rounds < kMost; rounds *= 2) {
    double fastest = kEnough;
    for (int i = 0; i < kTries; ++i) {
      fastest = std::min(fastest, TimeOnce([&] { run(rounds); }));
      if (fastest < kEnough) break;
    }
    if (fastest >= kEnough) break;
  }
  return rounds;
}

Timing Summary(std::vector<double>& times) {
  if (times.empty()) return {};
  std::sort(times.begin(), times.end());
  const size_t half = times.size() / 2;
  const double median = times.size() % 2 == 1 ? times[half] : 0.5 * (times[half - 1] + times[half]);
  return {median, times.front(), static_cast<int64_t>(times.size())};
}

}  // namespace

std::vector<Timing> MeasureInTurn(Context& context, double seconds,
                                  absl::Span<const absl::FunctionRef<void()>> calls) {
  constexpr int kLeastTurns = 5;
  const double slice = std::min(0.02, seconds / kLeastTurns);
  std::vector<std::vector<double>> times(calls.size());
  double first_total = 0.0;
  for (const auto& call : calls) {
    if (!context.cancelled()) call();
  }
  for (int turn = 0; turn < kLeastTurns || first_total < seconds; ++turn) {
    for (size_t i = 0; i < calls.size(); ++i) {
      if (times[i].empty() || times[i].back() < slice) calls[i]();
      double total = 0.0;
      while (total < (i == 0 ? slice : slice / 2) && !context.cancelled()) {
        times[i].push_back(TimeOnce(calls[i]));
        total += times[i].back();
      }
      if (i == 0) first_total += total;
    }
    if (context.cancelled()) break;
  }
  std::vector<Timing> timings;
  timings.reserve(times.size());
  for (std::vector<double>& one : times) timings.push_back(Summary(one));
  return timings;
}

// Written to: untouched memory may be one page of zeros, which the caches hold.
ReadProbe::ReadProbe(Context& context, size_t bytes)
    : context_(context),
      loop_(FindReadLoop(context.target())),
      blocks_(std::max<size_t>(64, bytes / sizeof(Block)), Block{{1}}) {
  const size_t part = blocks_.size() / static_cast<size_t>(context.threads());
  rounds_ = Calibrate([&](int64_t rounds) {
    for (int64_t i = 0; i < rounds; ++i) loop_(blocks_.data(), part * sizeof(Block));
  });
}

void ReadProbe::Run() {
  const auto threads = static_cast<size_t>(context_.threads());
  context_.ParallelFor(context_.threads(), [&](int64_t task, int) {
    const size_t begin = blocks_.size() * static_cast<size_t>(task) / threads;
    const size_t end = blocks_.size() * static_cast<size_t>(task + 1) / threads;
    for (int64_t round = 0; round < rounds_; ++round) {
      loop_(blocks_.data() + begin, (end - begin) * sizeof(Block));
    }
  });
}

double ReadProbe::bytes() const {
  return static_cast<double>(blocks_.size() * sizeof(Block)) * static_cast<double>(rounds_);
}

PeakProbe::PeakProbe(Context& context, Arithmetics arithmetics)
    : context_(context), loop_(FindPeakLoop(context.target(), arithmetics)) {
  if (known()) rounds_ = Calibrate(loop_.run);
}

void PeakProbe::Run() {
  if (!known()) return;
  context_.ParallelFor(context_.threads(), [&](int64_t, int) { loop_.run(rounds_); });
}

double PeakProbe::operations() const {
  return loop_.operations * static_cast<double>(rounds_) * context_.threads();
}

}  // namespace pawl::tool
