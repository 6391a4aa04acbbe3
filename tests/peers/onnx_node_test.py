# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Runs ONNX's node conformance tests, those of the onnx package, for every operator in Pawl's list.

    onnx_node_test.py RUNNER [CASE-PATTERN] [--failures]

A case counts when all of its operators are listed. Each such case must pass, or match a line of
onnx_node_exclusions.txt, which gives the reason; a line that matches no case is an error as well. The cases are
generated once into the cache. Prints counts for each operator and a closing line "N passed, N failed, N excluded".
"""
import argparse
import collections
import fnmatch
import os
import pathlib
import shutil
import subprocess
import sys
import warnings

import onnx


def generate(folder: pathlib.Path) -> None:
    from onnx.backend.test import cmd_tools
    from onnx.backend.test.case import node

    class Both:  # cmd_tools itself collects small models only
        collect_testcases = staticmethod(lambda models=cmd_tools.model_test: node.collect_testcases() +
                                         models.collect_testcases())

    cmd_tools.model_test = Both
    cmd_tools.generate_data(argparse.Namespace(output=str(folder)))


def cases_folder() -> pathlib.Path:
    cache = os.environ.get("PAWL_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "pawl")
    folder = pathlib.Path(cache) / f"onnx-tests-{onnx.__version__}"
    if not folder.exists():
        warnings.simplefilter("ignore")  # infinities and overflows are what some cases are about
        work = folder.with_suffix(f".work-{os.getpid()}")
        shutil.rmtree(work, ignore_errors=True)
        generate(work)
        try:
            work.rename(folder)
        except OSError:  # somebody else was faster
            shutil.rmtree(work)
    return folder


def read_exclusions(path: pathlib.Path) -> list[tuple[str, str]]:
    rules = []
    for line in path.read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            pattern, _, reason = line.partition(":")
            if not reason.strip():
                sys.exit(f"{path}: '{line}' gives no reason")
            rules.append((pattern.strip(), reason.strip()))
    return rules


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("runner")
    parser.add_argument("pattern", nargs="?", default="*")
    parser.add_argument("--failures", action="store_true", help="print failures only")
    args = parser.parse_args()
    folder = cases_folder()
    cases = sorted(p for kind in ("node", "simple") for p in (folder / kind).glob("*") if (p / "model.onnx").exists())
    chosen = [c for c in cases if fnmatch.fnmatch(c.name, args.pattern)]
    rules = read_exclusions(pathlib.Path(__file__).with_name("onnx_node_exclusions.txt"))
    used = set()

    # In batches, so that a crash names its neighbourhood and not just everything.
    lines = []
    for i in range(0, len(chosen), 200):
        batch = [str(c) for c in chosen[i:i + 200]]
        run = subprocess.run([args.runner, *batch], capture_output=True, text=True, errors="replace")
        got = [line.split("\t") for line in run.stdout.splitlines()]
        lines += got
        if run.returncode != 0 or len(got) != len(batch):
            at = batch[len(got)] if len(got) < len(batch) else batch[-1]
            lines.append([pathlib.Path(at).name, "fail", "?", "0", f"the runner died ({run.returncode}) {run.stderr}"])

    counts = collections.defaultdict(lambda: [0, 0, 0, 0.0])
    total = [0, 0, 0]
    unlisted = 0
    failures = []
    for name, status, operators, error, message in lines:
        if status == "unlisted":
            unlisted += 1
            continue
        rule = next((r for r in rules if fnmatch.fnmatch(name, r[0])), None)
        if rule:
            used.add(rule[0])
        kind = 2 if rule else 0 if status == "pass" else 1
        if kind == 1:
            failures.append(f"{name}: {message}")
        total[kind] += 1
        for operator in operators.split(","):
            counts[operator][kind] += 1
            counts[operator][3] = max(counts[operator][3], float(error))
    if not args.failures:
        print(f"{'operator':<28}{'passed':>8}{'failed':>8}{'excluded':>10}  largest error / largest value")
        for operator, (passed, failed, excluded, error) in sorted(counts.items()):
            print(f"{operator or '(none)':<28}{passed:>8}{failed:>8}{excluded:>10}  {error:.1e}")
    for failure in failures:
        print("FAILED", failure)
    stale = [r[0] for r in rules if r[0] not in used] if args.pattern == "*" else []
    for pattern in stale:
        print(f"FAILED the exclusion '{pattern}' matches no case of a listed operator")
    print(f"{unlisted} cases of operators that are not in the list")
    print(f"{total[0]} passed, {total[1]} failed, {total[2]} excluded")
    return 1 if failures or stale or total[0] == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
