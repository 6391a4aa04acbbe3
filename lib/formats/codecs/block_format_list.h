// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The list of block formats, in the order of their GGUF type ids. It drives the table of
// BlockFormats() and, through that, readers, writers and tests. Each line needs a
// `const BlockFormat kBlockFormat<name>` in one of the codec files.

#ifndef PAWL_LIB_FORMATS_CODECS_BLOCK_FORMAT_LIST_H_
#define PAWL_LIB_FORMATS_CODECS_BLOCK_FORMAT_LIST_H_

#define PAWL_BLOCK_FORMATS(X) \
  X(Q4_0)                     \
  X(Q4_1)                     \
  X(Q5_0)                     \
  X(Q5_1)                     \
  X(Q8_0)                     \
  X(Q2_K)                     \
  X(Q3_K)                     \
  X(Q4_K)                     \
  X(Q5_K)                     \
  X(Q6_K)                     \
  X(IQ4_NL)                   \
  X(IQ4_XS)                   \
  X(MXFP4)                    \
  X(NVFP4)

#endif  // PAWL_LIB_FORMATS_CODECS_BLOCK_FORMAT_LIST_H_
