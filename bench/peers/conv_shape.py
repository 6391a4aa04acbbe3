# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Shapes as `pawl bench conv --shape` takes them."""


def parse(text):
    """(image, results, weights, attributes of ONNX's Conv)"""
    image, out, kernel, *rest = text.split(":")
    channels, height, width = map(int, image.split("x"))
    kernel_h, kernel_w = map(int, kernel.split("x"))
    more = {"p": 0, "s": 1, "d": 1, "g": 1, **{part[0]: int(part[1:]) for part in rest}}
    pad_h = more["p"] if kernel_h > 1 else 0
    stride_h = more["s"] if kernel_h > 1 or kernel_w == 1 else 1
    attributes = {"kernel_shape": [kernel_h, kernel_w], "pads": [pad_h, more["p"], pad_h, more["p"]],
                  "strides": [stride_h, more["s"]], "dilations": [more["d"]] * 2, "group": more["g"]}
    out_h = (height + 2 * pad_h - more["d"] * (kernel_h - 1) - 1) // stride_h + 1
    out_w = (width + 2 * more["p"] - more["d"] * (kernel_w - 1) - 1) // more["s"] + 1
    return (channels, height, width), (int(out), out_h, out_w), (int(out), channels // more["g"], kernel_h, kernel_w), \
        attributes
