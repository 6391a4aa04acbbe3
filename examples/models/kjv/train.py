# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Trains the byte-level language model of this folder and writes it as a Hugging Face folder.

Needs what requirements.txt says (JAX on the CPU). About 15 minutes of two cores.
"""

import argparse
import functools
import json
import math
import pathlib
import time

import jax
import jax.numpy as jnp
import numpy as np

import kjv_text

SEED = 1611
CONFIG = {
    "architectures": ["LlamaForCausalLM"],
    "model_type": "llama",
    "vocab_size": 256,
    "hidden_size": 256,
    "intermediate_size": 512,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "head_dim": 64,
    "hidden_act": "silu",
    "max_position_embeddings": 256,
    "rms_norm_eps": 1e-5,
    "rope_theta": 10000.0,
    "tie_word_embeddings": True,
    "attention_bias": False,
    "mlp_bias": False,
    "torch_dtype": "bfloat16",
}
BATCH = 8
ADAM_RATE = 4e-3
MUON_RATE = 0.02
WARMUP_STEPS = 30
WEIGHT_DECAY = 0.05


def parameter_shapes(config):
    """{name: shape}, names and W[out, in] as transformers' LlamaForCausalLM has them."""
    hidden, inner, head = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    queries, keys = config["num_attention_heads"] * head, config["num_key_value_heads"] * head
    shapes = {"model.embed_tokens.weight": (config["vocab_size"], hidden), "model.norm.weight": (hidden,)}
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        shapes[prefix + "input_layernorm.weight"] = (hidden,)
        shapes[prefix + "post_attention_layernorm.weight"] = (hidden,)
        shapes[prefix + "self_attn.q_proj.weight"] = (queries, hidden)
        shapes[prefix + "self_attn.k_proj.weight"] = (keys, hidden)
        shapes[prefix + "self_attn.v_proj.weight"] = (keys, hidden)
        shapes[prefix + "self_attn.o_proj.weight"] = (hidden, queries)
        shapes[prefix + "mlp.gate_proj.weight"] = (inner, hidden)
        shapes[prefix + "mlp.up_proj.weight"] = (inner, hidden)
        shapes[prefix + "mlp.down_proj.weight"] = (hidden, inner)
    return shapes


def initialize(config):
    rng = np.random.default_rng(SEED)
    parameters = {}
    for name, shape in parameter_shapes(config).items():
        if len(shape) == 1:
            parameters[name] = np.ones(shape, np.float32)
            continue
        deviation = 0.04
        if name.endswith(("o_proj.weight", "down_proj.weight")):  # they add to the residual
            deviation /= math.sqrt(2 * config["num_hidden_layers"])
        parameters[name] = (rng.standard_normal(shape) * deviation).astype(np.float32)
    return parameters


def normalize(x, weight, epsilon):
    return x / jnp.sqrt((x * x).mean(-1, keepdims=True) + epsilon) * weight


def rotary_tables(config, length):
    half = config["head_dim"] // 2
    angles = np.arange(length)[:, None] * config["rope_theta"] ** (-np.arange(half) / half)
    return np.cos(angles).astype(np.float32), np.sin(angles).astype(np.float32)


def rotate(x, cos, sin):
    """x [batch, length, heads, head]: each value of a head's first half turns with one of the second."""
    low, high = jnp.split(x, 2, axis=-1)
    cos, sin = cos[:, None], sin[:, None]
    return jnp.concatenate((low * cos - high * sin, high * cos + low * sin), axis=-1)


def attention(h, weights, config, tables):
    batch, length, _ = h.shape
    head, queries, keys = config["head_dim"], config["num_attention_heads"], config["num_key_value_heads"]
    q, k, v = (
        (h @ weights[f"self_attn.{which}_proj.weight"].T).reshape(batch, length, count, head)
        for which, count in (("q", queries), ("k", keys), ("v", keys))
    )
    q = rotate(q, *tables).reshape(batch, length, keys, queries // keys, head)
    k = rotate(k, *tables)
    scores = jnp.einsum("bqkgd,bskd->bkgqs", q, k) / math.sqrt(head)
    scores = jnp.where(np.tri(length, dtype=bool), scores, -jnp.inf)
    mixed = jnp.einsum("bkgqs,bskd->bqkgd", jax.nn.softmax(scores, axis=-1), v)
    return mixed.reshape(batch, length, queries * head) @ weights["self_attn.o_proj.weight"].T


def forward(parameters, config, ids):
    """Logits f32 [batch, length, vocabulary] of ids [batch, length]."""
    epsilon, tables = config["rms_norm_eps"], rotary_tables(config, ids.shape[1])
    x = parameters["model.embed_tokens.weight"][ids]
    for layer in range(config["num_hidden_layers"]):
        prefix = f"model.layers.{layer}."
        weights = {name[len(prefix) :]: value for name, value in parameters.items() if name.startswith(prefix)}
        h = normalize(x, weights["input_layernorm.weight"], epsilon)
        x = x + attention(h, weights, config, tables)
        h = normalize(x, weights["post_attention_layernorm.weight"], epsilon)
        gate = jax.nn.silu(h @ weights["mlp.gate_proj.weight"].T)
        x = x + (gate * (h @ weights["mlp.up_proj.weight"].T)) @ weights["mlp.down_proj.weight"].T
    x = normalize(x, parameters["model.norm.weight"], epsilon)
    return x @ parameters["model.embed_tokens.weight"].T


def cross_entropies(parameters, config, ids):
    """In nats, of each id but a row's first: [batch, length - 1]."""
    logits = jax.nn.log_softmax(forward(parameters, config, ids[:, :-1]))
    return -jnp.take_along_axis(logits, ids[:, 1:, None], axis=-1)[..., 0]


def bits_per_byte(parameters, config, text):
    """`pawl eval`'s protocol: windows of the context's length, one after another; all bytes but each
    window's first count."""
    length = config["max_position_embeddings"]
    ids = np.frombuffer(text, np.uint8).astype(np.int32)
    windows = ids[: len(ids) // length * length].reshape(-1, length)
    weights = {name: jnp.asarray(value) for name, value in parameters.items()}
    losses = jax.jit(functools.partial(cross_entropies, weights, config))
    total = sum(float(np.asarray(losses(rows), np.float64).sum()) for rows in np.array_split(windows, 16))
    return total / (windows.shape[0] * (length - 1)) / math.log(2.0)


def orthogonalize(matrix):
    """The nearest matrix with orthonormal rows or columns, roughly: five steps of the quintic Newton-Schulz
    iteration with the coefficients that Muon is published with (singular values end between 0.7 and 1.2)."""
    x = matrix.T if matrix.shape[0] > matrix.shape[1] else matrix
    x = x / (jnp.linalg.norm(x) + 1e-7)
    for _ in range(5):
        gram = x @ x.T
        x = 3.4445 * x + (-4.7750 * gram + 2.0315 * gram @ gram) @ x
    return x.T if matrix.shape[0] > matrix.shape[1] else x


def make_step(config):
    """Muon (K. Jordan and others, 2024: momentum, made orthogonal) for the layers' matrices; AdamW (Loshchilov
    and Hutter, arXiv 1711.05101) for embeddings and norms. Gradients are clipped at norm 1, decay is decoupled."""

    def muon(value, g, m, share):
        m = 0.95 * m + g
        change = orthogonalize(g + 0.95 * m) * math.sqrt(max(1.0, value.shape[0] / value.shape[1]))
        return value - MUON_RATE * share * (change + WEIGHT_DECAY * value), m

    def adam(value, g, m, v, count, share):
        m = m + 0.1 * (g - m)
        v = v + 0.02 * (g * g - v)
        change = (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.98**count)) + 1e-8)
        decay = WEIGHT_DECAY if value.ndim > 1 else 0.0
        return value - ADAM_RATE * share * (change + decay * value), m, v

    def step(parameters, mean, square, count, share, ids):
        loss, gradient = jax.value_and_grad(lambda p: cross_entropies(p, config, ids).mean())(parameters)
        norm = jnp.sqrt(sum((g * g).sum() for g in gradient.values()))
        clip = jnp.minimum(1.0, 1.0 / (norm + 1e-6))
        new, means, squares = {}, {}, dict(square)
        for name, value in parameters.items():
            g = gradient[name] * clip
            if value.ndim > 1 and "embed" not in name:
                new[name], means[name] = muon(value, g, mean[name], share)
            else:
                new[name], means[name], squares[name] = adam(value, g, mean[name], square[name], count, share)
        return new, means, squares, loss

    return jax.jit(step, donate_argnums=(0, 1, 2))


def train(config, text, minutes):
    """Steps until the processor time is up; the rates follow that clock, as a cosine."""
    parameters = {name: jnp.asarray(value) for name, value in initialize(config).items()}
    mean = {name: jnp.zeros_like(value) for name, value in parameters.items()}
    square = {name: jnp.zeros_like(value) for name, value in parameters.items()}
    step = make_step(config)
    data, rng = np.frombuffer(text, np.uint8), np.random.default_rng(SEED)
    length = config["max_position_embeddings"]
    start, spent, count, recent = time.monotonic(), 0.0, 0, []
    while spent < minutes * 60:
        progress = min(1.0, spent / (minutes * 60))
        cosine = max(0.01, 0.5 * (1 + math.cos(math.pi * progress)))
        share = min(1.0, (count + 1) / WARMUP_STEPS) * cosine
        begins = rng.integers(0, len(data) - length - 1, BATCH)
        ids = np.stack([data[b : b + length + 1] for b in begins]).astype(np.int32)
        count += 1
        parameters, mean, square, loss = step(parameters, mean, square, count, share, ids)
        recent.append(float(loss) / math.log(2.0))
        spent = time.monotonic() - start
        if count % 100 == 0:
            print(f"step {count}, {spent:.0f} s, {np.mean(recent[-100:]):.3f} bits per byte", flush=True)
    return {name: np.asarray(value) for name, value in parameters.items()}, count


def to_bf16(value):
    """Round to nearest even; (u16 bits, the value as f32)."""
    bits = np.ascontiguousarray(value, np.float32).view(np.uint32)
    bits = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16
    return bits.astype(np.uint16), (bits << 16).astype(np.uint32).view(np.float32)


def save(path, parameters):
    """safetensors, names in byte order; all tensors are bf16."""
    header = {"__metadata__": {"format": "pt", "license": "Apache-2.0", "data": "King James Bible, public domain"}}
    data = b""
    for name in sorted(parameters):
        bits = to_bf16(parameters[name])[0].astype("<u2").tobytes()
        offsets = [len(data), len(data) + len(bits)]
        header[name] = {"dtype": "BF16", "shape": list(parameters[name].shape), "data_offsets": offsets}
        data += bits
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    here = pathlib.Path(__file__).resolve().parent
    parser.add_argument("--out", type=pathlib.Path, default=here, help="folder for the files")
    parser.add_argument("--minutes", type=float, default=14.0, help="how long to train")
    arguments = parser.parse_args()
    training, calibration, held_out = kjv_text.texts()
    print(f"{len(training)} bytes to train on, {len(held_out)} held out", flush=True)
    parameters, steps = train(CONFIG, training, arguments.minutes)
    arguments.out.mkdir(parents=True, exist_ok=True)
    save(arguments.out / "model.safetensors", parameters)
    (arguments.out / "config.json").write_text(json.dumps(CONFIG, indent=2) + "\n")
    (arguments.out / "held_out.txt").write_bytes(held_out)
    (arguments.out / "calibration.txt").write_bytes(calibration)
    count = sum(value.size for value in parameters.values())
    rounded = {name: to_bf16(value)[1] for name, value in parameters.items()}
    print(f"{count} parameters, {steps} steps of {BATCH} x {CONFIG['max_position_embeddings']} bytes")
    print(f"held out: {bits_per_byte(parameters, CONFIG, held_out):.4f} bits per byte as trained")
    print(f"held out: {bits_per_byte(rounded, CONFIG, held_out):.4f} bits per byte with bf16 weights")


if __name__ == "__main__":
    main()
