// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Package pawl quantizes neural-network models and runs the quantized layers, exactly and fast, on a CPU, through the
// installed C library of Pawl (pkg-config: pawl-c).
//
// A [Context] has the threads and takes one call at a time; other goroutines wait. Everything else may be shared by
// goroutines, each with a Context of its own, but for Moments and LanguageModels and what changes a Calibrator or a
// FileWriter. Calls that take long take a context.Context, which cancels them; [Context.Progress] tells from any goroutine
// how far they are. Nothing calls from C into Go.
//
// What has a Close method holds memory of the library's; a finalizer closes what was forgotten. Closing twice is fine;
// a call with something closed is an error.
package pawl

/*
#cgo pkg-config: pawl-c
#include <pawl.h>
#include <stdlib.h>
*/
import "C"

import "unsafe"

// Version is that of the loaded library: "0.1.0".
func Version() string { return C.GoString(C.pawl_version_string()) }

// List has the names in one of the library's lists: schemes and the words of their texts, instruction sets, methods ...
func List(list ListID) []string {
	names := make([]string, C.pawl_list_count(C.int32_t(list)))
	for i := range names {
		names[i] = C.GoString(C.pawl_list_name(C.int32_t(list), C.size_t(i)))
	}
	return names
}

// Descriptions has a line about each name of List, empty where the name says it all.
func Descriptions(list ListID) []string {
	lines := make([]string, C.pawl_list_count(C.int32_t(list)))
	for i := range lines {
		lines[i] = C.GoString(C.pawl_list_description(C.int32_t(list), C.size_t(i)))
	}
	return lines
}

// Error is what every call that fails returns: errors.Is(err, pawl.StatusNotFound) asks for its status, and
// errors.Is(err, context.Canceled) tells that a context.Context ended the call.
type Error struct {
	Status  Status
	Message string // names the tensor, file or option, and says what to do
	cause   error
}

func (e *Error) Error() string { return e.Status.String() + ": " + e.Message }

// Unwrap gives the error of the context.Context that cancelled the call, or nil.
func (e *Error) Unwrap() error { return e.cause }

// Is compares with a Status.
func (e *Error) Is(target error) bool {
	status, ok := target.(Status)
	return ok && status == e.Status
}

// String is the name of a status: "not_found".
func (s Status) String() string { return C.GoString(C.pawl_status_name(C.int32_t(s))) }

// Error makes a Status something that errors.Is can look for.
func (s Status) Error() string { return s.String() }

func invalid(message string) error { return &Error{Status: StatusInvalidArgument, Message: message} }

// texts are C strings for the time of a call.
type texts []*C.char

func (t *texts) add(text string) *C.char {
	c := C.CString(text)
	*t = append(*t, c)
	return c
}

func (t *texts) free() {
	for _, c := range *t {
		C.free(unsafe.Pointer(c))
	}
}

// list is an array of C's, for C code may not be given pointers to pointers of Go's.
func (t *texts) list(names []string) **C.char {
	var one *C.char
	list := (**C.char)(C.calloc(C.size_t(len(names)+1), C.size_t(unsafe.Sizeof(one))))
	for i, name := range names {
		unsafe.Slice(list, len(names))[i] = t.add(name)
	}
	*t = append(*t, (*C.char)(unsafe.Pointer(list)))
	return list
}

func cShape(shape []int) []C.int64_t {
	c := make([]C.int64_t, len(shape), len(shape)+1)
	for i, size := range shape {
		c[i] = C.int64_t(size)
	}
	return c
}

func shapePointer(shape []C.int64_t) *C.int64_t { return &shape[:1][0] } // room for one is always there

func goShape(pointer *C.int64_t, rank C.size_t) []int {
	shape := make([]int, rank)
	if pointer != nil {
		for i, size := range unsafe.Slice(pointer, int(rank)) {
			shape[i] = int(size)
		}
	}
	return shape
}

func product(shape []int) int {
	n := 1
	for _, size := range shape {
		n *= size
	}
	return n
}
