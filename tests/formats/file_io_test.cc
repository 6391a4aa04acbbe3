// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "lib/formats/file_io.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <string>

#include "catch2/catch_test_macros.hpp"
#include "lib/formats/mapped_file.h"
#include "tests/formats/file_io_test_util.h"

namespace pawl {
namespace {

using testing::Bytes;
using testing::FailsWith;
using testing::Slurp;
using testing::Spill;
using testing::TempDir;

TEST_CASE("AtomicFile: nothing is there before Commit, everything after") {
  const TempDir dir;
  const std::string target = dir.File("out");
  {
    auto file = AtomicFile::Create(target);
    REQUIRE(file.ok());
    REQUIRE((*file)->Append(Bytes("hello ")).ok());
    REQUIRE((*file)->Append(Bytes("world")).ok());
    REQUIRE((*file)->WriteAt(0, Bytes("J")).ok());
    CHECK((*file)->position() == 11);
    CHECK_FALSE(std::filesystem::exists(target));
    REQUIRE((*file)->Commit().ok());
    CHECK_FALSE((*file)->Append(Bytes("late")).ok());
    CHECK_FALSE((*file)->Commit().ok());
  }
  CHECK(Slurp(target) == "Jello world");
  CHECK(dir.Count() == 1);
}

TEST_CASE("AtomicFile: what is not committed leaves the old file and no other") {
  const TempDir dir;
  const std::string target = dir.File("out");
  Spill(target, "old");
  {
    auto file = AtomicFile::Create(target);
    REQUIRE(file.ok());
    REQUIRE((*file)->Append(Bytes("new")).ok());
    CHECK(dir.Count() == 2);
  }
  CHECK(Slurp(target) == "old");
  CHECK(dir.Count() == 1);
}

TEST_CASE("AtomicFile: keeps the mode of a file that it replaces and follows links") {
  const TempDir dir;
  Spill(dir.File("real"), "old");
  REQUIRE(chmod(dir.File("real").c_str(), 0640) == 0);
  std::filesystem::create_symlink("real", dir.File("link"));
  REQUIRE(WriteFileAtomically(dir.File("link"), "new").ok());
  CHECK(std::filesystem::is_symlink(dir.File("link")));
  CHECK(Slurp(dir.File("real")) == "new");
  struct stat info;
  REQUIRE(stat(dir.File("real").c_str(), &info) == 0);
  CHECK((info.st_mode & 07777) == 0640);
}

TEST_CASE("AtomicFile: refuses inputs, folders and devices as targets") {
  const TempDir dir;
  const std::string input = dir.File("input");
  Spill(input, "precious");
  std::filesystem::create_symlink("input", dir.File("soft"));
  std::filesystem::create_hard_link(input, dir.File("hard"));
  for (const char* name : {"input", "soft", "hard", "./input"}) {
    const std::string inputs[] = {input};
    CHECK(FailsWith(AtomicFile::Create(dir.File(name), inputs).status(), {"input of this job"}));
  }
  auto mapped = MappedFile::Open(dir.File("soft"));
  REQUIRE(mapped.ok());
  auto file = AtomicFile::Create(dir.File("hard"));
  REQUIRE(file.ok());
  CHECK(FailsWith((*file)->ForbidTarget(**mapped), {"hard", "input of this job"}));
  CHECK_FALSE((*file)->Commit().ok());
  CHECK(Slurp(input) == "precious");

  CHECK(FailsWith(AtomicFile::Create(dir.path()).status(), {dir.path(), "folder"}));
  CHECK(FailsWith(AtomicFile::Create("/dev/null").status(), {"/dev/null", "regular"}));
  CHECK(FailsWith(AtomicFile::Create("").status(), {"empty"}));
  CHECK(FailsWith(AtomicFile::Create(dir.File("no/such/out")).status(), {"no/such/out"}));
}

// In a child, whose limit and signal state do not touch the other tests. The exit code is 0 when
// all is as it must be.
int WriteBeyondLimit(const std::string& target) {
  const rlimit limit{4096, 4096};
  if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 1;
  auto file = AtomicFile::Create(target);
  if (!file.ok()) return 2;
  const std::string block(8192, 'x');
  if (!FailsWith((*file)->Append(Bytes(block)), {target, "limit"})) return 3;
  if (!FailsWith((*file)->Resize(1 << 20), {target})) return 4;
  sigset_t pending;
  sigset_t mask;
  sigpending(&pending);
  pthread_sigmask(SIG_BLOCK, nullptr, &mask);
  if (sigismember(&pending, SIGXFSZ) || sigismember(&mask, SIGXFSZ)) return 5;
  file->reset();
  return Slurp(target) == "old" ? 0 : 6;
}

TEST_CASE("AtomicFile: a file-size limit is an error, not a signal") {
  const TempDir dir;
  const std::string target = dir.File("out");
  Spill(target, "old");
  const pid_t child = fork();
  REQUIRE(child >= 0);
  if (child == 0) _exit(WriteBeyondLimit(target));
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  REQUIRE(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) == 0);
  CHECK(Slurp(target) == "old");
  CHECK(dir.Count() == 1);
}

TEST_CASE("AtomicFile: a full disk is an error that leaves the old file") {
  if (access("/dev/full", W_OK) != 0) SKIP("no /dev/full");
  // /dev/full stands for the disk: the temporary file's descriptor is pointed at it.
  const TempDir dir;
  const std::string target = dir.File("out");
  Spill(target, "old");
  auto file = AtomicFile::Create(target);
  REQUIRE(file.ok());
  int temporary = -1;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code ignored;
    const auto leads_to = std::filesystem::read_symlink(entry.path(), ignored).string();
    if (leads_to == std::filesystem::canonical((*file)->temporary_path()).string()) {
      temporary = std::stoi(entry.path().filename().string());
    }
  }
  REQUIRE(temporary >= 0);
  const int full = open("/dev/full", O_WRONLY);
  REQUIRE(dup2(full, temporary) == temporary);
  close(full);
  CHECK(FailsWith((*file)->Append(Bytes("new")), {target, "space"}));
  file->reset();
  CHECK(Slurp(target) == "old");
  CHECK(dir.Count() == 1);
}

TEST_CASE("ReadFile: whole, bounded, and only what is a file") {
  const TempDir dir;
  Spill(dir.File("a"), std::string("a\0b", 3));
  Spill(dir.File("empty"), "");
  CHECK(*ReadFile(dir.File("a"), 3) == std::string("a\0b", 3));
  CHECK(ReadFile(dir.File("empty"), 0)->empty());
  CHECK(absl::IsResourceExhausted(ReadFile(dir.File("a"), 2).status()));
  CHECK(absl::IsNotFound(ReadFile(dir.File("none"), 2).status()));
  CHECK(FailsWith(ReadFile(dir.path(), 2).status(), {"folder"}));
  REQUIRE(mkfifo(dir.File("fifo").c_str(), 0600) == 0);
  CHECK(FailsWith(ReadFile(dir.File("fifo"), 2).status(), {"regular"}));
}

TEST_CASE("MappedFile: a file that shrinks or changes is an error") {
  const TempDir dir;
  const std::string path = dir.File("data");
  Spill(path, std::string(3 * 4096, 'x'));
  auto file = MappedFile::Open(path);
  REQUIRE(file.ok());
  const int64_t shape[] = {3 * 4096};
  CHECK((*file)->CheckUnchanged().ok());
  CHECK(MapTensor(*file, DType::kU8, shape, 0).ok());
  REQUIRE(truncate(path.c_str(), 5000) == 0);
  CHECK(FailsWith((*file)->CheckUnchanged(), {path, "12288", "5000"}));
  CHECK(FailsWith(MapTensor(*file, DType::kU8, shape, 0).status(), {path}));
  CHECK(absl::IsDataLoss(ReadTensor(**file, DType::kU8, shape, 0).status()));
  const int64_t head[] = {5000};
  CHECK(ReadTensor(**file, DType::kU8, head, 0).ok());
}

TEST_CASE("MappedFile: tensors are views, copied only where they are not aligned") {
  const TempDir dir;
  const std::string path = dir.File("data");
  Spill(path, std::string("\1\0\0\0\2\0\0\0\3\0\0\0", 12));
  auto file = MappedFile::Open(path);
  REQUIRE(file.ok());
  const int64_t two[] = {2};
  auto view = MapTensor(*file, DType::kI32, two, 4);
  REQUIRE(view.ok());
  CHECK(view->data() == (*file)->bytes().data() + 4);
  CHECK(view->as<int32_t>()[1] == 3);
  auto copy = MapTensor(*file, DType::kI32, two, 1);
  REQUIRE(copy.ok());
  CHECK(copy->as<int32_t>()[0] == 0x02000000);
  CHECK(absl::IsOutOfRange(MapTensor(*file, DType::kI32, two, 5).status()));
  CHECK(absl::IsOutOfRange(MapTensor(*file, DType::kI32, two, UINT64_MAX - 3).status()));
  const int64_t huge[] = {int64_t{1} << 50};
  CHECK(absl::IsOutOfRange(ReadTensor(**file, DType::kU8, huge, 0).status()));
  (*file)->Release(0, UINT64_MAX);
  (*file)->Release(UINT64_MAX, 1);
  CHECK(view->as<int32_t>()[0] == 2);
  file->reset();
  CHECK(view->as<int32_t>()[0] == 2);
}

}  // namespace
}  // namespace pawl
