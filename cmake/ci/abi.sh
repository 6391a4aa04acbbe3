#!/bin/bash
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Compares the C ABI with its baseline in capi/abi; additions pass, anything else fails. --update writes a new baseline, to
# be committed with the reason.
#
#   bash cmake/ci/abi.sh [--update]
#
# The types come from a library of empty functions that is made from pawl.h: the DWARF of the real one has all of the C++
# behind it, which abidiff 2.2 cannot read back. Functions take enums as int32_t, so DWARF does not have those: they are
# compared as text. That the real library exports what pawl.h declares is checked here too.
set -euo pipefail
cd "$(dirname "$0")/../.."
abi=capi/abi library=build/release/libpawl.so
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

gcc -std=c99 -E -P capi/pawl.h | tr '\n' ' ' |
  sed -E 's/(__attribute__\(\(visibility\("default"\)\)\)[^;]*);/\1 { __builtin_trap(); }\n/g' > "$work/pawl.c"
gcc -std=c99 -g -O0 -fPIC -shared -w "-ffile-prefix-map=$work=." -Wl,-soname,libpawl.so.0 -o "$work/libpawl.so" \
  "$work/pawl.c"
grep -oE '\bPAWL_[A-Z0-9_]+ = -?[0-9]+' capi/pawl.h | sort > "$work/constants.txt"
exported() { nm --dynamic --defined-only --format=posix "$1" | sed -nE 's/^(pawl_[a-z0-9_]+)(@[^ ]*)? T .*/\1/p' | sort; }

if [[ ${1-} == --update ]]; then
  mkdir -p "$abi"
  abidw --no-show-locs --no-comp-dir-path --no-corpus-path --type-id-style hash --out-file "$abi/libpawl.abi" \
    "$work/libpawl.so"
  cp "$work/constants.txt" "$abi/constants.txt"
  echo "wrote $abi: $(exported "$work/libpawl.so" | wc -l) functions, $(wc -l < "$abi/constants.txt") constants"
  exit
fi

abidiff --no-added-syms "$abi/libpawl.abi" "$work/libpawl.so"
# The number of a call's figures grows with them (pawl.h, "Growth").
gone=$(awk -F ' = ' 'NR == FNR { now[$1] = $2; next }
  !($1 in now) || (now[$1] != $2 && !($1 ~ /_COUNT$/ && now[$1] > $2 + 0))' "$work/constants.txt" "$abi/constants.txt")
if [[ -n $gone ]]; then
  printf 'constants that are gone or have another value:\n%s\n' "$gone" >&2
  exit 1
fi
if [[ -f $library ]]; then
  diff <(exported "$work/libpawl.so") <(exported "$library") ||
    { echo "pawl.h (<) and $library (>) do not have the same functions" >&2; exit 1; }
else
  echo "no $library: its exports were not compared"
fi
echo "the ABI is that of $abi, or adds to it"
