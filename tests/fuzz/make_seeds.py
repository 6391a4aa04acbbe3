#!/usr/bin/env python3
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Writes corpus/<target>/seed_*: small good inputs from which a fuzzer starts. The same files every time.

Only Python's standard library. What fuzzers found beside them is there under the names that libFuzzer gives.
"""

import json
import os
import struct

HERE = os.path.join(os.path.dirname(os.path.abspath(__file__)), "corpus")
SIZES = {"F32": 4, "F16": 2, "BF16": 2, "U8": 1, "I8": 1, "I64": 8, "BOOL": 1, "F8_E4M3": 1}


def safetensors(tensors, metadata=None):
    """tensors: (name, dtype, shape); the data counts up."""
    header = {} if metadata is None else {"__metadata__": metadata}
    data = b""
    for name, dtype, shape in tensors:
        count = 1
        for dim in shape:
            count *= dim
        if dtype == "F32":
            raw = struct.pack("<%df" % count, *((i * 37 % 101 - 50) / 64 for i in range(count)))
        else:
            raw = bytes(i * 7 % 61 for i in range(count * SIZES[dtype]))
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def observer(kind, **more):
    return dict({"kind": kind, "per_channel": False, "axis": 0, "bins": 128, "momentum": 0.01}, **more)


def cache(tensors, rules=(), fallback="minmax"):
    return json.dumps({"pawl_calibration": "1.0", "model": "m", "fallback": observer(fallback), "rules": list(rules),
                       "tensors": tensors}, separators=(",", ":")).encode()


def index(weight_map, first, second, metadata=True):
    text = {"weight_map": weight_map}
    if metadata:
        text["metadata"] = {"total_size": 8}
    raw = json.dumps(text, separators=(",", ":")).encode()
    return struct.pack("<HH", len(raw), len(first)) + raw + first + second


def gguf_text(text):
    return struct.pack("<Q", len(text)) + text


def gguf(version=3, keys=(), tensors=(), data=b"", alignment=32):
    """keys: (name, kind, bytes); tensors: (name, dims, type, offset)."""
    out = b"GGUF" + struct.pack("<IQQ", version, len(tensors), len(keys))
    for name, kind, value in keys:
        out += gguf_text(name) + struct.pack("<I", kind) + value
    for name, dims, kind, offset in tensors:
        out += gguf_text(name) + struct.pack("<I%dQIQ" % len(dims), len(dims), *dims, kind, offset)
    return out + b"\0" * (-len(out) % alignment) + data


def model_export(format, scheme):
    """As model_export_fuzz.cc takes it: settings that are good, one weight of the scheme that scale, offset, grouping and
    element of hostile_scheme.cc make, called a query's, 64 by 64."""
    codes = bytes((format * 7 + j * (2 * scheme[3] + 1)) % 240 for j in range(60))
    return bytes([format, 0, 0, 0, *scheme, 0, 0, 0, 1, 1, 0, 0]) + codes


def gguf_imatrix():
    keys = [(b"general.type", 8, gguf_text(b"imatrix")), (b"imatrix.chunk_count", 4, struct.pack("<I", 7))]
    tensors = [(b"blk.0.ffn_up.weight.in_sum2", [4, 1], 0, 0), (b"blk.0.ffn_up.weight.counts", [1, 1], 0, 32)]
    data = struct.pack("<4f", 1.5, 2.0, 0.0, 0.25) + b"\0" * 16 + struct.pack("<f", 7.0)
    return gguf(keys=keys, tensors=tensors, data=data)


def config(**settings):
    return json.dumps({"vocab_size": 8, "hidden_size": 8, "intermediate_size": 8, "num_hidden_layers": 1,
                       "num_attention_heads": 2, "max_position_embeddings": 8, **settings}, separators=(",", ":")).encode()


def gguf_encoder():
    """A BERT encoder of one layer, its tensors one after the other."""
    names = {"token_embd.weight": (8, 8), "position_embd.weight": (8, 8), "token_types.weight": (8, 2)}
    for name in ("attn_q", "attn_k", "attn_v", "attn_output", "ffn_up", "ffn_down"):
        names["blk.0.%s.weight" % name], names["blk.0.%s.bias" % name] = (8, 8), (8,)
    for name in ("token_embd_norm", "blk.0.attn_output_norm", "blk.0.layer_output_norm"):
        names[name + ".weight"] = names[name + ".bias"] = (8,)
    tensors, data = [], b""
    for name, dims in names.items():
        count = dims[0] * (dims[1] if len(dims) > 1 else 1)
        tensors.append((name.encode(), dims, 0, len(data)))
        data += struct.pack("<%df" % count, *((i * 37 % 101 - 50) / 64 for i in range(count)))
        data += b"\0" * (-len(data) % 32)
    numbers = {"embedding_length": 8, "feed_forward_length": 8, "block_count": 1, "context_length": 8,
               "attention.head_count": 2}
    keys = [(b"general.architecture", 8, gguf_text(b"bert")), (b"tokenizer.ggml.cls_token_id", 4, struct.pack("<I", 3)),
            (b"bert.attention.layer_norm_epsilon", 6, struct.pack("<f", 1e-5))]
    keys += [(b"bert." + key.encode(), 4, struct.pack("<I", value)) for key, value in numbers.items()]
    return gguf(keys=keys, tensors=tensors, data=data)


def language_models():
    words = b"\0[PAD]\n[CLS]\na\n##b\n"
    return {
        "bert": config(model_type="bert", hidden_act="gelu_new", type_vocab_size=2) + words,
        "relative": config(model_type="bert", position_embedding_type="relative_key", type_vocab_size=2),
        "llama": config(model_type="llama", num_key_value_heads=1, rms_norm_eps=1e-5, hidden_act="silu", rope_parameters={
            "rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
            "original_max_position_embeddings": 8}),
        "quantized": config(model_type="qwen2", quantization_config={"quant_method": "gptq", "bits": 4, "group_size": 8}),
        "gguf": gguf_encoder(),
    }


def gguf_seeds():
    kinds = [(b"u8", 0, b"\1"), (b"f32", 6, struct.pack("<f", 0.5)), (b"bool", 7, b"\1"), (b"text", 8, gguf_text(b"llama")),
             (b"list", 9, struct.pack("<IQII", 4, 2, 7, 9)),
             (b"texts", 9, struct.pack("<IQ", 8, 2) + gguf_text(b"a") + gguf_text(b"")),
             (b"u64", 10, bytes(8)), (b"general.alignment", 4, struct.pack("<I", 64))]
    blocks = [(b"q4_0", (32, 1), 2, 0), (b"q8_0", (32, 1), 8, 32), (b"f16", (3, 2), 1, 96), (b"odd", (5,), 77, 128)]
    return {
        "empty": gguf(),
        "kinds": gguf(keys=kinds, tensors=[(b"a", (2, 2), 0, 0)], data=bytes(16), alignment=64),
        "blocks": gguf(tensors=blocks, data=bytes(i * 7 % 61 for i in range(160))),
        "super": gguf(version=2, tensors=[(b"q4_k", (256,), 12, 0), (b"q6_k", (256,), 14, 160)], data=bytes(384)),
    }


def field(number, payload):
    """A length-delimited field of a protocol buffer, or a number."""
    if isinstance(payload, int):
        return varint(number << 3) + varint(payload)
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def varint(value):
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def onnx_value(name, dims):
    shape = b"".join(field(1, field(1, dim)) for dim in dims)
    return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))


def onnx():
    """y = Relu(x w + b), 2 x 3 times 3 x 2."""
    weight = field(1, 3) + field(1, 2) + field(2, 1) + field(8, b"w") + field(9, struct.pack("<6f", *range(6)))
    bias = field(1, 2) + field(2, 1) + field(8, b"b") + field(9, struct.pack("<2f", 1, 2))
    gemm = (field(1, b"x") + field(1, b"w") + field(1, b"b") + field(2, b"h") + field(3, b"n") + field(4, b"Gemm")
            + field(5, field(1, b"transB") + field(3, 0) + field(20, 2)))
    relu = field(1, b"h") + field(2, b"y") + field(4, b"Relu")
    graph = (field(1, gemm) + field(1, relu) + field(2, b"g") + field(5, weight) + field(5, bias)
             + field(11, onnx_value(b"x", [2, 3])) + field(12, onnx_value(b"y", [2, 2])))
    return field(1, 8) + field(2, b"pawl") + field(7, graph) + field(8, field(1, b"") + field(2, 17))


def node(op, inputs, output, *attributes):
    """Inputs and output by name, divided by spaces; attributes are (name, type, value)."""
    kinds = {2: lambda v: field(3, v), 7: lambda v: b"".join(field(8, x) for x in v)}
    made = b"".join(field(1, name) for name in inputs.encode().split(b" ")) + field(2, output.encode())
    made += field(3, output.encode()) + field(4, op.encode())
    for name, kind, value in attributes:
        made += field(5, field(1, name) + kinds[kind](value) + field(20, kind))
    return field(1, made)


def constant(name, dims, values=None, kind=1):
    """Of f32 (kind 1), or of i64 (7)."""
    count = 1
    for dim in dims:
        count *= dim
    if values is None:
        values = [(i * 37 % 101 - 50) / 64 for i in range(count)]
    data = struct.pack("<%d%s" % (len(values), {1: "f", 7: "q"}[kind]), *values)
    return field(5, b"".join(field(1, d) for d in dims) + field(2, kind) + field(8, name) + field(9, data))


def model(body, inputs, outputs, opset=17):
    graph = body + field(2, b"g") + b"".join(field(11, onnx_value(*value)) for value in inputs)
    graph += b"".join(field(12, onnx_value(*value)) for value in outputs)
    return field(1, 8) + field(7, graph) + field(8, field(1, b"") + field(2, opset))


def graph_jobs():
    x, y = [(b"x", [2, 8])], [(b"y", [2, 4])]
    product = node("MatMul", "x w", "h") + node("Add", "h b", "y")
    conv = (node("Conv", "x w", "c", (b"pads", 7, [1, 1, 1, 1])) + node("BatchNormalization", "c g h m v", "n")
            + node("Relu", "n", "r") + node("Conv", "r v2", "d") + node("Add", "d r", "s") + node("GlobalAveragePool", "s", "y"))
    numbers = [constant(b"w", [4, 3, 3, 3])] + [constant(n, [4], [1, 2, 0.5, 1]) for n in (b"g", b"h", b"m", b"v")]
    weights = constant(b"w", [8, 4]) + constant(b"b", [4])
    models = {
        "product": model(product + weights, x, y),
        "conv": model(conv + b"".join(numbers) + constant(b"v2", [4, 4, 1, 1]), [(b"x", [1, 3, 5, 5])], [(b"y", [1, 4, 1, 1])]),
        "two": model(node("MatMul", "x w", "h") + node("Relu", "h", "r") + node("MatMul", "r v", "y") + constant(b"w", [8, 6])
                     + constant(b"v", [6, 4]), x, y),
        "norm": model(node("LayerNormalization", "x s", "n") + node("MatMul", "n w", "h") + node("Add", "h b", "y") + weights
                      + constant(b"s", [8]), x, y),
        "activations": model(node("Transpose", "x", "t") + node("MatMul", "x t", "y"), x, [(b"y", [2, 2])]),
        "shared": model(node("MatMul", "x w", "h") + node("MatMul", "x w", "k") + node("Add", "h k", "y") + weights, x, y),
        "passed": model(product + weights, x, y + x + [(b"w", [8, 4])]),
        "embedding": model(node("Gather", "w i", "h") + node("MatMul", "h v", "y") + constant(b"w", [8, 4]) + constant(b"i", [2], [1, 7], 7)
                           + constant(b"v", [4, 4]) + node("Relu", "x", "z"), x, y + [(b"z", [2, 8])]),
        "gemm": onnx(),
        # What is no number, too large, nothing, or not what it says.
        "nan": model(product + constant(b"w", [8, 4], [float("nan")] * 32) + constant(b"b", [4]), x, y),
        "infinite": model(product + constant(b"w", [8, 4], [float("inf"), -3e38] * 16) + constant(b"b", [4]), x, y),
        "zeros": model(product + constant(b"w", [8, 4], [0] * 32) + constant(b"b", [4], [1e30, -1e30, 0, 1e-40]), x, y),
        "none": model(product + constant(b"w", [8, 0]) + constant(b"b", [0]), x, [(b"y", [2, 0])]),
        "unfit": model(product + constant(b"w", [7, 4]) + constant(b"b", [4]), x, y),
        "cycle": model(node("MatMul", "y w", "h") + node("Add", "h b", "y") + weights, x, y),
        "twice": model(product + weights + weights, x, y),
        "rank": model(product + constant(b"w", [8]) + constant(b"b", [4]), x, [(b"y", [2])]),
        "long": model(product + weights, [(b"x", [1 << 40, 8])], y),
        "old": model(product + weights, x, y, 7),
        "unknown": model(node("NoSuchOperator", "x", "q") + node("MatMul", "q w", "y") + weights, x, y),
        "groups": model(node("Conv", "x w", "y", (b"group", 2, 3)) + constant(b"w", [6, 1, 3, 3]), [(b"x", [1, 3, 5, 5])], [(b"y", [1, 6, 3, 3])]),
        "strides": model(node("Conv", "x w", "y", (b"strides", 7, [0, 1 << 62])) + constant(b"w", [6, 3, 3, 3]), [(b"x", [1, 3, 5, 5])],
                         [(b"y", [1, 6, 3, 3])]),
    }
    jobs = {"static": 0, "qoperator": 4, "tensorrt": 8 | 64, "wide": 32, "bounded": 128 | 48, "dynamic": 1, "weights": 2,
            "weights8": 2 | 16, "float16": 3}
    everyday = "product conv two norm".split()
    seeds = {"%s_%s" % (m, j): bytes([jobs[j]]) + models[m] for m in everyday for j in jobs}
    seeds.update({"%s_%s" % (m, j): bytes([jobs[j]]) + models[m] for m in models if m not in everyday
                  for j in ("static", "dynamic", "weights")})
    return seeds


def npy(text, data):
    header = text.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + data


def imatrix(tail):
    one = struct.pack("<i3sii2f", 3, b"a.b", 4, 2, 8.0, 0.5)
    return struct.pack("<i", 2) + one + struct.pack("<i1sii1f", 1, b"c", 0, 1, 2.0) + tail


ONE = safetensors([("t", "F32", [2, 3])])
TWO = safetensors([("a", "F16", [4]), ("b", "I64", []), ("c", "U8", [0, 5]), ("d", "F8_E4M3", [2, 2])], {"format": "pt"})
CHANNEL = {"count": 4, "nan": 0, "inf": 1, "min": -1.0, "max": 0.5}
# The bin width is the least power of two for which 128 bins cover the magnitude: 2^-6 for 1.0 and 0.5.
HISTOGRAM = dict(CHANNEL, exponent=-6, positive=[0] * 32 + [2], negative=[0] * 64 + [2])
MODEL = safetensors([("w", "F32", [8, 32]), ("embed.weight", "F16", [8, 16]), ("n.bias", "F32", [8])])

# The text of a job's identity, as its journal begins.
IDENTITY = json.dumps({"pawl_journal": "1.0", "pawl_version": "0.1.0", "input": [{"name": "m", "hash": "x"}], "recipe": "{}",
                       "calibration": []}, separators=(",", ":")).encode()

SEEDS = {
    "safetensors": {"one": ONE, "two": TWO, "none": safetensors([])},
    "safetensors_index": {
        "two": index({"t": "a", "u": "b"}, ONE, safetensors([("u", "U8", [3])])),
        "same": index({"t": "a"}, ONE, b"", False),
        "wrong": index({"u": "a"}, ONE, TWO),
    },
    "journal": {
        "entries": b"\x01" + b"".join(bytes([kind, len(payload)]) + payload for kind, payload in (
            (1, IDENTITY), (2, bytes(16)), (2, b""))),
        "begun": b"\x00PAWLJRNL", "torn": b"\x00PAWLJR", "other": b"\x00Dear diary",
    },
    # Scheme, shape, options ... as packed_fuzz.cc takes them; then bytes of the file to change.
    "packed": {str(i): bytes((i * 89 + j * (2 * i + 1)) % 256 for j in range(96)) for i in range(24)} | {"zeros": bytes(40)},
    "model_export": {"%d_%d" % (format, i): model_export(format, scheme) for format in range(5)
                     for i, scheme in enumerate([(0, 0, 1, 0), (0, 0, 1, 2), (0, 0, 0, 1), (0, 0, 0, 15), (6, 0, 0, 15)])},
    "onnx": {"gemm": onnx()},
    "graph_job": graph_jobs(),
    "gguf": gguf_seeds(),
    "language_model": language_models(),
    "imatrix": {"old": imatrix(b""), "named": imatrix(struct.pack("<ii4s", 7, 4, b"text")), "gguf": gguf_imatrix(),
                "often": struct.pack("<ii1siif", 1, 1, b"c", 2 ** 30 + 1, 1, 2.0)},  # GGUF does not hold that
    "npz": {
        "npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", bytes(24)),
        "columns": npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 2), }", bytes(range(4))),
    },
    "recipe": {
        "small": b'{"pawl_recipe":"1.0","rules":[{"scheme":"int8"}]}',
        "all": json.dumps({
            "pawl_recipe": "1.0", "description": "d",
            "rules": [{"operator": "embedding", "scheme": "int8"}, {"pattern": "^head\\.", "skip": True},
                      {"operator": "linear", "scheme": "int4:g128", "fallback": "keep",
                       "method": {"name": "rtn", "range": "percentile", "percentile": 99.5}},
                      {"scheme": "codebook4", "method": {"name": "rtn", "kmeans_iterations": 7}}],
            "exclude": ["pooler"],
            "calibration": {"observer": "moving_average", "range": "minmax", "momentum": 0.5, "bins": 256,
                            "per_channel": True, "max_samples": 3, "percentile": 99}}).encode(),
        "newer": b'{"pawl_recipe":"1.7","rules":[{"scheme":"nf4","colour":1}],"new":[{"x":null}]}',
    },
    "calibration_cache": {
        "minmax": cache([{"name": "t", "observer": observer("minmax"), "channels": [CHANNEL]}]),
        "average": cache([{"name": "t", "observer": observer("moving_average", momentum=0.5), "channels": [CHANNEL]}]),
        "channels": cache([{"name": "t", "observer": observer("minmax", per_channel=True, axis=-1),
                            "channels": [CHANNEL, dict(CHANNEL, max=2.5)]}]),
        "histogram": cache([{"name": "t", "observer": observer("histogram"), "channels": [HISTOGRAM]}],
                           [{"pattern": "^x", "observer": observer("histogram")}], "histogram"),
    },
    "tensorrt_cache": {
        "two": b"TRT-8600-EntropyCalibration2\ninput: 3c010a14\n(Unnamed Layer* 0) [x]: y: 3d5\n",
        "crlf": b"TRT-8501-MinMaxCalibration\r\n\r\na: 0\r\n",
    },
    "job_model": {str(c): bytes([c]) + MODEL for c in (0, 1, 10, 27, 44, 61, 78)},
    "job_calibration": {
        **{"input%d" % c: bytes([c]) + safetensors([("w.input", "F32", [4, 32]), ("embed.input", "F16", [2, 8])])
           for c in (0, 17, 34, 64, 128, 192)},
        "importance": bytes([32]) + safetensors([("w.importance", "F32", [32])]),
        "named": bytes([16]) + safetensors([("embed", "F32", [8])]),
    },
    "scheme_text": {t.replace(":", "_"): t.encode() for t in (
        "int4:g128", "uint4:g32:min:f16", "int8:channel1:asym", "nf4:flat64:dq", "codebook3:tensor", "apot4:block2x16",
        "fp4e2m1:g16:e4m3", "q6_k", "mxfp4", "int16:tensor:full", "uint3:g24:hqq:bf16", "ternary:g64:e8m0", "pot5")},
}


# Targets that take fields out of bytes: zeros are everyday values.
FIELDS = ("container_fields block_formats gptq awq bitsandbytes compressed_tensors hqq matmul_nbits tflite dlpack kernels "
          "linear quantize").split()


def main():
    SEEDS.update({target: {"zeros": bytes(40)} for target in FIELDS})
    SEEDS["capi_memory"] = {"%s_%s" % (target, name): data for target, names in SEEDS.items()
                            if target in ("safetensors", "recipe", "calibration_cache", "tensorrt_cache")
                            for name, data in names.items() if len(data) < 1000}
    for target, names in SEEDS.items():
        folder = os.path.join(HERE, target)
        os.makedirs(folder, exist_ok=True)
        for name, data in names.items():
            with open(os.path.join(folder, "seed_" + name), "wb") as file:
                file.write(data)


if __name__ == "__main__":
    main()
