#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# From a fresh machine to a quantized model: installs what is missing, builds a release of the library, the pawl command
# and the quickstart, and runs that on the model in examples/models/digits. Arguments go to the quickstart.
#
#   sh cmake/quickstart.sh
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
sh "$here/bootstrap.sh" --quick
cd "$here/.."
# Tests and benchmarks need more packages; check.sh turns them on, and they stay on.
[ -f build/release/build.ninja ] ||
  cmake --preset release -DPAWL_BUILD_TESTS=OFF -DPAWL_BUILD_BENCH=OFF
cmake --build --preset release --target pawl_quickstart pawl_tool
exec build/release/examples/quickstart/pawl_quickstart "$@"
