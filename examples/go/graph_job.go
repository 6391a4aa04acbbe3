// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>

int32_t pawlGoSample(void* user, size_t index, pawl_tensor** inputs, size_t num_inputs);

// A handle is no pointer, and must not look like one to Go.
static int32_t pawl_go_set_samples(pawl_context* context, pawl_graph_job* job, size_t count, size_t num_inputs,
                                   uintptr_t handle) {
  return pawl_graph_job_set_samples(context, job, count, num_inputs, pawlGoSample, (void*)handle);
}
*/
import "C"

import (
	"context"
	"runtime"
	"runtime/cgo"
)

// GraphJob is an ONNX model, a recipe and samples in, a quantized ONNX model and a report out.
type GraphJob struct {
	ptr    *C.pawl_graph_job
	source *sampleSource
	handle cgo.Handle // of the source
}

// GraphInput of a job on a graph: an ONNX file; or SetGraph.
func GraphInput(path string) Option { return String(OptionIDGraphInput, path) }

// GraphOutput of a job on a graph: the ONNX file to write; without one the model is in the report alone.
func GraphOutput(path string) Option { return String(OptionIDGraphOutput, path) }

// GraphSamples of a job on a graph: a .npz, a .npy or a folder of such files; or AddSample, or SetSamples.
func GraphSamples(path string) Option { return String(OptionIDGraphCalibration, path) }

// QuantizeMode of a job on a graph: what becomes codes, and when.
func QuantizeMode(mode GraphMode) Option { return Int(OptionIDGraphMode, mode) }

// MaxDrop of a job on a graph: the layers that cost most stay in float until the outputs lose no more than this.
func MaxDrop(drop float64) Option { return Double(OptionIDGraphMaxDrop, drop) }

// NewGraphJob takes options for jobs on graphs: GraphInput, GraphOutput ... They and the recipe are copied; nil is int8 for
// every layer.
func NewGraphJob(c *Context, recipe *Recipe, options ...Option) (*GraphJob, error) {
	defer runtime.KeepAlive(recipe)
	var r *C.pawl_recipe
	if recipe != nil {
		r = recipe.ptr
	}
	j := &GraphJob{}
	err := withOptions(OptionsKindGraphJob, options, func(o *C.pawl_options) error {
		return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_graph_job_create(c, o, r, &j.ptr) })
	})
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(j, (*GraphJob).Close)
	return j, nil
}

// Close gives the job back.
func (j *GraphJob) Close() {
	C.pawl_graph_job_destroy(j.ptr)
	j.ptr = nil
	j.dropSource()
	runtime.SetFinalizer(j, nil)
}

func (j *GraphJob) dropSource() {
	if j.source != nil {
		j.handle.Delete()
		j.source.context.Close()
		j.source = nil
	}
}

// SetGraph takes a model in memory in place of GraphInput. It is shared, and may be closed.
func (j *GraphJob) SetGraph(c *Context, g *Graph) error {
	defer runtime.KeepAlive(j)
	defer runtime.KeepAlive(g)
	return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_graph_job_set_graph(c, j.ptr, g.ptr) })
}

// SetSamples are count samples of a model with that many inputs, made when their turn comes, so that memory does not grow
// with their number, in place of those that were added. get is given a context for its tensors and the index, in any order
// and more than once, and gives the same values each time. Its tensors are closed after use; its error ends the run and
// comes out there.
func (j *GraphJob) SetSamples(c *Context, count, inputs int, get func(c *Context, index int) ([]*Tensor, error)) error {
	defer runtime.KeepAlive(j)
	own, err := NewContext(Threads(1)) // that of the run is in use
	if err != nil {
		return err
	}
	source := &sampleSource{context: own, get: get}
	handle := cgo.NewHandle(source)
	err = c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_go_set_samples(c, j.ptr, C.size_t(count), C.size_t(inputs), C.uintptr_t(handle))
	})
	if err != nil {
		handle.Delete()
		own.Close()
		return err
	}
	j.dropSource()
	j.source, j.handle = source, handle
	return nil
}

// AddSample is one call of the model to calibrate and to check on, in the order of Graph.Inputs. The tensors are shared,
// and may be closed.
func (j *GraphJob) AddSample(c *Context, inputs ...*Tensor) error {
	defer runtime.KeepAlive(j)
	defer runtime.KeepAlive(inputs)
	list := handles(inputs)
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_graph_job_add_sample(c, j.ptr, (**C.pawl_tensor)(pointer(list)), C.size_t(len(list)))
	})
}

// Run works on c's threads until it is done or ctx is. After an error or a cancellation there is no output file, or the one
// that was there before. A job may run again.
func (j *GraphJob) Run(ctx context.Context, c *Context) (*GraphReport, error) {
	defer runtime.KeepAlive(j)
	var ptr *C.pawl_graph_report
	err := c.callFor(ctx, func(c *C.pawl_context) C.int32_t { return C.pawl_graph_job_run(c, j.ptr, &ptr) })
	if err = j.outcome(err); err != nil {
		return nil, err
	}
	r := &GraphReport{ptr}
	runtime.SetFinalizer(r, (*GraphReport).Close)
	return r, nil
}

// Analyze says what a static job would do, layer by layer; nothing is written.
func (j *GraphJob) Analyze(ctx context.Context, c *Context) (*GraphAnalysis, error) {
	defer runtime.KeepAlive(j)
	var ptr *C.pawl_graph_analysis
	err := c.callFor(ctx, func(c *C.pawl_context) C.int32_t { return C.pawl_graph_job_analyze(c, j.ptr, &ptr) })
	if err = j.outcome(err); err != nil {
		return nil, err
	}
	a := &GraphAnalysis{ptr}
	runtime.SetFinalizer(a, (*GraphAnalysis).Close)
	return a, nil
}

// outcome puts what the function for samples said before what the library made of it.
func (j *GraphJob) outcome(err error) error {
	if j.source == nil {
		return err
	}
	said, panicked := j.source.err, j.source.panicked
	j.source.err, j.source.panicked = nil, nil
	if panicked != nil {
		panic(panicked)
	}
	if err != nil && said != nil {
		return said
	}
	return err
}
