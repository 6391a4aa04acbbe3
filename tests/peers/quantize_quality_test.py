# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Real models quantized by Pawl are at least as near to the float models as those by ONNX Runtime's tools.

    quantize_quality_test.py [MODEL-PATTERN ...]

Without patterns a wake word and a sentence embedding, which take seconds. Static and dynamic files, each run in ONNX Runtime, on other samples than those they were calibrated with; models, data
and measures are those of bench/peers/compare_quantize.py, which has the whole table. SQNR of outputs within 0.1 dB of
the best of ONNX Runtime's. PAWL_TOOL is the command.
"""
import fnmatch
import logging
import pathlib
import sys
import tempfile
import warnings

sys.path.append(str(pathlib.Path(__file__).resolve().parents[2] / "bench/peers"))

from compare_quantize import complaints, ours, peers, show  # noqa: E402
from quantize_cases import case_of, fetch, outputs  # noqa: E402


def main() -> int:
    logging.disable(logging.WARNING)
    warnings.filterwarnings("ignore")
    models, images = fetch()
    patterns = sys.argv[1:] or ["alexa*", "paraphrase*"]
    checked = failed = 0
    for name in models:
        if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns):
            continue
        with tempfile.TemporaryDirectory() as folder:
            work = pathlib.Path(folder)
            case = case_of(name, models, images, work)
            wanted = outputs(case.model, case.test)
            theirs, own = peers(case, wanted, work), ours(case, wanted, work, own_run=False)
            show(case, wanted, theirs, own)
            checked += 1
            for complaint in complaints(theirs, own):
                failed += 1
                print("FAILED", name, complaint, flush=True)
    print(f"{checked} models, {failed} failures")
    return 1 if failed or not checked else 0


if __name__ == "__main__":
    sys.exit(main())
