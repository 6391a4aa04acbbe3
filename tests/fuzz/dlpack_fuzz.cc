// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// DLPack tensors from a producer that cannot be trusted to fill them in well. Its memory is as
// large as its shape says; everything else may be wrong.

#include <dlpack/dlpack.h>

#include <vector>

#include "fuzz.h"
#include "pawl/tensor.h"

namespace pawl::fuzz {
namespace {

constexpr int64_t kMostBytes = 1 << 16;

struct Produced {
  DLManagedTensor managed{};
  std::vector<int64_t> shape, strides;
  std::vector<uint8_t> data;
  int deleted = 0;
};

int64_t Dim(Input& input) {
  if (input.Rarely()) return static_cast<int64_t>(input.Number(8));
  return input.Int(0, 9);
}

void Fill(Input& input, Produced& p) {
  constexpr uint8_t kBits[] = {32, 16, 8, 64, 1, 0, 255, 4};
  DLTensor& t = p.managed.dl_tensor;
  t.ndim = static_cast<int32_t>(input.Rarely() ? input.Int(-2, 80) : input.Int(0, 4));
  t.dtype.code = static_cast<uint8_t>(input.Rarely() ? input.Byte() : input.Int(0, 6));
  t.dtype.bits = input.Pick(kBits);
  t.dtype.lanes = static_cast<uint16_t>(input.Rarely() ? input.Byte() : 1);
  t.device = {static_cast<DLDeviceType>(input.Rarely() ? input.Int(0, 14) : 1), 0};
  for (int32_t i = 0; i < t.ndim; ++i) p.shape.push_back(Dim(input));
  t.shape = p.shape.empty() || input.Rarely() ? nullptr : p.shape.data();
  if (input.Bool()) {
    p.strides.resize(p.shape.size());
    uint64_t stride = 1;
    for (size_t i = p.shape.size(); i-- > 0; stride *= static_cast<uint64_t>(p.shape[i])) {
      p.strides[i] = static_cast<int64_t>(input.Rarely() ? input.Number(8) : stride);
    }
    t.strides = p.strides.data();
  }
  t.byte_offset = input.Rarely() ? 1 + input.Byte() % 16u : 0;
  const auto count = CheckedNumElements(p.shape, 8);
  const bool given = count.ok() && *count <= kMostBytes && !input.Rarely();
  if (given) p.data = input.Filled(static_cast<size_t>(*count) * 8 + t.byte_offset);
  t.data = given ? p.data.data() : nullptr;
  p.managed.manager_ctx = &p;
  if (!input.Rarely()) {
    p.managed.deleter = [](DLManagedTensor* m) {
      ++static_cast<Produced*>(m->manager_ctx)->deleted;
    };
  }
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(dlpack) {
  using namespace pawl;
  fuzz::Input input(bytes);
  fuzz::Produced produced;
  fuzz::Fill(input, produced);
  const bool counted = produced.managed.deleter != nullptr;
  {
    const absl::StatusOr<Tensor> tensor = Tensor::FromDLPack(&produced.managed);
    if (!fuzz::Succeeded(tensor.status())) {
      PAWL_FUZZ_CHECK(produced.deleted == 0, "after an error the caller still owns it");
      return;
    }
    PAWL_FUZZ_CHECK(!tensor->writable() && tensor->shape() == produced.shape, "another tensor");
    const absl::StatusOr<Tensor> copy = tensor->Clone();  // reads every byte
    if (fuzz::Succeeded(copy.status())) fuzz::Succeeded(copy->ToF32().status());
    absl::StatusOr<DLManagedTensor*> lent = tensor->ToDLPack();
    PAWL_FUZZ_CHECK(lent.ok(), lent.status().ToString());
    {
      const absl::StatusOr<Tensor> back = Tensor::FromDLPack(*lent);
      PAWL_FUZZ_CHECK(
          back.ok() && back->shape() == tensor->shape() && back->data() == tensor->data(),
          back.status().ToString());
    }
    PAWL_FUZZ_CHECK(produced.deleted == 0, "deleted while a tensor looks at it");
  }
  PAWL_FUZZ_CHECK(produced.deleted == (counted ? 1 : 0), "not deleted once");
}
