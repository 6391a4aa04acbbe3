// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
#include <stdlib.h>

// The places of the results are made here, for C code may not be given pointers to pointers of Go's.
static int32_t run_group(pawl_context* context, const pawl_linear* const* layers, size_t count, size_t rows, const void* x,
                         int32_t x_dtype, void* y, int32_t y_dtype) {
  char* place = (char*)y;
  void** places = (void**)calloc(count + 1, sizeof *places);
  int32_t status = PAWL_RESOURCE_EXHAUSTED;
  size_t i;
  if (places != NULL) {
    for (i = 0; i < count; ++i) {
      places[i] = place;
      place += rows * pawl_linear_out_features(layers[i]) * pawl_dtype_size(y_dtype);
    }
    status = pawl_linear_run_group(context, layers, count, rows, x, x_dtype, 0, places, y_dtype);
  }
  free(places);
  return status;
}
*/
import "C"

import (
	"fmt"
	"runtime"
	"unsafe"
)

// RunGroup computes layers on the same dense rows x, as attention's query, key and value: y has all rows of the first
// one's result, then those of the second's ..., bit for bit as Run gives them, with x quantized once for all that share it.
func RunGroup[X, Y Element](c *Context, layers []*Linear, rows int, x []X, y []Y) error {
	defer runtime.KeepAlive(layers)
	handles := make([]*C.pawl_linear, len(layers))
	out := 0
	for i, layer := range layers {
		handles[i] = layer.ptr
		out += layer.OutFeatures()
		if rows < 0 || !fits(len(x), rows, layer.InFeatures()) {
			return invalid(fmt.Sprintf("layer '%s' takes [%d, %d]; x has %d elements", C.GoString(C.pawl_linear_name(layer.ptr)), rows,
				layer.InFeatures(), len(x)))
		}
	}
	if !fits(len(y), rows, out) {
		return invalid(fmt.Sprintf("%d layers give %d rows of %d elements in all; y has %d", len(layers), rows, out, len(y)))
	}
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.run_group(c, (**C.pawl_linear)(unsafe.Pointer(pointer(handles))), C.size_t(len(handles)), C.size_t(rows), pointer(x),
			C.int32_t(dtypeOf[X]()), pointer(y), C.int32_t(dtypeOf[Y]()))
	})
}

// SharesInput tells whether RunGroup quantizes x once for both.
func (l *Linear) SharesInput(other *Linear) bool {
	defer runtime.KeepAlive(l)
	defer runtime.KeepAlive(other)
	return C.pawl_linear_shares_input(l.ptr, other.ptr) == 1
}
