//! The attacks. None of them may charge anything.

use permit_client::{Ask, Client, ClientError, Identity, Problem, ProofKey, Reply, ScopeClaim};
use permit_types::spiffe::{SpiffeId, TrustDomain};
use permit_types::verdict::Layer;
use permitd::pki::{Authority, Validity};

use crate::failure::Failure;
use crate::stage::{Agent, PURCHASE_BOT, Stage, line, now_ms};
use crate::{Reporter, wrong};

const HOUR_MS: i64 = 60 * 60 * 1_000;

fn purchase() -> Ask {
    Ask::new("spend").on("Vendor", "paperworks").with("amount", "10.00 USD")
}

fn body() -> Result<Vec<u8>, Failure> {
    serde_json::to_vec(&purchase()).map_err(Failure::internal)
}

async fn buyer(stage: &Stage) -> Result<Agent, Failure> {
    let scope = ScopeClaim::new("purchases", "restock-paper").with("most", "100.00 USD");
    stage.agent("purchase-bot", scope).await
}

/// Someone with a certificate of their own and a stolen token signs proofs with their own key.
pub(crate) async fn stolen_token(stage: &Stage, reporter: &mut Reporter) -> Result<(), Failure> {
    reporter.note("\nAttacks:");
    let what = "a stolen token used with another key";
    let victim = buyer(stage).await?;
    let thief = Client::new(&stage.url, &stage.identity("purchase-bot")?, ProofKey::generate()?)?;
    let reply = thief.post(&victim.token, "/v1/decisions", body()?).await?;
    refused(stage, &reply, "proof_key", what, reporter)
}

/// A proof that was seen on the wire is sent again.
pub(crate) async fn replayed_proof(stage: &Stage, reporter: &mut Reporter) -> Result<(), Failure> {
    let what = "a replayed proof";
    let Agent { client, token } = buyer(stage).await?;
    let uri = client.transport().uri("/v1/decisions");
    let proof = client.proof_key().proof("POST", &uri, Some(token.text()))?;
    let first = client.post_with(&token, &proof, "/v1/decisions", body()?).await?;
    if !first.status.is_success() {
        return Err(wrong(what, first.status));
    }
    let second = client.post_with(&token, &proof, "/v1/decisions", body()?).await?;
    refused(stage, &second, "proof_replayed", what, reporter)
}

/// A certificate with the agent's name, of another authority.
pub(crate) async fn forged_certificate(stage: &Stage, reporter: &mut Reporter) -> Result<(), Failure> {
    let what = "a certificate with the agent's name, issued by another authority";
    let now_ms = now_ms()?;
    let validity = Validity { not_before_ms: now_ms - HOUR_MS, not_after_ms: now_ms + HOUR_MS };
    let domain = TrustDomain::parse("acme.example").map_err(Failure::internal)?;
    let (forger, _) = Authority::create(domain, validity).map_err(Failure::internal)?;
    let name = SpiffeId::parse(PURCHASE_BOT).map_err(Failure::internal)?;
    let forged = forger.issue_agent(&name, validity).map_err(Failure::internal)?;
    let authority = stage.authority()?;
    let identity =
        Identity::from_pem(forged.certificate_pem.as_bytes(), forged.key_pem.as_bytes(), &authority)?;
    let observer = stage.observer()?;
    let before = observer.size().await?;
    let client = Client::new(&stage.url, &identity, ProofKey::generate()?)?;
    let why = match client.token(&[]).await {
        Err(ClientError::Connection(why)) => why,
        Err(other) => return Err(wrong(what, other)),
        Ok(_) => return Err(wrong(what, "it was accepted")),
    };
    // There is nobody to decide about, so it is counted, and the counts are recorded within a second.
    let (record, refusals) = observer.refusals(before, "certificate_untrusted").await?;
    let counts: Vec<_> = refusals.counts.iter().map(|(cause, count)| format!("{cause} {count}")).collect();
    let told = format!("the TLS handshake fails: {why}\n             counted: {}", counts.join(", "));
    reporter.step(what, &told, Some(&record));
    Ok(())
}

/// The reply must be a refusal at the DPoP layer, with a record that proves it.
fn refused(
    stage: &Stage,
    reply: &Reply,
    code: &str,
    what: &str,
    reporter: &mut Reporter,
) -> Result<(), Failure> {
    let problem = Problem::read(reply)?;
    let Some(answer) = &problem.answer else { return Err(wrong(what, problem)) };
    let decision = stage.prove(answer, None)?;
    reporter.step(what, &line(&decision), Some(answer.record.get()));
    if problem.code != code || decision.layers.denied() != Some(Layer::Dpop) {
        return Err(wrong(what, problem));
    }
    Ok(())
}
