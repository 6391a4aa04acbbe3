// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What a code becomes, for one target: the decoders of dot_codes-inl.h.
//
//   Decoder(pair)                 constants: shifts, byte patterns, tables
//   Group Load(pair, row, g)      parameters of a group of row 0 or 1 of the pair, in registers
//   Decode(p, groups, values)     values of the 16 codes at p[0] and of those at p[1]

#if defined(PAWL_KERNELS_DOT_DECODERS_INL_H_) == defined(HWY_TARGET_TOGGLE)
#ifdef PAWL_KERNELS_DOT_DECODERS_INL_H_
#undef PAWL_KERNELS_DOT_DECODERS_INL_H_
#else
#define PAWL_KERNELS_DOT_DECODERS_INL_H_
#endif

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "hwy/highway.h"
#include "kernels/dot_codes.h"

// A register (AVX-512) or two (AVX2) hold a table of 16 levels, and the lookup ignores what lies
// above an index. A field is cut out of 16 bytes that each block of a register has, on AVX2 out of
// 4 that each lane has as long as 8 codes fit.
#undef PAWL_LANES_512
#undef PAWL_LANES_256
#define PAWL_LANES_512 (HWY_ARCH_X86 && HWY_MAX_BYTES >= 64)
#define PAWL_LANES_256 (HWY_TARGET == HWY_AVX2)

#if HWY_NATIVE_FMA
HWY_BEFORE_NAMESPACE();
namespace pawl::kernels {
namespace HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

using LaneD = hn::CappedTag<float, kLaneSums>;
using LaneDU = hn::RebindToUnsigned<LaneD>;
using LaneDI = hn::RebindToSigned<LaneD>;
using LaneD8 = hn::Repartition<uint8_t, LaneD>;
using LaneV = hn::Vec<LaneD>;
using LaneVU = hn::Vec<LaneDU>;
using LaneV8 = hn::Vec<LaneD8>;
constexpr size_t kLanesF = HWY_MAX_LANES_D(LaneD);
constexpr size_t kPartsF = kLaneSums / kLanesF;

// Parts whose fields lie differently within their first byte: where kLanesF * bits is no whole
// number of bytes, every second.
constexpr size_t kParities = kLanesF == 4 ? 2 : 1;
// Fields beyond 4 bytes are cut out of bytes that each lane has of its own.
constexpr bool CutsBytes(size_t bits) { return PAWL_LANES_512 || (PAWL_LANES_256 && bits > 4); }

// What the steps of two rows work on.
struct Pair {
  size_t bits, group_size;
  const uint8_t* codes[2];
  const float* scales[2];
  const float* offsets[2];  // zeros or minimums; null: none
  const float* levels[2];   // of tables
  bool minimum;
  const float* x;  // null: values are wanted, not products
  float* values[2];
  size_t begin, end;  // columns, a multiple of 16 apart
  HWY_ALIGN float sums[2][kLaneSums];
  // Fields.
  HWY_ALIGN uint32_t to_top[kParities * kLanesF];
  HWY_ALIGN uint32_t to_bottom[kParities * kLanesF];
  HWY_ALIGN uint8_t top_bytes[kLanesF * 4];
  HWY_ALIGN uint8_t bottom_bytes[kLanesF * 4];
  HWY_ALIGN float table[16];
};

// ---- fields -------------------------------------------------------------------------------------

void SetUpFields(Pair* pair) {
  const size_t bits = pair->bits;
  const bool bytes = CutsBytes(bits);
  for (size_t i = 0; i < kParities * kLanesF; ++i) {
    const size_t in = bytes ? i * bits % 8 : i * bits - i / kLanesF * kLanesF * bits / 8 * 8;
    pair->to_top[i] = static_cast<uint32_t>((bytes ? 16 : 32) - bits - in);
    pair->to_bottom[i] = static_cast<uint32_t>(in);
  }
  for (size_t i = 0; i < kLanesF * 4; ++i) {
    const size_t byte = i / 4 * bits / 8 + i % 2;
    const bool upper = i % 4 >= 2;
    pair->top_bytes[i] = static_cast<uint8_t>(upper ? byte : 0x80);
    pair->bottom_bytes[i] = static_cast<uint8_t>(upper ? 0x80 : byte);
  }
}

// Cuts kLanesF fields out of the bytes at p; a field ends up at the top of its lane (kTop) or at
// the bottom, with other bits below or above it.
template <bool kTop, bool kBytes>
class Fields {
 public:
  explicit Fields(const Pair& pair) : bits_(pair.bits) {
    for (size_t i = 0; i < kParities; ++i) {
      const uint32_t* shifts = kTop ? pair.to_top : pair.to_bottom;
      shifts_[i] = hn::Load(LaneDU(), shifts + i * kLanesF);
    }
    pattern_ = hn::Load(LaneD8(), kTop ? pair.top_bytes : pair.bottom_bytes);
  }

  HWY_INLINE LaneVU Cut(const uint8_t* p, size_t part) const {
    const LaneDU du;
    const uint8_t* from = p + part * kLanesF * bits_ / 8;
    LaneVU bytes;
    if constexpr (kBytes) {
      bytes = hn::BitCast(du, hn::TableLookupBytes(Bytes(from), pattern_));
    } else {
      uint32_t four;
      std::memcpy(&four, from, 4);
      bytes = hn::Set(du, four);
    }
    const LaneVU shift = shifts_[part % kParities];
    return kTop ? bytes << shift : bytes >> shift;
  }

 private:
  static HWY_INLINE LaneV8 Bytes(const uint8_t* from) {
#if PAWL_LANES_256
    uint64_t eight;
    std::memcpy(&eight, from, 8);
    return hn::BitCast(LaneD8(), hn::Set(hn::Repartition<uint64_t, LaneD>(), eight));
#else
    return hn::LoadDup128(LaneD8(), from);
#endif
  }

  size_t bits_;
  LaneVU shifts_[kParities];
  LaneV8 pattern_;
};

// ---- decoders -----------------------------------------------------------------------------------

enum class Formula { kScale, kZero, kMinimum };

struct NumberGroup {
  LaneV scale, offset;  // offset: a zero point or a minimum
};

// Codes as numbers; Source gives them as signed or unsigned integers.
template <class Source, Formula kFormula>
class NumberDecoder {
 public:
  using Group = NumberGroup;
  explicit NumberDecoder(const Pair& pair) : source_(pair) {}

  HWY_INLINE Group Load(const Pair& pair, size_t row, size_t g) const {
    const LaneD d;
    const LaneV scale = hn::Set(d, pair.scales[row][g]);
    if constexpr (kFormula == Formula::kScale) return {scale, scale};
    return {scale, hn::Set(d, pair.offsets[row][g])};
  }

  HWY_INLINE void Decode(const uint8_t* const (&p)[2], const Group (&groups)[2],
                         LaneV (&values)[2][kPartsF]) const {
    PAWL_UNROLL
    for (size_t part = 0; part < kPartsF; ++part) {
      PAWL_UNROLL
      for (size_t row = 0; row < 2; ++row) {
        LaneV v = hn::ConvertTo(LaneD(), source_.Numbers(p[row], part));
        if constexpr (kFormula == Formula::kZero) v = hn::Sub(v, groups[row].offset);
        v = hn::Mul(v, groups[row].scale);
        if constexpr (kFormula == Formula::kMinimum) v = hn::Sub(v, groups[row].offset);
        values[row][part] = v;
      }
    }
  }

 private:
  Source source_;
};

// kBits 0: known at run time.
template <bool kSigned, size_t kBits>
class FieldNumbers {
 public:
  explicit FieldNumbers(const Pair& pair) : fields_(pair) {
    down_ = hn::Set(LaneDU(), static_cast<uint32_t>(32 - pair.bits));
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
  Fields<true, CutsBytes(kBits == 0 ? 7 : kBits)> fields_;
  LaneVU down_;
};

template <bool kSigned>
class ByteNumbers {
 public:
  explicit ByteNumbers(const Pair& /*pair*/) {}
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

// Codes that index a table of at most kTables registers: scaled once for each group.
template <size_t kTables>
class TableDecoder {
 public:
  using Group = TableGroup<kTables>;
  explicit TableDecoder(const Pair& pair) : fields_(pair) {}

  HWY_INLINE Group Load(const Pair& pair, size_t row, size_t g) const {
    const LaneD d;
    const LaneV scale = hn::Set(d, pair.scales[row][g]);
    LaneV zero = hn::Zero(d), minimum = hn::Zero(d);
    if (pair.offsets[row] != nullptr) {
      (pair.minimum ? minimum : zero) = hn::Set(d, pair.offsets[row][g]);
    }
    Group group;
    PAWL_UNROLL
    for (size_t t = 0; t < kTables; ++t) {
      const LaneV level = hn::LoadU(d, pair.levels[row] + t * kLanesF);
      group.values[t] = hn::Sub(hn::Mul(hn::Sub(level, zero), scale), minimum);
    }
    return group;
  }

  HWY_INLINE void Decode(const uint8_t* const (&p)[2], const Group (&groups)[2],
                         LaneV (&values)[2][kPartsF]) const {
    PAWL_UNROLL
    for (size_t part = 0; part < kPartsF; ++part) {
      PAWL_UNROLL
      for (size_t row = 0; row < 2; ++row) {
        values[row][part] = Lookup(groups[row], fields_.Cut(p[row], part));
      }
    }
  }

 private:
  static HWY_INLINE LaneV Lookup(const Group& group, LaneVU index) {
#if PAWL_LANES_512
    return hn::TableLookupLanes(group.values[0], hn::Indices512<float>{index.raw});
#else
    const hn::Indices256<float> indices{index.raw};
    if constexpr (kTables == 1) return hn::TableLookupLanes(group.values[0], indices);
    return hn::TwoTablesLookupLanes(LaneD(), group.values[0], group.values[kTables - 1], indices);
#endif
  }

  Fields<false, PAWL_LANES_512> fields_;
};
#endif

#if PAWL_LANES_256
// A table of 16 levels that both rows share, without offsets: the four bytes of the levels are
// looked up apart, 32 codes at a time, and put together by interleaving. Fewer shuffles than two
// lookups among 8 lanes, which take two cycles each.
class PlaneDecoder {
 public:
  using Group = NumberGroup;
  explicit PlaneDecoder(const Pair& pair) {
    HWY_ALIGN uint8_t bytes[4][16];
    for (size_t i = 0; i < 16; ++i) {
      for (size_t b = 0; b < 4; ++b) {
        std::memcpy(&bytes[b][i], reinterpret_cast<const uint8_t*>(pair.levels[0] + i) + b, 1);
      }
    }
    for (size_t b = 0; b < 4; ++b) planes_[b] = hn::LoadDup128(LaneD8(), bytes[b]);
    // Of the eight bytes of each row: codes 0-3 and 8-11 in the lower block, the others in the
    // upper one, which is where interleaving leaves them in order.
    HWY_ALIGN uint8_t spread[32];
    for (size_t i = 0; i < 32; ++i) {
      spread[i] = static_cast<uint8_t>(i % 16 / 4 * 4 + i / 16 * 2 + i % 4 / 2);
    }
    spread_ = hn::Load(LaneD8(), spread);
    const hn::Repartition<uint16_t, LaneD> d16;
    odd_ = hn::BitCast(LaneD8(), hn::Set(d16, uint16_t{0xFF00}));
  }

  HWY_INLINE Group Load(const Pair& pair, size_t row, size_t g) const {
    const LaneV scale = hn::Set(LaneD(), pair.scales[row][g]);
    return {scale, scale};
  }

  HWY_INLINE void Decode(const uint8_t* const (&p)[2], const Group (&groups)[2],
                         LaneV (&values)[2][kPartsF]) const {
    const LaneD8 d8;
    const hn::Repartition<uint16_t, LaneD> d16;
    const hn::Repartition<uint64_t, LaneD> d64;
    uint64_t eight[2];
    std::memcpy(&eight[0], p[0], 8);
    std::memcpy(&eight[1], p[1], 8);
    const auto both = hn::OddEven(hn::Set(d64, eight[1]), hn::Set(d64, eight[0]));
    const auto twice = hn::TableLookupBytes(hn::BitCast(d8, both), spread_);
    const auto high = hn::BitCast(d8, hn::ShiftRight<4>(hn::BitCast(d16, twice)));
    const auto index = hn::And(hn::IfVecThenElse(odd_, high, twice), hn::Set(d8, uint8_t{15}));
    const auto b0 = hn::TableLookupBytes(planes_[0], index);
    const auto b1 = hn::TableLookupBytes(planes_[1], index);
    const auto b2 = hn::TableLookupBytes(planes_[2], index);
    const auto b3 = hn::TableLookupBytes(planes_[3], index);
    const auto low0 = hn::BitCast(d16, hn::InterleaveLower(d8, b0, b1));
    const auto low1 = hn::BitCast(d16, hn::InterleaveUpper(d8, b0, b1));
    const auto high0 = hn::BitCast(d16, hn::InterleaveLower(d8, b2, b3));
    const auto high1 = hn::BitCast(d16, hn::InterleaveUpper(d8, b2, b3));
    const auto scaled = [&](auto level, size_t row) HWY_ATTR {
      return hn::Mul(hn::BitCast(LaneD(), level), groups[row].scale);
    };
    values[0][0] = scaled(hn::InterleaveLower(d16, low0, high0), 0);
    values[0][1] = scaled(hn::InterleaveUpper(d16, low0, high0), 0);
    values[1][0] = scaled(hn::InterleaveLower(d16, low1, high1), 1);
    values[1][1] = scaled(hn::InterleaveUpper(d16, low1, high1), 1);
  }

 private:
  LaneV8 planes_[4], spread_, odd_;
};
#endif
// NOLINTNEXTLINE(google-readability-namespace-comments)
}  // namespace HWY_NAMESPACE
}  // namespace pawl::kernels
HWY_AFTER_NAMESPACE();
#endif  // HWY_NATIVE_FMA

#endif  // per-target include guard
