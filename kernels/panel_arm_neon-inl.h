// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Operations of panel_arm-inl.h on vectors of 128 bits. Included once a file, inside its unnamed
// namespace, after the definition of
//   PAWL_ARM_ATTR   attributes that allow the instructions;
//   PAWL_ARM_DOT    1 with dot products;
//   PAWL_ARM_I8MM   1 with matrix products and dot products of unsigned by signed.

using VB = uint8x16_t;
using VI = int32x4_t;
using VF = float32x4_t;

// Row vectors in a block of 64 bytes.
PAWL_ARM_INLINE size_t Parts() { return 4; }

PAWL_ARM_INLINE VB LoadB(const uint8_t* from) { return vld1q_u8(from); }
// Bytes from vector `i` on.
PAWL_ARM_INLINE VB LoadB(const uint8_t* from, size_t i) { return vld1q_u8(from + 16 * i); }
PAWL_ARM_INLINE VB Or(VB a, VB b) { return vorrq_u8(a, b); }
template <int kShift>
PAWL_ARM_INLINE VB Left(VB v) {
  return vshlq_n_u8(v, kShift);
}
template <int kShift>
PAWL_ARM_INLINE VB Right(VB v) {
  return vshrq_n_u8(v, kShift);
}
template <int kMask>
PAWL_ARM_INLINE VB Mask(VB v) {
  return vandq_u8(v, vdupq_n_u8(kMask));
}
template <int kFlip>
PAWL_ARM_INLINE VB Flip(VB v) {
  return veorq_u8(v, vdupq_n_u8(kFlip));
}

PAWL_ARM_INLINE VI Zero() { return vdupq_n_s32(0); }
PAWL_ARM_INLINE VI Set(int32_t value) { return vdupq_n_s32(value); }
PAWL_ARM_INLINE VI Load(const int32_t* from) { return vld1q_s32(from); }
PAWL_ARM_INLINE VI LoadBytes(const uint8_t* from) {
  uint32_t four;
  __builtin_memcpy(&four, from, sizeof(four));
  const uint16x8_t wide = vmovl_u8(vreinterpret_u8_u32(vdup_n_u32(four)));
  return vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(wide)));
}
PAWL_ARM_INLINE VI Add(VI a, VI b) { return vaddq_s32(a, b); }
PAWL_ARM_INLINE VI Subtract(VI a, VI b) { return vsubq_s32(a, b); }
// c - a * b
PAWL_ARM_INLINE VI SubtractProduct(VI a, VI b, VI c) { return vmlsq_s32(c, a, b); }
PAWL_ARM_INLINE VF ToFloat(VI v) { return vcvtq_f32_s32(v); }
PAWL_ARM_INLINE VF BitsToFloat(VI v) { return vreinterpretq_f32_s32(v); }
PAWL_ARM_INLINE VI FloatToBits(VF v) { return vreinterpretq_s32_f32(v); }

PAWL_ARM_INLINE VF ZeroF() { return vdupq_n_f32(0.0f); }
PAWL_ARM_INLINE VF SetF(float value) { return vdupq_n_f32(value); }
PAWL_ARM_INLINE VF Load(const float* from) { return vld1q_f32(from); }
PAWL_ARM_INLINE VF LoadHalves(const uint16_t* from) {
  return vcvt_f32_f16(vreinterpret_f16_u16(vld1_u16(from)));
}
PAWL_ARM_INLINE void Store(VF v, float* to) { vst1q_f32(to, v); }
PAWL_ARM_INLINE VF Multiply(VF a, VF b) { return vmulq_f32(a, b); }
// c + a * b, c - a * b, rounded once.
PAWL_ARM_INLINE VF MultiplyAdd(VF a, VF b, VF c) { return vfmaq_f32(c, a, b); }
PAWL_ARM_INLINE VF MultiplySubtract(VF a, VF b, VF c) { return vfmsq_f32(c, a, b); }

// Keeps what one row does together: GCC would begin with the loads and products of all rows, and
// spill.
PAWL_ARM_INLINE void Settle(VI& a, VI& b) { __asm__ volatile("" : "+w"(a), "+w"(b)); }

PAWL_ARM_INLINE void Prefetch(const uint8_t* from) { __builtin_prefetch(from); }

// Sixteen activations of a row, and the sums of 4 x 4 products of four quads of codes by them:
// of a vector's rows in `low`; or, for Merge, of its first and last two rows by pairs of columns,
// or of every other quad.
#if PAWL_ARM_DOT
using VX = int8x16_t;

PAWL_ARM_INLINE VX LoadX(const int8_t* from) { return vld1q_s8(from); }

template <int kQuad>
PAWL_ARM_INLINE VI Dot(VI sum, VB codes, VX x) {
#if PAWL_ARM_I8MM
  return vusdotq_laneq_s32(sum, codes, x, kQuad);
#else
  return vdotq_laneq_s32(sum, vreinterpretq_s8_u8(codes), x, kQuad);
#endif
}

template <int kUsed>
PAWL_ARM_INLINE void MultiplyFour(VI& low, VI& high, VB c0, VB c1, VB c2, VB c3, VX x) {
  low = Dot<0>(low, c0, x);
  high = Dot<1>(high, c1, x);
  low = Dot<2>(low, c2, x);
  high = Dot<3>(high, c3, x);
}

PAWL_ARM_INLINE VI Merge(VI low, VI high) { return vaddq_s32(low, high); }
#else
struct VX {
  int8x16_t quads[4];
};

PAWL_ARM_INLINE int8x16_t BroadcastFour(const int8_t* from) {
  return vreinterpretq_s8_s32(vld1q_dup_s32(reinterpret_cast<const int32_t*>(from)));
}

PAWL_ARM_INLINE VX LoadX(const int8_t* from) {
  return {{BroadcastFour(from), BroadcastFour(from + 4), BroadcastFour(from + 8),
           BroadcastFour(from + 12)}};
}

PAWL_ARM_INLINE int16x8_t Low(VB codes, int8x16_t x) {
  return vmull_s8(vget_low_s8(vreinterpretq_s8_u8(codes)), vget_low_s8(x));
}
PAWL_ARM_INLINE int16x8_t High(VB codes, int8x16_t x) {
  return vmull_high_s8(vreinterpretq_s8_u8(codes), x);
}
PAWL_ARM_INLINE int16x8_t Low(int16x8_t sum, VB codes, int8x16_t x) {
  return vmlal_s8(sum, vget_low_s8(vreinterpretq_s8_u8(codes)), vget_low_s8(x));
}
PAWL_ARM_INLINE int16x8_t High(int16x8_t sum, VB codes, int8x16_t x) {
  return vmlal_high_s8(sum, vreinterpretq_s8_u8(codes), x);
}

template <int kUsed>
PAWL_ARM_INLINE void MultiplyFour(VI& low, VI& high, VB c0, VB c1, VB c2, VB c3, const VX& x) {
  if constexpr (kUsed < 8) {  // four products of 63 * 128 are within 16 bits
    int16x8_t l = Low(c0, x.quads[0]), h = High(c0, x.quads[0]);
    l = Low(l, c1, x.quads[1]), h = High(h, c1, x.quads[1]);
    l = Low(l, c2, x.quads[2]), h = High(h, c2, x.quads[2]);
    l = Low(l, c3, x.quads[3]), h = High(h, c3, x.quads[3]);
    low = vpadalq_s16(low, l), high = vpadalq_s16(high, h);
  } else {
    low = vpadalq_s16(low, Low(c0, x.quads[0])), high = vpadalq_s16(high, High(c0, x.quads[0]));
    low = vpadalq_s16(low, Low(c1, x.quads[1])), high = vpadalq_s16(high, High(c1, x.quads[1]));
    low = vpadalq_s16(low, Low(c2, x.quads[2])), high = vpadalq_s16(high, High(c2, x.quads[2]));
    low = vpadalq_s16(low, Low(c3, x.quads[3])), high = vpadalq_s16(high, High(c3, x.quads[3]));
  }
}

PAWL_ARM_INLINE VI Merge(VI low, VI high) { return vpaddq_s32(low, high); }
#endif  // PAWL_ARM_DOT

#if PAWL_ARM_I8MM
// Two rows of W by two rows of activations, eight columns: w0x0 w0x1 w1x0 w1x1.
PAWL_ARM_INLINE VI MatrixMultiply(VI sum, VB codes, VX x) { return vusmmlaq_s32(sum, codes, x); }
PAWL_ARM_INLINE VI EvenLanes(VI a, VI b) { return vuzp1q_s32(a, b); }
PAWL_ARM_INLINE VI OddLanes(VI a, VI b) { return vuzp2q_s32(a, b); }
#endif
