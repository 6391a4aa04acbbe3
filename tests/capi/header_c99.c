/* Copyright 2026 The Pawl Authors.
 * SPDX-License-Identifier: Apache-2.0
 *
 * pawl.h alone is C99: compiled with -std=c99 -pedantic-errors. */

#include "pawl.h"

/* Enum constants are ints, as the functions take them. */
typedef char status_is_an_int[sizeof(PAWL_DATA_LOSS) == sizeof(int) ? 1 : -1];

int32_t pawl_test_header_c99(status_is_an_int* unused);
int32_t pawl_test_header_c99(status_is_an_int* unused) {
  (void)unused;
  return pawl_options_set_int(NULL, PAWL_OPT_THREADS, PAWL_OK);
}
