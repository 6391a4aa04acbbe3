#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Runs fuzz targets of build/fuzz (cmake --preset fuzz; cmake --build --preset fuzz --target fuzz_programs) and keeps what they find.
#
#   sh tests/fuzz/fuzz.sh TARGET|all [seconds for each, 3600]
#   sh tests/fuzz/fuzz.sh --minimise TARGET|all
#   sh tests/fuzz/fuzz.sh --replay TARGET
#
# A run starts from the committed inputs and from the corpus of earlier runs, which grows in the cache outside the tree:
# ${PAWL_FUZZ_CACHE:-${PAWL_CACHE:-~/.cache/pawl}/fuzz}/<target>/corpus. Findings are beside it, in findings/, and in the
# tree's way of repeating them: build/fuzz/fuzz/<target> FILE. Each run adds a line to record.tsv there and prints it:
# date, commit, target, seconds, executions, coverage, features, inputs, findings. Ends with 1 where there is a finding.
#
# --minimise writes the fewest of the inputs of at most 4 KB that reach everything the corpus reaches into
# tests/fuzz/corpus/<target>, beside the seeds of make_seeds.py.
#
# --replay runs the committed inputs once, and prints what libFuzzer does; a finding stays in the build.
#
# PAWL_FUZZ_JOBS targets run at once, 1 unless set.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
programs=$root/build/fuzz/fuzz
work=${PAWL_FUZZ_CACHE:-${PAWL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pawl}/fuzz}
die() { echo "fuzz: $*" >&2; exit 2; }

[ -r "$programs/targets.txt" ] || die "no $programs/targets.txt: cmake --preset fuzz && cmake --build --preset fuzz --target fuzz_programs"
mode=run
case ${1-} in --minimise | --replay) mode=${1#--}; shift ;; esac
[ $# -ge 1 ] || die "name a target or all; targets: $(cut -d' ' -f1 "$programs/targets.txt" | tr '\n' ' ')"
targets=$1
[ "$targets" != all ] || targets=$(cut -d' ' -f1 "$programs/targets.txt")
seconds=${2:-3600}

# A hostile size must be an error, not a dead program; what is wrong says where.
export ASAN_OPTIONS=allocator_may_return_null=1:detect_stack_use_after_return=0
export UBSAN_OPTIONS=print_stacktrace=1
for symbolizer in llvm-symbolizer llvm-symbolizer-19 llvm-symbolizer-14; do
  [ -z "${ASAN_SYMBOLIZER_PATH-}" ] || break
  path=$(command -v $symbolizer || :)
  [ -z "$path" ] || export ASAN_SYMBOLIZER_PATH="$path"
done
limits='-timeout=25 -rss_limit_mb=2560 -malloc_limit_mb=1024'

inputs_of() { # <target>: its committed files and folders
  inputs=$(sed -n "s/^$1 //p" "$programs/targets.txt")
  [ -n "$inputs" ] || die "there is no target '$1'"
  echo "$inputs"
}

# libFuzzer takes folders of inputs; what the list names as a file goes into one of its own.
folders_of() { # <target>
  folders='' single=$work/$1/files
  rm -rf "$single"
  for input in $(inputs_of "$1"); do
    if [ -d "$input" ]; then folders="$folders $input"
    elif [ -f "$input" ]; then mkdir -p "$single" && cp "$input" "$single/" && folders="$folders $single"
    else die "there is no input $input of '$1'"
    fi
  done
  echo "$folders"
}

run_one() { # <target> <seconds>
  dir=$work/$1
  mkdir -p "$dir/corpus" "$dir/findings"
  folders=$(folders_of "$1") || exit
  dict=''
  [ ! -f "$here/$1.dict" ] || dict=-dict=$here/$1.dict
  status=0
  # shellcheck disable=SC2086 # words
  "$programs/$1" $limits $dict -max_total_time="$2" -print_final_stats=1 -artifact_prefix="$dir/findings/" \
    "$dir/corpus" $folders > "$dir/log" 2>&1 || status=$?
  executions=$(sed -n 's/^stat::number_of_executed_units: *//p' "$dir/log" | tail -n 1)
  last=$(grep -E '^#[0-9]+.* cov: ' "$dir/log" | tail -n 1 | tr -s ' \t' ' ')
  number() { echo "$last" | sed -n "s|.* $1: \([0-9]*\).*|\1|p"; }
  took=$(sed -n 's/^Done [0-9]* runs in \([0-9]*\) second.*/\1/p' "$dir/log" | tail -n 1)
  found=$(find "$dir/findings" -type f | wc -l)
  [ "$status" = 0 ] || [ "$found" != 0 ] || found=1 # it did not even start
  printf '%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n' "$(date -u +%Y-%m-%d)" \
    "$(git -C "$root" rev-parse --short HEAD 2> /dev/null || echo -)" "$1" "${took:-0}" "${executions:-0}" \
    "$(number cov)" "$(number ft)" "$(find "$dir/corpus" -type f | wc -l)" "$found" | tee -a "$work/record.tsv"
  [ "$found" = 0 ] || { tail -n 60 "$dir/log" >&2; return 1; }
}

minimise_one() { # <target>
  dir=$work/$1 into=$here/corpus/$1
  mkdir -p "$dir/corpus" "$into"
  rm -rf "$dir/small" "$dir/merged"
  mkdir -p "$dir/small" "$dir/merged"
  find "$dir/corpus" "$into" -type f -size -9 ! -name 'seed_*' -exec cp {} "$dir/small/" \;
  # shellcheck disable=SC2086
  "$programs/$1" $limits -set_cover_merge=1 "$dir/merged" "$dir/small" > "$dir/log" 2>&1 ||
    { tail -n 30 "$dir/log" >&2; return 1; }
  find "$into" -type f ! -name 'seed_*' ! -name 'found_*' -delete
  # Names by content, so that the same input has the same name again.
  for file in "$dir/merged"/*; do
    [ ! -f "$file" ] || cp "$file" "$into/$(sha1sum "$file" | cut -c1-16)"
  done
  echo "$1: $(find "$into" -type f | wc -l) inputs, $(du -s --apparent-size -B1 "$into" | cut -f1) bytes"
}

if [ $mode = replay ]; then
  work=$programs/replay
  mkdir -p "$work/$1"
  folders=$(folders_of "$1") || exit
  # shellcheck disable=SC2086 # words
  exec "$programs/$1" $limits -runs=0 -artifact_prefix="$work/$1/" $folders
fi
mkdir -p "$work"
failed=0
if [ $mode = minimise ]; then
  for target in $targets; do minimise_one "$target" || failed=1; done
elif [ "${PAWL_FUZZ_JOBS:-1}" = 1 ] || [ "$targets" = "$1" ] && [ "$1" != all ]; then
  for target in $targets; do run_one "$target" "$seconds" || failed=1; done
else
  echo "$targets" | xargs -P "$PAWL_FUZZ_JOBS" -I '{}' env PAWL_FUZZ_JOBS=1 sh "$0" '{}' "$seconds" || failed=1
fi
exit $failed
