// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "checkpoint_check.h"

#include <bit>
#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "pawl/context.h"

namespace pawl::fuzz {
namespace {

constexpr int64_t kMostBytes = 1 << 16;
constexpr int64_t kMostElements = 1 << 16;

std::vector<float> Values(const QuantizedTensor& tensor, Context* context) {
  std::vector<float> values(static_cast<size_t>(tensor.num_elements()));
  const absl::Status status = Dequantize(tensor, absl::MakeSpan(values), context);
  PAWL_FUZZ_CHECK(status.ok(), status.ToString());
  return values;
}

void CheckEqual(const std::vector<float>& a, const std::vector<float>& b, const std::string& what) {
  PAWL_FUZZ_CHECK(a.size() == b.size(), what);
  for (size_t i = 0; i < a.size(); ++i) {
    const bool same = std::bit_cast<uint32_t>(a[i]) == std::bit_cast<uint32_t>(b[i]) ||
                      (std::isnan(a[i]) && std::isnan(b[i]));
    PAWL_FUZZ_CHECK(same, what + ", element " + std::to_string(i) + ": " + std::to_string(a[i]) +
                              " and " + std::to_string(b[i]));
  }
}

std::unique_ptr<Context> ContextOf(const char* target) {
  ContextOptions options;
  options.threads = 1;
  options.target = target;
  return *Context::Create(options);
}

}  // namespace

Tensor Tensors::Of(DType dtype, std::vector<int64_t> shape, std::vector<uint8_t> data) {
  bytes_ += data.size();
  const auto owner = std::make_shared<const std::vector<uint8_t>>(std::move(data));
  const absl::StatusOr<Tensor> tensor =
      Tensor::View(dtype, shape, owner->data(), owner->size(), owner);
  return tensor.ok() ? *tensor : Tensor();
}

Tensor Tensors::Like(std::initializer_list<DType> dtypes, std::vector<int64_t> shape) {
  const uint8_t how = input_.Byte();
  DType dtype = dtypes.begin()[how % dtypes.size()];
  if (how >= 240) {
    switch (how & 7) {
      case 0:
        return Tensor();
      case 1:
        dtype = static_cast<DType>(input_.Int(0, kNumDTypes - 1));
        break;
      case 2:
        if (!shape.empty()) shape.pop_back();
        break;
      case 3:
        shape.push_back(1);
        break;
      default:
        if (!shape.empty()) shape[static_cast<size_t>(how >> 3 & 1) % shape.size()] = Dim();
        break;
    }
  }
  const absl::StatusOr<int64_t> count = CheckedNumElements(shape, DTypeSize(dtype));
  if (!count.ok() || *count > kMostBytes) return Tensor();
  return Of(dtype, shape, input_.Filled(static_cast<size_t>(*count) * DTypeSize(dtype)));
}

int64_t Tensors::Dim(int64_t most) {
  const uint8_t byte = input_.Byte();
  if (byte >= 253) return static_cast<int64_t>(uint64_t{1} << input_.Int(20, 62)) + byte - 254;
  if (byte >= 248) return 0;
  return 1 + byte % most;
}

int64_t Tensors::GroupSize() {
  constexpr int64_t kSizes[] = {-1, 32, 16,  64,   128, 8,         1,
                                0,  3,  256, 4096, -2,  INT64_MAX, INT64_MIN};
  const uint8_t byte = input_.Byte();
  return byte < std::size(kSizes) ? kSizes[byte] : 1 + byte % 40;
}

void CheckDecoded(const QuantizedTensor& tensor) {
  const absl::Status valid = tensor.Validate();
  PAWL_FUZZ_CHECK(valid.ok(), valid.ToString());
  if (tensor.num_elements() > kMostElements) return;
  static const std::unique_ptr<Context> scalar = ContextOf("scalar");
  static const std::unique_ptr<Context> best = ContextOf("");
  CheckEqual(Values(tensor, scalar.get()), Values(tensor, best.get()),
             "scalar and " + std::string(best->target()));
}

bool SameTensor(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && a.shape() == b.shape() &&
         (a.size_bytes() == 0 || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
}

void CheckSameValues(const QuantizedTensor& a, const QuantizedTensor& b) {
  PAWL_FUZZ_CHECK(a.shape == b.shape, ShapeString(a.shape) + " " + ShapeString(b.shape));
  if (a.num_elements() > kMostElements) return;
  CheckEqual(Values(a, nullptr), Values(b, nullptr), "written and read");
}

}  // namespace pawl::fuzz
