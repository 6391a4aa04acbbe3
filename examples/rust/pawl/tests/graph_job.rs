// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! The digits net as ONNX, quantized from files and from memory, and analyzed.

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

fn output(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("pawl-rust-{}-{}.onnx", std::process::id(), name))
}

fn images(context: &Context, file: &str) -> Result<(Vec<f32>, Vec<u8>)> {
    let reader = ModelReader::open(context, models().join(file))?;
    let pixels = reader.read(context, "images")?;
    let labels = reader.read(context, "labels")?.as_slice::<u8>()?.to_vec();
    Ok((pixels.as_slice::<u8>()?.iter().map(|&pixel| f32::from(pixel) / 16.0).collect(), labels))
}

fn batch(context: &Context, pixels: &[f32]) -> Result<Tensor<'static>> {
    Tensor::from_owner(context, &[pixels.len() / 64, 64], pixels.to_vec())
}

fn job(context: &Context, options: GraphJobOptions, recipe: Option<&Recipe>) -> Result<GraphJob> {
    let mut job = GraphJob::new(context, &options.input(&models().join("digits.onnx")), recipe)?;
    for pixels in images(context, "digits_calibration.safetensors")?.0.chunks(BATCH * 64) {
        job.add_sample(context, &[&batch(context, pixels)?])?;
    }
    Ok(job)
}

fn count_right(context: &Context, graph: &Graph) -> Result<usize> {
    let (pixels, labels) = images(context, "digits_test.safetensors")?;
    let mut executor = Executor::new(context, graph, &ExecutorOptions::new(), &[])?;
    executor.run(context, &[&batch(context, &pixels)?])?;
    let scores = executor.output(context, 0)?;
    let best = |scores: &[f32]| (0..CLASSES).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
    let rows = scores.as_slice::<f32>()?.chunks(CLASSES).zip(labels);
    Ok(rows.filter(|(scores, label)| best(scores) == usize::from(*label)).count())
}

#[test]
fn a_model_is_quantized() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(2))?;
    let path = output("int8");
    let mut static_job = job(&context, GraphJobOptions::new().output(&path).mode(GraphMode::Static), None)?;
    let report = static_job.run(&context)?;
    assert_eq!(report.total(GraphFigure::Quantized), 3.0);
    let layers: Vec<_> = report.layers().filter(|layer| !layer.scheme().is_empty()).collect();
    assert_eq!(layers.len(), 3);
    assert!(layers.iter().all(|layer| layer.operator() == "Gemm" && layer.weights().ends_with(".weight")));
    let (name, logits) = report.outputs().next().unwrap();
    assert_eq!(name, "logits");
    assert!(logits.figure(GraphFigure::SqnrDb) > 25.0, "{}", report);
    assert!(report.json().contains("fc1.weight") && report.passes().count() + report.notes().count() > 0);
    assert!(count_right(&context, &Graph::open(&context, &path)?)? >= 442);

    // From memory, with samples that are made on call.
    let float = Graph::open(&context, models().join("digits.onnx"))?;
    let (pixels, labels) = images(&context, "digits_calibration.safetensors")?;
    let mut again = GraphJob::new(&context, &GraphJobOptions::new(), None)?;
    again.set_graph(&context, &float)?;
    drop(float);
    again.set_samples(&context, labels.len() / BATCH, 1, move |context, index| {
        Ok(vec![batch(context, &pixels[index * BATCH * 64..(index + 1) * BATCH * 64])?])
    })?;
    let result = again.run(&context)?.graph(&context)?;
    drop(again);
    assert!(result.to_bytes(&context)? == std::fs::read(&path).unwrap());
    std::fs::remove_file(&path).unwrap();
    Ok(())
}

#[test]
fn a_bound_and_the_recipe_that_meets_it() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(2))?;
    let recipe = Recipe::for_scheme(&context, "int4:channel")?;
    let mut bounded = job(&context, GraphJobOptions::new().max_drop(0.0005), Some(&recipe))?;
    let analysis = bounded.analyze(&context)?;
    assert!(analysis.json().contains("recipe_kept") && analysis.to_string().contains("fc1"));
    let found = analysis.recipe(&context)?;
    assert!(found.to_json().contains("exclude"));
    let quantized = bounded.run(&context)?.total(GraphFigure::Quantized);
    let mut same = job(&context, GraphJobOptions::new(), Some(&found))?;
    assert_eq!(same.run(&context)?.total(GraphFigure::Quantized), quantized);
    assert!(quantized < 3.0);
    Ok(())
}

#[test]
fn a_job_that_fails_leaves_no_file() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(1))?;
    let path = output("never");
    let options = || GraphJobOptions::new().input(&models().join("digits.onnx")).output(&path);
    let mut job = GraphJob::new(&context, &options(), None)?;
    assert_eq!(job.run(&context).err().unwrap().status(), Status::InvalidArgument); // no samples
    let none = models().join("none");
    job.set_samples(&context, 4, 1, move |context, _| {
        ModelReader::open(context, &none)?;
        Ok(Vec::new())
    })?;
    let error = job.run(&context).err().unwrap();
    assert!(error.status() == Status::NotFound && error.message().contains("none"), "{}", error);
    job.set_samples(&context, 4, 1, |_, index| panic!("sample {} is lost", index))?;
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job.run(&context))).err().unwrap();
    assert_eq!(panic.downcast_ref::<String>().unwrap(), "sample 0 is lost");
    job.set_samples(&context, 4, 1, |_, _| Ok(Vec::new()))?;
    assert_eq!(job.run(&context).err().unwrap().status(), Status::InvalidArgument);
    assert!(!path.exists());
    Ok(())
}
