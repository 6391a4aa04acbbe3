// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// llama.cpp's importance matrices in their first form ("imatrix.dat"), all little-endian:
//
//   i32 entries
//   each: i32 length, name; i32 calls; i32 values, f32 [values]: mean x^2 of a column, times calls
//   optional: i32 chunks; i32 length, name of the data set
//
// Source: llama.cpp's tools/imatrix and tools/quantize (load_legacy_imatrix).

#ifndef PAWL_INCLUDE_PAWL_IMATRIX_H_
#define PAWL_INCLUDE_PAWL_IMATRIX_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace pawl {

struct ImatrixEntry {
  std::string name;  // of the weight, as in the model's file
  int32_t calls = 0;
  std::vector<float> sums;  // [columns], mean square times calls

  // Mean square of each column's inputs: what QuantizeOptions::importance wants. Entries without
  // calls give their sums as they are (llama.cpp does likewise).
  std::vector<float> Importance() const;

  friend bool operator==(const ImatrixEntry&, const ImatrixEntry&) = default;
};

struct Imatrix {
  std::vector<ImatrixEntry> entries;  // in the order of the file
  int32_t chunks = 0;
  std::string dataset;
  bool has_dataset = false;  // files of old versions end after the entries

  // Null for a name that has no entry.
  const ImatrixEntry* Find(absl::string_view name) const;

  friend bool operator==(const Imatrix&, const Imatrix&) = default;
};

// Takes any bytes. Memory is bounded by their number. `source` names them in messages. Errors:
// InvalidArgument with the entry and the place: cut off, negative counts, an empty name or one
// given twice, values that are negative or not finite, more bytes than it says.
absl::StatusOr<Imatrix> ParseImatrix(absl::Span<const uint8_t> bytes,
                                     absl::string_view source = "imatrix");
// The same bytes from what ParseImatrix gave. Errors: InvalidArgument for what it would refuse.
absl::StatusOr<std::string> FormatImatrix(const Imatrix& imatrix);

// The same with files; writing is atomic. Errors also: those of the file system.
absl::StatusOr<Imatrix> ReadImatrix(const std::string& path);
absl::Status WriteImatrix(const std::string& path, const Imatrix& imatrix);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_IMATRIX_H_
