#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Tests the Rust crates against an installed Pawl; nothing is downloaded.
#
#   sh rust.sh <source tree> <libdir of an installed Pawl> <work folder> [--lint]
#
#   --lint  instead of the tests: clippy, and that bindgen's output has not changed
set -eu
here=$(dirname "$0")
. "$here/host.sh"

cargo=$(pawl_find_cargo) || lacks "cargo 1.63 or later"
PATH=$(dirname "$cargo"):$PATH
export PATH CARGO_TARGET_DIR="$WORK/target" CARGO_NET_OFFLINE=true CARGO_PROFILE_DEV_DEBUG=0 RUSTDOCFLAGS=-Dwarnings
cd "$ROOT/examples/rust"
echo "$cargo, $(rustc --version)"
if [ "${4-}" = --lint ]; then
  cargo clippy --locked --all-targets -- -D warnings
  case $(bindgen --version) in
    *' 0.60.'*) ;;
    *) echo "$(bindgen --version) is not 0.60: its output is not compared"; exit ;;
  esac
  sh bindgen.sh "$ROOT/capi/pawl.h" > "$WORK/bindings.rs"
  plain() { tr -d '[:space:],' < "$1"; } # versions of rustfmt break lines differently
  [ "$(plain "$WORK/bindings.rs")" = "$(plain pawl-sys/src/bindings.rs)" ] || {
    diff pawl-sys/src/bindings.rs "$WORK/bindings.rs" || :
    echo "bindgen makes something else of capi/pawl.h: python3 tests/hosts/bindings.py --update ."
    exit 1
  }
  echo "clippy is content, and the bindings are bindgen's"
  exit
fi
cargo test --locked
cargo doc --locked --no-deps --quiet
