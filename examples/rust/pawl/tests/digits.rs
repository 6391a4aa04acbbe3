// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! The main job on the digits model: opens a float net, calibrates its activations batch by batch, quantizes its weights
//! into a `.pawl` file, loads that, and reads the held-out images with static int8 layers; cancels, and meets errors.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{mpsc, Arc, Mutex};
use std::thread;

use pawl::*;

const LAYERS: [&str; 3] = ["fc1", "fc2", "fc3"];
const BATCH: usize = 64;
const CLASSES: usize = 10;

fn models() -> PathBuf {
    match std::env::var_os("PAWL_DIGITS") {
        Some(folder) => folder.into(),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/digits"),
    }
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pawl-rust-{}-{}", std::process::id(), name));
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn files(&self) -> Vec<String> {
        let mut names: Vec<_> = std::fs::read_dir(&self.0)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

struct Images {
    pixels: Vec<f32>,
    labels: Vec<u8>,
}

impl Images {
    fn open(context: &Context, file: &str) -> Result<Self> {
        let reader = ModelReader::open(context, models().join(file))?;
        let pixels = reader.read(context, "images")?;
        let labels = reader.read(context, "labels")?.as_slice::<u8>()?.to_vec();
        let pixels = pixels.as_slice::<u8>()?.iter().map(|&pixel| f32::from(pixel) / 16.0).collect();
        Ok(Images { pixels, labels })
    }
}

struct FloatNet {
    layers: Vec<(Tensor<'static>, Tensor<'static>)>,
}

impl FloatNet {
    fn open(context: &Context) -> Result<Self> {
        let reader = ModelReader::open(context, models().join("digits.safetensors"))?;
        assert_eq!(reader.names().count(), 6);
        let layers = LAYERS
            .iter()
            .map(|name| {
                Ok((
                    reader.read(context, &format!("{}.weight", name))?,
                    reader.read(context, &format!("{}.bias", name))?,
                ))
            })
            .collect::<Result<_>>()?;
        Ok(FloatNet { layers })
    }

    /// The digits' scores; `observe` sees what comes into each layer.
    fn run(&self, x: &[f32], mut observe: impl FnMut(&str, &[f32]) -> Result<()>) -> Result<Vec<f32>> {
        let mut x = x.to_vec();
        for (i, (weight, bias)) in self.layers.iter().enumerate() {
            observe(LAYERS[i], &x)?;
            let (weight, bias, last) =
                (weight.as_slice::<f32>()?, bias.as_slice::<f32>()?, i + 1 == LAYERS.len());
            let width = weight.len() / bias.len();
            let mut y = Vec::new();
            for row in x.chunks(width) {
                for (w, b) in weight.chunks(width).zip(bias) {
                    let sum = b + w.iter().zip(row).map(|(w, x)| w * x).sum::<f32>();
                    y.push(if last { sum } else { sum.max(0.0) });
                }
            }
            x = y;
        }
        Ok(x)
    }
}

fn count_right(images: &Images, mut run: impl FnMut(&[f32]) -> Result<Vec<f32>>) -> Result<usize> {
    let mut right = 0;
    for (pixels, labels) in images.pixels.chunks(BATCH * 64).zip(images.labels.chunks(BATCH)) {
        for (scores, label) in run(pixels)?.chunks(CLASSES).zip(labels) {
            let best = (0..CLASSES).max_by(|&a, &b| scores[a].total_cmp(&scores[b])).unwrap();
            right += usize::from(best == usize::from(*label));
        }
    }
    Ok(right)
}

fn job(context: &Context, output: &Path) -> Result<Report> {
    let input = models().join("digits.safetensors");
    let recipe = Recipe::for_scheme(context, "int8")?;
    Job::new(context, &JobOptions::new().input(&input).output(output), &recipe)?.run(context)
}

/// A static int8 layer: its weights from the file, the scale of its activations from the calibrator.
fn int8_layer(
    context: &Context,
    file: &FileReader,
    bias: &Tensor<'static>,
    calibrator: &Calibrator,
    index: usize,
) -> Result<Linear> {
    let name = format!("{}.weight", LAYERS[index]);
    let range = RangeOptions::new().range(ObserverRange::Mse).min_code(0).max_code(255).symmetric(false);
    let params = calibrator.observer(context, LAYERS[index])?.qparams(context, &range)?[0];
    let fused = if index + 1 < LAYERS.len() { FusedActivation::Relu } else { FusedActivation::None };
    let options = LinearOptions::new()
        .name(&name)
        .mode(LinearMode::StaticInt8)
        .bias(bias)
        .fused_activation(fused)
        .activation_dtype(DType::U8)
        .activation_scale(params.scale)
        .activation_zero_point(params.zero_point);
    Linear::new(context, &file.quantized(context, &name)?, &options)
}

fn run_layers(context: &Context, layers: &[Linear], x: &[f32]) -> Result<Vec<f32>> {
    let mut x = x.to_vec();
    for layer in layers {
        let mut y = vec![0.0f32; x.len() / layer.in_features() * layer.out_features()];
        layer.run(context, &x, &mut y)?;
        x = y;
    }
    Ok(x)
}

#[test]
fn main_job() -> Result<()> {
    let folder = Folder::new("main");
    let stages = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&stages);
    let context = Context::new(ContextOptions::new().threads(2).on_progress(move |progress| {
        assert!(progress.total.map_or(true, |total| progress.done <= total));
        seen.lock().unwrap().push((progress.stage.to_string(), progress.done, progress.total));
        ControlFlow::Continue(())
    }))?;
    assert_eq!(context.threads(), 2);

    let net = FloatNet::open(&context)?;
    let mut calibrator = Calibrator::new(&context, None)?;
    let calibration = Images::open(&context, "digits_calibration.safetensors")?;
    for batch in calibration.pixels.chunks(BATCH * 64) {
        net.run(batch, |name, x| calibrator.observe_values(&context, name, x))?;
    }
    calibrator.finish(&context)?;
    assert_eq!(calibrator.names().collect::<Vec<_>>(), LAYERS);

    let path = folder.0.join("digits.pawl");
    let report = job(&context, &path)?;
    assert_eq!(report.total(ReportFigure::Quantized), 3.0);
    assert_eq!(report.tensors().filter(|tensor| tensor.scheme() == "int8").count(), 3);
    assert!(report.tensors().all(|tensor| tensor.scheme().is_empty() != tensor.reason().is_empty()));
    assert!(report.to_string().contains("fc1.weight") && report.json().contains("fc1.weight"));
    let stages = stages.lock().unwrap();
    assert_eq!(stages.iter().filter(|(stage, ..)| stage == "quantize").count(), 6);
    let (stage, done, total) = stages.last().unwrap();
    assert_eq!((stage.as_str(), Some(*done)), ("done", *total));
    assert_eq!(folder.files(), ["digits.pawl"]);

    let file = FileReader::open(&context, &path)?;
    file.verify(&context)?;
    let layers = net
        .layers
        .iter()
        .enumerate()
        .map(|(i, (_, bias))| int8_layer(&context, &file, bias, &calibrator, i))
        .collect::<Result<Vec<_>>>()?;
    drop(file); // layers keep what they need

    let test = Images::open(&context, "digits_test.safetensors")?;
    let float = count_right(&test, |x| net.run(x, |_, _| Ok(())))?;
    let int8 = count_right(&test, |x| run_layers(&context, &layers, x))?;
    println!(
        "held-out images read right: {} of {} in float, {} in static int8",
        float,
        test.labels.len(),
        int8
    );
    assert_eq!(float, 444);
    assert!(int8 >= 442);

    // Layers may be run by any number of threads, each with its own context: the same bits.
    let expected = run_layers(&context, &layers, &test.pixels)?;
    thread::scope(|scope| {
        let runs: Vec<_> = (0..3)
            .map(|_| {
                scope.spawn(|| {
                    let context = Context::new(ContextOptions::new().threads(1))?;
                    run_layers(&context, &layers, &test.pixels)
                })
            })
            .collect();
        for run in runs {
            assert_eq!(run.join().unwrap().unwrap(), expected);
        }
    });
    Ok(())
}

#[test]
fn another_thread_cancels() -> Result<()> {
    let folder = Folder::new("cancel");
    let (started, wait) = mpsc::channel();
    let (go_on, stay) = mpsc::channel::<()>();
    let context = Context::new(ContextOptions::new().on_progress(move |_| {
        let _ = started.send(());
        let _ = stay.recv(); // until it is cancelled
        ControlFlow::Continue(())
    }))?;
    let canceller = context.canceller();
    let other = thread::spawn(move || {
        wait.recv().unwrap();
        canceller.cancel();
        assert!(canceller.is_cancelled());
        drop(go_on);
        canceller
    });
    let error = job(&context, &folder.0.join("never.pawl")).err().unwrap();
    assert_eq!(error.status(), Status::Cancelled);
    assert_eq!(folder.files(), [""; 0]);

    let canceller = other.join().unwrap();
    context.reset_cancel();
    assert!(!canceller.is_cancelled());
    job(&context, &folder.0.join("after.pawl"))?;
    let (done, total) = canceller.progress();
    assert!(total > 0 && done == total);
    Ok(())
}

#[test]
fn a_callback_cancels_by_breaking() -> Result<()> {
    let folder = Folder::new("break");
    let context = Context::new(ContextOptions::new().on_progress(|_| ControlFlow::Break(())))?;
    let error = job(&context, &folder.0.join("never.pawl")).err().unwrap();
    assert_eq!(error.status(), Status::Cancelled);
    assert_eq!(folder.files(), [""; 0]);
    Ok(())
}

#[test]
fn a_panic_of_a_callback_comes_out_of_the_call() -> Result<()> {
    let folder = Folder::new("panic");
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let context = Context::new(ContextOptions::new().on_progress(move |_| {
        if counted.fetch_add(1, Ordering::SeqCst) == 0 {
            panic!("out of the callback");
        }
        ControlFlow::Continue(())
    }))?;
    let path = folder.0.join("after.pawl");
    let panic = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| job(&context, &path))).err();
    assert_eq!(panic.unwrap().downcast_ref::<&str>(), Some(&"out of the callback"));
    assert_eq!(folder.files(), [""; 0]);
    job(&context, &path)?; // the context still works
    Ok(())
}

#[test]
fn errors_say_what_is_wrong() -> Result<()> {
    let folder = Folder::new("errors");
    let context = Context::new(ContextOptions::new())?;
    let error = Scheme::parse(&context, "int4:g32:asim").err().unwrap();
    assert_eq!(error.status(), Status::InvalidArgument);
    assert!(error.message().contains("asim") && error.message().contains("asym"), "{}", error);
    assert!(error.to_string().starts_with("invalid_argument: "));

    let error = ModelReader::open(&context, "/no/such/model.safetensors").err().unwrap();
    assert_eq!(error.status(), Status::NotFound);
    let reader = ModelReader::open(&context, models().join("digits.safetensors"))?;
    let error = reader.read(&context, "fc1.wait").err().unwrap();
    assert!(error.status() == Status::NotFound && error.message().contains("fc1.weight"), "{}", error);

    let error = Context::new(ContextOptions::new().target("z80")).err().unwrap();
    assert!(error.message().contains("z80"), "{}", error);
    let error = Context::new(ContextOptions::new().threads(usize::MAX)).err().unwrap();
    assert_eq!(error.status(), Status::OutOfRange);
    let error = Scheme::parse(&context, "int\u{0}4").err().unwrap();
    assert_eq!(error.status(), Status::InvalidArgument);

    let damaged = folder.0.join("damaged.pawl");
    job(&context, &damaged)?;
    let mut bytes = std::fs::read(&damaged).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let file = FileReader::from_bytes(&context, bytes, "damaged.pawl")?;
    assert_eq!(file.verify(&context).err().unwrap().status(), Status::DataLoss);
    Ok(())
}
