// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The command, killed at random points, must resume to the identical file.

#ifndef PAWL_TESTS_TRUST_KILL_LOOP_H_
#define PAWL_TESTS_TRUST_KILL_LOOP_H_

#include <functional>
#include <string>
#include <vector>

namespace pawl {

struct KillLoop {
  std::vector<std::string> words;  // of a command that makes `file`
  std::string file;
  std::function<void()> reset;  // puts everything in front of the command
  int kills = 0;
  // Where small files are written beside `file`, a kill may leave their temporary ones, and only
  // it (AtomicFile in lib/formats/file_io.h).
  bool strays = false;
};

// Runs the command once, then again and again, each time killed (-9) at a random point of the time
// that this took, now and then killed once more while it resumes, and then with --resume: the file
// must be what reset() left or the whole one after a kill, and the whole one at the end, with
// nothing beside it that was not beside it after the first run.
void KillAndResume(const KillLoop& loop);

}  // namespace pawl

#endif  // PAWL_TESTS_TRUST_KILL_LOOP_H_
