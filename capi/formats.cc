// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What is known by name: formats, methods, the words of recipes. Texts, and what a file is.

#include "capi/files.h"
#include "capi/lists.h"
#include "capi/model_handles.h"
#include "pawl/file_format.h"
#include "pawl/recipe_lists.h"
#include "pawl/report.h"
#include "pawl/text.h"

namespace pawl::capi {

PAWL_SAME(PAWL_FORMAT_SAFETENSORS, FileFormatId::kSafetensors);
PAWL_SAME(PAWL_FORMAT_PAWL, FileFormatId::kPawl);
PAWL_SAME(PAWL_FORMAT_GGUF, FileFormatId::kGguf);

size_t MethodCount() { return Methods().size(); }
ListEntry MethodAt(size_t index) { return {Methods()[index].name, Methods()[index].description}; }

size_t FormatCount() { return FileFormats().size(); }
ListEntry FormatAt(size_t index) {
  return {FileFormats()[index].name, FileFormats()[index].description};
}

namespace {

absl::Span<const NamedMethod> Words(int32_t list) {
  switch (list) {
    case PAWL_LIST_RANGES:
      return RangeWords();
    case PAWL_LIST_OBSERVERS:
      return CalibrationObserverWords();
    case PAWL_LIST_ACTIVATION_RANGES:
      return CalibrationRangeWords();
    case PAWL_LIST_OPERATOR_TYPES:
      return OperatorTypeWords();
    case PAWL_LIST_GRAPH_MODES:
      return GraphModeList();
    case PAWL_LIST_GRAPH_TARGETS:
      return GraphTargetList();
    case PAWL_LIST_GRAPH_FORMATS:
      return GraphFormatList();
    case PAWL_LIST_PASS_CHOICES:
      return PassChoiceList();
    case PAWL_LIST_MODEL_FOLDERS:
      return ModelFolderList();
    default:
      return {};
  }
}

}  // namespace

size_t WordCount(int32_t list) { return Words(list).size(); }
ListEntry WordAt(int32_t list, size_t index) {
  const NamedMethod& word = Words(list)[index];
  return {word.name, word.description};
}

}  // namespace pawl::capi

using pawl::Context;
using pawl::capi::Call;

extern "C" {

int32_t pawl_has_files(void) noexcept { return 1; }

const char* pawl_text_data(const pawl_text* text) noexcept {
  return text == nullptr ? nullptr : text->text.c_str();
}
size_t pawl_text_size(const pawl_text* text) noexcept {
  return text == nullptr ? 0 : text->text.size();
}
void pawl_text_destroy(pawl_text* text) noexcept { delete text; }

int32_t pawl_detect_format(pawl_context* context, const char* path, int32_t* format) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(path);
    PAWL_NEED(format);
    PAWL_ASSIGN_OR_RETURN(const pawl::FileFormatId id, pawl::DetectFileFormat(path));
    *format = static_cast<int32_t>(id);
    return absl::OkStatus();
  });
}

int32_t pawl_detect_format_memory(pawl_context* context, const void* bytes, size_t size,
                                  const char* name, int32_t* format) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED_ARRAY(bytes, size);
    PAWL_NEED(format);
    PAWL_ASSIGN_OR_RETURN(const pawl::FileFormatId id,
                          pawl::DetectFileFormat(pawl::capi::BytesOf(bytes, size),
                                                 name == nullptr ? "memory" : name));
    *format = static_cast<int32_t>(id);
    return absl::OkStatus();
  });
}

int32_t pawl_compare_tensors(pawl_context* context, const pawl_tensor* original,
                             const pawl_tensor* decoded, double* figures, size_t count) noexcept {
  return Call(context, [&](Context& c) -> absl::Status {
    PAWL_NEED(original);
    PAWL_NEED(decoded);
    PAWL_NEED_ARRAY(figures, count);
    PAWL_ASSIGN_OR_RETURN(const pawl::QuantizationError error,
                          pawl::CompareTensors(original->tensor, decoded->tensor, &c));
    pawl::capi::CopyError(error, figures, count);
    return absl::OkStatus();
  });
}

}  // extern "C"
