use std::sync::Mutex;

use super::*;

/// A pipe with a reader that waits: it takes nothing until the sender of `go` is dropped.
struct Stalled {
    go: Receiver<()>,
    read: Arc<Mutex<String>>,
}

impl Write for Stalled {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        assert!(self.go.recv().is_err());
        self.read.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn stalled(format: LogFormat) -> (Log, Sender<()>, Arc<Mutex<String>>) {
    let (stop, go) = bounded(0);
    let read = Arc::new(Mutex::new(String::new()));
    (Log::over(Stalled { go, read: Arc::clone(&read) }, format).unwrap(), stop, read)
}

/// What is read when `work` logs over a reader that takes everything.
fn logged(format: LogFormat, work: impl FnOnce(&Log)) -> String {
    let (log, stop, read) = stalled(format);
    drop(stop);
    let events = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone());
    match format {
        LogFormat::Text => tracing::subscriber::with_default(events.finish(), || work(&log)),
        LogFormat::Json => tracing::subscriber::with_default(events.json().finish(), || work(&log)),
    }
    assert!(log.end(END_MS));
    read.lock().unwrap().clone()
}

#[test]
fn a_reader_that_waits_stops_nobody_and_learns_what_it_lost() {
    let (log, stop, read) = stalled(LogFormat::Text);
    let lines = LINES_MAX + 1_000;
    (0..lines).for_each(|line| log.put(format!("line {line}\n").as_bytes()));
    log.put(&[b'x'; LINE_BYTES_MAX]);
    assert!(!log.end(100), "nobody reads");
    let lost = log.lost.load(Ordering::Relaxed);
    // The thread may have taken one line already, whose write waits.
    assert!((1_000..=1_001).contains(&lost), "{lost}");
    tracing::subscriber::with_default(
        tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish(),
        || {
            log.report();
            assert_eq!(log.lost.load(Ordering::Relaxed), lost + 1, "the report found no room");
            drop(stop);
            assert!(log.end(END_MS));
            // The second has nothing to say.
            log.report();
            log.report();
        },
    );
    assert!(log.end(END_MS));
    let read = read.lock().unwrap();
    let written = lines + 1 - usize::try_from(lost).unwrap();
    assert_eq!(read.lines().count(), written + 1);
    let last = read.lines().last().unwrap();
    assert!(last.contains("log lines were lost since the start"), "{last}");
    assert!(last.ends_with(&format!("lost={}", lost + 1)), "{last}");
}

#[test]
fn an_event_is_one_line_without_invisible_characters() {
    let tricks = "a\n2026 ERROR forged\u{9b}2K\u{1b}[1A\u{202e}\u{7f}\u{2028}";
    let event = |_: &Log| tracing::info!(agent = tricks, shown = %tricks, "{tricks}");
    let text = logged(LogFormat::Text, event);
    assert_eq!(text.matches('\n').count(), 1, "{text:?}");
    assert!(display::is_printable(text.trim_end_matches('\n')), "{text:?}");
    let json = logged(LogFormat::Json, event);
    assert_eq!(json.matches('\n').count(), 1, "{json:?}");
    assert!(display::is_printable(json.trim_end_matches('\n')), "{json:?}");
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(json["fields"]["agent"], tricks);
}

/// Alerts hang on that level.
#[test]
fn what_a_client_does_wrong_is_no_error() {
    use permit_journal::SubmitError;
    use permit_ledger::ReviewError;
    let level = |error: SubmitError| {
        let text = logged(LogFormat::Json, |_| drop(crate::problem::Problem::from(error)));
        serde_json::from_str::<serde_json::Value>(&text).unwrap()["level"].as_str().unwrap().to_owned()
    };
    for error in
        [SubmitError::NotFound, SubmitError::Review(ReviewError::Used), SubmitError::IdempotencyConflict]
    {
        assert_eq!(level(error.clone()), "INFO", "{error}");
    }
    assert_eq!(level(SubmitError::Busy), "WARN");
    assert_eq!(level(SubmitError::Unavailable { reason: "the disk".to_owned() }), "ERROR");
}

#[test]
fn a_reader_that_is_gone_stops_nobody() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let log = Log::over(Gone, LogFormat::Text).unwrap();
    log.put(b"one\n");
    log.put(b"two\n");
    assert!(log.end(END_MS));
    assert_eq!(log.lost.load(Ordering::Relaxed), 2);
}
