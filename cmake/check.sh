#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Installs what is missing, builds the release preset and runs its tests; ends with ctest's closing lines.
#
#   sh cmake/check.sh [--peers]
#
#   --peers  also the tests against other engines, which are installed into the cache outside the tree
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
peers=OFF bootstrap=''
for arg in "$@"; do
  case $arg in
    --peers) peers=ON bootstrap=--peers ;;
    *) echo "check: unknown option '$arg' (known: --peers)" >&2; exit 2 ;;
  esac
done

# shellcheck disable=SC2086 # no argument when empty
sh "$here/bootstrap.sh" $bootstrap
cd "$here/.."
cmake --preset release -DPAWL_PEERS=$peers -DPAWL_BUILD_TESTS=ON -DPAWL_BUILD_BENCH=ON \
  -DPAWL_REQUIRE_HOSTS=ON
cmake --build --preset release
exec ctest --preset release --no-label-summary --parallel "$(nproc)"
