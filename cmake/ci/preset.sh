#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Builds one preset and runs its tests, those that install packages or build projects left out. Sanitizer presets compile
# what sanitizers can say something new about: not every instruction set (CMakePresets.json), no examples, and under the
# thread sanitizer no tests of kernels, which know no threads.
set -euo pipefail
cd "$(dirname "$0")/../.."
preset=$1
exclude='peers|consumers|release_only'
options=(-DPAWL_BUILD_BENCH=OFF -DPAWL_PEERS=OFF)
case $preset in
  asan) options+=(-DPAWL_BUILD_EXAMPLES=OFF -DPAWL_INSTALL=OFF) ;;
  tsan)
    options+=(-DPAWL_BUILD_EXAMPLES=OFF -DPAWL_INSTALL=OFF)
    exclude+='|kernels'
    ;;
  fuzz) # clang's: findings name lines, where without this they have addresses
    symbolizer=$(command -v llvm-symbolizer-19 || :)
    [[ -z $symbolizer ]] || export ASAN_SYMBOLIZER_PATH=$symbolizer
    ;;
esac
cmake --preset "$preset" "${options[@]}"
start=$SECONDS
cmake --build --preset "$preset"
echo "$preset: built in $((SECONDS - start)) s"
start=$SECONDS
ctest --preset "$preset" --label-exclude "$exclude" --no-label-summary --parallel "$(nproc)"
echo "$preset: tested in $((SECONDS - start)) s"
