//! Scalars as text: in forms, XML, headers, query strings and URI labels.

use crate::error::Fault;
use crate::timestamp;
use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use schema::{Kind, Schema, TimestampFormat, Value};

/// Writes padding and reads base64 with and without it, as AWS does.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

pub(crate) fn to_base64(bytes: &[u8]) -> String {
    BASE64.encode(bytes)
}

pub(crate) fn push_base64(out: &mut String, bytes: &[u8]) {
    BASE64.encode_string(bytes, out);
}

pub(crate) fn from_base64(text: &str) -> Result<Value, Fault> {
    BASE64
        .decode(text)
        .map(|bytes| Value::Blob(bytes.into()))
        .map_err(|_| Fault::Base64)
}

/// What AWS calls a kind in its conversion errors.
pub(crate) fn kind_name(kind: &Kind) -> &'static str {
    match kind {
        Kind::Blob => "Blob",
        Kind::Boolean => "Boolean",
        Kind::Integer => "Integer",
        Kind::Long => "Long",
        Kind::Float => "Float",
        Kind::Double => "Double",
        Kind::String => "String",
        Kind::Timestamp => "Timestamp",
        Kind::Document => "Document",
        Kind::List(_) => "List",
        Kind::Map(_) => "Map",
        Kind::Structure(_) => "Structure",
    }
}

/// Reads a scalar from text.
pub(crate) fn parse(schema: &Schema, text: &str) -> Result<Value, Fault> {
    let wrong = Fault::Convert {
        found: "STRING_VALUE",
        wanted: kind_name(&schema.kind),
    };
    match &schema.kind {
        Kind::String => Ok(Value::String(text.to_owned())),
        Kind::Blob => from_base64(text.trim()),
        Kind::Boolean => match text.trim() {
            flag if flag.eq_ignore_ascii_case("true") => Ok(Value::Boolean(true)),
            flag if flag.eq_ignore_ascii_case("false") => Ok(Value::Boolean(false)),
            _ => Err(wrong),
        },
        Kind::Integer | Kind::Long => {
            let number = text.trim().parse().map_err(|_| wrong)?;
            integer(schema, number).ok_or(wrong)
        }
        Kind::Float | Kind::Double => {
            let number = parse_double(text.trim()).ok_or(wrong)?;
            double(schema, number).ok_or(wrong)
        }
        Kind::Timestamp => timestamp::parse(text).map(Value::Timestamp).ok_or(wrong),
        Kind::Document => serde_json::from_str(text)
            .map(Value::Document)
            .map_err(|_| Fault::Malformed),
        Kind::List(_) | Kind::Map(_) | Kind::Structure(_) => Err(Fault::UnexpectedScalar),
    }
}

/// Writes a scalar as text; lists, maps and structures have none.
pub(crate) fn write(value: &Value, format: TimestampFormat) -> Option<String> {
    Some(match value {
        Value::Boolean(flag) => flag.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Double(number) => write_double(*number),
        Value::String(text) => text.clone(),
        Value::Blob(bytes) => to_base64(bytes),
        Value::Timestamp(time) => timestamp::format(*time, format),
        Value::Document(document) => document.to_string(),
        Value::List(_) | Value::Map(_) | Value::Structure(_) => return None,
    })
}

/// An integer within the bounds of the shape's kind.
pub(crate) fn integer(schema: &Schema, number: i64) -> Option<Value> {
    let fits = !matches!(schema.kind, Kind::Integer) || i32::try_from(number).is_ok();
    fits.then_some(Value::Integer(number))
}

/// A float within the bounds of the shape's kind.
pub(crate) fn double(schema: &Schema, number: f64) -> Option<Value> {
    let fits = !matches!(schema.kind, Kind::Float)
        || !number.is_finite()
        || number.abs() <= f64::from(f32::MAX);
    fits.then_some(Value::Double(number))
}

/// A decimal number, `NaN`, `Infinity` or `-Infinity`.
pub(crate) fn parse_double(text: &str) -> Option<f64> {
    match text {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        // Rust reads more words than these, such as `inf`.
        _ if text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte)) =>
        {
            text.parse().ok().filter(|number: &f64| number.is_finite())
        }
        _ => None,
    }
}

pub(crate) fn write_double(number: f64) -> String {
    if number.is_nan() {
        "NaN".to_owned()
    } else if number.is_infinite() {
        if number > 0.0 {
            "Infinity".to_owned()
        } else {
            "-Infinity".to_owned()
        }
    } else {
        format!("{number:?}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static FLAG: Schema = Schema::boolean("Flag");
    static SMALL: Schema = Schema::integer("Small");
    static BYTES: Schema = Schema::blob("Bytes");

    #[test]
    fn booleans_in_any_case() {
        assert_eq!(parse(&FLAG, "TRUE"), Ok(Value::Boolean(true)));
        assert_eq!(parse(&FLAG, "False"), Ok(Value::Boolean(false)));
        assert!(parse(&FLAG, "yes").is_err());
        assert!(parse(&FLAG, "").is_err());
    }

    #[test]
    fn integers_stay_in_their_bounds() {
        assert_eq!(parse(&SMALL, " 42 "), Ok(Value::Integer(42)));
        assert!(parse(&SMALL, "2147483648").is_err());
        assert!(parse(&SMALL, "1.0").is_err());
    }

    #[test]
    fn base64_with_and_without_padding() {
        let value = Value::Blob(bytes::Bytes::from_static(b"a"));
        assert_eq!(parse(&BYTES, "YQ=="), Ok(value.clone()));
        assert_eq!(parse(&BYTES, "YQ"), Ok(value));
        assert_eq!(parse(&BYTES, "Y*"), Err(Fault::Base64));
    }

    #[test]
    fn words_for_floats() {
        assert_eq!(parse_double("Infinity"), Some(f64::INFINITY));
        assert!(parse_double("NaN").is_some_and(f64::is_nan));
        for text in ["inf", "nan", "infinity", "", "1e999", "0x1"] {
            assert_eq!(parse_double(text), None, "{text}");
        }
        assert_eq!(write_double(f64::NEG_INFINITY), "-Infinity");
    }
}
