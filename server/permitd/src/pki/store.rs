//! The files of a development PKI: written once; secret ones are readable only by their owner.

use super::{Authority, PkiError, Validity, generate_token_key};
use permit_types::spiffe::TrustDomain;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

const SECRET_MODE: u32 = 0o600;
const PUBLIC_MODE: u32 = 0o644;

/// Why the files cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file is there already; nothing is ever overwritten.
    #[error("`{}` exists already", path.display())]
    Exists {
        /// The file.
        path: PathBuf,
    },
    /// The file system refuses.
    #[error("`{}`: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// Its error.
        source: io::Error,
    },
    /// A certificate or key cannot be made.
    #[error(transparent)]
    Pki(#[from] PkiError),
}

/// Where the files of a development PKI lie.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InitFiles {
    /// The authority's certificate, which servers and agents trust.
    pub authority_certificate: PathBuf,
    /// The authority's key.
    pub authority_key: PathBuf,
    /// The server's certificate.
    pub server_certificate: PathBuf,
    /// The server's key.
    pub server_key: PathBuf,
    /// The key that signs tokens.
    pub token_key: PathBuf,
}

impl InitFiles {
    /// The usual names in one folder.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self {
            authority_certificate: folder.join("authority.pem"),
            authority_key: folder.join("authority.key"),
            server_certificate: folder.join("server.pem"),
            server_key: folder.join("server.key"),
            token_key: folder.join("token.key"),
        }
    }

    fn all(&self) -> [&PathBuf; 5] {
        let Self { authority_certificate, authority_key, server_certificate, server_key, token_key } = self;
        [authority_certificate, authority_key, server_certificate, server_key, token_key]
    }
}

/// Makes a development PKI in `folder`. When one of its files is there already nothing is written at all.
///
/// # Errors
/// [`StoreError`].
pub fn init(
    folder: &Path,
    trust_domain: TrustDomain,
    dns_names: &[&str],
    authority_validity: Validity,
    server_validity: Validity,
) -> Result<InitFiles, StoreError> {
    fs::create_dir_all(folder).map_err(|source| StoreError::Io { path: folder.to_owned(), source })?;
    let files = InitFiles::in_folder(folder);
    if let Some(path) = files.all().into_iter().find(|path| path.symlink_metadata().is_ok()) {
        return Err(StoreError::Exists { path: path.clone() });
    }
    let (authority, keyed) = Authority::create(trust_domain, authority_validity)?;
    let server = authority.issue_server(dns_names, server_validity)?;
    let token_key = generate_token_key()?;
    write_new(&files.authority_key, keyed.key_pem.as_bytes(), true)?;
    write_new(&files.authority_certificate, keyed.certificate_pem.as_bytes(), false)?;
    write_new(&files.server_key, server.key_pem.as_bytes(), true)?;
    write_new(&files.server_certificate, server.certificate_pem.as_bytes(), false)?;
    write_new(&files.token_key, token_key.as_bytes(), true)?;
    Ok(files)
}

/// Writes a file that must not exist yet, and makes it and its folder entry durable. A secret is never readable by
/// others, not even for a moment.
///
/// # Errors
/// [`StoreError::Exists`] or [`StoreError::Io`].
pub fn write_new(path: &Path, bytes: &[u8], secret: bool) -> Result<(), StoreError> {
    let mode = if secret { SECRET_MODE } else { PUBLIC_MODE };
    let failed = |source: io::Error| match source.kind() {
        io::ErrorKind::AlreadyExists => StoreError::Exists { path: path.to_owned() },
        _ => StoreError::Io { path: path.to_owned(), source },
    };
    let mut file = OpenOptions::new().write(true).create_new(true).mode(mode).open(path).map_err(failed)?;
    file.write_all(bytes).and_then(|()| file.sync_all()).map_err(failed)?;
    let folder =
        path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or_else(|| Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)
}
