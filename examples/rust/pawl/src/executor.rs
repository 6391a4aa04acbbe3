// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::any::Any;
use std::mem::ManuallyDrop;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};

use pawl_sys as sys;

use crate::error::{c_string, text, Error, Result};
use crate::{Calibrator, Context, Graph, Tensor};

options! {
    /// How an [`Executor`] runs.
    ExecutorOptions, Executor {
        /// Bytes of values at a time; 0: no limit.
        run_memory(i64) => RunMemory, |value| int(value);
        /// Operators may be merged.
        fuse(bool) => Fuse, |value| int(value.into());
        /// Each run keeps copies of the observed values, for [`Executor::observed`].
        keep_observed(bool) => KeepObserved, |value| int(value.into());
    }
}

/// What a node took.
#[derive(Clone, Debug, PartialEq)]
pub struct NodeTime {
    /// The node's name, and its operator.
    pub name: String,
    /// "Conv" ...
    pub operator: String,
    /// How often it ran.
    pub runs: u64,
    /// In all.
    pub seconds: f64,
}

handle! {
    /// Runs a [`Graph`]. Weights are packed once; after the first run of a shape nothing is allocated.
    Executor, pawl_executor, pawl_executor_destroy
}

struct Observing<'a> {
    see: &'a mut dyn FnMut(&str, &Tensor<'_>) -> Result<()>,
    error: Option<Error>,
    panic: Option<Box<dyn Any + Send>>,
}

unsafe extern "C" fn observe(user: *mut c_void, name: *const c_char, tensor: *const sys::pawl_tensor) -> i32 {
    let observing = &mut *(user as *mut Observing<'_>);
    // It belongs to Pawl, and is valid during the call.
    let tensor = ManuallyDrop::new(Tensor::borrowed(tensor));
    match catch_unwind(AssertUnwindSafe(|| (observing.see)(text(name), &tensor))) {
        Ok(Ok(())) => 0,
        Ok(Err(error)) => {
            let status = error.status().as_raw();
            observing.error = Some(error);
            status
        }
        Err(panic) => {
            observing.panic = Some(panic);
            sys::PAWL_ABORTED as i32
        }
    }
}

/// Takes the callback away, also where a panic of another callback leaves the call.
struct Unset<'a> {
    context: &'a Context,
    executor: *mut sys::pawl_executor,
}

impl Drop for Unset<'_> {
    fn drop(&mut self) {
        // SAFETY: the executor is borrowed for longer than this lives.
        unsafe {
            sys::pawl_executor_set_observer(self.context.raw(), self.executor, None, std::ptr::null_mut());
        }
    }
}

impl Executor {
    /// Packs the weights on the context's threads. `observe` are names of values that will be looked at. Errors name the
    /// node whose operator Pawl lacks, or whose inputs do not fit.
    pub fn new(
        context: &Context,
        graph: &Graph,
        options: &ExecutorOptions,
        observe: &[&str],
    ) -> Result<Self> {
        let options = options.raw.ptr()?;
        let names = observe.iter().map(c_string).collect::<Result<Vec<_>>>()?;
        let pointers: Vec<_> = names.iter().map(|name| name.as_ptr()).collect();
        // SAFETY: handles and texts are valid.
        let raw = context.make(|c, out| unsafe {
            sys::pawl_executor_create(c, graph.ptr(), options, pointers.as_ptr(), pointers.len(), out)
        })?;
        Ok(Executor { raw })
    }

    /// Another one of the same packed weights, for another thread.
    pub fn share(&self, context: &Context) -> Result<Self> {
        // SAFETY: the handle is valid.
        let raw = context.make(|c, out| unsafe { sys::pawl_executor_share(c, self.ptr(), out) })?;
        Ok(Executor { raw })
    }

    /// Runs on inputs in the order of [`Graph::inputs`]; [`Executor::output`] has the results.
    pub fn run(&mut self, context: &Context, inputs: &[&Tensor<'_>]) -> Result<()> {
        let inputs = pointers(inputs);
        // SAFETY: handles are valid; nothing of the inputs is kept.
        context
            .call(|c| unsafe { sys::pawl_executor_run(c, self.mut_ptr(), inputs.as_ptr(), inputs.len()) })
    }

    /// The same, and `see` gets every observed value right after it was computed. An error or a panic of it ends the run
    /// and comes out here.
    pub fn run_observed(
        &mut self,
        context: &Context,
        inputs: &[&Tensor<'_>],
        mut see: impl FnMut(&str, &Tensor<'_>) -> Result<()>,
    ) -> Result<()> {
        let mut observing = Observing { see: &mut see, error: None, panic: None };
        let user = &mut observing as *mut Observing<'_> as *mut c_void;
        // SAFETY: the callback is taken away before what it uses is gone.
        context
            .call(|c| unsafe { sys::pawl_executor_set_observer(c, self.mut_ptr(), Some(observe), user) })?;
        let unset = Unset { context, executor: self.mut_ptr() };
        let result = self.run(context, inputs);
        drop(unset);
        if let Some(panic) = observing.panic {
            resume_unwind(panic);
        }
        match observing.error {
            Some(error) => Err(error),
            None => result,
        }
    }

    /// One batch: runs, and gives every observed value of a float type to the calibrator.
    pub fn calibrate(
        &mut self,
        context: &Context,
        inputs: &[&Tensor<'_>],
        calibrator: &mut Calibrator,
    ) -> Result<()> {
        let inputs = pointers(inputs);
        // SAFETY: handles are valid; nothing of the inputs is kept.
        context.call(|c| unsafe {
            sys::pawl_executor_calibrate(
                c,
                self.mut_ptr(),
                inputs.as_ptr(),
                inputs.len(),
                calibrator.mut_ptr(),
            )
        })
    }

    /// A result of the last run, in the executor's own memory: it is borrowed until the next run.
    pub fn output(&self, context: &Context, index: usize) -> Result<Tensor<'_>> {
        // SAFETY: a run takes &mut.
        let raw =
            context.make(|c, out| unsafe { sys::pawl_executor_output_view(c, self.ptr(), index, out) })?;
        Ok(Tensor::from_raw(raw))
    }

    /// A value of the last run, with [`ExecutorOptions::keep_observed`].
    pub fn observed(&self, context: &Context, name: &str) -> Result<Tensor<'static>> {
        let name = c_string(name)?;
        // SAFETY: handle and text are valid; the tensor is a copy.
        Tensor::made(
            context.make(|c, out| unsafe { sys::pawl_executor_observed(c, self.ptr(), name.as_ptr(), out) }),
        )
    }

    /// From now on, or no longer; the times so far go.
    pub fn time_nodes(&mut self, context: &Context, on: bool) -> Result<()> {
        // SAFETY: the handle is valid, here and below.
        context.call(|c| unsafe { sys::pawl_executor_time_nodes(c, self.mut_ptr(), on.into()) })
    }

    /// Of the nodes that ran, in the order of running.
    pub fn times(&self) -> Vec<NodeTime> {
        let executor = self.ptr();
        // SAFETY: texts are copied.
        unsafe {
            (0..sys::pawl_executor_time_count(executor))
                .map(|index| NodeTime {
                    name: text(sys::pawl_executor_time_node(executor, index)).to_string(),
                    operator: text(sys::pawl_executor_time_operator(executor, index)).to_string(),
                    runs: sys::pawl_executor_time_runs(executor, index),
                    seconds: sys::pawl_executor_time_seconds(executor, index),
                })
                .collect()
        }
    }

    /// Bytes that the shapes run so far need for values at a time.
    pub fn arena_bytes(&self) -> usize {
        unsafe { sys::pawl_executor_arena_bytes(self.ptr()) }
    }

    /// Bytes of packed weights beside the graph's own.
    pub fn packed_bytes(&self) -> usize {
        unsafe { sys::pawl_executor_packed_bytes(self.ptr()) }
    }
}

fn pointers(tensors: &[&Tensor<'_>]) -> Vec<*const sys::pawl_tensor> {
    tensors.iter().map(|tensor| tensor.ptr()).collect()
}
