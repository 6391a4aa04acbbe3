// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::fmt;

use pawl_sys as sys;

use crate::error::{c_string, text, Result};
use crate::tensor::shape_usize;
use crate::{Context, Part, RangeMethod, Tensor, ERROR_COUNT, STAT_COUNT};

handle! {
    /// What a tensor becomes when it is quantized: "int8", "int4:g128:asym", "nf4:flat64:dq", "q4_k" ...
    Scheme, pawl_scheme, pawl_scheme_destroy
}

impl Scheme {
    /// Errors: [`Status::InvalidArgument`](crate::Status::InvalidArgument) with the word, its position and the nearest
    /// valid ones.
    pub fn parse(context: &Context, scheme: &str) -> Result<Self> {
        let scheme = c_string(scheme)?;
        // SAFETY: the text is valid during the call.
        let raw = context.make(|c, out| unsafe { sys::pawl_scheme_parse(c, scheme.as_ptr(), out) })?;
        Ok(Scheme { raw })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the text lives as long as the scheme, which does not change here.
        f.write_str(unsafe { text(sys::pawl_scheme_string(self.ptr())) })
    }
}

impl PartialEq for Scheme {
    fn eq(&self, other: &Self) -> bool {
        // SAFETY: both handles are valid.
        unsafe { sys::pawl_scheme_equal(self.ptr(), other.ptr()) == 1 }
    }
}

impl fmt::Debug for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Scheme({})", self)
    }
}

options! {
    /// How a tensor is quantized.
    QuantizeOptions, Quantize {
        /// How the range of a group of weights is found.
        range_method(RangeMethod) => RangeMethod, |value| int(value.as_raw().into());
        /// Of 100, for [`RangeMethod::Percentile`].
        percentile(f64) => Percentile, |value| double(value);
        /// Weight of each column in errors.
        importance(&[f32]) => Importance, |value| floats(value);
        /// Of codebooks, at most.
        kmeans_iterations(i64) => KmeansIterations, |value| int(value);
        /// Ascending; for schemes with outliers.
        outlier_columns(&[i32]) => OutlierColumns, |value| ints(value);
        /// Of each column, for groups of an index map.
        group_index(&[i32]) => GroupIndex, |value| ints(value);
        /// Of each column, for schemes with an input scale.
        input_scale(&[f32]) => InputScale, |value| floats(value);
        /// Of the random signs of a rotation.
        rotation_seed(i64) => RotationSeed, |value| int(value);
    }
}

/// Values and groups that a scheme could not take as they were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QuantizeStats {
    /// Values: became code 0 or what is nearest to 0.
    pub nan: i64,
    /// Values: went to the end of the range.
    pub inf: i64,
    /// Groups without a finite value other than 0.
    pub zero_groups: i64,
    /// Scales too large for their type.
    pub saturated_scales: i64,
    /// Scales too small for their type.
    pub underflowed_scales: i64,
}

/// The error of a decoded tensor against its original. Elements that are NaN or infinite in either are
/// in none of the first four, and counted in the others; with `compared` 0 the first four say that
/// nothing differs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ErrorFigures {
    /// 10 log10(sum w^2 / sum (w-q)^2); infinite for no error.
    pub sqnr_db: f64,
    /// Of the angle between them.
    pub cosine: f64,
    /// Largest |w - q|.
    pub max: f64,
    /// Mean of (w - q)^2.
    pub mse: f64,
    /// Elements that are finite in both.
    pub compared: u64,
    /// NaN in the original.
    pub original_nan: u64,
    /// Infinities in the original.
    pub original_inf: u64,
    /// NaN in what was decoded.
    pub decoded_nan: u64,
    /// Infinities in what was decoded.
    pub decoded_inf: u64,
    /// Of those left out: not NaN in both, nor the same infinity.
    pub unlike: u64,
}

handle! {
    /// A quantized tensor, W[out, in].
    QuantizedTensor, pawl_quantized_tensor, pawl_quantized_tensor_destroy
}

impl QuantizedTensor {
    pub(crate) fn from_raw(raw: std::ptr::NonNull<sys::pawl_quantized_tensor>) -> Self {
        QuantizedTensor { raw }
    }

    /// Rounds to nearest: the same codes for every instruction set and number of threads.
    pub fn quantize(
        context: &Context,
        weights: &Tensor<'_>,
        scheme: &Scheme,
        options: &QuantizeOptions,
    ) -> Result<(Self, QuantizeStats)> {
        let options = options.raw.ptr()?;
        let mut stats = [0i64; STAT_COUNT];
        let raw = context.make(|c, out| unsafe {
            // SAFETY: handles and the place for the counts are valid; nothing of the weights is kept.
            sys::pawl_quantize(c, weights.ptr(), scheme.ptr(), options, stats.as_mut_ptr(), stats.len(), out)
        })?;
        let [nan, inf, zero_groups, saturated_scales, underflowed_scales] = stats;
        let stats = QuantizeStats { nan, inf, zero_groups, saturated_scales, underflowed_scales };
        Ok((QuantizedTensor { raw }, stats))
    }

    /// The dimensions.
    pub fn shape(&self) -> Vec<usize> {
        // SAFETY: as many as the rank.
        unsafe {
            shape_usize(
                sys::pawl_quantized_tensor_shape(self.ptr()),
                sys::pawl_quantized_tensor_rank(self.ptr()),
            )
        }
    }

    /// A copy of its scheme.
    pub fn scheme(&self, context: &Context) -> Result<Scheme> {
        // SAFETY: the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_quantized_tensor_scheme(c, self.ptr(), out) })?;
        Ok(Scheme { raw })
    }

    /// Of all parts.
    pub fn size_bytes(&self) -> usize {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_quantized_tensor_size_bytes(self.ptr()) }
    }

    /// Of all parts, in bits.
    pub fn bits_per_weight(&self) -> f64 {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_quantized_tensor_bits_per_weight(self.ptr()) }
    }

    /// A copy of a part.
    pub fn part(&self, context: &Context, part: Part) -> Result<Tensor<'static>> {
        // SAFETY: the handle is valid. A copy, for the part itself may look at a file that changes.
        let shared =
            Tensor::made(context.make(|c, out| unsafe {
                sys::pawl_quantized_tensor_part(c, self.ptr(), part.as_raw(), out)
            }))?;
        shared.to_owned(context)
    }

    /// Decodes all rows to f32.
    pub fn dequantize(&self, context: &Context) -> Result<Vec<f32>> {
        let mut values = vec![0.0; self.shape().iter().product()];
        self.dequantize_rows(context, 0, &mut values)?;
        Ok(values)
    }

    /// Decodes `out.len() / columns` rows from `row_begin` on.
    pub fn dequantize_rows(&self, context: &Context, row_begin: usize, out: &mut [f32]) -> Result<()> {
        context.call(|c| unsafe {
            // SAFETY: the library checks the length against the tensor's rows.
            sys::pawl_dequantize(c, self.ptr(), row_begin, out.as_mut_ptr(), out.len())
        })
    }

    /// Against the original, of the same shape.
    pub fn compare(&self, context: &Context, original: &Tensor<'_>) -> Result<ErrorFigures> {
        let mut figures = [0.0; ERROR_COUNT];
        context.call(|c| unsafe {
            // SAFETY: handles and the place for the figures are valid.
            sys::pawl_compare(c, original.ptr(), self.ptr(), figures.as_mut_ptr(), figures.len())
        })?;
        let [sqnr_db, cosine, max, mse, counts @ ..] = figures;
        let [compared, original_nan, original_inf, decoded_nan, decoded_inf, unlike] =
            counts.map(|count| count as u64);
        Ok(ErrorFigures {
            sqnr_db,
            cosine,
            max,
            mse,
            compared,
            original_nan,
            original_inf,
            decoded_nan,
            decoded_inf,
            unlike,
        })
    }
}
