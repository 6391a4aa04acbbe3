// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The activations of a long text in one place of a model, a row for each id: in memory, or in a
// file that has no name and goes with the object.

#ifndef PAWL_LIB_MODELS_ACTIVATION_ROWS_H_
#define PAWL_LIB_MODELS_ACTIVATION_ROWS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "pawl/tensor.h"

namespace pawl {

// Serves one thread at a time.
class ActivationRows {
 public:
  // f32 [rows, columns], in a file of the folder unless that is empty. Errors: what making a file
  // gives; ResourceExhausted.
  static absl::StatusOr<ActivationRows> Create(int64_t rows, int64_t columns,
                                               const std::string& folder);
  ActivationRows() = default;  // none
  ~ActivationRows();
  ActivationRows(ActivationRows&& other) noexcept;
  ActivationRows& operator=(ActivationRows&& other) noexcept;

  bool empty() const { return columns_ == 0; }

  // Rows [first, first + count), valid until the next call of Get.
  absl::StatusOr<Tensor> Get(int64_t first, int64_t count);
  // Writes the rows, f32 [count, columns], from `first` on.
  absl::Status Put(int64_t first, const Tensor& rows);

 private:
  int64_t columns_ = 0;
  Tensor values_;  // all of them, or the rows at hand
  int fd_ = -1;
  std::string folder_;  // for messages
};

}  // namespace pawl

#endif  // PAWL_LIB_MODELS_ACTIVATION_ROWS_H_
