// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/gguf_value.h"

#include <algorithm>
#include <bit>

#include "absl/strings/str_cat.h"

namespace pawl {
namespace {

static_assert(std::endian::native == std::endian::little, "values are taken as they lie in files");

constexpr uint32_t kKinds = 13;
constexpr absl::string_view kNames[kKinds] = {"u8",   "i8",     "u16",   "i16", "u32", "i32", "f32",
                                              "bool", "string", "array", "u64", "i64", "f64"};

// Takes values off the front of bytes, checking each.
class ValueCursor {
 public:
  explicit ValueCursor(absl::string_view bytes) : rest_(bytes) {}

  bool Take(size_t size, absl::string_view* out) {
    if (rest_.size() < size) return false;
    *out = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  bool TakeString(absl::string_view* out) {
    absl::string_view length;
    if (!Take(8, &length)) return false;
    const auto size = LoadGguf<uint64_t>(length);
    return size <= rest_.size() && Take(static_cast<size_t>(size), out);
  }

  bool TakeArrayHead(uint32_t* kind, uint64_t* count) {
    absl::string_view head;
    if (!Take(12, &head)) return false;
    *kind = LoadGguf<uint32_t>(head);
    *count = LoadGguf<uint64_t>(head.substr(4));
    return *kind < kKinds;
  }

  bool Skip(uint32_t kind, int depth) {
    absl::string_view bytes;
    if (kind == static_cast<uint32_t>(GgufKind::kString)) return TakeString(&bytes);
    if (kind == static_cast<uint32_t>(GgufKind::kBool)) {
      return Take(1, &bytes) && static_cast<uint8_t>(bytes[0]) <= 1;
    }
    if (kind != static_cast<uint32_t>(GgufKind::kArray)) {
      return kind < kKinds && Take(GgufKindBytes(kind), &bytes);
    }
    uint32_t element;
    uint64_t count;
    if (depth >= kGgufMaxDepth || !TakeArrayHead(&element, &count)) return false;
    const size_t each = GgufKindBytes(element);
    if (each > 0 && element != static_cast<uint32_t>(GgufKind::kBool)) {
      return count <= rest_.size() / each && Take(static_cast<size_t>(count) * each, &bytes);
    }
    // Everything else takes a byte at least, so this ends with the bytes.
    for (uint64_t i = 0; i < count; ++i) {
      if (!Skip(element, depth + 1)) return false;
    }
    return true;
  }

  bool done() const { return rest_.empty(); }
  absl::string_view rest() const { return rest_; }

 private:
  absl::string_view rest_;
};

template <typename T>
GgufValue Scalar(GgufKind kind, T value) {
  GgufValue result{kind, ""};
  AppendGguf(value, &result.bytes);
  return result;
}

template <typename T>
GgufValue Numbers(GgufKind kind, absl::Span<const T> values) {
  GgufValue result{GgufKind::kArray, ""};
  AppendGguf(static_cast<uint32_t>(kind), &result.bytes);
  AppendGguf(static_cast<uint64_t>(values.size()), &result.bytes);
  result.bytes.append(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T));
  return result;
}

// An integer of any width at the front of `bytes`, as 64 bits of two's complement.
std::optional<int64_t> LoadInteger(GgufKind kind, absl::string_view bytes) {
  switch (kind) {
    case GgufKind::kU8:
      return LoadGguf<uint8_t>(bytes);
    case GgufKind::kI8:
      return LoadGguf<int8_t>(bytes);
    case GgufKind::kU16:
      return LoadGguf<uint16_t>(bytes);
    case GgufKind::kI16:
      return LoadGguf<int16_t>(bytes);
    case GgufKind::kU32:
      return LoadGguf<uint32_t>(bytes);
    case GgufKind::kI32:
      return LoadGguf<int32_t>(bytes);
    case GgufKind::kU64:
    case GgufKind::kI64:
      return LoadGguf<int64_t>(bytes);
    default:
      return std::nullopt;
  }
}

std::string ScalarText(GgufKind kind, absl::string_view bytes) {
  if (kind == GgufKind::kF32) return absl::StrCat(LoadGguf<float>(bytes));
  if (kind == GgufKind::kF64) return absl::StrCat(LoadGguf<double>(bytes));
  if (kind == GgufKind::kBool) return bytes[0] != 0 ? "true" : "false";
  if (kind == GgufKind::kU64) return absl::StrCat(LoadGguf<uint64_t>(bytes));
  return absl::StrCat(LoadInteger(kind, bytes).value_or(0));
}

// Sizes of blocks as ggml has them. Those that BlockFormats() lists are not repeated.
constexpr GgufType kTypes[] = {
    {0, "F32", 1, 4},         {1, "F16", 1, 2},         {9, "Q8_1", 32, 36},
    {15, "Q8_K", 256, 292},   {16, "IQ2_XXS", 256, 66}, {17, "IQ2_XS", 256, 74},
    {18, "IQ3_XXS", 256, 98}, {19, "IQ1_S", 256, 50},   {21, "IQ3_S", 256, 110},
    {22, "IQ2_S", 256, 82},   {24, "I8", 1, 1},         {25, "I16", 1, 2},
    {26, "I32", 1, 4},        {27, "I64", 1, 8},        {28, "F64", 1, 8},
    {29, "IQ1_M", 256, 56},   {30, "BF16", 1, 2},       {34, "TQ1_0", 256, 54},
    {35, "TQ2_0", 256, 66},
};

}  // namespace

absl::string_view GgufKindName(GgufKind kind) {
  const auto index = static_cast<uint32_t>(kind);
  return index < kKinds ? kNames[index] : absl::string_view("no kind");
}

size_t GgufKindBytes(uint32_t kind) {
  constexpr uint8_t kBytes[kKinds] = {1, 1, 2, 2, 4, 4, 4, 1, 0, 0, 8, 8, 8};
  return kind < kKinds ? kBytes[kind] : 0;
}

absl::Status CheckGgufValue(const GgufValue& value) {
  ValueCursor cursor(value.bytes);
  if (cursor.Skip(static_cast<uint32_t>(value.kind), 0) && cursor.done()) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("its ", value.bytes.size(), " bytes are no ",
                                                 GgufKindName(value.kind), " value"));
}

absl::Status CheckGgufAlignment(uint64_t alignment) {
  if (alignment >= 8 && alignment <= kGgufMaxAlignment && std::has_single_bit(alignment)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("general.alignment is ", alignment,
                                                 "; it must be a power of two from 8 to ",
                                                 kGgufMaxAlignment));
}

void AppendGgufString(absl::string_view text, std::string* out) {
  AppendGguf(static_cast<uint64_t>(text.size()), out);
  out->append(text.data(), text.size());
}

const GgufType* FindGgufType(uint32_t type) {
  for (const GgufType& known : kTypes) {
    if (known.type == type) return &known;
  }
  return nullptr;
}

GgufValue GgufValue::U32(uint32_t value) { return Scalar(GgufKind::kU32, value); }
GgufValue GgufValue::I32(int32_t value) { return Scalar(GgufKind::kI32, value); }
GgufValue GgufValue::F32(float value) { return Scalar(GgufKind::kF32, value); }
GgufValue GgufValue::Bool(bool value) {
  return Scalar(GgufKind::kBool, static_cast<uint8_t>(value ? 1 : 0));
}
GgufValue GgufValue::String(absl::string_view text) {
  GgufValue result{GgufKind::kString, ""};
  AppendGgufString(text, &result.bytes);
  return result;
}
GgufValue GgufValue::Strings(absl::Span<const std::string> texts) {
  GgufValue result{GgufKind::kArray, ""};
  AppendGguf(static_cast<uint32_t>(GgufKind::kString), &result.bytes);
  AppendGguf(static_cast<uint64_t>(texts.size()), &result.bytes);
  for (const std::string& text : texts) AppendGgufString(text, &result.bytes);
  return result;
}
GgufValue GgufValue::I32s(absl::Span<const int32_t> values) {
  return Numbers(GgufKind::kI32, values);
}
GgufValue GgufValue::F32s(absl::Span<const float> values) {
  return Numbers(GgufKind::kF32, values);
}

// The accessors take bytes that a caller made by hand, too: what is no value has no contents.
std::optional<uint64_t> GgufValue::Unsigned() const {
  if (!CheckGgufValue(*this).ok()) return std::nullopt;
  const std::optional<int64_t> value = LoadInteger(kind, bytes);
  if (!value.has_value() || (kind != GgufKind::kU64 && *value < 0)) return std::nullopt;
  return static_cast<uint64_t>(*value);
}

std::optional<double> GgufValue::Float() const {
  if (!CheckGgufValue(*this).ok()) return std::nullopt;
  if (kind == GgufKind::kF32) return double{LoadGguf<float>(bytes)};
  if (kind == GgufKind::kF64) return LoadGguf<double>(bytes);
  return std::nullopt;
}

std::optional<bool> GgufValue::AsBool() const {
  if (kind != GgufKind::kBool || !CheckGgufValue(*this).ok()) return std::nullopt;
  return bytes[0] != 0;
}

std::optional<absl::string_view> GgufValue::Text() const {
  if (kind != GgufKind::kString || !CheckGgufValue(*this).ok()) return std::nullopt;
  return absl::string_view(bytes).substr(8);
}

std::optional<std::pair<GgufKind, uint64_t>> GgufValue::Array() const {
  uint32_t element;
  uint64_t count;
  ValueCursor cursor(bytes);
  if (kind != GgufKind::kArray || !cursor.TakeArrayHead(&element, &count)) return std::nullopt;
  return std::pair(static_cast<GgufKind>(element), count);
}

std::optional<std::vector<std::string>> GgufValue::Texts() const {
  const auto array = Array();
  if (!array.has_value() || array->first != GgufKind::kString) return std::nullopt;
  ValueCursor cursor(absl::string_view(bytes).substr(12));
  std::vector<std::string> texts;
  absl::string_view text;
  while (texts.size() < array->second && cursor.TakeString(&text)) texts.emplace_back(text);
  if (texts.size() != array->second) return std::nullopt;
  return texts;
}

std::optional<std::vector<int64_t>> GgufValue::Integers() const {
  const auto array = Array();
  if (!array.has_value() || !CheckGgufValue(*this).ok()) return std::nullopt;
  const size_t each = GgufKindBytes(static_cast<uint32_t>(array->first));
  std::vector<int64_t> numbers;
  for (uint64_t i = 0; each > 0 && i < array->second; ++i) {
    const auto value = LoadInteger(
        array->first, absl::string_view(bytes).substr(12 + static_cast<size_t>(i) * each));
    if (!value.has_value()) return std::nullopt;
    numbers.push_back(*value);
  }
  if (numbers.size() != array->second) return std::nullopt;
  return numbers;
}

std::string GgufValue::ToString() const {
  if (!CheckGgufValue(*this).ok()) return "invalid";
  if (kind == GgufKind::kString) return std::string(bytes, 8);
  const auto array = Array();
  if (!array.has_value()) return ScalarText(kind, bytes);
  constexpr uint64_t kShown = 8;
  const size_t each = GgufKindBytes(static_cast<uint32_t>(array->first));
  ValueCursor cursor(absl::string_view(bytes).substr(12));
  std::string text = "[";
  for (uint64_t i = 0; i < std::min(array->second, kShown); ++i) {
    absl::string_view element;
    if (array->first == GgufKind::kArray) break;
    if (array->first == GgufKind::kString) {
      cursor.TakeString(&element);
      absl::StrAppend(&text, i == 0 ? "" : ", ", "\"", element, "\"");
    } else {
      cursor.Take(each, &element);
      absl::StrAppend(&text, i == 0 ? "" : ", ", ScalarText(array->first, element));
    }
  }
  if (array->second <= kShown && array->first != GgufKind::kArray) return absl::StrCat(text, "]");
  return absl::StrCat(text, text.size() > 1 ? ", " : "", "... ", array->second, " of ",
                      GgufKindName(array->first), "]");
}

const GgufValue* FindGgufValue(const GgufMetadata& metadata, absl::string_view key) {
  for (const auto& [name, value] : metadata) {
    if (name == key) return &value;
  }
  return nullptr;
}

void SetGgufValue(GgufMetadata& metadata, absl::string_view key, GgufValue value) {
  for (auto& [name, old] : metadata) {
    if (name != key) continue;
    old = std::move(value);
    return;
  }
  metadata.emplace_back(std::string(key), std::move(value));
}

std::optional<uint32_t> GgufTypeOf(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return 0;
    case DType::kF16:
      return 1;
    case DType::kI8:
      return 24;
    case DType::kI16:
      return 25;
    case DType::kI32:
      return 26;
    case DType::kI64:
      return 27;
    case DType::kF64:
      return 28;
    case DType::kBF16:
      return 30;
    default:
      return std::nullopt;
  }
}

absl::StatusOr<std::optional<uint64_t>> GgufTensorBytes(uint32_t type,
                                                        absl::Span<const int64_t> shape) {
  if (const BlockFormat* format = FindBlockFormatOfGgufType(type)) {
    const absl::StatusOr<int64_t> bytes = BlockBytes(*format, shape);
    if (!bytes.ok()) return bytes.status();
    return static_cast<uint64_t>(*bytes);
  }
  const GgufType* known = FindGgufType(type);
  const absl::StatusOr<int64_t> elements =
      CheckedNumElements(shape, known == nullptr ? 1 : static_cast<size_t>(known->bytes));
  if (!elements.ok()) return elements.status();
  if (known == nullptr) return std::nullopt;
  const int64_t last = shape.empty() ? 1 : shape.back();
  if (last % known->elements != 0) {
    return absl::InvalidArgumentError(absl::StrCat(
        known->name, ": rows of ", last, " elements are not whole blocks of ", known->elements));
  }
  return static_cast<uint64_t>(*elements / known->elements * known->bytes);
}

}  // namespace pawl
