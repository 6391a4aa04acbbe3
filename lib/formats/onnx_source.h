// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The bytes of an ONNX model while they are being read: the file, and files of external data.

#ifndef PAWL_LIB_FORMATS_ONNX_SOURCE_H_
#define PAWL_LIB_FORMATS_ONNX_SOURCE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "lib/formats/mapped_file.h"
#include "pawl/tensor.h"
#include "protozero/data_view.hpp"

namespace pawl::onnx {

class Source {
 public:
  // `folder` is where external data may lie; empty: nowhere. `copy`: it is read, not mapped.
  Source(std::shared_ptr<const MappedFile> file, std::string folder, bool copy)
      : file_(std::move(file)), folder_(std::move(folder)), copy_(copy) {}

  const MappedFile& file() const { return *file_; }
  protozero::data_view bytes() const {
    return {reinterpret_cast<const char*>(file_->bytes().data()), file_->bytes().size()};
  }

  // Remembers which message is being read, for At().
  void Enter(protozero::data_view message) { position_ = OffsetOf(message.data()); }
  uint64_t position() const { return position_; }
  uint64_t OffsetOf(const char* data) const { return static_cast<uint64_t>(data - bytes().data()); }
  // "model.onnx: byte 123: what".
  absl::Status Error(absl::string_view what) const;

  // A tensor over bytes of the file.
  absl::StatusOr<Tensor> Map(DType dtype, absl::Span<const int64_t> dims,
                             protozero::data_view raw) const;

  // The file of external data with that name, checked to lie in the folder.
  absl::StatusOr<std::shared_ptr<const MappedFile>> External(const std::string& location);
  // Notes that a tensor has these bytes of it. CheckExternal: no two tensors may share bytes unless
  // they share all of them.
  void UseExternal(const std::string& location, uint64_t offset, uint64_t size,
                   absl::string_view tensor);
  absl::Status CheckExternal() const;
  // Paths of the file, where it is one, and of the external data that was asked for.
  std::vector<std::string> Files() const;

 private:
  struct Piece {
    uint64_t offset;
    uint64_t size;
    std::string tensor;
  };

  std::shared_ptr<const MappedFile> file_;
  std::string folder_;
  bool copy_;
  uint64_t position_ = 0;
  std::map<std::string, std::shared_ptr<const MappedFile>> external_;
  std::map<std::string, std::vector<Piece>> pieces_;
};

// A TensorProto.
struct TensorMessage {
  std::string name;
  int32_t data_type = 0;
  std::vector<int64_t> dims;
  bool held = false;  // false: a type that Pawl lacks, `tensor` is empty
  Tensor tensor;
};
absl::StatusOr<TensorMessage> ReadTensor(Source& source, protozero::data_view message);

}  // namespace pawl::onnx

#endif  // PAWL_LIB_FORMATS_ONNX_SOURCE_H_
