# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""The embedded language model: opened, run, quantized by a job on a text, measured against itself, and exported."""

import shutil

import numpy as np
import pytest

import pawl

RECIPE = {"pawl_recipe": "1.0", "rules": [{"scheme": "int4:g32:asym", "method": {"name": "gptq"}}]}


@pytest.fixture
def held_out(kjv):
    return (kjv / "held_out.txt").read_bytes()


def test_a_language_model_opens_and_runs(kjv, held_out):
    with pawl.LanguageModel(kjv) as model:
        assert (model.architecture, model.vocabulary, model.byte_level) == ("llama", 256, True)
        assert model.layers == 3 and model.positions == model.context_length == 256
        assert model.elements * 2 == model.nbytes == 2 * 1836800
        ids = np.frombuffer(held_out[:24], np.uint8)
        whole = model.logits(ids).numpy()
        assert whole.shape == (24, 256)
        model.restart()
        begin, end = model.continue_(list(ids[:16])), model.continue_(held_out[16:24])
        assert np.allclose(np.concatenate([begin, end]), whole, atol=1e-3)
        with pytest.raises(pawl.Error, match="256"):
            model.logits([256])
        with pytest.raises(pawl.Error):
            model.logits(held_out[:257])
        with pytest.raises(TypeError, match="integers"):
            model.logits([1.5])
        with pytest.raises(ValueError, match="32 bits"):
            model.logits([2**32 + 65])  # and not 65
    with pytest.raises(pawl.Error):
        model.logits(ids)  # it is closed
    assert model.vocabulary == -1
    model.restart()
    with pytest.raises(pawl.Error, match="not_found.*such"):
        pawl.LanguageModel("/no/such/model")


def test_a_job_on_ids_what_it_cost_and_the_export(kjv, held_out, tmp_path):
    text = (kjv / "calibration.txt").read_bytes()[:1024]
    output, imatrix = tmp_path / "model.pawl", tmp_path / "imatrix.gguf"
    report = pawl.quantize_model(
        kjv, output, RECIPE, calibration_ids=text, calibration_window=256, imatrix_output=imatrix
    )
    assert report.total("quantized") == 21 and imatrix.stat().st_size > 0
    shutil.copy(kjv / "config.json", tmp_path)
    model, reference = pawl.LanguageModel(tmp_path), pawl.LanguageModel(kjv)
    found = pawl.evaluate(model, held_out[:1024], reference, window=256, max_ids=512)
    assert found.counted == 510 and found.nats == pytest.approx(np.log(found.perplexity))
    assert found.bits_per_byte < 2 and found.bits_per_weight < 8 and found.ids_per_second > 0
    assert 0 < found.mean_kl < 0.02 and found.mean_kl < found.kl_999 <= found.max_kl and 0.9 < found.same_top <= 1
    assert "mean_kl" in str(found.to_dict()) and "perplexity" in str(found)
    alone = pawl.evaluate(reference, np.frombuffer(held_out[:512], np.uint8), window=256)
    assert alone.mean_kl is None and alone.same_top is None
    assert alone.perplexity == pytest.approx(found.reference_perplexity)
    with pytest.raises(pawl.Error):
        pawl.evaluate(model, [1])
    closed = pawl.LanguageModel(kjv)
    closed.close()
    with pytest.raises(pawl.Error, match="reference is closed"):
        pawl.evaluate(model, held_out[:512], closed)

    folder = tmp_path / "gptq"
    with pytest.raises(ValueError, match="gptq_v2"):
        pawl.export_model(output, kjv / "config.json", folder, "gptq_v3")
    with pytest.raises(pawl.Error):
        pawl.export_model(output, kjv / "config.json", folder, "gptq_v2")  # there is no such folder
    folder.mkdir()
    pawl.export_model(output, kjv / "config.json", folder, "gptq_v2")
    again = pawl.evaluate(pawl.LanguageModel(folder), held_out[:512], reference, window=256)
    assert again.mean_kl == pytest.approx(found.mean_kl, rel=0.05)

    rotated = tmp_path / "rotated"
    rotated.mkdir()
    with pytest.raises(ValueError, match="stream"):
        pawl.rotate_model(kjv, rotated, "steam")
    with pytest.raises(pawl.Error, match="config.json"):
        pawl.rotate_model(tmp_path / "none", rotated)
    pawl.rotate_model(kjv, rotated, "stream", seed=3)
    same = pawl.evaluate(pawl.LanguageModel(rotated), held_out[:512], reference, window=256)
    assert same.mean_kl < 1e-8

    # The importances that the ids gave serve another job.
    searched = tmp_path / "searched.pawl"
    recipe = {"pawl_recipe": "1.0", "rules": [{"scheme": "q4_k", "method": {"name": "blocks"}}]}
    report = pawl.quantize_model(kjv, searched, recipe, imatrix=imatrix)
    assert report.total("quantized") > 0


def test_a_job_that_cannot_be_calibrated_leaves_no_file(kjv, tmp_path):
    never = tmp_path / "never.pawl"
    with pytest.raises(pawl.Error, match="300"):
        pawl.quantize_model(kjv, never, RECIPE, calibration_ids=[300] * 64)
    with pytest.raises(pawl.Error, match="not_found.*none.gguf"):
        pawl.quantize_model(kjv, never, "q4_k", imatrix=tmp_path / "none.gguf")
    context = pawl.Context(progress=lambda _: context.cancel())
    with pytest.raises(pawl.Cancelled):
        pawl.quantize_model(kjv, never, RECIPE, calibration_ids=b"In the beginning" * 64, context=context)
    assert list(tmp_path.iterdir()) == []
