//! One version of a key, parsed and ready.

use super::{
    EncryptionAlgorithm, KeySpec, MacAlgorithm, MaterialError, Message, SignError,
    SigningAlgorithm, UseError, edwards::Edwards, elliptic::Elliptic, mac::Mac, ml_dsa::MlDsa,
    ml_kem::MlKem, rsa::Rsa, stored, symmetric::Symmetric,
};
use crate::{Random, Secret};

/// The key material of a KMS key: one version of it, parsed and ready for any number of calls from
/// any number of threads. It is wiped when it goes and prints nothing but its spec.
pub struct Material {
    spec: KeySpec,
    form: Form,
}

enum Form {
    Symmetric(Box<Symmetric>),
    Mac(Box<Mac>),
    Rsa(Box<Rsa>),
    Elliptic(Box<Elliptic>),
    Edwards(Box<Edwards>),
    MlDsa(Box<MlDsa>),
    MlKem(Box<MlKem>),
}

impl Material {
    /// Makes new key material.
    ///
    /// RSA takes 0.1 s and more: keep it off the threads that answer requests. RSA and ECC keys
    /// come from the provider's own randomness.
    ///
    /// # Errors
    /// [`MaterialError::Generation`] where the provider fails.
    pub fn generate(spec: KeySpec, random: &dyn Random) -> Result<Self, MaterialError> {
        let form = match kind(spec) {
            Kind::Symmetric => Form::Symmetric(Box::new(Symmetric::generate(random)?)),
            Kind::Mac => Form::Mac(Box::new(Mac::generate(spec, random)?)),
            Kind::Rsa => Form::Rsa(Box::new(Rsa::generate(spec)?)),
            Kind::Elliptic => Form::Elliptic(Box::new(Elliptic::generate(spec)?)),
            Kind::Edwards => Form::Edwards(Box::new(Edwards::generate(random)?)),
            Kind::MlDsa => Form::MlDsa(Box::new(MlDsa::generate(spec, random)?)),
            Kind::MlKem => Form::MlKem(Box::new(MlKem::generate(spec, random)?)),
        };
        Ok(Self { spec, form })
    }

    /// Takes in unwrapped key material as AWS's ImportKeyMaterial has it (AWS: "Requirements for
    /// imported key material"): 32 bytes for SYMMETRIC_DEFAULT; 28, 32, 48 or 64 bytes for HMAC;
    /// for all others the private key in unencrypted PKCS #8 DER, elliptic curves by name, ML-DSA
    /// and ML-KEM with the seed.
    ///
    /// Two encodings of the same key become the same material: [`Self::to_secret`] compares equal.
    ///
    /// # Errors
    /// [`MaterialError::WrongLength`], [`MaterialError::Unreadable`] or
    /// [`MaterialError::OtherSpec`] where it is no sound key of the spec.
    pub fn import(spec: KeySpec, plaintext: &[u8]) -> Result<Self, MaterialError> {
        let form = match kind(spec) {
            Kind::Symmetric => Form::Symmetric(Box::new(Symmetric::import(plaintext)?)),
            Kind::Mac => Form::Mac(Box::new(Mac::import(spec, plaintext)?)),
            Kind::Rsa => Form::Rsa(Box::new(Rsa::import(spec, plaintext)?)),
            Kind::Elliptic => Form::Elliptic(Box::new(Elliptic::import(spec, plaintext)?)),
            Kind::Edwards => Form::Edwards(Box::new(Edwards::import(plaintext)?)),
            Kind::MlDsa => Form::MlDsa(Box::new(MlDsa::import(spec, plaintext)?)),
            Kind::MlKem => Form::MlKem(Box::new(MlKem::import(spec, plaintext)?)),
        };
        Ok(Self { spec, form })
    }

    /// The form in which to keep it, once sealed.
    #[must_use]
    pub fn to_secret(&self) -> Secret {
        let payload = match &self.form {
            Form::Symmetric(key) => key.payload(),
            Form::Mac(key) => key.payload(),
            Form::Rsa(key) => key.payload(),
            Form::Elliptic(key) => key.payload(),
            Form::Edwards(key) => key.payload(),
            Form::MlDsa(key) => key.payload(),
            Form::MlKem(key) => key.payload(),
        };
        stored::write(self.spec, payload)
    }

    /// Loads what [`Self::to_secret`] gave.
    ///
    /// # Errors
    /// [`MaterialError::Damaged`] where a byte is missing or changed,
    /// [`MaterialError::OtherSpec`] where it is of another spec, and
    /// [`MaterialError::UnknownFormat`] where a newer version wrote it.
    pub fn from_secret(spec: KeySpec, stored: &[u8]) -> Result<Self, MaterialError> {
        let payload = stored::read(spec, stored)?;
        let form = match kind(spec) {
            Kind::Symmetric => Form::Symmetric(Box::new(Symmetric::import(payload)?)),
            Kind::Mac => Form::Mac(Box::new(Mac::import(spec, payload)?)),
            Kind::Rsa => Form::Rsa(Box::new(Rsa::load(spec, payload)?)),
            Kind::Elliptic => Form::Elliptic(Box::new(Elliptic::load(spec, payload)?)),
            Kind::Edwards => Form::Edwards(Box::new(Edwards::load(payload)?)),
            Kind::MlDsa => Form::MlDsa(Box::new(MlDsa::load(spec, payload)?)),
            Kind::MlKem => Form::MlKem(Box::new(MlKem::load(spec, payload)?)),
        };
        Ok(Self { spec, form })
    }

    /// What kind of key it is.
    #[must_use]
    pub fn spec(&self) -> KeySpec {
        self.spec
    }

    /// The public key as GetPublicKey gives it: SubjectPublicKeyInfo in DER (RFC 5280). `None` for
    /// symmetric and HMAC keys.
    #[must_use]
    pub fn public_key(&self) -> Option<&[u8]> {
        match &self.form {
            Form::Symmetric(_) | Form::Mac(_) => None,
            Form::Rsa(key) => Some(key.public_key()),
            Form::Elliptic(key) => Some(key.public_key()),
            Form::Edwards(key) => Some(key.public_key()),
            Form::MlDsa(key) => Some(key.public_key()),
            Form::MlKem(key) => Some(key.public_key()),
        }
    }

    /// The private key as GenerateDataKeyPair gives it: PrivateKeyInfo in DER (RFC 5958), ML-KEM
    /// and ML-DSA in seed form. `None` for symmetric and HMAC keys.
    #[must_use]
    pub fn private_key_pkcs8(&self) -> Option<Secret> {
        let der = match &self.form {
            Form::Symmetric(_) | Form::Mac(_) => return None,
            Form::Rsa(key) => key.payload(),
            Form::Elliptic(key) => key.payload(),
            Form::Edwards(key) => key.pkcs8(),
            Form::MlDsa(key) => key.pkcs8(),
            Form::MlKem(key) => key.pkcs8(),
        };
        Some(Secret::new(der.to_vec()))
    }

    /// Encrypts under a SYMMETRIC_DEFAULT key: salt (16 bytes), nonce (12), ciphertext, tag (16).
    /// Every message has a key of its own, as [`crate::Sealer`] has it. `aad` must say without
    /// ambiguity which key and encryption context the message belongs to.
    ///
    /// # Errors
    /// [`UseError::Unfit`] for other specs, [`UseError::TooLong`] beyond 64 GiB.
    pub fn seal(
        &self,
        aad: &[u8],
        plaintext: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, UseError> {
        self.symmetric()?.seal(aad, plaintext, random)
    }

    /// Decrypts what [`Self::seal`] gave.
    ///
    /// # Errors
    /// [`UseError::Rejected`] where it is not exactly what was sealed under this key with this
    /// `aad`, [`UseError::Unfit`] for other specs.
    pub fn open(&self, aad: &[u8], sealed: &[u8]) -> Result<Secret, UseError> {
        self.symmetric()?.open(aad, sealed)
    }

    /// Encrypts under a SYMMETRIC_DEFAULT key by plain AES-256-GCM: ciphertext, tag (16 bytes).
    ///
    /// The caller answers for the nonce: none may come twice under one key, random ones not more
    /// than 2^32 times (NIST SP 800-38D, section 8.3).
    ///
    /// # Errors
    /// [`UseError::Unfit`] for other specs, [`UseError::TooLong`] beyond 64 GiB.
    pub fn seal_plain(
        &self,
        nonce: [u8; 12],
        aad: &[u8],
        plaintext: &[u8],
    ) -> Result<Vec<u8>, UseError> {
        self.symmetric()?.seal_plain(nonce, aad, plaintext)
    }

    /// Decrypts what [`Self::seal_plain`] gave.
    ///
    /// # Errors
    /// [`UseError::Rejected`] where it is not authentic, [`UseError::Unfit`] for other specs.
    pub fn open_plain(
        &self,
        nonce: [u8; 12],
        aad: &[u8],
        sealed: &[u8],
    ) -> Result<Secret, UseError> {
        self.symmetric()?.open_plain(nonce, aad, sealed)
    }

    /// Encrypts under an RSA key by OAEP with an empty label.
    ///
    /// # Errors
    /// [`UseError::TooLong`] beyond the size of the modulus less twice the digest less 2 bytes,
    /// [`UseError::Unfit`] for other specs and for SYMMETRIC_DEFAULT.
    pub fn encrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        plaintext: &[u8],
    ) -> Result<Vec<u8>, UseError> {
        match &self.form {
            Form::Rsa(key) => key.encrypt(algorithm, plaintext),
            _ => Err(UseError::Unfit),
        }
    }

    /// Decrypts what [`Self::encrypt`] gave.
    ///
    /// # Errors
    /// [`UseError::Rejected`] for every ciphertext that does not decrypt, whatever the cause;
    /// [`UseError::Unfit`] as for [`Self::encrypt`].
    pub fn decrypt(
        &self,
        algorithm: EncryptionAlgorithm,
        ciphertext: &[u8],
    ) -> Result<Secret, UseError> {
        match &self.form {
            Form::Rsa(key) => key.decrypt(algorithm, ciphertext),
            _ => Err(UseError::Unfit),
        }
    }

    /// Signs a message. AWS's limit of 4096 bytes is the caller's to keep.
    ///
    /// # Errors
    /// [`SignError`] where spec, algorithm, type and length of the message do not go together.
    pub fn sign(
        &self,
        algorithm: SigningAlgorithm,
        message: Message<'_>,
    ) -> Result<Vec<u8>, SignError> {
        algorithm.check(self.spec, message)?;
        match &self.form {
            Form::Rsa(key) => key.sign(algorithm, message),
            Form::Elliptic(key) => key.sign(message),
            Form::Edwards(key) => key.sign(message),
            Form::MlDsa(key) => key.sign(message),
            Form::Symmetric(_) | Form::Mac(_) | Form::MlKem(_) => Err(SignError::Unfit {
                spec: self.spec,
                algorithm,
            }),
        }
    }

    /// Whether the signature is the message's. An unreadable signature is a wrong one.
    ///
    /// # Errors
    /// [`SignError`] as for [`Self::sign`].
    pub fn verify(
        &self,
        algorithm: SigningAlgorithm,
        message: Message<'_>,
        signature: &[u8],
    ) -> Result<bool, SignError> {
        algorithm.check(self.spec, message)?;
        match &self.form {
            Form::Rsa(key) => key.verify(algorithm, message, signature),
            Form::Elliptic(key) => key.verify(message, signature),
            Form::Edwards(key) => key.verify(message, signature),
            Form::MlDsa(key) => key.verify(message, signature),
            Form::Symmetric(_) | Form::Mac(_) | Form::MlKem(_) => Err(SignError::Unfit {
                spec: self.spec,
                algorithm,
            }),
        }
    }

    /// The message authentication code of a message.
    ///
    /// # Errors
    /// [`UseError::Unfit`] where the algorithm is not that of the spec.
    pub fn mac(&self, algorithm: MacAlgorithm, message: &[u8]) -> Result<Vec<u8>, UseError> {
        Ok(self.hmac(algorithm)?.mac(message))
    }

    /// Whether the code is the message's, in constant time; a shortened code is a wrong one.
    ///
    /// # Errors
    /// [`UseError::Unfit`] as for [`Self::mac`].
    pub fn verify_mac(
        &self,
        algorithm: MacAlgorithm,
        message: &[u8],
        code: &[u8],
    ) -> Result<bool, UseError> {
        Ok(self.hmac(algorithm)?.verify(message, code))
    }

    /// The secret shared with the owner of a public key (SubjectPublicKeyInfo in DER), by ECDH:
    /// the raw x coordinate, as DeriveSharedSecret gives it.
    ///
    /// # Errors
    /// [`UseError::Rejected`] where the public key is unsound or on another curve,
    /// [`UseError::Unfit`] for specs other than P-256, P-384 and P-521.
    pub fn agree(&self, peer_public_key: &[u8]) -> Result<Secret, UseError> {
        match &self.form {
            Form::Elliptic(key) => key.agree(peer_public_key),
            _ => Err(UseError::Unfit),
        }
    }

    /// A new shared secret of 32 bytes, and the ciphertext that carries it to the owner of the
    /// private key (FIPS 203), from the provider's own randomness.
    ///
    /// # Errors
    /// [`UseError::Unfit`] for specs other than ML-KEM.
    pub fn encapsulate(&self) -> Result<(Vec<u8>, Secret), UseError> {
        match &self.form {
            Form::MlKem(key) => key.encapsulate(),
            _ => Err(UseError::Unfit),
        }
    }

    /// The shared secret that a ciphertext carries. A ciphertext that was made for another key or
    /// changed gives another, pseudorandom secret, without an error (implicit rejection).
    ///
    /// # Errors
    /// [`UseError::Rejected`] for a wrong length, [`UseError::Unfit`] for other specs.
    pub fn decapsulate(&self, ciphertext: &[u8]) -> Result<Secret, UseError> {
        match &self.form {
            Form::MlKem(key) => key.decapsulate(ciphertext),
            _ => Err(UseError::Unfit),
        }
    }

    fn symmetric(&self) -> Result<&Symmetric, UseError> {
        match &self.form {
            Form::Symmetric(key) => Ok(key),
            _ => Err(UseError::Unfit),
        }
    }

    fn hmac(&self, algorithm: MacAlgorithm) -> Result<&Mac, UseError> {
        match &self.form {
            Form::Mac(key) if MacAlgorithm::allowed(self.spec).contains(&algorithm) => Ok(key),
            _ => Err(UseError::Unfit),
        }
    }
}

impl std::fmt::Debug for Material {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Material({})", self.spec)
    }
}

enum Kind {
    Symmetric,
    Mac,
    Rsa,
    Elliptic,
    Edwards,
    MlDsa,
    MlKem,
}

fn kind(spec: KeySpec) -> Kind {
    match spec {
        KeySpec::SymmetricDefault => Kind::Symmetric,
        KeySpec::Hmac224 | KeySpec::Hmac256 | KeySpec::Hmac384 | KeySpec::Hmac512 => Kind::Mac,
        KeySpec::Rsa2048 | KeySpec::Rsa3072 | KeySpec::Rsa4096 => Kind::Rsa,
        KeySpec::EccNistP256
        | KeySpec::EccNistP384
        | KeySpec::EccNistP521
        | KeySpec::EccSecgP256k1 => Kind::Elliptic,
        KeySpec::EccNistEdwards25519 => Kind::Edwards,
        KeySpec::MlDsa44 | KeySpec::MlDsa65 | KeySpec::MlDsa87 => Kind::MlDsa,
        KeySpec::MlKem512 | KeySpec::MlKem768 | KeySpec::MlKem1024 => Kind::MlKem,
    }
}
