#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# What bindgen 0.60 makes of a pawl.h, on standard output: pawl-sys/src/bindings.rs.
#
#   sh bindgen.sh <pawl.h>
set -eu
bindgen "$1" --disable-header-comment --raw-line '/* Made from capi/pawl.h by bindgen.sh; do not edit. */' \
  --allowlist-function 'pawl_.*' --allowlist-type 'pawl_.*' --allowlist-var 'PAWL_.*' \
  --blocklist-type '__u?int[0-9]+_t' --no-prepend-enum-name --no-layout-tests --no-doc-comments --size_t-is-usize \
  --rust-target 1.47 -- -std=c99
