// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! Rounding that knows what a layer's inputs are, on bare matrices.

use std::fmt;
use std::ptr::NonNull;

use pawl_sys as sys;

use crate::error::Result;
use crate::{
    AwqOptions, BlockSearchOptions, Context, FactorOptions, GptqOptions, HqqOptions, MethodFigure,
    PruningOptions, QuantizedTensor, Scheme, Tensor, METHOD_FIGURE_COUNT,
};

/// What a method tells of its work.
#[derive(Clone, Copy, PartialEq)]
pub struct MethodFigures {
    values: [f64; METHOD_FIGURE_COUNT],
}

impl MethodFigures {
    /// `None` for what the method does not know.
    pub fn get(&self, figure: MethodFigure) -> Option<f64> {
        let value = self.values[figure as usize];
        (!value.is_nan()).then_some(value)
    }

    /// What it knows.
    pub fn iter(&self) -> impl Iterator<Item = (MethodFigure, f64)> + '_ {
        let all = (0i32..).zip(self.values);
        all.filter_map(|(raw, value)| MethodFigure::from_raw(raw).map(|figure| (figure, value)))
            .filter(|(_, value)| !value.is_nan())
    }
}

impl fmt::Debug for MethodFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter()).finish()
    }
}

handle! {
    /// What a layer's inputs are, batch by batch: the sum of x x^T over samples, in 8 * columns^2 bytes. It serves every
    /// layer that has the inputs.
    ///
    /// ```
    /// # fn main() -> pawl::Result<()> {
    /// use pawl::*;
    ///
    /// let context = Context::new(ContextOptions::new().threads(2))?;
    /// let values = |count: usize| (0..count).map(|i| (i as f32 * 0.37).sin()).collect::<Vec<f32>>();
    /// let (weights, inputs) = (values(8 * 32), values(100 * 32));
    /// let weights = Tensor::view(&context, &[8, 32], &weights)?; // [outputs, columns]
    /// let mut moments = Moments::new(&context, 32)?;
    /// moments.add(&context, &Tensor::view(&context, &[100, 32], &inputs)?)?; // batch by batch
    /// let factor = Factor::new(&context, &moments, &FactorOptions::new())?;
    /// let scheme = Scheme::parse(&context, "int4:g32")?;
    /// let (quantized, figures) = gptq(&context, &weights, &scheme, &factor, &GptqOptions::new())?;
    /// assert_eq!(quantized.shape(), [8, 32]);
    /// assert!(figures.get(MethodFigure::Loss).is_some());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// It serves one thread at a time, and needs no particular one: it is `Send` and not `Sync`.
    ///
    /// ```compile_fail
    /// fn shared<T: Sync>() {}
    /// shared::<pawl::Moments>();
    /// ```
    Moments, pawl_moments, pawl_moments_destroy, one thread at a time
}

impl Moments {
    /// Of inputs `[.., columns]`.
    pub fn new(context: &Context, columns: usize) -> Result<Self> {
        // SAFETY: no handle but the context's.
        let raw = context.make(|c, out| unsafe { sys::pawl_moments_create(c, columns, out) })?;
        Ok(Moments { raw })
    }

    /// One batch. After a cancellation the sums are of no use, here and below.
    pub fn add(&mut self, context: &Context, inputs: &Tensor<'_>) -> Result<()> {
        // SAFETY: handles are valid; nothing of the batch is kept, here and below.
        context.call(|c| unsafe { sys::pawl_moments_add(c, self.mut_ptr(), inputs.ptr()) })
    }

    /// One batch as the quantized network has it, and as the float network has it in the same places, for
    /// [`correct_for_inputs`]; twice the memory from the first one on.
    pub fn add_pair(
        &mut self,
        context: &Context,
        quantized_inputs: &Tensor<'_>,
        float_inputs: &Tensor<'_>,
    ) -> Result<()> {
        let (quantized, float) = (quantized_inputs.ptr(), float_inputs.ptr());
        context.call(|c| unsafe { sys::pawl_moments_add_pair(c, self.mut_ptr(), quantized, float) })
    }

    /// What the layer's outputs should have beside W x, f32 `[samples, outputs]`. The inputs themselves are added by one
    /// of the above.
    pub fn add_missing(
        &mut self,
        context: &Context,
        quantized_inputs: &Tensor<'_>,
        missing: &Tensor<'_>,
    ) -> Result<()> {
        let (quantized, missing) = (quantized_inputs.ptr(), missing.ptr());
        context.call(|c| unsafe { sys::pawl_moments_add_missing(c, self.mut_ptr(), quantized, missing) })
    }

    /// Adds what another one has collected.
    pub fn merge(&mut self, context: &Context, other: &Moments) -> Result<()> {
        // SAFETY: handles are valid, here and below.
        context.call(|c| unsafe { sys::pawl_moments_merge(c, self.mut_ptr(), other.ptr()) })
    }

    /// Of the inputs.
    pub fn columns(&self) -> usize {
        unsafe { sys::pawl_moments_columns(self.ptr()) }
    }

    /// That were added.
    pub fn samples(&self) -> usize {
        unsafe { sys::pawl_moments_samples(self.ptr()) }
    }

    /// Mean x^2 of each column, f32: [`QuantizeOptions::importance`](crate::QuantizeOptions::importance),
    /// [`BlockSearchOptions::importance`].
    pub fn importance(&self, context: &Context) -> Result<Tensor<'static>> {
        Tensor::made(context.make(|c, out| unsafe { sys::pawl_moments_importance(c, self.ptr(), out) }))
    }

    /// Mean over samples of the squared error of the layer's outputs with `approximation` in place of `weights`, f32
    /// both.
    pub fn output_error(
        &self,
        context: &Context,
        weights: &Tensor<'_>,
        approximation: &Tensor<'_>,
    ) -> Result<f64> {
        let (weights, approximation, mut error) = (weights.ptr(), approximation.ptr(), 0.0);
        context.call(|c| unsafe {
            sys::pawl_moments_output_error(c, self.ptr(), weights, approximation, &mut error)
        })?;
        Ok(error)
    }
}

handle! {
    /// [`Moments`], factorized, for [`gptq`], [`sparse_gpt`] and [`correct_for_inputs`]. Threads may share it.
    Factor, pawl_factor, pawl_factor_destroy
}

impl Factor {
    /// Of what was collected.
    pub fn new(context: &Context, moments: &Moments, options: &FactorOptions) -> Result<Self> {
        let options = options.raw.ptr()?;
        // SAFETY: handles are valid.
        let raw =
            context.make(|c, out| unsafe { sys::pawl_factor_create(c, moments.ptr(), options, out) })?;
        Ok(Factor { raw })
    }
}

/// A call that makes a handle and tells of its work.
fn run<T>(
    context: &Context,
    call: impl FnOnce(*mut sys::pawl_context, *mut f64, usize, *mut *mut T) -> i32,
) -> Result<(NonNull<T>, MethodFigures)> {
    let mut values = [f64::NAN; METHOD_FIGURE_COUNT];
    let made = context.make(|c, out| call(c, values.as_mut_ptr(), values.len(), out))?;
    Ok((made, MethodFigures { values }))
}

fn quantized(
    context: &Context,
    call: impl FnOnce(*mut sys::pawl_context, *mut f64, usize, *mut *mut sys::pawl_quantized_tensor) -> i32,
) -> Result<(QuantizedTensor, MethodFigures)> {
    let (raw, figures) = run(context, call)?;
    Ok((QuantizedTensor::from_raw(raw), figures))
}

fn tensor(
    context: &Context,
    call: impl FnOnce(*mut sys::pawl_context, *mut f64, usize, *mut *mut sys::pawl_tensor) -> i32,
) -> Result<(Tensor<'static>, MethodFigures)> {
    let (raw, figures) = run(context, call)?;
    Ok((Tensor::from_raw(raw), figures))
}

// SAFETY, of all calls below: handles and the places for results are valid, and nothing that was given is kept.

/// GPTQ (Frantar et al. 2023), for any scheme whose codes round single values. Weights are `[outputs, columns]` of any float
/// type, here and below.
pub fn gptq(
    context: &Context,
    weights: &Tensor<'_>,
    scheme: &Scheme,
    factor: &Factor,
    options: &GptqOptions,
) -> Result<(QuantizedTensor, MethodFigures)> {
    let (weights, scheme, factor, options) = (weights.ptr(), scheme.ptr(), factor.ptr(), options.raw.ptr()?);
    quantized(context, |c, figures, count, out| unsafe {
        sys::pawl_gptq(c, weights, scheme, factor, options, figures, count, out)
    })
}

/// Asymmetric calibration (GPTAQ, Qronos): the f32 weights for which the quantized network's inputs come nearest to what the
/// float network's give, to be quantized in place of `weights`. The moments are of pairs, and the factor is theirs;
/// strength 1 is the least-squares solution.
pub fn correct_for_inputs(
    context: &Context,
    weights: &Tensor<'_>,
    moments: &Moments,
    factor: &Factor,
    strength: f64,
) -> Result<Tensor<'static>> {
    let (weights, moments, factor) = (weights.ptr(), moments.ptr(), factor.ptr());
    Tensor::made(
        context.make(|c, out| unsafe {
            sys::pawl_correct_for_inputs(c, weights, moments, factor, strength, out)
        }),
    )
}

/// F32 weights of which the smallest became 0.
pub fn prune(
    context: &Context,
    weights: &Tensor<'_>,
    options: &PruningOptions,
) -> Result<(Tensor<'static>, MethodFigures)> {
    let (weights, options) = (weights.ptr(), options.raw.ptr()?);
    tensor(context, |c, figures, count, out| unsafe {
        sys::pawl_prune_magnitude(c, weights, options, figures, count, out)
    })
}

/// SparseGPT (Frantar, Alistarh 2023): as [`prune`], and the other weights make up for those that are gone.
pub fn sparse_gpt(
    context: &Context,
    weights: &Tensor<'_>,
    factor: &Factor,
    options: &PruningOptions,
) -> Result<(Tensor<'static>, MethodFigures)> {
    let (weights, factor, options) = (weights.ptr(), factor.ptr(), options.raw.ptr()?);
    tensor(context, |c, figures, count, out| unsafe {
        sys::pawl_sparse_gpt(c, weights, factor, options, figures, count, out)
    })
}

/// AWQ (Lin et al. 2024): scales, clipping and codes of one layer with inputs `[.., columns]`; the result's scheme has an
/// input scale.
pub fn awq(
    context: &Context,
    weights: &Tensor<'_>,
    inputs: &Tensor<'_>,
    scheme: &Scheme,
    options: &AwqOptions,
) -> Result<(QuantizedTensor, MethodFigures)> {
    let (weights, inputs, scheme, options) = (weights.ptr(), inputs.ptr(), scheme.ptr(), options.raw.ptr()?);
    quantized(context, |c, figures, count, out| unsafe {
        sys::pawl_awq(c, weights, inputs, scheme, options, figures, count, out)
    })
}

/// AWQ's scales alone, f32 `[columns]`, for layers that share inputs: [`scale_columns`] multiplies weights by them, and what
/// makes the inputs is divided.
pub fn awq_scales(
    context: &Context,
    layers: &[&Tensor<'_>],
    inputs: &Tensor<'_>,
    scheme: &Scheme,
    options: &AwqOptions,
) -> Result<(Tensor<'static>, MethodFigures)> {
    let (layers, inputs, scheme) = (pointers(layers), inputs.ptr(), scheme.ptr());
    let options = options.raw.ptr()?;
    tensor(context, |c, figures, count, out| unsafe {
        let (list, len) = (layers.as_ptr(), layers.len());
        sys::pawl_awq_scales(c, list, len, inputs, scheme, options, figures, count, out)
    })
}

/// AWQ's clipping alone: f32 weights, cut off where that makes the error of the outputs smaller.
pub fn awq_clip(
    context: &Context,
    weights: &Tensor<'_>,
    inputs: &Tensor<'_>,
    scheme: &Scheme,
    options: &AwqOptions,
) -> Result<Tensor<'static>> {
    let (weights, inputs, scheme, options) = (weights.ptr(), inputs.ptr(), scheme.ptr(), options.raw.ptr()?);
    Tensor::made(
        context.make(|c, out| unsafe { sys::pawl_awq_clip(c, weights, inputs, scheme, options, out) }),
    )
}

/// SmoothQuant (Xiao et al. 2023): f32 `[columns]`, max |x|^alpha / max |w|^(1 - alpha) of each, for layers that share inputs
/// whose largest magnitudes are `maxima`.
pub fn smooth_quant_scales(
    context: &Context,
    layers: &[&Tensor<'_>],
    maxima: &[f32],
    alpha: f64,
) -> Result<Tensor<'static>> {
    let layers = pointers(layers);
    Tensor::made(context.make(|c, out| unsafe {
        let (list, len) = (layers.as_ptr(), layers.len());
        sys::pawl_smooth_quant_scales(c, list, len, maxima.as_ptr(), maxima.len(), alpha, out)
    }))
}

/// F32 weights with column j times `scales[j]`.
pub fn scale_columns(context: &Context, weights: &Tensor<'_>, scales: &[f32]) -> Result<Tensor<'static>> {
    let weights = weights.ptr();
    Tensor::made(
        context.make(|c, out| unsafe {
            sys::pawl_scale_columns(c, weights, scales.as_ptr(), scales.len(), out)
        }),
    )
}

/// HQQ (Badri, Shaji 2023), for schemes with a float zero point ("int4:g64:hqq"); needs no inputs.
pub fn hqq(
    context: &Context,
    weights: &Tensor<'_>,
    scheme: &Scheme,
    options: &HqqOptions,
) -> Result<(QuantizedTensor, MethodFigures)> {
    let (weights, scheme, options) = (weights.ptr(), scheme.ptr(), options.raw.ptr()?);
    quantized(context, |c, figures, count, out| unsafe {
        sys::pawl_hqq(c, weights, scheme, options, figures, count, out)
    })
}

/// Rounding weighted by importance, for GGUF's block formats and any groups along the rows.
pub fn search_blocks(
    context: &Context,
    weights: &Tensor<'_>,
    scheme: &Scheme,
    options: &BlockSearchOptions,
) -> Result<(QuantizedTensor, MethodFigures)> {
    let (weights, scheme, options) = (weights.ptr(), scheme.ptr(), options.raw.ptr()?);
    quantized(context, |c, figures, count, out| unsafe {
        sys::pawl_search_blocks(c, weights, scheme, options, figures, count, out)
    })
}

fn pointers(layers: &[&Tensor<'_>]) -> Vec<*const sys::pawl_tensor> {
    layers.iter().map(|layer| layer.ptr()).collect()
}
