// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Schemes of every element, and tensors of them with any codes and parameters.

#ifndef PAWL_TESTS_FUZZ_HOSTILE_SCHEME_H_
#define PAWL_TESTS_FUZZ_HOSTILE_SCHEME_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "fuzz.h"
#include "pawl/quantized_tensor.h"
#include "pawl/scheme.h"

namespace pawl::fuzz {

// A scheme of ParseScheme's words, sometimes with the parts that have none: input scale, rotation,
// outliers, an index map, another arithmetic.
Scheme TextScheme(Input& input);

// Codes as the input says, or extreme ones, parameters plain or hostile (zeros, infinities, NaN);
// signs and indices are valid. Errors: what QuantizedTensor::Create says of scheme and shape.
absl::StatusOr<QuantizedTensor> RandomTensor(Input& input, const Scheme& scheme,
                                             const std::vector<int64_t>& shape);

}  // namespace pawl::fuzz

#endif  // PAWL_TESTS_FUZZ_HOSTILE_SCHEME_H_
