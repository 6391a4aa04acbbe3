# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""GPTQ in PyTorch on a transformers model, layer by layer, for compare_lm.py: written here from the paper, in the order in
which GPTQModel takes layers (queries, keys and values; output; gate and up; down), each seeing what the quantized layers
before it give.
"""

import torch

STAGES = [["self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"], ["self_attn.o_proj"],
          ["mlp.gate_proj", "mlp.up_proj"], ["mlp.down_proj"]]


def quantize_layer(weight, hessian, bits, group, damp=0.05):
    """Frantar et al. 2023, with act-order and static groups of asymmetric min-max grids: W[out, in] decoded."""
    columns, top = weight.shape[1], 2 ** bits - 1
    scale, zero = [torch.empty(weight.shape[0], columns // group) for _ in range(2)]
    for g in range(columns // group):
        part = weight[:, g * group:(g + 1) * group]
        low, high = part.amin(1).clamp(max=0), part.amax(1).clamp(min=0)
        scale[:, g] = ((high - low) / top).clamp(min=1e-9).half().float()
        zero[:, g] = torch.round(-low / scale[:, g]).clamp(0, top)
    h = hessian.clone()
    dead = torch.diag(h) == 0
    h[dead, dead] = 1
    order = torch.argsort(torch.diag(h), descending=True)
    h = h[order][:, order]
    h += damp * torch.diag(h).mean() * torch.eye(columns, dtype=h.dtype)
    inverse = torch.linalg.cholesky(torch.cholesky_inverse(torch.linalg.cholesky(h)), upper=True).float()
    w, out = weight[:, order].clone(), torch.empty_like(weight)
    for i in range(columns):
        g = int(order[i]) // group
        q = (torch.round(w[:, i] / scale[:, g]) + zero[:, g]).clamp(0, top)
        out[:, i] = (q - zero[:, g]) * scale[:, g]
        error = (w[:, i] - out[:, i]) / inverse[i, i]
        w[:, i:] -= error[:, None] * inverse[i, i:][None]
    back = torch.empty_like(out)
    back[:, order] = out
    return back


@torch.no_grad()
def by_gptq(bench, bits, group):
    from transformers import LlamaForCausalLM
    model = LlamaForCausalLM.from_pretrained(bench.model, dtype=torch.float32, attn_implementation="eager").eval()
    text = (bench.model / "calibration.txt").read_bytes()
    ids = torch.tensor(list(text)).reshape(-1, model.config.max_position_embeddings)
    decoded = {}
    for index, layer in enumerate(model.model.layers):
        for stage in STAGES:
            modules = {name: layer.get_submodule(name) for name in stage}
            first, sums = next(iter(modules.values())), []

            def collect(module, inputs, _, sums=sums):
                x = inputs[0].reshape(-1, inputs[0].shape[-1]).double()
                sums.append(x.T @ x)

            hook = first.register_forward_hook(collect)
            for batch in ids.split(32):
                model(batch, use_cache=False)
            hook.remove()
            hessian = sum(sums)
            for name, module in modules.items():
                module.weight.data = quantize_layer(module.weight.data, hessian, bits, group)
                decoded[f"model.layers.{index}.{name}.weight"] = module.weight.data.clone()
    return bench.eval_weights(decoded), bits + (16 + bits) / group
