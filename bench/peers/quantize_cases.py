# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
"""What the models of cmake/fetch_models.sh are calibrated and tested with, and how well a quantized one does its task.

Calibration and test samples are different ones: other words, other pieces of images and recordings."""
import dataclasses
import pathlib
import subprocess
from collections.abc import Callable

import numpy as np
import onnx
import onnxruntime as ort
import quantize_data as data
import text_data

ROOT = pathlib.Path(__file__).resolve().parents[2]
Feeds = list[dict[str, np.ndarray]]
Outputs = list[list[np.ndarray]]


@dataclasses.dataclass
class Case:
    name: str
    model: pathlib.Path
    calibration: Feeds
    test: Feeds
    task: str  # what task() measures; "" for none
    measure: Callable[[Outputs, Outputs], float] | None = None  # of the float model's outputs and the quantized one's
    more_is_better: bool = True


def session(path, optimize=True) -> ort.InferenceSession:
    options = ort.SessionOptions()
    if not optimize:
        options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.intra_op_num_threads = 2
    options.log_severity_level = 4
    return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def outputs(path: pathlib.Path, feeds: Feeds) -> Outputs:
    s = session(path)
    return [s.run(None, feed) for feed in feeds]


def sqnr(wanted: Outputs, got: Outputs) -> float:
    """In dB over all samples, mean over outputs."""
    values = []
    for o in range(len(wanted[0])):
        if not np.issubdtype(wanted[0][o].dtype, np.floating):
            continue
        signal = sum(float((w[o].astype(np.float64) ** 2).sum()) for w in wanted)
        noise = sum(float(((w[o].astype(np.float64) - g[o]) ** 2).sum()) for w, g in zip(wanted, got))
        values.append(200.0 if noise == 0 else 10 * np.log10(max(signal, 1e-300) / noise))
    return float(np.mean(values))


def same_decision(wanted: Outputs, got: Outputs) -> float:
    """Share of samples with the same largest element, in %."""
    return 100 * float(np.mean([w[0].argmax() == g[0].argmax() for w, g in zip(wanted, got)]))


def overlap(wanted: Outputs, got: Outputs) -> float:
    """Of the regions that are taken for text: intersection over union, in %."""
    both = sum(int(((w[0] > 0.3) & (g[0] > 0.3)).sum()) for w, g in zip(wanted, got))
    either = sum(int(((w[0] > 0.3) | (g[0] > 0.3)).sum()) for w, g in zip(wanted, got))
    return 100 * both / max(either, 1)


def cosine(wanted: Outputs, got: Outputs) -> float:
    """Least over samples, of the first output."""
    pairs = [(w[0].astype(np.float64).ravel(), g[0].astype(np.float64).ravel()) for w, g in zip(wanted, got)]
    return min(float(w @ g / max(np.linalg.norm(w) * np.linalg.norm(g), 1e-30)) for w, g in pairs)


def chain(models: dict[str, pathlib.Path], seed: int, count: int) -> dict[str, list[np.ndarray]]:
    """What the speech models are fed: melspectrograms of speech, and embeddings of those."""
    mel, embed = session(models["melspectrogram"]), session(models["embedding_model"])
    images, heads = [], []
    for audio in data.speech_samples(count, seed, 16000 * 2):
        features = mel.run(None, {"input": audio[None]})[0].reshape(-1, 32) / 10 + 2
        windows = [features[i:i + 76, :, None] for i in range(0, len(features) - 76 + 1, 8)][:16]
        images.append(windows[len(windows) // 2][None])
        vectors = embed.run(None, {"input_1": np.stack(windows)})[0].reshape(-1, 96)
        heads.append(np.resize(vectors, (1, 16, 96)).astype(np.float32))
    return {"images": images, "heads": heads}


def tokens(seed: int, count: int) -> Feeds:
    random, feeds = np.random.default_rng(seed), []
    for _ in range(count):
        length = int(random.integers(8, 40))
        ids = random.integers(1000, 20000, (1, length))
        ids[0, 0], ids[0, -1] = 101, 102
        feeds.append({"input_ids": ids, "attention_mask": np.ones((1, length), np.int64)})
    return feeds


def logits_of(path: pathlib.Path, work: pathlib.Path) -> pathlib.Path:
    """The model up to its last Sigmoid: the score of a wake word that was not said is 0 in f32, its logit is not."""
    model = onnx.load(path)
    last = [n for n in model.graph.node if n.op_type == "Sigmoid"][-1].input[0]
    cut = work / f"{path.stem}.logits.onnx"
    onnx.utils.extract_model(str(path), str(cut), [model.graph.input[0].name], [last])
    return cut


def head_case(name: str, models, work: pathlib.Path) -> Case:
    model = logits_of(models[name], work)
    feed = session(model).get_inputs()[0].name
    sets = [[{feed: x} for x in chain(models, seed, count)["heads"]] for seed, count in ((1, 64), (1001, 128))]
    return Case(name, model, *sets, task="")


def recognition_case(name: str, models, images: pathlib.Path) -> Case:
    calibration = [{"x": x} for x, _ in text_data.rendered_lines(16, 1)]
    calibration += [{"x": x} for x in data.line_samples(images, 8, 1, None)]
    lines = text_data.rendered_lines(40, 1001) + text_data.page_lines(images, 2, 1001)
    keys = text_data.read_keys(models[name])

    def errors(_: Outputs, got: Outputs) -> float:
        return text_data.error_rate([text_data.decode(g[0][0], keys) for g in got], [text for _, text in lines])

    return Case(name, models[name], calibration, [{"x": x} for x, _ in lines], "characters wrong, %", errors,
                more_is_better=False)


def same_voice(wanted: Outputs, got: Outputs) -> float:
    """Share of pieces that are taken for speech, or not, as the float model does, in %."""
    return 100 * float(np.mean([(w[0] > 0.5) == (g[0] > 0.5) for w, g in zip(wanted, got)]))


def voice_case(name: str, models) -> Case:
    """Pieces of recordings one after another, with the states that the float model then has."""
    net, sets = session(models[name]), []
    for seed, count in ((1, 6), (1001, 4)):
        feeds = []
        for audio in data.speech_samples(count, seed, 8 * 1536):
            h = c = np.zeros((2, 1, 64), np.float32)
            for piece in audio.reshape(8, 1536):
                feeds.append({"input": piece[None] / 32768, "sr": np.array(16000), "h": h, "c": c})
                _, h, c = net.run(None, feeds[-1])
        sets.append(feeds)
    return Case(name, models[name], *sets, "same decision, %", same_voice)


def case_of(name: str, models: dict[str, pathlib.Path], images: pathlib.Path, work: pathlib.Path) -> Case:
    if name == "silero_vad":
        return voice_case(name, models)
    if name == "ch_PP-OCRv4_rec_infer":
        return recognition_case(name, models, images)
    if name.endswith("_v0.1"):
        return head_case(name, models, work)
    sets, task, measure = [], "", None
    for seed, count in ((1, 24), (1001, 16)):
        if name == "ch_PP-OCRv4_det_infer":
            sets.append([{"x": x} for x in data.photo_samples(images, count, seed)])
            task, measure = "overlap of regions, %", overlap
        elif name == "ch_ppocr_mobile_v2.0_cls_infer":
            sets.append([{"x": x} for x in data.line_samples(images, count, seed, 192)])
            task, measure = "same decision, %", same_decision
        elif name == "melspectrogram":
            sets.append([{"input": x[None]} for x in data.speech_samples(count, seed, 16000)])
        elif name == "embedding_model":
            sets.append([{"input_1": x} for x in chain(models, seed, count)["images"]])
            task, measure = "least cosine", cosine
        else:
            assert name == "paraphrase-MiniLM-L3-v2", name
            sets.append(tokens(seed, count))
            task, measure = "least cosine", cosine
    return Case(name, models[name], *sets, task, measure)


def fetch() -> tuple[dict[str, pathlib.Path], pathlib.Path]:
    """The models by name, and the folder of images."""
    fetched = subprocess.run(["sh", str(ROOT / "cmake/fetch_models.sh")], capture_output=True, text=True, check=True)
    folders = [pathlib.Path(f) for f in fetched.stdout.split()]
    models = {p.stem: p for folder in folders for p in sorted(folder.glob("*.onnx"))}
    return models, next(f for f in folders if f.name == "images")
