#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# clang-tidy over the library and the C ABI (other files, as those of examples/pawl, by naming them) with the flags of the
# release build. Kernels are read for the baseline target only: the others are the same text again.
#
#   [BUILD=folder] bash cmake/ci/tidy.sh [file...]
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build/release}
files=("$@")
if ((${#files[@]} == 0)); then
  mapfile -t files < <(git ls-files 'lib/*.cc' 'kernels/*.cc' 'capi/*.cc')
fi
# Only what the build knows, so that no flag is guessed; the build names every source by its whole path.
known=()
for file in "${files[@]}"; do
  if grep -qF "\"file\": \"$PWD/$file\"" "$build/compile_commands.json"; then known+=("$file"); fi
done
# Headers that GCC precompiled mean nothing to clang.
mkdir -p build/tidy
sed -E 's| -include [^ ]*/cmake_pch\.hxx||' "$build/compile_commands.json" > build/tidy/compile_commands.json
printf '%s\0' "${known[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p build/tidy --quiet \
  --extra-arg=-DHWY_COMPILE_ONLY_STATIC --extra-arg=-Wno-unknown-warning-option
echo "${#known[@]} files are clean"
