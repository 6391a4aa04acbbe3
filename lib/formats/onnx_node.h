// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// NodeProto by field, and a reader of messages that keeps what it does not know.

#ifndef PAWL_LIB_FORMATS_ONNX_NODE_H_
#define PAWL_LIB_FORMATS_ONNX_NODE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "lib/formats/onnx_graph.h"
#include "protozero/pbf_reader.hpp"

namespace pawl::onnx {

class FieldReader {
 public:
  explicit FieldReader(protozero::data_view message) : reader_(message) {}

  bool Next() {
    begin_ = reader_.data().data();
    return reader_.next();
  }
  uint32_t tag() const { return reader_.tag(); }
  protozero::pbf_reader& get() { return reader_; }
  // Skips the field and appends it, tag included, to `out`.
  void Keep(std::string& out) {
    reader_.skip();
    out.append(begin_, static_cast<size_t>(reader_.data().data() - begin_));
  }

 private:
  protozero::pbf_reader reader_;
  const char* begin_ = nullptr;
};

struct GraphReader::NodeParts {
  protozero::data_view message;
  std::string name, op, domain, overload;
  std::vector<std::string> inputs, outputs;
  std::vector<protozero::data_view> attributes;
  std::string file_info;
};

}  // namespace pawl::onnx

#endif  // PAWL_LIB_FORMATS_ONNX_NODE_H_
