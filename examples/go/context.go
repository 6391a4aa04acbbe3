// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

import (
	"context"
	"runtime"
	"sync"
)

// Context has the threads, the instruction set and the scratch memory of a piece of work. It takes one call at a time.
type Context struct {
	calls sync.Mutex   // held by a call
	life  sync.RWMutex // held by what may come at any time; Close takes both
	ptr   *C.pawl_context
}

// NewContext takes options for contexts: Threads, Target ...
func NewContext(options ...Option) (*Context, error) {
	c := &Context{}
	err := withOptions(OptionsKindContext, options, func(o *C.pawl_options) error {
		if status := C.pawl_context_create(o, &c.ptr); status != 0 {
			return optionsError(o, status)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(c, (*Context).Close)
	return c, nil
}

// Target sets a context's instruction set, one of List(ListIDTargets).
func Target(target string) Option { return String(OptionIDTarget, target) }

// Close waits for a call that runs.
func (c *Context) Close() {
	c.calls.Lock()
	defer c.calls.Unlock()
	c.life.Lock()
	defer c.life.Unlock()
	C.pawl_context_destroy(c.ptr)
	c.ptr = nil
	runtime.SetFinalizer(c, nil)
}

// Threads is the number of workers, the caller among them.
func (c *Context) Threads() int {
	c.life.RLock()
	defer c.life.RUnlock()
	return int(C.pawl_context_threads(c.ptr))
}

// Target is the name of the instruction set.
func (c *Context) Target() string {
	c.life.RLock()
	defer c.life.RUnlock()
	return C.GoString(C.pawl_context_target(c.ptr))
}

// Progress of the call that runs, or of the last one; a total of 0 is not known. For any goroutine.
func (c *Context) Progress() (done, total uint64) {
	c.life.RLock()
	defer c.life.RUnlock()
	var d, t C.uint64_t
	C.pawl_context_progress(c.ptr, &d, &t)
	return uint64(d), uint64(t)
}

// call makes one call; its text is fetched before the next one can come.
func (c *Context) call(call func(*C.pawl_context) C.int32_t) error {
	c.calls.Lock()
	defer c.calls.Unlock()
	return c.callLocked(call)
}

func (c *Context) callLocked(call func(*C.pawl_context) C.int32_t) error {
	if c.ptr == nil {
		return &Error{Status: StatusFailedPrecondition, Message: "the context is closed"}
	}
	if status := call(c.ptr); status != 0 {
		return &Error{Status: Status(status), Message: C.GoString(C.pawl_context_last_error(c.ptr))}
	}
	return nil
}

// callFor makes a call that ctx cancels.
func (c *Context) callFor(ctx context.Context, call func(*C.pawl_context) C.int32_t) error {
	c.calls.Lock()
	defer c.calls.Unlock()
	if err := ctx.Err(); err != nil {
		return &Error{Status: StatusCancelled, Message: err.Error(), cause: err}
	}
	if ctx.Done() == nil || c.ptr == nil {
		return c.callLocked(call)
	}
	stop, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-ctx.Done():
			C.pawl_context_cancel(c.ptr) // c.ptr stays: c.calls is held until this has ended
		case <-stop:
		}
	}()
	err := c.callLocked(call)
	close(stop)
	<-stopped
	C.pawl_context_reset_cancel(c.ptr)
	if e, ok := err.(*Error); ok && e.Status == StatusCancelled {
		e.cause = ctx.Err()
	}
	return err
}
