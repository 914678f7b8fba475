//! What AWS checks beyond the grammar: versions, principals, dates, resources, actions, statement identifiers.

use std::collections::HashSet;

use crate::condition::{Operator, Test, date};
use crate::document::{
    Document, DocumentKind, Effect, PrincipalKind, Principals, Spanned, Statement, Texts,
};
use crate::error::{SyntaxError, SyntaxErrorKind as Kind};
use crate::glob;
use crate::principal::Named;
use crate::resource_form;

/// The STS actions that AWS takes in a trust policy, useful there or not
/// ("Actions, resources, and condition keys for AWS STS").
const TRUST_ACTIONS: [&str; 14] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:AssumeRoot",
    "sts:DecodeAuthorizationMessage",
    "sts:GetAccessKeyInfo",
    "sts:GetCallerIdentity",
    "sts:GetFederationToken",
    "sts:GetServiceBearerToken",
    "sts:GetSessionToken",
    "sts:SetContext",
    "sts:SetSourceIdentity",
    "sts:TagGetWebIdentityToken",
    "sts:TagSession",
];

/// Reports the characters that IAM and STS do not take: all but U+0009, U+000A, U+000D and U+0020 to U+00FF.
pub(crate) fn charset(text: &str, kind: DocumentKind, errors: &mut Vec<SyntaxError>) {
    if !is_of_iam(kind) {
        return;
    }
    let bad = text
        .char_indices()
        .find(|(_, letter)| !matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{ff}'));
    if let Some((at, letter)) = bad {
        errors.push(SyntaxError::new(
            at..at + letter.len_utf8(),
            Kind::Charset(u32::from(letter)),
        ));
    }
}

/// Whether IAM or STS takes documents of the kind; resources' and Organizations' have wider rules.
fn is_of_iam(kind: DocumentKind) -> bool {
    matches!(
        kind,
        DocumentKind::Identity
            | DocumentKind::Inline
            | DocumentKind::Boundary
            | DocumentKind::Session
            | DocumentKind::Trust
    )
}

/// Reports everything that the grammar alone does not forbid.
pub(crate) fn document(document: &Document, errors: &mut Vec<SyntaxError>) {
    let mut check = Check {
        kind: document.kind,
        errors,
    };
    check.version(document);
    check.sids(&document.statements);
    for statement in &document.statements {
        check.principal(statement);
        check.dates(statement);
        check.actions(statement);
        check.resources(statement);
    }
}

struct Check<'e> {
    kind: DocumentKind,
    errors: &'e mut Vec<SyntaxError>,
}

impl Check<'_> {
    fn error(&mut self, span: &std::ops::Range<usize>, kind: Kind) {
        self.errors.push(SyntaxError::new(span.clone(), kind));
    }

    fn version(&mut self, document: &Document) {
        if matches!(self.kind, DocumentKind::Identity | DocumentKind::Boundary)
            && document.version() != Some("2012-10-17")
        {
            let span = document
                .version
                .as_ref()
                .map_or(0..1, |version| version.span.clone());
            self.error(&span, Kind::OldVersion);
        }
    }

    fn sids(&mut self, statements: &[Statement]) {
        let mut seen = HashSet::new();
        for sid in statements
            .iter()
            .filter_map(|statement| statement.sid.as_ref())
            .filter(|sid| !sid.value.is_empty())
        {
            if !seen.insert(sid.value.as_str()) {
                self.error(&sid.span, Kind::DuplicateSid(sid.value.clone()));
            }
            if is_of_iam(self.kind) && !sid.value.bytes().all(sid_byte) {
                self.error(&sid.span, Kind::SidCharacters(sid.value.clone()));
            }
        }
    }

    fn principal(&mut self, statement: &Statement) {
        let Some(principal) = &statement.principal else {
            if self.kind.has_principal() {
                self.error(&statement.span, Kind::MissingPrincipal);
            }
            return;
        };
        if !self.kind.has_principal() {
            let element = if principal.negated {
                "NotPrincipal"
            } else {
                "Principal"
            };
            return self.error(&principal.span, Kind::Prohibited(element));
        }
        if principal.negated && self.kind == DocumentKind::ResourceControl {
            return self.error(&principal.span, Kind::Prohibited("NotPrincipal"));
        }
        if principal.negated
            && (statement.effect == Effect::Allow || self.kind == DocumentKind::Trust)
        {
            self.error(&principal.span, Kind::AllowNotPrincipal);
        }
        let Principals::Listed(lists) = &principal.who else {
            return;
        };
        if lists.iter().all(|(_, texts)| texts.values.is_empty()) {
            self.error(&principal.span, Kind::EmptyPrincipal);
        }
        let document = self.kind;
        for (kind, texts) in lists {
            for text in texts
                .values
                .iter()
                .filter(|text| !possible_principal(document, *kind, &text.value))
            {
                let name = kind.name().to_owned();
                self.error(
                    &text.span,
                    Kind::InvalidPrincipal {
                        name,
                        value: text.value.clone(),
                    },
                );
            }
        }
    }

    /// Date operators take dates only: AWS tries to read them when it stores the document.
    fn dates(&mut self, statement: &Statement) {
        for block in statement.conditions.iter().flatten() {
            let dated = Operator::parse(&block.operator.value)
                .is_some_and(|operator| matches!(operator.test, Test::Date(_)));
            if !dated {
                continue;
            }
            for value in block.keys.iter().flat_map(|key| &key.values) {
                if date::parse(&value.text).is_none() && !value.text.contains("${") {
                    self.error(&value.span, Kind::Date(value.text.clone()));
                }
            }
        }
    }

    fn actions(&mut self, statement: &Statement) {
        let actions = statement
            .action
            .as_ref()
            .map_or(&[][..], |texts| &texts.values);
        if actions.is_empty() {
            return self.error(&statement.span, Kind::NoActions);
        }
        for action in actions {
            self.action(action);
        }
    }

    fn action(&mut self, action: &Spanned<String>) {
        let text = action.value.as_str();
        let trust = self.kind == DocumentKind::Trust;
        if text == "*" && !trust {
            return;
        }
        match text.split_once(':') {
            None if trust => self.error(&action.span, Kind::TrustAction(text.to_owned())),
            None => self.error(&action.span, Kind::NoVendor(text.to_owned())),
            Some((_, name)) if name.contains(':') => {
                self.error(&action.span, Kind::Colons(text.to_owned()))
            }
            Some((vendor, _)) if vendor != "*" && !self.vendor(vendor) => {
                self.error(&action.span, Kind::Vendor(vendor.to_owned()));
            }
            Some(_) if trust && !trust_action(text) => {
                self.error(&action.span, Kind::TrustAction(text.to_owned()))
            }
            Some(_) => {}
        }
    }

    /// Organization policies may have wildcards in the service prefix; elsewhere it is `*` or written out.
    fn vendor(&self, vendor: &str) -> bool {
        let wildcards = matches!(
            self.kind,
            DocumentKind::ServiceControl | DocumentKind::ResourceControl
        );
        vendor
            .bytes()
            .all(|byte| vendor_byte(byte) || (wildcards && matches!(byte, b'*' | b'?')))
    }

    fn resources(&mut self, statement: &Statement) {
        if self.kind == DocumentKind::Trust {
            if let Some(texts) = &statement.resource {
                let element = if texts.negated {
                    "NotResource"
                } else {
                    "Resource"
                };
                self.error(&texts.span, Kind::Prohibited(element));
            }
            return;
        }
        let Some(texts @ Texts { values, .. }) = &statement.resource else {
            return self.error(&statement.span, Kind::NoResources);
        };
        if values.is_empty() {
            return self.error(&texts.span, Kind::NoResources);
        }
        for resource in values {
            if let Some(kind) = resource_form::error(&resource.value) {
                self.error(&resource.span, kind);
            }
        }
    }
}

/// "IAM JSON policy elements: Sid" has letters and digits. Low lines are taken too, because suites of well-formed
/// documents have them.
fn sid_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

fn vendor_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')
}

/// Whether a trust policy can have this action: one of STS, or a pattern of STS that covers one.
fn trust_action(action: &str) -> bool {
    if !action
        .get(..4)
        .is_some_and(|prefix| prefix.eq_ignore_ascii_case("sts:"))
    {
        return false;
    }
    TRUST_ACTIONS
        .iter()
        .any(|known| glob::matches_ignoring_case(action, known))
}

/// Whether a value can name a principal: no partial wildcards, and a form that its type has.
fn possible_principal(document: DocumentKind, kind: PrincipalKind, value: &str) -> bool {
    if value == "*" {
        return matches!(kind, PrincipalKind::Aws | PrincipalKind::Federated);
    }
    if value.is_empty() || value.contains(['*', '?']) || value.contains(char::is_whitespace) {
        return false;
    }
    match kind {
        PrincipalKind::Aws => match Named::read(value) {
            // The stored form of trust policies only; whoever writes one checks that the role exists.
            Named::Session { .. } => document == DocumentKind::Trust,
            named => named.is_known(),
        },
        PrincipalKind::Service => value.contains('.'),
        PrincipalKind::Federated => is_identity_provider(value),
        PrincipalKind::CanonicalUser => true,
    }
}

/// The ARN of a SAML or OIDC provider, or the host of a web identity provider that needs none, such as
/// `accounts.google.com` ("AWS JSON policy elements: Principal").
fn is_identity_provider(value: &str) -> bool {
    let is_word = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    };
    if !value.starts_with("arn:") {
        return value.contains('.') && value.split('.').all(is_word);
    }
    let mut parts = value.splitn(6, ':').skip(1);
    let [partition, service, region, account, rest] =
        std::array::from_fn(|_| parts.next().unwrap_or_default());
    let name = rest
        .strip_prefix("saml-provider/")
        .or_else(|| rest.strip_prefix("oidc-provider/"));
    partition.starts_with("aws")
        && service == "iam"
        && region.is_empty()
        && account.len() == 12
        && account.bytes().all(|byte| byte.is_ascii_digit())
        && name.is_some_and(|name| !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trust_actions_are_those_of_sts() {
        assert!(
            trust_action("sts:AssumeRole")
                && trust_action("sts:assumerolewith*")
                && trust_action("sts:*")
        );
        assert!(!trust_action("sts:BadAssumeRole") && !trust_action("s3:*"));
    }

    #[test]
    fn identity_providers_are_arns_or_hosts() {
        for good in [
            "arn:aws:iam::111122223333:saml-provider/corp",
            "arn:aws-cn:iam::111122223333:oidc-provider/issuer.example/id/1",
            "accounts.google.com",
            "cognito-identity.amazonaws.com",
        ] {
            assert!(is_identity_provider(good), "{good}");
        }
        for bad in [
            "x",
            "google",
            ".",
            "a..b",
            "https://accounts.google.com",
            "accounts.google.com:443",
            "arn:aws:iam::111122223333:role/r",
            "arn:aws:iam::111122223333:saml-provider/",
            "arn:aws:iam::1:saml-provider/corp",
            "arn:aws:iam:us-east-1:111122223333:saml-provider/corp",
            "arn:aws:s3:::b.c",
            "arn:aws",
        ] {
            assert!(!is_identity_provider(bad), "{bad}");
        }
    }
}
