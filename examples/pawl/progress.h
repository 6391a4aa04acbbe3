// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Progress on stderr: a bar for people, or a JSON object a line for programs.

#ifndef PAWL_EXAMPLES_PAWL_PROGRESS_H_
#define PAWL_EXAMPLES_PAWL_PROGRESS_H_

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "pawl/context.h"

namespace pawl::tool {

// Draws from a thread of its own, so that a step that takes long is shown while it lasts.
class ProgressPrinter {
 public:
  // `mode`: auto, bar, json, none.
  static std::unique_ptr<ProgressPrinter> Create(const std::string& mode, bool terminal);
  ~ProgressPrinter();
  ProgressPrinter(const ProgressPrinter&) = delete;
  ProgressPrinter& operator=(const ProgressPrinter&) = delete;

  void Update(const Progress& progress);
  // Removes the bar, so that other text can stand in its line, until the next Update.
  void Clear();

 private:
  enum class Kind { kNone, kBar, kJson };
  using Clock = std::chrono::steady_clock;
  // A Progress that owns its words.
  struct State {
    std::string stage;
    std::string item;
    std::string unit;
    uint64_t done = 0;
    uint64_t total = 0;
    double seconds = 0.0;  // since the stage began
  };

  explicit ProgressPrinter(Kind kind);
  // All of these with mutex_ held.
  void Draw(Clock::time_point now);
  std::string Bar() const;
  std::string JsonLine(double seconds) const;
  void Tick();

  const Kind kind_;
  const Clock::duration interval_;
  std::mutex mutex_;
  std::condition_variable stop_signal_;
  bool stop_ = false;
  bool started_ = false;
  bool pending_ = false;  // something that was not drawn yet
  bool bar_shown_ = false;
  State state_;
  Clock::time_point start_;
  Clock::time_point stage_start_;
  uint64_t stage_done_ = 0;  // when the stage began: of a job that is resumed, what was done before
  Clock::time_point last_;
  std::thread ticker_;
};

// What a bar says. `share` in [0, 1], or less than 0 where the whole is not known: neither bar nor
// share then. Texts may be empty.
struct BarTexts {
  std::string stage;
  double share = 0.0;
  std::string amount;  // "12 MB of 40 MB", or "12 MB"
  std::string rate;    // "5 MB/s"
  std::string left;    // "6 s left"
  std::string item;    // cut at its beginning where there is no room
};
// One line of at most `width` columns. What there is no room for is left out whole, the time left
// last.
std::string BarLine(const BarTexts& texts, size_t width);

// How fast a stage is, `seconds` after it began with `before` of `total` done; 0 of them: not
// known.
struct Pace {
  double rate = 0.0;   // a second; 0 where nothing can be said
  double left = -1.0;  // seconds; negative where nothing can be said
};
Pace PaceOf(uint64_t done, uint64_t total, uint64_t before, double seconds);

// "12 s", "3 min 20 s", "1 h 5 min".
std::string DurationText(double seconds);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_PROGRESS_H_
