// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"
)

// The main job on the digits model: opens a float net, calibrates its activations batch by batch, quantizes its weights
// into a .pawl file, loads that, and reads the held-out images with static int8 layers.

const batch, classes = 64, 10

var layerNames = []string{"fc1", "fc2", "fc3"}

func digits(file string) string {
	folder := os.Getenv("PAWL_DIGITS")
	if folder == "" {
		folder = "../models/digits"
	}
	return filepath.Join(folder, file)
}

func must[T any](t *testing.T) func(T, error) T {
	return func(value T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
}

func check(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

type images struct {
	pixels []float32
	labels []uint8
}

func openImages(t *testing.T, c *Context, file string) (i images) {
	reader := must[*ModelReader](t)(OpenModel(c, digits(file)))
	defer reader.Close()
	pixels := must[*Tensor](t)(reader.Get(c, "images"))
	defer pixels.Close()
	check(t, With(pixels, func(values []uint8) error {
		for _, value := range values {
			i.pixels = append(i.pixels, float32(value)/16)
		}
		return nil
	}))
	i.labels = must[[]uint8](t)(Values[uint8](must[*Tensor](t)(reader.Get(c, "labels"))))
	return i
}

// countRight runs a net on the images, batch by batch.
func (i images) countRight(t *testing.T, run func([]float32) []float32) (right int) {
	for begin := 0; begin < len(i.labels); begin += batch {
		end := begin + batch
		if end > len(i.labels) {
			end = len(i.labels)
		}
		scores := run(i.pixels[begin*64 : end*64])
		for row := begin; row < end; row++ {
			best, of := 0, scores[(row-begin)*classes:(row-begin+1)*classes]
			for digit, score := range of {
				if score > of[best] {
					best = digit
				}
			}
			if best == int(i.labels[row]) {
				right++
			}
		}
	}
	return right
}

type floatNet struct {
	weights, biases [][]float32
	tensors         []*Tensor // the biases, for layers
}

func openNet(t *testing.T, c *Context) (net floatNet) {
	reader := must[*ModelReader](t)(OpenModel(c, digits("digits.safetensors")))
	defer reader.Close()
	if len(reader.Names()) != 6 {
		t.Fatal(reader.Names())
	}
	for _, name := range layerNames {
		bias := must[*Tensor](t)(reader.Get(c, name+".bias"))
		net.weights = append(net.weights, must[[]float32](t)(Values[float32](must[*Tensor](t)(reader.Get(c, name+".weight")))))
		net.biases = append(net.biases, must[[]float32](t)(Values[float32](bias)))
		net.tensors = append(net.tensors, bias)
	}
	return net
}

func (net floatNet) run(x []float32, observe func(name string, x []float32)) []float32 {
	for i, weight := range net.weights {
		observe(layerNames[i], x)
		bias := net.biases[i]
		in, out := len(weight)/len(bias), len(bias)
		rows := len(x) / in
		y := make([]float32, rows*out)
		for row := 0; row < rows; row++ {
			for o := 0; o < out; o++ {
				sum := bias[o]
				for j, w := range weight[o*in : (o+1)*in] {
					sum += w * x[row*in+j]
				}
				if sum > 0 || i+1 == len(net.weights) {
					y[row*out+o] = sum
				}
			}
		}
		x = y
	}
	return x
}

func newJob(t *testing.T, c *Context, output string) *Job {
	recipe := must[*Recipe](t)(RecipeForScheme(c, "int8"))
	defer recipe.Close()
	return must[*Job](t)(NewJob(c, recipe, Input(digits("digits.safetensors")), Output(output)))
}

func newLayers(t *testing.T, c *Context, file *FileReader, net floatNet, calibrator *Calibrator) (layers []*Linear) {
	for i, name := range layerNames {
		params := must[[]QParams](t)(calibrator.QParams(c, name, Int(OptionIDObserverRange, ObserverRangeMSE),
			Int(OptionIDMinCode, 0), Int(OptionIDMaxCode, 255), Bool(OptionIDSymmetric, false)))[0]
		fused := FusedActivationRelu
		if i+1 == len(layerNames) {
			fused = FusedActivationNone
		}
		weights := must[*QuantizedTensor](t)(file.Quantized(c, name+".weight"))
		layers = append(layers, must[*Linear](t)(NewLinear(c, weights, Name(name), Mode(LinearModeStaticInt8), Bias(net.tensors[i]),
			Int(OptionIDFusedActivation, fused), Int(OptionIDActivationDtype, DTypeU8),
			Double(OptionIDActivationScale, float64(params.Scale)), Int(OptionIDActivationZeroPoint, params.ZeroPoint))))
		weights.Close()
	}
	return layers
}

func runLayers(t *testing.T, c *Context, layers []*Linear, x []float32) []float32 {
	for _, layer := range layers {
		y := make([]float32, len(x)/layer.InFeatures()*layer.OutFeatures())
		if err := Run(c, layer, x, y); err != nil {
			t.Error(err)
		}
		x = y
	}
	return x
}

func TestMainJob(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(2)))
	defer c.Close()
	net := openNet(t, c)
	calibrator := must[*Calibrator](t)(NewCalibrator(c))
	defer calibrator.Close()
	openImages(t, c, "digits_calibration.safetensors").countRight(t, func(x []float32) []float32 {
		return net.run(x, func(name string, x []float32) { check(t, calibrator.Observe(c, name, x)) })
	})
	check(t, calibrator.Finish(c))
	if !reflect.DeepEqual(calibrator.Names(), layerNames) {
		t.Fatal(calibrator.Names())
	}

	path := filepath.Join(t.TempDir(), "digits.pawl")
	job := newJob(t, c, path)
	defer job.Close()
	report := must[*Report](t)(job.Run(context.Background(), c))
	defer report.Close()
	if report.Total(ReportFigureQuantized) != 3 || len(report.Tensors()) != 6 || !strings.Contains(report.String(), "fc1.weight") {
		t.Fatal(report)
	}
	for _, tensor := range report.Tensors() {
		if (tensor.Scheme == "int8") != strings.HasSuffix(tensor.Name, ".weight") || (tensor.Scheme == "") != (tensor.Reason != "") {
			t.Error(tensor)
		}
	}
	if done, total := c.Progress(); done != total || total == 0 {
		t.Error(done, total)
	}

	file := must[*FileReader](t)(OpenFile(c, path))
	check(t, file.Verify(c))
	layers := newLayers(t, c, file, net, calibrator)
	file.Close() // layers keep what they need
	test := openImages(t, c, "digits_test.safetensors")
	float := test.countRight(t, func(x []float32) []float32 { return net.run(x, func(string, []float32) {}) })
	int8 := test.countRight(t, func(x []float32) []float32 { return runLayers(t, c, layers, x) })
	t.Logf("held-out images read right: %d of %d in float, %d in static int8", float, len(test.labels), int8)
	if float != 444 || int8 < 442 {
		t.Fail()
	}

	// Layers may be run by any number of goroutines, each with its own context: the same bits.
	want := runLayers(t, c, layers, test.pixels)
	var group sync.WaitGroup
	for i := 0; i < 3; i++ {
		group.Add(1)
		go func() {
			defer group.Done()
			own, err := NewContext(Threads(1))
			if err != nil {
				t.Error(err)
				return
			}
			defer own.Close()
			if !reflect.DeepEqual(runLayers(t, own, layers, test.pixels), want) {
				t.Error("other bits in another goroutine")
			}
		}()
	}
	group.Wait()
}

func TestContextCancels(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	shape := []int{512, 2048}
	weights := make([]float32, 512*2048)
	for i := range weights {
		weights[i] = float32((i*7919)%65521) - 32760
	}
	scheme := must[*Scheme](t)(ParseScheme(c, "codebook8:channel")) // takes seconds
	ctx, cancel := context.WithCancel(context.Background())
	time.AfterFunc(50*time.Millisecond, cancel)
	_, _, err := QuantizeSlice(ctx, c, shape, weights, scheme)
	if !errors.Is(err, StatusCancelled) || !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}

	folder := t.TempDir()
	job := newJob(t, c, filepath.Join(folder, "never.pawl"))
	ctx, cancel = context.WithTimeout(context.Background(), 0)
	defer cancel()
	if _, err = job.Run(ctx, c); !errors.Is(err, StatusCancelled) || !errors.Is(err, context.DeadlineExceeded) {
		t.Fatal(err)
	}
	if files := must[[]os.DirEntry](t)(os.ReadDir(folder)); len(files) != 0 {
		t.Error(files)
	}
	// The context works again; one that could still be cancelled changes nothing.
	ctx, cancel = context.WithCancel(context.Background())
	must[*Report](t)(job.Run(ctx, c)).Close()
	cancel()
	must[*Report](t)(job.Run(context.Background(), c)).Close()
}
