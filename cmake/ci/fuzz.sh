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
cmake --preset fuzz
cmake --build --preset fuzz
export PAWL_FUZZ_CACHE=$PWD/build/fuzz/ci PAWL_FUZZ_JOBS=${PAWL_FUZZ_JOBS:-$(nproc)}
rm -rf "$PAWL_FUZZ_CACHE"
sh tests/fuzz/fuzz.sh all "${PAWL_FUZZ_SECONDS:-60}"
awk -F '\t' '{ n += $5; s += $4; f += $9 } END { print NR " targets, " n " executions in " s " s, " f " findings" }' \
  "$PAWL_FUZZ_CACHE/record.tsv"
