//! `permitd`'s commands. Exit codes: 0 success, 2 any error.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use permit_types::display;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::config::Config;
use crate::export::export_log;
use crate::log::{END_MS, Log, last_words};
use crate::setup::{InitOptions, init, issue_certificate};
use crate::start::{Server, StartError, system_clock};

/// Serve Permit decisions.
#[derive(Debug, Parser)]
#[command(name = "permitd", version, propagate_version = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Create a directory with a development certificate authority, keys and configuration.
    Init {
        /// The directory to create.
        folder: PathBuf,
        /// The address to listen on.
        #[arg(long, default_value = "127.0.0.1:8443")]
        listen: String,
        /// The URL at which agents reach the server.
        #[arg(long, default_value = "https://localhost:8443")]
        public_url: String,
        /// The agents' trust domain.
        #[arg(long, default_value = "acme.example")]
        trust_domain: String,
        /// The log's name, which is part of every record.
        #[arg(long, default_value = "acme.example/decisions")]
        origin: String,
    },
    /// Issue an agent's or a person's certificate, valid for 24 hours.
    IssueCert {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The SPIFFE ID of the agent or person.
        #[arg(long)]
        agent: String,
        /// The directory for `cert.pem`, `key.pem` and `ca.pem`.
        #[arg(long)]
        out: PathBuf,
    },
    /// Serve until Ctrl-C or SIGTERM; a second one ends the process at once. SIGHUP reloads the bundle and the facts.
    Serve {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// Format of the process log on standard error. `RUST_LOG` sets the log level; the default is `info`.
        #[arg(long, value_enum, default_value_t = LogFormat::Text)]
        log_format: LogFormat,
    },
    /// Export the decision log as a directory that `permitc audit verify` and other tools read.
    ExportLog {
        /// The configuration file.
        #[arg(long)]
        config: PathBuf,
        /// The output directory, which must not exist yet.
        #[arg(long)]
        out: PathBuf,
    },
}

/// The form of the process log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum LogFormat {
    Text,
    Json,
}

/// The exit code of a command that did not do what it should.
const FAILED: u8 = 2;

/// How long a process that ends at once waits for the reader of its log.
const AT_ONCE_MS: u64 = 50;

/// Runs the command that the process's arguments name.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => {
            // Help and version are not failures; usage errors leave with 2.
            let shown = error.print();
            return ExitCode::from(if error.use_stderr() || shown.is_err() { 2 } else { 0 });
        }
    };
    match run(arguments.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let shown = last_words(&format!("permitd: {error}"));
            ExitCode::from(if shown.is_err() { 3 } else { FAILED })
        }
    }
}

/// What stops a command: a sentence, with a stable code where there is one.
type Failure = Box<dyn std::error::Error>;

fn run(command: Command) -> Result<(), Failure> {
    match command {
        Command::Init { folder, listen, public_url, trust_domain, origin } => {
            let options = InitOptions { listen, public_url, trust_domain, origin };
            let config = init(&folder, &options, system_clock().now_ms())?;
            say(&format!(
                "{}: put policy.permitb and facts.json next to it, then run `permitd serve`",
                config.display()
            ))
        }
        Command::IssueCert { config, agent, out } => {
            issue_certificate(&load(&config)?, &agent, &out, system_clock().now_ms())?;
            say(&format!("{}: cert.pem, key.pem, ca.pem", out.display()))
        }
        Command::Serve { config, log_format } => serve(&config, log_format),
        Command::ExportLog { config, out } => {
            let records = export_log(&load(&config)?, &out).map_err(coded)?;
            say(&format!("{}: {records} records", out.display()))
        }
    }
}

fn load(config: &std::path::Path) -> Result<Config, Failure> {
    Ok(Config::load(config).map_err(|error| coded(error.into()))?)
}

/// The sentence with its stable code behind it.
#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` takes")]
fn coded(error: StartError) -> String {
    format!("{} ({})", error.to_string().trim_end(), error.code())
}

fn say(line: &str) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "{}", display::lines(line))?;
    Ok(stdout.flush()?)
}

fn serve(config: &std::path::Path, log_format: LogFormat) -> Result<(), Failure> {
    let log = Log::start(log_format)?;
    let served = load(config).and_then(|config| {
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        runtime.block_on(serve_until_stopped(&config, &log))
    });
    log.end(END_MS);
    served
}

async fn serve_until_stopped(config: &Config, log: &Log) -> Result<(), Failure> {
    // A SIGHUP that comes while the server starts is heard after that, and does not end the process.
    let mut hangup = signal(SignalKind::hangup())?;
    let mut stop =
        Stop { interrupt: signal(SignalKind::interrupt())?, terminate: signal(SignalKind::terminate())? };
    let server = tokio::select! {
        server = Server::start(config, None) => server.map_err(coded)?,
        () = stop.asked() => end_at_once(log, "stopped during the start"),
    };
    let losses = tokio::spawn(log.clone().report_losses());
    announce(server.address())?;
    let reloader = server.reloader();
    // One task, so reloads follow each other; however many signals come during one, they bring one more.
    let reloads = tokio::spawn(async move {
        while hangup.recv().await.is_some() {
            // The log has what came of it, and the server goes on either way.
            drop(reloader.reload().await);
        }
    });
    stop.asked().await;
    reloads.abort();
    tracing::info!("stopping");
    let stopped = tokio::select! {
        stopped = server.stop() => stopped,
        () = stop.asked() => end_at_once(log, "stopped at once by a second signal"),
    };
    losses.abort();
    log.report();
    Ok(stopped.map_err(coded)?)
}

/// What asks the process to stop.
struct Stop {
    interrupt: Signal,
    terminate: Signal,
}

impl Stop {
    /// Waits for the next SIGINT or SIGTERM.
    async fn asked(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

/// Ends the process, whatever its threads wait for.
fn end_at_once(log: &Log, why: &'static str) -> ! {
    tracing::warn!("{why}");
    log.end(AT_ONCE_MS);
    std::process::exit(FAILED.into())
}

/// Says where the server listens, on a thread of its own: standard output can be a pipe that nobody reads.
fn announce(address: std::net::SocketAddr) -> io::Result<()> {
    let told = std::thread::Builder::new().name("announcement".to_owned()).spawn(move || {
        if let Err(error) = say(&format!("permitd listens on {address}")) {
            tracing::warn!(%error, "the address was not printed");
        }
    });
    told.map(drop)
}
