// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_TESTS_CAPI_CAPI_TEST_UTIL_H_
#define PAWL_TESTS_CAPI_CAPI_TEST_UTIL_H_

#include <pawl.h>

#include <catch2/catch_test_macros.hpp>
#include <cstdint>
#include <string>
#include <vector>

namespace pawl_test {

// A handle that gives itself back.
template <typename T, void (*kDestroy)(T*)>
class Handle {
 public:
  Handle() = default;
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { kDestroy(handle_); }

  operator T*() const { return handle_; }
  T** out() {  // for the next result: what was held goes
    Reset();
    return &handle_;
  }
  void Reset() {
    kDestroy(handle_);
    handle_ = nullptr;
  }

 private:
  T* handle_ = nullptr;
};

// pawl.h's functions are noexcept, which is part of their type.
template <typename T, void (*kDestroy)(T*) noexcept>
void Destroy(T* handle) {
  kDestroy(handle);
}
#define PAWL_TEST_HANDLE(Name, type) \
  using Name = Handle<pawl_##type, Destroy<pawl_##type, pawl_##type##_destroy>>

PAWL_TEST_HANDLE(Options, options);
PAWL_TEST_HANDLE(RawContext, context);
PAWL_TEST_HANDLE(Tensor, tensor);
PAWL_TEST_HANDLE(Scheme, scheme);
PAWL_TEST_HANDLE(Quantized, quantized_tensor);
PAWL_TEST_HANDLE(Observer, observer);
PAWL_TEST_HANDLE(Linear, linear);
PAWL_TEST_HANDLE(Embedding, embedding);
PAWL_TEST_HANDLE(Text, text);
PAWL_TEST_HANDLE(Buffer, buffer);
PAWL_TEST_HANDLE(Checkpoint, checkpoint);
PAWL_TEST_HANDLE(ModelReader, model_reader);
PAWL_TEST_HANDLE(ModelWriter, model_writer);
PAWL_TEST_HANDLE(FileReader, file_reader);
PAWL_TEST_HANDLE(FileWriter, file_writer);
PAWL_TEST_HANDLE(Calibrator, calibrator);
PAWL_TEST_HANDLE(TensorRtCache, tensorrt_cache);
PAWL_TEST_HANDLE(Recipe, recipe);
PAWL_TEST_HANDLE(Job, job);
PAWL_TEST_HANDLE(Report, report);

// A context of two threads.
class Context {
 public:
  Context() {
    Options options;
    REQUIRE(pawl_options_create(PAWL_OPTIONS_CONTEXT, options.out()) == PAWL_OK);
    REQUIRE(pawl_options_set_int(options, PAWL_OPT_THREADS, 2) == PAWL_OK);
    REQUIRE(pawl_context_create(options, context_.out()) == PAWL_OK);
  }
  operator pawl_context*() const { return context_; }
  std::string error() const { return pawl_context_last_error(context_); }

 private:
  RawContext context_;
};

inline bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Values that look like weights: no two rows alike.
inline std::vector<float> Weights(size_t count) {
  std::vector<float> values(count);
  uint32_t state = 12345;
  for (float& v : values) {
    state = state * 1664525u + 1013904223u;
    v = static_cast<float>(static_cast<int32_t>(state >> 8) - (1 << 23)) / (1 << 23);
  }
  return values;
}

inline void MakeTensor(const Context& c, const std::vector<int64_t>& shape,
                       const std::vector<float>& values, Tensor* tensor) {
  REQUIRE(pawl_tensor_copy(c, PAWL_DTYPE_F32, shape.data(), shape.size(), values.data(),
                           values.size() * sizeof(float), tensor->out()) == PAWL_OK);
}

inline void MakeQuantized(const Context& c, const char* text, const std::vector<int64_t>& shape,
                          const std::vector<float>& values, Quantized* quantized) {
  Tensor tensor;
  Scheme scheme;
  MakeTensor(c, shape, values, &tensor);
  REQUIRE(pawl_scheme_parse(c, text, scheme.out()) == PAWL_OK);
  REQUIRE(pawl_quantize(c, tensor, scheme, nullptr, nullptr, 0, quantized->out()) == PAWL_OK);
}

}  // namespace pawl_test

#endif  // PAWL_TESTS_CAPI_CAPI_TEST_UTIL_H_
