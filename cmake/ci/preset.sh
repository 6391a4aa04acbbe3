#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Builds one preset and runs its tests, those that install packages or build projects left out.
set -euo pipefail
cd "$(dirname "$0")/../.."
preset=$1
cmake --preset "$preset" -DPAWL_BUILD_BENCH=OFF -DPAWL_PEERS=OFF
cmake --build --preset "$preset"
ctest --preset "$preset" --label-exclude 'peers|consumers|release_only' --no-label-summary --parallel "$(nproc)"
