// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ONNX models for tests, written field by field (onnx/onnx.proto).

#ifndef PAWL_TESTS_CAPI_ONNX_BYTES_H_
#define PAWL_TESTS_CAPI_ONNX_BYTES_H_

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace pawl_test {

// A message of protocol buffers.
class Message {
 public:
  Message& Int(int field, uint64_t value) {
    Varint(static_cast<uint64_t>(field) << 3);
    Varint(value);
    return *this;
  }
  Message& Text(int field, const std::string& text) {
    Varint(static_cast<uint64_t>(field) << 3 | 2);
    Varint(text.size());
    bytes_ += text;
    return *this;
  }
  Message& Add(int field, const Message& message) { return Text(field, message.bytes_); }
  const std::string& bytes() const { return bytes_; }

 private:
  void Varint(uint64_t value) {
    for (; value >= 128; value >>= 7) bytes_ += static_cast<char>(value | 128);
    bytes_ += static_cast<char>(value);
  }

  std::string bytes_;
};

inline Message OnnxNode(const std::string& op, const std::string& name,
                        const std::vector<std::string>& inputs, const std::string& output,
                        const std::string& domain = "") {
  Message node;
  for (const std::string& input : inputs) node.Text(1, input);
  node.Text(2, output).Text(3, name).Text(4, op);
  if (!domain.empty()) node.Text(7, domain);
  return node;
}

// f32.
inline Message OnnxTensor(const std::string& name, const std::vector<int64_t>& dims,
                          const std::vector<float>& values) {
  Message tensor;
  for (const int64_t dim : dims) tensor.Int(1, static_cast<uint64_t>(dim));
  const auto* bytes = reinterpret_cast<const char*>(values.data());
  return tensor.Int(2, 1).Text(8, name).Text(9, std::string(bytes, values.size() * sizeof(float)));
}

// f32 [batch, columns].
inline Message OnnxPort(const std::string& name, uint64_t columns) {
  Message shape, type;
  shape.Add(1, Message().Text(2, "batch")).Add(1, Message().Int(1, columns));
  type.Add(1, Message().Int(1, 1).Add(2, shape));
  return Message().Text(1, name).Add(2, type);
}

// y = relu(x W + b) with x [batch, 4], W [4, 3], z = x; or another operator than relu.
inline std::string SmallModel(const std::string& last = "Relu", const std::string& domain = "") {
  Message graph, model;
  graph.Add(1, OnnxNode("MatMul", "product", {"x", "W"}, "xW"));
  graph.Add(1, OnnxNode("Add", "bias", {"xW", "b"}, "sum"));
  graph.Add(1, OnnxNode(last, "last", {"sum"}, "y", domain));
  graph.Text(2, "small");
  graph.Add(5, OnnxTensor("W", {4, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1, 1, 1, 1}));
  graph.Add(5, OnnxTensor("b", {3}, {0.5f, -2, 0}));
  graph.Add(11, OnnxPort("x", 4));
  graph.Add(12, OnnxPort("y", 3)).Add(12, OnnxPort("x", 4));
  model.Int(1, 8).Add(7, graph).Add(8, Message().Int(2, 17));
  if (!domain.empty()) model.Add(8, Message().Text(1, domain).Int(2, 1));
  model.Add(14, Message().Text(1, "author").Text(2, "test"));
  return model.bytes();
}

}  // namespace pawl_test

#endif  // PAWL_TESTS_CAPI_ONNX_BYTES_H_
