// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantized weights as other tools keep them: several tensors for one weight. Each format is a
// struct of those tensors, under the names that they have in checkpoints, with two functions:
//
//   From<Format>  to canonical packing, W[out, in]. Dequantize() of the result has the values that
//                 the format's own code decodes, bit for bit. Parts are views of the given tensors
//                 where the layout allows it.
//   To<Format>    back: the same bytes from the same codes and parameters. Also takes what Pawl
//                 itself quantized, as far as the format can hold it.
//
// Tensors are little-endian as in files. Every part is checked (type, shape, indices), so hostile
// files give an error. Errors: InvalidArgument naming format and part.

#ifndef PAWL_INCLUDE_PAWL_CHECKPOINT_FORMATS_H_
#define PAWL_INCLUDE_PAWL_CHECKPOINT_FORMATS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "pawl/quantized_tensor.h"
#include "pawl/tensor.h"

namespace pawl {

// ---- GPTQ (AutoGPTQ, GPTQModel) -----------------------------------------------------------------

// value = (q - z) * scale, rounded to the type of the scales.
struct GptqTensors {
  Tensor qweight;  // i32 [ceil(in*bits/32), out]: bit stream along the inputs, low bits first
  Tensor qzeros;   // i32 [groups, ceil(out*bits/32)]: bit stream along the outputs
  Tensor scales;   // f16, bf16 or f32 [groups, out]
  Tensor g_idx;    // i32 [in], the group of each input; empty: input / group_size
  int bits = 4;    // 2, 3, 4 or 8
  int64_t group_size = -1;  // -1: all inputs
  // checkpoint_format "gptq": zero points are stored minus one. The peers subtract from whole words
  // (2, 4, 8 bits), so a zero point 0 borrows from its neighbour, or from each field (3 bits).
  bool v1 = true;
};

absl::StatusOr<QuantizedTensor> FromGptq(const GptqTensors& tensors);
absl::StatusOr<GptqTensors> ToGptq(const QuantizedTensor& tensor, bool v1);

// ---- AWQ, version "gemm" (AutoAWQ) --------------------------------------------------------------

// 4 bits; nibble i of word c holds output 8c + {0,2,4,6,1,3,5,7}[i]. value = (q - z) * scale in
// f16.
struct AwqTensors {
  Tensor qweight;            // i32 [in, out/8]
  Tensor qzeros;             // i32 [groups, out/8]
  Tensor scales;             // f16, bf16 or f32 [groups, out]
  int64_t group_size = 128;  // -1: all inputs
};

absl::StatusOr<QuantizedTensor> FromAwq(const AwqTensors& tensors);
absl::StatusOr<AwqTensors> ToAwq(const QuantizedTensor& tensor);

// ---- bitsandbytes -------------------------------------------------------------------------------

// nf4 and fp4. value = map[q] * absmax in f32, rounded to the state's dtype. Code 8 of fp4 is -0,
// as in the native kernels (the stored map has +0 there). Those ignore the stored map; one that is
// not the type's own is an error.
struct BitsAndBytes4Tensors {
  Tensor weight;            // u8 [ceil(n/2), 1], the first element in the high nibble
  Tensor absmax;            // f32 [blocks]; nested: u8 [blocks]
  Tensor quant_map;         // f32 [16]
  Tensor nested_absmax;     // f32 [ceil(blocks/nested_blocksize)]; empty: not nested
  Tensor nested_quant_map;  // f32 [256]
  Tensor quant_state;       // u8, JSON: quant_type, blocksize, dtype, shape, nested_*
  std::string quant_type;   // out only, the end of the state's name: "nf4" or "fp4"
};

absl::StatusOr<QuantizedTensor> FromBitsAndBytes4(const BitsAndBytes4Tensors& tensors);
absl::StatusOr<BitsAndBytes4Tensors> ToBitsAndBytes4(const QuantizedTensor& tensor);

// LLM.int8. value = (q * SCB) * (1/127).
struct BitsAndBytes8Tensors {
  Tensor weight;         // i8 [out, in]
  Tensor scb;            // f32 [out]: the largest magnitude of each row
  Tensor weight_format;  // u8 scalar, 0 (row-major); may be empty
};

absl::StatusOr<QuantizedTensor> FromBitsAndBytes8(const BitsAndBytes8Tensors& tensors);
absl::StatusOr<BitsAndBytes8Tensors> ToBitsAndBytes8(const QuantizedTensor& tensor);

// ---- compressed-tensors -------------------------------------------------------------------------

// value = (q - z) * scale rounded to the scales' type; nvfp4, mxfp4 and mxfp8 to bf16. The fields
// after the tensors are those of the config's "weights" entry.
struct CompressedTensors {
  Tensor weight;         // int-, float-, mxfp8-quantized: i8 or e4m3 [out, in]
  Tensor weight_packed;  // pack-quantized: i32 [out, ceil(in*bits/32)], codes + 2^(bits-1), bit
                         // stream along the inputs; fp4: u8 [out, in/2], the even one low
  Tensor weight_scale;   // floats, e4m3 (nvfp4) or E8M0 as u8 (mx); [out, groups], [out, 1], [1],
                         // or [block rows, block columns]
  Tensor weight_zero_point;    // empty: symmetric. i8 like the scales; pack-quantized: i32
                               // [ceil(out*bits/32), groups], bit stream along the outputs
  Tensor weight_shape;         // i64 [2], pack-quantized
  Tensor weight_g_idx;         // i32 [in], only with actorder "group"; else empty
  Tensor weight_global_scale;  // f32 [1], nvfp4: what the scales are divided by
  // "pack-quantized", "int-quantized", "float-quantized", "naive-quantized",
  // "nvfp4-pack-quantized", "mxfp4-pack-quantized", "mxfp8-quantized"
  std::string format;
  std::string strategy = "channel";  // "tensor", "channel", "group", "tensor_group", "block"
  int num_bits = 8;                  // of pack-quantized: 2..8
  int64_t group_size = 0;            // of "group" and "tensor_group"
  int32_t block_rows = 0;            // of "block"
  int64_t block_columns = 0;
};

absl::StatusOr<QuantizedTensor> FromCompressedTensors(const CompressedTensors& tensors);
// `format` may be empty: then the one that fits the tensor's element and scale (int-quantized for 8
// bits, pack-quantized for fewer).
absl::StatusOr<CompressedTensors> ToCompressedTensors(const QuantizedTensor& tensor,
                                                      absl::string_view format = "");

// ---- HQQ ----------------------------------------------------------------------------------------

// value = (q - zero) * scale, rounded to the scales' type after each step.
struct HqqTensors {
  // u8 (i32 for 3bit_32): the codes as a matrix [group_size, n/group_size] (axis 0) or
  // [n/group_size, group_size] (axis 1), k codes a word: code j of a word lies j * step rows below
  // the first, the first in the highest bits.
  Tensor w_q;
  Tensor scale;         // f32, f16 or bf16, one for each group
  Tensor zero;          // likewise, same type
  std::string packing;  // "8bit_u8", "4bit_u8", "3bit_32", "2bit_u8", "1bit_u8"
  int axis = 1;
  int64_t group_size = 64;  // 0: whole rows (axis 1) or columns (axis 0)
  std::vector<int64_t> shape;
};

absl::StatusOr<QuantizedTensor> FromHqq(const HqqTensors& tensors);
absl::StatusOr<HqqTensors> ToHqq(const QuantizedTensor& tensor);

// ---- ONNX Runtime's MatMulNBits -----------------------------------------------------------------

// value = (q - z) * scale with integer zero points, rounded to the scales' type; q * scale - z *
// scale, in f32, with float ones. Padding bits are ignored; written as zeros.
struct MatMulNBitsTensors {
  Tensor b;       // u8 [n, ceil(k/block), block*bits/8], low bits first
  Tensor scales;  // f32 or f16 [n, blocks]
  Tensor
      zero_points;  // empty: 2^(bits-1). u8 [n, ceil(blocks*bits/8)], or scales' type [n, blocks]
  int bits = 4;     // 2..8
  int64_t n = 0;
  int64_t k = 0;
  int64_t block_size = 32;  // a power of two, at least 16
};

absl::StatusOr<QuantizedTensor> FromMatMulNBits(const MatMulNBitsTensors& tensors);
absl::StatusOr<MatMulNBitsTensors> ToMatMulNBits(const QuantizedTensor& tensor);

// ---- TFLite -------------------------------------------------------------------------------------

// A quantized constant. value = (q - zero_point) * scale in f32.
struct TfliteTensors {
  Tensor data;        // i8, u8 or i16 in its shape; INT4 and INT2: u8, packed over the flat tensor,
                      // low bits first
  Tensor scale;       // f32 [1], or one for each index of quantized_dimension
  Tensor zero_point;  // i64 like the scale; empty: zeros
  std::string type;   // "INT8", "UINT8", "INT16", "INT4", "INT2"
  int quantized_dimension = 0;
  std::vector<int64_t> shape;
};

absl::StatusOr<QuantizedTensor> FromTflite(const TfliteTensors& tensors);
absl::StatusOr<TfliteTensors> ToTflite(const QuantizedTensor& tensor);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_CHECKPOINT_FORMATS_H_
