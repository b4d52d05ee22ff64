//! The standard library as source text. Each module is documented by its own doc comments; the compiler adds a module to a
//! policy when the policy imports it.

#![forbid(unsafe_code)]

macro_rules! modules {
    ($($name:literal)*) => {
        /// Every module in the order of the manual: its name and its source text.
        pub const MODULES: &[(&str, &str)] =
            &[$((concat!("std.", $name), include_str!(concat!("../std/", $name, ".permit")))),*];
    };
}

modules! {
    "time" "text" "net" "path" "math" "money"
    "http" "files" "shell" "sql" "payments" "mail"
}
