// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "kernels/dequantize.h"

#include "kernels/simd_avx3.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "kernels/dequantize.cc"
#include "hwy/foreach_target.h"
// foreach_target.h first
#include "kernels/dequantize-inl.h"

#if HWY_ONCE
#include "kernels/dispatch.h"

namespace pawl::kernels {

PAWL_EXPORT(DequantizeRowI8);
PAWL_EXPORT(DequantizeRowU8);
PAWL_EXPORT(DequantizeRowI16);
PAWL_EXPORT(DequantizeRowI4);
PAWL_EXPORT(DequantizeRowU4);
PAWL_EXPORT(DequantizeRowTable);
PAWL_EXPORT(DequantizeRowTable4);

void DequantizeRowI8(Target target, const int8_t* codes, size_t n, const DequantizeGroups& groups,
                     float* out) {
  PAWL_DISPATCH(target, DequantizeRowI8)(codes, n, groups, out);
}

void DequantizeRowU8(Target target, const uint8_t* codes, size_t n, const DequantizeGroups& groups,
                     float* out) {
  PAWL_DISPATCH(target, DequantizeRowU8)(codes, n, groups, out);
}

void DequantizeRowI16(Target target, const int16_t* codes, size_t n, const DequantizeGroups& groups,
                      float* out) {
  PAWL_DISPATCH(target, DequantizeRowI16)(codes, n, groups, out);
}

void DequantizeRowI4(Target target, const uint8_t* packed, size_t n, const DequantizeGroups& groups,
                     float* out) {
  PAWL_DISPATCH(target, DequantizeRowI4)(packed, n, groups, out);
}

void DequantizeRowU4(Target target, const uint8_t* packed, size_t n, const DequantizeGroups& groups,
                     float* out) {
  PAWL_DISPATCH(target, DequantizeRowU4)(packed, n, groups, out);
}

void DequantizeRowTable(Target target, const uint8_t* codes, size_t n, const float* levels,
                        size_t num_levels, const DequantizeGroups& groups, float* out) {
  PAWL_DISPATCH(target, DequantizeRowTable)(codes, n, levels, num_levels, groups, out);
}

void DequantizeRowTable4(Target target, const uint8_t* packed, size_t n, const float* levels,
                         const DequantizeGroups& groups, float* out) {
  PAWL_DISPATCH(target, DequantizeRowTable4)(packed, n, levels, groups, out);
}

namespace {

// A run is a row of one group.
DequantizeGroups Run(size_t n, const float* scale, const float* zero) {
  DequantizeGroups groups;
  groups.size = n + 2;
  groups.scales = scale;
  groups.zeros = zero;
  return groups;
}

}  // namespace

void DequantizeI8(Target target, const int8_t* codes, size_t n, float scale, float zero,
                  float* out) {
  DequantizeRowI8(target, codes, n, Run(n, &scale, &zero), out);
}

void DequantizeU8(Target target, const uint8_t* codes, size_t n, float scale, float zero,
                  float* out) {
  DequantizeRowU8(target, codes, n, Run(n, &scale, &zero), out);
}

void DequantizeI16(Target target, const int16_t* codes, size_t n, float scale, float zero,
                   float* out) {
  DequantizeRowI16(target, codes, n, Run(n, &scale, &zero), out);
}

}  // namespace pawl::kernels
#endif  // HWY_ONCE
