// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/models/weights.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/models/gguf_names.h"

namespace pawl {
namespace {

absl::Status Missing(const std::string& path, const std::string& name) {
  return absl::NotFoundError(
      absl::StrCat(path, ": no tensor '", name, "', which the model's settings ask for"));
}

uint64_t ElementsOf(absl::Span<const int64_t> shape) {
  return static_cast<uint64_t>(CheckedNumElements(shape).value_or(0));
}

class SafetensorsWeights final : public ModelWeights {
 public:
  explicit SafetensorsWeights(std::unique_ptr<SafetensorsReader> reader)
      : reader_(std::move(reader)),
        path_(reader_->files().empty() ? "" : reader_->files().front()) {}

  bool Has(const std::string& name) const override { return reader_->Find(name) != nullptr; }
  absl::StatusOr<Constant> Get(const std::string& name) const override {
    if (!Has(name)) return Missing(path_, name);
    PAWL_ASSIGN_OR_RETURN(Tensor tensor, reader_->Get(name));
    return Constant{std::move(tensor), nullptr};
  }
  void Count(uint64_t* elements, uint64_t* bytes) const override {
    for (const SafetensorsEntry& entry : reader_->entries()) {
      *elements += ElementsOf(entry.shape);
      *bytes += entry.size;
    }
  }
  const std::string& path() const override { return path_; }

 private:
  std::unique_ptr<SafetensorsReader> reader_;
  std::string path_;
};

class PawlWeights final : public ModelWeights {
 public:
  explicit PawlWeights(std::unique_ptr<PawlReader> reader) : reader_(std::move(reader)) {}

  bool Has(const std::string& name) const override { return reader_->Contains(name); }
  absl::StatusOr<Constant> Get(const std::string& name) const override {
    if (!Has(name)) return Missing(path(), name);
    PAWL_ASSIGN_OR_RETURN(const PawlEntry entry, reader_->Entry(name));
    if (!entry.quantized) {
      PAWL_ASSIGN_OR_RETURN(Tensor tensor, reader_->GetPlain(name));
      return Constant{std::move(tensor), nullptr};
    }
    PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, reader_->Get(name));
    return Constant{Tensor(), std::make_shared<const QuantizedTensor>(std::move(tensor))};
  }
  void Count(uint64_t* elements, uint64_t* bytes) const override {
    for (const std::string& name : reader_->names()) {
      const absl::StatusOr<PawlEntry> entry = reader_->Entry(name);
      if (!entry.ok()) continue;
      *elements += ElementsOf(entry->shape);
      *bytes += entry->size;
    }
  }
  const std::string& path() const override { return reader_->path(); }

 private:
  std::unique_ptr<PawlReader> reader_;
};

class GgufWeights final : public ModelWeights {
 public:
  GgufWeights(std::unique_ptr<GgufReader> reader, const ModelConfig& config)
      : reader_(std::move(reader)), config_(config) {}

  bool Has(const std::string& name) const override { return Find(name) != nullptr; }
  absl::StatusOr<Constant> Get(const std::string& name) const override {
    const GgufEntry* entry = Find(name);
    if (entry == nullptr) return Missing(path(), name);
    const std::vector<int64_t> order = GgufRowOrder(name, config_);
    if (!order.empty()) return GetReordered(*entry, order);
    if (entry->blocks == nullptr) {
      PAWL_ASSIGN_OR_RETURN(Tensor tensor, reader_->Get(*entry));
      return Constant{std::move(tensor), nullptr};
    }
    PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor, reader_->GetQuantized(*entry));
    return Constant{Tensor(), std::make_shared<const QuantizedTensor>(std::move(tensor))};
  }
  void Count(uint64_t* elements, uint64_t* bytes) const override {
    for (const GgufEntry& entry : reader_->entries()) {
      *elements += ElementsOf(entry.shape);
      *bytes += entry.size;
    }
  }
  const std::string& path() const override { return reader_->path(); }

 private:
  const GgufEntry* Find(const std::string& name) const {
    const std::optional<std::string> other = GgufNameOf(name);
    return other.has_value() ? reader_->Find(*other) : nullptr;
  }

  // Rows are whole runs of bytes, in blocks too: put them back before anything is decoded.
  absl::StatusOr<Constant> GetReordered(const GgufEntry& entry,
                                        const std::vector<int64_t>& order) const {
    const auto rows = static_cast<int64_t>(order.size());
    if (entry.shape.empty() || entry.shape[0] != rows ||
        (entry.blocks == nullptr && !entry.dtype.has_value())) {
      return absl::InvalidArgumentError(
          absl::StrCat(path(), ": tensor '", entry.name, "' of ", entry.type_name, " and shape ",
                       ShapeString(entry.shape), " does not fit ", rows, " rows of heads"));
    }
    const auto size = static_cast<size_t>(entry.size), row = size / order.size();
    std::vector<uint8_t> in(size);
    PAWL_RETURN_IF_ERROR(reader_->ReadBytes(entry, 0, absl::MakeSpan(in)));
    PAWL_ASSIGN_OR_RETURN(Tensor bytes, Tensor::Create(DType::kU8, {static_cast<int64_t>(size)}));
    uint8_t* out = bytes.mutable_as<uint8_t>().data();
    for (size_t i = 0; i < order.size(); ++i) {
      std::memcpy(out + static_cast<size_t>(order[i]) * row, in.data() + i * row, row);
    }
    if (entry.blocks != nullptr) {
      PAWL_ASSIGN_OR_RETURN(QuantizedTensor tensor,
                            DecodeBlocks(*entry.blocks, bytes.as<uint8_t>(), entry.shape));
      return Constant{Tensor(), std::make_shared<const QuantizedTensor>(std::move(tensor))};
    }
    PAWL_ASSIGN_OR_RETURN(Tensor tensor, Tensor::View(*entry.dtype, entry.shape, bytes.data(), size,
                                                      std::make_shared<Tensor>(bytes)));
    return Constant{std::move(tensor), nullptr};
  }

  std::unique_ptr<GgufReader> reader_;
  ModelConfig config_;
};

class ChangedWeights final : public ModelWeights {
 public:
  ChangedWeights(const ModelWeights& base, const std::map<std::string, Constant>& changed)
      : base_(base), changed_(changed) {}

  bool Has(const std::string& name) const override { return base_.Has(name); }
  absl::StatusOr<Constant> Get(const std::string& name) const override {
    const auto found = changed_.find(name);
    return found == changed_.end() ? base_.Get(name) : found->second;
  }
  void Count(uint64_t* elements, uint64_t* bytes) const override { base_.Count(elements, bytes); }
  const std::string& path() const override { return base_.path(); }

 private:
  const ModelWeights& base_;
  const std::map<std::string, Constant>& changed_;
};

class PrefixedWeights final : public ModelWeights {
 public:
  explicit PrefixedWeights(std::unique_ptr<ModelWeights> base) : base_(std::move(base)) {}

  bool Has(const std::string& name) const override { return base_->Has(InFile(name)); }
  absl::StatusOr<Constant> Get(const std::string& name) const override {
    return base_->Get(InFile(name));
  }
  void Count(uint64_t* elements, uint64_t* bytes) const override { base_->Count(elements, bytes); }
  const std::string& path() const override { return base_->path(); }

 private:
  static std::string InFile(const std::string& name) { return absl::StrCat(kEncoderPrefix, name); }
  std::unique_ptr<ModelWeights> base_;
};

}  // namespace

std::unique_ptr<ModelWeights> EncoderWeights(std::unique_ptr<ModelWeights> base) {
  if (!base->Has(absl::StrCat(kEncoderPrefix, "embeddings.word_embeddings.weight"))) return base;
  return std::make_unique<PrefixedWeights>(std::move(base));
}

std::unique_ptr<ModelWeights> WeightsWith(const ModelWeights& base,
                                          const std::map<std::string, Constant>& changed) {
  return std::make_unique<ChangedWeights>(base, changed);
}

std::unique_ptr<ModelWeights> WeightsOf(std::unique_ptr<SafetensorsReader> reader) {
  return std::make_unique<SafetensorsWeights>(std::move(reader));
}
std::unique_ptr<ModelWeights> WeightsOf(std::unique_ptr<PawlReader> reader) {
  return std::make_unique<PawlWeights>(std::move(reader));
}
std::unique_ptr<ModelWeights> WeightsOf(std::unique_ptr<GgufReader> reader,
                                        const ModelConfig& config) {
  return std::make_unique<GgufWeights>(std::move(reader), config);
}

}  // namespace pawl
