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
	"unsafe"
)

// F16 has the bits of an IEEE 754 binary16 number.
type F16 uint16

// BF16 has the bits of a bfloat16 number.
type BF16 uint16

// Element is what tensors and activations hold.
type Element interface {
	float32 | float64 | F16 | BF16 | int8 | uint8 | int16 | uint16 | int32 | uint32 | int64 | uint64
}

func dtypeOf[T Element]() DType {
	var zero T
	switch any(zero).(type) {
	case float32:
		return DTypeF32
	case float64:
		return DTypeF64
	case F16:
		return DTypeF16
	case BF16:
		return DTypeBF16
	case int8:
		return DTypeI8
	case uint8:
		return DTypeU8
	case int16:
		return DTypeI16
	case uint16:
		return DTypeU16
	case int32:
		return DTypeI32
	case uint32:
		return DTypeU32
	case int64:
		return DTypeI64
	}
	return DTypeU64
}

// Tensor is a dense row-major array in memory of Pawl's or of a file: C code may not keep memory of Go's.
type Tensor struct {
	ptr *C.pawl_tensor
}

func newTensor(ptr *C.pawl_tensor, err error) (*Tensor, error) {
	if err != nil {
		return nil, err
	}
	t := &Tensor{ptr}
	runtime.SetFinalizer(t, (*Tensor).Close)
	return t, nil
}

// NewTensor copies values.
func NewTensor[T Element](c *Context, shape []int, values []T) (*Tensor, error) {
	s := cShape(shape)
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t {
		bytes := C.size_t(len(values)) * C.size_t(unsafe.Sizeof(*new(T)))
		return C.pawl_tensor_copy(c, C.int32_t(dtypeOf[T]()), shapePointer(s), C.size_t(len(s)), pointer(values), bytes, &ptr)
	})
	return newTensor(ptr, err)
}

// MakeTensor has fill write the values in place, without a copy; they are zeros at first.
func MakeTensor[T Element](c *Context, shape []int, fill func([]T) error) (*Tensor, error) {
	s := cShape(shape)
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_tensor_create(c, C.int32_t(dtypeOf[T]()), shapePointer(s), C.size_t(len(s)), &ptr)
	})
	t, err := newTensor(ptr, err)
	if err != nil {
		return nil, err
	}
	if err := With(t, fill); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// Close gives the tensor back; memory that layers or files share stays.
func (t *Tensor) Close() {
	C.pawl_tensor_destroy(t.ptr)
	t.ptr = nil
	runtime.SetFinalizer(t, nil)
}

// Shape is empty for a single element.
func (t *Tensor) Shape() []int {
	defer runtime.KeepAlive(t)
	return goShape(C.pawl_tensor_shape(t.ptr), C.pawl_tensor_rank(t.ptr))
}

// DType is -1 for a tensor that is closed.
func (t *Tensor) DType() DType {
	defer runtime.KeepAlive(t)
	return DType(C.pawl_tensor_dtype(t.ptr))
}

// With lends the elements, without a copy, for the time of the call. They must not be changed.
func With[T Element](t *Tensor, use func([]T) error) error {
	defer runtime.KeepAlive(t)
	if t.DType() != dtypeOf[T]() {
		return invalid(fmt.Sprintf("a tensor of type %d is read as %d", t.DType(), dtypeOf[T]()))
	}
	data := C.pawl_tensor_data(t.ptr)
	if data == nil {
		return use(nil)
	}
	if uintptr(data)%unsafe.Alignof(*new(T)) != 0 {
		return invalid("the tensor's memory is not aligned for its type")
	}
	return use(unsafe.Slice((*T)(data), int(C.pawl_tensor_num_elements(t.ptr))))
}

// Values copies the elements.
func Values[T Element](t *Tensor) (values []T, err error) {
	err = With(t, func(lent []T) error {
		values = append([]T(nil), lent...)
		return nil
	})
	return values, err
}
