// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl

import (
	"context"
	"math"
	"reflect"
	"testing"
	"unsafe"
)

func testValues(count int) []float32 {
	values := make([]float32, count)
	for i := range values {
		values[i] = float32((i*37)%101)/50 - 1
	}
	return values
}

func testQuantized(t *testing.T, c *Context, scheme string, shape ...int) *QuantizedTensor {
	t.Helper()
	s := must[*Scheme](t)(ParseScheme(c, scheme))
	defer s.Close()
	q, _, err := QuantizeSlice(context.Background(), c, shape, testValues(product(shape)), s)
	check(t, err)
	return q
}

func TestEmbeddingsLookUpRows(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	table := testQuantized(t, c, "int8", 50, 64)
	rows := must[[]float32](t)(table.Dequantize(c))
	e := must[*Embedding](t)(NewEmbedding(c, table, "tokens"))
	table.Close()
	y := make([]float32, 2*64)
	check(t, Lookup(c, e, []int64{49, 0}, y))
	if e.Rows() != 50 || e.Cols() != 64 || !reflect.DeepEqual(y, append(append([]float32(nil), rows[49*64:]...), rows[:64]...)) {
		t.Error(e.Rows(), e.Cols(), y)
	}
	wants(t, Lookup(c, e, []int64{50}, y[:64]), StatusOutOfRange, "50")
	wants(t, Lookup(c, e, []int64{1}, y), StatusInvalidArgument)
	check(t, Lookup(c, e, nil, []float32{}))
}

func TestAGroupGivesWhatItsLayersGive(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(2)))
	defer c.Close()
	var layers []*Linear
	for _, out := range []int{32, 8, 16} {
		layers = append(layers, must[*Linear](t)(NewLinear(c, testQuantized(t, c, "int4:g32", out, 64), Mode(LinearModeDynamicInt8))))
	}
	x, y := testValues(5*64), make([]float32, 5*56)
	check(t, RunGroup(c, layers, 5, x, y))
	at := 0
	for _, layer := range layers {
		alone := make([]float32, 5*layer.OutFeatures())
		check(t, Run(c, layer, x, alone))
		if !reflect.DeepEqual(alone, y[at:at+len(alone)]) {
			t.Error(layer.OutFeatures())
		}
		at += len(alone)
	}
	if !layers[0].SharesInput(layers[1]) {
		t.Error("layers of one kind do not share their input")
	}
	wants(t, RunGroup(c, layers, 4, x, y), StatusInvalidArgument)
	wants(t, RunGroup(c, layers[:2], 5, x, y), StatusInvalidArgument)
	check(t, RunGroup(c, nil, 5, x, []float32{}))
}

func TestConvolutions(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(2)))
	defer c.Close()
	// 1 x 1 is a linear layer for each pixel.
	weights := testQuantized(t, c, "int8", 6, 4)
	decoded := must[[]float32](t)(weights.Dequantize(c))
	geometry := []Option{Int(OptionIDConvChannels, 4), Int(OptionIDImageLayout, ImageLayoutNHWC)}
	conv := must[*Conv](t)(NewConv(c, weights, geometry, Name("stem")))
	weights.Close()
	x, y := testValues(2*5*3*4), make([]float32, 2*5*3*6)
	check(t, RunConv(c, conv, 2, 5, 3, x, y))
	for pixel := 0; pixel < 2*5*3; pixel++ {
		for out := 0; out < 6; out++ {
			var sum float64
			for i := 0; i < 4; i++ {
				sum += float64(x[pixel*4+i]) * float64(decoded[out*4+i])
			}
			if math.Abs(sum-float64(y[pixel*6+out])) > 1e-5 {
				t.Error(pixel, out, sum, y[pixel*6+out])
			}
		}
	}
	if h, w := conv.OutputSize(5, 3); h != 5 || w != 3 || conv.InChannels() != 4 || conv.OutChannels() != 6 {
		t.Error(h, w, conv.InChannels(), conv.OutChannels())
	}
	wants(t, RunConv(c, conv, 2, 5, 4, x, y), StatusInvalidArgument, "stem")
	wants(t, RunConv(c, conv, -1, 5, 4, x, y), StatusInvalidArgument)

	taps := must[*Tensor](t)(NewTensor(c, []int{1, 1, 3}, []float32{1, 2, 3}))
	line := must[*Conv](t)(NewConvFloat(c, taps, []Option{Int(OptionIDConvChannels, 1), Ints(OptionIDConvKernel, []int32{3}),
		Ints(OptionIDConvDilations, []int32{2}), Ints(OptionIDConvPads, []int32{1, 0})}))
	taps.Close()
	y = make([]float32, 2)
	check(t, RunConv(c, line, 1, 1, 5, []float32{1, 10, 100, 1000, 10000}, y))
	if !reflect.DeepEqual(y, []float32{3020, 30201}) {
		t.Error(y)
	}
	_, err := NewConv(c, testQuantized(t, c, "int8", 6, 4), []Option{Int(OptionIDConvChannels, 5)})
	wants(t, err, StatusInvalidArgument)
	_, err = NewConv(c, testQuantized(t, c, "int8", 6, 4), []Option{Name("no geometry")})
	wants(t, err, StatusInvalidArgument)
}

func TestCheckpointsThereAndBack(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	original := testQuantized(t, c, "uint4:g32:asym", 16, 64)
	weight := must[*Checkpoint](t)(NewCheckpoint(c, CheckpointFormatGPTQ))
	check(t, weight.SetString(c, CheckpointSettingVariant, "gptq_v2"))
	check(t, weight.Encode(c, original))
	again := must[*Checkpoint](t)(NewCheckpoint(c, CheckpointFormatGPTQ))
	for _, name := range weight.TensorNames() {
		tensor := must[*Tensor](t)(weight.Tensor(c, name))
		check(t, again.SetTensor(c, name, tensor))
		tensor.Close()
	}
	size := must[int64](t)(weight.Int(c, CheckpointSettingGroupSize))
	check(t, again.SetInt(c, CheckpointSettingGroupSize, size))
	check(t, again.SetString(c, CheckpointSettingVariant, weight.Text(CheckpointSettingVariant)))
	weight.Close()
	decoded := must[*QuantizedTensor](t)(again.Decode(c))
	want := must[[]float32](t)(original.Dequantize(c))
	for i, value := range must[[]float32](t)(decoded.Dequantize(c)) {
		if math.Abs(float64(value-want[i])) > math.Abs(float64(want[i]))/1024 { // GPTQ computes in f16
			t.Fatal(i, value, want[i])
		}
	}
	if size != 32 || again.Format() != CheckpointFormatGPTQ {
		t.Error(size, again.Format())
	}
	wants(t, again.SetInt(c, CheckpointSettingBlockRows, 3), StatusInvalidArgument)
	_, err := again.Tensor(c, "scale")
	wants(t, err, StatusNotFound)
	table := must[*Checkpoint](t)(NewCheckpoint(c, CheckpointFormatMatmulNbits))
	check(t, table.SetShape(c, []int{16, 64}))
	if !reflect.DeepEqual(table.Shape(), []int{16, 64}) {
		t.Error(table.Shape())
	}
}

func TestTensorsComeAndGoAsDLPack(t *testing.T) {
	c := must[*Context](t)(NewContext(Threads(1)))
	defer c.Close()
	tensor := must[*Tensor](t)(NewTensor(c, []int{3}, []float32{1, 2, 3}))
	lent := must[*Tensor](t)(FromDLPack(c, must[unsafe.Pointer](t)(tensor.DLPack(c))))
	tensor.Close()
	again := must[*Tensor](t)(FromDLPackVersioned(c, must[unsafe.Pointer](t)(lent.DLPackVersioned(c))))
	lent.Close()
	if values := must[[]float32](t)(Values[float32](again)); !reflect.DeepEqual(values, []float32{1, 2, 3}) {
		t.Error(values)
	}
	_, err := FromDLPack(c, nil)
	wants(t, err, StatusInvalidArgument)
	_, err = FromDLPackVersioned(c, nil)
	wants(t, err, StatusInvalidArgument)
}
