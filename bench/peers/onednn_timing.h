// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What oneDNN's programs in this folder share.

#ifndef PAWL_BENCH_PEERS_ONEDNN_TIMING_H_
#define PAWL_BENCH_PEERS_ONEDNN_TIMING_H_

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <iostream>
#include <sstream>
#include <string>
#include <vector>

#include "oneapi/dnnl/dnnl.hpp"

namespace pawl::bench {

inline double Now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// Sorted seconds of runner.Run(); two calls that are not timed first, as worker.py does it.
template <class Runner>
std::vector<double> Times(Runner& runner, double seconds) {
  constexpr size_t kLeast = 3;
  runner.Run();
  runner.Run();
  std::vector<double> times;
  const double start = Now();
  while (times.size() < kLeast || Now() - start < seconds) {
    const double begin = Now();
    runner.Run();
    times.push_back(Now() - begin);
  }
  std::sort(times.begin(), times.end());
  return times;
}

// The answer to one line of worker.py's protocol.
template <class Runner>
std::string Measure(Runner& runner, double seconds) {
  const std::vector<double> times = Times(runner, seconds);
  std::ostringstream json;
  json << "{\"median_us\": " << 1e6 * times[times.size() / 2] << ", \"min_us\": " << 1e6 * times[0]
       << ", \"info\": \"" << runner.name() << "\"}";
  return json.str();
}

inline void SayName() {
  const dnnl_version_t* version = dnnl_version();
  std::cout << "{\"name\": \"oneDNN " << version->major << "." << version->minor << "."
            << version->patch << "\"}" << std::endl;
}

// Memory with bytes that are no special numbers.
inline dnnl::memory FilledMemory(const dnnl::memory::desc& desc, const dnnl::engine& engine) {
  dnnl::memory values(desc, engine);
  auto* bytes = static_cast<uint8_t*>(values.get_data_handle());
  for (size_t i = 0; i < desc.get_size(); ++i) bytes[i] = static_cast<uint8_t>(i * 37 % 101);
  return values;
}

}  // namespace pawl::bench

#endif  // PAWL_BENCH_PEERS_ONEDNN_TIMING_H_
