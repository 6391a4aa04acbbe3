// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packed layers: a layer out of the input is written as it runs, read back and run, and then again
// from a file of which the rest of the input changed bytes, place and value by turns, with its
// hashes made right. What opens is run; the sanitizers say whether that left its memory.

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "fuzz.h"
#include "hostile_linear.h"
#include "hostile_scheme.h"
#include "lib/formats/container_format.h"
#include "lib/formats/hash.h"
#include "pawl/context.h"
#include "pawl/embedding.h"
#include "pawl/packed.h"
#include "scratch_folder.h"

namespace pawl::fuzz {
namespace {

constexpr int64_t kMostWeights = 1 << 16;

struct Layer {
  QuantizedTensor weights;
  LinearOptions options;
  std::vector<uint8_t> file;  // with one entry, "layer"
  std::vector<uint8_t> results;
};

Context& OneThread() {
  static const std::unique_ptr<Context> context = *Context::Create({.threads = 1});
  return *context;
}

// Of three rows, in memory of just their size.
std::vector<uint8_t> Run(const QuantizedLinear& linear, DType codes) {
  constexpr int64_t kRows = 3;
  const int64_t n = linear.out_features(), k = linear.in_features();
  if (n < 0 || k < 0 || (n != 0 && k > kMostWeights / n)) return {};
  const bool floats = linear.mode() != LinearMode::kIntegerOnly;
  const DType type = floats ? DType::kF32 : codes;
  std::vector<uint8_t> x(static_cast<size_t>(kRows * k) * DTypeSize(type));
  std::vector<uint8_t> y(static_cast<size_t>(kRows * n) * DTypeSize(type));
  for (size_t i = 0; i < x.size(); ++i) x[i] = static_cast<uint8_t>(i * 37 + i / 100);
  for (size_t i = 0; floats && i < x.size() / 4; ++i) {
    const float value = static_cast<float>(static_cast<int>(i * 37 % 101) - 50) / 16.0f;
    std::memcpy(&x[i * 4], &value, 4);
  }
  // Refused where the file changed the type of codes.
  const absl::Status status =
      linear.Run({x.data(), type, kRows, k}, {y.data(), type, kRows, n}, OneThread());
  return Succeeded(status) ? y : std::vector<uint8_t>{};
}

void LookUp(const QuantizedEmbedding& embedding) {
  const int64_t rows = embedding.rows(), cols = embedding.cols();
  if (rows <= 0 || cols < 0 || cols > kMostWeights) return;
  const std::vector<int64_t> indices = {0, rows - 1};
  std::vector<float> y(static_cast<size_t>(2 * cols));
  Succeeded(embedding.Lookup(absl::MakeConstSpan(indices), {y.data(), DType::kF32, 2, cols},
                             OneThread()));
}

// A packed file's layer, as far as it opens.
void Use(const PawlReader& reader, const Layer& layer) {
  for (const std::string& name : reader.names()) {
    Succeeded(reader.Entry(name).status());
    const auto linear = reader.GetLinear(name);
    if (Succeeded(linear.status())) Run(*linear, layer.options.activation_dtype);
    Succeeded(reader.GetLinear(name, &layer.options).status());
    const auto embedding = reader.GetEmbedding(name);
    if (Succeeded(embedding.status())) LookUp(*embedding);
  }
}

bool MakeFile(bool embedding, Layer& layer) {
  const auto linear = QuantizedLinear::Create(layer.weights, layer.options, &OneThread());
  if (!Succeeded(linear.status())) return false;
  layer.results = Run(*linear, layer.options.activation_dtype);
  auto buffer = std::make_shared<MemoryBuffer>();
  const auto writer = PawlWriter::CreateInSink(buffer);
  PAWL_FUZZ_CHECK(writer.ok(), writer.status().ToString());
  if (embedding) {
    const auto table = QuantizedEmbedding::Create(layer.weights);
    if (!Succeeded(table.status())) return false;
    if (!Succeeded((*writer)->AddEmbedding("layer", *table))) return false;
  } else if (!Succeeded((*writer)->AddLinear("layer", *linear))) {
    return false;
  }
  if (!Succeeded((*writer)->Finish())) return false;
  layer.file.assign(buffer->bytes().begin(), buffer->bytes().end());
  return true;
}

// Bytes as the input says, and the hashes that go with them.
void Spoil(Input& input, std::vector<uint8_t>& file, bool with_hashes) {
  const auto before = DecodePreamble(file, file.size(), "file");
  PAWL_FUZZ_CHECK(before.ok(), before.status().ToString());
  for (int i = 0; i < 64 && !input.empty(); ++i) {
    // Headers stand at the end, and are small beside the data.
    const auto at = static_cast<size_t>(input.Number(2));
    const bool header = input.Bool();
    const size_t begin = header ? static_cast<size_t>(before->header_offset) : kPreambleSize;
    file[begin + at % (file.size() - begin)] = input.Byte();
  }
  if (!with_hashes) return;
  PawlPreamble after = *before;
  after.header_hash = HashBytes(absl::MakeConstSpan(file).subspan(after.header_offset));
  const auto encoded = EncodePreamble(after);
  std::copy(encoded.begin(), encoded.end(), file.begin());
}

void CheckRead(Input& input, bool embedding, Layer& layer) {
  {
    const auto reader = PawlReader::OpenMemory(layer.file);
    PAWL_FUZZ_CHECK(reader.ok(), reader.status().ToString());
    PAWL_FUZZ_CHECK((*reader)->Verify().ok(), "a file as it was written");
    if (!embedding) {
      const auto linear = (*reader)->GetLinear("layer", &layer.options);
      PAWL_FUZZ_CHECK(linear.ok(), linear.status().ToString());
      PAWL_FUZZ_CHECK(Run(*linear, layer.options.activation_dtype) == layer.results,
                      "other results than before it was written");
    }
    Use(**reader, layer);
  }
  Spoil(input, layer.file, true);
  const AllocationLimit limit(layer.file.size(), 64, 1 << 21);
  const auto reader = PawlReader::OpenMemory(layer.file);
  if (!Succeeded(reader.status())) return;
  Use(**reader, layer);
  Succeeded((*reader)->Verify());
}

// A spoilt packed file on the disk is used or made again, and then it is what it was.
void CheckOpenPacked(Input& input, const Layer& layer) {
  static const ScratchFolder folder;
  auto buffer = std::make_shared<MemoryBuffer>();
  const auto writer = PawlWriter::CreateInSink(buffer);
  PAWL_FUZZ_CHECK(writer.ok(), writer.status().ToString());
  if (!Succeeded((*writer)->Add("layer", layer.weights)) || !Succeeded((*writer)->Finish())) return;
  const auto model = PawlReader::OpenMemory(buffer->bytes());
  PAWL_FUZZ_CHECK(model.ok(), model.status().ToString());
  PackedLayer wanted;
  wanted.tensor = "layer";
  wanted.options = layer.options;
  folder.Remove("packed");
  const std::string path = folder.Path("packed");
  bool packed = false;
  const auto made = OpenPacked(**model, {&wanted, 1}, path, &OneThread(), &packed);
  if (!Succeeded(made.status())) return;
  PAWL_FUZZ_CHECK(packed, "it was there before it was made");
  const std::string good = folder.Read("packed");
  std::vector<uint8_t> file(good.begin(), good.end());
  Spoil(input, file, input.Bool());
  folder.Remove("packed");  // the map of the good one stays
  folder.Write("packed", file);
  const auto again = OpenPacked(**model, {&wanted, 1}, path, &OneThread(), &packed);
  PAWL_FUZZ_CHECK(again.ok(), again.status().ToString());
  Use(**again, layer);
  PAWL_FUZZ_CHECK(!packed || folder.Read("packed") == good, "made again, it is another file");
}

void Check(Input& input) {
  Layer layer;
  const Scheme scheme = TextScheme(input);
  const int64_t n = input.Int(1, 40);
  const int64_t k = input.Rarely() ? input.Int(1, 300) : input.Int(1, 8) * 32;
  layer.options = HostileLinearOptions(input, n);
  const bool on_disk = input.Bool(), embedding = input.Rarely();
  // As many bytes as it may have; the rest spoils the file.
  const std::vector<uint8_t> values = input.Bytes(32);
  Input of_weights(values);
  auto weights = RandomTensor(of_weights, scheme, {n, k});
  if (!Succeeded(weights.status())) return;
  layer.weights = *std::move(weights);
  if (!MakeFile(embedding, layer)) return;
  if (on_disk) {
    CheckOpenPacked(input, layer);
  } else {
    CheckRead(input, embedding, layer);
  }
}

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(packed) {
  pawl::fuzz::Input input(bytes);
  pawl::fuzz::Check(input);
}
