//! Reading fields: each mistake is told where it is, and reading goes on.

use super::document::{self, Document};
use super::node::{Content, Key, Node, Span};
use super::problem::Problem;
use super::spec::{At, Permissions, Tag};
use crypto::SecretString;
use policy::DocumentKind;
use std::collections::HashSet;

/// Gives variables of the environment.
pub(super) type Environment<'e> = &'e dyn Fn(&str) -> Option<String>;

/// The entries of a mapping that were not asked for yet.
pub(super) struct Fields<'n> {
    what: &'static str,
    pub(super) span: Span,
    pub(super) left: Vec<&'n (Key, Node)>,
    known: Vec<&'static str>,
}

impl<'n> Fields<'n> {
    /// A field; `None` where it is absent or nothing.
    pub(super) fn optional(&mut self, name: &'static str) -> Option<&'n Node> {
        self.known.push(name);
        let place = self.left.iter().position(|(key, _)| key.name == name)?;
        let (_, node) = self.left.remove(place);
        (!node.is_null()).then_some(node)
    }
}

/// Reads one file.
pub(super) struct Reader<'f> {
    pub(super) file: &'f str,
    pub(super) environment: Environment<'f>,
    pub(super) problems: Vec<Problem>,
    /// Names of what is left out: others may refer to it all the same.
    pub(super) broken: HashSet<String>,
    /// Secrets stand in the file itself.
    pub(super) literal_secrets: bool,
}

impl Reader<'_> {
    pub(super) fn problem(&mut self, span: &Span, message: impl Into<String>) {
        self.problems.push(Problem::new(span.clone(), message));
    }

    pub(super) fn missing(&mut self, fields: &Fields<'_>, name: &str) {
        self.problem(&fields.span, format!("{} needs {name}", fields.what));
    }

    /// The fields of a mapping that must be one.
    pub(super) fn fields<'n>(&mut self, node: &'n Node, what: &'static str) -> Option<Fields<'n>> {
        match &node.content {
            Content::Mapping(entries) => Some(Fields {
                what,
                span: node.span.clone(),
                left: entries.iter().collect(),
                known: Vec::new(),
            }),
            _ => {
                self.problem(
                    &node.span,
                    format!("{what} is a mapping, not {}", node.kind()),
                );
                None
            }
        }
    }

    /// Fields that nobody asked for are mistakes.
    pub(super) fn finish(&mut self, fields: Fields<'_>) {
        for (key, _) in fields.left {
            // Without a space after its colon a secret is a part of the key, and must not be shown.
            let name = key.name.split(':').next().unwrap_or_default();
            let message = format!("{} has no field {name}", fields.what);
            let mut problem = Problem::new(key.span.clone(), message).label("unknown");
            let near = fields
                .known
                .iter()
                .map(|name| (strsim::damerau_levenshtein(name, &key.name), name))
                .filter(|(distance, _)| *distance <= 3)
                .min();
            problem.help = Some(match near {
                Some((_, name)) => format!("did you mean {name}?"),
                None => format!("it has {}", fields.known.join(", ")),
            });
            self.problems.push(problem);
        }
    }

    /// The items of a list; those that are wrong are left out.
    pub(super) fn each<T>(
        &mut self,
        node: &Node,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
    ) -> Vec<T> {
        match &node.content {
            Content::List(items) => items.iter().filter_map(|item| read(self, item)).collect(),
            _ => {
                self.problem(&node.span, format!("this is a list, not {}", node.kind()));
                Vec::new()
            }
        }
    }

    /// As [`Self::each`], of a list that can be absent.
    pub(super) fn list<T>(
        &mut self,
        node: Option<&Node>,
        read: impl Fn(&mut Self, &Node) -> Option<T>,
    ) -> Vec<T> {
        node.map(|node| self.each(node, read)).unwrap_or_default()
    }

    /// A text. Scalars without quotes are texts too: an account's id keeps its zeros.
    pub(super) fn text(&mut self, node: &Node) -> Option<At<String>> {
        match &node.content {
            Content::Scalar { text, .. } if !node.is_null() => Some(At {
                value: text.to_string(),
                span: node.span.clone(),
            }),
            _ => {
                self.problem(&node.span, format!("this is a text, not {}", node.kind()));
                None
            }
        }
    }

    pub(super) fn optional_text(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
    ) -> Option<At<String>> {
        fields.optional(name).and_then(|node| self.text(node))
    }

    /// A whole number.
    pub(super) fn number(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        otherwise: &'static str,
    ) -> Option<At<i32>> {
        let text = self.optional_text(fields, name)?;
        let Ok(value) = text.value.parse() else {
            self.problem(&text.span, otherwise);
            return None;
        };
        Some(At {
            value,
            span: text.span,
        })
    }

    pub(super) fn name(&mut self, fields: &mut Fields<'_>) -> Option<At<String>> {
        match fields.optional("name") {
            Some(node) => self.text(node),
            None => {
                self.missing(fields, "name");
                None
            }
        }
    }

    pub(super) fn document(&mut self, node: &Node, kind: DocumentKind) -> Option<Document> {
        document::read(node, kind, self.file)
            .map_err(|problems| self.problems.extend(problems))
            .ok()
    }

    /// A policy document that must be there.
    pub(super) fn needed_document(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        kind: DocumentKind,
    ) -> Option<Document> {
        match fields.optional(name) {
            Some(node) => self.document(node, kind),
            None => {
                self.missing(fields, name);
                None
            }
        }
    }

    /// Remembers what is left out for want of its document.
    pub(super) fn whole(
        &mut self,
        name: At<String>,
        document: Option<Document>,
    ) -> Option<(At<String>, Document)> {
        match document {
            Some(document) => Some((name, document)),
            None => {
                self.broken.insert(name.value);
                None
            }
        }
    }

    pub(super) fn tags(&mut self, fields: &mut Fields<'_>) -> Option<At<Vec<Tag>>> {
        let node = fields.optional("tags")?;
        let Content::Mapping(entries) = &node.content else {
            self.problem(
                &node.span,
                format!("tags are a mapping, not {}", node.kind()),
            );
            return None;
        };
        let mut tags = Vec::with_capacity(entries.len());
        for (key, value) in entries {
            // A tag can have an empty value.
            let value = if value.is_null() {
                Some(String::new())
            } else {
                self.text(value).map(|text| text.value)
            };
            tags.extend(value.map(|value| Tag {
                key: key.name.clone(),
                value,
            }));
        }
        Some(At {
            value: tags,
            span: node.span.clone(),
        })
    }

    /// `policies` and `attach`.
    pub(super) fn permissions(&mut self, fields: &mut Fields<'_>) -> Permissions {
        let mut permissions = Permissions::default();
        if let Some(node) = fields.optional("policies") {
            match &node.content {
                Content::Mapping(entries) => {
                    for (key, node) in entries {
                        let name = At {
                            value: key.name.clone(),
                            span: key.span.clone(),
                        };
                        permissions.inline.extend(
                            self.document(node, DocumentKind::Inline)
                                .map(|found| (name, found)),
                        );
                    }
                }
                _ => self.problem(
                    &node.span,
                    format!(
                        "policies are a mapping of names to documents, not {}",
                        node.kind()
                    ),
                ),
            }
        }
        permissions.attach = self.list(fields.optional("attach"), Self::text);
        permissions
    }

    /// A secret that stands in the file, or the variable of the environment that has it.
    pub(super) fn secret(
        &mut self,
        fields: &mut Fields<'_>,
        name: &'static str,
        variable: &'static str,
    ) -> Option<At<SecretString>> {
        let (literal, named) = (fields.optional(name), fields.optional(variable));
        match (literal, named) {
            (Some(_), Some(node)) => {
                self.problem(
                    &node.span,
                    format!("{name} and {variable} exclude each other"),
                );
                None
            }
            (Some(node), None) => {
                self.literal_secrets = true;
                self.text(node).map(|text| At {
                    value: SecretString::new(text.value),
                    span: text.span,
                })
            }
            (None, Some(node)) => {
                let variable = self.text(node)?;
                let value = (self.environment)(&variable.value).filter(|value| !value.is_empty());
                if value.is_none() {
                    self.problem(
                        &variable.span,
                        format!("the environment has no {}", variable.value),
                    );
                }
                value.map(|value| At {
                    value: SecretString::new(value),
                    span: variable.span,
                })
            }
            (None, None) => None,
        }
    }
}
