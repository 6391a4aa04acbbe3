# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The tests, by room: pawl_test(NAME name ROOM room SOURCES file.cc ...), explained in CMakeLists.txt beside this.

# --- core ---
pawl_test(NAME version_test ROOM core SOURCES core/version_test.cc)

# --- kernels ---

# --- methods ---

# --- formats ---

# --- graph ---

# --- pipeline ---

# --- C ABI ---

# --- command ---

# --- rules of the tree ---

# --- peers ---
