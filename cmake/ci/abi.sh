#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Compares libpawl.so with the ABI baseline; additions pass, anything else fails. --update writes a new baseline, to be
# committed with the reason.
#
#   bash cmake/ci/abi.sh [--update]
set -euo pipefail
cd "$(dirname "$0")/../.."
library=build/release/libpawl.so baseline=capi/abi/libpawl.abi
if [[ ${1-} == --update ]]; then
  mkdir -p capi/abi
  abidw --headers-dir capi --drop-private-types --no-comp-dir-path --no-corpus-path --type-id-style hash \
    --out-file "$baseline" "$library"
  echo "wrote $baseline"
elif [[ ! -f $library ]]; then
  echo "no $library: nothing to compare"
elif [[ ! -f $baseline ]]; then
  echo "no baseline $baseline; make one with: bash cmake/ci/abi.sh --update" >&2
  exit 1
else
  abidiff --headers-dir1 capi --headers-dir2 capi --drop-private-types --no-added-syms "$baseline" "$library"
  echo "the ABI is that of $baseline, or adds to it"
fi
