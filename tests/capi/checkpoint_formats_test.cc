// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Checkpoint formats through the C ABI, with what the peers themselves wrote and decoded
// (tests/fixtures/README.md).

#include <cmath>
#include <cstring>
#include <functional>
#include <map>

#include "capi_test_util.h"
#include "nlohmann/json.hpp"

namespace pawl_test {
namespace {

using Json = nlohmann::json;

struct Case {
  std::string name;
  Json facts;
};

// A file of tests/fixtures and its cases.
class Fixture {
 public:
  Fixture(const Context& c, const std::string& family) : c_(c) {
    const std::string path = std::string(PAWL_TEST_DATA) + "/fixtures/" + family + ".safetensors";
    REQUIRE(pawl_model_reader_open(c, path.c_str(), reader_.out()) == PAWL_OK);
  }
  std::vector<Case> Cases(const std::string& prefix = "") const {
    std::vector<Case> cases;
    for (size_t i = 0; i < pawl_model_reader_metadata_count(reader_); ++i) {
      const std::string key = pawl_model_reader_metadata_key(reader_, i);
      if (key.rfind("case." + prefix, 0) != 0) continue;
      cases.push_back(
          {key.substr(5), Json::parse(pawl_model_reader_metadata(reader_, key.c_str()))});
    }
    REQUIRE(!cases.empty());
    return cases;
  }
  pawl_model_reader* reader() const { return reader_; }
  void Get(const std::string& name, Tensor* tensor) const {
    INFO(name);
    size_t index = 0;
    REQUIRE(pawl_model_reader_find(c_, reader_, name.c_str(), &index) == PAWL_OK);
    REQUIRE(pawl_model_reader_get(c_, reader_, index, tensor->out()) == PAWL_OK);
  }

 private:
  const Context& c_;
  ModelReader reader_;
};

void SetInt(const Context& c, const Checkpoint& weight, int32_t setting, int64_t value) {
  REQUIRE(pawl_checkpoint_set_int(c, weight, setting, value) == PAWL_OK);
}
void SetText(const Context& c, const Checkpoint& weight, int32_t setting, const Json& value) {
  REQUIRE(pawl_checkpoint_set_string(c, weight, setting, value.get<std::string>().c_str()) ==
          PAWL_OK);
}
void SetShape(const Context& c, const Checkpoint& weight, const std::vector<int64_t>& shape) {
  REQUIRE(pawl_checkpoint_set_shape(c, weight, shape.data(), shape.size()) == PAWL_OK);
}

// Decodes to the peer's values, bit for bit but for NaNs, and for the sign of zeros where asked.
void CheckDecodes(const Context& c, const Fixture& fixture, const Case& test,
                  const Quantized& quantized) {
  Tensor narrow;
  Tensor expected;
  fixture.Get(test.name + ".decoded", &narrow);
  REQUIRE(pawl_tensor_to_f32(c, narrow, expected.out()) == PAWL_OK);
  const size_t count = pawl_tensor_num_elements(expected);
  std::vector<float> values(count);
  REQUIRE(pawl_dequantize(c, quantized, 0, values.data(), count) == PAWL_OK);
  const auto* peer = static_cast<const float*>(pawl_tensor_data(expected));
  // fp4 of odd widths: the peer's generic code knows no -0.
  const bool any_zero = Contains(test.name, ".odd.");
  size_t wrong = 0;
  for (size_t i = 0; i < count; ++i) {
    const bool same = std::memcmp(&values[i], &peer[i], sizeof(float)) == 0 ||
                      (std::isnan(values[i]) && std::isnan(peer[i])) ||
                      (any_zero && values[i] == 0 && peer[i] == 0);
    wrong += same ? 0 : 1;
  }
  CHECK(wrong == 0);
}

// Of GPTQ and AWQ: rows of the scales. 0 for other formats.
int64_t Groups(const Context& c, const Checkpoint& weight) {
  Tensor scales;
  if (pawl_checkpoint_get_format(weight) > PAWL_CHECKPOINT_AWQ) return 0;
  REQUIRE(pawl_checkpoint_get_tensor(c, weight, "scales", scales.out()) == PAWL_OK);
  return pawl_tensor_shape(scales)[0];
}

// The same tensors with the same bytes, and the same settings.
void CheckSame(const Context& c, const Checkpoint& actual, const Checkpoint& expected) {
  REQUIRE(pawl_checkpoint_tensor_count(actual) == pawl_checkpoint_tensor_count(expected));
  for (size_t i = 0; i < pawl_checkpoint_tensor_count(actual); ++i) {
    const std::string name = pawl_checkpoint_tensor_name(expected, i);
    INFO(name);
    CHECK(name == pawl_checkpoint_tensor_name(actual, i));
    Tensor a;
    Tensor b;
    REQUIRE(pawl_checkpoint_get_tensor(c, actual, name.c_str(), a.out()) == PAWL_OK);
    REQUIRE(pawl_checkpoint_get_tensor(c, expected, name.c_str(), b.out()) == PAWL_OK);
    CHECK(pawl_tensor_dtype(a) == pawl_tensor_dtype(b));
    REQUIRE(pawl_tensor_size_bytes(a) == pawl_tensor_size_bytes(b));
    CHECK(std::memcmp(pawl_tensor_data(a), pawl_tensor_data(b), pawl_tensor_size_bytes(a)) == 0);
  }
  for (int32_t s = PAWL_SETTING_BITS; s <= PAWL_SETTING_BLOCK_COLUMNS; ++s) {
    int64_t a = 0;
    int64_t b = 0;
    const int32_t status = pawl_checkpoint_get_int(c, expected, s, &b);
    CHECK(pawl_checkpoint_get_int(c, actual, s, &a) == status);
    // One group for all inputs is written as -1, whatever size it had.
    const bool one_group = s == PAWL_SETTING_GROUP_SIZE && a == -1 && Groups(c, expected) == 1;
    CHECK((a == b || one_group));
  }
  for (const int32_t s : {PAWL_SETTING_VARIANT, PAWL_SETTING_STRATEGY}) {
    const char* a = pawl_checkpoint_get_string(actual, s);
    const char* b = pawl_checkpoint_get_string(expected, s);
    REQUIRE((a == nullptr) == (b == nullptr));
    if (a != nullptr) CHECK(std::string(a) == b);
  }
  REQUIRE(pawl_checkpoint_rank(actual) == pawl_checkpoint_rank(expected));
  for (size_t i = 0; i < pawl_checkpoint_rank(actual); ++i) {
    CHECK(pawl_checkpoint_shape(actual)[i] == pawl_checkpoint_shape(expected)[i]);
  }
}

// Settings from a case's facts; tensors by prefix unless `set` puts them.
using Setter = std::function<void(const Case&, const Checkpoint&)>;

void RoundTrip(const Context& c, const Fixture& fixture, int32_t format, const std::string& prefix,
               const Setter& set) {
  for (const Case& test : fixture.Cases(prefix)) {
    INFO(test.name);
    Checkpoint stored;
    REQUIRE(pawl_checkpoint_create(c, format, stored.out()) == PAWL_OK);
    CHECK(pawl_checkpoint_get_format(stored) == format);
    set(test, stored);
    if (pawl_checkpoint_tensor_count(stored) == 0) {
      REQUIRE(pawl_checkpoint_take(c, stored, fixture.reader(), (test.name + ".").c_str()) ==
              PAWL_OK);
    }
    Quantized quantized;
    const int32_t status = pawl_checkpoint_decode(c, stored, quantized.out());
    INFO(c.error());
    REQUIRE(status == PAWL_OK);
    CheckDecodes(c, fixture, test, quantized);
    // A new weight, with the variant as the one thing that is asked for.
    Checkpoint again;
    REQUIRE(pawl_checkpoint_create(c, format, again.out()) == PAWL_OK);
    if (const char* variant = pawl_checkpoint_get_string(stored, PAWL_SETTING_VARIANT)) {
      REQUIRE(pawl_checkpoint_set_string(c, again, PAWL_SETTING_VARIANT, variant) == PAWL_OK);
    }
    REQUIRE(pawl_checkpoint_encode(c, again, quantized) == PAWL_OK);
    // The fixtures have random bits where MatMulNBits pads, which come back as zeros.
    const bool padded =
        Contains(test.name, ".k50.") || Contains(test.name, "matmulnbits.b2.packed_zero");
    if (!padded) CheckSame(c, again, stored);
    Quantized back;
    REQUIRE(pawl_checkpoint_decode(c, again, back.out()) == PAWL_OK);
    CheckDecodes(c, fixture, test, back);
  }
}

TEST_CASE("the formats are listed in the order of their ids") {
  REQUIRE(pawl_list_count(PAWL_LIST_CHECKPOINTS) == PAWL_CHECKPOINT_TFLITE + 1);
  CHECK(std::string(pawl_list_name(PAWL_LIST_CHECKPOINTS, PAWL_CHECKPOINT_HQQ)) == "hqq");
  CHECK(Contains(pawl_list_description(PAWL_LIST_CHECKPOINTS, PAWL_CHECKPOINT_GPTQ), "AutoGPTQ"));
  CHECK(pawl_list_name(PAWL_LIST_CHECKPOINTS, PAWL_CHECKPOINT_TFLITE + 1) == nullptr);
}

TEST_CASE("gptq and awq: decoded as by their makers, written back") {
  const Context c;
  RoundTrip(c, Fixture(c, "gptq"), PAWL_CHECKPOINT_GPTQ, "",
            [&](const Case& test, const Checkpoint& weight) {
              SetInt(c, weight, PAWL_SETTING_BITS, test.facts.at("bits"));
              SetInt(c, weight, PAWL_SETTING_GROUP_SIZE, test.facts.at("group_size"));
              SetText(c, weight, PAWL_SETTING_VARIANT, test.facts.at("checkpoint_format"));
            });
  RoundTrip(c, Fixture(c, "awq"), PAWL_CHECKPOINT_AWQ, "",
            [&](const Case& test, const Checkpoint& weight) {
              SetInt(c, weight, PAWL_SETTING_GROUP_SIZE, test.facts.at("group_size"));
            });
}

TEST_CASE("bitsandbytes: decoded as by its maker, written back") {
  const Context c;
  const Fixture fixture(c, "bitsandbytes");
  const Setter nothing = [](const Case&, const Checkpoint&) {};
  RoundTrip(c, fixture, PAWL_CHECKPOINT_BITSANDBYTES_4BIT, "nf4", nothing);
  RoundTrip(c, fixture, PAWL_CHECKPOINT_BITSANDBYTES_4BIT, "fp4", nothing);
  RoundTrip(c, fixture, PAWL_CHECKPOINT_BITSANDBYTES_8BIT, "int8", nothing);
}

TEST_CASE("compressed-tensors and hqq: decoded as by their makers, written back") {
  const Context c;
  RoundTrip(c, Fixture(c, "compressed_tensors"), PAWL_CHECKPOINT_COMPRESSED_TENSORS, "",
            [&](const Case& test, const Checkpoint& weight) {
              const Json& args = test.facts.at("weights");
              SetText(c, weight, PAWL_SETTING_VARIANT, test.facts.at("format"));
              SetText(c, weight, PAWL_SETTING_STRATEGY, args.at("strategy"));
              SetInt(c, weight, PAWL_SETTING_BITS, args.value("num_bits", 8));
              SetInt(c, weight, PAWL_SETTING_GROUP_SIZE, args.value("group_size", 0));
              if (!args.contains("block_structure")) return;
              SetInt(c, weight, PAWL_SETTING_BLOCK_ROWS, args["block_structure"][0]);
              SetInt(c, weight, PAWL_SETTING_BLOCK_COLUMNS, args["block_structure"][1]);
            });
  RoundTrip(c, Fixture(c, "hqq"), PAWL_CHECKPOINT_HQQ, "",
            [&](const Case& test, const Checkpoint& weight) {
              SetText(c, weight, PAWL_SETTING_VARIANT, test.facts.at("packing"));
              SetInt(c, weight, PAWL_SETTING_AXIS, test.facts.at("axis"));
              SetInt(c, weight, PAWL_SETTING_GROUP_SIZE, test.facts.at("group_size"));
              SetShape(c, weight, test.facts.at("shape"));
            });
}

TEST_CASE("MatMulNBits and TFLite: decoded as by their makers, written back") {
  const Context c;
  RoundTrip(c, Fixture(c, "onnxruntime"), PAWL_CHECKPOINT_MATMUL_NBITS, "matmulnbits.",
            [&](const Case& test, const Checkpoint& weight) {
              SetInt(c, weight, PAWL_SETTING_BITS, test.facts.at("bits"));
              SetInt(c, weight, PAWL_SETTING_GROUP_SIZE, test.facts.at("block_size"));
              SetShape(c, weight, {test.facts.at("N"), test.facts.at("K")});
            });
  const Fixture tflite(c, "tflite");
  RoundTrip(c, tflite, PAWL_CHECKPOINT_TFLITE, "", [&](const Case& test, const Checkpoint& weight) {
    // The fixtures call the data "weight".
    const std::map<std::string, std::string> names = {
        {"data", ".weight"}, {"scale", ".scale"}, {"zero_point", ".zero_point"}};
    for (const auto& [name, suffix] : names) {
      Tensor tensor;
      tflite.Get(test.name + suffix, &tensor);
      REQUIRE(pawl_checkpoint_set_tensor(c, weight, name.c_str(), tensor) == PAWL_OK);
    }
    SetText(c, weight, PAWL_SETTING_VARIANT, test.facts.at("type"));
    const Json& axis = test.facts.at("quantized_dimension");
    if (!axis.is_null()) SetInt(c, weight, PAWL_SETTING_AXIS, axis);
    SetShape(c, weight, test.facts.at("shape"));
  });
}

TEST_CASE("what Pawl quantized becomes a checkpoint's weight") {
  const Context c;
  Quantized quantized;
  MakeQuantized(c, "int4:g32", {16, 64}, Weights(16 * 64), &quantized);
  Checkpoint weight;
  REQUIRE(pawl_checkpoint_create(c, PAWL_CHECKPOINT_GPTQ, weight.out()) == PAWL_OK);
  REQUIRE(pawl_checkpoint_set_string(c, weight, PAWL_SETTING_VARIANT, "gptq_v2") == PAWL_OK);
  SetInt(c, weight, PAWL_SETTING_BITS, 8);  // is replaced
  REQUIRE(pawl_checkpoint_encode(c, weight, quantized) == PAWL_OK);
  int64_t value = 0;
  REQUIRE(pawl_checkpoint_get_int(c, weight, PAWL_SETTING_BITS, &value) == PAWL_OK);
  CHECK(value == 4);
  REQUIRE(pawl_checkpoint_get_int(c, weight, PAWL_SETTING_GROUP_SIZE, &value) == PAWL_OK);
  CHECK(value == 32);
  CHECK(std::string(pawl_checkpoint_get_string(weight, PAWL_SETTING_VARIANT)) == "gptq_v2");
  Tensor qweight;
  REQUIRE(pawl_checkpoint_get_tensor(c, weight, "qweight", qweight.out()) == PAWL_OK);
  CHECK(pawl_tensor_dtype(qweight) == PAWL_DTYPE_I32);
  CHECK(pawl_tensor_shape(qweight)[0] == 64 / 8);
  CHECK(pawl_tensor_shape(qweight)[1] == 16);

  // What a format cannot hold is an error, and changes nothing.
  Quantized other;
  MakeQuantized(c, "nf4:flat64", {16, 64}, Weights(16 * 64), &other);
  CHECK(pawl_checkpoint_encode(c, weight, other) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_checkpoint_get_tensor(c, weight, "qweight", qweight.out()) == PAWL_OK);
  REQUIRE(pawl_checkpoint_create(c, PAWL_CHECKPOINT_BITSANDBYTES_4BIT, weight.out()) == PAWL_OK);
  REQUIRE(pawl_checkpoint_encode(c, weight, other) == PAWL_OK);
  CHECK(std::string(pawl_checkpoint_get_string(weight, PAWL_SETTING_VARIANT)) == "nf4");
  const size_t last = pawl_checkpoint_tensor_count(weight) - 1;
  CHECK(std::string(pawl_checkpoint_tensor_name(weight, last)) ==
        "weight.quant_state.bitsandbytes__nf4");
}

TEST_CASE("names, settings and files that do not fit are told, and nothing changes") {
  const Context c;
  const Fixture fixture(c, "gptq");
  Checkpoint weight;
  CHECK(pawl_checkpoint_create(c, -1, weight.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_checkpoint_create(c, 8, weight.out()) == PAWL_INVALID_ARGUMENT);
  REQUIRE(pawl_checkpoint_create(c, PAWL_CHECKPOINT_GPTQ, weight.out()) == PAWL_OK);
  CHECK(pawl_checkpoint_take(c, weight, fixture.reader(), "b4.g32.sym.") == PAWL_NOT_FOUND);
  CHECK(Contains(c.error(), "'b4.g32.sym.qweight'"));
  CHECK(Contains(c.error(), "did you mean"));
  const std::string prefix = fixture.Cases("b4.g32.asym.actorder.v2").front().name + ".";
  REQUIRE(pawl_checkpoint_take(c, weight, fixture.reader(), prefix.c_str()) == PAWL_OK);
  REQUIRE(pawl_checkpoint_tensor_count(weight) == 4);
  CHECK(std::string(pawl_checkpoint_tensor_name(weight, 3)) == "g_idx");
  CHECK(pawl_checkpoint_tensor_name(weight, 4) == nullptr);
  REQUIRE(pawl_checkpoint_set_tensor(c, weight, "g_idx", nullptr) == PAWL_OK);
  CHECK(pawl_checkpoint_tensor_count(weight) == 3);
  Tensor tensor;
  CHECK(pawl_checkpoint_get_tensor(c, weight, "g_idx", tensor.out()) == PAWL_NOT_FOUND);
  CHECK(tensor == nullptr);
  CHECK(pawl_checkpoint_set_tensor(c, weight, "qwieght", nullptr) == PAWL_NOT_FOUND);
  CHECK(Contains(c.error(), "'qweight'"));

  CHECK(pawl_checkpoint_set_int(c, weight, PAWL_SETTING_AXIS, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "bits, group_size, variant"));
  CHECK(pawl_checkpoint_set_int(c, weight, PAWL_SETTING_VARIANT, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_checkpoint_set_int(c, weight, 99, 1) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_checkpoint_set_int(c, weight, PAWL_SETTING_BITS, int64_t{1} << 32) ==
        PAWL_OUT_OF_RANGE);
  CHECK(pawl_checkpoint_set_string(c, weight, PAWL_SETTING_STRATEGY, "x") == PAWL_INVALID_ARGUMENT);
  const int64_t shape[] = {1, 2};
  CHECK(pawl_checkpoint_set_shape(c, weight, shape, 2) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_checkpoint_shape(weight) == nullptr);
  Quantized quantized;
  REQUIRE(pawl_checkpoint_set_string(c, weight, PAWL_SETTING_VARIANT, "v3") == PAWL_OK);
  CHECK(pawl_checkpoint_decode(c, weight, quantized.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "gptq_v2"));
  CHECK(pawl_checkpoint_decode(c, nullptr, quantized.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(pawl_checkpoint_get_format(nullptr) == -1);
  CHECK(pawl_checkpoint_tensor_count(nullptr) == 0);
  CHECK(pawl_checkpoint_get_string(nullptr, PAWL_SETTING_VARIANT) == nullptr);

  // A state under the other type's name.
  const Fixture bitsandbytes(c, "bitsandbytes");
  Tensor state;
  const std::string name = bitsandbytes.Cases("nf4.f32").front().name;
  bitsandbytes.Get(name + ".weight.quant_state.bitsandbytes__nf4", &state);
  REQUIRE(pawl_checkpoint_create(c, PAWL_CHECKPOINT_BITSANDBYTES_4BIT, weight.out()) == PAWL_OK);
  REQUIRE(pawl_checkpoint_take(c, weight, bitsandbytes.reader(), (name + ".").c_str()) == PAWL_OK);
  REQUIRE(pawl_checkpoint_decode(c, weight, quantized.out()) == PAWL_OK);
  REQUIRE(pawl_checkpoint_set_tensor(c, weight, "weight.quant_state.bitsandbytes__fp4", state) ==
          PAWL_OK);
  CHECK(pawl_checkpoint_decode(c, weight, quantized.out()) == PAWL_INVALID_ARGUMENT);
  CHECK(Contains(c.error(), "fp4"));
}

}  // namespace
}  // namespace pawl_test
