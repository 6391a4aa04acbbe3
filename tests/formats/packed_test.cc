// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Packed layers in files: the same bits as a layer that was packed here, without packing.

#include "pawl/packed.h"

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "catch2/catch_test_macros.hpp"
#include "tests/core/allocation_counter.h"
#include "tests/formats/packed_test_util.h"
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
#include <malloc.h>
#endif

namespace pawl {
namespace {

using namespace testing;  // NOLINT: helpers of these tests alone

const std::string kGolden = std::string(PAWL_TEST_DATA) + "/data/golden/packed_v1.pawl";

std::vector<PackedCase> Cases() {
  std::vector<PackedCase> cases;
  for (const NamedScheme& named : NamedSchemes()) {
    cases.push_back({std::string(named.name), LinearMode::kWeightOnly});
    cases.push_back({std::string(named.name), LinearMode::kDynamicInt8});
  }
  for (const char* scheme :
       {"int4:g32", "uint4:g32:asym", "uint4:g32:min", "int2:g64", "uint3:g16:asym", "int5:g128",
        "int6", "int7:channel", "uint8:channel:asym", "uint8:g64:hqq", "int8:tensor", "binary:g32",
        "ternary:channel", "int4:g32+map", "uint4:block8x32:asym", "mxfp4", "nf4", "q4_k"}) {
    for (const LinearMode mode : {LinearMode::kWeightOnly, LinearMode::kDynamicInt8}) {
      cases.push_back({scheme, mode});
      cases.push_back({scheme, mode, ActivationScale::kPerTokenAndGroup});
    }
    cases.push_back({scheme, LinearMode::kStaticInt8});
    cases.push_back({scheme, LinearMode::kStaticInt8, ActivationScale::kPerToken, DType::kU8, 100});
    cases.push_back({scheme, LinearMode::kStaticInt8, ActivationScale::kPerToken, DType::kI16, 5});
  }
  for (const char* scheme : {"int8:channel", "int4:channel", "uint4:channel:asym", "int8:tensor"}) {
    for (const DType codes : {DType::kI8, DType::kU8, DType::kI16}) {
      cases.push_back({scheme, LinearMode::kIntegerOnly, ActivationScale::kPerToken, codes, 3,
                       /*plain=*/true});
    }
  }
  return cases;
}

int64_t HeapBytes() {
#if defined(__GLIBC__) && !defined(__SANITIZE_ADDRESS__)
  const auto info = mallinfo2();
  return static_cast<int64_t>(info.uordblks + info.hblkhd);
#else
  return 0;
#endif
}

}  // namespace

TEST_CASE("packed: a layer from a file gives the bits of the layer that was packed") {
  const auto one = MakeContext(1), two = MakeContext(2);
  int made = 0, refused = 0;
  for (const PackedCase& c : Cases()) {
    INFO(c.scheme << " " << LinearModeName(c.mode) << " " << DTypeName(c.codes));
    const LinearOptions options = PackedOptionsOf(c);
    const auto layer = QuantizedLinear::Create(PackedWeightsOf(c), options);
    if (!layer.ok()) {  // the mode does not take the scheme
      CHECK(absl::IsInvalidArgument(layer.status()));
      ++refused;
      continue;
    }
    ++made;
    const auto buffer = PackedBuffer(*layer);
    const auto reader = PawlReader::OpenMemory(buffer->bytes());
    REQUIRE(reader.ok());
    CHECK((*reader)->Verify().ok());
    CHECK((*reader)->minor_version() == 1);
    const auto mapped = (*reader)->GetLinear("layer", &options);
    INFO(mapped.status().ToString());
    REQUIRE(mapped.ok());
    for (const int64_t m : {1, 5, 40}) {
      const std::string expected = Results(*layer, c, m, *one);
      CHECK(Results(*mapped, c, m, *one) == expected);
      CHECK(Results(*mapped, c, m, *two) == expected);
    }
    CHECK(mapped->name() == "layer");
    const auto other = QuantizedLinear::Create(PackedWeightsOf(c), options);
    CHECK(mapped->SharesInput(*other) == layer->SharesInput(*other));
    CHECK((c.mode == LinearMode::kWeightOnly || mapped->canonical() == nullptr));
    // Written again it is the same file.
    const auto again = PackedBuffer(*mapped);
    CHECK(std::equal(again->bytes().begin(), again->bytes().end(), buffer->bytes().begin(),
                     buffer->bytes().end()));
  }
  CHECK(made > 100);
  CHECK(refused < made);
}

TEST_CASE("packed: a weight-only layer keeps its arithmetic") {
  const PackedCase c{"int4:g32", LinearMode::kWeightOnly};
  LinearOptions options = PackedOptionsOf(c);
  options.compute = LinearCompute::kBf16;
  const auto layer = QuantizedLinear::Create(PackedWeightsOf(c), options);
  REQUIRE(layer.ok());
  const auto buffer = PackedBuffer(*layer);
  const auto reader = PawlReader::OpenMemory(buffer->bytes());
  const auto mapped = (*reader)->GetLinear("layer", &options);
  REQUIRE(mapped.ok());
  const auto context = MakeContext(1);
  CHECK(Results(*mapped, c, 20, *context) == Results(*layer, c, 20, *context));
  options.compute = LinearCompute::kF32;
  CHECK(FailsWith((*reader)->GetLinear("layer", &options).status(), {"compute"}));
}

TEST_CASE("packed: the same bits on every target") {
  for (const char* scheme : {"int8", "int4:g32", "uint3:g64:asym", "q6_k", "mxfp4"}) {
    const PackedCase c{scheme, LinearMode::kDynamicInt8};
    const auto layer = QuantizedLinear::Create(PackedWeightsOf(c), PackedOptionsOf(c));
    REQUIRE(layer.ok());
    const auto buffer = PackedBuffer(*layer);
    const auto reader = PawlReader::OpenMemory(buffer->bytes());
    const auto mapped = (*reader)->GetLinear("layer");
    REQUIRE(mapped.ok());
    const std::string expected = Results(*layer, c, 17, *MakeContext(1, "scalar"));
    for (const absl::string_view target : SupportedTargets()) {
      INFO(scheme << " " << std::string(target));
      CHECK(Results(*mapped, c, 17, *MakeContext(1, std::string(target))) == expected);
    }
  }
}

TEST_CASE("packed: a mapped layer outlives its reader, and reads the map itself") {
  constexpr int64_t kRows = 2048, kCols = 2048;
  const TempDir dir;
  for (const PackedCase& c :
       {PackedCase{"int8", LinearMode::kDynamicInt8}, PackedCase{"q4_k", LinearMode::kDynamicInt8},
        PackedCase{"uint4:g32:asym", LinearMode::kStaticInt8, ActivationScale::kPerToken,
                   DType::kU8, 100},
        PackedCase{"int8:g64", LinearMode::kStaticInt8, ActivationScale::kPerToken, DType::kI16},
        PackedCase{"nf4", LinearMode::kWeightOnly}}) {
    INFO(c.scheme);
    const auto layer =
        QuantizedLinear::Create(PackedWeightsOf(c, kRows, kCols), PackedOptionsOf(c, kRows));
    REQUIRE(layer.ok());
    auto writer = PawlWriter::Create(dir.File("packed"));
    REQUIRE((*writer)->AddLinear("layer", *layer).ok());
    REQUIRE((*writer)->Finish().ok());
    auto reader = PawlReader::Open(dir.File("packed"));
    REQUIRE(reader.ok());
    const int64_t objects = AllocatedBytes(), heap = HeapBytes();
    const auto mapped = (*reader)->GetLinear("layer");
    REQUIRE(mapped.ok());
    // What grows with rows or columns alone: bias, outlier columns, where groups begin.
    constexpr int64_t kAllowed = 64 * (kRows + kCols);
    CHECK(AllocatedBytes() - objects < kAllowed);
    CHECK(HeapBytes() - heap < kAllowed);
    CHECK(mapped->size_bytes() > kRows * kCols / 2);
    reader->reset();
    std::filesystem::remove(dir.File("packed"));
    const auto context = MakeContext(1);
    CHECK(Results(*mapped, c, 3, *context) == Results(*layer, c, 3, *context));
  }
}

TEST_CASE("packed: memory at any address will do") {
  for (const char* scheme : {"int4:g32", "q3_k", "int8"}) {
    const PackedCase c{scheme, LinearMode::kDynamicInt8};
    const auto layer = QuantizedLinear::Create(PackedWeightsOf(c), PackedOptionsOf(c));
    const auto buffer = PackedBuffer(*layer);
    const size_t size = buffer->bytes().size();
    for (const size_t shift : {1, 8, 32}) {
      std::vector<uint8_t> bytes(size + 128);
      const size_t to_line = (64 - reinterpret_cast<uintptr_t>(bytes.data()) % 64) % 64;
      uint8_t* const at = bytes.data() + to_line + shift;
      std::copy(buffer->bytes().begin(), buffer->bytes().end(), at);
      const auto reader = PawlReader::OpenMemory(absl::MakeConstSpan(at, size));
      REQUIRE(reader.ok());
      const auto mapped = (*reader)->GetLinear("layer");
      INFO(mapped.status().ToString());
      REQUIRE(mapped.ok());
      CHECK(Results(*mapped, c, 5, *MakeContext(1)) == Results(*layer, c, 5, *MakeContext(1)));
    }
  }
}

TEST_CASE("packed: what a layer was made with is told from what is wanted") {
  const PackedCase c{"int4:g32", LinearMode::kStaticInt8};
  const LinearOptions made = PackedOptionsOf(c);
  const auto layer = QuantizedLinear::Create(PackedWeightsOf(c), made);
  const auto buffer = PackedBuffer(*layer);
  const auto reader = PawlReader::OpenMemory(buffer->bytes());
  const auto differs = [&](auto&& change, const std::vector<std::string>& words) {
    LinearOptions wanted = made;
    change(wanted);
    const absl::Status status = (*reader)->GetLinear("layer", &wanted).status();
    CHECK(absl::IsFailedPrecondition(status));
    CHECK(FailsWith(status, words));
  };
  differs([](LinearOptions& o) { o.mode = LinearMode::kDynamicInt8; },
          {"memory", "'layer'", "static_int8", "dynamic_int8 is wanted"});
  differs([](LinearOptions& o) { o.activation = FusedActivation::kNone; }, {"activation"});
  differs([](LinearOptions& o) { o.activation_scale = 0.25f; }, {"0.05", "0.25 is wanted"});
  differs([](LinearOptions& o) { o.activation_dtype = DType::kU8; }, {"i8", "u8"});
  differs([](LinearOptions& o) { o.activation_zero_point = 7; }, {"zero_point 0", "7"});
  differs([](LinearOptions& o) { o.round_levels = false; }, {"round_levels"});
  differs([](LinearOptions& o) { o.compute = LinearCompute::kBf16; }, {"compute"});
  CHECK(FailsWith((*reader)->GetEmbedding("layer").status(), {"is a linear layer"}));
  CHECK(FailsWith((*reader)->Get("layer").status(), {"packed layer", "GetLinear"}));
  CHECK(FailsWith((*reader)->GetPlain("layer").status(), {"packed layer"}));
  CHECK(absl::IsNotFound((*reader)->GetLinear("other").status()));
  const auto entry = (*reader)->Entry("layer");
  REQUIRE(entry.ok());
  CHECK(entry->packed);
  CHECK(!entry->quantized);
  CHECK(entry->packed_mode == LinearMode::kStaticInt8);
  CHECK(entry->scheme == PackedWeightsOf(c).scheme);
}

namespace {

// A model of three quantized tensors and a plain one.
std::unique_ptr<PawlReader> Model(const std::string& path, uint64_t seed) {
  auto writer = PawlWriter::Create(path);
  REQUIRE(writer.ok());
  REQUIRE((*writer)->Add("embed", RandomWeights(Parsed("int8:g32"), {50, 64}, seed)).ok());
  REQUIRE((*writer)->Add("up", RandomWeights(Parsed("int4:g32"), {96, 64}, seed + 1)).ok());
  REQUIRE((*writer)->Add("down", RandomWeights(Parsed("int8"), {64, 96}, seed + 2)).ok());
  REQUIRE((*writer)->AddPlain("norm", *Tensor::FromValues<float>({2}, {1.0f, 2.0f})).ok());
  REQUIRE((*writer)->Finish({.values = {{"name", "test"}}}).ok());
  auto reader = PawlReader::Open(path);
  REQUIRE(reader.ok());
  return *std::move(reader);
}

std::vector<PackedLayer> Layers() {
  std::vector<PackedLayer> layers(2);
  layers[0].tensor = "embed";
  layers[0].kind = PackedKind::kEmbedding;
  layers[1].tensor = "up";
  layers[1].options.mode = LinearMode::kDynamicInt8;
  layers[1].options.bias = *Tensor::FromValues<float>({96}, RandomFloats(96, 3));
  return layers;
}

}  // namespace

TEST_CASE("packed: a model is packed once and mapped afterwards, until something changes") {
  const TempDir dir;
  const auto model = Model(dir.File("model"), 1);
  std::vector<PackedLayer> layers = Layers();
  bool packed = false;
  const auto open = [&](const PawlReader& from) {
    auto reader = OpenPacked(from, layers, dir.File("packed"), nullptr, &packed);
    INFO(reader.status().ToString());
    REQUIRE(reader.ok());
    REQUIRE((*reader)->Verify().ok());
    return *std::move(reader);
  };
  const auto first = open(*model);
  CHECK(packed);
  CHECK(first->metadata().values.at("name") == "test");
  CHECK(first->GetPlain("norm")->as<float>()[1] == 2.0f);
  CheckSame(*first->Get("down"), *model->Get("down"));
  const auto direct = QuantizedLinear::Create(*model->Get("up"), layers[1].options);
  const auto mapped = first->GetLinear("up", &layers[1].options);
  REQUIRE(mapped.ok());
  const std::vector<float> x = RandomFloats(3 * 64, 4);
  CHECK(Forward(*mapped, x, 3) == Forward(*direct, x, 3));
  const auto table = first->GetEmbedding("embed");
  REQUIRE(table.ok());
  CHECK(Decoded(table->table()) == Decoded(*model->Get("embed")));
  CHECK(FailsWith(first->GetLinear("embed").status(), {"is an embedding"}));

  open(*model);
  CHECK(!packed);
  SECTION("other options") {
    layers[1].options.activation_groups = ActivationScale::kPerTokenAndGroup;
    open(*model);
    CHECK(packed);
  }
  SECTION("another bias") {
    layers[1].options.bias.mutable_as<float>()[95] += 1.0f;
    open(*model);
    CHECK(packed);
  }
  SECTION("another model") {
    const auto other = Model(dir.File("other"), 2);
    open(*other);
    CHECK(packed);
  }
  SECTION("a cut file") {
    const std::string cut = Slurp(dir.File("packed")).substr(0, 1000);
    std::filesystem::remove(dir.File("packed"));  // its map is still in use
    Spill(dir.File("packed"), cut);
    open(*model);
    CHECK(packed);
  }
  open(*model);
  CHECK(Forward(*mapped, x, 3) == Forward(*direct, x, 3));
}

TEST_CASE("packed: mistakes in the list of layers are named and leave no file") {
  const TempDir dir;
  const auto model = Model(dir.File("model"), 1);
  std::vector<PackedLayer> layers = Layers();
  const auto fails = [&](const std::vector<std::string>& words) {
    CHECK(FailsWith(PackModel(*model, layers, dir.File("packed")), words));
    CHECK(!std::filesystem::exists(dir.File("packed")));
  };
  layers[1].tensor = "nothing";
  fails({"no tensor 'nothing'"});
  layers[1].tensor = "norm";
  fails({"'norm' is plain"});
  layers[1].tensor = "embed";
  fails({"'embed'", "twice"});
  layers[1].tensor = "down";
  fails({"'down'", "bias has 96"});
  layers = Layers();
  CHECK(FailsWith(PackModel(*model, layers, dir.File("model")), {"input"}));
  CHECK(model->Verify().ok());
}

namespace {

std::vector<PackedCase> GoldenCases() {
  return {
      {"int4:g32", LinearMode::kDynamicInt8},
      {"uint3:g64:asym", LinearMode::kDynamicInt8, ActivationScale::kPerTokenAndGroup},
      {"q6_k", LinearMode::kDynamicInt8},
      {"mxfp4", LinearMode::kDynamicInt8},
      {"int8:channel", LinearMode::kStaticInt8, ActivationScale::kPerToken, DType::kU8, 9},
      {"int5:g32", LinearMode::kStaticInt8, ActivationScale::kPerToken, DType::kI16},
      {"int8:channel", LinearMode::kIntegerOnly, ActivationScale::kPerToken, DType::kI8, 3, true},
      {"nf4", LinearMode::kWeightOnly}};
}

// Each layer beside the tensor that it was made from.
void WriteGolden(const std::string& path) {
  auto writer = PawlWriter::Create(path);
  REQUIRE(writer.ok());
  for (const PackedCase& c : GoldenCases()) {
    const std::string name = absl::StrCat(c.scheme, " ", LinearModeName(c.mode));
    const QuantizedTensor weights = PackedWeightsOf(c, 18, 256);
    const auto layer = QuantizedLinear::Create(weights, PackedOptionsOf(c, 18));
    REQUIRE(layer.ok());
    REQUIRE((*writer)->AddLinear(name, *layer).ok());
    REQUIRE((*writer)->Add(name + " weights", weights).ok());
  }
  REQUIRE((*writer)->Finish().ok());
}

}  // namespace

// Where this fails after a change of packing, kPackedLayout must be raised, or old files would run
// with wrong results; the golden file is then written anew.
TEST_CASE("packed: files of this layout give what layers packed today give") {
  auto reader = PawlReader::Open(kGolden);
  REQUIRE(reader.ok());
  CHECK((*reader)->Verify().ok());
  for (const PackedCase& c : GoldenCases()) {
    const std::string name = absl::StrCat(c.scheme, " ", LinearModeName(c.mode));
    INFO(name);
    const LinearOptions options = PackedOptionsOf(c, 18);
    const auto mapped = (*reader)->GetLinear(name, &options);
    INFO(mapped.status().ToString());
    REQUIRE(mapped.ok());
    const auto layer = QuantizedLinear::Create(*(*reader)->Get(name + " weights"), options);
    const auto context = MakeContext(1);
    CHECK(Results(*mapped, c, 4, *context) == Results(*layer, c, 4, *context));
  }
}

TEST_CASE("packed: write the golden file", "[.write-data]") { WriteGolden(kGolden); }

}  // namespace pawl
