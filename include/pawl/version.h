// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_INCLUDE_PAWL_VERSION_H_
#define PAWL_INCLUDE_PAWL_VERSION_H_

#define PAWL_VERSION_MAJOR 0
#define PAWL_VERSION_MINOR 1
#define PAWL_VERSION_PATCH 0

namespace pawl {

// Version of the library that is linked, as "major.minor.patch". A host compiled against other
// headers compares it with the PAWL_VERSION_* macros. Thread-safe.
const char* VersionString();

}  // namespace pawl

#endif  // PAWL_INCLUDE_PAWL_VERSION_H_
