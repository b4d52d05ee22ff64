//! The writer thread and its queue.

use std::fmt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError};

use crate::command::Command;
use crate::pending::Sender;
use crate::store::Store;
use crate::writer::Writer;

/// What to do on the writer's thread.
pub(crate) type WhenDurable = Box<dyn FnOnce() + Send>;

/// A command, and what follows it.
pub(crate) struct Job {
    pub(crate) command: Command,
    /// Done when the command is durable, before it or anything behind it is answered. Not done when it is refused.
    pub(crate) when_durable: Option<WhenDurable>,
    pub(crate) answer: Sender,
}

impl fmt::Debug for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Job").field("command", &self.command).finish_non_exhaustive()
    }
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

/// Writes one batch and answers each of its callers, in order.
fn write<S: Store>(writer: &mut Writer<S>, jobs: impl Iterator<Item = Job>) {
    let (commands, callers): (Vec<_>, Vec<_>) =
        jobs.map(|Job { command, when_durable, answer }| (command, (when_durable, answer))).unzip();
    for ((when_durable, caller), answer) in callers.into_iter().zip(writer.apply(commands)) {
        if let Some(when_durable) = when_durable.filter(|_| answer.is_ok())
            // A caller's panic is the caller's: the others must still be answered.
            && catch_unwind(AssertUnwindSafe(when_durable)).is_err()
        {
            tracing::error!("what a caller wanted done when its command was durable panicked");
        }
        // A caller that went away does not take its answer; the record stands all the same.
        drop(caller.send(answer));
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::Pin;
    use std::sync::mpsc;
    use std::task::{Context, Waker};

    use permit_types::digest::Digest;

    use super::*;
    use crate::pending::Pending;
    use crate::policy::PolicyTerms;
    use crate::receipt::SubmitError;
    use crate::store::MemoryStore;
    use crate::testing::*;

    fn job(command: Command, when_durable: Option<WhenDurable>) -> (Job, Pending) {
        let (answer, pending) = Pending::channel();
        (Job { command, when_durable, answer }, pending)
    }

    fn writer() -> Writer<MemoryStore> {
        Writer::open(MemoryStore::new(), signer(), in_force(), options()).unwrap()
    }

    fn adopt(name: &[u8]) -> Command {
        let policy = PolicyTerms { digest: Digest::of(name), ..in_force() };
        Command::Policy { now_ms: NOW_MS, policy, facts: draft(0).facts }
    }

    #[test]
    fn a_caller_that_panics_or_went_away_harms_no_other() {
        let panics: WhenDurable = Box::new(|| panic!("the caller's own fault"));
        let spend = || command(spend(NOW_MS, 1, None));
        let (first, panicked) = job(spend(), Some(panics));
        let (second, gone) = job(spend(), None);
        let (third, waits) = job(spend(), None);
        drop(gone);
        write(&mut writer(), [first, second, third].into_iter());
        assert_eq!(panicked.wait().unwrap().record.index, 1);
        assert_eq!(waits.wait().unwrap().record.index, 3);
    }

    #[test]
    fn what_is_to_be_done_is_done_when_it_is_durable_and_before_anything_behind_is_answered() {
        let mut writer = writer();
        let reader = writer.reader().unwrap();
        let (done, received) = mpsc::channel();
        let mut behind = command(spend(NOW_MS, 1, None));
        let Command::Decide(decide) = &mut behind else { panic!() };
        decide.draft.policy = Digest::of(b"next");
        let (behind, mut answer) = job(behind, None);
        let (policy, adopted) = job(
            adopt(b"next"),
            Some(Box::new(move || {
                let mut context = Context::from_waker(Waker::noop());
                let is_answered = Pin::new(&mut answer).poll(&mut context).is_ready();
                done.send((reader.size(), is_answered, answer)).unwrap();
            })),
        );
        write(&mut writer, [policy, behind].into_iter());
        let (size, is_answered, answer) = received.recv().unwrap();
        assert_eq!((size, is_answered), (4, false), "everything was durable and nothing answered");
        assert_eq!(adopted.wait().unwrap().record.index, 1);
        // The facts stand between.
        assert_eq!(answer.wait().unwrap().record.index, 3);
    }

    #[test]
    fn what_is_refused_has_nothing_done() {
        let store = MemoryStore::new();
        let mut writer = Writer::open(store.clone(), signer(), in_force(), options()).unwrap();
        store.set_records_max(Some(0));
        let (done, received) = mpsc::channel();
        let (policy, refused) = job(adopt(b"next"), Some(Box::new(move || done.send(()).unwrap())));
        write(&mut writer, std::iter::once(policy));
        assert!(matches!(refused.wait(), Err(SubmitError::Unavailable { .. })));
        assert_eq!(received.try_recv(), Err(mpsc::TryRecvError::Disconnected));
    }
}
