//! A progress line on standard error for slow commands, shown only if standard error is a terminal.

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// How long work may take before anything is shown.
const QUIET: Duration = Duration::from_millis(400);

/// How often the line is written anew.
const TICK: Duration = Duration::from_millis(200);

/// The line; it goes away when this is dropped.
#[derive(Debug)]
pub(crate) struct Progress {
    running: Option<(Sender<()>, JoinHandle<()>)>,
}

impl Progress {
    /// Starts to show `what` once it has taken a while.
    pub(crate) fn start(what: String, quiet: bool) -> Self {
        if quiet || !io::stderr().is_terminal() {
            return Self { running: None };
        }
        let (stop, stopped) = channel::<()>();
        let shown = thread::spawn(move || {
            let (mut wait, mut dots) = (QUIET, 0_usize);
            while stopped.recv_timeout(wait) == Err(RecvTimeoutError::Timeout) {
                dots = dots % 3 + 1;
                let line = format!("\r\x1b[K{what} {}", ".".repeat(dots));
                if io::stderr().lock().write_all(line.as_bytes()).is_err() {
                    return;
                }
                wait = TICK;
            }
            if dots > 0 && io::stderr().lock().write_all(b"\r\x1b[K").is_err() {
                // A line that cannot be taken away disturbs nobody: there is no terminal any more.
            }
        });
        Self { running: Some((stop, shown)) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some((stop, shown)) = self.running.take() {
            drop(stop);
            drop(shown.join());
        }
    }
}
