//! The standard library as text. What a module has and what it means, its own comments say; the compiler takes a module
//! into a policy when the policy uses it.

#![forbid(unsafe_code)]

macro_rules! modules {
    ($($name:literal)*) => {
        /// Every module in the order of the manual: its name and its text.
        pub const MODULES: &[(&str, &str)] =
            &[$((concat!("std.", $name), include_str!(concat!("../std/", $name, ".permit")))),*];
    };
}

modules! {
    "time" "text" "net" "path" "math" "money"
    "http" "files" "shell" "sql" "payments" "mail"
}
