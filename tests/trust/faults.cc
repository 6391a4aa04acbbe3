// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#include "tests/trust/faults.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <limits>

namespace pawl::faults {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
std::atomic<int64_t> g_calls{0};
std::atomic<int64_t> g_fail_from{kNever};
std::atomic<int64_t> g_fail_to{kNever};
std::atomic<int64_t> g_kill_at{kNever};
std::atomic<int> g_error{0};

void Arm(int64_t fail_from, int64_t fail_to, int error, int64_t kill_at) {
  g_calls = 0;
  g_fail_from = fail_from;
  g_fail_to = fail_to;
  g_error = error;
  g_kill_at = kill_at;
}

// Whether the call at hand is to fail.
bool Next() {
  const int64_t call = g_calls++;
  if (call == g_kill_at) kill(getpid(), SIGKILL);
  if (call < g_fail_from || call >= g_fail_to) return false;
  errno = g_error;
  return true;
}

}  // namespace

void FailFrom(int64_t first, int error) { Arm(first, kNever, error, kNever); }
void FailAt(int64_t call, int error) { Arm(call, call + 1, error, kNever); }
void KillAt(int64_t call) { Arm(kNever, kNever, 0, call); }
int KilledAt(int64_t call, const std::function<absl::Status()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    KillAt(call);
    _exit(work().ok() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}
int64_t Disarm() {
  const int64_t calls = g_calls;
  Arm(kNever, kNever, 0, kNever);
  return calls;
}

}  // namespace pawl::faults

using pawl::faults::Next;

// The C library's, for everything that is linked into this program.
extern "C" {

ssize_t pwrite(int fd, const void* bytes, size_t size, off_t offset) {
  return Next() ? -1 : syscall(SYS_pwrite64, fd, bytes, size, offset);
}
int ftruncate(int fd, off_t size) noexcept {
  return Next() ? -1 : static_cast<int>(syscall(SYS_ftruncate, fd, size));
}
int fsync(int fd) { return Next() ? -1 : static_cast<int>(syscall(SYS_fsync, fd)); }
int fdatasync(int fd) { return Next() ? -1 : static_cast<int>(syscall(SYS_fdatasync, fd)); }
int link(const char* from, const char* to) noexcept {
  if (Next()) return -1;
  return static_cast<int>(syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int rename(const char* from, const char* to) noexcept {
  if (Next()) return -1;
  return static_cast<int>(syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0));
}
int unlink(const char* path) noexcept {
  Next();  // a full disk lets go of files
  return static_cast<int>(syscall(SYS_unlinkat, AT_FDCWD, path, 0));
}
int open(const char* path, int flags, ...) {
  mode_t mode = 0;
  if ((flags & O_CREAT) != 0) {
    va_list arguments;
    va_start(arguments, flags);
    mode = va_arg(arguments, mode_t);
    va_end(arguments);
    if (Next()) return -1;
  }
  return static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, flags, mode));
}

}  // extern "C"
