//! `permitd` as a separate process.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::missing_panics_doc,
    reason = "a test cannot go on without its server"
)]

use std::fs::File;
use std::io::{BufRead as _, BufReader, Read as _};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::stage::Stage;

/// A running `permitd`; killed when dropped.
#[derive(Debug)]
pub struct Daemon {
    child: Child,
}

/// What a process left behind.
#[derive(Debug)]
pub struct Ended {
    /// How it ended.
    pub status: ExitStatus,
    /// Its standard output.
    pub stdout: String,
    /// Its standard error.
    pub stderr: String,
}

impl Ended {
    /// The exit code; -1 for a process that a signal ended.
    #[must_use]
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or(-1)
    }
}

impl Daemon {
    /// Starts `command`, which serves the stage, and waits until it says that it listens.
    #[must_use]
    pub fn spawn(command: Command) -> Self {
        Self::with_log(command, Stdio::null())
    }

    /// The same, with the process's log in the file at `log`.
    #[must_use]
    pub fn spawn_logged(command: Command, log: &Path) -> Self {
        Self::with_log(command, File::create(log).unwrap().into())
    }

    /// The same, with a log that goes to a pipe which nobody reads.
    #[must_use]
    pub fn spawn_unread(command: Command) -> Self {
        Self::with_log(command, Stdio::piped())
    }

    fn with_log(mut command: Command, log: Stdio) -> Self {
        let child = command.stdout(Stdio::piped()).stderr(log).spawn().expect("a process");
        let mut daemon = Self { child };
        let mut line = String::new();
        BufReader::new(daemon.child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert!(line.starts_with("permitd listens on"), "{line:?}");
        daemon
    }

    /// Ends the process at once, as a power cut would.
    pub fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks the process to end in order, and waits for it.
    #[must_use]
    pub fn terminate(mut self) -> ExitStatus {
        self.signal("-TERM");
        self.child.wait().unwrap()
    }

    /// Asks the process to end.
    pub fn ask_to_end(&self) {
        self.signal("-TERM");
    }

    /// How the process ended, if it does within `limit`.
    pub fn ended(&mut self, limit: Duration) -> Option<ExitStatus> {
        let begun = Instant::now();
        loop {
            let status = self.child.try_wait().unwrap();
            if status.is_some() || begun.elapsed() > limit {
                return status;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// What is left in the pipe of a log that nobody read.
    #[must_use]
    pub fn unread(mut self) -> String {
        let mut bytes = Vec::new();
        self.child.stderr.take().unwrap().read_to_end(&mut bytes).unwrap();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Asks the process to read bundle and facts again. It does so later.
    pub fn hang_up(&self) {
        self.signal("-HUP");
    }

    fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args([signal, &id]).status().unwrap().success());
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // A process that has ended already cannot be killed, which is as good.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The command that serves the stage with the program at `permitd`.
#[must_use]
pub fn serve(permitd: &str, stage: &Stage) -> Command {
    let mut command = Command::new(permitd);
    command.arg("serve").arg("--config").arg(stage.config_path()).env("RUST_LOG", "warn");
    command
}

/// Runs a command to its end.
#[must_use]
pub fn run(command: &mut Command) -> Ended {
    let output = command.stdin(Stdio::null()).output().expect("a process");
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).expect("output in UTF-8");
    Ended { status: output.status, stdout: text(output.stdout), stderr: text(output.stderr) }
}
