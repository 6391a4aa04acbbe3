#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Builds the Debian packages, looks into them, and builds and runs programs against what they unpack to.
#
#   sh deb.sh <source tree> <libdir of an installed Pawl> <work folder> <build folder> <cmake> <cpack>
set -eu
here=$(dirname "$0")
. "$here/host.sh"
build=$4 cmake=$5 cpack=$6
unset PKG_CONFIG_PATH LD_LIBRARY_PATH # only what is in the packages

for tool in dpkg-deb dpkg-shlibdeps pkg-config cc readelf; do
  command -v $tool > /dev/null || lacks $tool
done
fail() { echo "deb: $*"; exit 1; }

rm -rf "$WORK"
mkdir -p "$WORK/debs" "$WORK/root"
"$cpack" -G DEB --config "$build/CPackConfig.cmake" -B "$WORK/debs" > "$WORK/cpack.log" 2>&1 ||
  { cat "$WORK/cpack.log"; fail "cpack failed"; }
arch=$(dpkg --print-architecture)
deb() { echo "$WORK/debs/$1_"*"_$arch.deb"; }
field() { dpkg-deb -f "$(deb "$1")" "$2"; }
for package in libpawl0 libpawl-dev pawl; do
  [ -f "$(deb $package)" ] || fail "no package $package: $(ls "$WORK/debs")"
  [ "$(field $package Package)" = $package ] && [ -n "$(field $package Maintainer)" ] || fail "$package is incomplete"
  dpkg-deb -x "$(deb $package)" "$WORK/root"
  [ -f "$WORK/root/usr/share/doc/$package/copyright" ] || fail "$package has no copyright"
done
version=$(field libpawl0 Version)

# What each is for, and nothing else.
files() { dpkg-deb -c "$(deb "$1")" | sed -nE 's|^[^d].* \./usr/([^ ]*).*|\1|p' | grep -v '^share/doc/' | sort | tr '\n' ' '; }
lib=$(files libpawl0 | sed -nE 's|^(.*)/libpawl\.so\.0 .*|\1|p')
case $(files libpawl0) in "$lib/libpawl.so.0 $lib/libpawl.so.0."*) ;; *) fail "libpawl0 has $(files libpawl0)" ;; esac
[ "$(files libpawl0 | wc -w)" = 2 ] || fail "libpawl0 has $(files libpawl0)"
dev="include/pawl.h $lib/cmake/Pawl/PawlConfig.cmake $lib/cmake/Pawl/PawlConfigVersion.cmake $lib/libpawl.so \
$lib/pkgconfig/pawl-c.pc "
[ "$(files libpawl-dev)" = "$dev" ] || fail "libpawl-dev has $(files libpawl-dev) instead of $dev"
[ "$(files pawl)" = "bin/pawl " ] || fail "pawl has $(files pawl)"

# What they depend on.
for package in libpawl0 pawl; do
  for needed in 'libc6 (>= ' 'libstdc++6 (>= ' libre2 libabsl; do
    case $(field $package Depends) in *"$needed"*) ;; *) fail "$package depends on $(field $package Depends)" ;; esac
  done
done
[ "$(field libpawl-dev Depends)" = "libpawl0 (= $version)" ] || fail "libpawl-dev depends on $(field libpawl-dev Depends)"
dpkg-deb -I "$(deb libpawl0)" shlibs | grep -q "^libpawl 0 libpawl0 (>= " || fail "libpawl0 has no shlibs"
dpkg-deb -I "$(deb libpawl0)" postinst | grep -q ldconfig || fail "libpawl0 does not run ldconfig"
library=$WORK/root/usr/$lib/libpawl.so.0
readelf -d "$library" | grep -q 'SONAME.*\[libpawl\.so\.0\]' || fail "another SONAME"
! readelf -d "$library" | grep -qE 'R(UN)?PATH' || fail "libpawl.so has a run path"
! readelf -S "$library" | grep -q '\.symtab' || fail "libpawl.so is not stripped"
! grep -rlF "$build" "$WORK/root" || fail "the packages name the folder that they were built in"

# As a host has it: pkg-config and find_package on the unpacked tree.
export LD_LIBRARY_PATH="$WORK/root/usr/$lib"
# shellcheck disable=SC2046 # flags are words
cc -std=c99 -Wall -Werror "$ROOT/examples/c/main.c" -o "$WORK/example" \
  $(PKG_CONFIG_PATH="$WORK/root/usr/$lib/pkgconfig" pkg-config --cflags --libs pawl-c)
"$WORK/example" "$PAWL_DIGITS" "$WORK" > "$WORK/example.log" || { cat "$WORK/example.log"; fail "the C example failed"; }
"$cmake" -S "$ROOT/examples/consumers/find_package_c" -B "$WORK/consumer" -DCMAKE_PREFIX_PATH="$WORK/root/usr" > /dev/null
"$cmake" --build "$WORK/consumer" > /dev/null
"$WORK/consumer/consumer"
"$WORK/root/usr/bin/pawl" verify "$WORK/digits_int8.pawl"
(cd "$WORK/debs" && ls -l ./*.deb)
