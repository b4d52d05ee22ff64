//! `std.files`: secrets, system files, ambiguous names, and traversal.

use serde_json::{Value, json};

use super::Policy;

fn kit() -> Policy {
    Policy::new("use std.files;", &[])
}

fn at(path: &str) -> Value {
    json!({ "path": path })
}

fn write(path: &str) -> Value {
    json!({ "path": path, "bytes": 10 })
}

#[test]
fn ordinary_files_are_left_alone() {
    let kit = kit();
    for path in [
        "/work/src/main.rs",
        "/work/./src/../README.md",
        "/home/ann/notes/envelope.txt",
        "/work/keys.md",
        "/work/src/keyboard.rs",
        "/work/tests/secrets_test.rs",
        "/work/a b/c.txt",
        "/work/naïve.txt",
        "/usrlocal/x",
        "/",
    ] {
        if path != "/" {
            kit.leaves("read_file", &at(path));
            kit.leaves("write_file", &write(path));
            kit.leaves("delete_file", &at(path));
        }
    }
    // Reading what is hidden is not denied: a repository's settings are read by everyone who works on it.
    kit.leaves("read_file", &at("/work/.gitignore"));
    kit.leaves("read_file", &at("/work/.github/workflows/ci.yml"));
    kit.leaves("move_file", &json!({ "path": "/work/a.txt", "to": "/work/b.txt" }));
    kit.denies("files_not_the_root", "list_folder", &at("/"));
}

#[test]
fn secrets_are_denied_whatever_their_case_and_however_they_are_reached() {
    let kit = kit();
    for path in [
        "/home/ann/.ssh/id_rsa",
        "/home/ann/.ssh/config",
        "/work/../home/ann/.ssh/id_ed25519",
        "/work//x/./../../home/ann/.aws/credentials",
        "/work/.env",
        "/work/.ENV",
        "/work/.env.production",
        "/work/server.KEY",
        "/work/tls.pem",
        "/work/infra/terraform.tfstate",
        "/work/infra/terraform.tfstate.backup",
        "/home/ann/.netrc",
        "/home/ann/.git-credentials",
        "/home/ann/.kube/config",
        "/home/ann/.config/gcloud/credentials.db",
        "/work/credentials.json",
        "/work/service-account-prod.json",
        "/work/secrets.yaml",
        "/backup/shadow",
        "/home/ann/passwords.kdbx",
    ] {
        for (action, arguments) in [
            ("read_file", at(path)),
            ("write_file", write(path)),
            ("search_files", json!({ "path": path, "text": "x" })),
        ] {
            kit.denies("files_no_secrets", action, &arguments);
        }
        kit.denies("files_no_secrets", "move_file", &json!({ "path": path, "to": "/work/x.txt" }));
        kit.denies("files_no_moved_secrets", "move_file", &json!({ "path": "/work/x.txt", "to": path }));
    }
}

#[test]
fn the_systems_files_are_denied() {
    let kit = kit();
    for path in [
        "/etc/passwd",
        "/work/../etc/passwd",
        "/work/../../../etc/passwd/../passwd",
        "/proc/self/environ",
        "/dev/sda",
        "/sys/kernel",
        "/root/x",
        "/usr/bin/env",
        "/bin/sh",
        "/var/run/docker.sock",
        "/run/docker.sock",
        "/c:/Windows/System32",
    ] {
        // The last is the root and beyond, which the type refuses.
        if path == "/work/../../../etc/passwd/../passwd" {
            kit.refuses("arguments.path", "read_file", &at(path));
        } else {
            kit.denies("files_no_system", "read_file", &at(path));
        }
    }
    for path in ["etc/passwd", "../x", "", "~/x", "C:\\x", "/work/a\0b", "/work/a\nb"] {
        kit.refuses("arguments.path", "read_file", &at(path));
    }
}

#[test]
fn names_that_mean_something_else_elsewhere_are_denied() {
    let kit = kit();
    for path in [
        "/work/%2e%2e/etc/passwd",
        "/work/%2E%2E%2Fetc",
        "/work/..%2f..%2fetc",
        "/work/%252e%252e/x",
        "/work/a%00.txt",
        "/work/..\\..\\etc",
        "/work/\u{ff0e}\u{ff0e}/etc",
        "/work/\u{2024}\u{2024}/etc",
        "/work/a\u{ff0f}b",
        "/work/\u{2025}/etc",
        "/work/x. ",
        "/work/... /x",
        "/work/.env.",
        "/work/.ssh /id",
    ] {
        kit.denies("files_clear_names", "read_file", &at(path));
        kit.denies("files_no_moved_secrets", "move_file", &json!({ "path": "/work/x", "to": path }));
    }
}

#[test]
fn what_others_run_is_not_written() {
    let kit = kit();
    for path in [
        "/work/.git/hooks/pre-commit",
        "/work/.github/workflows/ci.yml",
        "/work/.vscode/tasks.json",
        "/home/ann/.bashrc",
        "/home/ann/.zprofile",
        "/work/.envrc",
        "/work/jenkinsfile",
        "/work/Jenkinsfile",
        "/var/spool/crontab",
        "/home/ann/.config/systemd/user/x.service",
    ] {
        for (action, arguments) in
            [("write_file", write(path)), ("delete_file", at(path)), ("make_folder", at(path))]
        {
            kit.denies("files_no_autorun", action, &arguments);
        }
        kit.denies("files_no_moved_secrets", "move_file", &json!({ "path": "/work/x", "to": path }));
    }
    kit.denies("files_no_hidden_writes", "write_file", &write("/work/.eslintrc.json"));
}
