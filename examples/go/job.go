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

// Recipe says which tensors become what.
type Recipe struct {
	ptr *C.pawl_recipe
}

func newRecipe(ptr *C.pawl_recipe, err error) (*Recipe, error) {
	if err != nil {
		return nil, err
	}
	r := &Recipe{ptr}
	runtime.SetFinalizer(r, (*Recipe).Close)
	return r, nil
}

// RecipeForScheme is one scheme for every tensor that can have it.
func RecipeForScheme(c *Context, scheme string) (*Recipe, error) {
	var t texts
	defer t.free()
	var ptr *C.pawl_recipe
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_recipe_for_scheme(c, t.add(scheme), &ptr) })
	return newRecipe(ptr, err)
}

// ParseRecipe reads versioned JSON.
func ParseRecipe(c *Context, json string) (*Recipe, error) {
	var t texts
	defer t.free()
	var ptr *C.pawl_recipe
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_recipe_from_json(c, t.add(json), C.size_t(len(json)), nil, &ptr)
	})
	return newRecipe(ptr, err)
}

// Close gives the recipe back; jobs stay.
func (r *Recipe) Close() {
	C.pawl_recipe_destroy(r.ptr)
	r.ptr = nil
	runtime.SetFinalizer(r, nil)
}

// JSON of the recipe.
func (r *Recipe) JSON() string {
	defer runtime.KeepAlive(r)
	return C.GoString(C.pawl_recipe_json(r.ptr))
}

// Job is a file of float tensors and a recipe in, a .pawl file and a report out.
type Job struct {
	ptr *C.pawl_job
}

// NewJob takes options for jobs: Input, Output ... They and the recipe are copied.
func NewJob(c *Context, recipe *Recipe, options ...Option) (*Job, error) {
	defer runtime.KeepAlive(recipe)
	j := &Job{}
	err := withOptions(OptionsKindJob, options, func(o *C.pawl_options) error {
		return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_job_create(c, o, recipe.ptr, &j.ptr) })
	})
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(j, (*Job).Close)
	return j, nil
}

// Close gives the job back.
func (j *Job) Close() {
	C.pawl_job_destroy(j.ptr)
	j.ptr = nil
	runtime.SetFinalizer(j, nil)
}

// Run works on c's threads until it is done or ctx is; c.Progress tells how far it is, in bytes of the input. After an
// error or a cancellation there is no output file, or the one that was there before. A job may run again.
func (j *Job) Run(ctx context.Context, c *Context) (*Report, error) {
	defer runtime.KeepAlive(j)
	var ptr *C.pawl_report
	err := c.callFor(ctx, func(c *C.pawl_context) C.int32_t { return C.pawl_job_run(c, j.ptr, &ptr) })
	if err != nil {
		return nil, err
	}
	r := &Report{ptr}
	runtime.SetFinalizer(r, (*Report).Close)
	return r, nil
}

// Report is what a job did, and why.
type Report struct {
	ptr *C.pawl_report
}

// TensorReport is one tensor's part of it. Scheme is empty where it is not quantized, and Reason says why.
type TensorReport struct {
	Name, Scheme, Reason string
}

// Close gives the report back.
func (r *Report) Close() {
	C.pawl_report_destroy(r.ptr)
	r.ptr = nil
	runtime.SetFinalizer(r, nil)
}

// String is the text for people.
func (r *Report) String() string {
	defer runtime.KeepAlive(r)
	return C.GoString(C.pawl_report_text(r.ptr))
}

// JSON is all of it, with stable key names.
func (r *Report) JSON() string {
	defer runtime.KeepAlive(r)
	return C.GoString(C.pawl_report_json(r.ptr))
}

// Total of a figure; NaN for one that there is not.
func (r *Report) Total(figure ReportFigure) float64 {
	defer runtime.KeepAlive(r)
	return float64(C.pawl_report_total(r.ptr, C.int32_t(figure)))
}

// Tensors of the model.
func (r *Report) Tensors() []TensorReport {
	defer runtime.KeepAlive(r)
	tensors := make([]TensorReport, C.pawl_report_count(r.ptr))
	for i := range tensors {
		index := C.size_t(i)
		tensors[i] = TensorReport{
			Name:   C.GoString(C.pawl_report_tensor_name(r.ptr, index)),
			Scheme: C.GoString(C.pawl_report_tensor_scheme(r.ptr, index)),
			Reason: C.GoString(C.pawl_report_tensor_reason(r.ptr, index)),
		}
	}
	return tensors
}
