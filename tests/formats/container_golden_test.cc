// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Committed .pawl files, good and bad, that every later version must read, or refuse, as this one
// does. tests/data/golden: v1_0 (four tensors), v1_0_schemes (every scheme that had a name then),
// v1_7_newer_minor, v2_0_newer_major. tests/data/bad/pawl: with what is said of each in
// expected.tsv.

#include <cstring>
#include <filesystem>
#include <functional>
#include <sstream>
#include <string>
#include <vector>

#include "catch2/catch_test_macros.hpp"
#include "pawl/container.h"
#include "pawl/scheme.h"
#include "tests/formats/container_test_util.h"

namespace pawl {
namespace {

using namespace testing;  // NOLINT: helpers of these tests alone

const std::string kGolden = std::string(PAWL_TEST_DATA) + "/data/golden/";
const std::string kBad = std::string(PAWL_TEST_DATA) + "/data/bad/pawl/";

std::string WithVersion(const std::string& file, int major, int minor) {
  PawlPreamble preamble = PreambleOf(file);
  preamble.major = major;
  preamble.minor = minor;
  return WithPreamble(file, preamble);
}

// The file with one byte of the header changed and all hashes correct.
std::string WithHeaderByte(const std::string& file, size_t at, uint8_t value) {
  std::string changed = file;
  const PawlPreamble preamble = PreambleOf(file);
  changed[preamble.header_offset + at] = static_cast<char>(value);
  return WithPreamble(changed, preamble);
}

std::string WithPlaces(std::string file, uint64_t header_offset, uint64_t header_size,
                       uint64_t file_size) {
  PawlPreamble preamble = PreambleOf(file);
  preamble.header_offset = header_offset;
  preamble.header_size = header_size;
  preamble.file_size = file_size;
  const auto start = EncodePreamble(preamble);
  std::memcpy(file.data(), start.data(), start.size());
  return file;
}

std::string Flipped(std::string file, size_t at) {
  file[at] = static_cast<char>(file[at] ^ 0x10);
  return file;
}

struct BadFile {
  std::string name;
  std::string bytes;
};

std::vector<BadFile> BadFiles() {
  const std::string good = Slurp(kGolden + "v1_0.pawl");
  const PawlPreamble p = PreambleOf(good);
  std::string added = good;
  std::string magic = good;
  magic[0] = 'Q';
  std::string safetensors("\x02\0\0\0\0\0\0\0{}", 10);
  safetensors.resize(80, ' ');
  return {
      {"empty", ""},
      {"half_preamble", good.substr(0, 40)},
      {"preamble_only", good.substr(0, kPreambleSize)},
      {"cut_in_section", good.substr(0, 100)},
      {"cut_in_header", good.substr(0, good.size() - 9)},
      {"added_byte", added + "x"},
      {"wrong_magic", magic},
      {"safetensors", safetensors},
      {"preamble_flipped", Flipped(good, 20)},
      {"header_flipped", Flipped(good, p.header_offset + 30)},
      {"codes_flipped", Flipped(good, kPreambleSize + 3)},
      {"padding_flipped", Flipped(good, p.header_offset - 1)},
      {"header_beyond_end", WithPlaces(good, p.header_offset + 64, p.header_size, p.file_size)},
      {"header_wraps", WithPlaces(good, UINT64_MAX - 63, p.header_size, p.file_size)},
      {"header_unaligned", WithPlaces(good, p.header_offset + 1, p.header_size - 1, p.file_size)},
      {"header_root_outside", WithHeaderByte(good, 2, 0x7F)},
      {"header_no_identifier", WithHeaderByte(good, 4, 'X')},
      {"zeros", std::string(256, '\0')}};
}

}  // namespace

TEST_CASE("container: every committed bad file is refused, naming the file and the fault") {
  std::istringstream expected(Slurp(kBad + "expected.tsv"));
  std::string line;
  size_t count = 0;
  while (std::getline(expected, line)) {
    const size_t tab = line.find('\t');
    const std::string path = kBad + line.substr(0, tab) + ".pawl";
    CAPTURE(path);
    const auto reader = PawlReader::Open(path);
    // Damage of tensors is found by Verify(), which reads them.
    const absl::Status status = reader.ok() ? (*reader)->Verify() : reader.status();
    CAPTURE(status.message());
    CHECK(FailsWith(status, {path, line.substr(tab + 1)}));
    ++count;
  }
  CHECK(count == BadFiles().size());
  CHECK(count + 1 == static_cast<size_t>(std::distance(std::filesystem::directory_iterator(kBad),
                                                       std::filesystem::directory_iterator())));
}

TEST_CASE("container: golden files of newer versions") {
  const std::string newer_minor = kGolden + "v1_7_newer_minor.pawl";
  const auto reader = PawlReader::Open(newer_minor);
  REQUIRE(reader.ok());
  CHECK((*reader)->minor_version() == 7);
  CHECK((*reader)->Verify().ok());
  CheckSame(*(*reader)->Get("first"), MakeQuantized(*ParseScheme("int4:g32"), {3, 40}));
  CheckSame(*(*reader)->Read("first"), MakeQuantized(*ParseScheme("int4:g32"), {3, 40}));
  const std::string newer_major = kGolden + "v2_0_newer_major.pawl";
  const absl::Status refused = PawlReader::Open(newer_major).status();
  CHECK(absl::IsUnimplemented(refused));
  CHECK(FailsWith(refused, {newer_major, "2.0", "reads format 1"}));
}

TEST_CASE("container: the golden file of every scheme decodes as it always did") {
  const auto reader = PawlReader::Open(kGolden + "v1_0_schemes.pawl");
  REQUIRE(reader.ok());
  CHECK((*reader)->Verify().ok());
  CHECK((*reader)->names().size() >= 14);
  for (const std::string& name : (*reader)->names()) {
    CAPTURE(name);
    const auto tensor = (*reader)->Get(name);
    REQUIRE(tensor.ok());
    CHECK(tensor->scheme == *ParseScheme(name));
    CheckSame(*tensor, MakeQuantized(*ParseScheme(name), {2, 256}));
  }
}

// Not run by default: makes the files anew after a deliberate change of the format.
TEST_CASE("container: write golden and bad files", "[.write-data]") {
  const std::string good = Slurp(kGolden + "v1_0.pawl");
  Spill(kGolden + "v1_7_newer_minor.pawl", WithVersion(good, 1, 7));
  Spill(kGolden + "v2_0_newer_major.pawl", WithVersion(good, 2, 0));
  const auto writer = PawlWriter::Create(kGolden + "v1_0_schemes.pawl");
  REQUIRE(writer.ok());
  for (const NamedScheme& named : NamedSchemes()) {
    const std::string name(named.name);
    REQUIRE((*writer)->Add(name, MakeQuantized(*ParseScheme(name), {2, 256})).ok());
  }
  REQUIRE((*writer)->Finish().ok());
  std::filesystem::create_directories(kBad);
  for (const BadFile& bad : BadFiles()) {
    Spill(kBad + bad.name + ".pawl", bad.bytes);
    const auto reader = PawlReader::Open(kBad + bad.name + ".pawl");
    const absl::Status status = reader.ok() ? (*reader)->Verify() : reader.status();
    WARN(bad.name << "\t" << status.message());
  }
}

}  // namespace pawl
