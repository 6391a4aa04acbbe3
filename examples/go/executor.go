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
)

// Executor runs a Graph: weights are packed once, and after the first run of a shape nothing is allocated. It serves one
// goroutine at a time; Share gives another one its own.
type Executor struct {
	ptr *C.pawl_executor
}

// NodeTime is what a node took in all.
type NodeTime struct {
	Name, Operator string
	Runs           uint64
	Seconds        float64
}

// RunMemory of an executor: bytes of values at a time; 0: no limit.
func RunMemory(bytes int64) Option { return Int(OptionIDRunMemory, bytes) }

// KeepObserved of an executor: each run keeps copies of the observed values, for Observed.
func KeepObserved(keep bool) Option { return Bool(OptionIDKeepObserved, keep) }

func newExecutor(ptr *C.pawl_executor, err error) (*Executor, error) {
	if err != nil {
		return nil, err
	}
	e := &Executor{ptr}
	runtime.SetFinalizer(e, (*Executor).Close)
	return e, nil
}

// NewExecutor packs the weights on the context's threads; the graph may be closed. observe are names of values that will
// be looked at. Errors name the node whose operator Pawl lacks, or whose inputs do not fit.
func NewExecutor(c *Context, g *Graph, observe []string, options ...Option) (e *Executor, err error) {
	defer runtime.KeepAlive(g)
	var t texts
	defer t.free()
	names := t.list(observe)
	err = withOptions(OptionsKindExecutor, options, func(o *C.pawl_options) (err error) {
		var ptr *C.pawl_executor
		err = c.call(func(c *C.pawl_context) C.int32_t {
			return C.pawl_executor_create(c, g.ptr, o, names, C.size_t(len(observe)), &ptr)
		})
		e, err = newExecutor(ptr, err)
		return err
	})
	return e, err
}

// Share makes another executor of the same packed weights, for another goroutine.
func (e *Executor) Share(c *Context) (*Executor, error) {
	defer runtime.KeepAlive(e)
	var ptr *C.pawl_executor
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_executor_share(c, e.ptr, &ptr) })
	return newExecutor(ptr, err)
}

// Close gives the executor back; results stay.
func (e *Executor) Close() {
	C.pawl_executor_destroy(e.ptr)
	e.ptr = nil
	runtime.SetFinalizer(e, nil)
}

func handles(tensors []*Tensor) (list []*C.pawl_tensor) {
	for _, tensor := range tensors {
		list = append(list, tensor.ptr)
	}
	return list
}

// Run on inputs in the order of Graph.Inputs until it is done or ctx is; the results are in the order of Graph.Outputs.
func (e *Executor) Run(ctx context.Context, c *Context, inputs ...*Tensor) ([]*Tensor, error) {
	defer runtime.KeepAlive(e)
	defer runtime.KeepAlive(inputs)
	list := handles(inputs)
	err := c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_executor_run(c, e.ptr, (**C.pawl_tensor)(pointer(list)), C.size_t(len(list)))
	})
	if err != nil {
		return nil, err
	}
	var results []*Tensor
	for i := C.size_t(0); i < C.pawl_executor_output_count(e.ptr); i++ {
		var ptr *C.pawl_tensor
		err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_executor_output(c, e.ptr, i, &ptr) })
		result, err := newTensor(ptr, err)
		if err != nil {
			return nil, err
		}
		results = append(results, result)
	}
	return results, nil
}

// Calibrate is one batch: it runs, and gives every observed value of a float type to the calibrator.
func (e *Executor) Calibrate(ctx context.Context, c *Context, k *Calibrator, inputs ...*Tensor) error {
	defer runtime.KeepAlive(e)
	defer runtime.KeepAlive(k)
	defer runtime.KeepAlive(inputs)
	list := handles(inputs)
	return c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_executor_calibrate(c, e.ptr, (**C.pawl_tensor)(pointer(list)), C.size_t(len(list)), k.ptr)
	})
}

// Observed is a value of the last run, with KeepObserved.
func (e *Executor) Observed(c *Context, name string) (*Tensor, error) {
	defer runtime.KeepAlive(e)
	var t texts
	defer t.free()
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_executor_observed(c, e.ptr, t.add(name), &ptr) })
	return newTensor(ptr, err)
}

// TimeNodes from now on, or no longer; the times so far go.
func (e *Executor) TimeNodes(c *Context, on bool) error {
	defer runtime.KeepAlive(e)
	var flag C.int32_t
	if on {
		flag = 1
	}
	return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_executor_time_nodes(c, e.ptr, flag) })
}

// Times of the nodes that ran, in the order of running.
func (e *Executor) Times() []NodeTime {
	defer runtime.KeepAlive(e)
	times := make([]NodeTime, C.pawl_executor_time_count(e.ptr))
	for i := range times {
		index := C.size_t(i)
		times[i] = NodeTime{
			Name:     C.GoString(C.pawl_executor_time_node(e.ptr, index)),
			Operator: C.GoString(C.pawl_executor_time_operator(e.ptr, index)),
			Runs:     uint64(C.pawl_executor_time_runs(e.ptr, index)),
			Seconds:  float64(C.pawl_executor_time_seconds(e.ptr, index)),
		}
	}
	return times
}

// ArenaBytes are what the shapes run so far need for values at a time.
func (e *Executor) ArenaBytes() int {
	defer runtime.KeepAlive(e)
	return int(C.pawl_executor_arena_bytes(e.ptr))
}

// PackedBytes are those of packed weights beside the graph's own.
func (e *Executor) PackedBytes() int {
	defer runtime.KeepAlive(e)
	return int(C.pawl_executor_packed_bytes(e.ptr))
}
