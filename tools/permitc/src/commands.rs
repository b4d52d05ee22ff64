//! The commands, one file each.

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;

mod audit;
mod build;
mod call;
pub(crate) mod check;
mod completions;
mod doc;
mod eval;
pub(crate) mod explain;
mod fmt;
mod grant;
mod keygen;
mod new;
mod review;
mod test;

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Create a project: a directory with a policy, facts and settings.
    New(new::New),
    /// Check policy files and show diagnostics.
    Check(check::Check),
    /// Format policy files.
    Fmt(fmt::Fmt),
    /// Run a policy's scenarios and measure coverage.
    Test(test::Test),
    /// Compile policy files to a signed bundle.
    Build(build::Build),
    /// Decide one request locally, without server, ledger or log.
    Eval(eval::Eval),
    /// Show which rule decides a request, and why the closest others do not match.
    Explain(explain::Explain),
    /// Act as an agent: get a token, request a decision from a server, verify its proof.
    Call(call::Call),
    /// Act as a task issuer: sign what an agent may do for a task.
    Grant(grant::Grant),
    /// Act as a person: list the reviews waiting for you.
    Reviews(review::Reviews),
    /// Act as a person: approve a review.
    Approve(review::VoteArgs),
    /// Act as a person: decline a review.
    Decline(review::VoteArgs),
    /// Verify a decision log.
    #[command(subcommand)]
    Audit(audit::Audit),
    /// Explain a diagnostic code or a standard library module.
    Doc(doc::Doc),
    /// Create a key pair for signing bundles or task grants.
    Keygen(keygen::Keygen),
    /// Print shell completions.
    Completions(completions::Completions),
}

impl Command {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        match self {
            Self::New(new) => new.run(),
            Self::Fmt(fmt) => fmt.run(),
            Self::Explain(explain) => explain.run(),
            Self::Completions(completions) => completions.run(),
            Self::Check(check) => check.run(),
            Self::Test(test) => test.run(),
            Self::Build(build) => build.run(),
            Self::Eval(eval) => eval.run(),
            Self::Call(call) => call.run(),
            Self::Grant(grant) => grant.run(),
            Self::Reviews(reviews) => reviews.run(),
            Self::Approve(vote) => vote.approve(),
            Self::Decline(vote) => vote.decline(),
            Self::Audit(audit) => audit.run(),
            Self::Doc(doc) => doc.run(),
            Self::Keygen(keygen) => keygen.run(),
        }
    }
}

/// The exit code of a command with findings.
pub(crate) const FINDINGS: u8 = 1;

/// The values of `--deny`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Deny {
    /// Treat every warning that is not allowed as an error.
    Warnings,
}
