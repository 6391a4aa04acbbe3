# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Puts the installed C library into the wheel; everything else is in pyproject.toml.

The library is $PAWL_LIBRARY, or libpawl.so.0 in pkg-config's libdir of pawl-c. PAWL_BUNDLE=0 leaves it out: the package
then loads the system's.
"""

import os
import shutil
import subprocess
import sys

from setuptools import Distribution, setup
from setuptools.command.build_py import build_py

try:
    from setuptools.command.bdist_wheel import bdist_wheel
except ImportError:  # before setuptools 70
    from wheel.bdist_wheel import bdist_wheel

BUNDLE = os.environ.get("PAWL_BUNDLE", "1") != "0"


def library():
    path = os.environ.get("PAWL_LIBRARY")
    if not path:
        command = [os.environ.get("PKG_CONFIG", "pkg-config"), "--variable=libdir", "--print-errors", "pawl-c"]
        try:
            libdir = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()
        except (OSError, subprocess.CalledProcessError):
            sys.exit("Pawl's C library was not found. Install it, name its pkgconfig folder in PKG_CONFIG_PATH or the "
                     "library in PAWL_LIBRARY, or set PAWL_BUNDLE=0 for a wheel without it.")
        path = os.path.join(libdir, "libpawl.so.0")
    return os.path.realpath(path)


class BuildPy(build_py):
    def run(self):
        super().run()
        if BUNDLE:
            folder = os.path.join(self.build_lib, "pawl", "_lib")
            os.makedirs(folder, exist_ok=True)
            shutil.copyfile(library(), os.path.join(folder, "libpawl.so.0"))


class ForThisPlatform(Distribution):
    def has_ext_modules(self):
        return BUNDLE


class BdistWheel(bdist_wheel):
    """For any Python 3, since nothing is compiled for one."""

    def get_tag(self):
        return "py3", "none", super().get_tag()[2]


setup(license="Apache-2.0", distclass=ForThisPlatform, cmdclass={"build_py": BuildPy, "bdist_wheel": BdistWheel})
