// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Version, names and lists: what can be asked without a context.

#include "capi/lists.h"

#include <optional>
#include <vector>

#include "capi/shim.h"
#include "pawl/dtype.h"
#include "pawl/scheme_words.h"
#include "pawl/version.h"

namespace pawl::capi {
namespace {

constexpr uint32_t kAbiVersion = 0;  // SOVERSION in cmake/libraries.cmake

constexpr const char* kStatusNames[] = {
    "ok",        "cancelled",      "unknown",           "invalid_argument",   "deadline_exceeded",
    "not_found", "already_exists", "permission_denied", "resource_exhausted", "failed_precondition",
    "aborted",   "out_of_range",   "unimplemented",     "internal",           "unavailable",
    "data_loss", "unauthenticated"};

template <typename Names>
std::optional<ListEntry> NameAt(const Names& names, size_t index) {
  if (index >= names.size()) return std::nullopt;
  return ListEntry{names[index]};
}

// Of schemes' texts; empty for any other list.
absl::Span<const SchemeWord> SchemeWords(int32_t list) {
  switch (list) {
    case PAWL_LIST_ELEMENTS:
      return SchemeElementWords();
    case PAWL_LIST_GROUPS:
      return SchemeGroupWords();
    case PAWL_LIST_OFFSETS:
      return SchemeOffsetWords();
    case PAWL_LIST_SCALES:
      return SchemeScaleWords();
    case PAWL_LIST_SCHEME_PARTS:
      return SchemeOtherWords();
    default:
      return {};
  }
}

size_t Count(int32_t list) {
  switch (list) {
    case PAWL_LIST_SCHEMES:
      return NamedSchemes().size();
    case PAWL_LIST_TARGETS:
      return TargetNames().size();
    case PAWL_LIST_SUPPORTED_TARGETS:
      return SupportedTargets().size();
    case PAWL_LIST_METHODS:
      return MethodCount();
    case PAWL_LIST_DTYPES:
      return kNumDTypes;
    case PAWL_LIST_FORMATS:
      return FormatCount();
    case PAWL_LIST_CHECKPOINTS:
      return CheckpointCount();
    default:
      return list < PAWL_LIST_RANGES ? SchemeWords(list).size() : WordCount(list);
  }
}

std::optional<ListEntry> At(int32_t list, size_t index) {
  if (index >= Count(list)) return std::nullopt;
  switch (list) {
    case PAWL_LIST_SCHEMES:
      return ListEntry{NamedSchemes()[index].name, NamedSchemes()[index].description};
    case PAWL_LIST_TARGETS:
      return NameAt(TargetNames(), index);
    case PAWL_LIST_SUPPORTED_TARGETS:
      return NameAt(SupportedTargets(), index);
    case PAWL_LIST_METHODS:
      return MethodAt(index);
    case PAWL_LIST_FORMATS:
      return FormatAt(index);
    case PAWL_LIST_CHECKPOINTS:
      return CheckpointAt(index);
    case PAWL_LIST_DTYPES:
      return ListEntry{DTypeName(static_cast<DType>(index))};
    default:
      if (list >= PAWL_LIST_RANGES) return WordAt(list, index);
      return ListEntry{SchemeWords(list)[index].word, SchemeWords(list)[index].description};
  }
}

// Without a context there is nobody to tell that memory ran out: such a list is empty.
template <typename Result, typename Body>
Result OrNothing(Body&& body) noexcept {
  try {
    return body();
  } catch (...) {
    return Result{};
  }
}

}  // namespace
}  // namespace pawl::capi

extern "C" {

const char* pawl_version_string(void) noexcept { return pawl::VersionString(); }
uint32_t pawl_version_number(void) noexcept { return PAWL_VERSION_NUMBER; }
uint32_t pawl_abi_version(void) noexcept { return pawl::capi::kAbiVersion; }

const char* pawl_status_name(int32_t status) noexcept {
  constexpr int32_t kCount = PAWL_UNAUTHENTICATED + 1;
  static_assert(std::size(pawl::capi::kStatusNames) == kCount);
  return pawl::capi::kStatusNames[status >= 0 && status < kCount ? status : PAWL_UNKNOWN];
}

size_t pawl_list_count(int32_t list) noexcept {
  return pawl::capi::OrNothing<size_t>([&] { return pawl::capi::Count(list); });
}

const char* pawl_list_name(int32_t list, size_t index) noexcept {
  return pawl::capi::OrNothing<const char*>([&]() -> const char* {
    const auto entry = pawl::capi::At(list, index);
    return entry.has_value() ? entry->name.data() : nullptr;
  });
}

const char* pawl_list_description(int32_t list, size_t index) noexcept {
  return pawl::capi::OrNothing<const char*>([&]() -> const char* {
    const auto entry = pawl::capi::At(list, index);
    return entry.has_value() ? entry->description.data() : nullptr;
  });
}

}  // extern "C"
