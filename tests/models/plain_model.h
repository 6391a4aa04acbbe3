// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// What the tiny models of tests have in common: plain loops in f64, and a folder's weights.

#ifndef PAWL_TESTS_MODELS_PLAIN_MODEL_H_
#define PAWL_TESTS_MODELS_PLAIN_MODEL_H_

#include <cstdint>
#include <functional>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace pawl::testing {

using PlainValues = std::vector<double>;
using PlainWeights = std::map<std::string, PlainValues>;  // values that f32 (or bf16) holds
using ShapeOfWeight = std::function<std::vector<int64_t>(const std::string&)>;

// x [rows, in] . w[out, in]^T.
PlainValues Multiply(const PlainValues& x, const PlainValues& w, int out, int in);
// To each row of x.
void AddRow(PlainValues& x, const PlainValues& row);

// Values of a tensor: around 1 for a norm's weight, else around 0.
PlainValues Draw(std::mt19937& random, const std::vector<int64_t>& shape, bool norm, bool bf16);

// model.safetensors. `prefix` goes in front of the names.
void WriteWeights(const std::string& folder, const PlainWeights& weights,
                  const ShapeOfWeight& shape, bool bf16, const std::string& prefix = "");

}  // namespace pawl::testing

#endif  // PAWL_TESTS_MODELS_PLAIN_MODEL_H_
