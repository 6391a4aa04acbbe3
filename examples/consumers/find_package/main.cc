// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <pawl/version.h>

#include <cstdio>
#include <cstring>

int main() {
  std::printf("pawl %s\n", pawl::VersionString());
  return std::strchr(pawl::VersionString(), '.') == nullptr;
}
