// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Calibrator: observers by tensor name over calibration batches, and their cache files.

#ifndef PAWL_INCLUDE_PAWL_CALIBRATOR_H_
#define PAWL_INCLUDE_PAWL_CALIBRATOR_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "pawl/observer.h"
#include "pawl/tensor.h"

namespace pawl {

// Tensors whose name holds a match of `pattern` (RE2 syntax) get such an observer.
struct CalibrationRule {
  std::string pattern;
  ObserverOptions observer;

  friend bool operator==(const CalibrationRule&, const CalibrationRule&) = default;
};

inline constexpr size_t kMaxCalibrationRules = 256;

struct CalibratorOptions {
  std::vector<CalibrationRule> rules;  // the first that matches a name counts
  ObserverOptions fallback{ObserverKind::kHistogram, false, 0, 4096, 0.01};  // where none does

  friend bool operator==(const CalibratorOptions&, const CalibratorOptions&) = default;
};

// TensorRT's calibration cache: text, one symmetric int8 scale a tensor.
//
//   TRT-<version>-<algorithm>
//   <tensor name>: <hexadecimal of the big-endian f32 scale>
//
// scale = largest magnitude / 127 (README of TensorRT's sampleINT8). Names may hold colons and
// blanks: the last ": " of a line separates.
struct TensorRtCache {
  std::string version = "8600";
  std::string algorithm = "EntropyCalibration2";
  std::vector<std::pair<std::string, float>> scales;  // in the order of the file

  friend bool operator==(const TensorRtCache&, const TensorRtCache&) = default;
};

// Lines may end in LF or CR LF; empty ones are skipped. `source` names the text in messages.
// Errors: InvalidArgument with the line: no header, no ": ", not 1 to 8 hexadecimal digits, a scale
// that is negative, NaN or infinite, a name given twice.
absl::StatusOr<TensorRtCache> ParseTensorRtCache(absl::string_view text,
                                                 absl::string_view source = "TensorRT cache");
// Errors: InvalidArgument for what the format cannot hold: an empty name or one with a line break
// or given twice, a blank in the header, a scale as above.
absl::StatusOr<std::string> FormatTensorRtCache(const TensorRtCache& cache);

// The same with files; writing is atomic. Errors also: those of the file system.
absl::StatusOr<TensorRtCache> ReadTensorRtCache(const std::string& path);
absl::Status WriteTensorRtCache(const std::string& path, const TensorRtCache& cache);

// [-127 * scale, 127 * scale], cut to what f32 holds: what such a scale can represent.
ValueRange TensorRtRange(float scale);

// What calibration found for one tensor.
struct CalibratedTensor {
  std::string name;
  std::vector<ValueRange> ranges;  // one, or one for each channel
  std::vector<QParams> params;     // likewise
  uint64_t count = 0;              // finite values seen
  uint64_t nan_count = 0;
  uint64_t inf_count = 0;
};

// Not thread-safe while observing; calibrate in several threads or processes with a Calibrator each
// and merge.
class Calibrator {
 public:
  // Errors: InvalidArgument for a pattern that is no regular expression or a bad observer option,
  // naming the rule, or too many rules.
  static absl::StatusOr<Calibrator> Create(const CalibratorOptions& options = {});

  // One batch of the tensor. Errors: as Observer::Observe, naming the
  // tensor; nothing changes then.
  absl::Status Observe(const std::string& name, const Tensor& batch);
  absl::Status Observe(const std::string& name, absl::Span<const float> batch);

  // Call after the last batch: NotFound where a rule matched no tensor, with the nearest names.
  absl::Status Finish() const;

  // What each tensor's statistics give, in the order of names.
  // Errors: as Observer::ComputeRanges, naming the tensor.
  absl::StatusOr<std::vector<CalibratedTensor>> Results(const RangeOptions& options) const;

  // One scale a tensor for TensorRT; options.codes are taken as symmetric int8.
  // Errors: as Results, and InvalidArgument for a tensor with more than one channel.
  absl::StatusOr<TensorRtCache> ToTensorRt(RangeOptions options) const;

  // As Observer::Merge for each tensor; tensors that one side lacks are taken over.
  // Errors: InvalidArgument where options or a tensor's channels differ; *this is then unchanged.
  absl::Status Merge(const Calibrator& other);

  // Null for a name that was not observed. Valid until the next non-const call.
  const Observer* Find(const std::string& name) const;
  const std::map<std::string, Observer>& observers() const { return observers_; }
  const CalibratorOptions& options() const { return options_; }

  // The whole state as JSON (version 1), for the model with this hash (any text that tells models
  // apart). The same state gives the same bytes.
  // Errors: InvalidArgument for an empty hash or text that is not UTF-8, or a cache larger than
  // FromJson reads (fewer bins, or fewer channels with a histogram, make it smaller).
  absl::StatusOr<std::string> ToJson(absl::string_view model_hash) const;

  // Takes any bytes: what is not a cache is an error. `source` names the text in messages.
  // Errors: FailedPrecondition where the cache belongs to another model (the message has both
  // hashes); InvalidArgument for text that ToJson could not have written; Unimplemented for a
  // newer major version. What a newer minor version added is left out.
  static absl::StatusOr<Calibrator> FromJson(absl::string_view text, absl::string_view model_hash,
                                             absl::string_view source = "calibration cache");

  // The same with files; saving is atomic: the old file or the new one, whatever happens.
  absl::Status Save(const std::string& path, absl::string_view model_hash) const;
  static absl::StatusOr<Calibrator> Load(const std::string& path, absl::string_view model_hash);

 private:
  struct Rules;  // compiled patterns

  Calibrator() = default;
  absl::StatusOr<Observer*> ObserverFor(const std::string& name);

  CalibratorOptions options_;
  std::shared_ptr<const Rules> rules_;
  std::map<std::string, Observer> observers_;
};

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_CALIBRATOR_H_
