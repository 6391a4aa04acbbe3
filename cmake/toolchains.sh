# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# The toolchains of other languages that tests of the hosts use: what is on the PATH if it is new enough, else Debian's.
# To be sourced: cmake/bootstrap.sh installs what these do not find, tests/hosts/*.sh use it.
# shellcheck shell=sh

# <name> <oldest version> <arguments that make it print its version>: its path; fails where there is none.
pawl_find_tool() {
  pawl_name=$1 pawl_oldest=$2
  shift 2
  for pawl_tool in "$(command -v "$pawl_name" || :)" "/usr/bin/$pawl_name"; do
    [ -x "$pawl_tool" ] || continue
    pawl_version=$("$pawl_tool" "$@" 2> /dev/null | sed -nE '1s/^[^0-9]*([0-9]+\.[0-9]+).*/\1/p')
    [ -n "$pawl_version" ] || continue
    [ "$(printf '%s\n' "$pawl_oldest" "$pawl_version" | sort -V | head -n 1)" = "$pawl_oldest" ] || continue
    echo "$pawl_tool"
    return 0
  done
  return 1
}

# rustc stands beside cargo, which would take another one from the PATH.
pawl_find_cargo() {
  pawl_found=$(pawl_find_tool cargo 1.63 --version) || return 1
  "$(dirname "$pawl_found")/rustc" --version > /dev/null 2>&1 || return 1
  echo "$pawl_found"
}

pawl_find_go() { pawl_find_tool go 1.19 version; }

# Debian's own, whose modules are Debian's packages.
pawl_find_python() {
  /usr/bin/python3 -c 'import numpy, pytest, setuptools, wheel' > /dev/null 2>&1 || return 1
  echo /usr/bin/python3
}
