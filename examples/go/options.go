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

// Option is one setting of a context, a quantization, an observer, a range, a layer, a job, a method or a model. pawl.h
// says what each id is for, its default and its bounds; what does not fit is an error of the call that takes the options.
type Option func(*C.pawl_options) C.int32_t

// Int sets an option of integers and enums.
func Int[T ~int | ~int32 | ~int64](id OptionID, value T) Option {
	return func(o *C.pawl_options) C.int32_t {
		return C.pawl_options_set_int(o, C.int32_t(id), C.int64_t(value))
	}
}

// Bool sets an option that is 0 or 1.
func Bool(id OptionID, value bool) Option {
	if value {
		return Int(id, 1)
	}
	return Int(id, 0)
}

// Double sets an option of real numbers.
func Double(id OptionID, value float64) Option {
	return func(o *C.pawl_options) C.int32_t {
		return C.pawl_options_set_double(o, C.int32_t(id), C.double(value))
	}
}

// String sets an option of texts and paths.
func String(id OptionID, value string) Option {
	return func(o *C.pawl_options) C.int32_t {
		var t texts
		defer t.free()
		return C.pawl_options_set_string(o, C.int32_t(id), t.add(value))
	}
}

// Ints sets an option of a list of integers.
func Ints(id OptionID, values []int32) Option {
	return func(o *C.pawl_options) C.int32_t {
		return C.pawl_options_set_ints(o, C.int32_t(id), (*C.int32_t)(pointer(values)), C.size_t(len(values)))
	}
}

// Floats sets an option of a list of real numbers.
func Floats(id OptionID, values []float32) Option {
	return func(o *C.pawl_options) C.int32_t {
		return C.pawl_options_set_floats(o, C.int32_t(id), (*C.float)(pointer(values)), C.size_t(len(values)))
	}
}

// Bias of a layer, one for each output. It is shared, so the tensor may be closed.
func Bias(bias *Tensor) Option {
	return func(o *C.pawl_options) C.int32_t {
		defer runtime.KeepAlive(bias)
		return C.pawl_options_set_tensor(o, C.int32_t(OptionIDBias), bias.ptr)
	}
}

// Threads of a context, the caller among them; 0: as many as the process may run on.
func Threads(threads int) Option { return Int(OptionIDThreads, threads) }

// Mode of a layer.
func Mode(mode LinearMode) Option { return Int(OptionIDLinearMode, mode) }

// Name of a layer, for error texts.
func Name(name string) Option { return String(OptionIDName, name) }

// Input of a job: a safetensors file, an index of shards, or a folder.
func Input(path string) Option { return String(OptionIDInput, path) }

// Output of a job: the .pawl file to write.
func Output(path string) Option { return String(OptionIDOutput, path) }

// CalibrationIDs of a job: ids of a text, on which a decoder is calibrated layer by layer.
func CalibrationIDs(ids []int32) Option { return Ints(OptionIDCalibrationIds, ids) }

// CalibrationContext of a job with CalibrationIDs: ids of a window; 0: the model's own context.
func CalibrationContext(ids int) Option { return Int(OptionIDCalibrationContext, ids) }

// Imatrix of a job: llama.cpp's, which counts before other importances.
func Imatrix(path string) Option { return String(OptionIDImatrix, path) }

// ImatrixOutput of a job: where to write what CalibrationIDs gave.
func ImatrixOutput(path string) Option { return String(OptionIDImatrixOutput, path) }

// Resume of a job: go on with what an interrupted run of it left, and leave what is done for the next one.
func Resume(resume bool) Option { return Bool(OptionIDResume, resume) }

// pointer to the elements, for the time of a call.
func pointer[T any](values []T) unsafe.Pointer {
	if len(values) == 0 {
		return nil
	}
	return unsafe.Pointer(&values[0])
}

// withOptions calls use with a handle that has these options.
func withOptions(kind OptionsKind, options []Option, use func(*C.pawl_options) error) error {
	var handle *C.pawl_options
	if status := C.pawl_options_create(C.int32_t(kind), &handle); status != 0 {
		return &Error{Status: Status(status), Message: "options could not be made"}
	}
	defer C.pawl_options_destroy(handle)
	for _, option := range options {
		if status := option(handle); status != 0 {
			return optionsError(handle, status)
		}
	}
	return use(handle)
}

func optionsError(handle *C.pawl_options, status C.int32_t) error {
	return &Error{Status: Status(status), Message: C.GoString(C.pawl_options_last_error(handle))}
}
