// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

package pawl_test

import (
	"context"
	"fmt"
	"log"

	"example.org/pawl"
)

func Example() {
	c, err := pawl.NewContext(pawl.Threads(2))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
	weights := make([]float32, 256*64) // [out, in]
	scheme, err := pawl.ParseScheme(c, "int4:g32")
	if err != nil {
		log.Fatal(err)
	}
	quantized, _, err := pawl.QuantizeSlice(context.Background(), c, []int{256, 64}, weights, scheme)
	if err != nil {
		log.Fatal(err)
	}
	layer, err := pawl.NewLinear(c, quantized, pawl.Mode(pawl.LinearModeDynamicInt8))
	if err != nil {
		log.Fatal(err)
	}
	x, y := make([]float32, 3*64), make([]float32, 3*256)
	if err := pawl.Run(c, layer, x, y); err != nil {
		log.Fatal(err)
	}
	fmt.Println(scheme, quantized.BitsPerWeight(), "bits per weight,", layer.OutFeatures(), "outputs")
	// Output: int4 4.5 bits per weight, 256 outputs
}
