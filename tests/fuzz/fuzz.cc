// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "fuzz.h"

#include <algorithm>
#include <bit>
#include <cstdio>
#include <cstdlib>
#include <limits>

namespace pawl::fuzz {

void Found(const char* file, int line, const char* condition, const std::string& what) {
  std::fprintf(stderr, "%s:%d: a property does not hold: %s\n%s\n", file, line, condition,
               what.c_str());
  std::fflush(stderr);
  std::abort();
}

void CheckError(const absl::Status& status) {
  PAWL_FUZZ_CHECK(!status.ok(), "an error was expected");
  PAWL_FUZZ_CHECK(!status.message().empty(), status.ToString());
  PAWL_FUZZ_CHECK(!absl::IsInternal(status) && !absl::IsUnknown(status), status.ToString());
}

bool Succeeded(const absl::Status& status) {
  if (!status.ok()) CheckError(status);
  return status.ok();
}

uint8_t Input::Byte() {
  if (rest_.empty()) return 0;
  const uint8_t byte = rest_.front();
  rest_.remove_prefix(1);
  return byte;
}

uint64_t Input::Number(int bytes) {
  uint64_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= uint64_t{Byte()} << (8 * i);
  return value;
}

int64_t Input::Int(int64_t low, int64_t high) {
  const uint64_t range = static_cast<uint64_t>(high) - static_cast<uint64_t>(low);
  const int bytes = (std::bit_width(range) + 7) / 8;
  const uint64_t value = Number(bytes);
  const uint64_t in_range =
      range == std::numeric_limits<uint64_t>::max() ? value : value % (range + 1);
  return static_cast<int64_t>(static_cast<uint64_t>(low) + in_range);
}

float Input::Float() {
  constexpr float kInf = std::numeric_limits<float>::infinity();
  constexpr float kValues[] = {0.0f,    -0.0f,
                               1.0f,    -1.0f,
                               0.5f,    0.03125f,
                               127.0f,  65504.0f,
                               65520.f, 1e-45f,
                               1e-38f,  6e-8f,
                               -7.5f,   3.4e38f,
                               kInf,    -kInf,
                               0.1f,    -0.333f,
                               2.5e-3f, 1e30f,
                               1e-30f,  std::numeric_limits<float>::quiet_NaN()};
  const uint8_t kind = Byte();
  if (kind < std::size(kValues)) return kValues[kind];
  if (kind >= 240) return std::bit_cast<float>(static_cast<uint32_t>(Number(4)));
  return (static_cast<float>(kind) - 128.0f) / 64.0f;
}

std::vector<uint8_t> Input::Bytes(size_t size) {
  const size_t count = std::min(size, rest_.size());
  std::vector<uint8_t> bytes(rest_.begin(), rest_.begin() + static_cast<std::ptrdiff_t>(count));
  rest_.remove_prefix(count);
  return bytes;
}

std::vector<uint8_t> Input::Filled(size_t size) {
  std::vector<uint8_t> bytes = Bytes(size);
  uint32_t state = 0x9e3779b9u;
  for (const uint8_t byte : bytes) state = (state ^ byte) * 0x01000193u;
  bytes.reserve(size);
  while (bytes.size() < size) {
    state = state * 1664525u + 1013904223u;
    bytes.push_back(static_cast<uint8_t>(state >> 24));
  }
  return bytes;
}

std::string Input::Text(size_t size) {
  const std::vector<uint8_t> bytes = Bytes(size);
  return std::string(bytes.begin(), bytes.end());
}

}  // namespace pawl::fuzz
