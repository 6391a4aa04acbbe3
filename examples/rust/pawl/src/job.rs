// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::fmt;
use std::path::Path;

use pawl_sys as sys;

use crate::error::{c_path, c_string, text, Result};
use crate::{Context, ReportFigure};

handle! {
    /// Which tensors become what.
    Recipe, pawl_recipe, pawl_recipe_destroy
}

impl Recipe {
    pub(crate) fn from_raw(raw: std::ptr::NonNull<sys::pawl_recipe>) -> Self {
        Recipe { raw }
    }

    /// One scheme for every tensor that can have it.
    pub fn for_scheme(context: &Context, scheme: &str) -> Result<Self> {
        let scheme = c_string(scheme)?;
        // SAFETY: the text is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_recipe_for_scheme(c, scheme.as_ptr(), out) })?;
        Ok(Recipe { raw })
    }

    /// Versioned JSON. Errors name the rule or the field, with the nearest valid words.
    pub fn from_json(context: &Context, json: &str) -> Result<Self> {
        // SAFETY: the text is valid, and has a length.
        let raw = context.make(|c, out| unsafe {
            sys::pawl_recipe_from_json(c, json.as_ptr() as *const _, json.len(), std::ptr::null(), out)
        })?;
        Ok(Recipe { raw })
    }

    /// The same from a file.
    pub fn load(context: &Context, path: impl AsRef<Path>) -> Result<Self> {
        let path = c_path(path.as_ref())?;
        // SAFETY: the text is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_recipe_load(c, path.as_ptr(), out) })?;
        Ok(Recipe { raw })
    }

    /// Tensors whose names match the pattern (RE2) stay as they are, before any rule.
    pub fn exclude(&mut self, context: &Context, pattern: &str) -> Result<()> {
        let pattern = c_string(pattern)?;
        // SAFETY: handle and text are valid.
        context.call(|c| unsafe { sys::pawl_recipe_exclude(c, self.mut_ptr(), pattern.as_ptr()) })
    }

    /// Its JSON.
    pub fn to_json(&self) -> &str {
        // SAFETY: valid until the recipe is changed, which takes &mut.
        unsafe { text(sys::pawl_recipe_json(self.ptr())) }
    }
}

options! {
    /// What a [`Job`] reads and writes.
    JobOptions, Job {
        /// A safetensors file, an index of shards, or a folder.
        input(&Path) => Input, |value| path(value);
        /// The `.pawl` file to write; not needed in a dry run.
        output(&Path) => Output, |value| path(value);
        /// A safetensors file of importances by weight's name.
        calibration(&Path) => Calibration, |value| path(value);
        /// Ids of a text, on which a decoder is calibrated layer by layer; not with [`JobOptions::calibration`].
        calibration_ids(&[i32]) => CalibrationIds, |value| ints(value);
        /// Ids of a window; 0: the model's own context.
        calibration_context(i64) => CalibrationContext, |value| int(value);
        /// llama.cpp's; counts before other importances.
        imatrix(&Path) => Imatrix, |value| path(value);
        /// Where to write what the ids gave, as llama.cpp does.
        imatrix_output(&Path) => ImatrixOutput, |value| path(value);
        /// Decide and estimate, write nothing.
        dry_run(bool) => DryRun, |value| int(value.into());
        /// Bytes; 0: no limit.
        max_memory(i64) => MaxMemory, |value| int(value);
        /// Go on with what an interrupted run of this job left, or leave what is done for the next one.
        resume(bool) => Resume, |value| int(value.into());
        /// Of the input, how much a kill may cost.
        checkpoint_bytes(i64) => CheckpointBytes, |value| int(value);
    }
}

handle! {
    /// A file of float tensors and a recipe in, a `.pawl` file and a report out.
    Job, pawl_job, pawl_job_destroy
}

impl Job {
    /// Options and recipe are copied.
    pub fn new(context: &Context, options: &JobOptions, recipe: &Recipe) -> Result<Self> {
        let options = options.raw.ptr()?;
        // SAFETY: handles are valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_job_create(c, options, recipe.ptr(), out) })?;
        Ok(Job { raw })
    }

    /// Runs on the context's threads. After an error or a cancellation there is no output file, or the one that was
    /// there before. A job may run again.
    pub fn run(&self, context: &Context) -> Result<Report> {
        // SAFETY: the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_job_run(c, self.ptr(), out) })?;
        Ok(Report { raw })
    }
}

handle! {
    /// What a job did, and why; `Display` is the text for people.
    Report, pawl_report, pawl_report_destroy
}

impl Report {
    /// All of it, with stable key names.
    pub fn json(&self) -> &str {
        // SAFETY: the text lives as long as the report.
        unsafe { text(sys::pawl_report_json(self.ptr())) }
    }

    /// Of the whole; NaN for a figure that there is not.
    pub fn total(&self, figure: ReportFigure) -> f64 {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_report_total(self.ptr(), figure.as_raw()) }
    }

    /// What is known of each tensor.
    pub fn tensors(&self) -> impl Iterator<Item = TensorReport<'_>> {
        // SAFETY: the handle is valid.
        let count = unsafe { sys::pawl_report_count(self.ptr()) };
        (0..count).map(move |index| TensorReport { report: self, index })
    }

    /// What else should be known.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        // SAFETY: the texts live as long as the report.
        let count = unsafe { sys::pawl_report_note_count(self.ptr()) };
        (0..count).map(move |index| unsafe { text(sys::pawl_report_note(self.ptr(), index)) })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // SAFETY: the text lives as long as the report.
        f.write_str(unsafe { text(sys::pawl_report_text(self.ptr())) })
    }
}

/// One tensor's part of a [`Report`].
#[derive(Clone, Copy)]
pub struct TensorReport<'a> {
    report: &'a Report,
    index: usize,
}

impl<'a> TensorReport<'a> {
    /// Its name.
    pub fn name(&self) -> &'a str {
        // SAFETY: the texts live as long as the report, here and below.
        unsafe { text(sys::pawl_report_tensor_name(self.report.ptr(), self.index)) }
    }

    /// Empty where it is not quantized.
    pub fn scheme(&self) -> &'a str {
        unsafe { text(sys::pawl_report_tensor_scheme(self.report.ptr(), self.index)) }
    }

    /// Why it is not quantized, or not as the rule says.
    pub fn reason(&self) -> &'a str {
        unsafe { text(sys::pawl_report_tensor_reason(self.report.ptr(), self.index)) }
    }

    /// NaN for a figure that there is not.
    pub fn figure(&self, figure: ReportFigure) -> f64 {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_report_tensor(self.report.ptr(), self.index, figure.as_raw()) }
    }
}
