// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// quant_state of bitsandbytes' 4-bit weights: JSON in a tensor of bytes. Layout: functional.py
// (QuantState.as_dict(packed=True)).

#ifndef PAWL_LIB_FORMATS_CODECS_BITSANDBYTES_STATE_H_
#define PAWL_LIB_FORMATS_CODECS_BITSANDBYTES_STATE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pawl/quantized_tensor.h"
#include "pawl/scheme.h"
#include "pawl/tensor.h"

namespace pawl {

inline constexpr absl::string_view kBitsAndBytes4 = "bitsandbytes 4-bit";

struct QuantState {
  TableKind table = TableKind::kNF4;
  Arithmetic dtype = Arithmetic::kF32;
  int64_t blocksize = 64;
  std::vector<int64_t> shape;
  int64_t nested_blocksize = 0;  // 0: not nested
  float nested_offset = 0.0f;
};

// Errors: InvalidArgument naming the key. What `nested` weights have beside is read for them only.
absl::StatusOr<QuantState> ParseQuantState(const Tensor& text, bool nested);

// Back, as bitsandbytes writes it; `type` is nf4 or fp4.
std::string QuantStateText(const QuantizedTensor& tensor, int64_t blocksize,
                           absl::string_view type);

}  // namespace pawl

#endif  // PAWL_LIB_FORMATS_CODECS_BITSANDBYTES_STATE_H_
