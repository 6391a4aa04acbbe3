// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A disk that fills up, or a process that dies, at any chosen call that changes files. A test that
// links faults.cc has these calls counted: open with O_CREAT, pwrite, ftruncate, fsync, fdatasync,
// link, rename, unlink.

#ifndef PAWL_TESTS_TRUST_FAULTS_H_
#define PAWL_TESTS_TRUST_FAULTS_H_

#include <cstdint>
#include <functional>

#include "absl/status/status.h"

namespace pawl::faults {

// From its `first` call on (counted from 0) every one but unlink fails with this errno.
void FailFrom(int64_t first, int error);
// That one alone does.
void FailAt(int64_t call, int error);
// The process is killed before its call number `call`.
void KillAt(int64_t call);
// What a child process that does so ended with: 0 where `work` ended well, 1 where not, 9 where it
// was killed.
int KilledAt(int64_t call, const std::function<absl::Status()>& work);
// Nothing happens any more; the calls since the last of these three.
int64_t Disarm();

}  // namespace pawl::faults

#endif  // PAWL_TESTS_TRUST_FAULTS_H_
