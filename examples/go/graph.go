// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
#include <stdlib.h>
*/
import "C"

import (
	"runtime"
	"unsafe"
)

// Graph is a whole model, read from ONNX: what is in it. An Executor runs it. It does not change.
type Graph struct {
	ptr *C.pawl_graph
}

// Value is a named tensor of a graph. DType is -1 where it is not known, Shape is nil where not even the number of
// dimensions is.
type Value struct {
	Name  string
	Kind  ValueKind
	DType DType
	Shape []Dim
}

// Dim is a dimension: a size, or -1 where only its name is known, which is the same size wherever it stands, or not even
// that.
type Dim struct {
	Size   int
	Symbol string
}

// Node is an operation. An input or output that is optional and absent is "".
type Node struct {
	Name, Operator, Domain string // ONNX's own domain is ""
	Opset                  int    // version of the domain's operators
	Runs                   bool   // Pawl has it
	Inputs, Outputs        []string
}

// Operator is one that Pawl runs. LastOpset is 0 where there is no last one.
type Operator struct {
	Name, Domain          string
	FirstOpset, LastOpset int
	Quantization          string // what it does to it: "linear", "conv", "passes", "float" ...
}

// Operators that Pawl runs.
func Operators() []Operator {
	all := make([]Operator, C.pawl_graph_operator_count())
	for i := range all {
		index := C.size_t(i)
		all[i] = Operator{
			Name:         C.GoString(C.pawl_graph_operator_name(index)),
			Domain:       C.GoString(C.pawl_graph_operator_domain(index)),
			FirstOpset:   int(C.pawl_graph_operator_first_opset(index)),
			LastOpset:    int(C.pawl_graph_operator_last_opset(index)),
			Quantization: C.GoString(C.pawl_graph_operator_quantization(index)),
		}
	}
	return all
}

func newGraph(ptr *C.pawl_graph, err error) (*Graph, error) {
	if err != nil {
		return nil, err
	}
	g := &Graph{ptr}
	runtime.SetFinalizer(g, (*Graph).Close)
	return g, nil
}

// OpenGraph maps an ONNX file, with its external data beside it.
func OpenGraph(c *Context, path string) (*Graph, error) {
	var t texts
	defer t.free()
	var ptr *C.pawl_graph
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_graph_open(c, t.add(path), &ptr) })
	return newGraph(ptr, err)
}

// ParseGraph reads an ONNX model's bytes, of which it keeps a copy. The name is for error texts.
func ParseGraph(c *Context, model []byte, name string) (*Graph, error) {
	var t texts
	defer t.free()
	memory := C.CBytes(model) // C code may not keep memory of Go's
	var ptr *C.pawl_graph
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_graph_open_memory(c, memory, C.size_t(len(model)), C.pawl_release_fn(C.free), memory, t.add(name), nil, &ptr)
	})
	if err != nil {
		C.free(memory) // a call that failed does not release
	}
	return newGraph(ptr, err)
}

// Close gives the graph back; executors stay.
func (g *Graph) Close() {
	C.pawl_graph_destroy(g.ptr)
	g.ptr = nil
	runtime.SetFinalizer(g, nil)
}

func (g *Graph) value(index C.size_t) Value {
	v := Value{
		Name:  C.GoString(C.pawl_graph_value_name(g.ptr, index)),
		Kind:  ValueKind(C.pawl_graph_value_kind(g.ptr, index)),
		DType: DType(C.pawl_graph_value_dtype(g.ptr, index)),
	}
	rank := C.pawl_graph_value_rank(g.ptr, index)
	if rank < 0 {
		return v
	}
	v.Shape = make([]Dim, rank)
	if rank == 0 {
		return v
	}
	for i, size := range unsafe.Slice(C.pawl_graph_value_shape(g.ptr, index), int(rank)) {
		if v.Shape[i] = (Dim{Size: int(size)}); size < 0 {
			v.Shape[i] = Dim{-1, C.GoString(C.pawl_graph_symbol(g.ptr, size))}
		}
	}
	return v
}

// Values in the order of the file.
func (g *Graph) Values() []Value {
	defer runtime.KeepAlive(g)
	values := make([]Value, C.pawl_graph_value_count(g.ptr))
	for i := range values {
		values[i] = g.value(C.size_t(i))
	}
	return values
}

// Inputs are what must be fed, in order.
func (g *Graph) Inputs() []Value {
	defer runtime.KeepAlive(g)
	values := make([]Value, C.pawl_graph_input_count(g.ptr))
	for i := range values {
		values[i] = g.value(C.size_t(C.pawl_graph_input(g.ptr, C.size_t(i))))
	}
	return values
}

// Outputs are what comes out, in order.
func (g *Graph) Outputs() []Value {
	defer runtime.KeepAlive(g)
	values := make([]Value, C.pawl_graph_output_count(g.ptr))
	for i := range values {
		values[i] = g.value(C.size_t(C.pawl_graph_output(g.ptr, C.size_t(i))))
	}
	return values
}

func (g *Graph) valueName(index C.int64_t) string {
	if index < 0 {
		return ""
	}
	return C.GoString(C.pawl_graph_value_name(g.ptr, C.size_t(index)))
}

// Nodes in the order of the file.
func (g *Graph) Nodes() []Node {
	defer runtime.KeepAlive(g)
	nodes := make([]Node, C.pawl_graph_node_count(g.ptr))
	for i := range nodes {
		node := C.size_t(i)
		n := &nodes[i]
		n.Name = C.GoString(C.pawl_graph_node_name(g.ptr, node))
		n.Operator = C.GoString(C.pawl_graph_node_operator(g.ptr, node))
		n.Domain = C.GoString(C.pawl_graph_node_domain(g.ptr, node))
		n.Opset = int(C.pawl_graph_node_opset(g.ptr, node))
		n.Runs = C.pawl_graph_node_runs(g.ptr, node) == 1
		for j := C.size_t(0); j < C.pawl_graph_node_input_count(g.ptr, node); j++ {
			n.Inputs = append(n.Inputs, g.valueName(C.pawl_graph_node_input(g.ptr, node, j)))
		}
		for j := C.size_t(0); j < C.pawl_graph_node_output_count(g.ptr, node); j++ {
			n.Outputs = append(n.Outputs, g.valueName(C.pawl_graph_node_output(g.ptr, node, j)))
		}
	}
	return nodes
}

// Constant shares the memory of a constant; names that are none are an error with the nearest ones.
func (g *Graph) Constant(c *Context, name string) (*Tensor, error) {
	defer runtime.KeepAlive(g)
	var t texts
	defer t.free()
	var index C.size_t
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_graph_find(c, g.ptr, t.add(name), &index) })
	if err == nil {
		err = c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_graph_value_tensor(c, g.ptr, index, &ptr) })
	}
	return newTensor(ptr, err)
}

// Opset is the version of a domain's operators that the model asks for; 0 where it does not.
func (g *Graph) Opset(domain string) int {
	defer runtime.KeepAlive(g)
	var t texts
	defer t.free()
	return int(C.pawl_graph_opset(g.ptr, t.add(domain)))
}

// Metadata is what the model says of itself.
func (g *Graph) Metadata(key string) (value string, ok bool) {
	defer runtime.KeepAlive(g)
	var t texts
	defer t.free()
	text := C.pawl_graph_metadata(g.ptr, t.add(key))
	return C.GoString(text), text != nil
}

// Save writes an ONNX file, which appears whole or not at all; never one of inputs.
func (g *Graph) Save(c *Context, path string, inputs ...string) error {
	defer runtime.KeepAlive(g)
	var t texts
	defer t.free()
	file := t.add(path)
	list := t.list(inputs)
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_graph_save(c, g.ptr, file, list, C.size_t(len(inputs)))
	})
}

// Bytes are those that Save writes.
func (g *Graph) Bytes(c *Context) (model []byte, err error) {
	defer runtime.KeepAlive(g)
	var buffer *C.pawl_buffer
	err = c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_buffer_create(c, &buffer) })
	if err != nil {
		return nil, err
	}
	defer C.pawl_buffer_destroy(buffer)
	err = c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_graph_save_buffer(c, g.ptr, buffer) })
	if err != nil {
		return nil, err
	}
	data := (*byte)(C.pawl_buffer_data(buffer))
	return append([]byte(nil), unsafe.Slice(data, int(C.pawl_buffer_size(buffer)))...), nil
}
