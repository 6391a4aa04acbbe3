// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/graph/operators/window.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "lib/core/status_macros.h"
#include "pawl/tensor.h"

namespace pawl {
namespace {

// Beyond this no tensor fits into memory, and products of three stay within 64 bits.
constexpr int64_t kMaxExtent = int64_t{1} << 20;

absl::StatusOr<Dims> Entries(const Node& node, absl::string_view attribute, size_t count,
                             int64_t otherwise, int64_t least) {
  const absl::Span<const int64_t> given = node.Ints(attribute);
  Dims values(count, otherwise);
  if (given.empty()) return values;
  if (given.size() != count) {
    return absl::InvalidArgumentError(
        absl::StrCat(attribute, " has ", given.size(), " entries; it must have ", count));
  }
  values.assign(given.begin(), given.end());
  for (const int64_t value : values) {
    if (value < least || value > kMaxExtent) {
      return absl::InvalidArgumentError(absl::StrCat(attribute, " has the entry ", value,
                                                     "; it must be ", least, " to ", kMaxExtent));
    }
  }
  return values;
}

void PadSame(Window& w, size_t i, bool upper) {
  w.out[i] = (w.in[i] + w.stride[i] - 1) / w.stride[i];
  const int64_t extent = (w.kernel[i] - 1) * w.dilation[i] + 1;
  const int64_t pad = std::max<int64_t>(0, (w.out[i] - 1) * w.stride[i] + extent - w.in[i]);
  w.pad_begin[i] = upper ? pad / 2 : pad - pad / 2;
  w.pad_end[i] = pad - w.pad_begin[i];
}

absl::Status SetOutput(Window& w, size_t i, bool ceil_mode) {
  const int64_t extent = (w.kernel[i] - 1) * w.dilation[i] + 1;
  const int64_t room = w.in[i] + w.pad_begin[i] + w.pad_end[i] - extent;
  if (room < 0) {
    return absl::InvalidArgumentError(absl::StrCat("a window of ", extent, " does not fit into ",
                                                   w.in[i], " padded by ", w.pad_begin[i], " and ",
                                                   w.pad_end[i]));
  }
  w.out[i] = room / w.stride[i] + 1;
  if (!ceil_mode || room % w.stride[i] == 0) return absl::OkStatus();
  // A window that would begin in the padding at the end does not count.
  if (w.out[i] * w.stride[i] < w.in[i] + w.pad_begin[i]) ++w.out[i];
  return absl::OkStatus();
}

}  // namespace

int64_t Window::taps() const {
  int64_t product = 1;
  for (const int64_t k : kernel) product *= k;
  return product;
}

bool PaddingFollowsSize(const Node& node) {
  const absl::string_view mode = node.String("auto_pad", "NOTSET");
  return mode == "SAME_UPPER" || mode == "SAME_LOWER";
}

absl::StatusOr<Window> ReadWindow(const Node& node, absl::Span<const int64_t> spatial,
                                  absl::Span<const int64_t> kernel, bool ceil_mode) {
  Window w;
  const size_t rank = spatial.size();
  w.in.assign(spatial.begin(), spatial.end());
  w.out.assign(rank, kUnknownDim);
  PAWL_ASSIGN_OR_RETURN(w.kernel, Entries(node, "kernel_shape", rank, 0, 1));
  if (node.Ints("kernel_shape").empty()) {
    if (kernel.size() != rank) return absl::InvalidArgumentError("has no kernel_shape");
    w.kernel.assign(kernel.begin(), kernel.end());
  } else if (!kernel.empty() &&
             !std::equal(kernel.begin(), kernel.end(), w.kernel.begin(), w.kernel.end())) {
    return absl::InvalidArgumentError(absl::StrCat("kernel_shape is ", ShapeString(w.kernel),
                                                   ", and the weights have ", ShapeString(kernel)));
  }
  PAWL_ASSIGN_OR_RETURN(w.stride, Entries(node, "strides", rank, 1, 1));
  PAWL_ASSIGN_OR_RETURN(w.dilation, Entries(node, "dilations", rank, 1, 1));
  PAWL_ASSIGN_OR_RETURN(const Dims pads, Entries(node, "pads", 2 * rank, 0, 0));
  w.pad_begin.assign(pads.begin(), pads.begin() + static_cast<int64_t>(rank));
  w.pad_end.assign(pads.begin() + static_cast<int64_t>(rank), pads.end());
  const absl::string_view mode = node.String("auto_pad", "NOTSET");
  if (mode == "VALID") {
    w.pad_begin.assign(rank, 0);
    w.pad_end.assign(rank, 0);
  } else if (mode != "NOTSET" && mode != "" && !PaddingFollowsSize(node)) {
    return absl::InvalidArgumentError(absl::StrCat("auto_pad is '", mode, "'"));
  }
  for (size_t i = 0; i < rank; ++i) {
    if (w.kernel[i] < 1 || w.in[i] < 0) continue;
    if (PaddingFollowsSize(node)) {
      PadSame(w, i, mode == "SAME_UPPER");
    } else {
      PAWL_RETURN_IF_ERROR(SetOutput(w, i, ceil_mode));
    }
  }
  return w;
}

}  // namespace pawl
