// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// oneDNN in bench/peers/compare_conv.py: convolutions of u8 codes with int8 weights and a scale for
// each channel, u8 out, NHWC; or of floats in the layouts that it prefers. Below AVX-512 VNNI the
// codes' sums of pairs may saturate.
//
//   peer_onednn_conv CHANNELS HEIGHT WIDTH OUT KERNEL_H KERNEL_W PAD_H PAD_W STRIDE_H STRIDE_W
//                    DILATION GROUPS codes|float
//   then, for each line "1 SECONDS" read, one line of JSON

#include <array>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <unordered_map>
#include <vector>

#include "bench/peers/onednn_timing.h"
#include "oneapi/dnnl/dnnl.hpp"

#if DNNL_VERSION_MAJOR >= 3
namespace {

using dnnl::memory;

enum Field {
  kC,
  kH,
  kW,
  kOut,
  kKernelH,
  kKernelW,
  kPadH,
  kPadW,
  kStrideH,
  kStrideW,
  kDilation,
  kGroups,
  kFields
};
using Shape = std::array<int64_t, kFields>;

int64_t OutSide(int64_t size, int64_t pad, int64_t kernel, int64_t dilation, int64_t stride) {
  return (size + 2 * pad - (kernel - 1) * dilation - 1) / stride + 1;
}

dnnl::convolution_forward::primitive_desc Describe(const dnnl::engine& engine, const Shape& s,
                                                   bool codes) {
  const auto type = codes ? memory::data_type::u8 : memory::data_type::f32;
  const auto weight_type = codes ? memory::data_type::s8 : memory::data_type::f32;
  const auto image = codes ? memory::format_tag::nhwc : memory::format_tag::any;
  const int64_t out_h = OutSide(s[kH], s[kPadH], s[kKernelH], s[kDilation], s[kStrideH]);
  const int64_t out_w = OutSide(s[kW], s[kPadW], s[kKernelW], s[kDilation], s[kStrideW]);
  memory::dims weights = {s[kOut], s[kC] / s[kGroups], s[kKernelH], s[kKernelW]};
  if (s[kGroups] > 1)
    weights = {s[kGroups], s[kOut] / s[kGroups], weights[1], weights[2], weights[3]};
  const memory::desc x({1, s[kC], s[kH], s[kW]}, type, image);
  const memory::desc w(weights, weight_type, memory::format_tag::any);
  const memory::desc y({1, s[kOut], out_h, out_w}, type, image);
  dnnl::primitive_attr attributes;
  if (codes) attributes.set_scales_mask(DNNL_ARG_WEIGHTS, s[kGroups] > 1 ? 3 : 1);
  return {engine,
          dnnl::prop_kind::forward_inference,
          dnnl::algorithm::convolution_direct,
          x,
          w,
          y,
          {s[kStrideH], s[kStrideW]},
          {s[kDilation] - 1, s[kDilation] - 1},
          {s[kPadH], s[kPadW]},
          {s[kPadH], s[kPadW]},
          attributes};
}

class Convolution {
 public:
  Convolution(const dnnl::engine& engine, const Shape& shape, bool codes)
      : stream_(engine), scales_(static_cast<size_t>(shape[kOut]), 0.01f) {
    const auto description = Describe(engine, shape, codes);
    name_ = description.impl_info_str();
    convolution_ = dnnl::convolution_forward(description);
    for (const auto& [argument, desc] : {std::pair(DNNL_ARG_SRC, description.src_desc()),
                                         std::pair(DNNL_ARG_WEIGHTS, description.weights_desc()),
                                         std::pair(DNNL_ARG_DST, description.dst_desc())}) {
      arguments_.emplace(argument, pawl::bench::FilledMemory(desc, engine));
    }
    if (!codes) return;
    arguments_.emplace(DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS,
                       memory({{shape[kOut]}, memory::data_type::f32, memory::format_tag::x},
                              engine, scales_.data()));
  }

  void Run() {
    convolution_.execute(stream_, arguments_);
    stream_.wait();
  }
  const std::string& name() const { return name_; }

 private:
  dnnl::stream stream_;
  std::vector<float> scales_;
  dnnl::convolution_forward convolution_;
  std::string name_;
  std::unordered_map<int, memory> arguments_;
};

int Serve(const Shape& shape, bool codes) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  Convolution convolution(engine, shape, codes);
  pawl::bench::SayName();
  int64_t m = 0;
  double seconds = 0.0;
  while (std::cin >> m >> seconds) {
    std::cout << pawl::bench::Measure(convolution, seconds) << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != kFields + 2) {
    std::cerr << "usage: peer_onednn_conv CHANNELS HEIGHT WIDTH OUT KERNEL_H KERNEL_W PAD_H PAD_W "
                 "STRIDE_H STRIDE_W DILATION GROUPS codes|float\n";
    return 2;
  }
  Shape shape;
  for (int i = 0; i < kFields; ++i) shape[static_cast<size_t>(i)] = std::atoll(argv[i + 1]);
  try {
    return Serve(shape, std::string(argv[kFields + 1]) == "codes");
  } catch (const dnnl::error& error) {
    std::cerr << "peer_onednn_conv: " << error.what() << "\n";
    return 1;
  }
}
#else
int main() {
  std::cerr << "peer_onednn_conv: needs oneDNN 3, this is " << DNNL_VERSION_MAJOR << "\n";
  return 1;
}
#endif
