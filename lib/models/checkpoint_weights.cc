// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "lib/core/status_macros.h"
#include "lib/models/checkpoint_parts.h"
#include "lib/models/weights.h"

namespace pawl {
namespace {

// Weights of a folder that ExportModel or another tool has quantized.
class CheckpointWeights final : public ModelWeights {
 public:
  CheckpointWeights(std::unique_ptr<SafetensorsReader> reader, const CheckpointSettings& settings)
      : reader_(std::move(reader)),
        settings_(settings),
        path_(reader_->files().empty() ? "" : reader_->files().front()) {}

  bool Has(const std::string& name) const override {
    return Quantized(name) || reader_->Find(name) != nullptr;
  }

  absl::StatusOr<Constant> Get(const std::string& name) const override {
    if (!Has(name)) {
      return absl::NotFoundError(
          absl::StrCat(path_, ": no tensor '", name, "', which the model's settings ask for"));
    }
    if (!Quantized(name)) {
      PAWL_ASSIGN_OR_RETURN(Tensor tensor, reader_->Get(name));
      return Constant{std::move(tensor), nullptr};
    }
    const auto find = [this](const std::string& part) -> absl::StatusOr<Tensor> {
      if (reader_->Find(part) == nullptr) return Tensor();
      return reader_->Get(part);
    };
    absl::StatusOr<QuantizedTensor> tensor = WeightOf(settings_, Module(name), find);
    if (!tensor.ok()) {
      return absl::Status(tensor.status().code(), absl::StrCat(path_, ": tensor '", name,
                                                               "': ", tensor.status().message()));
    }
    return Constant{Tensor(), std::make_shared<const QuantizedTensor>(*std::move(tensor))};
  }

  // Bytes are those of all parts, elements those of the weights that they stand for.
  void Count(uint64_t* elements, uint64_t* bytes) const override {
    for (const SafetensorsEntry& entry : reader_->entries()) {
      *bytes += entry.size;
      const std::string module = ModuleOf(entry.name);
      if (module.empty()) {
        if (!IsPart(entry.name)) {
          *elements += static_cast<uint64_t>(CheckedNumElements(entry.shape).value_or(0));
        }
        continue;
      }
      const absl::StatusOr<Constant> weight = Get(module + ".weight");
      if (weight.ok()) *elements += static_cast<uint64_t>(weight->quantized->num_elements());
    }
  }
  const std::string& path() const override { return path_; }

 private:
  static std::string Module(const std::string& name) {
    return std::string(absl::StripSuffix(name, ".weight"));
  }
  bool Quantized(const std::string& name) const {
    return absl::EndsWith(name, ".weight") &&
           reader_->Find(MainPart(settings_, Module(name))) != nullptr;
  }
  // The module whose main part the tensor is; empty for others.
  std::string ModuleOf(const std::string& name) const {
    const std::string suffix = MainPart(settings_, "");
    return absl::EndsWith(name, suffix) ? std::string(absl::StripSuffix(name, suffix)) : "";
  }
  // Whether the tensor belongs to a quantized weight.
  bool IsPart(const std::string& name) const {
    for (size_t dot = name.find('.'); dot != std::string::npos; dot = name.find('.', dot + 1)) {
      if (reader_->Find(MainPart(settings_, name.substr(0, dot))) != nullptr &&
          name.substr(dot) != ".bias") {
        return true;
      }
    }
    return false;
  }

  std::unique_ptr<SafetensorsReader> reader_;
  CheckpointSettings settings_;
  std::string path_;
};

}  // namespace

std::unique_ptr<ModelWeights> WeightsOf(std::unique_ptr<SafetensorsReader> reader,
                                        const CheckpointSettings& settings) {
  return std::make_unique<CheckpointWeights>(std::move(reader), settings);
}

}  // namespace pawl
