// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "examples/pawl/progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "nlohmann/json.hpp"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kBarInterval = std::chrono::milliseconds(100);
constexpr auto kJsonInterval = std::chrono::milliseconds(500);

size_t TerminalWidth() {
  winsize size = {};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return known ? size.ws_col : 80;
}

void WriteError(const std::string& text) {
  std::fwrite(text.data(), 1, text.size(), stderr);
  std::fflush(stderr);
}

std::string Amount(double amount, absl::string_view unit) {
  if (unit == "bytes") return HumanBytes(static_cast<uint64_t>(std::max(0.0, amount)));
  return absl::StrCat(static_cast<uint64_t>(std::max(0.0, amount)), " ", unit);
}

bool BeginsCharacter(char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }

// Of UTF-8, one for each character.
size_t Columns(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), BeginsCharacter));
}

// The last `width` characters matter most: layers are told apart at the end of their names.
std::string Tail(absl::string_view name, size_t width) {
  std::string text = Printable(name);
  size_t columns = Columns(text);
  if (columns <= width) return text;
  if (width < 4) return "";
  size_t at = 0;
  for (; columns > width - 3; --columns) {
    do ++at;
    while (at < text.size() && !BeginsCharacter(text[at]));
  }
  return absl::StrCat("...", text.substr(at));
}

// "stage [####....]  33%" with the other parts, the bar of so many cells.
std::string Join(const BarTexts& texts, size_t cells, const std::vector<std::string>& parts) {
  std::string line = absl::StrFormat("%-8s ", texts.stage);
  if (cells > 0 && texts.share >= 0.0) {
    const auto full = static_cast<size_t>(texts.share * static_cast<double>(cells));
    absl::StrAppend(&line, "[", std::string(full, '#'), std::string(cells - full, '.'), "] ");
  }
  if (texts.share >= 0.0) absl::StrAppendFormat(&line, "%3.0f%%", 100.0 * texts.share);
  for (const std::string& part : parts) {
    if (!part.empty()) absl::StrAppend(&line, "  ", part);
  }
  return line;
}

}  // namespace

std::string BarLine(const BarTexts& texts, size_t width) {
  constexpr size_t kCells = 24, kFewCells = 10;
  // In the order in which parts are given up; the time left stays longest.
  const std::vector<std::vector<std::string>> choices = {
      {texts.amount, texts.rate, texts.left}, {texts.rate, texts.left}, {texts.left}};
  for (const std::vector<std::string>& parts : choices) {
    const size_t rest = Columns(Join(texts, 0, parts)) + 3;  // brackets and a space
    if (rest + kFewCells > width) continue;
    const size_t cells = std::min(kCells, width - rest);
    std::string line = Join(texts, cells, parts);
    const size_t used = rest + cells;
    if (used + 8 < width) {
      const std::string item = Tail(texts.item, width - used - 2);
      if (!item.empty()) absl::StrAppend(&line, "  ", item);
    }
    return line;
  }
  // A terminal too narrow for a bar has the share and the time, or as much as there is room for.
  for (const std::vector<std::string>& parts : {choices.back(), std::vector<std::string>()}) {
    std::string line = Join(texts, 0, parts);
    if (Columns(line) <= width) return line;
  }
  std::string share = texts.share >= 0.0 ? absl::StrFormat("%.0f%%", 100.0 * texts.share) : "";
  return share.size() <= width ? share : "";
}

std::string DurationText(double seconds) {
  const auto whole = static_cast<int64_t>(std::ceil(std::max(0.0, seconds)));
  if (whole < 60) return absl::StrCat(whole, " s");
  if (whole < 3600) return absl::StrCat(whole / 60, " min ", whole % 60, " s");
  return absl::StrCat(whole / 3600, " h ", whole % 3600 / 60, " min");
}

Pace PaceOf(uint64_t done, uint64_t total, uint64_t before, double seconds) {
  Pace pace;
  if (!(seconds > 0.0) || done <= before) return pace;
  pace.rate = static_cast<double>(done - before) / seconds;
  if (total > 0) pace.left = static_cast<double>(total - std::min(total, done)) / pace.rate;
  return pace;
}

std::unique_ptr<ProgressPrinter> ProgressPrinter::Create(const std::string& mode, bool terminal) {
  Kind kind = terminal ? Kind::kBar : Kind::kJson;
  if (mode == "bar") kind = Kind::kBar;
  if (mode == "json") kind = Kind::kJson;
  if (mode == "none") kind = Kind::kNone;
  return std::unique_ptr<ProgressPrinter>(new ProgressPrinter(kind));
}

ProgressPrinter::ProgressPrinter(Kind kind)
    : kind_(kind), interval_(kind == Kind::kBar ? kBarInterval : kJsonInterval) {
  if (kind_ != Kind::kNone) ticker_ = std::thread([this] { Tick(); });
}

ProgressPrinter::~ProgressPrinter() {
  if (!ticker_.joinable()) return;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    stop_ = true;
  }
  stop_signal_.notify_all();
  ticker_.join();
}

void ProgressPrinter::Tick() {
  std::unique_lock<std::mutex> lock(mutex_);
  while (!stop_signal_.wait_for(lock, interval_, [this] { return stop_; })) {
    // The bar's times go on; a line without news would only be noise.
    if (bar_shown_ || pending_) Draw(Clock::now());
  }
}

void ProgressPrinter::Update(const Progress& progress) {
  if (kind_ == Kind::kNone) return;
  const std::lock_guard<std::mutex> lock(mutex_);
  const Clock::time_point now = Clock::now();
  const bool new_stage = !started_ || progress.stage != absl::string_view(state_.stage);
  if (!started_) start_ = now;
  if (new_stage) {
    stage_start_ = now;
    stage_done_ = progress.done;
  }
  started_ = true;
  pending_ = true;
  state_ = {std::string(progress.stage),
            std::string(progress.item),
            std::string(progress.unit),
            progress.done,
            progress.total,
            std::chrono::duration<double>(now - stage_start_).count()};
  if (new_stage || now - last_ >= interval_) Draw(now);
}

void ProgressPrinter::Draw(Clock::time_point now) {
  last_ = now;
  pending_ = false;
  const double seconds = std::chrono::duration<double>(now - start_).count();
  if (kind_ == Kind::kJson) return WriteError(JsonLine(seconds));
  bar_shown_ = true;
  WriteError(Bar());
}

std::string ProgressPrinter::Bar() const {
  BarTexts texts;
  const double done = static_cast<double>(state_.done);
  const double total = static_cast<double>(state_.total);
  texts.stage = state_.stage;
  const bool known = state_.total > 0;
  texts.share = known ? std::min(1.0, done / total) : -1.0;
  texts.amount = Amount(done, state_.unit);
  if (known) absl::StrAppend(&texts.amount, " of ", Amount(total, state_.unit));
  const Pace pace = PaceOf(state_.done, state_.total, stage_done_, state_.seconds);
  if (pace.rate > 0.0) texts.rate = absl::StrCat(Amount(pace.rate, state_.unit), "/s");
  if (pace.left >= 0.0) {
    // As of the last step: while one takes long, the time left only counts down.
    const double stage = std::chrono::duration<double>(last_ - stage_start_).count();
    texts.left = absl::StrCat(DurationText(pace.left - (stage - state_.seconds)), " left");
  }
  texts.item = state_.item;
  // One column stays free: a full line would wrap, and the next carriage return stay below it.
  return absl::StrCat("\r", BarLine(texts, TerminalWidth() - 1), "\x1b[K");
}

std::string ProgressPrinter::JsonLine(double seconds) const {
  Json line;
  line["event"] = "progress";
  line["stage"] = state_.stage;
  line["item"] = state_.item;
  line["done"] = state_.done;
  line["total"] = state_.total > 0 ? Json(state_.total) : Json();  // not known
  line["unit"] = state_.unit;
  line["elapsed_s"] = seconds;
  const Pace pace = PaceOf(state_.done, state_.total, stage_done_, state_.seconds);
  line["per_s"] = pace.rate;
  line["left_s"] = pace.left >= 0.0 ? Json(pace.left) : Json();
  return line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
}

void ProgressPrinter::Clear() {
  const std::lock_guard<std::mutex> lock(mutex_);
  pending_ = false;
  if (bar_shown_) WriteError("\r\x1b[K");
  bar_shown_ = false;
}

}  // namespace pawl::tool
