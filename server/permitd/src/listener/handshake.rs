//! Why a handshake failed.

use std::io;

use permit_protocol::problem::ProblemCode;
use rustls::{CertificateError, Error, PeerIncompatible};

use crate::refusals::Cause;

/// The cause under which a failed handshake is counted.
pub(super) fn cause(error: &io::Error) -> Cause {
    let Some(error) = error.get_ref().and_then(|error| error.downcast_ref::<Error>()) else {
        return Cause::HandshakeAborted;
    };
    match error {
        Error::NoCertificatesPresented => Cause::CertificateMissing,
        Error::InvalidCertificate(error) => of_certificate(error),
        // A server that has TLS 1.3 alone finds one of these where a client has none of it.
        Error::PeerIncompatible(
            PeerIncompatible::SupportedVersionsExtensionRequired
            | PeerIncompatible::Tls12NotOffered
            | PeerIncompatible::Tls12NotOfferedOrEnabled
            | PeerIncompatible::ServerDoesNotSupportTls12Or13
            | PeerIncompatible::ServerTlsVersionIsDisabledByOurConfig,
        ) => Cause::TlsVersion,
        Error::PeerIncompatible(_) | Error::NoApplicationProtocol => Cause::TlsIncompatible,
        Error::InvalidMessage(_)
        | Error::PeerMisbehaved(_)
        | Error::PeerSentOversizedRecord
        | Error::InappropriateMessage { .. }
        | Error::InappropriateHandshakeMessage { .. }
        | Error::DecryptError => Cause::HandshakeMalformed,
        Error::AlertReceived(_) => Cause::HandshakeAborted,
        _ => Cause::HandshakeFailed,
    }
}

fn of_certificate(error: &CertificateError) -> Cause {
    match error {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
            Cause::Problem(ProblemCode::CertificateExpired)
        }
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
            Cause::CertificateNotYetValid
        }
        CertificateError::UnknownIssuer | CertificateError::BadSignature => Cause::CertificateUntrusted,
        CertificateError::BadEncoding => Cause::CertificateMalformed,
        _ => Cause::CertificateRefused,
    }
}
