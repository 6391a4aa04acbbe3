// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Options by id: values until a constructor asks for them.

#ifndef PAWL_CAPI_OPTIONS_H_
#define PAWL_CAPI_OPTIONS_H_

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "capi/shim.h"

struct pawl_options {
  using Value = std::variant<int64_t, double, std::string, std::vector<int32_t>, std::vector<float>,
                             pawl::Tensor>;

  int32_t kind = 0;
  std::map<int32_t, Value> values;
  pawl_log_fn log = nullptr;
  void* log_user = nullptr;
  pawl_progress_fn progress = nullptr;
  void* progress_user = nullptr;
  pawl_parallel_for_fn parallel_for = nullptr;
  void* parallel_for_user = nullptr;
  pawl::capi::LastError last;
};

namespace pawl::capi {

// InvalidArgument unless the options are absent or of this kind.
absl::Status CheckKind(const pawl_options* options, int32_t kind);

// The value of type V of an option; null where it was not set.
template <typename V>
const V* Find(const pawl_options* options, int32_t option) {
  if (options == nullptr) return nullptr;
  const auto found = options->values.find(option);
  return found == options->values.end() ? nullptr : std::get_if<V>(&found->second);
}

// Replaces `field` where the option was set.
template <typename V, typename Field>
void Take(const pawl_options* options, int32_t option, Field* field) {
  if (const V* value = Find<V>(options, option)) *field = static_cast<Field>(*value);
}
template <typename Field>
void TakeInt(const pawl_options* options, int32_t option, Field* field) {
  Take<int64_t>(options, option, field);
}
template <typename Field>
void TakeDouble(const pawl_options* options, int32_t option, Field* field) {
  Take<double>(options, option, field);
}
template <typename T>
void TakeSpan(const pawl_options* options, int32_t option, absl::Span<const T>* field) {
  if (const auto* values = Find<std::vector<T>>(options, option)) *field = *values;
}

}  // namespace pawl::capi

#endif  // PAWL_CAPI_OPTIONS_H_
