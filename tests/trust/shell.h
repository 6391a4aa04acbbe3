// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// Runs shell scripts, also where file systems may be mounted that nobody else sees.

#ifndef PAWL_TESTS_TRUST_SHELL_H_
#define PAWL_TESTS_TRUST_SHELL_H_

#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "catch2/catch_test_macros.hpp"

namespace pawl {

struct ShellResult {
  int exit_code = -1;  // 128 + the signal where one ended it
  std::string out;     // and what went to stderr
};

inline std::string Quoted(const std::string& text) {
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

inline ShellResult Shell(const std::string& script) {
  ShellResult result;
  FILE* pipe = popen(("{ " + script + "\n} 2>&1").c_str(), "r");
  REQUIRE(pipe != nullptr);
  char buffer[4096];
  for (size_t got = 0; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;) {
    result.out.append(buffer, got);
  }
  const int status = pclose(pipe);
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  return result;
}

// In a mount namespace of its own, as its root, with /mnt to mount things on: a user namespace, or
// else root's right; in a chroot, where / is no mount whose propagation could be changed, with /mnt
// as a private mount. A machine with none of these cannot show what is tested, and that is a
// failure.
inline ShellResult ShellWithMounts(const std::string& script) {
  const auto in_chroot = [](const std::string& inner) {
    return "mount --bind /mnt /mnt && mount --make-private /mnt || exit 1; sh -c " + Quoted(inner) +
           "; code=$?; umount /mnt; umount /mnt; exit $code";
  };
  const std::string probe = "mount -t tmpfs -o size=64k none /mnt";
  for (const char* unshare : {"unshare -rm sh -c ", "unshare -m sh -c "}) {
    if (Shell(unshare + Quoted(probe)).exit_code == 0) return Shell(unshare + Quoted(script));
  }
  const std::string unshare = "unshare -m --propagation unchanged sh -c ";
  if (Shell(unshare + Quoted(in_chroot(probe))).exit_code == 0) {
    return Shell(unshare + Quoted(in_chroot(script)));
  }
  FAIL(
      "neither user namespaces nor root's mounts can be had here (unshare -rm, unshare -m): run "
      "this test as root, or allow user namespaces");
  return {};
}

}  // namespace pawl

#endif  // PAWL_TESTS_TRUST_SHELL_H_
