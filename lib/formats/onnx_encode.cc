// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/onnx_encode.h"

#include <set>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/formats/onnx_fields.h"
#include "lib/graph/operator.h"
#include "protozero/pbf_writer.hpp"

namespace pawl::onnx {
namespace {

using protozero::pbf_writer;

template <typename Field>
constexpr uint32_t Tag(Field field) {
  return static_cast<uint32_t>(field);
}

std::string Entry(const std::string& key, const std::string& value) {
  std::string bytes;
  pbf_writer entry(bytes);
  entry.add_string(Tag(EntryField::kKey), key);
  entry.add_string(Tag(EntryField::kValue), value);
  return bytes;
}

std::string EncodeType(const Graph& graph, const Value& value) {
  if (!value.file_type_info.empty()) return value.file_type_info;
  std::string tensor_bytes, bytes;
  pbf_writer tensor(tensor_bytes);
  const int32_t data_type = value.file_type != 0           ? value.file_type
                            : value.type.dtype.has_value() ? DataTypeOf(*value.type.dtype)
                                                           : 0;
  tensor.add_int32(Tag(TensorTypeField::kElement), data_type);
  if (value.type.shape.has_value()) {
    std::string shape_bytes;
    pbf_writer shape(shape_bytes);
    for (const int64_t dim : *value.type.shape) {
      std::string dim_bytes;
      pbf_writer writer(dim_bytes);
      if (dim >= 0) {
        writer.add_int64(Tag(DimField::kValue), dim);
      } else if (IsSymbol(dim)) {
        writer.add_string(Tag(DimField::kParam), graph.symbols[SymbolOf(dim)]);
      }
      shape.add_message(Tag(ShapeField::kDim), dim_bytes);
    }
    tensor.add_message(Tag(TensorTypeField::kShape), shape_bytes);
  }
  pbf_writer(bytes).add_message(Tag(TypeField::kTensor), tensor_bytes);
  return bytes;
}

std::string EncodeValueInfo(const Graph& graph, const Value& value, const std::string& name) {
  std::string bytes;
  pbf_writer writer(bytes);
  writer.add_string(Tag(ValueInfoField::kName), name);
  const bool typed = value.type.dtype.has_value() || value.file_type != 0;
  if (typed || !value.file_type_info.empty()) {
    writer.add_message(Tag(ValueInfoField::kType), EncodeType(graph, value));
  }
  // What a TensorProto said beside this is not for here.
  if (value.constant == nullptr) bytes += value.file_info;
  return bytes;
}

std::string WholeTensor(const Tensor& tensor) {
  const int32_t data_type = DataTypeOf(tensor.dtype());
  std::string bytes = EncodeTensorHeader("", tensor, data_type, nullptr);
  const Piece data = TensorBytes(tensor, data_type);
  pbf_writer(bytes).add_bytes(Tag(TensorField::kRawData),
                              reinterpret_cast<const char*>(data.view.data()), data.view.size());
  return bytes;
}

int32_t TypeNumber(AttributeKind kind) {
  constexpr AttributeType kTypes[] = {AttributeType::kInt,     AttributeType::kFloat,
                                      AttributeType::kString,  AttributeType::kTensor,
                                      AttributeType::kGraph,   AttributeType::kInts,
                                      AttributeType::kFloats,  AttributeType::kStrings,
                                      AttributeType::kTensors, AttributeType::kGraphs};
  return static_cast<int32_t>(kTypes[static_cast<size_t>(kind)]);
}

absl::StatusOr<std::string> EncodeAttribute(const Attribute& a,
                                            const std::vector<std::string>& names) {
  if (a.kind == AttributeKind::kOther) return a.s;
  std::string bytes;
  pbf_writer w(bytes);
  w.add_string(Tag(AttributeField::kName), a.name);
  switch (a.kind) {
    case AttributeKind::kInt:
      w.add_int64(Tag(AttributeField::kI), a.i);
      break;
    case AttributeKind::kFloat:
      w.add_float(Tag(AttributeField::kF), a.f);
      break;
    case AttributeKind::kString:
      w.add_bytes(Tag(AttributeField::kS), a.s);
      break;
    case AttributeKind::kTensor:
      w.add_message(Tag(AttributeField::kT), WholeTensor(a.tensors[0]));
      break;
    case AttributeKind::kGraph: {
      PAWL_ASSIGN_OR_RETURN(const std::string graph,
                            EncodeSubgraph(*a.graphs[0], NamesOf(*a.graphs[0], names)));
      w.add_message(Tag(AttributeField::kG), graph);
      break;
    }
    case AttributeKind::kInts:
      for (const int64_t value : a.ints) w.add_int64(Tag(AttributeField::kInts), value);
      break;
    case AttributeKind::kFloats:
      for (const float value : a.floats) w.add_float(Tag(AttributeField::kFloats), value);
      break;
    case AttributeKind::kStrings:
      for (const std::string& value : a.strings) w.add_bytes(Tag(AttributeField::kStrings), value);
      break;
    case AttributeKind::kTensors:
      for (const Tensor& t : a.tensors)
        w.add_message(Tag(AttributeField::kTensors), WholeTensor(t));
      break;
    case AttributeKind::kGraphs:
      for (const auto& subgraph : a.graphs) {
        PAWL_ASSIGN_OR_RETURN(const std::string graph,
                              EncodeSubgraph(*subgraph, NamesOf(*subgraph, names)));
        w.add_message(Tag(AttributeField::kGraphs), graph);
      }
      break;
    case AttributeKind::kOther:
      break;
  }
  w.add_int32(Tag(AttributeField::kType), TypeNumber(a.kind));
  return bytes;
}

absl::StatusOr<std::string> EncodeNode(const Node& node, const std::vector<std::string>& names) {
  std::string bytes;
  pbf_writer w(bytes);
  const auto name_of = [&](ValueId id) {
    return id == kNoValue ? std::string() : names[static_cast<size_t>(id)];
  };
  for (const ValueId id : node.inputs) w.add_string(Tag(NodeField::kInput), name_of(id));
  for (const ValueId id : node.outputs) w.add_string(Tag(NodeField::kOutput), name_of(id));
  if (!node.name.empty()) w.add_string(Tag(NodeField::kName), node.name);
  w.add_string(Tag(NodeField::kOpType), node.op);
  for (const Attribute& attribute : node.attributes) {
    PAWL_ASSIGN_OR_RETURN(const std::string encoded, EncodeAttribute(attribute, names));
    w.add_message(Tag(NodeField::kAttribute), encoded);
  }
  if (!node.domain.empty()) w.add_string(Tag(NodeField::kDomain), node.domain);
  return bytes + node.file_info;
}

}  // namespace

Piece TensorBytes(const Tensor& tensor, int32_t data_type) {
  Piece piece;
  const int bits = BitsOf(data_type);
  if (bits == 0 || bits >= 8) {
    piece.view = {static_cast<const uint8_t*>(tensor.data()), tensor.size_bytes()};
    return piece;
  }
  const size_t per_byte = 8 / static_cast<size_t>(bits);
  const auto codes = tensor.as<uint8_t>();
  piece.own.assign((codes.size() + per_byte - 1) / per_byte, '\0');
  for (size_t i = 0; i < codes.size(); ++i) {
    const int code = codes[i] & ((1 << bits) - 1);
    char& byte = piece.own[i / per_byte];
    byte = static_cast<char>(byte | code << (i % per_byte * static_cast<size_t>(bits)));
  }
  return piece;
}

std::string EncodeTensorHeader(const std::string& name, const Tensor& tensor, int32_t data_type,
                               const ExternalPlace* place) {
  std::string bytes;
  pbf_writer w(bytes);
  for (const int64_t dim : tensor.shape()) w.add_int64(Tag(TensorField::kDims), dim);
  w.add_int32(Tag(TensorField::kDataType), data_type);
  if (!name.empty()) w.add_string(Tag(TensorField::kName), name);
  if (place != nullptr) {
    w.add_message(Tag(TensorField::kExternalData), Entry("location", place->location));
    w.add_message(Tag(TensorField::kExternalData), Entry("offset", absl::StrCat(place->offset)));
    w.add_message(Tag(TensorField::kExternalData), Entry("length", absl::StrCat(place->length)));
    w.add_int32(Tag(TensorField::kDataLocation), 1);
  }
  return bytes;
}

absl::StatusOr<std::string> EncodeGraphFields(const Graph& graph,
                                              const std::vector<std::string>& names) {
  std::string bytes;
  pbf_writer w(bytes);
  const auto info = [&](ValueId id) {
    return EncodeValueInfo(graph, graph.value(id), names[static_cast<size_t>(id)]);
  };
  for (const Node& node : graph.nodes) {
    PAWL_ASSIGN_OR_RETURN(const std::string encoded, EncodeNode(node, names));
    w.add_message(Tag(GraphField::kNode), encoded);
  }
  w.add_string(Tag(GraphField::kName), graph.name);
  std::vector<bool> told(graph.values.size(), false);
  for (const auto* list : {&graph.inputs, &graph.constant_inputs}) {
    for (const ValueId id : *list) {
      w.add_message(Tag(GraphField::kInput), info(id));
      told[static_cast<size_t>(id)] = true;
    }
  }
  for (const ValueId id : graph.outputs) {
    w.add_message(Tag(GraphField::kOutput), info(id));
    told[static_cast<size_t>(id)] = true;
  }
  const std::vector<int32_t> producers = graph.Producers();
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    const bool typed = value.type.dtype.has_value() || !value.file_type_info.empty();
    if (producers[i] < 0 || told[i] || !typed) continue;
    w.add_message(Tag(GraphField::kValueInfo), info(static_cast<ValueId>(i)));
  }
  return bytes + graph.file_info;
}

absl::StatusOr<std::string> EncodeSubgraph(const Graph& graph,
                                           const std::vector<std::string>& names) {
  PAWL_ASSIGN_OR_RETURN(std::string bytes, EncodeGraphFields(graph, names));
  pbf_writer w(bytes);
  for (size_t i = 0; i < graph.values.size(); ++i) {
    const Value& value = graph.values[i];
    if (value.constant == nullptr) continue;
    if (value.constant->quantized != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", value.name, "' is a quantized initialiser of a subgraph"));
    }
    if (!value.type.dtype.has_value()) {
      w.add_message(Tag(GraphField::kInitializer), value.file_info);
      continue;
    }
    const Tensor& tensor = value.constant->tensor;
    const int32_t data_type = value.file_type != 0 ? value.file_type : DataTypeOf(tensor.dtype());
    std::string encoded = EncodeTensorHeader(names[i], tensor, data_type, nullptr);
    const Piece data = TensorBytes(tensor, data_type);
    const auto* view = reinterpret_cast<const char*>(data.view.data());
    pbf_writer(encoded).add_bytes(
        Tag(TensorField::kRawData),
        data.own.empty() ? std::string(view, data.view.size()) : data.own);
    w.add_message(Tag(GraphField::kInitializer), encoded);
  }
  return bytes;
}

std::vector<std::string> NamesOf(const Graph& graph) {
  std::vector<std::string> names;
  names.reserve(graph.values.size());
  for (const Value& value : graph.values) names.push_back(value.name);
  return names;
}

std::vector<std::string> NamesOf(const Graph& subgraph, const std::vector<std::string>& outer) {
  std::vector<std::string> names = NamesOf(subgraph);
  std::set<std::string> taken;
  std::vector<bool> captured(names.size(), false);
  for (const Capture& capture : subgraph.captures) {
    names[static_cast<size_t>(capture.inner)] = outer[static_cast<size_t>(capture.outer)];
    taken.insert(outer[static_cast<size_t>(capture.outer)]);
    captured[static_cast<size_t>(capture.inner)] = true;
  }
  for (size_t i = 0; i < names.size(); ++i) {
    if (captured[i]) continue;
    while (!taken.insert(names[i]).second) names[i] += "_inner";
  }
  return names;
}

}  // namespace pawl::onnx
