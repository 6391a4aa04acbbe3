// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// A disk that fills up, or a process that dies, at any chosen call that changes files. A test that
// links faults.cc has these calls counted: open with O_CREAT, pwrite, ftruncate, fsync, fdatasync,
// rename, unlink.

#ifndef PAWL_TESTS_TRUST_FAULTS_H_
#define PAWL_TESTS_TRUST_FAULTS_H_

#include <cstdint>

namespace pawl::faults {

// From its `first` call on (counted from 0) every one but unlink fails with this errno.
void FailFrom(int64_t first, int error);
// That one alone does.
void FailAt(int64_t call, int error);
// The process is killed before its call number `call`.
void KillAt(int64_t call);
// Nothing happens any more; the calls since the last of these three.
int64_t Disarm();

}  // namespace pawl::faults

#endif  // PAWL_TESTS_TRUST_FAULTS_H_
