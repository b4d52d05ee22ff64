//! An answer that is not there yet.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot;

use crate::receipt::{Receipt, SubmitError};

/// What the journal answers to one command.
pub(crate) type Answer = Result<Receipt, SubmitError>;

/// Where the writer puts an answer.
pub(crate) type Sender = oneshot::Sender<Answer>;

/// The answer to one command, which comes exactly once, when the command is durable or refused.
///
/// A future for asynchronous callers, on any runtime; [`Pending::wait`] for the others. Dropping it takes nothing back: what
/// was handed to the journal is recorded all the same.
#[derive(Debug)]
#[must_use = "a command may be refused"]
pub struct Pending {
    answer: oneshot::Receiver<Answer>,
}

impl Pending {
    /// An answer that is still to be given.
    pub(crate) fn channel() -> (Sender, Self) {
        let (sender, answer) = oneshot::channel();
        (sender, Self { answer })
    }

    /// An answer that is there already.
    pub(crate) fn refused(error: SubmitError) -> Self {
        let (sender, pending) = Self::channel();
        drop(sender.send(Err(error)));
        pending
    }

    /// Blocks until the answer is there. Not for the threads of an asynchronous runtime, where Tokio panics.
    ///
    /// # Errors
    /// [`SubmitError`].
    pub fn wait(self) -> Result<Receipt, SubmitError> {
        self.answer.blocking_recv().unwrap_or_else(|_| Err(SubmitError::writer_gone()))
    }
}

impl Future for Pending {
    type Output = Result<Receipt, SubmitError>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let answer = Pin::new(&mut self.answer).poll(context);
        answer.map(|answer| answer.unwrap_or_else(|_| Err(SubmitError::writer_gone())))
    }
}
