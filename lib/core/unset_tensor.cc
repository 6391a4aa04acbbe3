// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/unset_tensor.h"

#ifdef __linux__
#include <sys/mman.h>
#endif

#include <cstddef>
#include <cstdlib>
#include <memory>

#include "absl/strings/str_cat.h"

namespace pawl {

absl::StatusOr<Tensor> CreateUnset(int64_t bytes) {
  constexpr size_t kLargePage = size_t{1} << 21;
  const auto size = static_cast<size_t>(bytes);
  const bool large = size >= 2 * kLargePage;
  const size_t alignment = large ? kLargePage : kAlignment;
  const size_t rounded = (size / alignment + 1) * alignment;
  void* memory = std::aligned_alloc(alignment, rounded);
  if (memory == nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory for ", bytes, " bytes of codes"));
  }
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  // Whole pages alone: the rest need not take one. A wish, so the answer does not matter.
  if (large) static_cast<void>(madvise(memory, size / kLargePage * kLargePage, MADV_HUGEPAGE));
#endif
  return Tensor::MutableView(DType::kU8, {bytes}, memory, size,
                             std::shared_ptr<void>(memory, [](void* p) { std::free(p); }));
}

}  // namespace pawl
