// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Functions of 8-bit codes by tables. Pointers need no alignment, sizes may be 0, `to` may be
// `from`. Every target gives the same bits. Pure, thread-safe.

#ifndef PAWL_KERNELS_LOOKUP_H_
#define PAWL_KERNELS_LOOKUP_H_

#include <cstddef>
#include <cstdint>

#include "kernels/target.h"

namespace pawl::kernels {

// to[i] = table[from[i]]; the table has 256 entries.
void LookUp(Target target, const uint8_t* table, const uint8_t* from, size_t n, uint8_t* to);

namespace reference {
void LookUp(const uint8_t* table, const uint8_t* from, size_t n, uint8_t* to);
}  // namespace reference

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_LOOKUP_H_
