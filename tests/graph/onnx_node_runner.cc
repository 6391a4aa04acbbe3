// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// onnx_node_runner FOLDER...: runs cases of ONNX's node tests, each a folder with model.onnx and
// test_data_set_<i>/{input,output}_<j>.pb, and prints a line for each:
//
//   <case> TAB pass|fail|unlisted TAB <operators, joined by commas> TAB <largest error> TAB
//   <message>
//
// "unlisted" cases have an operator that Pawl's list lacks. tests/peers/onnx_node_test.py judges.

#include <sys/stat.h>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "lib/formats/mapped_file.h"
#include "lib/formats/onnx_source.h"
#include "lib/graph/operator.h"
#include "pawl/context.h"
#include "pawl/executor.h"
#include "pawl/graph.h"
#include "pawl/onnx.h"
#include "protozero/exception.hpp"

namespace pawl {
namespace {

// ONNX's own bounds (onnx/backend/test/runner).
constexpr double kRelative = 1e-3;
constexpr double kAbsolute = 1e-7;

// Two units in the last place where that is more: chains of operators on narrow floats round after
// each step, and a sum in another order then lands beside.
double Relative(DType dtype) {
  return dtype == DType::kBF16 ? 0x1p-6 : dtype == DType::kF16 ? 0x1p-9 : kRelative;
}

bool Exists(const std::string& path) {
  struct stat info;
  return stat(path.c_str(), &info) == 0;
}

absl::StatusOr<Tensor> ReadTensorFile(const std::string& path) {
  PAWL_ASSIGN_OR_RETURN(const auto file, MappedFile::Open(path));
  onnx::Source source(file, "", false);
  try {
    PAWL_ASSIGN_OR_RETURN(onnx::TensorMessage message, onnx::ReadTensor(source, source.bytes()));
    if (!message.held) {
      return absl::UnimplementedError(absl::StrCat(path, " has type ", message.data_type));
    }
    return message.tensor.Clone();
  } catch (const protozero::exception& error) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": not a tensor"));
  }
}

absl::StatusOr<std::vector<Tensor>> ReadTensors(const std::string& folder, const char* kind) {
  std::vector<Tensor> tensors;
  for (int i = 0; Exists(absl::StrCat(folder, "/", kind, "_", i, ".pb")); ++i) {
    PAWL_ASSIGN_OR_RETURN(Tensor tensor,
                          ReadTensorFile(absl::StrCat(folder, "/", kind, "_", i, ".pb")));
    tensors.push_back(std::move(tensor));
  }
  return tensors;
}

void CollectOperators(const Graph& graph, std::set<std::string>& names, bool& listed) {
  for (const Node& node : graph.nodes) {
    names.insert(node.domain.empty() ? node.op : absl::StrCat(node.domain, ".", node.op));
    listed &= FindOperator(node.domain, node.op, 0) != nullptr;
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) CollectOperators(*subgraph, names, listed);
    }
  }
}

std::vector<double> Doubles(const Tensor& tensor) {
  std::vector<double> values(static_cast<size_t>(tensor.num_elements()));
  switch (tensor.dtype()) {
    case DType::kF64:
      values.assign(tensor.as<double>().begin(), tensor.as<double>().end());
      return values;
    case DType::kI64:
      values.assign(tensor.as<int64_t>().begin(), tensor.as<int64_t>().end());
      return values;
    case DType::kI32:
      values.assign(tensor.as<int32_t>().begin(), tensor.as<int32_t>().end());
      return values;
    default:
      break;
  }
  const auto wide = tensor.ToF32();
  if (wide.ok()) values.assign(wide->as<float>().begin(), wide->as<float>().end());
  return values;
}

absl::Status Compare(const Tensor& got, const Tensor& want, size_t output, double& largest) {
  if (got.dtype() != want.dtype() || got.shape() != want.shape()) {
    return absl::DataLossError(absl::StrCat(
        "output ", output, " is ", DTypeName(got.dtype()), " ", ShapeString(got.shape()),
        ", expected ", DTypeName(want.dtype()), " ", ShapeString(want.shape())));
  }
  if (!IsFloat(got.dtype())) {
    if (got.size_bytes() == 0 || std::memcmp(got.data(), want.data(), got.size_bytes()) == 0) {
      return absl::OkStatus();
    }
  }
  const std::vector<double> g = Doubles(got), w = Doubles(want);
  double scale = 0.0, worst = 0.0;
  for (size_t i = 0; i < g.size(); ++i) {
    if (std::isnan(w[i]) && std::isnan(g[i])) continue;
    if (g[i] == w[i]) {
      if (std::isfinite(w[i])) scale = std::max(scale, std::abs(w[i]));
      continue;
    }
    const double error = std::abs(g[i] - w[i]);
    if (!(error <= kAbsolute + Relative(got.dtype()) * std::abs(w[i])) || !IsFloat(got.dtype())) {
      return absl::DataLossError(
          absl::StrCat("output ", output, " element ", i, " is ", g[i], ", expected ", w[i]));
    }
    scale = std::max(scale, std::abs(w[i]));
    worst = std::max(worst, error);
  }
  if (scale > 0.0) largest = std::max(largest, worst / scale);
  return absl::OkStatus();
}

absl::Status RunCase(const std::string& folder, const std::shared_ptr<Graph>& graph,
                     Context& context, double& largest) {
  PAWL_ASSIGN_OR_RETURN(const auto executor, Executor::Create(graph, {}, &context));
  int sets = 0;
  for (; Exists(absl::StrCat(folder, "/test_data_set_", sets)); ++sets) {
    const std::string data = absl::StrCat(folder, "/test_data_set_", sets);
    PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> inputs, ReadTensors(data, "input"));
    PAWL_ASSIGN_OR_RETURN(const std::vector<Tensor> wanted, ReadTensors(data, "output"));
    // Twice: the second run takes the plan of the first.
    for (int run = 0; run < 2; ++run) {
      PAWL_ASSIGN_OR_RETURN(const absl::Span<const Tensor> results, executor->Run(inputs, context));
      if (results.size() != wanted.size()) {
        return absl::DataLossError(
            absl::StrCat(results.size(), " outputs, expected ", wanted.size()));
      }
      for (size_t i = 0; i < results.size(); ++i) {
        PAWL_RETURN_IF_ERROR(Compare(results[i], wanted[i], i, largest));
      }
    }
  }
  return sets > 0 ? absl::OkStatus() : absl::NotFoundError("has no data");
}

int Main(int argc, char** argv) {
  const auto context = Context::Create({.threads = 2});
  if (!context.ok()) return 1;
  for (int i = 1; i < argc; ++i) {
    const std::string folder = argv[i];
    std::set<std::string> names;
    bool listed = true;
    double largest = 0.0;
    auto graph = ReadOnnx(absl::StrCat(folder, "/model.onnx"));
    absl::Status status = graph.status();
    if (graph.ok()) {
      CollectOperators(**graph, names, listed);
      if (listed) status = RunCase(folder, *graph, **context, largest);
    }
    std::string message(status.message());
    for (char& c : message) c = c == '\n' || c == '\t' ? ' ' : c;
    std::printf("%s\t%s\t%s\t%.3g\t%s\n", folder.substr(folder.rfind('/') + 1).c_str(),
                !status.ok() ? "fail"
                : listed     ? "pass"
                             : "unlisted",
                absl::StrJoin(names, ",").c_str(), largest, message.c_str());
  }
  return 0;
}

}  // namespace
}  // namespace pawl

int main(int argc, char** argv) { return pawl::Main(argc, argv); }
