#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Tests the Go module against an installed Pawl; nothing is downloaded.
#
#   sh go.sh <source tree> <libdir of an installed Pawl> <work folder> [--lint]
#
#   --lint  instead of the tests alone: go vet, gofmt, and the tests under the race detector
set -eu
here=$(dirname "$0")
. "$here/host.sh"

go=$(pawl_find_go) || lacks "go 1.19 or later"
export GOFLAGS=-mod=readonly GOTOOLCHAIN=local GOPROXY=off CGO_ENABLED=1 CC="${CC:-gcc}"
# Go does not see that a header outside of the module has changed.
CGO_CFLAGS="-O2 -DPAWL_HEADER_SUM=$(cksum < "$(pkg-config --variable=includedir pawl-c)/pawl.h" | tr ' ' _)"
export CGO_CFLAGS
cd "$ROOT/examples/go"
echo "$go, $("$go" version)"
if [ "${4-}" = --lint ]; then
  ugly=$("$(dirname "$(readlink -f "$go")")/gofmt" -l .)
  [ -z "$ugly" ] || { echo "not as gofmt has them: $ugly"; exit 1; }
  "$go" vet ./...
  exec "$go" test -race -count=1 ./...
fi
"$go" test -vet=off -count=1 -v ./...
