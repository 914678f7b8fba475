//! Keys of KMS in seed files.

use super::node::Node;
use super::reader::{Fields, Reader};
use super::spec::{At, KmsKeySpec};
use base64::{Engine, engine::general_purpose::STANDARD};
use crypto::{Secret, SecretString};
use policy::DocumentKind;
use service_kms::api::types::{KeySpec, KeyUsageType};
use std::str::FromStr;

impl Reader<'_> {
    pub(super) fn kms_key(&mut self, node: &Node) -> Option<KmsKeySpec> {
        let mut fields = self.fields(node, "a key")?;
        let told = self.problems.len();
        let id = self.optional_text(&mut fields, "id");
        if id.is_none() {
            self.missing(&fields, "id");
        }
        let region = self.optional_text(&mut fields, "region");
        let spec = self
            .one_of(&mut fields, "spec", KeySpec::ALL)
            .unwrap_or_else(|| At {
                value: KeySpec::SymmetricDefault,
                span: fields.span.clone(),
            });
        let usage = self
            .one_of(&mut fields, "usage", KeyUsageType::ALL)
            .or_else(|| {
                // As for CreateKey: only what is not ambiguous needs no word.
                match service_kms::usages(spec.value) {
                    [only] => Some(At {
                        value: *only,
                        span: spec.span.clone(),
                    }),
                    _ => None,
                }
            });
        if usage.is_none() {
            self.missing(&fields, "usage");
        }
        let material = self.secret(&mut fields, "material", "material_env");
        let material = material.and_then(|text| self.material(&text));
        let description = self.optional_text(&mut fields, "description");
        let policy = fields
            .optional("policy")
            .and_then(|node| self.document(node, DocumentKind::Resource));
        let tags = self.tags(&mut fields);
        let aliases = self.list(fields.optional("aliases"), Self::alias);
        let enabled = self.one_of(&mut fields, "enabled", &[true, false]);
        let rotation = self.number(&mut fields, "rotation", "rotation is a number of days");
        self.finish(fields);
        if self.problems.len() > told {
            return None;
        }
        Some(KmsKeySpec {
            id: id?,
            region,
            spec,
            usage: usage?,
            material,
            description,
            policy,
            tags,
            aliases,
            enabled: enabled.map(|enabled| enabled.value),
            rotation,
        })
    }

    /// One of some values, by its text.
    fn one_of<T: FromStr + ToString + Copy>(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        all: &[T],
    ) -> Option<At<T>> {
        let text = self.optional_text(fields, name)?;
        let Ok(value) = text.value.parse() else {
            let all: Vec<String> = all.iter().map(ToString::to_string).collect();
            self.problem(&text.span, format!("{name} is one of {}", all.join(", ")));
            return None;
        };
        Some(At {
            value,
            span: text.span,
        })
    }

    /// The name of an alias, with `alias/` or without.
    fn alias(&mut self, node: &Node) -> Option<At<String>> {
        let text = self.text(node)?;
        let name = text.value.strip_prefix("alias/").unwrap_or(&text.value);
        Some(At {
            value: format!("alias/{name}"),
            span: text.span,
        })
    }

    /// Bytes in Base64, or a private key in PEM.
    fn material(&mut self, text: &At<SecretString>) -> Option<At<Secret>> {
        let mut digits = zeroize::Zeroizing::new(String::with_capacity(text.value.expose().len()));
        text.value
            .expose()
            .lines()
            .filter(|line| !line.trim_start().starts_with("-----"))
            .for_each(|line| digits.extend(line.split_ascii_whitespace()));
        let Ok(bytes) = STANDARD.decode(digits.as_bytes()) else {
            self.problem(
                &text.span,
                "key material is Base64, or a private key in PEM (PKCS #8)",
            );
            return None;
        };
        Some(At {
            value: Secret::new(bytes),
            span: text.span.clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::{node, read};
    use super::*;

    fn keys(entry: &str) -> (Vec<KmsKeySpec>, Vec<String>) {
        let file = format!("accounts: [{{name: a, keys: [{entry}]}}]");
        let (mut seed, problems) = read::seed(&node::parse(&file).unwrap(), &file, &|_| None);
        let told = problems
            .into_iter()
            .map(|problem| problem.message)
            .collect();
        (seed.accounts.remove(0).keys, told)
    }

    #[test]
    fn a_key_is_read() {
        let (keys, problems) = keys(
            "{id: x, spec: RSA_2048, usage: SIGN_VERIFY, aliases: [a, alias/b], enabled: false, rotation: 90, material: AAEC}",
        );
        assert_eq!(problems, [""; 0]);
        let [key] = &keys[..] else { panic!("{keys:?}") };
        assert_eq!(
            (key.spec.value, key.usage.value),
            (KeySpec::Rsa2048, KeyUsageType::SignVerify)
        );
        let aliases: Vec<_> = key
            .aliases
            .iter()
            .map(|alias| alias.value.as_str())
            .collect();
        assert_eq!(aliases, ["alias/a", "alias/b"]);
        assert_eq!(key.enabled, Some(false));
        assert_eq!(
            key.material.as_ref().map(|at| at.value.expose()),
            Some([0, 1, 2].as_slice())
        );
        assert!(!format!("{keys:?}").contains("AAEC"));
    }

    #[test]
    fn mistakes_are_told_and_material_is_not() {
        for (entry, message) in [
            ("{spec: HMAC_256}", "a key needs id"),
            ("{id: x, spec: RSA_2048}", "a key needs usage"),
            ("{id: x, enabled: perhaps}", "enabled is one of true, false"),
            ("{id: x, rotation: often}", "rotation is a number of days"),
            (
                "{id: x, material: hush!}",
                "key material is Base64, or a private key in PEM (PKCS #8)",
            ),
        ] {
            let (keys, problems) = keys(entry);
            assert!(keys.is_empty(), "{entry}");
            assert_eq!(problems, [message], "{entry}");
        }
    }
}
