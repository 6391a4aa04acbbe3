// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

/*
#include <pawl.h>
*/
import "C"

import "runtime"

// Calibrator has an observer for each tensor's name: the calibration of a model, batch by batch. One goroutine at a time
// may change it.
type Calibrator struct {
	ptr *C.pawl_calibrator
}

func newCalibrator(ptr *C.pawl_calibrator, err error) (*Calibrator, error) {
	if err != nil {
		return nil, err
	}
	k := &Calibrator{ptr}
	runtime.SetFinalizer(k, (*Calibrator).Close)
	return k, nil
}

// NewCalibrator takes options for observers, for names that no rule matches; without any they are histograms.
func NewCalibrator(c *Context, options ...Option) (k *Calibrator, err error) {
	if len(options) == 0 {
		options = []Option{Int(OptionIDObserverKind, ObserverKindHistogram)}
	}
	err = withOptions(OptionsKindObserver, options, func(o *C.pawl_options) (err error) {
		var ptr *C.pawl_calibrator
		err = c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_calibrator_create(c, o, &ptr) })
		k, err = newCalibrator(ptr, err)
		return err
	})
	return k, err
}

// LoadCalibrator reads what Save wrote for the same model.
func LoadCalibrator(c *Context, path, modelHash string) (*Calibrator, error) {
	var t texts
	defer t.free()
	var ptr *C.pawl_calibrator
	err := c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_calibrator_load(c, t.add(path), t.add(modelHash), &ptr)
	})
	return newCalibrator(ptr, err)
}

// Close gives the calibrator back.
func (k *Calibrator) Close() {
	C.pawl_calibrator_destroy(k.ptr)
	k.ptr = nil
	runtime.SetFinalizer(k, nil)
}

// AddRule gives names that hold a match of the pattern (RE2) this observer; the first rule counts.
func (k *Calibrator) AddRule(c *Context, pattern string, options ...Option) error {
	defer runtime.KeepAlive(k)
	var t texts
	defer t.free()
	return withOptions(OptionsKindObserver, options, func(o *C.pawl_options) error {
		return c.call(func(c *C.pawl_context) C.int32_t {
			return C.pawl_calibrator_add_rule(c, k.ptr, t.add(pattern), o)
		})
	})
}

// Observe takes one batch of a tensor's values, where they are.
func (k *Calibrator) Observe(c *Context, name string, values []float32) error {
	defer runtime.KeepAlive(k)
	var t texts
	defer t.free()
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_calibrator_observe_f32(c, k.ptr, t.add(name), (*C.float)(pointer(values)), C.size_t(len(values)))
	})
}

// ObserveTensor takes one batch with its shape, for observers of channels.
func (k *Calibrator) ObserveTensor(c *Context, name string, batch *Tensor) error {
	defer runtime.KeepAlive(k)
	defer runtime.KeepAlive(batch)
	var t texts
	defer t.free()
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_calibrator_observe(c, k.ptr, t.add(name), batch.ptr)
	})
}

// Finish comes after the last batch: an error where a rule matched no tensor, with the nearest names.
func (k *Calibrator) Finish(c *Context) error {
	defer runtime.KeepAlive(k)
	return c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_calibrator_finish(c, k.ptr) })
}

// Names of the tensors that were observed, in order.
func (k *Calibrator) Names() []string {
	defer runtime.KeepAlive(k)
	names := make([]string, C.pawl_calibrator_count(k.ptr))
	for i := range names {
		names[i] = C.GoString(C.pawl_calibrator_name(k.ptr, C.size_t(i)))
	}
	return names
}

// Save writes the whole state as a JSON file, for the model with this hash (any text that tells models apart).
func (k *Calibrator) Save(c *Context, path, modelHash string) error {
	defer runtime.KeepAlive(k)
	var t texts
	defer t.free()
	return c.call(func(c *C.pawl_context) C.int32_t {
		return C.pawl_calibrator_save(c, k.ptr, t.add(path), t.add(modelHash))
	})
}

// QParams: value = (code - ZeroPoint) * Scale.
type QParams struct {
	Scale     float32
	ZeroPoint int32
}

// QParams of a tensor, one for each channel; options for ranges.
func (k *Calibrator) QParams(c *Context, name string, options ...Option) (params []QParams, err error) {
	defer runtime.KeepAlive(k)
	var t texts
	defer t.free()
	var observer *C.pawl_observer
	err = c.call(func(c *C.pawl_context) C.int32_t { return C.pawl_calibrator_observer(c, k.ptr, t.add(name), &observer) })
	if err != nil {
		return nil, err
	}
	defer C.pawl_observer_destroy(observer)
	n := C.pawl_observer_channels(observer)
	scales, zeros := make([]float32, n), make([]int32, n)
	err = withOptions(OptionsKindRange, options, func(o *C.pawl_options) error {
		return c.call(func(c *C.pawl_context) C.int32_t {
			return C.pawl_observer_qparams(c, observer, o, (*C.float)(pointer(scales)), (*C.int32_t)(pointer(zeros)), n)
		})
	})
	if err != nil {
		return nil, err
	}
	for i := range scales {
		params = append(params, QParams{scales[i], zeros[i]})
	}
	return params, nil
}
