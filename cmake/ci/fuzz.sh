#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Builds the fuzz targets and runs each for a minute from the committed corpus, as many at once as there are processors.
# Prints date, commit, target, seconds, executions, coverage, features, inputs, findings; any finding is a failure, and
# stays in build/fuzz/ci/<target>/findings.
#
#   [PAWL_FUZZ_SECONDS=60] bash cmake/ci/fuzz.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${PAWL_FUZZ_SECONDS:-60}
cmake --preset fuzz -DPAWL_PEERS=OFF
cmake --build --preset fuzz --target fuzz_programs
export PAWL_FUZZ_CACHE=$PWD/build/fuzz/ci PAWL_FUZZ_JOBS=${PAWL_FUZZ_JOBS:-$(nproc)}
rm -rf "$PAWL_FUZZ_CACHE"
echo "each target has $seconds s, $PAWL_FUZZ_JOBS run at once"
sh tests/fuzz/fuzz.sh all "$seconds"
awk -F '\t' '{ n += $5; s += $4; f += $9 } END { print NR " targets, " n " executions in " s " s, " f " findings" }' \
  "$PAWL_FUZZ_CACHE/record.tsv"
