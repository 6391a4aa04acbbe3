#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# What the inner loops of the panels' products cost on Arm's cores: instructions and multiply-adds of an iteration, counted in
# the disassembly, and the cycles that llvm-mca predicts for them. Caches play no part: everything is taken to hit in L1.
#
#   sh bench/mca.sh [build dir]     (build/arm64; needs binutils for aarch64 and LLVM 16 or later: cmake/bootstrap.sh --ci)
#   sh bench/mca.sh -v [build dir]  also each loop
set -eu
verbose=0
if [ "${1:-}" = -v ]; then
  verbose=1
  shift
fi
build=${1:-$(dirname "$0")/../build/arm64}
objects=$build/CMakeFiles/pawl_kernels.dir/kernels
[ -d "$objects" ] || { echo "mca: no objects in $objects; build the arm64 preset first" >&2; exit 1; }
objdump=aarch64-linux-gnu-objdump
mca=''
for version in 22 21 20 19 18 17 16; do
  if command -v llvm-mca-$version > /dev/null; then mca=llvm-mca-$version; break; fi
done
[ -n "$mca" ] || { echo "mca: needs llvm-mca 16 or later (Debian's llvm-19)" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The innermost loop with the most products in the functions whose demangled name has `name`, as assembly.
loop() { # <object> <name>
  $objdump -d -C --no-show-raw-insn "$objects/$1" | awk -v name="$2" '
    function flush(i, j, inner, products) {
      for (i = 1; i <= n; ++i) if (to[i] != "" && to[i] in place && place[to[i]] <= i) {
        inner = 1
        products = 0
        for (j = place[to[i]]; j <= i; ++j) {
          if (j < i && to[j] != "" && to[j] in place && place[to[j]] <= j && place[to[j]] >= place[to[i]]) inner = 0
          if (text[j] ~ /^(sdot|usdot|usmmla|smull|smlal)/) ++products
        }
        if (inner && products > most) {
          most = products
          body = ""
          for (j = place[to[i]]; j <= i; ++j) body = body (j == i ? "b.ne loop" : text[j]) "\n"
        }
      }
      n = 0
      delete place
    }
    /^[0-9a-f]+ <.*>:$/ { flush(); on = index($0, name) > 0; next }
    on && /^ +[0-9a-f]+:/ {
      address = $1
      sub(/:$/, "", address)
      line = $0
      sub(/^ *[0-9a-f]+:[ \t]*/, "", line)
      sub(/[ \t]*\/\/.*$/, "", line)
      to[++n] = ""
      place[address] = n
      if (line ~ /^(b|b\.[a-z]+|cbn?z|tbn?z)[ \t]/) {
        target = line
        sub(/ *<.*$/, "", target)
        sub(/^.*[ \t,]/, "", target)
        to[n] = target
        sub(/<.*$/, "", line)
        sub(/[0-9a-f]+ *$/, "loop", line)
      }
      text[n] = line
    }
    END { flush(); printf "loop:\n%s", body }'
}

count() { grep -cE "^($1)[ 	0-9]" "$work/loop.s" || :; }

# 128-bit vectors; longer ones do as many times more.
row() { # <title> <object> <name> <vector bits> <cores...>
  title=$1 object=$2 name=$3 bits=$4
  shift 4
  loop "$object" "$name" > "$work/loop.s"
  instructions=$(($(wc -l < "$work/loop.s") - 1))
  products=$((16 * ($(count sdot) + $(count usdot)) + 32 * $(count usmmla) + 8 * ($(count 'smull2?|smlal2?'))))
  products=$((products * bits / 128))
  [ "$products" -gt 0 ] || { echo "mca: no loop in '$name' of $object" >&2; exit 1; }
  [ $verbose = 0 ] || sed 's/^/    /' "$work/loop.s"
  printf '| %s | %d | %d | %.3f |' "$title" "$products" "$instructions" "$(echo "$instructions $products" | awk '{ print $1 / $2 }')"
  for core in neoverse-n1 neoverse-v1 neoverse-v2 apple-m4; do
    case " $* " in
      *" $core "*)
        cycles=$($mca -mtriple=aarch64 -mcpu=$core -mattr=+dotprod,+i8mm,+sve -iterations=200 "$work/loop.s" 2> "$work/err" |
          awk '/^Total Cycles:/ { print $3 / 200 }')
        [ -n "$cycles" ] || { cat "$work/err" >&2; exit 1; }
        echo "$cycles $products" | awk '{ printf " %.1f: %.1f |", $1, $2 / $1 }'
        ;;
      *) printf ' |' ;;
    esac
  done
  echo
}

echo "($mca; \"cycles an iteration: multiply-adds a cycle\")"
echo "| loop | multiply-adds | instructions | each | N1 | V1 | V2 | M4 |"
echo "|---|---|---|---|---|---|---|---|"
all='neoverse-n1 neoverse-v1 neoverse-v2 apple-m4' matrices='neoverse-v1 neoverse-v2 apple-m4'
row "NEON, tile of 4 x 8, codes of 8 bits" panel_arm_neon.cc.o 'RunTile<4ul, 8>' 128 $all
row "NEON, tile of 4 x 8, up to 6 bits" panel_arm_neon.cc.o 'RunTile<4ul, 6>' 128 $all
row "NEON, one row, 8 bits" panel_arm_neon.cc.o 'OneRow<8, 4ul>' 128 $all
row "NEON, one row, 4 bits" panel_arm_neon.cc.o 'OneRow<4, 4ul>' 128 $all
row "SDOT, tile of 8 x 8" panel_arm_neon_dot.cc.o 'RunTile<8ul, 8>' 128 $all
row "SDOT, one row, 8 bits" panel_arm_neon_dot.cc.o 'OneRow<8, 4ul>' 128 $all
row "SDOT, one row, 4 bits" panel_arm_neon_dot.cc.o 'OneRow<4, 4ul>' 128 $all
row "SDOT, one row, 3 bits" panel_arm_neon_dot.cc.o 'OneRow<3, 4ul>' 128 $all
row "SDOT, one row, 2 bits" panel_arm_neon_dot.cc.o 'OneRow<2, 4ul>' 128 $all
row "USMMLA, tile of 8 x 8" panel_arm_neon_i8mm.cc.o 'RunTile<8ul, 8>' 128 $matrices
row "USMMLA, tile of 2 x 8" panel_arm_neon_i8mm.cc.o 'RunTile<2ul, 8>' 128 $matrices
row "USDOT, one row, 8 bits" panel_arm_neon_i8mm.cc.o 'OneRow<8, 4ul>' 128 $matrices
row "USDOT, one row, 4 bits" panel_arm_neon_i8mm.cc.o 'OneRow<4, 4ul>' 128 $matrices
row "SVE SDOT, tile of 8 x 16 (256 bits)" panel_arm_sve.cc.o 'RunTile<8ul, 8>' 256 neoverse-v1
row "SVE SDOT, one row, 4 bits (256 bits)" panel_arm_sve.cc.o 'OneRow<4, 2ul>' 256 neoverse-v1
row "SVE USMMLA, tile of 8 x 16 (256 bits)" panel_arm_sve_i8mm.cc.o 'RunTile<8ul, 8>' 256 neoverse-v1
row "SVE USMMLA, tile of 8 x 8 (128 bits)" panel_arm_sve_i8mm.cc.o 'RunTile<8ul, 8>' 128 neoverse-v2
row "SVE USDOT, one row, 4 bits (256 bits)" panel_arm_sve_i8mm.cc.o 'OneRow<4, 2ul>' 256 neoverse-v1
