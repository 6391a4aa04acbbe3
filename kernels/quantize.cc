// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/quantize.h"

// A struct of vectors.
#define PAWL_FIXED_SIZE_VECTORS
#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/quantize.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/quantize-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(QuantizeRowI8);
PAWL_EXPORT(QuantizeRowU8);
PAWL_EXPORT(QuantizeRowI16);
PAWL_EXPORT(QuantizeRow4);

namespace {

// A run is a row of one group.
struct Run {
  float zero;
  QuantizeGroups groups;

  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  Run(size_t n, const QuantizeParams& params) : zero(static_cast<float>(params.zero)) {
    groups.size = n + 2;
    groups.scales = &params.scale;
    groups.zeros = &zero;
    groups.lo = params.lo;
    groups.hi = params.hi;
  }
};

}  // namespace

void QuantizeRowI8(Target target, const float* x, size_t n, const QuantizeGroups& groups,
                   int8_t* codes) {
  PAWL_DISPATCH(target, QuantizeRowI8)(x, n, groups, codes);
}

void QuantizeRowU8(Target target, const float* x, size_t n, const QuantizeGroups& groups,
                   uint8_t* codes) {
  PAWL_DISPATCH(target, QuantizeRowU8)(x, n, groups, codes);
}

void QuantizeRowI16(Target target, const float* x, size_t n, const QuantizeGroups& groups,
                    int16_t* codes) {
  PAWL_DISPATCH(target, QuantizeRowI16)(x, n, groups, codes);
}

void QuantizeRow4(Target target, const float* x, size_t n, const QuantizeGroups& groups,
                  uint8_t* packed) {
  PAWL_DISPATCH(target, QuantizeRow4)(x, n, groups, packed);
}

void QuantizeI8(Target target, const float* x, size_t n, const QuantizeParams& params,
                int8_t* codes) {
  QuantizeRowI8(target, x, n, Run(n, params).groups, codes);
}

void QuantizeU8(Target target, const float* x, size_t n, const QuantizeParams& params,
                uint8_t* codes) {
  QuantizeRowU8(target, x, n, Run(n, params).groups, codes);
}

void QuantizeI16(Target target, const float* x, size_t n, const QuantizeParams& params,
                 int16_t* codes) {
  QuantizeRowI16(target, x, n, Run(n, params).groups, codes);
}

void Quantize4(Target target, const float* x, size_t n, const QuantizeParams& params,
               uint8_t* packed) {
  QuantizeRow4(target, x, n, Run(n, params).groups, packed);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
