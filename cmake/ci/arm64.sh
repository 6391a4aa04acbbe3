#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# arm64 under qemu-user: builds the preset and runs its whole suite on a CPU that has everything (SVE of 512 bits), then the
# tests of the kernels and of linear layers on one CPU for each instruction set and vector length. A context is made with
# the level that the CPU is there for: one that lacks it is an error.
set -euo pipefail
cd "$(dirname "$0")/../.."
export QEMU_LD_PREFIX=/usr/aarch64-linux-gnu
QEMU_CPU=max,sve-default-vector-length=64 bash cmake/ci/preset.sh arm64

run() { # <level> <cpu> <test> <filter...>
  local level=$1 cpu=$2 test=$3 log
  shift 3
  log=build/ci/arm64-$level-${cpu//[^a-z0-9]/-}-$test.log
  if (cd tests && PAWL_TARGET=$level QEMU_CPU=$cpu qemu-aarch64 "../build/arm64/tests/$test" "$@") > "$log" 2>&1; then
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
sve max,sve-max-vq=1 kernels_test
sve max,sve-max-vq=2 kernels_test
sve_i8mm max,sve-max-vq=1 linear_test
sve_i8mm max,sve-max-vq=2 linear_test
sve a64fx linear_test
neon cortex-a72 linear_test
neon_dot neoverse-n1 linear_test
neon_i8mm max,sve=off linear_test
sve a64fx kernels_test panels*
neon cortex-a72 kernels_test panels*
neon_dot neoverse-n1 kernels_test panels*
neon_i8mm max,sve=off kernels_test panels*
END
