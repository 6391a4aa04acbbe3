// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Codes to products for one target. dot_codes.h has the definition.
//
// DotPairs walks two rows of codes at once, so that four sums hide the latency of the multiply-add
// and both share the loads of x. What a code becomes is the business of a decoder:
//
//   Decoder(w)                    constants: shifts, byte patterns
//   Group Load(w, row, g)         parameters of a group, in registers
//   LaneV Values(p, part, group)  weights of part `part` of the 16 codes at p

#if defined(PAWL_KERNELS_DOT_CODES_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_DOT_CODES_INL_H_
#undef PAWL_KERNELS_DOT_CODES_INL_H_
#else
#define PAWL_KERNELS_DOT_CODES_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"
#include "kernels/dot_codes.h"
#include "kernels/prefetch.h"

// A register (AVX-512) or two (AVX2) hold a table of 16 levels, and the lookup ignores what lies
// above an index. A field is cut out of 16 bytes that each block of a register has, on AVX2 out of
// 4 that each lane has as long as 8 codes fit.
#undef PAWL_LANES_512
#undef PAWL_LANES_256
#define PAWL_LANES_512 (HWY_ARCH_X86 && HWY_MAX_BYTES >= 64)
#define PAWL_LANES_256 (HWY_TARGET == HWY_AVX2)

HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

#if HWY_NATIVE_FMA
using LaneD = hn::CappedTag<float, kLaneSums>;
using LaneDU = hn::RebindToUnsigned<LaneD>;
using LaneDI = hn::RebindToSigned<LaneD>;
using LaneD8 = hn::Repartition<uint8_t, LaneD>;
using LaneV = hn::Vec<LaneD>;
using LaneVU = hn::Vec<LaneDU>;
constexpr size_t kLanesF = HWY_MAX_LANES_D(LaneD);
constexpr size_t kPartsF = kLaneSums / kLanesF;

// ---- fields -------------------------------------------------------------------------------------

// Cuts kLanesF fields out of the bytes at p; the field is at the top of its lane (kTop) or at the
// bottom, with other bits below or above it. kBytes: fields reach beyond 4 bytes, so each lane gets
// those of its own.
template <bool kTop, bool kBytes>
class Fields {
 public:
  explicit Fields(int bits) : bits_(static_cast<size_t>(bits)) {
    const LaneDU du;
    HWY_ALIGN uint32_t shifts[2][kLanesF];
    HWY_ALIGN uint8_t pattern[kLanesF * 4];
    for (size_t i = 0; i < kLanesF; ++i) {
      for (size_t part = 0; part < 2; ++part) {
        const size_t bit = (part * kLanesF + i) * bits_ - (kBytes ? 0 : Byte(part) * 8);
        const size_t in = kBytes ? i * bits_ % 8 : bit;
        shifts[part][i] = static_cast<uint32_t>(kTop ? (kBytes ? 16 : 32) - bits_ - in : in);
      }
      for (size_t b = 0; b < 4; ++b) {
        const size_t byte = i * bits_ / 8 + b - (kTop ? 2 : 0);
        pattern[i * 4 + b] = static_cast<uint8_t>(kTop == (b >= 2) ? byte : 0x80);
      }
    }
    for (size_t part = 0; part < 2; ++part) shifts_[part] = hn::Load(du, shifts[part]);
    pattern_ = hn::Load(LaneD8(), pattern);
  }

  HWY_INLINE LaneVU Cut(const uint8_t* p, size_t part) const {
    const LaneDU du;
    const uint8_t* from = p + Byte(part);
    LaneVU bytes;
    if constexpr (kBytes) {
      bytes = hn::BitCast(du, hn::TableLookupBytes(Bytes(from), pattern_));
    } else {
      uint32_t four;
      std::memcpy(&four, from, 4);
      bytes = hn::Set(du, four);
    }
    // Two kinds of parts only where kLanesF * bits is no whole number of bytes.
    const LaneVU shift = shifts_[kLanesF == 4 ? part % 2 : 0];
    return kTop ? bytes << shift : bytes >> shift;
  }

 private:
  // First byte of a part.
  size_t Byte(size_t part) const { return part * kLanesF * bits_ / 8; }

  static HWY_INLINE hn::Vec<LaneD8> Bytes(const uint8_t* from) {
#if PAWL_LANES_256
    uint64_t eight;
    std::memcpy(&eight, from, 8);
    return hn::BitCast(LaneD8(), hn::Set(hn::Repartition<uint64_t, LaneD>(), eight));
#else
    return hn::LoadDup128(LaneD8(), from);
#endif
  }

  size_t bits_;
  LaneVU shifts_[2];
  hn::Vec<LaneD8> pattern_;
};

// ---- decoders -----------------------------------------------------------------------------------

HWY_INLINE LaneV ParamOf(const float* params, size_t i) {
  return params != nullptr ? hn::Set(LaneD(), params[i]) : hn::Zero(LaneD());
}

enum class Formula { kScale, kZero, kMinimum };

struct NumberGroup {
  LaneV scale, offset;  // offset: a zero point or a minimum
};

// Codes as numbers; Source gives them as signed or unsigned integers.
template <class Source, Formula kFormula>
class NumberDecoder {
 public:
  using Group = NumberGroup;
  explicit NumberDecoder(const CodeRows& w) : source_(w.bits) {}

  HWY_INLINE Group Load(const CodeRows& w, size_t row, size_t g) const {
    const size_t i = row * w.param_stride + g;
    const float* offsets = kFormula == Formula::kMinimum ? w.groups.minimums : w.groups.zeros;
    return {hn::Set(LaneD(), w.groups.scales[i]), ParamOf(offsets, i)};
  }

  HWY_INLINE LaneV Values(const uint8_t* p, size_t part, const Group& group) const {
    LaneV v = hn::ConvertTo(LaneD(), source_.Numbers(p, part));
    if constexpr (kFormula == Formula::kZero) v = hn::Sub(v, group.offset);
    v = hn::Mul(v, group.scale);
    if constexpr (kFormula == Formula::kMinimum) v = hn::Sub(v, group.offset);
    return v;
  }

 private:
  Source source_;
};

// kBits 0: known at run time.
template <bool kSigned, int kBits>
class FieldNumbers {
 public:
  explicit FieldNumbers(int bits) : fields_(bits) {
    down_ = hn::Set(LaneDU(), static_cast<uint32_t>(32 - bits));
  }
  HWY_INLINE hn::Vec<LaneDI> Numbers(const uint8_t* p, size_t part) const {
    const LaneDI di;
    const LaneVU top = fields_.Cut(p, part);
    if constexpr (kBits != 0) {
      return kSigned ? hn::ShiftRight<32 - kBits>(hn::BitCast(di, top))
                     : hn::BitCast(di, hn::ShiftRight<32 - kBits>(top));
    } else {
      return kSigned ? hn::BitCast(di, top) >> hn::BitCast(di, down_)
                     : hn::BitCast(di, top >> down_);
    }
  }

 private:
  static constexpr bool kBytes = PAWL_LANES_512 || (PAWL_LANES_256 && kBits == 0);
  Fields<true, kBytes> fields_;
  LaneVU down_;
};

template <bool kSigned>
class ByteNumbers {
 public:
  explicit ByteNumbers(int /*bits*/) {}
  HWY_INLINE hn::Vec<LaneDI> Numbers(const uint8_t* p, size_t part) const {
    const hn::Rebind<uint8_t, LaneD> du8;
    const hn::Rebind<int8_t, LaneD> di8;
    const auto codes = hn::LoadU(du8, p + part * kLanesF);
    if constexpr (kSigned) return hn::PromoteTo(LaneDI(), hn::BitCast(di8, codes));
    return hn::PromoteTo(LaneDI(), codes);
  }
};

#if PAWL_LANES_512 || PAWL_LANES_256
// The weights that a group's codes stand for, in kTables registers.
template <size_t kTables>
struct TableGroup {
  LaneV values[kTables];
};

// Codes that index a table of at most kTables registers, shorter ones repeated.
template <size_t kTables>
class TableDecoder {
 public:
  using Group = TableGroup<kTables>;
  explicit TableDecoder(const CodeRows& w) : fields_(w.bits) {
    for (size_t i = 0; i < kSize; ++i) {
      const auto code = static_cast<int32_t>(i & ((size_t{1} << w.bits) - 1));
      const int32_t half = w.kind == CodeKind::kSigned ? 1 << (w.bits - 1) : 0;
      const bool shared = w.kind == CodeKind::kTable && w.level_stride == 0;
      levels_[i] = shared ? w.levels[code] : static_cast<float>((code ^ half) - half);
    }
  }

  HWY_INLINE Group Load(const CodeRows& w, size_t row, size_t g) const {
    const LaneD d;
    const size_t param = row * w.param_stride + g;
    const auto scale = hn::Set(d, w.groups.scales[param]);
    const auto zero = ParamOf(w.groups.zeros, param);
    const auto minimum = ParamOf(w.groups.minimums, param);
    Group group;
    PAWL_UNROLL
    for (size_t t = 0; t < kTables; ++t) {
      const LaneV level = hn::LoadU(d, Levels(w, row) + t * kLanesF);
      group.values[t] = hn::Sub(hn::Mul(hn::Sub(level, zero), scale), minimum);
    }
    return group;
  }

  HWY_INLINE LaneV Values(const uint8_t* p, size_t part, const Group& group) const {
    const LaneVU index = fields_.Cut(p, part);
#if PAWL_LANES_512
    return hn::TableLookupLanes(group.values[0], hn::Indices512<float>{index.raw});
#else
    const hn::Indices256<float> indices{index.raw};
    if constexpr (kTables == 1) return hn::TableLookupLanes(group.values[0], indices);
    return hn::TwoTablesLookupLanes(LaneD(), group.values[0], group.values[kTables - 1], indices);
#endif
  }

 private:
  static constexpr size_t kSize = kTables * kLanesF;

  HWY_INLINE const float* Levels(const CodeRows& w, size_t row) const {
    return w.level_stride != 0 ? w.levels + row * w.level_stride : levels_;
  }

  Fields<false, PAWL_LANES_512> fields_;
  HWY_ALIGN float levels_[kSize];
};
#endif

// ---- rows ---------------------------------------------------------------------------------------

template <class Decoder>
HWY_NOINLINE void DotPairs(const float* x, const CodeRows& rows, float* lanes) {
  const LaneD d;
  const CodeRows w = rows;  // nobody else's, so it stays in registers
  const Decoder decoder(w);
  const size_t bytes = 2 * static_cast<size_t>(w.bits);  // of 16 codes
  for (size_t n = 0; n < w.rows; n += 2) {
    const size_t second = std::min(n + 1, w.rows - 1);
    const uint8_t* p0 = w.codes + n * w.row_bytes;
    const uint8_t* p1 = w.codes + second * w.row_bytes;
    LaneV sums0[kPartsF], sums1[kPartsF];
    PAWL_UNROLL
    for (size_t p = 0; p < kPartsF; ++p) sums0[p] = sums1[p] = hn::Zero(d);
    for (size_t begin = 0, g = 0; begin < w.cols; begin += w.groups.size, ++g) {
      const size_t left = std::min(w.groups.size, w.cols - begin);
      const auto group0 = decoder.Load(w, n, g), group1 = decoder.Load(w, second, g);
      const float* from = x + begin;
      const float* const end = from + left / kLaneSums * kLaneSums;
      for (; from != end; from += kLaneSums, p0 += bytes, p1 += bytes) {
        PAWL_UNROLL
        for (size_t p = 0; p < kPartsF; ++p) {
          const LaneV vx = hn::LoadU(d, from + p * kLanesF);
          sums0[p] = hn::MulAdd(vx, decoder.Values(p0, p, group0), sums0[p]);
          sums1[p] = hn::MulAdd(vx, decoder.Values(p1, p, group1), sums1[p]);
        }
      }
      const size_t rest = left % kLaneSums;
      if (rest == 0) continue;
      PAWL_UNROLL
      for (size_t p = 0; p < kPartsF; ++p) {
        const size_t count = std::min(kLanesF, rest - std::min(rest, p * kLanesF));
        const auto exists = hn::FirstN(d, count);
        const LaneV vx = hn::LoadN(d, from + p * kLanesF, count);
        const LaneV sum0 = hn::MulAdd(vx, decoder.Values(p0, p, group0), sums0[p]);
        const LaneV sum1 = hn::MulAdd(vx, decoder.Values(p1, p, group1), sums1[p]);
        sums0[p] = hn::IfThenElse(exists, sum0, sums0[p]);
        sums1[p] = hn::IfThenElse(exists, sum1, sums1[p]);
      }
    }
    PAWL_UNROLL
    for (size_t p = 0; p < kPartsF; ++p) {
      hn::StoreU(sums0[p], d, lanes + n * kLaneSums + p * kLanesF);
      hn::StoreU(sums1[p], d, lanes + second * kLaneSums + p * kLanesF);
    }
  }
}

template <class Signed, class Unsigned>
HWY_INLINE void DotNumbers(const float* x, const CodeRows& w, float* lanes) {
  const bool minimum = w.groups.minimums != nullptr;
  if (w.kind == CodeKind::kSigned) {
    if (minimum) return DotPairs<NumberDecoder<Signed, Formula::kMinimum>>(x, w, lanes);
    if (w.groups.zeros != nullptr) {
      return DotPairs<NumberDecoder<Signed, Formula::kZero>>(x, w, lanes);
    }
    return DotPairs<NumberDecoder<Signed, Formula::kScale>>(x, w, lanes);
  }
  if (minimum) return DotPairs<NumberDecoder<Unsigned, Formula::kMinimum>>(x, w, lanes);
  // A zero of 0 changes nothing.
  DotPairs<NumberDecoder<Unsigned, Formula::kZero>>(x, w, lanes);
}

bool DotCodesTakes(const CodeRows& w) {
  const bool whole = w.groups.size >= w.cols || w.groups.size % kLaneSums == 0;
  const bool both = w.groups.zeros != nullptr && w.groups.minimums != nullptr;
  constexpr bool kTables = PAWL_LANES_512 || PAWL_LANES_256;
  // A row's own table is loaded as it lies there.
  const bool table = kTables && (w.level_stride == 0 ? w.bits <= 4 : w.bits == 4);
  return whole && !both && w.bits <= 8 && (w.kind != CodeKind::kTable || table);
}

void DotCodes(const float* x, const CodeRows& w, float* lanes) {
#if PAWL_LANES_512
  if (w.bits <= 4) return DotPairs<TableDecoder<1>>(x, w, lanes);
#elif PAWL_LANES_256
  if (w.bits <= 3) return DotPairs<TableDecoder<1>>(x, w, lanes);
  if (w.kind == CodeKind::kTable) return DotPairs<TableDecoder<2>>(x, w, lanes);
  if (w.bits == 4) return DotNumbers<FieldNumbers<true, 4>, FieldNumbers<false, 4>>(x, w, lanes);
#endif
  if (w.bits == 8) return DotNumbers<ByteNumbers<true>, ByteNumbers<false>>(x, w, lanes);
  DotNumbers<FieldNumbers<true, 0>, FieldNumbers<false, 0>>(x, w, lanes);
}
#else   // HWY_NATIVE_FMA
bool DotCodesTakes(const CodeRows& w) { return reference::DotCodesTakes(w); }

void DotCodes(const float* x, const CodeRows& w, float* lanes) { reference::DotCodes(x, w, lanes); }
#endif  // HWY_NATIVE_FMA

// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();

#endif  // per-target include guard
