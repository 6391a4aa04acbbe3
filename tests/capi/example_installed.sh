#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Builds the C example as a host would, from an installed Pawl's header and shared library only, and runs it.
#
#   sh example_installed.sh <cc> <prefix> <libdir> <source> <model folder>
set -eu
cc=$1 prefix=$2 libdir=$3 source=$4 models=$5
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$cc" -std=c99 -O1 -Wall -Wextra -Wpedantic -Werror "$source" -I"$prefix/include" -L"$libdir" -lpawl \
  -Wl,-rpath,"$libdir" -o "$work/example"
"$work/example" "$models" "$work"
# One library: who links the C ABI asks for its SONAME and for nothing else of Pawl's.
readelf -d "$work/example" | grep -q 'NEEDED.*\[libpawl\.so\.0\]'
test "$(ls "$work")" = "$(printf 'digits_int8.pawl\nexample')"
