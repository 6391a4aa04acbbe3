// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! The structs of DLPack's `dlpack.h` (version 0.x, "unversioned"), which frameworks exchange tensors with.

use std::os::raw::c_void;
use std::ptr::NonNull;

/// Where the memory is.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct DLDevice {
    /// 1: CPU.
    pub device_type: i32,
    /// Which one.
    pub device_id: i32,
}

/// What the elements are.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct DLDataType {
    /// 0: int, 1: uint, 2: float, 4: bfloat.
    pub code: u8,
    /// Of one element.
    pub bits: u8,
    /// 1.
    pub lanes: u16,
}

/// The tensor.
#[derive(Debug)]
#[repr(C)]
pub struct DLTensor {
    /// First byte, before `byte_offset`.
    pub data: *mut c_void,
    /// Where it is.
    pub device: DLDevice,
    /// Dimensions.
    pub ndim: i32,
    /// Type of the elements.
    pub dtype: DLDataType,
    /// `ndim` sizes.
    pub shape: *mut i64,
    /// `ndim` strides in elements, or NULL: row-major.
    pub strides: *mut i64,
    /// Of the first element.
    pub byte_offset: u64,
}

/// The tensor and how to give it back.
#[derive(Debug)]
#[repr(C)]
pub struct DLManagedTensor {
    /// The tensor.
    pub dl_tensor: DLTensor,
    /// The maker's own.
    pub manager_ctx: *mut c_void,
    /// To be called once by whoever has it last.
    pub deleter: Option<unsafe extern "C" fn(*mut DLManagedTensor)>,
}

/// A DLPack tensor of Pawl's that is given back when this is dropped, unless [`DlPack::into_raw`] hands it on.
pub struct DlPack {
    managed: NonNull<DLManagedTensor>,
}

// SAFETY: Pawl's tensors may be read and given back on any thread.
unsafe impl Send for DlPack {}

impl DlPack {
    pub(crate) fn new(managed: NonNull<DLManagedTensor>) -> Self {
        DlPack { managed }
    }

    /// To look at.
    pub fn tensor(&self) -> &DLTensor {
        // SAFETY: valid until the deleter is called.
        unsafe { &self.managed.as_ref().dl_tensor }
    }

    /// For a framework, which must call its deleter.
    pub fn into_raw(self) -> *mut DLManagedTensor {
        let managed = self.managed.as_ptr();
        std::mem::forget(self);
        managed
    }
}

impl Drop for DlPack {
    fn drop(&mut self) {
        // SAFETY: owned, given back once.
        unsafe {
            if let Some(deleter) = self.managed.as_ref().deleter {
                deleter(self.managed.as_ptr());
            }
        }
    }
}
