// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Codes to products for one target. dot_codes.h has the definition.
//
// A walk takes two rows of codes at once, so that four sums hide the latency of the multiply-add
// and both share the loads of x. What a code becomes is the business of a decoder
// (dot_decoders-inl.h).

#if defined(PAWL_KERNELS_DOT_CODES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_DOT_CODES_INL_H_
#undef PAWL_KERNELS_DOT_CODES_INL_H_
#else
#define PAWL_KERNELS_DOT_CODES_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "hwy/highway.h"
#include "kernels/dot_codes.h"
#include "kernels/dot_decoders-inl.h"

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
// Columns [begin, end) of a pair: products into its sums, or the values.
template <class Decoder>
HWY_NOINLINE void WalkPair(Pair& pair) {
  const LaneD d;
  const Decoder decoder(pair);
  const uint8_t* p[2] = {pair.codes[0], pair.codes[1]};
  float* out[2] = {pair.values[0], pair.values[1]};
  const float* x = pair.x;
  const size_t bytes = 2 * pair.bits, size = pair.group_size;  // bytes of 16 codes
  const bool dot = x != nullptr;
  LaneV sums[2][kPartsF];
  PAWL_UNROLL
  for (size_t i = 0; i < kPartsF; ++i) {
    sums[0][i] = hn::Load(d, pair.sums[0] + i * kLanesF);
    sums[1][i] = hn::Load(d, pair.sums[1] + i * kLanesF);
  }
  const size_t limit = pair.end;
  size_t k = pair.begin, g = k / size;
  for (size_t end = (g + 1) * size; k < limit; ++g, end += size) {
    const typename Decoder::Group groups[2] = {decoder.Load(pair, 0, g), decoder.Load(pair, 1, g)};
    for (const size_t stop = std::min(end, limit); k < stop; k += kLaneSums) {
      LaneV values[2][kPartsF];
      decoder.Decode(p, groups, values);
      p[0] += bytes;
      p[1] += bytes;
      if (dot) {
        PAWL_UNROLL
        for (size_t i = 0; i < kPartsF; ++i) {
          const LaneV vx = hn::LoadU(d, x + i * kLanesF);
          sums[0][i] = hn::MulAdd(vx, values[0][i], sums[0][i]);
          sums[1][i] = hn::MulAdd(vx, values[1][i], sums[1][i]);
        }
        x += kLaneSums;
      } else {
        PAWL_UNROLL
        for (size_t i = 0; i < kPartsF; ++i) {
          hn::StoreU(values[0][i], d, out[0] + i * kLanesF);
          hn::StoreU(values[1][i], d, out[1] + i * kLanesF);
        }
        out[0] += kLaneSums;
        out[1] += kLaneSums;
      }
    }
  }
  PAWL_UNROLL
  for (size_t i = 0; i < kPartsF; ++i) {
    hn::Store(sums[0][i], d, pair.sums[0] + i * kLanesF);
    hn::Store(sums[1][i], d, pair.sums[1] + i * kLanesF);
  }
}

using Walk = void (*)(Pair&);

template <class Signed, class Unsigned>
HWY_INLINE Walk WalkOfNumbers(const CodeRows& w) {
  const bool zeros = w.groups.zeros != nullptr;
  if (w.kind == CodeKind::kSigned) {
    return zeros ? &WalkPair<NumberDecoder<Signed, Formula::kZero>>
                 : &WalkPair<NumberDecoder<Signed, Formula::kScale>>;
  }
  if (w.groups.minimums != nullptr) return &WalkPair<NumberDecoder<Unsigned, Formula::kMinimum>>;
  return zeros ? &WalkPair<NumberDecoder<Unsigned, Formula::kZero>>
               : &WalkPair<NumberDecoder<Unsigned, Formula::kScale>>;
}

HWY_INLINE Walk WalkOf(const CodeRows& w) {
#if PAWL_LANES_512
  if (w.bits <= 4) return &WalkPair<TableDecoder<1>>;
#elif PAWL_LANES_256
  if (w.bits <= 3) return &WalkPair<TableDecoder<1>>;
  const bool offsets = w.groups.zeros != nullptr || w.groups.minimums != nullptr;
  if (w.kind == CodeKind::kTable) {
    return offsets || w.level_stride != 0 ? &WalkPair<TableDecoder<2>> : &WalkPair<PlaneDecoder>;
  }
  if (w.bits == 4) return WalkOfNumbers<FieldNumbers<true, 4>, FieldNumbers<false, 4>>(w);
#endif
  if (w.bits == 8) return WalkOfNumbers<ByteNumbers<true>, ByteNumbers<false>>(w);
  return WalkOfNumbers<FieldNumbers<true, 0>, FieldNumbers<false, 0>>(w);
}

// Levels that all rows share, for numbers too; short tables repeated.
HWY_INLINE void SetUpTable(const CodeRows& w, Pair* pair) {
  for (size_t i = 0; i < 16; ++i) {
    const auto code = static_cast<int32_t>(i & ((size_t{1} << w.bits) - 1));
    const int32_t half = w.kind == CodeKind::kSigned ? 1 << (w.bits - 1) : 0;
    pair->table[i] =
        w.kind == CodeKind::kTable ? w.levels[code] : static_cast<float>((code ^ half) - half);
  }
}

// Products with x into `lanes`, or, without x, values.
HWY_NOINLINE void WalkRows(const CodeRows& w, const float* x, float* lanes, float* values,
                           size_t stride) {
  const Walk walk = WalkOf(w);
  const size_t whole = w.cols / kLaneSums * kLaneSums, rest = w.cols - whole;
  HWY_ALIGN float last_x[kLaneSums] = {};
  if (x != nullptr) std::copy_n(x + whole, rest, last_x);
  Pair pair;
  pair.bits = static_cast<size_t>(w.bits);
  pair.group_size = w.groups.size;
  pair.minimum = w.groups.minimums != nullptr;
  SetUpFields(&pair);
  if (w.bits <= 4 && w.level_stride == 0) SetUpTable(w, &pair);
  const float* offsets = pair.minimum ? w.groups.minimums : w.groups.zeros;
  for (size_t n = 0; n < w.rows; n += 2) {
    for (size_t i = 0; i < 2; ++i) {
      const size_t row = std::min(n + i, w.rows - 1);
      pair.codes[i] = w.codes + row * w.row_bytes;
      pair.scales[i] = w.groups.scales + row * w.param_stride;
      pair.offsets[i] = offsets != nullptr ? offsets + row * w.param_stride : nullptr;
      pair.levels[i] = w.level_stride != 0 ? w.levels + row * w.level_stride : pair.table;
      pair.values[i] = values != nullptr ? values + row * stride : nullptr;
      std::fill_n(pair.sums[i], kLaneSums, 0.0f);
    }
    pair.x = x;
    pair.begin = 0;
    pair.end = whole;
    if (whole > 0) walk(pair);
    const size_t last = std::min(n + 1, w.rows - 1);
    if (x != nullptr) {
      std::copy_n(pair.sums[0], kLaneSums, lanes + n * kLaneSums);
      std::copy_n(pair.sums[1], kLaneSums, lanes + last * kLaneSums);
    }
    if (rest == 0) continue;
    for (size_t i = 0; i < 2; ++i) {
      pair.codes[i] += whole * pair.bits / 8;
      if (values != nullptr) pair.values[i] += whole;
    }
    if (x != nullptr) pair.x = last_x;
    pair.begin = whole;
    pair.end = whole + kLaneSums;
    walk(pair);
    // Lanes without a column keep their sums: adding 0 * w would not do for an infinite w.
    if (x != nullptr) {
      std::copy_n(pair.sums[0], rest, lanes + n * kLaneSums);
      std::copy_n(pair.sums[1], rest, lanes + last * kLaneSums);
    }
  }
}

bool DotCodesTakes(const CodeRows& w) {
  const DequantizeGroups& groups = w.groups;
  const bool whole = groups.size >= w.cols || groups.size % kLaneSums == 0;
  const bool both =
      groups.minimums != nullptr && (groups.zeros != nullptr || w.kind == CodeKind::kSigned);
  constexpr bool kTables = PAWL_LANES_512 || PAWL_LANES_256;
  // A row's own table is loaded as it lies there.
  const bool table = kTables && (w.level_stride == 0 ? w.bits <= 4 : w.bits == 4);
  return whole && !both && w.cols > 0 && w.bits <= 8 && (w.kind != CodeKind::kTable || table);
}

void DotCodes(const float* x, const CodeRows& w, float* lanes) {
  WalkRows(w, x, lanes, nullptr, 0);
}

void DecodeCodes(const CodeRows& w, float* values, size_t stride) {
  WalkRows(w, nullptr, nullptr, values, stride);
}
#else   // HWY_NATIVE_FMA
bool DotCodesTakes(const CodeRows& w) { return reference::DotCodesTakes(w); }

void DotCodes(const float* x, const CodeRows& w, float* lanes) { reference::DotCodes(x, w, lanes); }

void DecodeCodes(const CodeRows& w, float* values, size_t stride) {
  reference::DecodeCodes(w, values, stride);
}
#endif  // HWY_NATIVE_FMA

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
