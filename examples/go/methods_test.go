// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

import (
	"context"
	"errors"
	"math"
	"math/rand"
	"reflect"
	"sync"
	"testing"
)

// Methods on bare matrices: each does what it is for, says what it did, and refuses what it cannot.

const (
	methodRows    = 48
	methodColumns = 64
	methodSamples = 400
)

var background = context.Background()

func normals(count int, seed int64) []float32 {
	random := rand.New(rand.NewSource(seed))
	values := make([]float32, count)
	for i := range values {
		values[i] = float32(random.NormFloat64())
	}
	return values
}

// Columns that go together and differ in size: what methods with inputs are for.
func methodInputs() []float32 {
	x := normals(methodSamples*methodColumns, 2)
	for begin := 0; begin < len(x); begin += methodColumns {
		row := x[begin : begin+methodColumns]
		for j := 1; j < len(row); j++ {
			row[j] = 0.7*row[j-1] + 0.5*row[j]
		}
		for j := 0; j < len(row); j += 16 {
			row[j] *= 8
		}
	}
	return x
}

type methodLayer struct {
	t               *testing.T
	c               *Context
	weights, inputs *Tensor
	moments         *Moments
	factor          *Factor
	scheme          *Scheme
}

func (l *methodLayer) matrix(values []float32) *Tensor {
	return must[*Tensor](l.t)(NewTensor(l.c, []int{len(values) / methodColumns, methodColumns}, values))
}

func newMethodLayer(t *testing.T) *methodLayer {
	l := &methodLayer{t: t, c: must[*Context](t)(NewContext(Threads(2)))}
	l.weights, l.inputs = l.matrix(normals(methodRows*methodColumns, 1)), l.matrix(methodInputs())
	l.moments = must[*Moments](t)(NewMoments(l.c, methodColumns))
	check(t, l.moments.Add(background, l.c, l.inputs))
	l.factor = must[*Factor](t)(NewFactor(background, l.c, l.moments))
	l.scheme = must[*Scheme](t)(ParseScheme(l.c, "int3:g32"))
	return l
}

func (l *methodLayer) error(approximation *Tensor) float64 {
	return must[float64](l.t)(l.moments.OutputError(l.c, l.weights, approximation))
}

func (l *methodLayer) errorOf(q *QuantizedTensor) float64 {
	return l.error(l.matrix(must[[]float32](l.t)(q.Dequantize(l.c))))
}

func (l *methodLayer) rounded() float64 {
	q, _, err := Quantize(background, l.c, l.weights, l.scheme)
	check(l.t, err)
	return l.errorOf(q)
}

func countZeros(values []float32) (zeros int) {
	for _, value := range values {
		if value == 0 {
			zeros++
		}
	}
	return zeros
}

func TestMomentsAreCountedMergedAndGiveImportances(t *testing.T) {
	l := newMethodLayer(t)
	other := must[*Moments](t)(NewMoments(l.c, methodColumns))
	check(t, other.Add(background, l.c, l.inputs))
	check(t, other.Merge(l.c, l.moments))
	if other.Columns() != methodColumns || other.Samples() != 2*methodSamples || l.moments.Samples() != methodSamples {
		t.Error(other.Columns(), other.Samples())
	}
	x := methodInputs()
	for j, found := range must[[]float32](t)(other.Importance(l.c)) {
		sum := 0.0
		for i := j; i < len(x); i += methodColumns {
			sum += float64(x[i]) * float64(x[i])
		}
		if expected := sum / methodSamples; math.Abs(float64(found)-expected) > 1e-5*expected {
			t.Error(j, found, expected)
		}
	}
	narrow := must[*Moments](t)(NewMoments(l.c, 8))
	wants(t, narrow.Add(background, l.c, l.inputs), StatusInvalidArgument, "8")
	wants(t, narrow.Merge(l.c, other), StatusInvalidArgument)
	_, err := NewFactor(background, l.c, narrow) // of nothing
	wants(t, err, StatusInvalidArgument)
	_, err = NewMoments(l.c, -1)
	wants(t, err, StatusInvalidArgument)
	narrow.Close()
	narrow.Close()
	wants(t, narrow.Add(background, l.c, l.inputs), StatusInvalidArgument)
}

func TestGPTQBeatsRoundingAndPrunesInTheSamePass(t *testing.T) {
	l := newMethodLayer(t)
	q, figures, err := GPTQ(background, l.c, l.weights, l.scheme, l.factor)
	check(t, err)
	squared := l.errorOf(q)
	if nearest := l.rounded(); squared > 0.7*nearest {
		t.Error(squared, nearest)
	}
	_, ratio := figures[MethodFigureRatio]
	if math.Abs(figures[MethodFigureLoss]/squared-1) > 0.2 || figures[MethodFigureDamping] != 0.01 || ratio ||
		len(figures) != 10 {
		t.Error(figures)
	}
	inOrder := must[*Factor](t)(NewFactor(background, l.c, l.moments, ByActivation(false), Damping(0.02)))
	for _, half := range []Option{GPTQSparsity(0.5), GPTQZeros(2, 4)} {
		_, figures, err := GPTQ(background, l.c, l.weights, l.scheme, inOrder, half, Int(OptionIDGPTQRange, RangeMethodMSE))
		check(t, err)
		if figures[MethodFigureZeros] != methodRows*methodColumns/2 || figures[MethodFigureDamping] != 0.02 {
			t.Error(figures)
		}
	}
	_, _, err = GPTQ(background, l.c, l.weights, l.scheme, l.factor, GPTQSparsity(1))
	wants(t, err, StatusOutOfRange, "sparsity")
	_, _, err = GPTQ(background, l.c, l.weights, l.scheme, l.factor, Sparsity(0.5))
	wants(t, err, StatusInvalidArgument)
	ctx, cancel := context.WithCancel(background)
	cancel()
	if _, err := NewFactor(ctx, l.c, l.moments); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	inOrder.Close()
	_, _, err = GPTQ(background, l.c, l.weights, l.scheme, inOrder)
	wants(t, err, StatusInvalidArgument, "factor is NULL")
}

func TestAFactorIsSharedByGoroutines(t *testing.T) {
	l := newMethodLayer(t)
	var wait sync.WaitGroup
	results := make([][]float32, 4)
	for i := range results {
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			c, err := NewContext(Threads(1))
			if err != nil {
				t.Error(err)
				return
			}
			defer c.Close()
			q, _, err := GPTQ(background, c, l.weights, l.scheme, l.factor)
			if err != nil {
				t.Error(err)
				return
			}
			results[i], _ = q.Dequantize(c)
		}(i)
	}
	wait.Wait()
	for _, result := range results {
		if len(result) != methodRows*methodColumns || !reflect.DeepEqual(result, results[0]) {
			t.Error("goroutines had different results")
		}
	}
}

func TestWeightsMakeUpForInputsThatAreNotWhatTheyWere(t *testing.T) {
	l := newMethodLayer(t)
	x, w := methodInputs(), normals(methodRows*methodColumns, 1)
	off := make([]float32, len(x))
	for i := range x {
		off[i] = 0.9*x[i] + 0.05*x[i/2]
	}
	outputs := func(weights, inputs []float32) []float32 {
		y := make([]float32, methodSamples*methodRows)
		for i := range y {
			row, sample := weights[i%methodRows*methodColumns:], inputs[i/methodRows*methodColumns:]
			for j := 0; j < methodColumns; j++ {
				y[i] += row[j] * sample[j]
			}
		}
		return y
	}
	wanted := outputs(w, x)
	distance := func(weights, inputs []float32) (sum float64) {
		for i, y := range outputs(weights, inputs) {
			sum += math.Pow(float64(y-wanted[i]), 2)
		}
		return sum
	}
	pairs := must[*Moments](t)(NewMoments(l.c, methodColumns))
	check(t, pairs.AddPair(background, l.c, l.matrix(off), l.inputs))
	factor := must[*Factor](t)(NewFactor(background, l.c, pairs))
	corrected := must[*Tensor](t)(CorrectForInputs(background, l.c, l.weights, pairs, factor, 1))
	if found, before := distance(must[[]float32](t)(Values[float32](corrected)), off), distance(w, off); found > 0.5*before {
		t.Error(found, before)
	}
	_, err := CorrectForInputs(background, l.c, l.weights, l.moments, l.factor, 1)
	wants(t, err, StatusInvalidArgument, "no float inputs")

	// A stream that misses what the layer gives has it doubled.
	doubled := must[*Moments](t)(NewMoments(l.c, methodColumns))
	check(t, doubled.AddPair(background, l.c, l.inputs, l.inputs))
	missing := must[*Tensor](t)(NewTensor(l.c, []int{methodSamples, methodRows}, wanted))
	check(t, doubled.AddMissing(background, l.c, l.inputs, missing))
	factor = must[*Factor](t)(NewFactor(background, l.c, doubled, Damping(1e-6)))
	corrected = must[*Tensor](t)(CorrectForInputs(background, l.c, l.weights, doubled, factor, 1))
	for i, found := range must[[]float32](t)(Values[float32](corrected)) {
		if math.Abs(float64(found-2*w[i])) > 1e-2 {
			t.Fatal(i, found, w[i])
		}
	}
}

func TestPruningTakesTheShareThatWasAskedFor(t *testing.T) {
	l := newMethodLayer(t)
	bySize, figures, err := PruneMagnitude(background, l.c, l.weights, Sparsity(0.5))
	check(t, err)
	if !reflect.DeepEqual(figures, MethodFigures{MethodFigureZeros: methodRows * methodColumns / 2}) {
		t.Error(figures)
	}
	sparse, figures, err := SparseGPT(background, l.c, l.weights, l.factor, Sparsity(0.5))
	check(t, err)
	if figures[MethodFigureLoss] <= 0 || l.error(sparse) > 0.8*l.error(bySize) {
		t.Error(figures, l.error(sparse), l.error(bySize))
	}
	for _, pruned := range []*Tensor{bySize, sparse} {
		if zeros := countZeros(must[[]float32](t)(Values[float32](pruned))); zeros != methodRows*methodColumns/2 {
			t.Error(zeros)
		}
	}
	structured, _, err := PruneMagnitude(background, l.c, l.weights, Zeros(2, 4))
	check(t, err)
	values := must[[]float32](t)(Values[float32](structured))
	for i := 0; i < len(values); i += 4 {
		if countZeros(values[i:i+4]) != 2 {
			t.Fatal(values[i : i+4])
		}
	}
	_, _, err = PruneMagnitude(background, l.c, l.weights)
	wants(t, err, StatusInvalidArgument, "no zeros")
}

func TestAWQSmoothQuantAndTheirParts(t *testing.T) {
	l := newMethodLayer(t)
	q, figures, err := AWQ(background, l.c, l.weights, l.inputs, l.scheme)
	check(t, err)
	if figures[MethodFigureErrorAfter] >= figures[MethodFigureErrorBefore] || l.errorOf(q) >= l.rounded() {
		t.Error(figures)
	}
	made, figures, err := AWQScales(background, l.c, []*Tensor{l.weights, l.weights}, l.inputs, l.scheme)
	check(t, err)
	if figures[MethodFigureRatio] <= 0 {
		t.Error(figures)
	}
	scales, w := must[[]float32](t)(Values[float32](made)), normals(methodRows*methodColumns, 1)
	scaled := must[*Tensor](t)(ScaleColumns(l.c, l.weights, scales))
	for i, found := range must[[]float32](t)(Values[float32](scaled)) {
		if found != w[i]*scales[i%methodColumns] {
			t.Fatal(i, found)
		}
	}
	clipped := must[*Tensor](t)(AWQClip(background, l.c, l.weights, l.inputs, l.scheme, Int(OptionIDAWQClipSteps, 5)))
	changed := 0
	for i, found := range must[[]float32](t)(Values[float32](clipped)) {
		if math.Abs(float64(found)) > math.Abs(float64(w[i])) {
			t.Fatal(i, found, w[i])
		}
		if found != w[i] {
			changed++
		}
	}
	if changed == 0 {
		t.Error("nothing was clipped")
	}

	maxima := make([]float32, methodColumns)
	for i := range maxima {
		maxima[i] = 4
	}
	smooth := must[*Tensor](t)(SmoothQuantScales(l.c, []*Tensor{l.weights}, maxima, 1))
	if found := must[[]float32](t)(Values[float32](smooth)); !reflect.DeepEqual(found, maxima) {
		t.Error(found)
	}
	_, err = SmoothQuantScales(l.c, []*Tensor{l.weights}, maxima, 1.5)
	wants(t, err, StatusInvalidArgument, "1.5")
	_, err = SmoothQuantScales(l.c, []*Tensor{l.weights}, maxima[1:], 0.5)
	wants(t, err, StatusInvalidArgument, "63")
}

func TestHQQAndBlockSearchMakeTheirOwnMeasureSmaller(t *testing.T) {
	l := newMethodLayer(t)
	floatZero := must[*Scheme](t)(ParseScheme(l.c, "int3:g32:hqq"))
	_, figures, err := HQQ(background, l.c, l.weights, floatZero, Int(OptionIDHQQIterations, 30))
	check(t, err)
	if figures[MethodFigureErrorAfter] >= figures[MethodFigureErrorBefore] {
		t.Error(figures)
	}
	_, _, err = HQQ(background, l.c, l.weights, l.scheme)
	wants(t, err, StatusInvalidArgument, "zero point")
	importance := must[[]float32](t)(l.moments.Importance(l.c))
	q, _, err := SearchBlocks(background, l.c, l.weights, l.scheme, BlockImportance(importance))
	check(t, err)
	if found, nearest := l.errorOf(q), l.rounded(); found >= nearest {
		t.Error(found, nearest)
	}
	_, _, err = SearchBlocks(background, l.c, l.weights, l.scheme, BlockImportance(importance[1:]))
	wants(t, err, StatusInvalidArgument, "63")
}
