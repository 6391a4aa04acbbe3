// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Pawl's side of safetensors_peer_test.py.
//   safetensors_peer copy IN OUT     reads IN, writes the same tensors and metadata to OUT
//   safetensors_peer check FILE ...  one line a file: "ok", or "refused" and why

#include <iostream>
#include <string>
#include <vector>

#include "pawl/safetensors.h"

namespace {

absl::Status Copy(const std::string& in, const std::string& out) {
  auto reader = pawl::SafetensorsReader::Open(in);
  if (!reader.ok()) return reader.status();
  std::vector<pawl::SafetensorsDeclaration> declarations;
  for (const pawl::SafetensorsEntry& entry : (*reader)->entries()) {
    if (!entry.dtype) return absl::UnimplementedError(entry.dtype_name);
    declarations.push_back({entry.name, *entry.dtype, entry.shape});
  }
  auto writer =
      pawl::SafetensorsWriter::Create(out, declarations, (*reader)->metadata(), (*reader)->files());
  if (!writer.ok()) return writer.status();
  for (const pawl::SafetensorsEntry& entry : (*reader)->entries()) {
    auto tensor = (*reader)->Get(entry);
    if (!tensor.ok()) return tensor.status();
    if (absl::Status added = (*writer)->Add(entry.name, *tensor); !added.ok()) return added;
  }
  return (*writer)->Finish();
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> args(argv + 1, argv + argc);
  if (args.size() == 3 && args[0] == "copy") {
    const absl::Status status = Copy(args[1], args[2]);
    if (!status.ok()) std::cerr << status.ToString() << "\n";
    return status.ok() ? 0 : 1;
  }
  if (args.size() < 2 || args[0] != "check") return 2;
  for (size_t i = 1; i < args.size(); ++i) {
    const absl::Status status = pawl::SafetensorsReader::Open(args[i]).status();
    std::cout << (status.ok() ? "ok" : "refused " + std::string(status.message())) << "\n";
  }
  return 0;
}
