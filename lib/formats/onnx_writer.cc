// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "lib/core/workspace.h"
#include "lib/formats/file_io.h"
#include "lib/formats/onnx_encode.h"
#include "lib/formats/onnx_fields.h"
#include "lib/formats/staged_folder.h"
#include "lib/graph/operator.h"
#include "pawl/onnx.h"
#include "protozero/pbf_writer.hpp"

namespace pawl {
namespace onnx {
namespace {

using protozero::pbf_writer;

constexpr int64_t kIrVersion = 8;  // of graphs that were not read from a file: opset 15 to 18

absl::Span<const uint8_t> BytesOf(const std::string& text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

void PutVarint(std::string& out, uint64_t value) {
  for (; value >= 128; value >>= 7) out.push_back(static_cast<char>(value | 128));
  out.push_back(static_cast<char>(value));
}

// Tag and length of a message or of bytes.
void PutHead(std::string& out, uint32_t field, uint64_t length) {
  PutVarint(out, uint64_t{field} << 3 | 2);
  PutVarint(out, length);
}

// One version for each domain. Nodes put in place of a function's call may be of another one, which
// is fine while the operator is the same.
absl::StatusOr<OpsetImports> CollectOpsets(const Graph& graph, OpsetImports opsets) {
  for (const Node& node : graph.nodes) {
    const auto [it, added] = opsets.emplace(node.domain, std::max(node.opset, 1));
    const bool same = added || node.opset == 0 || it->second == node.opset ||
                      FindOperator(node.domain, node.op, node.opset) ==
                          FindOperator(node.domain, node.op, it->second);
    if (!same) {
      return AtNode(graph, node,
                    absl::InvalidArgumentError(
                        absl::StrCat("is of opset ", node.opset, " and the model of opset ",
                                     it->second, "; an ONNX file has one version of a domain")));
    }
    for (const Attribute& attribute : node.attributes) {
      for (const auto& subgraph : attribute.graphs) {
        PAWL_ASSIGN_OR_RETURN(opsets, CollectOpsets(*subgraph, std::move(opsets)));
      }
    }
  }
  return opsets;
}

class Writer {
 public:
  Writer(const Graph& graph, const OnnxWriteOptions& options, std::string data_name)
      : graph_(graph), options_(options), data_name_(std::move(data_name)) {}

  // After it, pieces() are the model and data() the file beside it.
  absl::Status Encode() {
    names_ = NamesOf(graph_);
    PAWL_ASSIGN_OR_RETURN(const OpsetImports opsets, CollectOpsets(graph_, graph_.opsets));
    PAWL_ASSIGN_OR_RETURN(std::string fields, EncodeGraphFields(graph_, names_));
    uint64_t total = fields.size();
    for (const Value& value : graph_.values) {
      if (value.constant != nullptr) total += value.constant->tensor.size_bytes();
    }
    external_ = !data_name_.empty() && total > options_.external_from;
    pieces_.push_back({});
    pieces_.push_back({std::move(fields)});
    for (size_t i = 0; i < graph_.values.size(); ++i) PAWL_RETURN_IF_ERROR(AddInitialiser(i));
    uint64_t bytes = 0;
    for (const Piece& piece : pieces_) bytes += piece.own.size() + piece.view.size();
    pieces_[0].own = ModelHead(opsets);
    PutHead(pieces_[0].own, static_cast<uint32_t>(ModelField::kGraph), bytes);
    if (bytes + pieces_[0].own.size() > std::numeric_limits<int32_t>::max()) {
      return absl::InvalidArgumentError(absl::StrCat(
          "an ONNX model of ", bytes, " bytes needs external data: write it to a path"));
    }
    return absl::OkStatus();
  }

  const std::vector<Piece>& pieces() const { return pieces_; }
  const std::vector<Piece>& data() const { return data_; }

 private:
  absl::Status AddInitialiser(size_t i) {
    const Value& value = graph_.values[i];
    if (value.constant == nullptr) return absl::OkStatus();
    if (value.constant->quantized != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("the initialiser '", value.name,
                       "' is quantized; ONNX spells that out as "
                       "codes, scales and DequantizeLinear, which an export pass writes"));
    }
    constexpr auto kField = static_cast<uint32_t>(GraphField::kInitializer);
    if (!value.type.dtype.has_value()) {  // a type that Pawl lacks, as it was
      Piece piece;
      PutHead(piece.own, kField, value.file_info.size());
      piece.own += value.file_info;
      pieces_.push_back(std::move(piece));
      return absl::OkStatus();
    }
    const Tensor& tensor = value.constant->tensor;
    const int32_t data_type = value.file_type != 0 ? value.file_type : DataTypeOf(tensor.dtype());
    Piece bytes = TensorBytes(tensor, data_type);
    const uint64_t size = bytes.own.size() + bytes.view.size();
    std::optional<ExternalPlace> place;
    if (external_ && size >= options_.external_tensor_bytes) {
      place = ExternalPlace{data_name_, data_bytes_, size};
      data_bytes_ += Aligned(size);
    }
    std::string header =
        EncodeTensorHeader(names_[i], tensor, data_type, place.has_value() ? &*place : nullptr);
    if (!place.has_value()) PutHead(header, static_cast<uint32_t>(TensorField::kRawData), size);
    Piece piece;
    PutHead(piece.own, kField, header.size() + (place.has_value() ? 0 : size));
    piece.own += header;
    if (place.has_value()) {
      data_.push_back(std::move(bytes));
      data_.push_back({std::string(Aligned(size) - size, '\0')});
    } else {
      piece.own += bytes.own;
      piece.view = bytes.view;
    }
    pieces_.push_back(std::move(piece));
    return absl::OkStatus();
  }

  std::string ModelHead(const OpsetImports& opsets) const {
    std::string bytes;
    pbf_writer w(bytes);
    const auto text = [&](ModelField field, const std::string& value) {
      if (!value.empty()) w.add_string(static_cast<uint32_t>(field), value);
    };
    w.add_int64(static_cast<uint32_t>(ModelField::kIrVersion),
                graph_.ir_version != 0 ? graph_.ir_version : kIrVersion);
    text(ModelField::kProducerName, graph_.producer_name);
    text(ModelField::kProducerVersion, graph_.producer_version);
    text(ModelField::kDomain, graph_.model_domain);
    if (graph_.model_version != 0) {
      w.add_int64(static_cast<uint32_t>(ModelField::kModelVersion), graph_.model_version);
    }
    text(ModelField::kDoc, graph_.doc);
    for (const auto& [domain, version] : opsets) {
      std::string opset;
      pbf_writer entry(opset);
      entry.add_string(static_cast<uint32_t>(OpsetField::kDomain), domain);
      entry.add_int64(static_cast<uint32_t>(OpsetField::kVersion), version);
      w.add_message(static_cast<uint32_t>(ModelField::kOpsetImport), opset);
    }
    for (const auto& [key, value] : graph_.metadata) {
      std::string pair;
      pbf_writer entry(pair);
      entry.add_string(static_cast<uint32_t>(EntryField::kKey), key);
      entry.add_string(static_cast<uint32_t>(EntryField::kValue), value);
      w.add_message(static_cast<uint32_t>(ModelField::kMetadata), pair);
    }
    return bytes + graph_.model_file_info;
  }

  const Graph& graph_;
  const OnnxWriteOptions& options_;
  std::string data_name_;
  bool external_ = false;
  std::vector<std::string> names_;
  std::vector<Piece> pieces_;
  std::vector<Piece> data_;
  uint64_t data_bytes_ = 0;
};

absl::Status AppendAll(const std::vector<Piece>& pieces, OutputFile& out) {
  for (const Piece& piece : pieces) {
    PAWL_RETURN_IF_ERROR(out.Append(BytesOf(piece.own)));
    PAWL_RETURN_IF_ERROR(out.Append(piece.view));
  }
  return absl::OkStatus();
}

absl::Status WriteFile(const std::string& path, const std::vector<Piece>& pieces) {
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(path));
  PAWL_RETURN_IF_ERROR(AppendAll(pieces, *file));
  return file->Commit();
}

// A model and its external data: complete and checked elsewhere, then both are moved to their
// places or none, but for a kill between the two. The data goes first, so that the model never
// names what is not there.
absl::Status WriteBoth(const Writer& writer, const std::string& path,
                       const OnnxWriteOptions& options) {
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<StagedFolder> staged,
                        StagedFolder::Create(FolderOf(path)));
  const std::string name = path.substr(path.rfind('/') + 1);
  PAWL_RETURN_IF_ERROR(
      staged->Named(WriteFile(staged->Path(absl::StrCat(name, ".data")), writer.data())));
  const std::string model = staged->Path(name);
  PAWL_RETURN_IF_ERROR(staged->Named(WriteFile(model, writer.pieces())));
  if (options.check) PAWL_RETURN_IF_ERROR(options.check(model));
  return staged->Commit();
}

}  // namespace
}  // namespace onnx

absl::Status WriteOnnx(const Graph& graph, const std::string& path, const OnnxWriteOptions& options,
                       absl::Span<const std::string> inputs) {
  PAWL_RETURN_IF_ERROR(graph.Validate());
  onnx::Writer writer(graph, options, absl::StrCat(path.substr(path.rfind('/') + 1), ".data"));
  PAWL_RETURN_IF_ERROR(writer.Encode());
  if (!writer.data().empty()) {
    for (const std::string& output : {path, absl::StrCat(path, ".data")}) {
      PAWL_RETURN_IF_ERROR(AtomicFile::CheckTarget(output, inputs));
    }
    return onnx::WriteBoth(writer, path, options);
  }
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<AtomicFile> file, AtomicFile::Create(path, inputs));
  PAWL_RETURN_IF_ERROR(onnx::AppendAll(writer.pieces(), *file));
  if (options.check) PAWL_RETURN_IF_ERROR(options.check(file->temporary_path()));
  return file->Commit();
}

absl::Status WriteOnnx(const Graph& graph, std::shared_ptr<ByteSink> sink,
                       const std::string& name) {
  PAWL_RETURN_IF_ERROR(graph.Validate());
  const OnnxWriteOptions options;
  onnx::Writer writer(graph, options, "");
  PAWL_RETURN_IF_ERROR(writer.Encode());
  PAWL_ASSIGN_OR_RETURN(const std::unique_ptr<OutputFile> out, OutputToSink(std::move(sink), name));
  PAWL_RETURN_IF_ERROR(onnx::AppendAll(writer.pieces(), *out));
  return out->Commit();
}

}  // namespace pawl
