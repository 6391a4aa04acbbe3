// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::marker::PhantomData;
use std::mem::{align_of, size_of, size_of_val};
use std::os::raw::c_void;
use std::panic::{catch_unwind, AssertUnwindSafe};
use std::ptr::NonNull;
use std::slice;

use pawl_sys as sys;

use crate::dlpack::{DLManagedTensor, DLManagedTensorVersioned, DlPack, DlPackVersioned};
use crate::error::{Error, Result};
use crate::{Context, DType};

mod sealed {
    pub trait Sealed {}
}

/// What tensors and activations hold.
pub trait Element: sealed::Sealed + Copy + Send + Sync + 'static {
    /// Its type in Pawl.
    const DTYPE: DType;
}

/// The bits of an IEEE 754 binary16 number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct F16(pub u16);

/// The bits of a bfloat16 number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Bf16(pub u16);

macro_rules! elements {
    ($($type:ty => $dtype:ident),* $(,)?) => {
        $(
            impl sealed::Sealed for $type {}
            impl Element for $type {
                const DTYPE: DType = DType::$dtype;
            }
        )*
    };
}

elements! {
    f32 => F32, f64 => F64, F16 => F16, Bf16 => Bf16, i8 => I8, u8 => U8, i16 => I16, u16 => U16, i32 => I32,
    u32 => U32, i64 => I64, u64 => U64,
}

/// A dense row-major array. `'a` is the memory that it looks at; `'static` where it owns it.
pub struct Tensor<'a> {
    raw: NonNull<sys::pawl_tensor>,
    memory: PhantomData<&'a [u8]>,
}

// SAFETY: a tensor is immutable here, and what it looks at may be read from any thread.
unsafe impl Send for Tensor<'_> {}
unsafe impl Sync for Tensor<'_> {}

impl Drop for Tensor<'_> {
    fn drop(&mut self) {
        // SAFETY: owned, given back once.
        unsafe { sys::pawl_tensor_destroy(self.raw.as_ptr()) }
    }
}

pub(crate) fn shape_i64(shape: &[usize]) -> Vec<i64> {
    // More than i64::MAX is an error of the library's, for it counts as negative there.
    shape.iter().map(|&size| i64::try_from(size).unwrap_or(-1)).collect()
}

/// # Safety
/// `pointer` is NULL or has `rank` dimensions.
pub(crate) unsafe fn shape_usize(pointer: *const i64, rank: usize) -> Vec<usize> {
    if pointer.is_null() {
        return Vec::new();
    }
    slice::from_raw_parts(pointer, rank).iter().map(|&size| size as usize).collect()
}

/// # Safety
/// `user` is a `Box<O>` that nobody else frees.
pub(crate) unsafe extern "C" fn release<O>(user: *mut c_void) {
    // A panic of an owner's drop must not cross into C.
    let _ = catch_unwind(AssertUnwindSafe(|| drop(Box::from_raw(user as *mut O))));
}

impl<'a> Tensor<'a> {
    /// Looks at a slice, without a copy.
    pub fn view<T: Element>(context: &Context, shape: &[usize], data: &'a [T]) -> Result<Tensor<'a>> {
        let shape = shape_i64(shape);
        let raw = context.make(|c, out| {
            // SAFETY: the memory is borrowed for 'a, and so is the tensor.
            unsafe {
                sys::pawl_tensor_view(
                    c,
                    T::DTYPE.as_raw(),
                    shape.as_ptr(),
                    shape.len(),
                    data.as_ptr() as *const c_void,
                    size_of_val(data),
                    None,
                    std::ptr::null_mut(),
                    out,
                )
            }
        })?;
        Ok(Tensor { raw, memory: PhantomData })
    }

    pub(crate) fn from_raw(raw: NonNull<sys::pawl_tensor>) -> Self {
        Tensor { raw, memory: PhantomData }
    }

    /// # Safety
    /// `raw` is valid for `'a`, and the result is not dropped.
    pub(crate) unsafe fn borrowed(raw: *const sys::pawl_tensor) -> Self {
        Tensor { raw: NonNull::new_unchecked(raw as *mut _), memory: PhantomData }
    }

    pub(crate) fn ptr(&self) -> *const sys::pawl_tensor {
        self.raw.as_ptr()
    }

    /// `None` for a type that this crate does not know.
    pub fn dtype(&self) -> Option<DType> {
        // SAFETY: the handle is valid.
        DType::from_raw(unsafe { sys::pawl_tensor_dtype(self.ptr()) })
    }

    /// The dimensions, the last one contiguous.
    pub fn shape(&self) -> Vec<usize> {
        // SAFETY: as many as the rank.
        unsafe { shape_usize(sys::pawl_tensor_shape(self.ptr()), sys::pawl_tensor_rank(self.ptr())) }
    }

    /// The product of the shape.
    pub fn num_elements(&self) -> usize {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_tensor_num_elements(self.ptr()) }
    }

    /// Its memory, little-endian as in files.
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: the handle is valid; the memory lives as long as it and nobody writes to it.
        unsafe {
            let data = sys::pawl_tensor_data(self.ptr()) as *const u8;
            if data.is_null() {
                return &[];
            }
            slice::from_raw_parts(data, sys::pawl_tensor_size_bytes(self.ptr()))
        }
    }

    /// Its elements, without a copy. Errors: another type than the tensor's, memory that is not aligned for it.
    pub fn as_slice<T: Element>(&self) -> Result<&[T]> {
        if self.dtype() != Some(T::DTYPE) {
            return Err(Error::invalid(format!("a tensor of {:?} is read as {:?}", self.dtype(), T::DTYPE)));
        }
        let bytes = self.bytes();
        if bytes.is_empty() {
            return Ok(&[]);
        }
        if bytes.as_ptr() as usize % align_of::<T>() != 0 {
            return Err(Error::invalid(
                "the tensor's memory is not aligned for its type; make a clone of it",
            ));
        }
        // SAFETY: type, size and alignment are right, and every bit pattern is valid for every Element.
        Ok(unsafe { slice::from_raw_parts(bytes.as_ptr() as *const T, bytes.len() / size_of::<T>()) })
    }

    /// A copy as f32.
    pub fn to_f32(&self, context: &Context) -> Result<Tensor<'static>> {
        // SAFETY: the handle is valid.
        Tensor::made(context.make(|c, out| unsafe { sys::pawl_tensor_to_f32(c, self.ptr(), out) }))
    }

    /// A copy in aligned memory of its own.
    pub fn to_owned(&self, context: &Context) -> Result<Tensor<'static>> {
        // SAFETY: the handle is valid.
        Tensor::made(context.make(|c, out| unsafe { sys::pawl_tensor_clone(c, self.ptr(), out) }))
    }
}

impl Tensor<'static> {
    pub(crate) fn made(raw: Result<NonNull<sys::pawl_tensor>>) -> Result<Self> {
        raw.map(|raw| Tensor { raw, memory: PhantomData })
    }

    /// Zeros in memory of Pawl's own.
    pub fn zeros(context: &Context, dtype: DType, shape: &[usize]) -> Result<Self> {
        let shape = shape_i64(shape);
        // SAFETY: the shape is valid during the call.
        Self::made(context.make(|c, out| unsafe {
            sys::pawl_tensor_create(c, dtype.as_raw(), shape.as_ptr(), shape.len(), out)
        }))
    }

    /// Keeps `owner` (a `Vec`, an `Arc<[T]>`, a mapped file ...) and looks at its memory, without a copy. It is dropped
    /// with the last use of the memory, on whatever thread that is.
    pub fn from_owner<T, O>(context: &Context, shape: &[usize], owner: O) -> Result<Self>
    where
        T: Element,
        O: AsRef<[T]> + Send + Sync + 'static,
    {
        let shape = shape_i64(shape);
        let owner = Box::into_raw(Box::new(owner));
        // SAFETY: the owner stays where it is until `release` drops it.
        let result = context.make(|c, out| unsafe {
            let data = (*owner).as_ref();
            sys::pawl_tensor_view(
                c,
                T::DTYPE.as_raw(),
                shape.as_ptr(),
                shape.len(),
                data.as_ptr() as *const c_void,
                size_of_val(data),
                Some(release::<O>),
                owner as *mut c_void,
                out,
            )
        });
        if result.is_err() {
            // SAFETY: a call that failed does not release.
            drop(unsafe { Box::from_raw(owner) });
        }
        Self::made(result)
    }

    /// Takes over a DLPack tensor, without a copy; on an error the caller still owns it.
    ///
    /// # Safety
    /// `managed` is a valid DLPack tensor whose memory nobody writes to from now on, and whose deleter may run on any
    /// thread.
    pub unsafe fn from_dlpack(context: &Context, managed: *mut DLManagedTensor) -> Result<Self> {
        let managed = managed as *mut sys::DLManagedTensor;
        Self::made(context.make(|c, out| sys::pawl_tensor_from_dlpack(c, managed, out)))
    }

    /// The same for DLPack 1.x.
    ///
    /// # Safety
    /// As [`Tensor::from_dlpack`].
    pub unsafe fn from_dlpack_versioned(
        context: &Context,
        managed: *mut DLManagedTensorVersioned,
    ) -> Result<Self> {
        let managed = managed as *mut sys::DLManagedTensorVersioned;
        Self::made(context.make(|c, out| sys::pawl_tensor_from_dlpack_versioned(c, managed, out)))
    }

    /// Lends the memory to whoever speaks DLPack, without a copy.
    pub fn to_dlpack(&self, context: &Context) -> Result<DlPack> {
        // SAFETY: the handle is valid, and the DLPack tensor keeps the memory alive.
        let raw = context.make(|c, out| unsafe { sys::pawl_tensor_to_dlpack(c, self.ptr(), out) })?;
        Ok(DlPack::new(raw.cast()))
    }

    /// The same for whoever speaks DLPack 1.x, flagged as read-only where it is.
    pub fn to_dlpack_versioned(&self, context: &Context) -> Result<DlPackVersioned> {
        // SAFETY: as above.
        let raw =
            context.make(|c, out| unsafe { sys::pawl_tensor_to_dlpack_versioned(c, self.ptr(), out) })?;
        Ok(DlPackVersioned::new(raw.cast()))
    }
}
