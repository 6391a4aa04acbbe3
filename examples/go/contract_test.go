// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
)

func TestConstantsAreTheLibrarys(t *testing.T) {
	if library := libraryConstants(); !reflect.DeepEqual(constants, library) {
		for name, value := range library {
			if constants[name] != value {
				t.Errorf("%s is %d in the library, %d here", name, value, constants[name])
			}
		}
		t.Errorf("%d constants in the library, %d here", len(library), len(constants))
	}
	if words, lines := List(ListIDGroups), Descriptions(ListIDGroups); len(words) < 3 || len(lines) != len(words) || lines[2] == "" {
		t.Error(words, lines)
	}
	if names := List(ListIDDtypes); names[DTypeBF16] != "bf16" || Version() == "" || StatusNotFound.String() != "not_found" {
		t.Error(names, Version(), StatusNotFound)
	}
}

func wants(t *testing.T, err error, status Status, words ...string) {
	t.Helper()
	if !errors.Is(err, status) {
		t.Fatalf("%v is not %v", err, status)
	}
	for _, word := range words {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not say %s", err, word)
		}
	}
}

func TestErrorsSayWhatIsWrong(t *testing.T) {
	c := must[*Context](t)(NewContext())
	_, err := ParseScheme(c, "int4:g32:asim")
	wants(t, err, StatusInvalidArgument, "asim", "asym")
	_, err = OpenModel(c, "/no/such/model.safetensors")
	wants(t, err, StatusNotFound, "/no/such/model.safetensors")
	reader := must[*ModelReader](t)(OpenModel(c, digits("digits.safetensors")))
	_, err = reader.Get(c, "fc1.wait")
	wants(t, err, StatusNotFound, "fc1.weight")
	_, err = NewContext(Target("z80"))
	wants(t, err, StatusInvalidArgument, "z80")
	_, err = NewContext(Int(OptionIDBins, 4))
	wants(t, err, StatusInvalidArgument)
	_, err = NewContext(Threads(-1))
	wants(t, err, StatusOutOfRange)
	_, err = NewTensor(c, []int{2, 2}, []float32{1, 2, 3})
	wants(t, err, StatusInvalidArgument)

	path := filepath.Join(t.TempDir(), "damaged.pawl")
	must[*Report](t)(newJob(t, c, path).Run(context.Background(), c)).Close()
	bytes := must[[]byte](t)(os.ReadFile(path))
	bytes[len(bytes)/2] ^= 1
	check(t, os.WriteFile(path, bytes, 0o600))
	wants(t, must[*FileReader](t)(OpenFile(c, path)).Verify(c), StatusDataLoss)

	reader.Close()
	reader.Close()
	if _, err = reader.Get(c, "fc1.weight"); err == nil {
		t.Error("a reader that is closed gave a tensor")
	}
	c.Close()
	c.Close()
	_, err = ParseScheme(c, "int8")
	wants(t, err, StatusFailedPrecondition, "closed")
	if done, total := c.Progress(); done != 0 || total != 0 {
		t.Error(done, total)
	}
}

func TestOneTensorAfterAnother(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	values := make([]float32, 64*32)
	for i := range values {
		values[i] = float32((i*37)%101)/50 - 1
	}
	shape := []int{64, 32}
	weights := must[*Tensor](t)(MakeTensor(c, shape, func(memory []float32) error {
		copy(memory, values)
		return nil
	}))
	scheme := must[*Scheme](t)(ParseScheme(c, "int8:channel"))
	q, stats, err := Quantize(context.Background(), c, weights, scheme, Int(OptionIDRangeMethod, RangeMethodMSE))
	check(t, err)
	same, _, err := QuantizeSlice(context.Background(), c, shape, values, scheme, Int(OptionIDRangeMethod, RangeMethodMSE))
	check(t, err)
	figures := must[ErrorFigures](t)(q.Compare(c, weights))
	odd := must[*Tensor](t)(MakeTensor(c, shape, func(memory []float32) error {
		copy(memory, values)
		memory[0], memory[1], memory[32] = float32(math.NaN()), float32(math.NaN()), float32(math.Inf(-1))
		return nil
	}))
	odds := must[ErrorFigures](t)(q.Compare(c, odd))
	counts := [...]float64{ErrorFigureCompared: 64*32 - 3, ErrorFigureOriginalNan: 2, ErrorFigureOriginalInf: 1, ErrorFigureUnlike: 3}
	if !reflect.DeepEqual(odds[ErrorFigureCompared:], counts[ErrorFigureCompared:]) || odds[ErrorFigureSQNRDB] < 35 {
		t.Error(odds)
	}
	decoded := must[[]float32](t)(q.Dequantize(c))
	if stats != (QuantizeStats{}) || figures[ErrorFigureSQNRDB] < 35 || q.BitsPerWeight() < 8 || q.SizeBytes() < 64*32 {
		t.Error(stats, figures, q.BitsPerWeight(), q.SizeBytes())
	}
	if !reflect.DeepEqual(must[[]float32](t)(same.Dequantize(c)), decoded) {
		t.Error("a slice is quantized otherwise than a tensor")
	}
	if _, err := Values[int32](weights); err == nil {
		t.Error("f32 was read as i32")
	}

	path := filepath.Join(t.TempDir(), "parts.pawl")
	writer := must[*FileWriter](t)(CreateFile(c, path, digits("digits.safetensors")))
	check(t, writer.Add(c, "w", q))
	wants(t, writer.Add(c, "w", q), StatusAlreadyExists)
	check(t, writer.AddPlain(c, "float", weights))
	check(t, writer.SetMetadata(c, "made by", "a test"))
	check(t, writer.Finish(c))
	_, err = CreateFile(c, path, path)
	wants(t, err, StatusInvalidArgument)

	file := must[*FileReader](t)(OpenFile(c, path))
	if value, ok := file.Metadata("made by"); value != "a test" || !ok || !reflect.DeepEqual(file.Names(), []string{"w", "float"}) {
		t.Error(value, ok, file.Names())
	}
	loaded := must[*QuantizedTensor](t)(file.Quantized(c, "w"))
	plain := must[*Tensor](t)(file.Plain(c, "float"))
	if !reflect.DeepEqual(must[[]float32](t)(loaded.Dequantize(c)), decoded) ||
		!reflect.DeepEqual(must[[]float32](t)(Values[float32](plain)), values) || !reflect.DeepEqual(loaded.Shape(), shape) {
		t.Error("the file has something else")
	}
	layer := must[*Linear](t)(NewLinear(c, loaded, Mode(LinearModeDynamicInt8)))
	wants(t, Run(c, layer, make([]float32, 33), make([]float32, 64)), StatusInvalidArgument, "33")
	check(t, Run(c, layer, []float32{}, []float32{}))
	_, err = NewLinear(c, loaded, Mode(LinearModeStaticInt8), Name("needs a scale"))
	wants(t, err, StatusInvalidArgument, "needs a scale")
}

func TestCalibrationsAreSaved(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	k := must[*Calibrator](t)(NewCalibrator(c))
	check(t, k.AddRule(c, "^wide", Int(OptionIDObserverKind, ObserverKindMinmax), Bool(OptionIDPerChannel, true), Int(OptionIDAxis, -1)))
	check(t, k.ObserveTensor(c, "wide", must[*Tensor](t)(NewTensor(c, []int{2, 2}, []float32{1, 254, -127, 4}))))
	check(t, k.Observe(c, "flat", []float32{0.5, -1}))
	path := filepath.Join(t.TempDir(), "calibration.json")
	check(t, k.Save(c, path, "model 1"))
	_, err := LoadCalibrator(c, path, "model 2")
	wants(t, err, StatusFailedPrecondition)
	loaded := must[*Calibrator](t)(LoadCalibrator(c, path, "model 1"))
	params := must[[]QParams](t)(loaded.QParams(c, "wide"))
	if !reflect.DeepEqual(params, []QParams{{1, 0}, {2, 0}}) {
		t.Error(params)
	}
}

// For the race detector: one context used by many goroutines, its progress read meanwhile, and finalizers at work.
func TestGoroutinesShare(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(2)))
	folder := t.TempDir()
	var group sync.WaitGroup
	for i := 0; i < 4; i++ {
		group.Add(1)
		go func(i int) {
			defer group.Done()
			recipe, err := RecipeForScheme(c, []string{"int8", "int4:g32"}[i%2])
			if err != nil {
				t.Error(err)
				return
			}
			job, err := NewJob(c, recipe, Input(digits("digits.safetensors")), Output(filepath.Join(folder, List(ListIDDtypes)[i])))
			if err != nil {
				t.Error(err)
				return
			}
			ctx, cancel := context.WithCancel(context.Background())
			if i == 3 {
				cancel() // while others run: only its own call ends
			}
			defer cancel()
			if _, err = job.Run(ctx, c); (err != nil) != (i == 3) {
				t.Error(i, err)
			}
			runtime.GC()
		}(i)
	}
	stop := make(chan struct{})
	go func() {
		for {
			select {
			case <-stop:
				return
			default:
				if done, total := c.Progress(); done > total {
					t.Error(done, total)
				}
				runtime.Gosched()
			}
		}
	}()
	group.Wait()
	close(stop)
	if files := must[[]os.DirEntry](t)(os.ReadDir(folder)); len(files) != 3 {
		t.Error(files)
	}
	c.Close()
}
