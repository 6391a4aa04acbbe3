// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The command where disks are full, folders read-only, files too long, and inputs not what they
// were: an error that names the file and the cause, a code other than 0, and nothing lost.

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "catch2/catch_test_macros.hpp"
#include "catch2/matchers/catch_matchers_string.hpp"
#include "tests/command/run_tool.h"
#include "tests/models/tiny_decoder.h"
#include "tests/pipeline/job_test_model.h"
#include "tests/trust/shell.h"

namespace pawl {
namespace {

using Catch::Matchers::ContainsSubstring;

// A folder with a model, what became of it, and a command line for everything that writes.
struct Place {
  Place() {
    WriteSafetensors(model, {{"a.weight", GaussianTensor(DType::kF32, {512, 256}, 1)},
                             {"b.weight", GaussianTensor(DType::kF32, {512, 256}, 2)}});
    REQUIRE(RunTool({"quantize", model, "-o", quantized, "--scheme", "int8", "-q", "--progress",
                     "none"})
                .exit_code == 0);
  }
  std::string Tool() const { return Quoted(PAWL_TOOL); }
  // Each writes 128 KiB or more to $out (the report less).
  std::vector<std::string> Writers(const std::string& out) const {
    const std::string quantize =
        Tool() + " quantize " + Quoted(model) + " --scheme int8 -q --progress none -o ";
    return {quantize + out, quantize + out + " --checkpoint 1",
            Tool() + " dequantize " + Quoted(quantized) + " --progress none -o " + out};
  }

  TestFolder folder;
  const std::string model = folder.Path("model.safetensors");
  const std::string quantized = folder.Path("m.pawl");
};

}  // namespace

TEST_CASE("A full disk: the error names the file and the cause, and the old file stays") {
  const Place place;
  for (const std::string& writer : place.Writers("/mnt/out")) {
    INFO(writer);
    const ShellResult result =
        ShellWithMounts("mount -t tmpfs -o size=100k none /mnt && echo old > /mnt/out && " +
                        writer + "; echo code $?; cat /mnt/out; ls -A /mnt");
    CHECK_THAT(result.out, ContainsSubstring("/mnt/out") &&
                               ContainsSubstring("No space left on device") &&
                               ContainsSubstring("code 1\nold\nout\n"));
    CHECK(result.exit_code == 0);
  }
}

TEST_CASE("A full disk: a report that does not fit is an error, and the old one stays") {
  const Place place;
  const ShellResult result = ShellWithMounts(
      "mount -t tmpfs -o size=64k none /mnt && echo old > /mnt/report && "
      "head -c 60k /dev/zero > /mnt/full; head -c 60k /dev/zero >> /mnt/full; " +
      place.Tool() + " quantize " + Quoted(place.model) + " --scheme int8 -q --progress none -o " +
      Quoted(place.folder.Path("r.pawl")) +
      " --report /mnt/report; echo code $?; cat /mnt/report; ls -A /mnt");
  CHECK_THAT(result.out, ContainsSubstring("/mnt/report") &&
                             ContainsSubstring("No space left on device") &&
                             ContainsSubstring("code 1\nold\nfull\nreport\n"));
}

TEST_CASE("A full disk or a limit on files leaves nothing of a language model's folder") {
  const TestFolder folder;
  const std::string model = folder.Path("model");
  std::filesystem::create_directory(model);
  testing::TinyDecoder decoder;
  decoder.vocabulary = 1000;
  decoder.Fill();
  decoder.Write(model);
  WriteAll(model + "/tokenizer.json", std::string(100000, ' '));
  for (const char* format : {"", " --format compressed-tensors"}) {
    const std::string command = Quoted(PAWL_TOOL) + " quantize " + Quoted(model) +
                                " --scheme int4:g32 -q --progress none" + format + " -o ";
    bool filled = false, fit = false;
    for (int size = 16; !fit && size < 4096; size += size / 2) {
      INFO(format << ", " << size << " KiB");
      const ShellResult result =
          ShellWithMounts("mount -t tmpfs -o size=" + std::to_string(size) + "k none /mnt && " +
                          command + "/mnt/out; echo code $?; ls -A /mnt; echo end; ls -A /mnt/out");
      fit = absl::StrContains(result.out, "code 0\n");
      if (fit) {
        CHECK_THAT(result.out, ContainsSubstring("tokenizer.json"));
        continue;
      }
      filled = true;
      CHECK_THAT(result.out, ContainsSubstring("No space left on device") &&
                                 ContainsSubstring("code 1\nend\n"));
    }
    CHECK(filled);
    CHECK(fit);
    // Of 512 bytes: the weights do not fit, or the tokenizer; then everything does.
    const std::string out = folder.Path("out");
    for (const int blocks : {1, 8, 100, 190}) {
      INFO(format << ", " << blocks << " blocks");
      const ShellResult result =
          Shell("ulimit -f " + std::to_string(blocks) + "; " + command + Quoted(out));
      CHECK(result.exit_code == 1);
      CHECK_THAT(result.out, ContainsSubstring(out) && ContainsSubstring("File too large"));
      CHECK(folder.NumFiles() == 1);
    }
    CHECK(Shell(command + Quoted(out)).exit_code == 0);
    CHECK(std::filesystem::exists(out + "/tokenizer.json"));
    CHECK_FALSE(std::filesystem::exists(out + "/quantized.pawl"));
    std::filesystem::remove_all(out);
  }
}

TEST_CASE("A read-only folder") {
  const Place place;
  const std::string report =
      place.Writers("/tmp/x")[0].substr(0, place.Writers("/tmp/x")[0].rfind("-o ")) + "-o " +
      Quoted(place.folder.Path("r.pawl")) + " --report /mnt/out";
  std::vector<std::string> writers = place.Writers("/mnt/out");
  writers.push_back(report);
  for (const std::string& writer : writers) {
    INFO(writer);
    const ShellResult result = ShellWithMounts(
        "mount -t tmpfs none /mnt && echo old > /mnt/out && mount -o remount,ro /mnt && " + writer +
        "; echo code $?; cat /mnt/out; ls -A /mnt");
    CHECK_THAT(result.out, ContainsSubstring("/mnt/out") &&
                               ContainsSubstring("Read-only file system") &&
                               ContainsSubstring("code 1\nold\nout\n"));
  }
}

TEST_CASE("A folder that is not there, or goes away meanwhile") {
  const Place place;
  for (const std::string& writer : place.Writers(Quoted(place.folder.Path("no/such/out")))) {
    const ShellResult result = Shell(writer);
    CHECK(result.exit_code == 1);
    CHECK_THAT(result.out,
               ContainsSubstring("no/such/out") && ContainsSubstring("No such file or directory"));
  }
  JobSetup setup("int8");
  setup.job.output = setup.folder.Path("sub/out");
  std::filesystem::create_directory(setup.folder.Path("sub"));
  ContextOptions options;
  options.progress = [&](const Progress&) {
    std::filesystem::remove_all(setup.folder.Path("sub"));
  };
  const absl::Status status = RunJob(setup.job, **Context::Create(options)).status();
  CHECK_FALSE(status.ok());
  CHECK_THAT(std::string(status.message()), ContainsSubstring("sub/out"));
  CHECK(setup.folder.NumFiles() == 1);
}

TEST_CASE("A limit on the size of files is an error, never a signal, wherever it lies") {
  const Place place;
  const std::string out = place.folder.Path("out");
  for (const std::string& writer : place.Writers(Quoted(out))) {
    for (const int blocks : {1, 2, 64, 250, 255}) {  // of 512 bytes
      INFO(writer << ", " << blocks << " blocks");
      WriteAll(out, "old");
      const int files = place.folder.NumFiles();
      const ShellResult result = Shell("ulimit -f " + std::to_string(blocks) + "; " + writer);
      CHECK(result.exit_code == 1);
      CHECK_THAT(result.out, ContainsSubstring(out) && ContainsSubstring("File too large"));
      CHECK(ReadAll(out) == "old");
      CHECK(place.folder.NumFiles() == files);
    }
  }
  const std::string report = place.folder.Path("report");
  WriteAll(report, "old");
  const ShellResult result =
      Shell("ulimit -f 1; " + place.Tool() + " quantize " + Quoted(place.model) +
            " --scheme int8 -q --progress none --dry-run --report " + Quoted(report));
  CHECK(result.exit_code == 1);
  CHECK_THAT(result.out, ContainsSubstring(report) && ContainsSubstring("File too large"));
  CHECK(ReadAll(report) == "old");
}

TEST_CASE("A limit on the size of files in a host's process") {
  // In a child, whose limit does not touch the other tests.
  JobSetup setup("int8");
  WriteAll(setup.job.output, "old");
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit{4096, 4096};
    setrlimit(RLIMIT_FSIZE, &limit);
    const absl::Status status = RunJob(setup.job, *MakeContext(1)).status();
    _exit(!status.ok() && status.message().find("File too large") != std::string::npos ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  CHECK(ReadAll(setup.job.output) == "old");
  CHECK(setup.folder.NumFiles() == 2);
}

TEST_CASE("An output that is the input, by any name") {
  const Place place;
  const std::string model = ReadAll(place.model);
  const std::string quantized = ReadAll(place.quantized);
  std::filesystem::create_symlink(place.model, place.folder.Path("soft"));
  std::filesystem::create_hard_link(place.model, place.folder.Path("hard"));
  std::filesystem::create_symlink(place.quantized, place.folder.Path("soft_q"));
  std::filesystem::create_hard_link(place.quantized, place.folder.Path("hard_q"));
  const int files = place.folder.NumFiles();
  const auto refused = [&](const std::string& command) {
    INFO(command);
    const ShellResult result = Shell(command);
    CHECK(result.exit_code != 0);
    CHECK_THAT(result.out, ContainsSubstring("input of this job"));
  };
  const std::string quantize = place.Tool() + " quantize --scheme int8 --progress none ";
  const std::string dequantize = place.Tool() + " dequantize --progress none ";
  for (const char* name : {"model.safetensors", "./model.safetensors", "soft", "hard"}) {
    refused(quantize + Quoted(place.model) + " -o " + Quoted(place.folder.Path(name)));
    refused(quantize + Quoted(place.folder.Path(name)) + " -o " + Quoted(place.model));
  }
  for (const char* name : {"m.pawl", "soft_q", "hard_q"}) {
    refused(dequantize + Quoted(place.quantized) + " -o " + Quoted(place.folder.Path(name)));
  }
  refused(quantize + Quoted(place.model) + " -o /proc/self/fd/5 5< " + Quoted(place.model));
  refused(quantize + "/proc/self/fd/5 -o " + Quoted(place.model) + " 5< " + Quoted(place.model));
  CHECK(ReadAll(place.model) == model);
  CHECK(ReadAll(place.quantized) == quantized);
  CHECK(place.folder.NumFiles() == files);
}

TEST_CASE("Links to input and output are followed, and stay links") {
  const Place place;
  const std::string want = ReadAll(place.quantized);
  std::filesystem::create_symlink(place.model, place.folder.Path("in"));
  WriteAll(place.folder.Path("real"), "old");
  std::filesystem::create_symlink("real", place.folder.Path("out"));
  REQUIRE(Shell(place.Tool() + " quantize --scheme int8 -q --progress none " +
                Quoted(place.folder.Path("in")) + " -o " + Quoted(place.folder.Path("out")))
              .exit_code == 0);
  CHECK(std::filesystem::is_symlink(place.folder.Path("out")));
  CHECK(ReadAll(place.folder.Path("real")) == want);
}

TEST_CASE("An input that shrinks at any step of a job is an error, not a signal") {
  for (int step = 0; step < 12; ++step) {
    INFO("step " << step);
    JobSetup setup("int8");
    ContextOptions options;
    int reports = 0;
    options.progress = [&](const Progress&) {
      if (reports++ == step) truncate(setup.job.input.c_str(), 3000);
    };
    const absl::Status status = RunJob(setup.job, **Context::Create(options)).status();
    if (reports <= step) break;
    if (status.ok()) continue;  // only told of the end
    CHECK_THAT(std::string(status.message()), ContainsSubstring(setup.job.input));
    CHECK(setup.folder.NumFiles() == 1);
  }
}

TEST_CASE("Inputs that are cut while the command reads them") {
  const Place place;
  const std::string blocks = place.folder.Path("m.gguf"), out = place.folder.Path("out");
  REQUIRE(RunTool({"quantize", place.model, "-o", blocks, "--scheme", "q8_0", "-q"}).exit_code ==
          0);
  const std::vector<std::string> inputs = {place.model, place.quantized, blocks};
  std::vector<std::string> whole;
  for (const std::string& input : inputs) whole.push_back(ReadAll(input));
  const std::vector<std::vector<std::string>> commands = {
      {"quantize", place.model, "-o", out, "--scheme", "int8"},
      {"verify", place.quantized},
      {"dequantize", place.quantized, "-o", out},
      {"compare", place.model, place.quantized},
      {"pack", place.quantized, "-o", out},
      {"dequantize", blocks, "-o", out},
      {"compare", place.model, blocks}};
  int errors = 0;
  for (size_t i = 0; i < 49; ++i) {
    for (size_t f = 0; f < inputs.size(); ++f) WriteAll(inputs[f], whole[f]);
    ToolProcess process(commands[i % commands.size()]);
    std::this_thread::sleep_for(std::chrono::microseconds(200 * i));
    for (const std::string& input : inputs) REQUIRE(truncate(input.c_str(), 9000) == 0);
    const ToolResult result = process.Wait();
    INFO("try " << i << ": " << result.err);
    CHECK(result.exit_code <= 1);  // a signal would be more than 128
    errors += result.exit_code == 1;
  }
  CHECK(errors > 0);
}

TEST_CASE("Shards that cannot be read, or are not there") {
  const TestFolder folder;
  WriteSafetensors(folder.Path("a.safetensors"),
                   {{"a.weight", GaussianTensor(DType::kF32, {64, 64}, 1)}});
  WriteSafetensors(folder.Path("b.safetensors"),
                   {{"b.weight", GaussianTensor(DType::kF32, {64, 64}, 1)}});
  const std::string index = folder.Path("model.safetensors.index.json");
  WriteAll(index, R"({"weight_map": {"a.weight": "a.safetensors", "b.weight": "b.safetensors"}})");
  const std::string command = Quoted(PAWL_TOOL) + " quantize --scheme int8 --progress none -q " +
                              Quoted(index) + " -o " + Quoted(folder.Path("out"));
  REQUIRE(Shell(command).exit_code == 0);
  std::filesystem::remove(folder.Path("out"));
  // Root may read everything; in a child, nobody may not.
  REQUIRE(chmod(folder.Path("b.safetensors").c_str(), 0) == 0);
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && (setgid(65534) != 0 || setuid(65534) != 0)) _exit(2);
    Job job;
    job.input = index;
    job.output = folder.Path("out");
    job.recipe = Recipe::ForScheme("int8");
    const absl::Status status = RunJob(job, *MakeContext(1)).status();
    const absl::string_view message = status.message();
    _exit(absl::IsPermissionDenied(status) && absl::StrContains(message, "b.safetensors") ? 0 : 1);
  }
  int status = -1;
  REQUIRE(waitpid(child, &status, 0) == child);
  CHECK((WIFEXITED(status) && WEXITSTATUS(status) == 0));
  std::filesystem::remove(folder.Path("b.safetensors"));
  const ShellResult missing = Shell(command);
  CHECK(missing.exit_code == 1);
  CHECK_THAT(missing.out,
             ContainsSubstring("b.safetensors") && ContainsSubstring("No such file or directory"));
  CHECK_FALSE(std::filesystem::exists(folder.Path("out")));
}

}  // namespace pawl
