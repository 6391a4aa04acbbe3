// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "capi/calibrator.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "capi/files.h"
#include "capi/model_handles.h"
#include "capi/observer.h"

struct pawl_tensorrt_cache {
  pawl::TensorRtCache cache;
};

using pawl::Calibrator;
using pawl::CalibratorOptions;
using pawl::Context;
using pawl::Observer;
using pawl::TensorRtCache;
using pawl::capi::Call;
using pawl::capi::CheckKind;
using pawl::capi::Make;

extern "C" {

int32_t pawl_calibrator_create(pawl_context* context, const pawl_options* observer_options,
                               pawl_calibrator** calibrator) noexcept {
  return Make(context, calibrator, [&](Context&) -> absl::StatusOr<Calibrator> {
    PAWL_RETURN_IF_ERROR(CheckKind(observer_options, PAWL_OPTIONS_OBSERVER));
    CalibratorOptions options;
    if (observer_options != nullptr) {
      options.fallback = pawl::capi::ToObserverOptions(observer_options);
    }
    return Calibrator::Create(options);
  });
}

int32_t pawl_calibrator_add_rule(pawl_context* context, pawl_calibrator* calibrator,
                                 const char* pattern,
                                 const pawl_options* observer_options) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(calibrator);
    PAWL_NEED(pattern);
    PAWL_RETURN_IF_ERROR(CheckKind(observer_options, PAWL_OPTIONS_OBSERVER));
    if (!calibrator->calibrator.observers().empty()) {
      return absl::FailedPreconditionError("add all rules before the first batch");
    }
    CalibratorOptions options = calibrator->calibrator.options();
    options.rules.push_back({pattern, pawl::capi::ToObserverOptions(observer_options)});
    PAWL_ASSIGN_OR_RETURN(calibrator->calibrator, Calibrator::Create(options));
    return absl::OkStatus();
  });
}

void pawl_calibrator_destroy(pawl_calibrator* calibrator) noexcept { delete calibrator; }

int32_t pawl_calibrator_observe(pawl_context* context, pawl_calibrator* calibrator,
                                const char* name, const pawl_tensor* batch) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(calibrator);
    PAWL_NEED(name);
    PAWL_NEED(batch);
    return calibrator->calibrator.Observe(name, batch->tensor);
  });
}

int32_t pawl_calibrator_observe_f32(pawl_context* context, pawl_calibrator* calibrator,
                                    const char* name, const float* values, size_t count) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(calibrator);
    PAWL_NEED(name);
    PAWL_NEED_ARRAY(values, count);
    return calibrator->calibrator.Observe(name, absl::Span<const float>(values, count));
  });
}

int32_t pawl_calibrator_finish(pawl_context* context, const pawl_calibrator* calibrator) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(calibrator);
    return calibrator->calibrator.Finish();
  });
}

int32_t pawl_calibrator_merge(pawl_context* context, pawl_calibrator* calibrator,
                              const pawl_calibrator* other) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(calibrator);
    PAWL_NEED(other);
    return calibrator->calibrator.Merge(other->calibrator);
  });
}

size_t pawl_calibrator_count(const pawl_calibrator* calibrator) noexcept {
  return calibrator == nullptr ? 0 : calibrator->calibrator.observers().size();
}

const char* pawl_calibrator_name(const pawl_calibrator* calibrator, size_t index) noexcept {
  if (calibrator == nullptr) return nullptr;
  const auto* pair = pawl::capi::Nth(calibrator->calibrator.observers(), index);
  return pair == nullptr ? nullptr : pair->first.c_str();
}

int32_t pawl_calibrator_observer(pawl_context* context, const pawl_calibrator* calibrator,
                                 const char* name, pawl_observer** observer) noexcept {
  return Make(context, observer, [&](Context&) -> absl::StatusOr<Observer> {
    PAWL_NEED(calibrator);
    PAWL_NEED(name);
    if (const Observer* found = calibrator->calibrator.Find(name)) return *found;
    std::vector<std::string> names;
    for (const auto& pair : calibrator->calibrator.observers()) names.push_back(pair.first);
    return pawl::capi::NoSuchTensor("calibrator", name, names);
  });
}

int32_t pawl_calibrator_save(pawl_context* context, const pawl_calibrator* calibrator,
                             const char* path, const char* model_hash) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(calibrator);
    PAWL_NEED(path);
    PAWL_NEED(model_hash);
    return calibrator->calibrator.Save(path, model_hash);
  });
}

int32_t pawl_calibrator_load(pawl_context* context, const char* path, const char* model_hash,
                             pawl_calibrator** calibrator) noexcept {
  return Make(context, calibrator, [&](Context&) -> absl::StatusOr<Calibrator> {
    PAWL_NEED(path);
    PAWL_NEED(model_hash);
    return Calibrator::Load(path, model_hash);
  });
}

int32_t pawl_calibrator_to_json(pawl_context* context, const pawl_calibrator* calibrator,
                                const char* model_hash, pawl_text** json) noexcept {
  return Make(context, json, [&](Context&) -> absl::StatusOr<std::string> {
    PAWL_NEED(calibrator);
    PAWL_NEED(model_hash);
    return calibrator->calibrator.ToJson(model_hash);
  });
}

int32_t pawl_calibrator_from_json(pawl_context* context, const char* json, size_t size,
                                  const char* model_hash, pawl_calibrator** calibrator) noexcept {
  return Make(context, calibrator, [&](Context&) -> absl::StatusOr<Calibrator> {
    PAWL_NEED_ARRAY(json, size);
    PAWL_NEED(model_hash);
    return Calibrator::FromJson(absl::string_view(json, size), model_hash);
  });
}

int32_t pawl_tensorrt_cache_from_calibrator(pawl_context* context,
                                            const pawl_calibrator* calibrator,
                                            const pawl_options* options,
                                            pawl_tensorrt_cache** cache) noexcept {
  return Make(context, cache, [&](Context&) -> absl::StatusOr<TensorRtCache> {
    PAWL_NEED(calibrator);
    PAWL_RETURN_IF_ERROR(CheckKind(options, PAWL_OPTIONS_RANGE));
    return calibrator->calibrator.ToTensorRt(pawl::capi::ToRangeOptions(options));
  });
}

int32_t pawl_tensorrt_cache_load(pawl_context* context, const char* path,
                                 pawl_tensorrt_cache** cache) noexcept {
  return Make(context, cache, [&](Context&) -> absl::StatusOr<TensorRtCache> {
    PAWL_NEED(path);
    return pawl::ReadTensorRtCache(path);
  });
}

int32_t pawl_tensorrt_cache_parse(pawl_context* context, const char* text, size_t size,
                                  pawl_tensorrt_cache** cache) noexcept {
  return Make(context, cache, [&](Context&) -> absl::StatusOr<TensorRtCache> {
    PAWL_NEED_ARRAY(text, size);
    return pawl::ParseTensorRtCache(absl::string_view(text, size));
  });
}

int32_t pawl_tensorrt_cache_create(pawl_context* context, const char* version,
                                   const char* algorithm, pawl_tensorrt_cache** cache) noexcept {
  return Make(context, cache, [&](Context&) -> absl::StatusOr<TensorRtCache> {
    TensorRtCache result;
    if (version != nullptr) result.version = version;
    if (algorithm != nullptr) result.algorithm = algorithm;
    return result;
  });
}

int32_t pawl_tensorrt_cache_add(pawl_context* context, pawl_tensorrt_cache* cache, const char* name,
                                float scale) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(cache);
    PAWL_NEED(name);
    cache->cache.scales.emplace_back(name, scale);
    return absl::OkStatus();
  });
}

int32_t pawl_tensorrt_cache_save(pawl_context* context, const pawl_tensorrt_cache* cache,
                                 const char* path) noexcept {
  return Call(context, [&](Context&) -> absl::Status {
    PAWL_NEED(cache);
    PAWL_NEED(path);
    return pawl::WriteTensorRtCache(path, cache->cache);
  });
}

int32_t pawl_tensorrt_cache_format(pawl_context* context, const pawl_tensorrt_cache* cache,
                                   pawl_text** text) noexcept {
  return Make(context, text, [&](Context&) -> absl::StatusOr<std::string> {
    PAWL_NEED(cache);
    return pawl::FormatTensorRtCache(cache->cache);
  });
}

void pawl_tensorrt_cache_destroy(pawl_tensorrt_cache* cache) noexcept { delete cache; }

const char* pawl_tensorrt_cache_version(const pawl_tensorrt_cache* cache) noexcept {
  return cache == nullptr ? nullptr : cache->cache.version.c_str();
}
const char* pawl_tensorrt_cache_algorithm(const pawl_tensorrt_cache* cache) noexcept {
  return cache == nullptr ? nullptr : cache->cache.algorithm.c_str();
}
size_t pawl_tensorrt_cache_count(const pawl_tensorrt_cache* cache) noexcept {
  return cache == nullptr ? 0 : cache->cache.scales.size();
}
const char* pawl_tensorrt_cache_name(const pawl_tensorrt_cache* cache, size_t index) noexcept {
  if (cache == nullptr || index >= cache->cache.scales.size()) return nullptr;
  return cache->cache.scales[index].first.c_str();
}
float pawl_tensorrt_cache_scale(const pawl_tensorrt_cache* cache, size_t index) noexcept {
  if (cache == nullptr || index >= cache->cache.scales.size()) return 0.0f;
  return cache->cache.scales[index].second;
}

}  // extern "C"
