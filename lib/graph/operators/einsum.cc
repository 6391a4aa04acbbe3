// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Einsum. f32 by products of matrices, two operands at a time from the left; other types, and sums
// over one operand, by plain loops.

#include <algorithm>
#include <cctype>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "lib/graph/operators/element_types.h"
#include "lib/graph/product.h"

namespace pawl {
namespace {

// Letters are themselves; dimensions of an ellipsis are 1, 2 ... from the last.
using Labels = std::vector<int>;

struct Equation {
  std::vector<Labels> terms;
  Labels out;
};

absl::Status Unreadable(absl::string_view text) {
  return absl::InvalidArgumentError(absl::StrCat("cannot read the equation '", text, "'"));
}

// `rank` where the term may have an ellipsis, whose dimensions it counts.
absl::StatusOr<Labels> ReadTerm(absl::string_view term, std::optional<size_t> rank, int ellipsis) {
  Labels labels;
  const size_t dots = term.find("...");
  const size_t letters = dots == absl::string_view::npos ? term.size() : term.size() - 3;
  if (rank.has_value()) {
    if (letters > *rank || (dots == absl::string_view::npos && letters != *rank)) {
      return absl::InvalidArgumentError(
          absl::StrCat("'", term, "' does not fit an operand of rank ", *rank));
    }
    ellipsis = static_cast<int>(*rank - letters);
  }
  for (size_t i = 0; i < term.size(); ++i) {
    if (i == dots) {
      for (int k = ellipsis; k > 0; --k) labels.push_back(k);
      i += 2;
    } else if (absl::ascii_isalpha(static_cast<unsigned char>(term[i]))) {
      labels.push_back(term[i]);
    } else {
      return Unreadable(term);
    }
  }
  return labels;
}

absl::StatusOr<Equation> ReadEquation(const Node& node, const std::vector<size_t>& ranks) {
  std::string text(node.String("equation", ""));
  text.erase(std::remove(text.begin(), text.end(), ' '), text.end());
  const std::vector<std::string> sides = absl::StrSplit(text, "->");
  if (sides.size() > 2) return Unreadable(text);
  const std::vector<std::string> terms = absl::StrSplit(sides[0], ',');
  if (terms.size() != ranks.size()) {
    return absl::InvalidArgumentError(absl::StrCat("the equation '", text, "' is for ",
                                                   terms.size(), " operands, not ", ranks.size()));
  }
  Equation e;
  int ellipsis = 0;
  for (size_t i = 0; i < terms.size(); ++i) {
    PAWL_ASSIGN_OR_RETURN(Labels labels, ReadTerm(terms[i], ranks[i], 0));
    for (const int label : labels) ellipsis = label < 'A' ? std::max(ellipsis, label) : ellipsis;
    e.terms.push_back(std::move(labels));
  }
  if (sides.size() == 2) {
    PAWL_ASSIGN_OR_RETURN(e.out, ReadTerm(sides[1], std::nullopt, ellipsis));
  } else {  // the ellipsis, then letters that come once, in the alphabet's order
    for (int k = ellipsis; k > 0; --k) e.out.push_back(k);
    for (int letter = 'A'; letter <= 'z'; ++letter) {
      int64_t times = 0;
      for (const Labels& term : e.terms) times += std::count(term.begin(), term.end(), letter);
      if (times == 1) e.out.push_back(letter);
    }
  }
  for (size_t i = 0; i < e.out.size(); ++i) {
    const bool known = std::any_of(e.terms.begin(), e.terms.end(), [&](const Labels& term) {
      return std::find(term.begin(), term.end(), e.out[i]) != term.end();
    });
    if (!known || std::find(e.out.begin(), e.out.begin() + static_cast<std::ptrdiff_t>(i),
                            e.out[i]) != e.out.begin() + static_cast<std::ptrdiff_t>(i)) {
      return Unreadable(text);
    }
  }
  return e;
}

// The size of each label: those of 1 are broadcast. Unknown ones stay unknown.
class Sizes {
 public:
  absl::Status Add(int label, int64_t size) {
    const auto found = std::find(labels_.begin(), labels_.end(), label);
    if (found == labels_.end()) {
      labels_.push_back(label);
      sizes_.push_back(size);
      return absl::OkStatus();
    }
    int64_t& known = sizes_[static_cast<size_t>(found - labels_.begin())];
    if (known == 1 || known < 0) {
      if (known == 1 || size > 1) known = size;
    } else if (size >= 0 && size != 1 && size != known) {
      return absl::InvalidArgumentError(
          absl::StrCat("a letter stands for dimensions of ", known, " and ", size));
    }
    return absl::OkStatus();
  }
  int64_t Of(int label) const {
    return sizes_[static_cast<size_t>(std::find(labels_.begin(), labels_.end(), label) -
                                      labels_.begin())];
  }
  Dims Of(const Labels& labels) const {
    Dims dims;
    for (const int label : labels) dims.push_back(Of(label));
    return dims;
  }

 private:
  Labels labels_;
  std::vector<int64_t> sizes_;
};

absl::StatusOr<Sizes> SizesOf(const Equation& e, absl::FunctionRef<const Dims&(size_t)> dims) {
  Sizes sizes;
  for (size_t i = 0; i < e.terms.size(); ++i) {
    for (size_t d = 0; d < e.terms[i].size(); ++d) {
      PAWL_RETURN_IF_ERROR(sizes.Add(e.terms[i][d], dims(i)[d]));
    }
  }
  return sizes;
}

absl::Status EinsumShape(ShapeContext& c) {
  PAWL_RETURN_IF_ERROR(CheckInputs(c, std::max<size_t>(1, c.num_inputs()), c.num_inputs()));
  std::vector<size_t> ranks;
  for (size_t i = 0; i < c.num_inputs(); ++i) {
    ranks.push_back(c.dims(i).size());
    if (c.dtype(i) != c.dtype(0)) {
      return absl::InvalidArgumentError("its operands must be of one type");
    }
  }
  PAWL_ASSIGN_OR_RETURN(const Equation e, ReadEquation(c.node(), ranks));
  const auto dims = [&](size_t i) -> const Dims& { return c.dims(i); };
  PAWL_ASSIGN_OR_RETURN(const Sizes sizes, SizesOf(e, dims));
  c.Set(0, c.dtype(0), sizes.Of(e.out));
  return absl::OkStatus();
}

// Elements and the step of each label that they have.
template <typename T>
struct Operand {
  const T* data = nullptr;
  Labels labels;
  std::vector<int64_t> steps;
  Tensor own = {};  // what `data` points into, where nobody else has it

  bool Has(int label) const {
    return std::find(labels.begin(), labels.end(), label) != labels.end();
  }
  // 0 for others, which are broadcast.
  std::vector<int64_t> StepsOf(const Labels& order) const {
    std::vector<int64_t> result(order.size(), 0);
    for (size_t i = 0; i < order.size(); ++i) {
      for (size_t k = 0; k < labels.size(); ++k) {
        if (labels[k] == order[i]) result[i] += steps[k];  // twice: a diagonal
      }
    }
    return result;
  }
};

template <typename T>
Operand<T> OperandOf(const T* data, const Labels& labels, const Dims& dims) {
  Operand<T> operand{.data = data, .labels = labels, .steps = {}};
  operand.steps.resize(dims.size());
  int64_t step = 1;
  for (size_t d = dims.size(); d-- > 0; step *= dims[d]) operand.steps[d] = dims[d] == 1 ? 0 : step;
  return operand;
}

// Counts through dims; offsets of kN operands follow.
class Odometer {
 public:
  Odometer(const Dims& dims, std::vector<std::vector<int64_t>> steps)
      : dims_(dims), steps_(std::move(steps)), index_(dims.size(), 0), at_(steps_.size(), 0) {}
  int64_t at(size_t operand) const { return at_[operand]; }
  void Next() {
    for (size_t d = dims_.size(); d-- > 0;) {
      for (size_t i = 0; i < at_.size(); ++i) at_[i] += steps_[i][d];
      if (++index_[d] < dims_[d]) return;
      for (size_t i = 0; i < at_.size(); ++i) at_[i] -= dims_[d] * steps_[i][d];
      index_[d] = 0;
    }
  }

 private:
  const Dims& dims_;
  std::vector<std::vector<int64_t>> steps_;
  Dims index_;
  std::vector<int64_t> at_;
};

// out[keep] = sums of products over the other labels.
template <typename T>
void SumProducts(const std::vector<const Operand<T>*>& operands, const Labels& keep,
                 const Sizes& sizes, T* out) {
  using W = Wide<T>;
  using Sum = std::conditional_t<std::is_floating_point_v<W>, double, W>;
  Labels rest;
  for (const Operand<T>* operand : operands) {
    for (const int label : operand->labels) {
      if (std::find(keep.begin(), keep.end(), label) == keep.end() &&
          std::find(rest.begin(), rest.end(), label) == rest.end()) {
        rest.push_back(label);
      }
    }
  }
  std::vector<std::vector<int64_t>> outer, inner;
  for (const Operand<T>* operand : operands) {
    outer.push_back(operand->StepsOf(keep));
    inner.push_back(operand->StepsOf(rest));
  }
  const Dims kept = sizes.Of(keep), summed = sizes.Of(rest);
  const int64_t count = DimProduct(kept), terms = DimProduct(summed);
  Odometer at(kept, outer), within(summed, inner);
  for (int64_t i = 0; i < count; ++i, at.Next()) {
    Sum sum{};
    for (int64_t t = 0; t < terms; ++t, within.Next()) {
      Sum product{1};
      for (size_t k = 0; k < operands.size(); ++k) {
        product = static_cast<Sum>(
            product * static_cast<Sum>(Widen(operands[k]->data[at.at(k) + within.at(k)])));
      }
      sum = static_cast<Sum>(sum + product);
    }
    out[i] = Narrow<T>(static_cast<W>(sum));
  }
}

// The operand's elements in another order of labels, with labels that `order` lacks summed.
absl::StatusOr<Operand<float>> Arranged(const Operand<float>& from, const Labels& order,
                                        const Sizes& sizes) {
  const Dims dims = sizes.Of(order);
  PAWL_ASSIGN_OR_RETURN(Tensor own, Tensor::Create(DType::kF32, dims));
  if (!own.empty()) SumProducts<float>({&from}, order, sizes, MutableData<float>(own));
  Operand<float> result = OperandOf<float>(Data<float>(own), order, dims);
  result.own = std::move(own);
  return result;
}

// Products summed over labels that neither `keep` wants.
absl::StatusOr<Operand<float>> Contract(const Operand<float>& a, const Operand<float>& b,
                                        const Labels& keep, const Sizes& sizes, Context& context) {
  Labels batch, rows, columns, inner;
  const auto wanted = [&](int label) {
    return std::find(keep.begin(), keep.end(), label) != keep.end();
  };
  const auto add = [](Labels& to, int label) {
    if (std::find(to.begin(), to.end(), label) == to.end()) to.push_back(label);
  };
  for (const int label : a.labels) {
    if (b.Has(label)) {
      add(wanted(label) ? batch : inner, label);
    } else if (wanted(label)) {
      add(rows, label);
    }
  }
  for (const int label : b.labels) {
    if (!a.Has(label) && wanted(label)) add(columns, label);
  }
  const auto joined = [](Labels first, const Labels& second, const Labels& third) {
    first.insert(first.end(), second.begin(), second.end());
    first.insert(first.end(), third.begin(), third.end());
    return first;
  };
  PAWL_ASSIGN_OR_RETURN(const Operand<float> left, Arranged(a, joined(batch, rows, inner), sizes));
  PAWL_ASSIGN_OR_RETURN(const Operand<float> right,
                        Arranged(b, joined(batch, columns, inner), sizes));
  const Labels order = joined(batch, rows, columns);
  const Dims dims = sizes.Of(order);
  PAWL_ASSIGN_OR_RETURN(Tensor out, Tensor::Create(DType::kF32, dims));
  const Product product{.batch = DimProduct(sizes.Of(batch)),
                        .m = DimProduct(sizes.Of(rows)),
                        .n = DimProduct(sizes.Of(columns)),
                        .k = DimProduct(sizes.Of(inner)),
                        .a = left.data,
                        .w = right.data,
                        .out = MutableData<float>(out)};
  if (!out.empty() && product.k > 0) PAWL_RETURN_IF_ERROR(MultiplyF32(product, context));
  Operand<float> result = OperandOf<float>(Data<float>(out), order, dims);
  result.own = std::move(out);
  return result;
}

absl::Status RunFloats(OpRun& run, const Equation& e, const Sizes& sizes,
                       std::vector<Operand<float>> operands) {
  Operand<float> left = std::move(operands[0]);
  for (size_t i = 1; i < operands.size(); ++i) {
    Labels keep = e.out;  // and what later operands have
    for (size_t k = i + 1; k < operands.size(); ++k) {
      keep.insert(keep.end(), operands[k].labels.begin(), operands[k].labels.end());
    }
    PAWL_ASSIGN_OR_RETURN(left, Contract(left, operands[i], keep, sizes, run.context()));
  }
  SumProducts<float>({&left}, e.out, sizes, MutableData<float>(run.output(0)));
  return absl::OkStatus();
}

absl::Status RunEinsum(OpRun& run) {
  std::vector<size_t> ranks(run.num_inputs());
  for (size_t i = 0; i < ranks.size(); ++i) ranks[i] = run.input(i).shape().size();
  PAWL_ASSIGN_OR_RETURN(const Equation e, ReadEquation(run.node(), ranks));
  const auto dims = [&](size_t i) -> const Dims& { return run.input(i).shape(); };
  PAWL_ASSIGN_OR_RETURN(const Sizes sizes, SizesOf(e, dims));
  if (run.output(0).empty()) return absl::OkStatus();
  return ForType<kNumberTypes>(0, run.input(0).dtype(), [&](auto zero) -> absl::Status {
    using T = decltype(zero);
    std::vector<Operand<T>> operands;
    operands.reserve(e.terms.size());
    for (size_t i = 0; i < e.terms.size(); ++i) {
      operands.push_back(OperandOf<T>(Data<T>(run.input(i)), e.terms[i], dims(i)));
    }
    if constexpr (std::is_same_v<T, float>) {
      return RunFloats(run, e, sizes, std::move(operands));
    } else {
      std::vector<const Operand<T>*> all;
      all.reserve(operands.size());
      for (const Operand<T>& operand : operands) all.push_back(&operand);
      SumProducts<T>(all, e.out, sizes, MutableData<T>(run.output(0)));
      return absl::OkStatus();
    }
  });
}

constexpr Operator kTable[] = {
    {.name = "Einsum",
     .domain = "",
     .min_opset = 12,
     .shape = EinsumShape,
     .run = RunEinsum,
     .quantize = QuantKind::kFloat,
     .flags = kSymbolic},
};

}  // namespace

absl::Span<const Operator> EinsumOperators() { return kTable; }

}  // namespace pawl
