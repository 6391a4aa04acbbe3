// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

use std::any::Any;
use std::cell::Cell;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::os::raw::{c_char, c_void};
use std::panic::{catch_unwind, resume_unwind, AssertUnwindSafe};
use std::ptr::{self, NonNull};
use std::sync::Arc;

use pawl_sys as sys;

use crate::error::{text, Error, Result};
use crate::{LogLevel, OptionId, OptionsKind, RawOptions};

type Log = Box<dyn FnMut(LogLevel, &str) + Send>;
type OnProgress = Box<dyn FnMut(Progress<'_>) -> ControlFlow<()> + Send>;

/// How far a call is: `done` of `total` `unit`s of a stage, with the tensor or layer at hand.
#[derive(Clone, Copy, Debug)]
pub struct Progress<'a> {
    /// "quantize", "write" ...
    pub stage: &'a str,
    /// A tensor or layer.
    pub item: &'a str,
    /// Units that are done.
    pub done: u64,
    /// Units in all; `None` where that is not known.
    pub total: Option<u64>,
    /// "bytes" ...
    pub unit: &'a str,
}

/// Settings of a [`Context`].
pub struct ContextOptions {
    raw: RawOptions,
    log: Option<Log>,
    progress: Option<OnProgress>,
}

impl Default for ContextOptions {
    fn default() -> Self {
        ContextOptions { raw: RawOptions::new(OptionsKind::Context), log: None, progress: None }
    }
}

impl ContextOptions {
    /// All defaults: every processor, the best instruction set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Workers, the caller among them; 0: as many as the process may run on.
    pub fn threads(mut self, threads: usize) -> Self {
        self.raw.int(OptionId::Threads, i64::try_from(threads).unwrap_or(i64::MAX));
        self
    }

    /// An instruction set by its name in [`ListId::Targets`](crate::ListId::Targets).
    pub fn target(mut self, target: &str) -> Self {
        self.raw.string(OptionId::Target, target);
        self
    }

    /// How long an idle worker spins before it sleeps.
    pub fn spin_microseconds(mut self, microseconds: i64) -> Self {
        self.raw.int(OptionId::SpinMicroseconds, microseconds);
        self
    }

    /// Called on the thread that called Pawl.
    pub fn on_log(mut self, log: impl FnMut(LogLevel, &str) + Send + 'static) -> Self {
        self.log = Some(Box::new(log));
        self
    }

    /// Called on the thread that called Pawl; [`ControlFlow::Break`] cancels, as [`Canceller::cancel`] does.
    pub fn on_progress(
        mut self,
        progress: impl FnMut(Progress<'_>) -> ControlFlow<()> + Send + 'static,
    ) -> Self {
        self.progress = Some(Box::new(progress));
        self
    }
}

struct Callbacks {
    log: Option<Log>,
    progress: Option<OnProgress>,
    panic: Option<Box<dyn Any + Send>>,
    context: *mut sys::pawl_context,
}

impl Callbacks {
    /// No panic may cross into C: it is kept, the call is cancelled, and the caller gets it when that has returned.
    fn guard(&mut self, call: impl FnOnce(&mut Self) -> ControlFlow<()>) {
        if self.panic.is_some() {
            return;
        }
        let outcome = catch_unwind(AssertUnwindSafe(|| call(self)));
        let cancel = match outcome {
            Ok(flow) => flow.is_break(),
            Err(panic) => {
                self.panic = Some(panic);
                true
            }
        };
        if cancel {
            // SAFETY: the context is in the call that called this.
            unsafe { sys::pawl_context_cancel(self.context) };
        }
    }
}

unsafe extern "C" fn log_callback(user: *mut c_void, level: i32, message: *const c_char) {
    let callbacks = &mut *(user as *mut Callbacks);
    callbacks.guard(|callbacks| {
        if let Some(log) = &mut callbacks.log {
            log(LogLevel::from_raw(level).unwrap_or(LogLevel::Error), text(message));
        }
        ControlFlow::Continue(())
    });
}

unsafe extern "C" fn progress_callback(
    user: *mut c_void,
    stage: *const c_char,
    item: *const c_char,
    done: u64,
    total: u64,
    unit: *const c_char,
) {
    let callbacks = &mut *(user as *mut Callbacks);
    callbacks.guard(|callbacks| match &mut callbacks.progress {
        Some(progress) => progress(Progress {
            stage: text(stage),
            item: text(item),
            done,
            total: (total != 0).then_some(total),
            unit: text(unit),
        }),
        None => ControlFlow::Continue(()),
    });
}

/// What a context and its cancellers share.
struct Shared {
    raw: *mut sys::pawl_context,
    callbacks: *mut Callbacks, // as the library has it, too
}

// SAFETY: a context needs no particular thread, and callbacks are Send. What is not for any thread is reached through
// Context only, which is not Sync.
unsafe impl Send for Shared {}
unsafe impl Sync for Shared {}

impl Drop for Shared {
    fn drop(&mut self) {
        // SAFETY: owned, given back once; the callbacks outlive the context.
        unsafe {
            sys::pawl_context_destroy(self.raw);
            drop(Box::from_raw(self.callbacks));
        }
    }
}

/// Threads, instruction set and scratch memory of a piece of work.
///
/// One serves one thread at a time, and needs no particular one: it is `Send` and not `Sync`.
///
/// ```compile_fail
/// fn shared<T: Sync>() {}
/// shared::<pawl::Context>();
/// ```
pub struct Context {
    shared: Arc<Shared>,
    one_thread: PhantomData<Cell<()>>,
}

impl Context {
    /// Errors: [`Status::InvalidArgument`](crate::Status::InvalidArgument) for a target that is unknown or that this
    /// CPU lacks, with the list; [`Status::OutOfRange`](crate::Status::OutOfRange) for other values.
    pub fn new(options: ContextOptions) -> Result<Self> {
        let ContextOptions { mut raw, log, progress } = options;
        let callbacks =
            Box::into_raw(Box::new(Callbacks { log, progress, panic: None, context: ptr::null_mut() }));
        let mut shared = Shared { raw: ptr::null_mut(), callbacks };
        // SAFETY: the callbacks stay where they are until the context is gone.
        unsafe {
            if (*callbacks).log.is_some() {
                raw.check(|o| Ok(sys::pawl_options_set_log(o, Some(log_callback), callbacks as *mut c_void)));
            }
            if (*callbacks).progress.is_some() {
                raw.check(|o| {
                    Ok(sys::pawl_options_set_progress(o, Some(progress_callback), callbacks as *mut c_void))
                });
            }
            let status = sys::pawl_context_create(raw.mut_ptr()?, &mut shared.raw);
            if status != 0 {
                return Err(raw.last_error(status));
            }
            (*callbacks).context = shared.raw;
        }
        Ok(Context { shared: Arc::new(shared), one_thread: PhantomData })
    }

    /// Workers, the caller among them.
    pub fn threads(&self) -> usize {
        // SAFETY: the handle is valid.
        unsafe { sys::pawl_context_threads(self.raw()) }
    }

    /// The instruction set's name.
    pub fn target(&self) -> &str {
        // SAFETY: the text lives as long as the context.
        unsafe { text(sys::pawl_context_target(self.raw())) }
    }

    /// For other threads: cancels what this context does, and tells how far it is.
    pub fn canceller(&self) -> Canceller {
        Canceller { shared: Arc::clone(&self.shared) }
    }

    /// After a cancellation: calls work again.
    pub fn reset_cancel(&self) {
        // SAFETY: this is the context's own thread.
        unsafe { sys::pawl_context_reset_cancel(self.raw()) }
    }

    pub(crate) fn raw(&self) -> *mut sys::pawl_context {
        self.shared.raw
    }

    /// Makes one call: a panic of a callback goes on here, a status becomes a Result.
    pub(crate) fn call(&self, call: impl FnOnce(*mut sys::pawl_context) -> i32) -> Result<()> {
        let status = call(self.raw());
        // SAFETY: callbacks run during calls only, and this one is over.
        if let Some(panic) = unsafe { (*self.shared.callbacks).panic.take() } {
            self.reset_cancel();
            resume_unwind(panic);
        }
        if status == 0 {
            return Ok(());
        }
        // SAFETY: the text is copied before the next call.
        Err(Error::from_raw(status, unsafe { text(sys::pawl_context_last_error(self.raw())) }))
    }

    /// The same for a call that makes a handle.
    pub(crate) fn make<T>(
        &self,
        call: impl FnOnce(*mut sys::pawl_context, *mut *mut T) -> i32,
    ) -> Result<NonNull<T>> {
        let mut raw = ptr::null_mut();
        self.call(|context| call(context, &mut raw))?;
        NonNull::new(raw)
            .ok_or_else(|| Error::new(crate::Status::Internal, "a call succeeded without a handle"))
    }
}

/// For any thread: cancels a [`Context`]'s work and tells how far it is. Keeps the context alive.
#[derive(Clone)]
pub struct Canceller {
    shared: Arc<Shared>,
}

impl Canceller {
    /// The call that runs, and all that follow, return [`Status::Cancelled`](crate::Status::Cancelled) at their next
    /// step, until [`Context::reset_cancel`].
    pub fn cancel(&self) {
        // SAFETY: one of the functions that may come from any thread at any time.
        unsafe { sys::pawl_context_cancel(self.shared.raw) }
    }

    /// Whether it was cancelled and not reset.
    pub fn is_cancelled(&self) -> bool {
        // SAFETY: as above.
        unsafe { sys::pawl_context_is_cancelled(self.shared.raw) != 0 }
    }

    /// `(done, total)` of the call that runs or of the last one; a total of 0 is not known.
    pub fn progress(&self) -> (u64, u64) {
        let (mut done, mut total) = (0, 0);
        // SAFETY: as above.
        unsafe { sys::pawl_context_progress(self.shared.raw, &mut done, &mut total) };
        (done, total)
    }
}
