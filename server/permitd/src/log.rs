//! The process log: lines on standard error that nothing waits for.
//!
//! A thread of its own writes; what it has not written yet waits in a bounded queue. If the reader is so slow that the queue is
//! full, lines are lost and counted: a pipe that nobody reads must not stop the server. Lines are text for display.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use permit_types::display;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::cli::LogFormat;

/// The most lines that wait for the reader; with the longest lines these are 64 MiB.
const LINES_MAX: usize = 4_096;
/// The most bytes of one line. A longer one is not written and counts as lost.
const LINE_BYTES_MAX: usize = 16 * 1024;
/// How often lost lines are looked for.
const REPORT_MS: u64 = 1_000;
/// How long the end of the process waits for the reader.
pub(crate) const END_MS: u64 = 1_000;

/// Cranelift logs every function that it compiles, which does not interest an operator.
const LOGGED_BY_DEFAULT: &str = "info,cranelift_jit=warn,cranelift_codegen=warn";

/// The process log. Clones write to the same one.
#[derive(Clone, Debug)]
pub(crate) struct Log {
    format: LogFormat,
    queue: Sender<Message>,
    /// How many lines were lost since the start.
    lost: Arc<AtomicU64>,
    /// How many of them the log has told.
    told: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Message {
    Line(Vec<u8>),
    /// Dropped once everything before it has been written.
    End {
        _written: Sender<()>,
    },
}

impl Log {
    /// Makes standard error the process log, for events and for panics.
    ///
    /// # Errors
    /// When there is no thread, or no standard error.
    pub(crate) fn start(format: LogFormat) -> io::Result<Self> {
        // A handle of its own: the standard library's has a lock, at which others would wait for the reader.
        let stderr = File::from(io::stderr().as_fd().try_clone_to_owned()?);
        let log = Self::over(stderr, format)?;
        let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED_BY_DEFAULT));
        let events =
            tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_writer(log.clone());
        match format {
            LogFormat::Text => events.init(),
            LogFormat::Json => events.json().init(),
        }
        std::panic::set_hook(Box::new(|panic| {
            let place = panic.location().map(ToString::to_string).unwrap_or_default();
            tracing::error!(place, reason = panic.payload_as_str().unwrap_or_default(), "panicked");
        }));
        Ok(log)
    }

    fn over(to: impl Write + Send + 'static, format: LogFormat) -> io::Result<Self> {
        let (queue, waiting) = bounded(LINES_MAX);
        let lost = Arc::new(AtomicU64::new(0));
        let log = Self { format, queue, lost: Arc::clone(&lost), told: Arc::default() };
        thread::Builder::new().name("log".to_owned()).spawn(move || write(to, &waiting, &lost))?;
        Ok(log)
    }

    /// Says once a second how many lines were lost, if more are than before.
    pub(crate) async fn report_losses(self) {
        loop {
            tokio::time::sleep(Duration::from_millis(REPORT_MS)).await;
            self.report();
        }
    }

    /// Says how many lines were lost, if more are than it said before. If this line is lost itself, it counts too, so the next
    /// call says it again.
    pub(crate) fn report(&self) {
        let lost = self.lost.load(Ordering::Relaxed);
        if self.told.swap(lost, Ordering::Relaxed) != lost {
            tracing::warn!(
                lost,
                "log lines were lost since the start: they were not read in time, or too long"
            );
        }
    }

    /// Waits until everything has been written, for `limit_ms` each in the queue and at the reader. Returns whether it has.
    pub(crate) fn end(&self, limit_ms: u64) -> bool {
        let (sender, written) = bounded(0);
        let limit = Duration::from_millis(limit_ms);
        self.queue.send_timeout(Message::End { _written: sender }, limit).is_ok()
            && written.recv_timeout(limit) == Err(RecvTimeoutError::Disconnected)
    }

    fn put(&self, bytes: &[u8]) {
        let text = String::from_utf8_lossy(bytes);
        let text = text.strip_suffix('\n').unwrap_or(&text);
        let shown = match self.format {
            LogFormat::Text => display::line(text),
            LogFormat::Json => display::json(text),
        };
        let line = format!("{shown}\n").into_bytes();
        if line.len() > LINE_BYTES_MAX || self.queue.try_send(Message::Line(line)).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

fn write(mut to: impl Write, waiting: &Receiver<Message>, lost: &AtomicU64) {
    for message in waiting {
        match message {
            Message::Line(line) => {
                if to.write_all(&line).is_err() {
                    lost.fetch_add(1, Ordering::Relaxed);
                }
            }
            Message::End { .. } => {}
        }
    }
}

/// Writes text to standard error before the end of the process, and waits for the reader for a second at most.
pub(crate) fn last_words(text: &str) -> io::Result<()> {
    let text = format!("{}\n", display::lines(text));
    let (done, written) = bounded(1);
    thread::Builder::new()
        .name("last words".to_owned())
        .spawn(move || done.try_send(io::stderr().lock().write_all(text.as_bytes())))?;
    written.recv_timeout(Duration::from_millis(END_MS)).map_err(|_| io::ErrorKind::TimedOut)?
}

impl<'l> MakeWriter<'l> for Log {
    type Writer = Event<'l>;

    fn make_writer(&'l self) -> Event<'l> {
        Event { log: self, bytes: Vec::new() }
    }
}

/// One event, a line once it is dropped.
#[derive(Debug)]
pub(crate) struct Event<'l> {
    log: &'l Log,
    bytes: Vec<u8>,
}

impl Write for Event<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Event<'_> {
    fn drop(&mut self) {
        if !self.bytes.is_empty() {
            self.log.put(&self.bytes);
        }
    }
}

#[cfg(test)]
mod tests;
