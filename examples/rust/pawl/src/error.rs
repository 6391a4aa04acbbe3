// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::ffi::{CStr, CString};
use std::fmt;
use std::os::raw::c_char;

use crate::Status;

/// What a call that failed said: its status, and a text that names the tensor, file or option and says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    status: Status,
    message: String,
}

/// What every call that can fail returns.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub(crate) fn new(status: Status, message: impl Into<String>) -> Self {
        Error { status, message: message.into() }
    }

    pub(crate) fn from_raw(status: i32, message: &str) -> Self {
        let known = Status::from_raw(status);
        let message = match known {
            Some(_) => message.to_string(),
            None => format!("status {}: {}", status, message), // of a newer library
        };
        Error { status: known.unwrap_or(Status::Unknown), message }
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Error::new(Status::InvalidArgument, message)
    }

    /// Never [`Status::Ok`].
    pub fn status(&self) -> Status {
        self.status
    }

    /// The text for people.
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: names of statuses are static texts.
        let name = unsafe { text(pawl_sys::pawl_status_name(self.status.as_raw())) };
        write!(f, "{}: {}", name, self.message)
    }
}

impl std::error::Error for Error {}

/// A text of Pawl's; empty for NULL.
///
/// # Safety
/// `pointer` is NULL or a text that lives as long as `'a`.
pub(crate) unsafe fn text<'a>(pointer: *const c_char) -> &'a str {
    if pointer.is_null() {
        return "";
    }
    CStr::from_ptr(pointer).to_str().unwrap_or("(not UTF-8)")
}

/// The same as an owned text; `None` for NULL.
///
/// # Safety
/// `pointer` is NULL or a text that lives during the call.
pub(crate) unsafe fn owned_text(pointer: *const c_char) -> Option<String> {
    if pointer.is_null() {
        return None;
    }
    Some(CStr::from_ptr(pointer).to_string_lossy().into_owned())
}

pub(crate) fn c_string(text: impl AsRef<[u8]>) -> Result<CString> {
    let text = text.as_ref();
    CString::new(text).map_err(|_| {
        Error::invalid(format!("'{}' has a NUL inside", String::from_utf8_lossy(text).escape_debug()))
    })
}

pub(crate) fn c_path(path: &std::path::Path) -> Result<CString> {
    use std::os::unix::ffi::OsStrExt;
    c_string(path.as_os_str().as_bytes())
}
