// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Hostile tensors for the checkpoint codecs, and what must hold of what they make of them.

#ifndef PAWL_TESTS_FUZZ_CHECKPOINT_CHECK_H_
#define PAWL_TESTS_FUZZ_CHECKPOINT_CHECK_H_

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "absl/status/statusor.h"
#include "fuzz.h"
#include "pawl/quantized_tensor.h"
#include "pawl/tensor.h"

namespace pawl::fuzz {

// Makes tensors out of the input and counts their bytes.
class Tensors {
 public:
  explicit Tensors(Input& input) : input_(input) {}

  // What the format asks for; now and then of another type or shape, or none at all. Data of
  // exactly the tensor's size; without memory for it where the shape is beyond `kMostBytes`.
  Tensor Like(std::initializer_list<DType> dtypes, std::vector<int64_t> shape);
  // The same with other bytes for data than the input's.
  Tensor Of(DType dtype, std::vector<int64_t> shape, std::vector<uint8_t> data);

  // A size of a dimension: small, rarely none, hardly ever huge.
  int64_t Dim(int64_t most = 40);
  // A group's size: mostly what formats know, rarely anything.
  int64_t GroupSize();

  size_t bytes() const { return bytes_; }

 private:
  Input& input_;
  size_t bytes_ = 0;
};

// Valid and decodable, for every target the same values (of NaNs not the bits).
void CheckDecoded(const QuantizedTensor& tensor);

// Same type, shape and bytes.
bool SameTensor(const Tensor& a, const Tensor& b);

// Both decode to the same values, NaN for NaN.
void CheckSameValues(const QuantizedTensor& a, const QuantizedTensor& b);

// Runs a codec there and back: `from` of `tensors`, then `to`, then `from` again, with the same
// values at the end, and `to` again with `same` parts.
template <typename T, typename From, typename To, typename Same>
void CheckCodec(const T& tensors, size_t bytes, const From& from, const To& to, const Same& same) {
  absl::StatusOr<QuantizedTensor> decoded = absl::UnknownError("");
  {
    const AllocationLimit limit(bytes, 16);
    decoded = from(tensors);
  }
  if (!Succeeded(decoded.status())) return;
  CheckDecoded(*decoded);
  const absl::StatusOr<T> written = to(*decoded);
  if (!Succeeded(written.status())) return;
  const absl::StatusOr<QuantizedTensor> again = from(*written);
  PAWL_FUZZ_CHECK(again.ok(), again.status().ToString());
  CheckSameValues(*decoded, *again);
  const absl::StatusOr<T> twice = to(*again);
  PAWL_FUZZ_CHECK(twice.ok(), twice.status().ToString());
  PAWL_FUZZ_CHECK(same(*written, *twice), "written twice, the parts differ");
}

}  // namespace pawl::fuzz

#endif  // PAWL_TESTS_FUZZ_CHECKPOINT_CHECK_H_
