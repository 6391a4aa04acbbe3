// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

// libraryConstants are the enum constants as the loaded library has them, for the test: cgo is not for test files.
func libraryConstants() map[string]int64 {
	constants := make(map[string]int64)
	for i := C.size_t(0); i < C.pawl_constant_count(); i++ {
		constants[C.GoString(C.pawl_constant_name(i))] = int64(C.pawl_constant_value(i))
	}
	return constants
}
