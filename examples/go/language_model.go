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

// LanguageModel is a decoder of the llama family or a BERT encoder out of a Hugging Face folder or a GGUF file, float or
// quantized. It serves one goroutine at a time.
type LanguageModel struct {
	ptr *C.pawl_language_model
}

// Positions of a language model that a sequence may have; 0: the model's, 4096 at most.
func Positions(positions int) Option { return Int(OptionIDPositions, positions) }

// DynamicInt8 of a language model: layers with integer codes quantize their activations.
func DynamicInt8(on bool) Option { return Bool(OptionIDDynamicInt8, on) }

// OpenLanguageModel takes options for language models: Positions, DynamicInt8 ... Errors name the architecture, setting or
// tensor.
func OpenLanguageModel(ctx context.Context, c *Context, path string, options ...Option) (*LanguageModel, error) {
	var t texts
	defer t.free()
	m := &LanguageModel{}
	err := withOptions(OptionsKindLanguageModel, options, func(o *C.pawl_options) error {
		return c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
			return C.pawl_language_model_open(c, t.add(path), o, &m.ptr)
		})
	})
	if err != nil {
		return nil, err
	}
	runtime.SetFinalizer(m, (*LanguageModel).Close)
	return m, nil
}

// Close gives the model back.
func (m *LanguageModel) Close() {
	C.pawl_language_model_destroy(m.ptr)
	m.ptr = nil
	runtime.SetFinalizer(m, nil)
}

// Architecture is "llama", "mistral", "qwen2", "qwen3" or "gemma", or an encoder's "bert".
func (m *LanguageModel) Architecture() string {
	defer runtime.KeepAlive(m)
	return C.GoString(C.pawl_language_model_architecture(m.ptr))
}

// Get a figure: its vocabulary, layers, positions ...; -1 for one that there is not.
func (m *LanguageModel) Get(figure LanguageModelFigure) int64 {
	defer runtime.KeepAlive(m)
	return int64(C.pawl_language_model_get(m.ptr, C.int32_t(figure)))
}

// Logits are float32 [ids, vocabulary] of a sequence from its beginning; row i is about id i + 1. Errors name an id beyond
// the vocabulary, and more ids than positions.
func (m *LanguageModel) Logits(ctx context.Context, c *Context, ids []int32) (*Tensor, error) {
	defer runtime.KeepAlive(m)
	var ptr *C.pawl_tensor
	err := c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_language_model_logits(c, m.ptr, (*C.int32_t)(pointer(ids)), C.size_t(len(ids)), &ptr)
	})
	return newTensor(ptr, err)
}

// Continue is the same of ids after all that came since the last Restart, whose keys and values are kept.
func (m *LanguageModel) Continue(ctx context.Context, c *Context, ids []int32) (*Tensor, error) {
	defer runtime.KeepAlive(m)
	var ptr *C.pawl_tensor
	err := c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_language_model_continue(c, m.ptr, (*C.int32_t)(pointer(ids)), C.size_t(len(ids)), &ptr)
	})
	return newTensor(ptr, err)
}

// Restart begins a new sequence.
func (m *LanguageModel) Restart() {
	defer runtime.KeepAlive(m)
	C.pawl_language_model_restart(m.ptr)
}

// Hidden are an encoder's last hidden states, float32 [ids, width], of sequences that stand one after the other, of so many
// ids each; without lengths they are one. Errors name lengths that are not those of the ids.
func (m *LanguageModel) Hidden(ctx context.Context, c *Context, ids []int32, lengths ...int64) (*Tensor, error) {
	defer runtime.KeepAlive(m)
	var ptr *C.pawl_tensor
	err := c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_language_model_hidden(c, m.ptr, (*C.int32_t)(pointer(ids)), C.size_t(len(ids)),
			(*C.int64_t)(pointer(lengths)), C.size_t(len(lengths)), &ptr)
	})
	return newTensor(ptr, err)
}

// EvalContext of an evaluation: ids of a window; 0: the model's own, 2048 at most.
func EvalContext(ids int) Option { return Int(OptionIDEvalContext, ids) }

// EvalStride of an evaluation, from one window's begin to the next; 0: the context.
func EvalStride(ids int) Option { return Int(OptionIDEvalStride, ids) }

// EvalMaxIDs of an evaluation, of the text's beginning; 0: all.
func EvalMaxIDs(ids int) Option { return Int(OptionIDEvalMaxIds, ids) }

// Evaluation is how well a model predicts a text.
type Evaluation struct {
	// Figures that there are: bits per byte only of models whose ids are bytes, divergences only with a reference, what is
	// about hidden states and embeddings only of encoders.
	Figures    map[EvalFigure]float64
	json, text string
}

// JSON is all of it, with stable key names.
func (e *Evaluation) JSON() string { return e.json }

// String is the text for people.
func (e *Evaluation) String() string { return e.text }

// Evaluate says how well the model predicts the ids of a text, and how far it is from the reference (nil: not compared),
// which has the same vocabulary. The ids are cut into windows, each run from its beginning; of each the ids count that no
// window before has counted, without the window's first. An encoder's hidden states are compared.
func Evaluate(ctx context.Context, c *Context, model, reference *LanguageModel, ids []int32, options ...Option) (*Evaluation, error) {
	defer runtime.KeepAlive(model)
	defer runtime.KeepAlive(reference)
	var r *C.pawl_language_model
	if reference != nil {
		if r = reference.ptr; r == nil {
			return nil, invalid("the reference is closed")
		}
	}
	var ptr *C.pawl_eval
	err := withOptions(OptionsKindEval, options, func(o *C.pawl_options) error {
		return c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
			return C.pawl_eval_run(c, model.ptr, r, (*C.int32_t)(pointer(ids)), C.size_t(len(ids)), o, &ptr)
		})
	})
	if err != nil {
		return nil, err
	}
	defer C.pawl_eval_destroy(ptr)
	e := &Evaluation{map[EvalFigure]float64{}, C.GoString(C.pawl_eval_json(ptr)), C.GoString(C.pawl_eval_text(ptr))}
	for figure := EvalFigureCounted; figure <= EvalFigureEmbeddingCosineMin; figure++ {
		if value := float64(C.pawl_eval_get(ptr, C.int32_t(figure))); !math.IsNaN(value) {
			e.Figures[figure] = value
		}
	}
	return e, nil
}

// ExportModel writes a .pawl file with a decoder's weights, and the settings in config.json, as model.safetensors and
// config.json in the folder output, which must exist, for transformers and vLLM. Codes and scales go over as they are; an
// error names the tensor that the format cannot hold.
func ExportModel(ctx context.Context, c *Context, modelFile, configFile, output string, format ExportFormat) error {
	var t texts
	defer t.free()
	return c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_language_model_export(c, t.add(modelFile), t.add(configFile), t.add(output), C.int32_t(format))
	})
}

// RotateModel reads a float decoder's folder and writes the same model into the folder output, which must exist, with random
// Hadamard rotations (signs of seed) multiplied into its weights, f32: quantized, it loses less (QuaRot, Ashkboos et al. 2024).
func RotateModel(ctx context.Context, c *Context, folder, output string, parts Rotated, seed uint64) error {
	var t texts
	defer t.free()
	return c.callFor(ctx, func(c *C.pawl_context) C.int32_t {
		return C.pawl_language_model_rotate(c, t.add(folder), t.add(output), C.int32_t(parts), C.uint64_t(seed))
	})
}
