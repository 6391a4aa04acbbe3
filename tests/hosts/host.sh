# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# What the tests of the hosts begin with: ROOT, the source tree; LIBDIR, that of an installed Pawl; WORK, a folder.
# To be sourced with those three arguments.
# shellcheck shell=sh
set -eu
ROOT=$1 LIBDIR=$2 WORK=$3
. "$ROOT/cmake/toolchains.sh"
mkdir -p "$WORK"
export PKG_CONFIG_PATH="$LIBDIR/pkgconfig" LD_LIBRARY_PATH="$LIBDIR${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
export PAWL_DIGITS="$ROOT/examples/models/digits"

# Ends the test for want of something: skipped, but never where cmake/check.sh has installed everything.
lacks() {
  echo "skipped: no $1 (sh cmake/bootstrap.sh installs it)"
  [ "${PAWL_REQUIRE_HOSTS:-OFF}" = ON ] || exit 77
  echo "cmake/check.sh must not skip this: failed"
  exit 1
}
