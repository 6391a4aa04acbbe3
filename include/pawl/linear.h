// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// QuantizedLinear: y = activation(x . W^T + bias) with W a QuantizedTensor [out, in], in float or
// in integer arithmetic. x is [M, K], y is [M, N]; N = W's rows, K = W's columns.

#ifndef PAWL_INCLUDE_PAWL_LINEAR_H_
#define PAWL_INCLUDE_PAWL_LINEAR_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/dtype.h"
#include "pawl/matrix_view.h"
#include "pawl/quantized_tensor.h"
#include "pawl/requantize.h"
#include "pawl/tensor.h"

namespace pawl {

class Context;
struct PackedAccess;

// What is computed in which arithmetic. Every scheme runs weight-only; the integer modes take
// integer elements of up to 8 bits (int, uint, ternary, binary) with any zero point or minimum,
// level tables that are integers (e2m1, whose levels are doubled, and GGUF's iq4; others by
// LinearOptions::round_levels), in groups that are runs of columns (tensor, row channels, along
// rows, 2D blocks, flat groups that do not straddle rows) or an index map. Values are part of the C
// ABI: never renumber.
enum class LinearMode : uint8_t {
  kWeightOnly = 0,   // weights decoded to f32, float activations as they are
  kDynamicInt8 = 1,  // float activations quantized per token while running
  kStaticInt8 = 2,   // float activations quantized with a given scale, or given as codes
  kIntegerOnly = 3,  // codes in, codes out, no float arithmetic while running
};

// kDynamicInt8: which activations share a scale.
enum class ActivationScale : uint8_t {
  kPerToken = 0,
  // One for each token and weight group: an outlier coarsens its own group alone.
  kPerTokenAndGroup = 1,
};

enum class FusedActivation : uint8_t {
  kNone = 0,
  kRelu = 1,
  kRelu6 = 2,
  kSilu = 3,       // v / (1 + exp(-v))
  kGelu = 4,       // v * Phi(v), with the error function
  kGeluTanh = 5,   // its tanh approximation
  kHardSwish = 6,  // v * clamp(v + 3, 0, 6) / 6
};

// kWeightOnly: in which arithmetic. Values are part of the C ABI: never renumber.
enum class LinearCompute : uint8_t {
  kF32 = 0,
  // Products of bf16 with sums in f32: of many rows twice as fast where the CPU has AVX512_BF16,
  // several times where it has AMX-BF16. An approximation, and the only results that may differ
  // from one target to another; "Numbers" below has the bound.
  kBf16 = 1,
};

// "weight_only", "dynamic_int8", "static_int8", "integer_only".
absl::string_view LinearModeName(LinearMode mode);

struct LinearOptions {
  std::string name = {};  // of the layer or its weights, for error messages
  LinearMode mode = LinearMode::kWeightOnly;
  ActivationScale activation_groups = ActivationScale::kPerToken;  // kDynamicInt8
  FusedActivation activation = FusedActivation::kNone;
  LinearCompute compute = LinearCompute::kF32;  // kWeightOnly; linear layers only

  // Integer modes: round the levels of other tables of up to 16 (nf4, fp4, powers of two, a
  // codebook of the whole tensor) to 127 steps of the largest magnitude, half to even. An
  // approximation: a weight changes by up to 1/254 of its group's largest level.
  bool round_levels = false;

  // Absent or [N]: f32, f16 or bf16. kIntegerOnly also takes i32 (and i64), then in units of
  // activation_scale * the row's weight scale; it rounds a float bias to that, half to even.
  Tensor bias = {};

  // kStaticInt8 and kIntegerOnly: the real activation is activation_scale * (code - zero_point).
  // i8, u8, or i16 (then sums are 64 bits wide). The scale must be in [2^-100, 2^100].
  DType activation_dtype = DType::kI8;
  float activation_scale = 0.0f;
  int32_t activation_zero_point = 0;

  // kIntegerOnly: the same for the results. i8, u8 or i16; i16 exactly where activations are.
  DType output_dtype = DType::kI8;
  float output_scale = 0.0f;
  int32_t output_zero_point = 0;
  RequantizeRounding rounding = RequantizeRounding::kClassic;  // of i8 and u8; i16 has one way
  // Absent, or one for each row (or one for all), instead of those that the scales give.
  std::vector<FixedPointMultiplier> multipliers = {};

  // The integer modes keep a packed copy of the weights. True: keep nothing of the tensor that was
  // given (weight-only makes a copy of its own), so that a mapped file can be closed.
  bool release_canonical = false;
};

// Numbers. A row of y depends on its row of x alone, and every bit of y is the same for every
// target, thread count, batch and run (every target but for compute kBf16). Let x' = t * (R x),
// with the scheme's rotation R (hadamard.h's order of operations) and input_scale t, each where the
// scheme has it, in f32.
//
//   weight-only   v = sum over k of x'[k] * w[k] in f32, in the fixed order of kernels/matmul.h,
//                 w = the row that DequantizeRows gives before input_scale and rotation.
//                 compute kBf16: x' and w are first rounded half to even to bf16, X and W; the sum
//                 is of X[k] * W[k] in f32, in the same order where the target has no products of
//                 bf16 (the same bits on all of those), else in that of kernels/matmul_bf16.h or,
//                 with AMX, matmul_bf16_tiles.h, which take denormal numbers as zero. With
//                 T = sum over k of |x'[k] * w[k]| and v* the exact sum over k of x'[k] * w[k]
//                   |v - v*| <= (2^-7 + 2^-15 + (K / 16 + 8) 2^-23) T + K 2^-110 (1 + L),
//                 L the largest magnitude of x' and w: 2^-8 for each rounding, the lanes' sums, and
//                 what is lost below 2^-126. Finite values above 2^127 (2 - 2^-8) become infinite.
//   dynamic       over the columns that share a scale but for outlier columns: a = max |x'|,
//                 sx = a / 127, code = round_half_even(x' / sx) in [-127, 127]; a < 2^-100 gives
//                 sx = 0 and codes 0.
//   static        code = clamp(round_half_even(x' / sx) + zx). Infinity saturates.
//                 q is the element's number; of a level table's the integer (a double for e2m1,
//                 with half the scale), or with round_levels the step, with f32(scale * largest /
//                 127).
//   both          A_g = sum over the group of (code - zx) * (q - z), exact; S_g = sum of
//                 (code - zx). With s_g, m_g the group's weight scale and minimum (a float zero
//                 counts as minimum zero * scale; post_scale multiplies both), f32:
//                   v = 0; for g ascending: v = fma(s_g, float(A_g), v),
//                                           v = fma(-m_g, float(S_g), v) where minima exist;
//                   v = sx * v.
//                 Per token and group, s_g and m_g are first multiplied by the group's sx, and the
//                 last line falls away. The scheme's `arithmetic` does not matter here.
//                 Outlier columns have code zx; they add o = 0; for j ascending:
//                 o = fma(x'[j], w[j], o); v = v + o.
//   all of these  y = activation(v + bias), rounded half to even to y's type.
//   integer-only  v = saturate32(sum of (code - zx) * (q - z) + bias),
//                 y = clamp(Requantize(v, multiplier) + zy), RequantizeWide where i16; the
//                 multiplier is the nearest to double(sx) * s / sy. relu and relu6 narrow the
//                 clamp.
//
// A NaN in a row of x makes all of its results NaN in the static and dynamic modes, an infinity
// does so in the dynamic ones (except in outlier columns, which are float arithmetic); weight-only
// follows float arithmetic. An all-zero row gives activation(bias).
//
// Immutable: threads may share one, each with a context of its own.
class QuantizedLinear {
 public:
  // Takes the weights (a shallow copy) and packs them, on the context's threads if there is one.
  // Errors: InvalidArgument naming the layer and the option or part that does not fit; the message
  // says which modes would take these weights. ResourceExhausted.
  static absl::StatusOr<QuantizedLinear> Create(QuantizedTensor weights,
                                                const LinearOptions& options = {},
                                                Context* context = nullptr);

  // x: f32, f16 or bf16; kStaticInt8 also takes codes (activation_dtype) where the weights have
  // neither rotation nor input_scale, kIntegerOnly takes nothing else. y: f32, f16 or bf16, or
  // output_dtype for kIntegerOnly. M may be 0. After the first call of a shape nothing is
  // allocated. Errors: InvalidArgument (shapes and types that do not fit, both named), Cancelled,
  // ResourceExhausted (scratch).
  absl::Status Run(const InputView& x, const OutputView& y, Context& context) const;

  // Several layers on the same x, as attention's query, key and value: ys[i] is layer i's result,
  // bit for bit as Run gives it. x is quantized (or converted) once for all layers that share it,
  // and their work is one list of tasks for the threads. Any layers may be given together.
  // Errors: as Run, before anything is written; InvalidArgument for unequal numbers.
  static absl::Status RunGroup(absl::Span<const QuantizedLinear* const> layers, const InputView& x,
                               absl::Span<const OutputView> ys, Context& context);
  // Whether the two would share x: the same mode, activation settings and groups of columns (and
  // zero points or minimums alike), 8-bit weights both or neither, no rotation or input_scale.
  bool SharesInput(const QuantizedLinear& other) const;

  // Scratch that Run or RunGroup takes from a context of `threads` threads for M rows, in bytes.
  size_t WorkspaceBytes(int64_t m, int threads) const;
  static size_t GroupWorkspaceBytes(absl::Span<const QuantizedLinear* const> layers, int64_t m,
                                    int threads);

  int64_t out_features() const;
  int64_t in_features() const;
  LinearMode mode() const;
  const std::string& name() const;
  // Bytes that the layer itself keeps, canonical weights included.
  size_t size_bytes() const;
  // The weights in canonical form; null once released.
  const QuantizedTensor* canonical() const;

  struct Impl;

 private:
  friend class LinearRun;
  friend struct PackedAccess;
  explicit QuantizedLinear(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
  std::shared_ptr<const Impl> impl_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_LINEAR_H_
