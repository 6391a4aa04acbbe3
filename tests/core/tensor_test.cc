// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/tensor.h"

#include <dlpack/dlpack.h>

#include <catch2/catch_test_macros.hpp>
#include <cfenv>
#include <cmath>
#include <limits>
#include <memory>
#include <vector>

#include "pawl/float_types.h"

namespace pawl {
namespace {

TEST_CASE("narrow floats survive a round trip over every code") {
  for (uint32_t code = 0; code < 65536; ++code) {
    const auto half = static_cast<uint16_t>(code);
    const float f16 = F16ToF32(half);
    if (!std::isnan(f16)) REQUIRE(F32ToF16(f16) == half);
    const float bf16 = BF16ToF32(half);
    if (!std::isnan(bf16)) REQUIRE(F32ToBF16(bf16) == half);
  }
  for (int code = 0; code < 256; ++code) {
    const auto byte = static_cast<uint8_t>(code);
    if (!std::isnan(E4M3ToF32(byte))) REQUIRE(F32ToE4M3(E4M3ToF32(byte)) == byte);
    if (!std::isnan(E5M2ToF32(byte))) REQUIRE(F32ToE5M2(E5M2ToF32(byte)) == byte);
    if (code < 16) REQUIRE(F32ToE2M1(E2M1ToF32(byte)) == byte);
  }
}

TEST_CASE("narrowing takes the nearer neighbour and the even one half-way") {
  for (uint32_t code = 0; code < 0x7BFF; ++code) {
    const double low = static_cast<double>(F16ToF32(static_cast<uint16_t>(code)));
    const double high = static_cast<double>(F16ToF32(static_cast<uint16_t>(code + 1)));
    const auto middle = static_cast<float>((low + high) / 2);  // exact: one more bit than f16
    REQUIRE(F32ToF16(middle) == (code % 2 == 0 ? code : code + 1));
    REQUIRE(F32ToF16(std::nextafterf(middle, 0.0f)) == code);
    REQUIRE(F32ToF16(std::nextafterf(middle, 1e9f)) == code + 1);
  }
  REQUIRE(F32ToF16(65520.0f) == 0x7C00);
  REQUIRE(F32ToF16(65519.0f) == 0x7BFF);
  REQUIRE(F32ToE4M3(1e9f) == 0x7E);
  REQUIRE(F32ToE2M1(-100.0f) == 0xF);
  REQUIRE(F32ToE2M1(0.25f) == 0);
  REQUIRE(F32ToE2M1(5.0f) == 6);
}

TEST_CASE("a created tensor is aligned, zero and of its own") {
  const auto tensor = Tensor::Create(DType::kF32, {3, 5});
  REQUIRE(tensor.ok());
  CHECK(reinterpret_cast<uintptr_t>(tensor->data()) % kAlignment == 0);
  CHECK(tensor->num_elements() == 15);
  CHECK(tensor->size_bytes() == 60);
  for (const float v : tensor->as<float>()) CHECK(v == 0.0f);
  Tensor copy = *tensor;
  copy.mutable_as<float>()[0] = 1.0f;
  CHECK(tensor->as<float>()[0] == 1.0f);  // shallow
  Tensor clone = *tensor->Clone();
  clone.mutable_as<float>()[0] = 2.0f;
  CHECK(tensor->as<float>()[0] == 1.0f);
}

TEST_CASE("shapes are checked before they are believed") {
  CHECK_FALSE(Tensor::Create(DType::kF32, {-1, 4}).ok());
  CHECK_FALSE(Tensor::Create(DType::kF64, {int64_t{1} << 40, int64_t{1} << 40}).ok());
  CHECK(*CheckedNumElements({}) == 1);
  CHECK(*CheckedNumElements({int64_t{1} << 62, 0, int64_t{1} << 62}) == 0);
  std::vector<float> memory(4);
  CHECK_FALSE(Tensor::View(DType::kF32, {5}, memory.data(), 16).ok());
  CHECK_FALSE(Tensor::View(DType::kF32, {1}, reinterpret_cast<char*>(memory.data()) + 1, 8).ok());
  CHECK_FALSE(Tensor::View(DType::kF32, {1}, nullptr, 4).ok());
  const auto view = Tensor::View(DType::kF32, {2, 2}, memory.data(), 16);
  REQUIRE(view.ok());
  CHECK(Tensor(*view).mutable_data() == nullptr);
  CHECK(view->Reshape({4}).ok());
  CHECK_FALSE(view->Reshape({5}).ok());
}

TEST_CASE("the owner of a view lives as long as its last copy") {
  auto owner = std::make_shared<std::vector<float>>(8, 3.0f);
  std::weak_ptr<std::vector<float>> watch = owner;
  auto view = Tensor::View(DType::kF32, {8}, owner->data(), 32, owner);
  REQUIRE(view.ok());
  auto second = std::make_unique<Tensor>(*view);
  owner.reset();
  view = Tensor();
  CHECK_FALSE(watch.expired());
  CHECK(second->as<float>()[7] == 3.0f);
  second.reset();
  CHECK(watch.expired());
}

TEST_CASE("every type widens to f32") {
  const std::vector<int64_t> wide = {-5, 16777216};
  const auto t = Tensor::FromValues<int64_t>({2}, wide);
  REQUIRE(t.ok());
  CHECK(t->ToF32()->as<float>()[0] == -5.0f);
  CHECK(t->ToF32()->as<float>()[1] == 16777216.0f);
  auto half = Tensor::Create(DType::kBF16, {1});
  half->mutable_as<uint16_t>()[0] = 0x3FC0;
  CHECK(half->ToF32()->as<float>()[0] == 1.5f);
  auto flag = Tensor::Create(DType::kBool, {1});
  flag->mutable_as<uint8_t>()[0] = 7;
  CHECK(flag->ToF32()->as<float>()[0] == 1.0f);
}

struct Producer {
  DLManagedTensor managed{};
  std::vector<float> data{0, 1, 2, 3, 4, 5, 6};
  std::vector<int64_t> shape{2, 3};
  std::vector<int64_t> strides{3, 1};
  int deleted = 0;

  Producer() {
    managed.dl_tensor = DLTensor{data.data(),  DLDevice{kDLCPU, 0}, 2, DLDataType{kDLFloat, 32, 1},
                                 shape.data(), strides.data(),      4};
    managed.manager_ctx = this;
    managed.deleter = [](DLManagedTensor* m) { ++static_cast<Producer*>(m->manager_ctx)->deleted; };
  }
};

TEST_CASE("DLPack tensors are taken over without a copy") {
  Producer producer;
  {
    const auto tensor = Tensor::FromDLPack(&producer.managed);
    REQUIRE(tensor.ok());
    CHECK(tensor->data() == producer.data.data() + 1);  // the byte offset
    CHECK(tensor->as<float>()[5] == 6.0f);
    CHECK(producer.deleted == 0);
  }
  CHECK(producer.deleted == 1);
}

TEST_CASE("a DLPack tensor that is refused stays the caller's") {
  Producer producer;
  SECTION("strides") { producer.strides = {1, 2}; }
  SECTION("device") { producer.managed.dl_tensor.device.device_type = kDLCUDA; }
  SECTION("lanes") { producer.managed.dl_tensor.dtype.lanes = 4; }
  SECTION("shape") { producer.shape = {-2, 3}; }
  CHECK_FALSE(Tensor::FromDLPack(&producer.managed).ok());
  CHECK(producer.deleted == 0);
  CHECK_FALSE(Tensor::FromDLPack(nullptr).ok());
}

TEST_CASE("a lent tensor outlives its Pawl handle") {
  DLManagedTensor* lent = nullptr;
  {
    const std::vector<float> values = {1, 2, 3, 4};
    const auto tensor = Tensor::FromValues<float>({2, 2}, values);
    lent = *tensor->ToDLPack();
  }
  CHECK(lent->dl_tensor.ndim == 2);
  CHECK(lent->dl_tensor.shape[1] == 2);
  CHECK(static_cast<const float*>(lent->dl_tensor.data)[3] == 4.0f);
  const auto back = Tensor::FromDLPack(lent);
  REQUIRE(back.ok());
  CHECK(back->as<float>()[2] == 3.0f);
}

TEST_CASE("strides of a DLPack tensor without elements mean nothing") {
  Producer producer;
  producer.shape = {2, 0};
  producer.strides = {1, 1};
  const auto tensor = Tensor::FromDLPack(&producer.managed);
  REQUIRE(tensor.ok());
  CHECK(tensor->empty());
}

TEST_CASE("widening rounds half to even whatever the host's mode") {
  const std::vector<double> values = {1.0 + 0x1p-25, -1.0 - 0x1p-25, 1.0 + 0x1p-23 + 0x1p-24};
  const Tensor wide = *Tensor::FromValues<double>({3}, values);
  for (const int mode : {FE_UPWARD, FE_DOWNWARD, FE_TOWARDZERO}) {
    REQUIRE(std::fesetround(mode) == 0);
    const Tensor narrow = *wide.ToF32();
    REQUIRE(std::fesetround(FE_TONEAREST) == 0);
    CHECK(narrow.as<float>()[0] == 1.0f);
    CHECK(narrow.as<float>()[1] == -1.0f);
    CHECK(narrow.as<float>()[2] == 1.0f + 0x1p-22f);
  }
}

}  // namespace
}  // namespace pawl
