// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What fuzz targets share: one function over bytes, properties that stop the program where they do
// not hold, a bound on memory, and typed values out of bytes.

#ifndef PAWL_TESTS_FUZZ_FUZZ_H_
#define PAWL_TESTS_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

// The body of a target: PAWL_FUZZ_TARGET(name) { ... uses `bytes` ... }. Each stands in a file of
// its own, <name>_fuzz.cc, and on one line of targets.cmake. libFuzzer's programs have one target,
// the replay program has all.
#ifdef PAWL_LIBFUZZER
#define PAWL_FUZZ_TARGET(name)                                              \
  static void FuzzTarget(absl::Span<const uint8_t> bytes);                  \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);  \
  extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) { \
    FuzzTarget({data, size});                                               \
    return 0;                                                               \
  }                                                                         \
  static void FuzzTarget([[maybe_unused]] absl::Span<const uint8_t> bytes)
#else
#define PAWL_FUZZ_TARGET(name)                         \
  namespace pawl::fuzz {                               \
  void Target_##name(absl::Span<const uint8_t> bytes); \
  }                                                    \
  void pawl::fuzz::Target_##name([[maybe_unused]] absl::Span<const uint8_t> bytes)
#endif

// A property: where it does not hold the program says so and stops, which is a finding.
#define PAWL_FUZZ_CHECK(condition, what)                                       \
  do {                                                                         \
    if (!(condition)) pawl::fuzz::Found(__FILE__, __LINE__, #condition, what); \
  } while (false)

namespace pawl::fuzz {

[[noreturn]] void Found(const char* file, int line, const char* condition, const std::string& what);

// `status` is an error that a reader may give: it has a message, and is none of the codes that
// stand for mistakes of ours. `ok` is true to let success pass.
void CheckError(const absl::Status& status);
// The same for whatever came out, and whether it is a success.
bool Succeeded(const absl::Status& status);

// While it lives, no more than `factor` * `input_bytes` + `fixed` may be allocated at once beyond
// what was before. Counts in programs with the address sanitizer only, on all threads.
class AllocationLimit {
 public:
  AllocationLimit(size_t input_bytes, size_t factor, size_t fixed = 1 << 18);
  ~AllocationLimit();
  AllocationLimit(const AllocationLimit&) = delete;
  AllocationLimit& operator=(const AllocationLimit&) = delete;

 private:
  size_t limit_;
};

// Typed values out of the input, first byte first. When the bytes are used up everything is zero,
// so that each input has a meaning.
class Input {
 public:
  explicit Input(absl::Span<const uint8_t> bytes) : rest_(bytes) {}

  bool empty() const { return rest_.empty(); }
  size_t size() const { return rest_.size(); }
  absl::Span<const uint8_t> rest() const { return rest_; }

  uint8_t Byte();
  // Little-endian, `bytes` of them.
  uint64_t Number(int bytes);
  bool Bool() { return (Byte() & 1) != 0; }
  // From low to high, both included; takes as few bytes as the width needs.
  int64_t Int(int64_t low, int64_t high);
  // True for one in 2^bits of the bytes, never for a zero.
  bool Rarely() { return Byte() > 239; }
  // An everyday or an extreme value: zeros, denormals, infinities, NaN among them.
  float Float();

  template <typename T, size_t n>
  const T& Pick(const T (&values)[n]) {
    return values[static_cast<size_t>(Int(0, static_cast<int64_t>(n) - 1))];
  }

  // Up to `size` bytes; memory of exactly that size, so that reading past its end is seen.
  std::vector<uint8_t> Bytes(size_t size);
  // Exactly `size` bytes: where the input ends before, a pattern that depends on what came.
  std::vector<uint8_t> Filled(size_t size);
  std::string Text(size_t size);

 private:
  absl::Span<const uint8_t> rest_;
};

}  // namespace pawl::fuzz

#endif  // PAWL_TESTS_FUZZ_FUZZ_H_
