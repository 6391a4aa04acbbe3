// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! Quantizes neural-network models and runs the quantized layers, exactly and fast, on a CPU: the safe side of Pawl's
//! C library, which must be installed (see the crate `pawl-sys`).
//!
//! ```
//! # fn main() -> pawl::Result<()> {
//! use pawl::*;
//!
//! let context = Context::new(ContextOptions::new().threads(2))?;
//! let weights: Vec<f32> = (0..256 * 64).map(|i| (i as f32).sin()).collect(); // [out, in]
//! let weights = Tensor::view(&context, &[256, 64], &weights)?;
//! let scheme = Scheme::parse(&context, "int4:g32")?;
//! let (quantized, _) = QuantizedTensor::quantize(&context, &weights, &scheme, &QuantizeOptions::new())?;
//! let layer = Linear::new(&context, &quantized, &LinearOptions::new().mode(LinearMode::DynamicInt8))?;
//! let (x, mut y) = (vec![1.0f32; 3 * 64], vec![0.0f32; 3 * 256]);
//! layer.run(&context, &x, &mut y)?;
//! assert!(quantized.compare(&context, &weights)?.sqnr_db > 15.0);
//! # Ok(())
//! # }
//! ```
//!
//! Threads are as Rust has them: a [`Context`] is `Send` but not `Sync`, as are [`Moments`] and [`LanguageModel`];
//! everything else is both, so that a layer may be run by many threads, each with a context of its own. [`Canceller`]s
//! cancel from any thread. Errors carry a [`Status`] and a message that names what is wrong.
//!
//! What is not here (block formats, packed layers, fake quantization) is in `pawl_sys`.

#![warn(missing_docs)]

#[macro_use]
mod macros;

mod checkpoint;
mod context;
mod conv;
pub mod dlpack;
mod embedding;
mod enums;
mod error;
mod executor;
mod files;
mod graph;
mod graph_job;
mod job;
mod language_model;
mod linear;
mod method_options;
mod methods;
mod observe;
mod options;
mod quantize;
mod tensor;

pub use checkpoint::Checkpoint;
pub use context::{Canceller, Context, ContextOptions, Progress};
pub use conv::{Conv, ConvOptions};
pub use embedding::Embedding;
pub use enums::*;
pub use error::{Error, Result};
pub use executor::{Executor, ExecutorOptions, NodeTime};
pub use files::{FileReader, FileWriter, ModelReader};
pub use graph::{operators, Dim, Graph, Node, Operator, Value};
pub use graph_job::{GraphAnalysis, GraphJob, GraphJobOptions, GraphReport, LayerReport, OutputReport};
pub use job::{Job, JobOptions, Recipe, Report, TensorReport};
pub use language_model::{
    evaluate, export_model, rotate_model, EvalOptions, Evaluation, LanguageModel, LanguageModelOptions,
};
pub use linear::{Linear, LinearOptions};
pub use method_options::{
    AwqOptions, BlockSearchOptions, FactorOptions, GptqOptions, HqqOptions, PruningOptions,
};
pub use methods::{
    awq, awq_clip, awq_scales, correct_for_inputs, gptq, hqq, prune, scale_columns, search_blocks,
    smooth_quant_scales, sparse_gpt, Factor, MethodFigures, Moments,
};
pub use observe::{Calibrator, Observer, ObserverOptions, QParams, RangeOptions};
pub use quantize::{ErrorFigures, QuantizeOptions, QuantizeStats, QuantizedTensor, Scheme};
pub use tensor::{Bf16, Element, Tensor, F16};

use options::RawOptions;

/// The loaded library's version: "0.1.0".
pub fn version() -> &'static str {
    // SAFETY: a static text.
    unsafe { error::text(pawl_sys::pawl_version_string()) }
}

/// The names in a list of the library's: schemes and the words of their texts, instruction sets,
/// methods ...
pub fn list(list: ListId) -> impl Iterator<Item = &'static str> {
    // SAFETY: static texts.
    let count = unsafe { pawl_sys::pawl_list_count(list.as_raw()) };
    (0..count).map(move |index| unsafe { error::text(pawl_sys::pawl_list_name(list.as_raw(), index)) })
}

/// A line about each name of [`list`], empty where the name says it all.
pub fn descriptions(list: ListId) -> impl Iterator<Item = &'static str> {
    // SAFETY: static texts.
    let count = unsafe { pawl_sys::pawl_list_count(list.as_raw()) };
    (0..count)
        .map(move |index| unsafe { error::text(pawl_sys::pawl_list_description(list.as_raw(), index)) })
}

/// Compiles the program in the README.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
