// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The text form of schemes: "int4:g128:asym" and whole formats such as "q4_k".

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/types/span.h"
#include "lib/core/nearest.h"
#include "lib/core/status_macros.h"
#include "pawl/scheme.h"

namespace pawl {
namespace {

struct ElementWord {
  const char* word;
  ElementKind kind;
  TableKind table;
  int low_bits;  // the word is followed by a number of bits in [low, high]; equal: it stands alone
  int high_bits;
};

// The list of elements: a new one is a line here.
constexpr ElementWord kElements[] = {
    {"int", ElementKind::kInt, TableKind::kNone, 2, 16},
    {"uint", ElementKind::kUint, TableKind::kNone, 2, 8},
    {"ternary", ElementKind::kTernary, TableKind::kNone, 2, 2},
    {"binary", ElementKind::kBinary, TableKind::kNone, 1, 1},
    {"nf4", ElementKind::kTable, TableKind::kNF4, 4, 4},
    {"fp4", ElementKind::kTable, TableKind::kFP4, 4, 4},
    {"codebook", ElementKind::kTable, TableKind::kCodebook, 1, 8},
    {"pot", ElementKind::kTable, TableKind::kPowersOfTwo, 2, 8},
    {"apot", ElementKind::kTable, TableKind::kAdditivePowersOfTwo, 3, 5},
    {"fp4e2m1", ElementKind::kE2M1, TableKind::kNone, 4, 4},
    {"e4m3", ElementKind::kE4M3, TableKind::kNone, 8, 8},
    {"e5m2", ElementKind::kE5M2, TableKind::kNone, 8, 8},
    {"f16", ElementKind::kF16, TableKind::kNone, 16, 16},
    {"bf16", ElementKind::kBF16, TableKind::kNone, 16, 16},
};

constexpr struct {
  const char* word;
  ParamType type;
} kScaleWords[] = {{"f32", kParamF32},
                   {"f16", kParamF16},
                   {"bf16", kParamBF16},
                   {"e8m0", kParamE8M0},
                   {"e4m3", kParamE4M3}};

}  // namespace

std::vector<std::string> SchemeElements() {
  std::vector<std::string> words;
  for (const ElementWord& e : kElements) {
    if (e.low_bits == e.high_bits) {
      words.push_back(e.word);
      continue;
    }
    for (int bits = e.low_bits; bits <= e.high_bits; ++bits) {
      if (bits <= 8 || bits == 16) words.push_back(absl::StrCat(e.word, bits));
    }
  }
  return words;
}

namespace {

std::vector<std::string> ElementWords() {
  std::vector<std::string> words = SchemeElements();
  for (const NamedScheme& named : NamedSchemes()) words.emplace_back(named.name);
  return words;
}

std::vector<std::string> PartWords() {
  return {"rot128",       "tensor", "channel", "channel1", "g32", "g64", "g128",
          "block128x128", "flat64", "sym",     "asym",     "min", "hqq", "f32",
          "f16",          "bf16",   "e8m0",    "e4m3",     "dq",  "full"};
}

// Parts with numbers: what comes before the number, and the whole form.
constexpr struct {
  const char* stem;
  const char* form;
} kNumberedParts[] = {{"block", "block<R>x<C>, such as 'block128x128'"},
                      {"flat", "flat<N>, such as 'flat64'"},
                      {"channel", "channel or channel<AXIS>, such as 'channel1'"},
                      {"rot", "rot<N>, N a power of two, such as 'rot128'"},
                      {"g", "g<N>, such as 'g128'"}};

std::string PartHint(absl::string_view word) {
  for (const auto& part : kNumberedParts) {
    absl::string_view rest = word;
    if (!absl::ConsumePrefix(&rest, part.stem)) continue;
    if (!rest.empty() && absl::ascii_isalpha(static_cast<unsigned char>(rest[0]))) continue;
    return absl::StrCat("; the form is ", part.form);
  }
  return DidYouMean(word, PartWords());
}

std::optional<Scheme> ParseElement(absl::string_view word) {
  for (const ElementWord& e : kElements) {
    absl::string_view rest = word;
    if (!absl::ConsumePrefix(&rest, e.word)) continue;
    int bits = e.low_bits;
    if (e.low_bits == e.high_bits) {
      if (!rest.empty()) continue;
    } else if (!absl::SimpleAtoi(rest, &bits) || bits < e.low_bits || bits > e.high_bits ||
               (bits > 8 && bits != 16)) {
      continue;
    }
    Scheme scheme;
    scheme.element = Element{e.kind, static_cast<uint8_t>(bits)};
    scheme.table = e.table;
    return scheme;
  }
  return std::nullopt;
}

bool ParsePositive(absl::string_view text, int64_t* value) {
  return absl::SimpleAtoi(text, value) && *value > 0 && *value <= int64_t{1} << 40;
}

std::optional<Grouping> ParseGrouping(absl::string_view word) {
  Grouping g;
  int64_t number = 0;
  if (word == "tensor") return g;
  if (absl::ConsumePrefix(&word, "channel")) {
    g.kind = GroupKind::kChannel;
    if (word.empty()) return g;
    return absl::SimpleAtoi(word, &g.axis) ? std::optional<Grouping>(g) : std::nullopt;
  }
  if (absl::ConsumePrefix(&word, "block")) {
    const std::pair<absl::string_view, absl::string_view> sides = absl::StrSplit(word, 'x');
    g.kind = GroupKind::kBlock2D;
    if (!ParsePositive(sides.first, &number) || number > 1 << 30) return std::nullopt;
    g.rows = static_cast<int32_t>(number);
    return ParsePositive(sides.second, &g.size) ? std::optional<Grouping>(g) : std::nullopt;
  }
  if (absl::ConsumePrefix(&word, "flat")) {
    g.kind = GroupKind::kFlat;
    return ParsePositive(word, &g.size) ? std::optional<Grouping>(g) : std::nullopt;
  }
  if (absl::ConsumePrefix(&word, "g")) {
    g.kind = GroupKind::kAlongRow;
    return ParsePositive(word, &g.size) ? std::optional<Grouping>(g) : std::nullopt;
  }
  return std::nullopt;
}

// What the parts say, before defaults.
struct Parts {
  std::optional<Grouping> grouping;
  std::optional<OffsetKind> offset;
  std::optional<ParamType> scale;
  bool double_quantized = false;
  bool full_range = false;
  int32_t rotation = 0;
};

// What a part says; each can be said once.
enum Slot { kGroups, kOffset, kScale, kDouble, kFull, kRotation, kNumSlots };
constexpr const char* kSlotNames[kNumSlots] = {"the groups",       "the offset",
                                               "the scale's type", "double quantization",
                                               "the full range",   "the rotation"};

std::optional<Slot> ParsePart(absl::string_view word, Parts* parts) {
  for (const auto& scale : kScaleWords) {
    if (word != scale.word) continue;
    parts->scale = scale.type;
    return kScale;
  }
  if (word == "sym") parts->offset = OffsetKind::kNone;
  if (word == "asym") parts->offset = OffsetKind::kZeroPoint;
  if (word == "min") parts->offset = OffsetKind::kMinimum;
  if (word == "hqq") parts->offset = OffsetKind::kFloatZero;
  if (word == "sym" || word == "asym" || word == "min" || word == "hqq") return kOffset;
  if (word == "dq" || word == "full") {
    (word == "dq" ? parts->double_quantized : parts->full_range) = true;
    return word == "dq" ? kDouble : kFull;
  }
  if (absl::string_view block = word; absl::ConsumePrefix(&block, "rot")) {
    int64_t number = 0;
    if (!ParsePositive(block, &number) || number > 1 << 30) return std::nullopt;
    parts->rotation = static_cast<int32_t>(number);
    return kRotation;
  }
  const std::optional<Grouping> grouping = ParseGrouping(word);
  if (!grouping.has_value()) return std::nullopt;
  parts->grouping = grouping;
  return kGroups;
}

// The words after the element.
absl::StatusOr<Parts> ParseParts(absl::string_view text, absl::Span<const std::string> words) {
  Parts parts;
  const std::string* said[kNumSlots] = {};
  for (size_t i = 0; i < words.size(); ++i) {
    const std::optional<Slot> slot = ParsePart(words[i], &parts);
    if (!slot.has_value()) {
      return absl::InvalidArgumentError(absl::StrCat("scheme '", text, "': unknown part '",
                                                     words[i], "' (number ", i + 1,
                                                     " after the element)", PartHint(words[i])));
    }
    if (said[*slot] != nullptr) {
      return absl::InvalidArgumentError(absl::StrCat("scheme '", text, "': '", *said[*slot],
                                                     "' and '", words[i], "' both say ",
                                                     kSlotNames[*slot], "; give one of them"));
    }
    said[*slot] = &words[i];
  }
  return parts;
}

Grouping DefaultGrouping(const Scheme& scheme) {
  switch (scheme.table) {
    case TableKind::kNF4:
    case TableKind::kFP4:
      return Grouping{GroupKind::kFlat, 0, 1, 64};
    case TableKind::kCodebook:
      return Grouping{};
    default:
      break;
  }
  if (scheme.element.bits >= 8) return Grouping{GroupKind::kChannel, 0, 1, 0};
  return Grouping{GroupKind::kAlongRow, 0, 1, 32};
}

bool HasNoScale(const Scheme& scheme) {
  return scheme.table == TableKind::kCodebook || scheme.element.kind == ElementKind::kF16 ||
         scheme.element.kind == ElementKind::kBF16;
}

ParamType ZeroPointType(const Element& element) {
  const ParamKind kind = element.kind == ElementKind::kUint ? ParamKind::kUint : ParamKind::kInt;
  return ParamType{kind, element.bits};
}

void ApplyScale(const Parts& parts, Scheme* scheme) {
  if (HasNoScale(*scheme)) {
    scheme->scale.type = kParamNone;
    return;
  }
  const bool coarse = scheme->grouping.kind == GroupKind::kTensor ||
                      scheme->grouping.kind == GroupKind::kChannel ||
                      scheme->grouping.kind == GroupKind::kFlat;
  scheme->scale.type = parts.scale.value_or(coarse ? kParamF32 : kParamF16);
  if (scheme->scale.type == kParamE4M3) {
    // Its smallest number is 2^-9: without one f32 for the tensor small weights would vanish.
    scheme->scale.super_type = kParamF32;
    scheme->scale.super_size = -1;
  }
  if (parts.double_quantized) {
    // bitsandbytes: 8-bit codes into the dynamic map, f32 absmax for each 256 of them.
    scheme->scale.type = ParamType{ParamKind::kTable, 8};
    scheme->scale.super_type = kParamF32;
    scheme->scale.super_size = 256;
  }
}

void ApplyOffset(const Parts& parts, Scheme* scheme) {
  const bool unsigned_integer = scheme->element.kind == ElementKind::kUint;
  const OffsetKind kind =
      parts.offset.value_or(unsigned_integer ? OffsetKind::kZeroPoint : OffsetKind::kNone);
  scheme->offset.kind = kind;
  if (kind == OffsetKind::kZeroPoint) scheme->offset.type = ZeroPointType(scheme->element);
  if (kind != OffsetKind::kMinimum && kind != OffsetKind::kFloatZero) return;
  // Offsets are stored as the scales are, but for types too coarse for them: minima go under a
  // super-minimum beside the super-scale, and everything else is f16.
  scheme->offset.type = scheme->scale.type;
  const bool coarse = scheme->scale.type == kParamE4M3 || scheme->scale.type == kParamE8M0;
  if (!coarse) return;
  if (kind == OffsetKind::kMinimum && scheme->scale.super_type.kind != ParamKind::kNone) {
    scheme->offset.super_type = scheme->scale.super_type;
  } else {
    scheme->offset.type = kParamF16;
  }
}

absl::Status CheckParts(absl::string_view text, const Parts& parts, const Scheme& scheme) {
  const auto bad = [&](absl::string_view why) {
    return absl::InvalidArgumentError(absl::StrCat("scheme '", text, "': ", why));
  };
  const bool offset = parts.offset.value_or(OffsetKind::kNone) != OffsetKind::kNone;
  if (offset && !scheme.element.is_integer()) {
    return bad("only integer elements have a zero point or a minimum");
  }
  if (offset && scheme.element.kind != ElementKind::kInt &&
      scheme.element.kind != ElementKind::kUint) {
    return bad("ternary and binary elements are symmetric");
  }
  if (parts.scale.has_value() && HasNoScale(scheme)) return bad("this element has no scale");
  if (parts.double_quantized && scheme.table != TableKind::kNF4 &&
      scheme.table != TableKind::kFP4) {
    return bad("dq (double quantization of the scales) goes with nf4 and fp4");
  }
  if (parts.double_quantized && parts.scale.has_value()) {
    return bad("dq sets the type of the scale itself");
  }
  if (parts.full_range && scheme.element.kind != ElementKind::kInt) {
    return bad("full (use of the lowest code) goes with signed integers");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Scheme> ParseScheme(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  for (const NamedScheme& named : NamedSchemes()) {
    if (named.name == lower) return named.scheme;
  }
  const std::vector<std::string> words = absl::StrSplit(lower, ':');
  std::optional<Scheme> scheme = ParseElement(words[0]);
  if (!scheme.has_value()) {
    return absl::InvalidArgumentError(absl::StrCat("scheme '", text, "': unknown element '",
                                                   words[0], "'",
                                                   DidYouMean(words[0], ElementWords())));
  }
  PAWL_ASSIGN_OR_RETURN(const Parts parts, ParseParts(text, absl::MakeConstSpan(words).subspan(1)));
  PAWL_RETURN_IF_ERROR(CheckParts(text, parts, *scheme));
  scheme->full_range = parts.full_range;
  scheme->rotation.block = parts.rotation;
  scheme->grouping = parts.grouping.value_or(DefaultGrouping(*scheme));
  ApplyScale(parts, &*scheme);
  ApplyOffset(parts, &*scheme);
  PAWL_RETURN_IF_ERROR(scheme->Validate());
  return *scheme;
}

namespace {

std::string ElementString(const Scheme& scheme) {
  for (const ElementWord& e : kElements) {
    const int bits = scheme.element.bits;
    if (e.kind != scheme.element.kind || e.table != scheme.table) continue;
    if (bits < e.low_bits || bits > e.high_bits) continue;
    return e.low_bits == e.high_bits ? e.word : absl::StrCat(e.word, bits);
  }
  return scheme.table == TableKind::kIQ4NL ? "iq4_nl-levels" : "element?";
}

std::string GroupingString(const Grouping& g) {
  switch (g.kind) {
    case GroupKind::kTensor:
      return "tensor";
    case GroupKind::kChannel:
      return g.axis == 0 ? "channel" : absl::StrCat("channel", g.axis);
    case GroupKind::kAlongRow:
      return absl::StrCat("g", g.size);
    case GroupKind::kBlock2D:
      return absl::StrCat("block", g.rows, "x", g.size);
    case GroupKind::kFlat:
      return absl::StrCat("flat", g.size);
    case GroupKind::kFlatStrided:
      return absl::StrCat("strided", g.size);
    case GroupKind::kIndexMap:
      return absl::StrCat("map", g.size);
  }
  return "groups?";
}

// The parts that can be said in text, longest form.
std::string LongForm(const Scheme& scheme) {
  std::string text = absl::StrCat(ElementString(scheme), ":", GroupingString(scheme.grouping));
  if (scheme.element.is_integer() && scheme.element.kind <= ElementKind::kUint) {
    constexpr const char* kOffsets[] = {":sym", ":asym", ":hqq", ":min"};
    absl::StrAppend(&text, kOffsets[static_cast<int>(scheme.offset.kind)]);
  }
  for (const auto& word : kScaleWords) {
    if (word.type == scheme.scale.type) absl::StrAppend(&text, ":", word.word);
  }
  if (scheme.scale.type.kind == ParamKind::kTable) absl::StrAppend(&text, ":dq");
  if (scheme.full_range) absl::StrAppend(&text, ":full");
  if (scheme.rotation.block > 0) absl::StrAppend(&text, ":rot", scheme.rotation.block);
  return text;
}

// Drops each part whose absence parses to the same scheme.
std::string Shorten(const std::string& text, const Scheme& scheme) {
  std::vector<std::string> words = absl::StrSplit(text, ':');
  for (size_t i = words.size(); i-- > 1;) {
    std::vector<std::string> fewer = words;
    fewer.erase(fewer.begin() + static_cast<int64_t>(i));
    std::string joined = fewer[0];
    for (size_t j = 1; j < fewer.size(); ++j) absl::StrAppend(&joined, ":", fewer[j]);
    const absl::StatusOr<Scheme> parsed = ParseScheme(joined);
    if (parsed.ok() && *parsed == scheme) words = fewer;
  }
  std::string joined = words[0];
  for (size_t j = 1; j < words.size(); ++j) absl::StrAppend(&joined, ":", words[j]);
  return joined;
}

std::string Extras(const Scheme& scheme) {
  std::string extras;
  const auto add = [&](const std::string& what) {
    absl::StrAppend(&extras, extras.empty() ? "" : ", ", what);
  };
  if (scheme.grouping.kind == GroupKind::kIndexMap) add("groups by index map");
  if (scheme.grouping.kind == GroupKind::kFlatStrided) add("strided groups");
  if (scheme.arithmetic == Arithmetic::kF16) add("f16 arithmetic");
  if (scheme.arithmetic == Arithmetic::kBF16) add("bf16 arithmetic");
  if (scheme.scale.super_type.kind != ParamKind::kNone) add("super-scales");
  if (scheme.post_scale != 1.0f) add("post-scale");
  if (scheme.outliers.kind != ParamKind::kNone) add("outlier columns");
  if (scheme.input_scale) add("input scale");
  return extras;
}

}  // namespace

std::string SchemeString(const Scheme& scheme) {
  const std::string text = LongForm(scheme);
  const absl::StatusOr<Scheme> parsed = ParseScheme(text);
  const bool exact = parsed.ok() && *parsed == scheme;
  // Integers read best by their parts; the other formats are known by their names.
  if (exact && scheme.element.is_integer()) return Shorten(text, scheme);
  for (const NamedScheme& named : NamedSchemes()) {
    if (named.scheme == scheme) return std::string(named.name);
  }
  if (exact) return Shorten(text, scheme);
  const std::string extras = Extras(scheme);
  return extras.empty() ? text : absl::StrCat(text, " (", extras, ")");
}

}  // namespace pawl
