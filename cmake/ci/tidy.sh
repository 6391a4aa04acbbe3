#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# clang-tidy over the library and the C ABI (other files, as those of examples/pawl, by naming them) with the flags of the
# release build. Kernels are read for the baseline target only: the others are the same text again.
#
#   [BUILD=folder] [CLANG_TIDY=program] bash cmake/ci/tidy.sh [file...]
#
# The program is the one that bootstrap.sh --ci installed: what others say of the same file differs.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${BUILD:-build/release}
. /etc/os-release
tidy=${CLANG_TIDY:-${PAWL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pawl}/ci-${VERSION_ID:-13}/bin/clang-tidy}
[[ -x $tidy ]] || { echo "tidy: no $tidy: sh cmake/bootstrap.sh --ci" >&2; exit 2; }
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
printf '%s\0' "${known[@]}" | xargs -0 -n 1 -P "$(nproc)" "$tidy" -p build/tidy --quiet \
  --extra-arg=-DHWY_COMPILE_ONLY_STATIC --extra-arg=-Wno-unknown-warning-option \
  --extra-arg=-Wno-deprecated-declarations # libstdc++ 12's stable_sort calls what it deprecates
echo "${#known[@]} files are clean"
