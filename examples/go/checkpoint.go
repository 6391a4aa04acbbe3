// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

import "runtime"

// Checkpoint is one weight as another tool's checkpoint holds it: GPTQ, AWQ, bitsandbytes, compressed-tensors, HQQ,
// MatMulNBits, TFLite. pawl.h has each one's tensors and settings. One goroutine at a time may change it.
type Checkpoint struct {
	ptr *C.pawl_checkpoint
}

// NewCheckpoint is an empty weight.
func NewCheckpoint(c *Context, format CheckpointFormat) (*Checkpoint, error) {
	k := &Checkpoint{}
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_checkpoint_create(c, C.int32_t(format), &k.ptr) })
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(k, (*Checkpoint).Close)
	return k, nil
}

// Close gives the weight back; what was decoded stays.
func (k *Checkpoint) Close() {
	C.pawl_checkpoint_destroy(k.ptr)
	k.ptr = nil
	runtime.SetFinalizer(k, nil)
}

// Format is -1 for a weight that is closed.
func (k *Checkpoint) Format() CheckpointFormat {
	defer runtime.KeepAlive(k)
	return CheckpointFormat(C.pawl_checkpoint_get_format(k.ptr))
}

// SetTensor shares the tensor's memory; it may be closed.
func (k *Checkpoint) SetTensor(c *Context, name string, tensor *Tensor) error {
	defer runtime.KeepAlive(k)
	defer runtime.KeepAlive(tensor)
	var t texts
	defer t.free()
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_checkpoint_set_tensor(c, k.ptr, t.add(name), tensor.ptr)
	})
}

// Take gets all of its tensors that a model has under this prefix.
func (k *Checkpoint) Take(c *Context, reader *ModelReader, prefix string) error {
	defer runtime.KeepAlive(k)
	defer runtime.KeepAlive(reader)
	var t texts
	defer t.free()
	return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_checkpoint_take(c, k.ptr, reader.ptr, t.add(prefix)) })
}

// SetInt sets one of the settings that are numbers.
func (k *Checkpoint) SetInt(c *Context, setting CheckpointSetting, value int64) error {
	defer runtime.KeepAlive(k)
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_checkpoint_set_int(c, k.ptr, C.int32_t(setting), C.int64_t(value))
	})
}

// SetString sets one of the settings that are texts.
func (k *Checkpoint) SetString(c *Context, setting CheckpointSetting, value string) error {
	defer runtime.KeepAlive(k)
	var t texts
	defer t.free()
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_checkpoint_set_string(c, k.ptr, C.int32_t(setting), t.add(value))
	})
}

// SetShape of the weight, for formats that have it as a setting.
func (k *Checkpoint) SetShape(c *Context, shape []int) error {
	defer runtime.KeepAlive(k)
	s := cShape(shape)
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_checkpoint_set_shape(c, k.ptr, shapePointer(s), C.size_t(len(s)))
	})
}

// Decode to Pawl's packing, W[out, in]; the values are those that the format's own code decodes, bit for bit.
func (k *Checkpoint) Decode(c *Context) (*QuantizedTensor, error) {
	defer runtime.KeepAlive(k)
	var ptr *C.pawl_quantized_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_checkpoint_decode(c, k.ptr, &ptr) })
	return newQuantized(ptr, err)
}

// Encode goes back: tensors and settings become those of q.
func (k *Checkpoint) Encode(c *Context, q *QuantizedTensor) error {
	defer runtime.KeepAlive(k)
	defer runtime.KeepAlive(q)
	return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_checkpoint_encode(c, k.ptr, q.ptr) })
}

// TensorNames are those of the tensors that are there.
func (k *Checkpoint) TensorNames() []string {
	defer runtime.KeepAlive(k)
	names := make([]string, C.pawl_checkpoint_tensor_count(k.ptr))
	for i := range names {
		names[i] = C.GoString(C.pawl_checkpoint_tensor_name(k.ptr, C.size_t(i)))
	}
	return names
}

// Tensor shares the memory of one of them.
func (k *Checkpoint) Tensor(c *Context, name string) (*Tensor, error) {
	defer runtime.KeepAlive(k)
	var t texts
	defer t.free()
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_checkpoint_get_tensor(c, k.ptr, t.add(name), &ptr) })
	return newTensor(ptr, err)
}

// Int is one of the settings that are numbers.
func (k *Checkpoint) Int(c *Context, setting CheckpointSetting) (int64, error) {
	defer runtime.KeepAlive(k)
	var value C.int64_t
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_checkpoint_get_int(c, k.ptr, C.int32_t(setting), &value)
	})
	return int64(value), err
}

// Text is one of the settings that are texts; empty where the format has none such.
func (k *Checkpoint) Text(setting CheckpointSetting) string {
	defer runtime.KeepAlive(k)
	return C.GoString(C.pawl_checkpoint_get_string(k.ptr, C.int32_t(setting)))
}

// Shape of the weight, where the format has it as a setting.
func (k *Checkpoint) Shape() []int {
	defer runtime.KeepAlive(k)
	return goShape(C.pawl_checkpoint_shape(k.ptr), C.pawl_checkpoint_rank(k.ptr))
}
