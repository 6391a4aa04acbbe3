# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Operators that few nets have, on random inputs larger than those of ONNX's own tests, against ONNX Runtime.

    onnx_operators_test.py [OPERATOR-PATTERN]

Floats agree within 1e-5 of the largest value, integers exactly. PAWL_TOOL is the command.
"""
import fnmatch
import pathlib
import sys
import tempfile

import numpy as np
import onnx
from onnx import helper, numpy_helper

from recurrent_quantize_test import run_ort, run_pawl

FLOATS = 1e-5


def case(op, inputs, opset, outputs=1, **attributes):
    """`inputs`: arrays to feed, or ("constant", array); None where absent."""
    names, feed, constants = [], {}, []
    for i, value in enumerate(inputs):
        names.append("" if value is None else f"i{i}")
        if isinstance(value, tuple):
            constants.append(numpy_helper.from_array(value[1], names[-1]))
        elif value is not None:
            feed[names[-1]] = value
    results = [f"o{i}" for i in range(outputs)]
    graph = helper.make_graph(
        [helper.make_node(op, names, results, **attributes)], op,
        [helper.make_tensor_value_info(n, helper.np_dtype_to_tensor_dtype(v.dtype), v.shape) for n, v in feed.items()],
        [onnx.ValueInfoProto(name=n) for n in results], constants)
    return op, helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=9), feed


def boxes(random, count):
    corners = random.uniform(0, 20, (count, 2))
    return np.concatenate([corners, corners + random.uniform(1, 12, (count, 2))], 1).astype(np.float32)


def cases(random):
    def f(*shape):
        return random.normal(0, 1, shape).astype(np.float32)

    def c(value, dtype=np.int64):
        return ("constant", np.array(value, dtype))

    grid = random.uniform(-1.4, 1.4, (2, 9, 7, 2)).astype(np.float32)
    for opset, modes in ((16, ("bilinear", "nearest", "bicubic")), (20, ("linear", "nearest", "cubic"))):
        for mode in modes:
            for padding in ("zeros", "border", "reflection"):
                for align in (0, 1):
                    yield case("GridSample", [f(2, 3, 12, 10), grid], opset, mode=mode, padding_mode=padding,
                               align_corners=align)
    volume = random.uniform(-1.3, 1.3, (2, 4, 5, 6, 3)).astype(np.float32)
    for mode in ("linear", "nearest"):
        for padding in ("zeros", "border", "reflection"):
            yield case("GridSample", [f(2, 2, 5, 6, 7), volume], 20, mode=mode, padding_mode=padding)
    for align in (0, 1):
        yield case("AffineGrid", [f(3, 2, 3), c([3, 4, 11, 7])], 20, align_corners=align)
        yield case("AffineGrid", [f(2, 3, 4), c([2, 4, 3, 5, 7])], 20, align_corners=align)
    rois = boxes(random, 8)
    which = random.integers(0, 2, 8)
    for opset, mode in ((10, None), (16, "half_pixel"), (16, "output_half_pixel")):
        more = {} if mode is None else {"coordinate_transformation_mode": mode}
        for ratio in (0, 2):
            yield case("RoiAlign", [f(2, 5, 30, 28), rois, which], opset, output_height=4, output_width=3,
                       sampling_ratio=ratio, spatial_scale=0.8, **more)
    yield case("MaxRoiPool", [f(2, 4, 30, 28), np.concatenate([which[:, None], rois], 1).astype(np.float32)], 13,
               pooled_shape=[3, 4], spatial_scale=0.9)
    for center in (0, 1):
        yield case("NonMaxSuppression", [np.stack([boxes(random, 60), boxes(random, 60)]),
                                         random.uniform(0, 1, (2, 3, 60)).astype(np.float32), c([7]), c([0.4], np.float32),
                                         c([0.2], np.float32)], 11, center_point_box=center)
    for equation, shapes in (("bhqd,bhkd->bhqk", [(2, 3, 5, 8), (2, 3, 7, 8)]), ("ij,jk", [(6, 5), (5, 4)]),
                             ("...ij,...jk->...ik", [(2, 1, 4, 5), (3, 5, 6)]), ("ii->i", [(7, 7)]), ("ii", [(7, 7)]),
                             ("ijk->kj", [(3, 4, 5)]), ("i,j,k->kij", [(3, ), (4, ), (5, )]),
                             ("abc,cd,de->abe", [(2, 3, 4), (4, 5), (5, 6)]), ("bnc,bmc->bnm", [(2, 9, 16), (2, 8, 16)]),
                             ("bi,bi->b", [(4, 9), (4, 9)]), ("ba", [(3, 4)])):
        yield case("Einsum", [f(*s) for s in shapes], 12, equation=equation)
    for length in (24, 25, 31):
        yield case("DFT", [f(2, length, 3, 1)], 17, axis=1)
        yield case("DFT", [f(2, length, 3, 2)], 17, axis=1, inverse=1)
        yield case("DFT", [f(2, length, 1)], 17, axis=1, onesided=1)
    yield case("DFT", [f(2, 20, 1), c(32)], 17, axis=1)
    yield case("DFT", [f(2, 20, 2), c(12)], 17, axis=1)
    hann = np.hanning(40).astype(np.float32)
    yield case("STFT", [f(2, 400, 1), c(16), ("constant", hann), c(40)], 17)
    yield case("STFT", [f(2, 300, 1), c(13), ("constant", hann)], 17, onesided=0)
    for name in ("HannWindow", "HammingWindow", "BlackmanWindow"):
        for periodic in (0, 1):
            yield case(name, [np.array(37)], 17, periodic=periodic)
    yield case("MelWeightMatrix", [c(20), c(256), c(16000), c(20.0, np.float32), c(7600.0, np.float32)], 17)
    for batch, time in ((0, 1), (1, 0)):
        yield case("ReverseSequence", [f(5, 5, 3), random.integers(1, 6, 5)], 10, batch_axis=batch, time_axis=time)
    yield case("CenterCropPad", [f(7, 10, 5), c([9, 3, 6])], 18)
    yield case("CenterCropPad", [f(7, 10, 5), c([4, 8])], 18, axes=[0, 2])
    yield case("Col2Im", [f(2, 3 * 6, 16), c([7, 8]), c([2, 3])], 18, strides=[2, 1], pads=[1, 0, 1, 0], dilations=[1, 2])
    pooled, indices = f(1, 2, 4, 5), np.stack([np.sort(random.choice(80, 20, False)) for _ in range(2)]).reshape(1, 2, 4, 5)
    indices[0, 1] += 80
    yield case("MaxUnpool", [pooled, indices], 11, kernel_shape=[2, 2], strides=[2, 2])
    yield case("Det", [f(3, 6, 6)], 11)
    for attributes in ({}, {"sorted": 0}, {"axis": 0}, {"axis": 1, "sorted": 0}):
        yield case("Unique", [random.integers(0, 4, (6, 2)).astype(np.float32)], 11, outputs=4, **attributes)
    yield case("Dropout", [f(3, 4)], 13, outputs=2)


def check(model, feed, work) -> tuple[float, str]:
    path = work / "model.onnx"
    onnx.save(model, path)
    try:
        want = run_ort(path, feed)
    except Exception as error:  # no kernel there
        return -1.0, str(error).splitlines()[0]
    got = run_pawl(path, feed, work)
    worst = 0.0
    for name, value in want.items():
        other = got[name]
        if other.shape != value.shape or other.dtype != value.dtype:
            return float("inf"), f"{name}: {other.dtype}{other.shape}, not {value.dtype}{value.shape}"
        if value.size == 0:
            continue
        if not np.issubdtype(value.dtype, np.floating):
            worst = max(worst, 0.0 if np.array_equal(other, value) else float("inf"))
            continue
        scale = float(np.abs(value).max())
        worst = max(worst, float(np.abs(other - value).max()) / (scale or 1.0))
    return worst, ""


def main() -> int:
    random = np.random.default_rng(5)
    pattern = sys.argv[1] if len(sys.argv) > 1 else "*"
    worst, counts, failed = {}, {}, 0
    with tempfile.TemporaryDirectory() as folder:
        for op, model, feed in cases(random):
            if not fnmatch.fnmatch(op, pattern):
                continue
            error, message = check(model, feed, pathlib.Path(folder))
            counts.setdefault(op, [0, 0])[error < 0] += 1
            worst[op] = max(worst.get(op, 0.0), error)
            if error > FLOATS:
                failed += 1
                attributes = {a.name: helper.get_attribute_value(a) for a in model.graph.node[0].attribute}
                print(f"FAILED {op} {attributes}: {error:.1e} {message}", flush=True)
    for op, (checked, missing) in counts.items():
        print(f"{op:<20}{checked:>4} cases, largest difference {worst[op]:.1e}" +
              (f"; {missing} that ONNX Runtime cannot run" if missing else ""))
    print(f"{sum(c[0] for c in counts.values())} checked, {failed} failed")
    return 1 if failed or not any(c[0] for c in counts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
