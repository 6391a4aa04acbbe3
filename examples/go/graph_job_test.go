// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The digits net as ONNX, quantized from files and from memory, and analyzed.

func calibrationBatches(t *testing.T, c *Context) [][]float32 {
	var batches [][]float32
	pixels := openImages(t, c, "digits_calibration.safetensors").pixels
	for i := 0; i < len(pixels); i += batch * 64 {
		batches = append(batches, pixels[i:i+batch*64])
	}
	return batches
}

func newDigitsJob(t *testing.T, c *Context, recipe *Recipe, options ...Option) *GraphJob {
	job := must[*GraphJob](t)(NewGraphJob(c, recipe, append(options, GraphInput(digits("digits.onnx")))...))
	for _, pixels := range calibrationBatches(t, c) {
		sample := newBatch(t, c, pixels)
		check(t, job.AddSample(c, sample))
		sample.Close()
	}
	return job
}

func TestAModelIsQuantized(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(2)))
	defer c.Close()
	path := filepath.Join(t.TempDir(), "int8.onnx")
	job := newDigitsJob(t, c, nil, GraphOutput(path), QuantizeMode(GraphModeStatic))
	defer job.Close()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := job.Run(ctx, c); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("a cancelled job has left a file")
	}
	report := must[*GraphReport](t)(job.Run(context.Background(), c))
	defer report.Close()
	layers := 0
	for _, layer := range report.Layers() {
		if layer.Scheme != "" && layer.Operator == "Gemm" && layer.SQNRDB > 30 {
			layers++
		}
	}
	outputs := report.Outputs()
	if layers != 3 || report.Total(GraphFigureQuantized) != 3 || len(outputs) != 1 || outputs[0].SQNRDB < 25 ||
		len(report.Passes())+len(report.Notes()) == 0 || !strings.Contains(report.JSON(), "fc1") {
		t.Error(report, outputs)
	}
	g := must[*Graph](t)(OpenGraph(c, path))
	e := must[*Executor](t)(NewExecutor(c, g, nil))
	if right := openImages(t, c, "digits_test.safetensors").countRight(t, runModel(t, c, e)); right < 442 {
		t.Error(right)
	}

	// From memory, with samples that are made on call.
	float := openDigits(t, c)
	again := must[*GraphJob](t)(NewGraphJob(c, nil))
	defer again.Close()
	check(t, again.SetGraph(c, float))
	float.Close()
	batches := calibrationBatches(t, c)
	check(t, again.SetSamples(c, len(batches), 1, func(c *Context, i int) ([]*Tensor, error) {
		sample, err := NewTensor(c, []int{batch, 64}, batches[i])
		return []*Tensor{sample}, err
	}))
	result := must[*Graph](t)(must[*GraphReport](t)(again.Run(context.Background(), c)).Graph(c))
	saved := must[[]byte](t)(result.Bytes(c))
	if !bytes.Equal(saved, must[[]byte](t)(os.ReadFile(path))) {
		t.Error("other bytes from memory than in the file")
	}
}

func TestABoundAndTheRecipeThatMeetsIt(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(2)))
	defer c.Close()
	recipe := must[*Recipe](t)(RecipeForScheme(c, "int4:channel"))
	job := newDigitsJob(t, c, recipe, MaxDrop(0.0005))
	defer job.Close()
	analysis := must[*GraphAnalysis](t)(job.Analyze(context.Background(), c))
	defer analysis.Close()
	found := must[*Recipe](t)(analysis.Recipe(c))
	if !strings.Contains(analysis.JSON(), "recipe_kept") || !strings.Contains(found.JSON(), "exclude") {
		t.Error(analysis)
	}
	bounded := must[*GraphReport](t)(job.Run(context.Background(), c)).Total(GraphFigureQuantized)
	same := newDigitsJob(t, c, found)
	defer same.Close()
	report := must[*GraphReport](t)(same.Run(context.Background(), c))
	if got := report.Total(GraphFigureQuantized); got != bounded || got == 3 {
		t.Error(got, bounded)
	}
}

func TestAJobOnAGraphThatFails(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	path := filepath.Join(t.TempDir(), "never.onnx")
	job := must[*GraphJob](t)(NewGraphJob(c, nil, GraphInput(digits("digits.onnx")), GraphOutput(path)))
	defer job.Close()
	_, err := job.Run(context.Background(), c) // no samples
	wants(t, err, StatusInvalidArgument)
	lost := errors.New("sample 3 is lost")
	batches := calibrationBatches(t, c)
	check(t, job.SetSamples(c, len(batches), 1, func(c *Context, i int) ([]*Tensor, error) {
		if i == 3 {
			return nil, lost
		}
		sample, err := NewTensor(c, []int{batch, 64}, batches[i])
		return []*Tensor{sample}, err
	}))
	if _, err := job.Run(context.Background(), c); err != lost {
		t.Error(err)
	}
	check(t, job.SetSamples(c, 1, 1, func(c *Context, i int) ([]*Tensor, error) { panic("lost") }))
	func() {
		defer func() {
			if said := recover(); said != "lost" {
				t.Error(said)
			}
		}()
		_, err := job.Run(context.Background(), c)
		t.Error("no panic", err)
	}()
	if _, err := os.Stat(path); err == nil {
		t.Error("a job that failed has left a file")
	}
}
