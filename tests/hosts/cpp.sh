#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Builds the C++ example through find_package, against an installed Pawl, and runs it.
#
#   sh cpp.sh <source tree> <libdir of an installed Pawl> <work folder> <cmake> <C++ compiler>
set -eu
here=$(dirname "$0")
. "$here/host.sh"
rm -rf "$WORK/out"
mkdir "$WORK/out"
"$4" -S "$ROOT/examples/cpp" -B "$WORK/build" "-DCMAKE_PREFIX_PATH=$(pkg-config --variable=prefix pawl)" \
  "-DCMAKE_CXX_COMPILER=$5" "-DCMAKE_CXX_FLAGS=-O1 -Wall -Wextra -Werror"
"$4" --build "$WORK/build"
"$WORK/build/digits" "$PAWL_DIGITS" "$WORK/out"
"$WORK/build/model" "$PAWL_DIGITS" "$WORK/out"
[ "$(ls "$WORK/out" | tr '\n' ' ')" = "digits.pawl digits_copy.onnx digits_int8.onnx " ]
