// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::os::raw::c_void;

use pawl_sys as sys;

use crate::error::{text, Error, Result};
use crate::{
    ActivationGroups, Context, DType, Element, FusedActivation, LinearCompute, LinearMode, QuantizedTensor, Rounding, Tensor,
};

options! {
    /// How a [`Linear`] layer computes.
    LinearOptions, Linear {
        /// What is done with activations.
        mode(LinearMode) => LinearMode, |value| int(value.as_raw().into());
        /// Of the layer, for error texts.
        name(&str) => Name, |value| string(value);
        /// Of dynamic int8.
        activation_groups(ActivationGroups) => ActivationGroups, |value| int(value.as_raw().into());
        /// After the bias.
        fused_activation(FusedActivation) => FusedActivation, |value| int(value.as_raw().into());
        /// One for each output. Shared.
        bias(&Tensor<'static>) => Bias, |value| tensor(value);
        /// I8, U8 or I16; static int8 and integers only.
        activation_dtype(DType) => ActivationDtype, |value| int(value.as_raw().into());
        /// Required by static int8 and integers only.
        activation_scale(f32) => ActivationScale, |value| double(value.into());
        /// Code of 0.
        activation_zero_point(i32) => ActivationZeroPoint, |value| int(value.into());
        /// Of integers only.
        output_dtype(DType) => OutputDtype, |value| int(value.as_raw().into());
        /// Required by integers only.
        output_scale(f32) => OutputScale, |value| double(value.into());
        /// Code of 0.
        output_zero_point(i32) => OutputZeroPoint, |value| int(value.into());
        /// Of integers only.
        rounding(Rounding) => Rounding, |value| int(value.as_raw().into());
        /// Keep nothing of the tensor that was given.
        release_canonical(bool) => ReleaseCanonical, |value| int(value.into());
        /// Integer modes: round the levels of nf4, fp4 and codebooks to 127 steps.
        round_levels(bool) => RoundLevels, |value| int(value.into());
        /// Of weight-only.
        compute(LinearCompute) => LinearCompute, |value| int(value.as_raw().into());
    }
}

handle! {
    /// y = activation(x . W^T + bias). Immutable: any number of threads may run it, each with a context of its own.
    Linear, pawl_linear, pawl_linear_destroy
}

impl Linear {
    /// Packs the weights on the context's threads and shares their memory.
    pub fn new(context: &Context, weights: &QuantizedTensor, options: &LinearOptions) -> Result<Self> {
        let options = options.raw.ptr()?;
        // SAFETY: handles are valid; the weights' memory is shared, and owned or mapped.
        let raw =
            context.make(|c, out| unsafe { sys::pawl_linear_create(c, weights.ptr(), options, out) })?;
        Ok(Linear { raw })
    }

    /// Inputs of a row.
    pub fn in_features(&self) -> usize {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_linear_in_features(self.ptr()) }
    }

    /// Outputs of a row.
    pub fn out_features(&self) -> usize {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_linear_out_features(self.ptr()) }
    }

    /// As it was set.
    pub fn name(&self) -> &str {
        // SAFETY: the text lives as long as the layer.
        unsafe { text(sys::pawl_linear_name(self.ptr())) }
    }

    /// Bytes that the layer keeps.
    pub fn size_bytes(&self) -> usize {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_linear_size_bytes(self.ptr()) }
    }

    /// Dense rows: `x` [rows, in] to `y` [rows, out].
    pub fn run<X: Element, Y: Element>(&self, context: &Context, x: &[X], y: &mut [Y]) -> Result<()> {
        let (inputs, outputs) = (self.in_features(), self.out_features());
        let rows = y.len().checked_div(outputs).unwrap_or(0);
        if rows.checked_mul(inputs) != Some(x.len()) || rows.checked_mul(outputs) != Some(y.len()) {
            return Err(Error::invalid(format!(
                "layer '{}' takes [rows, {}] and gives [rows, {}]; x has {} elements and y {}",
                self.name(),
                inputs,
                outputs,
                x.len(),
                y.len()
            )));
        }
        self.run_strided(context, rows, x, inputs, y, outputs)
    }

    /// Row i of x begins at element `i * x_stride`, and of y at `i * y_stride`; 0: rows are dense.
    pub fn run_strided<X: Element, Y: Element>(
        &self,
        context: &Context,
        rows: usize,
        x: &[X],
        x_stride: usize,
        y: &mut [Y],
        y_stride: usize,
    ) -> Result<()> {
        let x_stride = if x_stride == 0 { self.in_features() } else { x_stride };
        let y_stride = if y_stride == 0 { self.out_features() } else { y_stride };
        let fits = |stride: usize, width: usize, len: usize| {
            rows == 0
                || ((rows - 1)
                    .checked_mul(stride)
                    .and_then(|n| n.checked_add(width))
                    .map_or(false, |end| end <= len))
        };
        if !fits(x_stride, self.in_features(), x.len()) || !fits(y_stride, self.out_features(), y.len()) {
            return Err(Error::invalid(format!("layer '{}': {} rows do not fit x or y", self.name(), rows)));
        }
        context.call(|c| unsafe {
            // SAFETY: the slices hold the rows, and a &mut one cannot overlap the other.
            sys::pawl_linear_run(
                c,
                self.ptr(),
                rows,
                x.as_ptr() as *const c_void,
                X::DTYPE.as_raw(),
                x_stride,
                y.as_mut_ptr() as *mut c_void,
                Y::DTYPE.as_raw(),
                y_stride,
            )
        })
    }

    /// Layers on the same x [rows, in], as attention's query, key and value: `y[i]` [rows, out of layer i] becomes what that
    /// layer gives, bit for bit, with x quantized once for all that share it.
    pub fn run_group<X: Element, Y: Element>(
        context: &Context,
        layers: &[&Linear],
        rows: usize,
        x: &[X],
        y: &mut [&mut [Y]],
    ) -> Result<()> {
        let fits = |width: usize, len: usize| rows.checked_mul(width) == Some(len);
        if layers.len() != y.len()
            || layers.iter().any(|layer| !fits(layer.in_features(), x.len()))
            || layers.iter().zip(y.iter()).any(|(layer, y)| !fits(layer.out_features(), y.len()))
        {
            return Err(Error::invalid(format!(
                "{} layers on {} rows of {} elements in all do not fit x or the {} results",
                layers.len(),
                rows,
                x.len(),
                y.len()
            )));
        }
        let handles: Vec<_> = layers.iter().map(|layer| layer.ptr()).collect();
        let results: Vec<_> = y.iter_mut().map(|y| y.as_mut_ptr() as *mut c_void).collect();
        context.call(|c| unsafe {
            // SAFETY: the slices hold the rows, and &mut ones cannot overlap.
            sys::pawl_linear_run_group(
                c,
                handles.as_ptr(),
                handles.len(),
                rows,
                x.as_ptr() as *const c_void,
                X::DTYPE.as_raw(),
                0,
                results.as_ptr(),
                Y::DTYPE.as_raw(),
            )
        })
    }

    /// Whether [`Linear::run_group`] quantizes x once for both.
    pub fn shares_input(&self, other: &Linear) -> bool {
        // SAFETY: both handles are valid.
        unsafe { sys::pawl_linear_shares_input(self.ptr(), other.ptr()) == 1 }
    }
}
