// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Progress on stderr: a bar for people, or a JSON object a line for programs.

#ifndef PAWL_EXAMPLES_PAWL_PROGRESS_H_
#define PAWL_EXAMPLES_PAWL_PROGRESS_H_

#include <chrono>
#include <memory>
#include <string>

#include "pawl/context.h"

namespace pawl::tool {

class ProgressPrinter {
 public:
  // `mode`: auto, bar, json, none.
  static std::unique_ptr<ProgressPrinter> Create(const std::string& mode, bool terminal);

  void Update(const Progress& progress);
  // Removes the bar, so that other text can stand in its line.
  void Clear();

 private:
  enum class Kind { kNone, kBar, kJson };
  using Clock = std::chrono::steady_clock;

  explicit ProgressPrinter(Kind kind) : kind_(kind) {}
  void Bar(const Progress& progress, double seconds);
  void JsonLine(const Progress& progress, double seconds);

  const Kind kind_;
  bool started_ = false;
  bool bar_shown_ = false;
  Clock::time_point start_;
  Clock::time_point last_;
  std::string last_stage_;
};

// "12 s", "3 min 20 s", "1 h 5 min".
std::string DurationText(double seconds);

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_PROGRESS_H_
