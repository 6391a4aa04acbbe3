#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Writes the safetensors files that a reader must refuse, and with which words: safetensors/*, expected.tsv.

Only Python's standard library; the same files every time.
"""

import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "safetensors")
T = '{"dtype":"F32","shape":[2],"data_offsets":[0,8]}'


def body(header, data=8, length=None):
    raw = header if isinstance(header, bytes) else header.encode()
    return struct.pack("<Q", len(raw) if length is None else length) + raw + b"\0" * data


def tensor(shape="[2]", offsets="[0,8]", dtype='"F32"', extra="", name='"t"', data=8):
    return body('{%s:{"dtype":%s,"shape":%s,"data_offsets":%s%s}}' % (name, dtype, shape, offsets, extra), data)


CASES = {
    "empty": (b"", "too few"),
    "seven_bytes": (b"\0" * 7, "too few"),
    "header_length_zero": (body(""), "'{'"),
    "header_longer_than_file": (body("{}", 0, length=3), "byte 0"),
    "header_length_max": (body("{}", 0, length=2**64 - 1), "byte 0"),
    "header_length_wraps": (body("{}", 0, length=2**64 - 8), "byte 0"),
    "header_over_limit": (body("{}", 0, length=100_000_001), "byte 0"),
    "not_an_object": (body("[]", 0), "'{'"),
    "leading_space": (body(" {}", 0), "'{'"),
    "byte_order_mark": (body("\ufeff{}", 0), "'{'"),
    "truncated_json": (body('{"t":', 0), "not valid JSON"),
    "two_objects": (body("{}{}", 0), "byte 10: not valid JSON"),
    "nul_then_garbage": (body(b"{}\0garbage", 0), "byte 10"),
    "not_utf8": (body(b'{"\xff\xfe":' + T.encode() + b"}"), "UTF-8"),
    "lone_surrogate": (body('{"\\ud800":' + T + "}"), "not valid JSON"),
    "control_character": (body('{"a\nb":' + T + "}"), "not valid JSON"),
    "trailing_comma": (body('{"t":' + T + ",}"), "not valid JSON"),
    "nesting_in_unknown_field": (tensor(extra=',"x":' + "[" * 5000 + "]" * 5000), "nested too deeply"),
    "duplicate_tensor": (body('{"t":%s,"t":%s}' % (T, T)), "'t' twice"),
    "duplicate_tensor_escaped": (body('{"t":%s,"\\u0074":%s}' % (T, T)), "'t' twice"),
    "duplicate_metadata": (body('{"__metadata__":{},"__metadata__":{},"t":%s}' % T), "twice"),
    "duplicate_metadata_key": (body('{"__metadata__":{"a":"1","a":"2"},"t":%s}' % T), "'a' twice"),
    "metadata_number": (body('{"__metadata__":{"a":1},"t":%s}' % T), "'a' is not text"),
    "metadata_text": (body('{"__metadata__":"a","t":%s}' % T), "__metadata__"),
    "duplicate_field": (tensor(extra=',"shape":[2]'), "'shape' twice"),
    "tensor_is_a_list": (body('{"t":[1]}', 0), "'t' is not an object"),
    "missing_dtype": (body('{"t":{"shape":[2],"data_offsets":[0,8]}}'), "'t' lacks"),
    "missing_shape": (body('{"t":{"dtype":"F32","data_offsets":[0,8]}}'), "'t' lacks"),
    "missing_offsets": (body('{"t":{"dtype":"F32","shape":[2]}}'), "'t' lacks"),
    "dtype_number": (tensor(dtype="3"), "'t'"),
    "shape_negative": (tensor(shape="[-2]"), "'t'"),
    "shape_float": (tensor(shape="[2.0]"), "'t'"),
    "shape_text": (tensor(shape='["2"]'), "'t'"),
    "shape_nested": (tensor(shape="[[2]]"), "'t'"),
    "shape_not_a_list": (tensor(shape="2"), "'t'"),
    "shape_over_int64": (tensor(shape="[9223372036854775808,0]", offsets="[0,0]", data=0), "'t'"),
    "shape_over_uint64": (tensor(shape="[99999999999999999999999]"), "'t'"),
    "shape_65_dimensions": (tensor(shape="[" + "1," * 64 + "2]"), "'t'"),
    "product_overflows": (tensor(shape="[4294967296,4294967296,4]"), "overflows"),
    "product_overflows_then_zero": (tensor(shape="[4611686018427387904,4,0]", offsets="[0,0]", data=0), "overflows"),
    "product_wraps_to_size": (tensor(shape="[9223372036854775807,2,1]"), "overflows"),
    "bytes_overflow": (tensor(shape="[2305843009213693952]"), "overflows"),
    "offsets_one": (tensor(offsets="[0]"), "'t'"),
    "offsets_three": (tensor(offsets="[0,8,8]"), "'t'"),
    "offsets_negative": (tensor(offsets="[-8,0]"), "'t'"),
    "offsets_backwards": (tensor(offsets="[0,0]", data=8), "has 0 bytes"),
    "end_before_begin": (body('{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},'
                              '"t":{"dtype":"U8","shape":[0],"data_offsets":[8,4]}}'), "before it begins"),
    "end_beyond_file": (tensor(shape="[4]", offsets="[0,16]"), "only 8 bytes"),
    "end_max": (tensor(offsets="[0,18446744073709551615]"), "only 8 bytes"),
    "starts_late": (tensor(shape="[1]", offsets="[4,8]"), "hole"),
    "hole": (body('{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]},'
                  '"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}'), "'b'"),
    "overlap": (body('{"a":{"dtype":"U8","shape":[6],"data_offsets":[0,6]},'
                     '"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}'), "'b'"),
    "same_bytes_twice": (body('{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},'
                              '"b":{"dtype":"U8","shape":[8],"data_offsets":[0,8]}}'), "overlaps"),
    "bytes_left_over": (tensor(data=9), "1 bytes more"),
    "file_cut_short": (tensor(data=7), "only 7 bytes"),
    "size_mismatch": (tensor(shape="[3]"), "needs 12"),
    "four_bit_half_byte": (tensor(dtype='"F4"', shape="[3]", offsets="[0,2]", data=2), "whole number of bytes"),
}


def main():
    os.makedirs(HERE, exist_ok=True)
    with open(os.path.join(HERE, "expected.tsv"), "w", encoding="utf-8") as expected:
        for name, (content, words) in sorted(CASES.items()):
            with open(os.path.join(HERE, name + ".safetensors"), "wb") as file:
                file.write(content)
            expected.write(f"{name}\t{words}\n")


if __name__ == "__main__":
    main()
