//! `types.rs`: plain structs and enumerations.

use super::HEADER;
use super::api::Api;
use super::model::{Kind, Shape};
use super::names::{self, Taken};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fmt::Write as _;

const WIDTH: usize = 100;

/// Writes `types.rs`.
pub(crate) fn write(api: &Api<'_>) -> Result<String> {
    let mut imports = BTreeSet::new();
    let mut structs = String::new();
    let mut enums = String::new();
    for name in api.reached() {
        let shape = api.shape(name)?;
        if shape.is_struct() {
            write_struct(api, name, shape, &mut structs, &mut imports)?;
        } else if shape.is_enum() {
            write_enum(api.type_name(name)?, shape, &mut enums)?;
        }
    }
    let mut text = format!("{HEADER}//! What handlers receive and return.\n\n");
    let (maps, values): (Vec<_>, Vec<_>) = imports
        .into_iter()
        .partition(|import| *import == "BTreeMap");
    if !values.is_empty() {
        writeln!(text, "use schema::{{{}}};", values.join(", "))?;
    }
    if !maps.is_empty() {
        writeln!(text, "use std::collections::BTreeMap;")?;
    }
    for (alias, target) in &api.aliases {
        writeln!(text, "\npub type {alias} = {target};")?;
    }
    for (name, items) in [("structures", structs), ("enumerations", enums)] {
        if !items.is_empty() {
            write!(text, "\nschema::{name}! {{\n{items}}}\n")?;
        }
    }
    Ok(text)
}

fn write_struct(
    api: &Api<'_>,
    name: &str,
    shape: &Shape,
    text: &mut String,
    imports: &mut BTreeSet<&'static str>,
) -> Result<()> {
    let mut taken = Taken::default();
    let mut fields = Vec::new();
    for (member_name, member) in shape.members.iter() {
        let mut of = rust_type(api, &member.shape, imports, 0)?;
        if api.shape(&member.shape)?.is_struct() && api.is_recursive(name, &member.shape) {
            of = format!("Box<{of}>");
        }
        if !shape
            .required
            .iter()
            .any(|required| required == member_name)
        {
            of = format!("Option<{of}>");
        }
        fields.push(format!(
            "pub {}: {of}",
            taken.take(names::field(member_name))
        ));
    }
    let mut derives = Vec::new();
    derives.extend((!api.is_secret(name)).then_some("Debug"));
    derives.extend(api.has_default(name).then_some("Default"));
    if !derives.is_empty() {
        writeln!(text, "    #[derive({})]", derives.join(", "))?;
    }
    let head = format!("    pub struct {}", api.type_name(name)?);
    let line = format!("{head} {{ {} }}", fields.join(", "));
    if fields.is_empty() {
        writeln!(text, "{head} {{}}")?;
    } else if line.len() <= WIDTH {
        writeln!(text, "{line}")?;
    } else {
        writeln!(
            text,
            "{head} {{\n        {},\n    }}",
            fields.join(",\n        ")
        )?;
    }
    Ok(())
}

fn rust_type(
    api: &Api<'_>,
    name: &str,
    imports: &mut BTreeSet<&'static str>,
    depth: u8,
) -> Result<String> {
    ensure!(depth < 16, "{name}: lists and maps without end");
    let shape = api.shape(name)?;
    let plain = |text: &str| Ok(text.to_owned());
    let element = |member: &Option<super::model::Member>, imports: &mut BTreeSet<&'static str>| {
        let member = member
            .as_ref()
            .with_context(|| format!("{name} has no element"))?;
        rust_type(api, &member.shape, imports, depth + 1)
    };
    match shape.kind {
        _ if shape.is_enum() || shape.is_struct() => plain(api.type_name(name)?),
        Kind::Boolean => plain("bool"),
        Kind::Integer => plain("i32"),
        Kind::Long => plain("i64"),
        Kind::Float => plain("f32"),
        Kind::Double => plain("f64"),
        Kind::String => plain("String"),
        Kind::Blob => {
            imports.insert("Blob");
            plain("Blob")
        }
        Kind::Timestamp => {
            imports.insert("Timestamp");
            plain("Timestamp")
        }
        Kind::Structure => {
            imports.insert("Document");
            plain("Document")
        }
        Kind::List => Ok(format!("Vec<{}>", element(&shape.member, imports)?)),
        Kind::Map => {
            imports.insert("BTreeMap");
            Ok(format!(
                "BTreeMap<String, {}>",
                element(&shape.value, imports)?
            ))
        }
    }
}

fn write_enum(name: &str, shape: &Shape, text: &mut String) -> Result<()> {
    let mut taken = Taken::default();
    let variants: Vec<String> = shape
        .values
        .iter()
        .map(|value| format!("{} = {value:?}", taken.take(names::variant(value))))
        .collect();
    let line = format!("    pub enum {name} {{ {} }}", variants.join(", "));
    if line.len() <= WIDTH {
        writeln!(text, "{line}")?;
        return Ok(());
    }
    writeln!(text, "    pub enum {name} {{")?;
    for line in packed(&variants, 8) {
        writeln!(text, "{line}")?;
    }
    writeln!(text, "    }}")?;
    Ok(())
}

/// Items with commas, as many on a line as fit.
pub(crate) fn packed(items: &[String], indent: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for item in items {
        match lines.last_mut() {
            Some(line) if line.len() + item.len() + 2 <= WIDTH => {
                line.push(' ');
                line.push_str(item);
                line.push(',');
            }
            _ => lines.push(format!("{:indent$}{item},", "")),
        }
    }
    lines
}
