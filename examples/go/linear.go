// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

import (
	"fmt"
	"runtime"
)

// Linear is y = activation(x . W^T + bias). It does not change: any number of goroutines may run it, each with a Context
// of its own.
type Linear struct {
	ptr *C.pawl_linear
}

// NewLinear packs the weights on the context's threads and shares their memory; they may be closed.
func NewLinear(c *Context, weights *QuantizedTensor, options ...Option) (*Linear, error) {
	defer runtime.KeepAlive(weights)
	l := &Linear{}
	err := withOptions(OptionsKindLinear, options, func(o *C.pawl_options) error {
		return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_linear_create(c, weights.ptr, o, &l.ptr) })
	})
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(l, (*Linear).Close)
	return l, nil
}

// Close gives the layer back.
func (l *Linear) Close() {
	C.pawl_linear_destroy(l.ptr)
	l.ptr = nil
	runtime.SetFinalizer(l, nil)
}

// InFeatures of a row of x.
func (l *Linear) InFeatures() int {
	defer runtime.KeepAlive(l)
	return int(C.pawl_linear_in_features(l.ptr))
}

// OutFeatures of a row of y.
func (l *Linear) OutFeatures() int {
	defer runtime.KeepAlive(l)
	return int(C.pawl_linear_out_features(l.ptr))
}

// Run computes dense rows, x [rows, in] to y [rows, out], where they are. x and y must not overlap.
func Run[X, Y Element](c *Context, l *Linear, x []X, y []Y) error {
	defer runtime.KeepAlive(l)
	in, out := l.InFeatures(), l.OutFeatures()
	rows := 0
	if out > 0 {
		rows = len(y) / out
	}
	if rows*in != len(x) || rows*out != len(y) {
		return invalid(fmt.Sprintf("layer '%s' takes [rows, %d] and gives [rows, %d]; x has %d elements and y %d",
			C.GoString(C.pawl_linear_name(l.ptr)), in, out, len(x), len(y)))
	}
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_linear_run(c, l.ptr, C.size_t(rows), pointer(x), C.int32_t(dtypeOf[X]()), 0, pointer(y), C.int32_t(dtypeOf[Y]()), 0)
	})
}
