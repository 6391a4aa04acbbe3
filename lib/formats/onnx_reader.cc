// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// ModelProto.

#include <exception>
#include <limits>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/mapped_file.h"
#include "lib/formats/onnx_fields.h"
#include "lib/formats/onnx_graph.h"
#include "lib/formats/onnx_node.h"
#include "lib/formats/onnx_source.h"
#include "pawl/onnx.h"
#include "protozero/exception.hpp"
#include "protozero/pbf_message.hpp"

namespace pawl {
namespace onnx {
namespace {

using protozero::data_view;

void ReadOpset(data_view data, OpsetImports& opsets) {
  std::string domain;
  int64_t version = 0;
  protozero::pbf_message<OpsetField> message(data);
  while (message.next()) {
    if (message.tag() == OpsetField::kDomain) {
      domain = message.get_string();
    } else if (message.tag() == OpsetField::kVersion) {
      version = message.get_int64();
    } else {
      message.skip();
    }
  }
  if (version < 0 || version > std::numeric_limits<int>::max()) version = 0;
  opsets[domain == "ai.onnx" ? "" : domain] = static_cast<int>(version);
}

void ReadMetadata(data_view data, std::map<std::string, std::string>& metadata) {
  std::string key, value;
  protozero::pbf_message<EntryField> message(data);
  while (message.next()) {
    if (message.tag() == EntryField::kKey) {
      key = message.get_string();
    } else if (message.tag() == EntryField::kValue) {
      value = message.get_string();
    } else {
      message.skip();
    }
  }
  metadata[key] = value;
}

void ReadFunction(data_view data, Functions& functions) {
  Function function;
  std::string domain, overload;
  protozero::pbf_message<FunctionField> message(data);
  while (message.next()) {
    switch (message.tag()) {
      case FunctionField::kName:
        function.name = message.get_string();
        break;
      case FunctionField::kInput:
        function.inputs.push_back(message.get_string());
        break;
      case FunctionField::kOutput:
        function.outputs.push_back(message.get_string());
        break;
      case FunctionField::kNode:
        function.nodes.push_back(message.get_view());
        break;
      case FunctionField::kOpsetImport:
        ReadOpset(message.get_view(), function.opsets);
        break;
      case FunctionField::kDomain:
        domain = message.get_string();
        break;
      case FunctionField::kDefaults:
        function.defaults.push_back(message.get_view());
        break;
      case FunctionField::kOverload:
        overload = message.get_string();
        break;
      default:
        message.skip();
    }
  }
  if (domain == "ai.onnx") domain = "";
  functions[{domain, {function.name, overload}}] = std::move(function);
}

struct ModelParts {
  data_view graph;
  bool has_graph = false;
  Functions functions;
};

void ReadModelFields(Source& source, Graph& graph, ModelParts& parts) {
  FieldReader message(source.bytes());
  while (message.Next()) {
    protozero::pbf_reader& get = message.get();
    switch (static_cast<ModelField>(message.tag())) {
      case ModelField::kIrVersion:
        graph.ir_version = get.get_int64();
        break;
      case ModelField::kProducerName:
        graph.producer_name = get.get_string();
        break;
      case ModelField::kProducerVersion:
        graph.producer_version = get.get_string();
        break;
      case ModelField::kDomain:
        graph.model_domain = get.get_string();
        break;
      case ModelField::kModelVersion:
        graph.model_version = get.get_int64();
        break;
      case ModelField::kDoc:
        graph.doc = get.get_string();
        break;
      case ModelField::kGraph:
        parts.graph = get.get_view();
        parts.has_graph = true;
        break;
      case ModelField::kOpsetImport:
        ReadOpset(get.get_view(), graph.opsets);
        break;
      case ModelField::kMetadata:
        ReadMetadata(get.get_view(), graph.metadata);
        break;
      case ModelField::kFunctions:
        ReadFunction(get.get_view(), parts.functions);
        break;
      default:
        message.Keep(graph.model_file_info);
    }
  }
}

absl::StatusOr<std::shared_ptr<Graph>> ReadModel(Source& source) {
  auto graph = std::make_shared<Graph>();
  graph->source = source.file().path();
  ModelParts parts;
  ReadModelFields(source, *graph, parts);
  if (!parts.has_graph) {
    return absl::InvalidArgumentError(
        absl::StrCat(graph->source, ": no ONNX model: there is no graph in it"));
  }
  Scope scope{.graph = graph.get(),
              .names = {},
              .enclosing = nullptr,
              .opsets = &graph->opsets,
              .arguments = nullptr,
              .prefix = "",
              .depth = 0};
  GraphReader reader(source, parts.functions);
  PAWL_RETURN_IF_ERROR(reader.ReadGraph(parts.graph, scope));
  PAWL_RETURN_IF_ERROR(source.CheckExternal());
  PAWL_RETURN_IF_ERROR(graph->Validate());
  return graph;
}

// protozero throws on bytes that are no protobuf; nothing of that leaves this function.
absl::StatusOr<std::shared_ptr<Graph>> Read(std::shared_ptr<const MappedFile> file,
                                            std::string folder, bool copy) {
  if (file->size() > std::numeric_limits<int32_t>::max()) {
    return absl::InvalidArgumentError(
        absl::StrCat(file->path(),
                     ": ONNX files have less than 2 GiB; larger tensors go into "
                     "external data"));
  }
  Source source(std::move(file), std::move(folder), copy);
  try {
    auto graph = ReadModel(source);
    if (!graph.ok()) return graph;
    PAWL_RETURN_IF_ERROR(source.file().CheckUnchanged());
    (*graph)->files = source.Files();
    return graph;
  } catch (const protozero::exception& error) {
    return source.Error(
        absl::StrCat("in the message that begins here: no valid protobuf (", error.what(), ")"));
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(
        absl::StrCat(source.file().path(), ": no memory to read it"));
  }
}

std::string FolderOf(const std::string& path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string::npos) return ".";
  return slash == 0 ? "/" : path.substr(0, slash);
}

}  // namespace
}  // namespace onnx

absl::StatusOr<std::shared_ptr<Graph>> ReadOnnx(const std::string& path, bool copy) {
  PAWL_ASSIGN_OR_RETURN(std::shared_ptr<const MappedFile> file,
                        copy ? MappedFile::OpenCopy(path) : MappedFile::Open(path));
  return onnx::Read(std::move(file), onnx::FolderOf(path), copy);
}

absl::StatusOr<std::shared_ptr<Graph>> ReadOnnxMemory(absl::Span<const uint8_t> bytes,
                                                      std::shared_ptr<const void> owner,
                                                      const std::string& name,
                                                      const std::string& folder) {
  return onnx::Read(MappedFile::FromMemory(bytes, std::move(owner), name), folder, false);
}

}  // namespace pawl
