// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::path::Path;
use std::ptr;

use pawl_sys as sys;

use crate::error::{c_path, c_string, text, Error, Result};
use crate::{OptionId, OptionsKind, Tensor};

/// An options handle and the first thing that was wrong with what was set.
pub(crate) struct RawOptions {
    raw: *mut sys::pawl_options,
    error: Option<Error>,
}

// SAFETY: options belong to nobody but their holder; calls that take them read them.
unsafe impl Send for RawOptions {}
// SAFETY: &self gives a const pointer only.
unsafe impl Sync for RawOptions {}

impl RawOptions {
    pub(crate) fn new(kind: OptionsKind) -> Self {
        let mut raw = ptr::null_mut();
        // SAFETY: the place for the handle is valid.
        let status = unsafe { sys::pawl_options_create(kind.as_raw(), &mut raw) };
        let error = (status != 0).then(|| Error::from_raw(status, "options could not be made"));
        RawOptions { raw, error }
    }

    /// The handle, or what was wrong.
    pub(crate) fn ptr(&self) -> Result<*const sys::pawl_options> {
        match &self.error {
            Some(error) => Err(error.clone()),
            None => Ok(self.raw),
        }
    }

    pub(crate) fn mut_ptr(&mut self) -> Result<*mut sys::pawl_options> {
        self.ptr().map(|_| self.raw)
    }

    pub(crate) fn last_error(&self, status: i32) -> Error {
        // SAFETY: the text is copied before the next call.
        Error::from_raw(status, unsafe { text(sys::pawl_options_last_error(self.raw)) })
    }

    pub(crate) fn check(&mut self, set: impl FnOnce(*mut sys::pawl_options) -> Result<i32>) {
        if self.error.is_some() {
            return;
        }
        match set(self.raw) {
            Ok(0) => {}
            Ok(status) => self.error = Some(self.last_error(status)),
            Err(error) => self.error = Some(error),
        }
    }

    pub(crate) fn int(&mut self, id: OptionId, value: i64) {
        // SAFETY: the handle is valid.
        self.check(|raw| Ok(unsafe { sys::pawl_options_set_int(raw, id.as_raw(), value) }));
    }

    pub(crate) fn double(&mut self, id: OptionId, value: f64) {
        // SAFETY: the handle is valid.
        self.check(|raw| Ok(unsafe { sys::pawl_options_set_double(raw, id.as_raw(), value) }));
    }

    pub(crate) fn string(&mut self, id: OptionId, value: &str) {
        // SAFETY: the handle is valid and the text is copied.
        self.check(|raw| {
            c_string(value)
                .map(|value| unsafe { sys::pawl_options_set_string(raw, id.as_raw(), value.as_ptr()) })
        });
    }

    pub(crate) fn path(&mut self, id: OptionId, value: &Path) {
        // SAFETY: the handle is valid and the text is copied.
        self.check(|raw| {
            c_path(value)
                .map(|value| unsafe { sys::pawl_options_set_string(raw, id.as_raw(), value.as_ptr()) })
        });
    }

    pub(crate) fn ints(&mut self, id: OptionId, values: &[i32]) {
        // SAFETY: the handle is valid and the values are copied.
        self.check(|raw| {
            Ok(unsafe { sys::pawl_options_set_ints(raw, id.as_raw(), values.as_ptr(), values.len()) })
        });
    }

    pub(crate) fn floats(&mut self, id: OptionId, values: &[f32]) {
        // SAFETY: the handle is valid and the values are copied.
        self.check(|raw| {
            Ok(unsafe { sys::pawl_options_set_floats(raw, id.as_raw(), values.as_ptr(), values.len()) })
        });
    }

    /// The tensor is shared, so it must not look at memory that is only borrowed.
    pub(crate) fn tensor(&mut self, id: OptionId, value: &Tensor<'static>) {
        // SAFETY: both handles are valid.
        self.check(|raw| Ok(unsafe { sys::pawl_options_set_tensor(raw, id.as_raw(), value.ptr()) }));
    }
}

impl Drop for RawOptions {
    fn drop(&mut self) {
        // SAFETY: owned, given back once; NULL is fine.
        unsafe { sys::pawl_options_destroy(self.raw) }
    }
}
