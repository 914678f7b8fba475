//! `schema.rs`: one static for each shape.

use super::HEADER;
use super::api::Api;
use super::literal;
use super::model::{Kind, Member, Shape, bound};
use anyhow::{Context, Result, bail};
use std::fmt::Write as _;

/// Writes `schema.rs`, before rustfmt.
pub(crate) fn write(api: &Api<'_>) -> Result<String> {
    let mut statics = String::new();
    for (name, shape) in api.model.shapes.iter() {
        let value = constructed(api, name, shape).with_context(|| name.to_owned())?;
        writeln!(
            statics,
            "pub static {}: Schema = {value};",
            api.static_name(name)?
        )?;
    }
    let imports: Vec<&str> = ["Member", "Schema", "TimestampFormat"]
        .into_iter()
        .filter(|name| statics.contains(&format!("{name}::")))
        .collect();
    Ok(format!(
        "{HEADER}//! The shapes of the model.\n\nuse schema::{{{}}};\n\n{statics}",
        imports.join(", ")
    ))
}

fn constructed(api: &Api<'_>, name: &str, shape: &Shape) -> Result<String> {
    let constructor = match shape.kind {
        Kind::Blob => "blob",
        Kind::Boolean => "boolean",
        Kind::Integer => "integer",
        Kind::Long => "long",
        Kind::Float => "float",
        Kind::Double => "double",
        Kind::String => "string",
        Kind::Timestamp => "timestamp",
        Kind::List => return list(api, name, shape),
        Kind::Map => return map(api, name, shape),
        Kind::Structure if shape.document => "document",
        Kind::Structure => return structure(api, name, shape),
    };
    Ok(format!("Schema::{constructor}({name:?}){}", traits(shape)?))
}

/// The calls that add what any shape can have.
fn traits(shape: &Shape) -> Result<String> {
    let mut text = String::new();
    if let Some(min) = &shape.min {
        write!(text, ".min({})", bound(min)?)?;
    }
    if let Some(max) = &shape.max {
        write!(text, ".max({})", bound(max)?)?;
    }
    if let Some(pattern) = &shape.pattern {
        write!(text, ".pattern({})", literal(pattern))?;
    }
    if !shape.values.is_empty() {
        write!(text, ".values(&{:?})", shape.values)?;
    }
    if shape.sensitive {
        text.push_str(".sensitive()");
    }
    if shape.flattened {
        text.push_str(".flattened()");
    }
    Ok(text)
}

fn list(api: &Api<'_>, name: &str, shape: &Shape) -> Result<String> {
    let member = shape.member.as_ref().context("list without member")?;
    let mut text = format!(
        "Schema::list({name:?}, &{})",
        api.static_name(&member.shape)?
    );
    if let Some(wire_name) = &member.location_name {
        write!(text, ".member_name({wire_name:?})")?;
    }
    Ok(text + &traits(shape)?)
}

fn map(api: &Api<'_>, name: &str, shape: &Shape) -> Result<String> {
    let key = shape.key.as_ref().context("map without key")?;
    let value = shape.value.as_ref().context("map without value")?;
    let mut text = format!(
        "Schema::map({name:?}, &{}, &{})",
        api.static_name(&key.shape)?,
        api.static_name(&value.shape)?
    );
    if key.location_name.is_some() || value.location_name.is_some() {
        let key_name = key.location_name.as_deref().unwrap_or("key");
        let value_name = value.location_name.as_deref().unwrap_or("value");
        write!(text, ".entry_names({key_name:?}, {value_name:?})")?;
    }
    Ok(text + &traits(shape)?)
}

fn structure(api: &Api<'_>, name: &str, shape: &Shape) -> Result<String> {
    let mut text = format!("Schema::structure({name:?}){}", traits(shape)?);
    if shape.exception || shape.error.is_some() {
        let error = shape.error.as_ref();
        let code = error
            .and_then(|error| error.code.as_deref())
            .unwrap_or(name);
        let status = error
            .and_then(|error| error.http_status_code)
            .unwrap_or(if shape.fault { 500 } else { 400 });
        let sender = error
            .and_then(|error| error.sender_fault)
            .unwrap_or(!shape.fault);
        write!(text, ".error({code:?}, {status}, {sender})")?;
    }
    if shape.union {
        text.push_str(".union()");
    }
    if let Some(payload) = &shape.payload {
        let index = shape
            .members
            .iter()
            .position(|(member, _)| member == payload);
        let index = index.with_context(|| format!("no payload member {payload}"))?;
        write!(text, ".payload({index})")?;
    }
    if !shape.members.is_empty() {
        text.push_str(".members(&[");
        for (member_name, member) in shape.members.iter() {
            let required = shape
                .required
                .iter()
                .any(|required| required == member_name);
            write!(
                text,
                "{}, ",
                structure_member(api, member_name, member, required)?
            )?;
        }
        text.push_str("])");
    }
    Ok(text)
}

fn structure_member(api: &Api<'_>, name: &str, member: &Member, required: bool) -> Result<String> {
    let target = api.shape(&member.shape)?;
    let wire_name = member.location_name.as_deref().unwrap_or(name);
    let mut text = format!(
        "Member::new({name:?}, &{})",
        api.static_name(&member.shape)?
    );
    match member.location.as_deref() {
        None if wire_name == name => {}
        None => write!(text, ".wire({wire_name:?})")?,
        Some("header") => write!(text, ".header({wire_name:?})")?,
        Some("headers") => write!(text, ".headers({wire_name:?})")?,
        Some("querystring") => write!(text, ".query({wire_name:?})")?,
        Some("uri") => write!(text, ".uri({wire_name:?})")?,
        Some("statusCode") => text.push_str(".status_code()"),
        Some(other) => bail!("{name}: unknown location {other}"),
    }
    if required {
        text.push_str(".required()");
    }
    let format = member
        .timestamp_format
        .as_ref()
        .or(target.timestamp_format.as_ref());
    if let Some(format) = format {
        write!(
            text,
            ".format(TimestampFormat::{})",
            timestamp_format(format)?
        )?;
    }
    if member.flattened || target.flattened {
        text.push_str(".flattened()");
    }
    if member.xml_attribute {
        text.push_str(".attribute()");
    }
    if let Some(namespace) = member
        .xml_namespace
        .as_ref()
        .or(target.xml_namespace.as_ref())
    {
        write!(
            text,
            ".namespace({:?}, {:?})",
            namespace.prefix, namespace.uri
        )?;
    }
    if member.idempotency_token {
        text.push_str(".idempotency_token()");
    }
    Ok(text)
}

fn timestamp_format(format: &str) -> Result<&'static str> {
    match format {
        "iso8601" => Ok("Iso8601"),
        "rfc822" => Ok("Rfc822"),
        "unixTimestamp" => Ok("UnixTimestamp"),
        _ => bail!("unknown timestamp format {format}"),
    }
}
