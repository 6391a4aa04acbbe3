// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the tests of codecs share: the peers' tensors (tests/fixtures/README.md) and the comparison
// rule of that page.

#ifndef PAWL_TESTS_FORMATS_CODECS_FIXTURE_H_
#define PAWL_TESTS_FORMATS_CODECS_FIXTURE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json.hpp"
#include "pawl/quantized_tensor.h"
#include "pawl/safetensors.h"
#include "pawl/tensor.h"

namespace pawl::testing {

struct FixtureCase {
  std::string name;
  nlohmann::json facts;

  std::vector<int64_t> shape() const { return facts.at("shape").get<std::vector<int64_t>>(); }
};

class Fixture {
 public:
  // tests/fixtures/<family>.safetensors; fails the test where it cannot be read.
  explicit Fixture(const std::string& family);

  // Cases whose name begins with `prefix`, in order of their names; never none.
  std::vector<FixtureCase> Cases(absl::string_view prefix = "") const;

  bool Has(const std::string& name) const { return reader_->Find(name) != nullptr; }
  // A copy that may be written; fails the test when it is not there.
  Tensor Get(const std::string& name) const;
  // An absent tensor is empty.
  Tensor GetOrEmpty(const std::string& name) const;

 private:
  std::unique_ptr<SafetensorsReader> reader_;
};

enum class ZeroSign { kCounts, kIgnored };

// Checks that the tensor validates and that Dequantize() gives the peer's values (f32, f16 or
// bf16) bit for bit, any NaN equal to any NaN.
void CheckDecodes(const QuantizedTensor& tensor, const Tensor& expected,
                  ZeroSign zero_sign = ZeroSign::kCounts);

// Checks type, shape and bytes.
void CheckSame(const Tensor& actual, const Tensor& expected, const std::string& what);

// Checks that it is an error whose message holds `part`.
void CheckFails(const absl::Status& status, const std::string& part);

// `tensor` with one dimension changed by `delta`, for errors of size.
Tensor Resized(const Tensor& tensor, int axis, int64_t delta);

}  // namespace pawl::testing

#endif  // PAWL_TESTS_FORMATS_CODECS_FIXTURE_H_
