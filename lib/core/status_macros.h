// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

#ifndef PAWL_LIB_CORE_STATUS_MACROS_H_
#define PAWL_LIB_CORE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

// Debian 12's Abseil has no such macros in its public headers.
#define PAWL_RETURN_IF_ERROR(expr)                                                   \
  do {                                                                               \
    if (absl::Status pawl_status_ = (expr); !pawl_status_.ok()) return pawl_status_; \
  } while (false)

#define PAWL_MACRO_CAT_(a, b) a##b
#define PAWL_MACRO_CAT(a, b) PAWL_MACRO_CAT_(a, b)

#define PAWL_ASSIGN_OR_RETURN(lhs, expr) \
  PAWL_ASSIGN_OR_RETURN_(PAWL_MACRO_CAT(pawl_status_or_, __LINE__), lhs, expr)
#define PAWL_ASSIGN_OR_RETURN_(tmp, lhs, expr) \
  auto tmp = (expr);                           \
  if (!tmp.ok()) return tmp.status();          \
  lhs = *std::move(tmp)

#endif  // PAWL_LIB_CORE_STATUS_MACROS_H_
