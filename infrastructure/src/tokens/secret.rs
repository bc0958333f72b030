//! The secret that tokens are signed with where Khata makes them itself, or where their issuer shares it: HS256.

use super::keys::VerifyingKey;
use crate::private_file::{self, PrivateFileError};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use std::path::Path;

/// A secret of fewer bytes can be guessed from a token (RFC 7518, section 3.2).
const SHORTEST: usize = 32;
/// Nothing longer is a secret.
const LONGEST: u64 = 4096;
/// So many random bytes make a new one.
const DRAWN: usize = 32;

/// A secret, and what it makes.
#[derive(Clone)]
pub struct TokenSecret {
    id: String,
    signing: EncodingKey,
    verifying: DecodingKey,
}

/// Why there is no secret.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// Its file cannot be taken.
    #[error(transparent)]
    File(#[from] PrivateFileError),
    /// It could be guessed.
    #[error("{file} holds a secret of {bytes} bytes; it has to have {SHORTEST} at least")]
    Short {
        /// The file.
        file: String,
        /// How many it has.
        bytes: usize,
    },
    /// None could be drawn.
    #[error("the system gives no random numbers")]
    Random(#[source] getrandom::Error),
}

impl std::fmt::Debug for TokenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TokenSecret").field("id", &self.id).finish_non_exhaustive()
    }
}

impl TokenSecret {
    /// Reads a secret: all bytes of a file but one line break at its end.
    ///
    /// # Errors
    /// The file cannot be read, others may read it, or what it holds is too short.
    pub fn read(path: &Path) -> Result<Self, SecretError> {
        let bytes = private_file::read(path, LONGEST)?;
        let secret = bytes.strip_suffix(b"\n").unwrap_or(&bytes);
        let secret = secret.strip_suffix(b"\r").unwrap_or(secret);
        let short = || SecretError::Short { file: path.display().to_string(), bytes: secret.len() };
        if secret.len() < SHORTEST {
            return Err(short());
        }
        let (signing, verifying) = (EncodingKey::from_secret(secret), DecodingKey::from_secret(secret));
        let (Ok(signing), Ok(verifying)) = (signing, verifying) else { return Err(short()) };
        let id = blake3::derive_key("khata 2026-11 the id of a token secret", secret);
        Ok(Self { id: blake3::Hash::from_bytes(id).to_hex()[..16].to_owned(), signing, verifying })
    }

    /// Draws a secret into a new file that is for its owner alone.
    ///
    /// # Errors
    /// There is a file of that name, it cannot be written, or there are no random numbers.
    pub fn create(path: &Path) -> Result<(), SecretError> {
        let mut drawn = [0; DRAWN];
        getrandom::fill(&mut drawn).map_err(SecretError::Random)?;
        let line = format!("{}\n", blake3::Hash::from_bytes(drawn).to_hex());
        Ok(private_file::create(path, line.as_bytes())?)
    }

    /// What tokens that Khata makes name as their key. The secret cannot be told from it.
    pub(super) fn id(&self) -> &str {
        &self.id
    }

    pub(super) fn signing_key(&self) -> &EncodingKey {
        &self.signing
    }

    pub(super) fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey { id: Some(self.id.clone()), algorithm: Algorithm::HS256, key: self.verifying.clone() }
    }
}
