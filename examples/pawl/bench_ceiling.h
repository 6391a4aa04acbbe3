// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the machine can do at most, measured in the same run as what is compared with it.

#ifndef PAWL_EXAMPLES_PAWL_BENCH_CEILING_H_
#define PAWL_EXAMPLES_PAWL_BENCH_CEILING_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/functional/function_ref.h"
#include "absl/types/span.h"
#include "examples/pawl/bench_loops.h"
#include "pawl/context.h"

namespace pawl::tool {

struct Timing {
  double median = 0.0;  // seconds a call
  double min = 0.0;
  int64_t calls = 0;
};

// Times the calls in turn, some milliseconds each, so that whatever else the machine does hits all
// of them alike; until the first has had `seconds`, and at least five turns. Short calls begin
// their turn with one that is not timed, for another's data is in the caches. Stops early when the
// context is cancelled: then some may have no calls.
std::vector<Timing> MeasureInTurn(Context& context, double seconds,
                                  absl::Span<const absl::FunctionRef<void()>> calls);

// The faster of two calls, in seconds.
double TimeOfCall(absl::FunctionRef<void()> call);

// The probes' Run takes about `seconds`, so long as what it is compared with: on a busy machine
// long calls are always interrupted and short ones seldom. 0.5 ms at least, 0.1 s at most.

// Reads `bytes` bytes, or several times as many, spread over the context's threads as a layer's
// rows are. `from` that many bytes in turn: the same ones again and again give what the caches do.
class ReadProbe {
 public:
  ReadProbe(Context& context, size_t bytes, size_t from, double seconds);
  void Run();
  double bytes() const;  // that one Run reads

 private:
  struct alignas(64) Block {
    uint64_t words[8];
  };
  void ReadPart(size_t part, size_t task, size_t tasks) const;

  Context& context_;
  ReadLoop loop_;
  size_t part_;  // blocks that are read at once
  size_t parts_;
  std::vector<Block> blocks_;
  size_t next_ = 0;
  int64_t rounds_ = 1;
};

// The best exact instructions for these products on the context's target and threads.
class PeakProbe {
 public:
  PeakProbe(Context& context, Arithmetics arithmetics, double seconds);
  bool known() const { return loop_.run != nullptr; }  // else Run does nothing
  void Run();
  double operations() const;  // of one Run
  const char* text() const { return loop_.text; }

 private:
  Context& context_;
  PeakLoop loop_;
  int64_t rounds_ = 1;
};

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_BENCH_CEILING_H_
