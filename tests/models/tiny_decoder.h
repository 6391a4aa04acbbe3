// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A decoder of a few hundred weights as a Hugging Face folder, and its logits by plain loops in
// f64.

#ifndef PAWL_TESTS_MODELS_TINY_DECODER_H_
#define PAWL_TESTS_MODELS_TINY_DECODER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "pawl/context.h"
#include "tests/models/plain_model.h"

namespace pawl::testing {

struct TinyDecoder {
  std::string type = "llama";
  int vocabulary = 40, width = 64, inner = 96, layers = 2, heads = 4, kv_heads = 2, head = 16;
  int context = 32, window = 0;
  bool biases = false;      // of queries, keys and values
  bool head_norms = false;  // of queries and keys
  bool tied = true;
  bool bf16 = false;  // what Fill() draws and Write() writes
  double base = 10000.0;
  std::string more;  // JSON to add to config.json: `,"key":value`

  PlainWeights weights;

  // Draws weights, the same ones each time.
  void Fill();
  void Write(const std::string& folder) const;
  // [ids, vocabulary].
  std::vector<double> Logits(const std::vector<int32_t>& ids) const;
  std::vector<int64_t> Shape(const std::string& name) const;
};

// Models that differ in what a change of weights must know of.
struct DecoderCase {
  const char* what;
  TinyDecoder decoder;
};
std::vector<DecoderCase> DecoderCases();

// Of magnitudes; of two runs' logits.
double Largest(const std::vector<double>& x);
double Difference(const std::vector<double>& a, const std::vector<double>& b);

// Ids of a text such as a person might write: some often, some never.
std::vector<int32_t> Text(size_t count);

std::unique_ptr<Context> MakeContext(int threads = 2, const std::string& target = "");

}  // namespace pawl::testing

#endif  // PAWL_TESTS_MODELS_TINY_DECODER_H_
