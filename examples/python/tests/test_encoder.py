# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""A BERT encoder of a few thousand weights: opened, run, quantized by a job on ids, and compared with itself."""

import json

import numpy as np
import pytest

import pawl

WIDTH, INNER, BEGIN = 32, 64, 2
CONFIG = {"model_type": "bert", "vocab_size": 16, "hidden_size": WIDTH, "intermediate_size": INNER, "num_hidden_layers": 1,
          "num_attention_heads": 2, "max_position_embeddings": 16, "type_vocab_size": 2, "hidden_act": "gelu"}


def shapes():
    made = {f"embeddings.{part}_embeddings.weight": (rows, WIDTH) for part, rows in
            (("word", 16), ("position", 16), ("token_type", 2))}
    layers = {f"attention.self.{part}": (WIDTH, WIDTH) for part in ("query", "key", "value")}
    layers.update({"attention.output.dense": (WIDTH, WIDTH), "intermediate.dense": (INNER, WIDTH),
                   "output.dense": (WIDTH, INNER)})
    for part, shape in layers.items():
        made[f"encoder.layer.0.{part}.weight"], made[f"encoder.layer.0.{part}.bias"] = shape, shape[:1]
    for part in ("embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"):
        made[f"{part}.LayerNorm.weight"] = made[f"{part}.LayerNorm.bias"] = (WIDTH,)
    return made


@pytest.fixture
def encoder(tmp_path):
    """The folder: safetensors are the length of a header in JSON, the header, and the values."""
    rng, header, data = np.random.default_rng(4), {}, b""
    for name, shape in shapes().items():
        values = rng.normal(1.0 if name.endswith("LayerNorm.weight") else 0.0, 0.2, shape).astype(np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(values)]}
        data += values
    text = json.dumps(header).encode()
    (tmp_path / "model.safetensors").write_bytes(len(text).to_bytes(8, "little") + text + data)
    (tmp_path / "config.json").write_text(json.dumps(CONFIG))
    (tmp_path / "vocab.txt").write_text("[PAD]\n[UNK]\n[CLS]\n[SEP]\n")
    return tmp_path


def test_hidden_states_of_sequences(encoder):
    model = pawl.LanguageModel(encoder)
    assert (model.architecture, model.encoder, model.width, model.begin_id) == ("bert", True, WIDTH, BEGIN)
    ids = [BEGIN, 5, 9, 3, BEGIN, 7, 3]
    together = model.hidden(ids, [4, 3]).numpy()
    assert together.shape == (7, WIDTH)
    for part, row in ((ids[:4], 0), (ids[4:], 4)):
        assert np.allclose(model.hidden(part).numpy(), together[row : row + len(part)], atol=1e-5)
    with pytest.raises(pawl.Error, match="invalid_argument.*lengths"):
        model.hidden(ids, [4, 4])
    with pytest.raises(pawl.Error, match="failed_precondition.*no logits"):
        model.logits(ids)


def test_a_job_on_ids_and_what_it_cost(encoder):
    reference = pawl.LanguageModel(encoder)
    ids = [BEGIN if i % 5 == 0 else 3 + (i * i + i) % 13 for i in range(200)]
    recipe = {"pawl_recipe": "1.0", "rules": [{"scheme": "int4:g32", "method": {"name": "gptq"}}]}
    report = pawl.quantize_model(encoder, encoder / "model.pawl", recipe, calibration_ids=ids)
    assert report.total("quantized") == 6
    found = pawl.evaluate(pawl.LanguageModel(encoder), ids, reference)
    assert found.hidden_sqnr_db > 10 and found.embedding_sqnr_db > 10 and found.bits_per_weight < 20
    assert 0.95 < found.embedding_cosine_min <= found.embedding_cosine <= 1 and found.hidden_cosine > 0.95
    assert found.counted is None and found.perplexity is None and found.mean_kl is None
    assert found.to_dict()["sequences"] == 40 and "perplexity" not in str(found)
