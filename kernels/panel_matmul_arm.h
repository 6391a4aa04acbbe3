// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

// The versions of MatMulPanels for arm64, behind panel_matmul.h's dispatch: NEON alone, with dot
// products, with matrix products (I8MM), SVE of any vector length, and SVE with matrix products.
// panel_arm-inl.h is the loop that they share.

#ifndef PAWL_KERNELS_PANEL_MATMUL_ARM_H_
#define PAWL_KERNELS_PANEL_MATMUL_ARM_H_

#include <cstddef>
#include <cstdint>

#include "kernels/panel_matmul.h"

// What the compiler can do inside single functions: Clang before 16 has intrinsics of extensions
// only where the whole file may use them, before 19 it does not do SVE well (Highway's judgement).
#if defined(__aarch64__)
#define PAWL_PANELS_NEON 1
#if !defined(__clang__) || __clang_major__ >= 16
#define PAWL_PANELS_NEON_DOT 1
#else
#define PAWL_PANELS_NEON_DOT 0
#endif
#if (!defined(__clang__) || __clang_major__ >= 19) && !defined(__APPLE__)
#define PAWL_PANELS_SVE 1
#else
#define PAWL_PANELS_SVE 0
#endif
#else
#define PAWL_PANELS_NEON 0
#define PAWL_PANELS_NEON_DOT 0
#define PAWL_PANELS_SVE 0
#endif

namespace pawl::kernels {

using PanelsFunction = void (*)(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                                float* out, size_t out_stride);

// As MatMulPanels; only where the CPU has the instructions (cpu_features.h).
void MatMulPanelsNeon(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                      float* out, size_t out_stride);
void MatMulPanelsNeonDot(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                         float* out, size_t out_stride);
void MatMulPanelsNeonI8mm(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                          float* out, size_t out_stride);
void MatMulPanelsSve(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                     float* out, size_t out_stride);
void MatMulPanelsSveI8mm(const PanelMatrix& w, size_t begin, size_t end, const PanelInput& a,
                         float* out, size_t out_stride);

// The best of them that `target` includes; null on other architectures and for kScalar.
PanelsFunction ArmPanels(Target target);

// How decoded codes lie: in the layout of 8 bits, or pairs of its blocks (128 bytes) ordered by
// pairs of rows of W, eight columns of one row and then of the other, as matrix products take them.
enum class ArmOrder { kQuads, kRowPairs };

// Chunks [begin, end) of a panel, any width, as `order` says. Each code is changed by `flip`
// (exclusive or): 0x80 makes codes of 8 bits signed.
void DecodeArmPanel(const PanelMatrix& w, size_t panel, size_t begin, size_t end, ArmOrder order,
                    uint8_t flip, uint8_t* out);

// For matrix products: sixteen columns `halves` times of 8, 4, 2 or 1 rows `stride` bytes apart, as
// columns 0 to 7 of rows 0 and 1, columns 8 to 15 of them, then rows 2 and 3 ... A single row is
// its own neighbour.
void PairArmRows(const int8_t* x, size_t stride, size_t rows, size_t halves, int8_t* out);

}  // namespace pawl::kernels

#endif  // PAWL_KERNELS_PANEL_MATMUL_ARM_H_
