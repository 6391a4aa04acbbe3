// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! The structs of DLPack's `dlpack.h`, which frameworks exchange tensors with: of version 0.x, and of 1.x, which knows
//! read-only memory.

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

/// Of the struct that follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct DLPackVersion {
    /// Another one is another struct.
    pub major: u32,
    /// Adds to it.
    pub minor: u32,
}

/// In [`DLManagedTensorVersioned::flags`]: the memory must not be written to.
pub const READ_ONLY: u64 = 1;

/// The tensor and how to give it back, of DLPack 1.x.
#[derive(Debug)]
#[repr(C)]
pub struct DLManagedTensorVersioned {
    /// 1.x.
    pub version: DLPackVersion,
    /// The maker's own.
    pub manager_ctx: *mut c_void,
    /// To be called once by whoever has it last.
    pub deleter: Option<unsafe extern "C" fn(*mut DLManagedTensorVersioned)>,
    /// [`READ_ONLY`] and the like.
    pub flags: u64,
    /// The tensor.
    pub dl_tensor: DLTensor,
}

macro_rules! dlpack {
    ($(#[$doc:meta])* $name:ident, $managed:ident) => {
        $(#[$doc])*
        pub struct $name {
            managed: NonNull<$managed>,
        }

        // SAFETY: Pawl's tensors may be read and given back on any thread.
        unsafe impl Send for $name {}

        impl $name {
            pub(crate) fn new(managed: NonNull<$managed>) -> Self {
                $name { managed }
            }

            /// To look at.
            pub fn tensor(&self) -> &DLTensor {
                // SAFETY: valid until the deleter is called.
                unsafe { &self.managed.as_ref().dl_tensor }
            }

            /// For a framework, which must call its deleter.
            pub fn into_raw(self) -> *mut $managed {
                let managed = self.managed.as_ptr();
                std::mem::forget(self);
                managed
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: owned, given back once.
                unsafe {
                    if let Some(deleter) = self.managed.as_ref().deleter {
                        deleter(self.managed.as_ptr());
                    }
                }
            }
        }
    };
}

dlpack! {
    /// A DLPack tensor of Pawl's that is given back when this is dropped, unless [`DlPack::into_raw`] hands it on.
    DlPack, DLManagedTensor
}

dlpack! {
    /// The same of DLPack 1.x.
    DlPackVersioned, DLManagedTensorVersioned
}

impl DlPackVersioned {
    /// Whether the memory must not be written to.
    pub fn is_read_only(&self) -> bool {
        // SAFETY: valid until the deleter is called.
        unsafe { self.managed.as_ref().flags & READ_ONLY != 0 }
    }
}
