// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! Methods on bare matrices: each does what it is for, says what it did, and refuses what it cannot.

use pawl::*;

const ROWS: usize = 48;
const COLUMNS: usize = 64;
const SAMPLES: usize = 400;

/// Of the sum of four uniform numbers: nearly normal.
fn random(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut uniform = || {
        state = state.wrapping_mul(6364136223846793005).wrapping_add(1442695040888963407);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| uniform() + uniform() + uniform() + uniform()).collect()
}

/// Columns that go together and differ in size: what methods with inputs are for.
fn inputs() -> Vec<f32> {
    let mut x = random(SAMPLES * COLUMNS, 2);
    for row in x.chunks_mut(COLUMNS) {
        for j in 1..COLUMNS {
            row[j] = 0.7 * row[j - 1] + 0.5 * row[j];
        }
        row.iter_mut().step_by(16).for_each(|value| *value *= 8.0);
    }
    x
}

fn matrix(context: &Context, values: Vec<f32>) -> Result<Tensor<'static>> {
    Tensor::from_owner(context, &[values.len() / COLUMNS, COLUMNS], values)
}

struct Layer {
    context: Context,
    weights: Tensor<'static>,
    inputs: Tensor<'static>,
    moments: Moments,
    factor: Factor,
    scheme: Scheme,
}

impl Layer {
    fn new() -> Result<Self> {
        let context = Context::new(ContextOptions::new().threads(2))?;
        let weights = matrix(&context, random(ROWS * COLUMNS, 1))?;
        let inputs = matrix(&context, inputs())?;
        let mut moments = Moments::new(&context, COLUMNS)?;
        moments.add(&context, &inputs)?;
        let factor = Factor::new(&context, &moments, &FactorOptions::new())?;
        let scheme = Scheme::parse(&context, "int3:g32")?;
        Ok(Layer { context, weights, inputs, moments, factor, scheme })
    }

    fn error(&self, approximation: &Tensor<'_>) -> f64 {
        self.moments.output_error(&self.context, &self.weights, approximation).unwrap()
    }

    fn error_of(&self, quantized: &QuantizedTensor) -> f64 {
        self.error(&matrix(&self.context, quantized.dequantize(&self.context).unwrap()).unwrap())
    }

    fn rounded(&self) -> f64 {
        let options = QuantizeOptions::new();
        let (nearest, _) =
            QuantizedTensor::quantize(&self.context, &self.weights, &self.scheme, &options).unwrap();
        self.error_of(&nearest)
    }
}

fn invalid<T>(result: Result<T>, word: &str) {
    let error = result.err().unwrap();
    assert!(error.status() == Status::InvalidArgument && error.message().contains(word), "{}", error);
}

fn zeros(tensor: &Tensor<'_>) -> usize {
    tensor.as_slice::<f32>().unwrap().iter().filter(|&&value| value == 0.0).count()
}

#[test]
fn moments_are_counted_merged_and_give_importances() -> Result<()> {
    let Layer { context, inputs, mut moments, .. } = Layer::new()?;
    assert_eq!((moments.columns(), moments.samples()), (COLUMNS, SAMPLES));
    let mut other = Moments::new(&context, COLUMNS)?;
    other.add(&context, &inputs)?;
    moments.merge(&context, &other)?;
    assert_eq!(moments.samples(), 2 * SAMPLES);
    let x = inputs.as_slice::<f32>()?;
    let importance = moments.importance(&context)?;
    for (j, &found) in importance.as_slice::<f32>()?.iter().enumerate() {
        let sum: f64 = x[j..].iter().step_by(COLUMNS).map(|&value| f64::from(value).powi(2)).sum();
        let expected = sum / SAMPLES as f64;
        assert!((f64::from(found) - expected).abs() < 1e-5 * expected);
    }
    let mut narrow = Moments::new(&context, 8)?;
    invalid(narrow.add(&context, &inputs), "8");
    invalid(narrow.merge(&context, &moments), "");
    invalid(Factor::new(&context, &narrow, &FactorOptions::new()), ""); // of nothing
    invalid(Moments::new(&context, 0), "");
    Ok(())
}

#[test]
fn gptq_beats_rounding_and_prunes_in_the_same_pass() -> Result<()> {
    let layer = Layer::new()?;
    let Layer { context, weights, scheme, factor, .. } = &layer;
    let (quantized, figures) = gptq(context, weights, scheme, factor, &GptqOptions::new())?;
    let error = layer.error_of(&quantized);
    assert!(error < 0.7 * layer.rounded());
    assert!((figures.get(MethodFigure::Loss).unwrap() / error - 1.0).abs() < 0.2); // it is damped
    assert_eq!(figures.get(MethodFigure::Damping), Some(0.01));
    assert_eq!(figures.get(MethodFigure::Nan), Some(0.0));
    assert_eq!(figures.get(MethodFigure::Ratio), None);
    assert_eq!(figures.iter().count(), 10, "{:?}", figures);

    let in_order = FactorOptions::new().by_activation(false).damping(0.02);
    let in_order = Factor::new(context, &layer.moments, &in_order)?;
    for options in [GptqOptions::new().sparsity(0.5), GptqOptions::new().zeros(2, 4)] {
        let options = options.range_method(RangeMethod::Mse);
        let (_, figures) = gptq(context, weights, scheme, &in_order, &options)?;
        assert_eq!(figures.get(MethodFigure::Zeros), Some((ROWS * COLUMNS / 2) as f64));
        assert_eq!(figures.get(MethodFigure::Damping), Some(0.02));
    }

    let full = gptq(context, weights, scheme, factor, &GptqOptions::new().sparsity(1.0)).err().unwrap();
    assert!(full.status() == Status::OutOfRange && full.message().contains("sparsity"), "{}", full);
    let narrow = Tensor::from_owner(context, &[ROWS, 8], random(ROWS * 8, 3))?;
    invalid(gptq(context, &narrow, scheme, factor, &GptqOptions::new()), "8");
    context.canceller().cancel();
    let error = Factor::new(context, &layer.moments, &FactorOptions::new()).err().unwrap();
    assert_eq!(error.status(), Status::Cancelled);
    Ok(())
}

#[test]
fn a_factor_is_shared_by_threads_and_moments_move_between_them() -> Result<()> {
    let layer = Layer::new()?;
    let (moments, factor, weights) = (layer.moments, &layer.factor, &layer.weights);
    let run = || {
        let context = Context::new(ContextOptions::new().threads(1))?;
        let scheme = Scheme::parse(&context, "int4:g32")?;
        gptq(&context, weights, &scheme, factor, &GptqOptions::new())?.0.dequantize(&context)
    };
    let samples = std::thread::spawn(move || moments.samples()).join().unwrap();
    assert_eq!(samples, SAMPLES);
    let here = run()?;
    std::thread::scope(|scope| {
        let others = [(); 3].map(|()| scope.spawn(run));
        others.into_iter().for_each(|other| assert!(other.join().unwrap().unwrap() == here));
    });
    Ok(())
}

#[test]
fn weights_make_up_for_inputs_that_are_not_what_they_were() -> Result<()> {
    let Layer { context, weights, inputs, moments, factor, .. } = Layer::new()?;
    let x = inputs.as_slice::<f32>()?;
    let off: Vec<f32> = x.iter().enumerate().map(|(i, value)| 0.9 * value + 0.05 * x[i / 2]).collect();
    let quantized = matrix(&context, off.clone())?;
    let mut pairs = Moments::new(&context, COLUMNS)?;
    pairs.add_pair(&context, &quantized, &inputs)?;
    let corrected = {
        let factor = Factor::new(&context, &pairs, &FactorOptions::new())?;
        correct_for_inputs(&context, &weights, &pairs, &factor, 1.0)?
    };
    let w = weights.as_slice::<f32>()?;
    let error = |approximation: &[f32]| -> f64 {
        let samples = x.chunks(COLUMNS).zip(off.chunks(COLUMNS));
        let each = samples.flat_map(|(x, off)| {
            w.chunks(COLUMNS).zip(approximation.chunks(COLUMNS)).map(move |(w, a)| {
                let wanted: f64 = w.iter().zip(x).map(|(w, x)| f64::from(w * x)).sum();
                let found: f64 = a.iter().zip(off).map(|(a, x)| f64::from(a * x)).sum();
                (wanted - found).powi(2)
            })
        });
        each.sum()
    };
    assert!(error(corrected.as_slice()?) < 0.5 * error(w));
    invalid(correct_for_inputs(&context, &weights, &moments, &factor, 1.0), "no float inputs");

    // A stream that misses what the layer gives has it doubled.
    let mut doubled = Moments::new(&context, COLUMNS)?;
    doubled.add_pair(&context, &inputs, &inputs)?;
    let missing: Vec<f32> = x
        .chunks(COLUMNS)
        .flat_map(|x| w.chunks(COLUMNS).map(move |w| w.iter().zip(x).map(|(w, x)| w * x).sum()))
        .collect();
    let missing = Tensor::from_owner(&context, &[SAMPLES, ROWS], missing)?;
    doubled.add_missing(&context, &inputs, &missing)?;
    let factor = Factor::new(&context, &doubled, &FactorOptions::new().damping(1e-6))?;
    let corrected = correct_for_inputs(&context, &weights, &doubled, &factor, 1.0)?;
    let twice = w.iter().map(|w| 2.0 * w).zip(corrected.as_slice::<f32>()?);
    assert!(twice.map(|(wanted, &found)| (wanted - found).abs()).fold(0.0, f32::max) < 1e-2);
    Ok(())
}

#[test]
fn pruning_takes_the_share_that_was_asked_for() -> Result<()> {
    let layer = Layer::new()?;
    let Layer { context, weights, factor, .. } = &layer;
    let half = PruningOptions::new().sparsity(0.5);
    let (by_size, figures) = prune(context, weights, &half)?;
    assert_eq!(figures.iter().collect::<Vec<_>>(), [(MethodFigure::Zeros, (ROWS * COLUMNS / 2) as f64)]);
    let (sparse, figures) = sparse_gpt(context, weights, factor, &half)?;
    assert!(figures.get(MethodFigure::Loss).unwrap() > 0.0);
    assert_eq!((zeros(&by_size), zeros(&sparse)), (ROWS * COLUMNS / 2, ROWS * COLUMNS / 2));
    assert!(layer.error(&sparse) < 0.8 * layer.error(&by_size));
    let (structured, _) = prune(context, weights, &PruningOptions::new().zeros(2, 4))?;
    let blocks = structured.as_slice::<f32>()?.chunks(4);
    assert!(blocks.into_iter().all(|four| four.iter().filter(|&&value| value == 0.0).count() == 2));
    invalid(prune(context, weights, &PruningOptions::new()), "no zeros");
    Ok(())
}

#[test]
fn awq_smooth_quant_and_their_parts() -> Result<()> {
    let layer = Layer::new()?;
    let Layer { context, weights, inputs, scheme, .. } = &layer;
    let options = AwqOptions::new();
    let (quantized, figures) = awq(context, weights, inputs, scheme, &options)?;
    assert!(figures.get(MethodFigure::ErrorAfter) < figures.get(MethodFigure::ErrorBefore));
    assert!(layer.error_of(&quantized) < layer.rounded());
    let (scales, figures) = awq_scales(context, &[weights, weights], inputs, scheme, &options)?;
    assert!(figures.get(MethodFigure::Ratio).unwrap() > 0.0);
    let scales = scales.as_slice::<f32>()?;
    let scaled = scale_columns(context, weights, scales)?;
    let (w, s) = (weights.as_slice::<f32>()?, scaled.as_slice::<f32>()?);
    assert!((0..w.len()).all(|i| s[i] == w[i] * scales[i % COLUMNS]));
    let clipped = awq_clip(context, weights, inputs, scheme, &AwqOptions::new().clip_steps(5))?;
    let largest = |values: &[f32]| values.iter().fold(0.0f32, |largest, value| largest.max(value.abs()));
    assert!(largest(clipped.as_slice()?) < largest(w));

    let maxima = [4.0; COLUMNS];
    assert_eq!(smooth_quant_scales(context, &[weights], &maxima, 1.0)?.as_slice::<f32>()?, maxima);
    invalid(smooth_quant_scales(context, &[weights], &maxima, 1.5), "1.5");
    invalid(smooth_quant_scales(context, &[weights], &maxima[1..], 0.5), "63");
    Ok(())
}

#[test]
fn hqq_and_block_search_make_their_own_measure_smaller() -> Result<()> {
    let layer = Layer::new()?;
    let Layer { context, weights, scheme, moments, .. } = &layer;
    let float_zero = Scheme::parse(context, "int3:g32:hqq")?;
    let (_, figures) = hqq(context, weights, &float_zero, &HqqOptions::new().iterations(30))?;
    assert!(figures.get(MethodFigure::ErrorAfter) < figures.get(MethodFigure::ErrorBefore));
    invalid(hqq(context, weights, scheme, &HqqOptions::new()), "zero point");
    let importance = moments.importance(context)?;
    let importance = importance.as_slice::<f32>()?;
    let options = BlockSearchOptions::new().importance(importance);
    let (searched, _) = search_blocks(context, weights, scheme, &options)?;
    assert!(layer.error_of(&searched) < layer.rounded());
    let short = BlockSearchOptions::new().importance(&importance[1..]);
    invalid(search_blocks(context, weights, scheme, &short), "63");
    Ok(())
}
