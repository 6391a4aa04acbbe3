// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// pawl bench: measures operations on this machine, beside what the machine can do at most.

#include "examples/pawl/bench.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "pawl/scheme.h"
#include "pawl/text.h"

namespace pawl::tool {
namespace {

enum class Kind { kLinear, kConv, kTensor, kMethod };

struct Operation {
  const char* name;
  const char* description;
  Kind kind;
  absl::StatusOr<Json> (*run)(const BenchCase&, const BenchOptions&, Context&);
};

// The list of what can be measured: a new one is a line here.
constexpr Operation kOperations[] = {
    {"linear", "Activations [m, k] times quantized weights [n, k]; f32 in and out", Kind::kLinear,
     BenchLinear},
    {"conv", "Convolution of one image with quantized weights", Kind::kConv, BenchConv},
    {"gptq", "GPTQ of weights [n, k] with m samples of inputs, each step once", Kind::kMethod,
     BenchGptq},
    {"quantize", "Quantization of f32 [n, k], the whole call", Kind::kTensor, BenchQuantize},
    {"pack",
     "Making a linear layer of quantized weights [n, k], int8 activations; and mapping a packed "
     "one",
     Kind::kTensor, BenchPack},
    {"dequantize", "Decoding of [n, k] to f32", Kind::kTensor, BenchDequantize},
};

std::string Cell(const Json& value) {
  if (value.is_null()) return "-";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  if (value.is_number_integer()) return absl::StrCat(value.get<int64_t>());
  return absl::StrFormat("%.2f", value.get<double>());
}

std::string CasesText(const Json& cases) {
  std::vector<std::string> header;
  for (const auto& field : cases.front().items()) header.push_back(field.key());
  TextTable table(header, 1);
  for (const Json& one : cases) {
    std::vector<std::string> cells;
    for (const auto& field : one.items()) cells.push_back(Cell(field.value()));
    table.AddRow(std::move(cells));
  }
  return absl::StrCat(table.ToString(),
                      "\nceiling_*: measured in this run; share: of the ceiling that binds, by "
                      "medians (min_share: by the fastest calls)\n");
}

std::vector<BenchCase> Cases(const BenchOptions& options, Kind kind) {
  const bool linear = kind == Kind::kLinear || kind == Kind::kMethod;
  std::vector<BenchCase> cases;
  for (const std::string& scheme : options.schemes) {
    if (kind == Kind::kConv) {
      for (const std::string& shape : options.shapes) cases.push_back({scheme, 0, 0, 0, shape});
      continue;
    }
    for (const int64_t n : options.n) {
      for (const int64_t k : options.k) {
        if (!linear) cases.push_back({scheme, 0, n, k});
        for (const int64_t m : options.m) {
          if (linear) cases.push_back({scheme, m, n, k});
        }
      }
    }
  }
  return cases;
}

absl::StatusOr<int> Run(const Operation& operation, const BenchOptions& options, bool json) {
  for (const std::string& scheme : options.schemes) {
    if (const auto parsed = ParseScheme(scheme); !parsed.ok()) {
      return UsageError(std::string(parsed.status().message()));
    }
  }
  Json cases = Json::array();
  for (const int threads : options.threads) {
    CommonOptions common;
    common.threads = threads;
    common.target = options.target;
    common.progress = "none";
    const auto session = Session::Create(common);
    if (!session.ok()) return session.status();
    for (const BenchCase& c : Cases(options, operation.kind)) {
      absl::StatusOr<Json> result = operation.run(c, options, (*session)->context());
      if (!result.ok()) return result.status();
      if (operation.kind == Kind::kTensor) result->erase("m");
      cases.push_back(*std::move(result));
    }
  }
  if (json) {
    PrintJson(cases);
  } else {
    Print(CasesText(cases));
  }
  return kSuccess;
}

void AddMatrixOptions(Arguments& app, Kind kind, BenchOptions* o) {
  const auto list = [&](const std::string& name, std::vector<int64_t>& value, int most,
                        const std::string& text) {
    app.Add(name, value, text).Commas().ShowDefault().Between(1, most);
  };
  if (kind == Kind::kLinear || kind == Kind::kMethod) {
    list("--m", o->m, 1 << 20, "Rows of activations");
  }
  list("--n", o->n, 1 << 24, "Rows of weights");
  list("--k", o->k, 1 << 24, "Columns of weights");
}

void AddMode(Arguments& app, Kind kind, BenchOptions* o) {
  const Argument mode = app.Add("--mode", o->mode, "Arithmetic").ShowDefault();
  if (kind == Kind::kConv) {
    mode.OneOf({"dynamic_int8", "static_int8", "integer_only", "weight_only", "float"});
    return;
  }
  mode.OneOf({"dynamic_int8", "weight_only", "weight_only_bf16"});
  app.AddFlag("--cold", o->cold, "Weights from memory: many copies in turn");
}

void AddOperation(Arguments& bench, const Operation& operation, Command& command) {
  Arguments* app = bench.AddSubcommand(operation.name, operation.description);
  auto o = std::make_shared<BenchOptions>();
  const auto list = [&](const std::string& name, auto& value, const std::string& text) {
    return app->Add(name, value, text).Commas().ShowDefault();
  };
  list("--scheme", o->schemes, "Schemes, separated by commas");
  if (operation.kind == Kind::kConv) {
    list("--shape", o->shapes,
         "CHANNELSxHEIGHTxWIDTH:OUT:KERNELxKERNEL, then :pN (padding), :sN (stride), :dN "
         "(dilation), :gN (groups)");
    app->Add("--layout", o->layout, "Order of the images' elements")
        .OneOf({"nhwc", "nchw"})
        .ShowDefault();
  } else {
    AddMatrixOptions(*app, operation.kind, o.get());
  }
  list("--threads", o->threads, "Numbers of threads").Between(1, 1024);
  app->Add("--target", o->target, "Instruction set (see `pawl list targets`)");
  if (operation.kind == Kind::kLinear || operation.kind == Kind::kConv)
    AddMode(*app, operation.kind, o.get());
  app->Add("--seconds", o->seconds, "Time for each case").Between(0.001, 3600.0).ShowDefault();
  AddJson(*app, command.common);
  app->OnUse([o, &operation, &command] {
    command.action = [o, &operation, &command] { return Run(operation, *o, command.common.json); };
  });
}

}  // namespace

void AddBench(Arguments& root, Command& command) {
  Arguments* app =
      root.AddSubcommand("bench", "Measures operations beside this machine's ceilings");
  app->RequireSubcommand();
  for (const Operation& operation : kOperations) AddOperation(*app, operation, command);
  AddBenchGraph(*app, command);
}

}  // namespace pawl::tool
