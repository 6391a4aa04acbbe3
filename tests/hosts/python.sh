#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Builds the Python wheel from an installed Pawl, unpacks it as an installer would, and runs its tests on the library that
# is inside; nothing is downloaded.
#
#   sh python.sh <source tree> <libdir of an installed Pawl> <work folder> [--lint]
#
#   --lint  instead of the tests: mypy, and the tests of torch, which must be there
set -eu
here=$(dirname "$0")
. "$here/host.sh"

python=$(pawl_find_python) || lacks "python3 with numpy, pytest, setuptools and wheel"
rm -rf "$WORK/source" "$WORK/dist" "$WORK/site"
cp -RL "$ROOT/examples/python" "$WORK/source" # setuptools writes beside what it builds
cd "$WORK/source"
# What pip calls; pip itself would want a network or more packages.
"$python" -c 'from setuptools import build_meta; build_meta.build_wheel("../dist")' > "$WORK/wheel.log" 2>&1 ||
  { cat "$WORK/wheel.log"; exit 1; }
wheel=$(ls "$WORK/dist")
case $wheel in
  pawl-*-py3-none-linux_*.whl) echo "$wheel" ;;
  *) echo "the wheel is called $wheel"; exit 1 ;;
esac
"$python" -m zipfile -e "$WORK/dist/$wheel" "$WORK/site"
for file in libpawl.so.0 py.typed LICENSE METADATA; do # the licence has moved between versions of setuptools
  [ -n "$(find "$WORK/site" -name "$file")" ] || { echo "the wheel has no $file"; exit 1; }
done

unset LD_LIBRARY_PATH PKG_CONFIG_PATH # the wheel has it all
cd "$WORK"
export PYTHONPATH="$WORK/site" PYTHONDONTWRITEBYTECODE=1 PAWL_EXPECT_BUNDLED=1
if [ "${4-}" = --lint ]; then
  (cd site && "$python" -m mypy --strict --no-warn-unused-ignores --cache-dir=/dev/null -p pawl)
  export PAWL_REQUIRE_TORCH=1
  exec "$python" -m pytest -q -p no:cacheprovider source/tests/test_torch.py
fi
exec "$python" -m pytest -q -p no:cacheprovider source/tests
