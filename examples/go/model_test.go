// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"sync"
	"testing"
)

// A whole model, the digits net as ONNX.

func openDigits(t *testing.T, c *Context) *Graph {
	t.Helper()
	return must[*Graph](t)(OpenGraph(c, digits("digits.onnx")))
}

// observed are the model's input and the outputs of nodes that have weights.
func observed(g *Graph) []string {
	names := []string{g.Inputs()[0].Name}
	for _, node := range g.Nodes() {
		if node.Operator == "Gemm" {
			names = append(names, node.Outputs[0])
		}
	}
	return names
}

func newBatch(t *testing.T, c *Context, pixels []float32) *Tensor {
	return must[*Tensor](t)(NewTensor(c, []int{len(pixels) / 64, 64}, pixels))
}

func runModel(t *testing.T, c *Context, e *Executor) func([]float32) []float32 {
	return func(pixels []float32) []float32 {
		input := newBatch(t, c, pixels)
		defer input.Close()
		results := must[[]*Tensor](t)(e.Run(context.Background(), c, input))
		defer results[0].Close()
		return must[[]float32](t)(Values[float32](results[0]))
	}
}

func TestAModelSaysWhatIsInIt(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	g := openDigits(t, c)
	defer g.Close()
	input, output := g.Inputs()[0], g.Outputs()[0]
	if input.Kind != ValueKindInput || input.DType != DTypeF32 || len(input.Shape) != 2 || input.Shape[0].Symbol == "" ||
		input.Shape[0].Size != -1 || input.Shape[1] != (Dim{Size: 64}) || output.Shape[1].Size != classes {
		t.Error(input, output)
	}
	known := map[string]bool{}
	for _, operator := range Operators() {
		known[operator.Name] = true
	}
	for _, node := range g.Nodes() {
		if !node.Runs || node.Domain != "" || node.Opset != g.Opset("") || !known[node.Operator] {
			t.Error(node)
		}
	}
	if len(known) < 100 || g.Opset("nobody") != 0 || len(g.Values()) < 10 {
		t.Error(len(known), g.Values())
	}
	float := must[*ModelReader](t)(OpenModel(c, digits("digits.safetensors")))
	want := must[[]float32](t)(Values[float32](must[*Tensor](t)(float.Get(c, "fc1.weight"))))
	constant := must[*Tensor](t)(g.Constant(c, "fc1.weight"))
	if !reflect.DeepEqual(must[[]float32](t)(Values[float32](constant)), want) {
		t.Error("other weights")
	}
	_, err := g.Constant(c, "fc1.wait")
	wants(t, err, StatusNotFound, "fc1.weight")
	_, err = g.Constant(c, input.Name)
	wants(t, err, StatusFailedPrecondition)
	if _, ok := g.Metadata("no such key"); ok {
		t.Error("metadata of nobody's")
	}
}

func TestAModelIsCalibratedRunAndSaved(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(2)))
	defer c.Close()
	g := openDigits(t, c)
	names := observed(g)
	e := must[*Executor](t)(NewExecutor(c, g, names))
	defer e.Close()
	k := must[*Calibrator](t)(NewCalibrator(c))
	defer k.Close()
	calibration := openImages(t, c, "digits_calibration.safetensors")
	for i := 0; i < len(calibration.pixels); i += batch * 64 {
		input := newBatch(t, c, calibration.pixels[i:i+batch*64])
		check(t, e.Calibrate(context.Background(), c, k, input))
		input.Close()
	}
	check(t, k.Finish(c))
	params := must[[]QParams](t)(k.QParams(c, names[0], Int(OptionIDMinCode, 0), Int(OptionIDMaxCode, 255), Bool(OptionIDSymmetric, false)))
	if len(k.Names()) != len(names) || params[0].ZeroPoint != 0 || params[0].Scale < 0.0039 || params[0].Scale > 0.004 {
		t.Error(k.Names(), params)
	}

	test := openImages(t, c, "digits_test.safetensors")
	if right := test.countRight(t, runModel(t, c, e)); right != 444 || e.ArenaBytes() == 0 || e.PackedBytes() == 0 {
		t.Error(right, e.ArenaBytes(), e.PackedBytes())
	}
	path := filepath.Join(t.TempDir(), "digits.onnx")
	check(t, g.Save(c, path, digits("digits.onnx")))
	wants(t, g.Save(c, path, path), StatusInvalidArgument)
	saved := must[[]byte](t)(os.ReadFile(path))
	if bytes := must[[]byte](t)(g.Bytes(c)); !reflect.DeepEqual(bytes, saved) {
		t.Error("a file and memory differ")
	}
	g.Close()
	again := must[*Graph](t)(ParseGraph(c, saved, "again"))
	other := must[*Executor](t)(NewExecutor(c, again, nil))
	if right := test.countRight(t, runModel(t, c, other)); right != 444 {
		t.Error(right)
	}
	_, err := ParseGraph(c, saved[:len(saved)/2], "half")
	wants(t, err, StatusInvalidArgument, "half")

	// Another goroutine has an executor of its own, of the same weights.
	var group sync.WaitGroup
	for i := 0; i < 3; i++ {
		group.Add(1)
		shared := must[*Executor](t)(e.Share(c))
		go func() {
			defer group.Done()
			own, err := NewContext(Threads(1))
			if err != nil {
				t.Error(err)
				return
			}
			defer own.Close()
			defer shared.Close()
			input, err := NewTensor(own, []int{len(test.labels), 64}, test.pixels)
			if err != nil {
				t.Error(err)
				return
			}
			if _, err := shared.Run(context.Background(), own, input); err != nil {
				t.Error(err)
			}
		}()
	}
	group.Wait()
}

func TestValuesAreKeptAndNodesTimed(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	g := openDigits(t, c)
	names := observed(g)
	e := must[*Executor](t)(NewExecutor(c, g, names, KeepObserved(true)))
	check(t, e.TimeNodes(c, true))
	x := newBatch(t, c, make([]float32, 2*64))
	must[[]*Tensor](t)(e.Run(context.Background(), c, x))
	for _, name := range names {
		if shape := must[*Tensor](t)(e.Observed(c, name)).Shape(); shape[0] != 2 {
			t.Error(name, shape)
		}
	}
	timed := map[string]uint64{}
	for _, time := range e.Times() {
		timed[time.Operator] += time.Runs
	}
	if timed["Gemm"] != 3 {
		t.Error(e.Times())
	}
	check(t, e.TimeNodes(c, false))
	if len(e.Times()) != 0 {
		t.Error(e.Times())
	}

	_, err := e.Run(context.Background(), c)
	wants(t, err, StatusInvalidArgument)
	_, err = e.Run(context.Background(), c, newBatch(t, c, make([]float32, 64)), x)
	wants(t, err, StatusInvalidArgument)
	_, err = e.Run(context.Background(), c, must[*Tensor](t)(NewTensor(c, []int{1, 3}, make([]float32, 3))))
	wants(t, err, StatusInvalidArgument, names[0])
	_, err = NewExecutor(c, g, []string{"nobody"})
	wants(t, err, StatusInvalidArgument, "nobody")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err = e.Run(ctx, c, x); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	bounded := must[*Executor](t)(NewExecutor(c, g, nil, RunMemory(16)))
	_, err = bounded.Run(context.Background(), c, x)
	wants(t, err, StatusResourceExhausted)
}
