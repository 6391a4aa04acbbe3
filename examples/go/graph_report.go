// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

import "runtime"

// GraphReport is what a job did, and why.
type GraphReport struct {
	ptr *C.pawl_graph_report
}

// LayerReport is one layer's part of it. Scheme is empty where it is not quantized, and Reason says why.
type LayerReport struct {
	Name, Operator, Weights, Scheme, Activations, Reason string
	SQNRDB                                               float64 // of the weights; NaN where there are no codes
}

// OutputReport is an output of the written model against that of the float one.
type OutputReport struct {
	Name                           string
	SQNRDB, MaxError, SameDecision float64
}

// Close gives the report back.
func (r *GraphReport) Close() {
	C.pawl_graph_report_destroy(r.ptr)
	r.ptr = nil
	runtime.SetFinalizer(r, nil)
}

// String is the text for people.
func (r *GraphReport) String() string {
	defer runtime.KeepAlive(r)
	return C.GoString(C.pawl_graph_report_text(r.ptr))
}

// JSON is all of it, with stable key names.
func (r *GraphReport) JSON() string {
	defer runtime.KeepAlive(r)
	return C.GoString(C.pawl_graph_report_json(r.ptr))
}

// Graph is the quantized model, to run or to save; there is none after a dry run.
func (r *GraphReport) Graph(c *Context) (*Graph, error) {
	defer runtime.KeepAlive(r)
	var ptr *C.pawl_graph
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_graph_report_graph(c, r.ptr, &ptr) })
	return newGraph(ptr, err)
}

// Total of a figure; NaN for one that there is not.
func (r *GraphReport) Total(figure GraphFigure) float64 {
	defer runtime.KeepAlive(r)
	return float64(C.pawl_graph_report_total(r.ptr, C.int32_t(figure)))
}

// Layers are nodes with weights, and products of two activations.
func (r *GraphReport) Layers() []LayerReport {
	defer runtime.KeepAlive(r)
	layers := make([]LayerReport, C.pawl_graph_report_layer_count(r.ptr))
	for i := range layers {
		index := C.size_t(i)
		layers[i] = LayerReport{
			Name:        C.GoString(C.pawl_graph_report_layer_name(r.ptr, index)),
			Operator:    C.GoString(C.pawl_graph_report_layer_operator(r.ptr, index)),
			Weights:     C.GoString(C.pawl_graph_report_layer_weights(r.ptr, index)),
			Scheme:      C.GoString(C.pawl_graph_report_layer_scheme(r.ptr, index)),
			Activations: C.GoString(C.pawl_graph_report_layer_activations(r.ptr, index)),
			Reason:      C.GoString(C.pawl_graph_report_layer_reason(r.ptr, index)),
			SQNRDB:      float64(C.pawl_graph_report_layer(r.ptr, index, C.PAWL_GRAPH_FIGURE_SQNR_DB)),
		}
	}
	return layers
}

// Outputs of the written model; none without samples.
func (r *GraphReport) Outputs() []OutputReport {
	defer runtime.KeepAlive(r)
	outputs := make([]OutputReport, C.pawl_graph_report_output_count(r.ptr))
	for i := range outputs {
		index := C.size_t(i)
		outputs[i] = OutputReport{
			Name:         C.GoString(C.pawl_graph_report_output_name(r.ptr, index)),
			SQNRDB:       float64(C.pawl_graph_report_output(r.ptr, index, C.PAWL_GRAPH_FIGURE_SQNR_DB)),
			MaxError:     float64(C.pawl_graph_report_output(r.ptr, index, C.PAWL_GRAPH_FIGURE_MAX_ERROR)),
			SameDecision: float64(C.pawl_graph_report_output(r.ptr, index, C.PAWL_GRAPH_FIGURE_SAME_DECISION)),
		}
	}
	return outputs
}

// Passes are what was done to the graph, and what that brought.
func (r *GraphReport) Passes() []string {
	defer runtime.KeepAlive(r)
	passes := make([]string, C.pawl_graph_report_pass_count(r.ptr))
	for i := range passes {
		passes[i] = C.GoString(C.pawl_graph_report_pass(r.ptr, C.size_t(i)))
	}
	return passes
}

// Notes are what else should be known.
func (r *GraphReport) Notes() []string {
	defer runtime.KeepAlive(r)
	notes := make([]string, C.pawl_graph_report_note_count(r.ptr))
	for i := range notes {
		notes[i] = C.GoString(C.pawl_graph_report_note(r.ptr, C.size_t(i)))
	}
	return notes
}

// GraphAnalysis is what Analyze found.
type GraphAnalysis struct {
	ptr *C.pawl_graph_analysis
}

// Close gives the analysis back.
func (a *GraphAnalysis) Close() {
	C.pawl_graph_analysis_destroy(a.ptr)
	a.ptr = nil
	runtime.SetFinalizer(a, nil)
}

// String is the text for people.
func (a *GraphAnalysis) String() string {
	defer runtime.KeepAlive(a)
	return C.GoString(C.pawl_graph_analysis_text(a.ptr))
}

// JSON is all of it, with stable key names.
func (a *GraphAnalysis) JSON() string {
	defer runtime.KeepAlive(a)
	return C.GoString(C.pawl_graph_analysis_json(a.ptr))
}

// Recipe is one that meets the bound asked for, by keeping the costliest layers in float.
func (a *GraphAnalysis) Recipe(c *Context) (*Recipe, error) {
	defer runtime.KeepAlive(a)
	var ptr *C.pawl_recipe
	err := c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_graph_analysis_recipe(c, a.ptr, &ptr) })
	return newRecipe(ptr, err)
}
