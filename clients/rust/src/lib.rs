//! The client library for permitd: mutual TLS, DPoP, decisions and their proofs.
//!
//! ```no_run
//! # async fn demo() -> Result<(), permit_client::ClientError> {
//! use permit_client::{Ask, Client, Identity, ProofKey, ScopeClaim};
//!
//! let identity = Identity::read("agent/cert.pem", "agent/key.pem", "ca.pem")?;
//! let client = Client::new("https://localhost:8443", &identity, ProofKey::generate()?)?;
//! let scope = ScopeClaim::new("one_customer", "task-17").with("customer", "ann");
//! let token = client.token(&[scope]).await?;
//! let ask = Ask::new("refund").on("Order", "o1").with("amount", "50.00 USD");
//! let answer = client.decide(&token, &ask).await?;
//! answer.verify_for("acme/log+…", &ask)?;
//! if let Some(denial) = answer.denial() {
//!     println!("denied by {}: {}", denial.layer, denial.reason);
//! }
//! # Ok(()) }
//! ```

#![forbid(unsafe_code)]

mod answer;
mod ask;
mod client;
mod error;
mod identity;
mod proof;
mod transport;

pub use answer::{Answer, Problem};
pub use ask::{Ask, ScopeClaim};
pub use client::{Client, Token};
pub use error::ClientError;
pub use identity::Identity;
pub use permit_protocol::denial::{Denial, ExceededLimit, LimitWindow};
pub use proof::ProofKey;
pub use transport::{Reply, Transport};
