//! What is refused or granted without a record of its own, counted by cause and recorded as `refusals`.
//!
//! Whoever refuses says [`Refusals::count`], which adds 1 and allocates nothing, or answers with a [`Problem`], which the
//! router counts. Counts become a record once a period, so nobody can fill the log with refusals.
//!
//! [`Problem`]: crate::problem::Problem

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use permit_journal::Command;
use permit_protocol::problem::ProblemCode;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::app::App;

/// The most that one record counts of one cause: the largest number that a record can hold.
const COUNT_MAX: u64 = (1 << 53) - 1;

macro_rules! causes {
    ($($variant:ident $word:literal $meaning:literal;)*) => {
        /// Why something was refused, or what was granted.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum Cause {
            $(
                #[doc = $meaning]
                $variant,
            )*
            /// A request that was answered with this problem and no record.
            Problem(ProblemCode),
        }

        impl Cause {
            /// Every cause that is no problem, in the order of the documentation.
            pub(crate) const OWN: &'static [Self] = &[$(Self::$variant),*];

            /// The cause's name in records, which is never changed.
            pub(crate) const fn word(self) -> &'static str {
                match self {
                    $(Self::$variant => $word,)*
                    Self::Problem(code) => code.code(),
                }
            }

            /// What is counted.
            #[cfg(test)]
            const fn meaning(self) -> &'static str {
                match self {
                    $(Self::$variant => $meaning,)*
                    Self::Problem(code) => code.title(),
                }
            }
        }
    };
}

causes! {
    AcceptFailed "accept_failed" "the operating system handed over no connection, for example for lack of file descriptors";
    ConnectionsFull "connections_full" "a connection beyond `connections_max`";
    HandshakeTimeout "handshake_timeout" "a handshake that took longer than `handshake_timeout_ms`";
    HandshakeAborted "handshake_aborted" "the peer ended the handshake or the connection";
    HandshakeMalformed "handshake_malformed" "not TLS, or a message that TLS does not allow";
    TlsVersion "tls_version" "the peer does not offer TLS 1.3";
    TlsIncompatible "tls_incompatible" "the peer offers TLS 1.3, but no key exchange, cipher suite or extension that the server takes";
    HandshakeFailed "handshake_failed" "a handshake that failed for another reason";
    CertificateMissing "certificate_missing" "no client certificate";
    CertificateUntrusted "certificate_untrusted" "the client certificate is not from the configured authority, or a signature of the handshake is wrong";
    CertificateNotYetValid "certificate_not_yet_valid" "the client certificate is not valid yet";
    CertificateMalformed "certificate_malformed" "the client certificate does not parse";
    CertificateRefused "certificate_refused" "the client certificate is not an agent's or a person's: its kind, its usage, its names or its trust domain";
    ConnectionIdle "connection_idle" "a connection that made no request within `header_timeout_ms`";
    HttpMalformed "http_malformed" "a request that is not HTTP, or whose headers are too large or too many";
    RequestMalformed "request_malformed" "a request whose path or query could not be read";
    TokenRefused "token_refused" "a token request, for its form, its client or its scopes";
    GrantRefused "grant_refused" "a token request, for its task grant";
    ProofRefused "proof_refused" "a token request, for its proof";
    TokensIssued "tokens_issued" "an access token that was issued";
    ReloadRefused "reload_refused" "bundle or facts that could not be reloaded";
}

/// What the router is to count of a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Noted {
    /// Nothing: the answer has a record.
    Recorded,
    /// This: it has none.
    Counted(Cause),
}

/// How often each cause has occurred since it was recorded last.
#[derive(Debug)]
pub(crate) struct Refusals {
    counts: BTreeMap<&'static str, AtomicU64>,
}

impl Default for Refusals {
    fn default() -> Self {
        let problems = ProblemCode::ALL.iter().copied().map(Cause::Problem);
        let causes = Cause::OWN.iter().copied().chain(problems);
        Self { counts: causes.map(|cause| (cause.word(), AtomicU64::new(0))).collect() }
    }
}

impl Refusals {
    /// Counts one more.
    pub(crate) fn count(&self, cause: Cause) {
        self.add(cause.word(), 1);
    }

    fn add(&self, word: &str, more: u64) {
        if let Some(count) = self.counts.get(word) {
            count.fetch_add(more, Ordering::Relaxed);
        }
    }

    /// Takes what was counted; the counts begin anew.
    pub(crate) fn take(&self) -> BTreeMap<String, u64> {
        let taken = self.counts.iter().map(|(word, count)| (word, count.swap(0, Ordering::Relaxed)));
        let taken = taken.filter(|&(_, count)| count > 0);
        taken.map(|(word, count)| ((*word).to_owned(), count.min(COUNT_MAX))).collect()
    }
}

/// Records every `period` what was counted, if anything was.
pub(crate) async fn record_periodically(app: &App, period: Duration) -> Infallible {
    let mut ticks = interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        let counts = app.refusals.take();
        if !counts.is_empty() {
            record(app, counts).await;
        }
    }
}

/// Records what was counted in the last period, even if it is nothing: a log without a gap says so.
pub(crate) async fn record_last(app: &App) {
    record(app, app.refusals.take()).await;
}

async fn record(app: &App, counts: BTreeMap<String, u64>) {
    let command = Command::Refusals { now_ms: app.clock.now_ms(), counts: counts.clone() };
    if let Err(error) = app.service.journal().submit(command).await {
        tracing::error!(%error, "refusals were not recorded; the next record has them");
        counts.iter().for_each(|(word, &count)| app.refusals.add(word, count));
    }
}

#[cfg(test)]
mod tests;
