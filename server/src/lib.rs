//! permitd: mutual TLS, DPoP, tokens and the decision endpoint.
