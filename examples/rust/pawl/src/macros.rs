// Copyright 2026 The Pawl Authors.
// SPDX-License-Identifier: Apache-2.0

//! The shapes that repeat: enums of the header, handles, builders of options.

macro_rules! enums {
    ($($(#[$doc:meta])* $name:ident { $($entry:ident = $value:expr, $c:ident;)* })*) => {
        $(
            $(#[$doc])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
            #[repr(i32)]
            #[non_exhaustive]
            pub enum $name {
                $(
                    #[doc = concat!("`", stringify!($c), "`")]
                    $entry = $value,
                )*
            }

            impl $name {
                /// The entry with this number in C; `None` for one that this crate does not know.
                pub fn from_raw(raw: i32) -> Option<Self> {
                    match raw {
                        $($value => Some($name::$entry),)*
                        _ => None,
                    }
                }

                /// Its number in C.
                pub fn as_raw(self) -> i32 {
                    self as i32
                }
            }
        )*

        /// Every enum constant by its name in C, to be compared with the library's own list.
        pub const CONSTANTS: &[(&str, i64)] = &[$($((stringify!($c), $name::$entry as i64),)*)*];
    };
}

macro_rules! counts {
    ($($(#[$doc:meta])* $name:ident = $value:expr, $c:ident;)*) => {
        $($(#[$doc])* pub const $name: usize = $value;)*

        /// How many entries there are in the lists of figures, by the names in C.
        pub const COUNTS: &[(&str, i64)] = &[$((stringify!($c), $name as i64),)*];
    };
}

/// A handle that this side owns. Pawl's handles may be used from any number of threads through const pointers, and
/// be changed and destroyed on any one: what `&self`, `&mut self` and `Drop` are.
macro_rules! handle {
    ($(#[$doc:meta])* $name:ident, $raw:ident, $destroy:ident) => {
        handle! { $(#[$doc])* $name, $raw, $destroy, one thread at a time }

        // SAFETY: methods with &self hand out const pointers only.
        unsafe impl Sync for $name {}
    };
    // For what pawl.h gives to one thread at a time, const or not.
    ($(#[$doc:meta])* $name:ident, $raw:ident, $destroy:ident, one thread at a time) => {
        $(#[$doc])*
        pub struct $name {
            raw: std::ptr::NonNull<sys::$raw>,
        }

        // SAFETY: the thread contract of pawl.h, above.
        unsafe impl Send for $name {}

        impl $name {
            #[allow(dead_code)]
            pub(crate) fn ptr(&self) -> *const sys::$raw {
                self.raw.as_ptr()
            }

            #[allow(dead_code)]
            pub(crate) fn mut_ptr(&mut self) -> *mut sys::$raw {
                self.raw.as_ptr()
            }
        }

        impl Drop for $name {
            fn drop(&mut self) {
                // SAFETY: the handle is owned and given back once.
                unsafe { sys::$destroy(self.raw.as_ptr()) }
            }
        }
    };
}

/// A builder of options: each setter tells the library at once; what it said of the first wrong value comes out where
/// the options are used.
macro_rules! options {
    ($(#[$doc:meta])* $name:ident, $kind:ident {
        $($(#[$setter_doc:meta])* $setter:ident($type:ty) => $id:ident, |$value:ident| $call:ident($($argument:expr),*);)*
    }) => {
        $(#[$doc])*
        pub struct $name {
            pub(crate) raw: crate::options::RawOptions,
        }

        impl Default for $name {
            fn default() -> Self {
                $name { raw: crate::options::RawOptions::new(crate::OptionsKind::$kind) }
            }
        }

        impl $name {
            /// All defaults.
            pub fn new() -> Self {
                Self::default()
            }

            $(
                $(#[$setter_doc])*
                #[doc = concat!("\n\n[`OptionId::", stringify!($id), "`](crate::OptionId::", stringify!($id), ")")]
                pub fn $setter(mut self, $value: $type) -> Self {
                    self.raw.$call(crate::OptionId::$id, $($argument),*);
                    self
                }
            )*
        }
    };
}
