// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The digits net of examples/models/digits: three linear layers with ReLU between, in float and
// quantized.

#ifndef PAWL_EXAMPLES_QUICKSTART_NET_H_
#define PAWL_EXAMPLES_QUICKSTART_NET_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pawl/context.h"
#include "pawl/linear.h"
#include "pawl/observer.h"
#include "pawl/tensor.h"

namespace quickstart {

struct FloatLayer {
  std::string name;
  pawl::Tensor weight;  // f32 [out, in]
  pawl::Tensor bias;    // f32 [out]
};

struct Images {
  std::vector<float> pixels;  // [count, 64] in [0, 1]
  std::vector<uint8_t> labels;
  int64_t count = 0;
};

absl::StatusOr<std::vector<FloatLayer>> LoadNet(const std::string& path);
absl::StatusOr<Images> LoadImages(const std::string& path);

// Logits [count, 10] in plain float loops: what everything is compared with. `observers`, one for
// the input of each layer and one for the output, may be empty.
absl::StatusOr<std::vector<float>> RunFloat(const std::vector<FloatLayer>& net,
                                            const Images& images,
                                            std::vector<pawl::Observer>& observers);

// The same through quantized layers, which carry bias and ReLU themselves. Activations between
// layers are f32, or codes where the layers are integer-only.
absl::StatusOr<std::vector<float>> RunQuantized(const std::vector<pawl::QuantizedLinear>& layers,
                                                const Images& images, pawl::QParams input,
                                                pawl::QParams output, pawl::Context& context);

// Images whose largest logit is the label's.
int CountRight(const std::vector<float>& logits, const Images& images);

}  // namespace quickstart

#endif  // PAWL_EXAMPLES_QUICKSTART_NET_H_
