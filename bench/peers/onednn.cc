// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// oneDNN in bench/peers/compare.py: int8 weights [n, k] with a scale each row, activations that
// already are codes (quantizing them is not in its times), f32 out. For each M it takes the fastest
// of what it can do: signed or unsigned activations (below AVX-512 VNNI the latter may saturate),
// weights in the order that it prefers or in rows.
//
//   peer_onednn N K    then, for each line "M SECONDS" read, one line of JSON

#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "bench/peers/onednn_timing.h"
#include "oneapi/dnnl/dnnl.hpp"

namespace {

using dnnl::memory;
using pawl::bench::FilledMemory;
using pawl::bench::Measure;
using pawl::bench::SayName;
using pawl::bench::Times;

constexpr int kColumns = 1 << 1;  // mask: a scale for each column of [k, n]

struct Shape {
  int64_t m, n, k;
};

struct Way {
  const char* name;
  memory::data_type activations;
  memory::format_tag weights;
};
constexpr Way kWays[] = {
    {"s8 activations", memory::data_type::s8, memory::format_tag::any},
    {"u8 activations", memory::data_type::u8, memory::format_tag::any},
    {"u8 activations, plain rows", memory::data_type::u8, memory::format_tag::ba},
};

dnnl::matmul::primitive_desc Describe(const dnnl::engine& engine, const Shape& shape,
                                      const Way& way, const std::vector<float>& scales) {
  const memory::desc x({shape.m, shape.k}, way.activations, memory::format_tag::ab);
  const memory::desc w({shape.k, shape.n}, memory::data_type::s8, way.weights);
  const memory::desc y({shape.m, shape.n}, memory::data_type::f32, memory::format_tag::ab);
  dnnl::primitive_attr attributes;
#if DNNL_VERSION_MAJOR >= 3
  static_cast<void>(scales);
  attributes.set_scales_mask(DNNL_ARG_WEIGHTS, kColumns);
  return {engine, x, w, y, attributes};
#else
  attributes.set_output_scales(kColumns, scales);
  return {dnnl::matmul::desc(x, w, y), attributes, engine};
#endif
}

class Product {
 public:
  Product(const dnnl::engine& engine, const Shape& shape, const Way& way)
      : stream_(engine), scales_(static_cast<size_t>(shape.n), 0.01f) {
    const auto description = Describe(engine, shape, way, scales_);
    name_ = std::string(way.name) + ", " + description.impl_info_str();
    matmul_ = dnnl::matmul(description);
    for (const auto& [argument, desc] : {std::pair(DNNL_ARG_SRC, description.src_desc()),
                                         std::pair(DNNL_ARG_WEIGHTS, description.weights_desc()),
                                         std::pair(DNNL_ARG_DST, description.dst_desc())}) {
      arguments_.emplace(argument, FilledMemory(desc, engine));
    }
#if DNNL_VERSION_MAJOR >= 3
    arguments_.emplace(
        DNNL_ARG_ATTR_SCALES | DNNL_ARG_WEIGHTS,
        memory({{shape.n}, memory::data_type::f32, memory::format_tag::x}, engine, scales_.data()));
#endif
  }

  void Run() {
    matmul_.execute(stream_, arguments_);
    stream_.wait();
  }
  const std::string& name() const { return name_; }

 private:
  dnnl::stream stream_;
  std::vector<float> scales_;
  dnnl::matmul matmul_;
  std::string name_;
  std::unordered_map<int, memory> arguments_;
};

std::unique_ptr<Product> Fastest(const dnnl::engine& engine, const Shape& shape) {
  std::unique_ptr<Product> best;
  double best_time = 0.0;
  for (const Way& way : kWays) {
    auto product = std::make_unique<Product>(engine, shape, way);
    const double time = Times(*product, 0.05).front();
    if (best != nullptr && time >= best_time) continue;
    best = std::move(product);
    best_time = time;
  }
  return best;
}

int Serve(int64_t n, int64_t k) {
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  SayName();
  std::unordered_map<int64_t, std::unique_ptr<Product>> products;
  int64_t m = 0;
  double seconds = 0.0;
  while (std::cin >> m >> seconds) {
    std::unique_ptr<Product>& product = products[m];
    if (product == nullptr) product = Fastest(engine, Shape{m, n, k});
    std::cout << Measure(*product, seconds) << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: peer_onednn N K\n";
    return 2;
  }
  try {
    return Serve(std::atoll(argv[1]), std::atoll(argv[2]));
  } catch (const dnnl::error& error) {
    std::cerr << "peer_onednn: " << error.what() << "\n";
    return 1;
  }
}
