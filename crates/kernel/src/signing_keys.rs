//! Signing keys that have proved a signature, so that a busy access key's signing key
//! is derived once a day, region and service, and not once a call.
//!
//! Nothing is trusted for being here: the secret is looked up in the world for each call
//! as before, and a key counts only where it was derived from the same secret and scope.

use crypto::SecretString;
use sigv4::{Scope, SigningKey};
use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

/// Access keys that are remembered; beyond, all are forgotten.
const MOST_ACCESS_KEYS: usize = 4_096;
/// Scopes of one access key that are remembered: a few services and regions of today.
const MOST_SCOPES: usize = 8;

struct Derived {
    secret: SecretString,
    scope: Scope,
    key: SigningKey,
}

/// Signing keys by access key id.
#[derive(Default)]
pub(crate) struct SigningKeys(RwLock<HashMap<String, Vec<Derived>>>);

impl SigningKeys {
    /// The signing key of a secret for a scope, where it is remembered.
    pub(crate) fn find(
        &self,
        access_key_id: &str,
        secret: &SecretString,
        scope: &Scope,
    ) -> Option<SigningKey> {
        let keys = self.0.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(access_key_id)?
            .iter()
            .find(|derived| derived.scope == *scope && derived.secret == *secret)
            .map(|derived| derived.key.clone())
    }

    /// Remembers a signing key that has proved a signature.
    pub(crate) fn keep(
        &self,
        access_key_id: &str,
        secret: &SecretString,
        scope: &Scope,
        key: SigningKey,
    ) {
        let mut keys = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if keys.len() >= MOST_ACCESS_KEYS && !keys.contains_key(access_key_id) {
            keys.clear();
        }
        let scopes = keys.entry(access_key_id.to_owned()).or_default();
        // Other secrets of the same id are of a past life of it.
        scopes.retain(|derived| derived.secret == *secret && derived.scope != *scope);
        if scopes.len() >= MOST_SCOPES {
            scopes.remove(0);
        }
        scopes.push(Derived {
            secret: secret.clone(),
            scope: scope.clone(),
            key,
        });
    }
}

impl std::fmt::Debug for SigningKeys {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("SigningKeys(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Provider;

    fn derive(secret: &SecretString, scope: &Scope) -> SigningKey {
        SigningKey::derive(&Provider, secret.expose(), scope)
    }

    fn signature(key: &SigningKey) -> String {
        key.sign(&Provider, "text")
    }

    #[test]
    fn a_key_counts_only_for_its_own_secret_and_scope() {
        let keys = SigningKeys::default();
        let secret = SecretString::new("secret".into());
        let scope = Scope::new("20261124T000000Z", "us-east-1", "sts");
        assert!(keys.find("AKIA", &secret, &scope).is_none());
        keys.keep("AKIA", &secret, &scope, derive(&secret, &scope));
        let found = keys.find("AKIA", &secret, &scope).unwrap();
        assert_eq!(signature(&found), signature(&derive(&secret, &scope)));
        let other = SecretString::new("other1".into());
        assert!(keys.find("AKIA", &other, &scope).is_none());
        assert!(keys.find("AKIB", &secret, &scope).is_none());
        for (stamp, region, service) in [
            ("20261125T000000Z", "us-east-1", "sts"),
            ("20261124T000000Z", "eu-west-1", "sts"),
            ("20261124T000000Z", "us-east-1", "iam"),
        ] {
            let scope = Scope::new(stamp, region, service);
            assert!(keys.find("AKIA", &secret, &scope).is_none());
        }
        keys.keep("AKIA", &other, &scope, derive(&other, &scope));
        assert!(
            keys.find("AKIA", &secret, &scope).is_none(),
            "the old secret is forgotten"
        );
        assert!(keys.find("AKIA", &other, &scope).is_some());
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let keys = SigningKeys::default();
        let secret = SecretString::new("secret".into());
        let scope = Scope::new("20261124T000000Z", "us-east-1", "sts");
        let key = derive(&secret, &scope);
        for number in 0..2 * MOST_ACCESS_KEYS {
            keys.keep(&number.to_string(), &secret, &scope, key.clone());
        }
        for number in 0..2 * MOST_SCOPES {
            let scope = Scope::new("20261124T000000Z", &format!("region-{number}"), "sts");
            keys.keep("AKIA", &secret, &scope, key.clone());
        }
        let keys = keys.0.into_inner().unwrap();
        assert!(keys.len() <= MOST_ACCESS_KEYS);
        assert_eq!(keys["AKIA"].len(), MOST_SCOPES);
    }
}
