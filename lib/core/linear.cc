// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/linear.h"

#include <new>

#include "absl/strings/str_cat.h"
#include "kernels/float_env.h"
#include "lib/core/linear_impl.h"
#include "lib/core/status_macros.h"

namespace pawl {

using Impl = QuantizedLinear::Impl;

std::string LinearMessage(const Impl& impl, absl::string_view why) {
  return impl.options.name.empty() ? absl::StrCat(impl.kind, ": ", why)
                                   : absl::StrCat(impl.kind, " '", impl.options.name, "': ", why);
}

absl::string_view LinearModeName(LinearMode mode) {
  switch (mode) {
    case LinearMode::kWeightOnly:
      return "weight_only";
    case LinearMode::kDynamicInt8:
      return "dynamic_int8";
    case LinearMode::kStaticInt8:
      return "static_int8";
    case LinearMode::kIntegerOnly:
      return "integer_only";
  }
  return "invalid";
}

absl::StatusOr<QuantizedLinear> QuantizedLinear::Create(QuantizedTensor weights,
                                                        const LinearOptions& options,
                                                        Context* context) {
  const kernels::FloatEnvironment environment;
  try {
    auto impl = std::make_shared<Impl>();
    impl->options = options;
    impl->options.bias = Tensor();
    PAWL_RETURN_IF_ERROR(SetUpLinear(std::move(weights), options.bias, context, impl.get()));
    return QuantizedLinear(std::move(impl));
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat("linear layer '", options.name, "': no memory for its packed weights"));
  }
}

int64_t QuantizedLinear::out_features() const { return impl_->rows; }
int64_t QuantizedLinear::in_features() const { return impl_->cols; }
LinearMode QuantizedLinear::mode() const { return impl_->options.mode; }
const std::string& QuantizedLinear::name() const { return impl_->options.name; }

size_t QuantizedLinear::size_bytes() const {
  const size_t canonical = impl_->weights.has_value() ? impl_->weights->size_bytes() : 0;
  return canonical + impl_->packed.size_bytes() + impl_->panels.size_bytes() +
         impl_->bias.size() * sizeof(float) + impl_->integer.bias.size() * sizeof(int64_t) +
         impl_->integer.multipliers.size() * sizeof(FixedPointMultiplier);
}

const QuantizedTensor* QuantizedLinear::canonical() const {
  return impl_->options.release_canonical || !impl_->weights.has_value() ? nullptr
                                                                         : &*impl_->weights;
}

}  // namespace pawl
