// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::path::Path;

use pawl_sys as sys;

use crate::error::{c_path, c_string, text, Result};
use crate::{Context, ObserverKind, ObserverRange, Tensor};

options! {
    /// What an [`Observer`] keeps.
    ObserverOptions, Observer {
        /// Extremes, their moving average, or a histogram.
        kind(ObserverKind) => ObserverKind, |value| int(value.as_raw().into());
        /// One range for each channel instead of one for the tensor.
        per_channel(bool) => PerChannel, |value| int(value.into());
        /// Of the channels; negative counts from the end.
        axis(i64) => Axis, |value| int(value);
        /// Of a histogram for each sign, a power of two.
        bins(i64) => Bins, |value| int(value);
        /// Weight of the newest batch in a moving average.
        momentum(f64) => Momentum, |value| double(value);
    }
}

options! {
    /// Which range is taken of what an [`Observer`] saw, and for which codes.
    RangeOptions, Range {
        /// How the range is found.
        range(ObserverRange) => ObserverRange, |value| int(value.as_raw().into());
        /// For [`ObserverRange::Percentile`].
        percentile(f64) => ObserverPercentile, |value| double(value);
        /// Lowest code.
        min_code(i64) => MinCode, |value| int(value);
        /// Highest code.
        max_code(i64) => MaxCode, |value| int(value);
        /// The zero point is the middle of the codes.
        symmetric(bool) => Symmetric, |value| int(value.into());
    }
}

/// value = (code - zero_point) * scale
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QParams {
    /// Finite, normal and positive.
    pub scale: f32,
    /// The code of 0.
    pub zero_point: i32,
}

handle! {
    /// Running statistics of activations over calibration batches.
    Observer, pawl_observer, pawl_observer_destroy
}

impl Observer {
    /// An empty one.
    pub fn new(context: &Context, options: &ObserverOptions) -> Result<Self> {
        let options = options.raw.ptr()?;
        // SAFETY: the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_observer_create(c, options, out) })?;
        Ok(Observer { raw })
    }

    /// One batch.
    pub fn observe(&mut self, context: &Context, batch: &Tensor<'_>) -> Result<()> {
        // SAFETY: handles are valid; nothing of the batch is kept.
        context.call(|c| unsafe { sys::pawl_observer_observe(c, self.mut_ptr(), batch.ptr()) })
    }

    /// Finite values that were seen.
    pub fn count(&self) -> u64 {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_observer_count(self.ptr()) }
    }

    /// How many ranges there are: 1, or the number of channels.
    pub fn channels(&self) -> usize {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_observer_channels(self.ptr()) }
    }

    /// Scale and zero point for each channel.
    pub fn qparams(&self, context: &Context, options: &RangeOptions) -> Result<Vec<QParams>> {
        let (options, channels) = (options.raw.ptr()?, self.channels());
        let (mut scales, mut zeros) = (vec![0.0; channels], vec![0; channels]);
        context.call(|c| unsafe {
            // SAFETY: both arrays have `channels` elements.
            sys::pawl_observer_qparams(
                c,
                self.ptr(),
                options,
                scales.as_mut_ptr(),
                zeros.as_mut_ptr(),
                channels,
            )
        })?;
        Ok(scales.into_iter().zip(zeros).map(|(scale, zero_point)| QParams { scale, zero_point }).collect())
    }

    /// `(smallest, largest)` for each channel.
    pub fn ranges(&self, context: &Context, options: &RangeOptions) -> Result<Vec<(f64, f64)>> {
        let (options, channels) = (options.raw.ptr()?, self.channels());
        let (mut min, mut max) = (vec![0.0; channels], vec![0.0; channels]);
        context.call(|c| unsafe {
            // SAFETY: both arrays have `channels` elements.
            sys::pawl_observer_ranges(c, self.ptr(), options, min.as_mut_ptr(), max.as_mut_ptr(), channels)
        })?;
        Ok(min.into_iter().zip(max).collect())
    }
}

handle! {
    /// Observers by tensor name: the calibration of a model, batch by batch.
    Calibrator, pawl_calibrator, pawl_calibrator_destroy
}

impl Calibrator {
    /// With these observers for names that no rule matches; `None`: histograms.
    pub fn new(context: &Context, options: Option<&ObserverOptions>) -> Result<Self> {
        let options = options.map_or(Ok(std::ptr::null()), |options| options.raw.ptr())?;
        // SAFETY: the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_calibrator_create(c, options, out) })?;
        Ok(Calibrator { raw })
    }

    /// Names that hold a match of the pattern (RE2) get this observer; the first rule counts.
    pub fn add_rule(&mut self, context: &Context, pattern: &str, options: &ObserverOptions) -> Result<()> {
        let (pattern, options) = (c_string(pattern)?, options.raw.ptr()?);
        // SAFETY: handles and the text are valid.
        context
            .call(|c| unsafe { sys::pawl_calibrator_add_rule(c, self.mut_ptr(), pattern.as_ptr(), options) })
    }

    /// One batch of a tensor.
    pub fn observe(&mut self, context: &Context, name: &str, batch: &Tensor<'_>) -> Result<()> {
        let name = c_string(name)?;
        // SAFETY: handles and the text are valid; nothing of the batch is kept.
        context
            .call(|c| unsafe { sys::pawl_calibrator_observe(c, self.mut_ptr(), name.as_ptr(), batch.ptr()) })
    }

    /// The same for values without a shape.
    pub fn observe_values(&mut self, context: &Context, name: &str, values: &[f32]) -> Result<()> {
        let name = c_string(name)?;
        context.call(|c| unsafe {
            // SAFETY: handles, text and values are valid during the call.
            sys::pawl_calibrator_observe_f32(c, self.mut_ptr(), name.as_ptr(), values.as_ptr(), values.len())
        })
    }

    /// After the last batch: an error where a rule matched no tensor, with the nearest names.
    pub fn finish(&self, context: &Context) -> Result<()> {
        // SAFETY: the handle is valid.
        context.call(|c| unsafe { sys::pawl_calibrator_finish(c, self.ptr()) })
    }

    /// The tensors that were observed, in the order of names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        // SAFETY: the texts live until the calibrator changes, which takes &mut.
        let count = unsafe { sys::pawl_calibrator_count(self.ptr()) };
        (0..count).map(move |index| unsafe { text(sys::pawl_calibrator_name(self.ptr(), index)) })
    }

    /// A copy of a tensor's observer.
    pub fn observer(&self, context: &Context, name: &str) -> Result<Observer> {
        let name = c_string(name)?;
        // SAFETY: handle and text are valid.
        let raw = context
            .make(|c, out| unsafe { sys::pawl_calibrator_observer(c, self.ptr(), name.as_ptr(), out) })?;
        Ok(Observer { raw })
    }

    /// Adds what another one saw.
    pub fn merge(&mut self, context: &Context, other: &Calibrator) -> Result<()> {
        // SAFETY: both handles are valid.
        context.call(|c| unsafe { sys::pawl_calibrator_merge(c, self.mut_ptr(), other.ptr()) })
    }

    /// The whole state as a JSON file, for the model with this hash (any text that tells models apart).
    pub fn save(&self, context: &Context, path: impl AsRef<Path>, model_hash: &str) -> Result<()> {
        let (path, hash) = (c_path(path.as_ref())?, c_string(model_hash)?);
        // SAFETY: handle and texts are valid.
        context.call(|c| unsafe { sys::pawl_calibrator_save(c, self.ptr(), path.as_ptr(), hash.as_ptr()) })
    }

    /// What [`Calibrator::save`] wrote for the same model.
    pub fn load(context: &Context, path: impl AsRef<Path>, model_hash: &str) -> Result<Self> {
        let (path, hash) = (c_path(path.as_ref())?, c_string(model_hash)?);
        // SAFETY: the texts are valid.
        let raw = context
            .make(|c, out| unsafe { sys::pawl_calibrator_load(c, path.as_ptr(), hash.as_ptr(), out) })?;
        Ok(Calibrator { raw })
    }
}
