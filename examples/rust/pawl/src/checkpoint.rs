// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use pawl_sys as sys;

use crate::error::{c_string, text, Result};
use crate::tensor::{shape_i64, shape_usize};
use crate::{CheckpointFormat, CheckpointSetting, Context, ModelReader, QuantizedTensor, Tensor};

handle! {
    /// One weight as another tool's checkpoint holds it: GPTQ, AWQ, bitsandbytes, compressed-tensors, HQQ, MatMulNBits,
    /// TFLite. `pawl.h` has each one's tensors and settings.
    Checkpoint, pawl_checkpoint, pawl_checkpoint_destroy
}

impl Checkpoint {
    /// An empty weight.
    pub fn new(context: &Context, format: CheckpointFormat) -> Result<Self> {
        // SAFETY: the place for the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_checkpoint_create(c, format.as_raw(), out) })?;
        Ok(Checkpoint { raw })
    }

    /// `None` for one that this crate does not know.
    pub fn format(&self) -> Option<CheckpointFormat> {
        // SAFETY: the handle is valid.
        CheckpointFormat::from_raw(unsafe { sys::pawl_checkpoint_get_format(self.ptr()) })
    }

    /// One tensor, whose memory is shared. Errors: [`Status::NotFound`](crate::Status::NotFound) for a name that the
    /// format lacks.
    pub fn set_tensor(&mut self, context: &Context, name: &str, tensor: &Tensor<'static>) -> Result<()> {
        let name = c_string(name)?;
        // SAFETY: handles and the text are valid, and the tensor owns what it looks at.
        context.call(|c| unsafe {
            sys::pawl_checkpoint_set_tensor(c, self.mut_ptr(), name.as_ptr(), tensor.ptr())
        })
    }

    /// All of its tensors that a model has under this prefix.
    pub fn take(&mut self, context: &Context, reader: &ModelReader, prefix: &str) -> Result<()> {
        let prefix = c_string(prefix)?;
        // SAFETY: handles and the text are valid; tensors keep the map.
        context
            .call(|c| unsafe { sys::pawl_checkpoint_take(c, self.mut_ptr(), reader.ptr(), prefix.as_ptr()) })
    }

    /// A setting that is a number.
    pub fn set_int(&mut self, context: &Context, setting: CheckpointSetting, value: i64) -> Result<()> {
        // SAFETY: the handle is valid.
        context.call(|c| unsafe { sys::pawl_checkpoint_set_int(c, self.mut_ptr(), setting.as_raw(), value) })
    }

    /// A setting that is a text.
    pub fn set_string(&mut self, context: &Context, setting: CheckpointSetting, value: &str) -> Result<()> {
        let value = c_string(value)?;
        // SAFETY: handle and text are valid.
        context.call(|c| unsafe {
            sys::pawl_checkpoint_set_string(c, self.mut_ptr(), setting.as_raw(), value.as_ptr())
        })
    }

    /// Of the weight, for formats that have it as a setting.
    pub fn set_shape(&mut self, context: &Context, shape: &[usize]) -> Result<()> {
        let shape = shape_i64(shape);
        // SAFETY: the handle is valid, and the shape during the call.
        context.call(|c| unsafe {
            sys::pawl_checkpoint_set_shape(c, self.mut_ptr(), shape.as_ptr(), shape.len())
        })
    }

    /// To Pawl's packing, W[out, in]; the values are those that the format's own code decodes, bit for bit.
    pub fn decode(&self, context: &Context) -> Result<QuantizedTensor> {
        // SAFETY: the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_checkpoint_decode(c, self.ptr(), out) })?;
        Ok(QuantizedTensor::from_raw(raw))
    }

    /// And back: tensors and settings become those of `quantized`.
    pub fn encode(&mut self, context: &Context, quantized: &QuantizedTensor) -> Result<()> {
        // SAFETY: both handles are valid.
        context.call(|c| unsafe { sys::pawl_checkpoint_encode(c, self.mut_ptr(), quantized.ptr()) })
    }

    /// Names of the tensors that are there.
    pub fn tensor_names(&self) -> impl Iterator<Item = &str> {
        // SAFETY: the texts live until the weight changes, which takes &mut.
        let count = unsafe { sys::pawl_checkpoint_tensor_count(self.ptr()) };
        (0..count).map(move |index| unsafe { text(sys::pawl_checkpoint_tensor_name(self.ptr(), index)) })
    }

    /// A copy of one, for the tensor itself may look at a file that changes.
    pub fn tensor(&self, context: &Context, name: &str) -> Result<Tensor<'static>> {
        let name = c_string(name)?;
        // SAFETY: handle and text are valid.
        let shared = Tensor::made(context.make(|c, out| unsafe {
            sys::pawl_checkpoint_get_tensor(c, self.ptr(), name.as_ptr(), out)
        }))?;
        shared.to_owned(context)
    }

    /// A setting that is a number.
    pub fn int(&self, context: &Context, setting: CheckpointSetting) -> Result<i64> {
        let mut value = 0;
        // SAFETY: the handle and the place for the value are valid.
        context.call(|c| unsafe {
            sys::pawl_checkpoint_get_int(c, self.ptr(), setting.as_raw(), &mut value)
        })?;
        Ok(value)
    }

    /// A setting that is a text; empty where the format has none such.
    pub fn string(&self, setting: CheckpointSetting) -> &str {
        // SAFETY: the text lives until the weight changes, which takes &mut.
        unsafe { text(sys::pawl_checkpoint_get_string(self.ptr(), setting.as_raw())) }
    }

    /// Of the weight, where the format has it as a setting.
    pub fn shape(&self) -> Vec<usize> {
        // SAFETY: as many as the rank.
        unsafe {
            shape_usize(sys::pawl_checkpoint_shape(self.ptr()), sys::pawl_checkpoint_rank(self.ptr()))
        }
    }
}
