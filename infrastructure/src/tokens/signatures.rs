//! jsonwebtoken's cryptography, by ring: the one implementation that TLS uses, too, so that there is no second one to watch. Khata signs
//! with HS256 alone; it checks HS256, RS256, ES256 and Ed25519.

use ::ring::{hmac, signature as by_ring};
use jsonwebtoken::{
    Algorithm, AlgorithmFamily, DecodingKey, DecodingKeyKind, EncodingKey,
    crypto::{CryptoProvider, JwtSigner, JwtVerifier, KeyUtils},
    errors::{ErrorKind, Result},
    signature::{Error, Signer, Verifier},
};

static RING: CryptoProvider = CryptoProvider {
    signer_factory: signer,
    verifier_factory: verifier,
    key_utils: KeyUtils::new_unimplemented(),
};

/// Makes jsonwebtoken use it, in all of this process. Again is as good as once.
pub(super) fn install() {
    let _installed_before = RING.install_default();
}

fn signer(algorithm: &Algorithm, key: &EncodingKey) -> Result<Box<dyn JwtSigner>> {
    match (algorithm, key.family()) {
        (Algorithm::HS256, AlgorithmFamily::Hmac) => {
            Ok(Box::new(Hs256(hmac::Key::new(hmac::HMAC_SHA256, key.as_bytes()))))
        }
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    }
}

fn verifier(algorithm: &Algorithm, key: &DecodingKey) -> Result<Box<dyn JwtVerifier>> {
    let fits = |family| if key.family() == family { Ok(()) } else { Err(ErrorKind::InvalidAlgorithm) };
    match algorithm {
        Algorithm::HS256 => {
            fits(AlgorithmFamily::Hmac)?;
            Ok(Box::new(Hs256(hmac::Key::new(hmac::HMAC_SHA256, key.try_get_as_bytes()?))))
        }
        Algorithm::RS256 => {
            fits(AlgorithmFamily::Rsa)?;
            let DecodingKeyKind::RsaModulusExponent { n, e } = key.kind() else {
                return Err(ErrorKind::InvalidKeyFormat.into());
            };
            Ok(Box::new(Rs256(by_ring::RsaPublicKeyComponents { n: n.clone(), e: e.clone() })))
        }
        Algorithm::ES256 => {
            fits(AlgorithmFamily::Ec)?;
            Ok(Box::new(Point(
                *algorithm,
                &by_ring::ECDSA_P256_SHA256_FIXED,
                key.try_get_as_bytes()?.to_vec(),
            )))
        }
        Algorithm::EdDSA => {
            fits(AlgorithmFamily::Ed)?;
            Ok(Box::new(Point(*algorithm, &by_ring::ED25519, key.try_get_as_bytes()?.to_vec())))
        }
        _ => Err(ErrorKind::UnsupportedAlgorithm.into()),
    }
}

/// HMAC with SHA-256.
struct Hs256(hmac::Key);

impl Signer<Vec<u8>> for Hs256 {
    fn try_sign(&self, message: &[u8]) -> std::result::Result<Vec<u8>, Error> {
        Ok(hmac::sign(&self.0, message).as_ref().to_vec())
    }
}

impl JwtSigner for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

impl Verifier<Vec<u8>> for Hs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        hmac::verify(&self.0, message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for Hs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::HS256
    }
}

/// RSASSA-PKCS1-v1_5 with SHA-256.
struct Rs256(by_ring::RsaPublicKeyComponents<Vec<u8>>);

impl Verifier<Vec<u8>> for Rs256 {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        let checked = self.0.verify(&by_ring::RSA_PKCS1_2048_8192_SHA256, message, signature);
        checked.map_err(|_| Error::new())
    }
}

impl JwtVerifier for Rs256 {
    fn algorithm(&self) -> Algorithm {
        Algorithm::RS256
    }
}

/// A point of a curve: ES256 or Ed25519.
struct Point(Algorithm, &'static dyn by_ring::VerificationAlgorithm, Vec<u8>);

impl Verifier<Vec<u8>> for Point {
    fn verify(&self, message: &[u8], signature: &Vec<u8>) -> std::result::Result<(), Error> {
        by_ring::UnparsedPublicKey::new(self.1, &self.2).verify(message, signature).map_err(|_| Error::new())
    }
}

impl JwtVerifier for Point {
    fn algorithm(&self) -> Algorithm {
        self.0
    }
}
