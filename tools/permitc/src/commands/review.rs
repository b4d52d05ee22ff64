//! `permitc reviews`, `permitc approve` and `permitc decline`: what people do.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use permit_client::{Client, Identity, ProofKey, Token};
use permit_types::display;
use permit_types::review::ReviewView;

use crate::commands::call::{KEY_BYTES_MAX, show};
use crate::failure::Failure;
use crate::{files, terminal};

/// The most pages that one call asks for.
const PAGES_MAX: usize = 100;

/// The person and the server.
#[derive(Debug, Args)]
pub(crate) struct Person {
    /// The server, such as `https://localhost:8443`.
    #[arg(long)]
    server: String,
    /// The person's directory created by `permitd issue-cert`, with `cert.pem`, `key.pem` and `ca.pem`.
    #[arg(long)]
    identity: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Reviews {
    #[command(flatten)]
    person: Person,
    /// Print each review as a line of JSON.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub(crate) struct VoteArgs {
    /// The review, such as `dec_5f0c…`.
    review: String,
    #[command(flatten)]
    person: Person,
    /// The reason, which is recorded.
    #[arg(long)]
    reason: Option<String>,
    /// The log's public key; if given, the answer's inclusion proof is verified.
    #[arg(long)]
    log_key: Option<PathBuf>,
}

impl Person {
    async fn connect(&self) -> Result<(Client, Token), Failure> {
        let in_folder = |name: &str| self.identity.join(name);
        let identity = Identity::read(in_folder("cert.pem"), in_folder("key.pem"), in_folder("ca.pem"))?;
        let client = Client::new(&self.server, &identity, ProofKey::generate()?)?;
        let token = client.token(&[]).await?;
        Ok((client, token))
    }
}

impl Reviews {
    pub(crate) fn run(self) -> Result<ExitCode, Failure> {
        block_on(async {
            let (client, token) = self.person.connect().await?;
            let mut from = Some(0);
            for _ in 0..PAGES_MAX {
                let Some(place) = from else { break };
                let page = client.reviews(&token, place).await?;
                for review in &page.reviews {
                    if self.json {
                        let json = serde_json::to_string(review);
                        terminal::json(&json.map_err(|e| Failure::Internal(e.to_string()))?);
                    } else {
                        terminal::say(&listing(review));
                    }
                }
                from = page.next;
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

impl VoteArgs {
    pub(crate) fn approve(self) -> Result<ExitCode, Failure> {
        self.run(true)
    }

    pub(crate) fn decline(self) -> Result<ExitCode, Failure> {
        self.run(false)
    }

    fn run(self, approves: bool) -> Result<ExitCode, Failure> {
        block_on(async {
            let key = self.log_key.as_ref().map(|path| files::read_text(path, KEY_BYTES_MAX)).transpose()?;
            let (client, token) = self.person.connect().await?;
            let (id, reason) = (self.review.as_str(), self.reason.as_deref());
            let answer = if approves {
                client.approve(&token, id, reason).await?
            } else {
                client.decline(&token, id, reason).await?
            };
            show(&answer, key.as_deref(), None)?;
            Ok(ExitCode::SUCCESS)
        })
    }
}

fn block_on(work: impl Future<Output = Result<ExitCode, Failure>>) -> Result<ExitCode, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map_err(|e| Failure::Internal(e.to_string()))?.block_on(work)
}

/// A review in a few lines: what is requested, by whom, why, and until when. The `shown` of the server is not used: a person
/// relies on this program alone for what its terminal gets.
fn listing(review: &ReviewView) -> String {
    let ReviewView { needed, approved_by, .. } = review;
    let [id, rule, expires_at] =
        [&review.id, &review.rule, &review.expires_at].map(|text| display::line(text));
    let request = review.request.shown();
    let on = request.resource.as_ref().map(|resource| format!(" on {resource}")).unwrap_or_default();
    let mut lines = vec![
        format!("{id}  {} of {needed} approved, until {expires_at}", approved_by.len()),
        format!("  {} by {}{on}", request.action, request.agent),
    ];
    lines.extend(request.arguments.iter().map(|(name, value)| format!("    {name}: {value}")));
    lines.extend(
        request.claims.iter().map(|(name, value)| format!("    {name}: {value} (claimed by the agent)")),
    );
    lines.push(format!("  {rule}: {}", request.because));
    lines.join("\n")
}
