//! The wire protocol between `permitd` and its clients, defined once for both sides.
//!
//! - [`jose`], [`dpop`], [`grant`], [`authorization_details`]: signed objects, made and verified;
//! - [`request`]: the bodies of requests;
//! - [`replay`]: the bounded memory of used proofs, for whoever verifies them;
//! - [`denial`]: the short form of a denial, made from its record;
//! - [`problem`]: every problem code with its status, title and advice;
//! - [`uri`]: the server's address and the comparison of a proof's `htu` with it.

#![forbid(unsafe_code)]

pub mod authorization_details;
pub mod denial;
pub mod dpop;
pub mod grant;
pub mod jose;
pub mod problem;
pub mod replay;
pub mod request;
#[cfg(test)]
mod testing;
pub mod uri;
