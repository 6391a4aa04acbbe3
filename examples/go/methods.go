// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

import (
	"context"
	"math"
	"runtime"
)

// Methods on bare matrices: weights are [outputs, columns], inputs [.., columns], both of any float type.

// MethodFigures are what a method tells of its work; what it does not know is not there.
type MethodFigures map[MethodFigure]float64

// GPTQSparsity of GPTQ: the share of weights that are pruned in the same pass.
func GPTQSparsity(share float64) Option { return Double(OptionIDGPTQSparsity, share) }

// GPTQZeros of GPTQ: prunes so many of each `of` (2, 4, 8 or 16) inputs of an output instead of a share of all. Needs
// ByActivation(false) of the factor.
func GPTQZeros(zeros, of int) Option {
	return both(Int(OptionIDGPTQZeros, zeros), Int(OptionIDGPTQZerosOf, of))
}

// Sparsity of PruneMagnitude and SparseGPT: the share of weights that become 0.
func Sparsity(share float64) Option { return Double(OptionIDSparsity, share) }

// Zeros of PruneMagnitude and SparseGPT: so many of each `of` (2, 4, 8 or 16) inputs of an output instead of a share of
// all. SparseGPT needs ByActivation(false) of its factor for it.
func Zeros(zeros, of int) Option { return both(Int(OptionIDZeros, zeros), Int(OptionIDZerosOf, of)) }

// BlockImportance of SearchBlocks, of each column: Moments.Importance.
func BlockImportance(importance []float32) Option { return Floats(OptionIDBlockImportance, importance) }

func both(first, second Option) Option {
	return func(o *C.pawl_options) C.int32_t {
		if status := first(o); status != 0 {
			return status
		}
		return second(o)
	}
}

// A call that tells of its work.
type methodCall func(c *C.pawl_context, o *C.pawl_options, figures *C.double, count C.size_t) C.int32_t

func runMethod(ctx context.Context, c *Context, kind OptionsKind, options []Option, call methodCall) (MethodFigures, error) {
	var values [MethodFigureCount]C.double
	err := withOptions(kind, options, func(o *C.pawl_options) error {
		return c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
			return call(c, o, &values[0], C.size_t(len(values)))
		})
	})
	if err != nil {
		return nil, err
	}
	figures := MethodFigures{}
	for i, value := range values {
		if !math.IsNaN(float64(value)) {
			figures[MethodFigure(i)] = float64(value)
		}
	}
	return figures, nil
}

// GPTQ (Frantar et al. 2023), for any scheme whose codes round single values; options of GPTQ.
func GPTQ(ctx context.Context, c *Context, weights *Tensor, scheme *Scheme, factor *Factor, options ...Option) (*QuantizedTensor, MethodFigures, error) {
	defer runtime.KeepAlive(weights)
	defer runtime.KeepAlive(scheme)
	defer runtime.KeepAlive(factor)
	var ptr *C.pawl_quantized_tensor
	figures, err := runMethod(ctx, c, OptionsKindGPTQ, options,
		func(c *C.pawl_context, o *C.pawl_options, figures *C.double, count C.size_t) C.int32_t {
			return C.pawl_gptq(c, weights.ptr, scheme.ptr, factor.ptr, o, figures, count, &ptr)
		})
	q, err := newQuantized(ptr, err)
	return q, figures, err
}

// CorrectForInputs is asymmetric calibration (GPTAQ, Qronos): the float32 weights for which the quantized network's inputs
// come nearest to what the float network's give, to be quantized in place of weights. The moments are of pairs, and the
// factor is theirs; strength 1 is the least-squares solution.
func CorrectForInputs(ctx context.Context, c *Context, weights *Tensor, moments *Moments, factor *Factor, strength float64) (*Tensor, error) {
	defer runtime.KeepAlive(weights)
	defer runtime.KeepAlive(moments)
	defer runtime.KeepAlive(factor)
	var ptr *C.pawl_tensor
	err := c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_correct_for_inputs(c, weights.ptr, moments.ptr, factor.ptr, C.double(strength), &ptr)
	})
	return newTensor(ptr, err)
}

// PruneMagnitude gives float32 weights of which the smallest became 0: Sparsity or Zeros says how many.
func PruneMagnitude(ctx context.Context, c *Context, weights *Tensor, options ...Option) (*Tensor, MethodFigures, error) {
	defer runtime.KeepAlive(weights)
	var ptr *C.pawl_tensor
	figures, err := runMethod(ctx, c, OptionsKindPruning, options,
		func(c *C.pawl_context, o *C.pawl_options, figures *C.double, count C.size_t) C.int32_t {
			return C.pawl_prune_magnitude(c, weights.ptr, o, figures, count, &ptr)
		})
	t, err := newTensor(ptr, err)
	return t, figures, err
}

// SparseGPT (Frantar, Alistarh 2023): as PruneMagnitude, and the other weights make up for those that are gone.
func SparseGPT(ctx context.Context, c *Context, weights *Tensor, factor *Factor, options ...Option) (*Tensor, MethodFigures, error) {
	defer runtime.KeepAlive(weights)
	defer runtime.KeepAlive(factor)
	var ptr *C.pawl_tensor
	figures, err := runMethod(ctx, c, OptionsKindPruning, options,
		func(c *C.pawl_context, o *C.pawl_options, figures *C.double, count C.size_t) C.int32_t {
			return C.pawl_sparse_gpt(c, weights.ptr, factor.ptr, o, figures, count, &ptr)
		})
	t, err := newTensor(ptr, err)
	return t, figures, err
}

// AWQ (Lin et al. 2024): scales, clipping and codes of one layer; the result's scheme has an input scale; options of AWQ.
func AWQ(ctx context.Context, c *Context, weights, inputs *Tensor, scheme *Scheme, options ...Option) (*QuantizedTensor, MethodFigures, error) {
	defer runtime.KeepAlive(weights)
	defer runtime.KeepAlive(inputs)
	defer runtime.KeepAlive(scheme)
	var ptr *C.pawl_quantized_tensor
	figures, err := runMethod(ctx, c, OptionsKindAWQ, options,
		func(c *C.pawl_context, o *C.pawl_options, figures *C.double, count C.size_t) C.int32_t {
			return C.pawl_awq(c, weights.ptr, inputs.ptr, scheme.ptr, o, figures, count, &ptr)
		})
	q, err := newQuantized(ptr, err)
	return q, figures, err
}

// AWQScales are its scales alone, float32 [columns], for layers that share inputs: ScaleColumns multiplies weights by them,
// and what makes the inputs is divided.
func AWQScales(ctx context.Context, c *Context, layers []*Tensor, inputs *Tensor, scheme *Scheme, options ...Option) (*Tensor, MethodFigures, error) {
	defer runtime.KeepAlive(layers)
	defer runtime.KeepAlive(inputs)
	defer runtime.KeepAlive(scheme)
	list := handles(layers)
	var ptr *C.pawl_tensor
	figures, err := runMethod(ctx, c, OptionsKindAWQ, options,
		func(c *C.pawl_context, o *C.pawl_options, figures *C.double, count C.size_t) C.int32_t {
			return C.pawl_awq_scales(c, (**C.pawl_tensor)(pointer(list)), C.size_t(len(list)), inputs.ptr, scheme.ptr, o,
				figures, count, &ptr)
		})
	t, err := newTensor(ptr, err)
	return t, figures, err
}

// AWQClip is its clipping alone: float32 weights, cut off where that makes the error of the outputs smaller.
func AWQClip(ctx context.Context, c *Context, weights, inputs *Tensor, scheme *Scheme, options ...Option) (t *Tensor, err error) {
	defer runtime.KeepAlive(weights)
	defer runtime.KeepAlive(inputs)
	defer runtime.KeepAlive(scheme)
	err = withOptions(OptionsKindAWQ, options, func(o *C.pawl_options) (err error) {
		var ptr *C.pawl_tensor
		err = c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
			return C.pawl_awq_clip(c, weights.ptr, inputs.ptr, scheme.ptr, o, &ptr)
		})
		t, err = newTensor(ptr, err)
		return err
	})
	return t, err
}

// SmoothQuantScales (Xiao et al. 2023): float32 [columns], max |x|^alpha / max |w|^(1 - alpha) of each, for layers that share
// inputs whose largest magnitudes are maxima.
func SmoothQuantScales(c *Context, layers []*Tensor, maxima []float32, alpha float64) (*Tensor, error) {
	defer runtime.KeepAlive(layers)
	list := handles(layers)
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_smooth_quant_scales(c, (**C.pawl_tensor)(pointer(list)), C.size_t(len(list)),
			(*C.float)(pointer(maxima)), C.size_t(len(maxima)), C.double(alpha), &ptr)
	})
	return newTensor(ptr, err)
}

// ScaleColumns gives float32 weights with column j times scales[j].
func ScaleColumns(c *Context, weights *Tensor, scales []float32) (*Tensor, error) {
	defer runtime.KeepAlive(weights)
	var ptr *C.pawl_tensor
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_scale_columns(c, weights.ptr, (*C.float)(pointer(scales)), C.size_t(len(scales)), &ptr)
	})
	return newTensor(ptr, err)
}

// HQQ (Badri, Shaji 2023), for schemes with a float zero point ("int4:g64:hqq"); needs no inputs; options of HQQ.
func HQQ(ctx context.Context, c *Context, weights *Tensor, scheme *Scheme, options ...Option) (*QuantizedTensor, MethodFigures, error) {
	defer runtime.KeepAlive(weights)
	defer runtime.KeepAlive(scheme)
	var ptr *C.pawl_quantized_tensor
	figures, err := runMethod(ctx, c, OptionsKindHQQ, options,
		func(c *C.pawl_context, o *C.pawl_options, figures *C.double, count C.size_t) C.int32_t {
			return C.pawl_hqq(c, weights.ptr, scheme.ptr, o, figures, count, &ptr)
		})
	q, err := newQuantized(ptr, err)
	return q, figures, err
}

// SearchBlocks rounds weighted by importance, for GGUF's block formats and any groups along the rows: BlockImportance.
func SearchBlocks(ctx context.Context, c *Context, weights *Tensor, scheme *Scheme, options ...Option) (*QuantizedTensor, MethodFigures, error) {
	defer runtime.KeepAlive(weights)
	defer runtime.KeepAlive(scheme)
	var ptr *C.pawl_quantized_tensor
	figures, err := runMethod(ctx, c, OptionsKindBlockSearch, options,
		func(c *C.pawl_context, o *C.pawl_options, figures *C.double, count C.size_t) C.int32_t {
			return C.pawl_search_blocks(c, weights.ptr, scheme.ptr, o, figures, count, &ptr)
		})
	q, err := newQuantized(ptr, err)
	return q, figures, err
}
