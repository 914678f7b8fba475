//! A policy document as it was written: every element with its place in the text, nothing interpreted yet.

use std::borrow::Cow;
use std::ops::Range;

use crate::variables;

/// What a document is for; the grammar differs by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DocumentKind {
    /// A managed policy: must be of version 2012-10-17.
    Identity,
    /// A policy embedded in a user, group or role: as [`DocumentKind::Identity`], but every version is taken.
    Inline,
    /// A resource's own policy.
    Resource,
    /// A role's trust policy: no resources, STS actions only.
    Trust,
    /// A permissions boundary.
    Boundary,
    /// A session policy given to STS.
    Session,
    /// A service control policy of an organization.
    ServiceControl,
    /// A resource control policy of an organization.
    ResourceControl,
    /// A VPC endpoint policy.
    VpcEndpoint,
}

impl DocumentKind {
    /// Whether statements of this kind say whom they are about.
    #[must_use]
    pub fn has_principal(self) -> bool {
        matches!(
            self,
            Self::Resource | Self::Trust | Self::ResourceControl | Self::VpcEndpoint
        )
    }
}

/// A value and its byte range in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Byte range in the text.
    pub span: Range<usize>,
}

/// What a statement does when it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Effect {
    /// It allows.
    Allow,
    /// It denies, whatever else allows.
    Deny,
}

/// A list of texts such as `Action` or `NotResource`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Texts {
    /// Whether it is the `Not…` form.
    pub negated: bool,
    /// Whether it was written as a list (a single text may stand alone).
    pub list: bool,
    /// The texts.
    pub values: Vec<Spanned<String>>,
    /// Byte range of the whole value.
    pub span: Range<usize>,
}

/// The types of principals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PrincipalKind {
    /// `AWS`: accounts, users, roles and sessions.
    Aws,
    /// `Service`: services of the provider.
    Service,
    /// `Federated`: identity providers.
    Federated,
    /// `CanonicalUser`: S3's account identifiers.
    CanonicalUser,
}

impl PrincipalKind {
    pub(crate) const ALL: [Self; 4] = [
        Self::Aws,
        Self::Service,
        Self::Federated,
        Self::CanonicalUser,
    ];

    /// The member name in a document.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Service => "Service",
            Self::Federated => "Federated",
            Self::CanonicalUser => "CanonicalUser",
        }
    }
}

/// The `Principal` or `NotPrincipal` element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrincipalElement {
    /// Whether it is `NotPrincipal`.
    pub negated: bool,
    /// Whom it names.
    pub who: Principals,
    /// Byte range of the whole value.
    pub span: Range<usize>,
}

/// Whom a `Principal` element names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principals {
    /// The bare `"*"`.
    Everyone,
    /// Lists by type, in the order in which they were written.
    Listed(Vec<(PrincipalKind, Texts)>),
}

/// How a condition value was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ValueForm {
    /// As a JSON string.
    Text,
    /// As a JSON boolean.
    Bool,
    /// As a JSON number.
    Number,
}

/// One value of a condition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionValue {
    /// The value as text.
    pub text: String,
    /// How it was written.
    pub form: ValueForm,
    /// Byte range in the text.
    pub span: Range<usize>,
}

/// One key of a condition block with its values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionKey {
    /// The key as written.
    pub name: Spanned<String>,
    /// Whether the values were written as a list.
    pub list: bool,
    /// The values.
    pub values: Vec<ConditionValue>,
}

/// One operator of a `Condition` element with its keys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionBlock {
    /// The operator as written, with prefix and suffix.
    pub operator: Spanned<String>,
    /// The keys.
    pub keys: Vec<ConditionKey>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Byte range of the whole statement.
    pub span: Range<usize>,
    /// `Sid`.
    pub sid: Option<Spanned<String>>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`.
    pub principal: Option<PrincipalElement>,
    /// `Action` or `NotAction`.
    pub action: Option<Texts>,
    /// `Resource` or `NotResource`.
    pub resource: Option<Texts>,
    /// `Condition`; `None` when the element is absent.
    pub conditions: Option<Vec<ConditionBlock>>,
}

impl Texts {
    /// The condition keys that the variables of the texts refer to, as written.
    #[must_use]
    pub fn variable_keys(&self) -> Vec<String> {
        let texts = self.values.iter();
        texts
            .flat_map(|text| variables::keys_in(&text.value))
            .collect()
    }
}

impl ConditionKey {
    /// The condition keys that the variables of the values refer to, as written.
    #[must_use]
    pub fn variable_keys(&self) -> Vec<String> {
        let values = self.values.iter();
        values
            .flat_map(|value| variables::keys_in(&value.text))
            .collect()
    }
}

impl Statement {
    /// The condition keys that the statement refers to, in conditions and, where `variables` says that the document
    /// has them ([`Document::has_variables`]), in variables; as written, with repetitions.
    #[must_use]
    pub fn context_keys(&self, variables: bool) -> Vec<String> {
        let blocks = || self.conditions.iter().flatten();
        let conditions = || blocks().flat_map(|block| &block.keys);
        let mut keys: Vec<String> = conditions().map(|key| key.name.value.clone()).collect();
        if variables {
            keys.extend(self.resource.iter().flat_map(Texts::variable_keys));
            keys.extend(conditions().flat_map(ConditionKey::variable_keys));
        }
        keys
    }
}

/// What [`Document::map_principals`] applies to each principal.
pub type PrincipalMap<'f, E> =
    dyn for<'t> FnMut(PrincipalKind, &'t str) -> Result<Cow<'t, str>, E> + 'f;

/// A document that passed the grammar of its kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    pub(crate) kind: DocumentKind,
    pub(crate) version: Option<Spanned<String>>,
    pub(crate) id: Option<Spanned<String>>,
    pub(crate) single: bool,
    pub(crate) statements: Vec<Statement>,
}

impl Document {
    /// What the document is for.
    #[must_use]
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// `Version` as written.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.version.as_ref().map(|version| version.value.as_str())
    }

    /// `Id` as written.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_ref().map(|id| id.value.as_str())
    }

    /// Whether `${…}` is a variable: only from version 2012-10-17 on; an absent version means 2008-10-17.
    #[must_use]
    pub fn has_variables(&self) -> bool {
        self.version() == Some("2012-10-17")
    }

    /// The statements in their order.
    #[must_use]
    pub fn statements(&self) -> &[Statement] {
        &self.statements
    }

    /// The condition keys that the document refers to, in conditions and in variables, as written; sorted and without
    /// duplicates (those that differ in letter case count as one). What GetContextKeysForCustomPolicy lists.
    #[must_use]
    pub fn context_keys(&self) -> Vec<String> {
        let variables = self.has_variables();
        let statements = self.statements.iter();
        let mut keys: Vec<String> = statements
            .flat_map(|statement| statement.context_keys(variables))
            .collect();
        keys.sort_by_key(|key| key.to_lowercase());
        keys.dedup_by_key(|key| key.to_lowercase());
        keys
    }

    /// The document with every principal passed through `f`: ARNs to unique ids before storing, and back before
    /// showing. `"*"` without a type is left alone; all other values, `*` under a type too, go through `f`.
    ///
    /// # Errors
    /// The first error of `f`.
    pub fn map_principals<E>(&self, f: &mut PrincipalMap<'_, E>) -> Result<Self, E> {
        let mut copy = self.clone();
        for statement in &mut copy.statements {
            let Some(PrincipalElement {
                who: Principals::Listed(lists),
                ..
            }) = &mut statement.principal
            else {
                continue;
            };
            for (kind, texts) in lists {
                for text in &mut texts.values {
                    let mapped = f(*kind, &text.value)?.into_owned();
                    text.value = mapped;
                }
            }
        }
        Ok(copy)
    }

    /// The document without the statements that have no action or no resource: for services that store such
    /// statements and give them no effect ("PutKeyPolicy", KMS API Reference).
    #[must_use]
    pub fn without_idle_statements(mut self) -> Self {
        let some =
            |texts: &Option<Texts>| texts.as_ref().is_some_and(|texts| !texts.values.is_empty());
        self.statements
            .retain(|statement| some(&statement.action) && some(&statement.resource));
        self
    }

    /// The size of a document as IAM counts it against its quotas: characters without white space
    /// ("IAM and AWS STS quotas").
    #[must_use]
    pub fn size_without_whitespace(text: &str) -> usize {
        text.chars()
            .filter(|letter| !letter.is_whitespace())
            .count()
    }

    /// The size of a document as Organizations counts it: every character.
    #[must_use]
    pub fn size(text: &str) -> usize {
        text.chars().count()
    }
}
