// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Linear layers: random scheme, shape, mode and activations, on every target with one and two
// threads against the scalar target with one, bit for bit; and row by row against all rows at once.

#include <cmath>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"
#include "hostile_linear.h"
#include "hostile_scheme.h"
#include "pawl/context.h"
#include "pawl/float_types.h"
#include "pawl/linear.h"
#include "pawl/quantizer.h"

namespace pawl::fuzz {
namespace {

struct Call {
  DType x_dtype = DType::kF32, y_dtype = DType::kF32;
  int64_t m = 1, n = 1, k = 1;
  std::vector<uint8_t> x;
};

std::vector<uint8_t> Activations(Input& input, DType dtype, int64_t count) {
  const size_t size = DTypeSize(dtype);
  std::vector<uint8_t> out(static_cast<size_t>(count) * size);
  if (dtype == DType::kI8 || dtype == DType::kU8 || dtype == DType::kI16) {
    return input.Filled(out.size());
  }
  uint32_t state = 12345;
  for (size_t i = 0; i < static_cast<size_t>(count); ++i) {
    state = state * 1664525u + 1013904223u;
    const float value =
        input.empty() ? static_cast<float>(static_cast<int32_t>(state)) * 0x1p-30f : input.Float();
    const uint16_t half = dtype == DType::kF16 ? F32ToF16(value) : F32ToBF16(value);
    if (size == 4) std::memcpy(&out[i * 4], &value, 4);
    if (size == 2) std::memcpy(&out[i * 2], &half, 2);
  }
  return out;
}

float ValueAt(const std::vector<uint8_t>& y, DType dtype, size_t i) {
  float value = 0.0f;
  uint16_t half = 0;
  if (dtype == DType::kF32) std::memcpy(&value, &y[i * 4], 4);
  if (dtype == DType::kF16 || dtype == DType::kBF16) std::memcpy(&half, &y[i * 2], 2);
  if (dtype == DType::kF16) value = F16ToF32(half);
  if (dtype == DType::kBF16) value = BF16ToF32(half);
  return value;
}

void CheckSame(const std::vector<uint8_t>& a, const std::vector<uint8_t>& b, DType dtype,
               const std::string& what) {
  const size_t size = DTypeSize(dtype);
  for (size_t i = 0; i * size < a.size(); ++i) {
    if (std::memcmp(&a[i * size], &b[i * size], size) == 0) continue;
    const float x = ValueAt(a, dtype, i), y = ValueAt(b, dtype, i);
    PAWL_FUZZ_CHECK(std::isnan(x) && std::isnan(y), what + ", result " + std::to_string(i) + ": " +
                                                        std::to_string(x) + " and " +
                                                        std::to_string(y));
  }
}

std::vector<std::unique_ptr<Context>> Contexts() {
  std::vector<std::unique_ptr<Context>> contexts;
  for (const absl::string_view target : SupportedTargets()) {
    for (const int threads : {1, 2}) {
      if (target == "scalar" && threads == 2) continue;
      ContextOptions options;
      options.threads = threads;
      options.target = std::string(target);
      options.spin_microseconds = 0;
      contexts.push_back(*Context::Create(options));
    }
  }
  return contexts;  // the scalar one first
}

std::vector<uint8_t> Run(const QuantizedLinear& linear, const Call& c, int64_t first, int64_t rows,
                         Context& context) {
  const size_t row = static_cast<size_t>(c.k) * DTypeSize(c.x_dtype);
  // Memory of exactly these rows.
  const std::vector<uint8_t> x(c.x.begin() + static_cast<int64_t>(row) * first,
                               c.x.begin() + static_cast<int64_t>(row) * (first + rows));
  std::vector<uint8_t> y(static_cast<size_t>(rows * c.n) * DTypeSize(c.y_dtype), 85);
  const absl::Status status =
      linear.Run({x.data(), c.x_dtype, rows, c.k}, {y.data(), c.y_dtype, rows, c.n}, context);
  if (!Succeeded(status)) y.clear();
  return y;
}

void Check(Input& input) {
  const Scheme scheme = TextScheme(input);
  Call c;
  c.m = input.Rarely() ? input.Int(0, 40) : input.Int(1, 5);
  c.n = input.Rarely() ? input.Int(0, 150) : input.Int(1, 40);
  c.k = input.Rarely() ? input.Int(0, 700) : input.Int(1, 8) * 32;
  const LinearOptions options = HostileLinearOptions(input, c.n);
  const absl::StatusOr<QuantizedTensor> weights = RandomTensor(input, scheme, {c.n, c.k});
  if (!Succeeded(weights.status())) return;
  static const std::vector<std::unique_ptr<Context>> contexts = Contexts();
  const auto linear = QuantizedLinear::Create(*weights, options, contexts.front().get());
  if (!Succeeded(linear.status())) return;
  constexpr DType kFloats[] = {DType::kF32, DType::kF16, DType::kBF16};
  const bool codes = options.mode == LinearMode::kIntegerOnly ||
                     (options.mode == LinearMode::kStaticInt8 && input.Bool());
  c.x_dtype = codes ? options.activation_dtype : input.Pick(kFloats);
  c.y_dtype = options.mode == LinearMode::kIntegerOnly ? options.output_dtype : input.Pick(kFloats);
  c.x = Activations(input, c.x_dtype, c.m * c.k);
  const std::vector<uint8_t> expected = Run(*linear, c, 0, c.m, *contexts.front());
  const std::string what = SchemeString(scheme) + " " + std::string(LinearModeName(options.mode));
  for (const auto& context : contexts) {
    const std::vector<uint8_t> y = Run(*linear, c, 0, c.m, *context);
    PAWL_FUZZ_CHECK(y.size() == expected.size(), what);
    CheckSame(y, expected, c.y_dtype,
              what + " on " + std::string(context->target()) + ", threads " +
                  std::to_string(context->threads()));
  }
  if (expected.empty() || c.m == 0) return;
  const size_t row = static_cast<size_t>(c.n) * DTypeSize(c.y_dtype);
  const auto last = static_cast<std::ptrdiff_t>(row) * (c.m - 1);
  CheckSame(Run(*linear, c, c.m - 1, 1, *contexts.back()),
            {expected.begin() + last, expected.end()}, c.y_dtype, what + ", the last row alone");
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(linear) {
  pawl::fuzz::Input input(bytes);
  pawl::fuzz::Check(input);
}
