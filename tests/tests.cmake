# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The tests, by room: pawl_test(NAME name ROOM room SOURCES file.cc ...), explained in CMakeLists.txt beside this.

# --- core ---
pawl_test(NAME version_test ROOM core SOURCES core/version_test.cc)
pawl_test(NAME fake_quantize_test ROOM core SOURCES core/fake_quantize_test.cc)
pawl_test(NAME observer_test ROOM core SOURCES core/observer_test.cc core/observer_range_test.cc)

# --- kernels ---

# --- methods ---

# --- formats ---
pawl_test(NAME file_io_test ROOM formats SOURCES formats/file_io_test.cc)
pawl_test(NAME safetensors_test ROOM formats SOURCES formats/safetensors_test.cc)

# --- graph ---

# --- pipeline ---

# --- C ABI ---

# --- command ---

# --- rules of the tree ---

# --- peers ---
