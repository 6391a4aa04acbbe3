// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! Finds the installed library: `PAWL_LIB_DIR`, or pkg-config's `pawl-c`.

use std::env;
use std::process::Command;

const VERSION: &str = "0.1";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    for name in ["PAWL_LIB_DIR", "PKG_CONFIG", "PKG_CONFIG_PATH", "PKG_CONFIG_LIBDIR"] {
        println!("cargo:rerun-if-env-changed={}", name);
    }
    if env::var_os("DOCS_RS").is_some() {
        return; // documentation is made where there is no library
    }
    if let Ok(dir) = env::var("PAWL_LIB_DIR") {
        println!("cargo:rustc-link-search=native={}", dir);
        println!("cargo:rustc-link-lib=dylib=pawl");
        return;
    }
    match pkg_config() {
        Ok(flags) => flags.split_whitespace().for_each(pass_on),
        Err(reason) => {
            eprintln!(
                "Pawl {}'s C library was not found: {}\nInstall it (libpawl-dev, or `cmake --install`), name its \
                 pkgconfig folder in PKG_CONFIG_PATH, or its library's folder in PAWL_LIB_DIR.",
                VERSION, reason
            );
            std::process::exit(1);
        }
    }
}

fn pkg_config() -> Result<String, String> {
    let tool = env::var("PKG_CONFIG").unwrap_or_else(|_| "pkg-config".to_string());
    let request = format!("pawl-c >= {}", VERSION);
    let output = Command::new(&tool)
        .args(["--libs", "--print-errors", &request])
        .output()
        .map_err(|error| format!("{} did not run: {}", tool, error))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).trim().to_string());
    }
    String::from_utf8(output.stdout).map_err(|_| "pkg-config's answer is not UTF-8".to_string())
}

fn pass_on(flag: &str) {
    if let Some(dir) = flag.strip_prefix("-L") {
        println!("cargo:rustc-link-search=native={}", dir);
        println!("cargo:lib_dir={}", dir); // DEP_PAWL_LIB_DIR of crates that depend on this one
    } else if let Some(name) = flag.strip_prefix("-l") {
        println!("cargo:rustc-link-lib=dylib={}", name);
    }
}
