// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ONNX models: what reads is written, and reads to what is written the same again.

#include <memory>
#include <string>

#include "fuzz.h"
#include "pawl/byte_sink.h"
#include "pawl/onnx.h"

namespace pawl::fuzz {
namespace {

// Null where the graph holds what ONNX cannot say.
std::shared_ptr<MemoryBuffer> Write(const Graph& graph) {
  auto sink = std::make_shared<MemoryBuffer>();
  return Succeeded(WriteOnnx(graph, sink)) ? sink : nullptr;
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(onnx) {
  using namespace pawl;
  absl::StatusOr<std::shared_ptr<Graph>> graph = absl::UnknownError("");
  {
    // A node of two bytes becomes a struct with lists of its own.
    const fuzz::AllocationLimit limit(bytes.size(), 512);
    graph = ReadOnnxMemory(bytes);
  }
  if (!fuzz::Succeeded(graph.status())) return;
  const auto written = fuzz::Write(**graph);
  if (written == nullptr) return;
  const auto again = ReadOnnxMemory(written->bytes());
  PAWL_FUZZ_CHECK(again.ok(), again.status().ToString());
  const auto twice = fuzz::Write(**again);
  PAWL_FUZZ_CHECK(twice != nullptr && twice->bytes() == written->bytes(), "written twice, differs");
}
