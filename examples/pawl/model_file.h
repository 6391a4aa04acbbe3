// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A model file of any kind, as a list of tensors.

#ifndef PAWL_EXAMPLES_PAWL_MODEL_FILE_H_
#define PAWL_EXAMPLES_PAWL_MODEL_FILE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "pawl/container.h"
#include "pawl/file_format.h"
#include "pawl/gguf.h"
#include "pawl/safetensors.h"

namespace pawl::tool {

struct ModelItem {
  std::string name;
  std::vector<int64_t> shape;
  bool quantized = false;
  bool packed = false;  // a layer as it runs: no tensor, so Get() refuses
  std::string type;     // scheme, or the element type of a plain tensor, or the layer's kind
  uint64_t bytes = 0;

  double elements() const;
  double bits_per_weight() const;
};

// One of the two.
struct ModelTensor {
  bool quantized = false;
  Tensor plain;
  QuantizedTensor coded;
};

class ModelFile {
 public:
  static absl::StatusOr<std::unique_ptr<ModelFile>> Open(const std::string& path);

  const std::vector<ModelItem>& items() const { return items_; }
  const ModelItem* Find(const std::string& name) const;
  absl::StatusOr<ModelTensor> Get(const std::string& name) const;
  // Whether an item is what it should be: for a packed layer, that it can be made.
  absl::Status Check(const ModelItem& item) const;
  // InvalidArgument where there are packed layers.
  absl::Status CheckNothingPacked() const;
  // The tensor's pages are not needed for now.
  void Release(const std::string& name) const;

  const std::string& path() const { return path_; }
  FileFormatId format() const { return format_; }
  std::string format_name() const;
  const std::map<std::string, std::string>& metadata() const;
  // Null for other formats.
  const PawlReader* pawl() const { return pawl_.get(); }
  const GgufReader* gguf() const { return gguf_.get(); }
  // Paths of the files that were opened.
  std::vector<std::string> files() const;

 private:
  ModelFile() = default;
  absl::Status OpenSafetensors();
  absl::Status OpenPawl();
  absl::Status OpenGguf();

  std::string path_;
  FileFormatId format_ = FileFormatId::kSafetensors;
  std::unique_ptr<SafetensorsReader> safetensors_;
  std::unique_ptr<PawlReader> pawl_;
  std::unique_ptr<GgufReader> gguf_;
  std::map<std::string, std::string> gguf_metadata_;  // keys as text
  std::vector<ModelItem> items_;
  std::map<std::string, size_t> index_;
};

}  // namespace pawl::tool

#endif  // PAWL_EXAMPLES_PAWL_MODEL_FILE_H_
