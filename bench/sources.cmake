# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0

set(PAWL_BENCH_SOURCES micro_bench.cc)
