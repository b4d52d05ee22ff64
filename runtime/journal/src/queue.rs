//! The one thread that writes, and what waits for it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::command::Command;
use crate::receipt::{Receipt, SubmitError};
use crate::store::Store;
use crate::writer::Writer;

/// Where an answer goes.
pub(crate) type Reply = Box<dyn FnOnce(Result<Receipt, SubmitError>) + Send>;

/// A command and where its answer goes.
pub(crate) struct Job {
    pub(crate) command: Command,
    pub(crate) reply: Reply,
}

/// Works until every sender is gone and everything that waits is answered.
pub(crate) fn run<S: Store>(mut writer: Writer<S>, jobs: &Receiver<Job>, batch_max: usize, tick: Duration) {
    loop {
        match jobs.recv_timeout(tick) {
            Ok(first) => {
                let rest = jobs.try_iter().take(batch_max.saturating_sub(1));
                write(&mut writer, std::iter::once(first).chain(rest));
            }
            Err(RecvTimeoutError::Timeout) => writer.tick(),
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    writer.close();
}

/// Writes one batch and answers each of its callers.
fn write<S: Store>(writer: &mut Writer<S>, jobs: impl Iterator<Item = Job>) {
    let (commands, replies): (Vec<_>, Vec<_>) = jobs.map(|Job { command, reply }| (command, reply)).unzip();
    for (reply, answer) in replies.into_iter().zip(writer.apply(commands)) {
        // A caller's panic is the caller's: the others must still be answered.
        if catch_unwind(AssertUnwindSafe(|| reply(answer))).is_err() {
            tracing::error!("a caller panicked while it took its answer");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::store::MemoryStore;
    use crate::testing::*;

    #[test]
    fn a_panicking_caller_harms_no_other() {
        let mut writer = Writer::open(MemoryStore::new(), signer(), in_force(), options()).unwrap();
        let (sender, answered) = mpsc::channel();
        let job = |reply| Job { command: command(spend(NOW_MS, 1, None)), reply };
        let jobs = [
            job(Box::new(|_| panic!("the caller's own fault"))),
            job(Box::new(move |answer| sender.send(answer).unwrap())),
        ];
        write(&mut writer, jobs.into_iter());
        assert_eq!(answered.recv().unwrap().unwrap().record.index, 2);
    }
}
