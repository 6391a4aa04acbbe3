#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Is every tracked C and C++ file as .clang-format says?
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -t files < <(git ls-files '*.h' '*.c' '*.cc')
printf '%s\0' "${files[@]}" | xargs -0 -n 16 -P "$(nproc)" clang-format --dry-run -Werror
echo "${#files[@]} files are formatted"
