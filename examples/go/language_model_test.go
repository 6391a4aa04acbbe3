// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The embedded language model: opened, run, quantized by a job on a text, measured against itself, and exported.

const gptqRecipe = `{"pawl_recipe": "1.0", "rules": [{"scheme": "int4:g32:asym", "method": {"name": "gptq"}}]}`

func kjv(name string) string { return filepath.Join(digits(".."), "kjv", name) }

// textIDs are bytes.
func textIDs(t *testing.T, file string, count int) []int32 {
	t.Helper()
	var ids []int32
	for _, b := range must[[]byte](t)(os.ReadFile(kjv(file)))[:count] {
		ids = append(ids, int32(b))
	}
	return ids
}

func copyFile(t *testing.T, from, to string) {
	check(t, os.WriteFile(to, must[[]byte](t)(os.ReadFile(from)), 0o644))
}

func TestALanguageModelOpensAndRuns(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(2)))
	defer c.Close()
	m := must[*LanguageModel](t)(OpenLanguageModel(background, c, kjv("")))
	for figure, expected := range map[LanguageModelFigure]int64{
		LanguageModelFigureVocabulary: 256, LanguageModelFigureLayers: 3, LanguageModelFigureContext: 256,
		LanguageModelFigurePositions: 256, LanguageModelFigureElements: 1836800, LanguageModelFigureBytes: 2 * 1836800,
		LanguageModelFigureByteLevel: 1, LanguageModelFigureEncoder: 0, LanguageModelFigureBeginId: -1, 99: -1,
	} {
		if found := m.Get(figure); found != expected {
			t.Error(figure, found)
		}
	}
	if m.Architecture() != "llama" {
		t.Error(m.Architecture())
	}
	ids := textIDs(t, "held_out.txt", 24)
	whole := must[[]float32](t)(Values[float32](must[*Tensor](t)(m.Logits(background, c, ids))))
	m.Restart()
	parts := must[[]float32](t)(Values[float32](must[*Tensor](t)(m.Continue(background, c, ids[:16]))))
	parts = append(parts, must[[]float32](t)(Values[float32](must[*Tensor](t)(m.Continue(background, c, ids[16:]))))...)
	if len(whole) != 24*256 || len(parts) != len(whole) {
		t.Fatal(len(whole), len(parts))
	}
	for i := range whole {
		if math.Abs(float64(whole[i]-parts[i])) > 1e-3 {
			t.Fatal(i, whole[i], parts[i])
		}
	}
	_, err := m.Logits(background, c, []int32{256})
	wants(t, err, StatusInvalidArgument, "256")
	_, err = m.Hidden(background, c, ids, 16, 8)
	wants(t, err, StatusFailedPrecondition, "no hidden states")
	m.Close()
	m.Restart()
	_, err = m.Logits(background, c, ids)
	wants(t, err, StatusInvalidArgument)
	_, err = OpenLanguageModel(background, c, "/no/such/model")
	wants(t, err, StatusNotFound, "/no/such/model")
}

func TestAJobOnIDsWhatItCostAndTheExport(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(2)))
	defer c.Close()
	folder := t.TempDir()
	output, imatrix := filepath.Join(folder, "model.pawl"), filepath.Join(folder, "imatrix.gguf")
	recipe := must[*Recipe](t)(ParseRecipe(c, gptqRecipe))
	job := must[*Job](t)(NewJob(c, recipe, Input(kjv("")), Output(output), ImatrixOutput(imatrix),
		CalibrationIDs(textIDs(t, "calibration.txt", 1024)), CalibrationContext(256)))
	report := must[*Report](t)(job.Run(background, c))
	if info := must[os.FileInfo](t)(os.Stat(imatrix)); report.Total(ReportFigureQuantized) != 21 || info.Size() == 0 {
		t.Error(report, info)
	}

	copyFile(t, kjv("config.json"), filepath.Join(folder, "config.json"))
	m := must[*LanguageModel](t)(OpenLanguageModel(background, c, folder))
	float := must[*LanguageModel](t)(OpenLanguageModel(background, c, kjv("")))
	ids := textIDs(t, "held_out.txt", 1024)
	found := must[*Evaluation](t)(Evaluate(background, c, m, float, ids, EvalContext(256), EvalMaxIDs(512)))
	f := found.Figures
	if f[EvalFigureCounted] != 510 || f[EvalFigureBitsPerByte] > 2 || f[EvalFigureBitsPerWeight] > 8 ||
		f[EvalFigureMeanKl] <= 0 || f[EvalFigureMeanKl] > 0.02 || f[EvalFigureKl999] > f[EvalFigureMaxKl] ||
		f[EvalFigureSameTop] < 0.9 || len(f) != 11 {
		t.Error(found, f)
	}
	if !strings.Contains(found.JSON(), `"mean_kl"`) || !strings.Contains(found.String(), "perplexity") {
		t.Error(found.JSON(), found)
	}
	alone := must[*Evaluation](t)(Evaluate(background, c, float, nil, ids, EvalContext(256), EvalMaxIDs(512)))
	if _, ok := alone.Figures[EvalFigureMeanKl]; ok ||
		alone.Figures[EvalFigurePerplexity] != f[EvalFigureReferencePerplexity] {
		t.Error(alone)
	}
	_, err := Evaluate(background, c, m, nil, ids[:1])
	wants(t, err, StatusInvalidArgument)
	closed := must[*LanguageModel](t)(OpenLanguageModel(background, c, kjv("")))
	closed.Close()
	_, err = Evaluate(background, c, m, closed, ids)
	wants(t, err, StatusInvalidArgument, "reference is closed")

	exported := filepath.Join(folder, "gptq")
	check(t, os.Mkdir(exported, 0o755))
	wants(t, ExportModel(background, c, output, kjv("config.json"), exported, 99), StatusInvalidArgument)
	check(t, ExportModel(background, c, output, kjv("config.json"), exported, ExportFormatGPTQV2))
	again := must[*LanguageModel](t)(OpenLanguageModel(background, c, exported))
	same := must[*Evaluation](t)(Evaluate(background, c, again, float, ids, EvalContext(256), EvalMaxIDs(512)))
	if same.Figures[EvalFigureMeanKl] > 1.05*f[EvalFigureMeanKl] {
		t.Error(same)
	}

	rotated := filepath.Join(folder, "rotated")
	check(t, os.Mkdir(rotated, 0o755))
	wants(t, RotateModel(background, c, kjv(""), rotated, 99, 3), StatusInvalidArgument)
	check(t, RotateModel(background, c, kjv(""), rotated, RotatedHeads, 3))
	turned := must[*LanguageModel](t)(OpenLanguageModel(background, c, rotated))
	equal := must[*Evaluation](t)(Evaluate(background, c, turned, float, ids, EvalContext(256), EvalMaxIDs(512)))
	if equal.Figures[EvalFigureMeanKl] > 1e-8 {
		t.Error(equal)
	}
}

func TestAJobThatCannotBeCalibratedLeavesNoFile(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	folder := t.TempDir()
	recipe := must[*Recipe](t)(ParseRecipe(c, gptqRecipe))
	run := func(ctx context.Context, ids []int32) error {
		job := must[*Job](t)(NewJob(c, recipe, Input(kjv("")), Output(filepath.Join(folder, "never.pawl")),
			CalibrationIDs(ids), CalibrationContext(256)))
		defer job.Close()
		_, err := job.Run(ctx, c)
		return err
	}
	wants(t, run(background, []int32{65, 300, 66, 67}), StatusInvalidArgument, "300")
	ctx, cancel := context.WithCancel(background)
	go func() { // as soon as it works
		for done, _ := c.Progress(); done == 0; done, _ = c.Progress() {
			time.Sleep(time.Millisecond)
		}
		cancel()
	}()
	if err := run(ctx, textIDs(t, "calibration.txt", 32768)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	cancel()
	if left := must[[]os.DirEntry](t)(os.ReadDir(folder)); len(left) != 0 {
		t.Error(left)
	}
}
