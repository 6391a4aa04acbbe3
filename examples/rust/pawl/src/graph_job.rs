// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::any::Any;
use std::fmt;
use std::os::raw::c_void;
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::path::Path;

use pawl_sys as sys;

use crate::error::{text, Error, Result};
use crate::{
    Context, ContextOptions, Graph, GraphFigure, GraphFormat, GraphMode, GraphTarget, PassChoice, Recipe,
    Tensor,
};

options! {
    /// What a [`GraphJob`] reads, does and writes.
    GraphJobOptions, GraphJob {
        /// An ONNX file; or [`GraphJob::set_graph`].
        input(&Path) => GraphInput, |value| path(value);
        /// The ONNX file to write; without one the model is in the report alone: [`GraphReport::graph`].
        output(&Path) => GraphOutput, |value| path(value);
        /// Samples: `.npz`, `.npy`, or a folder of such files; or [`GraphJob::add_sample`].
        calibration(&Path) => GraphCalibration, |value| path(value);
        /// What becomes codes, and when.
        mode(GraphMode) => GraphMode, |value| int(value.as_raw().into());
        /// Whose rules the model follows.
        target(GraphTarget) => GraphTarget, |value| int(value.as_raw().into());
        /// How it is written.
        format(GraphFormat) => GraphFormat, |value| int(value.as_raw().into());
        /// How many samples the result is compared on.
        check_samples(i64) => GraphCheckSamples, |value| int(value);
        /// Layers stay in float until the outputs are that near; negative: no bound.
        max_drop(f64) => GraphMaxDrop, |value| double(value);
        /// Of the bound: "sqnr" or "top1".
        metric(&str) => GraphMetric, |value| string(value);
        /// Decide, but observe and write nothing.
        dry_run(bool) => GraphDryRun, |value| int(value.into());
        /// Bytes of values at a time; 0: no limit.
        run_memory(i64) => GraphRunMemory, |value| int(value);
        /// Ranges of activations by more ways than the recipe's.
        range_search(PassChoice) => RangeSearch, |value| int(value.as_raw().into());
        /// Weight ranges of the least squared error.
        clip_search(PassChoice) => ClipSearch, |value| int(value.as_raw().into());
        /// The mean error of rounded weights is taken out of the bias.
        bias_correction(PassChoice) => BiasCorrection, |value| int(value.as_raw().into());
        /// Cross-layer equalization.
        equalize(PassChoice) => Equalize, |value| int(value.as_raw().into());
        /// SmoothQuant.
        smooth_quant(PassChoice) => SmoothQuant, |value| int(value.as_raw().into());
        /// Of SmoothQuant, in [0, 1]: the share of ranges that goes to weights.
        smooth_alpha(f64) => SmoothAlpha, |value| double(value);
        /// Weights are rounded for the inputs that the samples give them (GPTQ).
        fitted_rounding(PassChoice) => FittedRounding, |value| int(value.as_raw().into());
    }
}

handle! {
    RawGraphJob, pawl_graph_job, pawl_graph_job_destroy
}

type MakeSample = Box<dyn FnMut(&Context, usize) -> Result<Vec<Tensor<'static>>> + Send>;

/// What makes samples when their turn comes.
struct Source {
    make: MakeSample,
    context: Context, // that of the run is in use
    error: Option<Error>,
    panic: Option<Box<dyn Any + Send>>,
}

impl Source {
    /// Other handles of the same memory, which the library gives back.
    fn sample(&mut self, index: usize, places: &mut [*mut sys::pawl_tensor]) -> Result<()> {
        let tensors = (self.make)(&self.context, index)?;
        if tensors.len() != places.len() {
            return Err(Error::invalid(format!(
                "sample {} has {} tensors for {} inputs",
                index,
                tensors.len(),
                places.len()
            )));
        }
        for (tensor, place) in tensors.iter().zip(places) {
            // SAFETY: the tensor and its shape are valid.
            let shared = self.context.make(|c, out| unsafe {
                let (shape, rank) =
                    (sys::pawl_tensor_shape(tensor.ptr()), sys::pawl_tensor_rank(tensor.ptr()));
                sys::pawl_tensor_reshape(c, tensor.ptr(), shape, rank, out)
            })?;
            *place = shared.as_ptr();
        }
        Ok(())
    }
}

unsafe extern "C" fn make_sample(
    user: *mut c_void,
    index: usize,
    inputs: *mut *mut sys::pawl_tensor,
    num_inputs: usize,
) -> i32 {
    let source = &mut *(user as *mut Source);
    let places = if num_inputs == 0 {
        &mut [] // the pointer may be null
    } else {
        std::slice::from_raw_parts_mut(inputs, num_inputs)
    };
    match catch_unwind(AssertUnwindSafe(|| source.sample(index, places))) {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => {
            let status = error.status().as_raw();
            source.error = Some(error);
            status
        }
        Err(panic) => {
            source.panic = Some(panic);
            sys::PAWL_ABORTED as i32
        }
    }
}

/// A source as the library has it, too.
struct SharedSource(*mut Source);

// SAFETY: all of a source is Send, and it is reached through &mut GraphJob only.
unsafe impl Send for SharedSource {}

impl Drop for SharedSource {
    fn drop(&mut self) {
        // SAFETY: made by Box::into_raw, given back once.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// An ONNX model, a recipe and samples in, a quantized ONNX model and a report out.
pub struct GraphJob {
    raw: RawGraphJob, // goes before what it calls
    source: Option<SharedSource>,
}

impl GraphJob {
    /// Options and recipe are copied; without a recipe every layer becomes int8.
    pub fn new(context: &Context, options: &GraphJobOptions, recipe: Option<&Recipe>) -> Result<Self> {
        let options = options.raw.ptr()?;
        let recipe = recipe.map_or(std::ptr::null(), |recipe| recipe.ptr());
        // SAFETY: handles are valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_graph_job_create(c, options, recipe, out) })?;
        Ok(GraphJob { raw: RawGraphJob { raw }, source: None })
    }

    /// A model in memory in place of [`GraphJobOptions::input`]; it is shared.
    pub fn set_graph(&mut self, context: &Context, graph: &Graph) -> Result<()> {
        // SAFETY: handles are valid.
        context.call(|c| unsafe { sys::pawl_graph_job_set_graph(c, self.raw.mut_ptr(), graph.ptr()) })
    }

    /// One call of the model to calibrate and to check on: tensors in the order of [`Graph::inputs`](crate::Graph::inputs),
    /// whose memory is shared.
    pub fn add_sample(&mut self, context: &Context, inputs: &[&Tensor<'static>]) -> Result<()> {
        let inputs: Vec<_> = inputs.iter().map(|tensor| tensor.ptr()).collect();
        // SAFETY: handles are valid, and the tensors own what they look at.
        context.call(|c| unsafe {
            sys::pawl_graph_job_add_sample(c, self.raw.mut_ptr(), inputs.as_ptr(), inputs.len())
        })
    }

    /// `count` samples of a model with `num_inputs` inputs, made when their turn comes, so that memory does not grow with
    /// their number, in place of those that were added. `make` gets a context for their tensors and the index, in any order
    /// and more than once, and gives the same values each time. An error or a panic of it ends the run and comes out there.
    pub fn set_samples(
        &mut self,
        context: &Context,
        count: usize,
        num_inputs: usize,
        make: impl FnMut(&Context, usize) -> Result<Vec<Tensor<'static>>> + Send + 'static,
    ) -> Result<()> {
        let own = Context::new(ContextOptions::new().threads(1))?;
        let source = Source { make: Box::new(make), context: own, error: None, panic: None };
        let source = SharedSource(Box::into_raw(Box::new(source)));
        let user = source.0 as *mut c_void;
        // SAFETY: what the job calls lives as long as the job, or until the next one is set.
        context.call(|c| unsafe {
            sys::pawl_graph_job_set_samples(c, self.raw.mut_ptr(), count, num_inputs, Some(make_sample), user)
        })?;
        self.source = Some(source);
        Ok(())
    }

    /// Runs on the context's threads. After an error or a cancellation there is no output file, or the one that was
    /// there before. A job may run again.
    pub fn run(&mut self, context: &Context) -> Result<GraphReport> {
        let job = self.raw.ptr();
        // SAFETY: the handle is valid.
        let made = context.make(|c, out| unsafe { sys::pawl_graph_job_run(c, job, out) });
        Ok(GraphReport { raw: self.outcome(made)? })
    }

    /// What a static job would do, layer by layer; nothing is written.
    pub fn analyze(&mut self, context: &Context) -> Result<GraphAnalysis> {
        let job = self.raw.ptr();
        // SAFETY: the handle is valid.
        let made = context.make(|c, out| unsafe { sys::pawl_graph_job_analyze(c, job, out) });
        Ok(GraphAnalysis { raw: self.outcome(made)? })
    }

    /// What the function for samples said comes before what the library made of it.
    fn outcome<T>(&mut self, made: Result<T>) -> Result<T> {
        if let Some(source) = &self.source {
            // SAFETY: the run that called it is over.
            let source = unsafe { &mut *source.0 };
            if let Some(panic) = source.panic.take() {
                resume_unwind(panic);
            }
            if let (Err(_), Some(error)) = (&made, source.error.take()) {
                return Err(error);
            }
        }
        made
    }
}

handle! {
    /// What a [`GraphJob`] did, and why; `Display` is the text for people.
    GraphReport, pawl_graph_report, pawl_graph_report_destroy
}

impl GraphReport {
    /// All of it, with stable key names.
    pub fn json(&self) -> &str {
        // SAFETY: the texts live as long as the report, here and below.
        unsafe { text(sys::pawl_graph_report_json(self.ptr())) }
    }

    /// The quantized model, to run or to save; none after a dry run.
    pub fn graph(&self, context: &Context) -> Result<Graph> {
        // SAFETY: the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_graph_report_graph(c, self.ptr(), out) })?;
        Ok(Graph::from_raw(raw))
    }

    /// Of the whole; NaN for a figure that there is not.
    pub fn total(&self, figure: GraphFigure) -> f64 {
        unsafe { sys::pawl_graph_report_total(self.ptr(), figure.as_raw()) }
    }

    /// Nodes with weights, and products of two activations.
    pub fn layers(&self) -> impl Iterator<Item = LayerReport<'_>> {
        let count = unsafe { sys::pawl_graph_report_layer_count(self.ptr()) };
        (0..count).map(move |index| LayerReport { report: self, index })
    }

    /// Outputs of the written model against those of the float one, by name; none without samples.
    pub fn outputs(&self) -> impl Iterator<Item = (&str, OutputReport<'_>)> {
        let count = unsafe { sys::pawl_graph_report_output_count(self.ptr()) };
        (0..count).map(move |index| {
            let name = unsafe { text(sys::pawl_graph_report_output_name(self.ptr(), index)) };
            (name, OutputReport { report: self, index })
        })
    }

    /// What was done to the graph, and what that brought.
    pub fn passes(&self) -> impl Iterator<Item = &str> {
        let count = unsafe { sys::pawl_graph_report_pass_count(self.ptr()) };
        (0..count).map(move |index| unsafe { text(sys::pawl_graph_report_pass(self.ptr(), index)) })
    }

    /// What else should be known.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        let count = unsafe { sys::pawl_graph_report_note_count(self.ptr()) };
        (0..count).map(move |index| unsafe { text(sys::pawl_graph_report_note(self.ptr(), index)) })
    }
}

impl fmt::Display for GraphReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the text lives as long as the report.
        f.write_str(unsafe { text(sys::pawl_graph_report_text(self.ptr())) })
    }
}

/// One layer's part of a [`GraphReport`].
#[derive(Clone, Copy)]
pub struct LayerReport<'a> {
    report: &'a GraphReport,
    index: usize,
}

impl<'a> LayerReport<'a> {
    /// Of its node.
    pub fn name(&self) -> &'a str {
        // SAFETY: the texts live as long as the report, here and below.
        unsafe { text(sys::pawl_graph_report_layer_name(self.report.ptr(), self.index)) }
    }

    /// "Conv" ...
    pub fn operator(&self) -> &'a str {
        unsafe { text(sys::pawl_graph_report_layer_operator(self.report.ptr(), self.index)) }
    }

    /// Name of its weights; empty for a product of activations.
    pub fn weights(&self) -> &'a str {
        unsafe { text(sys::pawl_graph_report_layer_weights(self.report.ptr(), self.index)) }
    }

    /// Of its weights; empty where it is not quantized.
    pub fn scheme(&self) -> &'a str {
        unsafe { text(sys::pawl_graph_report_layer_scheme(self.report.ptr(), self.index)) }
    }

    /// "uint8", "float" ...
    pub fn activations(&self) -> &'a str {
        unsafe { text(sys::pawl_graph_report_layer_activations(self.report.ptr(), self.index)) }
    }

    /// Why it is not quantized, or not as asked.
    pub fn reason(&self) -> &'a str {
        unsafe { text(sys::pawl_graph_report_layer_reason(self.report.ptr(), self.index)) }
    }

    /// NaN for a figure that there is not.
    pub fn figure(&self, figure: GraphFigure) -> f64 {
        unsafe { sys::pawl_graph_report_layer(self.report.ptr(), self.index, figure.as_raw()) }
    }
}

/// One output's part of a [`GraphReport`].
#[derive(Clone, Copy)]
pub struct OutputReport<'a> {
    report: &'a GraphReport,
    index: usize,
}

impl OutputReport<'_> {
    /// NaN for a figure that there is not.
    pub fn figure(&self, figure: GraphFigure) -> f64 {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_graph_report_output(self.report.ptr(), self.index, figure.as_raw()) }
    }
}

handle! {
    /// What [`GraphJob::analyze`] found; `Display` is the text for people.
    GraphAnalysis, pawl_graph_analysis, pawl_graph_analysis_destroy
}

impl GraphAnalysis {
    /// All of it, with stable key names.
    pub fn json(&self) -> &str {
        // SAFETY: the text lives as long as the analysis.
        unsafe { text(sys::pawl_graph_analysis_json(self.ptr())) }
    }

    /// One that meets the bound asked for, by keeping the costliest layers in float.
    pub fn recipe(&self, context: &Context) -> Result<Recipe> {
        // SAFETY: the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_graph_analysis_recipe(c, self.ptr(), out) })?;
        Ok(Recipe::from_raw(raw))
    }
}

impl fmt::Display for GraphAnalysis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the text lives as long as the analysis.
        f.write_str(unsafe { text(sys::pawl_graph_analysis_text(self.ptr())) })
    }
}
