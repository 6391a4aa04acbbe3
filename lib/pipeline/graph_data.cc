// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "pawl/graph_data.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <system_error>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "lib/core/status_macros.h"
#include "pawl/npz.h"
#include "pawl/text.h"

namespace pawl {
namespace {

struct Input {
  std::string name;
  ValueType type;
  std::string shape_text;
};

// How an array is cut.
struct Cut {
  int64_t samples = 1;
  int64_t take = 1;         // first-dimension entries a sample has
  bool drop_first = false;  // a sample lacks the first dimension
  bool constant = false;    // one sample that serves all
};

std::string At(const std::string& path, const NpzEntry& entry) {
  return absl::StrCat(path, ": array '", entry.name, "' ", ShapeString(entry.shape));
}

absl::StatusOr<Cut> CutOf(const std::string& path, const NpzEntry& entry, const Input& input) {
  if (input.type.dtype.has_value() && *input.type.dtype != entry.dtype) {
    return absl::InvalidArgumentError(absl::StrCat(At(path, entry), " is ", DTypeName(entry.dtype),
                                                   "; input '", input.name, "' wants ",
                                                   DTypeName(*input.type.dtype)));
  }
  Cut cut;
  const size_t rank = input.type.shape.has_value() ? input.type.shape->size() : entry.shape.size();
  if (entry.shape.size() == rank + 1) {
    cut.samples = entry.shape[0];
    cut.drop_first = true;
  } else if (entry.shape.size() != rank) {
    return absl::InvalidArgumentError(absl::StrCat(At(path, entry), " does not fit input '",
                                                   input.name, "' ", input.shape_text,
                                                   ", nor samples of it"));
  } else if (rank > 0) {
    const int64_t wanted = input.type.shape.has_value() ? (*input.type.shape)[0] : -1;
    cut.take = wanted > 0 ? wanted : 1;
    cut.samples = entry.shape[0] / cut.take;
    if (entry.shape[0] % cut.take != 0) {
      return absl::InvalidArgumentError(
          absl::StrCat(At(path, entry), " cannot be cut in pieces of ", cut.take, ", which input '",
                       input.name, "' takes at a time"));
    }
  }
  if (cut.samples == 0) {
    return absl::InvalidArgumentError(absl::StrCat(At(path, entry), " has no samples"));
  }
  cut.constant = cut.samples == 1;
  return cut;
}

// One file: which array serves each input, and how.
struct File {
  std::string path;
  std::vector<size_t> arrays;  // by input: index into the reader's entries
  std::vector<Cut> cuts;
  int64_t samples = 1;
};

absl::StatusOr<File> Match(const std::string& path, const NpzReader& reader,
                           const std::vector<Input>& inputs) {
  File file;
  file.path = path;
  const auto entries = reader.entries();
  std::vector<std::string> names;
  for (const NpzEntry& entry : entries) names.push_back(entry.name);
  for (const Input& input : inputs) {
    auto at = std::find(names.begin(), names.end(), input.name);
    if (at == names.end() && inputs.size() == 1 && names.size() == 1) at = names.begin();
    if (at == names.end()) {
      return absl::InvalidArgumentError(absl::StrCat(path, " has no array for input '", input.name,
                                                     "'; it has ", absl::StrJoin(names, ", ")));
    }
    file.arrays.push_back(static_cast<size_t>(at - names.begin()));
    PAWL_ASSIGN_OR_RETURN(const Cut cut, CutOf(path, entries[file.arrays.back()], input));
    file.cuts.push_back(cut);
    if (cut.constant) continue;
    if (file.samples != 1 && file.samples != cut.samples) {
      return absl::InvalidArgumentError(absl::StrCat(At(path, entries[file.arrays.back()]), " has ",
                                                     cut.samples, " samples, and another array ",
                                                     file.samples));
    }
    file.samples = cut.samples;
  }
  return file;
}

// A view with another shape.
absl::StatusOr<Tensor> View(const Tensor& array, const Dims& shape, size_t offset, size_t bytes) {
  const auto* data = static_cast<const uint8_t*>(array.data()) + offset;
  return Tensor::View(array.dtype(), shape, data, bytes, std::make_shared<const Tensor>(array));
}

// An array of an open file: whole in memory, or, where it can be, a sample at a time.
class Source {
 public:
  static absl::StatusOr<Source> Open(const NpzReader& reader, const NpzEntry& entry,
                                     const Cut& cut) {
    Source source(reader, entry, cut);
    if (entry.in_place && !cut.constant) {
      PAWL_RETURN_IF_ERROR(reader.Verify(entry.name));
    } else {
      PAWL_ASSIGN_OR_RETURN(source.whole_, reader.Read(entry.name));
    }
    return source;
  }

  absl::StatusOr<Tensor> Get(int64_t index) const {
    if (cut_.constant && !cut_.drop_first) return *whole_;
    if (cut_.constant) index = 0;
    Dims shape = entry_.shape;
    const int64_t take = cut_.drop_first ? 1 : cut_.take;
    shape[0] = take;
    if (cut_.drop_first) shape.erase(shape.begin());
    if (!whole_.has_value()) {
      PAWL_ASSIGN_OR_RETURN(const Tensor rows, reader_.ReadRows(entry_.name, index * take, take));
      return cut_.drop_first ? View(rows, shape, 0, rows.size_bytes()) : rows;
    }
    const size_t bytes =
        whole_->size_bytes() / static_cast<size_t>(whole_->dim(0)) * static_cast<size_t>(take);
    return View(*whole_, shape, static_cast<size_t>(index) * bytes, bytes);
  }

 private:
  Source(NpzReader reader, NpzEntry entry, const Cut& cut)
      : reader_(std::move(reader)), entry_(std::move(entry)), cut_(cut) {}

  NpzReader reader_;
  NpzEntry entry_;
  Cut cut_;
  std::optional<Tensor> whole_;  // none where samples are read one by one
};

bool Changed(const Cut& cut, const NpzEntry& entry) {
  const int64_t needed = cut.drop_first ? cut.samples : cut.samples * cut.take;
  return !entry.shape.empty() && entry.shape[0] != needed;
}

// The files, one of them open at a time.
class Reader {
 public:
  absl::Status Add(const std::string& path, const std::vector<Input>& inputs) {
    PAWL_ASSIGN_OR_RETURN(const NpzReader reader, NpzReader::Open(path));
    PAWL_ASSIGN_OR_RETURN(File file, Match(path, reader, inputs));
    first_.push_back(count_);
    count_ += file.samples;
    files_.push_back(std::move(file));
    return absl::OkStatus();
  }

  absl::StatusOr<GraphSample> Get(int64_t index) {
    if (index < 0 || index >= count_) return absl::InvalidArgumentError("no such sample");
    const size_t f = static_cast<size_t>(std::upper_bound(first_.begin(), first_.end(), index) -
                                         first_.begin() - 1);
    if (open_ != f || sources_.empty()) PAWL_RETURN_IF_ERROR(Open(f));
    GraphSample sample;
    for (const Source& source : sources_) {
      PAWL_ASSIGN_OR_RETURN(Tensor slice, source.Get(index - first_[f]));
      sample.push_back(std::move(slice));
    }
    return sample;
  }

  int64_t count() const { return count_; }

 private:
  absl::Status Open(size_t f) {
    const File& file = files_[f];
    sources_.clear();  // of the file before
    PAWL_ASSIGN_OR_RETURN(const NpzReader reader, NpzReader::Open(file.path));
    std::vector<Source> sources;
    for (size_t i = 0; i < file.arrays.size(); ++i) {
      if (file.arrays[i] >= reader.entries().size() ||
          Changed(file.cuts[i], reader.entries()[file.arrays[i]])) {
        return absl::FailedPreconditionError(absl::StrCat(file.path, " changed while it was read"));
      }
      PAWL_ASSIGN_OR_RETURN(Source source,
                            Source::Open(reader, reader.entries()[file.arrays[i]], file.cuts[i]));
      sources.push_back(std::move(source));
    }
    sources_ = std::move(sources);
    open_ = f;
    return absl::OkStatus();
  }

  std::vector<File> files_;
  std::vector<int64_t> first_;  // sample of each file
  int64_t count_ = 0;
  size_t open_ = 0;
  std::vector<Source> sources_;
};

absl::StatusOr<std::vector<std::string>> FilesOf(const std::string& path) {
  std::error_code error;
  if (!std::filesystem::is_directory(path, error)) return std::vector<std::string>{path};
  std::vector<std::string> files;
  std::filesystem::directory_iterator it(path, error), end;
  for (; !error && it != end; it.increment(error)) {
    const std::string name = it->path().string();
    if (absl::EndsWith(name, ".npz") || absl::EndsWith(name, ".npy")) files.push_back(name);
  }
  if (error) return absl::NotFoundError(absl::StrCat("'", path, "': ", error.message()));
  if (files.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", path, "' has no .npz or .npy files to calibrate with"));
  }
  std::sort(files.begin(), files.end());
  return files;
}

}  // namespace

absl::StatusOr<GraphSamples> OpenGraphSamples(const std::string& path, const Graph& graph) {
  std::vector<Input> inputs;
  for (const ValueId id : graph.inputs) {
    const Value& value = graph.value(id);
    inputs.push_back({value.name, value.type, graph.ShapeText(value.type)});
  }
  PAWL_ASSIGN_OR_RETURN(const std::vector<std::string> files, FilesOf(path));
  auto reader = std::make_shared<Reader>();
  for (const std::string& file : files) PAWL_RETURN_IF_ERROR(reader->Add(file, inputs));
  GraphSamples samples;
  samples.count = reader->count();
  samples.get = [reader](int64_t index) { return reader->Get(index); };
  samples.files = files;
  return samples;
}

}  // namespace pawl
