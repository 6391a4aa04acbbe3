/* Copyright 2026 The Pawl Authors.
 * SPDX-License-Identifier: Apache-2.0 */

#include <pawl.h>
#include <stdio.h>
#include <string.h>

int main(void) {
  printf("pawl %s\n", pawl_version_string());
  return strchr(pawl_version_string(), '.') == NULL;
}
