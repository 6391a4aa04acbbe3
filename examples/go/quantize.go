// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>

// One call, so that the memory of Go's is not kept after it has returned.
static int32_t quantize_memory(pawl_context* context, int32_t dtype, const int64_t* shape, size_t rank, const void* data,
                               size_t bytes, const pawl_scheme* scheme, const pawl_options* options, int64_t* stats,
                               size_t stats_count, pawl_quantized_tensor** quantized) {
  pawl_tensor* view = NULL;
  int32_t status = pawl_tensor_view(context, dtype, shape, rank, data, bytes, NULL, NULL, &view);
  if (status == PAWL_OK) status = pawl_quantize(context, view, scheme, options, stats, stats_count, quantized);
  pawl_tensor_destroy(view);
  return status;
}
*/
import "C"

import (
	"context"
	"runtime"
	"unsafe"
)

// Scheme is what a tensor becomes: "int8", "int4:g128:asym", "nf4:flat64:dq", "q4_k" ...
type Scheme struct {
	ptr *C.pawl_scheme
}

// ParseScheme names a word that it does not know, and the nearest ones that it does.
func ParseScheme(c *Context, text string) (*Scheme, error) {
	var t texts
	defer t.free()
	s := &Scheme{}
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_scheme_parse(c, t.add(text), &s.ptr) })
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(s, (*Scheme).Close)
	return s, nil
}

// Close gives the scheme back.
func (s *Scheme) Close() {
	C.pawl_scheme_destroy(s.ptr)
	s.ptr = nil
	runtime.SetFinalizer(s, nil)
}

// String is the shortest text that parses back.
func (s *Scheme) String() string {
	defer runtime.KeepAlive(s)
	return C.GoString(C.pawl_scheme_string(s.ptr))
}

// QuantizeStats counts values and groups that a scheme could not take as they were, by QuantizeStat.
type QuantizeStats [QuantizeStatCount]int64

// ErrorFigures of a decoded tensor against its original, by ErrorFigure. Elements that are NaN or infinite in either are in
// none of the first four, and counted in the others, whole numbers; where ErrorFigureCompared is 0 the first four say that
// nothing differs.
type ErrorFigures [ErrorFigureCount]float64

// QuantizedTensor is W[out, in].
type QuantizedTensor struct {
	ptr *C.pawl_quantized_tensor
}

func newQuantized(ptr *C.pawl_quantized_tensor, err error) (*QuantizedTensor, error) {
	if err != nil {
		return nil, err
	}
	q := &QuantizedTensor{ptr}
	runtime.SetFinalizer(q, (*QuantizedTensor).Close)
	return q, nil
}

// Quantize rounds to nearest: the same codes for every instruction set and number of threads.
func Quantize(ctx context.Context, c *Context, weights *Tensor, scheme *Scheme, options ...Option) (q *QuantizedTensor, stats QuantizeStats, err error) {
	defer runtime.KeepAlive(weights)
	defer runtime.KeepAlive(scheme)
	err = withOptions(OptionsKindQuantize, options, func(o *C.pawl_options) (err error) {
		var ptr *C.pawl_quantized_tensor
		err = c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
			return C.pawl_quantize(c, weights.ptr, scheme.ptr, o, (*C.int64_t)(&stats[0]), C.size_t(len(stats)), &ptr)
		})
		q, err = newQuantized(ptr, err)
		return err
	})
	return q, stats, err
}

// QuantizeSlice is Quantize for weights in memory of Go's, without a copy of them.
func QuantizeSlice[T float32 | F16 | BF16 | float64](ctx context.Context, c *Context, shape []int, weights []T, scheme *Scheme, options ...Option) (q *QuantizedTensor, stats QuantizeStats, err error) {
	defer runtime.KeepAlive(scheme)
	s := cShape(shape)
	err = withOptions(OptionsKindQuantize, options, func(o *C.pawl_options) (err error) {
		var ptr *C.pawl_quantized_tensor
		err = c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
			bytes := C.size_t(len(weights)) * C.size_t(unsafe.Sizeof(*new(T)))
			return C.quantize_memory(c, C.int32_t(dtypeOf[T]()), shapePointer(s), C.size_t(len(s)), pointer(weights), bytes,
				scheme.ptr, o, (*C.int64_t)(&stats[0]), C.size_t(len(stats)), &ptr)
		})
		q, err = newQuantized(ptr, err)
		return err
	})
	return q, stats, err
}

// Close gives the tensor back; memory that layers share stays.
func (q *QuantizedTensor) Close() {
	C.pawl_quantized_tensor_destroy(q.ptr)
	q.ptr = nil
	runtime.SetFinalizer(q, nil)
}

// Shape is that of the original.
func (q *QuantizedTensor) Shape() []int {
	defer runtime.KeepAlive(q)
	return goShape(C.pawl_quantized_tensor_shape(q.ptr), C.pawl_quantized_tensor_rank(q.ptr))
}

// SizeBytes of all parts.
func (q *QuantizedTensor) SizeBytes() int {
	defer runtime.KeepAlive(q)
	return int(C.pawl_quantized_tensor_size_bytes(q.ptr))
}

// BitsPerWeight of all parts.
func (q *QuantizedTensor) BitsPerWeight() float64 {
	defer runtime.KeepAlive(q)
	return float64(C.pawl_quantized_tensor_bits_per_weight(q.ptr))
}

// Dequantize decodes all rows.
func (q *QuantizedTensor) Dequantize(c *Context) ([]float32, error) {
	defer runtime.KeepAlive(q)
	values := make([]float32, product(q.Shape()))
	return values, c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_dequantize(c, q.ptr, 0, (*C.float)(pointer(values)), C.size_t(len(values)))
	})
}

// Compare with the original, of the same shape.
func (q *QuantizedTensor) Compare(c *Context, original *Tensor) (figures ErrorFigures, err error) {
	defer runtime.KeepAlive(q)
	defer runtime.KeepAlive(original)
	err = c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_compare(c, original.ptr, q.ptr, (*C.double)(&figures[0]), C.size_t(len(figures)))
	})
	return figures, err
}
