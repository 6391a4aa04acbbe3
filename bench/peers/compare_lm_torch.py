# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""GPTQModel's GPTQ and AutoAWQ's search on a transformers model, for compare_lm.py, on the CPU.

GPTQModel's own class takes the layers, in the order of its `layers_modules_tree` for llama (queries, keys and values;
output; gate and up; down), each seeing what the quantized layers before it give. Its loop around that, which wants a
tokenizer and a model of its list, is left out; for its GPTAQ class the float model's inputs stand beside, as its loop has
them.
"""

import copy
import importlib.metadata
import os
import sys
import types

import torch

os.environ.setdefault("TORCHDYNAMO_DISABLE", "1")

STAGES = [["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], ["self_attn.o_proj"],
          ["mlp.gate_proj", "mlp.up_proj"], ["mlp.down_proj"]]


def load(bench):
    from transformers import LlamaForCausalLM
    model = LlamaForCausalLM.from_pretrained(bench.model, dtype=torch.float32, attn_implementation="sdpa").eval()
    ids = list((bench.model / "calibration.txt").read_bytes())
    return model, torch.tensor(ids).reshape(-1, model.config.max_position_embeddings)


class Stop(Exception):
    """Ends a forward pass whose rest nobody needs."""


class Walk:
    """What meets a model's decoder layers, batch by batch, one layer after another."""

    def __init__(self, model, ids):
        self.layers, self.at, self.calls = model.model.layers, 0, []
        hook = self.layers[0].register_forward_pre_hook(self._take_call, with_kwargs=True)
        for batch in ids.split(32):
            self._run(model, (batch,), {"use_cache": False})
        hook.remove()

    def _take_call(self, _, inputs, more):
        self.calls.append((inputs[0], more))
        raise Stop

    @staticmethod
    def _run(module, inputs, more):
        try:
            return module(*inputs, **more)
        except Stop:
            return None

    def inputs_of(self, name):
        """Of the module `name` of the layer at hand."""
        found = []

        def take(_, inputs):
            found.append(inputs[0].detach())
            raise Stop

        hook = self.layers[self.at].get_submodule(name).register_forward_pre_hook(take)
        for hidden, more in self.calls:
            self._run(self.layers[self.at], (hidden,), more)
        hook.remove()
        return found

    def go_on(self):
        """To the next layer, through this one as it is now."""
        layer, moved = self.layers[self.at], []
        for hidden, more in self.calls:
            result = layer(hidden, **more)
            moved.append((result[0] if isinstance(result, tuple) else result, more))
        self.calls, self.at = moved, self.at + 1


@torch.no_grad()
def by_gptqmodel(bench, bits, group, gptaq=False, **settings):
    """GPTQModel's GPTQ, or its GPTAQ; its defaults but for `settings` of its QuantizeConfig."""
    from gptqmodel.looper.native_processor import NATIVE_INPUTS_STATE_KEY
    from gptqmodel.quantization import GPTAQ, GPTQ, QuantizeConfig
    from gptqmodel.quantization.config import GPTAQConfig
    model, ids = load(bench)
    walk, native = Walk(model, ids), Walk(copy.deepcopy(model), ids) if gptaq else None
    settings["gptaq"] = GPTAQConfig() if gptaq else None
    decoded = {}
    for index, layer in enumerate(model.model.layers):
        for stage in STAGES:
            inputs = walk.inputs_of(stage[0])
            beside = native.inputs_of(stage[0]) if gptaq else None
            for name in stage:
                module = layer.get_submodule(name)
                if gptaq:
                    module.state = {NATIVE_INPUTS_STATE_KEY: list(beside)}
                make = GPTAQ if gptaq else GPTQ
                task = make(module, QuantizeConfig(bits=bits, group_size=group, offload_to_disk=False, **settings))
                task.quantizer.configure(perchannel=True)
                for batch in inputs:
                    task.add_batch(batch, None)
                module.weight.data = task.quantize()[0].float()
                decoded[f"model.layers.{index}.{name}.weight"] = module.weight.data.clone()
        for each in (walk, native) if gptaq else (walk,):
            each.go_on()
    return bench.eval_weights(decoded), bits + (16 + bits) / group


def import_autoawq():
    """AutoAWQ's quantizer and its llama, without its __init__, which wants a transformers of 2025; what that renamed is named."""
    from transformers import activations
    if not hasattr(activations, "PytorchGELUTanh"):
        activations.PytorchGELUTanh = activations.GELUTanh
    root = str(importlib.metadata.distribution("autoawq").locate_file("awq"))
    for tail in ("", ".quantize", ".utils", ".modules", ".modules.linear", ".models"):
        package = types.ModuleType("awq" + tail)
        package.__path__ = [root + tail.replace(".", "/")]
        sys.modules["awq" + tail] = package
    for kind in ("GEMM", "GEMV", "Marlin", "GEMVFast"):  # packing, not used here
        setattr(sys.modules["awq.modules.linear"], "WQLinear_" + kind, None)
    sys.modules["awq.models.base"] = types.ModuleType("awq.models.base")
    sys.modules["awq.models.base"].BaseAWQForCausalLM = object
    for fused in ("awq.utils.fused_utils", "awq.modules.fused.block", "awq.modules.fused.model", "awq.modules.fused.norm"):
        sys.modules[fused] = types.ModuleType(fused)
    sys.modules["awq.utils.fused_utils"].fuse_qkv = None
    sys.modules["awq.modules.fused.block"].LlamaLikeBlock = None
    sys.modules["awq.modules.fused.model"].LlamaLikeModel = None
    sys.modules["awq.modules.fused.norm"].FasterTransformerRMSNorm = None
    from awq.models.llama import LlamaAWQForCausalLM
    from awq.quantize.quantizer import AwqQuantizer
    LlamaAWQForCausalLM.model_type = "llama"
    return AwqQuantizer, LlamaAWQForCausalLM


@torch.no_grad()
def by_autoawq(bench, bits, group):
    """AutoAWQ's search for scales and clipping on its usual 128 samples, then its pseudo_quantize_tensor, with zero points."""
    Quantizer, llama = import_autoawq()
    model, ids = load(bench)
    model.config.use_cache = False  # else layers that are run again and again append to it
    width = ids.shape[1]
    quantizer = Quantizer(llama, model, None, bits, group, True, "gemm", ids.tolist(), None, None, duo_scaling=True,
                          export_compatible=True, max_calib_samples=128, max_calib_seq_len=width)
    # It keeps the weights that it puts back after each trial with .cpu(), which on the CPU is no copy: then scales pile up.
    plain = torch.Tensor.cpu
    torch.Tensor.cpu = lambda tensor: tensor.clone()
    try:
        quantizer.quantize()
    finally:
        torch.Tensor.cpu = plain
    tensors = {k: v.float() for k, v in model.state_dict().items() if k.startswith("model.layers.")}
    for k in bench.linear:
        tensors[k] = quantizer.pseudo_quantize_tensor(tensors[k])[0]
    return bench.eval_weights(tensors), bits + (16 + bits) / group
