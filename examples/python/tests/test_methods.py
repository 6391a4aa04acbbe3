# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""Methods on bare matrices: each does what it is for, says what it did, and refuses what it cannot."""

import numpy as np
import pytest

import pawl

ROWS, COLUMNS, SAMPLES = 48, 64, 400


def random(*shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape, dtype=np.float32)


@pytest.fixture
def weights():
    return random(ROWS, COLUMNS)


@pytest.fixture
def inputs():
    """Columns that go together and differ in size: what methods with inputs are for."""
    x = random(SAMPLES, COLUMNS, seed=2)
    for j in range(1, COLUMNS):
        x[:, j] = 0.7 * x[:, j - 1] + 0.5 * x[:, j]
    x[:, ::16] *= 8
    return x


@pytest.fixture
def moments(inputs):
    made = pawl.Moments(COLUMNS)
    made.add(inputs)
    return made


@pytest.fixture
def factor(moments):
    return pawl.Factor(moments)


def test_moments_are_counted_merged_and_give_importances(moments, inputs):
    assert (moments.columns, moments.samples) == (COLUMNS, SAMPLES)
    halves = [pawl.Moments(COLUMNS) for _ in range(2)]
    for half, batch in zip(halves, np.split(inputs, 2)):
        half.add(batch)
    halves[0].merge(halves[1])
    assert halves[0].samples == SAMPLES
    expected = (inputs.astype(np.float64) ** 2).mean(0)
    assert np.allclose(halves[0].importance(), expected, rtol=1e-5)
    with pytest.raises(pawl.Error, match="8"):
        pawl.Moments(8).add(inputs)
    with pytest.raises(pawl.Error):
        moments.merge(pawl.Moments(8))
    with pytest.raises(pawl.Error):
        pawl.Factor(pawl.Moments(8))  # of nothing
    with pytest.raises(pawl.Error):
        pawl.Moments(0)
    with pytest.raises(ValueError):
        pawl.Moments(-1)


def test_the_error_of_outputs_is_what_numpy_says(moments, weights, inputs):
    nearest = pawl.quantize(weights, "int3:g32")
    wrong = (inputs @ (weights - nearest.dequantize()).T).astype(np.float64)
    error = moments.output_error(weights, nearest)
    assert error == pytest.approx((wrong**2).sum(1).mean(), rel=1e-3)
    assert moments.output_error(weights.astype(np.float64), nearest.dequantize()) == error


def test_gptq_beats_rounding_and_prunes_in_the_same_pass(moments, factor, weights):
    quantized = pawl.gptq(weights, "int3:g32", factor)
    error = moments.output_error(weights, quantized)
    assert error < 0.7 * moments.output_error(weights, pawl.quantize(weights, "int3:g32"))
    assert set(quantized.figures) == {"loss", "damping", "attempts", "dead_columns", "zeros"}
    assert quantized.figures["loss"] == pytest.approx(error, rel=0.2)  # it is damped
    assert quantized.figures["damping"] == 0.01 and quantized.stats == pawl.QuantizeStats(0, 0, 0, 0, 0)
    assert pawl.Linear(quantized)(np.ones((1, COLUMNS), np.float32)).shape == (1, ROWS)
    same = pawl.gptq(weights, "int3:g32", factor, context=pawl.Context(threads=1))
    assert np.array_equal(same.dequantize(), quantized.dequantize())
    in_order = pawl.Factor(moments, by_activation=False)
    for half in [{"sparsity": 0.5}, {"zeros": (2, 4)}]:
        pruned = pawl.gptq(weights, "int3:g32", in_order, range_method="mse", **half)
        assert pruned.figures["zeros"] == weights.size // 2


def test_what_gptq_cannot_do_is_named(moments, factor, weights):
    with pytest.raises(pawl.Error, match="factor is NULL"):
        pawl.gptq(weights, "int3:g32", None)
    with pytest.raises(pawl.Error, match="invalid_argument.*65"):
        pawl.gptq(random(ROWS, 65), "int3:g32", factor)
    with pytest.raises(pawl.Error, match="out_of_range.*sparsity"):
        pawl.gptq(weights, "int3:g32", factor, sparsity=1.0)
    with pytest.raises(ValueError, match="RangeMethod has no 'nearest'"):
        pawl.gptq(weights, "int3:g32", factor, range_method="nearest")
    weights[3, 5] = np.nan
    with pytest.raises(pawl.Error):
        pawl.gptq(weights, "int3:g32", factor)
    context = pawl.Context()
    context.cancel()
    with pytest.raises(pawl.Cancelled):
        pawl.Factor(moments, context=context)


def test_weights_make_up_for_inputs_that_are_not_what_they_were(moments, factor, weights, inputs):
    off = 0.9 * inputs + 0.05 * np.roll(inputs, 1, axis=1)
    pairs = pawl.Moments(COLUMNS)
    pairs.add_pair(off, inputs)
    corrected = pawl.correct_for_inputs(weights, pairs, pawl.Factor(pairs)).numpy()

    def error(approximation):
        return ((inputs @ weights.T - off @ approximation.T) ** 2).sum()

    assert error(corrected) < 0.5 * error(weights)
    with pytest.raises(pawl.Error, match="no float inputs"):
        pawl.correct_for_inputs(weights, moments, factor)


def test_a_stream_that_misses_something_is_made_up_for(weights, inputs):
    missing = inputs @ random(ROWS, COLUMNS, seed=3).T * np.float32(0.1)
    moments = pawl.Moments(COLUMNS)
    moments.add_pair(inputs, inputs)
    moments.add_missing(inputs, missing)
    corrected = pawl.correct_for_inputs(weights, moments, pawl.Factor(moments, damping=1e-4)).numpy()
    left = inputs @ weights.T + missing - inputs @ corrected.T
    assert (left**2).sum() < 0.1 * (missing**2).sum()


def test_pruning_takes_the_share_that_was_asked_for(moments, factor, weights):
    by_size, sparse = pawl.prune(weights, sparsity=0.5), pawl.sparse_gpt(weights, factor, sparsity=0.5)
    for pruned in (by_size, sparse):
        assert (pruned.numpy() == 0).sum() == pruned.figures["zeros"] == weights.size // 2
    assert set(by_size.figures) == {"zeros"} and sparse.figures["loss"] > 0
    assert moments.output_error(weights, sparse) < 0.8 * moments.output_error(weights, by_size)
    in_order = pawl.Factor(moments, by_activation=False)
    for structured in (pawl.prune(weights, zeros=(2, 4)), pawl.sparse_gpt(weights, in_order, zeros=(2, 4))):
        assert ((structured.numpy().reshape(-1, 4) == 0).sum(1) == 2).all()
    with pytest.raises(pawl.Error, match="by_activation"):
        pawl.sparse_gpt(weights, factor, zeros=(2, 4))
    with pytest.raises(pawl.Error, match="no zeros"):
        pawl.prune(weights)


def test_awq_and_its_parts(moments, weights, inputs):
    quantized = pawl.awq(weights, inputs, "int3:g32")
    assert quantized.figures["error_after"] < quantized.figures["error_before"]
    assert moments.output_error(weights, quantized) < moments.output_error(weights, pawl.quantize(weights, "int3:g32"))
    scales = pawl.awq_scales([weights, 2 * weights], inputs, "int3:g32")
    assert scales.shape == (COLUMNS,) and 0 < scales.figures["ratio"] <= 1
    scaled = pawl.scale_columns(weights, scales).numpy()
    assert np.array_equal(scaled, weights * scales.numpy())
    clipped = pawl.awq_clip(scaled, inputs / scales.numpy(), "int3:g32").numpy()
    assert clipped.shape == weights.shape and np.abs(clipped).max() < np.abs(scaled).max()


def test_smooth_quant(weights):
    maxima = np.full(COLUMNS, 4, np.float32)
    assert np.array_equal(pawl.smooth_quant_scales(weights, maxima, alpha=1), maxima)
    both = pawl.smooth_quant_scales([weights, weights[:8]], maxima).numpy()
    assert np.allclose(both, np.sqrt(4 / np.abs(weights).max(0)), rtol=1e-5)
    with pytest.raises(pawl.Error):
        pawl.smooth_quant_scales(weights, maxima, alpha=1.5)
    with pytest.raises(pawl.Error):
        pawl.smooth_quant_scales(weights, maxima[:3])


def test_hqq_and_block_search_make_their_own_measure_smaller(moments, weights):
    by_hqq = pawl.hqq(weights, "int3:g32:hqq", iterations=30)
    assert by_hqq.figures["error_after"] < by_hqq.figures["error_before"]
    with pytest.raises(pawl.Error, match="zero point"):
        pawl.hqq(weights, "int3:g32")
    searched = pawl.search_blocks(weights, "int3:g32", importance=moments.importance())
    assert moments.output_error(weights, searched) < moments.output_error(weights, pawl.quantize(weights, "int3:g32"))
    with pytest.raises(pawl.Error):
        pawl.search_blocks(weights, "int3:g32", importance=[1, 2, 3])
