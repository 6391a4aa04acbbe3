// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The structs of DLPack 1.0 where the system's header is older (Debian 12 has 0.6), after the
// published specification (https://dmlc.github.io/dlpack/latest/c_api.html).

#ifndef PAWL_LIB_CORE_DLPACK_VERSIONED_H_
#define PAWL_LIB_CORE_DLPACK_VERSIONED_H_

#include <dlpack/dlpack.h>

#include <cstdint>

#ifndef DLPACK_MAJOR_VERSION
#define DLPACK_FLAG_BITMASK_READ_ONLY (1UL << 0UL)

struct DLPackVersion {
  uint32_t major;
  uint32_t minor;
};

struct DLManagedTensorVersioned {
  DLPackVersion version;
  void* manager_ctx;
  void (*deleter)(DLManagedTensorVersioned* self);
  uint64_t flags;
  DLTensor dl_tensor;
};
#endif

#endif  // PAWL_LIB_CORE_DLPACK_VERSIONED_H_
