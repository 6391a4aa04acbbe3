// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! The C ABI of Pawl as `pawl.h` declares it, every function of it. The header is the documentation. The crate `pawl`
//! makes it safe.
//!
//! The library is found through pkg-config (`pawl-c`) or the environment's `PAWL_LIB_DIR`. The bindings are committed:
//! building needs no bindgen and no clang.

#![allow(non_camel_case_types)]

include!("bindings.rs");
