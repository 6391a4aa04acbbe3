// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/checkpoint_parts.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "pawl/checkpoint_formats.h"
#include "pawl/scheme.h"

namespace pawl {
namespace {

using Find = std::function<absl::StatusOr<Tensor>(const std::string& name)>;

std::string TypeName(DType dtype) {
  if (dtype == DType::kF16) return "float16";
  return dtype == DType::kBF16 ? "bfloat16" : "float32";
}

void Put(NamedParts* parts, const std::string& name, Tensor tensor) {
  if (!tensor.empty()) parts->emplace_back(name, std::move(tensor));
}

absl::StatusOr<NamedParts> GptqParts(const std::string& module, const QuantizedTensor& weight,
                                     CheckpointSettings* settings) {
  PAWL_ASSIGN_OR_RETURN(GptqTensors t, ToGptq(weight, settings->format == CheckpointFormat::kGptq));
  settings->bits = t.bits;
  settings->group_size = t.group_size;
  settings->scale_type = TypeName(t.scales.dtype());
  NamedParts parts;
  Put(&parts, module + ".qweight", std::move(t.qweight));
  Put(&parts, module + ".qzeros", std::move(t.qzeros));
  Put(&parts, module + ".scales", std::move(t.scales));
  if (t.g_idx.empty()) {  // loaders want it
    const int64_t columns = weight.cols();
    std::vector<int32_t> index(static_cast<size_t>(columns));
    for (int64_t i = 0; i < columns && t.group_size > 0; ++i) {
      index[static_cast<size_t>(i)] = static_cast<int32_t>(i / t.group_size);
    }
    PAWL_ASSIGN_OR_RETURN(t.g_idx, Tensor::FromValues<int32_t>({columns}, index));
  }
  Put(&parts, module + ".g_idx", std::move(t.g_idx));
  return parts;
}

absl::StatusOr<NamedParts> AwqParts(const std::string& module, const QuantizedTensor& weight,
                                    CheckpointSettings* settings) {
  PAWL_ASSIGN_OR_RETURN(AwqTensors t, ToAwq(weight));
  settings->group_size = t.group_size;
  settings->scale_type = TypeName(t.scales.dtype());
  NamedParts parts;
  Put(&parts, module + ".qweight", std::move(t.qweight));
  Put(&parts, module + ".qzeros", std::move(t.qzeros));
  Put(&parts, module + ".scales", std::move(t.scales));
  return parts;
}

absl::StatusOr<NamedParts> CompressedParts(const std::string& module, const QuantizedTensor& weight,
                                           CheckpointSettings* settings) {
  PAWL_ASSIGN_OR_RETURN(CompressedTensors t, ToCompressedTensors(weight));
  settings->bits = t.num_bits;
  settings->group_size = t.strategy == "group" ? t.group_size : -1;
  settings->packing = t.format;
  settings->strategy = t.strategy;
  settings->scale_type = TypeName(t.weight_scale.dtype());
  if (t.strategy != "group" && t.strategy != "channel" && t.strategy != "tensor") {
    return absl::UnimplementedError(
        absl::StrCat("scales by '", t.strategy, "' are not written into folders yet"));
  }
  NamedParts parts;
  Put(&parts, module + ".weight", std::move(t.weight));
  Put(&parts, module + ".weight_packed", std::move(t.weight_packed));
  Put(&parts, module + ".weight_scale", std::move(t.weight_scale));
  Put(&parts, module + ".weight_zero_point", std::move(t.weight_zero_point));
  Put(&parts, module + ".weight_shape", std::move(t.weight_shape));
  Put(&parts, module + ".weight_g_idx", std::move(t.weight_g_idx));
  Put(&parts, module + ".weight_global_scale", std::move(t.weight_global_scale));
  return parts;
}

absl::StatusOr<NamedParts> BitsAndBytesParts(const std::string& module,
                                             const QuantizedTensor& weight,
                                             CheckpointSettings* settings) {
  PAWL_ASSIGN_OR_RETURN(BitsAndBytes4Tensors t, ToBitsAndBytes4(weight));
  settings->quant_type = t.quant_type;
  settings->nested = !t.nested_absmax.empty();
  NamedParts parts;
  const std::string name = module + ".weight";
  Put(&parts, name, std::move(t.weight));
  Put(&parts, name + ".absmax", std::move(t.absmax));
  Put(&parts, name + ".quant_map", std::move(t.quant_map));
  Put(&parts, name + ".nested_absmax", std::move(t.nested_absmax));
  Put(&parts, name + ".nested_quant_map", std::move(t.nested_quant_map));
  Put(&parts, absl::StrCat(name, ".quant_state.bitsandbytes__", t.quant_type),
      std::move(t.quant_state));
  return parts;
}

absl::StatusOr<QuantizedTensor> GptqWeight(const CheckpointSettings& settings,
                                           const std::string& module, const Find& find) {
  GptqTensors t;
  PAWL_ASSIGN_OR_RETURN(t.qweight, find(module + ".qweight"));
  PAWL_ASSIGN_OR_RETURN(t.qzeros, find(module + ".qzeros"));
  PAWL_ASSIGN_OR_RETURN(t.scales, find(module + ".scales"));
  PAWL_ASSIGN_OR_RETURN(t.g_idx, find(module + ".g_idx"));
  t.bits = settings.bits;
  t.group_size = settings.group_size;
  t.v1 = settings.format == CheckpointFormat::kGptq;
  return FromGptq(t);
}

absl::StatusOr<QuantizedTensor> AwqWeight(const CheckpointSettings& settings,
                                          const std::string& module, const Find& find) {
  AwqTensors t;
  PAWL_ASSIGN_OR_RETURN(t.qweight, find(module + ".qweight"));
  PAWL_ASSIGN_OR_RETURN(t.qzeros, find(module + ".qzeros"));
  PAWL_ASSIGN_OR_RETURN(t.scales, find(module + ".scales"));
  t.group_size = settings.group_size;
  return FromAwq(t);
}

absl::StatusOr<QuantizedTensor> CompressedWeight(const CheckpointSettings& settings,
                                                 const std::string& module, const Find& find) {
  CompressedTensors t;
  PAWL_ASSIGN_OR_RETURN(t.weight, find(module + ".weight"));
  PAWL_ASSIGN_OR_RETURN(t.weight_packed, find(module + ".weight_packed"));
  PAWL_ASSIGN_OR_RETURN(t.weight_scale, find(module + ".weight_scale"));
  PAWL_ASSIGN_OR_RETURN(t.weight_zero_point, find(module + ".weight_zero_point"));
  PAWL_ASSIGN_OR_RETURN(t.weight_shape, find(module + ".weight_shape"));
  PAWL_ASSIGN_OR_RETURN(t.weight_g_idx, find(module + ".weight_g_idx"));
  PAWL_ASSIGN_OR_RETURN(t.weight_global_scale, find(module + ".weight_global_scale"));
  t.format = settings.packing;
  t.strategy = settings.strategy;
  t.num_bits = settings.bits;
  t.group_size = settings.strategy == "group" ? settings.group_size : 0;
  return FromCompressedTensors(t);
}

absl::StatusOr<QuantizedTensor> BitsAndBytesWeight(const CheckpointSettings& settings,
                                                   const std::string& module, const Find& find) {
  BitsAndBytes4Tensors t;
  const std::string name = module + ".weight";
  PAWL_ASSIGN_OR_RETURN(t.weight, find(name));
  PAWL_ASSIGN_OR_RETURN(t.absmax, find(name + ".absmax"));
  PAWL_ASSIGN_OR_RETURN(t.quant_map, find(name + ".quant_map"));
  PAWL_ASSIGN_OR_RETURN(t.nested_absmax, find(name + ".nested_absmax"));
  PAWL_ASSIGN_OR_RETURN(t.nested_quant_map, find(name + ".nested_quant_map"));
  PAWL_ASSIGN_OR_RETURN(
      t.quant_state, find(absl::StrCat(name, ".quant_state.bitsandbytes__", settings.quant_type)));
  return FromBitsAndBytes4(t);
}

}  // namespace

absl::StatusOr<NamedParts> PartsOf(CheckpointFormat format, const std::string& module,
                                   const QuantizedTensor& weight, CheckpointSettings* settings) {
  *settings = CheckpointSettings();
  settings->format = format;
  settings->symmetric = weight.scheme.offset.kind == OffsetKind::kNone;
  settings->by_index = weight.scheme.grouping.kind == GroupKind::kIndexMap;
  switch (format) {
    case CheckpointFormat::kGptq:
    case CheckpointFormat::kGptqV2:
      return GptqParts(module, weight, settings);
    case CheckpointFormat::kAwq:
      return AwqParts(module, weight, settings);
    case CheckpointFormat::kCompressedTensors:
      return CompressedParts(module, weight, settings);
    case CheckpointFormat::kBitsAndBytes:
      return BitsAndBytesParts(module, weight, settings);
  }
  return absl::InvalidArgumentError("no such checkpoint format");
}

std::string MainPart(const CheckpointSettings& settings, const std::string& module) {
  switch (settings.format) {
    case CheckpointFormat::kGptq:
    case CheckpointFormat::kGptqV2:
    case CheckpointFormat::kAwq:
      return module + ".qweight";
    case CheckpointFormat::kCompressedTensors:
      return module + ".weight_scale";
    case CheckpointFormat::kBitsAndBytes:
      return module + ".weight.absmax";
  }
  return "";
}

absl::StatusOr<QuantizedTensor> WeightOf(const CheckpointSettings& settings,
                                         const std::string& module, const Find& find) {
  switch (settings.format) {
    case CheckpointFormat::kGptq:
    case CheckpointFormat::kGptqV2:
      return GptqWeight(settings, module, find);
    case CheckpointFormat::kAwq:
      return AwqWeight(settings, module, find);
    case CheckpointFormat::kCompressedTensors:
      return CompressedWeight(settings, module, find);
    case CheckpointFormat::kBitsAndBytes:
      return BitsAndBytesWeight(settings, module, find);
  }
  return absl::InvalidArgumentError("no such checkpoint format");
}

}  // namespace pawl
