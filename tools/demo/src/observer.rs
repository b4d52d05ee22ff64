//! Someone who reads the log while the server runs, and believes nothing without proof.

use std::time::Duration;

use permit_audit::{Body, Checkpoint, LogKey, Refusals};
use permit_client::{Answer, Client};
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::failure::Failure;
use crate::wrong;

/// How long to wait for a record: many periods of what is counted.
const TRIES: u32 = 100;
const PAUSE: Duration = Duration::from_millis(100);

pub(crate) struct Observer {
    client: Client,
    log_key: String,
}

impl Observer {
    pub(crate) fn new(client: Client, log_key: String) -> Self {
        Self { client, log_key }
    }

    /// How many records the log has.
    pub(crate) async fn size(&self) -> Result<u64, Failure> {
        let key = LogKey::parse(self.log_key.trim()).map_err(Failure::internal)?;
        let checkpoint = self.read("/v1/log/checkpoint").await?;
        Ok(Checkpoint::parse(&checkpoint, &key).map_err(|e| wrong("the log's checkpoint", e))?.size)
    }

    /// The first record from `from` on that counts this cause, and what it says.
    pub(crate) async fn refusals(&self, from: u64, cause: &str) -> Result<(String, Refusals), Failure> {
        let mut next = from;
        for _ in 0..TRIES {
            let size = self.size().await?;
            for index in next..size {
                let answer = self.record(index).await?;
                if let Some(Body::Refusals(refusals)) = answer.verify(&self.log_key)?.body
                    && refusals.counts.contains_key(cause)
                {
                    return Ok((answer.record.get().to_owned(), refusals));
                }
            }
            next = size;
            tokio::time::sleep(PAUSE).await;
        }
        Err(wrong(cause, "it was not recorded"))
    }

    /// A record with its proof.
    async fn record(&self, index: u64) -> Result<Answer, Failure> {
        let record = self.read(&format!("/v1/log/entries/{index}")).await?;
        let record: Box<RawValue> = serde_json::from_slice(&record).map_err(|e| wrong("a record", e))?;
        let proof = self.read(&format!("/v1/log/proof/{index}")).await?;
        let mut members: Map<String, Value> =
            serde_json::from_slice(&proof).map_err(|e| wrong("a proof", e))?;
        let mut member = |name: &str| members.remove(name).unwrap_or_default();
        let proof = serde_json::from_value(member("proof")).map_err(|e| wrong("a proof", e))?;
        let checkpoint = serde_json::from_value(member("checkpoint")).map_err(|e| wrong("a proof", e))?;
        Ok(Answer { record, proof, checkpoint })
    }

    async fn read(&self, path: &str) -> Result<Vec<u8>, Failure> {
        let reply = self.client.transport().send("GET", path, &[], None).await?;
        if reply.status.is_success() { Ok(reply.body.to_vec()) } else { Err(wrong(path, reply.status)) }
    }
}
