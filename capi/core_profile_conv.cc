// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The entries of convolutions where the core profile lacks them.

#include "capi/core_profile.h"

using pawl::capi::Missing;

extern "C" {

int32_t pawl_conv_create(pawl_context* context, const pawl_quantized_tensor*, const pawl_options*,
                         const pawl_options*, pawl_conv** conv) noexcept {
  return Missing(context, conv);
}
int32_t pawl_conv_create_float(pawl_context* context, const pawl_tensor*, const pawl_options*,
                               const pawl_options*, pawl_conv** conv) noexcept {
  return Missing(context, conv);
}
void pawl_conv_destroy(pawl_conv*) noexcept {}
int32_t pawl_conv_run(pawl_context* context, const pawl_conv*, size_t, size_t, size_t, const void*,
                      int32_t, size_t, void*, int32_t, size_t) noexcept {
  return Missing(context);
}
size_t pawl_conv_in_channels(const pawl_conv*) noexcept { return 0; }
size_t pawl_conv_out_channels(const pawl_conv*) noexcept { return 0; }
size_t pawl_conv_output_height(const pawl_conv*, size_t) noexcept { return 0; }
size_t pawl_conv_output_width(const pawl_conv*, size_t) noexcept { return 0; }
int32_t pawl_conv_get_mode(const pawl_conv*) noexcept { return -1; }
const char* pawl_conv_name(const pawl_conv*) noexcept { return nullptr; }
size_t pawl_conv_size_bytes(const pawl_conv*) noexcept { return 0; }
size_t pawl_conv_workspace_bytes(const pawl_conv*, size_t, size_t, size_t) noexcept { return 0; }
int32_t pawl_conv_weights(pawl_context* context, const pawl_conv*,
                          pawl_quantized_tensor** weights) noexcept {
  return Missing(context, weights);
}

}  // extern "C"
