//! `std.shell`: programs that run other programs, and arguments that make them do so.

use serde_json::{Value, json};

use super::Policy;

fn kit() -> Policy {
    Policy::new("use std.shell;", &[])
}

fn run(line: &[&str]) -> Value {
    json!({ "program": line[0], "arguments": line[1..], "folder": "/work" })
}

#[test]
fn ordinary_programs_are_left_alone() {
    let kit = kit();
    for line in [
        &["cargo", "test", "-p", "acme", "--", "--nocapture"][..],
        &["make", "all"],
        &["git", "status"],
        &["git", "diff", "--stat"],
        &["git", "commit", "--message", "fix: a; b && c | d > e `f` $(g)\n\nmore"],
        &["git", "push", "origin", "main"],
        &["python3", "build.py", "--verbose"],
        &["node", "build.js"],
        &["ls", "-la", "/work/src"],
        &["grep", "-n", "environment", "src/main.rs"],
        &["rm", "build/out.txt"],
        &["find", ".", "-name", "*.rs"],
        &["tar", "-xzf", "a.tar.gz"],
    ] {
        kit.leaves("run_program", &run(line));
    }
}

/// What each rule meets.
const ATTACKS: &[(&str, &[&[&str]])] = &[
    (
        "shell_plain_program",
        &[&["./make"], &["/tmp/make"], &["..\\make"], &[""], &["a b"], &["make;id"], &["-c"], &["ｂａｓｈ"]],
    ),
    (
        "shell_no_shell",
        &[
            &["sh", "-c", "id"],
            &["BASH"],
            &["bash.exe"],
            &["env", "sh"],
            &["xargs", "rm"],
            &["busybox", "sh"],
            &["timeout", "5", "sh"],
            &["PowerShell"],
        ],
    ),
    (
        "shell_no_inline_code",
        &[
            &["python3", "-c", "import os"],
            &["python3.12", "-cimport os"],
            &["python", "-Bc", "x"],
            &["python", "-"],
            &["perl", "-e", "x"],
            &["perl", "-ne", "x"],
            &["ruby", "-e", "x"],
            &["node", "--eval=x"],
            &["node", "-pe", "x"],
            &["php", "-r", "x"],
            &["awk", "BEGIN{system(\"id\")}"],
            &["sed", "1e id", "x"],
        ],
    ),
    (
        "shell_no_privilege",
        &[
            &["sudo", "ls"],
            &["su"],
            &["docker", "run", "x"],
            &["kubectl", "exec"],
            &["chroot", "/"],
            &["SUDO"],
        ],
    ),
    (
        "shell_no_network",
        &[
            &["curl", "x"],
            &["wget", "x"],
            &["nc", "x"],
            &["ssh", "x"],
            &["aws", "s3"],
            &["openssl", "s_client"],
        ],
    ),
    (
        "shell_no_destruction",
        &[
            &["rm", "-rf", "x"],
            &["rm", "-fr", "x"],
            &["rm", "-R", "x"],
            &["rm", "--recursive", "x"],
            &["rm", "--force", "x"],
            &["rm", "*"],
            &["chmod", "-R", "777", "x"],
            &["dd", "if=x"],
            &["mkfs.ext4", "x"],
            &["shutdown", "now"],
            &["kill", "-9", "1"],
        ],
    ),
    (
        "shell_no_hidden_programs",
        &[
            &["find", ".", "-exec", "id", ";"],
            &["find", ".", "-delete"],
            &["git", "-c", "core.pager=id", "log"],
            &["git", "-ccore.pager=id", "log"],
            &["git", "--exec-path=/tmp", "log"],
            &["git", "clone", "--upload-pack=id", "x"],
            &["git", "clone", "ext::sh -c id"],
            &["git", "config", "core.hooksPath", "/tmp"],
            &["git", "push", "--force"],
            &["git", "push", "--force-with-lease"],
            &["git", "push", "-f"],
            &["git", "clean", "-fdx"],
            &["git", "reset", "--hard"],
            &["tar", "-xf", "x", "--checkpoint-action=exec=id"],
            &["tar", "-I", "id", "-xf", "x"],
            &["vim", "+!id"],
        ],
    ),
    (
        "shell_no_secret_arguments",
        &[
            &["cat", "/home/ann/.ssh/id_rsa"],
            &["cat", ".env"],
            &["cat", ".ENV.production"],
            &["cat", "~/.aws/credentials"],
            &["cat", "/etc/passwd"],
            &["cat", "/proc/self/environ"],
            &["cp", "--target-directory=/etc", "x"],
            &["cargo", "--config=/root/x"],
            &["cat", "server.pem"],
            &["curl", "@.netrc"],
        ],
    ),
    ("shell_no_control_characters", &[&["cat", "a\0b"], &["echo", "\u{1b}]0;x"]]),
];

#[test]
fn each_attack_meets_its_rule() {
    let kit = kit();
    for (rule, lines) in ATTACKS {
        for line in *lines {
            kit.denies(rule, "run_program", &run(line));
        }
    }
    let long = "x".repeat(4_097);
    kit.denies("shell_no_control_characters", "run_program", &run(&["echo", &long]));
    for folder in ["/etc", "/work/../etc", "/home/ann/.ssh"] {
        let arguments = json!({ "program": "ls", "arguments": [], "folder": folder });
        kit.denies("shell_no_secret_folder", "run_program", &arguments);
    }
}
