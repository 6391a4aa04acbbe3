#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# arm64 under qemu-user: builds the preset and runs its whole suite on a CPU that has everything (SVE of 512 bits), then the
# tests of the kernels and of linear layers on one CPU for each instruction set and vector length. A context is made with
# the level that the CPU is there for: one that lacks it is an error. Those tests go through the targets that are named,
# so that each runs once where nothing newer can hide an instruction that is missing (NEON), or once for each length.
set -euo pipefail
cd "$(dirname "$0")/../.."
export QEMU_LD_PREFIX=/usr/aarch64-linux-gnu
PAWL_TEST_TARGETS=sve_i8mm QEMU_CPU=max,sve-default-vector-length=64 bash cmake/ci/preset.sh arm64

run() { # <level> <cpu> <tested targets> <test>
  local level=$1 cpu=$2 targets=$3 test=$4 log
  log=build/ci/arm64-$level-${cpu//[^a-z0-9]/-}-$test.log
  if (cd tests && PAWL_TARGET=$level PAWL_TEST_TARGETS=$targets QEMU_CPU=$cpu \
    qemu-aarch64 "../build/arm64/tests/$test") > "$log" 2>&1; then
    echo "arm64: $test on $cpu ($level): $(tail -n 2 "$log" | head -n 1)"
  else
    cat "$log"
    echo "arm64: $test on $cpu ($level): FAILED"
    return 1
  fi
}
export -f run
mkdir -p build/ci
# The longest first.
xargs -P "$(nproc)" -I{} bash -c 'run {}' << 'END'
sve_i8mm max,sve-max-vq=1 sve,sve_i8mm linear_test
sve_i8mm max,sve-max-vq=2 sve,sve_i8mm linear_test
sve a64fx sve linear_test
sve max,sve-max-vq=1 sve,sve_i8mm kernels_test
sve max,sve-max-vq=2 sve,sve_i8mm kernels_test
sve a64fx sve kernels_test
neon cortex-a72 scalar,neon linear_test
neon_dot neoverse-n1 neon_dot linear_test
neon_i8mm max,sve=off neon_i8mm linear_test
neon cortex-a72 scalar,neon kernels_test
neon_dot neoverse-n1 neon_dot kernels_test
neon_i8mm max,sve=off neon_i8mm kernels_test
END
