// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Operations of panel_arm-inl.h on SVE vectors of any length from 128 to 512 bits. Included as
// panel_arm_neon-inl.h is, with the same definitions before.

using VB = svuint8_t;
using VX = svint8_t;
using VI = svint32_t;
using VF = svfloat32_t;

#define PAWL_ALL8 svptrue_b8()
#define PAWL_ALL32 svptrue_b32()

// Row vectors in a block of 64 bytes.
PAWL_ARM_INLINE size_t Parts() { return 64 / svcntb(); }

PAWL_ARM_INLINE VB LoadB(const uint8_t* from) { return svld1_u8(PAWL_ALL8, from); }
// Bytes from vector `i` on.
PAWL_ARM_INLINE VB LoadB(const uint8_t* from, size_t i) {
  return svld1_vnum_u8(PAWL_ALL8, from, static_cast<int64_t>(i));
}
PAWL_ARM_INLINE VB Or(VB a, VB b) { return svorr_u8_x(PAWL_ALL8, a, b); }
template <int kShift>
PAWL_ARM_INLINE VB Left(VB v) {
  return svlsl_n_u8_x(PAWL_ALL8, v, kShift);
}
template <int kShift>
PAWL_ARM_INLINE VB Right(VB v) {
  return svlsr_n_u8_x(PAWL_ALL8, v, kShift);
}
template <int kMask>
PAWL_ARM_INLINE VB Mask(VB v) {
  return svand_n_u8_x(PAWL_ALL8, v, kMask);
}
template <int kFlip>
PAWL_ARM_INLINE VB Flip(VB v) {
  return sveor_n_u8_x(PAWL_ALL8, v, kFlip);
}

PAWL_ARM_INLINE VI Zero() { return svdup_n_s32(0); }
PAWL_ARM_INLINE VI Set(int32_t value) { return svdup_n_s32(value); }
PAWL_ARM_INLINE VI Load(const int32_t* from) { return svld1_s32(PAWL_ALL32, from); }
PAWL_ARM_INLINE VI LoadBytes(const uint8_t* from) {
  return svreinterpret_s32_u32(svld1ub_u32(PAWL_ALL32, from));
}
PAWL_ARM_INLINE VI Add(VI a, VI b) { return svadd_s32_x(PAWL_ALL32, a, b); }
PAWL_ARM_INLINE VI Subtract(VI a, VI b) { return svsub_s32_x(PAWL_ALL32, a, b); }
// c - a * b
PAWL_ARM_INLINE VI SubtractProduct(VI a, VI b, VI c) { return svmls_s32_x(PAWL_ALL32, c, a, b); }
PAWL_ARM_INLINE VF ToFloat(VI v) { return svcvt_f32_s32_x(PAWL_ALL32, v); }
PAWL_ARM_INLINE VF BitsToFloat(VI v) { return svreinterpret_f32_s32(v); }
PAWL_ARM_INLINE VI FloatToBits(VF v) { return svreinterpret_s32_f32(v); }

PAWL_ARM_INLINE VF ZeroF() { return svdup_n_f32(0.0f); }
PAWL_ARM_INLINE VF SetF(float value) { return svdup_n_f32(value); }
PAWL_ARM_INLINE VF Load(const float* from) { return svld1_f32(PAWL_ALL32, from); }
PAWL_ARM_INLINE VF LoadHalves(const uint16_t* from) {
  return svcvt_f32_f16_x(PAWL_ALL32, svreinterpret_f16_u32(svld1uh_u32(PAWL_ALL32, from)));
}
PAWL_ARM_INLINE void Store(VF v, float* to) { svst1_f32(PAWL_ALL32, to, v); }
PAWL_ARM_INLINE VF Multiply(VF a, VF b) { return svmul_f32_x(PAWL_ALL32, a, b); }
// c + a * b, c - a * b, rounded once.
PAWL_ARM_INLINE VF MultiplyAdd(VF a, VF b, VF c) { return svmla_f32_x(PAWL_ALL32, c, a, b); }
PAWL_ARM_INLINE VF MultiplySubtract(VF a, VF b, VF c) { return svmls_f32_x(PAWL_ALL32, c, a, b); }

// As in panel_arm_neon-inl.h; here GCC does better by itself.
PAWL_ARM_INLINE void Settle(const VI&, const VI&) {}

PAWL_ARM_INLINE void Prefetch(const uint8_t* from) { __builtin_prefetch(from); }

// Sixteen activations of a row, once in each 128 bits, and the sums of 4 x 4 products of four quads
// of codes by them: `low` and `high` have every other quad's.
PAWL_ARM_INLINE VX LoadX(const int8_t* from) { return svld1rq_s8(PAWL_ALL8, from); }

template <int kQuad>
PAWL_ARM_INLINE VI Dot(VI sum, VB codes, VX x) {
#if PAWL_ARM_I8MM
  return svusdot_lane_s32(sum, codes, x, kQuad);
#else
  return svdot_lane_s32(sum, svreinterpret_s8_u8(codes), x, kQuad);
#endif
}

template <int kUsed>
PAWL_ARM_INLINE void MultiplyFour(VI& low, VI& high, VB c0, VB c1, VB c2, VB c3, VX x) {
  low = Dot<0>(low, c0, x);
  high = Dot<1>(high, c1, x);
  low = Dot<2>(low, c2, x);
  high = Dot<3>(high, c3, x);
}

PAWL_ARM_INLINE VI Merge(VI low, VI high) { return Add(low, high); }

#if PAWL_ARM_I8MM
// In each 128 bits two rows of W by two rows of activations, eight columns: w0x0 w0x1 w1x0 w1x1.
PAWL_ARM_INLINE VI MatrixMultiply(VI sum, VB codes, VX x) { return svusmmla_s32(sum, codes, x); }
PAWL_ARM_INLINE VI EvenLanes(VI a, VI b) { return svuzp1_s32(a, b); }
PAWL_ARM_INLINE VI OddLanes(VI a, VI b) { return svuzp2_s32(a, b); }
#endif
