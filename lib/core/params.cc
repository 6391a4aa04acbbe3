// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/core/params.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <limits>

#include "kernels/convert.h"
#include "kernels/dequantize.h"
#include "kernels/pack.h"
#include "kernels/target.h"
#include "pawl/float_types.h"

namespace pawl {
namespace {

uint32_t ReadBits(const uint8_t* bytes, int64_t bit, int width) {
  uint64_t window = 0;
  const int64_t first = bit / 8;
  const int64_t last = (bit + width - 1) / 8;
  for (int64_t i = last; i >= first; --i) window = window << 8 | bytes[i];
  return static_cast<uint32_t>(window >> (bit % 8) & ((uint64_t{1} << width) - 1));
}

void WriteBits(uint8_t* bytes, int64_t bit, int width, uint32_t value) {
  for (int i = 0; i < width;) {
    const int64_t position = bit + i;
    const int offset = static_cast<int>(position % 8);
    const int take = std::min(8 - offset, width - i);
    const uint32_t mask = ((1u << take) - 1) << offset;
    const uint32_t field = (value >> i << offset) & mask;
    bytes[position / 8] = static_cast<uint8_t>((bytes[position / 8] & ~mask) | field);
    i += take;
  }
}

// ggml's unsigned e4m3 of NVFP4 blocks, already halved because its levels are doubled. The sign bit
// is ignored; 0x7F stands for zero.
float UE4M3GgmlToF32(uint32_t raw) {
  if (raw == 0 || raw == 0x7F) return 0.0f;
  const int exponent = static_cast<int>(raw >> 3 & 0xFu);
  const float mantissa = static_cast<float>(raw & 7u);
  const float value =
      exponent == 0 ? std::ldexp(mantissa, -9) : std::ldexp(1.0f + mantissa / 8.0f, exponent - 7);
  return 0.5f * value;
}

// 2^(code-128): every code is finite.
float E8M0HalfToF32(uint32_t raw) {
  const uint32_t bits = raw < 2 ? 0x00200000u << raw : (raw - 1) << 23;
  return std::bit_cast<float>(bits);
}

uint32_t EncodeE8M0(float value, int bias) {
  if (!(value > 0.0f) || !std::isfinite(value)) return 0;
  int exponent = 0;
  const float fraction = std::frexp(value, &exponent);  // [0.5, 1)
  // Nearest in ratio: up from sqrt(1/2).
  const int power = fraction >= 0.70710678f ? exponent : exponent - 1;
  return static_cast<uint32_t>(std::clamp(power + bias, 0, 254));
}

uint32_t EncodeInteger(const ParamType& type, float value) {
  const double low = type.kind == ParamKind::kInt ? -std::ldexp(1.0, type.bits - 1) : 0.0;
  const double high = type.kind == ParamKind::kInt ? std::ldexp(1.0, type.bits - 1) - 1
                                                   : std::ldexp(1.0, type.bits) - 1;
  const double rounded = std::nearbyint(std::clamp(static_cast<double>(value), low, high));
  const auto wide = static_cast<uint64_t>(static_cast<int64_t>(rounded));
  return static_cast<uint32_t>(wide & ((uint64_t{1} << type.bits) - 1));
}

// Integers of up to 8 bits: blocks of GGUF's K formats have one for 16 or 32 weights, so this
// counts. Exact, so any target does; none comes from the callers.
void DecodeSmallIntegers(const ParamType& type, const uint8_t* bytes, int64_t begin,
                         absl::Span<float> out) {
  const bool is_signed = type.kind == ParamKind::kInt;
  const kernels::Target target = kernels::BestTarget();
  size_t i = 0;
  // Up to the first whole byte.
  for (; i < out.size() && (begin + static_cast<int64_t>(i)) * type.bits % 8 != 0; ++i) {
    const uint32_t raw = ReadBits(bytes, (begin + static_cast<int64_t>(i)) * type.bits, type.bits);
    out[i] = ParamValue(type, raw);
  }
  while (i < out.size()) {
    uint8_t codes[512];
    const size_t count = std::min(std::size(codes), out.size() - i);
    const uint8_t* from = bytes + (begin + static_cast<int64_t>(i)) * type.bits / 8;
    kernels::UnpackBitsU8(target, from, count, type.bits, is_signed, codes);
    if (is_signed) {
      kernels::DequantizeI8(target, reinterpret_cast<const int8_t*>(codes), count, 1.0f, 0.0f,
                            out.data() + i);
    } else {
      kernels::DequantizeU8(target, codes, count, 1.0f, 0.0f, out.data() + i);
    }
    i += count;
  }
}

// Exponents that are `bias` more than those of floats; sixteen at a time, a number that compilers
// know, become vectors.
void DecodePowers(const ParamType& type, uint32_t bias, const uint8_t* bytes,
                  absl::Span<float> out) {
  constexpr size_t kTogether = 16;
  size_t i = 0;
  for (; i + kTogether <= out.size(); i += kTogether) {
    uint8_t raw[kTogether];
    uint32_t bits[kTogether];
    std::memcpy(raw, bytes + i, sizeof(raw));
    for (size_t j = 0; j < kTogether; ++j) bits[j] = (raw[j] - bias) << 23;
    std::memcpy(out.data() + i, bits, sizeof(bits));
    uint32_t others = 0;  // denormal or not finite
    for (size_t j = 0; j < kTogether; ++j) {
      others |= static_cast<uint32_t>(raw[j] - bias - 1 >= 254);
    }
    for (size_t j = 0; others != 0 && j < kTogether; ++j) out[i + j] = ParamValue(type, raw[j]);
  }
  for (; i < out.size(); ++i) out[i] = ParamValue(type, bytes[i]);
}

// Parameters of one byte: a table where there are enough of them to pay for it.
void DecodeBytes(const ParamType& type, const uint8_t* bytes, const float* levels,
                 absl::Span<float> out) {
  constexpr size_t kMany = 512;
  const bool power = type.kind == ParamKind::kE8M0 || type.kind == ParamKind::kE8M0Inf;
  const bool half_power = type.kind == ParamKind::kE8M0Ggml;
  if (power || half_power) {
    DecodePowers(type, half_power ? 1 : 0, bytes, out);
  } else if (out.size() < kMany) {
    for (size_t i = 0; i < out.size(); ++i) out[i] = ParamValue(type, bytes[i], levels);
  } else {
    float values[256];
    for (uint32_t raw = 0; raw < 256; ++raw) values[raw] = ParamValue(type, raw, levels);
    for (size_t i = 0; i < out.size(); ++i) out[i] = values[bytes[i]];
  }
}

void DecodePlain(const ParamType& type, const Tensor& stored, int64_t begin, const float* levels,
                 absl::Span<float> out) {
  const auto first = static_cast<size_t>(begin);
  if (type.kind == ParamKind::kF32) {
    const absl::Span<const float> in = stored.as<float>().subspan(first, out.size());
    std::copy(in.begin(), in.end(), out.begin());
    return;
  }
  if (type.kind == ParamKind::kF16) {
    const uint16_t* in = stored.as<uint16_t>().data() + first;
    // Exact, so any target does; none comes from the callers.
    return kernels::ConvertF16ToF32(kernels::BestTarget(), in, out.size(), out.data());
  }
  const bool integer = type.kind == ParamKind::kUint || type.kind == ParamKind::kInt;
  if (integer && type.bits <= 8) {
    return DecodeSmallIntegers(type, static_cast<const uint8_t*>(stored.data()), begin, out);
  }
  if (!integer && ParamDType(type) == DType::kU8) {
    return DecodeBytes(type, static_cast<const uint8_t*>(stored.data()) + begin, levels, out);
  }
  for (size_t i = 0; i < out.size(); ++i) {
    out[i] = ParamValue(type, ReadParam(type, stored, begin + static_cast<int64_t>(i)), levels);
  }
}

// Calls fn(super, values) for the runs of groups [begin, begin + out.size()) that share a
// super-group, `super` being its parameter.
template <typename Fn>
void ForEachSuperGroup(const ScaleFormat& scale, const ParamType& type, const Tensor& supers,
                       int64_t begin, absl::Span<float> out, Fn&& fn) {
  for (size_t done = 0; done < out.size();) {
    const int64_t group = begin + static_cast<int64_t>(done);
    const int64_t index = scale.super_size > 0 ? group / scale.super_size : 0;
    size_t count = out.size() - done;
    if (scale.super_size > 0) {
      count = std::min(count, static_cast<size_t>((index + 1) * scale.super_size - group));
    }
    fn(ParamValue(type, ReadParam(type, supers, index)), out.subspan(done, count));
    done += count;
  }
}

// Each group's number by its super-group's. Where those are whole and have whole eights of groups,
// as in blocks of GGUF's K formats, eight at a time: a number that compilers know becomes vectors.
void MultiplyBySupers(const ScaleFormat& scale, const ParamType& type, const Tensor& supers,
                      int64_t begin, absl::Span<float> out) {
  constexpr int64_t kEight = 8, kTogether = 64;
  const int64_t size = scale.super_size, count = static_cast<int64_t>(out.size());
  if (size <= 0 || size % kEight != 0 || begin % size != 0 || count % size != 0) {
    return ForEachSuperGroup(scale, type, supers, begin, out,
                             [](float super, absl::Span<float> values) {
                               for (float& v : values) v *= super;
                             });
  }
  float values[kTogether];
  float* v = out.data();
  for (int64_t i = 0; i < count / size; i += kTogether) {
    const auto here = static_cast<size_t>(std::min(kTogether, count / size - i));
    DecodePlain(type, supers, begin / size + i, nullptr, absl::Span<float>(values, here));
    for (size_t s = 0; s < here; ++s) {
      const float super = values[s];
      for (int64_t j = 0; j < size; j += kEight, v += kEight) {
        for (int64_t k = 0; k < kEight; ++k) v[k] *= super;
      }
    }
  }
}

}  // namespace

DType ParamDType(const ParamType& type) {
  switch (type.kind) {
    case ParamKind::kF32:
      return DType::kF32;
    case ParamKind::kF16:
      return DType::kF16;
    case ParamKind::kBF16:
      return DType::kBF16;
    default:
      return DType::kU8;
  }
}

int64_t ParamBytes(const ParamType& type, int64_t count) {
  if (type.kind == ParamKind::kNone) return 0;
  return (count * type.bits + 7) / 8;
}

int64_t ParamLength(const ParamType& type, int64_t count) {
  return ParamBytes(type, count) / static_cast<int64_t>(DTypeSize(ParamDType(type)));
}

uint32_t ReadParam(const ParamType& type, const Tensor& stored, int64_t index) {
  const auto* bytes = static_cast<const uint8_t*>(stored.data());
  switch (type.kind) {
    case ParamKind::kNone:
      return 0;
    case ParamKind::kF32:
      return stored.as<uint32_t>()[static_cast<size_t>(index)];
    case ParamKind::kF16:
    case ParamKind::kBF16:
      return stored.as<uint16_t>()[static_cast<size_t>(index)];
    case ParamKind::kUint:
    case ParamKind::kInt:
      return ReadBits(bytes, index * type.bits, type.bits);
    default:
      return bytes[index];
  }
}

void WriteParam(const ParamType& type, Tensor& stored, int64_t index, uint32_t raw) {
  const auto i = static_cast<size_t>(index);
  auto* bytes = static_cast<uint8_t*>(stored.mutable_data());
  switch (type.kind) {
    case ParamKind::kNone:
      return;
    case ParamKind::kF32:
      stored.mutable_as<uint32_t>()[i] = raw;
      return;
    case ParamKind::kF16:
    case ParamKind::kBF16:
      stored.mutable_as<uint16_t>()[i] = static_cast<uint16_t>(raw);
      return;
    case ParamKind::kUint:
    case ParamKind::kInt:
      WriteBits(bytes, index * type.bits, type.bits, raw);
      return;
    default:
      bytes[i] = static_cast<uint8_t>(raw);
  }
}

float ParamValue(const ParamType& type, uint32_t raw, const float* levels) {
  switch (type.kind) {
    case ParamKind::kNone:
      return 0.0f;
    case ParamKind::kF32:
      return std::bit_cast<float>(raw);
    case ParamKind::kF16:
      return F16ToF32(static_cast<uint16_t>(raw));
    case ParamKind::kBF16:
      return BF16ToF32(static_cast<uint16_t>(raw));
    case ParamKind::kE8M0:
      return E8M0ToF32(static_cast<uint8_t>(raw));
    case ParamKind::kE8M0Inf:
      return raw == 255 ? std::numeric_limits<float>::infinity()
                        : E8M0ToF32(static_cast<uint8_t>(raw));
    case ParamKind::kE8M0Ggml:
      return E8M0HalfToF32(raw);
    case ParamKind::kE4M3:
      return E4M3ToF32(static_cast<uint8_t>(raw));
    case ParamKind::kUE4M3Ggml:
      return UE4M3GgmlToF32(raw);
    case ParamKind::kUint:
      return static_cast<float>(raw);
    case ParamKind::kInt: {
      const int unused = 32 - type.bits;
      return static_cast<float>(static_cast<int32_t>(raw << unused) >> unused);
    }
    case ParamKind::kTable:
      return levels != nullptr ? levels[raw] : 0.0f;
    case ParamKind::kOwnScale:
      break;
  }
  return 0.0f;
}

uint32_t EncodeParam(const ParamType& type, float value) {
  if (!std::isfinite(value)) value = 0.0f;
  switch (type.kind) {
    case ParamKind::kNone:
    case ParamKind::kTable:
    case ParamKind::kOwnScale:
      return 0;
    case ParamKind::kF32:
      return std::bit_cast<uint32_t>(value);
    case ParamKind::kF16:
      // Saturates: an infinite scale would decode to NaN.
      return F32ToF16(std::clamp(value, -65504.0f, 65504.0f));
    case ParamKind::kBF16: {
      const uint16_t code = F32ToBF16(value);
      return (code & 0x7FFFu) == 0x7F80u ? code - 1u : code;
    }
    case ParamKind::kE8M0:
    case ParamKind::kE8M0Inf:
      return EncodeE8M0(value, 127);
    case ParamKind::kE8M0Ggml:
      return EncodeE8M0(value, 128);
    case ParamKind::kE4M3:
      return F32ToE4M3(value);
    case ParamKind::kUE4M3Ggml:
      return value > 0.0f ? std::min<uint32_t>(F32ToE4M3(2.0f * value), 0x7Eu) : 0u;
    case ParamKind::kUint:
    case ParamKind::kInt:
      return EncodeInteger(type, value);
  }
  return 0;
}

void DecodeScales(const QuantizedTensor& tensor, int64_t begin, absl::Span<float> out) {
  const ScaleFormat& scale = tensor.scheme.scale;
  if (scale.type.kind == ParamKind::kNone) {
    std::fill(out.begin(), out.end(), 1.0f);
    return;
  }
  const float* levels = tensor.scale_levels.as<float>().data();
  DecodePlain(scale.type, tensor.scales, begin, levels, out);
  if (scale.super_type.kind == ParamKind::kNone) return;
  const bool table = scale.type.kind == ParamKind::kTable;
  if (!table && !scale.super_divides) {
    return MultiplyBySupers(scale, scale.super_type, tensor.super_scales, begin, out);
  }
  ForEachSuperGroup(scale, scale.super_type, tensor.super_scales, begin, out,
                    [&](float super, absl::Span<float> values) {
                      if (scale.super_divides) {
                        for (float& v : values) v /= super;
                      } else {
                        for (float& v : values) v *= super;
                      }
                      if (!table) return;
                      for (float& v : values) v += tensor.scale_offset;
                    });
}

void DecodeOffsets(const QuantizedTensor& tensor, int64_t begin, absl::Span<float> out) {
  const OffsetFormat& offset = tensor.scheme.offset;
  if (offset.kind == OffsetKind::kNone) {
    std::fill(out.begin(), out.end(), 0.0f);
    return;
  }
  DecodePlain(offset.type, tensor.offsets, begin, nullptr, out);
  if (offset.super_type.kind == ParamKind::kNone) return;
  if (offset.super_type.kind == ParamKind::kOwnScale) {
    float scales[64];
    for (size_t i = 0; i < out.size(); i += std::size(scales)) {
      const size_t count = std::min(std::size(scales), out.size() - i);
      DecodeScales(tensor, begin + static_cast<int64_t>(i), absl::Span<float>(scales, count));
      for (size_t j = 0; j < count; ++j) out[i + j] *= scales[j];
    }
    return;
  }
  MultiplyBySupers(tensor.scheme.scale, offset.super_type, tensor.super_offsets, begin, out);
}

}  // namespace pawl
