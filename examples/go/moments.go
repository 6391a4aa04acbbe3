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

// Moments are what a layer's inputs are, batch by batch: the sum of x x^T over samples, in 8 * columns^2 bytes. They serve
// every layer that has the inputs, and one goroutine at a time.
type Moments struct {
	ptr *C.pawl_moments
}

// NewMoments of inputs with that many columns.
func NewMoments(c *Context, columns int) (*Moments, error) {
	if columns < 0 {
		return nil, invalid("moments of a negative number of columns")
	}
	m := &Moments{}
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_moments_create(c, C.size_t(columns), &m.ptr) })
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(m, (*Moments).Close)
	return m, nil
}

// Close gives the moments back; factors stay.
func (m *Moments) Close() {
	C.pawl_moments_destroy(m.ptr)
	m.ptr = nil
	runtime.SetFinalizer(m, nil)
}

// Add takes one batch of inputs [.., columns] of any float type. After a cancellation the sums are of no use, here and
// below.
func (m *Moments) Add(ctx context.Context, c *Context, inputs *Tensor) error {
	defer runtime.KeepAlive(m)
	defer runtime.KeepAlive(inputs)
	return c.callFor(ctx, func(c *C.pawl_context) C.int32_t { return C.pawl_moments_add(c, m.ptr, inputs.ptr) })
}

// AddPair takes one batch as the quantized network has it, and as the float network has it in the same places, for
// CorrectForInputs; twice the memory from the first one on.
func (m *Moments) AddPair(ctx context.Context, c *Context, quantizedInputs, floatInputs *Tensor) error {
	defer runtime.KeepAlive(m)
	defer runtime.KeepAlive(quantizedInputs)
	defer runtime.KeepAlive(floatInputs)
	return c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_moments_add_pair(c, m.ptr, quantizedInputs.ptr, floatInputs.ptr)
	})
}

// AddMissing takes what the layer's outputs should have beside W x, float32 [samples, outputs]. The inputs themselves are
// added by one of the above.
func (m *Moments) AddMissing(ctx context.Context, c *Context, quantizedInputs, missing *Tensor) error {
	defer runtime.KeepAlive(m)
	defer runtime.KeepAlive(quantizedInputs)
	defer runtime.KeepAlive(missing)
	return c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_moments_add_missing(c, m.ptr, quantizedInputs.ptr, missing.ptr)
	})
}

// Merge adds what another one has collected.
func (m *Moments) Merge(c *Context, other *Moments) error {
	defer runtime.KeepAlive(m)
	defer runtime.KeepAlive(other)
	return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_moments_merge(c, m.ptr, other.ptr) })
}

// Columns of the inputs.
func (m *Moments) Columns() int {
	defer runtime.KeepAlive(m)
	return int(C.pawl_moments_columns(m.ptr))
}

// Samples that were added.
func (m *Moments) Samples() int {
	defer runtime.KeepAlive(m)
	return int(C.pawl_moments_samples(m.ptr))
}

// Importance is the mean x^2 of each column, for Floats(OptionIDImportance, ...) and Floats(OptionIDBlockImportance, ...).
func (m *Moments) Importance(c *Context) ([]float32, error) {
	defer runtime.KeepAlive(m)
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_moments_importance(c, m.ptr, &ptr) })
	t, err := newTensor(ptr, err)
	if err != nil {
		return nil, err
	}
	defer t.Close()
	return Values[float32](t)
}

// OutputError is the mean over samples of the squared error of the layer's outputs with the approximation in place of its
// weights, float32 both.
func (m *Moments) OutputError(c *Context, weights, approximation *Tensor) (float64, error) {
	defer runtime.KeepAlive(m)
	defer runtime.KeepAlive(weights)
	defer runtime.KeepAlive(approximation)
	var squared C.double
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_moments_output_error(c, m.ptr, weights.ptr, approximation.ptr, &squared)
	})
	return float64(squared), err
}

// Factor is Moments, factorized, for GPTQ, SparseGPT and CorrectForInputs. Goroutines may share it.
type Factor struct {
	ptr *C.pawl_factor
}

// Damping of a factor is added to the diagonal, of its mean; doubled until there is a factor.
func Damping(damping float64) Option { return Double(OptionIDDamping, damping) }

// ByActivation of a factor: columns by falling x^2 (act-order), or as they come.
func ByActivation(on bool) Option { return Bool(OptionIDByActivation, on) }

// NewFactor takes options for factors: Damping, ByActivation. The moments may be closed.
func NewFactor(ctx context.Context, c *Context, moments *Moments, options ...Option) (*Factor, error) {
	defer runtime.KeepAlive(moments)
	f := &Factor{}
	err := withOptions(OptionsKindFactor, options, func(o *C.pawl_options) error {
		return c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
			return C.pawl_factor_create(c, moments.ptr, o, &f.ptr)
		})
	})
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(f, (*Factor).Close)
	return f, nil
}

// Close gives the factor back.
func (f *Factor) Close() {
	C.pawl_factor_destroy(f.ptr)
	f.ptr = nil
	runtime.SetFinalizer(f, nil)
}
