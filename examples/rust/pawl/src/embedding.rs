// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::os::raw::c_void;

use pawl_sys as sys;

use crate::error::{c_string, Error, Result};
use crate::{Context, Element, QuantizedTensor};

handle! {
    /// Looks up rows of a table [rows, cols] of any scheme. Immutable: any number of threads may use it, each with a
    /// context of its own.
    Embedding, pawl_embedding, pawl_embedding_destroy
}

impl Embedding {
    /// Shares the table's memory; the name is for error texts.
    pub fn new(context: &Context, table: &QuantizedTensor, name: &str) -> Result<Self> {
        let name = c_string(name)?;
        // SAFETY: handle and text are valid; the table's memory is shared, and owned or mapped.
        let raw = context
            .make(|c, out| unsafe { sys::pawl_embedding_create(c, table.ptr(), name.as_ptr(), out) })?;
        Ok(Embedding { raw })
    }

    /// Of the table.
    pub fn rows(&self) -> usize {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_embedding_rows(self.ptr()) }
    }

    /// Of the table.
    pub fn cols(&self) -> usize {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_embedding_cols(self.ptr()) }
    }

    /// Row i of `y` [indices, cols] becomes row `indices[i]` of the table. Errors:
    /// [`Status::OutOfRange`](crate::Status::OutOfRange) naming the index, before anything is written.
    pub fn lookup<Y: Element>(&self, context: &Context, indices: &[i64], y: &mut [Y]) -> Result<()> {
        if indices.len().checked_mul(self.cols()) != Some(y.len()) {
            return Err(Error::invalid(format!(
                "{} rows of {} elements do not fit {}",
                indices.len(),
                self.cols(),
                y.len()
            )));
        }
        context.call(|c| unsafe {
            // SAFETY: the slices hold the indices and the rows.
            sys::pawl_embedding_lookup_i64(
                c,
                self.ptr(),
                indices.as_ptr(),
                indices.len(),
                y.as_mut_ptr() as *mut c_void,
                Y::DTYPE.as_raw(),
                0,
            )
        })
    }
}
