// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// onnx_rewrite IN OUT: reads a model and writes it again, for peers to compare.

#include <cstdio>

#include "pawl/onnx.h"

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  const auto graph = pawl::ReadOnnx(argv[1]);
  const absl::Status status =
      graph.ok() ? pawl::WriteOnnx(**graph, argv[2], {}, {{argv[1]}}) : graph.status();
  if (!status.ok()) std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  return status.ok() ? 0 : 1;
}
