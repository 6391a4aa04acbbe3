// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0
//
// pawl.h alone is C++11: compiled with -std=c++11 -pedantic-errors.

#include "pawl.h"

static_assert(noexcept(pawl_version_string()), "no entry throws");

int32_t PawlTestHeaderCxx11() { return pawl_options_set_int(nullptr, PAWL_OPT_THREADS, PAWL_OK); }
