// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! Embeddings, groups of layers, convolutions, weights of other tools' checkpoints, DLPack 1.x.

use pawl::*;

fn values(count: usize) -> Vec<f32> {
    (0..count).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0).collect()
}

fn quantized(context: &Context, shape: &[usize], scheme: &str) -> Result<QuantizedTensor> {
    let weights = values(shape.iter().product());
    let (weights, scheme) = (Tensor::view(context, shape, &weights)?, Scheme::parse(context, scheme)?);
    Ok(QuantizedTensor::quantize(context, &weights, &scheme, &QuantizeOptions::new())?.0)
}

#[test]
fn embeddings_look_up_rows() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(1))?;
    let table = quantized(&context, &[50, 64], "int8")?;
    let rows = table.dequantize(&context)?;
    let embedding = Embedding::new(&context, &table, "tokens")?;
    drop(table);
    assert_eq!((embedding.rows(), embedding.cols()), (50, 64));
    let mut y = vec![0.0f32; 3 * 64];
    embedding.lookup(&context, &[49, 0, 49], &mut y)?;
    assert_eq!(y[..64], rows[49 * 64..]);
    assert_eq!(y[64..128], rows[..64]);
    assert_eq!(y[128..], y[..64]);
    let error = embedding.lookup(&context, &[50], &mut y[..64]).unwrap_err();
    assert_eq!(error.status(), Status::OutOfRange);
    assert!(embedding.lookup(&context, &[1], &mut y).is_err());
    embedding.lookup::<f32>(&context, &[], &mut [])
}

#[test]
fn a_group_gives_what_its_layers_give() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(2))?;
    let dynamic = || LinearOptions::new().mode(LinearMode::DynamicInt8);
    let layers = [32, 8, 16]
        .iter()
        .map(|&out| Linear::new(&context, &quantized(&context, &[out, 64], "int4:g32")?, &dynamic()))
        .collect::<Result<Vec<_>>>()?;
    assert!(layers[0].shares_input(&layers[2]));
    let x = values(5 * 64);
    let mut results: Vec<_> = layers.iter().map(|layer| vec![0.0f32; 5 * layer.out_features()]).collect();
    {
        let mut places: Vec<_> = results.iter_mut().map(|y| &mut y[..]).collect();
        let group: Vec<_> = layers.iter().collect();
        Linear::run_group(&context, &group, 5, &x, &mut places)?;
        assert!(Linear::run_group(&context, &group, 4, &x, &mut places).is_err());
        assert!(Linear::run_group(&context, &group[..2], 5, &x, &mut places).is_err());
    }
    for (layer, y) in layers.iter().zip(&results) {
        let mut alone = vec![0.0f32; y.len()];
        layer.run(&context, &x, &mut alone)?;
        assert_eq!(*y, alone);
    }
    Ok(())
}

#[test]
fn convolutions_in_two_dimensions_and_one() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(2))?;
    // 1 x 1 is a linear layer for each pixel.
    let weights = quantized(&context, &[6, 4], "int8")?;
    let decoded = weights.dequantize(&context)?;
    let geometry = || ConvOptions::new().channels(4).layout(ImageLayout::Nhwc);
    let conv = Conv::new(&context, &weights, &geometry(), &LinearOptions::new().name("stem"))?;
    assert_eq!((conv.in_channels(), conv.out_channels(), conv.name()), (4, 6, "stem"));
    assert_eq!(conv.output_size(5, 3), (5, 3));
    let (x, mut y) = (values(2 * 5 * 3 * 4), vec![0.0f32; 2 * 5 * 3 * 6]);
    conv.run(&context, [2, 5, 3], &x, &mut y)?;
    for (x, y) in x.chunks(4).zip(y.chunks(6)) {
        for (w, y) in decoded.chunks(4).zip(y) {
            let sum: f32 = w.iter().zip(x).map(|(w, x)| w * x).sum();
            assert!((sum - y).abs() < 1e-5, "{} {}", sum, y);
        }
    }
    let error = conv.run(&context, [2, 5, 4], &x, &mut y).unwrap_err();
    assert!(error.message().contains("stem"), "{}", error);

    let taps = [1.0f32, 2.0, 3.0];
    let line = ConvOptions::new().channels(1).kernel(&[3]).dilations(&[2]).pads(&[1, 0]);
    let weights = Tensor::view(&context, &[1, 1, 3], &taps)?;
    let conv = Conv::from_floats(&context, &weights, &line, &LinearOptions::new())?;
    drop(weights);
    let mut y = [0.0f32; 2];
    conv.run(&context, [1, 1, 5], &[1.0f32, 10.0, 100.0, 1000.0, 10000.0], &mut y)?;
    assert_eq!(y, [3020.0, 30201.0]);
    assert!(Conv::new(
        &context,
        &quantized(&context, &[6, 4], "int8")?,
        &geometry().channels(5),
        &LinearOptions::new()
    )
    .is_err());
    Ok(())
}

#[test]
fn checkpoints_there_and_back() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(1))?;
    let original = quantized(&context, &[16, 64], "uint4:g32:asym")?;
    let mut weight = Checkpoint::new(&context, CheckpointFormat::Gptq)?;
    weight.set_string(&context, CheckpointSetting::Variant, "gptq_v2")?;
    weight.encode(&context, &original)?;
    assert!(weight.tensor_names().any(|name| name == "qweight"));
    assert_eq!(weight.int(&context, CheckpointSetting::GroupSize)?, 32);
    assert_eq!(weight.string(CheckpointSetting::Variant), "gptq_v2");

    let mut again = Checkpoint::new(&context, CheckpointFormat::Gptq)?;
    for name in weight.tensor_names() {
        again.set_tensor(&context, name, &weight.tensor(&context, name)?)?;
    }
    again.set_string(&context, CheckpointSetting::Variant, "gptq_v2")?;
    again.set_int(&context, CheckpointSetting::GroupSize, 32)?;
    let decoded = again.decode(&context)?;
    for (a, b) in decoded.dequantize(&context)?.iter().zip(original.dequantize(&context)?) {
        assert!((a - b).abs() <= b.abs() / 1024.0, "{} {}", a, b); // GPTQ computes in f16
    }
    assert_eq!(again.format(), Some(CheckpointFormat::Gptq));
    let error = again.set_int(&context, CheckpointSetting::BlockRows, 3).unwrap_err();
    assert_eq!(error.status(), Status::InvalidArgument);
    let scales = weight.tensor(&context, "scales")?;
    let error = again.set_tensor(&context, "scale", &scales).unwrap_err();
    assert!(error.message().contains("scales"), "{}", error);

    let mut table = Checkpoint::new(&context, CheckpointFormat::MatmulNbits)?;
    table.set_shape(&context, &[16, 64])?;
    assert_eq!(table.shape(), [16, 64]);
    Ok(())
}

#[test]
fn dlpack_1_says_what_is_read_only() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(1))?;
    let own = Tensor::zeros(&context, DType::F32, &[2, 3])?;
    let lent = own.to_dlpack_versioned(&context)?;
    assert!(!lent.is_read_only());
    assert_eq!(lent.tensor().ndim, 2);
    let kept = Tensor::from_owner(&context, &[3], vec![1.0f32, 2.0, 3.0])?.to_dlpack_versioned(&context)?;
    assert!(kept.is_read_only());
    let address = kept.tensor().data as *const f32;
    let back = unsafe { Tensor::from_dlpack_versioned(&context, kept.into_raw())? };
    assert_eq!(back.as_slice::<f32>()?, [1.0, 2.0, 3.0]);
    assert_eq!(back.as_slice::<f32>()?.as_ptr(), address);
    Ok(())
}
