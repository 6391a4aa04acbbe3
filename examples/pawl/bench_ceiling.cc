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

// Rounds that take about `seconds`, by the fastest of some runs on this thread. Doubles them until
// that is long enough to be measured, and to make handing them to threads not count.
int64_t Calibrate(double seconds, absl::FunctionRef<void(int64_t rounds)> run) {
  constexpr double kEnough = 5e-4;
  constexpr double kLongest = 0.1;
  constexpr int kTries = 5;
  constexpr int64_t kMost = int64_t{1} << 30;
  for (int64_t rounds = 1; rounds < kMost; rounds *= 2) {
    double fastest = kLongest;
    for (int i = 0; i < kTries && fastest >= kEnough; ++i) {
      fastest = std::min(fastest, TimeOnce([&] { run(rounds); }));
    }
    if (fastest < kEnough) continue;
    const double wanted = std::clamp(seconds, kEnough, kLongest) / fastest;
    return static_cast<int64_t>(static_cast<double>(rounds) * std::max(1.0, wanted));
  }
  return kMost;
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

double TimeOfCall(absl::FunctionRef<void()> call) {
  const double first = TimeOnce(call);
  return std::min(first, TimeOnce(call));
}

// Written to: untouched memory may be one page of zeros, which the caches hold.
ReadProbe::ReadProbe(Context& context, size_t bytes, size_t from, double seconds)
    : context_(context),
      loop_(FindReadLoop(context.target())),
      part_(std::max<size_t>(64, bytes / sizeof(Block))),
      parts_(std::max<size_t>(1, from / sizeof(Block) / part_)),
      blocks_(part_ * parts_, Block{{1}}) {
  const auto threads = static_cast<size_t>(context.threads());
  rounds_ = Calibrate(seconds, [&](int64_t rounds) {
    for (int64_t i = 0; i < rounds; ++i) ReadPart(static_cast<size_t>(i) % parts_, 0, threads);
  });
}

void ReadProbe::ReadPart(size_t part, size_t task, size_t tasks) const {
  const size_t begin = part_ * task / tasks;
  const size_t end = part_ * (task + 1) / tasks;
  loop_(blocks_.data() + part * part_ + begin, (end - begin) * sizeof(Block));
}

void ReadProbe::Run() {
  const auto threads = static_cast<size_t>(context_.threads());
  const auto rounds = static_cast<size_t>(rounds_);
  context_.ParallelFor(context_.threads(), [&](int64_t task, int) {
    for (size_t i = 0; i < rounds; ++i) {
      ReadPart((next_ + i) % parts_, static_cast<size_t>(task), threads);
    }
  });
  next_ = (next_ + rounds) % parts_;
}

double ReadProbe::bytes() const {
  return static_cast<double>(part_ * sizeof(Block)) * static_cast<double>(rounds_);
}

PeakProbe::PeakProbe(Context& context, Arithmetics arithmetics, double seconds)
    : context_(context), loop_(FindPeakLoop(context.target(), arithmetics)) {
  if (known()) rounds_ = Calibrate(seconds, loop_.run);
}

void PeakProbe::Run() {
  if (!known()) return;
  context_.ParallelFor(context_.threads(), [&](int64_t, int) { loop_.run(rounds_); });
}

double PeakProbe::operations() const {
  return loop_.operations * static_cast<double>(rounds_) * context_.threads();
}

}  // namespace pawl::tool
