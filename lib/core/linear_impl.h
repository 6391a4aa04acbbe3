// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Parts of QuantizedLinear, split over linear.cc (making one), linear_run.cc (calls),
// linear_setup.cc (options), linear_pack.cc and linear_panels.cc (integer weights),
// linear_prepare.cc (activations), linear_tile.cc (products and epilogues).

#ifndef PAWL_LIB_CORE_LINEAR_IMPL_H_
#define PAWL_LIB_CORE_LINEAR_IMPL_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "kernels/target.h"
#include "lib/core/linear_panels.h"
#include "lib/core/packed_array.h"
#include "lib/core/row_decoder.h"
#include "pawl/linear.h"

namespace pawl {

// Rows of x that go through the weights together - more of them where all weights are decoded each
// time -, and rows of W that one task takes. Neither changes a result.
inline constexpr int64_t kLinearBatch = 256;
inline constexpr int64_t kFloatBatch = 512;  // weight-only
inline constexpr int64_t kLinearTile = 32;   // at most, without panels; LinearTileRows

// Results of a task with panels, in elements: these stay in the second-level cache. But kernels
// share each value of x between two panels.
inline constexpr size_t kPanelValues = 16384;
inline constexpr size_t kPanelsAtLeast = 2;

// Calls with panels and fewer multiply-adds stay on one thread: waking another takes as long.
inline constexpr int64_t kLeastShared = int64_t{1} << 19;

// Longest run of columns whose products int32 holds for every type of activation.
inline constexpr int64_t kLinearDepth = 65536;

// Integer weights that do not go into panels, and what both forms share: how columns are cut into
// groups, and the outliers. Columns permuted so that each group is one run, arrays by group first:
// entry g * rows + row. A weight is scale * (code - zero) - minimum.
struct PackedWeights {
  int64_t rows = 0;
  int64_t cols = 0;
  int64_t groups = 0;              // for each row
  std::vector<int64_t> run_begin;  // [groups + 1]
  std::vector<int32_t> columns;    // original column of each packed one; empty: the same
  Tensor codes;                    // i8 [rows, cols]
  PackedArray<float> scales;
  PackedArray<int32_t> zeros;   // empty: none
  PackedArray<float> minimums;  // empty: none
  PackedArray<int64_t> sums;    // sum of (code - zero); empty unless activations have a zero point
  std::vector<int32_t> outlier_columns;
  PackedArray<float> outlier_values;  // [rows, outliers]

  size_t size_bytes() const;
};

// What kIntegerOnly does with a sum.
struct IntegerOutput {
  std::vector<int64_t> bias;  // empty: none
  std::vector<FixedPointMultiplier> multipliers;
  int32_t zero_point = 0;
  int32_t low = 0;  // of the clamp
  int32_t high = 0;
  RequantizeRounding rounding = RequantizeRounding::kClassic;
  bool wide = false;
};

struct QuantizedLinear::Impl {
  const char* kind = "linear layer";  // in messages
  bool gives_sums = false;            // whether output_dtype may be i32
  LinearOptions options;              // without the bias
  int64_t rows = 0;                   // N
  int64_t cols = 0;                   // K
  Scheme scheme;                      // of the weights, as their shape
  std::vector<int64_t> shape;
  std::optional<QuantizedTensor> weights;
  std::optional<RowDecoder> decoder;  // weight-only; looks at *weights
  PackedWeights packed;
  PanelWeights panels;  // where they are not empty, `packed` has no codes
  IntegerOutput integer;
  std::vector<float> bias;
  Tensor input_scale;
  Tensor rotation_signs;
  int32_t rotation_block = 0;

  bool weight_only() const { return options.mode == LinearMode::kWeightOnly; }
  bool bf16() const { return options.compute == LinearCompute::kBf16; }
  bool dynamic() const { return options.mode == LinearMode::kDynamicInt8; }
  bool integer_only() const { return options.mode == LinearMode::kIntegerOnly; }
  bool transforms() const { return rotation_block > 0 || !input_scale.empty(); }
  bool per_group() const {
    return dynamic() && options.activation_groups == ActivationScale::kPerTokenAndGroup;
  }
  int64_t batch() const { return weight_only() ? kFloatBatch : kLinearBatch; }
  // Type of activation codes.
  DType code_type() const { return dynamic() ? DType::kI8 : options.activation_dtype; }
  int32_t zero_point() const { return dynamic() ? 0 : options.activation_zero_point; }
};

// Rows of x made ready for the tiles, all in the context's scratch.
struct PreparedRows {
  int64_t rows = 0;
  const float* values = nullptr;   // weight-only: x'
  const uint16_t* bf16 = nullptr;  // or this, where the target has products of bf16
  int64_t value_stride = 0;        // of either
  const void* codes = nullptr;     // integer modes
  int64_t code_stride = 0;
  const float* scales = nullptr;    // [rows] or, per group, [rows, groups]; NaN spoils the row
  const int64_t* sums = nullptr;    // [rows, groups]: sum of codes
  const float* outliers = nullptr;  // [rows, outliers]
  kernels::PanelInput panel;        // where weights are in panels
};

// Offsets in bytes of what a call keeps in scratch: shared arrays, then one part for each worker.
struct LinearWorkspace {
  size_t values = 0, codes = 0, scales = 0, sums = 0, outliers = 0, wide = 0, shifted = 0;
  size_t shared = 0;
  size_t row = 0, row2 = 0, codes_row = 0, decode = 0, acc = 0, out = 0;
  size_t worker = 0;

  size_t total(int threads) const { return shared + worker * static_cast<size_t>(threads); }
};
LinearWorkspace MakeLinearWorkspace(const QuantizedLinear::Impl& impl, int64_t m);

// Types of float activations, and of biases.
inline bool IsActivation(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16;
}

// linear.cc: "linear layer 'name': why".
std::string LinearMessage(const QuantizedLinear::Impl& impl, absl::string_view why);

// linear_setup.cc. Checks impl->options and fills in everything else.
absl::Status SetUpLinear(QuantizedTensor weights, const Tensor& bias, Context* context,
                         QuantizedLinear::Impl* impl);
// Its parts, for weights that are packed already.
absl::Status CheckLinearOptions(const QuantizedLinear::Impl& impl);
absl::Status SetFloatBias(const Tensor& bias, QuantizedLinear::Impl* impl);
absl::Status SetUpIntegerOnly(const Tensor& bias, QuantizedLinear::Impl* impl);

// linear_pack.cc. The error says why these weights cannot be had as integers.
absl::Status PackIntegerWeights(const QuantizedTensor& weights, bool with_sums, Context* context,
                                PackedWeights* packed);

// linear_panels.cc. Fills in impl->panels and impl->packed, or leaves both where panels do not
// suit.
absl::Status PackPanels(const QuantizedTensor& weights, Context* context,
                        QuantizedLinear::Impl* impl);
// What follows from how columns are cut: lengths of groups in panels and panels->matrix's numbers
// of chunks and groups. False where panels do not suit.
bool LayOutGroups(const PackedWeights& packed, PanelWeights* panels);
// What follows from the activations' type and zero point.
void SetPanelActivations(const QuantizedLinear::Impl& impl, PanelWeights* panels);
void SetZeroSums(const PackedWeights& packed, PanelWeights* panels);
// Bits of a panel's codes for an element.
int PanelBits(const Element& element);
// Codes of row m in the layout's order, as quantized or given, into the shared arrays.
void PreparePanelRow(const QuantizedLinear::Impl& impl, const LinearWorkspace& space, int64_t m,
                     kernels::Target target, const void* codes, char* shared);
kernels::PanelInput PreparedPanels(const QuantizedLinear::Impl& impl, const LinearWorkspace& space,
                                   int64_t rows, char* shared);

// linear_prepare.cc. Rows [begin, end) of x into the shared arrays; `worker` is that worker's
// memory. Rows go so many at a time, from a multiple of that on.
int64_t RowsTogether(const QuantizedLinear::Impl& impl, kernels::Target target);
void PrepareRows(const QuantizedLinear::Impl& impl, const LinearWorkspace& space,
                 const InputView& x, int64_t begin, int64_t end, kernels::Target target,
                 char* shared, char* worker);
// What PrepareRows left, or x itself where no preparation is needed.
bool NeedsPreparation(const QuantizedLinear::Impl& impl, const InputView& x);
PreparedRows Prepared(const QuantizedLinear::Impl& impl, const LinearWorkspace& space,
                      const InputView& x, kernels::Target target, char* shared);

// linear_tile.cc.
// Rows of W in a task, for so many rows of x and threads.
int64_t LinearTileRows(const QuantizedLinear::Impl& impl, int64_t m, int threads,
                       kernels::Target target);
// Columns [begin, end) of y for all prepared rows.
void RunTile(const QuantizedLinear::Impl& impl, const LinearWorkspace& space, const PreparedRows& x,
             const OutputView& y, int64_t begin, int64_t end, kernels::Target target, char* worker);

}  // namespace pawl

#endif  // PAWL_LIB_CORE_LINEAR_IMPL_H_
