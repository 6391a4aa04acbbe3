// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

import (
	"fmt"
	"runtime/cgo"
	"unsafe"
)

// sampleSource makes samples when their turn comes.
type sampleSource struct {
	context  *Context
	get      func(c *Context, index int) ([]*Tensor, error)
	err      error
	panicked any
}

// sample puts other handles of the same memory in their places, which the library gives back.
func (s *sampleSource) sample(index int, places []*C.pawl_tensor) error {
	tensors, err := s.get(s.context, index)
	if err != nil {
		return err
	}
	defer func() {
		for _, tensor := range tensors {
			tensor.Close()
		}
	}()
	if len(tensors) != len(places) {
		return fmt.Errorf("sample %d has %d tensors for %d inputs", index, len(tensors), len(places))
	}
	for i, tensor := range tensors {
		place := &places[i]
		err := s.context.call(func(c *C.pawl_context) C.int32_t {
			shape, rank := C.pawl_tensor_shape(tensor.ptr), C.size_t(C.pawl_tensor_rank(tensor.ptr))
			var shared *C.pawl_tensor
			status := C.pawl_tensor_reshape(c, tensor.ptr, shape, rank, &shared)
			*place = shared
			return status
		})
		if err != nil {
			return err
		}
	}
	return nil
}

//export pawlGoSample
func pawlGoSample(user unsafe.Pointer, index C.size_t, inputs **C.pawl_tensor, count C.size_t) (status C.int32_t) {
	source := cgo.Handle(uintptr(user)).Value().(*sampleSource)
	defer func() { // no panic may cross into C: the run ends, and it goes on where the run was called
		if source.panicked = recover(); source.panicked != nil {
			status = C.int32_t(StatusAborted)
		}
	}()
	if source.err = source.sample(int(index), unsafe.Slice(inputs, int(count))); source.err != nil {
		return C.int32_t(StatusAborted)
	}
	return C.int32_t(StatusOK)
}
