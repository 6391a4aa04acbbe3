// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::fmt;
use std::path::Path;

use pawl_sys as sys;

use crate::error::{c_path, text, Result};
use crate::{Context, EvalFigure, ExportFormat, LanguageModelFigure, Rotated, Tensor};

options! {
    /// How a [`LanguageModel`] runs.
    LanguageModelOptions, LanguageModel {
        /// That a sequence may have; 0: the model's, 4096 at most.
        positions(i64) => Positions, |value| int(value);
        /// Layers with integer codes quantize their activations.
        dynamic_int8(bool) => DynamicInt8, |value| int(value.into());
        /// Bytes of values at a time; 0: no limit.
        model_memory(i64) => ModelMemory, |value| int(value);
    }
}

options! {
    /// How [`evaluate`] cuts a text into windows.
    EvalOptions, Eval {
        /// Ids of a window; 0: the model's own, 2048 at most.
        context(i64) => EvalContext, |value| int(value);
        /// From one window's begin to the next; 0: the context.
        stride(i64) => EvalStride, |value| int(value);
        /// Of the text's beginning; 0: all.
        max_ids(i64) => EvalMaxIds, |value| int(value);
    }
}

handle! {
    /// A decoder of the llama family or a BERT encoder out of a Hugging Face folder or a GGUF file, float or quantized.
    ///
    /// It serves one thread at a time, and needs no particular one: it is `Send` and not `Sync`.
    ///
    /// ```compile_fail
    /// fn shared<T: Sync>() {}
    /// shared::<pawl::LanguageModel>();
    /// ```
    LanguageModel, pawl_language_model, pawl_language_model_destroy, one thread at a time
}

impl LanguageModel {
    /// Errors: what reading gives; [`Status::Unimplemented`](crate::Status::Unimplemented) naming the architecture or
    /// setting.
    pub fn open(context: &Context, path: impl AsRef<Path>, options: &LanguageModelOptions) -> Result<Self> {
        let (path, options) = (c_path(path.as_ref())?, options.raw.ptr()?);
        // SAFETY: text and options are valid.
        let raw = context
            .make(|c, out| unsafe { sys::pawl_language_model_open(c, path.as_ptr(), options, out) })?;
        Ok(LanguageModel { raw })
    }

    /// "llama", "mistral", "qwen2", "qwen3", "gemma"; "bert".
    pub fn architecture(&self) -> &str {
        // SAFETY: the text lives as long as the model.
        unsafe { text(sys::pawl_language_model_architecture(self.ptr())) }
    }

    fn get(&self, figure: LanguageModelFigure) -> u64 {
        // SAFETY: the handle is valid.
        let value = unsafe { sys::pawl_language_model_get(self.ptr(), figure.as_raw()) };
        u64::try_from(value).unwrap_or(0) // negative for a figure that there is not
    }

    /// How many ids there are.
    pub fn vocabulary(&self) -> usize {
        self.get(LanguageModelFigure::Vocabulary) as usize
    }

    /// Of the decoder or encoder.
    pub fn layers(&self) -> usize {
        self.get(LanguageModelFigure::Layers) as usize
    }

    /// Positions that it was made for.
    pub fn context_length(&self) -> usize {
        self.get(LanguageModelFigure::Context) as usize
    }

    /// That a sequence may have here.
    pub fn positions(&self) -> usize {
        self.get(LanguageModelFigure::Positions) as usize
    }

    /// Of all tensors of the file.
    pub fn num_elements(&self) -> u64 {
        self.get(LanguageModelFigure::Elements)
    }

    /// Of all tensors of the file.
    pub fn size_bytes(&self) -> u64 {
        self.get(LanguageModelFigure::Bytes)
    }

    /// Ids are bytes of text.
    pub fn is_byte_level(&self) -> bool {
        self.get(LanguageModelFigure::ByteLevel) == 1
    }

    /// It has [`LanguageModel::hidden`], and no logits.
    pub fn is_encoder(&self) -> bool {
        self.get(LanguageModelFigure::Encoder) == 1
    }

    /// Of hidden states.
    pub fn width(&self) -> usize {
        self.get(LanguageModelFigure::Width) as usize
    }

    /// Of an encoder: the id that begins a sequence, where its folder says so.
    pub fn begin_id(&self) -> Option<i32> {
        // SAFETY: the handle is valid.
        let value = unsafe { sys::pawl_language_model_get(self.ptr(), LanguageModelFigure::BeginId.as_raw()) };
        i32::try_from(value).ok().filter(|id| *id >= 0)
    }

    /// Logits f32 `[ids, vocabulary]` of a sequence from its beginning; row i is about id i + 1. Errors:
    /// [`Status::InvalidArgument`](crate::Status::InvalidArgument) for an id beyond the vocabulary or more ids than positions.
    pub fn logits(&mut self, context: &Context, ids: &[i32]) -> Result<Tensor<'static>> {
        let model = self.mut_ptr();
        // SAFETY: handle and ids are valid, here and below; the tensor is a copy.
        Tensor::made(context.make(|c, out| unsafe {
            sys::pawl_language_model_logits(c, model, ids.as_ptr(), ids.len(), out)
        }))
    }

    /// The same of ids after all that came since the last [`LanguageModel::restart`], whose keys and values are kept.
    pub fn continue_with(&mut self, context: &Context, ids: &[i32]) -> Result<Tensor<'static>> {
        let model = self.mut_ptr();
        Tensor::made(context.make(|c, out| unsafe {
            sys::pawl_language_model_continue(c, model, ids.as_ptr(), ids.len(), out)
        }))
    }

    /// An encoder's last hidden states f32 `[ids, width]` of sequences that stand one after the other, of so many ids each;
    /// without lengths they are one. Errors: [`Status::InvalidArgument`](crate::Status::InvalidArgument) for lengths that are
    /// not those of the ids.
    pub fn hidden(&mut self, context: &Context, ids: &[i32], lengths: &[i64]) -> Result<Tensor<'static>> {
        let model = self.mut_ptr();
        let (lengths, sequences) = (lengths.as_ptr(), lengths.len());
        Tensor::made(context.make(|c, out| unsafe {
            sys::pawl_language_model_hidden(c, model, ids.as_ptr(), ids.len(), lengths, sequences, out)
        }))
    }

    /// A new sequence begins.
    pub fn restart(&mut self) {
        unsafe { sys::pawl_language_model_restart(self.mut_ptr()) }
    }
}

handle! {
    /// What [`evaluate`] found; `Display` is the text for people.
    Evaluation, pawl_eval, pawl_eval_destroy
}

impl Evaluation {
    /// `None` for a figure that there is not: bits per byte of models whose ids are no bytes, what is against a reference
    /// without one, predictions of encoders and hidden states of decoders.
    pub fn get(&self, figure: EvalFigure) -> Option<f64> {
        // SAFETY: the handle is valid.
        let value = unsafe { sys::pawl_eval_get(self.ptr(), figure.as_raw()) };
        (!value.is_nan()).then_some(value)
    }

    /// All of it, with stable key names.
    pub fn json(&self) -> &str {
        // SAFETY: the text lives as long as the evaluation.
        unsafe { text(sys::pawl_eval_json(self.ptr())) }
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the text lives as long as the evaluation.
        f.write_str(unsafe { text(sys::pawl_eval_text(self.ptr())) })
    }
}

/// How well a model predicts a text, and how far it is from the reference, which has the same vocabulary. The ids are cut into
/// windows, each run from its beginning; of each the ids count that no window before has counted, without the window's first.
/// An encoder's hidden states are compared.
pub fn evaluate(
    context: &Context,
    model: &mut LanguageModel,
    reference: Option<&mut LanguageModel>,
    ids: &[i32],
    options: &EvalOptions,
) -> Result<Evaluation> {
    let (model, options) = (model.mut_ptr(), options.raw.ptr()?);
    let reference = reference.map_or(std::ptr::null_mut(), |reference| reference.mut_ptr());
    // SAFETY: handles and ids are valid; the two models are not the same, for both are borrowed alone.
    let raw = context.make(|c, out| unsafe {
        sys::pawl_eval_run(c, model, reference, ids.as_ptr(), ids.len(), options, out)
    })?;
    Ok(Evaluation { raw })
}

/// Writes a `.pawl` file with a decoder's weights, and the settings in `config.json`, as `model.safetensors` and
/// `config.json` in the folder `output`, which must exist, for transformers and vLLM. Codes and scales go over as they are.
/// Errors: [`Status::InvalidArgument`](crate::Status::InvalidArgument) naming the tensor that the format cannot hold; those
/// of reading and writing.
pub fn export_model(
    context: &Context,
    model_file: impl AsRef<Path>,
    config_file: impl AsRef<Path>,
    output: impl AsRef<Path>,
    format: ExportFormat,
) -> Result<()> {
    let model = c_path(model_file.as_ref())?;
    let (config, output) = (c_path(config_file.as_ref())?, c_path(output.as_ref())?);
    // SAFETY: the texts are valid.
    context.call(|c| unsafe {
        let (model, config, output) = (model.as_ptr(), config.as_ptr(), output.as_ptr());
        sys::pawl_language_model_export(c, model, config, output, format.as_raw())
    })
}

/// Reads a float decoder's folder and writes the same model into the folder `output`, which must exist, with random Hadamard
/// rotations (signs of `seed`) multiplied into its weights, f32: quantized, it loses less (QuaRot, Ashkboos et al. 2024).
/// Errors: [`Status::InvalidArgument`](crate::Status::InvalidArgument) for sizes without a Hadamard matrix and for what is no
/// such model; those of reading and writing.
pub fn rotate_model(
    context: &Context,
    folder: impl AsRef<Path>,
    output: impl AsRef<Path>,
    parts: Rotated,
    seed: u64,
) -> Result<()> {
    let (folder, output) = (c_path(folder.as_ref())?, c_path(output.as_ref())?);
    // SAFETY: the texts are valid.
    context.call(|c| unsafe {
        sys::pawl_language_model_rotate(c, folder.as_ptr(), output.as_ptr(), parts.as_raw(), seed)
    })
}
