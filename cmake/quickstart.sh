#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# From a fresh machine to a quantized model: installs what is missing, builds a release of what the main job needs, and
# runs it on the model in examples/models/digits. Arguments go to the quickstart. The rest, the pawl command first of
# all, is built by `cmake --build --preset release`.
#
#   sh cmake/quickstart.sh
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
sh "$here/bootstrap.sh" --quick
cd "$here/.."
# Tests and benchmarks need more packages; check.sh turns them on, and they stay on.
[ -f build/release/build.ninja ] ||
  cmake --preset release -DPAWL_BUILD_TESTS=OFF -DPAWL_BUILD_BENCH=OFF
cmake --build --preset release --target pawl_quickstart
exec build/release/examples/quickstart/pawl_quickstart "$@"
