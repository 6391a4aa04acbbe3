// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

import "runtime"

// ModelReader reads a safetensors model: a file, an index of shards, or a folder with either.
type ModelReader struct {
	ptr *C.pawl_model_reader
}

// OpenModel reads the header only.
func OpenModel(c *Context, path string) (*ModelReader, error) {
	var t texts
	defer t.free()
	r := &ModelReader{}
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_model_reader_open(c, t.add(path), &r.ptr) })
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(r, (*ModelReader).Close)
	return r, nil
}

// Close gives the reader back; tensors stay.
func (r *ModelReader) Close() {
	C.pawl_model_reader_destroy(r.ptr)
	r.ptr = nil
	runtime.SetFinalizer(r, nil)
}

// Names of the tensors, in the order of their bytes.
func (r *ModelReader) Names() []string {
	defer runtime.KeepAlive(r)
	names := make([]string, C.pawl_model_reader_count(r.ptr))
	for i := range names {
		names[i] = C.GoString(C.pawl_model_reader_name(r.ptr, C.size_t(i)))
	}
	return names
}

// Get is a tensor that looks at the mapped file, without a copy. If somebody truncates the file meanwhile, the process
// gets a SIGBUS, as with any map.
func (r *ModelReader) Get(c *Context, name string) (*Tensor, error) {
	defer runtime.KeepAlive(r)
	var t texts
	defer t.free()
	var index C.size_t
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_model_reader_find(c, r.ptr, t.add(name), &index) })
	if err == nil {
		err = c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_model_reader_get(c, r.ptr, index, &ptr) })
	}
	return newTensor(ptr, err)
}

// FileReader reads a .pawl file: quantized and plain tensors with a hash over every byte.
type FileReader struct {
	ptr *C.pawl_file_reader
}

// OpenFile checks the header; Verify everything.
func OpenFile(c *Context, path string) (*FileReader, error) {
	var t texts
	defer t.free()
	r := &FileReader{}
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_file_reader_open(c, t.add(path), &r.ptr) })
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(r, (*FileReader).Close)
	return r, nil
}

// Close gives the reader back; tensors stay.
func (r *FileReader) Close() {
	C.pawl_file_reader_destroy(r.ptr)
	r.ptr = nil
	runtime.SetFinalizer(r, nil)
}

// Names of the tensors, in the order of writing.
func (r *FileReader) Names() []string {
	defer runtime.KeepAlive(r)
	names := make([]string, C.pawl_file_reader_count(r.ptr))
	for i := range names {
		names[i] = C.GoString(C.pawl_file_reader_name(r.ptr, C.size_t(i)))
	}
	return names
}

func (r *FileReader) find(c *Context, name string) (index C.size_t, err error) {
	var t texts
	defer t.free()
	err = c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_file_reader_find(c, r.ptr, t.add(name), &index) })
	return index, err
}

// Quantized is a quantized tensor, whose parts look at the mapped file.
func (r *FileReader) Quantized(c *Context, name string) (*QuantizedTensor, error) {
	defer runtime.KeepAlive(r)
	var ptr *C.pawl_quantized_tensor
	index, err := r.find(c, name)
	if err == nil {
		err = c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_file_reader_get(c, r.ptr, index, &ptr) })
	}
	return newQuantized(ptr, err)
}

// Plain is a tensor that was left as it was.
func (r *FileReader) Plain(c *Context, name string) (*Tensor, error) {
	defer runtime.KeepAlive(r)
	var ptr *C.pawl_tensor
	index, err := r.find(c, name)
	if err == nil {
		err = c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_file_reader_get_plain(c, r.ptr, index, &ptr) })
	}
	return newTensor(ptr, err)
}

// Verify reads every byte and compares every hash; StatusDataLoss lists what is damaged.
func (r *FileReader) Verify(c *Context) error {
	defer runtime.KeepAlive(r)
	return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_file_reader_verify(c, r.ptr) })
}

// Metadata is what the file says about itself.
func (r *FileReader) Metadata(key string) (value string, ok bool) {
	defer runtime.KeepAlive(r)
	var t texts
	defer t.free()
	text := C.pawl_file_reader_metadata(r.ptr, t.add(key))
	return C.GoString(text), text != nil
}

// FileWriter writes a .pawl file, which appears whole at Finish or not at all.
type FileWriter struct {
	ptr *C.pawl_file_writer
}

// CreateFile never overwrites one of inputs.
func CreateFile(c *Context, path string, inputs ...string) (*FileWriter, error) {
	var t texts
	defer t.free()
	file := t.add(path)
	list := t.list(inputs)
	w := &FileWriter{}
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_file_writer_create(c, file, list, C.size_t(len(inputs)), &w.ptr)
	})
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(w, (*FileWriter).Close)
	return w, nil
}

// Close leaves nothing behind if the file was not finished.
func (w *FileWriter) Close() {
	C.pawl_file_writer_destroy(w.ptr)
	w.ptr = nil
	runtime.SetFinalizer(w, nil)
}

// Add a quantized tensor.
func (w *FileWriter) Add(c *Context, name string, q *QuantizedTensor) error {
	defer runtime.KeepAlive(w)
	defer runtime.KeepAlive(q)
	var t texts
	defer t.free()
	return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_file_writer_add(c, w.ptr, t.add(name), q.ptr) })
}

// AddPlain adds a tensor as it is.
func (w *FileWriter) AddPlain(c *Context, name string, plain *Tensor) error {
	defer runtime.KeepAlive(w)
	defer runtime.KeepAlive(plain)
	var t texts
	defer t.free()
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_file_writer_add_plain(c, w.ptr, t.add(name), plain.ptr)
	})
}

// SetMetadata is what the file is to say about itself.
func (w *FileWriter) SetMetadata(c *Context, key, value string) error {
	defer runtime.KeepAlive(w)
	var t texts
	defer t.free()
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_file_writer_set_metadata(c, w.ptr, t.add(key), t.add(value))
	})
}

// Finish writes the header, reads the file back, and renames it.
func (w *FileWriter) Finish(c *Context) error {
	defer runtime.KeepAlive(w)
	return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_file_writer_finish(c, w.ptr) })
}
