// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/block_formats.h"

#include <bit>
#include <cstddef>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/codecs/bit_fields.h"
#include "lib/formats/codecs/block_codec.h"
#include "lib/formats/codecs/codec_util.h"

namespace pawl {
namespace {

static_assert(std::endian::native == std::endian::little,
              "16-bit fields of blocks are taken as they lie in the file");

#define PAWL_BLOCK_FORMAT_ADDRESS(name) &kBlockFormat##name,
constexpr const BlockFormat* kFormats[] = {PAWL_BLOCK_FORMATS(PAWL_BLOCK_FORMAT_ADDRESS)};
#undef PAWL_BLOCK_FORMAT_ADDRESS

absl::Status Bad(const BlockFormat& format, absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat(format.name, ": ", why));
}

// One parameter stream of a tensor, walked block by block. A block's parameters fill whole bytes.
class ParamCursor {
 public:
  ParamCursor(const ParamType& type, int count, uint8_t* stream)
      : bits_(type.bits), count_(count), stream_(type.bits > 0 ? stream : nullptr) {}

  void Write(const uint16_t* raw) {
    if (stream_ == nullptr) return;
    if (bits_ == 16) {
      std::memcpy(stream_, raw, static_cast<size_t>(count_) * 2);
    } else {
      uint8_t narrow[16];
      for (int i = 0; i < count_; ++i) narrow[i] = static_cast<uint8_t>(raw[i]);
      PackFields(bits_, narrow, count_, stream_);
    }
    stream_ += FieldBytes(bits_, count_);
  }

  void Read(uint16_t* raw) {
    if (stream_ == nullptr) return;
    if (bits_ == 16) {
      std::memcpy(raw, stream_, static_cast<size_t>(count_) * 2);
    } else {
      uint8_t narrow[16];
      UnpackFields(bits_, stream_, count_, narrow);
      for (int i = 0; i < count_; ++i) raw[i] = narrow[i];
    }
    stream_ += FieldBytes(bits_, count_);
  }

 private:
  int bits_;
  int count_;
  uint8_t* stream_;
};

// The streams of a whole tensor. Reading and writing walk the same way; only Write needs memory
// that may be written.
struct TensorCursor {
  TensorCursor(const BlockFormat& format, const QuantizedTensor& t)
      : elements(format.elements),
        bits(t.scheme.element.bits),
        codes(Bytes(t.codes)),
        scales(t.scheme.scale.type, Groups(format), Bytes(t.scales)),
        offsets(t.scheme.offset.type, Groups(format), Bytes(t.offsets)),
        super_scales(t.scheme.scale.super_type, 1, Bytes(t.super_scales)),
        super_offsets(t.scheme.offset.super_type, 1, Bytes(t.super_offsets)) {}

  void Write(const BlockFields& f) {
    PackFields(bits, f.codes, elements, codes);
    codes += FieldBytes(bits, elements);
    scales.Write(f.scales);
    offsets.Write(f.offsets);
    super_scales.Write(&f.super_scale);
    super_offsets.Write(&f.super_offset);
  }

  void Read(BlockFields* f) {
    UnpackFields(bits, codes, elements, f->codes);
    codes += FieldBytes(bits, elements);
    scales.Read(f->scales);
    offsets.Read(f->offsets);
    super_scales.Read(&f->super_scale);
    super_offsets.Read(&f->super_offset);
  }

  static int Groups(const BlockFormat& format) {
    return format.elements / static_cast<int>(format.scheme.grouping.size);
  }
  static uint8_t* Bytes(const Tensor& tensor) {
    return const_cast<uint8_t*>(static_cast<const uint8_t*>(tensor.data()));
  }

  int elements;
  int bits;
  uint8_t* codes;
  ParamCursor scales;
  ParamCursor offsets;
  ParamCursor super_scales;
  ParamCursor super_offsets;
};

// MXFP4 of ggml and of OCP mean the same by every scale byte but 255, which is NaN to OCP.
absl::Status AllowPlainE8M0(const BlockFormat& format, const QuantizedTensor& tensor,
                            Scheme* scheme) {
  if (format.scheme.scale.type.kind != ParamKind::kE8M0Ggml || scheme->scale.type != kParamE8M0) {
    return absl::OkStatus();
  }
  for (const uint8_t code : tensor.scales.as<uint8_t>()) {
    if (code == 255) return Bad(format, "the scales hold a NaN (255), which the format lacks");
  }
  scheme->scale.type = format.scheme.scale.type;
  return absl::OkStatus();
}

absl::Status CheckScheme(const BlockFormat& format, const QuantizedTensor& tensor) {
  Scheme scheme = tensor.scheme;
  PAWL_RETURN_IF_ERROR(AllowPlainE8M0(format, tensor, &scheme));
  scheme.full_range = format.scheme.full_range;
  if (scheme == format.scheme) return absl::OkStatus();
  absl::string_view part = "an optional part that blocks cannot hold";
  if (scheme.element != format.scheme.element || scheme.table != format.scheme.table) {
    part = "the element";
  } else if (scheme.grouping != format.scheme.grouping) {
    part = "the grouping";
  } else if (scheme.scale != format.scheme.scale) {
    part = "the scale";
  } else if (scheme.offset != format.scheme.offset) {
    part = "the offset";
  }
  return Bad(format, absl::StrCat("a tensor of scheme ", SchemeString(tensor.scheme),
                                  " differs in ", part, "; quantize to this format's own scheme"));
}

}  // namespace

absl::Span<const BlockFormat* const> BlockFormats() { return kFormats; }

const BlockFormat* FindBlockFormat(absl::string_view name) {
  for (const BlockFormat* format : kFormats) {
    if (absl::EqualsIgnoreCase(format->name, name)) return format;
  }
  return nullptr;
}

const BlockFormat* FindBlockFormatOfGgufType(uint32_t gguf_type) {
  for (const BlockFormat* format : kFormats) {
    if (format->gguf_type == gguf_type) return format;
  }
  return nullptr;
}

absl::StatusOr<int64_t> BlockBytes(const BlockFormat& format, absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(const int64_t elements, CheckShape(format.name, shape));
  if (shape.empty() || shape.back() % format.elements != 0) {
    return Bad(format, absl::StrCat("the last dimension of shape ", ShapeString(shape),
                                    " is not a multiple of the block of ", format.elements));
  }
  return elements / format.elements * format.bytes;
}

absl::StatusOr<QuantizedTensor> DecodeBlocks(const BlockFormat& format,
                                             absl::Span<const uint8_t> bytes,
                                             absl::Span<const int64_t> shape) {
  PAWL_ASSIGN_OR_RETURN(const int64_t expected, BlockBytes(format, shape));
  if (static_cast<int64_t>(bytes.size()) != expected) {
    return Bad(format, absl::StrCat(bytes.size(), " bytes for shape ", ShapeString(shape),
                                    ", which takes ", expected));
  }
  PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, QuantizedTensor::Create(format.scheme, shape));
  TensorCursor cursor(format, tensor);
  BlockFields fields{};
  for (size_t at = 0; at < bytes.size(); at += static_cast<size_t>(format.bytes)) {
    format.codec->take(bytes.data() + at, &fields);
    cursor.Write(fields);
  }
  return tensor;
}

absl::Status EncodeBlocks(const BlockFormat& format, const QuantizedTensor& tensor,
                          absl::Span<uint8_t> out) {
  PAWL_RETURN_IF_ERROR(tensor.Validate());
  PAWL_RETURN_IF_ERROR(CheckScheme(format, tensor));
  PAWL_ASSIGN_OR_RETURN(const int64_t expected, BlockBytes(format, tensor.shape));
  if (static_cast<int64_t>(out.size()) != expected) {
    return Bad(format, absl::StrCat("a buffer of ", out.size(), " bytes for shape ",
                                    ShapeString(tensor.shape), ", which takes ", expected));
  }
  TensorCursor cursor(format, tensor);
  BlockFields fields{};
  for (size_t at = 0; at < out.size(); at += static_cast<size_t>(format.bytes)) {
    cursor.Read(&fields);
    format.codec->put(fields, out.data() + at);
  }
  return absl::OkStatus();
}

}  // namespace pawl
