// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What Highway does not ask the CPU. False on other architectures. Thread-safe; not cached.

#ifndef PAWL_KERNELS_CPU_FEATURES_H_
#define PAWL_KERNELS_CPU_FEATURES_H_

namespace pawl::kernels {

bool HasAvxVnni();     // 256-bit VNNI without AVX-512
bool HasDotProduct();  // SDOT, UDOT
bool HasI8mm();        // SMMLA, USMMLA, USDOT
bool HasSveI8mm();     // the same on SVE's vectors

// AMX-INT8 and AMX-BF16, and the operating system lets this process use them: asks Linux for it,
// which lasts for the life of the process.
bool HasAmx();

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_CPU_FEATURES_H_
