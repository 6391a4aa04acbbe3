// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A BERT encoder of a few thousand weights as a Hugging Face folder, and its last hidden states by
// plain loops in f64.

#ifndef PAWL_TESTS_MODELS_TINY_ENCODER_H_
#define PAWL_TESTS_MODELS_TINY_ENCODER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "tests/models/plain_model.h"

namespace pawl::testing {

struct TinyEncoder {
  int vocabulary = 40, width = 64, inner = 96, layers = 2, heads = 4, context = 32, types = 2;
  std::string activation = "gelu";  // or gelu_new, relu
  std::string prefix;               // of names in the file
  bool old_names = false;           // gamma and beta
  bool pooler = true;
  int begin_id = -1;  // its line of vocab.txt; -1: there is no such file
  bool bf16 = false;
  std::string more;  // JSON to add to config.json: `,"key":value`

  PlainWeights weights;

  // Draws weights, the same ones each time.
  void Fill();
  void Write(const std::string& folder) const;
  // [ids, width], of one sequence.
  std::vector<double> Hidden(const std::vector<int32_t>& ids) const;
  std::vector<int64_t> Shape(const std::string& name) const;
};

}  // namespace pawl::testing

#endif  // PAWL_TESTS_MODELS_TINY_ENCODER_H_
