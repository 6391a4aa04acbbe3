# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Folders that `pawl quantize FOLDER --format ...` writes, decoded by the engines' own code: every weight bit for bit.

    "$(sh bench/peers/install.sh --lm)" tests/peers/check_checkpoint_folders.py build/release/bin/pawl [MODEL_FOLDER]

GPTQ v1 and v2 by gptqmodel's TorchLinear, AWQ by AutoAWQ's dequantize_gemm, compressed-tensors and bitsandbytes by their
packages; a package that is not installed is named and makes the check fail. Expected values: the same job's .pawl file,
decoded by `pawl dequantize` to f32 and rounded to the type that the engine computes in, which is one rounding, since a
code times an f16 scale is exact in f32. transformers also runs the compressed-tensors and bitsandbytes folders: its
logits on 256 ids are compared with `pawl eval`'s perplexity.
"""

import importlib.metadata
import json
import math
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import types

os.environ["TORCHDYNAMO_DISABLE"] = "1"

import torch
from safetensors.torch import load_file

ROOT = pathlib.Path(__file__).resolve().parents[2]
CASES = [("gptq", "int4:g128"), ("gptq", "uint3:g64"), ("gptq_v2", "uint4:g128"), ("gptq_v2", "uint2:g64"),
         ("awq", "uint4:g128"), ("awq", "int4:g64"), ("compressed-tensors", "int4:g128"),
         ("compressed-tensors", "int4:asym:g128"), ("compressed-tensors", "int8"), ("bitsandbytes", "nf4"),
         ("bitsandbytes", "nf4:dq"), ("bitsandbytes", "fp4")]


def run(tool, *words):
    return subprocess.run([tool, *map(str, words), "--threads", "1", "--progress", "none"], check=True, stdout=subprocess.PIPE, text=True).stdout


def by_gptq(config, parts):
    from gptqmodel.nn_modules.qlinear.torch import TorchLinear
    from gptqmodel.quantization import FORMAT
    from gptqmodel.utils.model import convert_gptq_v1_to_v2_format_module
    bits = config["bits"]
    v1 = config["checkpoint_format"] == "gptq"
    layer = TorchLinear(bits=bits, group_size=config["group_size"], sym=config["sym"], desc_act=config["desc_act"],
                        in_features=parts["g_idx"].numel(), out_features=parts["scales"].shape[1], bias=False,
                        format=FORMAT.GPTQ if v1 else FORMAT.GPTQ_V2)
    layer.eval()
    layer.optimized = True
    for name in ("qweight", "qzeros", "scales", "g_idx"):
        setattr(layer, name, parts[name].clone())
    layer._init_wf_unsqueeze_buffers()
    if v1:
        convert_gptq_v1_to_v2_format_module(layer, bits=bits, pack_dtype=torch.int32)
        layer.clear_weight_cache()
    return layer.dequantize_weight().detach().t()


def by_awq(config, parts):
    root = str(importlib.metadata.distribution("autoawq").locate_file("awq"))  # PackageNotFoundError is an ImportError
    for name, tail in (("awq", ""), ("awq.utils", "/utils")):  # its __init__ wants an older transformers
        package = types.ModuleType(name)
        package.__path__ = [root + tail]
        sys.modules[name] = package
    from awq.utils.packing_utils import dequantize_gemm
    return dequantize_gemm(parts["qweight"], parts["qzeros"], parts["scales"], 4, config["group_size"]).t()


def by_compressed_tensors(config, parts):
    from compressed_tensors.compressors import BaseCompressor
    from compressed_tensors.quantization import QuantizationArgs, QuantizationScheme
    group = config["config_groups"]["group_0"]
    args = QuantizationArgs(**{k: v for k, v in group["weights"].items() if v is not None and k != "observer_kwargs"})
    scheme = QuantizationScheme(targets=["Linear"], weights=args, format=config["format"])
    compressor = BaseCompressor.get_value_from_registry(config["format"])
    return compressor.decompress(dict(parts), scheme)["weight"]


def by_bitsandbytes(config, parts):
    from bitsandbytes import functional
    stats = {k[len("weight."):]: v for k, v in parts.items() if k != "weight"}
    state = functional.QuantState.from_dict(stats, device=torch.device("cpu"))
    return functional.dequantize_4bit(parts["weight"], state)


DECODERS = {"gptq": by_gptq, "gptq_v2": by_gptq, "awq": by_awq, "compressed-tensors": by_compressed_tensors,
            "bitsandbytes": by_bitsandbytes}


def check_weights(folder, expected, decode):
    config = json.loads((folder / "config.json").read_text())["quantization_config"]
    tensors = load_file(folder / "model.safetensors")
    modules = {}
    for name, value in tensors.items():
        for module in expected:
            if name.startswith(module + "."):
                modules.setdefault(module, {})[name[len(module) + 1:]] = value
    assert set(modules) == set(expected), set(modules) ^ set(expected)
    wrong = total = 0
    for module, parts in modules.items():
        found = decode(config, parts)
        want = expected[module].to(found.dtype)
        if config.get("bnb_4bit_quant_type") == "fp4":  # of which bitsandbytes' CPU code, alone, decodes -0 as 0
            found, want = found + 0.0, want + 0.0
        assert found.shape == want.shape
        wrong += int((found.contiguous().view(torch.uint8) != want.contiguous().view(torch.uint8)).sum())
        total += want.numel()
    return wrong, total


def check_logits(tool, folder, model):
    from transformers import AutoModelForCausalLM, CompressedTensorsConfig
    text = (model / "held_out.txt").read_bytes()[:256]
    settings = json.loads((folder / "config.json").read_text())["quantization_config"]
    more = {}
    if not settings.get("config_groups", {}).get("group_0", {}).get("weights", {}).get("symmetric", True):
        # compressed-tensors 0.20's packer leaves zero points unpacked on the meta device, where transformers lays out the
        # modules; what its packer itself writes then finds no place, and only decoding while loading takes it.
        more["quantization_config"] = CompressedTensorsConfig(dequantize=True)
    net = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32, **more).eval()
    with torch.no_grad():
        logits = net(torch.tensor([list(text)])).logits[0].double()
    nats = torch.nn.functional.cross_entropy(logits[:-1], torch.tensor(list(text[1:]))).item()
    found = json.loads(run(tool, "eval", folder, "--text", model / "held_out.txt", "--max-tokens", 256, "--json"))
    return nats / math.log(2), found["bits_per_byte"]


def main():
    tool = pathlib.Path(sys.argv[1])
    model = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else ROOT / "examples/models/kjv"
    failed = 0
    for form, scheme in CASES:
        with tempfile.TemporaryDirectory() as text:
            out, plain = pathlib.Path(text) / "out", pathlib.Path(text) / "plain"
            words = ["--scheme", scheme, "--exclude", "embed_tokens"]
            run(tool, "quantize", model, "-o", out, "-q", "--format", form, *words)
            run(tool, "quantize", model, "-o", plain, "-q", *words)
            run(tool, "dequantize", plain / "model.pawl", "-o", plain / "plain.safetensors")
            decoded = load_file(plain / "plain.safetensors")
            expected = {k[:-len(".weight")]: v for k, v in decoded.items() if "_proj" in k}
            try:
                wrong, total = check_weights(out, expected, DECODERS[form])
            except ImportError as error:
                print(f"{form} {scheme}: not checked: {error}", flush=True)
                failed += 1
                continue
            line = f"{form} {scheme}: {total} weights, {wrong} bytes differ"
            if form in ("compressed-tensors", "bitsandbytes"):
                theirs, ours = check_logits(tool, out, model)
                line += f"; bits per byte {theirs:.5f} (transformers), {ours:.5f} (pawl eval)"
                wrong += abs(theirs - ours) > 2e-3
            print(line, flush=True)
            failed += wrong > 0
    sys.exit(1 if failed else 0)


main()
