// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl compare: how far the tensors of one file are from those of another.

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "examples/pawl/command.h"
#include "examples/pawl/model_file.h"
#include "pawl/report.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

struct Options {
  std::string original;
  std::string other;
  double min_sqnr = -std::numeric_limits<double>::infinity();
  double max_error = std::numeric_limits<double>::infinity();
};

struct Row {
  std::string name;
  std::string types;
  std::optional<QuantizationError> error;
  std::string problem;  // why there is no error, or which limit it breaks
};

bool IsFloatTensor(const ModelTensor& tensor) {
  if (tensor.quantized) return true;
  return IsFloat(tensor.plain.dtype()) && tensor.plain.dtype() != DType::kE8M0;
}

bool SameBytes(const Tensor& a, const Tensor& b) {
  return a.size_bytes() == 0 || std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

absl::StatusOr<QuantizationError> CompareFloats(const ModelTensor& a, const ModelTensor& b,
                                                Context* context) {
  if (!a.quantized && !b.quantized) return CompareTensors(a.plain, b.plain, context);
  if (!a.quantized) return CompareTensors(a.plain, b.coded, context);
  if (b.quantized) return CompareTensors(a.coded, b.coded, context);
  // The original is the quantized one here: decode it, so that it is what errors are relative to.
  absl::StatusOr<Tensor> decoded = Tensor::Create(DType::kF32, a.coded.shape);
  if (!decoded.ok()) return decoded.status();
  const absl::Status status = Dequantize(a.coded, decoded->mutable_as<float>(), context);
  if (!status.ok()) return status;
  return CompareTensors(*decoded, b.plain, context);
}

absl::StatusOr<Row> CompareItem(const ModelFile& original, const ModelFile& other,
                                const ModelItem& item, Context& context) {
  Row row;
  row.name = item.name;
  const ModelItem* match = other.Find(item.name);
  if (match == nullptr) {
    row.types = item.type;
    row.problem = "missing in the second file";
    return row;
  }
  row.types = absl::StrCat(item.type, " / ", match->type);
  if (item.shape != match->shape) {
    row.problem =
        absl::StrCat("shapes ", ShapeString(item.shape), " and ", ShapeString(match->shape));
    return row;
  }
  const absl::StatusOr<ModelTensor> a = original.Get(item.name);
  if (!a.ok()) return a.status();
  const absl::StatusOr<ModelTensor> b = other.Get(item.name);
  if (!b.ok()) return b.status();
  if (IsFloatTensor(*a) && IsFloatTensor(*b)) {
    const absl::StatusOr<QuantizationError> error = CompareFloats(*a, *b, &context);
    if (!error.ok()) return error.status();
    row.error = *error;
  } else if (a->quantized || b->quantized || a->plain.dtype() != b->plain.dtype()) {
    row.problem = "types cannot be compared";
  } else if (!SameBytes(a->plain, b->plain)) {
    row.problem = "values differ";
  } else {
    row.error = QuantizationError{std::numeric_limits<double>::infinity(), 1.0, 0.0, 0.0};
    row.error->compared = a->plain.num_elements();
  }
  original.Release(item.name);
  other.Release(item.name);
  return row;
}

int64_t NotFinite(const QuantizationError& error) {
  return error.original_nan + error.original_infinite + error.decoded_nan + error.decoded_infinite;
}

// "3 NaN and 0 infinite values in the first file, ...".
std::string NotFiniteText(const QuantizationError& error) {
  return absl::StrCat(error.original_nan, " NaN and ", error.original_infinite,
                      " infinite values in the first file, ", error.decoded_nan, " and ",
                      error.decoded_infinite, " in the second");
}

// Values that one file has and the other lacks are a problem without any limit. The comparisons are
// such that a NaN would fail them.
void Judge(const Options& options, Row* row) {
  const QuantizationError& error = *row->error;
  if (error.unlike > 0) {
    row->problem =
        absl::StrCat(error.unlike, " values are NaN or infinite, and not the same in both");
  } else if (!(error.sqnr_db >= options.min_sqnr)) {
    row->problem = absl::StrCat("SQNR below ", options.min_sqnr, " dB");
  } else if (!(error.max_error <= options.max_error)) {
    row->problem = absl::StrCat("max error above ", options.max_error);
  }
}

absl::StatusOr<std::vector<Row>> CompareFiles(const ModelFile& original, const ModelFile& other,
                                              const Options& options, Context& context) {
  std::vector<Row> rows;
  uint64_t done = 0;
  uint64_t total = 0;
  for (const ModelItem& item : original.items()) total += item.bytes;
  for (const ModelItem& item : original.items()) {
    if (context.cancelled()) return absl::CancelledError("cancelled");
    context.Report(Progress{"compare", item.name, done, total, "bytes"});
    absl::StatusOr<Row> row = CompareItem(original, other, item, context);
    if (!row.ok()) {
      return absl::Status(row.status().code(),
                          absl::StrCat("tensor '", item.name, "': ", row.status().message()));
    }
    if (row->error.has_value()) Judge(options, &*row);
    rows.push_back(*std::move(row));
    done += item.bytes;
  }
  for (const ModelItem& item : other.items()) {
    if (original.Find(item.name) != nullptr) continue;
    rows.push_back(Row{item.name, item.type, std::nullopt, "missing in the first file"});
  }
  return rows;
}

// Of no values there is nothing to say, but of an empty tensor that it is the same.
bool HasFigures(const Row& row) {
  return row.error.has_value() && (row.error->compared > 0 || NotFinite(*row.error) == 0);
}

Json RowsJson(const std::vector<Row>& rows, const Options& options, size_t problems) {
  Json out;
  out["original"] = options.original;
  out["other"] = options.other;
  out["problems"] = problems;
  out["tensors"] = Json::array();
  for (const Row& row : rows) {
    Json tensor;
    tensor["name"] = row.name;
    tensor["types"] = row.types;
    const bool figures = HasFigures(row);
    tensor["sqnr_db"] = figures ? Number(row.error->sqnr_db) : Json();
    tensor["cosine"] = figures ? Number(row.error->cosine) : Json();
    tensor["max_error"] = figures ? Number(row.error->max_error) : Json();
    tensor["exact"] = row.error.has_value() && row.error->max_error == 0.0 &&
                      row.error->mse == 0.0 && row.error->unlike == 0;
    if (row.error.has_value() && NotFinite(*row.error) > 0) {
      tensor["not_finite"] = {{"original_nan", row.error->original_nan},
                              {"original_infinite", row.error->original_infinite},
                              {"other_nan", row.error->decoded_nan},
                              {"other_infinite", row.error->decoded_infinite},
                              {"unlike", row.error->unlike}};
    }
    tensor["problem"] = row.problem;
    out["tensors"].push_back(tensor);
  }
  return out;
}

std::string RowsText(const std::vector<Row>& rows, size_t problems) {
  TextTable table({"tensor", "types", "problem", "SQNR dB", "cosine", "max error"}, 3);
  for (const Row& row : rows) {
    if (!HasFigures(row)) {
      table.AddRow({row.name, row.types, row.problem, "-", "-", "-"});
      continue;
    }
    // Of the values that could be compared; "exact" would say more than that.
    const bool rest = row.error->unlike > 0 && !std::isfinite(row.error->sqnr_db);
    const std::string sqnr = rest ? "-" : DecibelText(row.error->sqnr_db);
    table.AddRow({row.name, row.types, row.problem, sqnr,
                  absl::StrFormat("%.6f", row.error->cosine),
                  absl::StrFormat("%.3g", row.error->max_error)});
  }
  std::string text =
      absl::StrCat(table.ToString(), "\n", rows.size(), " tensors, ", problems, " problems\n");
  for (const Row& row : rows) {
    if (!row.error.has_value() || NotFinite(*row.error) == 0) continue;
    absl::StrAppend(&text, Printable(row.name), ": ", NotFiniteText(*row.error),
                    ", left out of the figures",
                    row.error->unlike == 0 ? "; the same in both, at the same places\n" : "\n");
  }
  return text;
}

absl::StatusOr<int> Run(const Options& options, const CommonOptions& common) {
  const auto original = ModelFile::Open(options.original);
  if (!original.ok()) return original.status();
  const auto other = ModelFile::Open(options.other);
  if (!other.ok()) return other.status();
  absl::StatusOr<std::vector<Row>> rows = absl::UnknownError("");
  {
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    rows = CompareFiles(**original, **other, options, (*session)->context());
  }
  if (!rows.ok()) return rows.status();
  size_t problems = 0;
  for (const Row& row : *rows) problems += row.problem.empty() ? 0 : 1;
  if (common.json) {
    PrintJson(RowsJson(*rows, options, problems));
  } else {
    Print(RowsText(*rows, problems));
  }
  return problems == 0 ? kSuccess : kFailure;
}

}  // namespace

void AddCompare(Arguments& root, Command& command) {
  Arguments* app = root.AddSubcommand(
      "compare", "Compares two files' tensors; exit code 1 for a tensor beyond a limit or missing");
  auto o = std::make_shared<Options>();
  app->Add("ORIGINAL", o->original, "A .pawl, safetensors or GGUF file").Required();
  app->Add("OTHER", o->other, "The file to compare with it").Required();
  app->Add("--min-sqnr", o->min_sqnr, "Least signal to noise ratio, in dB");
  app->Add("--max-error", o->max_error, "Largest difference of two values");
  AddThreads(*app, command.common);
  AddProgress(*app, command.common);
  AddJson(*app, command.common);
  app->OnUse([o, &command] { command.action = [o, &command] { return Run(*o, command.common); }; });
}

}  // namespace pawl::tool
