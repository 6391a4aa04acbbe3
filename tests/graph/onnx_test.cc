// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/onnx.h"

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "pawl/model.h"
#include "protozero/pbf_writer.hpp"
#include "tests/formats/file_io_test_util.h"
#include "tests/graph/graph_builder.h"

namespace pawl {
namespace {

using protozero::pbf_writer;
using testing::Bytes;
using testing::FailsWith;
using testing::GraphBuilder;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;

std::string OpsetImport(int version) {
  std::string bytes;
  pbf_writer(bytes).add_int64(2, version);
  return bytes;
}

std::string ModelOf(const std::string& graph, const std::string& functions = "") {
  std::string bytes;
  pbf_writer writer(bytes);
  writer.add_int64(1, 9);
  writer.add_message(7, graph);
  writer.add_message(8, OpsetImport(17));
  return bytes + functions;
}

std::string NodeOf(const std::string& op, const std::vector<std::string>& inputs,
                   const std::vector<std::string>& outputs, const std::string& attributes = "",
                   const std::string& domain = "") {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const std::string& name : inputs) writer.add_string(1, name);
  for (const std::string& name : outputs) writer.add_string(2, name);
  writer.add_string(3, op + "_node");
  writer.add_string(4, op);
  if (!domain.empty()) writer.add_string(7, domain);
  return bytes + attributes;
}

std::string InfoOf(const std::string& name) {
  std::string tensor, type, bytes;
  pbf_writer(tensor).add_int32(1, 1);
  pbf_writer(type).add_message(1, tensor);
  pbf_writer writer(bytes);
  writer.add_string(1, name);
  writer.add_message(2, type);
  return bytes;
}

std::string Field(uint32_t field, const std::string& message) {
  std::string bytes;
  pbf_writer(bytes).add_message(field, message);
  return bytes;
}

absl::StatusOr<std::shared_ptr<Graph>> Parse(const std::string& bytes,
                                             const std::string& folder = "") {
  return ReadOnnxMemory(Bytes(bytes), nullptr, "memory", folder);
}

std::string Write(const Graph& graph) {
  auto buffer = std::make_shared<MemoryBuffer>();
  REQUIRE(WriteOnnx(graph, buffer).ok());
  const auto bytes = buffer->bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::shared_ptr<Graph> SmallGraph() {
  GraphBuilder b(17);
  const ValueId x = b.Input("x", {SymbolDim(0), 2});
  b.graph().symbols = {"batch"};
  b.graph().metadata["author"] = "nobody";
  const ValueId w = b.Constant<float>("w", {2, 2}, {1, 2, 3, 4});
  auto branch = std::make_shared<Graph>();
  branch->name = "branch";
  const ValueId inner = branch->AddValue("y", {DType::kF32, std::nullopt});
  branch->captures = {{2, inner}};
  const ValueId twice = branch->AddValue("twice", {DType::kF32, std::nullopt});
  Node node;
  node.op = "MatMul";
  node.opset = 17;
  node.inputs = {inner, branch->AddConstant("v", *Tensor::FromValues<float>({2, 1}, {1, 1}))};
  node.outputs = {twice};
  branch->nodes.push_back(node);
  branch->outputs = {twice};
  const ValueId y = b.Node("MatMul", "y", {x, w});
  const ValueId c = b.Constant<uint8_t>("c", {}, {1});
  const ValueId z = b.Node(
      "If", "z", {c},
      {Attribute::OfGraph("then_branch", branch), Attribute::OfGraph("else_branch", branch)});
  return b.Build({z, y});
}

TEST_CASE("a graph that was written is read as it was, and written again as the same bytes") {
  auto graph = SmallGraph();
  graph->value(graph->FindValue("c")).type.dtype = DType::kBool;
  const auto flag = Tensor::Create(DType::kBool, {});
  graph->value(graph->FindValue("c")).constant =
      std::make_shared<const Constant>(Constant{*flag, nullptr});
  const std::string bytes = Write(*graph);
  const auto read = Parse(bytes);
  REQUIRE(read.ok());
  CHECK(Write(**read) == bytes);
  CHECK((*read)->metadata.at("author") == "nobody");
  CHECK((*read)->ShapeText((*read)->value((*read)->inputs[0]).type) == "[batch, 2]");
  REQUIRE((*read)->nodes.size() == 2);
  CHECK((*read)->nodes[1].attributes[0].graphs[0]->captures.size() == 1);
  const auto context = Context::Create({.threads = 1});
  auto model = Model::FromGraph(*read);
  const auto out = model->Run({{"x", *Tensor::FromValues<float>({1, 2}, {1, 0})}}, **context);
  REQUIRE(out.ok());
  CHECK(out->at("z").as<float>()[0] == 3.0f);
}

TEST_CASE("fields that Pawl does not know come out again") {
  std::string extra;
  pbf_writer(extra).add_string(6, "a node's doc");
  const std::string graph = Field(1, NodeOf("Identity", {"x"}, {"y"}, extra)) +
                            Field(11, InfoOf("x")) + Field(12, InfoOf("y")) +
                            Field(10, "the graph's doc");
  const auto read = Parse(ModelOf(graph));
  REQUIRE(read.ok());
  const std::string again = Write(**read);
  CHECK(again.find("a node's doc") != std::string::npos);
  CHECK(again.find("the graph's doc") != std::string::npos);
}

TEST_CASE("a model cut off anywhere, or with any byte changed, is an error or a model") {
  const std::string bytes = Write(*SmallGraph());
  for (size_t size = 0; size < bytes.size(); ++size) {
    const auto read = Parse(bytes.substr(0, size));
    if (!read.ok()) CHECK(read.status().message().find("memory") != absl::string_view::npos);
  }
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int change : {1, 0x80, 0xFF}) {
      std::string bad = bytes;
      bad[i] = static_cast<char>(bad[i] ^ change);
      const auto read = Parse(bad);
      if (read.ok()) (void)InferTypes(**read);
    }
  }
}

TEST_CASE("functions of the model stand in place of their calls") {
  // twice(a) = MatMul(a, a), calls itself under another name in `deep`.
  std::string function;
  pbf_writer w(function);
  w.add_string(1, "Square");
  w.add_string(4, "a");
  w.add_string(5, "b");
  w.add_message(7, NodeOf("MatMul", {"a", "a"}, {"b"}));
  w.add_message(9, OpsetImport(17));
  w.add_string(10, "own");
  const std::string graph = Field(1, NodeOf("Square", {"x"}, {"y"}, "", "own")) +
                            Field(1, NodeOf("Square", {"y"}, {"z"}, "", "own")) +
                            Field(11, InfoOf("x")) + Field(12, InfoOf("z"));
  const auto read = Parse(ModelOf(graph, Field(25, function)));
  REQUIRE(read.ok());
  REQUIRE((*read)->nodes.size() == 2);
  CHECK((*read)->nodes[0].op == "MatMul");
  const auto context = Context::Create({.threads = 1});
  auto model = Model::FromGraph(*read);
  const auto out = model->Run({{"x", *Tensor::FromValues<float>({1, 1}, {3})}}, **context);
  REQUIRE(out.ok());
  CHECK(out->at("z").as<float>()[0] == 81.0f);

  SECTION("one that calls itself is refused") {
    std::string endless;
    pbf_writer e(endless);
    e.add_string(1, "Square");
    e.add_string(4, "a");
    e.add_string(5, "b");
    e.add_message(7, NodeOf("Square", {"a"}, {"b"}, "", "own"));
    e.add_string(10, "own");
    const auto bad = Parse(ModelOf(graph, Field(25, endless)));
    CHECK(FailsWith(bad.status(), {"nested more than"}));
  }
}

TEST_CASE("subgraphs nested without end are refused") {
  std::string graph = Field(12, InfoOf("x"));
  for (int depth = 0; depth < 100; ++depth) {
    std::string attribute;
    pbf_writer a(attribute);
    a.add_string(1, "then_branch");
    a.add_message(6, graph);
    graph = Field(1, NodeOf("If", {}, {"y"}, Field(5, attribute))) + Field(12, InfoOf("y"));
  }
  CHECK(FailsWith(Parse(ModelOf(graph)).status(), {"nested more than"}));
}

std::string TensorOf(const std::string& name, const std::vector<int64_t>& dims, int type,
                     const std::string& rest) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const int64_t dim : dims) writer.add_int64(1, dim);
  writer.add_int32(2, type);
  writer.add_string(8, name);
  return bytes + rest;
}

std::string External(const std::string& location, const std::string& offset,
                     const std::string& length) {
  std::string bytes;
  pbf_writer writer(bytes);
  for (const auto& [key, value] : {std::pair<std::string, std::string>{"location", location},
                                   {"offset", offset},
                                   {"length", length}}) {
    std::string entry;
    pbf_writer pair(entry);
    pair.add_string(1, key);
    pair.add_string(2, value);
    writer.add_message(13, entry);
  }
  writer.add_int32(14, 1);
  return bytes;
}

TEST_CASE("tensors whose dims and bytes do not agree are refused, naming byte and tensor") {
  const auto status = [](const std::string& tensor) {
    return Parse(ModelOf(Field(5, tensor) + Field(12, InfoOf("t")))).status();
  };
  std::string four;
  pbf_writer(four).add_bytes(9, std::string(4, '\1'));
  CHECK(status(TensorOf("t", {1}, 1, four)).ok());
  CHECK(FailsWith(status(TensorOf("t", {2}, 1, four)), {"takes 8 bytes, raw_data has 4"}));
  CHECK(FailsWith(status(TensorOf("t", {-1}, 1, four)), {"negative"}));
  const int64_t huge = int64_t{1} << 40;
  CHECK(FailsWith(status(TensorOf("t", {huge, huge}, 1, four)), {"byte"}));
  CHECK(FailsWith(status(TensorOf("t", {huge}, 1, "")), {"0 values in its typed field"}));
}

TEST_CASE("external data stays below the model's folder and within its file") {
  const TempDir dir;
  Spill(dir.File("weights.bin"), std::string(64, '\2'));
  const auto status = [&](const std::string& tensors) {
    Spill(dir.File("model.onnx"), ModelOf(tensors + Field(12, InfoOf("t"))));
    return ReadOnnx(dir.File("model.onnx")).status();
  };
  const auto one = [&](const std::string& location, const std::string& offset,
                       const std::string& length, const std::string& name = "t") {
    return Field(5, TensorOf(name, {4}, 1, External(location, offset, length)));
  };
  CHECK(status(one("weights.bin", "16", "16")).ok());
  CHECK(FailsWith(status(one("weights.bin", "52", "16")), {"weights.bin, which has 64"}));
  CHECK(FailsWith(status(one("weights.bin", "18446744073709551615", "16")), {"which has 64"}));
  CHECK(FailsWith(status(one("weights.bin", "x", "16")), {"no number"}));
  CHECK(FailsWith(status(one("weights.bin", "0", "12")), {"takes 16 bytes"}));
  CHECK(FailsWith(status(one("../weights.bin", "0", "16")), {"below the model's folder"}));
  CHECK(FailsWith(status(one("/etc/passwd", "0", "16")), {"below the model's folder"}));
  REQUIRE(symlink("/etc/passwd", dir.File("link.bin").c_str()) == 0);
  CHECK(FailsWith(status(one("link.bin", "0", "16")), {"outside the model's folder"}));
  CHECK(FailsWith(status(one("weights.bin", "0", "16") + one("weights.bin", "8", "16", "u")),
                  {"overlap"}));
  CHECK(status(one("weights.bin", "0", "16") + one("weights.bin", "0", "16", "u")).ok());
}

TEST_CASE("large models go into a file of external data, and come back") {
  const TempDir dir;
  GraphBuilder b(17);
  const ValueId x = b.Input("x", {1, 64});
  std::vector<float> values(64 * 64);
  for (size_t i = 0; i < values.size(); ++i) values[i] = static_cast<float>(i);
  const ValueId w = b.Constant<float>("w", {64, 64}, values);
  const auto graph = b.Build({b.Node("MatMul", "y", {x, w})});
  const std::string path = dir.File("large.onnx");
  REQUIRE(WriteOnnx(*graph, path, {.external_from = 1000, .external_tensor_bytes = 100}).ok());
  CHECK(std::filesystem::file_size(path) < 1000);
  CHECK(std::filesystem::file_size(path + ".data") == 64 * 64 * 4);
  const auto read = ReadOnnx(path);
  REQUIRE(read.ok());
  const Tensor* tensor = (*read)->ConstantTensor((*read)->FindValue("w"));
  REQUIRE(tensor != nullptr);
  CHECK(std::memcmp(tensor->data(), values.data(), tensor->size_bytes()) == 0);
}

TEST_CASE("an initialiser over 2 GiB is read where it lies, and run") {
  const TempDir dir;
  constexpr int64_t kRows = int64_t{1} << 20, kColumns = 640;  // 2.5 GiB, nearly all of it a hole
  constexpr int64_t kBytes = kRows * kColumns * 4;
  {
    std::ofstream file(dir.File("weights.bin"), std::ios::binary);
    file.seekp(kBytes - 4);
    const float last = 7.0f;
    file.write(reinterpret_cast<const char*>(&last), 4);
  }
  std::string info, tensor, type;
  pbf_writer(tensor).add_int32(1, 7);  // int64
  pbf_writer(type).add_message(1, tensor);
  pbf_writer writer(info);
  writer.add_string(1, "row");
  writer.add_message(2, type);
  Spill(dir.File("model.onnx"),
        ModelOf(Field(1, NodeOf("Gather", {"t", "row"}, {"y"})) +
                Field(5, TensorOf("t", {kRows, kColumns}, 1,
                                  External("weights.bin", "0", std::to_string(kBytes)))) +
                Field(11, info) + Field(12, InfoOf("y"))));
  const auto graph = ReadOnnx(dir.File("model.onnx"));
  INFO(graph.status().ToString());
  REQUIRE(graph.ok());
  const auto context = Context::Create({.threads = 1});
  const auto executor = Executor::Create(*graph, {}, context->get());
  INFO(executor.status().ToString());
  REQUIRE(executor.ok());
  const auto row = Tensor::FromValues<int64_t>({1}, {{kRows - 1}});
  const auto result = (*executor)->Run({{*row}}, **context);
  REQUIRE(result.ok());
  REQUIRE((*result)[0].num_elements() == kColumns);
  CHECK((*result)[0].as<float>()[kColumns - 2] == 0.0f);
  CHECK((*result)[0].as<float>()[kColumns - 1] == 7.0f);
}

TEST_CASE("narrow integers are one a byte inside and packed outside") {
  std::string raw;
  pbf_writer(raw).add_bytes(9, std::string("\x8F\x07", 2));
  const auto read = Parse(ModelOf(Field(5, TensorOf("t", {3}, 22, raw)) + Field(12, InfoOf("t"))));
  REQUIRE(read.ok());
  const Tensor* tensor = (*read)->ConstantTensor((*read)->FindValue("t"));
  REQUIRE(tensor != nullptr);
  const auto codes = tensor->as<int8_t>();
  CHECK(std::vector<int8_t>(codes.begin(), codes.end()) == std::vector<int8_t>{-1, -8, 7});
  CHECK(Write(**read).find(std::string("\x8F\x07", 2)) != std::string::npos);
}

}  // namespace
}  // namespace pawl
