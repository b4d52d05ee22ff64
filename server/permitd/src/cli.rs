//! `permitd`'s commands. Exit codes: 0 success, 2 any error.

use std::io::{self, IsTerminal as _, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand, ValueEnum};
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::config::Config;
use crate::export::export_log;
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
    /// Serve until Ctrl-C or SIGTERM. SIGHUP reloads the bundle and the facts.
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

#[derive(Clone, Copy, Debug, ValueEnum)]
enum LogFormat {
    Text,
    Json,
}

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
            let shown = writeln!(io::stderr().lock(), "permitd: {error}");
            ExitCode::from(if shown.is_err() { 3 } else { 2 })
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
    Ok(writeln!(io::stdout().lock(), "{line}")?)
}

/// Cranelift logs every function that it compiles, which does not interest an operator.
const LOGGED_BY_DEFAULT: &str = "info,cranelift_jit=warn,cranelift_codegen=warn";

fn serve(config: &std::path::Path, log_format: LogFormat) -> Result<(), Failure> {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(LOGGED_BY_DEFAULT));
    let logs = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_ansi(io::stderr().is_terminal())
        .with_writer(io::stderr);
    match log_format {
        LogFormat::Text => logs.init(),
        LogFormat::Json => logs.json().init(),
    }
    let config = load(config)?;
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(async {
        // A signal that comes while the server starts is heard after that, and does not end the process.
        let mut hangup = signal(SignalKind::hangup())?;
        let server = Server::start(&config, None).await.map_err(coded)?;
        // The signal handlers come first, so that it can be stopped in order as soon as it says that it listens.
        let mut interrupt = signal(SignalKind::interrupt())?;
        let mut terminate = signal(SignalKind::terminate())?;
        say(&format!("permitd listens on {}", server.address()))?;
        io::stdout().flush()?;
        let reloader = server.reloader();
        // One task, so reloads follow each other; however many signals come during one, they bring one more.
        let reloads = tokio::spawn(async move {
            while hangup.recv().await.is_some() {
                // The log has what came of it, and the server goes on either way.
                drop(reloader.reload().await);
            }
        });
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        reloads.abort();
        tracing::info!("stopping");
        server.stop().await.map_err(coded)?;
        Ok(())
    })
}
