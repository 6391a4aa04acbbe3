// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/lookup.h"

namespace pawl::kernels::reference {

void LookUp(const uint8_t* table, const uint8_t* from, size_t n, uint8_t* to) {
  for (size_t i = 0; i < n; ++i) to[i] = table[from[i]];
}

}  // namespace pawl::kernels::reference
