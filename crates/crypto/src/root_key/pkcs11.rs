//! A slot's key under a key that never leaves a PKCS#11 token.
//!
//! The module is loaded, asked once and finalized. It is never unloaded: modules leave threads
//! and exit handlers behind that would run into nothing.

use super::{SlotError, SlotKey, encoding::Base64};
use crate::{Random, SecretString};
use cryptoki::{
    context::{CInitializeArgs, CInitializeFlags, Pkcs11},
    error::{Error, RvError},
    mechanism::{
        Mechanism, MechanismType,
        aead::GcmParams,
        rsa::{PkcsMgfType, PkcsOaepParams, PkcsOaepSource},
    },
    object::{Attribute, KeyType, ObjectClass, ObjectHandle},
    session::{Session, UserType},
    slot::Slot,
    types::AuthPin,
};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

/// Authenticated with the slot's key under AES.
const ASSOCIATED_DATA: &[u8] = b"claviger slot key v1";
const NONCE_BYTES: usize = 12;
const TAG_BITS: u64 = 128;

/// Where a key is: a module, a token and a label in it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TokenAddress {
    /// The module's file, such as `/usr/lib/softhsm/libsofthsm2.so`.
    pub module: String,
    /// The token's label.
    pub token: String,
    /// The token's serial number, where the label is not enough.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub serial: Option<String>,
    /// The key's label.
    pub key: String,
}

/// A slot's key under a token's key, and where that is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct WrappedByToken {
    address: TokenAddress,
    method: Method,
    ciphertext: Base64,
}

/// How the token's key encrypts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Method {
    /// AES-GCM; the ciphertext begins with the nonce.
    AesGcm,
    /// RSAES-OAEP with SHA-256.
    RsaOaepSha256,
    /// RSAES-OAEP with SHA-1, for tokens that have no other.
    RsaOaepSha1,
}

impl TokenAddress {
    /// Reads a PKCS#11 URI (RFC 7512): `pkcs11:token=T;object=K?module-path=/M`, with `serial`.
    ///
    /// # Errors
    /// [`SlotError::TokenUri`] where a part is missing or not known here.
    pub fn parse(uri: &str) -> Result<Self, SlotError> {
        let bad = |problem: &str| SlotError::TokenUri(problem.to_owned());
        let rest = uri
            .strip_prefix("pkcs11:")
            .ok_or_else(|| bad("it does not begin with 'pkcs11:'"))?;
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let mut address = Self::default();
        let attributes = path.split(';').chain(query.split('&'));
        for attribute in attributes.filter(|attribute| !attribute.is_empty()) {
            let (name, value) = attribute
                .split_once('=')
                .ok_or_else(|| bad("an attribute has no value"))?;
            let value = percent_decoded(value).ok_or_else(|| bad("a value is no text"))?;
            match name {
                "module-path" => address.module = value,
                "token" => address.token = value,
                "serial" => address.serial = Some(value),
                "object" => address.key = value,
                // Says what sort of object it is; the sort is found here.
                "type" => {}
                other => return Err(bad(&format!("attribute '{other}' is not known"))),
            }
        }
        for (name, value) in [
            ("module-path", &address.module),
            ("token", &address.token),
            ("object", &address.key),
        ] {
            if value.is_empty() {
                return Err(bad(&format!("it has no '{name}'")));
            }
        }
        Ok(address)
    }

    /// Lets the token wrap a slot's key, and makes a new AES-256 key in the token first where
    /// that is asked and there is none of the label.
    ///
    /// # Errors
    /// [`SlotError::Pin`] for a wrong PIN, [`SlotError::Token`] for all else that fails.
    pub fn wrap(
        &self,
        pin: &SecretString,
        create_key: bool,
        key: &SlotKey,
        random: &dyn Random,
    ) -> Result<WrappedByToken, SlotError> {
        self.with_session(pin, create_key, |session| {
            if create_key && self.find(session, ObjectClass::SECRET_KEY)?.is_none() {
                self.create_key(session)?;
            }
            if let Some(handle) = self.find(session, ObjectClass::SECRET_KEY)? {
                return self.wrap_by_aes(session, handle, key, random);
            }
            match self.find(session, ObjectClass::PUBLIC_KEY)? {
                Some(handle) => self.wrap_by_rsa(session, handle, key),
                None => Err(SlotError::Token(format!(
                    "token '{}' has no AES key and no RSA key of label '{}'",
                    self.token, self.key
                ))),
            }
        })
    }

    fn wrap_by_aes(
        &self,
        session: &Session,
        handle: ObjectHandle,
        key: &SlotKey,
        random: &dyn Random,
    ) -> Result<WrappedByToken, SlotError> {
        let mut nonce = [0; NONCE_BYTES];
        random.fill(&mut nonce);
        let mut ciphertext = nonce.to_vec();
        let parameters = GcmParams::new(&mut nonce, ASSOCIATED_DATA, TAG_BITS.into())
            .map_err(failed("cannot encrypt"))?;
        let mechanism = Mechanism::AesGcm(parameters);
        ciphertext.extend(
            session
                .encrypt(&mechanism, handle, key.expose())
                .map_err(failed("the token's AES key does not encrypt"))?,
        );
        Ok(self.wrapped(Method::AesGcm, ciphertext))
    }

    fn wrap_by_rsa(
        &self,
        session: &Session,
        handle: ObjectHandle,
        key: &SlotKey,
    ) -> Result<WrappedByToken, SlotError> {
        let sha256 = session.encrypt(&oaep(MechanismType::SHA256), handle, key.expose());
        if let Ok(ciphertext) = sha256 {
            return Ok(self.wrapped(Method::RsaOaepSha256, ciphertext));
        }
        let sha1 = session.encrypt(&oaep(MechanismType::SHA1), handle, key.expose());
        let ciphertext = sha1.map_err(failed("the token's RSA key does not encrypt"))?;
        Ok(self.wrapped(Method::RsaOaepSha1, ciphertext))
    }

    fn wrapped(&self, method: Method, ciphertext: Vec<u8>) -> WrappedByToken {
        WrappedByToken {
            address: self.clone(),
            method,
            ciphertext: Base64(ciphertext),
        }
    }

    /// A key that encrypts and decrypts in the token and never leaves it.
    fn create_key(&self, session: &Session) -> Result<(), SlotError> {
        let template = [
            Attribute::Token(true),
            Attribute::Private(true),
            Attribute::Sensitive(true),
            Attribute::Extractable(false),
            Attribute::Encrypt(true),
            Attribute::Decrypt(true),
            Attribute::ValueLen(32.into()),
            Attribute::Label(self.key.clone().into_bytes()),
        ];
        session
            .generate_key(&Mechanism::AesKeyGen, &template)
            .map(drop)
            .map_err(failed("the token makes no AES key"))
    }

    fn find(
        &self,
        session: &Session,
        class: ObjectClass,
    ) -> Result<Option<ObjectHandle>, SlotError> {
        let key_type = if class == ObjectClass::SECRET_KEY {
            KeyType::AES
        } else {
            KeyType::RSA
        };
        let template = [
            Attribute::Class(class),
            Attribute::KeyType(key_type),
            Attribute::Label(self.key.clone().into_bytes()),
        ];
        let found = session
            .find_objects(&template)
            .map_err(failed("the token's keys cannot be listed"))?;
        match found.as_slice() {
            [] => Ok(None),
            [handle] => Ok(Some(*handle)),
            several => Err(SlotError::Token(format!(
                "token '{}' has {} keys of label '{}'",
                self.token,
                several.len(),
                self.key
            ))),
        }
    }

    fn with_session<T>(
        &self,
        pin: &SecretString,
        writes: bool,
        work: impl FnOnce(&Session) -> Result<T, SlotError>,
    ) -> Result<T, SlotError> {
        // The loader looks for other names in places that whoever starts the process may choose.
        if !std::path::Path::new(&self.module).is_absolute() {
            return Err(SlotError::Token(format!(
                "the module '{}' is no absolute path",
                self.module
            )));
        }
        let library = Pkcs11::new(&self.module)
            .map_err(failed(&format!("cannot load the module {}", self.module)))?;
        // See the top of the file: the library stays.
        std::mem::forget(library.clone());
        match library.initialize(CInitializeArgs::new(CInitializeFlags::OS_LOCKING_OK)) {
            Ok(()) | Err(Error::Pkcs11(RvError::CryptokiAlreadyInitialized, _)) => {}
            Err(error) => return Err(failed("the module does not begin")(error)),
        }
        let outcome = self.logged_in(&library, pin, writes).and_then(|session| {
            let outcome = work(&session);
            // What the session's end says changes nothing.
            let _ = session.logout();
            outcome
        });
        let _ = library.finalize();
        outcome
    }

    fn logged_in(
        &self,
        library: &Pkcs11,
        pin: &SecretString,
        writes: bool,
    ) -> Result<Session, SlotError> {
        let slot = self.slot(library)?;
        let session = if writes {
            library.open_rw_session(slot)
        } else {
            library.open_ro_session(slot)
        }
        .map_err(failed("the token opens no session"))?;
        let pin = AuthPin::new(pin.expose().into());
        match session.login(UserType::User, Some(&pin)) {
            Ok(()) | Err(Error::Pkcs11(RvError::UserAlreadyLoggedIn, _)) => Ok(session),
            Err(Error::Pkcs11(
                RvError::PinIncorrect
                | RvError::PinInvalid
                | RvError::PinLenRange
                | RvError::PinLocked
                | RvError::PinExpired,
                _,
            )) => Err(SlotError::Pin),
            Err(error) => Err(failed("the token lets nobody log in")(error)),
        }
    }

    fn slot(&self, library: &Pkcs11) -> Result<Slot, SlotError> {
        let slots = library
            .get_slots_with_initialized_token()
            .map_err(failed("the module's tokens cannot be listed"))?;
        let mut found = slots.into_iter().filter(|slot| {
            library.get_token_info(*slot).is_ok_and(|token| {
                let serial = self.serial.as_deref();
                token.label() == self.token
                    && serial.is_none_or(|serial| serial == token.serial_number())
            })
        });
        match (found.next(), found.next()) {
            (Some(slot), None) => Ok(slot),
            (Some(_), Some(_)) => Err(SlotError::Token(format!(
                "the module has several tokens '{}': name the serial number too",
                self.token
            ))),
            (None, _) => Err(SlotError::Token(format!(
                "the module has no token '{}'",
                self.token
            ))),
        }
    }
}

impl WrappedByToken {
    /// Where the token's key is.
    #[must_use]
    pub fn address(&self) -> &TokenAddress {
        &self.address
    }

    /// Lets the token unwrap the slot's key.
    ///
    /// # Errors
    /// [`SlotError::Pin`] for a wrong PIN, [`SlotError::Token`] for all else that fails.
    pub fn unwrap(&self, pin: &SecretString) -> Result<SlotKey, SlotError> {
        let address = &self.address;
        address.with_session(pin, false, |session| {
            let class = match self.method {
                Method::AesGcm => ObjectClass::SECRET_KEY,
                Method::RsaOaepSha256 | Method::RsaOaepSha1 => ObjectClass::PRIVATE_KEY,
            };
            let handle = address.find(session, class)?.ok_or_else(|| {
                SlotError::Token(format!(
                    "token '{}' has lost its key '{}'",
                    address.token, address.key
                ))
            })?;
            let bytes = Zeroizing::new(self.decrypt(session, handle)?);
            SlotKey::from_bytes(&bytes)
        })
    }

    fn decrypt(&self, session: &Session, handle: ObjectHandle) -> Result<Vec<u8>, SlotError> {
        let sealed = self.ciphertext.0.as_slice();
        let failed = failed("the token's key does not decrypt the slot's key");
        match self.method {
            Method::AesGcm => {
                let (nonce, rest) = sealed
                    .split_first_chunk::<NONCE_BYTES>()
                    .ok_or(SlotError::Damaged)?;
                let mut nonce = *nonce;
                let parameters = GcmParams::new(&mut nonce, ASSOCIATED_DATA, TAG_BITS.into());
                match parameters {
                    Ok(parameters) => session
                        .decrypt(&Mechanism::AesGcm(parameters), handle, rest)
                        .map_err(failed),
                    Err(error) => Err(failed(error)),
                }
            }
            Method::RsaOaepSha256 => session
                .decrypt(&oaep(MechanismType::SHA256), handle, sealed)
                .map_err(failed),
            Method::RsaOaepSha1 => session
                .decrypt(&oaep(MechanismType::SHA1), handle, sealed)
                .map_err(failed),
        }
    }
}

fn oaep(hash: MechanismType) -> Mechanism<'static> {
    let mask = if hash == MechanismType::SHA1 {
        PkcsMgfType::MGF1_SHA1
    } else {
        PkcsMgfType::MGF1_SHA256
    };
    Mechanism::RsaPkcsOaep(PkcsOaepParams::new(hash, mask, PkcsOaepSource::empty()))
}

fn failed(what: &str) -> impl Fn(Error) -> SlotError {
    let what = what.to_owned();
    move |error| SlotError::Token(format!("{what}: {error}"))
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let digit = |digit: Option<u8>| char::from(digit?).to_digit(16);
        let value = digit(rest.next())? << 4 | digit(rest.next())?;
        bytes.push(u8::try_from(value).ok()?);
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SystemRandom;

    #[test]
    fn uris_name_keys() {
        let uri = "pkcs11:token=My%20HSM;object=claviger;type=secret-key?module-path=/usr/lib/x.so";
        let address = TokenAddress::parse(uri).unwrap();
        assert_eq!(
            (address.token.as_str(), address.key.as_str()),
            ("My HSM", "claviger")
        );
        assert_eq!(address.module, "/usr/lib/x.so");
        for (uri, problem) in [
            ("http://x", "does not begin"),
            ("pkcs11:token=a;object=b", "no 'module-path'"),
            ("pkcs11:object=b?module-path=m", "no 'token'"),
            ("pkcs11:token=a?module-path=m", "no 'object'"),
            ("pkcs11:token", "no value"),
            ("pkcs11:token=%zz", "no text"),
            (
                "pkcs11:token=a;object=b?module-path=m&pin-value=1234",
                "'pin-value'",
            ),
        ] {
            let error = TokenAddress::parse(uri).unwrap_err().to_string();
            assert!(error.contains(problem), "{uri}: {error}");
        }
    }

    #[test]
    fn a_module_that_is_not_there_is_told() {
        let address = TokenAddress {
            module: "/nowhere/module.so".to_owned(),
            token: "t".to_owned(),
            serial: None,
            key: "k".to_owned(),
        };
        let pin = SecretString::new("1234".to_owned());
        let key = SlotKey::random(&SystemRandom::new());
        let error = |address: &TokenAddress| {
            let wrapped = address.wrap(&pin, false, &key, &SystemRandom::new());
            wrapped.unwrap_err().to_string()
        };
        let told = error(&address);
        assert!(told.contains("/nowhere/module.so"), "{told}");
        assert!(!told.contains("1234"));
        let relative = TokenAddress {
            module: "module.so".to_owned(),
            ..address
        };
        assert!(error(&relative).contains("no absolute path"));
    }
}
