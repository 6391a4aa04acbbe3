#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The C header compiles alone as C99, C++11 and C++20, by both compilers; every C++ header of the API compiles alone.
set -euo pipefail
cd "$(dirname "$0")/../.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
warn=(-Wall -Wextra -Wpedantic -Werror -fsyntax-only)

if [[ -f capi/pawl.h ]]; then
  for ext in c cc; do echo '#include "pawl.h"' > "$work/one.$ext"; done
  for cc in gcc clang; do "$cc" -std=c99 "${warn[@]}" -Wstrict-prototypes -Icapi "$work/one.c"; done
  for cxx in g++ clang++; do
    for std in c++11 c++20; do "$cxx" -std=$std "${warn[@]}" -Icapi "$work/one.cc"; done
  done
  echo "capi/pawl.h compiles as C99, C++11 and C++20"
fi

mapfile -t headers < <(git ls-files 'include/pawl/*.h')
for header in "${headers[@]}"; do
  source="$work/$(basename "$header" .h).cc"
  echo "#include \"${header#include/}\"" > "$source"
done
for cxx in g++ clang++; do
  printf '%s\0' "$work"/*.cc | xargs -0 -n 1 -P "$(nproc)" "$cxx" -std=c++20 -Wall -Wextra -Werror -fsyntax-only \
    -Iinclude -Icapi
done
echo "${#headers[@]} headers of include/pawl compile alone"
