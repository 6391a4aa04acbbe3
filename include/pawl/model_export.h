// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Quantized language models as Hugging Face folders that transformers and vLLM load. Such folders
// are read back by LanguageModel::Open (language_model.h).

#ifndef PAWL_INCLUDE_PAWL_MODEL_EXPORT_H_
#define PAWL_INCLUDE_PAWL_MODEL_EXPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl {

enum class CheckpointFormat : uint8_t {
  kGptq = 0,               // zero points stored minus one (AutoGPTQ)
  kGptqV2 = 1,             // as they are (GPTQModel)
  kAwq = 2,                // version "gemm"
  kCompressedTensors = 3,  // pack-quantized, int-quantized, ... as the weights' scheme asks
  kBitsAndBytes = 4,       // nf4 or fp4, double quantization where the scheme has it
};

// "gptq", "gptq_v2", "awq", "compressed-tensors", "bitsandbytes".
absl::Span<const absl::string_view> CheckpointFormatNames();
// Errors: InvalidArgument with the nearest name.
absl::StatusOr<CheckpointFormat> ParseCheckpointFormat(absl::string_view name);

struct ExportReport {
  int64_t quantized = 0;  // weights in the format
  int64_t plain = 0;      // tensors as they were
  uint64_t bytes = 0;     // of all tensors
  std::vector<std::string> notes;
};

// Reads the weights `model_file` (.pawl, with a decoder's names) and the settings `config_file`
// (config.json), and writes model.safetensors and config.json (and quantize_config.json for GPTQ)
// into the folder `output`, which must exist. Files of config_file's folder with the names `beside`
// (tokenizer, licence ...; neither of those two) are copied along. Codes and scales go over as they
// are, one tensor in memory at a time. On error the folder is what it was: the files are written to
// a folder in it, and take their places when all of them are complete.
// Errors: InvalidArgument naming the tensor that the format cannot hold, or whose bits or groups
// are not those of the others, or a quantized tensor that is no linear layer's; those of reading
// and writing.
absl::StatusOr<ExportReport> ExportModel(const std::string& model_file,
                                         const std::string& config_file, const std::string& output,
                                         CheckpointFormat format,
                                         absl::Span<const std::string> beside = {});

// Copies files of these names from the folder `input` to the folder `output`, all or none.
absl::Status CopyModelFiles(const std::string& input, absl::Span<const std::string> names,
                            const std::string& output);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_MODEL_EXPORT_H_
