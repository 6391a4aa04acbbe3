// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Graphs: what is in a model, and writing it.

#include <cstdio>
#include <cstring>
#include <set>

#include "capi_test_util.h"
#include "onnx_bytes.h"

namespace pawl_test {
namespace {

PAWL_TEST_HANDLE(Graph, graph);

void Open(const Context& c, const std::string& bytes, Graph* graph) {
  REQUIRE(pawl_graph_open_memory(c, bytes.data(), bytes.size(), nullptr, nullptr, "small.onnx",
                                 nullptr, graph->out()) == PAWL_OK);
}

size_t Find(const Context& c, const Graph& graph, const char* name) {
  size_t index = 0;
  REQUIRE(pawl_graph_find(c, graph, name, &index) == PAWL_OK);
  CHECK(std::string(pawl_graph_value_name(graph, index)) == name);
  return index;
}

TEST_CASE("a model's values through the C ABI") {
  const Context c;
  Graph graph;
  const std::string bytes = SmallModel();
  Open(c, bytes, &graph);
  REQUIRE(pawl_graph_value_count(graph) == 6);
  REQUIRE(pawl_graph_input_count(graph) == 1);
  REQUIRE(pawl_graph_output_count(graph) == 2);
  const size_t x = Find(c, graph, "x"), w = Find(c, graph, "W"), sum = Find(c, graph, "sum");
  CHECK(pawl_graph_input(graph, 0) == static_cast<int64_t>(x));
  CHECK(pawl_graph_input(graph, 1) == -1);
  CHECK(pawl_graph_output(graph, 0) == static_cast<int64_t>(Find(c, graph, "y")));
  CHECK(pawl_graph_output(graph, 1) == static_cast<int64_t>(x));
  CHECK(pawl_graph_value_kind(graph, x) == PAWL_VALUE_INPUT);
  CHECK(pawl_graph_value_kind(graph, w) == PAWL_VALUE_CONSTANT);
  CHECK(pawl_graph_value_kind(graph, sum) == PAWL_VALUE_COMPUTED);
  // What follows from the inputs is filled in.
  CHECK(pawl_graph_value_dtype(graph, sum) == PAWL_DTYPE_F32);
  REQUIRE(pawl_graph_value_rank(graph, sum) == 2);
  const int64_t* shape = pawl_graph_value_shape(graph, sum);
  REQUIRE(pawl_graph_symbol(graph, shape[0]) != nullptr);
  CHECK(std::string(pawl_graph_symbol(graph, shape[0])) == "batch");
  CHECK(shape[0] == pawl_graph_value_shape(graph, x)[0]);
  CHECK(shape[1] == 3);
  CHECK(pawl_graph_symbol(graph, 3) == nullptr);
  CHECK(pawl_graph_value_file_type(graph, x) == 0);

  Tensor tensor;
  REQUIRE(pawl_graph_value_tensor(c, graph, w, tensor.out()) == PAWL_OK);
  CHECK(pawl_tensor_shape(tensor)[1] == 3);
  CHECK(static_cast<const float*>(pawl_tensor_data(tensor))[9] == 1.0f);
  CHECK(pawl_graph_value_tensor(c, graph, x, tensor.out()) == PAWL_FAILED_PRECONDITION);
  CHECK(Contains(c.error(), "'x'"));
  Quantized quantized;
  CHECK(pawl_graph_value_quantized(c, graph, w, quantized.out()) == PAWL_FAILED_PRECONDITION);
  CHECK(pawl_graph_value_tensor(c, graph, 99, tensor.out()) == PAWL_OUT_OF_RANGE);
  size_t index = 0;
  CHECK(pawl_graph_find(c, graph, "sun", &index) == PAWL_NOT_FOUND);
  CHECK(Contains(c.error(), "'sum'"));
  CHECK(Contains(c.error(), "small.onnx"));
}

TEST_CASE("a model's nodes, and what cannot be run") {
  const Context c;
  Graph graph;
  const std::string bytes = SmallModel("Relax", "org.example");
  Open(c, bytes, &graph);
  REQUIRE(pawl_graph_node_count(graph) == 3);
  CHECK(std::string(pawl_graph_node_name(graph, 0)) == "product");
  CHECK(std::string(pawl_graph_node_operator(graph, 0)) == "MatMul");
  CHECK(std::string(pawl_graph_node_domain(graph, 0)).empty());
  CHECK(pawl_graph_node_opset(graph, 0) == 17);
  CHECK(pawl_graph_node_runs(graph, 0) == 1);
  CHECK(std::string(pawl_graph_node_operator(graph, 2)) == "Relax");
  CHECK(std::string(pawl_graph_node_domain(graph, 2)) == "org.example");
  CHECK(pawl_graph_node_runs(graph, 2) == 0);
  REQUIRE(pawl_graph_node_input_count(graph, 0) == 2);
  REQUIRE(pawl_graph_node_output_count(graph, 0) == 1);
  CHECK(pawl_graph_node_input(graph, 0, 1) == static_cast<int64_t>(Find(c, graph, "W")));
  CHECK(pawl_graph_node_output(graph, 0, 0) == static_cast<int64_t>(Find(c, graph, "xW")));
  CHECK(pawl_graph_node_input(graph, 0, 2) == -1);
  CHECK(pawl_graph_node_output(graph, 7, 0) == -1);
  CHECK(pawl_graph_opset(graph, "") == 17);
  CHECK(pawl_graph_opset(graph, "org.example") == 1);
  CHECK(pawl_graph_opset(graph, "nobody") == 0);
  CHECK(std::string(pawl_graph_metadata(graph, "author")) == "test");
  CHECK(pawl_graph_metadata(graph, "licence") == nullptr);
  REQUIRE(pawl_graph_metadata_count(graph) == 1);
  CHECK(std::string(pawl_graph_metadata_key(graph, 0)) == "author");
  CHECK(pawl_graph_metadata_key(graph, 1) == nullptr);
}

TEST_CASE("getters of graphs take NULL and indices that are out of range") {
  CHECK(pawl_graph_value_count(nullptr) == 0);
  CHECK(pawl_graph_value_name(nullptr, 0) == nullptr);
  CHECK(pawl_graph_value_kind(nullptr, 0) == -1);
  CHECK(pawl_graph_value_dtype(nullptr, 0) == -1);
  CHECK(pawl_graph_value_rank(nullptr, 0) == -1);
  CHECK(pawl_graph_value_shape(nullptr, 0) == nullptr);
  CHECK(pawl_graph_value_file_type(nullptr, 0) == 0);
  CHECK(pawl_graph_symbol(nullptr, -2) == nullptr);
  CHECK(pawl_graph_input(nullptr, 0) == -1);
  CHECK(pawl_graph_output(nullptr, 0) == -1);
  CHECK(pawl_graph_node_count(nullptr) == 0);
  CHECK(pawl_graph_node_name(nullptr, 0) == nullptr);
  CHECK(pawl_graph_node_runs(nullptr, 0) == 0);
  CHECK(pawl_graph_node_input(nullptr, 0, 0) == -1);
  CHECK(pawl_graph_opset(nullptr, "") == 0);
  CHECK(pawl_graph_metadata(nullptr, "a") == nullptr);
  pawl_graph_destroy(nullptr);
}

TEST_CASE("operators that run are listed") {
  const size_t count = pawl_graph_operator_count();
  REQUIRE(count > 100);
  std::set<std::string> names;
  for (size_t i = 0; i < count; ++i) {
    names.insert(pawl_graph_operator_name(i));
    CHECK(pawl_graph_operator_domain(i) != nullptr);
    CHECK(pawl_graph_operator_quantization(i) != nullptr);
    CHECK(pawl_graph_operator_first_opset(i) >= 1);
    const int32_t last = pawl_graph_operator_last_opset(i);
    CHECK((last == 0 || last >= pawl_graph_operator_first_opset(i)));
  }
  CHECK(names.count("Conv") == 1);
  CHECK(names.count("LSTM") == 1);
  CHECK(pawl_graph_operator_name(count) == nullptr);
  CHECK(pawl_graph_operator_domain(count) == nullptr);
}

int32_t Append(void* user, uint64_t offset, const void* bytes, size_t size) {
  auto* text = static_cast<std::string*>(user);
  if (text->size() < offset + size) text->resize(offset + size);
  std::memcpy(&(*text)[offset], bytes, size);
  return PAWL_OK;
}
int32_t Refuse(void*, uint64_t, const void*, size_t) { return PAWL_UNAVAILABLE; }

TEST_CASE("a model is the same bytes in a file, a buffer and a function of the host's") {
  const Context c;
  Graph graph, again;
  Buffer buffer;
  const std::string bytes = SmallModel(), path = "capi_graph_test.onnx";
  Open(c, bytes, &graph);
  REQUIRE(pawl_buffer_create(c, buffer.out()) == PAWL_OK);
  REQUIRE(pawl_graph_save_buffer(c, graph, buffer) == PAWL_OK);
  const std::string saved(static_cast<const char*>(pawl_buffer_data(buffer)),
                          pawl_buffer_size(buffer));
  CHECK(pawl_graph_save_buffer(c, graph, buffer) == PAWL_FAILED_PRECONDITION);
  std::string told;
  REQUIRE(pawl_graph_save_callback(c, graph, Append, &told, "host") == PAWL_OK);
  CHECK(told == saved);
  CHECK(pawl_graph_save_callback(c, graph, Refuse, nullptr, "host") == PAWL_UNAVAILABLE);

  REQUIRE(pawl_graph_save(c, graph, path.c_str(), nullptr, 0) == PAWL_OK);
  REQUIRE(pawl_graph_open(c, path.c_str(), again.out()) == PAWL_OK);
  CHECK(pawl_graph_value_count(again) == 6);
  CHECK(std::string(pawl_graph_metadata(again, "author")) == "test");
  const char* inputs[1] = {path.c_str()};
  CHECK(pawl_graph_save(c, graph, path.c_str(), inputs, 1) == PAWL_INVALID_ARGUMENT);
  pawl_buffer_clear(buffer);
  REQUIRE(pawl_graph_save_buffer(c, again, buffer) == PAWL_OK);
  CHECK(std::string(static_cast<const char*>(pawl_buffer_data(buffer)), pawl_buffer_size(buffer)) ==
        saved);
  std::remove(path.c_str());
}

void Count(void* user) { ++*static_cast<int*>(user); }

TEST_CASE("lent memory of a model is given back once, and kept by the caller on an error") {
  const Context c;
  Tensor constant;
  int given_back = 0;
  const std::string bytes = SmallModel(), broken = bytes.substr(0, bytes.size() / 2);
  {
    Graph graph;
    REQUIRE(pawl_graph_open_memory(c, bytes.data(), bytes.size(), Count, &given_back, nullptr,
                                   nullptr, graph.out()) == PAWL_OK);
    REQUIRE(pawl_graph_value_tensor(c, graph, Find(c, graph, "b"), constant.out()) == PAWL_OK);
  }
  CHECK(static_cast<const float*>(pawl_tensor_data(constant))[1] == -2.0f);
  constant.Reset();
  CHECK(given_back == 1);
  Graph graph;
  CHECK(pawl_graph_open_memory(c, broken.data(), broken.size(), Count, &given_back, "half", nullptr,
                               graph.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "half"));
  CHECK(graph == nullptr);
  CHECK(given_back == 1);
  CHECK(pawl_graph_open(c, "no/such.onnx", graph.out()) == PAWL_NOT_FOUND);
}

}  // namespace
}  // namespace pawl_test
