// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// TensorProto: raw bytes, one of five typed fields, or a piece of another file.

#include <bit>
#include <cstring>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/onnx_fields.h"
#include "lib/formats/onnx_source.h"
#include "pawl/text.h"
#include "protozero/pbf_message.hpp"

namespace pawl::onnx {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

using protozero::data_view;
using protozero::pbf_wire_type;

// Everything of the message that is not there yet as a tensor.
struct Fields {
  TensorMessage out;
  bool has_raw = false;
  data_view raw;
  bool external = false;
  std::string location;
  uint64_t offset = 0;
  std::optional<uint64_t> length;
  std::vector<float> floats;
  std::vector<double> doubles;
  std::vector<int32_t> ints32;
  std::vector<int64_t> ints64;
  std::vector<uint64_t> uints64;
};

// A repeated number, packed or not. The vectors' sizes are bounded by the file's: an element takes
// a byte of it at least.
template <typename T, typename Message, typename GetPacked, typename GetOne>
void Append(Message& message, std::vector<T>& out, GetPacked packed, GetOne one) {
  if (message.wire_type() == pbf_wire_type::length_delimited) {
    for (const auto value : packed(message)) out.push_back(static_cast<T>(value));
  } else {
    out.push_back(static_cast<T>(one(message)));
  }
}

absl::Status ReadEntry(const Source& source, data_view entry, Fields& fields) {
  std::string key, value;
  protozero::pbf_message<EntryField> message(entry);
  while (message.next()) {
    switch (message.tag()) {
      case EntryField::kKey:
        key = message.get_string();
        break;
      case EntryField::kValue:
        value = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  uint64_t number = 0;
  if (key == "location") {
    fields.location = value;
  } else if (key == "offset" || key == "length") {
    if (!absl::SimpleAtoi(value, &number)) {
      return source.Error(absl::StrCat("external data has the ", key, " '", Printable(value),
                                       "', which is no number"));
    }
    if (key == "offset") fields.offset = number;
    if (key == "length") fields.length = number;
  }
  return absl::OkStatus();
}

absl::Status ReadFields(Source& source, data_view data, Fields& f) {
  using Message = protozero::pbf_message<TensorField>;
  Message message(data);
  while (message.next()) {
    switch (message.tag()) {
      case TensorField::kDims:
        Append(
            message, f.out.dims, [](Message& m) { return m.get_packed_int64(); },
            [](Message& m) { return m.get_int64(); });
        break;
      case TensorField::kDataType:
        f.out.data_type = message.get_int32();
        break;
      case TensorField::kSegment:
        return source.Error("tensors in segments are not supported");
      case TensorField::kFloatData:
        Append(
            message, f.floats, [](Message& m) { return m.get_packed_float(); },
            [](Message& m) { return m.get_float(); });
        break;
      case TensorField::kInt32Data:
        Append(
            message, f.ints32, [](Message& m) { return m.get_packed_int32(); },
            [](Message& m) { return m.get_int32(); });
        break;
      case TensorField::kInt64Data:
        Append(
            message, f.ints64, [](Message& m) { return m.get_packed_int64(); },
            [](Message& m) { return m.get_int64(); });
        break;
      case TensorField::kUint64Data:
        Append(
            message, f.uints64, [](Message& m) { return m.get_packed_uint64(); },
            [](Message& m) { return m.get_uint64(); });
        break;
      case TensorField::kDoubleData:
        Append(
            message, f.doubles, [](Message& m) { return m.get_packed_double(); },
            [](Message& m) { return m.get_double(); });
        break;
      case TensorField::kName:
        f.out.name = message.get_string();
        break;
      case TensorField::kRawData:
        f.raw = message.get_view();
        f.has_raw = true;
        break;
      case TensorField::kExternalData:
        PAWL_RETURN_IF_ERROR(ReadEntry(source, message.get_view(), f));
        break;
      case TensorField::kDataLocation:
        f.external = message.get_int32() == 1;
        break;
      default:
        message.skip();
    }
  }
  return absl::OkStatus();
}

class Decoder {
 public:
  Decoder(Source& source, Fields& fields) : source_(source), f_(fields) {}

  absl::StatusOr<TensorMessage> Decode() {
    const auto count = CheckedNumElements(f_.out.dims, 64);
    if (!count.ok()) return Fault(count.status().message());
    count_ = *count;
    const std::optional<DType> dtype = HeldAs(f_.out.data_type);
    if (!dtype.has_value()) return std::move(f_.out);
    dtype_ = *dtype;
    bits_ = BitsOf(f_.out.data_type);
    file_bytes_ = (static_cast<uint64_t>(count_) * static_cast<uint64_t>(bits_) + 7) / 8;
    f_.out.held = true;
    if (f_.external) {
      PAWL_RETURN_IF_ERROR(TakeExternal());
    } else if (f_.has_raw) {
      PAWL_RETURN_IF_ERROR(TakeRaw());
    } else {
      PAWL_RETURN_IF_ERROR(TakeTyped());
    }
    return std::move(f_.out);
  }

 private:
  absl::Status Fault(absl::string_view what) const {
    return source_.Error(absl::StrCat("tensor '", Printable(f_.out.name), "' ",
                                      DataTypeName(f_.out.data_type), " ", ShapeString(f_.out.dims),
                                      ": ", what));
  }

  absl::Status TakeExternal() {
    PAWL_ASSIGN_OR_RETURN(const auto file, source_.External(f_.location));
    if (f_.offset > file->size() || file_bytes_ > file->size() - f_.offset) {
      return Fault(absl::StrCat("needs bytes ", f_.offset, " to ", f_.offset, " + ", file_bytes_,
                                " of ", file->path(), ", which has ", file->size()));
    }
    if (f_.length.has_value() && *f_.length != file_bytes_) {
      return Fault(
          absl::StrCat("takes ", file_bytes_, " bytes, its external data has ", *f_.length));
    }
    source_.UseExternal(f_.location, f_.offset, file_bytes_, f_.out.name);
    if (bits_ < 8) {
      return Unpack(file->bytes().subspan(f_.offset, file_bytes_));
    }
    PAWL_ASSIGN_OR_RETURN(f_.out.tensor, MapTensor(file, dtype_, f_.out.dims, f_.offset));
    return absl::OkStatus();
  }

  absl::Status TakeRaw() {
    if (f_.raw.size() != file_bytes_) {
      return Fault(absl::StrCat("takes ", file_bytes_, " bytes, raw_data has ", f_.raw.size()));
    }
    if (bits_ < 8) {
      return Unpack({reinterpret_cast<const uint8_t*>(f_.raw.data()), f_.raw.size()});
    }
    PAWL_ASSIGN_OR_RETURN(f_.out.tensor, source_.Map(dtype_, f_.out.dims, f_.raw));
    return absl::OkStatus();
  }

  // Narrow integers, the first in the lowest bits of a byte.
  absl::Status Unpack(absl::Span<const uint8_t> packed) {
    PAWL_ASSIGN_OR_RETURN(f_.out.tensor, Tensor::Create(dtype_, f_.out.dims));
    auto* out = static_cast<uint8_t*>(f_.out.tensor.mutable_data());
    const int per_byte = 8 / bits_;
    const bool is_signed = dtype_ == DType::kI8;
    for (int64_t i = 0; i < count_; ++i) {
      const int shift = static_cast<int>(i % per_byte) * bits_;
      int code = packed[static_cast<size_t>(i / per_byte)] >> shift & ((1 << bits_) - 1);
      if (is_signed && code >= 1 << (bits_ - 1)) code -= 1 << bits_;
      out[i] = static_cast<uint8_t>(code);
    }
    return absl::OkStatus();
  }

  template <typename From, typename To>
  absl::Status Copy(const std::vector<From>& values) {
    if (values.size() != static_cast<size_t>(count_)) {
      return Fault(absl::StrCat("has ", values.size(), " values in its typed field"));
    }
    PAWL_ASSIGN_OR_RETURN(f_.out.tensor, Tensor::Create(dtype_, f_.out.dims));
    auto* out = static_cast<To*>(f_.out.tensor.mutable_data());
    for (size_t i = 0; i < values.size(); ++i) out[i] = static_cast<To>(values[i]);
    return absl::OkStatus();
  }

  // Which field has which type: the comments in onnx.proto.
  absl::Status TakeTyped() {
    switch (dtype_) {
      case DType::kF32:
        return Copy<float, float>(f_.floats);
      case DType::kF64:
        return Copy<double, double>(f_.doubles);
      case DType::kI64:
        return Copy<int64_t, int64_t>(f_.ints64);
      case DType::kU64:
        return Copy<uint64_t, uint64_t>(f_.uints64);
      case DType::kU32:
        return Copy<uint64_t, uint32_t>(f_.uints64);
      case DType::kI32:
        return Copy<int32_t, int32_t>(f_.ints32);
      case DType::kF16:
      case DType::kBF16:
      case DType::kI16:
      case DType::kU16:
        return Copy<int32_t, uint16_t>(f_.ints32);
      default:
        break;
    }
    if (bits_ == 8) return Copy<int32_t, uint8_t>(f_.ints32);
    if (f_.ints32.size() != file_bytes_) {
      return Fault(
          absl::StrCat("takes ", file_bytes_, " bytes, int32_data has ", f_.ints32.size()));
    }
    const std::vector<uint8_t> packed(f_.ints32.begin(), f_.ints32.end());
    return Unpack(packed);
  }

  Source& source_;
  Fields& f_;
  DType dtype_ = DType::kF32;
  int bits_ = 0;
  int64_t count_ = 0;
  uint64_t file_bytes_ = 0;
};

}  // namespace

absl::StatusOr<TensorMessage> ReadTensor(Source& source, data_view message) {
  source.Enter(message);
  Fields fields;
  PAWL_RETURN_IF_ERROR(ReadFields(source, message, fields));
  return Decoder(source, fields).Decode();
}

}  // namespace pawl::onnx
