// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0
//
// What carries precompiled.h: CMake wants a source.
