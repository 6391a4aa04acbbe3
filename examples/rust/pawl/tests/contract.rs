// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! What the crate promises beside the main job: threads, memory without copies, constants, files of one's own.

use std::collections::BTreeMap;
use std::ffi::CStr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

use pawl::*;

fn send_and_sync<T: Send + Sync>() {}
fn send<T: Send>() {}

#[test]
fn threads_are_as_the_header_says() {
    send::<Context>(); // not Sync: doc tests of these
    send::<Moments>();
    send::<LanguageModel>();
    send_and_sync::<Factor>();
    send_and_sync::<Evaluation>();
    send_and_sync::<Canceller>();
    send_and_sync::<Tensor<'_>>();
    send_and_sync::<Scheme>();
    send_and_sync::<QuantizedTensor>();
    send_and_sync::<Linear>();
    send_and_sync::<Observer>();
    send_and_sync::<Calibrator>();
    send_and_sync::<ModelReader>();
    send_and_sync::<FileReader>();
    send_and_sync::<FileWriter>();
    send_and_sync::<Job>();
    send_and_sync::<Report>();
    send_and_sync::<Checkpoint>();
    send_and_sync::<Conv>();
    send_and_sync::<Embedding>();
    send_and_sync::<Graph>();
    send_and_sync::<Executor>();
    send_and_sync::<LinearOptions>();
    send_and_sync::<Error>();
}

#[test]
fn every_constant_is_the_librarys() {
    let mut library = BTreeMap::new();
    unsafe {
        for index in 0..pawl_sys::pawl_constant_count() {
            let name = CStr::from_ptr(pawl_sys::pawl_constant_name(index)).to_str().unwrap();
            library.insert(name, pawl_sys::pawl_constant_value(index));
        }
    }
    let ours: BTreeMap<_, _> = CONSTANTS.iter().chain(COUNTS).copied().collect();
    assert_eq!(ours, library);
    assert_eq!(version(), env!("CARGO_PKG_VERSION"));
    assert_eq!(list(ListId::Dtypes).nth(DType::Bf16 as usize), Some("bf16"));
    assert!(list(ListId::Groups).any(|word| word == "g<N>"));
    assert_eq!(descriptions(ListId::Groups).count(), list(ListId::Groups).count());
    assert!(descriptions(ListId::Elements).all(|line| !line.is_empty()));
    assert_eq!(DType::from_raw(2), Some(DType::Bf16));
    assert_eq!(DType::from_raw(-1), None);
}

struct Counted {
    values: Vec<f32>,
    drops: Arc<AtomicUsize>,
}

impl AsRef<[f32]> for Counted {
    fn as_ref(&self) -> &[f32] {
        &self.values
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.drops.fetch_add(1, Ordering::SeqCst);
    }
}

#[test]
fn tensors_look_at_memory_without_copies() -> Result<()> {
    let context = Context::new(ContextOptions::new())?;
    let values = vec![1.0f32, -2.0, 3.0, 4.5, 0.0, 6.0];
    let view = Tensor::view(&context, &[2, 3], &values)?;
    assert_eq!(view.as_slice::<f32>()?.as_ptr(), values.as_ptr());
    assert_eq!(view.shape(), [2, 3]);
    assert!(view.as_slice::<u32>().is_err());
    assert!(Tensor::view(&context, &[3, 3], &values).is_err());
    assert!(Tensor::view(&context, &[usize::MAX], &values).is_err());

    let drops = Arc::new(AtomicUsize::new(0));
    let owner = |drops: &Arc<AtomicUsize>| Counted { values: vec![0.5; 6], drops: Arc::clone(drops) };
    let counted = owner(&drops);
    let address = counted.values.as_ptr();
    let tensor = Tensor::from_owner(&context, &[6], counted)?;
    assert_eq!(tensor.as_slice::<f32>()?.as_ptr(), address);
    let lent = tensor.to_dlpack(&context)?;
    drop(tensor);
    assert_eq!(drops.load(Ordering::SeqCst), 0);
    assert_eq!(lent.tensor().data as *const f32, address);

    // What a framework would hand back.
    let back = unsafe { Tensor::from_dlpack(&context, lent.into_raw())? };
    assert_eq!(back.as_slice::<f32>()?, [0.5; 6]);
    assert_eq!(back.as_slice::<f32>()?.as_ptr(), address);
    std::thread::spawn(move || drop(back)).join().unwrap();
    assert_eq!(drops.load(Ordering::SeqCst), 1);

    assert!(Tensor::from_owner(&context, &[7], owner(&drops)).is_err());
    assert_eq!(drops.load(Ordering::SeqCst), 2); // one that was not taken is dropped, too
    Ok(())
}

#[test]
fn one_tensor_after_another() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(1))?;
    let path = std::env::temp_dir().join(format!("pawl-rust-{}-parts.pawl", std::process::id()));
    let values: Vec<f32> = (0..64 * 32).map(|i| ((i * 37) % 101) as f32 / 50.0 - 1.0).collect();
    let weights = Tensor::view(&context, &[64, 32], &values)?;
    let scheme = Scheme::parse(&context, "int8:channel")?;
    let (quantized, stats) = QuantizedTensor::quantize(
        &context,
        &weights,
        &scheme,
        &QuantizeOptions::new().range_method(RangeMethod::Mse),
    )?;
    assert_eq!(stats, QuantizeStats::default());
    let error = quantized.compare(&context, &weights)?;
    assert!(error.sqnr_db > 35.0 && error.max < 0.01, "{:?}", error);
    assert_eq!((error.compared, error.unlike), (64 * 32, 0));
    let mut odd = values.clone();
    odd[..2].fill(f32::NAN);
    odd[32] = f32::NEG_INFINITY;
    let error = quantized.compare(&context, &Tensor::view(&context, &[64, 32], &odd)?)?;
    assert!(error.sqnr_db > 35.0, "{:?}", error);
    assert_eq!((error.compared, error.unlike), (64 * 32 - 3, 3));
    assert_eq!((error.original_nan, error.original_inf), (2, 1));
    assert_eq!((error.decoded_nan, error.decoded_inf), (0, 0));

    let mut writer = FileWriter::create(&context, &path, &[])?;
    writer.add(&context, "w", &quantized)?;
    assert_eq!(writer.add(&context, "w", &quantized).err().unwrap().status(), Status::AlreadyExists);
    writer.add_plain(&context, "float", &weights)?;
    writer.set_metadata(&context, "made by", "a test")?;
    assert!(!path.exists());
    assert_eq!(writer.finish(&context)?, std::fs::metadata(&path).unwrap().len());

    let file = FileReader::open(&context, &path)?;
    std::fs::remove_file(&path).unwrap();
    assert_eq!(file.names().collect::<Vec<_>>(), ["w", "float"]);
    assert_eq!(file.metadata("made by").as_deref(), Some("a test"));
    assert_eq!(file.metadata("else"), None);
    assert!(file.is_quantized(&context, "w")? && !file.is_quantized(&context, "float")?);
    assert_eq!(file.plain(&context, "float")?.as_slice::<f32>()?, &values[..]);
    let loaded = file.quantized(&context, "w")?;
    assert_eq!(loaded.scheme(&context)?, scheme);
    assert_eq!(loaded.dequantize(&context)?, quantized.dequantize(&context)?);

    let layer = Linear::new(&context, &loaded, &LinearOptions::new().name("w"))?;
    let (x, mut y) = (vec![1.0f32; 2 * 40], vec![0.0f32; 2 * 64]);
    layer.run_strided(&context, 2, &x, 40, &mut y, 64)?;
    assert_eq!(y[..64], y[64..]);
    assert!(layer.run_strided(&context, 3, &x, 40, &mut y, 64).is_err());
    assert!(layer.run(&context, &x, &mut y).is_err());
    layer.run::<f32, f32>(&context, &[], &mut [])?;

    let wrong = LinearOptions::new().mode(LinearMode::StaticInt8).name("needs a scale");
    let error = Linear::new(&context, &loaded, &wrong).err().unwrap();
    assert!(error.message().contains("needs a scale"), "{}", error);
    let error = Linear::new(&context, &loaded, &LinearOptions::new().name("a\0b")).err().unwrap();
    assert_eq!(error.status(), Status::InvalidArgument);
    Ok(())
}

#[test]
fn calibrations_are_saved_and_merged() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(1))?;
    let path = std::env::temp_dir().join(format!("pawl-rust-{}-calibration.json", std::process::id()));
    let channels = ObserverOptions::new().kind(ObserverKind::Minmax).per_channel(true).axis(-1);
    let mut first = Calibrator::new(&context, None)?;
    first.add_rule(&context, "^wide", &channels)?;
    first.observe(&context, "wide", &Tensor::view(&context, &[2, 2], &[1.0f32, 20.0, -3.0, 4.0])?)?;
    first.observe_values(&context, "flat", &[0.25, -0.75])?;
    let mut second = Calibrator::new(&context, None)?;
    second.add_rule(&context, "^wide", &channels)?;
    second.observe_values(&context, "flat", &[2.0])?;
    first.merge(&context, &second)?;
    first.save(&context, &path, "model 1")?;

    let error = Calibrator::load(&context, &path, "model 2").err().unwrap();
    assert_eq!(error.status(), Status::FailedPrecondition);
    let loaded = Calibrator::load(&context, &path, "model 1")?;
    std::fs::remove_file(&path).unwrap();
    assert_eq!(
        loaded.observer(&context, "wide")?.ranges(&context, &RangeOptions::new())?,
        [(-3.0, 1.0), (4.0, 20.0)]
    );
    assert_eq!(loaded.observer(&context, "flat")?.ranges(&context, &RangeOptions::new())?, [(-0.75, 2.0)]);
    assert_eq!(loaded.observer(&context, "flat")?.count(), 3);
    Ok(())
}
