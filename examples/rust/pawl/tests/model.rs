// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! A whole model, the digits net as ONNX: what is in it, calibrated batch by batch, run, and saved.

use std::path::{Path, PathBuf};

use pawl::*;

const BATCH: usize = 64;
const CLASSES: usize = 10;

fn models() -> PathBuf {
    match std::env::var_os("PAWL_DIGITS") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits"),
    }
}

fn images(context: &Context, file: &str) -> Result<(Vec<f32>, Vec<u8>)> {
    let reader = ModelReader::open(context, models().join(file))?;
    let pixels = reader.read(context, "images")?;
    let labels = reader.read(context, "labels")?.as_slice::<u8>()?.to_vec();
    Ok((pixels.as_slice::<u8>()?.iter().map(|&pixel| f32::from(pixel) / 16.0).collect(), labels))
}

fn open(context: &Context) -> Result<Graph> {
    Graph::open(context, models().join("digits.onnx"))
}

/// Outputs of nodes that have weights, and the model's input: what static quantization wants to know the ranges of.
fn observed(graph: &Graph) -> Vec<&str> {
    let computed = graph.nodes().filter(|node| node.operator() == "Gemm").filter_map(|node| node.outputs()[0]);
    graph.inputs().chain(computed).map(|value| value.name()).collect()
}

fn count_right(context: &Context, executor: &mut Executor, pixels: &[f32], labels: &[u8]) -> Result<usize> {
    let mut right = 0;
    for (pixels, labels) in pixels.chunks(BATCH * 64).zip(labels.chunks(BATCH)) {
        let batch = Tensor::view(context, &[labels.len(), 64], pixels)?;
        executor.run(context, &[&batch])?;
        let scores = executor.output(context, 0)?;
        for (scores, label) in scores.as_slice::<f32>()?.chunks(CLASSES).zip(labels) {
            let best = (0..CLASSES).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
            right += usize::from(best == usize::from(*label));
        }
    }
    Ok(right)
}

#[test]
fn a_model_says_what_is_in_it() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(1))?;
    let graph = open(&context)?;
    let input = graph.inputs().next().unwrap();
    assert_eq!((input.kind(), input.dtype()), (Some(ValueKind::Input), Some(DType::F32)));
    let shape = input.shape().unwrap();
    assert!(matches!(shape[0], Dim::Symbol(name) if !name.is_empty()), "{:?}", shape);
    assert_eq!(shape[1], Dim::Known(64));
    let output = graph.outputs().next().unwrap();
    assert_eq!(output.shape().unwrap()[1], Dim::Known(CLASSES));

    let first = graph.nodes().find(|node| node.operator() == "Gemm").unwrap();
    assert!(first.runs() && first.domain().is_empty() && first.opset() == graph.opset("").unwrap());
    let weights = first.inputs()[1].unwrap();
    assert_eq!(weights.kind(), Some(ValueKind::Constant));
    let float = ModelReader::open(&context, models().join("digits.safetensors"))?;
    let constant = weights.constant(&context)?;
    assert_eq!(constant.as_slice::<f32>()?, float.read(&context, "fc1.weight")?.as_slice::<f32>()?);
    assert!(input.constant(&context).is_err());
    let error = graph.value(&context, "no such value").err().unwrap();
    assert_eq!(error.status(), Status::NotFound);

    let known = operators();
    assert!(known.len() > 100 && known.iter().any(|operator| operator.name == "Conv"));
    assert!(graph.nodes().all(|node| known.iter().any(|operator| operator.name == node.operator())));
    Ok(())
}

#[test]
fn calibrated_batch_by_batch_run_and_saved() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(2))?;
    let graph = open(&context)?;
    let names = observed(&graph);
    let mut executor = Executor::new(&context, &graph, &ExecutorOptions::new(), &names)?;
    let mut calibrator = Calibrator::new(&context, None)?;
    let (pixels, labels) = images(&context, "digits_calibration.safetensors")?;
    for (pixels, labels) in pixels.chunks(BATCH * 64).zip(labels.chunks(BATCH)) {
        let batch = Tensor::view(&context, &[labels.len(), 64], pixels)?;
        executor.calibrate(&context, &[&batch], &mut calibrator)?;
    }
    calibrator.finish(&context)?;
    assert_eq!(calibrator.names().count(), names.len());
    let ranges = calibrator.observer(&context, names[0])?.ranges(&context, &RangeOptions::new())?;
    assert_eq!(ranges, [(0.0, 1.0)]);

    let (pixels, labels) = images(&context, "digits_test.safetensors")?;
    assert_eq!(count_right(&context, &mut executor, &pixels, &labels)?, 444);
    assert!(executor.arena_bytes() > 0 && executor.packed_bytes() > 0);

    let path = std::env::temp_dir().join(format!("pawl-rust-{}-digits.onnx", std::process::id()));
    graph.save(&context, &path, &[models().join("digits.onnx").as_path()])?;
    let bytes = std::fs::read(&path).unwrap();
    assert_eq!(graph.to_bytes(&context)?, bytes);
    std::fs::remove_file(&path).unwrap();
    let again = Graph::from_bytes(&context, bytes, "again")?;
    let mut again = Executor::new(&context, &again, &ExecutorOptions::new(), &[])?;
    assert_eq!(count_right(&context, &mut again, &pixels, &labels)?, 444);

    // Another thread has an executor of its own, of the same weights.
    let mut shared = executor.share(&context)?;
    let right = std::thread::spawn(move || -> Result<usize> {
        let context = Context::new(ContextOptions::new().threads(1))?;
        count_right(&context, &mut shared, &pixels, &labels)
    });
    assert_eq!(right.join().unwrap()?, 444);
    Ok(())
}

#[test]
fn values_are_observed_and_nodes_timed() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(1))?;
    let graph = open(&context)?;
    let names = observed(&graph);
    let options = ExecutorOptions::new().keep_observed(true);
    let mut executor = Executor::new(&context, &graph, &options, &names)?;
    executor.time_nodes(&context, true)?;
    let x = vec![0.5f32; 2 * 64];
    let x = Tensor::view(&context, &[2, 64], &x)?;
    let mut seen = Vec::new();
    executor.run_observed(&context, &[&x], |name, value| {
        seen.push((name.to_string(), value.as_slice::<f32>()?.to_vec()));
        Ok(())
    })?;
    assert_eq!(seen.len(), names.len());
    for (name, values) in &seen {
        assert_eq!(executor.observed(&context, name)?.as_slice::<f32>()?, &values[..]);
    }
    let times = executor.times();
    assert!(times.iter().any(|time| time.operator == "Gemm" && time.runs == 1), "{:?}", times);

    let stop = executor.run(&context, &[]).unwrap_err();
    assert_eq!(stop.status(), Status::InvalidArgument);
    let error = executor.run_observed(&context, &[&x], |_, _| Err(stop.clone())).unwrap_err();
    assert_eq!(error, stop);
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        executor.run_observed(&context, &[&x], |_, _| panic!("out of the observer"))
    }));
    assert_eq!(panic.err().unwrap().downcast_ref::<&str>(), Some(&"out of the observer"));
    executor.run(&context, &[&x])?; // nobody is called any more

    let narrow = [0.0f32; 3];
    let narrow = Tensor::view(&context, &[1, 3], &narrow)?;
    let error = executor.run(&context, &[&narrow]).unwrap_err();
    assert!(error.message().contains(names[0]), "{}", error);
    assert!(executor.output(&context, 0).is_err());
    let error = Executor::new(&context, &graph, &options, &["nobody"]).err().unwrap();
    assert!(error.message().contains("nobody"), "{}", error);
    let bound = ExecutorOptions::new().run_memory(16);
    let error = Executor::new(&context, &graph, &bound, &[])?.run(&context, &[&x]).unwrap_err();
    assert_eq!(error.status(), Status::ResourceExhausted);
    Ok(())
}
