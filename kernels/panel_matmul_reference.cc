// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "kernels/panel_matmul.h"
#include "pawl/float_types.h"

namespace pawl::kernels::reference {
namespace {

// Where a quad's bits lie in one plane of a chunk.
struct Field {
  size_t block;
  int shift;
};

Field FieldOf(int plane_bits, size_t quad) {
  const size_t per_block = 8 / static_cast<size_t>(plane_bits);
  return {quad / per_block, static_cast<int>(quad % per_block) * plane_bits};
}

// Calls fn(plane_bits, offset of the plane in bytes, its place in a code) for each plane.
template <class Fn>
void ForEachPlane(int bits, Fn&& fn) {
  size_t offset = 0;
  int place = 0;
  for (const int plane_bits : {8, 4, 2, 1}) {
    if ((bits & plane_bits) == 0) continue;
    fn(plane_bits, offset, place);
    offset += 64 * static_cast<size_t>(plane_bits);
    place += plane_bits;
  }
}

int32_t CodeAt(const PanelMatrix& w, size_t panel, size_t row, size_t column) {
  const uint8_t* chunk =
      w.codes + panel * w.panel_bytes() + column / kPanelChunk * PanelChunkBytes(w.bits);
  const size_t quad = column % kPanelChunk / 4;
  int32_t code = 0;
  ForEachPlane(w.bits, [&](int plane_bits, size_t offset, int place) {
    const Field field = FieldOf(plane_bits, quad);
    const int32_t byte = chunk[offset + 64 * field.block + 4 * row + column % 4];
    code |= (byte >> field.shift & ((1 << plane_bits) - 1)) << place;
  });
  return w.table != nullptr ? w.table[code] : code;
}

float ParamAt(const PanelMatrix& w, const void* params, const uint16_t* supers, int32_t bias,
              size_t panel, size_t g, size_t r) {
  const size_t index = (panel * w.groups + g) * kPanelRows + r;
  if (w.super_shift >= 0) {
    const size_t super = (panel * w.supers + (g >> w.super_shift)) * kPanelRows + r;
    const int32_t number = static_cast<const uint8_t*>(params)[index] - bias;
    return F16ToF32(supers[super]) * static_cast<float>(number);
  }
  if (!w.half_scales) return static_cast<const float*>(params)[index];
  return F16ToF32(static_cast<const uint16_t*>(params)[index]);
}

// A of group g for row m of `a` and row r of the panel, modulo 2^32 as every target computes it.
int32_t GroupSum(const PanelMatrix& w, const PanelInput& a, size_t panel, size_t m, size_t r,
                 size_t g) {
  const size_t length = 4 * w.group_quads;
  const size_t end = std::min(w.chunks * kPanelChunk, (g + 1) * length);
  int64_t sum = 0;
  for (size_t k = g * length; k < end; ++k) {
    sum += int64_t{a.codes[m * a.stride + k]} * CodeAt(w, panel, r, k);
  }
  const size_t at = (panel * w.groups + g) * kPanelRows + r;
  const int64_t zero = w.zeros != nullptr ? w.zeros[at] : w.zero;
  if (zero != 0) sum -= zero * a.sums[m * w.groups + g];
  if (w.offsets != nullptr) sum -= w.offsets[at];
  return static_cast<int32_t>(sum);
}

float Value(const PanelMatrix& w, const PanelInput& a, size_t panel, size_t m, size_t r) {
  if (w.scales == nullptr) return std::bit_cast<float>(GroupSum(w, a, panel, m, r, 0));
  float v = 0.0f;
  for (size_t g = 0; g < w.groups; ++g) {
    const float factor = a.factors != nullptr ? a.factors[m * w.groups + g] : 1.0f;
    const auto sum = static_cast<float>(GroupSum(w, a, panel, m, r, g));
    const float scale = ParamAt(w, w.scales, w.super_scales, w.scale_bias, panel, g, r);
    v = std::fma(scale * factor, sum, v);
    if (w.minimums == nullptr) continue;
    const float minimum = ParamAt(w, w.minimums, w.super_minimums, w.minimum_bias, panel, g, r);
    v = std::fma(-(minimum * factor), a.shifted[m * w.groups + g], v);
  }
  return v;
}

}  // namespace

void MatMulPanels(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a, float* out,
                  size_t out_stride) {
  for (size_t m = 0; m < a.rows; ++m) {
    for (size_t i = 0; i < (end - begin) * kPanelRows; ++i) {
      out[m * out_stride + i] = Value(w, a, begin + i / kPanelRows, m, i % kPanelRows);
    }
  }
}

void WidenPanelInput(const int8_t* codes, size_t n, int16_t* wide) {
  for (size_t i = 0; i < n; i += 4) {
    wide[i] = int16_t{codes[i]};
    wide[i + 1] = int16_t{codes[i + 2]};
    wide[i + 2] = int16_t{codes[i + 1]};
    wide[i + 3] = int16_t{codes[i + 3]};
  }
}

void DecodePanels(const PanelMatrix& w, size_t panel, size_t count, uint8_t* out) {
  for (size_t p = panel; p < panel + count; ++p) {
    for (size_t k = 0; k < w.chunks * kPanelChunk; k += 4) {
      for (size_t i = 0; i < 4 * kPanelRows; ++i) {
        *out++ = static_cast<uint8_t>(CodeAt(w, p, i / 4, k + i % 4));
      }
    }
  }
}

void PackPanel(const uint8_t* rows, size_t stride, size_t chunks, int bits, uint8_t* panel) {
  std::memset(panel, 0, chunks * PanelChunkBytes(bits));
  for (size_t k = 0; k < chunks * kPanelChunk; ++k) {
    uint8_t* chunk = panel + k / kPanelChunk * PanelChunkBytes(bits);
    for (size_t r = 0; r < kPanelRows; ++r) {
      const int code = rows[r * stride + k];
      ForEachPlane(bits, [&](int plane_bits, size_t offset, int place) {
        const Field field = FieldOf(plane_bits, k % kPanelChunk / 4);
        uint8_t& byte = chunk[offset + 64 * field.block + 4 * r + k % 4];
        byte =
            static_cast<uint8_t>(byte | (code >> place & ((1 << plane_bits) - 1)) << field.shift);
      });
    }
  }
}

}  // namespace pawl::kernels::reference
