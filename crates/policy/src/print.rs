//! Writing a document back as JSON.

use crate::document::{
    ConditionBlock, ConditionValue, Document, Effect, PrincipalElement, Principals, Statement,
    Texts, ValueForm,
};
use crate::json::write_string;

impl Document {
    /// The document as compact JSON. Reading the result gives the same policy, apart from the places.
    #[must_use]
    pub fn to_json(&self) -> String {
        let mut out = String::from("{");
        if let Some(version) = self.version() {
            text_member(&mut out, "Version", version);
        }
        if let Some(id) = self.id() {
            text_member(&mut out, "Id", id);
        }
        name(&mut out, "Statement");
        if self.single {
            self.statements
                .iter()
                .for_each(|statement| write_statement(&mut out, statement));
        } else {
            list(&mut out, &self.statements, write_statement);
        }
        out.push('}');
        out
    }
}

/// Starts a member: a comma unless it is the first of its object, the name, a colon.
fn name(out: &mut String, name: &str) {
    if !out.ends_with('{') {
        out.push(',');
    }
    write_string(out, name);
    out.push(':');
}

fn text_member(out: &mut String, member: &str, value: &str) {
    name(out, member);
    write_string(out, value);
}

fn list<T>(out: &mut String, items: &[T], write: impl Fn(&mut String, &T)) {
    out.push('[');
    for (index, item) in items.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(']');
}

fn one_or_list<T>(out: &mut String, as_list: bool, items: &[T], write: impl Fn(&mut String, &T)) {
    match items {
        [single] if !as_list => write(out, single),
        _ => list(out, items, write),
    }
}

fn write_texts(out: &mut String, texts: &Texts) {
    one_or_list(out, texts.list, &texts.values, |out, text| {
        write_string(out, &text.value)
    });
}

fn write_statement(out: &mut String, statement: &Statement) {
    out.push('{');
    if let Some(sid) = &statement.sid {
        text_member(out, "Sid", &sid.value);
    }
    text_member(
        out,
        "Effect",
        if statement.effect == Effect::Allow {
            "Allow"
        } else {
            "Deny"
        },
    );
    if let Some(principal) = &statement.principal {
        write_principal(out, principal);
    }
    if let Some(action) = &statement.action {
        name(
            out,
            if action.negated {
                "NotAction"
            } else {
                "Action"
            },
        );
        write_texts(out, action);
    }
    if let Some(resource) = &statement.resource {
        name(
            out,
            if resource.negated {
                "NotResource"
            } else {
                "Resource"
            },
        );
        write_texts(out, resource);
    }
    if let Some(blocks) = &statement.conditions {
        name(out, "Condition");
        write_conditions(out, blocks);
    }
    out.push('}');
}

fn write_principal(out: &mut String, principal: &PrincipalElement) {
    name(
        out,
        if principal.negated {
            "NotPrincipal"
        } else {
            "Principal"
        },
    );
    match &principal.who {
        Principals::Everyone => write_string(out, "*"),
        Principals::Listed(lists) => {
            out.push('{');
            for (kind, texts) in lists {
                name(out, kind.name());
                write_texts(out, texts);
            }
            out.push('}');
        }
    }
}

fn write_conditions(out: &mut String, blocks: &[ConditionBlock]) {
    out.push('{');
    for block in blocks {
        name(out, &block.operator.value);
        out.push('{');
        for key in &block.keys {
            name(out, &key.name.value);
            one_or_list(out, key.list, &key.values, write_value);
        }
        out.push('}');
    }
    out.push('}');
}

fn write_value(out: &mut String, value: &ConditionValue) {
    match value.form {
        ValueForm::Text => write_string(out, &value.text),
        ValueForm::Bool | ValueForm::Number => out.push_str(&value.text),
    }
}
