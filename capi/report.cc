// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "capi/report.h"

#include <limits>
#include <optional>

#include "pawl/dtype.h"
#include "pawl/recipe.h"

using pawl::QuantizeStats;
using pawl::TensorReport;

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

const TensorReport* TensorAt(const pawl_report* report, size_t index) {
  if (report == nullptr || index >= report->report.tensors.size()) return nullptr;
  return &report->report.tensors[index];
}

double ErrorFigure(const TensorReport& tensor, double pawl::QuantizationError::*figure) {
  return tensor.error.has_value() ? (*tensor.error).*figure : kNaN;
}

// NaN for what is no count of QuantizeStats.
double Stat(const QuantizeStats& stats, int32_t figure) {
  switch (figure) {
    case PAWL_REPORT_NAN:
      return static_cast<double>(stats.nan_count);
    case PAWL_REPORT_INF:
      return static_cast<double>(stats.inf_count);
    case PAWL_REPORT_ZERO_GROUPS:
      return static_cast<double>(stats.zero_groups);
    case PAWL_REPORT_SATURATED_SCALES:
      return static_cast<double>(stats.saturated_scales);
    case PAWL_REPORT_UNDERFLOWED_SCALES:
      return static_cast<double>(stats.underflowed_scales);
    default:
      return kNaN;
  }
}

double StatTotal(const pawl::Report& report, int32_t figure) {
  double total = Stat(QuantizeStats{}, figure);  // 0, or NaN for another figure
  for (const TensorReport& tensor : report.tensors) total += Stat(tensor.stats, figure);
  return total;
}

double OperatorOf(const TensorReport& tensor) {
  for (int i = 0; i < pawl::kNumOperatorTypes; ++i) {
    if (pawl::OperatorTypeName(static_cast<pawl::OperatorType>(i)) == tensor.op) return i;
  }
  return kNaN;
}

double DTypeOf(const TensorReport& tensor) {
  const std::optional<pawl::DType> dtype = pawl::ParseDType(tensor.dtype);
  return dtype.has_value() ? static_cast<double>(*dtype) : kNaN;
}

}  // namespace

extern "C" {

const char* pawl_report_json(const pawl_report* report) noexcept {
  return report == nullptr ? nullptr : report->json.c_str();
}
const char* pawl_report_text(const pawl_report* report) noexcept {
  return report == nullptr ? nullptr : report->text.c_str();
}
void pawl_report_destroy(pawl_report* report) noexcept { delete report; }

double pawl_report_total(const pawl_report* report, int32_t figure) noexcept {
  if (report == nullptr) return kNaN;
  const pawl::Report& r = report->report;
  switch (figure) {
    case PAWL_REPORT_QUANTIZED:
      return static_cast<double>(r.quantized_count());
    case PAWL_REPORT_BYTES_BEFORE:
      return static_cast<double>(r.bytes_before);
    case PAWL_REPORT_BYTES_AFTER:
      return static_cast<double>(r.bytes_after);
    case PAWL_REPORT_BITS_PER_WEIGHT:
      return r.mean_bits_per_weight();
    case PAWL_REPORT_FILE_BYTES:
      return static_cast<double>(r.file_bytes);
    case PAWL_REPORT_PEAK_MEMORY_BYTES:
      return static_cast<double>(r.peak_memory_bytes);
    case PAWL_REPORT_SECONDS:
      return r.seconds;
    default:
      return StatTotal(r, figure);
  }
}

size_t pawl_report_count(const pawl_report* report) noexcept {
  return report == nullptr ? 0 : report->report.tensors.size();
}

double pawl_report_tensor(const pawl_report* report, size_t index, int32_t figure) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  if (tensor == nullptr) return kNaN;
  switch (figure) {
    case PAWL_REPORT_QUANTIZED:
      return tensor->quantized ? 1.0 : 0.0;
    case PAWL_REPORT_BYTES_BEFORE:
      return static_cast<double>(tensor->bytes_before);
    case PAWL_REPORT_BYTES_AFTER:
      return static_cast<double>(tensor->bytes_after);
    case PAWL_REPORT_BITS_PER_WEIGHT:
      return tensor->bits_per_weight;
    case PAWL_REPORT_SQNR_DB:
      return ErrorFigure(*tensor, &pawl::QuantizationError::sqnr_db);
    case PAWL_REPORT_COSINE:
      return ErrorFigure(*tensor, &pawl::QuantizationError::cosine);
    case PAWL_REPORT_MAX_ERROR:
      return ErrorFigure(*tensor, &pawl::QuantizationError::max_error);
    case PAWL_REPORT_MSE:
      return ErrorFigure(*tensor, &pawl::QuantizationError::mse);
    case PAWL_REPORT_RULE:
      return tensor->rule;
    case PAWL_REPORT_OPERATOR:
      return OperatorOf(*tensor);
    case PAWL_REPORT_DTYPE:
      return DTypeOf(*tensor);
    default:
      return Stat(tensor->stats, figure);
  }
}

const char* pawl_report_tensor_name(const pawl_report* report, size_t index) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  return tensor == nullptr ? nullptr : tensor->name.c_str();
}
size_t pawl_report_tensor_rank(const pawl_report* report, size_t index) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  return tensor == nullptr ? 0 : tensor->shape.size();
}
const int64_t* pawl_report_tensor_shape(const pawl_report* report, size_t index) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  return tensor == nullptr ? nullptr : tensor->shape.data();
}
const char* pawl_report_tensor_scheme(const pawl_report* report, size_t index) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  return tensor == nullptr ? nullptr : tensor->scheme.c_str();
}
const char* pawl_report_tensor_method(const pawl_report* report, size_t index) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  return tensor == nullptr ? nullptr : tensor->method.c_str();
}
const char* pawl_report_tensor_reason(const pawl_report* report, size_t index) noexcept {
  const TensorReport* tensor = TensorAt(report, index);
  return tensor == nullptr ? nullptr : tensor->reason.c_str();
}

size_t pawl_report_note_count(const pawl_report* report) noexcept {
  return report == nullptr ? 0 : report->report.notes.size();
}
const char* pawl_report_note(const pawl_report* report, size_t index) noexcept {
  if (report == nullptr || index >= report->report.notes.size()) return nullptr;
  return report->report.notes[index].c_str();
}
const char* pawl_report_input_hash(const pawl_report* report) noexcept {
  return report == nullptr ? nullptr : report->report.input_hash.c_str();
}

}  // extern "C"
