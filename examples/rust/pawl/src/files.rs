// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! Files are mapped. Whoever truncates one while it is read gets the process a SIGBUS, as with any map.

use std::os::raw::c_void;
use std::path::Path;

use pawl_sys as sys;

use crate::error::{c_path, c_string, owned_text, text, Result};
use crate::tensor::{release, shape_usize};
use crate::{Context, QuantizedTensor, Tensor};

handle! {
    /// A safetensors model: a file, an index of shards, or a folder with either.
    ModelReader, pawl_model_reader, pawl_model_reader_destroy
}

impl ModelReader {
    /// Reads the header only. Errors: those of the file system, and
    /// [`Status::InvalidArgument`](crate::Status::InvalidArgument) naming the byte or the tensor.
    pub fn open(context: &Context, path: impl AsRef<Path>) -> Result<Self> {
        let path = c_path(path.as_ref())?;
        // SAFETY: the text is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_model_reader_open(c, path.as_ptr(), out) })?;
        Ok(ModelReader { raw })
    }

    /// The tensors' names, in the order of their bytes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        // SAFETY: the texts live as long as the reader.
        let count = unsafe { sys::pawl_model_reader_count(self.ptr()) };
        (0..count).map(move |index| unsafe { text(sys::pawl_model_reader_name(self.ptr(), index)) })
    }

    /// Errors: [`Status::NotFound`](crate::Status::NotFound) with the nearest names.
    fn find(&self, context: &Context, name: &str) -> Result<usize> {
        let (name, mut index) = (c_string(name)?, 0);
        // SAFETY: handle and text are valid.
        context.call(|c| unsafe { sys::pawl_model_reader_find(c, self.ptr(), name.as_ptr(), &mut index) })?;
        Ok(index)
    }

    /// The shape of a tensor, without reading it.
    pub fn shape(&self, context: &Context, name: &str) -> Result<Vec<usize>> {
        let index = self.find(context, name)?;
        // SAFETY: as many as the rank.
        Ok(unsafe {
            shape_usize(
                sys::pawl_model_reader_shape(self.ptr(), index),
                sys::pawl_model_reader_rank(self.ptr(), index),
            )
        })
    }

    /// A tensor in memory of its own.
    pub fn read(&self, context: &Context, name: &str) -> Result<Tensor<'static>> {
        let index = self.find(context, name)?;
        // SAFETY: the handle is valid.
        Tensor::made(context.make(|c, out| unsafe { sys::pawl_model_reader_read(c, self.ptr(), index, out) }))
    }

    /// A tensor that looks at the map, without a copy. It keeps the map alive.
    ///
    /// # Safety
    /// Nobody changes the file while the tensor lives: its elements are handed out as slices.
    pub unsafe fn map(&self, context: &Context, name: &str) -> Result<Tensor<'static>> {
        let index = self.find(context, name)?;
        Tensor::made(context.make(|c, out| sys::pawl_model_reader_get(c, self.ptr(), index, out)))
    }

    /// A value of the file's `__metadata__`.
    pub fn metadata(&self, key: &str) -> Option<String> {
        let key = c_string(key).ok()?;
        // SAFETY: the text is copied.
        unsafe { owned_text(sys::pawl_model_reader_metadata(self.ptr(), key.as_ptr())) }
    }
}

handle! {
    /// A `.pawl` file: quantized and plain tensors with a hash over every byte.
    FileReader, pawl_file_reader, pawl_file_reader_destroy
}

impl FileReader {
    /// Checks the header; [`FileReader::verify`] everything.
    pub fn open(context: &Context, path: impl AsRef<Path>) -> Result<Self> {
        let path = c_path(path.as_ref())?;
        // SAFETY: the text is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_file_reader_open(c, path.as_ptr(), out) })?;
        Ok(FileReader { raw })
    }

    /// A file's bytes in memory, which is kept until nothing looks at it any more. `name` is for error texts.
    pub fn from_bytes<O>(context: &Context, bytes: O, name: &str) -> Result<Self>
    where
        O: AsRef<[u8]> + Send + Sync + 'static,
    {
        let name = c_string(name)?;
        let owner = Box::into_raw(Box::new(bytes));
        // SAFETY: the owner stays where it is until it is released.
        let result = context.make(|c, out| unsafe {
            let data = (*owner).as_ref();
            let (bytes, user) = (data.as_ptr() as *const c_void, owner as *mut c_void);
            let release = Some(release::<O> as unsafe extern "C" fn(*mut c_void));
            sys::pawl_file_reader_open_memory(c, bytes, data.len(), release, user, name.as_ptr(), out)
        });
        if result.is_err() {
            // SAFETY: a call that failed does not release.
            drop(unsafe { Box::from_raw(owner) });
        }
        Ok(FileReader { raw: result? })
    }

    /// The tensors' names, in the order of writing.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        // SAFETY: the texts live as long as the reader.
        let count = unsafe { sys::pawl_file_reader_count(self.ptr()) };
        (0..count).map(move |index| unsafe { text(sys::pawl_file_reader_name(self.ptr(), index)) })
    }

    fn find(&self, context: &Context, name: &str) -> Result<usize> {
        let (name, mut index) = (c_string(name)?, 0);
        // SAFETY: handle and text are valid.
        context.call(|c| unsafe { sys::pawl_file_reader_find(c, self.ptr(), name.as_ptr(), &mut index) })?;
        Ok(index)
    }

    /// Whether a tensor is quantized ([`FileReader::quantized`]) or plain ([`FileReader::plain`]).
    pub fn is_quantized(&self, context: &Context, name: &str) -> Result<bool> {
        let index = self.find(context, name)?;
        // SAFETY: the handle is valid.
        Ok(unsafe { sys::pawl_file_reader_is_quantized(self.ptr(), index) == 1 })
    }

    /// A quantized tensor, whose parts look at the map.
    pub fn quantized(&self, context: &Context, name: &str) -> Result<QuantizedTensor> {
        let index = self.find(context, name)?;
        // SAFETY: the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_file_reader_get(c, self.ptr(), index, out) })?;
        Ok(QuantizedTensor::from_raw(raw))
    }

    /// A copy of a tensor that was left as it was.
    pub fn plain(&self, context: &Context, name: &str) -> Result<Tensor<'static>> {
        let index = self.find(context, name)?;
        // SAFETY: the handle is valid.
        let mapped = Tensor::made(
            context.make(|c, out| unsafe { sys::pawl_file_reader_get_plain(c, self.ptr(), index, out) }),
        )?;
        mapped.to_owned(context)
    }

    /// Reads every byte and compares every hash. Errors: [`Status::DataLoss`](crate::Status::DataLoss) with what is
    /// damaged.
    pub fn verify(&self, context: &Context) -> Result<()> {
        // SAFETY: the handle is valid.
        context.call(|c| unsafe { sys::pawl_file_reader_verify(c, self.ptr()) })
    }

    /// Bytes of the file.
    pub fn file_size(&self) -> u64 {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_file_reader_file_size(self.ptr()) }
    }

    /// What the file says about itself.
    pub fn metadata(&self, key: &str) -> Option<String> {
        let key = c_string(key).ok()?;
        // SAFETY: the text is copied.
        unsafe { owned_text(sys::pawl_file_reader_metadata(self.ptr(), key.as_ptr())) }
    }
}

handle! {
    /// Writes a `.pawl` file, which appears whole at [`FileWriter::finish`] or not at all.
    FileWriter, pawl_file_writer, pawl_file_writer_destroy
}

impl FileWriter {
    /// Never overwrites one of `inputs`.
    pub fn create(context: &Context, path: impl AsRef<Path>, inputs: &[&Path]) -> Result<Self> {
        let path = c_path(path.as_ref())?;
        let inputs = inputs.iter().map(|input| c_path(input)).collect::<Result<Vec<_>>>()?;
        let pointers: Vec<_> = inputs.iter().map(|input| input.as_ptr()).collect();
        // SAFETY: the texts are valid.
        let raw = context.make(|c, out| unsafe {
            sys::pawl_file_writer_create(c, path.as_ptr(), pointers.as_ptr(), pointers.len(), out)
        })?;
        Ok(FileWriter { raw })
    }

    /// Errors: [`Status::AlreadyExists`](crate::Status::AlreadyExists) for a name that the file has.
    pub fn add(&mut self, context: &Context, name: &str, tensor: &QuantizedTensor) -> Result<()> {
        let name = c_string(name)?;
        // SAFETY: handles and the text are valid.
        context.call(|c| unsafe { sys::pawl_file_writer_add(c, self.mut_ptr(), name.as_ptr(), tensor.ptr()) })
    }

    /// A tensor that is not quantized.
    pub fn add_plain(&mut self, context: &Context, name: &str, tensor: &Tensor<'_>) -> Result<()> {
        let name = c_string(name)?;
        // SAFETY: handles and the text are valid; the tensor is written at once.
        context.call(|c| unsafe {
            sys::pawl_file_writer_add_plain(c, self.mut_ptr(), name.as_ptr(), tensor.ptr())
        })
    }

    /// What the file is to say about itself.
    pub fn set_metadata(&mut self, context: &Context, key: &str, value: &str) -> Result<()> {
        let (key, value) = (c_string(key)?, c_string(value)?);
        // SAFETY: handle and texts are valid.
        context.call(|c| unsafe {
            sys::pawl_file_writer_set_metadata(c, self.mut_ptr(), key.as_ptr(), value.as_ptr())
        })
    }

    /// Writes the header, reads the file back, and renames. The file's size.
    pub fn finish(mut self, context: &Context) -> Result<u64> {
        // SAFETY: the handle is valid.
        context.call(|c| unsafe { sys::pawl_file_writer_finish(c, self.mut_ptr()) })?;
        Ok(unsafe { sys::pawl_file_writer_file_size(self.ptr()) })
    }
}
