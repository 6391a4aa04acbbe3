// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// llama.cpp's importance matrices, in GGUF (lib/formats/imatrix_gguf.h) or in their first form
// ("imatrix.dat"), all little-endian:
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

class Context;

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
  int32_t chunk_size = 0;  // in ids; only in GGUF
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
// The first form; the same bytes from what ParseImatrix gave of it. Errors: InvalidArgument for
// what it would refuse.
absl::StatusOr<std::string> FormatImatrix(const Imatrix& imatrix);

// The same with files; writing is atomic. Reads either form, writes GGUF where the path ends in
// ".gguf". Errors also: those of the file system and of GgufReader; Unimplemented for experts.
absl::StatusOr<Imatrix> ReadImatrix(const std::string& path);
absl::Status WriteImatrix(const std::string& path, const Imatrix& imatrix);

// The importance of the linear layers' columns in a decoder (language_model.h) that runs on `ids`
// as it is, windows of `window` ids (0: its own context, 2048 at most) after one another; with
// GGUF's names, calls being windows. Memory: one residual stream [ids, width] and a layer. Same
// bytes for every target and number of threads. Errors: those of LanguageModel::Open and of
// running.
absl::StatusOr<Imatrix> CollectImatrix(const std::string& model, absl::Span<const int32_t> ids,
                                       int64_t window, Context& context);

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_IMATRIX_H_
