// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! The embedded language model: opened, run, quantized by a job on a text, measured against itself, and exported.

use std::fs;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use pawl::*;

const GPTQ: &str =
    r#"{"pawl_recipe": "1.0", "rules": [{"scheme": "int4:g32:asym", "method": {"name": "gptq"}}]}"#;

fn kjv() -> PathBuf {
    match std::env::var_os("PAWL_DIGITS") {
        Some(folder) => Path::new(&folder).join("../kjv"),
        None => Path::new(env!("CARGO_MANIFEST_DIR")).join("../../models/kjv"),
    }
}

/// Ids are bytes.
fn ids(file: &str, count: usize) -> Vec<i32> {
    fs::read(kjv().join(file)).unwrap()[..count].iter().map(|&byte| byte.into()).collect()
}

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("pawl-rust-{}-{}", std::process::id(), name));
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_language_model_opens_and_runs() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(2))?;
    let mut model = LanguageModel::open(&context, kjv(), &LanguageModelOptions::new())?;
    assert_eq!((model.architecture(), model.vocabulary(), model.layers()), ("llama", 256, 3));
    assert_eq!((model.context_length(), model.positions()), (256, 256));
    assert_eq!((model.num_elements(), model.size_bytes()), (1_836_800, 2 * 1_836_800));
    assert!(model.is_byte_level() && !model.is_encoder() && model.begin_id().is_none());
    let ids = ids("held_out.txt", 24);
    let hidden = model.hidden(&context, &ids, &[16, 8]).map(|_| ()).unwrap_err();
    assert_eq!(hidden.status(), Status::FailedPrecondition);
    let whole = model.logits(&context, &ids)?;
    assert_eq!(whole.shape(), [24, 256]);
    model.restart();
    let begin = model.continue_with(&context, &ids[..16])?;
    let end = std::thread::scope(|scope| {
        let (model, rest) = (&mut model, &ids[16..]); // it may move to another thread
        let other = scope.spawn(move || {
            let context = Context::new(ContextOptions::new().threads(1))?;
            model.continue_with(&context, rest)
        });
        other.join().unwrap()
    })?;
    let parts = begin.as_slice::<f32>()?.iter().chain(end.as_slice::<f32>()?);
    assert!(whole.as_slice::<f32>()?.iter().zip(parts).all(|(a, b)| (a - b).abs() < 1e-3));
    let beyond = model.logits(&context, &[256]).err().unwrap();
    assert!(beyond.status() == Status::InvalidArgument && beyond.message().contains("256"), "{}", beyond);
    let none = LanguageModel::open(&context, "/no/such/model", &LanguageModelOptions::new()).err().unwrap();
    assert!(none.status() == Status::NotFound && none.message().contains("/no/such/model"), "{}", none);
    Ok(())
}

#[test]
fn a_job_on_ids_what_it_cost_and_the_export() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(2))?;
    let folder = Folder::new("kjv");
    let (output, imatrix) = (folder.0.join("model.pawl"), folder.0.join("imatrix.gguf"));
    let options = JobOptions::new()
        .input(&kjv())
        .output(&output)
        .calibration_ids(&ids("calibration.txt", 1024))
        .calibration_context(256)
        .imatrix_output(&imatrix);
    let recipe = Recipe::from_json(&context, GPTQ)?;
    let report = Job::new(&context, &options, &recipe)?.run(&context)?;
    assert_eq!(report.total(ReportFigure::Quantized), 21.0);
    assert!(fs::metadata(&imatrix).unwrap().len() > 0);

    let config = kjv().join("config.json");
    fs::copy(&config, folder.0.join("config.json")).unwrap();
    let mut model = LanguageModel::open(&context, &folder.0, &LanguageModelOptions::new())?;
    let mut float = LanguageModel::open(&context, kjv(), &LanguageModelOptions::new())?;
    let text = ids("held_out.txt", 1024);
    let options = EvalOptions::new().context(256).max_ids(512);
    let found = evaluate(&context, &mut model, Some(&mut float), &text, &options)?;
    let get = |figure| found.get(figure).unwrap();
    assert_eq!(get(EvalFigure::Counted), 510.0);
    assert!(get(EvalFigure::BitsPerByte) < 2.0 && get(EvalFigure::BitsPerWeight) < 8.0);
    assert!(get(EvalFigure::MeanKl) > 0.0 && get(EvalFigure::MeanKl) < 0.02, "{}", found);
    assert!(get(EvalFigure::Kl999) <= get(EvalFigure::MaxKl) && get(EvalFigure::SameTop) > 0.9);
    assert!(found.json().contains("\"mean_kl\"") && found.to_string().contains("perplexity"));
    let alone = evaluate(&context, &mut float, None, &text, &options)?;
    assert_eq!(alone.get(EvalFigure::MeanKl), None);
    assert_eq!(alone.get(EvalFigure::Perplexity), found.get(EvalFigure::ReferencePerplexity));
    let short = evaluate(&context, &mut model, None, &text[..1], &options).err().unwrap();
    assert_eq!(short.status(), Status::InvalidArgument);

    let exported = folder.0.join("gptq");
    assert!(export_model(&context, &output, &config, &exported, ExportFormat::GptqV2).is_err()); // no such folder
    fs::create_dir(&exported).unwrap();
    export_model(&context, &output, &config, &exported, ExportFormat::GptqV2)?;
    let mut again = LanguageModel::open(&context, &exported, &LanguageModelOptions::new())?;
    let again = evaluate(&context, &mut again, Some(&mut float), &text, &options)?;
    assert!(again.get(EvalFigure::MeanKl).unwrap() < 1.05 * get(EvalFigure::MeanKl), "{}", again);

    let rotated = folder.0.join("rotated");
    assert!(rotate_model(&context, kjv(), &rotated, Rotated::All, 3).is_err()); // no such folder
    fs::create_dir(&rotated).unwrap();
    rotate_model(&context, kjv(), &rotated, Rotated::All, 3)?;
    let mut turned = LanguageModel::open(&context, &rotated, &LanguageModelOptions::new())?;
    let turned = evaluate(&context, &mut turned, Some(&mut float), &text, &options)?;
    assert!(turned.get(EvalFigure::MeanKl).unwrap() < 1e-8, "{}", turned);
    Ok(())
}

#[test]
fn a_job_that_cannot_be_calibrated_leaves_no_file() -> Result<()> {
    let context = Context::new(ContextOptions::new().threads(1).on_progress(|_| ControlFlow::Break(())))?;
    let folder = Folder::new("never");
    let output = folder.0.join("never.pawl");
    let recipe = Recipe::from_json(&context, GPTQ)?;
    let run = |ids: &[i32]| {
        let options = JobOptions::new().input(&kjv()).output(&output).calibration_ids(ids);
        Job::new(&context, &options, &recipe)?.run(&context)
    };
    let beyond = run(&[300; 64]).err().unwrap();
    assert!(beyond.status() == Status::InvalidArgument && beyond.message().contains("300"), "{}", beyond);
    assert_eq!(run(&ids("calibration.txt", 512)).err().unwrap().status(), Status::Cancelled);
    assert_eq!(fs::read_dir(&folder.0).unwrap().count(), 0);
    Ok(())
}
