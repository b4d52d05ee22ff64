//! What an agent links to call permitd: mutual TLS, DPoP, decisions and their proofs.
