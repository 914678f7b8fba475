//! From text to [`Document`]: the grammar of the policy language, all errors at once.

use std::ops::Range;

use crate::condition::Operator;
use crate::document::{
    ConditionBlock, ConditionKey, ConditionValue, Document, DocumentKind, Effect, PrincipalElement,
    PrincipalKind, Principals, Spanned, Statement, Texts, ValueForm,
};
use crate::error::{SyntaxError, SyntaxErrorKind as Kind};
use crate::json::{self, Json, Member, Node};
use crate::validate;

/// Reads a document and checks it by the grammar of its kind ("Grammar of the IAM JSON policy language").
///
/// # Errors
/// Every error of the document, in the order of its text.
pub fn parse(text: &str, kind: DocumentKind) -> Result<Document, Vec<SyntaxError>> {
    match read_partly(text, kind) {
        (Some(document), errors) if errors.is_empty() => Ok(document),
        (_, errors) => Err(errors),
    }
}

/// Reads a document that was accepted when it was written. Rules that guard only what is written, such as the characters
/// of a `Sid`, do not count, so that a rule that is younger than a document does not take its meaning away.
///
/// # Errors
/// As [`parse`], without those.
pub fn parse_stored(text: &str, kind: DocumentKind) -> Result<Document, Vec<SyntaxError>> {
    let (document, mut errors) = read_partly(text, kind);
    errors.retain(|error| !error.guards_writing_only());
    match document {
        Some(document) if errors.is_empty() => Ok(document),
        _ => Err(errors),
    }
}

/// Reads what can be read of a document, for tools that show people all that is wrong with it; nothing may be decided
/// by a document with errors. Gives the document, if the text is one at all, and every error in the order of the text.
#[must_use]
pub fn read_partly(text: &str, kind: DocumentKind) -> (Option<Document>, Vec<SyntaxError>) {
    let mut reader = Reader {
        kind,
        errors: Vec::new(),
    };
    validate::charset(text, kind, &mut reader.errors);
    let document = match json::read(text, &mut reader.errors) {
        Ok(node) => reader.document(node),
        Err(error) => {
            reader.errors.push(error);
            None
        }
    };
    if let Some(document) = &document {
        validate::document(document, &mut reader.errors);
    }
    let mut errors = reader.errors;
    errors.iter_mut().for_each(|error| error.document = kind);
    errors.sort_by_key(|error| error.span.start);
    (document, errors)
}

struct Reader {
    kind: DocumentKind,
    errors: Vec<SyntaxError>,
}

impl Reader {
    fn error(&mut self, span: &Range<usize>, kind: Kind) {
        self.errors.push(SyntaxError::new(span.clone(), kind));
    }

    fn wrong_type(&mut self, span: &Range<usize>, element: &'static str, expected: &'static str) {
        self.error(span, Kind::WrongType { element, expected });
    }

    fn text(&mut self, node: Node, element: &'static str) -> Option<Spanned<String>> {
        if let Json::Text(value) = node.value {
            return Some(Spanned {
                value,
                span: node.span,
            });
        }
        self.wrong_type(&node.span, element, "a string");
        None
    }

    fn object(&mut self, node: Node, element: &'static str) -> Option<Vec<Member>> {
        if let Json::Object(members) = node.value {
            return Some(members);
        }
        self.wrong_type(&node.span, element, "an object");
        None
    }

    fn document(&mut self, node: Node) -> Option<Document> {
        let whole = node.span.clone();
        let mut document = Document {
            kind: self.kind,
            version: None,
            id: None,
            single: false,
            statements: Vec::new(),
        };
        let mut seen = false;
        for member in self.object(node, "the document")? {
            match member.name.as_str() {
                "Version" => document.version = self.version(member.value),
                "Id" => document.id = self.text(member.value, "Id"),
                "Statement" => {
                    seen = true;
                    self.statements(member.value, &mut document);
                }
                _ => self.error(&member.name_span, Kind::UnknownElement(member.name)),
            }
        }
        if !seen {
            self.error(&whole, Kind::Missing("Statement"));
        }
        Some(document)
    }

    fn version(&mut self, node: Node) -> Option<Spanned<String>> {
        let version = self.text(node, "Version")?;
        if !matches!(version.value.as_str(), "2008-10-17" | "2012-10-17") {
            self.error(&version.span, Kind::UnknownVersion(version.value.clone()));
        }
        Some(version)
    }

    fn statements(&mut self, node: Node, document: &mut Document) {
        match node.value {
            Json::List(nodes) => {
                if nodes.is_empty() {
                    self.error(&node.span, Kind::NoStatements);
                }
                for node in nodes {
                    let statement = self.statement(node);
                    document.statements.extend(statement);
                }
            }
            Json::Object(_) => {
                document.single = true;
                let statement = self.statement(node);
                document.statements.extend(statement);
            }
            _ => self.wrong_type(&node.span, "Statement", "an object or a list of objects"),
        }
    }

    fn statement(&mut self, node: Node) -> Option<Statement> {
        let span = node.span.clone();
        let mut effect = None;
        let mut effect_seen = false;
        let mut statement = Statement {
            span: span.clone(),
            sid: None,
            effect: Effect::Deny,
            principal: None,
            action: None,
            resource: None,
            conditions: None,
        };
        for member in self.object(node, "a statement")? {
            let negated = member.name.starts_with("Not");
            match member.name.as_str() {
                "Sid" => statement.sid = self.text(member.value, "Sid"),
                "Effect" => {
                    effect_seen = true;
                    effect = self.effect(member.value);
                }
                "Principal" | "NotPrincipal" => {
                    let both = statement.principal.is_some();
                    self.exclusive(both, &member, "Principal");
                    statement.principal = self.principal(member.value, negated);
                }
                "Action" | "NotAction" => {
                    let both = statement.action.is_some();
                    self.exclusive(both, &member, "Action");
                    statement.action = self.texts(
                        member.value,
                        if negated { "NotAction" } else { "Action" },
                        negated,
                    );
                }
                "Resource" | "NotResource" => {
                    let both = statement.resource.is_some();
                    self.exclusive(both, &member, "Resource");
                    statement.resource = self.texts(
                        member.value,
                        if negated { "NotResource" } else { "Resource" },
                        negated,
                    );
                }
                "Condition" => statement.conditions = self.conditions(member.value),
                _ => self.error(&member.name_span, Kind::UnknownElement(member.name)),
            }
        }
        if !effect_seen {
            self.error(&span, Kind::Missing("Effect"));
        }
        statement.effect = effect.unwrap_or(Effect::Deny);
        Some(statement)
    }

    fn exclusive(&mut self, both: bool, member: &Member, element: &'static str) {
        if both {
            self.error(&member.name_span, Kind::Both(element));
        }
    }

    fn effect(&mut self, node: Node) -> Option<Effect> {
        let text = self.text(node, "Effect")?;
        match text.value.as_str() {
            "Allow" => return Some(Effect::Allow),
            "Deny" => return Some(Effect::Deny),
            other if other.eq_ignore_ascii_case("allow") || other.eq_ignore_ascii_case("deny") => {
                self.error(&text.span, Kind::EffectCase);
            }
            other => self.error(&text.span, Kind::UnknownEffect(other.to_owned())),
        }
        None
    }

    /// A text or a list of texts. AWS takes `null` in such a list and it stands for nothing.
    fn texts(&mut self, node: Node, element: &'static str, negated: bool) -> Option<Texts> {
        let span = node.span.clone();
        let mut texts = Texts {
            negated,
            list: true,
            values: Vec::new(),
            span: span.clone(),
        };
        match node.value {
            Json::Text(value) => {
                texts.list = false;
                texts.values.push(Spanned { value, span });
            }
            Json::List(nodes) => {
                for node in nodes {
                    if !matches!(node.value, Json::Null) {
                        let text = self.text(node, element);
                        texts.values.extend(text);
                    }
                }
            }
            _ => {
                self.wrong_type(&span, element, "a string or a list of strings");
                return None;
            }
        }
        Some(texts)
    }

    fn principal(&mut self, node: Node, negated: bool) -> Option<PrincipalElement> {
        let span = node.span.clone();
        let who = match node.value {
            Json::Text(text) if text == "*" => Principals::Everyone,
            Json::Object(members) => Principals::Listed(self.principals(members)),
            Json::Text(value) => {
                self.error(
                    &span,
                    Kind::InvalidPrincipal {
                        name: "Principal".to_owned(),
                        value,
                    },
                );
                return None;
            }
            _ => {
                self.wrong_type(&span, "Principal", "\"*\" or an object");
                return None;
            }
        };
        Some(PrincipalElement { negated, who, span })
    }

    fn principals(&mut self, members: Vec<Member>) -> Vec<(PrincipalKind, Texts)> {
        let mut lists = Vec::new();
        for member in members {
            match PrincipalKind::ALL
                .into_iter()
                .find(|kind| kind.name() == member.name)
            {
                Some(kind) => {
                    let texts = self.texts(member.value, "Principal", false);
                    lists.extend(texts.map(|texts| (kind, texts)));
                }
                None => self.error(&member.name_span, Kind::UnknownElement(member.name)),
            }
        }
        lists
    }

    fn conditions(&mut self, node: Node) -> Option<Vec<ConditionBlock>> {
        let mut blocks = Vec::new();
        for member in self.object(node, "Condition")? {
            let operator = Spanned {
                value: member.name,
                span: member.name_span,
            };
            let Some(keys) = self.object(member.value, "a condition operator") else {
                continue;
            };
            // AWS takes an unknown operator as long as it has no keys.
            if !keys.is_empty() && Operator::parse(&operator.value).is_none() {
                self.error(
                    &operator.span,
                    Kind::UnknownOperator(operator.value.clone()),
                );
            }
            let keys = keys
                .into_iter()
                .filter_map(|key| self.condition_key(key))
                .collect();
            blocks.push(ConditionBlock { operator, keys });
        }
        Some(blocks)
    }

    fn condition_key(&mut self, member: Member) -> Option<ConditionKey> {
        let name = Spanned {
            value: member.name,
            span: member.name_span,
        };
        let (list, nodes) = match member.value.value {
            Json::List(nodes) => (true, nodes),
            _ => (false, vec![member.value]),
        };
        let values = nodes
            .into_iter()
            .filter_map(|node| self.condition_value(node))
            .collect();
        Some(ConditionKey { name, list, values })
    }

    fn condition_value(&mut self, node: Node) -> Option<ConditionValue> {
        let (text, form) = match node.value {
            Json::Text(text) => (text, ValueForm::Text),
            Json::Bool(value) => (value.to_string(), ValueForm::Bool),
            Json::Number(text) => (text, ValueForm::Number),
            _ => {
                self.wrong_type(
                    &node.span,
                    "a condition value",
                    "a string, a boolean or a number",
                );
                return None;
            }
        };
        Some(ConditionValue {
            text,
            form,
            span: node.span,
        })
    }
}
