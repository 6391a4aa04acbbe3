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

// Embedding looks up rows of a table [rows, cols] of any scheme. It does not change: any number of goroutines may use it,
// each with a Context of its own.
type Embedding struct {
	ptr *C.pawl_embedding
}

// NewEmbedding shares the table's memory; it may be closed. The name is for error texts.
func NewEmbedding(c *Context, table *QuantizedTensor, name string) (*Embedding, error) {
	defer runtime.KeepAlive(table)
	var t texts
	defer t.free()
	e := &Embedding{}
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_embedding_create(c, table.ptr, t.add(name), &e.ptr) })
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(e, (*Embedding).Close)
	return e, nil
}

// Close gives the embedding back.
func (e *Embedding) Close() {
	C.pawl_embedding_destroy(e.ptr)
	e.ptr = nil
	runtime.SetFinalizer(e, nil)
}

// Rows of the table.
func (e *Embedding) Rows() int {
	defer runtime.KeepAlive(e)
	return int(C.pawl_embedding_rows(e.ptr))
}

// Cols of the table.
func (e *Embedding) Cols() int {
	defer runtime.KeepAlive(e)
	return int(C.pawl_embedding_cols(e.ptr))
}

// Lookup makes row i of y [indices, cols] row indices[i] of the table. StatusOutOfRange names an index that is none,
// before anything is written.
func Lookup[Y Element](c *Context, e *Embedding, indices []int64, y []Y) error {
	defer runtime.KeepAlive(e)
	if !fits(len(y), len(indices), e.Cols()) {
		return invalid(fmt.Sprintf("%d rows of %d elements do not fit %d", len(indices), e.Cols(), len(y)))
	}
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_embedding_lookup_i64(c, e.ptr, (*C.int64_t)(pointer(indices)), C.size_t(len(indices)), pointer(y),
			C.int32_t(dtypeOf[Y]()), 0)
	})
}
