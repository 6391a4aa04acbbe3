// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::os::raw::c_void;

use pawl_sys as sys;

use crate::error::{text, Error, Result};
use crate::{Context, Element, ImageLayout, LinearOptions, QuantizedTensor, Tensor};

options! {
    /// The geometry of a [`Conv`]. Two numbers are height and width; one is the width, of a convolution in one dimension.
    ConvOptions, Conv {
        /// Of the input. Required.
        channels(i64) => ConvChannels, |value| int(value);
        /// Of channels.
        groups(i64) => ConvGroups, |value| int(value);
        /// Sizes of the kernel.
        kernel(&[i32]) => ConvKernel, |value| ints(value);
        /// Distances of windows.
        strides(&[i32]) => ConvStrides, |value| ints(value);
        /// Distances of taps.
        dilations(&[i32]) => ConvDilations, |value| ints(value);
        /// Top, left, bottom, right; or left and right.
        pads(&[i32]) => ConvPads, |value| ints(value);
        /// Of x and y.
        layout(ImageLayout) => ImageLayout, |value| int(value.as_raw().into());
    }
}

handle! {
    /// y = activation(convolution of x with W + bias) in two dimensions or one. Immutable: any number of threads may run
    /// it, each with a context of its own.
    Conv, pawl_conv, pawl_conv_destroy
}

impl Conv {
    /// Of weights [out, in/groups * kernel height * kernel width], whose memory is shared; `layer` has all but the geometry.
    pub fn new(
        context: &Context,
        weights: &QuantizedTensor,
        geometry: &ConvOptions,
        layer: &LinearOptions,
    ) -> Result<Self> {
        let (geometry, layer) = (geometry.raw.ptr()?, layer.raw.ptr()?);
        // SAFETY: handles are valid; the weights' memory is shared, and owned or mapped.
        let raw = context
            .make(|c, out| unsafe { sys::pawl_conv_create(c, weights.ptr(), geometry, layer, out) })?;
        Ok(Conv { raw })
    }

    /// Of weights that are floats, f32, f16 or bf16, of which nothing is kept.
    pub fn from_floats(
        context: &Context,
        weights: &Tensor<'_>,
        geometry: &ConvOptions,
        layer: &LinearOptions,
    ) -> Result<Self> {
        let (geometry, layer) = (geometry.raw.ptr()?, layer.raw.ptr()?);
        // SAFETY: handles are valid.
        let raw = context
            .make(|c, out| unsafe { sys::pawl_conv_create_float(c, weights.ptr(), geometry, layer, out) })?;
        Ok(Conv { raw })
    }

    /// Of x.
    pub fn in_channels(&self) -> usize {
        // SAFETY: the handle is valid, here and below.
        unsafe { sys::pawl_conv_in_channels(self.ptr()) }
    }

    /// Of y.
    pub fn out_channels(&self) -> usize {
        unsafe { sys::pawl_conv_out_channels(self.ptr()) }
    }

    /// Height and width of y for images of that height (1 in one dimension) and width; 0 where the kernel does not fit.
    pub fn output_size(&self, height: usize, width: usize) -> (usize, usize) {
        unsafe {
            (sys::pawl_conv_output_height(self.ptr(), height), sys::pawl_conv_output_width(self.ptr(), width))
        }
    }

    /// As it was set.
    pub fn name(&self) -> &str {
        // SAFETY: the text lives as long as the layer.
        unsafe { text(sys::pawl_conv_name(self.ptr())) }
    }

    /// Bytes that the layer keeps.
    pub fn size_bytes(&self) -> usize {
        unsafe { sys::pawl_conv_size_bytes(self.ptr()) }
    }

    /// `batch` images x of that height and width, one after another, to y.
    pub fn run<X: Element, Y: Element>(
        &self,
        context: &Context,
        [batch, height, width]: [usize; 3],
        x: &[X],
        y: &mut [Y],
    ) -> Result<()> {
        let product =
            |sizes: [usize; 4]| sizes.iter().try_fold(1usize, |product, &size| product.checked_mul(size));
        let (out_height, out_width) = self.output_size(height, width);
        if product([batch, self.in_channels(), height, width]) != Some(x.len())
            || product([batch, self.out_channels(), out_height, out_width]) != Some(y.len())
        {
            return Err(Error::invalid(format!(
                "layer '{}': {} images of {} x {} x {} give {} x {} x {}; x has {} elements and y {}",
                self.name(),
                batch,
                self.in_channels(),
                height,
                width,
                self.out_channels(),
                out_height,
                out_width,
                x.len(),
                y.len()
            )));
        }
        context.call(|c| unsafe {
            // SAFETY: the slices hold the images, and a &mut one cannot overlap the other.
            sys::pawl_conv_run(
                c,
                self.ptr(),
                batch,
                height,
                width,
                x.as_ptr() as *const c_void,
                X::DTYPE.as_raw(),
                0,
                y.as_mut_ptr() as *mut c_void,
                Y::DTYPE.as_raw(),
                0,
            )
        })
    }
}
