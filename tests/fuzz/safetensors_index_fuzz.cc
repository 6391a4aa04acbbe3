// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// An index and the shards that it joins, on the disk: two bytes for the size of the index, two for
// that of the first shard, index, shard "a", shard "b".

#include <stdlib.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>

#include "fuzz.h"
#include "lib/formats/safetensors_header.h"
#include "pawl/safetensors.h"

namespace pawl::fuzz {
namespace {

// A folder for this process, left as it is found at the end: empty and removed.
class Folder {
 public:
  Folder() {
    char path[] = "/tmp/pawl_fuzz_XXXXXX";
    PAWL_FUZZ_CHECK(mkdtemp(path) != nullptr, "no folder in /tmp");
    path_ = path;
  }
  ~Folder() {
    for (const char* name : {"a", "b", "model.safetensors.index.json"}) {
      unlink((path_ + "/" + name).c_str());
    }
    rmdir(path_.c_str());
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string Write(const std::string& name, const std::string& bytes) const {
    const std::string path = path_ + "/" + name;
    std::FILE* file = std::fopen(path.c_str(), "wb");
    PAWL_FUZZ_CHECK(file != nullptr, path);
    const size_t written = std::fwrite(bytes.data(), 1, bytes.size(), file);
    PAWL_FUZZ_CHECK(std::fclose(file) == 0 && written == bytes.size(), path);
    return path;
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace
}  // namespace pawl::fuzz

PAWL_FUZZ_TARGET(safetensors_index) {
  using namespace pawl;
  fuzz::Input input(bytes);
  const auto index_size = static_cast<size_t>(input.Number(2));
  const auto shard_size = static_cast<size_t>(input.Number(2));
  const std::string index = input.Text(index_size);
  bool parsed = false;
  {
    const fuzz::AllocationLimit limit(index.size(), 32);
    parsed = fuzz::Succeeded(ParseSafetensorsIndex(index, "index").status());
  }
  if (!parsed) return;
  static const fuzz::Folder folder;
  folder.Write("a", input.Text(shard_size));
  folder.Write("b", input.Text(input.size()));
  const std::string path = folder.Write("model.safetensors.index.json", index);
  const auto reader = SafetensorsReader::Open(folder.path());
  if (!fuzz::Succeeded(reader.status())) return;
  for (const SafetensorsEntry& entry : (*reader)->entries()) {
    const absl::StatusOr<Tensor> tensor = (*reader)->Read(entry);
    if (fuzz::Succeeded(tensor.status())) {
      PAWL_FUZZ_CHECK(tensor->size_bytes() == entry.size, entry.name);
    }
  }
  PAWL_FUZZ_CHECK((*reader)->CheckUnchanged().ok(), path);
}
