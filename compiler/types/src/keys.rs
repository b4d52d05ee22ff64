//! Ed25519 keys as text: PKCS#8 for private keys (RFC 8410, version 1) and SPKI for public ones, both in PEM, as
//! other tools write them.

use ed25519_dalek::pkcs8::spki::der::pem::LineEnding;
use ed25519_dalek::pkcs8::spki::{DecodePublicKey, EncodePublicKey};
use ed25519_dalek::pkcs8::{DecodePrivateKey, EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{SigningKey, VerifyingKey};
use zeroize::Zeroizing;

/// Text that is not the key it should be. It does not say more: the text may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// Not an Ed25519 private key.
    #[error("not an Ed25519 private key in PKCS#8 PEM")]
    Private,
    /// Not an Ed25519 public key, or one of small order, under which anyone can sign.
    #[error("not an Ed25519 public key in SPKI PEM")]
    Public,
}

/// Reads a private key.
///
/// # Errors
/// [`KeyError::Private`].
pub fn signing_key(pem: &str) -> Result<SigningKey, KeyError> {
    SigningKey::from_pkcs8_pem(pem).map_err(|_| KeyError::Private)
}

/// Reads a public key.
///
/// # Errors
/// [`KeyError::Public`].
pub fn verifying_key(pem: &str) -> Result<VerifyingKey, KeyError> {
    let key = VerifyingKey::from_public_key_pem(pem).map_err(|_| KeyError::Public)?;
    if key.is_weak() { Err(KeyError::Public) } else { Ok(key) }
}

/// Writes a private key. The text wipes itself when dropped.
///
/// # Errors
/// [`KeyError::Private`]; no key of the right length causes it.
pub fn signing_key_pem(key: &SigningKey) -> Result<Zeroizing<String>, KeyError> {
    // Without the public key the file is of version 1, which every OpenSSL reads.
    let bytes = KeypairBytes { secret_key: key.to_bytes(), public_key: None };
    bytes.to_pkcs8_pem(LineEnding::LF).map_err(|_| KeyError::Private)
}

/// Writes a public key.
///
/// # Errors
/// [`KeyError::Public`]; no key of the right length causes it.
pub fn verifying_key_pem(key: &VerifyingKey) -> Result<String, KeyError> {
    key.to_public_key_pem(LineEnding::LF).map_err(|_| KeyError::Public)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8410, section 10.3 and 10.1.
    const PRIVATE: &str = "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----\n";
    const PUBLIC: &str = "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n-----END PUBLIC KEY-----\n";

    #[test]
    fn the_keys_of_rfc_8410_are_read_and_written_again() {
        let (private, public) = (signing_key(PRIVATE).unwrap(), verifying_key(PUBLIC).unwrap());
        assert_eq!(private.verifying_key(), public);
        assert_eq!(signing_key_pem(&private).unwrap().as_str(), PRIVATE);
        assert_eq!(verifying_key_pem(&public).unwrap(), PUBLIC);
    }

    #[test]
    fn what_is_no_key_is_refused() {
        for text in ["", "key", PUBLIC, &PRIVATE[..60], &PRIVATE.replace("MC4", "MC5")] {
            assert_eq!(signing_key(text).err(), Some(KeyError::Private), "{text}");
        }
        for text in ["", PRIVATE, &PUBLIC.replace("BQYDK2Vw", "BQYDK2Vx")] {
            assert_eq!(verifying_key(text), Err(KeyError::Public), "{text}");
        }
        // The neutral element: its encoding is valid, and a fixed signature fits every message.
        let mut neutral = [0; 32];
        neutral[0] = 1;
        let weak = verifying_key_pem(&VerifyingKey::from_bytes(&neutral).unwrap()).unwrap();
        assert_eq!(verifying_key(&weak), Err(KeyError::Public));
    }
}
