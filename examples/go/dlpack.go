// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// DLPack is how C libraries lend each other tensors: addresses of a DLManagedTensor (version 0.x) or a
// DLManagedTensorVersioned (1.x, which knows read-only memory). Whoever has one last calls its deleter.

// FromDLPack takes over a DLManagedTensor of C memory, without a copy; on an error the caller still owns it. Nobody may
// write to the memory from then on.
func FromDLPack(c *Context, managed unsafe.Pointer) (*Tensor, error) {
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_tensor_from_dlpack(c, (*C.struct_DLManagedTensor)(managed), &ptr)
	})
	return newTensor(ptr, err)
}

// FromDLPackVersioned is the same for a DLManagedTensorVersioned.
func FromDLPackVersioned(c *Context, managed unsafe.Pointer) (*Tensor, error) {
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_tensor_from_dlpack_versioned(c, (*C.struct_DLManagedTensorVersioned)(managed), &ptr)
	})
	return newTensor(ptr, err)
}

// DLPack lends the memory as a DLManagedTensor, without a copy; the tensor may be closed.
func (t *Tensor) DLPack(c *Context) (unsafe.Pointer, error) {
	defer runtime.KeepAlive(t)
	var managed *C.struct_DLManagedTensor
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_tensor_to_dlpack(c, t.ptr, &managed) })
	return unsafe.Pointer(managed), err
}

// DLPackVersioned is the same as a DLManagedTensorVersioned, flagged as read-only where it is.
func (t *Tensor) DLPackVersioned(c *Context) (unsafe.Pointer, error) {
	defer runtime.KeepAlive(t)
	var managed *C.struct_DLManagedTensorVersioned
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_tensor_to_dlpack_versioned(c, t.ptr, &managed) })
	return unsafe.Pointer(managed), err
}
