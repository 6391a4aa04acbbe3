#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# What check.sh leaves out of the hosts' tests, against the Pawl that it installed: linters, the race detector, bindgen,
# torch; and the tests again with the distribution's Rust and Go, which on Debian 12 are the oldest that are supported.
#
#   bash cmake/ci/hosts.sh
set -euo pipefail
cd "$(dirname "$0")/../.."
export PAWL_REQUIRE_HOSTS=ON
libdir=$(dirname "$(find "$PWD/build/release/consumers/prefix" -name libpawl.so)")
work=$PWD/build/hosts

run() { # <name> <more arguments>
  echo "--- $*"
  sh "tests/hosts/$1.sh" "$PWD" "$libdir" "$work/$1$suffix" "${@:2}"
}

suffix=''
run rust --lint
run go --lint
run python --lint
export PATH=/usr/bin:$PATH
suffix=-distribution
run rust
run go
