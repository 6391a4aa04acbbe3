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

// Conv is y = activation(convolution of x with W + bias) in two dimensions or one. It does not change: any number of
// goroutines may run it, each with a Context of its own.
type Conv struct {
	ptr *C.pawl_conv
}

func newConv(geometry, options []Option, create func(geometry, layer *C.pawl_options, conv **C.pawl_conv) error) (*Conv, error) {
	v := &Conv{}
	err := withOptions(OptionsKindConv, geometry, func(g *C.pawl_options) error {
		return withOptions(OptionsKindLinear, options, func(o *C.pawl_options) error { return create(g, o, &v.ptr) })
	})
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(v, (*Conv).Close)
	return v, nil
}

// NewConv takes weights [out, in/groups * kernel height * kernel width], whose memory is shared; options for
// convolutions, of which OptionIDConvChannels is required; and options for layers.
func NewConv(c *Context, weights *QuantizedTensor, geometry []Option, options ...Option) (*Conv, error) {
	defer runtime.KeepAlive(weights)
	return newConv(geometry, options, func(g, o *C.pawl_options, conv **C.pawl_conv) error {
		return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_conv_create(c, weights.ptr, g, o, conv) })
	})
}

// NewConvFloat takes weights that are floats, of which nothing is kept.
func NewConvFloat(c *Context, weights *Tensor, geometry []Option, options ...Option) (*Conv, error) {
	defer runtime.KeepAlive(weights)
	return newConv(geometry, options, func(g, o *C.pawl_options, conv **C.pawl_conv) error {
		return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_conv_create_float(c, weights.ptr, g, o, conv) })
	})
}

// Close gives the layer back.
func (v *Conv) Close() {
	C.pawl_conv_destroy(v.ptr)
	v.ptr = nil
	runtime.SetFinalizer(v, nil)
}

// InChannels of x.
func (v *Conv) InChannels() int {
	defer runtime.KeepAlive(v)
	return int(C.pawl_conv_in_channels(v.ptr))
}

// OutChannels of y.
func (v *Conv) OutChannels() int {
	defer runtime.KeepAlive(v)
	return int(C.pawl_conv_out_channels(v.ptr))
}

// OutputSize is the height and width of y for images of that height (1 in one dimension) and width; 0 where the kernel
// does not fit.
func (v *Conv) OutputSize(height, width int) (int, int) {
	defer runtime.KeepAlive(v)
	return int(C.pawl_conv_output_height(v.ptr, C.size_t(height))), int(C.pawl_conv_output_width(v.ptr, C.size_t(width)))
}

// RunConv computes images x of that height and width, one after another, to y. x and y must not overlap.
func RunConv[X, Y Element](c *Context, v *Conv, batch, height, width int, x []X, y []Y) error {
	defer runtime.KeepAlive(v)
	if batch < 0 || height < 0 || width < 0 {
		return invalid(fmt.Sprintf("%d images of %d x %d", batch, height, width))
	}
	h, w := v.OutputSize(height, width)
	if !fits(len(x), batch, v.InChannels(), height, width) || !fits(len(y), batch, v.OutChannels(), h, w) {
		return invalid(fmt.Sprintf("layer '%s': %d images of %d x %d x %d give %d x %d x %d; x has %d elements and y %d",
			C.GoString(C.pawl_conv_name(v.ptr)), batch, v.InChannels(), height, width, v.OutChannels(), h, w, len(x), len(y)))
	}
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_conv_run(c, v.ptr, C.size_t(batch), C.size_t(height), C.size_t(width), pointer(x), C.int32_t(dtypeOf[X]()), 0,
			pointer(y), C.int32_t(dtypeOf[Y]()), 0)
	})
}

// fits tells whether count is the product of the sizes.
func fits(count int, sizes ...int) bool {
	for i, size := range sizes {
		if size == 0 {
			return count == 0
		}
		if i+1 == len(sizes) {
			return count == size
		}
		if count%size != 0 {
			return false
		}
		count /= size
	}
	return count == 1
}
